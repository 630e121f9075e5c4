"""What one person should do today: promises first, then answers, then who is due, then what is coming."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ScalarSelect, Select, func, select, union
from sqlalchemy.orm import contains_eager, joinedload, load_only

from crm.db import db
from crm.domain import (
    cadences,
    candidates,
    forwards,
    inbox,
    introductions,
    keeping,
    near_misses,
    news,
    outcomes,
    pressing,
    promises,
    stand_ins,
    touchpoints,
    useful,
)
from crm.domain.candidates import Candidate
from crm.domain.forwards import Forward
from crm.domain.inbox import Arrival
from crm.domain.keeping import KeepingQuestion
from crm.domain.near_misses import NearMiss
from crm.domain.news import News
from crm.domain.outbox import Letter
from crm.domain.pressing import Pressing
from crm.domain.promises import Promise
from crm.domain.useful import UsefulItem
from crm.domain.users import User
from crm.kit import clock

MOST_DUE = 25
MOST_PROMISED = 50
MOST_COMING = 8
MOST_COUNTED = 100
MOST_TO_BRING = 2
COMING = timedelta(days=14)
USUAL = "you wanted to call again then"
"""The reason that comes with every debrief."""
SHOWN = load_only(
    Candidate.full_name, Candidate.headline, Candidate.next_on, Candidate.next_why, Candidate.last_contact_at,
    Candidate.last_contact_kind, Candidate.last_in_at, Candidate.last_out_at, Candidate.last_two_way_at,
    Candidate.owner_id, raiseload=True,
)  # fmt: skip


@dataclass(frozen=True)
class Due:
    candidate: Candidate
    near_miss: NearMiss | None
    on: date
    keeps: list[Promise]
    """What a contact with them may keep."""
    promise: Promise | None = None
    """Why they stand here, if they do for that."""
    last_words: str = ""
    """The beginning of what was said or written last, by either side."""
    could_bring: UsefulItem | None = None
    """The newest thing that is for people like them, and that they have not got."""

    @property
    def sentence(self) -> str:
        return self.near_miss.sentence if self.near_miss else ""

    @property
    def reason(self) -> str:
        """Why this day, where there is more to say than that it was chosen at the debrief."""
        return self.candidate.next_why if self.candidate.next_why != USUAL else ""

    @property
    def to_bring(self) -> list[Promise]:
        """What was promised and is not due yet: a reason to write that they will be glad of."""
        return [promise for promise in self.keeps if not promise.is_due and promise is not self.promise][:MOST_TO_BRING]

    @property
    def last_contact(self) -> str:
        return touchpoints.last_contact(self.candidate)


@dataclass(frozen=True)
class Today:
    promised: list[Due]
    """To whom something is due that was promised, oldest first."""
    answers: list[Forward]
    keeping: list[KeepingQuestion]
    """Answers to one's own questions whether one may keep in touch."""
    news: list[News]
    """What people without an account did."""
    more_news: int
    came_of: list[Forward]
    """One's own forwards of which nobody said yet what came of them."""
    replies: list[Arrival]
    """By mail, to one's own letters."""
    roles: Pressing
    stuck: list[tuple[Letter, Forward | None]]
    """Letters that did not leave, or of which nobody knows, with the forward behind each."""
    due: list[Due]
    """For any other reason."""
    more_due: int
    coming: list[Due]
    """Promises and next dates of the days to come, in order of day."""
    next: Due | None
    """The first after today, however far off."""
    has_people: bool
    """Whether the user keeps anybody at all."""

    @property
    def is_empty(self) -> bool:
        answered = self.answers or self.came_of or self.keeping or self.news or self.replies
        return not any((self.promised, self.roles.calls, answered, self.roles.endings, self.stuck, self.due))


def due_before(day: date | BindParameter[date], *, owner: User) -> Select[Candidate]:
    """Those whose next date is that day or earlier, longest waiting first."""
    return _dated(owner).where(Candidate.next_on <= day)


def count_due(user: User) -> int:
    """How many people wait to hear from the user, each counted once."""
    return counts(user)[0]


def counts(user: User) -> tuple[int, int]:
    """By one query, as every page shows them: who is due, and how many introductions both said yes to."""
    due, agreed = db.session.execute(_counting(user.is_admin), {"user": user.id, "day": clock.today()}).one()
    return due, agreed


@cache
def _counting(is_admin: bool) -> Select[int, int]:
    user, day = stand_ins.user(is_admin=is_admin), stand_ins.day()
    return select(_due(user, day), introductions.count_agreed(user, day))


def _due(user: User, day: BindParameter[date]) -> ScalarSelect[int]:
    dated = _few(due_before(day, owner=user).with_only_columns(Candidate.id))
    promised = _few(promises.waiting_for(user).where(Promise.due_on <= day).with_only_columns(Promise.candidate_id))
    both = union(select(dated.subquery()), select(promised.subquery())).limit(MOST_COUNTED)
    return select(func.count()).select_from(both.subquery()).scalar_subquery()


