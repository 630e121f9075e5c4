"""What a candidate says on their own page, and the questions and forwards that are still open then."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import asking, candidates, dispatch, forward_questions, forwarding_rules, forwards, plans
from crm.domain.consents import Consent
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.kit import clock
from tests import make
from tests.doors import looking, of_ada, told, user


@pytest.fixture
def path(app):
    """Ada's, about whom Charlie asks for a forward."""

    def ask(ada):
        make.resume(ada, user("alice"))
        forwards.send(plans.plan(ada, make.colleague(user("alice")), by=user("charlie")), by=user("charlie"))

    return of_ada(app, ask)


@pytest.fixture
def look(app):
    return looking(app, Forward)


def say(browser, path, act, status=200, **fields):
    return browser.submit(browser.get(f"{path}/{act}"), f"/{act}", status, **fields)


def question(forward):
    return forward_questions.of_forward(forward.id)


def state(forward):
    db.session.refresh(forward, ["letter"])
    return forward.state


def is_reminded(forward):
    """Whether anybody is, five days after the question reached them."""
    asked = question(forward)
    dispatch.accept(db.session.get(Letter, asked.letter_id), "250 ok")
    asked.asked_at = clock.now() - timedelta(days=5)
    db.session.flush()
    return asking.remind(clock.now()) == 1


def test_a_month_that_is_no_plain_number_is_asked_for_again(browser, path):
    for months in ("²", "٣x", "1²"):
        browser.post(f"{path}/later", {"months": months}, 422)


def test_nobody_else_is_a_no_to_what_is_asked(browser, path, look):
    say(browser, path, "less", what="nobody_else")
    assert look(state) == "refused"
    assert "See what would be shown" not in browser.get(path).text
    assert look(told("charlie")) == ["Ada Byron said no: the resume to Carol Devereux at Acme"]
    assert not look(is_reminded)


def test_never_one_company_holds_for_what_waits_and_for_what_came(browser, path, look):
    say(browser, path, "less", what="never", company="Zenith Ltd")
    assert look(state) == "awaiting_consent"
    say(browser, path, "less", what="never", company="ACME")
    assert look(state) == "refused"
    assert "Ada Byron wants nothing of theirs to go to ACME, whoever asks" in look(told())


def test_the_same_said_twice_is_told_once_until_it_is_read(browser, path, look):
    for _ in range(2):
        say(browser, path, "less", what="never", company="Zenith Ltd")
        say(browser, path, "less", what="no_mail")
    said = [one for one in look(told()) if "Zenith" in one or "no more mail" in one]
    assert len(said) == 2


@pytest.mark.parametrize("company", ["", "  ", "—", "@"])
def test_a_company_that_is_not_named_ends_nothing(browser, path, look, company):
    page = say(browser, path, "less", 422, what="never", company=company)
    assert "Name the company. Nothing was changed." in page.text
    assert look(lambda forward: forwarding_rules.standing(forward.candidate_id)) == []


@pytest.mark.parametrize("what", ["nobody_else", "blind_only", "no_mail"])
def test_a_company_beside_another_choice_is_asked_about(browser, path, look, what):
    page = say(browser, path, "less", 422, what=what, company="Zenith")
    assert "A company goes with “never” alone." in page.text
    assert look(state) == "awaiting_consent"
    assert look(told()) == []


def test_leaving_is_a_no_and_whoever_asked_hears_of_it(browser, path, look):
    say(browser, path, "leave", sure="y")
    assert look(state) == "refused"
    assert look(lambda forward: question(forward).is_waiting) is False
    [sentence] = look(told("charlie"))
    assert sentence.startswith("Somebody asked on their own page to be forgotten")


def test_nobody_brings_back_who_left_by_themselves(browser, path, look, as_alice):
    there = f"/candidates/{look(lambda forward: forward.candidate_id)}"
    [token] = as_alice.get(there).tree.xpath("(//input[@name='csrf_token'])[1]/@value")
    say(browser, path, "leave", sure="y")
    as_alice.post(f"{there}/deletion/undo", {"csrf_token": token}, 404)
    as_alice.get(there, 404)


def test_later_is_said_of_what_is_asked_too(browser, path, look):
    say(browser, path, "later", months="3")
    assert look(state) == "expired"
    assert look(told("charlie")) == ["Ada Byron asked for it later: the resume to Carol Devereux at Acme in 3 months"]
    assert not look(is_reminded)


def test_who_took_a_job_can_answer_but_is_not_reminded(browser, path, look):
    say(browser, path, "job", sure="y")
    assert "See what would be shown" in browser.get(path).text
    assert "took a job, and is not reminded" in look(told("charlie"))[0]
    assert not look(is_reminded)


def test_who_took_a_yes_back_is_not_reminded(browser, path, look):
    page = look(lambda forward: f"{path}/questions/{question(forward).id}")
    browser.submit(browser.post(page, {"answer": "yes"}), page)
    assert not look(is_reminded)


def test_who_said_nothing_is_reminded(look, path):
    assert look(is_reminded)


def test_leaving_closes_what_had_reached_somebody_on_a_permission_that_ran_out(app, browser, path, look):
    def reached(forward):
        ada = candidates.find(forward.candidate_id, seen_by=user("alice"))
        consent = make.consent(ada, user("alice"))
        other = make.colleague(user("alice"), "Dan Deft", email="dan@acme.example.org")
        sent = forwards.send(plans.plan(ada, other, by=user("alice")), by=user("alice"))
        make.delivered(sent)
        sent.opened_at = sent.downloaded_at = clock.now()
        consent.until = clock.today() - timedelta(days=1)
        return sent.id

    sent_id = look(reached)
    say(browser, path, "leave", sure="y")
    with app.app_context(), unit_of_work(writes=False):
        sent = db.session.get(Forward, sent_id)
        assert sent.revoked_at
        assert db.session.get(Letter, sent.revoked_letter_id).to_address == "dan@acme.example.org"
        assert not any(one.is_valid for one in db.session.scalars(select(Consent)))
