"""The register of forwards: who was shown to whom, what exactly, on whose yes, until when, and what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from crm.db import db, unit_of_work
from crm.domain import disclosures, forwards, paging, shape, teasers
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.consents import Consent
from crm.domain.disclosures import Disclosure
from crm.domain.forward_questions import ForwardQuestion
from crm.domain.forwards import Forward
from crm.domain.outcomes import ForwardOutcome
from crm.domain.teasers import Teaser
from crm.domain.users import User
from crm.kit import clock

AT_ONCE = 200
TEASERS = "teaser"
"""In place of a state: who was introduced without a name, whatever came of it."""
HEAD = (
    "Forward", "State", "Candidate", "Colleague", "Company", "Address", "Position", "Forwarded by", "Forwarded at",
    "Goes as", "Permission", "Permission of", "Permission recorded by", "Permission rests on", "Permission came",
    "Text of the question", "Left at", "What could be seen", "Without a name", "Left out", "Only with a code",
    "Headline", "Location", "Employer", "Contact", "Resume", "Resume version", "SHA-256", "Note", "Opening words",
    "Text version", "Message-ID", "Opened at", "Downloaded at", "Answered at", "Answer", "Their words", "Outcome",
    "Words on the outcome", "Open until", "Revoked at", "Introduced at", "Introduction", "Introduction answered at",
    "Told before the name",
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
    """A forward, and what is on record beside it."""

    forward: Forward
    left: Disclosure | None
    """What left last; None as long as nothing did."""
    outcome: ForwardOutcome | None = None
    asked: ForwardQuestion | None = None
    teaser: Teaser | None = None
    """Which led to it."""

    @property
    def consent(self) -> Consent | None:
        """On which it left or, before, on which it is to leave."""
        return self.left.consent if self.left is not None and self.left.consent else self.forward.consent

    @property
    def text_version(self) -> str:
        """Of the words in which the candidate was asked."""
        if self.consent is not None and self.consent.text_version:
            return self.consent.text_version
        return self.asked.text_version if self.asked is not None else ""

    @property
    def position(self) -> str:
        return self.left.position if self.left is not None else self.forward.position

    @property
    def until(self) -> date:
        """To which day it is open; that may have become later since it left."""
        return self.forward.until

    @property
    def is_sensitive(self) -> bool:
        return (self.left or self.forward).sensitive

    @property
    def is_blind(self) -> bool:
        return (self.left or self.forward).blind

    @property
    def parts_words(self) -> str:
        return self.left.parts_words if self.left is not None else disclosures.parts_words(self.forward)

    @property
    def left_out_words(self) -> str:
        shown = self.left or self.forward
        return disclosures.left_out_words(shown.parts, shown.deliver)

    @property
    def recorded_by(self) -> str:
        """Who put the yes on record: the candidate, by their link, or somebody of the office."""
        return recorded_by(self.consent)


# --- queries


def wanted(asked: Wanted, *, seen_by: User) -> Select[Forward]:
    """Newest first, as in forwards.register; a word that is no state asks for nothing."""
    query = forwards.register(seen_by)
    if asked.state in forwards.STATES:
        query = query.where(forwards.state_is(asked.state))
    query = query.where(*_people(asked, Forward), *_days(asked, Forward))
    if asked.company:
        query = query.where(Forward.company.in_(_companies(asked.company, Forward)))
    return query.options(joinedload(Forward.consent).joinedload(Consent.by))


def teasers_wanted(asked: Wanted, *, seen_by: User) -> Select[Teaser]:
    """Introductions without a name, by the same words; a state asks for all of them."""
    query = teasers.listed(seen_by).join(Teaser.colleague).where(*_people(asked, Teaser))
    if asked.company:
        query = query.where(Teaser.company.in_(_companies(asked.company, Teaser)))
    return query.where(*_days(asked, Teaser))


def entries(found: list[Forward]) -> list[Entry]:
    """With what is on record beside each, by two statements however many they are."""
    left, beside = disclosures.last_of(found), _beside(found)
    return [Entry(forward, left.get(forward.id), *beside[forward.id]) for forward in found]


def table(asked: Wanted, *, seen_by: User) -> Iterator[list[object]]:
    """The rows under HEAD, introductions that led to no forward last. They are asked for some at a time, in
    transactions of their own: who downloads slowly keeps nobody waiting.
    """
    introduced = teasers_wanted(asked, seen_by=seen_by)
    if asked.state == TEASERS:
        return _teaser_rows(introduced)
    sent = _rows(wanted(asked, seen_by=seen_by), seen_by.id)
    return sent if asked.state else chain(sent, _teaser_rows(introduced.where(Teaser.forward_id.is_(None))))


# --- parts


Told = type[Forward] | type[Teaser]


def _people(asked: Wanted, of: Told) -> Iterator[ColumnElement[bool]]:
    if asked.candidate_id:
        yield of.candidate_id == asked.candidate_id
    if asked.colleague_id:
        yield of.colleague_id == asked.colleague_id
    if key := shape.key(asked.person):
        yield Candidate.name_key.contains(key, autoescape=True)
    if key := shape.key(asked.colleague):
        named = (column.contains(key, autoescape=True) for column in (Colleague.name_key, of.to_address))
        yield or_(*named)


def _days(asked: Wanted, of: Told) -> Iterator[ColumnElement[bool]]:
    if asked.since:
        yield of.created_at >= clock.begins(asked.since)
    if asked.until and asked.until < date.max:
        yield of.created_at < clock.begins(asked.until + timedelta(days=1))


def _companies(words: str, of: Told) -> list[str]:
    """Compared as names are elsewhere, which no database does by itself."""
    key = shape.key(words)
    return [company for company in db.session.scalars(select(of.company).distinct()) if key in shape.key(company)]


def _beside(found: list[Forward]) -> dict[str, tuple[ForwardOutcome | None, ForwardQuestion | None, Teaser | None]]:
    known = (joinedload(one) for one in (Teaser.candidate, Teaser.colleague, Teaser.letter))
    query = (
        select(Forward.id, ForwardOutcome, ForwardQuestion, Teaser)
        .outerjoin(ForwardOutcome, ForwardOutcome.forward_id == Forward.id)
        .outerjoin(ForwardQuestion, ForwardQuestion.forward_id == Forward.id)
        .outerjoin(Teaser, Teaser.forward_id == Forward.id)
        .where(Forward.id.in_([forward.id for forward in found]))
        .options(*known)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in db.session.execute(query)}


def _rows(query: Select[Forward], reader_id: str) -> Iterator[list[object]]:
    for page in _pages(query, Forward):
        yield from [_row(entry, reader_id) for entry in entries(page)]


def _teaser_rows(query: Select[Teaser]) -> Iterator[list[object]]:
    for page in _pages(query, Teaser):
        yield from [_teaser_row(teaser) for teaser in page]


def _pages(query: Select[Any], of: Told) -> Iterator[list[Any]]:
    """What is made of each page belongs into its transaction."""
    after = ""
    while True:
        with unit_of_work(writes=False):
            page = paging.cut(query, of.created_at, of.id, after=after, size=AT_ONCE, newest_first=True)
            yield list(page.items)
        if not (after := page.after):
            return


def _row(entry: Entry, reader_id: str) -> list[object]:
    forward, outcome = entry.forward, entry.outcome
    return [
        forward.id, forward.state_words, forward.candidate.full_name, forward.colleague.name, forward.company,
        forward.to_address, entry.position, forward.by.name, _moment(forward.created_at), forward.deliver,
        *_yes(entry), *_left(entry, reader_id), _moment(forward.opened_at), _moment(forward.downloaded_at),
        _moment(forward.answered_at), forward.answer_phrase, forward.answer_words,
        outcome.phrase if outcome else "", outcome.words if outcome else "", entry.until,
        _moment(forward.revoked_at), *_introduced(entry.teaser),
    ]  # fmt: skip


def _teaser_row(teaser: Teaser) -> list[object]:
    """With the columns of a forward left empty: there is none as yet."""
    known = {
        "State": "introduced without a name", "Candidate": teaser.candidate.full_name,
        "Colleague": teaser.colleague.name, "Company": teaser.company, "Address": teaser.to_address,
        "Position": teaser.position, "Forwarded by": teaser.by.name, "Without a name": "yes",
        "Their words": teaser.answer_words, "Open until": teaser.until, "Revoked at": _moment(teaser.revoked_at),
    } | dict(zip(HEAD[-4:], _introduced(teaser), strict=True))  # fmt: skip
    return [known.get(column, "") for column in HEAD]


def _introduced(teaser: Teaser | None) -> list[object]:
    if teaser is None:
        return [""] * 4
    told = "; ".join(filter(None, (teaser.headline, *teaser.strengths, teaser.words)))
    return [_moment(teaser.created_at), teaser.state_words, _moment(teaser.answered_at), told]


def recorded_by(consent: Consent | None) -> str:
    if consent is None:
        return ""
    return "the candidate" if consent.is_their_own else consent.by.name


def _yes(entry: Entry) -> list[object]:
    if (consent := entry.consent) is None:
        return ["", "", "", "", "", entry.text_version]
    how = (consent.basis, consent.channel_words, entry.text_version)
    return [consent.evidence, consent.given_on, entry.recorded_by, *how]


def _left(entry: Entry, reader_id: str) -> list[object]:
    """What it looked like when it left and, before, what is to be seen."""
    copy = entry.left
    plain = [entry.parts_words, _yes_no(entry.is_blind), entry.left_out_words, _yes_no(entry.is_sensitive)]
    if copy is None:
        return ["", f"to be seen: {plain[0]}", *plain[1:], *[""] * 11]
    opening = copy.opening if entry.forward.by_id == reader_id else ""
    return [
        _moment(copy.at), *plain, copy.headline, copy.location, copy.employer, copy.contact, copy.filename,
        copy.version, copy.sha256, copy.note, opening, copy.text_version, copy.message_id,
    ]  # fmt: skip


def _yes_no(holds: bool) -> str:
    return "yes" if holds else "no"


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
