"""What a candidate agreed to, on the pages of those who write it down and of the candidate."""

import csv
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import (
    asking,
    candidates,
    colleagues,
    doors,
    forward_questions,
    forwards,
    outbox,
    permissions,
    plans,
    users,
)
from crm.domain.consents import Consent
from crm.domain.forwards import Forward
from crm.domain.news import News
from crm.domain.outbox import Letter
from crm.kit import clock, tokens
from crm.mail.asking_letters import permission_words
from crm.mail.letters import Case, Tokens
from tests import make, people


@pytest.fixture
def asked(app):
    """Ada is asked whether her resume may go to Carol."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice)
        make.resume(ada, alice)
        forward = forwards.send(plans.plan(ada, make.colleague(alice), by=alice, position="Lead"), by=alice)
        token = tokens.new_link()
        doors.mint(ada.id, token)
        question = forward_questions.of_forward(forward.id)
        return {"ada": ada.id, "forward": forward.id, "door": f"/door/{token}", "question": question.id}


@pytest.fixture
def said_yes(app, asked):
    with app.app_context(), unit_of_work(writes=True):
        asking.answer(asking.find(asked["question"], asked["ada"]), "yes")
    return asked


def test_a_yes_by_link_reads_as_given_by_the_candidate(as_alice, said_yes):
    page = as_alice.get(f"/forwards/{said_yes['forward']}").text
    assert "by the candidate, on their own page" in page
    assert "recorded by Alice" not in page
    assert "given by the candidate" in as_alice.get(f"/candidates/{said_yes['ada']}").text
    table = as_alice.client.get("/forwards.csv").get_data(as_text=True)[1:]
    [row] = csv.DictReader(table.splitlines())
    assert row["Permission recorded by"] == "the candidate"


# --- a yes that somebody writes down


def write_down(as_alice, asked, **said):
    path = f"/candidates/{asked['ada']}/consents"
    said = {"purpose": "forward", "company": "Acme", "evidence": "called on Monday", "channel": "phone", **said}
    return as_alice.submit(as_alice.get(path), path, **said)


def test_it_releases_the_forward_that_waits_for_it(app, as_alice, browser, asked):
    page = write_down(as_alice, asked)
    assert "leaves for Carol Devereux at Acme" in page.text
    with app.app_context(), unit_of_work(writes=False):
        forward = db.session.get(Forward, asked["forward"])
        question = forward_questions.of_forward(forward.id)
        letters = {one.kind: one for one in db.session.scalars(select(Letter))}
        assert forward.consent_id
        assert letters["forward"].not_before <= clock.now() + timedelta(minutes=1)
        assert letters["forward_ask"].state == "cancelled"
        assert not question.is_open
    page = browser.get(f"{asked['door']}/questions/{asked['question']}").text
    assert "You said yes another way, and that is written down." in page
    assert "Nothing was sent" not in page
    assert "as Alice Okafor wrote down" in as_alice.get(f"/candidates/{asked['ada']}").text


@pytest.mark.parametrize("said", [{"company": "Globex"}, {"purpose": "contact", "company": ""}])
def test_another_yes_releases_nothing(app, as_alice, asked, said):
    assert "leaves for" not in write_down(as_alice, asked, **said).text
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.get(Forward, asked["forward"]).consent_id is None
        assert forward_questions.of_forward(asked["forward"]).is_waiting


def test_the_same_forward_does_not_leave_twice_by_a_yes_written_in_the_composer(app, as_alice, asked):
    path = f"/candidates/{asked['ada']}/forwards/new"
    with app.app_context(), unit_of_work(writes=False):
        carol = colleagues.by_email("carol@acme.example.org").id
    page = as_alice.submit(
        as_alice.get(path), path, 422, to="Carol Devereux", to_id=carol, evidence="called on Monday", channel="phone"
    )
    assert "waits for this very yes" in page.text
    with app.app_context(), unit_of_work(writes=False):
        assert db.session.get(Forward, asked["forward"]).consent_id is None


@pytest.mark.parametrize(
    ("said", "then"),
    [
        ({}, "is told so by a letter"),
        ({"channel": "form"}, "No letter tells Ada Byron of it: it was given on a form."),
        ({"purpose": "contact", "company": ""}, "The yes is on record."),
    ],
)
def test_whoever_writes_it_down_reads_whether_a_letter_tells_of_it(as_alice, asked, said, then):
    assert then in write_down(as_alice, asked, **said).text


def test_who_cannot_be_written_to_is_not_said_to_be(app, as_alice, asked):
    path = f"/candidates/{asked['ada']}/consents"
    assert "confirmed to ada@example.org by a letter" in as_alice.get(path).text
    with app.app_context(), unit_of_work(writes=True):
        outbox.suppress("ada@example.org", why="unsubscribed")
    assert "No letter can confirm it: ada@example.org asked not to be written to" in as_alice.get(path).text
    assert "No letter tells Ada Byron of it: ada@example.org asked not" in write_down(as_alice, asked).text


# --- always inside


def test_always_inside_is_a_yes_among_the_rules(app, as_alice, asked):
    path = f"/candidates/{asked['ada']}/rules"
    as_alice.submit(as_alice.get(path), path, 422, kind="inside", channel="phone", evidence="")
    as_alice.submit(as_alice.get(path), path, kind="inside", channel="phone", evidence="called on Monday")
    with app.app_context(), unit_of_work(writes=False):
        [yes] = db.session.scalars(select(Consent))
        assert (yes.purpose, yes.company, yes.attachment, yes.channel) == ("forward", "Norrland", False, "phone")


# --- the letter that tells of it


@pytest.fixture
def told(app, asked):
    """What Alice wrote down, a yes of another scope, and the link of the letter."""
    token = tokens.new_link()
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = candidates.find(asked["ada"], seen_by=alice)
        make.consent(ada, alice, company="Globex")
        yes = permissions.record(
            ada, purpose="forward", company="Acme", evidence="called", by=alice, channel="phone", attachment=False,
            until=make.in_days(30),
        )  # fmt: skip
        letter = db.session.get(Letter, yes.letter_id)
        given = Tokens(token, tokens.new_link())
        mail = Case.of(letter).draft(given)
        Case.of(letter).mint(given)
        return {"page": f"/door/{token}/permission", "text": mail.text, "yes": yes.id, **asked}


def test_the_letter_says_what_exactly(told):
    for sentence in ("Your resume may go to anybody at Acme.", "only as a link", "It holds until", "on the phone"):
        assert sentence in told["text"]
    assert told["page"] in told["text"]


def test_its_page_takes_back_just_this_one(app, browser, told):
    page = browser.get(told["page"])
    assert "Your resume may go to anybody at Acme." in page.text
    page = browser.submit(page, told["page"], 422)
    page = browser.submit(page, told["page"], sure="y")
    assert "Taken back." in page.text
    with app.app_context(), unit_of_work(writes=False):
        assert {one.company: one.is_valid for one in db.session.scalars(select(Consent))} == {
            "Acme": False, "Globex": True,
        }  # fmt: skip
        assert "took back what Alice Okafor wrote down" in db.session.scalars(select(News)).all()[-1].text
        alice = users.by_email(people.address("alice"))
        assert forwards.find(told["forward"], seen_by=alice).carrier.state == "blocked"


def test_another_link_has_no_such_page(browser, told):
    browser.get(f"{told['door']}/permission", 404)
    browser.post(f"{told['door']}/permission", {"sure": "y"}, 404)


def test_each_scope_has_its_sentence(app, asked):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = candidates.find(asked["ada"], seen_by=alice)
        several = [
            make.consent(ada, alice, company=""),
            make.consent(ada, alice, recipient="carol@acme.example.org", blind=True),
            make.consent(ada, alice, company="", purpose="introduce"),
        ]
        said = [" ".join(permission_words(one)) for one in several]
    assert "any company but the one where you work" in said[0]
    assert "nobody can recall" in said[0]
    assert "carol@acme.example.org and to nobody else. Only without your name." in said[1]
    assert "introduced without your name" in said[2]
