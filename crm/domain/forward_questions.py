"""The question to a candidate whether their resume may go to one person, as a row: what other verbs need of it.

How it is asked and answered is in asking.py.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import outbox
from crm.domain.candidates import Candidate
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.kit import clock

OPEN_FOR = timedelta(days=14)
REMINDED_AFTER = timedelta(days=4)
ANSWERS = {
    "yes": "said yes",
    "blind": "said yes, but without their name",
    "no": "would rather not",
    "never": "wants nothing to go to this company",
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
    by_id: Mapped[str] = to("user.id", index=False)
    language: Mapped[str] = mapped_column(String(8), default="")
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
    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql")
    letter: Mapped[Letter | None] = relationship(lazy="raise_on_sql", foreign_keys=letter_id)

    @property
    def is_open(self) -> bool:
        """Whether it can be answered, or answered otherwise."""
        return self.closed_at is None and self.lapsed_at is None and self.until >= clock.today()

    @property
    def is_waiting(self) -> bool:
        return self.is_open and not self.answer

    @property
    def answer_words(self) -> str:
        return ANSWERS.get(self.answer, "")


def of_forward(forward_id: str) -> ForwardQuestion | None:
    return db.session.scalar(select(ForwardQuestion).where(ForwardQuestion.forward_id == forward_id))


def call_off(forward_id: str) -> bool:
    """The asker no longer wants to know: letters that wait never leave. Whether nothing had reached the candidate."""
    question = of_forward(forward_id)
    if question is None:
        return True
    ids = [one for one in (question.letter_id, question.reminder_id) if one]
    for letter in db.session.scalars(select(Letter).where(Letter.id.in_(ids)).order_by(Letter.id)):
        outbox.call_back(letter)
    question.closed_at = question.closed_at or clock.now()
    asked = db.session.get(Letter, question.letter_id) if question.letter_id else None
    return asked is None or asked.state == "cancelled"
