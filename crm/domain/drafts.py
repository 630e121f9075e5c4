"""Letters that somebody has begun to write to a candidate: one for each writer and candidate, kept until it is sent."""

from datetime import datetime

from sqlalchemy import ColumnElement, String, UniqueConstraint, and_, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, db, to
from crm.domain import personal_letters, shape
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.personal_letters import LONGEST_SUBJECT, LONGEST_TEXT
from crm.domain.users import User
from crm.kit import clock


class LetterDraft(Base):
    """Only its writer ever sees it. It goes with the candidate's record."""

    __tablename__ = "letter_draft"
    __table_args__ = (UniqueConstraint("candidate_id", "by_id"),)
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", index=False, ondelete="CASCADE")
    by_id: Mapped[str] = to("user.id")
    subject: Mapped[str]
    text: Mapped[str]
    purpose: Mapped[str] = mapped_column(String(10), default="note")
    role_id: Mapped[str | None] = to("role.id", ondelete="SET NULL")
    promise_id: Mapped[str | None] = to("promise.id", ondelete="SET NULL")
    number: Mapped[int] = mapped_column(default=0)
    """Goes up with every change, so that two windows do not write over one another unnoticed."""
    saved_at: Mapped[datetime] = mapped_column(default=clock.now)


class Elsewhere(Refused):
    """Another window saved other words since. `draft` is what is kept now."""

    def __init__(self, draft: LetterDraft) -> None:
        super().__init__("Another window of yours has saved other words for this letter.", field="text")
        self.draft = draft


# --- queries


def of(candidate: Candidate, *, by: User) -> LetterDraft | None:
    return db.session.scalar(select(LetterDraft).where(_mine(candidate, by)))


# --- verbs


def save(
    candidate: Candidate, *, subject: str, text: str, by: User, seen: int, purpose: str = "note",
    role_id: str | None = None, promise_id: str | None = None,
) -> LetterDraft | None:  # fmt: skip
    """`seen`: the number of the draft that the window knows, 0 for none. An empty letter is no draft, and drops what
    there was. Raises Elsewhere where another window was quicker and says something else.
    """
    subject = shape.line(subject, "subject", most=LONGEST_SUBJECT, name="A subject")
    text = shape.text(text, "text", most=LONGEST_TEXT, name="What you want to say")
    db.session.execute(select(User.id).where(User.id == by.id).with_for_update())  # one's windows, one after the other
    draft = of(candidate, by=by)
    chosen = (shape.one_of(purpose, personal_letters.PURPOSES, "purpose"), role_id, promise_id)
    same_words = draft is not None and (draft.subject, draft.text) == (subject, text)
    if draft is not None and same_words and (draft.purpose, draft.role_id, draft.promise_id) == chosen:
        return draft
    if draft is not None and not same_words and seen != draft.number:
        raise Elsewhere(draft)
    if not text and not subject:
        discard(candidate, by=by)
        return None
    if draft is None:
        draft = LetterDraft(candidate_id=candidate.id, by_id=by.id, number=max(seen, 0))
        db.session.add(draft)
    draft.subject, draft.text = subject, text
    draft.purpose, draft.role_id, draft.promise_id = chosen
    draft.number, draft.saved_at = draft.number + 1, clock.now()
    db.session.flush()
    return draft


def discard(candidate: Candidate, *, by: User) -> None:
    """Thrown away, or sent. Not there any more is as good."""
    db.session.execute(delete(LetterDraft).where(_mine(candidate, by)))


def _mine(candidate: Candidate, by: User) -> ColumnElement[bool]:
    return and_(LetterDraft.candidate_id == candidate.id, LetterDraft.by_id == by.id)
