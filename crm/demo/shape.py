"""The shapes of the sample workspace. A day is counted from today: -18 was 18 days ago, 30 is in 30 days.

Sentences may hold marks such as {month -60}, {season 40}, {weekday -3} or {year 0}: `told` fills them in, so that a
sentence about the past stays true whenever the workspace is made. People name each other by key.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar

from crm.demo.shelves import Shelves

T = TypeVar("T")

MARK = re.compile(r"\{(month|season|weekday|year) (-?\d+)\}")
SEASONS = ("winter", "winter", "spring", "spring", "spring", "summer", "summer", "summer", *3 * ("autumn",), "winter")
WORDS: dict[str, Callable[[date], str]] = {
    "month": lambda day: f"{day:%B}",
    "season": lambda day: SEASONS[day.month - 1],
    "weekday": lambda day: f"{day:%A}",
    "year": lambda day: str(day.year),
}


@dataclass(frozen=True)
class User:
    key: str
    name: str
    email: str
    access: str  # admin, recruiter, manager
    teams: tuple[str, ...]
    title: str


@dataclass(frozen=True)
class Hire:
    person: str
    decided: int
    starts: int
    guard_days: int = 90


@dataclass(frozen=True)
class BenchPlace:
    person: str
    reason: str
    good_until: int


@dataclass(frozen=True)
class Role:
    key: str
    title: str
    team: str
    manager: str
    status: str  # open, sealed, filled, closed
    needs: str
    opened: int
    ended: int | None = None  # the day it was filled or closed
    codename: str | None = None
    insiders: tuple[str, ...] = ()
    hire: Hire | None = None
    bench: tuple[BenchPlace, ...] = ()


@dataclass(frozen=True)
class Debrief:
    margin: str  # hair, close, clear, or a sentence
    sentence: str
    missing: str = ""
    would_change: str = ""
    hire_for: tuple[str, ...] = ()
    agreed: tuple[str, ...] = ()  # names of panel members who agree
    call_again: int | None = None


@dataclass(frozen=True)
class Application:
    role: str
    stage: str  # applied, screen, interview, onsite, finalist, offer
    applied: int
    decided: int | None = None
    disposition: str | None = None  # none while it runs
    reason: str = ""
    panel: tuple[str, ...] = ()  # names, also of people who do not sign in
    debrief: Debrief | None = None


@dataclass(frozen=True)
class Said:
    """What the candidate said of themselves, and when."""

    what: str  # availability, notice, remote, pay
    text: str
    day: int


@dataclass(frozen=True)
class Touchpoint:
    kind: str  # mail, call, meeting, thank_you, useful, introduction, note
    direction: str  # in, out
    day: int
    text: str
    by: str = "alice"


@dataclass(frozen=True)
class Promise:
    text: str
    made: int
    due: int
    by: str = "alice"
    state: str = "open"  # open, kept, renewed, broken


@dataclass(frozen=True)
class Consent:
    purpose: str  # keep, contact, forward, introduce
    evidence: str
    day: int
    until: int | None = None
    company: str | None = None  # forward only: none means any company but the blocked ones
    withdrawn: int | None = None


@dataclass(frozen=True)
class Forward:
    colleague: str
    position: str
    note: str
    day: int
    until: int
    state: str  # queued, sent, opened, answered, revoked, expired, failed
    deliver: str = "link"  # link, attachment
    by: str = "alice"
    answer: str = ""  # talk, interested, not_a_fit, other
    words: str = ""  # the colleague's answer, the mail server's reply, or why it was revoked
    settled: int | None = None  # the day of that


@dataclass(frozen=True)
class Next:
    """The one next date of a person, set after all touchpoints (each of which would move it)."""

    day: int
    reason: str


@dataclass(frozen=True)
class Pause:
    day: int
    why: str  # hired_elsewhere, quiet, restricted
    until: int | None = None


@dataclass(frozen=True)
class Signal:
    kind: str  # thanked, article, introduced, remember
    day: int
    words: str


@dataclass(frozen=True)
class Draft:
    """What their owner has begun to write to them."""

    subject: str
    text: str


@dataclass(frozen=True)
class Person:
    key: str
    full_name: str
    emails: tuple[str, ...]
    phone: str
    location: str
    headline: str
    employer: str
    field: str  # data, platform, product, design, sales, people, finance: decides what the resume speaks of
    years: int  # of work, told by the resume only
    source: str
    owner: str
    latin_name: str = ""  # for names that the resume's fonts cannot show
    links: tuple[str, ...] = ()
    visibility: str = "company"  # company, team, owner
    team: str | None = None  # which team, where visibility is "team"
    tags: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    applications: tuple[Application, ...] = ()
    touchpoints: tuple[Touchpoint, ...] = ()
    promises: tuple[Promise, ...] = ()
    consents: tuple[Consent, ...] = ()
    forwards: tuple[Forward, ...] = ()
    next: Next | None = None
    pause: Pause | None = None
    signals: tuple[Signal, ...] = ()
    draft: Draft | None = None
    resume: str = "pdf"  # pdf, docx, txt, or empty for none on file
    archived: int | None = None  # the day they were let go
    sequence: int | None = None  # the day when their owner started to keep in touch, lightly

    @property
    def printed_name(self) -> str:
        return self.latin_name or self.full_name


@dataclass(frozen=True)
class Colleague:
    key: str
    name: str
    email: str
    company: str
    title: str
    relation: str
    looking_for: str
    looked: int  # the day they last said so
    known_by: str = "alice"


@dataclass(frozen=True)
class Useful:
    """Something worth reading, and who was sent it."""

    title: str
    link: str
    note: str
    tags: tuple[str, ...]
    added: int
    sent: int
    to: tuple[str, ...]
    by: str


@dataclass(frozen=True)
class Introduction:
    """Both are asked; the colleague may have answered, the person has not."""

    person: str
    colleague: str
    told_person: str
    told_colleague: str
    why: str
    asked: int
    by: str
    answered: int | None = None
    answer: str = ""  # yes, no


@dataclass(frozen=True)
class Question:
    """May the resume go to them? What the candidate answered, and then the colleague."""

    person: str
    colleague: str
    position: str
    note: str
    by: str
    asked: int
    open_days: int = 30
    answered: int | None = None
    answer: str = ""  # yes, blind, no, never, later
    months: int = 0
    heard: int | None = None
    said: str = ""
    words: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a forward, as its sender knows it."""

    person: str
    colleague: str
    by: str
    said: str  # hired, interviewed, nothing, later
    words: str
    day: int


