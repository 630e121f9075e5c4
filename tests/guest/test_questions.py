"""The question on the candidate's own page: nothing is ticked, looking does nothing, an answer can be taken back."""

import pytest

from crm.db import db, unit_of_work
from crm.domain import doors, forward_questions, forwards, plans, users
from crm.domain.forwards import Forward
from crm.kit import tokens
from tests import make, people


@pytest.fixture
def asked(app):
    """The way to a question, and the forward that waits for it."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice)
        make.resume(ada, alice)
        forward = forwards.send(plans.plan(ada, make.colleague(alice), by=alice, position="Lead"), by=alice)
        token = tokens.new_link()
        doors.mint(ada.id, token)
        question = forward_questions.of_forward(forward.id)
        return {"door": f"/door/{token}", "page": f"/door/{token}/questions/{question.id}", "forward": forward.id}


def state(app, asked):
    with app.app_context(), unit_of_work(writes=False):
        forward = db.session.get(Forward, asked["forward"])
        return forwards.find(forward.id, seen_by=users.by_email(people.address("alice"))).state


def test_the_page_says_what_is_asked_and_nothing_is_ticked(app, browser, asked):
    assert "may your resume go to Carol Devereux at Acme, for Lead" in browser.get(asked["door"]).text
    page = browser.get(asked["page"])
    assert "What Carol would see" in page.text
    assert not page.tree.xpath("//input[@checked]")
    assert state(app, asked) == "awaiting_consent"


@pytest.mark.parametrize("fields", [{}, {"answer": ""}, {"answer": "later"}, {"answer": "sure"}])
def test_a_button_that_a_program_presses_says_nothing(app, browser, asked, fields):
    browser.post(asked["page"], fields, 422)
    assert state(app, asked) == "awaiting_consent"


def test_a_yes_waits_and_can_be_taken_back(app, browser, asked):
    page = browser.post(asked["page"], {"answer": "yes"})
    assert "Nothing has left yet" in page.text
    assert state(app, asked) == "queued"
    assert "You said yes" in browser.get(asked["door"]).text
    page = browser.submit(page, asked["page"])
    assert "Taken back. Nothing was sent." in page.text
    assert state(app, asked) == "awaiting_consent"


@pytest.mark.parametrize(
    ("fields", "said", "then"),
    [
        ({"answer": "no"}, "nobody asks you why", "refused"),
        ({"answer": "never"}, "Nothing will go to Acme", "refused"),
        ({"answer": "later", "months": "3"}, "will not ask you about this before", "expired"),
        ({"answer": "blind"}, "but without your name", "queued"),
    ],
)
def test_each_other_answer(app, browser, asked, fields, said, then):
    assert said in browser.post(asked["page"], fields).text
    assert state(app, asked) == then


def test_another_persons_link_opens_no_question(app, browser, asked):
    with app.app_context(), unit_of_work(writes=True):
        eve = make.candidate(users.by_email(people.address("alice")), "Eve", email="eve@example.org")
        token = tokens.new_link()
        doors.mint(eve.id, token)
    other = f"/door/{token}/questions/{asked['page'].rsplit('/', 1)[1]}"
    browser.get(other, 404)
    browser.post(other, {"answer": "yes"}, 404)
    assert state(app, asked) == "awaiting_consent"
