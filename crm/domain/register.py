"""The register of forwards: who was shown to whom, what exactly, on whose yes, until when, and what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from crm.db import db, unit_of_work
from crm.domain import disclosures, forwards, paging, shape
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.consents import Consent
from crm.domain.disclosures import Disclosure
from crm.domain.forwards import Forward
from crm.domain.users import User
from crm.kit import clock

AT_ONCE = 200
HEAD = (
    "Forward", "State", "Candidate", "Colleague", "Company", "Address", "Position", "Forwarded by", "Forwarded at",
    "Goes as", "Permission", "Permission of", "Permission recorded by", "Left at", "What could be seen",
    "Without a name", "Resume", "Resume version", "SHA-256", "Note", "Text version", "Message-ID",
    "Opened at", "Downloaded at", "Answered at", "Answer", "Their words", "Open until", "Revoked at",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """An empty value asks for nothing; both days are meant to their end. An id is of one person, one colleague."""

    state: str = ""
    person: str = ""
    colleague: str = ""
    company: str = ""
    since: date | None = None
    until: date | None = None
    candidate_id: str = ""
    colleague_id: str = ""

    @property
    def is_everything(self) -> bool:
        return self == Wanted()


@dataclass(frozen=True)
class Entry:
    forward: Forward
    left: Disclosure | None
    """What left last; None as long as nothing did."""


# --- queries


def wanted(asked: Wanted, *, seen_by: User) -> Select[Forward]:
    """Newest first, as in forwards.register; a word that is no state asks for nothing."""
    query = forwards.register(seen_by)
    if asked.state in forwards.STATES:
        query = query.where(forwards.state_is(asked.state))
    query = query.where(*_people(asked))
    if asked.company:
        query = query.where(Forward.company.in_(_companies(asked.company)))
    if asked.since:
        query = query.where(Forward.created_at >= clock.begins(asked.since))
    if asked.until and asked.until < date.max:
        query = query.where(Forward.created_at < clock.begins(asked.until + timedelta(days=1)))
    return query


def entries(found: list[Forward]) -> list[Entry]:
    """With what left of each, asked for once."""
    left = disclosures.last_of(found)
    return [Entry(forward, left.get(forward.id)) for forward in found]


def table(asked: Wanted, *, seen_by: User) -> Iterator[list[object]]:
    """The rows under HEAD. They are asked for some at a time, in transactions of their own: who downloads slowly keeps
    nobody waiting.
    """
    query = wanted(asked, seen_by=seen_by)
    return _rows(query.options(joinedload(Forward.consent).joinedload(Consent.by)))


# --- parts


def _people(asked: Wanted) -> Iterator[ColumnElement[bool]]:
    if asked.candidate_id:
        yield Forward.candidate_id == asked.candidate_id
    if asked.colleague_id:
        yield Forward.colleague_id == asked.colleague_id
    if key := shape.key(asked.person):
        yield Candidate.name_key.contains(key, autoescape=True)
    if key := shape.key(asked.colleague):
        named = (column.contains(key, autoescape=True) for column in (Colleague.name_key, Forward.to_address))
        yield or_(*named)


def _companies(words: str) -> list[str]:
    """Compared as names are elsewhere, which no database does by itself."""
    key = shape.key(words)
    return [company for company in db.session.scalars(select(Forward.company).distinct()) if key in shape.key(company)]


def _rows(query: Select[Forward]) -> Iterator[list[object]]:
    after = ""
    while True:
        with unit_of_work(writes=False):
            page = paging.cut(query, Forward.created_at, Forward.id, after=after, size=AT_ONCE, newest_first=True)
            rows = [_row(entry) for entry in entries(list(page.items))]
        yield from rows
        if not (after := page.after):
            return


def _row(entry: Entry) -> list[object]:
    forward, consent = entry.forward, entry.forward.consent
    return [
        forward.id, forward.state_words, forward.candidate.full_name, forward.colleague.name, forward.company,
        forward.to_address, forward.position, forward.by.name, _moment(forward.created_at), forward.deliver,
        consent.evidence if consent else "", consent.given_on if consent else "", _recorded_by(consent),
        *_left(entry.left), _moment(forward.opened_at), _moment(forward.downloaded_at),
        _moment(forward.answered_at), forward.answer_phrase, forward.answer_words, forward.until,
        _moment(forward.revoked_at),
    ]  # fmt: skip


def _recorded_by(consent: Consent | None) -> str:
    if consent is None:
        return ""
    return "the candidate" if consent.is_their_own else consent.by.name


def _left(copy: Disclosure | None) -> list[object]:
    if copy is None:
        return [""] * 9
    return [
        _moment(copy.at), copy.parts_words, "yes" if copy.blind else "no", copy.filename, copy.version,
        copy.sha256, copy.note, copy.text_version, copy.message_id,
    ]  # fmt: skip


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
