"""Searches kept under a name, for oneself, a team or everybody; and word of who newly fits."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, String, UniqueConstraint, and_, delete, exists, insert, or_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import events, filters, listing, news, policy, shape
from crm.domain.candidates import VISIBILITY, Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.users import TeamMember, User
from crm.kit import clock

LONGEST = 2_000
MOST_OFFERED = 100
MOST_WATCHED = 10_000
"""A search that fits more people says little by somebody new."""
CHECK_EVERY = timedelta(minutes=5)
MOST_AT_ONCE = 10
MOST_NEW = 200
NAMED = 3
"""So many new people are told of one by one; more of them in one line."""


class SavedSearch(Base):
    """`search` is what follows the ? of the list's address."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("owner_id", "key"),)
    id: Mapped[Id]
    name: Mapped[str]
    key: Mapped[str]
    search: Mapped[str]
    owner_id: Mapped[str] = to("user.id", index=False)
    visibility: Mapped[str] = mapped_column(String(10), default="owner")
    team_id: Mapped[str | None] = to("team.id")
    alert: Mapped[bool] = mapped_column(default=False)
    """Whether its owner hears of who newly fits."""
    checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    owner: Mapped[User] = relationship(lazy="raise_on_sql")


class SearchSeen(Base):
    """Who fitted already when the alert was set, or was told of since: nobody is told of twice."""

    __tablename__ = "search_seen"
    search_id: Mapped[str] = to("saved_search.id", primary_key=True, index=False, ondelete="CASCADE")
    candidate_id: Mapped[str] = to("candidate.id", primary_key=True, ondelete="CASCADE")


# --- queries


def visible_to(user: User) -> ColumnElement[bool]:
    mine = select(TeamMember.team_id).where(TeamMember.user_id == user.id)
    in_team = and_(SavedSearch.visibility == "team", SavedSearch.team_id.in_(mine))
    return or_(SavedSearch.visibility == "company", SavedSearch.owner_id == user.id, in_team)


def listed(user: User) -> Select[SavedSearch]:
    return select(SavedSearch).where(visible_to(user)).options(joinedload(SavedSearch.owner, innerjoin=True))


def offered(user: User) -> list[SavedSearch]:
    """By name."""
    return list(db.session.scalars(listed(user).order_by(SavedSearch.key, SavedSearch.id).limit(MOST_OFFERED)))


def find(search_id: str, *, seen_by: User) -> SavedSearch:
    found = db.session.scalar(listed(seen_by).where(SavedSearch.id == search_id))
    if found is None:
        raise Missing
    return found


def who_fits(saved: SavedSearch, *, seen_by: User) -> Select[str]:
    """Ids, with the eyes of who asks."""
    found = listing.look_up(listing.wanted_at(saved.search), seen_by=seen_by)
    return found.counted.with_only_columns(Candidate.id)


# --- verbs


def add(
    *, name: str, search: str, by: User, visibility: str = "owner", team_id: str | None = None, alert: bool = False,
) -> SavedSearch:  # fmt: skip
    if len(search) > LONGEST or not (filters.pairs_of(search) or filters.words_of(search).strip()):
        raise Refused("Narrow the list first: a search of everybody is not worth a name.", field="search")
    saved = SavedSearch(owner=by, owner_id=by.id, search=shape.line(search, "search", most=LONGEST), alert=False)
    _write(saved, name, visibility, team_id, by)
    db.session.add(saved)
    db.session.flush()
    if alert:
        watch(saved, True, by=by)
    events.record("search.saved", by=by, subject_id=saved.id, text=f"kept the search “{saved.name}”")
    return saved


def change(
    saved: SavedSearch, *, by: User, name: str | None = None, visibility: str | None = None,
    team_id: str | None = None, alert: bool | None = None,
) -> SavedSearch:  # fmt: skip
    """None leaves a field as it is. An alert is its owner's alone."""
    policy.require("restrict", saved, by=by)
    _write(saved, saved.name if name is None else name, visibility or saved.visibility, team_id or saved.team_id, by)
    db.session.flush()
    if alert is not None and alert != saved.alert:
        watch(saved, alert, by=by)
    return saved


def watch(saved: SavedSearch, alert: bool, *, by: User) -> SavedSearch:
    """From now on its owner hears of whoever newly fits, or does not. Who fits already is no news."""
    if saved.owner_id != by.id:
        raise Refused("Only who keeps this search can be told of it. Keep it under a name of your own.", field="alert")
    saved.alert, saved.checked_at = alert, clock.now()
    db.session.execute(delete(SearchSeen).where(SearchSeen.search_id == saved.id))
    if alert:
        ids = list(db.session.scalars(who_fits(saved, seen_by=by).limit(MOST_WATCHED + 1)))
        if len(ids) > MOST_WATCHED:
            raise Refused(
                f"More than {MOST_WATCHED:,} people fit. Narrow the search to hear of new ones.", field="alert"
            )
        _note(saved, ids)
    return saved


def remove(saved: SavedSearch, *, by: User) -> None:
    policy.require("restrict", saved, by=by)
    db.session.delete(saved)
    events.record("search.removed", by=by, subject_id=saved.id, text=f"let go of the search “{saved.name}”")


def tell_of_new(now: datetime) -> None:
    """By the worker. Two at once take different searches; a person is told of once."""
    due = select(SavedSearch).where(SavedSearch.alert, SavedSearch.checked_at < now - CHECK_EVERY)
    due = due.order_by(SavedSearch.checked_at).limit(MOST_AT_ONCE).with_for_update(skip_locked=True)
    for saved in db.session.scalars(due).all():
        saved.checked_at = now
        owner = db.session.get_one(User, saved.owner_id)
        if owner.is_active:
            _tell(saved, owner)


# --- parts


def _tell(saved: SavedSearch, owner: User) -> None:
    told = exists().where(SearchSeen.search_id == saved.id, SearchSeen.candidate_id == Candidate.id)
    ids = list(db.session.scalars(who_fits(saved, seen_by=owner).where(~told).order_by(Candidate.id).limit(MOST_NEW)))
    _note(saved, ids)
    fits = f"your search “{saved.name}”"
    if len(ids) <= NAMED:
        for candidate_id in ids:
            news.tell(owner.id, kind="fits", text=f"fits {fits}", candidate_id=candidate_id)
    else:
        others = f"{len(ids) - 1}{' or more' if len(ids) == MOST_NEW else ''} others"
        news.tell(owner.id, kind="fits", text=f"and {others} fit {fits}", candidate_id=ids[0])


def _note(saved: SavedSearch, ids: list[str]) -> None:
    if ids:
        db.session.execute(insert(SearchSeen), [{"search_id": saved.id, "candidate_id": one} for one in ids])


def _write(saved: SavedSearch, name: str, visibility: str, team_id: str | None, by: User) -> None:
    saved.name = shape.line(name, "name", most=80, needed=True, name="A name")
    saved.key = shape.key(saved.name)
    saved.visibility = shape.one_of(visibility, VISIBILITY, "visibility")
    teams = {team.id for team in by.teams} | ({saved.team_id} if saved.team_id else set())
    saved.team_id = team_id if visibility == "team" and team_id in teams else None
    if visibility == "team" and saved.team_id is None:
        raise Refused("Choose one of your own teams.", field="team_id")
    with db.session.no_autoflush:
        other = select(SavedSearch.id).where(SavedSearch.owner_id == saved.owner_id, SavedSearch.key == saved.key)
        if db.session.scalar(other.where(SavedSearch.id != (saved.id or "")).limit(1)):
            raise Refused(f"You have a search “{saved.name}” already.", field="name")
