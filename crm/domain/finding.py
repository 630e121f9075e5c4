"""One search over candidates, roles and colleagues: what the index finds, less what the user may not see."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, or_

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
    in_title: bool


def find(query: str, *, seen_by: User, limit: int = 20) -> list[Found]:
    """Names that match before texts that do; among either people first, then roles and colleagues."""
    found = [one for group in find_each(query, seen_by=seen_by, limit=limit).values() for one in group]
    return sorted(found, key=lambda one: not one.in_title)[:limit]


def find_each(query: str, *, seen_by: User, limit: int = 20) -> dict[str, list[Found]]:
    """By kind, in the order of search.KINDS, only kinds of which something was found; at most `limit` of each."""
    if not search.terms(query):
        return {}
    entries = _entries(query, seen_by, limit)
    groups = {kind: [entry for entry in entries if entry.kind == kind][:limit] for kind in search.KINDS}
    return {kind: [_as_found(query, entry) for entry in group] for kind, group in groups.items() if group}


def candidates_named(query: str, *, seen_by: User, limit: int = 8) -> list[Found]:
    """For choosing a person by name, nothing else; archived records are left out."""
    if not search.terms(query):
        return []
    named = _of_candidates(search.hits(query, kind="candidate", in_title=True, begun=True), seen_by)
    entries = db.session.scalars(named.where(Candidate.archived_at.is_(None)).limit(limit))
    return [_as_found(query, entry) for entry in entries]


def candidates_matching(query: str, *, seen_by: User) -> set[str]:
    """Ids for the list: the newest that have the words anywhere; of too many, also those with the words in the name."""
    begun = False
    ids = _ids(search.hits(query, kind="candidate"), seen_by)
    if len(ids) < NEWEST:
        begun = True
        ids = _ids(search.hits(query, kind="candidate", begun=True), seen_by)
    if len(ids) == NEWEST:
        ids |= _ids(search.hits(query, kind="candidate", begun=begun, in_title=True), seen_by)
    return ids


def _entries(query: str, user: User, limit: int) -> list[Entry]:
    """Names first, then newest first. Few matches are all fetched at once; of many, the newest of each kind."""
    most = limit * len(search.KINDS)
    begun = False
    found = _fetched(_of_all(search.hits(query), user), most)
    if len(found) < most:
        begun = True
        found = _fetched(_of_all(search.hits(query, begun=True), user), most)
    if len(found) == most:
        found = _fetched(_of_all(search.hits(query, begun=begun, in_title=True), user), most)
        for kind in search.KINDS:
            found += _fetched(_of_all(search.hits(query, kind=kind, begun=begun), user), limit)
    distinct = {entry.id: entry for entry in found}.values()
    return sorted(distinct, key=lambda entry: (not search.stands_in_title(query, entry), -entry.id))


def _fetched(hits: Select[Entry], most: int) -> list[Entry]:
    return list(db.session.scalars(hits.limit(most)))


def _ids(hits: Select[Entry], user: User) -> set[str]:
    found: Iterable[Any] = db.session.scalars(
        _of_candidates(hits, user).with_only_columns(Entry.subject_id).limit(NEWEST)
    )
    return set(found)


def _of_candidates(hits: Select[Entry], user: User) -> Select[Entry]:
    return hits.join(Candidate, Candidate.id == Entry.subject_id).where(candidates.visible_to(user))


def _of_all(hits: Select[Entry], user: User) -> Select[Entry]:
    """Colleagues are everybody's; a candidate or a role has to be visible."""
    return (
        hits.outerjoin(Candidate, Candidate.id == Entry.subject_id)
        .outerjoin(Role, Role.id == Entry.subject_id)
        .outerjoin(Colleague, Colleague.id == Entry.subject_id)
        .where(
            or_(
                and_(Candidate.id.is_not(None), candidates.visible_to(user)),
                and_(Role.id.is_not(None), roles.visible_to(user)),
                Colleague.id.is_not(None),
            )
        )
    )


def _as_found(query: str, entry: Entry) -> Found:
    return Found(
        kind=entry.kind,
        id=entry.subject_id,
        title=search.shown(entry.title),
        snippet=search.snippet(query, entry),
        in_title=search.stands_in_title(query, entry),
    )
