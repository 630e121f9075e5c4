"""Imports, intakes and saved searches for programs: what a page does, with nobody's but one's own in sight."""

import io

import pytest

from crm.db import unit_of_work
from crm.domain import bulk
from crm.worker import Worker
from tests import documents

TABLE = b"Name,Email,Since\nAda Byron,ada@example.org,2021\nBo Ek,nonsense,2020\n,,\n"
ADA = documents.txt("Ada Byron", ["Analyst", "ada@example.org", "+44 20 7946 0958"])
BEN = documents.txt("Ben Okafor", ["Engineer", "ben@example.org"])


def sent(*files):
    return {"file": [(io.BytesIO(content), name) for name, content in files]}


# --- imports


def test_a_file_is_brought_checked_taken_in_and_taken_out_again(app, alices):
    brought = alices.post("/imports", data=sent(("people.csv", TABLE)))
    assert [one["field"] for one in brought["columns"]][:2] == ["full_name", "email"]
    assert brought["columns"][1]["examples"] == ["ada@example.org", "nonsense"]
    path = f"/imports/{brought['id']}"
    assert alices.post(path + "/start", status=422)["message"] == "Check the file first."
    fields = ["full_name", "email", "ignore"]
    assert alices.post(path + "/check", {"fields": fields, "tag": "Old base"}, 200)["state"] == "checking"
    Worker(app).drain()
    checked = alices.get(path)
    assert (checked["state"], checked["counts"]["made"], checked["tag"]) == ("checked", 2, "Old base")
    (problem,) = alices.get(path + "/problems?limit=5")["items"]
    assert (problem["row"], problem["leaves_out"]) == (3, False)
    assert "nonsense" in problem["text"]
    assert alices.get("/candidates")["items"] == []
    assert alices.post(path + "/start", status=200)["state"] == "running"
    Worker(app).drain()
    assert alices.get(path)["can_be_undone"] is True
    assert [one["tags"] for one in alices.get("/candidates")["items"]] == [["Old base"]] * 2
    assert alices.post(path + "/basis", {"basis": "application", "evidence": "applied in 2021"}, 200) == {"people": 2}
    assert alices.delete(path, 422)["error"] == "refused"
    alices.post(path + "/undo", status=200)
    Worker(app).drain()
    assert alices.get(path)["state"] == "undone"
    assert alices.get("/candidates")["items"] == []
    assert [one["id"] for one in alices.get("/imports")["items"]] == [brought["id"]]


def test_a_map_that_cannot_be_and_a_file_of_nobody(alices):
    path = f"/imports/{alices.post('/imports', data=sent(('people.csv', TABLE)))['id']}"
    assert alices.post(path + "/check", {"fields": ["email", "email"]}, 422)["field"] == "fields"
    assert alices.post(path + "/check", {"fields": ["shoe size"]}, 422)["field"] == "fields.0"
    alices.delete(path)
    alices.get(path, 404)
    for name, content in (("empty.csv", b""), ("x.csv", b"\x00\x01\x02"), ("heads.csv", b"Name,Email\n")):
        assert alices.post("/imports", data=sent((name, content)), status=422)["field"] == "file"
    assert alices.post("/imports", data=sent(("a.csv", TABLE), ("b.csv", TABLE)), status=422)["field"] == "file"
    alices.post("/imports", {"file": "x"}, 415)


def test_an_import_is_its_makers_and_sent_twice_it_is_one(alices, charlies):
    first = alices.post("/imports", data=sent(("people.csv", TABLE)), key="k")
    assert alices.post("/imports", data=sent(("people.csv", TABLE)), key="k") == first
    assert alices.post("/imports", data=sent(("people.csv", TABLE)))["id"] == first["id"]
    charlies.get(f"/imports/{first['id']}", 404)
    charlies.get(f"/imports/{first['id']}/problems", 404)
    charlies.post(f"/imports/{first['id']}/check", {}, 404)
    assert charlies.get("/imports")["items"] == []


# --- intakes


def test_resumes_are_sent_together_decided_on_and_taken_back(app, alices):
    brought = alices.post("/intakes", data=sent(("ada.txt", ADA), ("empty.txt", b""), ("ben.txt", BEN)))
    assert [one["state"] for one in brought["files"]] == ["waiting", "refused", "waiting"]
    assert brought["files"][1]["trouble"] == "This file is empty."
    path = f"/intakes/{brought['id']}"
    Worker(app).drain()
    ada, _, ben = alices.get(path)["files"]
    assert (ada["found"]["email"], ada["proposed"], ada["alike"]) == ("ada@example.org", "new", [])
    made = alices.post(
        path + "/decisions", {"decisions": [{"file_id": ada["id"], "what": "new", "name": "A. Byron"}]}, 200
    )
    person = made["files"][0]["candidate_id"]
    assert alices.get(f"/candidates/{person}")["full_name"] == "A. Byron"
    of = {"file_id": ben["id"], "what": "of"}
    assert alices.post(path + "/decisions", {"decisions": [of]}, 422)["field"] == "decisions.0.candidate_id"
    word = {"decisions": [of | {"candidate_id": "new"}]}
    assert alices.post(path + "/decisions", word, 422)["field"] == "decisions.0.candidate_id"
    twice = {"decisions": [of | {"candidate_id": person}, {"file_id": ben["id"], "what": "leave"}]}
    assert alices.post(path + "/decisions", twice, 422)["field"] == "decisions.1.file_id"
    alices.post(path + "/decisions", {"decisions": [of | {"candidate_id": person}]}, 200)
    assert len(alices.get(f"/candidates/{person}/resumes")["items"]) == 2
    assert alices.post(path + "/undo", status=200) == {"waiting": 1, "stayed": []}
    assert alices.get(path)["files"][2]["became"] == ""
    nowhere = {"decisions": [{"file_id": "nothing", "what": "leave"}]}
    assert alices.post(path + "/decisions", nowhere, 422)["field"] == "decisions.0.file_id"


