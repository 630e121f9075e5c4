"""Roles: job openings, their hire, and who may know of a sealed one."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import EllipsisType

from sqlalchemy import ColumnElement, Index, Select, String, exists, literal, or_, select, union_all
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload

from crm.db import Base, Id, db, to
from crm.domain import candidates, events, policy, search, shape, stand_ins
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.users import User, by_email
from crm.kit import clock, words

STATUSES = ("open", "sealed", "filled", "closed")
GUARD_DAYS = 90
LONGEST_GUARD = 365
MOST_OFFERED = 100
MOST_TERMS = 30
LONGEST_TERM = 80
GivenDate = date | EllipsisType | None
"""A date as a verb takes it: None clears it, `...` leaves it as it is."""


class RoleInsider(Base):
    __tablename__ = "role_insider"
    role_id: Mapped[str] = to("role.id", primary_key=True, index=False, ondelete="CASCADE")
    user_id: Mapped[str] = to("user.id", primary_key=True, ondelete="CASCADE")


class Role(Base):
    __tablename__ = "role"
    __table_args__ = (Index("ix_role_status_at", "status", "changed_at"),)
    id: Mapped[Id]
    title: Mapped[str]
    team: Mapped[str] = mapped_column(default="")
    needs: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(String(10), default="open")
    codename: Mapped[str] = mapped_column(default="")
    marked_terms: Mapped[list[str]] = mapped_column(default=list)
    """Words that would give it away while it is sealed; see leaks.py."""
    opens_on: Mapped[date | None]
    owner_id: Mapped[str] = to("user.id")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    filled_on: Mapped[date | None]

    owner: Mapped[User] = relationship(lazy="raise_on_sql")
    insiders: Mapped[list[User]] = relationship(secondary="role_insider", lazy="raise_on_sql", order_by=User.name)

    @property
    def is_sealed(self) -> bool:
        return self.status == "sealed"


class Hire(Base):
    """Who got the role: a name, or a candidate on file without a copy of the name. A second follows a fall-through."""

    __tablename__ = "hire"
    id: Mapped[Id]
    role_id: Mapped[str] = to("role.id", ondelete="CASCADE")
    candidate_id: Mapped[str | None] = to("candidate.id", ondelete="SET NULL")
    name: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date | None]
    guard_days: Mapped[int] = mapped_column(default=GUARD_DAYS)
    guard_ended: Mapped[str] = mapped_column(String(10), default="")
    """How: one of guards.ENDS, once somebody has decided what becomes of the bench."""
    guard_ended_at: Mapped[datetime | None]
    closing_id: Mapped[str | None] = to("closing.id", ondelete="CASCADE")
    at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[str] = to("user.id", index=False)
    fell_on: Mapped[date | None]
    """Declined, did not start, left or was let go that day: no longer the hire."""
    fell_why: Mapped[str] = mapped_column(String(10), default="")

    @property
    def guard_day(self) -> int:
        """Days since the start, never past the window's end; 0 before it."""
        return min(max((clock.today() - self.starts_on).days, 0), self.guard_days) if self.starts_on else 0

    @property
    def is_guarded(self) -> bool:
        within = self.starts_on is not None and (clock.today() - self.starts_on).days < self.guard_days
        return within and not self.guard_ended

    @property
    def guard_words(self) -> str:
        if self.starts_on is None:
            return "no start day yet"
        if self.starts_on > clock.today():
            return f"starts on {words.day(self.starts_on)}"
        return f"day {self.guard_day} of {self.guard_days}" if self.is_guarded else "no longer guarded"


@dataclass(frozen=True)
class HireSeen:
    """A hire as one viewer may know of it: a hidden candidate has neither name nor id."""

    hire: Hire
    name: str
    candidate_id: str = ""


# --- queries


def visible_to(user: User) -> ColumnElement[bool]:
    """A sealed role is there for its maker and its insiders; for everybody else, administrators too, it is not."""
    inside = select(RoleInsider.role_id).where(RoleInsider.user_id == user.id)
    return or_(Role.status != "sealed", Role.owner_id == user.id, Role.id.in_(inside))


def find(role_id: str, *, seen_by: User) -> Role:
    role = db.session.scalar(_whole(), {"role": role_id, "user": seen_by.id})
    if role is None:
        raise Missing
    return role


@cache
def _whole() -> Select[Role]:
    asked = Role.id == stand_ins.role().id, visible_to(stand_ins.user())
    return select(Role).where(*asked).options(joinedload(Role.owner), joinedload(Role.insiders))


