"""Who fits a role, on its page, before it is saved, and the other way round."""

import pytest

from crm.db import unit_of_work
from crm.domain import profiles, users
from tests import make, people

NEEDS = "Streaming with Kafka, Python, a warehouse that analysts trust."


@pytest.fixture
def ids(app):
    """Of Ada, of an open role and of a sealed one."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice, "Ada Byron", headline="Data engineer")
        profiles.write(ada.id, "Data engineer\nKafka streaming, Python and SQL", name="Ada Byron")
        make.near_miss(ada, make.role(alice, "Senior Data Engineer"), alice, sentence="Designed the best pipeline.")
        sealed = make.role(alice, "Streaming lead", needs=NEEDS, status="sealed")
        return {"ada": ada.id, "role": make.role(alice, "Data Engineer", needs=NEEDS).id, "sealed": sealed.id}


def test_the_page_shows_the_sum_and_puts_aside_with_undo(as_alice, ids):
    path = f"/roles/{ids['role']}/matches"
    page = as_alice.get(path)
    assert "Ada Byron" in page.text and "Designed the best pipeline." in page.text and "add up" in page.text
    page = as_alice.submit(page, f"{path}/{ids['ada']}/dismissal", reason="Not before summer")
    assert "Put aside for this role" in page.text and "Not before summer" in page.text
    page = as_alice.submit(page, f"{path}/{ids['ada']}/dismissal/removal")
    assert "Put aside for this role" not in page.text and "Ada Byron" in page.text


def test_the_pages_of_role_and_candidate_lead_there(as_alice, ids):
    assert f"/roles/{ids['role']}/matches" in "".join(as_alice.get(f"/roles/{ids['role']}").links())
    assert f"/candidates/{ids['ada']}/roles" in "".join(as_alice.get(f"/candidates/{ids['ada']}").links())
    assert "Data Engineer" in as_alice.get(f"/candidates/{ids['ada']}/roles").text
    assert "All who fit" in as_alice.get(f"/roles/{ids['role']}/matches?few=1").text


def test_a_pasted_role_tells_whom_we_met_before_anything_is_saved(as_alice, ids):
    page = as_alice.get("/roles/new")
    page = as_alice.submit(page, "/roles/new", title="Stream Data Engineer", needs=NEEDS, button="look=1")
    assert "You already interviewed one for something like this" in page.text
    assert "Ada Byron" in page.text and "Lost by a hair on Senior Data Engineer" in page.text
    assert "Designed the best pipeline." in page.text
    assert "Stream Data Engineer" not in as_alice.get("/roles").text


def test_a_sealed_role_is_matched_for_its_insiders_only(as_alice, as_charlie, ids):
    assert "Ada Byron" in as_alice.get(f"/roles/{ids['sealed']}/matches").text
    as_charlie.get(f"/roles/{ids['sealed']}/matches", 404)
    assert "Streaming lead" not in as_charlie.get(f"/candidates/{ids['ada']}/roles").text
