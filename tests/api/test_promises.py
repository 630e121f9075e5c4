"""Promises by the API: made, settled once, moved, taken back, and first on Today."""

import threading

import pytest

from crm.db import unit_of_work
from crm.domain import candidates, promises, users
from crm.kit import clock
from tests import make, people
from tests.api.program import Program
from tests.structure.workspace import statements


def day(count):
    return make.in_days(count).isoformat()


def path(ada):
    return f"/candidates/{ada}/promises"


def made(program, ada, text="I will call in spring", days=30):
    return program.post(path(ada), {"text": text, "due_on": day(days)})


@pytest.fixture
def overdue(app, ada):
    """By Alice, due since five days."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        with clock.set_to(clock.now() - make.days(15)):
            person = candidates.find(ada, seen_by=alice)
            return promises.make(person, text="Send the notes", due_on=make.in_days(10), by=alice).id


def test_a_promise_is_made_shown_and_listed_due_first(alices, ada):
    later = made(alices, ada)
    sooner = made(alices, ada, "Send the notes", 0)
    assert (later["state"], later["is_due"], later["earlier"]) == ("open", False, [])
    assert sooner["is_due"]
    assert [one["id"] for one in alices.get(path(ada))["items"]] == [sooner["id"], later["id"]]
    first = alices.get(f"{path(ada)}?limit=1")
    assert [one["id"] for one in alices.get(f"{path(ada)}?limit=1&after={first['next']}")["items"]] == [later["id"]]
    assert alices.get(f"{path(ada)}/{later['id']}") == later


def test_it_is_kept_and_open_again_and_moved_and_broken(alices, ada):
    one = f"{path(ada)}/{made(alices, ada)['id']}"
    kept = alices.patch(one, {"state": "kept"})
    assert kept["state"] == "kept" and kept["settled_at"]
    assert alices.patch(one, {"state": "open"})["settled_at"] is None
    moved = alices.patch(one, {"due_on": day(40)})
    assert (moved["state"], moved["due_on"], moved["earlier"]) == ("renewed", day(40), [day(30)])
    assert alices.patch(one, {"state": "renewed", "due_on": day(50)})["earlier"] == [day(30), day(40)]
    assert alices.patch(one, {"state": "broken"})["state"] == "broken"
    reopened = alices.patch(one, {"state": "open", "due_on": day(60)})
    assert (reopened["state"], reopened["due_on"]) == ("renewed", day(60))


def test_what_was_never_made_is_deleted(alices, ada):
    one = f"{path(ada)}/{made(alices, ada)['id']}"
    alices.delete(one)
    alices.get(one, 404)
    alices.delete(one, 404)


def test_twice_is_once(alices, ada):
    first = made(alices, ada)
    assert made(alices, ada) == first
    one = f"{path(ada)}/{first['id']}"
    assert alices.patch(one, {"state": "kept"}) == alices.patch(one, {"state": "kept"})


REFUSED = [
    ({"state": "kept", "due_on": "2099-01-01"}, "due_on"),
    ({"state": "renewed"}, "due_on"),
    ({"due_on": "2020-01-01"}, "due_on"),
    ({"due_on": "2999-01-01"}, "due_on"),
    ({"due_on": "soon"}, "due_on"),
    ({"state": "forgotten"}, "state"),
    ({"text": "something else"}, "text"),
]


def test_a_change_that_makes_no_sense_is_refused_at_its_field(alices, ada):
    one = f"{path(ada)}/{made(alices, ada)['id']}"
    for body, field in REFUSED:
        assert alices.patch(one, body, 422)["field"] == field
    assert alices.get(one)["state"] == "open"


WRONG = [{}, {"text": "x"}, {"due_on": "2099-01-01"}, {"text": " ", "due_on": "2027-01-01"},
         {"text": "x", "due_on": "2020-01-01"}, {"text": "x" * 301, "due_on": "2027-01-01"},
         {"text": "x", "due_on": None}, {"text": "x", "due_on": "2027-01-01", "state": "kept"}]  # fmt: skip


def test_a_promise_without_words_or_a_day_to_come_is_refused(alices, ada):
    for body in WRONG:
        alices.post(path(ada), body, 422)
    assert alices.get(path(ada))["items"] == []


def test_whoever_comes_second_is_told_who_was_first(alices, annas, ada):
    one = f"{path(ada)}/{made(alices, ada)['id']}"
    alices.patch(one, {"state": "kept"})
    assert "Alice Okafor marked it as kept" in annas.patch(one, {"state": "broken"}, 422)["message"]
    assert "marked it as kept" in alices.patch(one, {"due_on": day(3)}, 422)["message"]


def test_somebody_elses_promise_is_not_a_strangers_to_settle(alices, charlies, ada):
    one = f"{path(ada)}/{made(alices, ada)['id']}"
    for body in ({"state": "kept"}, {"due_on": day(3)}, {"state": "broken"}):
        charlies.patch(one, body, 403)
    charlies.delete(one, 403)
    assert charlies.get(one)["state"] == "open"


def test_what_one_may_not_see_is_not_there(app, alices, charlies, ada):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        hidden = make.candidate(alice, "Olof Hidden", email="", visibility="owner").id
    one = made(alices, hidden)["id"]
    nothing = charlies.ask("GET", f"/candidates/{'0' * 20}/promises/{'0' * 20}")
    for method, where in (("GET", path(hidden)), ("GET", f"{path(hidden)}/{one}"), ("DELETE", f"{path(hidden)}/{one}"),
                          ("GET", f"{path(ada)}/{one}")):  # fmt: skip
        answer = charlies.ask(method, where)
        assert (answer.status_code, answer.data) == (404, nothing.data)
    charlies.post(path(hidden), {"text": "call", "due_on": day(3)}, 404)


# --- Today


def test_promises_stand_first_on_today(alices, bobs, ada, overdue):
    other = alices.post("/candidates", {"full_name": "Due Now"})["id"]
    alices.patch(f"/candidates/{other}", {"next_on": day(0)})
    alices.patch(f"/candidates/{ada}", {"next_on": day(0)})
    told = alices.get("/today")
    first = told["items"][0]
    assert (first["full_name"], first["why"], first["on"]) == ("Ada Byron", "Send the notes", day(-5))
    assert [item["full_name"] for item in told["items"]] == ["Ada Byron", "Due Now"]
    assert (first["promise"]["id"], told["items"][1]["promise"]) == (overdue, None)
    assert bobs.get("/today")["items"] == []
    alices.patch(f"{path(ada)}/{overdue}", {"state": "kept"})
    assert {item["full_name"] for item in alices.get("/today")["items"]} == {"Ada Byron", "Due Now"}


def test_today_asks_as_often_for_many_promises_as_for_few(app, alices):
    counts = []
    for size in (2, 15):
        for number in range(size):
            person = alices.post("/candidates", {"full_name": f"Nora {size} {number}"})["id"]
            made(alices, person, days=0)
        with statements(app) as ran:
            alices.get("/today")
        counts.append(len(ran))
    assert counts[0] == counts[1] <= 12


# --- at once


def test_two_who_settle_at_once_make_one_truth(app, alices, ada):
    one = f"{path(ada)}/{made(alices, ada)['id']}"
    programs = [(Program(app, "alice"), {"state": "kept"}), (Program(app, "rita"), {"state": "broken"})] * 3
    answers = []

    def settle(program, body):
        answers.append(program.ask("PATCH", one, json=body))

    threads = [threading.Thread(target=settle, args=given) for given in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = alices.get(one)["state"]
    assert {answer.get_json()["state"] for answer in answers if answer.status_code == 200} == {state}
    refused = [answer.get_json()["message"] for answer in answers if answer.status_code != 200]
    assert len(refused) == 3
    assert all("is settled" in sentence for sentence in refused)


def test_one_promise_sent_many_times_at_once_is_one(app, alices, ada):
    threads = [threading.Thread(target=made, args=(Program(app, "alice"), ada)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(alices.get(path(ada))["items"]) == 1
