from datetime import UTC, date, datetime, time, timedelta

import pytest

from crm.kit import zones

BERLIN, NEW_YORK, KATHMANDU = "Europe/Berlin", "America/New_York", "Asia/Kathmandu"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_moment_reads_as_the_clock_on_the_wall_does():
    assert zones.local(at("2026-11-23T07:30"), BERLIN).time() == time(8, 30)
    assert zones.local(at("2026-07-23T07:30"), BERLIN).time() == time(9, 30)
    assert zones.local(at("2026-07-23T07:30"), KATHMANDU).time() == time(13, 15)


def test_seven_on_the_wall_is_another_moment_in_summer():
    assert zones.moment(date(2026, 3, 28), time(7), BERLIN) == at("2026-03-28T06:00")
    assert zones.moment(date(2026, 3, 29), time(7), BERLIN) == at("2026-03-29T05:00")


def test_an_hour_that_is_skipped_and_one_that_comes_twice():
    assert zones.moment(date(2026, 3, 29), time(2, 30), BERLIN) == at("2026-03-29T01:30")
    assert zones.moment(date(2026, 10, 25), time(2, 30), BERLIN) == at("2026-10-25T00:30")


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "Europe/Berlin\x00", "localtime", "Etc/GMT+5"])
def test_what_is_no_zone_is_utc(name):
    assert not zones.is_known(name)
    assert zones.local(at("2026-11-23T07:30"), name) == at("2026-11-23T07:30")


@pytest.mark.parametrize(("now", "then"), [
    ("2026-11-23T10:00", "2026-11-23T10:00"),
    ("2026-11-23T07:59", "2026-11-23T08:00"),
    ("2026-11-23T16:00", "2026-11-24T08:00"),
    ("2026-11-27T16:00", "2026-11-30T08:00"),
    ("2026-11-28T12:00", "2026-11-30T08:00"),
    ("2026-03-27T18:00", "2026-03-30T07:00"),
])  # fmt: skip
def test_the_next_moment_at_which_somebody_works(now, then):
    assert zones.working_time(at(now), BERLIN) == at(then)


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, KATHMANDU, "Pacific/Apia", "Pacific/Kiritimati", "UTC"])
def test_in_a_whole_year_it_is_never_before_and_always_in_working_hours(zone):
    moment = at("2027-12-20T00:00")
    for _ in range(500):
        moment += timedelta(hours=17, minutes=31)
        found = zones.working_time(moment, zone)
        there = zones.local(found, zone)
        assert moment <= found <= moment + timedelta(days=3, hours=2)
        assert there.weekday() < 5 and time(9) <= there.time() < time(17)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo", "UTC"])
def test_the_ends_of_the_calendar_are_moments(zone):
    first, last = zones.moment(date.min, time(0), zone), zones.moment(date.max, time(23, 59), zone)
    assert (first.year, last.year, last.utcoffset()) == (1, 9999, timedelta(0))
