"""The worker is killed at every named place on a letter's way; each letter ends in the one state that is documented."""

import pytest

from tests.faults import auditor
from tests.faults import house as houses
from tests.faults.house import House

BEFORE_DOUBT = (
    "before_claim", "after_claim", "after_writing", "after_connect", "after_mail", "after_rcpt", "after_354",
    "before_in_doubt",
)  # fmt: skip
IN_DOUBT = ("after_in_doubt", "in_text", "after_dot", "after_250", "before_settled")
SETTLED = ("after_settled",)
ALL = BEFORE_DOUBT + IN_DOUBT + SETTLED

NEVER_LEFT = {"after_in_doubt", "in_text"}
HAS_LEFT = {"after_250", "before_settled", "after_settled"}
"""Killed at after_dot, the dot may have left the machine or not."""

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@on_sqlite
@pytest.mark.parametrize("places", [ALL[::2], ALL[1::2]], ids=["even", "odd"])
def test_killed_anywhere_nothing_is_lost_and_nothing_is_doubled(house, places):
    torture(house, places)


@on_postgresql
def test_killed_anywhere_on_postgresql(house):
    torture(house, ALL[1::2])


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("places", [ALL[::2], ALL[1::2]], ids=["even", "odd"])
def test_killed_anywhere_forty_times(house, places):
    for _ in range(40):
        torture(house, places)


def torture(house: House, places: tuple[str, ...]) -> None:
    """At each place a worker dies, by turns with its first letter and with its second; then one sees the rest through.
    A letter abandoned by one may be the next one's first.
    """
    acknowledged = house.queue(2 * len(places))
    hit: dict[str, str] = {}
    for number, place in enumerate(places):
        letter, state = kill_at(house, place, 1 + number % 2)
        assert state == documented(place), f"{place}: {letter}"
        if letter:
            hit[letter] = place
    house.finish()

    found = house.audit(acknowledged)
    assert found.clean, found
    ended, arrived = auditor.by_id(house.database_url), auditor.arrivals(house.log)
    for letter, place in hit.items():
        _check_end(ended[letter], arrived[ended[letter].message_id], place)
    assert {ended[letter].state for letter in {*acknowledged} - hit.keys()} == {"accepted"}


def kill_at(house: House, place: str, time: int) -> tuple[str, str]:
    """The id of the letter that was under way, "" when there was none, and its state after the kill."""
    before = auditor.by_id(house.database_url)
    houses.wait_for_death(house.worker(f"{place}:kill:{time}"))
    after = auditor.by_id(house.database_url)
    touched = [
        row for row in after.values() if (row.state, row.attempts) != (before[row.id].state, before[row.id].attempts)
    ]
    settled = [row for row in touched if row.state == "accepted"]
    under_way = [row for row in touched if row.state != "accepted"]
    if place in SETTLED:
        return (max(settled, key=lambda row: row.in_doubt_at).id, "accepted") if settled else ("", "")
    assert len(settled) == time - 1
    assert len(under_way) <= 1, under_way
    return (under_way[0].id, under_way[0].state) if under_way else ("", "queued")


def documented(place: str) -> str:
    """Of the letter under way when the worker was killed there."""
    if place == "before_claim":
        return "queued"
    return "accepted" if place in SETTLED else "in_doubt" if place in IN_DOUBT else "claimed"


def _check_end(row: auditor.Row, arrived: int, place: str) -> None:
    wanted = "in_doubt" if place in IN_DOUBT else "accepted"
    assert row.state == wanted, f"killed at {place}: {row}"
    if place in NEVER_LEFT:
        assert arrived == 0, f"killed at {place}, and yet it arrived: {row}"
    elif place != "after_dot":
        assert arrived == 1, f"killed at {place}: {row} arrived {arrived} times"
