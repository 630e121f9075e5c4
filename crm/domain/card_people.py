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
    near_miss: NearMiss | None
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

    @property
    def last_contact(self) -> str:
        return touchpoints.last_contact(self.candidate)


@dataclass(frozen=True)
class Face:
    day: date
    people: tuple[Shown, ...]
    more: int
    """How many others wait."""


# --- queries


def wanted(user: User, day: date) -> list[str]:
    """The ids of all who belong on a card of that day, in its order; MOST_COUNTED of each kind."""
    news, promised = _news(user), [promise.candidate_id for promise in _promised(user, day)]
    about = candidates.listed(user).where(Candidate.id.in_(news), cadences.remindable())
    kept = set(db.session.scalars(about.with_only_columns(Candidate.id)))
    dated = today.due_before(day, owner=user).where(cadences.remindable()).limit(MOST_COUNTED)
    due = db.session.scalars(dated.with_only_columns(Candidate.id))
    return list(dict.fromkeys([*(one for one in news if one in kept), *promised, *due]))


def face(user: User, day: date) -> Face:
    ids = wanted(user, day)
    shown = ids[: user.card_people]
    people = {person.id: person for person in db.session.scalars(_whole(user).where(Candidate.id.in_(shown)))}
    news, tells = _news(user), leaks.watch(by=user)
    promised = _promised(user, day)
    near = near_misses.of(shown, seen_by=user, sealed_too=False)
    told = [
        _shown(
            people[one], near.get(one), news.get(one, []), [each for each in promised if each.candidate_id == one], day,
            user, tells,
        )
        for one in shown
        if one in people
    ]  # fmt: skip
    return Face(day, tuple(told), len(ids) - len(told))


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


def _shown(
    person: Candidate, near: NearMiss | None, news: list[str], promised: list[Promise], day: date, user: User,
    tells: Callable[[str], bool],
) -> Shown:  # fmt: skip
    subject, draft, missing = _draft(person, user)
    leaky = tells(subject) or tells(draft)
    said = [*news, *(_promise_words(promise, day, tells) for promise in promised)]
    return Shown(
        candidate=person,
        near_miss=None if near and tells(str(near)) else near,
        news=tuple(one for one in said if not tells(one)),
        promised=tuple(promised),
        reason=_reason(person, day, tells),
        debrief="" if near is None or tells(near.sentence) else near.sentence,
        subject="" if leaky else subject,
        draft="" if leaky else draft,
        missing=missing,
    )


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
    return f"{when} {_when(person.next_on, day)}" + (f": {why}" if why else "")


def _when(on: date, day: date) -> str:
    """ "today", "since 3 March", "on 3 March" """
    if on == day:
        return "today"
    return f"{'since' if on < day else 'on'} {words.near(on, day)}"


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[:LONGEST_QUOTE].rstrip()}…"
