"""The full-text index: one entry for each candidate, role and colleague, the same words on both databases.

Who may see what is not known here: callers join `hits` with their own `visible_to`.
"""

import re
import unicodedata

from sqlalchemy import BigInteger, Integer, Select, String, column, delete, func, select, table, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, db, is_sqlite

KINDS = ("candidate", "role", "colleague")
SPELLED = {"c++": "cplusplus", "c#": "csharp", "f#": "fsharp", ".net": "dotnet", "node.js": "nodejs"}
SHOWN = {"cplusplus": "C++", "csharp": "C#", "fsharp": "F#", "dotnet": ".NET", "nodejs": "Node.js"}
SPECIAL = re.compile(r"(?<![\w.])(c\+\+|c#|f#|\.net|node\.js)(?![\w+#])", re.IGNORECASE)
MOST_WORDS = 12
LONGEST_QUERY = 200
BEGUN = 2
"""A last word of so many letters may be only begun; one letter alone would begin half of all words."""
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


FTS = table("search_fts", column("rowid", Integer), column("search_fts", String))
"""SQLite's own index; its column of the same name stands for all of its words."""


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
    return re.findall(r"\w+", spelled(query[:LONGEST_QUERY]).replace("_", " "))[:MOST_WORDS]


def hits(query: str, *, kind: str = "", in_title: bool = False, begun: bool = False) -> Select[Entry]:
    """Entries in which every word stands, newest first; with `begun` the last word may be only the beginning of one.

    Nothing is ranked: with a LIMIT the engines stop at the newest matches, however many there are. That a word is only
    begun costs SQLite a look at all that begin so. Words are needed: ask `terms` first.
    """
    words = terms(query)
    begun = begun and len(words[-1]) >= BEGUN
    if is_sqlite():
        return (
            select(Entry)
            .join(FTS, FTS.c.rowid == Entry.id)
            .where(FTS.c.search_fts.op("MATCH")(_for_sqlite(words, kind, in_title, begun)))
            .order_by(FTS.c.rowid.desc())
        )
    matches = text("search_entry.document @@ to_tsquery('first_call', :wanted)")
    found = select(Entry).where(matches.bindparams(wanted=_for_postgres(words, in_title, begun)))
    return (found.where(Entry.kind == kind) if kind else found).order_by(Entry.id.desc())


def any_of(words: list[str], *, kind: str) -> Select[Entry]:
    """Entries in which one of the words stands, those with more of them first. At least one is needed."""
    names = terms(" ".join(words))
    if is_sqlite():
        quoted = " OR ".join(f'"{name}"' for name in names)
        wanted = f"kind : {kind} AND {{title person tags resume}} : ({quoted})"
        found = select(Entry).join(FTS, FTS.c.rowid == Entry.id).where(FTS.c.search_fts.op("MATCH")(wanted))
        return found.order_by(text("search_fts.rank"))
    asked = {"wanted": " | ".join(f"'{name}'" for name in names)}
    matches = text("search_entry.document @@ to_tsquery('first_call', :wanted)").bindparams(**asked)
    best = text("ts_rank(search_entry.document, to_tsquery('first_call', :wanted)) DESC").bindparams(**asked)
    return select(Entry).where(matches, Entry.kind == kind).order_by(best)


def _for_sqlite(words: list[str], kind: str, in_title: bool, begun: bool) -> str:
    parts = "title" if in_title else "title person tags resume"
    wanted = " AND ".join(f'"{word}"' for word in words) + (" *" if begun else "")
    return (f"kind : {kind} AND " if kind else "") + f"{{{parts}}} : ({wanted})"


def _for_postgres(words: list[str], in_title: bool, begun: bool) -> str:
    """Titles carry the weight A."""
    marks = ["A" if in_title else ""] * len(words)
    if begun:
        marks[-1] = "*" + marks[-1]
    return " & ".join(f"'{word}':{mark}" if mark else f"'{word}'" for word, mark in zip(words, marks, strict=True))


def stands_in_title(query: str, entry: Entry) -> bool:
    words, title = (_folded(words) for words in (query, entry.title))
    return (
        bool(words) and all(word in title for word in words[:-1]) and any(word.startswith(words[-1]) for word in title)
    )


def _folded(words: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", words.casefold())
    return terms("".join(c for c in plain if not unicodedata.combining(c)))


def snippet(query: str, entry: Entry) -> str:
    """The words around the first place where a term stands, found words between OPEN and CLOSE."""
    words = terms(query)
    whole = re.compile("|".join(rf"(?<!\w){re.escape(word)}" for word in words), re.IGNORECASE)
    for part in (entry.person, entry.tags, entry.resume):
        if words and (found := whole.search(part)):
            return _marked(part, found.start(), whole)
    return shown(entry.person[:120])


def _marked(part: str, at: int, whole: re.Pattern[str]) -> str:
    start = max(0, at - 60)
    if start:
        start = part.find(" ", start, at) + 1 or start
    piece = " ".join(part[start : at + 120].split())
    return ("… " if start else "") + shown(whole.sub(lambda match: f"{OPEN}{match[0]}{CLOSE}", piece))


def shown(words: str) -> str:
    """Spelled the usual way again."""
    return re.sub("|".join(SHOWN), lambda match: SHOWN[match[0]], words)


def size() -> int:
    return db.session.scalar(select(func.count()).select_from(Entry)) or 0