def listed(user: User, status: str = "") -> Select[Role]:
    """All of them, or those of one status."""
    wanted = (visible_to(user), Role.status == status) if status else (visible_to(user),)
    return select(Role).where(*wanted).options(selectinload(Role.owner))


def statuses_of(user: User) -> set[str]:
    """Those that at least one role has that the user may see."""
    there = [select(literal(word)).where(exists().where(Role.status == word, visible_to(user))) for word in STATUSES]
    return set(db.session.scalars(union_all(*there)))


def hire_of(role: Role, *, seen_by: User) -> HireSeen | None:
    return hires([role.id], seen_by=seen_by).get(role.id)


def hires(role_ids: list[str], *, seen_by: User) -> dict[str, HireSeen]:
    """The latest hire of each role that has not fallen through, by one query."""
    rows = db.session.execute(_hires(seen_by.is_admin), {"ids": role_ids, "user": seen_by.id})
    return {hire.role_id: _seen(hire, candidate) for hire, candidate in rows}


@cache
def _hires(is_admin: bool) -> Select[Hire, Candidate]:
    seen = candidates.visible_to(stand_ins.user(is_admin=is_admin))
    return (
        select(Hire, Candidate)
        .outerjoin(Candidate, (Candidate.id == Hire.candidate_id) & seen)
        .where(Hire.role_id.in_(stand_ins.ids()), Hire.fell_on.is_(None))
        .order_by(Hire.at, Hire.id)
    )


def team_names(user: User) -> list[str]:
    """To suggest while somebody types."""
    named = select(Role.team).where(visible_to(user), Role.team != "").distinct().order_by(Role.team)
    return list(db.session.scalars(named.limit(MOST_OFFERED)))


def closable(user: User, *statuses: str) -> list[Role]:
    """Roles in one of these states whose search this user may close, the latest first."""
    mine = visible_to(user) if policy.may("close", by=user) else Role.owner_id == user.id
    found = select(Role).where(mine, Role.status.in_(statuses)).order_by(Role.changed_at.desc()).limit(MOST_OFFERED)
    return list(db.session.scalars(found))


def _seen(hire: Hire, candidate: Candidate | None) -> HireSeen:
    if candidate is not None:
        return HireSeen(hire, candidate.full_name, candidate.id)
    return HireSeen(hire, hire.name or "somebody whose record you cannot see")


# --- verbs


def add(
    *, title: str, by: User, team: str = "", needs: str = "", status: str = "open",
    codename: str = "", opens_on: date | None = None, insiders: list[str] | None = None,
    marked_terms: list[str] | None = None,
) -> Role:  # fmt: skip
    """`insiders` are mail addresses of users."""
    role = Role(owner=by, owner_id=by.id, insiders=[], marked_terms=_terms(marked_terms or []))
    return _written(role, title, team, needs, status, codename, opens_on, insiders, by=by, kind="added")


def change(
    role: Role, *, by: User, title: str | None = None, team: str | None = None, needs: str | None = None,
    status: str | None = None, codename: str | None = None, opens_on: GivenDate = ...,
    insiders: list[str] | None = None, marked_terms: list[str] | None = None,
) -> Role:  # fmt: skip
    """None leaves a field as it is. Sealing, opening what is sealed, and naming insiders are for the owner alone."""
    seals_or_opens = status is not None and (status == "sealed") != role.is_sealed
    if seals_or_opens or insiders is not None:
        _only_owner(role, by)
        if status in {"filled", "closed"}:
            require_unsealed(role)
    elif status is not None and status != role.status:
        policy.require("close", role, by=by)
    if marked_terms is not None:
        role.marked_terms = _terms(marked_terms)
    return _written(
        role,
        role.title if title is None else title,
        role.team if team is None else team,
        role.needs if needs is None else needs,
        role.status if status is None else status,
        role.codename if codename is None else codename,
        role.opens_on if isinstance(opens_on, EllipsisType) else opens_on,
        insiders,
        by=by,
        kind="changed",
    )


