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


@dataclass(frozen=True)
class Found:
    kind: str
    id: str
    title: str
    snippet: str
    """With search.OPEN and search.CLOSE around the words that were found."""


def find(query: str, *, seen_by: User, limit: int = 20) -> list[Found]:
    """People first, then roles and colleagues; names that match before texts that do."""
    if not search.terms(query):
        return []
    entries: list[Entry] = []
    for visible in (_candidates(seen_by), _roles(seen_by), _colleagues()):
        newest = visible.where(search.matching(query)).order_by(Entry.id.desc()).limit(limit * 3)
        entries += db.session.scalars(newest)
    words = [word.casefold() for word in search.terms(query)]
    entries.sort(key=lambda entry: _rank(entry, words))
    snippets = search.snippets(query, entries[:limit])
    return [Found(e.kind, e.subject_id, e.title, snippets[e.subject_id]) for e in entries[:limit]]


def candidates_matching(query: str) -> Select[tuple[str]]:
    """Ids of candidates, for the list's filter; visibility is the list's own."""
    return select(Entry.subject_id).where(Entry.kind == "candidate", search.matching(query))


def _rank(entry: Entry, words: list[str]) -> tuple[int, int]:
    title = entry.title.casefold()
    in_title = sum(word in title for word in words)
    return (-in_title, ("candidate", "role", "colleague").index(entry.kind))


def _candidates(user: User) -> Select[Entry]:
    return select(Entry).join(Candidate, Candidate.id == Entry.subject_id).where(candidates.visible_to(user))


def _roles(user: User) -> Select[Entry]:
    return select(Entry).join(Role, Role.id == Entry.subject_id).where(roles.visible_to(user))


def _colleagues() -> Select[Entry]:
    return select(Entry).join(Colleague, Colleague.id == Entry.subject_id)
