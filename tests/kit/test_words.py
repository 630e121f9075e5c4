"""Dates and sizes as people say them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.kit import words

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOW, "just now"),
        (NOW - timedelta(seconds=59), "just now"),
        (NOW + timedelta(seconds=30), "just now"),
        (NOW - timedelta(minutes=1), "1 minute ago"),
        (NOW - timedelta(minutes=59), "59 minutes ago"),
        (NOW - timedelta(hours=1), "1 hour ago"),
        (NOW + timedelta(hours=5), "in 5 hours"),
        (NOW - timedelta(hours=19, minutes=59), "19 hours ago"),
        (NOW - timedelta(hours=21), "yesterday"),
        (NOW + timedelta(hours=21), "tomorrow"),
        (NOW - timedelta(days=2), "2 days ago"),
        (NOW - timedelta(days=13), "13 days ago"),
        (NOW - timedelta(days=14), "2 weeks ago"),
        (NOW - timedelta(days=59), "8 weeks ago"),
        (NOW - timedelta(days=61), "2 months ago"),
        (NOW - timedelta(days=365), "12 months ago"),
        (NOW - timedelta(days=731), "2 years ago"),
        (NOW + timedelta(days=40), "in 5 weeks"),
        (date(2026, 5, 4), "today"),
        (date(2026, 5, 3), "yesterday"),
        (date(2026, 5, 5), "tomorrow"),
        (date(2026, 5, 20), "in 2 weeks"),
        (date(2020, 5, 4), "6 years ago"),
    ],
)
def test_how_long_ago_and_how_soon(at, said):
    assert words.ago(at, NOW) == said


def test_no_day_is_called_by_two_names():
    """Going back day by day, the words never say that it is later."""
    said = [words.ago(NOW.date() - timedelta(days=days), NOW) for days in range(3_000)]
    order = {word: said.index(word) for word in said}
    assert [order[word] for word in said] == sorted(order[word] for word in said)


def test_a_day_and_a_moment():
    assert words.day(date(2026, 11, 3)) == "3 November 2026"
    assert words.day(NOW) == "4 May 2026"
    assert words.exact(NOW) == "Monday, 4 May 2026, 09:30 UTC"


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "1 kB"), (1, "1 kB"), (1_499, "1 kB"), (20_000, "20 kB"), (999_499, "999 kB"), (1_000_000, "1.0 MB"),
     (1_250_000, "1.2 MB"), (20_000_000, "20.0 MB")],
)  # fmt: skip
def test_the_size_of_a_file(count, said):
    assert words.size(count) == said


def test_a_size_just_below_a_megabyte_is_not_a_thousand_kilobytes():
    assert words.size(999_999) == "1.0 MB"


def test_one_and_several():
    assert words.several(1, "person", "people") == "1 person"
    assert words.several(0, "person", "people") == "0 people"
    assert words.several(1_234, "letter") == "1,234 letters"
