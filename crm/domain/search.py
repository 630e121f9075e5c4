"""The full-text index: one entry for each candidate, role, colleague and note, the same answers on both databases.

Who may see what is not known here: callers join `hits` with their own `visible_to`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, String, Table, column, delete, func, insert, select, table, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, db, is_sqlite
from crm.kit import query_words, spelling, word_forms
from crm.kit.query_words import Query, Words
from crm.kit.spelling import shown, spelled

__all__ = ["Entry", "shown", "spelled"]
KINDS = ("candidate", "role", "colleague", "note")
PARTS = ("title", "person", "tags", "resume")
MOST_WORDS = query_words.MOST
LONGEST_QUERY = query_words.LONGEST
BEGUN = 2
"""A last word of so many letters may be only begun; one letter alone would begin half of all words."""
Any_of = tuple[tuple[Words, bool], ...]
"""One of these has to stand there; True where the last word may go on."""


class Entry(Base):
    """The databases keep the index itself (FTS5 by triggers, tsvector as a generated column) from these words.

    `plain_title` and `plain` are the words with plain letters, where the databases would take them apart differently.
    """

    __tablename__ = "search_entry"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(default="")
    person: Mapped[str] = mapped_column(default="")
    tags: Mapped[str] = mapped_column(default="")
    resume: Mapped[str] = mapped_column(default="")
    plain_title: Mapped[str] = mapped_column(default="")
    plain: Mapped[str] = mapped_column(default="")


FTS = table("search_fts", column("rowid", Integer), column("search_fts", String))
"""SQLite's own index; its column of the same name stands for all of its words."""
NAMES = table("search_names", column("rowid", Integer), column("search_names", String))
"""Of the titles alone, so that a common word of resumes costs nothing where a name is looked for."""


# --- writing


def put(kind: str, subject_id: str, *, new: bool = False, **parts: str) -> None:
    """Replaces the parts that are given (title, person, tags, resume) and leaves the others. `new`: who has just
    made the thing knows that there is no entry yet.
    """
    entry = None if new else _written(subject_id)
    if entry is None:
        entry = Entry(kind=kind, subject_id=subject_id, **dict.fromkeys(PARTS, ""))
        db.session.add(entry)
    for part, words in parts.items():
        setattr(entry, part, spelled(words))
    entry.plain_title, entry.plain = _plain(entry.title, entry.person, entry.tags, entry.resume)


def _written(subject_id: str) -> Entry | None:
    """Without a flush, so that a deed which writes of many things still writes each table at once."""
    for pending in db.session.new:
        if isinstance(pending, Entry) and pending.subject_id == subject_id:
            return pending
    with db.session.no_autoflush:
        return db.session.scalar(select(Entry).where(Entry.subject_id == subject_id))


def row(kind: str, subject_id: str, **parts: str) -> dict[str, Any]:
    """For `put_new`."""
    said = {part: spelled(parts.get(part, "")) for part in PARTS}
    plain_title, plain = _plain(*said.values())
    return {"kind": kind, "subject_id": subject_id, **said, "plain_title": plain_title, "plain": plain}


def put_new(rows: Sequence[dict[str, Any]]) -> None:
    """Of things that have no entry yet, many by one statement."""
    mapped: Table = Entry.__table__  # type: ignore[assignment]
    if rows:
        db.session.execute(insert(mapped), rows)


def drop(*subject_ids: str) -> None:
    db.session.execute(delete(Entry).where(Entry.subject_id.in_(subject_ids)))


def _plain(title: str, *more: str) -> tuple[str, str]:
    return spelling.plain(title), spelling.plain(" ".join(more))


# --- asking


def terms(query: str) -> list[str]:
    """The words of what a person typed. Nothing of it reaches the engines' query syntax but letters and digits."""
    return spelling.tokens(spelled(spelling.cleaned(query)[:LONGEST_QUERY]))[:MOST_WORDS]


def worded(plain: str) -> Query:
    """Of words that stand for themselves, whatever signs are among them."""
    return Query(words=tuple(dict.fromkeys(terms(plain))), last_is_open=True)


