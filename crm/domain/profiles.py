"""What a resume says of the work, as words that are counted once, so that nobody's text is read again for a match.

Neither name nor address nor age is in it. The statistics of words are counted from a part of them, by the worker.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Index, delete, func, insert, literal, select, union_all
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, db, to
from crm.domain.candidates import Candidate
from crm.domain.search import Entry
from crm.kit import ranking, work_fields, work_words

LOOKED_AT, AT_ONCE = 1_000, 50
COUNTED = 4_000
"""Profiles from which the statistics are counted, the newest: more would not say more."""
ENTRIES, HOW_MANY, HOW_LONG = "(entries)", "(profiles)", "(size)"
"""How many entries there are, about: counting them would take longer than finding somebody. The other two are rows
in the table of words: how many profiles were counted, and how many words they have. No word is written so.
"""


class Profile(Base):
    __tablename__ = "profile"
    __table_args__ = (Index("ix_profile_field", "field", "strength", "candidate_id"),)
    candidate_id: Mapped[str] = to("candidate.id", primary_key=True, index=False, ondelete="CASCADE")
    words: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(default=0)
    fields: Mapped[str] = mapped_column(default="")
    field: Mapped[str] = mapped_column(default="")
    """The strongest of them."""
    strength: Mapped[int] = mapped_column(default=0)
    """Of it, in thousandths."""


class ProfileWord(Base):
    """In how many of the counted profiles a word stands."""

    __tablename__ = "profile_word"
    word: Mapped[str] = mapped_column(primary_key=True)
    profiles: Mapped[int] = mapped_column(default=0)


# --- queries


def pool(words: Iterable[str]) -> ranking.Pool:
    """What is known of these words; before anything was counted, every one tells the same."""
    asked = select(ProfileWord.word, ProfileWord.profiles).where(ProfileWord.word.in_([HOW_MANY, HOW_LONG, *words]))
    rows = db.session.execute(union_all(asked, select(literal(ENTRIES), func.max(Entry.id))))
    known = {word: count or 0 for word, count in rows}
    entries, texts = known.pop(ENTRIES), known.pop(HOW_MANY, 0)
    return ranking.Pool(texts, known, float(known.pop(HOW_LONG, ranking.USUAL_SIZE)), entries)


def missing(after: int) -> tuple[list[tuple[str, str, str]], int]:
    """Among the next entries after that one, people who came many at once and have none: id, text and name. And after
    which entry to go on; where there are no more, it is the same again.
    """
    window = select(Entry.id).where(Entry.id > after).order_by(Entry.id).limit(LOOKED_AT).subquery()
    last = db.session.scalar(select(func.max(window.c.id))) or after
    waiting = (
        select(Entry.id, Entry.subject_id, Entry.resume, Candidate.full_name)
        .join(Candidate, Candidate.id == Entry.subject_id)
        .where(Entry.id > after, Entry.id <= last, Entry.resume != "", ~_has_profile())
        .order_by(Entry.id)
    )
    rows = db.session.execute(waiting.limit(AT_ONCE)).all()
    return [row[1:] for row in rows], rows[-1].id if len(rows) == AT_ONCE else last


def made(people: Iterable[tuple[str, str, str]]) -> list[dict[str, object]]:
    """Of what is `missing`, to be added. Slow, so it comes before the transaction."""
    return [_row(*person) for person in people]


# --- verbs


def write(candidate_id: str, text: str, *, name: str) -> None:
    """Replaces it; without a text there is none."""
    db.session.execute(delete(Profile).where(Profile.candidate_id == candidate_id))
    if text:
        db.session.execute(insert(Profile), [_row(candidate_id, text, name)])


def add(found: list[dict[str, object]]) -> None:
    """Those `made` of people who are still there, and still have none."""
    ids = [one["candidate_id"] for one in found]
    wanted = set(db.session.scalars(select(Candidate.id).where(Candidate.id.in_(ids), ~_has_profile())))
    if rows := [one for one in found if one["candidate_id"] in wanted]:
        db.session.execute(insert(Profile), rows)


def count_words(_now: datetime) -> int:
    """Counts them anew."""
    newest = select(Profile.words, Profile.size).order_by(Profile.candidate_id.desc()).limit(COUNTED)
    people: Counter[str] = Counter()
    texts = sizes = 0
    for words, size in db.session.execute(newest):
        people.update(work_words.unpacked(words))
        texts, sizes = texts + 1, sizes + size
    db.session.execute(delete(ProfileWord))
    if texts:
        rows = {
            HOW_MANY: texts,
            HOW_LONG: sizes // texts,
            **{word: count for word, count in people.items() if count > 1},
        }
        db.session.execute(
            insert(ProfileWord), [{"word": word, "profiles": count} for word, count in sorted(rows.items())]
        )
    return texts


# --- parts


def _has_profile() -> ColumnElement[bool]:
    return select(Profile.candidate_id).where(Profile.candidate_id == Candidate.id).correlate(Candidate).exists()


def _row(candidate_id: str, text: str, name: str) -> dict[str, object]:
    words = work_words.of(text, name=name)
    fields = work_fields.of(words)
    field, strength = next(iter(fields.items()), ("", 0.0))
    return {
        "candidate_id": candidate_id, "words": work_words.packed(words), "size": work_words.size(words),
        "fields": work_fields.packed(fields), "field": field, "strength": round(strength * 1000),
    }  # fmt: skip
