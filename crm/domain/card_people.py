"""Who stands on a morning card: whoever answered, then to whom something was promised, then who is due."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from crm.db import db
from crm.domain import (
    cadences,
    candidates,
    forwards,
    inbox,
    keeping,
    leaks,
    merging,
    near_misses,
    promises,
    templates,
    today,
    touchpoints,
)  # fmt: skip
from crm.domain.candidates import Candidate
from crm.domain.near_misses import NearMiss
from crm.domain.promises import Promise
from crm.domain.users import User
from crm.kit import words
from crm.kit.zones import SATURDAY

MOST_COUNTED = 100
LONGEST_QUOTE = 280
TEMPLATE = "checking_in"


@dataclass(frozen=True)
class Shown:
    """One person on a card. Every text may be empty: nothing on record, or nothing that belongs into a mail."""

    candidate: Candidate
    headline: str
    """What they nearly became here, or else their own line."""
    news: tuple[str, ...]
    """What came from them, or about them."""
    promised: tuple[Promise, ...]
    """What is due by the next card; its words are in `news`, where they may stand in a mail."""
    reason: str
    """The next date, and why that day."""
    debrief: str
    subject: str
    draft: str
    missing: tuple[str, ...]
    """What the draft leaves open."""
    last_contact: str

    @property
    def all_words(self) -> str:
        """In the order of the card: words of two lines may tell together."""
        parts = (*self.news, self.reason, self.debrief, self.last_contact, self.subject, self.draft, *self.missing)
        return "\n".join((self.candidate.full_name, self.headline, *parts))


@dataclass(frozen=True)
class Face:
    day: date
    people: tuple[Shown, ...]
    more: int
    """How many others wait."""


@dataclass(frozen=True)
class _Waiting:
    """What a card is made of."""

    ids: list[str]
    news: dict[str, list[str]]
    promised: list[Promise]
    tells: Callable[[str], bool]


# --- queries


def wanted(user: User, day: date) -> list[str]:
    """The ids of all who belong on a card of that day, in its order; MOST_COUNTED of each kind. Whoever is called like
    a sealed role is not among them: their name cannot stand in a mail.
    """
    return _waiting(user, day).ids


def _waiting(user: User, day: date) -> _Waiting:
    news, promised, tells = _news(user), _promised(user, day), leaks.watch(by=user)
    about = candidates.listed(user).where(Candidate.id.in_(news), cadences.remindable())
    kept = set(db.session.scalars(about.with_only_columns(Candidate.id)))
    dated = today.due_before(day, owner=user).where(cadences.remindable()).limit(MOST_COUNTED)
    due = db.session.scalars(dated.with_only_columns(Candidate.id))
    ids = dict.fromkeys([*(one for one in news if one in kept), *(one.candidate_id for one in promised), *due])
    names = db.session.execute(select(Candidate.id, Candidate.full_name).where(Candidate.id.in_(ids)))
    telling = {candidate_id for candidate_id, name in names if tells(name)}
    return _Waiting([one for one in ids if one not in telling], news, promised, tells)


def face(user: User, day: date) -> Face:
    waiting = _waiting(user, day)
    shown = waiting.ids[: user.card_people]
    people = {person.id: person for person in db.session.scalars(_whole(user).where(Candidate.id.in_(shown)))}
    near = near_misses.of(shown, seen_by=user, sealed_too=False)
    told = [_shown(people[one], near.get(one), waiting, day, user) for one in shown if one in people]
    return Face(day, tuple(told), len(waiting.ids) - len(told))


def owned(user: User, candidate_ids: Iterable[str]) -> set[str]:
    mine = select(Candidate.id).where(Candidate.id.in_(candidate_ids), Candidate.owner_id == user.id)
    return set(db.session.scalars(mine))


def until(user: User, day: date) -> date:
    """The last day before the next card: what was promised for then has to be said today."""
    if user.card_rhythm == "weekly":
        return day + timedelta(days=6)
    return day + timedelta(days=2 if day.weekday() == SATURDAY - 1 else 0)


# --- parts


def _whole(user: User) -> Select[Candidate]:
    return candidates.listed(user).where(cadences.reachable()).options(selectinload(Candidate.emails))


def _news(user: User) -> dict[str, list[str]]:
    """By candidate: what they answered by mail, and what colleagues said of them."""
    news: dict[str, list[str]] = {}
    for arrival in inbox.unseen(user):
        if arrival.candidate_id:
            said = f"{arrival.who} answered: “{_quoted(arrival.text or arrival.subject)}”"
            news.setdefault(arrival.candidate_id, []).append(said)
    for question in keeping.answered_for(user):
        quote = f": “{_quoted(question.words)}”" if question.words else ""
        said = f"{question.candidate.full_name} {question.answer_words}{quote}"
        news.setdefault(question.candidate_id, []).append(said)
    for forward in forwards.answered_for(user):
        said = f"{forward.colleague.name} at {forward.company} {forward.answer_phrase}"
        quote = f": “{_quoted(forward.answer_words)}”" if forward.answer_words else ""
        news.setdefault(forward.candidate_id, []).append(f"{said}{quote}")
    return news


def _promised(user: User, day: date) -> list[Promise]:
    coming = promises.waiting_for(user).where(Promise.due_on <= until(user, day)).limit(MOST_COUNTED)
    return list(db.session.scalars(coming))


def _shown(person: Candidate, near: NearMiss | None, waiting: _Waiting, day: date, user: User) -> Shown:
    """Without whatever tells of a sealed role; with the name alone where that is only plain from all of it."""
    tells = waiting.tells
    promised = [promise for promise in waiting.promised if promise.candidate_id == person.id]
    subject, draft, missing = _draft(person, user)
    leaky = any(tells(part) for part in (subject, draft, *missing))
    about = str(near) if near and not tells(str(near)) else person.headline
    said = [*waiting.news.get(person.id, []), *(_promise_words(promise, day, tells) for promise in promised)]
    shown = Shown(
        candidate=person,
        headline="" if tells(about) else about,
        news=tuple(one for one in said if not tells(one)),
        promised=tuple(promised),
        reason=_reason(person, day, tells),
        debrief="" if near is None or tells(near.sentence) else near.sentence,
        subject="" if leaky else subject,
        draft="" if leaky else draft,
        missing=() if leaky else missing,
        last_contact="" if tells(touchpoints.last_contact(person)) else touchpoints.last_contact(person),
    )
    return _bare(shown) if tells(shown.all_words) else shown


def _bare(shown: Shown) -> Shown:
    return Shown(shown.candidate, "", (), shown.promised, "", "", "", "", (), "")


def _draft(person: Candidate, user: User) -> tuple[str, str, tuple[str, ...]]:
    """Nothing of what was promised is in it: a promise may name a role."""
    template = templates.of_kind(TEMPLATE, seen_by=user)
    subject, text = (merging.fill(part, person, by=user) for part in (template.subject, template.text))
    return subject.text, text.text, tuple(dict.fromkeys((*subject.missing, *text.missing)))


def _promise_words(promise: Promise, day: date, tells: Callable[[str], bool]) -> str:
    what = "something" if tells(promise.text) else f"“{promise.text}”"
    return f"You promised {what}, due {_when(promise.due_on, day)}"


def _reason(person: Candidate, day: date, tells: Callable[[str], bool]) -> str:
    if person.next_on is None:
        return ""
    why = "" if tells(person.next_why) else person.next_why
    when = "Next date" if person.next_on > day else "Due"
    said = f"{when} {_when(person.next_on, day)}" + (f": {why}" if why else "")
    return "" if tells(said) else said


def _when(on: date, day: date) -> str:
    """ "today", "since 3 March", "on 3 March" """
    if on == day:
        return "today"
    return f"{'since' if on < day else 'on'} {words.near(on, day)}"


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[:LONGEST_QUOTE].rstrip()}…"
