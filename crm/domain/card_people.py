"""Who stands on a morning card: whoever answered, then to whom something was promised, then who is due."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, or_, select, union
from sqlalchemy.orm import contains_eager, joinedload

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
    news,
    promises,
    templates,
    today,
    touchpoints,
)  # fmt: skip
from crm.domain.candidates import Candidate
from crm.domain.keeping import KeepingQuestion
from crm.domain.near_misses import NearMiss
from crm.domain.news import News
from crm.domain.promises import Promise
from crm.domain.templates import LetterTemplate
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
    people: dict[str, Candidate]
    spoken: dict[str, datetime]
    """When they were last spoken with."""
    news: dict[str, list[str]]
    promised: list[Promise]
    tells: Callable[[str], bool]


# --- queries


def wanted(user: User, day: date) -> list[str]:
    """The ids of all who belong on a card of that day, in its order; MOST_COUNTED of each kind. Whoever is called like
    a sealed role is not among them: their name cannot stand in a mail.
    """
    return _waiting(user, day).ids


def face(user: User, day: date) -> Face:
    waiting = _waiting(user, day)
    shown = waiting.ids[: user.card_people]
    near = near_misses.of(shown, seen_by=user, sealed_too=False)
    template = templates.of_kind(TEMPLATE, seen_by=user)
    told = [_shown(waiting.people[one], near.get(one), waiting, template, day, user) for one in shown]
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


def _waiting(user: User, day: date) -> _Waiting:
    told_of, promised, tells = _news(user), _promised(user, day), leaks.watch(by=user)
    told = [promise.candidate_id for promise in promised]
    rows = db.session.execute(_whole(user, day, {*told_of, *told})).unique().all()
    people = {person.id: person for person, *_ in rows if not tells(person.full_name)}
    kept = {person.id for person, _due, is_kept, _spoken in rows if is_kept}
    due = sorted((person.next_on or day, person.id) for person, is_due, *_ in rows if is_due)
    order = dict.fromkeys([*(one for one in told_of if one in kept), *told, *(one for _, one in due)])
    spoken = {person.id: at for person, *_, at in rows if at is not None}
    return _Waiting([one for one in order if one in people], people, spoken, told_of, promised, tells)


def _whole(user: User, day: date, others: set[str]) -> Select[Candidate, bool, bool, datetime]:
    """Who is due by that day (MOST_COUNTED of them) and those others; each with: is due, may be reminded of, when they
    were last spoken with. By one statement: the page that shows a card has few to spare.
    """
    dated = today.due_before(day, owner=user).where(cadences.remindable()).limit(MOST_COUNTED)
    is_due = Candidate.id.in_(select(dated.with_only_columns(Candidate.id).subquery().c.id))
    facts = (is_due, cadences.remindable(), touchpoints.last_spoken())
    query = candidates.listed(user).add_columns(*facts).options(joinedload(Candidate.emails))
    return query.where(cadences.reachable(), or_(Candidate.id.in_(others), is_due))


def _news(user: User) -> dict[str, list[str]]:
    """By candidate: what they answered by mail, and what colleagues said of them."""
    found: dict[str, list[str]] = {}
    for arrival in inbox.unseen(user):
        if arrival.candidate_id:
            said = f"{arrival.who} answered: “{_quoted(arrival.text or arrival.subject)}”"
            found.setdefault(arrival.candidate_id, []).append(said)
    for candidate_id, said in _said(user):
        found.setdefault(candidate_id, []).append(said)
    for forward in forwards.answered_for(user):
        said = f"{forward.colleague.name} at {forward.company} {forward.answer_phrase}"
        quote = f": “{_quoted(forward.answer_words)}”" if forward.answer_words else ""
        found.setdefault(forward.candidate_id, []).append(f"{said}{quote}")
    return found


def _said(user: User) -> Iterable[tuple[str, str]]:
    """By candidate: whether we may keep in touch, and what else they did, or others for them, by a link. By one
    statement, since the page that shows a card has few to spare.
    """
    asked, told = keeping.is_unseen_answer(user), news.is_unseen(user)
    whose = union(select(KeepingQuestion.candidate_id).where(asked), select(News.candidate_id).where(told)).subquery()
    query = (
        select(KeepingQuestion, News)
        .select_from(Candidate)
        .outerjoin(KeepingQuestion, and_(KeepingQuestion.candidate_id == Candidate.id, asked))
        .outerjoin(News, and_(News.candidate_id == Candidate.id, told))
        .options(contains_eager(KeepingQuestion.candidate), contains_eager(News.candidate), joinedload(News.colleague))
        .where(Candidate.id.in_(select(whose.c.candidate_id)), candidates.visible_to(user))
        .limit(MOST_COUNTED)
    )
    rows = db.session.execute(query).all()
    for question in dict.fromkeys(one for one, _ in rows if one):
        quote = f": “{_quoted(question.words)}”" if question.words else ""
        yield question.candidate_id, f"{question.candidate.full_name} {question.answer_words}{quote}"
    for one in dict.fromkeys(one for _, one in rows if one):
        yield one.candidate_id or "", _quoted(one.sentence)


def _promised(user: User, day: date) -> list[Promise]:
    coming = promises.waiting_for(user).where(Promise.due_on <= until(user, day)).limit(MOST_COUNTED)
    return list(db.session.scalars(coming))


def _shown(
    person: Candidate, near: NearMiss | None, waiting: _Waiting, template: LetterTemplate, day: date, user: User
) -> Shown:
    """Without whatever tells of a sealed role; with the name alone where that is only plain from all of it."""
    tells = waiting.tells
    promised = [promise for promise in waiting.promised if promise.candidate_id == person.id]
    subject, draft, missing = _draft(person, waiting.spoken, template, user)
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


def _draft(
    person: Candidate, spoken: dict[str, datetime], template: LetterTemplate, user: User
) -> tuple[str, str, tuple[str, ...]]:
    """Nothing of what was promised is in it: a promise may name a role."""
    subject, text = (merging.fill(part, person, by=user, spoken=spoken) for part in (template.subject, template.text))
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
