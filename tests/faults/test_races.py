"""Things that happen at the same moment: a yes withdrawn while the letter leaves, one order given twenty times."""

import json
import random
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from crm.db import unit_of_work
from crm.domain import api_tokens, candidates
from crm.domain.consents import Consent, withdraw
from crm.worker import Worker
from tests.faults import auditor
from tests.faults import house as houses
from tests.servers import program

PARALLEL = 20
LONGEST = 0.2  # seconds between the beginning of a round and the withdrawal


def test_what_was_withdrawn_before_it_was_in_doubt_never_leaves(house):
    withdraw_around_sending(house, rounds=40)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_what_was_withdrawn_never_leaves_in_a_thousand_races(house):
    withdraw_around_sending(house, rounds=1_000)


def withdraw_around_sending(house, rounds: int) -> None:
    chance = random.Random(7)
    acknowledged, withdrawn_first = [], 0
    usual = time_one(house, acknowledged)
    for _ in range(rounds):
        acknowledged += house.queue()
        withdrawing = threading.Thread(target=withdraw_after, args=(house, chance.uniform(0, min(2 * usual, LONGEST))))
        withdrawing.start()
        Worker(house.app).drain()
        withdrawing.join()
        withdrawn_first += auditor.by_id(house.database_url)[acknowledged[-1]].state == "blocked"
    found = house.audit(acknowledged)
    assert found.clean, found
    left = sum(auditor.arrivals(house.log).values())
    assert left + withdrawn_first == rounds + 1
    assert min(left, withdrawn_first) > rounds / 20, "one side always won: that was no race"


def time_one(house, acknowledged: list[str]) -> float:
    """Seconds that a letter takes here, with nothing in its way."""
    Worker(house.app).drain()
    acknowledged += house.queue()
    began = time.monotonic()
    Worker(house.app).drain()
    return time.monotonic() - began


def withdraw_after(house, seconds: float) -> None:
    time.sleep(seconds)
    with house.app.app_context(), unit_of_work(writes=True) as session:
        for consent in session.query(Consent).filter(Consent.withdrawn_at.is_(None)):
            withdraw(consent, by=houses.alice())


def test_twenty_identical_orders_at_once_are_one_letter(house):
    order_at_once(house, rounds=5)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_times_twenty_identical_orders_are_two_hundred_letters(house):
    order_at_once(house, rounds=200)


def order_at_once(house, rounds: int) -> None:
    """Through the API of the program as it is served, which sends them too."""
    [first] = house.queue()
    with house.app.app_context(), unit_of_work(writes=True) as session:
        ada = session.scalar(candidates.listed(houses.alice())).id
        token = api_tokens.add(houses.alice(), scope="write", days=9, by=None)[1]
    served = program.serve(house.folder, **house.settings, CRM_API_REQUESTS_A_MINUTE="100000")
    with served, ThreadPoolExecutor(PARALLEL) as many:
        for number in range(rounds):
            together = threading.Barrier(PARALLEL)
            calls = [many.submit(order, served.url, ada, token, f"order {number}", together) for _ in range(PARALLEL)]
            answers = {call.result() for call in calls}
            assert len(answers) == 1, answers
        acknowledged = list(auditor.by_id(house.database_url))
        assert len(acknowledged) == rounds + 1
        houses.wait_until(lambda: not auditor.on_the_way(house.database_url), served.output)
    found = house.audit([first, *acknowledged])
    assert found.clean, found
    assert sum(auditor.arrivals(house.log).values()) == rounds + 1


def order(url: str, candidate: str, token: str, key: str, together: threading.Barrier) -> str:
    """The id of the forward that was made, or had been."""
    body = {"to": "carol@acme.example.org", "name": "Carol Devereux", "company": "Acme", "note": key}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
    wanted = urllib.request.Request(f"{url}/api/v1/candidates/{candidate}/forwards", json.dumps(body).encode(), headers)
    together.wait(30)
    with urllib.request.urlopen(wanted, timeout=60) as answer:
        return json.loads(answer.read())["id"]
