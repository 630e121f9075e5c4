"""Introducing somebody without a name, from their page to the letter."""

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import users
from crm.domain.outbox import Letter
from tests import make, people


@pytest.fixture
def ada(app):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        person = make.candidate(alice, headline="Leads data teams")
        make.near_miss(person, make.role(alice), alice, sentence="Ran the better case.", hire_for=["Head of Data"])
        make.consent(person, alice, purpose="introduce", company="")
        make.colleague(alice)
        return person.id


def queued(app):
    with app.app_context(), unit_of_work(writes=False):
        return [(letter.kind, letter.state) for letter in db.session.scalars(select(Letter))]


def test_the_letter_is_shown_before_it_is_sent(app, browser, ada):
    page = browser.known_as("alice").get(f"/candidates/{ada}/teasers/new")
    assert "agreed to be introduced without a name" in page.text
    assert not page.tree.xpath("//input[@name='strengths'][@checked]")
    told = {"to": "Carol Devereux", "strengths": "Ran the better case.", "words": "I would call."}
    preview = browser.submit(page, "/teasers/new", **told)
    for words in ("Leads data teams", "Ran the better case.", "I would call.", "is asked at once"):
        assert words in preview.text
    assert "Head of Data" not in preview.text
    assert queued(app) == []
    page = browser.submit(preview, "/teasers")
    assert queued(app) == [("teaser", "queued")]
    assert "introduced without a name" in page.text
    page = browser.submit(page, "/revocation")
    assert queued(app) == [("teaser", "cancelled")]
    assert "Carol Devereux" in browser.get("/teasers").text


def test_a_name_in_the_words_is_refused_at_the_field_and_nothing_typed_is_lost(browser, ada):
    page = browser.known_as("alice").get(f"/candidates/{ada}/teasers/new")
    page = browser.submit(page, "/teasers/new", 422, to="Carol Devereux", words="Ask Ada.")
    assert "could be found" in page.text
    assert "Ask Ada." in page.tree.xpath("//textarea[@name='words']")[0].text


def test_without_the_permission_the_page_says_so(app, browser, ada):
    with app.app_context(), unit_of_work(writes=True):
        grace = make.candidate(users.by_email(people.address("alice")), "Grace Hopper", email="grace@example.org").id
    page = browser.known_as("alice").get(f"/candidates/{grace}/teasers/new")
    assert "has not agreed to this yet" in page.text
    page = browser.submit(page, "/teasers/new", 422, to="Carol Devereux", headline="Somebody")
    assert "has not agreed to be introduced without a name" in page.text


def test_it_is_remarked_that_somebody_was_sent_much(app, browser, ada):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        for number in range(5):
            make.forward(alice, make.candidate(alice, f"Nora {number}", email=f"n{number}@example.org"))
    page = browser.known_as("alice").get(f"/candidates/{ada}/teasers/new")
    page = browser.submit(page, "/teasers/new", to="Carol Devereux", strengths="Ran the better case.")
    assert "Carol Devereux was sent 5 resumes in the last 90 days." in page.text
