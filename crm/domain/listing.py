"""The list of candidates: which are wanted, in what order, and what stands in a row."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from crm.db import db
from crm.domain import applications, finding, search, shape, tags
from crm.domain.applications import Application
from crm.domain.candidates import COOLING_FOR, WARM_FOR, Candidate, visible_to
from crm.domain.tags import CandidateTag, Tag
from crm.domain.users import User
from crm.kit import clock, words

WARMTHS = ("warm", "cooling", "cold")
MOST_COUNTED = 1_000


@dataclass(frozen=True)
class Order:
    columns: tuple[InstrumentedAttribute[Any], ...]
    newest_first: bool = False


ORDERS = {
    "name": Order((Candidate.name_key, Candidate.id)),
    "recent": Order((Candidate.changed_at, Candidate.id), newest_first=True),
    "due": Order((Candidate.next_on, Candidate.id)),
}


@dataclass(frozen=True)
class Wanted:
    """An empty value asks for nothing. In the order "due" stand only those who have a next date."""

    q: str = ""
    tag: str = ""
    warmth: str = ""
    archived: bool = False
    mine: bool = False
    due: bool = False
    sort: str = "name"

    @property
    def order(self) -> Order:
        return ORDERS.get(self.sort, ORDERS["name"])

    @property
    def is_everybody(self) -> bool:
        return not (self.q or self.tag or self.warmth or self.archived or self.mine or self.due)


@dataclass(frozen=True)
class Row:
    candidate: Candidate
    tags: list[Tag]
    near_miss: Application | None

    @property
    def nearly(self) -> str:
        return nearly(self.near_miss)


def of(wanted: Wanted, *, seen_by: User) -> Select[Candidate]:
    """Without an order: the page is cut by wanted.order."""
    query = select(Candidate).where(visible_to(seen_by), *_conditions(wanted, seen_by))
    if search.terms(wanted.q):
        query = query.where(Candidate.id.in_(finding.candidates_matching(wanted.q, seen_by=seen_by)))
    return query


def count(query: Select[Candidate], most: int = MOST_COUNTED) -> int:
    """Never further than `most` + 1: an exact count costs more than the page."""
    ids = query.with_only_columns(Candidate.id).order_by(None).limit(most + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(ids)) or 0


def rows(candidates: list[Candidate], *, seen_by: User) -> list[Row]:
    ids = [candidate.id for candidate in candidates]
    carried, near = tags.of(ids), applications.near_misses(ids, seen_by=seen_by)
    return [Row(candidate, carried[candidate.id], near.get(candidate.id)) for candidate in candidates]


def nearly(near_miss: Application | None) -> str:
    """ "nearly Head of Data, March"; empty for somebody who never came so far."""
    if near_miss is None:
        return ""
    on = near_miss.decided_on
    return f"nearly {near_miss.role.title}" + (f", {words.month(on, clock.today())}" if on else "")


def _conditions(wanted: Wanted, user: User) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Candidate.archived_at.is_not(None) if wanted.archived else Candidate.archived_at.is_(None)
    ]
    if wanted.mine:
        conditions.append(Candidate.owner_id == user.id)
    if wanted.due:
        conditions.append(Candidate.next_on <= clock.today())
    if wanted.sort == "due":
        conditions.append(Candidate.next_on.is_not(None))
    if wanted.warmth in WARMTHS:
        conditions.append(_is(wanted.warmth))
    if wanted.tag:
        conditions.append(_carries(wanted.tag))
    return conditions


def _carries(name: str) -> ColumnElement[bool]:
    """A tag that few carry is a short list of people to look up; one that many carry is asked of each in its turn."""
    some = select(CandidateTag.candidate_id).where(CandidateTag.tag_id == Tag.id).limit(MOST_COUNTED + 1).subquery()
    carried = select(func.count()).select_from(some).scalar_subquery()
    tag = db.session.execute(select(Tag.id, carried).where(Tag.key == shape.key(name))).one_or_none()
    if tag is None:
        return false()
    carriers = select(CandidateTag.candidate_id).where(CandidateTag.tag_id == tag[0])
    if tag[1] <= MOST_COUNTED:
        return Candidate.id.in_(carriers)
    return exists(carriers.where(CandidateTag.candidate_id == Candidate.id))


def _is(warmth: str) -> ColumnElement[bool]:
    """The same answer as Candidate.warmth, for the database."""
    last, now = Candidate.last_contact_at, clock.now()
    if warmth == "warm":
        return last > now - WARM_FOR
    if warmth == "cooling":
        return (last <= now - WARM_FOR) & (last > now - COOLING_FOR)
    return or_(last.is_(None), last <= now - COOLING_FOR)
