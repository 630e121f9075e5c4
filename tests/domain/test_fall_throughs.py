"""The hire fell through: who may say so, what it brings up, and how it is taken back."""

import random
from contextlib import suppress
from datetime import timedelta

import pytest

from crm.db import db
from crm.domain import applications, benches, calls, candidates, closings, fall_throughs, roles, standings
from crm.domain.benches import Seat
from crm.domain.closings import Hired
from crm.domain.errors import Denied, Refused
from crm.domain.fall_throughs import WHY
from crm.domain.roles import Hire
from tests import make


def benched(by, *names, good_until=None, **more):
    """A filled role whose bench has these people, in order."""
    role = make.role(by)
    people = [make.candidate(by, name, email=f"{name.lower()}@example.org", **more) for name in names]
    benches.put(role, [Seat(person, f"Reason of {person.full_name}", good_until) for person in people], by=by)
    hire(role, by)
    return role, people


def hire(role, by, **more):
    return roles.record_hire(role, by=by, **{"name": "Nadia Brandt", "starts_on": make.in_days(-20), **more})


def names(call_list, viewer):
    return [call.candidate.full_name for call in calls.rows(call_list, seen_by=viewer)]


def test_the_role_is_open_again_and_its_bench_is_the_call_list(alice):
    role, _ = benched(alice, "A", "B", "C")
    call_list = fall_throughs.report(role, why="left", on=make.in_days(-1), by=alice)
    assert (role.status, role.filled_on, roles.hire_of(role, seen_by=alice)) == ("open", None, None)
    assert (call_list.why, call_list.on, call_list.is_over) == ("left", make.in_days(-1), False)
    assert names(call_list, alice) == ["A", "B", "C"]
    assert calls.of(role) is call_list
    old = db.session.get(Hire, call_list.hire_id)
    assert (old.fell_on, old.fell_why) == (make.in_days(-1), "left")


def test_places_that_have_run_out_come_last(alice):
    role, (a, b, c) = benched(alice, "A", "B", "C")
    benches.put(role, [Seat(a, "", make.in_days(-1)), Seat(b, "", make.in_days(0)), Seat(c)], by=alice)
    assert names(fall_throughs.report(role, why="left", by=alice), alice) == ["B", "C", "A"]


def test_an_empty_bench_is_an_empty_list(alice):
    role, _ = benched(alice)
    assert names(fall_throughs.report(role, why="no_show", by=alice), alice) == []


def test_who_had_the_role_is_not_called(alice):
    role, (a, _) = benched(alice, "A", "B")
    roles.set_status(role, "open")
    closings.hire(role, Hired(candidate_id=a.id), by=alice)
    benches.add(role, a, by=alice)
    assert names(fall_throughs.report(role, why="declined", by=alice), alice) == ["B"]


def test_it_can_be_undone_and_said_again(alice):
    role, _ = benched(alice, "A")
    role.filled_on = make.in_days(-30)
    first = fall_throughs.report(role, why="left", by=alice)
    for _ in range(2):
        fall_throughs.undo(role, by=alice)
    assert (role.status, role.filled_on) == ("filled", make.in_days(-30))
    assert roles.hire_of(role, seen_by=alice).name == "Nadia Brandt"
    assert first.is_over
    assert calls.of(role) is None
    second = fall_throughs.report(role, why="let_go", by=alice)
    assert calls.of(role) is second
    assert second is not first


def test_a_second_hire_may_fall_through_as_well(alice):
    role, (a,) = benched(alice, "A")
    first = fall_throughs.report(role, why="left", by=alice)
    calls.record(calls.find_call(first, a.id, seen_by=alice), role, outcome="yes", by=alice)
    hire(role, alice, name="Second", starts_on=None)
    second = fall_throughs.report(role, why="declined", by=alice)
    assert calls.of(role) is second
    fall_throughs.undo(role, by=alice)
    assert roles.hire_of(role, seen_by=alice).name == "Second"
    fall_throughs.undo(role, by=alice)
    assert role.status == "filled"


def hired(role, by, person):
    roles.set_status(role, "open")
    closings.hire(role, Hired(candidate_id=person.id), by=by)
    return applications.for_people(role, [person.id])[person.id]


