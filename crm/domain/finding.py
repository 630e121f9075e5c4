"""One search over candidates, roles, colleagues and notes: what the index finds, less what the user may not see."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, literal, or_, select, union, union_all

from crm.db import db
from crm.domain import candidates, filters, roles, search, snippets, stand_ins
from crm.domain.applications import Application
from crm.domain.candidates import Candidate, Phone
from crm.domain.colleagues import Colleague
from crm.domain.roles import Role
from crm.domain.search import Entry
from crm.domain.touchpoints import Touchpoint
from crm.domain.users import User
from crm.kit import query_words, spelling
from crm.kit.query_words import Query

NEWEST = 1_000
"""The list of candidates shows no more matches than this: past it, another word helps more than another page."""
MOST_COUNTED = 1_000
NUMBER = re.compile(r"\+?[\d\s()./-]{6,30}")
LAST_DIGITS = 9
MOST_ALIKE = 100
NAMED = ("candidate", "role", "colleague")
CANDIDATES = ("candidate",)
_ABOUT = (
    (Touchpoint, Touchpoint.id == Entry.subject_id),
    (Application, Application.id == Entry.subject_id),
    (Candidate, Candidate.id == func.coalesce(Touchpoint.candidate_id, Application.candidate_id, Entry.subject_id)),
    (Role, Role.id == func.coalesce(Application.role_id, Entry.subject_id)),
    (Colleague, Colleague.id == Entry.subject_id),
)
_PERSON_ID = Candidate.id.label("candidate_id")


@dataclass(frozen=True)
class Found:
    """`id` is what was found: of a note the note's, and `candidate_id` whom it is about."""

    kind: str
    id: str
    title: str
    snippet: str
    """With snippets.OPEN and snippets.CLOSE around the words that were found."""
    in_title: bool
    candidate_id: str = ""


def read(raw: str) -> Query:
    return query_words.parse(raw, fields=filters.FIELDS)


@dataclass(frozen=True)
class _Ask:
    """A question and who asks it; its filters are looked up once."""

    query: Query
    user: User
    narrowed: tuple[ColumnElement[bool], ...] = ()

    @classmethod
    def of(cls, asked: Query, user: User) -> "_Ask":
        return cls(asked, user, tuple(filters.conditions(asked.fields, seen_by=user)) if asked.fields else ())

    def kinds(self, among: Sequence[str] = search.KINDS) -> tuple[str, ...]:
        """Filters are of candidates, so that with them nothing else is found."""
        return tuple(kind for kind in among if kind == "candidate") if self.narrowed else tuple(among)


# --- questions


def find(query: str, *, seen_by: User, limit: int = 20) -> list[Found]:
    """Names that match before texts that do; among either people first, then roles, colleagues and notes."""
    groups = _find(query, seen_by, limit, search.KINDS, each=False)
    found = [one for group in groups.values() for one in group]
    return sorted(found, key=lambda one: not one.in_title)[:limit]


def find_each(
    query: str, *, seen_by: User, limit: int = 20, kinds: Sequence[str] = search.KINDS
) -> dict[str, list[Found]]:
    """By kind, in the order of search.KINDS, only kinds of which something was found; at most `limit` of each."""
    return _find(query, seen_by, limit, kinds, each=True)


def counted(query: str, groups: dict[str, list[Found]], *, seen_by: User, limit: int = 20) -> dict[str, int]:
    """How many there are of each kind, no further than MOST_COUNTED + 1. Only of a full group the database is asked."""
    ask = _Ask.of(read(query), seen_by)
    counts = {kind: len(found) for kind, found in groups.items()}
    full = [kind for kind, count in counts.items() if count >= limit]
    each = {kind: _hits(ask, (kind,)).with_only_columns(Entry.id).limit(MOST_COUNTED + 1).subquery() for kind in full}
    if each:
        rows = union_all(*(select(literal(kind), func.count()).select_from(one) for kind, one in each.items()))
        asked = db.session.execute(rows, {"user": seen_by.id})
        counts |= {kind: max(counts[kind], count) for kind, count in asked}
    return counts


