"""The guard window: asked before it ends, prolonged, released, kept warm, and taken back."""

from datetime import timedelta
from itertools import product

import pytest

from crm.db import db
from crm.domain import benches, guards, pressing, roles
from crm.domain.errors import Denied, Refused
from crm.kit import clock
from tests import make


@pytest.fixture
def filled(alice):
    """A role whose hire started so long ago that the window ends within two weeks; two on its bench."""
    role = make.role(alice)
    for name in ("Ada Byron", "Bo Ek"):
        benches.add(role, make.candidate(alice, name, email=""), by=alice)
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
    assert len(guards.release(filled, by=alice)) == 2
    assert names(filled, alice) == []
    assert not pressing.of(alice).endings
    with pytest.raises(Refused, match="released already"):
        guards.release(filled, by=alice)


def test_kept_warm_everybody_has_a_next_date_and_a_sooner_one_stays(filled, alice):
    first, second = [place.candidate for place in benches.of(filled, seen_by=alice)]
    sooner = clock.today() + timedelta(days=3)
    first.next_on, second.next_on = sooner, None
    guards.keep_warm(filled, by=alice)
    assert first.next_on == sooner
    assert second.next_on == clock.today() + timedelta(days=90)


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


def test_only_who_may_close_the_role_decides(filled, bob):
    for act in (guards.release, guards.keep_warm, guards.reopen):
        with pytest.raises((Denied, Refused)):
            act(filled, by=bob)


def test_without_a_first_day_there_is_no_window_to_end(filled, alice):
    hire_of(filled, alice).starts_on = None
    with pytest.raises(Refused, match="first day"):
        guards.release(filled, by=alice)
