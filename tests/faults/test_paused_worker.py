"""A worker stands still past its lease, as on a machine that was suspended; another one goes on; then it wakes up."""

import pytest

from tests.faults import auditor
from tests.faults import house as houses

LETTERS = 3


@pytest.mark.parametrize("place", ["after_claim", "after_354", "after_in_doubt"])
def test_a_worker_that_wakes_up_late_sends_nothing_twice(house, place):
    acknowledged = house.queue(LETTERS)
    with house.worker(f"{place}:stop:2") as sleeper:
        houses.wait_until_stopped(sleeper)
        [held] = [row for row in auditor.rows(house.database_url) if row.state in {"claimed", "in_doubt"}]
        house.finish()
        meanwhile = auditor.by_id(house.database_url)[held.id].state
        houses.go_on(sleeper)
        houses.wait_until(lambda: has_settled(house, held.id), sleeper.output)
        assert sleeper.stop() == 0, sleeper.output()

    assert meanwhile == ("in_doubt" if place == "after_in_doubt" else "accepted")
    found = house.audit(acknowledged)
    assert found.clean, found
    assert [row.state for row in auditor.rows(house.database_url)] == ["accepted"] * LETTERS
    assert sum(auditor.arrivals(house.log).values()) == LETTERS


def has_settled(house, letter: str) -> bool:
    return auditor.by_id(house.database_url)[letter].state == "accepted"
