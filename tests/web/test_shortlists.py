"""Several people to one colleague: chosen on one page, every letter looked at, sent by one button."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import candidates, dispatch, forwarding_rules, users, withdrawals
from crm.domain.consents import Consent
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.kit import clock
from tests import make, people


@pytest.fixture
def known(app):
    with app.app_context(), unit_of_work(writes=True):
        alice, found = users.by_email(people.address("alice")), {}
        for name in ("Ada Byron", "Grace Hopper"):
            person = make.candidate(alice, name, email=f"{name.split()[0].lower()}@example.org")
            make.resume(person, alice)
            make.consent(person, alice)
            found[name] = person.id
        return found | {"carol": make.colleague(alice).id}


def queued(app):
    with app.app_context(), unit_of_work(writes=False):
        return [(letter.kind, letter.state, letter.to_address) for letter in db.session.scalars(select(Letter))]


def chosen(browser, known):
    page = browser.known_as("alice").get(f"/shortlists/new?people={known['Ada Byron']}&to={known['carol']}")
    page = browser.submit(page, "/shortlists/new", who="Grace Hopper", button="add=1", note="Two to meet.")
    said = {f"said-{known['Ada Byron']}": "Calm."}
    return browser.submit(page, "/shortlists/new", **said)


def test_two_people_go_in_one_letter_which_is_shown_first(app, browser, known):
    preview = chosen(browser, known)
    for words in ("Two to meet.", "Ada Byron", "Calm.", "Grace Hopper", "carol@acme.example.org"):
        assert words in preview.text
    [letter] = preview.tree.xpath("//pre/text()")
    assert "Ada Byron\nCalm.\nhttp" in letter
    assert "Grace Hopper\nhttp" in letter
    assert queued(app) == []
    page = browser.submit(preview, "/shortlists")
    assert queued(app) == [("shortlist", "queued", "carol@acme.example.org")]
    assert "Shortlist for Carol Devereux" in page.text
    assert "Grace Hopper" in browser.get("/shortlists/" + page.path.rsplit("/", 1)[1]).text
    page = browser.submit(page, "/undo")
    assert "Taken back: nothing was sent." in page.text
    assert queued(app) == [("shortlist", "cancelled", "carol@acme.example.org")]


def test_nobody_is_named_who_was_not_when_it_was_looked_at(app, browser, known):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        grace = candidates.find(known["Grace Hopper"], seen_by=alice)
        rule_id = withdrawals.give_rule(grace, kind="blind_only", by=alice, evidence="on the phone")[0].id
    preview = chosen(browser, known)
    assert preview.text.count("Goes without their name.") == 1
    [letter] = preview.tree.xpath("//pre/text()")
    assert "Grace" not in letter
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        grace = candidates.find(known["Grace Hopper"], seen_by=alice)
        forwarding_rules.lift(forwarding_rules.find(grace, rule_id), by=alice, why="by mail")
    assert "Grace Hopper may be named now" in browser.submit(preview, "/shortlists", 422).text
    assert queued(app) == []


def test_all_without_their_names_by_one_tick(app, browser, known):
    page = browser.known_as("alice").get(f"/shortlists/new?people={known['Ada Byron']}&to={known['carol']}")
    page = browser.submit(page, "/shortlists/new", who="Grace Hopper", button="add=1")
    preview = browser.submit(page, "/shortlists/new", blind="y")
    [letter] = preview.tree.xpath("//pre/text()")
    assert letter.count("without a name") == 2
    browser.submit(preview, "/shortlists")
    with app.app_context(), unit_of_work(writes=False):
        assert all(db.session.scalars(select(Forward.blind)))
    assert len(queued(app)) == 1


def test_taken_back_after_it_has_left_the_colleague_is_told(app, browser, known):
    page = browser.submit(chosen(browser, known), "/shortlists")
    at = "/shortlists/" + page.path.rsplit("/", 1)[1]
    with app.app_context(), unit_of_work(writes=True):
        dispatch.accept(db.session.scalars(select(Letter)).one(), "250 ok")
    page = browser.get(at)
    assert "What was downloaded before cannot be recalled. Carol is told politely" in page.text
    page = browser.submit(page, "/undo")
    assert "cannot be recalled. Carol is told so, and not why." in page.text
    assert [kind for kind, _, _ in queued(app)] == ["shortlist", "revoked"]


def test_what_may_have_come_is_not_said_to_have_stayed(app, browser, known):
    page = browser.submit(chosen(browser, known), "/shortlists")
    at = "/shortlists/" + page.path.rsplit("/", 1)[1]
    with app.app_context(), unit_of_work(writes=True):
        db.session.scalars(select(Letter)).one().state = "in_doubt"
    page = browser.get(at)
    assert "Nothing has left yet" not in page.text
    assert "nothing was sent" not in browser.submit(page, "/undo").text


def test_the_daily_limit_is_said_and_nothing_is_lost(app, browser, known):
    preview = chosen(browser, known)
    app.config["FIRST_CALL"] = replace(app.config["FIRST_CALL"], letters_a_day=0)
    assert "the next can be queued tomorrow" in browser.submit(preview, "/shortlists", 422).text
    app.config["FIRST_CALL"] = replace(app.config["FIRST_CALL"], letters_a_day=500)
    assert queued(app) == []
    browser.submit(preview, "/shortlists")
    assert [kind for kind, _, _ in queued(app)] == ["shortlist"]


def withdrawn(app):
    with app.app_context(), unit_of_work(writes=True):
        for consent in db.session.scalars(select(Consent)):
            consent.withdrawn_at = clock.now()


def test_the_letters_to_the_candidates_are_shown_and_what_is_said_is_true(app, browser, known):
    withdrawn(app)
    preview = chosen(browser, known)
    assert "ada@example.org" in preview.text
    assert "grace@example.org" in preview.text
    page = browser.submit(preview, "/shortlists")
    assert sorted(queued(app)) == [
        ("forward_ask", "queued", "ada@example.org"), ("forward_ask", "queued", "grace@example.org"),
    ]  # fmt: skip
    assert "On its way" not in page.text
    assert "the letter waits for their answers" in page.text


def test_nobody_is_asked_of_whom_the_preview_did_not_say_so(app, browser, known):
    preview = chosen(browser, known)
    withdrawn(app)
    assert "Look again: they are asked first." in browser.submit(preview, "/shortlists", 422).text
    assert queued(app) == []


def test_nobody_is_refused_at_the_field(browser, known):
    page = browser.known_as("alice").get("/shortlists/new")
    page = browser.submit(page, "/shortlists/new", 422)
    assert "Choose somebody to forward." in page.text


def test_who_is_not_on_file_is_not_added(browser, known):
    page = browser.known_as("alice").get("/shortlists/new")
    page = browser.submit(page, "/shortlists/new", 422, who="Nobody Here", button="add=1")
    assert "Nobody on file has exactly this name" in page.text


def test_one_person_goes_to_several_as_forwards(app, browser, known):
    page = browser.known_as("alice").get(f"/shortlists/new?people={known['Ada Byron']}&to={known['carol']}")
    browser.submit(browser.submit(page, "/shortlists/new"), "/shortlists")
    assert queued(app) == [("forward", "queued", "carol@acme.example.org")]


def test_it_is_remarked_that_the_same_resume_went_there_before(app, browser, known):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        make.forward(alice, candidates.find(known["Grace Hopper"], seen_by=alice))
    preview = chosen(browser, known)
    assert "Carol Devereux was sent the resume of Grace Hopper before" in preview.text
    assert "the resume of Ada Byron" not in preview.text