def alike(query: str, *, seen_by: User, limit: int = 5) -> list[Found]:
    """People, roles and colleagues whose name is one letter off; for when nothing was found."""
    ask = _Ask.of(read(query), seen_by)
    if not ask.query.words or ask.query.phrases or ask.query.begun:
        return []
    named = search.hits(ask.query, kinds=ask.kinds(NAMED), in_title=True, slips=True)
    rows = _fetched(_seen(named, ask), seen_by, MOST_ALIKE)
    wanted = " ".join(ask.query.words)
    rows.sort(key=lambda row: (-_likeness(wanted, row.Entry.title), -row.Entry.id))
    return [_as_found(ask.query, row) for row in rows[:limit]]


def candidates_named(query: str, *, seen_by: User, limit: int = 8) -> list[Found]:
    """For choosing a person by name, nothing else; archived records are left out."""
    ask = _Ask.of(read(query), seen_by)
    if not ask.query.has_words:
        return []
    named = search.hits(ask.query, kinds=("candidate",), in_title=True, begun=True)
    rows = _fetched(_seen(named, ask).where(Candidate.archived_at.is_(None)), seen_by, limit)
    return [_as_found(ask.query, row) for row in rows]


def candidates_matching(query: str | Query, *, seen_by: User) -> set[str]:
    """Ids for the list: the newest that have the words anywhere; of too many, also those with the words in the name.
    Its filters narrow them.
    """
    asked = read(query) if isinstance(query, str) else query
    ask, ids, begun = _Ask.of(asked, seen_by), set[str](), False
    if asked.has_words or asked.fields:
        ids = _ids(_hits(ask, CANDIDATES), seen_by)
    if len(ids) < NEWEST and asked.last_is_open:
        begun, ids = True, _ids(_hits(ask, CANDIDATES, begun=True), seen_by)
    if len(ids) == NEWEST and asked.has_words:
        ids |= _ids(_hits(ask, CANDIDATES, begun=begun, in_title=True), seen_by)
    if isinstance(query, str):
        ids |= {row.Entry.subject_id for row in _by_number(query, seen_by, NEWEST)}
    return ids


def troubles(query: str, *, seen_by: User) -> list[str]:
    """What is to be said of the question itself, in a sentence each."""
    asked = read(query)
    said = filters.troubles(asked.fields, seen_by=seen_by) if asked.fields else []
    if asked.is_cut:
        said.append(f"That is more than is looked for: the first {query_words.MOST} words count.")
    if asked.excluded and not (asked.has_words or asked.fields):
        said.append("Say also what you are looking for, not only what to leave out.")
    elif query.strip() and asked.is_empty:
        said.append("There is nothing in it to look for: a word needs letters or digits.")
    return said


def forget(candidate_id: str) -> None:
    """What the index has of a candidate and of the notes about them; before the rows go."""
    notes = union(
        select(Touchpoint.id).where(Touchpoint.candidate_id == candidate_id),
        select(Application.id).where(Application.candidate_id == candidate_id),
    )
    db.session.execute(delete(Entry).where(or_(Entry.subject_id == candidate_id, Entry.subject_id.in_(notes))))


# --- parts


def _find(query: str, user: User, limit: int, kinds: Sequence[str], *, each: bool) -> dict[str, list[Found]]:
    ask = _Ask.of(read(query), user)
    rows = _newest(ask, ask.kinds(kinds), limit, each=each)
    if "candidate" in kinds:
        rows += _by_number(query, user, limit)
    named = {row.Entry.id: snippets.stands_in_title(ask.query, row.Entry) for row in rows}
    rows = sorted(_distinct(rows), key=lambda row: (not named[row.Entry.id], -row.Entry.id))
    groups = {kind: [row for row in rows if row.Entry.kind == kind][:limit] for kind in search.KINDS}
    return {kind: [_as_found(ask.query, row) for row in group] for kind, group in groups.items() if group}


