"""A candidate is asked whether their resume may go to one person: what they answer by their link, what comes of it.

A yes is held for a few minutes, and told by a letter, so that it can be taken back before anything leaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.domain import (
    cadences,
    consents,
    dispatch,
    doors,
    forward_answers,
    forward_parts,
    forwards,
    gate,
    outbox,
    personal_letters,
    shape,
)
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.forward_questions import ANSWERS, REMINDED_AFTER, YES, ForwardQuestion
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.plans import Plan
from crm.domain.users import User
from crm.kit import clock

MOST_MONTHS = 18
AT_ONCE = 200
NOT_NOW = ("no", "never", "later")
NEVER_CAME_WORDS = {
    "failed": "could not be sent", "blocked": "was stopped", "bounced": "came back",
    "complained": "was reported as unwanted", "cancelled": "was taken back",
}  # fmt: skip
CLOSED = "This question is no longer open."
MONTHS_WANTED = "Say in how many months: between 1 and 18."


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
    """What the colleague would see, for the candidate, each in words that have their translation."""
    left_out = {forward_parts.PART_WORDS["note"], "position"}
    said = [word for word in forward_parts.shown_words(forward, with_pages=False) if word not in left_out]
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
    if not question.is_open and not (said in NOT_NOW and question.answer in YES and may_undo(question)):
        raise Refused(CLOSED, field="answer")
    _learn_arrived(question)
    if question.answer and not _is_open_again(question, said):
        return question
    question.answer, question.months, question.answered_at, question.language = said, wanted, clock.now(), language
    forward_answers.take(question)
    forward_answers.record("answered", question, f"{question.answer_words}: {forward_answers.what(question)}")
    db.session.flush()
    return question


def undo(question: ForwardQuestion) -> ForwardQuestion:
    """Takes the answer back, on whichever page: nothing leaves by it any more, and the question stands as before."""
    _lock(question)
    if may_undo(question):
        _take_back(question)
    return question


def _take_back(question: ForwardQuestion) -> None:
    was = question.answer_words
    forward_answers.reverse(question)
    forward_answers.record("undone", question, f"took back that they {was}: {forward_answers.what(question)}")
    db.session.flush()


def _is_open_again(question: ForwardQuestion, said: str) -> bool:
    """After the earlier answer was taken back. Where it had left already, that is all that can be done, and it is kept:
    its link is closed.
    """
    was = forward_answers.what(question)
    forward_answers.reverse(question)
    if question.is_open:
        return True
    if said == "never":
        forward_answers.keep_away(question)
    forward_answers.record("undone", question, f"{ANSWERS[said]} after their yes, which is taken back: {was}")
    db.session.flush()
    return False


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
    forward = question.forward
    if tells:
        return "revoked" if question.candidate.is_deleted or forward.revoked_at or forward.lapsed_at else ""
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
        text = f"did not answer whether the resume may go to {forward_answers.whom(question.forward)}"
        forward_answers.record("lapsed", question, text)
    return len(over)


def end_unasked(_now: datetime) -> int:
    """The letter that asks never came, so no answer will."""
    lost = select(Letter).where(Letter.state.in_(forwards.NEVER_CAME))
    waiting = _open_ones().where(ForwardQuestion.letter_id.in_(lost.with_only_columns(Letter.id)))
    found = db.session.scalars(waiting).all()
    letters = {one.id: one for one in db.session.scalars(lost.where(Letter.id.in_([each.letter_id for each in found])))}
    for question in found:
        question.closed_at = question.forward.lapsed_at = clock.now()
        _record_unasked(question, letters[question.letter_id or ""])
    return len(found)


# --- parts


def _record_unasked(question: ForwardQuestion, letter: Letter) -> None:
    """Who took the letter back knows it."""
    text = f"was not asked whether the resume may go to {forward_answers.whom(question.forward)}: the letter"
    forward_answers.record(
        "unasked", question, f"{text} {NEVER_CAME_WORDS[letter.state]}", tells=letter.state != "cancelled"
    )


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


def _open_ones() -> Select[ForwardQuestion]:
    """A question that two workers look at is settled by one of them."""
    waiting = (ForwardQuestion.answered_at.is_(None), ForwardQuestion.closed_at.is_(None))
    query = _whole().where(*waiting, ForwardQuestion.lapsed_at.is_(None)).order_by(ForwardQuestion.id).limit(AT_ONCE)
    return query.with_for_update(of=ForwardQuestion, skip_locked=True)


def _lock(question: ForwardQuestion) -> None:
    """Two who answer at once are one after the other; and what the first did, the second reads anew: its forward, too,
    with the letter.
    """
    db.session.flush()
    mine = ["answer", "months", "answered_at", "undone_at", "closed_at", "lapsed_at", "consent_id", "before"]
    db.session.refresh(question, mine, with_for_update=True)
    needs = (joinedload(one) for one in (Forward.letter, Forward.resume, Forward.colleague, Forward.by))
    anew = select(Forward).where(Forward.id == question.forward_id).options(*needs)
    db.session.scalars(anew.execution_options(populate_existing=True)).one()


def _learn_arrived(question: ForwardQuestion) -> None:
    letter = db.session.get(Letter, question.letter_id) if question.letter_id else None
    if letter is not None:
        dispatch.learn(letter, "delivered", "the link in it was used")


def _months(months: int) -> int:
    if not 1 <= months <= MOST_MONTHS:
        raise Refused(MONTHS_WANTED, field="months")
    return months
