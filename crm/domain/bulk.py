"""Acts on many people at once: looked at before, done by the worker some at a time, and put back as they were.

An act is confirmed with the people chosen, or with a filter; the worker first writes down who that is (only people who
were there when it was confirmed, and whom the user may see), then does it to a few in each transaction. So a worker
that dies loses nothing, and none is met twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, Select, String, UniqueConstraint, delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column, selectinload

from crm.db import Base, Id, db, to
from crm.domain import bulk_deeds, candidates, events, listing, pools, saved_searches, shape
from crm.domain.bulk_deeds import DEEDS
from crm.domain.candidates import Candidate
from crm.domain.deed import Detail, Look
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock, words

MOST_CHOSEN = 500
MOST_COUNTED = 1_000
GATHERED = 2_000
BATCH = 50
UNDO_WITHIN = timedelta(days=7)
KEPT = timedelta(days=30)
RUNNING = ("gathering", "doing", "undoing")
SHOWN = 50
SOME = 5


class BulkAct(Base):
    """`state`: gathering, doing, done, undoing, undone, or stopped where its user can no longer sign in."""

    __tablename__ = "bulk_act"
    __table_args__ = (
        UniqueConstraint("by_id", "intent"),
        Index("ix_bulk_act_state", "state", "worked_at"),
    )
    id: Mapped[Id]
    by_id: Mapped[str] = to("user.id", index=False)
    kind: Mapped[str] = mapped_column(String(12))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    people: Mapped[list[str]] = mapped_column(default=list)
    """Ids of those who were chosen; emptied once they are written down."""
    search: Mapped[str] = mapped_column(default="")
    """Else everybody in the list whose address has this after its ?."""
    everybody: Mapped[bool] = mapped_column(default=False)
    intent: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default="gathering")
    gathered_to: Mapped[str] = mapped_column(String(20), default="")
    """The last id that was written down."""
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
    put_back: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    """Not put back, since something changed them after."""
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    worked_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING

    @property
    def words(self) -> str:
        return DEEDS[self.kind].words(self.detail)

    @property
    def met(self) -> int:
        """How many were dealt with so far, of `total`; while undoing, of `done`."""
        return self.put_back + self.kept if self.state in ("undoing", "undone") else self.done + self.left_out

    @property
    def can_be_undone(self) -> bool:
        return (
            self.state in ("doing", "done", "stopped") and self.done > 0 and clock.now() - self.created_at < UNDO_WITHIN
        )


class BulkRow(Base):
    """One person in it. `state`: waiting, done, left_out (`why`), undone, kept."""

    __tablename__ = "bulk_row"
    __table_args__ = (Index("ix_bulk_row_act_state", "act_id", "state", "candidate_id"),)
    act_id: Mapped[str] = to("bulk_act.id", primary_key=True, index=False, ondelete="CASCADE")
    candidate_id: Mapped[str] = to("candidate.id", primary_key=True, ondelete="CASCADE")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    why: Mapped[str] = mapped_column(default="")
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)


@dataclass(frozen=True)
class Chosen:
    """Ids of people; or everybody in the list whose address has `search` after its ?."""

    people: tuple[str, ...] = ()
    search: str = ""
    everybody: bool = False


@dataclass(frozen=True)
class Preview:
    """Counts are never further than MOST_COUNTED + 1. `left_out`: why, and how many; `names`: of some."""

    words: str
    count: int
    left_out: list[tuple[str, int]]
    names: list[str]
    look: Look | None = None
    detail: Detail = field(default_factory=dict)

    @property
    def is_in_vain(self) -> bool:
        return self.count <= MOST_COUNTED and sum(count for _, count in self.left_out) >= self.count


# --- queries


def find(act_id: str, *, by: User) -> BulkAct:
    """One's own."""
    act = db.session.get(BulkAct, act_id)
    if act is None or act.by_id != by.id:
        raise Missing
    return act


def listed(user: User) -> Select[BulkAct]:
    return select(BulkAct).where(BulkAct.by_id == user.id)


def whom(chosen: Chosen, *, seen_by: User) -> Select[Candidate]:
    """Only people whom the user may see."""
    if chosen.everybody:
        return listing.look_up(listing.wanted_at(chosen.search), seen_by=seen_by).counted
    return select(Candidate).where(Candidate.id.in_(chosen.people[:MOST_CHOSEN]), candidates.visible_to(seen_by))


