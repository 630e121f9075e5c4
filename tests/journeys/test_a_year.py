"""Keeping warm for months on end, by a fast clock: the worker works, managers do what Today shows, candidates live.

What must hold is asked of a plain account kept beside it: by when somebody has to come up, of whom nobody may be
reminded, and what was promised. The worker is asleep for some days now and then, and managers are on holiday.
"""

import json
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select

from crm.db import unit_of_work
from crm.domain import (
    applications,
    cadences,
    candidates,
    cards,
    promises,
    roles,
    sequence_plans,
    sequencing,
    tags,
    today,
    touchpoints,
    users,
)  # fmt: skip
from crm.domain import outbox as letters
from crm.domain.candidates import Candidate
from crm.domain.cards import Card, CardLink
from crm.domain.outbox import Letter
from crm.domain.personal_letters import AUTOMATIC, PersonalLetter
from crm.domain.promises import Promise
from crm.domain.sequence_plans import QUIET_DAYS
from crm.domain.users import User
from crm.kit import clock, zones
from crm.worker import Worker
from tests import make, people

FIRST = date(2027, 2, 1)  # a Monday; the year to come has both changes of the clocks, and a 29 February
MANAGERS = {
    "alice": ("Europe/Berlin", "weekly", 0, 3), "bob": ("America/New_York", "weekly", 0, 3),
    "charlie": ("Asia/Kolkata", "daily", 0, 3), "rita": ("Pacific/Auckland", "weekly", 2, 5),
    "anna": ("UTC", "weekly", 4, 1),
}  # fmt: skip
HOURS = (2, 8, 13, 20)
CHECKED_AT = 13
SPOKEN_TO = 6
"""How many were called before it begins, and get a sequence at once."""
GRACE = timedelta(days=7)
FOR_GOOD = date.max
CADENCES = ((14, 30), (30, 60), (60, 120), (90, 180), (None, None))


@dataclass
class Known:
    """What the account has of one person."""

    id: str
    owner: str
    target: int
    latest: int
    seen_by: date = date.min
    """The day on which they have to be on Today at the latest, but for GRACE."""
    silent_until: date = date.min
    """Up to this day nobody may be reminded of them, and nothing may go to them by itself."""
    two_way: date | None = None
    surfaced: int = 0


