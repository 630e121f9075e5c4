"""The guard window: asked before it ends, prolonged, released, kept warm, and taken back."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import delete

from crm.db import db
from crm.domain import benches, candidates, guards, pressing, roles
from crm.domain.benches import Place
from crm.domain.candidates import Candidate
from crm.domain.errors import Denied, Refused
from crm.domain.guards import KeptWarm
from crm.kit import clock
from tests import make


@pytest.fixture
def filled(alice):
    """A role whose hire started so long ago that the window ends within two weeks; two on its bench."""
    role = make.role(alice)
    for name in ("Ada Byron", "Bo Ek"):
        person = make.candidate(alice, name, email="")
        benches.add(role, person, by=alice)
        candidates.call_again(person, None)
    roles.record_hire(role, by=alice, name="Nadia Brandt", starts_on=clock.today() - timedelta(days=80), guard_days=90)
    db.session.flush()
    return role


def hire_of(role, alice):
    return roles.hire_of(role, seen_by=alice).hire


def names(role, alice):
    return [place.candidate.full_name for place in benches.of(role, seen_by=alice)]


def test_the_owner_is_asked_in_the_last_two_weeks(filled, alice, bob):
    [ending] = pressing.of(alice).endings
    assert ending.on == clock.today() + timedelta(days=9)
    assert "2 people are held" in ending.sentence
    assert not pressing.of(bob).endings
    hire_of(filled, alice).starts_on = clock.today() - timedelta(days=10)
    assert not pressing.of(alice).endings


def test_with_nobody_on_the_bench_there_is_nothing_to_decide(filled, alice):
    benches.put(filled, [], by=alice)
    assert not pressing.of(alice).endings


def test_released_the_bench_is_empty_and_nobody_is_asked_again(filled, alice):
    guards.release(filled, by=alice)
    assert names(filled, alice) == []
    assert not pressing.of(alice).endings
    with pytest.raises(Refused, match="released already"):
        guards.release(filled, by=alice)


def people(role, alice):
    return [place.candidate for place in benches.of(role, seen_by=alice)]


@pytest.mark.parametrize("days", [0, 3, 89, 90, 91, 300])
def test_kept_warm_a_date_to_come_stays(filled, alice, days):
    first, second = people(filled, alice)
    candidates.set_next(first, make.in_days(days), by=alice, why="After the summer")
    guards.keep_warm(filled, by=alice)
    assert (first.next_on, first.next_why) == (make.in_days(days), "After the summer")
    assert second.next_on == make.in_days(90)
    guards.reopen(filled, by=alice)
    assert (first.next_on, first.next_why) == (make.in_days(days), "After the summer")
    assert (second.next_on, second.next_why) == (None, "")


def test_a_date_that_has_passed_is_set_anew_and_put_back_by_the_undo(filled, alice):
    first, _ = people(filled, alice)
    candidates.call_again(first, make.in_days(-2), "Asked for March")
    for _ in range(2):
        guards.keep_warm(filled, by=alice)
        assert first.next_on == make.in_days(90)
        guards.reopen(filled, by=alice)
        assert (first.next_on, first.next_why) == (make.in_days(-2), "Asked for March")


def test_a_date_chosen_since_outlives_the_undo(filled, alice):
    first, second = people(filled, alice)
    guards.keep_warm(filled, by=alice)
    candidates.set_next(first, make.in_days(5), by=alice)
    candidates.let_go(second, by=alice)
    guards.reopen(filled, by=alice)
    assert first.next_on == make.in_days(5)
    assert (second.next_on, second.let_go_at is None) == (None, False)


@pytest.mark.parametrize("gone", ["let_go_at", "archived_at", "deleted_at"])
def test_who_is_gone_is_not_warmed(filled, alice, gone):
    first, _ = people(filled, alice)
    setattr(first, gone, clock.now())
    guards.keep_warm(filled, by=alice)
    assert first.next_on is None
    assert getattr(first, gone) is not None


@pytest.mark.parametrize("end", [guards.release, guards.keep_warm])
def test_the_whole_bench_ends_also_whom_the_one_who_ends_it_does_not_see(filled, alice, bob, end):
    hidden = make.candidate(bob, "Cy Hidden", email="", visibility="owner")
    db.session.add(Place(role_id=filled.id, candidate_id=hidden.id, position=3))
    end(filled, by=alice)
    assert names(filled, bob) == []
    guards.reopen(filled, by=alice)
    assert names(filled, bob) == ["Ada Byron", "Bo Ek", "Cy Hidden"]
    assert names(filled, alice) == ["Ada Byron", "Bo Ek"]


def test_nothing_of_an_erased_person_stays(filled, alice):
    first, _ = people(filled, alice)
    guards.keep_warm(filled, by=alice)
    db.session.flush()
    db.session.execute(delete(Candidate).where(Candidate.id == first.id))
    assert db.session.query(KeptWarm).count() == 1
    guards.reopen(filled, by=alice)


@pytest.mark.parametrize("end", [guards.release, guards.keep_warm])
def test_undone_the_bench_is_as_it_was(filled, alice, end):
    before = names(filled, alice)
    gone = benches.of(filled, seen_by=alice)[0].candidate_id
    benches.remove(filled, gone, by=alice)
    end(filled, by=alice)
    guards.reopen(filled, by=alice)
    assert names(filled, alice) == before[1:]  # who was taken off before stays off
    guards.reopen(filled, by=alice)


@pytest.mark.parametrize("more", guards.LONGER)
def test_prolonged_it_lasts_so_long_from_its_end_or_from_today(filled, alice, more):
    hire = hire_of(filled, alice)
    for started, days in product((0, 1, 29, 30, 89, 90, 334, 364, 400), (1, 30, 90, 335, 365)):
        prolong(filled, hire, started, days, more, by=alice)


def prolong(role, hire, started, days, more, *, by):
    hire.starts_on, hire.guard_days = clock.today() - timedelta(days=started), days
    db.session.flush()
    before = guards.ends_on(hire)
    try:
        guards.prolong(role, more, by=by)
    except Refused:
        assert max(days, started + 1) + more > roles.LONGEST_GUARD
        assert guards.ends_on(hire) == before
    else:
        assert guards.ends_on(hire) == max(before, clock.today()) + timedelta(days=more)
        assert hire.is_guarded


def test_a_second_click_and_an_undo_that_came_late_change_nothing(filled, alice):
    hire = hire_of(filled, alice)
    for _ in range(2):
        assert guards.prolong(filled, 30, by=alice, was=90).guard_days == 120
    guards.prolong(filled, 14, by=alice, was=120)
    assert guards.set_back(filled, was=90, now=120, by=alice).guard_days == 134
    for _ in range(2):
        assert guards.set_back(filled, was=120, now=134, by=alice).guard_days == 120
    for was, now in ((121, 120), (120, 120), (9999, 120), (-1, 120)):
        guards.set_back(filled, was=was, now=now, by=alice)
        assert hire.guard_days == 120


def test_only_who_may_close_the_role_decides(filled, bob):
    for act in (guards.release, guards.keep_warm, guards.reopen):
        with pytest.raises((Denied, Refused)):
            act(filled, by=bob)


def test_without_a_first_day_there_is_no_window_to_end(filled, alice):
    hire_of(filled, alice).starts_on = None
    with pytest.raises(Refused, match="first day"):
        guards.release(filled, by=alice)