def glance(chosen: Chosen, *, seen_by: User) -> tuple[int, list[str]]:
    """How many, never further than MOST_COUNTED + 1, and some names, to say whom it is about; the filters are looked up
    once.
    """
    people = whom(chosen, seen_by=seen_by)
    return _count(people), _some_names(people)


def preview(chosen: Chosen, kind: str, given: Detail, *, by: User) -> Preview:
    """What would happen, and to how many; raises Refused where it cannot be done as it was given."""
    detail, people = bulk_deeds.check(kind, given, by=by), whom(chosen, seen_by=by)
    deed = DEEDS[kind]
    found = _count(people)
    if not found:
        raise Refused("Choose somebody first: tick them in the list.", field="people")
    if deed.most and found > deed.most:
        raise Refused(f"That is for {deed.most} people at most at once. Narrow the filter.", field="people")
    look = deed.look(detail, _with_addresses(people), by) if deed.look else None
    against = [(why, _count(people.where(condition))) for why, condition in deed.against(detail, by)]
    if look is not None:
        against.append(("who cannot be written to now", len(look.left_out)))
    left_out = [(why, count) for why, count in against if count]
    return Preview(deed.words(detail), found, left_out, _some_names(people), look, detail)


def not_done(act: BulkAct, *, seen_by: User) -> list[tuple[str, str, str]]:
    """Id, name and why of the first who were left out or not put back, of those the user may see."""
    rows = (
        select(Candidate.id, Candidate.full_name, BulkRow.why)
        .join(BulkRow, BulkRow.candidate_id == Candidate.id)
        .where(BulkRow.act_id == act.id, BulkRow.state.in_(("left_out", "kept")), candidates.visible_to(seen_by))
    )
    return [(one, name, why) for one, name, why in db.session.execute(rows.order_by(Candidate.id).limit(SHOWN))]


