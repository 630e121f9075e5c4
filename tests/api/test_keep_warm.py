"""Gracious signals, introductions and something useful, for programs."""

import pytest

from crm.db import unit_of_work
from crm.domain import users
from tests import make, people

TOLD = {"told_candidate": "Somebody who builds data teams.", "told_other": "A person who leads data teams."}
GUIDE = {"title": "A field guide", "link": "https://example.org/guide", "tags": ["streams"]}


@pytest.fixture
def others(app, ada):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        grace = make.candidate(alice, "Grace Hopper", email="g@example.org")
        hidden = make.candidate(alice, "Hidden One", email="h@example.org", visibility="owner")
        return {"carol": make.colleague(alice).id, "grace": grace.id, "hidden": hidden.id}


# --- gracious signals


def test_a_signal_is_noted_once_listed_and_taken_back(alices, ada):
    path = f"/candidates/{ada}/signals"
    noted = alices.post(path, {"kind": "thanked", "words": "to all four"})
    assert alices.post(path, {"kind": "thanked"}) == noted
    assert alices.get(path)["items"] == [noted]
    alices.delete(f"{path}/{noted['id']}")
    assert alices.get(path)["items"] == []


@pytest.mark.parametrize("body", [{}, {"kind": "flowers"}, {"kind": "thanked", "words": "x" * 301}, {"kind": 7}])
def test_an_unknown_signal_is_refused(alices, ada, body):
    alices.post(f"/candidates/{ada}/signals", body, 422)


def test_of_hidden_people_nothing_is_told(charlies, others):
    charlies.get(f"/candidates/{others['hidden']}/signals", 404)
    charlies.post(f"/candidates/{others['hidden']}/signals", {"kind": "thanked"}, 404)


# --- introductions


def test_both_are_asked_and_it_is_listed(alices, ada, others):
    asked = alices.post("/introductions", {"candidate_id": ada, "colleague_id": others["carol"], **TOLD})
    assert (asked["state"], asked["answers"], asked["colleague_id"]) == ("asked", ["", ""], others["carol"])
    assert alices.get("/introductions")["items"] == [asked]
    assert alices.get(f"/introductions/{asked['id']}") == asked
    assert [one["kind"] for one in alices.get("/outbox")["items"]] == ["introduction_ask"] * 2


def test_with_the_same_key_they_are_asked_once(alices, ada, others):
    body = {"candidate_id": ada, "other_candidate_id": others["grace"], **TOLD}
    assert alices.post("/introductions", body, key="one") == alices.post("/introductions", body, key="one")
    refused = alices.post("/introductions", body, 422)
    assert refused["field"] == "other_candidate_id"


@pytest.mark.parametrize(
    "given", [{}, {"colleague_id": "carol", "other_candidate_id": "grace"}, {"colleague_id": "nobody"}]
)
def test_the_other_is_one_who_is_there(alices, ada, others, given):
    body = {"candidate_id": ada, **TOLD, **{name: others.get(one, one) for name, one in given.items()}}
    alices.post("/introductions", body, 404 if given == {"colleague_id": "nobody"} else 422)


def test_hidden_people_are_not_introduced_by_strangers(charlies, ada, others):
    charlies.post("/introductions", {"candidate_id": ada, "other_candidate_id": others["hidden"], **TOLD}, 404)


# --- something useful


def test_something_useful_is_added_and_listed(alices, charlies):
    added = alices.post("/useful", GUIDE)
    assert (added["tags"], added["visibility"], added["filename"]) == (["streams"], "company", "")
    assert charlies.get("/useful")["items"] == [added]
    alices.post("/useful", {**GUIDE, "visibility": "private"})
    assert charlies.get("/useful")["items"] == [added]


@pytest.mark.parametrize("change", [{"link": "javascript:x"}, {"title": ""}, {"tags": ["x" * 61]}, {"link": ""}])
def test_what_is_not_whole_is_refused(alices, change):
    alices.post("/useful", {**GUIDE, **change}, 422)