def record_hire(
    role: Role, *, by: User, name: str = "", candidate_id: str | None = None, starts_on: date | None = None,
    guard_days: int = GUARD_DAYS, closing_id: str | None = None,
) -> Hire:  # fmt: skip
    """Fills the role. `name` is needed for somebody who is not on file."""
    policy.require("close", role, by=by)
    require_unsealed(role)
    if not 0 <= guard_days <= LONGEST_GUARD:
        raise Refused(f"The bench can be held for up to {LONGEST_GUARD} days.", field="guard_days")
    if candidate_id is not None:
        candidates.find(candidate_id, seen_by=by)
    name = "" if candidate_id else shape.line(name, "name", needed=True, name="The name of the hire")
    lock(role)
    if there := _the_same(role, name, candidate_id, by):
        return _corrected(there, role, name, starts_on, guard_days, by=by)
    hire = Hire(
        role_id=role.id,
        candidate_id=candidate_id,
        name=name,
        starts_on=starts_on,
        guard_days=guard_days,
        by_id=by.id,
        closing_id=closing_id,
    )
    db.session.add(hire)
    set_status(role, "filled")
    events.record("role.filled", by=by, subject_id=role.id, role_id=role.id, text="recorded who got the role")
    return hire


def _the_same(role: Role, name: str, candidate_id: str | None, by: User) -> Hire | None:
    """Two managers may both record a hire; the same one again only corrects the dates."""
    there = hire_of(role, seen_by=by) if role.status == "filled" else None
    if there and (there.hire.candidate_id, shape.key(there.hire.name)) != (candidate_id, shape.key(name)):
        raise Refused(f"{there.name} is on record as the hire. If that fell through, report it first.", field="name")
    return there.hire if there else None


def _corrected(hire: Hire, role: Role, name: str, starts_on: date | None, guard_days: int, *, by: User) -> Hire:
    """In place: the closing that recorded it can still be taken back, and its guard window stays decided."""
    hire.name, hire.starts_on, hire.guard_days = name, starts_on, guard_days
    set_status(role, role.status)
    events.record("role.changed", by=by, subject_id=role.id, role_id=role.id, text="corrected the hire")
    return hire


def require_unsealed(role: Role) -> None:
    """A filled or closed role can be seen by everybody, so whoever sealed it opens it first, on purpose."""
    if role.is_sealed:
        raise Refused("This role is sealed, and closing it would show it to everybody. Its owner opens it first.")


def lock(role: Role) -> None:
    """Before anything is read that an answer rests on: two managers decide one after the other."""
    db.session.flush()
    db.session.refresh(role, ["status", "filled_on"], with_for_update=True)


def set_status(role: Role, status: str) -> None:
    """Part of other verbs."""
    if (status == "filled") != (role.filled_on is not None):
        role.filled_on = clock.today() if status == "filled" else None
    role.status, role.changed_at = status, clock.now()


def _written(
    role: Role, title: str, team: str, needs: str, status: str, codename: str, opens_on: date | None,
    insiders: list[str] | None, *, by: User, kind: str,
) -> Role:  # fmt: skip
    role.title = shape.line(title, "title", needed=True, name="A title")
    role.team = shape.line(team, "team", most=80)
    role.needs = shape.text(needs, "needs")
    set_status(role, shape.one_of(status, STATUSES, "status"))
    role.codename = _watchable(shape.line(codename, "codename", most=LONGEST_TERM), "codename")
    role.opens_on = opens_on
    if insiders is not None:
        found = [_insider(address) for address in insiders if address.strip()]
        role.insiders = list({user.id: user for user in found}.values())
    db.session.add(role)
    db.session.flush()
    _index(role)
    events.record(f"role.{kind}", by=by, subject_id=role.id, role_id=role.id, text=f"{kind} the role")
    return role


def _terms(given: list[str]) -> list[str]:
    kept = [_watchable(shape.line(term, "marked_terms", most=LONGEST_TERM), "marked_terms") for term in given]
    distinct = list(dict.fromkeys(filter(None, kept)))
    if len(distinct) > MOST_TERMS:
        raise Refused(f"There is room for {MOST_TERMS} of them.", field="marked_terms")
    return distinct


def _watchable(term: str, field: str) -> str:
    """Not a single letter, which stands in every letter that anybody writes."""
    if term.isascii() and sum(map(str.isalnum, term)) == 1:
        raise Refused("This needs two letters at least: one alone stands in every letter.", field=field)
    return term


def _insider(address: str) -> User:
    user = by_email(address)
    if user is None or not user.is_active:
        raise Refused(f"Nobody here has the address {address[:80]}.", field="insiders")
    return user


def _only_owner(role: Role, by: User) -> None:
    if role.owner_id != by.id:
        raise Refused("Only the owner of a role seals it or says who may know.", field="status")


def _index(role: Role) -> None:
    search.put("role", role.id, title=role.title, person=f"{role.team} · {role.needs}" if role.team else role.needs)
