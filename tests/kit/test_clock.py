"""The one clock."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from crm.kit import clock

A_DAY = datetime(2026, 5, 4, 23, 30, tzinfo=UTC)


def test_the_time_is_the_machines_in_utc():
    with time_machine.travel(A_DAY, tick=False):
        assert clock.now() == A_DAY
        assert clock.now().utcoffset() == timedelta(0)
        assert clock.today() == A_DAY.date()


def test_another_moment_lasts_as_long_as_it_is_wanted():
    with clock.set_to(A_DAY):
        assert (clock.now(), clock.today()) == (A_DAY, A_DAY.date())
        with clock.set_to(A_DAY - timedelta(days=1)):
            assert clock.now() == A_DAY - timedelta(days=1)
        assert clock.now() == A_DAY
    assert clock.now() > A_DAY - timedelta(days=1)


def test_it_ends_when_something_goes_wrong():
    with pytest.raises(RuntimeError), clock.set_to(A_DAY):
        raise RuntimeError
    assert clock.now() != A_DAY


def test_others_at_the_same_time_do_not_notice():
    seen = []
    with clock.set_to(A_DAY):
        other = threading.Thread(target=lambda: seen.append(clock.now()))
        other.start()
        other.join()
    assert seen[0] != A_DAY
