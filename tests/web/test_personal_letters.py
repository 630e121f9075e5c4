"""Writing to a candidate on the page."""

import re

import pytest

from crm.db import db, unit_of_work
from crm.domain import consents, promises, users
from crm.domain.candidates import Candidate
from crm.domain.outbox import Letter
from crm.domain.personal_letters import PersonalLetter
from crm.domain.promises import Promise
from tests import make
from tests.people import address


def user(name):
    return users.by_email(address(name))


@pytest.fixture
def ada_id(app):
    with app.app_context(), unit_of_work(writes=True):
        return make.candidate(user("alice")).id


def letters(app):
    with app.app_context(), unit_of_work(writes=False):
        return [(one.kind, one.to_address, one.state) for one in db.session.query(Letter)]


def write(browser, ada_id, status=200, **words):
    page = browser.get(f"/candidates/{ada_id}/write")
    return page, browser.submit(page, "/write", status, **{"subject": "Hello", "text": "How are you?", **words})


def test_alice_writes_and_takes_it_back(app, as_alice, ada_id):
    _, page = write(as_alice, ada_id)
    assert page.path == f"/candidates/{ada_id}"
    assert letters(app) == [("personal", "ada@example.org", "queued")]
    as_alice.submit(page, "/cancellation")
    assert letters(app) == [("personal", "ada@example.org", "cancelled")]


def test_two_clicks_are_one_letter(app, as_alice, ada_id):
    page, _ = write(as_alice, ada_id)
    as_alice.submit(page, "/write", subject="Hello", text="How are you?")
    assert len(letters(app)) == 1


@pytest.mark.parametrize("field", ["subject", "text"])
def test_nothing_that_was_typed_is_lost(app, as_alice, ada_id, field):
    _, page = write(as_alice, ada_id, 422, **{"subject": "Kept", "text": "Kept", field: ""})
    assert "Nothing was saved yet" in page.text
    assert "Kept" in page.response.text
    assert not letters(app)


def test_it_can_be_read_again_under_letters_by_who_wrote_it_alone(app, as_alice, as_anna, ada_id):
    write(as_alice, ada_id, text="Only for Ada")
    with app.app_context(), unit_of_work(writes=False):
        letter_id = db.session.query(Letter.id).scalar()
    assert "Only for Ada" in as_alice.get(f"/letters/{letter_id}").text
    assert "ada@example.org" not in as_anna.get("/letters").text
    as_anna.get(f"/letters/{letter_id}", 404)


def test_who_may_not_be_contacted_is_not_written_to(app, as_alice, ada_id):
    with app.app_context(), unit_of_work(writes=True):
        ada = db.session.get(Candidate, ada_id)
        consents.withdraw(
            consents.record(ada, purpose="contact", evidence="by phone", by=user("alice")), by=user("alice")
        )
    page = as_alice.get(f"/candidates/{ada_id}/write")
    assert "took back the permission" in page.text
    assert not page.forms("/write")


def test_it_is_checked_before_it_goes_to_ones_own_mail_program(app, as_alice, ada_id):
    with app.app_context(), unit_of_work(writes=True):
        make.role(user("alice"), "Chief of Bluebirds", status="sealed", codename="Bluebird")
    page = as_alice.get(f"/candidates/{ada_id}/write")
    assert not own(page)
    refused = as_alice.submit(page, "/write", 422, "own=1", subject="Hello", text="about Bluebird")
    assert "sealed" in refused.text
    assert not own(refused)
    [link] = own(as_alice.submit(page, "/write", 200, "own=1", subject="Hello", text="What I typed"))
    assert link.endswith("subject=Hello&body=What%20I%20typed")
    assert not letters(app)


def own(page):
    return [link for link in page.links() if re.match(r"mailto:ada@example\.org\?", link)]


def test_an_apology_that_is_taken_back_can_be_written_again(app, as_alice, ada_id):
    with app.app_context(), unit_of_work(writes=True):
        promise = promises.make(
            db.session.get(Candidate, ada_id), text="Call", due_on=make.in_days(1), by=user("alice")
        )
        promises.break_(promise, by=user("alice"))
        promise_id = promise.id
    page = as_alice.get(f"/candidates/{ada_id}/write?purpose=apology&promise={promise_id}")
    page = as_alice.submit(page, "/write", subject="I am sorry")
    assert "Write an apology" not in page.text
    as_alice.submit(page, "/cancellation")
    assert "Write an apology" in as_alice.get(f"/candidates/{ada_id}").text


def test_a_promise_made_while_writing_is_kept_by_the_next_letter(app, as_alice, ada_id):
    page = as_alice.get(f"/candidates/{ada_id}/write")
    day = make.in_days(9).isoformat()
    words = {"subject": "Hello", "text": "x", "promised": "y", "promise_text": "Call you"}
    as_alice.submit(page, "/write", 422, **words, promise_on="")
    as_alice.submit(page, "/write", **words, promise_on=day)
    page = as_alice.get(f"/candidates/{ada_id}/write")
    [tick] = page.tree.xpath("//input[@name='keeps']")
    page = as_alice.submit(page, "/write", subject="Again", text="y", keeps=tick.get("value"))
    with app.app_context(), unit_of_work(writes=False):
        assert [one.state for one in db.session.query(Promise)] == ["kept"]


def test_an_unknown_purpose_is_a_letter_like_any_other(app, as_alice, ada_id):
    page = as_alice.get(f"/candidates/{ada_id}/write?purpose=nonsense")
    as_alice.submit(page, "/write", subject="Hello", text="How are you?")
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.query(PersonalLetter.purpose).scalar() == "note"


def test_another_ones_role_or_promise_is_not_found(as_alice, ada_id):
    page = as_alice.get(f"/candidates/{ada_id}/write")
    as_alice.submit(page, "/write", 404, subject="Hello", text="x", role="nothing")
    as_alice.submit(page, "/write", 404, subject="Hello", text="x", promise="nothing")
