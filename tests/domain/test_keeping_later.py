"""The question whether we may keep in touch, as time goes on: asked again, answered late, answered anew."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import (
    cadences,
    candidates,
    closings,
    consents,
    correspondence,
    dispatch,
    door_openers,
    fall_throughs,
    keeping,
    keeping_answers,
    touchpoints,
    withdrawals,
)
from crm.domain.closings import Hired
from crm.domain.door_openers import Telling, Words
from crm.domain.errors import Refused
from crm.domain.finalists import Finalist
from crm.domain.outbox import Letter
from crm.kit import clock, tokens
from tests import make

FAR = datetime(9999, 12, 31, tzinfo=UTC)


@pytest.fixture
def ada(alice):
    return make.candidate(alice)


def by_the_worker(question):
    """Its letter leaves as the worker hands it over; returns the token in it."""
    token, letter = tokens.new_link(), question.letter
    later = clock.now() + timedelta(minutes=5)
    assert dispatch.claim("w", later) == letter.id
    db.session.refresh(letter)
    door_openers.mint(door_openers.for_delivery(letter), token)
    dispatch.enter_doubt(letter)
    assert dispatch.accept_in_doubt(letter.id, "w", "250 ok")
    db.session.refresh(letter)
    return token


def asked(alice, person):
    question = door_openers.ask(person, by=alice)
    return question, by_the_worker(question)


def say(token, *said):
    return keeping_answers.answer(keeping_answers.find_by_link(token), *said)


def valid(candidate):
    return sorted(one.purpose for one in db.session.scalars(consents.of(candidate)) if one.is_valid)


# --- a contact is what a person writes, and no question


def test_an_answer_makes_no_contact_of_the_question(alice, ada):
    _, token = asked(alice, ada)
    say(token, "yes")
    assert db.session.scalars(touchpoints.of(ada)).all() == []
    assert ada.last_contact_at is None


@pytest.mark.parametrize("state", ["delivered", "bounced"])
def test_nor_does_what_the_log_knows_of_it(alice, ada, state):
    question, _ = asked(alice, ada)
    assert dispatch.learn(question.letter, state, "by the log")
    assert db.session.scalars(touchpoints.of(ada)).all() == []


# --- asked once, with one reminder


def later(days):
    return clock.set_to(clock.now() + timedelta(days=days))


def test_a_no_is_not_asked_again(alice, ada):
    _, token = asked(alice, ada)
    say(token, "no")
    with pytest.raises(Refused, match="said no"):
        door_openers.ask(ada, by=alice)
    with later(400), pytest.raises(Refused, match="said no"):
        door_openers.ask(ada, by=alice)


def test_unless_they_applied_again(alice, ada):
    make.near_miss(ada, make.role(alice), alice)
    with later(1):
        _, token = asked(alice, ada)
        say(token, "no")
    with later(30):
        make.near_miss(ada, make.role(alice, "Head of Product"), alice)
        assert door_openers.ask(ada, by=alice)


def test_silence_is_reminded_of_once(alice, ada):
    asked(alice, ada)
    with later(61):
        asked(alice, ada)
    with later(122), pytest.raises(Refused, match="twice"):
        door_openers.ask(ada, by=alice)


def test_a_closing_asks_nobody_who_said_no(alice, ada):
    near = make.near_miss(ada, make.role(alice), alice)
    with later(1):
        _, token = asked(alice, ada)
        say(token, "no")
    with later(2):
        door_openers.tell([near], Telling("told"), by=alice, intent="x")
        assert door_openers.of(ada, seen_by=alice).waiting == []


# --- a day too far


@pytest.mark.parametrize("at", [FAR, datetime(2090, 1, 1, tzinfo=UTC)])
def test_a_question_waits_for_a_year_at_most(alice, ada, at):
    near = make.near_miss(ada, make.role(alice), alice)
    for act in (
        lambda: door_openers.ask(ada, by=alice, send_at=at),
        lambda: door_openers.tell([near], Telling("told", send_at=at), by=alice, intent="x"),
    ):
        with pytest.raises(Refused, match="a year at most") as refusal:
            act()
        assert refusal.value.field == "send_on"


# --- answered anew


def test_a_yes_after_the_office_withdrew_it_is_on_record_again(alice, ada):
    _, token = asked(alice, ada)
    say(token, "yes")
    for consent in list(db.session.scalars(consents.of(ada))):
        withdrawals.withdraw(consent, by=alice)
    assert valid(ada) == []
    say(token, "yes")
    assert valid(ada) == ["contact", "keep"]
    say(token, "yes")
    assert len(db.session.scalars(consents.of(ada)).all()) == 4
    say(token, "no")
    assert valid(ada) == []


def test_one_of_two_that_was_withdrawn_comes_back_and_both_can_be_taken_back(alice, ada):
    question, token = asked(alice, ada)
    say(token, "yes")
    withdrawals.withdraw(db.session.get(consents.Consent, question.consent_ids[0]), by=alice)
    with later(3):
        say(token, "yes")
        assert {*valid(ada)} == {"contact", "keep"}
        say(token, "no")
        assert valid(ada) == []


def test_not_before_a_month_is_quiet_until_then(alice, ada):
    candidates.set_next(ada, make.in_days(9), by=alice)
    _, token = asked(alice, ada)
    month = keeping_answers.months()[3]
    say(token, "yes", "", month)
    assert (ada.pause_why, ada.paused_until, ada.next_on) == ("quiet", month, month)
    assert "paused" in cadences.stands_against(ada)
    with clock.set_to(datetime.combine(month, datetime.min.time(), UTC)):
        assert not ada.is_paused


@pytest.mark.parametrize("said", ["yes", "no"])
def test_and_another_answer_ends_it(alice, ada, said):
    candidates.set_next(ada, make.in_days(9), by=alice)
    _, token = asked(alice, ada)
    say(token, "yes", "", keeping_answers.months()[3])
    say(token, said)
    assert not ada.is_paused
    assert ada.next_on == make.in_days(9)


def test_another_month_takes_its_place(alice, ada):
    _, token = asked(alice, ada)
    for place in (9, 2):
        say(token, "yes", "", keeping_answers.months()[place])
    assert ada.paused_until == keeping_answers.months()[2]


@pytest.mark.parametrize("why", ["restricted", "hired_elsewhere"])
def test_a_pause_that_somebody_else_made_stays(alice, ada, why):
    _, token = asked(alice, ada)
    cadences.pause(ada, why=why, by=alice)
    say(token, "yes", "", keeping_answers.months()[1])
    say(token, "no")
    assert (ada.is_paused, ada.pause_why, ada.paused_until) == (True, why, None)


# --- the role opens again


def test_a_fall_through_stops_the_letters_that_say_it_is_filled(alice):
    role = make.role(alice)
    rows = [Finalist(full_name="Mira H", email="mira@example.org")]
    closings.close(role, rows, by=alice, intent="one", hired=Hired("Nadia"), telling=Telling("both"))
    db.session.flush()
    fall_throughs.report(role, why="declined", by=alice)
    db.session.flush()
    assert {letter.state for letter in db.session.scalars(select(Letter))} == {"cancelled"}
    mira = candidates.by_email("mira@example.org", seen_by=alice)
    assert door_openers.stands_against(mira) == ""


def test_a_question_by_itself_goes_on(alice):
    role = make.role(alice)
    rows = [Finalist(full_name="Mira H", email="mira@example.org")]
    closings.close(role, rows, by=alice, intent="one", hired=Hired("Nadia"), telling=Telling("told"))
    fall_throughs.report(role, why="declined", by=alice)
    assert [letter.state for letter in db.session.scalars(select(Letter))] == ["queued"]


# --- a role that is sealed


def sealed_away(alice, charlie):
    """Told of a role that was open and is sealed to Charlie by now is another matter: here it was sealed all along."""
    role = make.role(alice, "Chief Zanzibar Officer", status="sealed")
    decision = Words("Your application", "Dear {first name}, we went another way.")
    row = Finalist(full_name="Mira H", email="mira@example.org")
    closings.bank(role, row, by=alice, intent="one", telling=Telling("both", decision=decision))
    for letter in db.session.scalars(select(Letter).order_by(Letter.not_before, Letter.kind.desc())):
        dispatch.accept(letter, "250 ok")
    db.session.flush()
    return candidates.by_email("mira@example.org", seen_by=charlie)


def test_a_letter_about_it_is_in_the_thread_of_insiders_only(alice, charlie):
    mira = sealed_away(alice, charlie)
    assert {one.subject for one in correspondence.thread(mira, seen_by=alice)} == {
        "Your application", "May we keep in touch?",
    }  # fmt: skip
    assert correspondence.thread(mira, seen_by=charlie) == []


def test_the_timeline_says_that_there_was_one_and_no_word_of_it(alice, charlie):
    mira = sealed_away(alice, charlie)
    [contact] = db.session.scalars(touchpoints.of(mira))
    assert (contact.kind, contact.text) == ("mail", "")


def test_the_question_names_it_to_nobody_and_is_listed_for_insiders(alice, charlie):
    mira = sealed_away(alice, charlie)
    [question] = db.session.scalars(keeping.of(mira.id, seen_by=alice))
    assert keeping_answers.find_asked(question.id).role_title == ""
    assert db.session.scalars(keeping.of(mira.id, seen_by=charlie)).all() == []
