"""One's own roles that want something today: a call list that is not at its end, a guard window that ends."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select

from crm.db import db
from crm.domain import benches, guards
from crm.domain.calls import CallList
from crm.domain.roles import Hire, Role
from crm.domain.users import User
from crm.kit import clock, words


@dataclass(frozen=True)
class Ending:
    """A window that ends soon, or has ended, and nobody has decided."""

    role: Role
    hire: Hire
    count: int
    """How many are on the bench; where there is nobody, there is nothing to decide."""

    @property
    def on(self) -> date:
        return guards.ends_on(self.hire)

    @property
    def sentence(self) -> str:
        held = words.several(self.count, "person is", "people are")
        over = self.on < clock.today()
        return f"{held} held on its bench{'; that was meant to last' if over else ''} until {words.day(self.on)}."


@dataclass(frozen=True)
class Pressing:
    calls: list[tuple[Role, CallList]]
    """The newest first."""
    endings: list[Ending]
    """The soonest first."""


def of(user: User) -> Pressing:
    """By one query."""
    running = and_(Role.status == "open", CallList.undone_at.is_(None), CallList.finished_at.is_(None))
    guarded = and_(Role.status == "filled", Hire.fell_on.is_(None), Hire.guard_ended == "")
    rows = db.session.execute(
        select(Role, CallList, Hire, benches.count_of(Role.id, seen_by=user))
        .outerjoin(CallList, and_(CallList.role_id == Role.id, running))
        .outerjoin(Hire, and_(Hire.role_id == Role.id, guarded, Hire.starts_on <= clock.today()))
        .where(Role.owner_id == user.id, or_(CallList.id.is_not(None), Hire.id.is_not(None)))
    ).all()
    calls = [(role, listed) for role, listed, _, _ in rows if listed is not None]
    endings = [Ending(role, hire, count) for role, _, hire, count in rows if hire and count and guards.is_ending(hire)]
    return Pressing(
        sorted(calls, key=lambda one: one[1].started_at, reverse=True), sorted(endings, key=lambda one: one.on)
    )