def test_an_intake_grows_and_is_its_makers(alices, charlies):
    brought = alices.post("/intakes", data=sent(("ada.txt", ADA)), key="k")
    assert alices.post("/intakes", data=sent(("ada.txt", ADA)), key="k") == brought
    path = f"/intakes/{brought['id']}"
    assert len(alices.post(path + "/files", data=sent(("ben.txt", BEN), ("ada.txt", ADA)))["files"]) == 2
    assert [one["id"] for one in alices.get("/intakes")["items"]] == [brought["id"]]
    charlies.get(path, 404)
    charlies.post(path + "/files", data=sent(("ben.txt", BEN)), status=404)
    charlies.post(path + "/undo", status=404)
    alices.post("/intakes", data={}, status=415)
    too_many = sent(*((f"{number}.txt", b"x") for number in range(51)))
    assert alices.post("/intakes", data=too_many, status=422)["field"] == "file"


# --- saved searches


@pytest.fixture
def lund(alices):
    for name, seen in (("Ada", "company"), ("Bo", "owner")):
        alices.post("/candidates", {"full_name": name, "location": "Lund", "visibility": seen})
    return alices.post("/searches", {"name": "Lund", "search": "location=lund", "visibility": "company"})["id"]


def test_a_search_is_kept_changed_asked_and_let_go(alices, charlies, lund):
    path = f"/searches/{lund}"
    assert [one["full_name"] for one in alices.get(path + "/candidates")["items"]] == ["Ada", "Bo"]
    assert [one["full_name"] for one in charlies.get(path + "/candidates")["items"]] == ["Ada"]
    assert alices.get(path + "/candidates?limit=1")["next"]
    assert charlies.patch(path, {"name": "Mine"}, 403)["error"] == "denied"
    changed = alices.patch(path, {"name": "Around Lund", "alert": True, "visibility": "owner"})
    assert (changed["name"], changed["alert"], alices.get(path)) == ("Around Lund", True, changed)
    charlies.get(path, 404)
    charlies.get(path + "/candidates", 404)
    assert charlies.get("/searches")["items"] == []
    alices.delete(path)
    alices.get(path, 404)


def test_a_search_of_everybody_or_a_second_of_its_name_is_refused(alices, lund):
    assert alices.post("/searches", {"name": "All", "search": "sort=name"}, 422)["field"] == "search"
    assert alices.post("/searches", {"name": "lund", "search": "q=x"}, 422)["field"] == "name"


# --- a letter to many


def work(app):
    """What the worker does for acts on many, without sending."""
    with app.app_context():
        for _ in range(20):
            with unit_of_work(writes=True):
                if not bulk.work():
                    return


def test_a_letter_to_many_is_seen_before_and_called_off(app, alices, charlies, lund):
    grace = alices.post("/candidates", {"full_name": "Grace Hopper", "emails": ["grace@example.org"]})["id"]
    asked = {"kind": "letter", "candidate_ids": [grace], "subject": "Hello", "text": "Dear {first name}, hello."}
    seen = alices.post("/bulk-acts/preview", asked, 200)
    [letter] = seen["letters"]
    assert letter == {"to": "grace@example.org", "subject": "Hello", "text": "Dear Grace, hello."}
    everybody = asked | {"everybody": True}
    del everybody["candidate_ids"]
    assert alices.post("/bulk-acts/preview", everybody, 200)["left_out"] == [
        {"why": "who cannot be written to now", "count": 2}
    ]
    act = alices.post("/bulk-acts", asked)
    work(app)
    assert alices.get(f"/bulk-acts/{act['id']}")["done"] == 1
    [queued] = alices.get("/outbox?state=queued")["items"]
    assert queued["to"] == "grace@example.org"
    charlies.get(f"/bulk-acts/{act['id']}", 404)
    alices.post(f"/bulk-acts/{act['id']}/undo", {}, 200)
    work(app)
    assert [one["state"] for one in alices.get("/outbox")["items"]] == ["cancelled"]
    assert alices.post("/bulk-acts/preview", asked | {"text": "{shoe size}"}, 422)["field"] == "text"
