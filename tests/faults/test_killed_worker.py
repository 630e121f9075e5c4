"""The worker is killed again and again while it sends; then the database is compared with the server's log."""

import random
import time

import pytest

from tests.faults import auditor
from tests.faults.house import SECONDS, House

LETTERS = 12
KILLS = 6


@pytest.mark.timeout(180)
def test_nothing_is_lost_and_nothing_is_sent_twice(house):
    acknowledged = house.queue(LETTERS)
    kill_at_random(house, KILLS, at_once=1)
    house.finish()
    check(house, acknowledged)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("at_once", [2, 8])
def test_nothing_is_lost_where_many_work_and_die(house, at_once):
    acknowledged = house.queue(300)
    for fault in ("4xx", "5xx", "reset", "reset_after_accept"):
        house.sink.plan("dot", fault, 5)
        house.sink.plan("rcpt", fault, 5)
    kill_at_random(house, 120, at_once=at_once)
    house.finish()
    found = house.audit(acknowledged)
    assert found.clean, found


def kill_at_random(house: House, kills: int, *, at_once: int) -> None:
    """`at_once` workers at a time, each killed at some moment after it has begun to work."""
    chance = random.Random(4)
    for _ in range(kills // at_once):
        running = [house.worker() for _ in range(at_once)]
        for worker in running:
            worker.wait_for("(worker is ready)", SECONDS)
        for worker in running:
            time.sleep(chance.uniform(0, 0.12 / at_once))
            worker.kill()


def check(house: House, acknowledged: list[str]) -> None:
    found = house.audit(acknowledged)
    assert found.clean, found
    states = {row.state for row in auditor.rows(house.database_url)}
    assert states <= {"accepted", "in_doubt"}, states
    assert len(auditor.rows(house.database_url)) == LETTERS
