"""One search over candidates, roles and colleagues: what the index finds, less what the user may not see."""

from dataclasses import dataclass

from sqlalchemy import Select, select

from crm.db import db
from crm.domain import candidates, roles, search
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.roles import Role
from crm.domain.search import Entry
from crm.domain.users import User

NEWEST = 1_000
"""The list of candidates shows no more matches than this: past it, another word helps more than another page."""


@dataclass(frozen=True)
class Found:
    kind: str
    id: str
    title: str
    snippet: str
    """With search.OPEN and search.CLOSE around the words that were found."""
    in_title: bool = False


def find(query: str, *, seen_by: User, limit: int = 20) -> list[Found]:
    """Names that match before texts that do; among either people first, then roles and colleagues."""
    found = [one for group in find_each(query, seen_by=seen_by, limit=limit).values() for one in group]
    return sorted(found, key=lambda one: not one.in_title)[:limit]


def find_each(query: str, *, seen_by: User, limit: int = 20) -> dict[str, list[Found]]:
    """By kind, in the order of search.KINDS, only kinds of which something was found; at most `limit` of each."""
    if not search.terms(query):
        return {}
    groups = {kind: _found(query, kind, seen_by, limit) for kind in search.KINDS}
    return {kind: group for kind, group in groups.items() if group}


def candidates_named(query: str, *, seen_by: User, limit: int = 8) -> list[Found]:
    """For choosing a person by name, nothing else; archived records are left out."""
    if not search.terms(query):
        return []
    named = _visible("candidate", search.hits(query, "candidate", in_title=True), seen_by)
    entries = db.session.scalars(named.where(Candidate.archived_at.is_(None)).limit(limit))
    return [_as_found(query, entry, in_title=True) for entry in entries]


def candidates_matching(query: str, *, seen_by: User) -> Select[str]:
    """Ids for the list of candidates: those with the words in the name, and the newest that have them elsewhere."""
    named = _visible("candidate", search.hits(query, "candidate", in_title=True), seen_by)
    anywhere = _visible("candidate", search.hits(query, "candidate"), seen_by)
    either = [query.with_only_columns(Entry.subject_id).limit(NEWEST).subquery() for query in (named, anywhere)]
    ids = select(either[0].c.subject_id).union(select(either[1].c.subject_id)).subquery()
    return select(ids.c.subject_id)


def _found(query: str, kind: str, seen_by: User, limit: int) -> list[Found]:
    named = list(db.session.scalars(_visible(kind, search.hits(query, kind, in_title=True), seen_by).limit(limit)))
    anywhere: list[Entry] = []
    if len(named) < limit:
        others = search.hits(query, kind).where(Entry.id.not_in([entry.id for entry in named]))
        anywhere = list(db.session.scalars(_visible(kind, others, seen_by).limit(limit - len(named))))
    return [_as_found(query, entry, in_title=True) for entry in named] + [_as_found(query, e) for e in anywhere]


def _visible(kind: str, hits: Select[Entry], user: User) -> Select[Entry]:
    if kind == "candidate":
        return hits.join(Candidate, Candidate.id == Entry.subject_id).where(candidates.visible_to(user))
    if kind == "role":
        return hits.join(Role, Role.id == Entry.subject_id).where(roles.visible_to(user))
    return hits.join(Colleague, Colleague.id == Entry.subject_id)


def _as_found(query: str, entry: Entry, *, in_title: bool = False) -> Found:
    title = search.shown(entry.title)
    return Found(entry.kind, entry.subject_id, title, search.snippet(query, entry), in_title)