def _count(people: Select[Candidate]) -> int:
    some = people.with_only_columns(Candidate.id).order_by(None).limit(MOST_COUNTED + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def _with_addresses(people: Select[Candidate]) -> list[Candidate]:
    whole = people.options(selectinload(Candidate.emails)).order_by(None).order_by(Candidate.name_key, Candidate.id)
    return list(db.session.scalars(whole))


def _some_names(people: Select[Candidate]) -> list[str]:
    named = people.with_only_columns(Candidate.full_name).order_by(None).order_by(Candidate.name_key)
    return list(db.session.scalars(named.limit(SOME)))


# --- verbs


def start(chosen: Chosen, kind: str, given: Detail, *, by: User, intent: str) -> BulkAct:
    """The same intent twice, as a double click sends it, is one act."""
    known = select(BulkAct).where(BulkAct.by_id == by.id, BulkAct.intent == intent)
    if intent and (act := db.session.scalar(known)):
        return act
    preview(chosen, kind, given, by=by)
    act = BulkAct(
        by_id=by.id, kind=kind, detail=_ready(kind, given, by), people=list(dict.fromkeys(chosen.people))[:MOST_CHOSEN],
        search=shape.line(chosen.search, "search", most=saved_searches.LONGEST), everybody=chosen.everybody,
        intent=shape.line(intent, "intent", most=40, needed=True),
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(act)
    except IntegrityError:  # the other click was quicker
        return db.session.scalars(known).one()
    events.record("bulk.started", by=by, subject_id=act.id, text=f"{act.words}, for many at once")
    return act


def undo(act: BulkAct, *, by: User) -> BulkAct:
    """The worker puts back what this act changed, and what nothing has changed since. Pressed twice, it is one undo."""
    db.session.refresh(act, with_for_update=True)
    if act.state in ("undoing", "undone"):
        return act
    if not act.can_be_undone:
        raise Refused("This can no longer be taken back as a whole. Change people one by one.")
    act.state, act.worked_at = "undoing", clock.now()
    events.record("bulk.undone", by=by, subject_id=act.id, text=f"took back: {act.words}")
    return act


def _ready(kind: str, given: Detail, by: User) -> Detail:
    """A pool that was named and is not there yet is made now."""
    detail = bulk_deeds.check(kind, given, by=by)
    if "new_pool" in detail:
        pool = pools.add(name=detail.pop("new_pool"), by=by)
        detail |= {"pool": pool.id, "name": pool.name}
    return detail


# --- by the worker


def waits() -> bool:
    return db.session.scalar(select(BulkAct.id).where(BulkAct.state.in_(RUNNING)).limit(1)) is not None


def work() -> bool:
    """One step of the act that was worked on longest ago, in the caller's transaction; whether there was one.

    Several workers take different acts.
    """
    running = select(BulkAct).where(BulkAct.state.in_(RUNNING)).order_by(BulkAct.worked_at, BulkAct.id)
    act = db.session.scalar(running.limit(1).with_for_update(skip_locked=True))
    if act is None:
        return False
    by = db.session.get_one(User, act.by_id)
    act.worked_at = clock.now()
    if not by.is_active:
        _end(act, "stopped")
    else:
        {"gathering": _gather, "doing": _do, "undoing": _undo}[act.state](act, by)
    return True


def sweep(now: datetime) -> None:
    """How to take it back is of no use any more."""
    db.session.execute(delete(BulkAct).where(BulkAct.created_at < now - KEPT, BulkAct.state.not_in(RUNNING)))


def _gather(act: BulkAct, by: User) -> None:
    """Who came after it was confirmed is not in it."""
    chosen = Chosen(tuple(act.people), act.search, act.everybody)
    people = whom(chosen, seen_by=by).where(Candidate.id > act.gathered_to, Candidate.created_at <= act.created_at)
    query = people.with_only_columns(Candidate.id).order_by(None).order_by(Candidate.id).limit(GATHERED)
    ids = list(db.session.scalars(query))
    if ids:
        db.session.execute(insert(BulkRow), [{"act_id": act.id, "candidate_id": one, "state": "waiting", "why": "",
                                              "before": {}} for one in ids])  # fmt: skip
        act.gathered_to, act.total = ids[-1], act.total + len(ids)
    if len(ids) < GATHERED:
        act.state, act.people = "doing", []


def _do(act: BulkAct, by: User) -> None:
    rows = _next(act, "waiting")
    people = {one.id: one for one in db.session.scalars(_seen(rows, by))}
    for row, answer in _answers(act, rows, people, by):
        if isinstance(answer, str):
            row.state, row.why, act.left_out = "left_out", answer, act.left_out + 1
        else:
            row.state, row.before, act.done = "done", answer, act.done + 1
    if len(rows) < BATCH:
        _end(act, "done")


def _answers(
    act: BulkAct, rows: list[BulkRow], people: dict[str, Candidate], by: User
) -> Iterator[tuple[BulkRow, dict[str, Any] | str]]:
    """Who was hidden or deleted meanwhile is left out, and so is everybody once the pool or the new owner is gone."""
    try:
        with db.session.begin_nested():
            answers = DEEDS[act.kind].do(act.detail, list(people.values()), by)
    except (Missing, Refused) as trouble:
        answers = dict.fromkeys(people, str(trouble) or "what it was to be done with is gone")
    for row in rows:
        yield row, answers.get(row.candidate_id, "cannot be seen any more")


def _undo(act: BulkAct, by: User) -> None:
    rows, deed = _next(act, "done"), DEEDS[act.kind]
    theirs = select(Candidate).where(Candidate.id.in_([row.candidate_id for row in rows])).order_by(Candidate.id)
    seen = theirs if deed.undoes_unseen else theirs.where(candidates.visible_to(by))
    people = {one.id: one for one in db.session.scalars(seen)}
    for row in rows:
        person = people.get(row.candidate_id)
        if person is not None and deed.undo(person, row.before, by):
            row.state, act.put_back = "undone", act.put_back + 1
        else:
            row.state, row.why, act.kept = "kept", deed.stays[0], act.kept + 1
    if len(rows) < BATCH:
        _end(act, "undone")


def _next(act: BulkAct, state: str) -> list[BulkRow]:
    rows = select(BulkRow).where(BulkRow.act_id == act.id, BulkRow.state == state)
    return list(db.session.scalars(rows.order_by(BulkRow.candidate_id).limit(BATCH)))


def _seen(rows: list[BulkRow], by: User) -> Select[Candidate]:
    ids = [row.candidate_id for row in rows]
    return select(Candidate).where(Candidate.id.in_(ids), candidates.visible_to(by)).order_by(Candidate.id)


def _end(act: BulkAct, state: str) -> None:
    act.state, act.ended_at = state, clock.now()


def said(act: BulkAct) -> str:
    """What became of it, in a sentence."""
    if act.state in ("undoing", "undone"):
        kept = f" {words.several(act.kept, *DEEDS[act.kind].stays)} and stayed." if act.kept else ""
        return f"{words.several(act.put_back, 'person is', 'people are')} as before.{kept}"
    left = f" {words.several(act.left_out, 'was', 'were')} left out." if act.left_out else ""
    return f"Done for {words.several(act.done, 'person', 'people')}.{left}"