def _newest(ask: _Ask, kinds: Sequence[str], limit: int, *, each: bool) -> list[Row[Any]]:
    """Few matches are all fetched at once. Of many, the newest, and the newest of those whose name it is; `each`: also
    of each kind of which there are not enough among them.
    """
    if not (ask.query.has_words or ask.narrowed) or not kinds:
        return []
    most, begun = limit * len(kinds), False
    found = _fetched(_hits(ask, kinds), ask.user, most)
    if len(found) < most and ask.query.last_is_open:
        begun = True
        found = _fetched(_hits(ask, kinds, begun=True), ask.user, most)
    if len(found) < most or not ask.query.has_words:
        return found
    rare = _rare(found, kinds, limit) if each else []
    found += _fetched(_hits(ask, kinds, begun=begun, in_title=True), ask.user, most)
    more = _fetched(_hits(ask, rare, begun=begun), ask.user, most) if rare else []
    for kind in _rare(more, rare, limit) if len(more) == most else []:
        more += _fetched(_hits(ask, (kind,), begun=begun), ask.user, limit)
    return found + more


def _rare(found: list[Row[Any]], kinds: Sequence[str], limit: int) -> list[str]:
    """Kinds of which there may be more."""
    return [kind for kind in kinds if sum(row.Entry.kind == kind for row in found) < limit]


def _hits(ask: _Ask, kinds: Sequence[str], *, begun: bool = False, in_title: bool = False) -> Select[Any]:
    asked = ask.query
    if asked.has_words:
        some = () if tuple(kinds) == search.KINDS else kinds
        return _seen(search.hits(asked, kinds=some, begun=begun, in_title=in_title), ask)
    every = select(Entry).where(Entry.kind == "candidate").order_by(Entry.id.desc())
    return _seen(every.where(Entry.id.not_in(search.without(asked))) if asked.excluded else every, ask)


def _by_number(query: str, user: User, limit: int) -> list[Row[Any]]:
    """Whoever has this telephone number, however it is written."""
    if not NUMBER.fullmatch(query.strip()):
        return []
    digits = "".join(sign for sign in query if sign.isdigit())[-LAST_DIGITS:]
    theirs = select(Phone.candidate_id).where(Phone.digits == digits)
    hits = select(Entry).where(Entry.kind == "candidate", Entry.subject_id.in_(theirs)).order_by(Entry.id.desc())
    return _fetched(_seen(hits, _Ask(Query(), user)), user, limit)


def _seen(hits: Select[Any], ask: _Ask) -> Select[Any]:
    """What the user may see, with whom a note is about. Colleagues are everybody's; a candidate or a role has to be
    visible, of a debrief both.
    """
    if ask.narrowed:
        hits = hits.join(Candidate, Candidate.id == Entry.subject_id).where(*ask.narrowed)
        return hits.add_columns(_PERSON_ID, Candidate.full_name)
    for thing, is_meant in _ABOUT:
        hits = hits.outerjoin(thing, is_meant)
    return hits.where(_visible(ask.user.is_admin)).add_columns(_PERSON_ID, Candidate.full_name)


@cache
def _visible(is_admin: bool) -> ColumnElement[bool]:
    """Put together once; `user` is bound where it is asked."""
    user = stand_ins.user(is_admin=is_admin)
    person = and_(Candidate.id.is_not(None), candidates.visible_to(user))
    role = and_(Role.id.is_not(None), roles.visible_to(user))
    no_debrief = Application.id.is_(None)
    return or_(Colleague.id.is_not(None), and_(person, or_(no_debrief, role)), and_(no_debrief, role))


def _fetched(hits: Select[Any], user: User, most: int) -> list[Row[Any]]:
    return list(db.session.execute(hits.limit(most), {"user": user.id}))


def _distinct(rows: Iterable[Row[Any]]) -> Iterable[Row[Any]]:
    return {row.Entry.id: row for row in rows}.values()


def _ids(hits: Select[Any], user: User) -> set[str]:
    return set(db.session.scalars(hits.with_only_columns(Entry.subject_id).limit(NEWEST), {"user": user.id}))


def _likeness(wanted: str, title: str) -> float:
    return fuzz.token_sort_ratio(wanted, " ".join(spelling.tokens(title)))


def _as_found(asked: Query, row: Row[Any]) -> Found:
    entry: Entry = row.Entry
    return Found(
        kind=entry.kind,
        id=entry.subject_id,
        title=row.full_name if entry.kind == "note" else spelling.shown(entry.title),
        snippet=snippets.of(asked, entry),
        in_title=snippets.stands_in_title(asked, entry),
        candidate_id=row.candidate_id or "",
    )
