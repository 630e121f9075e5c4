"""Contacts with a candidate, in either direction. Logging one moves the next date."""

from datetime import date, datetime, timedelta

from sqlalchemy import Index, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import candidates, events, policy, promises, shape
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock, words

KINDS = ("mail", "call", "meeting", "thank_you", "useful", "introduction", "note")
DIRECTIONS = ("in", "out")
CONTACT = frozenset(KINDS) - {"note"}
"""A note is written about somebody, not to them: it moves nothing."""
IN_TOUCH_EVERY = timedelta(days=90)
SPOKEN = frozenset(("call", "meeting"))
PHRASES = {
    "mail": "by mail", "call": "by phone", "meeting": "in person", "thank_you": "with a thank-you",
    "useful": "with something useful", "introduction": "with an introduction", "note": "in a note",
}  # fmt: skip


class Touchpoint(Base):
    __tablename__ = "touchpoint"
    __table_args__ = (Index("ix_touchpoint_candidate_at", "candidate_id", "at"),)
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", index=False, ondelete="CASCADE")
    kind: Mapped[str] = mapped_column(String(20))
    direction: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(default="")
    by_id: Mapped[str] = to("user.id", index=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    next_before: Mapped[str] = mapped_column(default="")
    """The next date that this touchpoint moved, so that taking it back restores it."""
    by: Mapped[User] = relationship(lazy="raise_on_sql")


def of(candidate: Candidate) -> Select[Touchpoint]:
    return (
        select(Touchpoint)
        .where(Touchpoint.candidate_id == candidate.id)
        .order_by(Touchpoint.at.desc(), Touchpoint.id.desc())
    )


def find(candidate: Candidate, touchpoint_id: str) -> Touchpoint:
    touchpoint = db.session.get(Touchpoint, touchpoint_id)
    if touchpoint is None or touchpoint.candidate_id != candidate.id:
        raise Missing
    return touchpoint


def last_contact(candidate: Candidate) -> str:
    """ "Last spoke 3 months ago, by phone"."""
    at, kind = candidate.last_contact_at, candidate.last_contact_kind
    if at is None:
        return "No contact on record yet"
    return f"Last {'spoke' if kind in SPOKEN else 'in touch'} {words.ago(at, clock.now())}, {PHRASES.get(kind, kind)}"


def log(
    candidate: Candidate, *, kind: str, direction: str, by: User, at: datetime | None = None, text: str = ""
) -> Touchpoint:
    now = clock.now()
    touchpoint = Touchpoint(
        candidate_id=candidate.id,
        kind=shape.one_of(kind, KINDS, "kind"),
        direction=shape.one_of(direction, DIRECTIONS, "direction"),
        at=at or now,
        text=shape.text(text, "text"),
        by=by,
        by_id=by.id,
    )
    if touchpoint.at > now + timedelta(minutes=5):
        raise Refused("That time has not come yet.", field="at")
    if kind == "note" and not touchpoint.text:
        raise Refused("A note needs words.", field="text")
    db.session.add(touchpoint)
    if kind in CONTACT:
        _move_next(candidate, touchpoint)
    db.session.flush()
    return touchpoint


def take_back(touchpoint: Touchpoint, candidate: Candidate, *, by: User) -> None:
    """Undo of a touchpoint logged by mistake; the date it moved moves back, unless it was moved again since."""
    if touchpoint.by_id != by.id:
        policy.require("delete", candidate, by=by)
    promises.without(touchpoint.id, by=by)
    db.session.delete(touchpoint)
    db.session.flush()
    newest = db.session.scalar(of(candidate).where(Touchpoint.kind.in_(CONTACT)).limit(1))
    candidate.last_contact_at = newest.at if newest else None
    candidate.last_contact_kind = newest.kind if newest else ""
    if touchpoint.next_before and candidate.next_on == _next_after(touchpoint):
        on, _, why = touchpoint.next_before.partition(" ")
        candidates.call_again(candidate, datetime.fromisoformat(on).date(), why)
    events.record("touchpoint.taken_back", by=by, subject_id=candidate.id, text=f"took back a {touchpoint.kind}")


def _move_next(candidate: Candidate, touchpoint: Touchpoint) -> None:
    if candidate.last_contact_at is None or touchpoint.at >= candidate.last_contact_at:
        candidate.last_contact_at, candidate.last_contact_kind = touchpoint.at, touchpoint.kind
    on = _next_after(touchpoint)
    if candidate.next_on is not None and on > candidate.next_on:
        touchpoint.next_before = f"{candidate.next_on.isoformat()} {candidate.next_why}"
        candidates.call_again(candidate, on, f"three months after you were last in touch {PHRASES[touchpoint.kind]}")


def _next_after(touchpoint: Touchpoint) -> date:
    return (touchpoint.at + IN_TOUCH_EVERY).date()
