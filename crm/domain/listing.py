"""The list of candidates: which are wanted, in what order, and what stands in a row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, load_only

from crm.db import db
from crm.domain import cadences, filters, finding, near_misses, pools, shape, stand_ins, tags
from crm.domain.candidates import Candidate, visible_to
from crm.domain.filters import Chip
from crm.domain.near_misses import NearMiss
from crm.domain.users import User
from crm.kit import clock

MOST_COUNTED = 1_000


@dataclass(frozen=True)
class Order:
    columns: tuple[InstrumentedAttribute[Any], ...]
    newest_first: bool = False


ORDERS = {
    "name": Order((Candidate.name_key, Candidate.id)),
    "recent": Order((Candidate.changed_at, Candidate.id), newest_first=True),
    "due": Order((Candidate.next_on, Candidate.id)),
    "warmth": Order((Candidate.last_two_way_at, Candidate.id), newest_first=True),
}
COLUMNS = {
    "does": "What they do", "near_miss": "Near miss", "tags": "Tags", "touch": "In touch", "next": "Next",
    "pools": "Pools", "owner": "Looked after by", "source": "Source", "changed": "Last changed",
}  # fmt: skip
"""What a row may show beside the name, in this order."""
USUAL_COLUMNS = ("does", "near_miss", "tags", "touch", "next")
SHOWN = load_only(
    Candidate.owner_id, Candidate.source, Candidate.full_name, Candidate.name_key, Candidate.headline,
    Candidate.employer, Candidate.location,
    Candidate.last_contact_at, Candidate.last_in_at, Candidate.last_out_at, Candidate.last_two_way_at,
    Candidate.next_on, Candidate.let_go_at, Candidate.paused_at, Candidate.paused_until, Candidate.pause_why,
    Candidate.changed_at, raiseload=True,
)  # fmt: skip
"""What a row shows and pages are cut by; a record has three times as much."""


@dataclass(frozen=True)
class Wanted:
    """An empty value asks for nothing. In the order "due" stand only those who are reminded of, in the
    order "warmth" only those who were ever heard from or spoken with. `filters` are pairs as filters.py has them; the
    others are the same under names of their own.
    """

    q: str = ""
    tag: str = ""
    pool: str = ""
    warmth: str = ""
    archived: bool = False
    mine: bool = False
    due: bool = False
    sort: str = "name"
    filters: tuple[tuple[str, str], ...] = ()

    @property
    def order(self) -> Order:
        return ORDERS.get(self.sort, ORDERS["name"])

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        lines = [(name, value) for name in ("tag", "pool", "warmth") if (value := getattr(self, name))]
        return (*lines, *((name, "yes") for name in filters.FLAGS if getattr(self, name)), *self.filters)

    @property
    def wants_archive(self) -> bool:
        return any(name == "archived" and value not in filters.NO for name, value in self.pairs)

    @property
    def is_everybody(self) -> bool:
        return not (self.q or self.pairs)


@dataclass(frozen=True)
class Row:
    candidate: Candidate
    tags: list[str]
    near_miss: NearMiss | None
    is_reminded_of: bool = True
    """Whether their next date, where it has come, is one to act on."""
    owner: str = ""
    pools: list[str] = field(default_factory=list)
    """Names of those into which somebody put them; like the owner, only where a column asks for it."""


@dataclass(frozen=True)
class Listing:
    """The same people twice: `query` in the form that is cut into pages, `counted` in the form that is counted."""

    query: Select[Candidate]
    counted: Select[Candidate]
    chips: list[Chip]
    troubles: list[str]

    def count(self, most: int = MOST_COUNTED) -> int:
        """Never further than `most` + 1: an exact count costs more than the page."""
        ids = self.counted.with_only_columns(Candidate.id).limit(most + 1).subquery()
        return db.session.scalar(select(func.count()).select_from(ids)) or 0


def of(wanted: Wanted, *, seen_by: User) -> Select[Candidate]:
    """Without an order: the page is cut by wanted.order."""
    return look_up(wanted, seen_by=seen_by).query


def look_up(wanted: Wanted, *, seen_by: User) -> Listing:
    read = filters.read(wanted.pairs, seen_by=seen_by)
    query = select(Candidate).where(visible_to(seen_by), *_conditions(wanted))
    if not finding.read(wanted.q).is_empty:
        query = query.where(Candidate.id.in_(finding.candidates_matching(wanted.q, seen_by=seen_by)))
    return Listing(query.where(*read.paged), query.where(*read.counted), read.chips, read.troubles)


def wanted_at(address: str) -> Wanted:
    """What a list shows whose address has this after its ?."""
    sort = filters.order_of(address)
    return Wanted(
        q=filters.words_of(address).strip()[: shape.LINE],
        filters=tuple(filters.pairs_of(address)),
        sort=sort if sort in ORDERS else "name",
    )


def rows(candidates: list[Candidate], *, seen_by: User, columns: Sequence[str] = USUAL_COLUMNS) -> list[Row]:
    ids = [candidate.id for candidate in candidates]
    carried, near, quiet = tags.names(ids), near_misses.of(ids, seen_by=seen_by), _not_reminded_of(candidates)
    owners = _names_of({candidate.owner_id for candidate in candidates}) if "owner" in columns else {}
    kept = pools.names(ids, seen_by=seen_by) if "pools" in columns else {}
    return [
        Row(
            one,
            carried[one.id],
            near.get(one.id),
            one.id not in quiet,
            owners.get(one.owner_id, ""),
            kept.get(one.id, []),
        )
        for one in candidates
    ]


def columns_of(user: User) -> list[str]:
    chosen = [name for name in COLUMNS if name in user.columns]
    return chosen or list(USUAL_COLUMNS)


def choose_columns(names: list[str], *, by: User) -> None:
    """None of them is the usual again."""
    by.columns = [name for name in COLUMNS if name in names]


def _names_of(user_ids: set[str]) -> dict[str, str]:
    named = select(User.id, User.name).where(User.id.in_(user_ids))
    return {row.id: row.name for row in db.session.execute(named)}


def _not_reminded_of(candidates: list[Candidate]) -> set[str]:
    """Of those whose date has come."""
    due = [candidate.id for candidate in candidates if candidate.next_on and candidate.next_on <= clock.today()]
    return set(due) - set(db.session.scalars(_reminded(), {"ids": due})) if due else set()


@cache
def _reminded() -> Select[str]:
    return select(Candidate.id).where(Candidate.id.in_(stand_ins.ids()), cadences.remindable())


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if not filters.names_archive(wanted.pairs):
        conditions.append(Candidate.archived_at.is_(None))
    if wanted.sort == "due":
        conditions += [Candidate.next_on.is_not(None), cadences.remindable()]
    if wanted.sort == "warmth":
        conditions.append(Candidate.last_two_way_at.is_not(None))
    return conditions
