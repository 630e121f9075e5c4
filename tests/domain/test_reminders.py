"""Who may not be reminded of is never due, whatever happened in whatever order; against a model in plain Python."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import cadences, candidates, listing, promises, roles, suppressions, today, touchpoints
from crm.domain.candidates import Candidate
from crm.domain.listing import Wanted
from crm.domain.roles import Hire
from crm.kit import clock
from tests import make

STARTS = (date(2028, 2, 27), date(2027, 12, 30), date(2027, 3, 27), date(2028, 10, 28), date(2027, 1, 31))
"""Before a leap day, the turn of a year, both changes of the clocks, and the end of a month."""
LEAPS = (1, 1, 2, 7, 28, 29, 30, 31, 59, 90, 91, 180, 365, 366, 500)
PEOPLE, STEPS = 5, 60


@dataclass
class Known:
    """What was done to somebody, as plain values."""

    person: Candidate
    gone: set[str] = field(default_factory=set)
    paused: bool = False
    until: date | None = None
    hires: list[Hire] = field(default_factory=list)
    chosen: datetime | None = None

    def may_be_reminded_of(self) -> bool:
        quiet = self.paused and (self.until is None or self.until > clock.today())
        hired = any(one.fell_on is None and (self.chosen is None or one.at >= self.chosen) for one in self.hires)
        return not self.gone and not quiet and not hired


def step(known, draw, alice):
    act = draw.choice(ACTS)
    act(known, draw, alice, clock.today() + timedelta(days=draw.choice((1, 3, 29, 31, 200))))
    db.session.flush()


def choose(known, draw, alice, soon):
    act = candidates.snooze if known.person.next_on and draw.random() < 0.5 else candidates.set_next
    act(known.person, soon, by=alice)
    chose(known)


def wait(known, _draw, alice, _soon):
    cadences.wait_for_reply(known.person, by=alice)
    chose(known)


def pause(known, draw, alice, soon):
    known.paused, known.until = True, draw.choice((soon, None))
    cadences.pause(known.person, why=draw.choice(cadences.PAUSES), until=known.until, by=alice)


def resume(known, _draw, alice, _soon):
    cadences.resume(known.person, by=alice)
    known.paused, known.until = False, None


def undo(known, _draw, alice, _soon):
    cadences.undo_pause(known.person, by=alice)
    known.paused, known.until = known.person.paused_at is not None, known.person.paused_until


def hire(known, _draw, alice, _soon):
    known.hires.append(roles.record_hire(make.role(alice), by=alice, candidate_id=known.person.id))


def fall(known, _draw, _alice, _soon):
    if known.hires:
        known.hires[-1].fell_on = clock.today()


def opt_out(known, draw, _alice, _soon):
    if draw.random() < 0.3:
        address = f"{known.person.full_name.replace('erson ', '')}@example.org"
        suppressions.add(address, why=draw.choice(suppressions.WHY))
        known.gone |= {"opted out"} if suppressions.of(address).why != "bounced" else set()


def let_go(known, _draw, alice, _soon):
    candidates.let_go(known.person, by=alice)
    known.gone.add("let go")
    known.chosen = None


def archive(known, _draw, alice, _soon):
    candidates.archive(known.person, by=alice)
    known.gone.add("archived")


def unarchive(known, _draw, alice, _soon):
    candidates.unarchive(known.person, by=alice)
    known.gone.discard("archived")


def own(known, draw, alice, _soon):
    cadences.set_own(known.person, target_days=draw.choice((None, 1, 10, 100)), latest_days=None, by=alice)


def chose(known):
    known.gone.discard("let go")
    known.chosen = clock.now()


def contact(known, draw, alice, _soon):
    """Now, or some days ago. What is due moves to a day to come; taken back, all is as before."""
    person = known.person
    at = clock.now() - timedelta(days=draw.choice((0, 0, 0, 1, 5, 400)))
    before = state(person)
    kind, direction = draw.choice((("call", "out"), ("mail", "out"), ("mail", "out"), ("mail", "in")))
    logged = touchpoints.log(person, kind=kind, direction=direction, by=alice, at=at)
    if before[0] is not None:
        assert person.next_on is not None
        if before[0] <= at.date():
            assert person.next_on > clock.today(), (before, kind, at)
        if before[0] > clock.today() and not before[3]:
            assert person.next_on >= before[0]
    if draw.random() < 0.4:
        touchpoints.take_back(logged, person, by=alice)
        assert state(person) == before


ACTS = (*[contact] * 5, *[choose] * 3, wait, pause, pause, resume, undo, hire, fall, opt_out, let_go, archive,
        unarchive, unarchive, own)  # fmt: skip


def state(person):
    return (
        person.next_on, person.next_why, person.next_chosen_at, person.awaits_reply_since, person.let_go_at,
        person.last_contact_at, person.last_in_at, person.last_out_at, person.last_two_way_at,
    )  # fmt: skip


def check(everybody, alice):
    db.session.flush()
    expected = {known.person.id for known in everybody if known.may_be_reminded_of()}
    assert set(db.session.scalars(select(Candidate.id).where(cadences.remindable()))) == expected
    for known in everybody:
        assert bool(cadences.stands_against(known.person)) is (known.person.id not in expected)
    day = today.of(alice)
    shown = [*day.due, *day.promised, *day.coming, *([day.next] if day.next else [])]
    assert {one.candidate.id for one in shown} <= expected | {one.candidate.id for one in day.promised}
    assert {one.candidate.id for one in day.promised} <= {
        known.person.id for known in everybody if not known.gone - {"let go"} and not known.person.is_paused
    }
    dated = [known.person for known in everybody if known.person.next_on]
    due = {person.id for person in dated if person.id in expected and person.next_on <= clock.today()}
    kept = {one.candidate.id for one in day.promised}
    assert {one.candidate.id for one in day.due} == due - kept
    assert today.count_due(alice) == len(due | kept)
    assert set(db.session.scalars(listing.of(Wanted(due=True), seen_by=alice).with_only_columns(Candidate.id))) == due


@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_due_who_may_not_be_reminded_of(alice, seed):
    draw = Random(seed)
    begin = draw.choice(STARTS)
    now = datetime(begin.year, begin.month, begin.day, draw.randrange(24), 30, tzinfo=UTC)
    with clock.set_to(now):
        everybody = [Known(make.candidate(alice, f"Person {n}", email=f"p{n}@example.org")) for n in range(PEOPLE)]
        db.session.flush()
        for known in everybody:
            db.session.refresh(known.person)
        promises.make(everybody[0].person, text="I will call", due_on=make.in_days(40), by=alice)
    for _ in range(STEPS):
        now += timedelta(days=draw.choice((0, 0, draw.choice(LEAPS))), minutes=draw.randrange(1, 300))
        with clock.set_to(now):
            step(draw.choice(everybody), draw, alice)
            check(everybody, alice)


def test_a_pause_that_is_over_brings_them_up_on_the_day(alice):
    for seed in range(30):
        draw = Random(seed)
        begin = draw.choice(STARTS)
        now = datetime(begin.year, begin.month, begin.day, 23, 59, tzinfo=UTC)
        with clock.set_to(now):
            person = make.candidate(alice, f"Person {seed}", email="")
            candidates.set_next(person, make.in_days(draw.randrange(20)), by=alice)
            until = make.in_days(20 + draw.randrange(400))
            cadences.pause(person, why="quiet", until=until, by=alice)
        for days in (0, (until - begin).days - 1, (until - begin).days, (until - begin).days + 300):
            with clock.set_to(now + timedelta(days=days)):
                rows = [one for one in today.of(alice).due if one.candidate is person]
                assert bool(rows) is (clock.today() >= until)
                assert all(one.on == until for one in rows)
        candidates.let_go(person, by=alice)
