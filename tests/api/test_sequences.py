"""Sequences by the API: started, seen by whoever sees the person, stopped for good."""

import pytest

from crm.db import unit_of_work
from crm.domain import candidates, sequence_plans, users
from crm.domain.sequence_plans import Step
from tests import people

STEPS = [Step(0, subject="Hello {first name}", text="How are you?"), Step(30, subject="Once more", text="No news.")]


@pytest.fixture
def plan(app):
    with app.app_context(), unit_of_work(writes=True):
        return sequence_plans.add(name="Two words", steps=STEPS, by=users.by_email(people.address("alice"))).id


def path(ada):
    return f"/candidates/{ada}/sequences"


def test_it_is_started_listed_and_stopped(alices, ada, plan):
    started = alices.post(path(ada), {"plan": plan})
    assert (started["plan"], started["is_running"], started["ended_why"]) == ("Two words", True, None)
    assert [(step["subject"], step["wait_days"], step["state"]) for step in started["steps"]] == [
        ("Hello Ada", 0, "waiting"), ("Once more", 30, "waiting"),
    ]  # fmt: skip
    assert [one["id"] for one in alices.get(path(ada))["items"]] == [started["id"]]
    stopped = alices.post(f"{path(ada)}/{started['id']}/stop", status=200)
    assert (stopped["is_running"], stopped["ended_why"]) == (False, "stopped")


def test_what_ended_it_is_told_at_once(alices, ada, plan):
    alices.post(path(ada), {"plan": plan})
    alices.post(f"/candidates/{ada}/touchpoints", {"kind": "mail", "direction": "in", "text": "Thank you"})
    [one] = alices.get(path(ada))["items"]
    assert (one["is_running"], one["ended_why"], one["ended_at"]) == (False, "answered", None)


def test_only_one_runs_for_a_person(alices, bobs, ada, plan):
    alices.post(path(ada), {"plan": plan})
    told = bobs.post(path(ada), {"plan": "once_more"}, status=422)
    assert "Alice Okafor already writes to Ada Byron" in told["message"]


def test_a_plan_of_another_is_not_there(bobs, ada, plan):
    bobs.post(path(ada), {"plan": plan}, status=404)
    bobs.post(path(ada), {"plan": "nothing"}, status=404)


def test_the_same_key_starts_it_once(alices, ada, plan):
    first, second = (alices.post(path(ada), {"plan": plan}, key="k") for _ in range(2))
    assert first == second


def test_somebody_hidden_has_none(app, alices, charlies, ada, plan):
    started = alices.post(path(ada), {"plan": plan})
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        candidates.share(candidates.find(ada, seen_by=alice), "owner", by=alice)
    charlies.get(path(ada), status=404)
    charlies.post(path(ada), {"plan": "lightly"}, status=404)
    charlies.post(f"{path(ada)}/{started['id']}/stop", status=404)