@pytest.mark.parametrize("why", WHY)
def test_the_application_of_who_never_started_ends_as_declined_and_comes_back(alice, why):
    role, (a, _) = benched(alice, "A", "B")
    application = hired(role, alice, a)
    application.applied_on, application.decided_on = make.in_days(-9), make.in_days(-5)
    fall_throughs.report(role, why=why, on=make.in_days(-1), by=alice)
    never_started = why in ("declined", "no_show")
    ended = ("offer_declined", make.in_days(-1)) if never_started else ("hired", make.in_days(-5))
    assert (application.disposition, application.decided_on) == ended
    [standing] = standings.of(a, seen_by=alice)
    assert (standing.is_hired, standing.application) == (False, application)
    fall_throughs.undo(role, by=alice)
    assert (application.disposition, application.decided_on) == ("hired", make.in_days(-5))
    assert standings.of(a, seen_by=alice)[0].is_hired


def test_a_report_of_a_day_before_they_applied_is_taken(alice):
    role, (a,) = benched(alice, "A")
    application = hired(role, alice, a)
    application.applied_on = make.in_days(0)
    fall_throughs.report(role, why="declined", on=make.in_days(-3), by=alice)
    assert (application.disposition, application.decided_on) == ("offer_declined", make.in_days(0))


def test_what_was_written_in_the_application_since_stays(alice):
    role, (a,) = benched(alice, "A")
    application = hired(role, alice, a)
    fall_throughs.report(role, why="declined", by=alice)
    applications.put(a, role, by=alice, disposition="withdrew")
    fall_throughs.undo(role, by=alice)
    assert application.disposition == "withdrew"


# --- what is refused


def test_an_earlier_hire_is_not_brought_back_over_a_later_one(alice):
    role, _ = benched(alice, "A")
    first = fall_throughs.report(role, why="left", by=alice)
    closings.hire(role, Hired(name="Second"), by=alice)
    for status in ("filled", "open"):
        roles.set_status(role, status)
        with pytest.raises(Refused, match="Another hire was recorded since"):
            fall_throughs.undo(role, by=alice)
    assert (first.is_over, first.undone_at) == (True, None)


def test_where_nothing_was_reported_nothing_is_taken_back(alice):
    role, _ = benched(alice, "A")
    with pytest.raises(Refused, match="Nobody has reported"):
        fall_throughs.undo(role, by=alice)


def test_a_second_report_is_told_who_was_first(alice, rita):
    role, _ = benched(alice, "A")
    fall_throughs.report(role, why="left", by=alice)
    with pytest.raises(Refused, match="Alice Okafor has reported that already"):
        fall_throughs.report(role, why="let_go", by=rita)
    with pytest.raises(Refused, match="You have reported"):
        fall_throughs.report(role, why="let_go", by=alice)


@pytest.mark.parametrize("status", ["open", "closed", "filled"])
def test_nobody_falls_through_where_nobody_was_hired(alice, status):
    with pytest.raises(Refused, match="not filled by a hire"):
        fall_throughs.report(make.role(alice, status=status), why="left", by=alice)


def test_strangers_neither_report_nor_undo(alice, charlie):
    role, _ = benched(alice, "A")
    with pytest.raises(Denied):
        fall_throughs.report(role, why="left", by=charlie)
    fall_throughs.report(role, why="left", by=alice)
    with pytest.raises(Denied):
        fall_throughs.undo(role, by=charlie)


@pytest.mark.parametrize(
    ("why", "days", "field"), [("moved", 0, "why"), ("announced", 0, "why"), ("left", 1, "on"), ("let_go", -21, "why")]
)
def test_a_report_has_to_make_sense(alice, why, days, field):
    role, _ = benched(alice)
    with pytest.raises(Refused) as refused:
        fall_throughs.report(role, why=why, on=make.in_days(days), by=alice)
    assert refused.value.field == field
    assert role.status == "filled"


def test_after_a_yes_it_is_not_undone(alice):
    role, (a,) = benched(alice, "A")
    call = calls.find_call(fall_throughs.report(role, why="left", by=alice), a.id, seen_by=alice)
    calls.record(call, role, outcome="yes", by=alice)
    with pytest.raises(Refused, match="said yes"):
        fall_throughs.undo(role, by=alice)
    calls.undo(call, role, by=alice)
    fall_throughs.undo(role, by=alice)
    assert role.status == "filled"


