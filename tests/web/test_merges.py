"""Two records of one person, beside each other."""

import pytest

from crm.db import unit_of_work
from crm.domain import candidates, duplicates, users
from crm.kit import clock
from tests import make, people


@pytest.fixture
def two(app):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice, headline="Analyst", employer="Acme")
        other = make.candidate(alice, "A. Byron", headline="Engineer", location="Lund")
        make.near_miss(other, make.role(alice), alice)
        duplicates.look(clock.now())
        return ada.id, other.id


def test_a_pair_is_compared_merged_and_parted_again(as_alice, two):
    ada, other = two
    page = as_alice.get("/duplicates")
    assert "Ada Byron and A. Byron" in page.text
    assert "The same mail address." in page.text
    page = as_alice.get(next(link for link in page.links() if "/same/" in link))
    assert "1 application" in page.text
    page = as_alice.submit(page, f"/candidates/{ada}/same/{other}", **{"take-headline": "gone"})
    assert page.path == f"/candidates/{ada}"
    assert "Engineer · Acme · Lund" in page.text
    assert "Head of Data" in page.text
    assert as_alice.get(f"/candidates/{other}").path == f"/candidates/{ada}"
    assert "Nobody is here twice" in as_alice.get("/duplicates").text
    page = as_alice.get(f"/candidates/{ada}/same")
    assert "A. Byron" in page.text
    page = as_alice.submit(page, "/undo")
    assert page.path == f"/candidates/{other}"
    assert "There are two records again" in as_alice.get(f"/candidates/{other}").text or "A. Byron" in page.text
    assert "Analyst · Acme" in as_alice.get(f"/candidates/{ada}").text


def test_two_people_are_not_asked_about_again(as_alice, two):
    page = as_alice.submit(as_alice.get("/duplicates"), "/apart")
    assert "are two people" in page.response.get_data(as_text=True)
    assert "Nobody is here twice" in as_alice.get("/duplicates").text
    as_alice.submit(page, "/apart/undo")
    assert "Ada Byron and A. Byron" in as_alice.get("/duplicates").text


def test_somebody_else_is_found_by_name(as_alice, two, app):
    with app.app_context(), unit_of_work(writes=True):
        make.candidate(users.by_email(people.address("alice")), "Countess Lovelace", email="")
    page = as_alice.get(f"/candidates/{two[0]}/same?q=lovelace")
    assert "Countess Lovelace" in page.text
    assert "Nobody else has that name" in as_alice.get(f"/candidates/{two[0]}/same?q=nobody").text


def test_a_hidden_record_is_not_there(app, as_charlie, two):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        candidates.share(candidates.find(two[1], seen_by=alice), "owner", by=alice)
    assert "Nobody is here twice" in as_charlie.get("/duplicates").text
    as_charlie.get(f"/candidates/{two[0]}/same/{two[1]}", status=404)
    assert "A. Byron" not in as_charlie.get(f"/candidates/{two[0]}/same?q=byron").text


def test_who_may_not_delete_may_not_merge(as_charlie, two):
    page = as_charlie.get(f"/candidates/{two[0]}/same/{two[1]}")
    assert "Only the owner of A. Byron" in page.text
    token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
    as_charlie.post(f"/candidates/{two[0]}/same/{two[1]}", {"csrf_token": token}, status=403)


def test_the_same_record_twice_is_refused_in_words(as_alice, two):
    page = as_alice.get(f"/candidates/{two[0]}/same/{two[0]}", status=422)
    assert "the same record" in page.text
