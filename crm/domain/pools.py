"""Pools: people kept under a name, each with a reason and who put them there. Nobody is copied."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, UniqueConstraint, and_, exists, func, or_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import candidates, events, policy, shape
from crm.domain.candidates import VISIBILITY, Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.users import TeamMember, User
from crm.kit import clock

MOST_COUNTED = 1_000
MOST_OFFERED = 200


class Pool(Base):
    """`search` is what follows the ? of the list's address: whoever fits is in it, with those put in or left out."""

    __tablename__ = "pool"
    __table_args__ = (UniqueConstraint("owner_id", "key"),)
    id: Mapped[Id]
    name: Mapped[str]
    key: Mapped[str]
    """The name as compared; of a closed pool with its id, so that the name is free again."""
    about: Mapped[str] = mapped_column(default="")
    search: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[str] = to("user.id", index=False)
    visibility: Mapped[str] = mapped_column(String(10), default="company")
    team_id: Mapped[str | None] = to("team.id")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]
    owner: Mapped[User] = relationship(lazy="raise_on_sql")

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


class PoolMember(Base):
    __tablename__ = "pool_member"
    pool_id: Mapped[str] = to("pool.id", primary_key=True, index=False, ondelete="CASCADE")
    candidate_id: Mapped[str] = to("candidate.id", primary_key=True, ondelete="CASCADE")
    left_out: Mapped[bool] = mapped_column(default=False)
    """Taken out by hand of those whom the pool's search finds."""
    reason: Mapped[str] = mapped_column(default="")
    by_id: Mapped[str] = to("user.id", index=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    by: Mapped[User] = relationship(lazy="raise_on_sql")


# --- queries


def visible_to(user: User) -> ColumnElement[bool]:
    """Not closed, and the company's, a team's of the user, or their own. What somebody kept to themselves who has
    left is seen by administrators.
    """
    mine = select(TeamMember.team_id).where(TeamMember.user_id == user.id)
    seen = or_(
        Pool.visibility == "company",
        Pool.owner_id == user.id,
        and_(Pool.visibility == "team", Pool.team_id.in_(mine)),
    )
    if user.is_admin:
        seen = or_(seen, Pool.owner_id.in_(select(User.id).where(User.disabled_at.is_not(None))))
    return and_(Pool.closed_at.is_(None), seen)


def listed(user: User) -> Select[Pool]:
    return select(Pool).where(visible_to(user)).options(joinedload(Pool.owner, innerjoin=True))


def find(pool_id: str, *, seen_by: User) -> Pool:
    pool = db.session.scalar(listed(seen_by).where(Pool.id == pool_id))
    if pool is None:
        raise Missing
    return pool


def find_closed(pool_id: str, *, by: User) -> Pool:
    """For undo, by who could close it."""
    pool = db.session.get(Pool, pool_id)
    if pool is None or pool.closed_at is None or not policy.may("restrict", pool, by=by):
        raise Missing
    return pool


def named(names: list[str], *, seen_by: User) -> list[Pool]:
    """By id or by name; a name may be that of several, each of another owner."""
    keys = [shape.key(name) for name in names]
    found = listed(seen_by).where(or_(Pool.id.in_(names), Pool.key.in_(keys)))
    return list(db.session.scalars(found.order_by(Pool.key, Pool.id)))


def offered(user: User) -> list[Pool]:
    """To choose one of."""
    return list(db.session.scalars(listed(user).order_by(Pool.key, Pool.id).limit(MOST_OFFERED)))


def starting_with(begun: str, *, seen_by: User, limit: int = 8) -> list[Pool]:
    found = listed(seen_by).where(Pool.key.startswith(shape.key(begun), autoescape=True))
    return list(db.session.scalars(found.order_by(Pool.key, Pool.id).limit(limit)))


def of(candidate: Candidate, *, seen_by: User) -> list[tuple[Pool, PoolMember]]:
    """The pools into which somebody put them, by name; those by a search alone are asked of the list."""
    found = with_candidate(candidate, seen_by=seen_by).add_columns(PoolMember).order_by(Pool.key, Pool.id)
    return [(pool, member) for pool, member in db.session.execute(found)]


def with_candidate(candidate: Candidate, *, seen_by: User) -> Select[Pool]:
    theirs = (PoolMember.candidate_id == candidate.id, PoolMember.left_out.is_(False))
    return select(Pool).join(PoolMember, PoolMember.pool_id == Pool.id).where(*theirs, visible_to(seen_by))


def names(candidate_ids: list[str], *, seen_by: User) -> dict[str, list[str]]:
    """The same of several people, as words only, for lists."""
    found: dict[str, list[str]] = {}
    rows = (
        select(PoolMember.candidate_id, Pool.name)
        .join(Pool, Pool.id == PoolMember.pool_id)
        .where(PoolMember.candidate_id.in_(candidate_ids), PoolMember.left_out.is_(False), visible_to(seen_by))
    )
    for candidate_id, name in db.session.execute(rows.order_by(Pool.key, Pool.id)):
        found.setdefault(candidate_id, []).append(name)
    return found


def members(pool_ids: list[str], *, left_out: bool = False) -> Select[str]:
    """Ids of those put in by hand, or left out by hand."""
    return select(PoolMember.candidate_id).where(PoolMember.pool_id.in_(pool_ids), PoolMember.left_out.is_(left_out))


def counts(pools: list[Pool], *, seen_by: User) -> dict[str, int]:
    """How many of those put in by hand the user may see, by one query, never counted further than MOST_COUNTED + 1."""
    if not pools:
        return {}
    asked = [_counted(pool.id, seen_by) for pool in pools]
    return dict(zip([pool.id for pool in pools], db.session.execute(select(*asked)).one(), strict=True))


def _counted(pool_id: str, user: User) -> ColumnElement[int]:
    there = exists().where(
        Candidate.id == PoolMember.candidate_id, candidates.visible_to(user), Candidate.archived_at.is_(None)
    )
    some = members([pool_id]).where(there).limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def reasons(pool: Pool, candidate_ids: list[str]) -> dict[str, PoolMember]:
    """Why each is in it, and who put them there; none for those whom only the search finds."""
    found = select(PoolMember).where(PoolMember.pool_id == pool.id, PoolMember.candidate_id.in_(candidate_ids))
    return {one.candidate_id: one for one in db.session.scalars(found.options(joinedload(PoolMember.by)))}


# --- verbs


def add(
    *, name: str, by: User, about: str = "", visibility: str = "company", team_id: str | None = None, search: str = "",
) -> Pool:  # fmt: skip
    pool = Pool(owner=by, owner_id=by.id, search=search)
    _write(pool, name, about)
    _share(pool, visibility, team_id, by)
    _require_free(pool)
    db.session.add(pool)
    db.session.flush()
    events.record("pool.added", by=by, subject_id=pool.id, text=f"made the pool “{pool.name}”")
    return pool


def change(
    pool: Pool, *, by: User, name: str | None = None, about: str | None = None, visibility: str | None = None,
    team_id: str | None = None,
) -> Pool:  # fmt: skip
    """None leaves a field as it is."""
    policy.require("restrict", pool, by=by)
    _write(pool, pool.name if name is None else name, pool.about if about is None else about)
    if visibility is not None:
        _share(pool, visibility, team_id, by)
    _require_free(pool)
    db.session.flush()
    events.record("pool.changed", by=by, subject_id=pool.id, text=f"changed the pool “{pool.name}”")
    return pool


def close(pool: Pool, *, by: User) -> Pool:
    """Gone from every list; nobody's record changes."""
    policy.require("restrict", pool, by=by)
    pool.closed_at, pool.key = pool.closed_at or clock.now(), f"{pool.key} {pool.id}"
    events.record("pool.closed", by=by, subject_id=pool.id, text=f"closed the pool “{pool.name}”")
    return pool


def reopen(pool: Pool, *, by: User) -> Pool:
    policy.require("restrict", pool, by=by)
    pool.closed_at, pool.key = None, shape.key(pool.name)
    _require_free(pool)
    events.record("pool.reopened", by=by, subject_id=pool.id, text=f"opened the pool “{pool.name}” again")
    return pool


def put_in(pool: Pool, candidate: Candidate, *, by: User, reason: str = "") -> PoolMember:
    """Who is in it already stays, with the first reason unless another is given."""
    said = shape.line(reason, "reason", most=300)
    member = db.session.get(PoolMember, (pool.id, candidate.id))
    if member is not None and not member.left_out:
        member.reason = said or member.reason
        return member
    member = join(pool, candidate, member, by=by, reason=said)
    db.session.flush()
    return member


def join(pool: Pool, candidate: Candidate, known: PoolMember | None, *, by: User, reason: str) -> PoolMember:
    """For who looked already whether there is a row of theirs."""
    member = known or PoolMember(pool_id=pool.id, candidate_id=candidate.id)
    member.left_out, member.reason, member.by_id, member.at = False, reason, by.id, clock.now()
    db.session.add(member)
    return member


def take_out(pool: Pool, candidate: Candidate, *, by: User) -> None:
    """Who is not in it is no error. Of a pool by a search they are left out from now on."""
    member = db.session.get(PoolMember, (pool.id, candidate.id))
    if not pool.search:
        if member is not None:
            db.session.delete(member)
        return
    member = member or PoolMember(pool_id=pool.id, candidate_id=candidate.id)
    member.left_out, member.reason, member.by_id, member.at = True, "", by.id, clock.now()
    db.session.add(member)
    db.session.flush()


# --- parts


def _write(pool: Pool, name: str, about: str) -> None:
    pool.name = shape.line(name, "name", most=80, needed=True, name="A name")
    pool.about = shape.text(about, "about", most=shape.SENTENCE)
    pool.key = shape.key(pool.name)


def _share(pool: Pool, visibility: str, team_id: str | None, by: User) -> None:
    pool.visibility = shape.one_of(visibility, VISIBILITY, "visibility")
    pool.team_id = next((team.id for team in by.teams if team.id == team_id), None) if visibility == "team" else None
    if visibility == "team" and pool.team_id is None:
        raise Refused("Choose one of your own teams.", field="team_id")


def _require_free(pool: Pool) -> None:
    with db.session.no_autoflush:
        other = select(Pool.id).where(Pool.owner_id == pool.owner_id, Pool.key == pool.key, Pool.id != (pool.id or ""))
        if db.session.scalar(other.limit(1)):
            raise Refused(f"There is a pool “{pool.name}” already.", field="name")