def test_once_the_role_has_gone_on_it_is_not_undone(alice):
    role, _ = benched(alice, "A")
    fall_throughs.report(role, why="left", by=alice)
    roles.change(role, by=alice, status="closed")
    with pytest.raises(Refused, match="changed since"):
        fall_throughs.undo(role, by=alice)


def test_an_announcement_brings_no_hire_back(alice):
    role = make.role(alice)
    calls.begin(role, by=alice)
    with pytest.raises(Refused, match="announced"):
        fall_throughs.undo(role, by=alice)


# --- what is hidden


def test_the_list_is_whole_whoever_reports_and_each_sees_their_own(alice, rita):
    role, _ = benched(alice, "A")
    benches.add(role, make.candidate(alice, "Hidden", email="", visibility="owner"), by=alice)
    benches.add(role, make.candidate(alice, "C", email=""), by=alice)
    call_list = fall_throughs.report(role, why="left", by=rita)
    assert names(call_list, rita) == ["A", "C"]
    assert names(call_list, alice) == ["A", "Hidden", "C"]


def test_who_was_deleted_is_not_on_it(alice):
    role, (a, _) = benched(alice, "A", "B")
    call_list = fall_throughs.report(role, why="left", by=alice)
    candidates.delete(a, by=alice)
    assert names(call_list, alice) == ["B"]


# --- whatever the days and however often


STEPS = ("report", "undo", "yes", "undo yes", "no", "thinking")


@pytest.mark.parametrize("seed", range(4))
def test_a_day_is_taken_when_it_has_come_and_fits_the_first_one(alice, seed):
    chance = random.Random(seed)
    role, _ = benched(alice)
    for _ in range(25):
        roles.set_status(role, "open")
        starts = chance.choice([None, 0, chance.randint(-400, 400)])
        hire(role, alice, starts_on=None if starts is None else make.in_days(starts))
        on, why = chance.choice([0, 1, starts or -1, chance.randint(-500, 30)]), chance.choice(WHY)
        fits = on <= 0 and (why in ("declined", "no_show") or starts is None or on >= starts)
        assert reported(role, alice, why, on) == fits, (starts, on, why)
        assert role.status == "filled"
        assert roles.hire_of(role, seen_by=alice).hire.fell_on is None


def reported(role, by, why, on):
    """And taken back."""
    try:
        call_list = fall_throughs.report(role, why=why, on=make.in_days(on), by=by)
    except Refused:
        return False
    assert (call_list.on, role.status) == (make.in_days(on), "open")
    fall_throughs.undo(role, by=by)
    return True


@pytest.mark.parametrize("seed", range(8))
def test_role_hire_and_list_agree_whatever_is_said_and_undone(alice, seed):
    chance = random.Random(seed)
    role, (a,) = benched(alice, "A")
    for step in chance.choices(STEPS, k=40):
        take(step, role, a, alice)
        db.session.flush()
        call_list = calls.of(role)
        assert (role.status == "filled") == (roles.hire_of(role, seen_by=alice) is not None) == (call_list is None)
        if call_list is not None:
            said = calls.find_call(call_list, a.id, seen_by=alice).outcome
            assert (said == "yes") == (call_list.yes_at is not None) == call_list.is_over
            assert call_list.took is None or call_list.took >= timedelta(0)


def take(step, role, person, by):
    """One step, or its refusal."""
    call_list = calls.of(role)
    call = calls.find_call(call_list, person.id, seen_by=by) if call_list else None
    acts = {
        "report": lambda: fall_throughs.report(role, why="left", by=by),
        "undo": lambda: fall_throughs.undo(role, by=by),
    }
    if call is not None:
        acts["undo yes"] = lambda: calls.undo(call, role, by=by)
        acts |= {
            word: lambda word=word: calls.record(call, role, outcome=word, by=by) for word in ("yes", "no", "thinking")
        }
    with suppress(Refused):
        acts.get(step, lambda: None)()