@dataclass
class Year:
    """`seed` says how it goes; the same seed is the same year."""

    app: object
    count: int
    managers: tuple[str, ...]
    days: int
    seed: int
    told: Counter = field(default_factory=Counter)
    known: dict[str, Known] = field(default_factory=dict)
    promised: dict[str, tuple[str, date]] = field(default_factory=dict)
    """Of each promise: to whom, and for when."""
    shown: dict[str, date] = field(default_factory=dict)
    """When each promise was first on Today or on a card."""
    left: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    cards_read: set[str] = field(default_factory=set)
    letters_read: set[str] = field(default_factory=set)
    asleep_until: date = date.min
    holidays: dict[str, date] = field(default_factory=dict)

    def live(self) -> None:
        self.random = Random(self.seed)
        self.worker = Worker(self.app)
        with clock.set_to(_at(FIRST, 0)), self._work():
            self._set_up()
        for number in range(self.days):
            self._one_day(FIRST + timedelta(days=number))

    def _one_day(self, day: date) -> None:
        if self.random.random() < 0.01:
            self.asleep_until = day + timedelta(days=3)
        for hour in HOURS:
            with clock.set_to(_at(day, hour)):
                if day >= self.asleep_until:
                    self.worker.drain()
                    self.worker.drain()  # what the schedule queued in the first
                with self._work() as session:
                    self._read_letters(session, day)
                if hour == CHECKED_AT:
                    self._mornings(day)

    @contextmanager
    def _work(self):
        with self.app.app_context(), unit_of_work(writes=True) as session:
            yield session

    # --- the beginning

    def _set_up(self) -> None:
        for name in self.managers:
            user = users.by_email(people.address(name))
            zone, rhythm, weekday, most = MANAGERS[name]
            users.set_time_zone(user, zone)
            cards.set_rhythm(user, rhythm, weekday=weekday, hour=7, people=most)
            user.card_set_at = None
        warm = users.by_email(people.address("rita"))
        for number in range(self.count):
            owner = users.by_email(people.address(self.random.choice(self.managers)))
            self._add(number, owner, warm)

    def _add(self, number: int, owner: User, recruiter: User) -> None:
        person = make.candidate(owner, f"Person {number:03}", email=f"person{number}@example.org")
        target, latest = self.random.choice(CADENCES)
        known = Known(person.id, owner.id, target or 90, latest or 180)
        if target:
            cadences.set_own(person, target_days=target, latest_days=latest, by=owner)
        else:
            tag = tags.apply(person, "warm", by=owner)
            cadences.set_default(tag.id, target_days=90, latest_days=180, by=recruiter, tag_id=tag.id)
            cadences.begin(person)
        known.seen_by = FIRST + timedelta(days=known.target)
        self.known[person.id] = known
        if number < SPOKEN_TO:
            self._logged(person, owner, FIRST, "call", "out")

    # --- what is looked at

    def _mornings(self, day: date) -> None:
        if day == FIRST:
            self._begin_some(day)
        for name in self.managers:
            with self._work():
                due = self._today(users.by_email(people.address(name)), day)
            away = self.holidays.get(name, date.min)
            if day >= away and day.weekday() < 5 and self.random.random() < 0.8:
                with self._work():
                    user = users.by_email(people.address(name))
                    for candidate_id in due:
                        self._act(candidates.find(candidate_id, seen_by=user), user, day)
            if day >= away and self.random.random() < 0.01:
                self.holidays[name] = day + timedelta(days=self.random.randint(5, 20))
        self._promises_told(day)
        for known in self.known.values():
            if self.random.random() < 0.01:
                with self._work() as session:
                    self._life(session, known, day)

    def _today(self, user: User, day: date) -> list[str]:
        """Whom it asks for; what must hold of it is asked at once."""
        page = today.of(user)
        assert page.more_due == 0, "too few people for the page to be cut"
        for one in (*page.promised, *page.due, *page.coming):
            self._may_be_shown(one.candidate.id, day, "Today")
            for promise in one.keeps:
                self.shown.setdefault(promise.id, day)
        due = dict.fromkeys(one.candidate.id for one in (*page.promised, *page.due))
        self._overdue(user, day, set(due))
        return list(due)

    def _promises_told(self, day: date) -> None:
        """What is due tomorrow was on Today or on a card by now, unless they are to be left alone."""
        for promise_id, (candidate_id, due_on) in self.promised.items():
            if due_on == day + timedelta(days=1) and day >= self.known[candidate_id].silent_until:
                assert promise_id in self.shown, f"{promise_id}, due on {due_on}, was not told before"
                self.told["promises told before"] += 1

    def _may_be_shown(self, candidate_id: str, day: date, where: str) -> None:
        known = self.known[candidate_id]
        assert day >= known.silent_until, f"{where} of {day} has somebody who is to be left alone"

    def _overdue(self, user: User, day: date, there: set[str]) -> None:
        self.told["due rows"] += len(there)
        for known in self.known.values():
            if known.id in there:
                known.surfaced += 1
            elif known.owner == user.id and day >= known.silent_until:
                assert day <= known.seen_by + GRACE, f"{known} is not on Today of {day}"

    def _read_letters(self, session, day: date) -> None:
        lately = select(Letter).where(Letter.state.in_(letters.GONE), Letter.id.not_in(self.letters_read))
        for letter in session.scalars(lately):
            self.letters_read.add(letter.id)
            self.told[letter.kind] += 1
            if letter.kind == "card":
                self._read_card(session, letter, day)
            elif letter.personal_letter_id:
                self._read_personal(session, letter, day)

    def _read_card(self, session, letter: Letter, day: date) -> None:
        card = session.scalar(select(Card).where(Card.letter_id == letter.id))
        user = session.get_one(User, card.user_id)
        shown = set(session.scalars(select(CardLink.candidate_id).where(CardLink.card_id == card.id)))
        assert 1 <= len(shown) <= user.card_people
        self.told[f"people on a card: {len(shown)}"] += 1
        there = zones.local(letter.ended_at, user.time_zone)
        assert there.hour >= 7 and there.weekday() < 5
        week = (user.id, there.date().isocalendar()[:2] if user.card_rhythm == "weekly" else there.date())
        assert week not in self.cards_read, "two cards where one is enough"
        self.cards_read.add(week)
        for candidate_id in shown:
            self._may_be_shown(candidate_id, day, "The card")
        waiting = session.scalars(promises.waiting_for(user).where(Promise.candidate_id.in_(shown)))
        for promise in waiting:
            if promise.due_on <= there.date() + timedelta(days=6 if user.card_rhythm == "weekly" else 0):
                self.shown.setdefault(promise.id, day)

    def _read_personal(self, session, letter: Letter, day: date) -> None:
        personal = session.get_one(PersonalLetter, letter.personal_letter_id)
        if personal.purpose not in AUTOMATIC:
            return
        self._may_be_shown(personal.candidate_id, day, "A letter by itself")
        sender = session.get_one(User, personal.by_id)
        there = zones.local(letter.ended_at, sender.time_zone)
        assert there.weekday() < 5 and 9 <= there.hour < 17
        before = self.left[personal.candidate_id]
        assert not before or letter.ended_at - before[-1] >= timedelta(days=QUIET_DAYS)
        before.append(letter.ended_at)
        self.told["letters by themselves"] += 1

    # --- what managers do

    def _act(self, person: Candidate, user: User, day: date) -> None:
        known, chance = self.known[person.id], self.random.random()
        if chance < 0.30:
            self._logged(person, user, day, self.random.choice(("call", "meeting")), "out")
        elif chance < 0.60:
            self._logged(person, user, day, "mail", "out")
        elif chance < 0.68:
            until = day + timedelta(days=self.random.randint(1, 40))
            candidates.snooze(person, until, by=user)
            known.seen_by = until
        elif chance < 0.74:
            cadences.wait_for_reply(person, by=user)
            known.seen_by = max((known.two_way or day) + timedelta(days=known.latest), _third(known, day))
        elif chance < 0.76:
            candidates.let_go(person, by=user)
            known.silent_until = FOR_GOOD
            self.told["let go"] += 1
        elif chance < 0.86 and not cadences.stands_against(person):
            self._promise(person, user, day)
        else:
            self._begin_sequence(person, user, day)

    def _begin_some(self, day: date) -> None:
        """A sequence for some, a promise to others."""
        for known in list(self.known.values())[:SPOKEN_TO]:
            with self._work() as session:
                user = session.get_one(User, known.owner)
                self._begin_sequence(candidates.find(known.id, seen_by=user), user, day)
        for known in list(self.known.values())[SPOKEN_TO : 2 * SPOKEN_TO]:
            with self._work() as session:
                user = session.get_one(User, known.owner)
                self._promise(candidates.find(known.id, seen_by=user), user, day, within=30)

    def _begin_sequence(self, person: Candidate, user: User, day: date) -> None:
        plan = self.random.choice(sequence_plans.offered(user))
        if not any(one.against for one in sequencing.propose([person], plan, by=user)):
            sequencing.start([person], plan, by=user, intent=f"{person.id[-8:]}{day:%m%d}")
            self.told["sequences"] += 1

    def _logged(self, person: Candidate, user: User, day: date, kind: str, direction: str) -> None:
        known = self.known[person.id]
        if kind != "mail" or direction == "in":
            known.two_way = day
        touchpoints.log(person, kind=kind, direction=direction, by=user, text=f"{kind} of {day}")
        assert person.next_on is None or person.next_on > day, "a contact moves a date that is due"
        self.told["contacts"] += 1
        on = day + timedelta(days=known.target)
        if known.two_way is not None and known.two_way < day:
            on = min(on, known.two_way + timedelta(days=known.latest))
        known.seen_by = max(known.seen_by, on, _third(known, day))

    def _promise(self, person: Candidate, user: User, day: date, within: int = 100) -> None:
        due_on = day + timedelta(days=self.random.randint(8, within))
        made = promises.make(person, text=f"a word by {due_on}", due_on=due_on, by=user)
        self.promised[made.id] = (person.id, due_on)
        self.told["promises"] += 1

    # --- what becomes of candidates

    def _life(self, session, known: Known, day: date) -> None:
        person = session.get_one(Candidate, known.id)
        owner = session.get_one(User, known.owner)
        if known.silent_until == FOR_GOOD or person.deleted_at is not None:
            return
        what = self.random.choice(("answer", "answer", "answer", "quiet", "elsewhere", "opt out", "hired", "archived"))
        self.told[what] += 1
        match what:
            case "answer":
                self._logged(person, owner, day, "mail", "in")
            case "quiet":
                until = day + timedelta(days=self.random.randint(5, 90))
                cadences.pause(person, why="quiet", until=until, by=owner)
                known.silent_until, known.seen_by = until, max(known.seen_by, until)
            case "elsewhere":
                cadences.pause(person, why="hired_elsewhere", by=owner)
                known.silent_until = FOR_GOOD
            case "opt out":
                letters.suppress(candidates.find(person.id, seen_by=owner).emails[0].address, why="unsubscribed")
                known.silent_until = FOR_GOOD
            case "hired":
                opening = roles.add(title=f"Role {known.id[-4:]}", by=owner)
                applications.put(person, opening, by=owner, stage="offer", disposition="hired")
                roles.change(opening, by=owner, status="filled")
                known.silent_until = FOR_GOOD
            case "archived":
                candidates.archive(person, by=owner)
                known.silent_until = FOR_GOOD


def _third(known: Known, day: date) -> date:
    return day + timedelta(days=max(1, known.target // 3))


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 10, tzinfo=UTC)


def _lived(year: Year) -> None:
    year.live()
    print(json.dumps({"people": year.count, "days": year.days, **dict(sorted(year.told.items()))}))
    done = ("card", "contacts", "promises", "promises told before", "sequences", "letters by themselves")
    assert all(year.told[what] for what in done)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_for_some_weeks(app):
    _lived(Year(app, count=30, managers=("alice", "charlie", "rita"), days=45, seed=7))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2])
def test_for_a_year(app, seed):
    _lived(Year(app, count=200, managers=tuple(MANAGERS), days=400, seed=seed))
