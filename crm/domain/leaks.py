"""The leak guard: nothing that goes out names a sealed role to somebody who may not know of it.

Looked for are the codename, the title and the marked words of every role that is sealed now and that the writer may
know of; roles that the writer may not know of are not looked for, so that no refusal tells of them. A title counts as
a whole ("Head of Data", never "data"), and not at all when it is one word that very many jobs are called ("Engineer"):
who wants that word watched marks it. How words are compared is in kit/likeness.py.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, literal, or_, select

from crm.db import db
from crm.domain.errors import Refused
from crm.domain.roles import Role, RoleInsider
from crm.domain.users import User
from crm.kit.likeness import Term, Text
from crm.kit.trades import TRADES

PARTS = {
    "subject": "The subject",
    "text": "The letter",
    "html": "The letter",
    "note": "The note",
    "position": "The position",
    "to_name": "The name of the recipient",
    "sender_name": "The name of the sender",
    "attachment": "The name of the attached file",
    "file": "The name of the file",
    "headers": "What is written around the letter",
}
PLACEHOLDER = re.compile(
    r"(?:\{\{|\{|\$\{|\[\[|\*\||<<|%)[^{}\[\]|%<>\n]{0,40}?\b(?:code[ _.-]?name|marked[ _.-]?(?:terms|words))\b"
    r"[^{}\[\]|%<>\n]{0,40}(?:\}\}|\}|\]\]|\|\*|>>|%)?",
    re.IGNORECASE,
)
"""A merge field that would put the name of a role where it stands."""


@dataclass(frozen=True)
class Leak:
    """What was found: the words as the role has them, and the part that they are in."""

    part: str
    words: str
    names_role: bool
    """Its codename or title, and not one of the words that were marked."""

    @property
    def sentence(self) -> str:
        part = PARTS.get(self.part) or f"The {self.part.replace('_', ' ')}"
        if self.names_role:
            return f"{part} names “{self.words}”, which is sealed, to somebody who may not know of it. Take it out."
        return f"{part} says “{self.words}”, which would give a sealed role away. Say it without these words."


# --- queries


def find(parts: Mapping[str, str], *, by: User, to_address: str = "") -> Leak | None:
    """The first; None when nothing is told, or the address belongs to somebody who may know all of it."""
    return find_for(parts, by_id=by.id, to_address=to_address)


def find_for(parts: Mapping[str, str], *, by_id: str | None, to_address: str = "") -> Leak | None:
    watched = list(_watched(by_id, to_address)) if by_id else []
    if not watched:
        return None
    for part, words in parts.items():
        if found := _first_in(part, words, watched):
            return found
    return None


def watch(*, by: User) -> Callable[[str], bool]:
    """For many short texts by one query: whether these words tell of a role that may not be named in a mail, even one
    to somebody who knows of it.
    """
    watched = list(_watched(by.id, ""))
    return lambda words: bool(watched and words and _first_in("text", words, watched))


def refuse(parts: Mapping[str, str], *, by: User, to_address: str = "") -> None:
    """Raises Refused at the field that tells."""
    if leak := find(parts, by=by, to_address=to_address):
        raise Refused(leak.sentence, field=leak.part)


def guard(*, by: User) -> Callable[..., None]:
    """`refuse`, for letters to many people by one query."""
    watched = _all_watched(by)

    def refuse_one(parts: Mapping[str, str], *, by: User, to_address: str = "") -> None:
        reader = to_address.strip().lower()
        terms = [term for each, readers in watched if reader not in readers for term in each]
        for part, words in parts.items():
            if terms and (leak := _first_in(part, words, terms)):
                raise Refused(leak.sentence, field=leak.part)

    return refuse_one


# --- parts


def _first_in(part: str, words: str, watched: Iterable[tuple[Term, bool]]) -> Leak | None:
    if field := PLACEHOLDER.search(words):
        return Leak(part, field[0].strip(), names_role=False)
    text = Text.of(words)
    return next((Leak(part, term.words, names_role) for term, names_role in watched if term.is_in(text)), None)


def _watched(by_id: str, to_address: str) -> Iterator[tuple[Term, bool]]:
    """By one query: each term, and whether it is a name of the role. None of the roles that the recipient is in on."""
    rows = db.session.execute(_WATCHED, {"by_id": by_id, "reader": to_address.strip().lower()})
    for words in rows:
        yield from _terms(*words)


def _terms(codename: str, title: str, marked: list[str]) -> list[tuple[Term, bool]]:
    names = [(Term(name), True) for name in (codename, title if _is_telling(title) else "") if name]
    return names + [(Term(words), False) for words in marked]


def _all_watched(by: User) -> list[tuple[list[tuple[Term, bool]], set[str]]]:
    """Of each role that is sealed and that the writer knows of: its terms, and the addresses of who may read them."""
    inside = exists().where(RoleInsider.role_id == Role.id, RoleInsider.user_id == User.id)
    knows = and_(or_(User.id == Role.owner_id, inside), User.disabled_at.is_(None))
    query = select(Role, User.email).outerjoin(User, knows)
    readers = defaultdict[Role, set[str]](set)
    for role, email in db.session.execute(query.where(Role.status == "sealed", _is_in(literal(by.id)))):
        readers[role].add(email or "")
    return [(_terms(role.codename, role.title, role.marked_terms), known) for role, known in readers.items()]


def _is_in(user_id: ColumnElement[str]) -> ColumnElement[bool]:
    inside = exists().where(RoleInsider.role_id == Role.id, RoleInsider.user_id == user_id)
    return or_(Role.owner_id == user_id, inside)


def _reader() -> ColumnElement[str]:
    """The id of who reads mail to the address here; nobody's where there is no such user."""
    known = select(User.id).where(User.email == bindparam("reader"), User.disabled_at.is_(None))
    return func.coalesce(known.scalar_subquery(), "")


_WATCHED = select(Role.codename, Role.title, Role.marked_terms).where(
    Role.status == "sealed", _is_in(bindparam("by_id")), ~_is_in(_reader())
)
"""Asked for each letter, so put together once."""


def _is_telling(title: str) -> bool:
    return title.strip().casefold() not in TRADES
