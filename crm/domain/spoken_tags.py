"""Which of the tags in use a resume speaks of: proposals, which somebody ticks."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from crm.db import db
from crm.domain import tags
from crm.domain.resumes import Resume
from crm.domain.tags import Tag
from crm.domain.users import User
from crm.kit import spelling

MOST = 8
MOST_TAGS = 2_000
LONGEST_TEXT = 20_000
MOST_WORDS = 4
"""Of one tag; longer ones are notes, and no resume says them word for word."""
Words = tuple[str, ...]


def of(resume_ids: Sequence[str], *, seen_by: User) -> dict[str, list[str]]:
    """By the resume's id, names of tags in the order in which it first says them; by two queries."""
    if not resume_ids:
        return {}
    named = _named(seen_by)
    texts = select(Resume.id, Resume.text).where(Resume.id.in_(resume_ids))
    return {resume_id: _spoken(text[:LONGEST_TEXT], named) for resume_id, text in db.session.execute(texts)}


def _named(user: User) -> Mapping[Words, str]:
    known = db.session.scalars(tags.known_to(user).with_only_columns(Tag.name).limit(MOST_TAGS))
    return {words: name for name in known if 0 < len(words := _words(name)) <= MOST_WORDS}


def _spoken(text: str, named: Mapping[Words, str]) -> list[str]:
    said = _words(text)
    lengths = sorted({len(words) for words in named})
    runs = (said[at : at + length] for at in range(len(said)) for length in lengths)
    return list(dict.fromkeys(named[run] for run in runs if run in named))[:MOST]


def _words(text: str) -> Words:
    return tuple(spelling.tokens(spelling.spelled(text)))
