"""A candidate is asked whether their resume may go to one person: what they answer by their link, what comes of it.

A yes is held for a few minutes, and told by a letter, so that it can be taken back before anything leaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.domain import (
    cadences,
    candidates,
    consents,
    dispatch,
    doors,
    events,
    forward_parts,
    forwarding_rules,
    forwards,
    gate,
    identities,
    news,
    outbox,
    personal_letters,
    revoking,
    shape,
    withdrawals,
)
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.forward_parts import NAMING
from crm.domain.forward_questions import ANSWERS, REMINDED_AFTER, YES, ForwardQuestion
from crm.domain.forwarding_rules import ForwardingRule
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.plans import MOST_DAYS, Plan
from crm.domain.users import User
from crm.kit import clock, tokens, words

HELD = timedelta(minutes=5)
"""A yes may have been given by a program that reads mail; so long it can be taken back before anything leaves."""
MOST_MONTHS = 18
AT_ONCE = 200
CLOSED = "This question is no longer open."
BY_RULE = {
    "employer": "That is where you work, as far as we know, so nothing goes there.",
    "never": "You told us that nothing may go to {company}. Take that back first, below on this page.",
    "blind_only": "You told us to show you only without your name. Choose that, or take it back first, below.",
    "gone": "Nothing of you is forwarded any more.",
}


@dataclass(frozen=True)
class Asked:
    """A question with one of its letters."""

    question: ForwardQuestion
    letter: Letter


# --- queries


def open_of(candidate_id: str) -> Sequence[ForwardQuestion]:
    """What they can answer now, the oldest first, each with its forward, colleague and asker."""
    waiting = _mine(candidate_id).where(
        ForwardQuestion.answer == "", ForwardQuestion.closed_at.is_(None), ForwardQuestion.lapsed_at.is_(None),
        ForwardQuestion.until >= clock.today(),
    )  # fmt: skip
    return db.session.scalars(waiting.order_by(ForwardQuestion.id)).all()


def answered_of(candidate_id: str) -> Sequence[ForwardQuestion]:
    """What they answered and may still say otherwise, the newest first: a yes as long as anything of it holds."""
    said = _mine(candidate_id).where(ForwardQuestion.answer != "").order_by(ForwardQuestion.answered_at.desc())
    return [question for question in db.session.scalars(said.limit(AT_ONCE)) if may_undo(question)]


def find(question_id: str, candidate_id: str) -> ForwardQuestion:
    """Of this candidate, whether it can be answered or not; raises Missing."""
    question = db.session.scalar(_mine(candidate_id).where(ForwardQuestion.id == question_id))
    if question is None:
        raise Missing
    return question


def shown_words(forward: Plan | Forward, by: User) -> list[str]:
    """What the colleague would see, for the candidate."""
    left_out = {forward_parts.PART_WORDS["note"], "position"}
    said = [word for word in forward_parts.shown_words(forward) if word not in left_out]
    return [*said, f"a few words by {by.first_name}"] if forward.note and "note" in forward.parts else said


def may_undo(question: ForwardQuestion) -> bool:
    """A yes can be taken back as long as it holds; anything else while the question is open."""
    if not question.answer:
        return False
    if question.answer not in YES:
        return question.is_open
    consent = db.session.get(consents.Consent, question.consent_id) if question.consent_id else None
    return consent is not None and consent.is_valid and question.forward.revoked_at is None


def _mine(candidate_id: str) -> Select[ForwardQuestion]:
    return _whole().where(ForwardQuestion.candidate_id == candidate_id)


def _whole() -> Select[ForwardQuestion]:
    forward = joinedload(ForwardQuestion.forward, innerjoin=True)
    return select(ForwardQuestion).options(
        forward.joinedload(Forward.colleague, innerjoin=True),
        forward.joinedload(Forward.letter),
        forward.joinedload(Forward.resume),
        forward.joinedload(Forward.by, innerjoin=True),
        forward.joinedload(Forward.candidate, innerjoin=True).selectinload(Candidate.emails),
        joinedload(ForwardQuestion.by, innerjoin=True),
        joinedload(ForwardQuestion.candidate, innerjoin=True),
    )


# --- verbs, by the candidate


def answer(question: ForwardQuestion, said: str, months: int = 0, *, language: str = "") -> ForwardQuestion:
    """A later answer replaces an earlier one, as long as the question is open. The same twice is once."""
    said = shape.one_of(said, tuple(ANSWERS), "answer")
    wanted = _months(months) if said == "later" else None
    _lock(question)
    if (question.answer, question.months) == (said, wanted):
        return question
    if not question.is_open:
        raise Refused(CLOSED, field="answer")
    _learn_arrived(question)
    if question.answer:
        _reverse(question)
        if not question.is_open:
            raise Refused(
                "It had been sent already. The link is closed now, and nothing more is needed.", field="answer"
            )
    question.answer, question.months, question.answered_at, question.language = said, wanted, clock.now(), language
    {"yes": _yes, "blind": _yes, "no": _no, "never": _never, "later": _later}[said](question)
    _record("answered", question, f"{question.answer_words}: {_what(question)}")
    db.session.flush()
    return question


def undo(question: ForwardQuestion) -> ForwardQuestion:
    """Takes the answer back, on whichever page: nothing leaves by it any more, and the question stands as before."""
    _lock(question)
    if not may_undo(question):
        return question
    was = question.answer_words
    _reverse(question)
    _record("undone", question, f"took back that they {was}: {_what(question)}")
    db.session.flush()
    return question


# --- delivery, by the worker


def for_delivery(letter: Letter) -> Asked:
    """The question that a letter is about: it asks, reminds, or tells of the yes."""
    column = {"forward_ask": ForwardQuestion.letter_id, "forward_reminder": ForwardQuestion.reminder_id}.get(
        letter.kind, ForwardQuestion.confirmation_id
    )
    question = db.session.scalar(_whole().where(column == letter.id))
    if question is None:
        raise Missing
    return Asked(question, letter)


def why_not(asked: Asked, lock: bool = False) -> str:
    """What stands against handing it over now: a word of outbox.BLOCKED_WORDS, or nothing."""
    question, tells = asked.question, asked.letter.kind == "forward_yes"
    if not (question.answer in YES if tells else question.is_waiting):
        return "overtaken"
    if not question.by.is_active:
        return "owner"
    if tells:
        return "revoked" if question.candidate.is_deleted else ""
    forward = question.forward
    passes = gate.of(
        question.candidate, company=forward.company, address=forward.to_address, blind=forward.blind, lock=lock
    )
    if passes.word not in {"", "ask"}:
        return passes.blocks
    return "consent" if consents.forbids_contact(question.candidate_id, lock=lock) else ""


def mint(asked: Asked, token: str) -> None:
    doors.mint(asked.question.candidate_id, token, letter_id=asked.letter.id)


# --- by the clock, from worker.py


def remind(now: datetime) -> int:
    """Once, where the question reached them, they never answered, and nobody asked for quiet since."""
    reachable = select(Candidate.id).where(cadences.reachable())
    reached = select(Letter.id).where(Letter.state.in_(("accepted", "delivered")))
    due = _open_ones().where(
        ForwardQuestion.asked_at <= now - REMINDED_AFTER, ForwardQuestion.reminder_id.is_(None),
        ForwardQuestion.until > clock.today(), ForwardQuestion.letter_id.in_(reached),
        ForwardQuestion.undone_at.is_(None), ForwardQuestion.candidate_id.in_(reachable),
    )  # fmt: skip
    found = db.session.scalars(due).all()
    return sum(_reminded(question) for question in found)


def lapse(_now: datetime) -> int:
    """Silence is no yes: the forward ends, and whoever asked is told."""
    over = db.session.scalars(_open_ones().where(ForwardQuestion.until < clock.today())).all()
    for question in over:
        question.lapsed_at = question.forward.lapsed_at = clock.now()
        _record("lapsed", question, f"did not answer whether the resume may go to {_whom(question.forward)}")
    return len(over)


# --- what an answer does


def _yes(question: ForwardQuestion) -> None:
    forward, blind = question.forward, question.answer == "blind"
    if blind:
        _unname(forward)
    passes = forwards.gate_of(forward)
    if passes.word not in {"", "ask"}:
        raise Refused(BY_RULE[passes.word].format(company=forward.company), field="answer")
    consent = consents.record(
        question.candidate, purpose="forward", company=forward.company, recipient=forward.to_address,
        evidence=f"answered the question of {words.day(question.asked_at)} on the page", by=question.by,
        until=clock.today() + timedelta(days=MOST_DAYS), blind=forward.blind,
        attachment=forward.deliver == "attachment", channel="link", text_version=question.text_version,
    )  # fmt: skip
    question.consent_id = consent.id
    forward.consent, forward.until = consent, _open_until(forward)
    try:
        forwards.go(forward, held=HELD)
        _confirm(question)
    except Refused as refusal:  # their yes stands; that it cannot leave is for the office to mend
        forward.lapsed_at = clock.now()
        _record("stopped", question, f"said yes, but the letter could not be queued: {refusal}")


def _no(question: ForwardQuestion) -> None:
    question.forward.refused_at = clock.now()


def _never(question: ForwardQuestion) -> None:
    _no(question)
    withdrawals.give_rule(
        question.candidate, kind="never", company=question.forward.company, by=None,
        evidence=f"answered the question of {words.day(question.asked_at)} on the page",
    )  # fmt: skip


def _later(question: ForwardQuestion) -> None:
    """The asker has a date, unless something is due sooner."""
    question.forward.lapsed_at = clock.now()
    candidate, on = question.candidate, question.again_on
    if candidate.next_on is None or candidate.next_on > on:
        candidates.call_again(candidate, on, f"asked to be asked again about {_whom(question.forward)}")


def _reverse(question: ForwardQuestion) -> None:
    """As if it had not been answered; what has left already stays sent, and its link opens no more."""
    forward, was = question.forward, question.answer
    if was in YES:
        _take_yes_back(question)
    elif was == "never":
        _lift_again(question)
    forward.refused_at = forward.lapsed_at = None
    question.answer, question.months, question.answered_at, question.undone_at = "", None, None, clock.now()


def _take_yes_back(question: ForwardQuestion) -> None:
    """The letter first, as by whoever hands it over."""
    forward = question.forward
    in_time = forward.letter is None or forwards.stop(forward)
    if question.consent_id:
        consents.take_back_by_link(question.consent_id)
    if not in_time:
        revoking.take_back(forward)
        question.closed_at = clock.now()
        return
    forward.letter = forward.consent = None
    question.consent_id = None


def _lift_again(question: ForwardQuestion) -> None:
    """The rule that this very answer gave, and none that was there before."""
    company, since = question.forward.company, question.answered_at or clock.now()
    given = forwarding_rules.of(question.candidate_id).where(
        ForwardingRule.by_id.is_(None), ForwardingRule.recorded_at >= since,
        ForwardingRule.company_key == forwarding_rules.company_key(company), ForwardingRule.lifted_at.is_(None),
    )  # fmt: skip
    for rule in db.session.scalars(given):
        forwarding_rules.lift(rule, by=None)


def _unname(forward: Forward) -> None:
    """What was written with it may say who they are; then it goes without those words."""
    try:
        identities.refuse({"position": forward.position, "note": forward.note}, forward.candidate)
    except Refused:
        forward.position = forward.note = ""
    forward.blind, forward.deliver = True, "link"
    forward.parts = [part for part in forward.parts if part not in NAMING] or ["resume"]


def _open_until(forward: Forward) -> date:
    """As many days from the yes on as it was to be open."""
    asked_for = forward.until - forward.created_at.date()
    return clock.today() + min(max(asked_for, timedelta(days=1)), timedelta(days=MOST_DAYS))


def _confirm(question: ForwardQuestion) -> None:
    """Told at once, so that a yes that was none can be taken back."""
    if address := personal_letters.address_of(question.forward.candidate):
        letter = outbox.queue(
            "forward_yes", intent=f"forward yes {tokens.new_id()}", to_address=address,
            to_name=question.candidate.full_name, by=question.by, wait=False,
        )  # fmt: skip
        question.confirmation_id = letter.id


def _reminded(question: ForwardQuestion) -> bool:
    if gate.of(question.candidate, company=question.forward.company, address=question.to_address).word not in {
        "",
        "ask",
    }:
        return False
    address = personal_letters.way_to(question.forward.candidate).address
    if not address:
        return False
    letter = outbox.queue(
        "forward_reminder", intent=f"forward reminder {question.id}", to_address=address,
        to_name=question.candidate.full_name, by=question.by, wait=False,
    )  # fmt: skip
    question.reminder_id = letter.id
    return True


# --- parts


def _open_ones() -> Select[ForwardQuestion]:
    """A question that two workers look at is settled by one of them."""
    waiting = (ForwardQuestion.answered_at.is_(None), ForwardQuestion.closed_at.is_(None))
    query = _whole().where(*waiting, ForwardQuestion.lapsed_at.is_(None)).order_by(ForwardQuestion.id).limit(AT_ONCE)
    return query.with_for_update(of=ForwardQuestion, skip_locked=True)


def _lock(question: ForwardQuestion) -> None:
    db.session.flush()
    db.session.refresh(
        question, ["answer", "months", "answered_at", "closed_at", "lapsed_at", "consent_id"], with_for_update=True
    )


def _learn_arrived(question: ForwardQuestion) -> None:
    letter = db.session.get(Letter, question.letter_id) if question.letter_id else None
    if letter is not None:
        dispatch.learn(letter, "delivered", "the link in it was used")


def _months(months: int) -> int:
    if not 1 <= months <= MOST_MONTHS:
        raise Refused(f"Say in how many months: between 1 and {MOST_MONTHS}.", field="months")
    return months


def _what(question: ForwardQuestion) -> str:
    later = f" in {words.several(question.months, 'month')}" if question.months else ""
    return f"the resume to {_whom(question.forward)}{later}"


def _whom(forward: Forward) -> str:
    return f"{forward.colleague.name} at {forward.company}"


def _record(did: str, question: ForwardQuestion, text: str) -> None:
    """In the history, and for whoever asked."""
    events.record(f"forward.{did}", by=None, subject_id=question.candidate_id, text=text)
    news.tell(
        question.by_id, kind=f"forward_{did}", text=text, candidate_id=question.candidate_id,
        forward_id=question.forward_id,
    )  # fmt: skip
