"""A candidate is asked before their resume goes: what each answer does, what silence does, what can be taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import (
    asking,
    consents,
    dispatch,
    erasing,
    forward_answers,
    forward_questions,
    forwarding_rules,
    forwards,
    gate,
    outbox,
    plans,
    withdrawals,
)
from crm.domain.errors import Missing, Refused
from crm.domain.news import News
from crm.domain.outbox import Letter
from crm.kit import clock, months
from crm.mail.letters import Case
from tests import make


@pytest.fixture
def ada(alice):
    person = make.candidate(alice, employer="Globex GmbH")
    make.resume(person, alice)
    return person


@pytest.fixture
def forward(alice, ada):
    return forwards.send(plans.plan(ada, make.colleague(alice), by=alice, note="Call Ada today."), by=alice)


@pytest.fixture
def question(forward):
    return forward_questions.of_forward(forward.id)


def ask_letter(question):
    return db.session.get(Letter, question.letter_id)


def told(user):
    return [one.text for one in db.session.scalars(select(News).where(News.user_id == user.id))]


def leave(letter):
    dispatch.accept(letter, "250 2.0.0 queued")
    db.session.flush()


# --- asking


def test_without_a_permission_the_candidate_is_asked_first(forward, question):
    assert (forward.state, forward.letter, forward.consent) == ("awaiting_consent", None, None)
    letter = ask_letter(question)
    assert (letter.kind, letter.to_address, letter.state) == ("forward_ask", "ada@example.org", "queued")
    assert question.until == clock.today() + timedelta(days=14)
    assert forward.is_waiting


def test_with_a_permission_nobody_is_asked(alice, ada):
    assert make.forward(alice, ada).state == "queued"
    assert asking.open_of(ada.id) == []


@pytest.mark.parametrize("what", ["address", "suppressed", "contact"])
def test_who_cannot_be_asked_by_mail_is_to_be_asked_in_person(alice, ada, what):
    if what == "address":
        ada.emails.clear()
    elif what == "suppressed":
        outbox.suppress("ada@example.org", why="unsubscribed")
    else:
        consents.withdraw(make.consent(ada, alice, purpose="contact"), by=alice)
    db.session.flush()
    with pytest.raises(Refused, match="Ask in person") as refusal:
        plans.plan(ada, make.colleague(alice), by=alice)
    assert refusal.value.field == "consent"


def test_the_same_is_not_asked_twice(alice, ada, forward, question):
    with pytest.raises(Refused, match="still open"):
        plans.plan(ada, forward.colleague, by=alice)
    asking.answer(question, "no")
    with pytest.raises(Refused, match="not asked again"):
        plans.plan(ada, forward.colleague, by=alice)
    make.consent(ada, alice)
    assert plans.plan(ada, forward.colleague, by=alice).consent


def test_taking_the_forward_back_calls_the_question_off(alice, forward, question):
    forwards.revoke(forward, by=alice)
    assert ask_letter(question).state == "cancelled"
    assert not question.is_open
    assert forward.is_taken_back
    with pytest.raises(Refused, match="no longer open"):
        asking.answer(question, "yes")


# --- answers


def test_a_yes_is_recorded_held_and_confirmed(alice, ada, forward, question):
    asking.answer(question, "yes")
    yes = forward.consent
    assert (yes.purpose, yes.company, yes.recipient, yes.channel) == (
        "forward", "Acme", "carol@acme.example.org", "link",
    )  # fmt: skip
    assert yes.text_version == forward_questions.TEXT_VERSION
    assert forward.state == "queued"
    assert forward.letter.not_before >= clock.now() + forward_answers.HELD - timedelta(seconds=5)
    confirmation = db.session.get(Letter, question.confirmation_id)
    assert (confirmation.kind, confirmation.to_address) == ("forward_yes", "ada@example.org")
    assert told(alice) == ["said yes: the resume to Carol Devereux at Acme"]
    assert gate.of(ada, company="Acme", address="dan@acme.example.org").word == "ask"


def test_the_same_answer_twice_is_once(forward, question):
    asking.answer(question, "yes")
    letter = forward.letter
    asking.answer(question, "yes")
    assert forward.letter is letter


def test_without_a_name_it_goes_without_what_tells_it(ada, forward, question):
    asking.answer(question, "blind")
    assert (forward.blind, forward.note, forward.deliver, forward.state) == (True, "", "link", "queued")
    assert gate.of(ada, company="Acme", address=forward.to_address).word == "ask"
    assert gate.of(ada, company="Acme", address=forward.to_address, blind=True).is_open


def test_a_no_closes_it_and_nobody_asks_why(alice, forward, question):
    asking.answer(question, "no")
    assert (forward.state, forward.letter) == ("refused", None)
    assert told(alice) == ["said no: the resume to Carol Devereux at Acme"]


def test_never_is_a_rule(ada, forward, question):
    asking.answer(question, "never")
    assert forward.state == "refused"
    assert gate.of(ada, company="Acme Ltd", address="x@elsewhere.example.org").word == "never"


def test_later_gives_the_asker_a_date(alice, ada, forward, question):
    asking.answer(question, "later", 3)
    assert forward.state == "expired"
    assert ada.next_on == months.later(clock.today(), 3)
    with pytest.raises(Refused, match="asked to hear of this again"):
        plans.plan(ada, forward.colleague, by=alice)


@pytest.mark.parametrize(
    ("said", "in_months", "field"),
    [("", 0, "answer"), ("maybe", 0, "answer"), ("later", 0, "months"), ("later", 19, "months")],
)
def test_an_answer_that_is_none_is_refused(question, said, in_months, field):
    with pytest.raises(Refused) as refusal:
        asking.answer(question, said, in_months)
    assert (refusal.value.field, question.answer) == (field, "")


def test_a_yes_against_their_own_rule_or_to_their_employer_is_none(ada, forward, question):
    withdrawals.give_rule(ada, kind="never", company="Acme", by=None)
    with pytest.raises(Refused, match="You told us"):
        asking.answer(question, "yes")


# --- taking it back


def test_a_yes_taken_back_in_time_sends_nothing(alice, ada, forward, question):
    asking.answer(question, "yes")
    letter, yes = forward.letter, forward.consent
    asking.undo(question)
    assert (letter.state, yes.is_valid, forward.state) == ("cancelled", False, "awaiting_consent")
    assert question.is_waiting
    assert len(told(alice)) == 2
    asking.answer(question, "yes")
    assert forward.state == "queued"


def test_a_yes_taken_back_too_late_closes_the_link(forward, question):
    asking.answer(question, "yes")
    leave(forward.letter)
    assert asking.may_undo(question)
    asking.undo(question)
    assert (forward.state, question.is_open) == ("revoked", False)


@pytest.mark.parametrize("said", ["no", "never", "later"])
def test_any_other_answer_can_be_taken_back_while_it_is_open(ada, forward, question, said):
    asking.answer(question, said, 2)
    asking.undo(question)
    assert forward.state == "awaiting_consent"
    assert forwarding_rules.standing(ada.id) == []
    asking.answer(question, "yes")
    assert forward.state == "queued"


def test_a_rule_that_was_there_before_stays(ada, forward, question):
    before = withdrawals.give_rule(ada, kind="never", company="Acme", by=None)[0]
    before.recorded_at = clock.now() - timedelta(days=1)
    asking.answer(question, "never")
    asking.undo(question)
    assert forwarding_rules.standing(ada.id) == [before]


def test_an_answer_can_be_changed_in_one_step(forward, question):
    asking.answer(question, "yes")
    letter = forward.letter
    asking.answer(question, "no")
    assert (letter.state, forward.state) == ("cancelled", "refused")


# --- silence


def test_one_reminder_goes_and_then_it_lapses(alice, forward, question):
    leave(ask_letter(question))
    assert asking.remind(clock.now()) == 0
    question.asked_at = clock.now() - timedelta(days=5)
    assert (asking.remind(clock.now()), asking.remind(clock.now())) == (1, 0)
    assert db.session.get(Letter, question.reminder_id).kind == "forward_reminder"
    assert asking.lapse(clock.now()) == 0
    question.until = clock.today() - timedelta(days=1)
    assert (asking.lapse(clock.now()), asking.lapse(clock.now())) == (1, 0)
    assert forward.state == "expired"
    assert told(alice) == ["did not answer whether the resume may go to Carol Devereux at Acme"]


def test_who_answered_is_not_reminded(forward, question):
    leave(ask_letter(question))
    question.asked_at = clock.now() - timedelta(days=5)
    asking.answer(question, "no")
    assert asking.remind(clock.now()) == 0


# --- the letters


def test_a_question_that_was_overtaken_is_not_asked(question):
    letter = ask_letter(question)
    assert Case.of(letter).why_not(lock=False) == ""
    asking.answer(question, "no")
    assert Case.of(letter).why_not(lock=True) == "overtaken"


def test_a_question_to_the_employer_is_not_asked_any_more(ada, question):
    ada.employer = "Acme"
    assert Case.of(ask_letter(question)).why_not(lock=True) == "employer"


def test_a_question_is_its_candidates_alone(alice, question):
    with pytest.raises(Missing):
        asking.find(question.id, make.candidate(alice, "Eve", email="").id)


def test_erasing_takes_the_letters_along(ada, forward, question):
    asking.answer(question, "yes")
    ids = [question.letter_id, question.confirmation_id, forward.letter_id]
    erasing.erase(ada)
    assert not db.session.scalars(select(Letter.id).where(Letter.id.in_(ids))).all()


@pytest.mark.parametrize("end", ["refused_at", "lapsed_at"])
def test_a_letter_whose_forward_has_ended_stays_here(forward, question, end):
    asking.answer(question, "yes")
    setattr(forward, end, clock.now())
    assert Case.of(forward.letter).why_not(lock=True) == "overtaken"