@dataclass(frozen=True)
class Teaser:
    """Somebody without a name, and what the colleague answered."""

    person: str
    colleague: str
    by: str
    headline: str
    strengths: tuple[str, ...]
    words: str
    position: str
    sent: int
    until: int
    answered: int | None = None
    answer: str = ""  # interested, not_now, not_a_fit
    said: str = ""


@dataclass(frozen=True)
class Shortlist:
    """Several people in one letter."""

    people: tuple[str, ...]
    colleague: str
    by: str
    position: str
    note: str
    sent: int
    until: int
    notes: tuple[tuple[str, str], ...] = ()  # person, words
    yes: tuple[tuple[str, int], ...] = ()  # person, day, of those who were asked
    answers: tuple[tuple[str, int, str, str], ...] = ()  # person, day, answer, words of the colleague


@dataclass(frozen=True)
class Need:
    """A colleague was asked whom they look for; with no words, they answered that they want no more resumes."""

    colleague: str
    by: str
    asked: int
    answered: int | None = None
    looking_for: str = ""


@dataclass(frozen=True)
class Saying:
    """By a candidate, on their own page."""

    person: str
    day: int
    what: str  # interested, thanks, useful, later, job
    words: str = ""
    link: str = ""
    months: int = 0
    until: int = 0  # of the trial period


@dataclass(frozen=True)
class Story:
    company: str
    teams: tuple[str, ...]
    users: tuple[User, ...]
    roles: tuple[Role, ...]
    colleagues: tuple[Colleague, ...]
    people: tuple[Person, ...]
    useful: tuple[Useful, ...]
    introductions: tuple[Introduction, ...]
    questions: tuple[Question, ...]
    outcomes: tuple[Outcome, ...]
    teasers: tuple[Teaser, ...]
    shortlists: tuple[Shortlist, ...]
    needs: tuple[Need, ...]
    sayings: tuple[Saying, ...]
    shelves: Shelves
    newcomers: tuple[Person, ...]
    """Whose resumes wait to be decided on."""


def told(thing: T, today: date) -> T:
    """The same thing with every mark in every sentence filled in."""
    return _told(thing, today)  # type: ignore[no-any-return]


def _told(thing: Any, today: date) -> Any:
    if isinstance(thing, str):
        return MARK.sub(lambda mark: WORDS[mark[1]](today + timedelta(days=int(mark[2]))), thing)
    if isinstance(thing, tuple):
        return tuple(_told(part, today) for part in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{part.name: _told(getattr(thing, part.name), today) for part in fields(thing)})
    return thing
