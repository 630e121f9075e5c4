"""One's own roles that want something today: a call list that is not at its end, or not thanked for; a guard window."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import ScalarSelect, Select, and_, or_, select

from crm.db import db
from crm.domain import benches, calls, guards, stand_ins
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
    """By one query. Of each role the list that counts, and the hire in place: earlier ones ask for nothing more."""
    rows = db.session.execute(_wanting(user.is_admin), {"user": user.id, "day": clock.today()}).all()
    lists = [(role, listed) for role, listed, _, _ in rows if listed is not None]
    endings = [Ending(role, hire, count) for role, _, hire, count in rows if hire and count and guards.is_ending(hire)]
    return Pressing(
        sorted(lists, key=lambda one: one[1].started_at, reverse=True), sorted(endings, key=lambda one: one.on)
    )


@cache
def _wanting(is_admin: bool) -> Select[Role, CallList, Hire, int]:
    user = stand_ins.user(is_admin=is_admin)
    running = and_(Role.status == "open", CallList.finished_at.is_(None))
    thanking = and_(Role.status.in_(("open", "filled")), calls.somebody_to_thank())
    guarded = and_(Role.status == "filled", Hire.guard_ended == "")
    return (
        select(Role, CallList, Hire, benches.count_of(Role.id, seen_by=user))
        .select_from(Role)
        .outerjoin(CallList, and_(CallList.id == _newest_list(), or_(running, thanking)))
        .outerjoin(Hire, and_(Hire.id == _newest_hire(), guarded, Hire.starts_on <= stand_ins.day()))
        .where(Role.owner_id == user.id, or_(CallList.id.is_not(None), Hire.id.is_not(None)))
    )


def _newest_list() -> ScalarSelect[str]:
    return calls.newest(CallList.role_id == Role.id).with_only_columns(CallList.id).correlate(Role).scalar_subquery()


def _newest_hire() -> ScalarSelect[str]:
    there = select(Hire.id).where(Hire.role_id == Role.id, Hire.fell_on.is_(None)).correlate(Role)
    return there.order_by(Hire.at.desc(), Hire.id.desc()).limit(1).scalar_subquery()
