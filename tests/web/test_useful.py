"""Something useful, by the pages."""

import io

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import tags, users
from crm.domain.outbox import Letter
from tests import make, people


@pytest.fixture
def on_file(app):
    """Ada and Grace, of whom Ada carries a tag; their ids."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada, grace = make.candidate(alice), make.candidate(alice, "Grace Hopper", email="grace@example.org")
        tags.apply(ada, "streams", by=alice)
        return ada.id, grace.id


def states(app):
    with app.app_context(), unit_of_work(writes=False):
        return [letter.state for letter in db.session.scalars(select(Letter).order_by(Letter.id))]


def added(browser, **more):
    page = browser.get("/useful")
    given = {"title": "A field guide", "link": "https://example.org/guide", "note": "Read chapter two.", **more}
    return browser.submit(page, "/useful", **given)


def test_from_adding_to_the_letters_and_back(app, as_alice, on_file):
    page = added(as_alice, tags="streams, kafka")
    assert "Ada Byron" in page.text
    assert "Grace Hopper" not in page.text
    page = as_alice.submit(page, "/preview", people=on_file[0])
    assert "Dear Ada," in page.text
    assert "A field guide https://example.org/guide" in page.text
    assert states(app) == []
    page = as_alice.submit(page, "/letters")
    assert "goes to 1 person" in page.text
    assert states(app) == ["queued"]
    page = as_alice.submit(page, "/letters/undo")
    assert "Taken back: 1 letter." in page.text
    assert states(app) == ["cancelled"]


def test_sent_twice_by_two_clicks_it_is_one_letter(app, as_alice, on_file):
    page = as_alice.submit(added(as_alice, tags="streams"), "/preview", people=on_file[0])
    for _ in range(2):
        as_alice.submit(page, "/letters")
    assert states(app) == ["queued"]


def test_who_has_something_against_it_is_named(app, as_alice, on_file):
    page = added(as_alice, tags="streams")
    first = as_alice.submit(page, "/preview", people=on_file[0])
    as_alice.submit(first, "/letters")
    page = as_alice.submit(page, "/preview", people=list(on_file))
    assert "Ada Byron has it already." in page.text
    assert "Dear Grace," in page.text


def test_a_file_is_kept_and_can_be_looked_at(app, as_alice, as_charlie):
    page = as_alice.get("/useful")
    file = (io.BytesIO(b"plain words\n"), "notes.txt")
    page = as_alice.submit(page, "/useful", title="Notes", file=file, visibility="private")
    path = page.path.replace("/people", "/file")
    answer = as_alice.client.get(path)
    assert answer.data == b"plain words\n"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    as_charlie.get(path, 404)
    assert "Notes" not in as_charlie.get("/useful").text


def test_what_is_wrong_is_told_at_its_field(as_alice):
    page = as_alice.get("/useful")
    assert "one of the two" in as_alice.submit(page, "/useful", 422, title="Nothing").text
    file = (io.BytesIO(b"MZ program"), "x.pdf")
    assert "none of them" in as_alice.submit(page, "/useful", 422, title="x", file=file).text


def test_nobody_chosen_is_said(as_alice, on_file):
    page = added(as_alice, tags="streams")
    assert "Choose who" in as_alice.submit(page, "/preview", 422).text


def test_put_away_and_back(as_alice):
    added(as_alice)
    page = as_alice.submit(as_alice.get("/useful"), "/removal")
    assert "A field guide" in page.text
    page = as_alice.submit(page, "/removal/undo")
    assert "back on the list" in page.text


def test_the_candidates_page_says_what_one_could_bring(as_alice, on_file):
    added(as_alice, tags="streams")
    assert "Could bring: A field guide" in as_alice.get(f"/candidates/{on_file[0]}").text
    assert "Could bring" not in as_alice.get(f"/candidates/{on_file[1]}").text
