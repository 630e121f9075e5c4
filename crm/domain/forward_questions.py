"""The question to a candidate whether their resume may go to one person, as a row: what other verbs need of it.

How it is asked and answered is in asking.py.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import outbox, personal_letters
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.kit import clock, months, tokens, words

OPEN_FOR = timedelta(days=14)
REMINDED_AFTER = timedelta(days=4)
ASKED_AGAIN_AFTER = timedelta(days=365)
"""Nobody is asked by mail about the same recipient within a year of their no."""
TEXT_VERSION = "forward 2026-11.2"
"""Of what the letter and the page tell of a yes; new words are a new version."""
ANSWERS = {
    "yes": "said yes",
    "blind": "said yes, but without the name",
    "no": "said no",
    "never": "said never to this company",
    "later": "asked for it later",
}
YES = ("yes", "blind")


class ForwardQuestion(Base):
    __tablename__ = "forward_question"
    __table_args__ = (
        UniqueConstraint("forward_id"),
        Index("ix_forward_question_answered_until", "answered_at", "until"),
    )
    id: Mapped[Id]
    forward_id: Mapped[str] = to("forward.id", index=False, ondelete="CASCADE")
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    to_address: Mapped[str]
    """Of whom it is about."""
    by_id: Mapped[str] = to("user.id", index=False)
    language: Mapped[str] = mapped_column(String(8), default="")
    """In which it was answered; empty before."""
    text_version: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    until: Mapped[date]
    """The last day on which it can be answered."""
    letter_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    """That asks."""
    reminder_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    """That asks once more, if they did not answer."""
    confirmation_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    """That tells them of their last yes, and how to take it back."""
    answer: Mapped[str] = mapped_column(String(6), default="")
    months: Mapped[int | None]
    answered_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    """When an answer was last taken back."""
    lapsed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    """When whoever asked no longer wanted to know."""
    consent_id: Mapped[str | None] = to("consent.id", ondelete="SET NULL")
    """What the yes put on record."""
    forward: Mapped[Any] = relationship("Forward", lazy="raise_on_sql")
    """A Forward, which knows of questions and so comes after them."""
    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql")
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How the forward was before a yes, or the candidate's next date before a "later": to put back."""
    letter: Mapped[Letter | None] = relationship(lazy="raise_on_sql", foreign_keys=letter_id)

    @property
    def is_open(self) -> bool:
        """Whether it can be answered, or answered otherwise."""
        return self.closed_at is None and self.lapsed_at is None and self.until >= clock.today()

    @property
    def is_waiting(self) -> bool:
        return self.is_open and not self.answer

    @property
    def again_on(self) -> date:
        """When they wanted to be asked again."""
        return months.later((self.answered_at or self.asked_at).date(), self.months or 0)

    @property
    def answer_words(self) -> str:
        return ANSWERS.get(self.answer, "")


STATES = ("open", "answered", "lapsed", "closed")


# --- queries


def state(question: ForwardQuestion) -> str:
    """One of STATES."""
    if question.answer:
        return "answered"
    if question.closed_at is not None:
        return "closed"
    return "open" if question.is_open else "lapsed"


def of_forward(forward_id: str) -> ForwardQuestion | None:
    return db.session.scalar(select(ForwardQuestion).where(ForwardQuestion.forward_id == forward_id))


def stands_against(candidate: Candidate, address: str) -> str:
    """A sentence that says why they cannot be asked about this recipient by mail now, or nothing. Their addresses are
    loaded.
    """
    name = candidate.full_name
    if against := personal_letters.stands_against(candidate):
        return against
    last = _last_about(candidate.id, address)
    if last is None or last.closed_at is not None:
        return ""
    if last.is_waiting:
        return f"{name} was asked about this on {words.day(last.asked_at)}, and the question is still open."
    on = last.answered_at or last.asked_at
    if last.answer in {"no", "never"} and clock.now() - on < ASKED_AGAIN_AFTER:
        return f"{name} said no to this on {words.day(on)}. It is not asked again by mail."
    if last.answer == "later" and last.again_on > clock.today():
        return f"{name} asked to hear of this again from {words.day(last.again_on)} on."
    return ""


def _last_about(candidate_id: str, address: str) -> ForwardQuestion | None:
    theirs = (ForwardQuestion.candidate_id == candidate_id, ForwardQuestion.to_address == address)
    return db.session.scalar(select(ForwardQuestion).where(*theirs).order_by(ForwardQuestion.id.desc()).limit(1))


# --- verbs that others need


def ask(forward_id: str, candidate: Candidate, to_address: str, *, by: User) -> ForwardQuestion:
    """Queues the letter that asks."""
    question = ForwardQuestion(
        id=tokens.new_id(), forward_id=forward_id, candidate_id=candidate.id, to_address=to_address, by_id=by.id,
        text_version=TEXT_VERSION, until=clock.today() + OPEN_FOR,
    )  # fmt: skip
    letter = outbox.queue(
        "forward_ask", intent=f"forward ask {question.id}", to_address=personal_letters.address_of(candidate),
        to_name=candidate.full_name, by=by,
    )  # fmt: skip
    question.letter_id = letter.id
    db.session.add(question)
    db.session.flush()
    return question


def call_off(forward_id: str) -> bool:
    """The asker no longer wants to know: letters that wait never leave. Whether nothing had reached the candidate."""
    held = select(ForwardQuestion).where(ForwardQuestion.forward_id == forward_id).with_for_update()
    question = db.session.scalar(held)
    if question is None:
        return True
    question.closed_at = question.closed_at or clock.now()
    asked = _letters(question.letter_id, question.reminder_id)
    for letter in asked:
        outbox.call_back(letter)
    return not any(letter.has_left or letter.state == "in_doubt" for letter in asked)


def forget(candidate: Candidate) -> None:
    """Before the record is erased: the letters about what they were asked, and about what they agreed to."""
    for column in (ForwardQuestion.letter_id, ForwardQuestion.reminder_id, ForwardQuestion.confirmation_id):
        theirs = select(column).where(ForwardQuestion.candidate_id == candidate.id)
        db.session.execute(delete(Letter).where(Letter.id.in_(theirs)))
    told = select(Consent.letter_id).where(Consent.candidate_id == candidate.id)
    db.session.execute(delete(Letter).where(Letter.id.in_(told)))


def _letters(*ids: str | None) -> list[Letter]:
    known = [one for one in ids if one]
    return list(db.session.scalars(select(Letter).where(Letter.id.in_(known)).order_by(Letter.id))) if known else []
