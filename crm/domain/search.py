"""The full-text index: one entry for each candidate, role and colleague, the same words on both databases.

Who may see what is not known here: callers join `matching` with their own `visible_to`.
"""

import re
from collections.abc import Iterable

from sqlalchemy import BigInteger, ColumnElement, Integer, String, delete, func, literal, select, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, db, is_sqlite

SPELLED = {"c++": "cplusplus", "c#": "csharp", "f#": "fsharp", ".net": "dotnet", "node.js": "nodejs"}
SHOWN = {"cplusplus": "C++", "csharp": "C#", "fsharp": "F#", "dotnet": ".NET", "nodejs": "Node.js"}
SPECIAL = re.compile(r"(?<![\w.])(c\+\+|c#|f#|\.net|node\.js)(?![\w+#])", re.IGNORECASE)
MOST_WORDS = 12
OPEN, CLOSE = "\x02", "\x03"
"""Marks around a found word in a snippet; they cannot come from a document."""


class Entry(Base):
    """The databases keep the index itself (FTS5 by triggers, tsvector as a generated column) from these words."""

    __tablename__ = "search_entry"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(default="")
    person: Mapped[str] = mapped_column(default="")
    tags: Mapped[str] = mapped_column(default="")
    resume: Mapped[str] = mapped_column(default="")


def put(kind: str, subject_id: str, **parts: str) -> None:
    """Replaces the parts that are given (title, person, tags, resume) and leaves the others."""
    entry = db.session.scalar(select(Entry).where(Entry.subject_id == subject_id))
    if entry is None:
        entry = Entry(kind=kind, subject_id=subject_id)
        db.session.add(entry)
    for part, words in parts.items():
        setattr(entry, part, spelled(words))


def drop(subject_id: str) -> None:
    db.session.execute(delete(Entry).where(Entry.subject_id == subject_id))


def spelled(words: str) -> str:
    """Names of tools whose signs the engines would drop become words of their own."""
    return SPECIAL.sub(lambda match: SPELLED[match[0].lower()], words)


def terms(query: str) -> list[str]:
    """The words of what a person typed. Nothing of it reaches the engines' query syntax but letters and digits."""
    return re.findall(r"\w+", spelled(query).replace("_", " "))[:MOST_WORDS]


def matching(query: str) -> ColumnElement[bool]:
    """A condition on Entry: every word stands in it, the last one perhaps only begun."""
    words = terms(query)
    if not words:
        return literal(False)
    if is_sqlite():
        wanted = " ".join(f'"{word}"' for word in words) + "*"
        return Entry.id.in_(
            text("SELECT rowid FROM search_fts WHERE search_fts MATCH :wanted").bindparams(wanted=wanted)
        )
    wanted = " & ".join(f"'{word}'" for word in words) + ":*"
    return text("search_entry.document @@ to_tsquery('first_call', :wanted)").bindparams(wanted=wanted)


def snippets(query: str, entries: Iterable[Entry]) -> dict[str, str]:
    """By subject: the words around the first place where a term stands, found words between OPEN and CLOSE."""
    return {entry.subject_id: _snippet(terms(query), entry) for entry in entries}


def _snippet(words: list[str], entry: Entry) -> str:
    whole = re.compile("|".join(rf"(?<!\w){re.escape(word)}" for word in words), re.IGNORECASE) if words else None
    for part in (entry.person, entry.tags, entry.resume):
        found = whole.search(part) if whole else None
        if found:
            return _marked(part, found.start(), whole) if whole else ""
    return _shown(entry.person[:120])


def _marked(part: str, at: int, whole: re.Pattern[str]) -> str:
    start = max(0, at - 60)
    if start:
        start = part.find(" ", start, at) + 1 or start
    piece = " ".join(part[start : at + 120].split())
    return ("… " if start else "") + whole.sub(lambda match: f"{OPEN}{_shown(match[0])}{CLOSE}", _shown(piece))


def _shown(words: str) -> str:
    return re.sub("|".join(SHOWN), lambda match: SHOWN[match[0]], words)


def size() -> int:
    return db.session.scalar(select(func.count()).select_from(Entry)) or 0
