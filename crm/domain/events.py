"""History: what happened, when, by whom. Written by verbs, never changed."""

from datetime import datetime

from sqlalchemy import Index, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, db, to
from crm.domain.policy import Actor
from crm.kit import clock


class Event(Base):
    """`subject_id` is the candidate, role or user it is about; no reference, since history outlives its subject."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject_at", "subject_id", "at"),)
    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str | None] = mapped_column(String(20))
    role_id: Mapped[str | None] = mapped_column(String(20))
    """Set where the words tell of a role, so that who may not see the role does not read them."""
    by_id: Mapped[str | None] = to("user.id")
    by_name: Mapped[str]
    text: Mapped[str]


def record(
    kind: str, *, by: Actor | None, text: str, subject_id: str | None = None, role_id: str | None = None
) -> Event:
    """`by` is None for the system itself, the command line, and people who act through a link."""
    event = Event(
        kind=kind,
        subject_id=subject_id,
        role_id=role_id,
        by_id=by.id if by else None,
        by_name=by.name if by else "First Call",
        text=text,
    )
    db.session.add(event)
    return event


def of(subject_id: str) -> Select[Event]:
    return select(Event).where(Event.subject_id == subject_id).order_by(Event.at.desc(), Event.id.desc())
