"""Whom somebody put aside for a role: not this one, and why. It is of the role, and counts for nothing else."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from crm.db import Base, db, to
from crm.domain import events, shape
from crm.domain.candidates import Candidate, visible_to
from crm.domain.errors import Refused
from crm.domain.roles import Role
from crm.domain.users import User
from crm.kit import clock

MOST_SHOWN = 100


class Dismissal(Base):
    __tablename__ = "dismissal"
    role_id: Mapped[str] = to("role.id", primary_key=True, index=False, ondelete="CASCADE")
    candidate_id: Mapped[str] = to("candidate.id", primary_key=True, ondelete="CASCADE")
    reason: Mapped[str] = mapped_column(default="")
    by_id: Mapped[str] = to("user.id", index=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql")


def of(role: Role, *, seen_by: User) -> list[Dismissal]:
    """The latest first."""
    found = (
        select(Dismissal)
        .join(Dismissal.candidate)
        .where(Dismissal.role_id == role.id, visible_to(seen_by), Candidate.deleted_at.is_(None))
        .options(joinedload(Dismissal.candidate), joinedload(Dismissal.by))
        .order_by(Dismissal.at.desc(), Dismissal.candidate_id)
        .limit(MOST_SHOWN)
    )
    return list(db.session.scalars(found))


def put_aside(role: Role, candidate: Candidate, *, reason: str, by: User) -> Dismissal:
    """Said again it changes the reason."""
    words = shape.line(reason, "reason", most=shape.SENTENCE)
    if not words:
        raise Refused("Say in a few words why not, for whoever looks next.", field="reason")
    known = db.session.get(Dismissal, (role.id, candidate.id))
    dismissal = known or Dismissal(role_id=role.id, candidate_id=candidate.id)
    dismissal.reason, dismissal.by_id, dismissal.at = words, by.id, clock.now()
    db.session.add(dismissal)
    if known is None:
        events.record("match.put_aside", by=by, subject_id=candidate.id, role_id=role.id, text="put somebody aside")
    return dismissal


def take_back(role: Role, candidate: Candidate, *, by: User) -> None:
    """Twice is the same as once."""
    known = db.session.get(Dismissal, (role.id, candidate.id))
    if known is not None:
        db.session.delete(known)
        events.record(
            "match.brought_back", by=by, subject_id=candidate.id, role_id=role.id, text="brought somebody back"
        )
