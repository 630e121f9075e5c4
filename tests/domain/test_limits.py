"""Limits: N may, N + 1 may not, however many processes count."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from crm.db import db, unit_of_work
from crm.domain import limits
from crm.domain.errors import TooMany
from crm.domain.limits import Counter, Limit
from crm.kit import clock
from tests.conftest import make_app


@pytest.fixture
def context(app):
    with app.app_context():
        yield


def count(name="doorbell", allowed=3, seconds=900):
    limits.count(name, allowed=allowed, seconds=seconds, sentence="That was too often.")


def counted(name="doorbell"):
    with unit_of_work(writes=False):
        row = db.session.get(Counter, name)
        return row.count if row else 0


def test_three_are_allowed_and_the_fourth_is_not(context):
    for _ in range(3):
        count()
    with pytest.raises(TooMany) as refused:
        count()
    assert 1 <= refused.value.seconds <= 900
    assert str(refused.value) == "That was too often."


def test_another_name_is_another_limit(context):
    for _ in range(3):
        count()
    count("another doorbell")


def test_a_window_that_is_over_starts_anew(context):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(3):
            count()
        with pytest.raises(TooMany):
            count()
        traveller.shift(timedelta(seconds=901))
        count()
        assert counted() == 1


def test_refusals_do_not_lengthen_the_window(context):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(3):
            count()
        for _ in range(5):
            traveller.shift(timedelta(seconds=150))
            with pytest.raises(TooMany):
                count()
        traveller.shift(timedelta(seconds=151))
        count()


def test_what_is_refused_later_stays_counted(context):
    with pytest.raises(RuntimeError), unit_of_work(writes=True):
        count()
        raise RuntimeError
    assert counted() == 1


def test_several_are_counted_together_and_the_longest_wait_is_told(context):
    both = [Limit("short", 1, 60), Limit("long", 1, 3600)]
    limits.count_each(both, sentence="Too often.")
    with pytest.raises(TooMany) as refused:
        limits.count_each(both, sentence="Too often.")
    assert refused.value.seconds > 60


def test_what_turned_out_well_is_given_back_and_never_below_nothing(context):
    count()
    for _ in range(2):
        limits.give_back([Limit("doorbell", 3, 900)])
    assert counted() == 0


def test_what_is_forgotten_starts_at_one(context):
    for _ in range(3):
        count()
    limits.forget("doorbell")
    count()
    assert counted() == 1


def test_the_sweep_takes_only_what_is_over(context):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        count("yesterday's")
        traveller.shift(timedelta(hours=25))
        count("today's")
        limits.sweep()
        assert counted("yesterday's") == 0
        assert counted("today's") == 1


def test_long_names_are_cut_and_still_limited(context):
    for _ in range(3):
        count("x" * 500)
    with pytest.raises(TooMany):
        count("x" * 500)


def test_two_programs_with_four_threads_each_count_every_time_and_once(app, database_url, tmp_path):
    """Each app has its own connections, as a process has: all eighty are counted, exactly fifty were let through."""
    apps = [app, make_app(tmp_path, database_url)]

    def knock(number: int) -> bool:
        with apps[number % 2].app_context():
            try:
                count("knock", allowed=50)
            except TooMany:
                return False
            return True

    with ThreadPoolExecutor(8) as threads:
        let_through = sum(threads.map(knock, range(80)))
    with app.app_context():
        assert counted("knock") == 80
    assert let_through == 50