def of(user: User) -> Today:
    """One look along the next dates: with more people due than are shown, what is coming can wait.

    A promise comes before the next date of the same person.
    """
    today, waiting = clock.today(), _promised(user)
    promised_to = [promise.candidate_id for promise in waiting if promise.is_due]
    wanted = {"user": user.id, "day": today, "ids": promised_to}
    rows = db.session.execute(_due_and_coming(user.is_admin), wanted).unique().all()
    people = {person: words or "" for person, words, _ in rows}
    shown = _dues(waiting, people, user)
    promised = [one for one in shown if one.promise and one.promise.is_due]
    due = [one for one in shown if not one.promise and one.on <= today]
    later = sorted((one for one in shown if one.on > today), key=lambda one: one.on)
    asked, (told, more_news) = outcomes.waiting_for(user), news.first(user)
    letters = keeping.troubled_and_answered(user)
    return Today(
        promised=promised,
        answers=asked.answers,
        keeping=[question for question in letters.values() if question],
        news=told,
        more_news=more_news,
        came_of=asked.came_of,
        replies=inbox.unseen(user),
        roles=pressing.of(user),
        stuck=_stuck([letter for letter, question in letters.items() if not question], user),
        due=due[:MOST_DUE],
        more_due=max(rows[0][2] - MOST_DUE, 0) if rows else 0,
        coming=_coming(later, [*promised, *due[:MOST_DUE]]),
        next=later[0] if later else None,
        has_people=bool(shown) or _keeps_anybody(user),
    )


@cache
def _due_and_coming(is_admin: bool) -> Select[Any]:
    """Of whoever is not among `ids`, with the last words, and how many are due."""
    user, others = stand_ins.user(is_admin=is_admin), Candidate.id.not_in(stand_ins.ids())
    count = _count(due_before(stand_ins.day(), owner=user).where(others))
    dated = _dated(user).where(others).limit(MOST_DUE + MOST_COMING).options(SHOWN, joinedload(Candidate.emails))
    return dated.add_columns(touchpoints.last_words(), count)


def _promised(user: User) -> dict[Promise, str]:
    """All that is open, due first, with the last words."""
    rows = db.session.execute(_open_promises(user.is_admin), {"user": user.id})
    found: dict[Promise, str] = dict(rows.unique().all())
    return found


@cache
def _open_promises(is_admin: bool) -> Select[Any]:
    user = stand_ins.user(is_admin=is_admin)
    person = contains_eager(Promise.candidate).options(
        SHOWN, joinedload(Candidate.emails), joinedload(Candidate.phones)
    )
    query = promises.waiting_for(user).limit(MOST_PROMISED).options(person, joinedload(Promise.by, innerjoin=True))
    return query.add_columns(touchpoints.last_words())


def _dues(promised: dict[Promise, str], dated: dict[Candidate, str], user: User) -> list[Due]:
    """In that order: promises that are due or soon will be, and next dates. Any that is open is what a contact may
    keep as well.
    """
    soon = [promise for promise in promised if promise.due_on <= clock.today() + COMING]
    ids = [*(promise.candidate_id for promise in soon), *(person.id for person in dated)]
    near, useful_for = near_misses.of(ids, seen_by=user), useful.for_people(ids, seen_by=user)
    keeps = defaultdict(list)
    for promise in promised:
        keeps[promise.candidate_id].append(promise)
    rows: list[tuple[Candidate, date, Promise | None, str]] = [
        (one.candidate, one.due_on, one, promised[one]) for one in soon
    ]
    rows += [(person, person.next_on, None, words) for person, words in dated.items() if person.next_on]
    return [Due(person, near.get(person.id), on, keeps[person.id], promise, words or "", useful_for.get(person.id))
            for person, on, promise, words in rows]  # fmt: skip


def _coming(later: list[Due], above: list[Due]) -> list[Due]:
    """Less what is said in the rows above, and less the next date of somebody to whom a promise is due before it."""
    told = {promise.id for due in above for promise in due.to_bring}
    first = {one.candidate.id: one.on for one in reversed(later) if one.promise}
    near = [one for one in later if one.on <= clock.today() + COMING]
    return [
        one
        for one in near
        if (one.promise.id not in told if one.promise else one.on < first.get(one.candidate.id, date.max))
    ]


def _stuck(letters: list[Letter], user: User) -> list[tuple[Letter, Forward | None]]:
    behind = forwards.behind(letters, seen_by=user) if letters else {}
    return [(letter, behind.get(letter.id)) for letter in letters]


def _dated(owner: User) -> Select[Candidate]:
    return (
        candidates.listed(owner)
        .where(Candidate.owner_id == owner.id, Candidate.next_on.is_not(None), cadences.remindable())
        .order_by(Candidate.next_on, Candidate.id)
    )


def _few(query: Select[str]) -> Select[str]:
    return query.order_by(None).limit(MOST_COUNTED)


def _count(people: Select[Candidate]) -> ScalarSelect[int]:
    query = _few(people.with_only_columns(Candidate.id))
    return select(func.count()).select_from(query.subquery()).scalar_subquery()


def _keeps_anybody(user: User) -> bool:
    mine = select(Candidate.id).where(Candidate.owner_id == user.id, Candidate.deleted_at.is_(None))
    return db.session.scalar(mine.limit(1)) is not None