def hits(
    asked: Query | str, *, kind: str = "", kinds: Sequence[str] = (), in_title: bool = False, begun: bool = False,
    slips: bool = False,
) -> Select[Entry]:  # fmt: skip
    """Entries in which all of it stands, newest first; with `begun` the last word may be only the beginning of one,
    with `slips` each word of a title may have a letter wrong.

    Nothing is ranked: with a LIMIT the engines stop at the newest matches, however many there are. That a word is only
    begun costs SQLite a look at all that begin so. Words are needed: ask `asked.has_words` first, or `terms`.
    """
    asked = worded(asked) if isinstance(asked, str) else asked
    kinds = (kind,) if kind else kinds
    groups = _groups(asked, in_title=in_title, begun=begun, slips=slips)
    if is_sqlite():
        index = NAMES if in_title and not asked.excluded else FTS
        wanted = _for_sqlite(groups, asked.excluded, kinds, in_title)
        found = select(Entry).join(index, index.c.rowid == Entry.id)
        return found.where(index.c[index.name].op("MATCH")(wanted)).order_by(index.c.rowid.desc())
    only_names = in_title and not asked.excluded
    matches = text(f"search_entry.{'named' if only_names else 'document'} @@ to_tsquery('simple', :wanted)")
    wanted = _for_postgres(groups, asked.excluded, "A" if in_title and asked.excluded else "")
    found = select(Entry).where(matches.bindparams(wanted=wanted)).order_by(Entry.id.desc())
    return found.where(Entry.kind.in_(kinds)) if kinds else found


def without(asked: Query) -> Select[int]:
    """Ids of entries in which something stands that is to be left out."""
    groups: list[Any_of] = [tuple((words, False) for words in asked.excluded)]
    if is_sqlite():
        found = select(FTS.c.rowid).select_from(FTS)
        return found.where(FTS.c.search_fts.op("MATCH")(_for_sqlite(groups, (), (), in_title=False)))
    matches = text("search_entry.document @@ to_tsquery('simple', :left_out)")
    return select(Entry.id).where(matches.bindparams(left_out=_for_postgres(groups, (), "")))


def any_of(words: list[str], *, kind: str) -> Select[Entry]:
    """Entries in which one of the words stands, those with more of them first. At least one is needed."""
    names = terms(" ".join(words))
    if is_sqlite():
        quoted = " OR ".join(f'"{name}"' for name in names)
        wanted = f"kind : {kind} AND {{title words}} : ({quoted})"
        found = select(Entry).join(FTS, FTS.c.rowid == Entry.id).where(FTS.c.search_fts.op("MATCH")(wanted))
        return found.order_by(text("search_fts.rank"))
    asked = {"wanted": " | ".join(f"'{name}'" for name in names)}
    matches = text("search_entry.document @@ to_tsquery('simple', :wanted)").bindparams(**asked)
    best = text("ts_rank(search_entry.document, to_tsquery('simple', :wanted)) DESC").bindparams(**asked)
    return select(Entry).where(matches, Entry.kind == kind).order_by(best)


def alternatives(asked: Query, *, in_title: bool = False) -> list[Any_of]:
    """All that may be meant, for marking what was found."""
    return _groups(asked, in_title=in_title, begun=True, slips=False)


def _groups(asked: Query, *, in_title: bool, begun: bool, slips: bool) -> list[Any_of]:
    """Names have no forms; slips are looked for in names only."""
    groups: list[Any_of] = [tuple(((form,), False) for form in _meant(word, in_title, slips)) for word in asked.words]
    if begun and asked.last_is_open and len(asked.words[-1]) >= BEGUN:
        groups[-1] += (((asked.words[-1],), True),)
    groups += [((phrase, False),) for phrase in asked.phrases]
    return groups + [(((word,), True),) for word in asked.begun]


def _meant(word: str, in_title: bool, slips: bool) -> Iterable[str]:
    if slips:
        return word_forms.slips(word)
    return word_forms.written(word) if in_title else word_forms.of(word)


def _for_sqlite(groups: list[Any_of], excluded: Sequence[Words], kinds: Sequence[str], in_title: bool) -> str:
    wanted = " AND ".join(f"({' OR '.join(_quoted(*one) for one in group)})" for group in groups)
    wanted = f"{{{'title' if in_title else 'title words'}}} : ({wanted})"
    if kinds:
        wanted = f"kind : ({' OR '.join(kinds)}) AND {wanted}"
    if excluded:
        wanted = f"({wanted}) NOT {{title words}} : ({' OR '.join(_quoted(words, False) for words in excluded)})"
    return wanted


def _quoted(words: Words, begun: bool) -> str:
    return f'"{" ".join(words)}"{" *" if begun else ""}'


def _for_postgres(groups: list[Any_of], excluded: Sequence[Words], weight: str) -> str:
    wanted = [f"({' | '.join(_in_a_row(*one, weight) for one in group)})" for group in groups]
    return " & ".join([*wanted, *(f"!({_in_a_row(words, False, '')})" for words in excluded)])


def _in_a_row(words: Words, begun: bool, weight: str) -> str:
    """Titles carry the weight A."""
    marks = [weight] * len(words)
    marks[-1] = f"{'*' if begun else ''}{weight}"
    named = (f"'{word}':{mark}" if mark else f"'{word}'" for word, mark in zip(words, marks, strict=True))
    return f"({' <-> '.join(named)})"


def size() -> int:
    return db.session.scalar(select(func.count()).select_from(Entry)) or 0
