"""Roles, applications, the bench and the hire by the API; a sealed role is not there for strangers."""

import json

import pytest

from crm.kit import clock
from tests import make, people
from tests.structure.workspace import statements

ROLE = {"title": "Head of Data", "team": "Platform", "needs": "Kafka, people", "opens_on": "2027-01-31"}
DEBRIEF = {
    "margin": "hair",
    "sentence": "Ran the better case.",
    "missing": "a team of ten",
    "would_change": "two more years",
    "hire_for": ["Lead", "Staff"],
    "call_again_on": "2099-03-01",
}


@pytest.fixture
def role(alices):
    return alices.post("/roles", ROLE)["id"]


@pytest.fixture
def sealed(alices):
    body = {"title": "Chief Secret", "codename": "Falcon", "status": "sealed", "insiders": [people.address("bob")]}
    return alices.post("/roles", body)["id"]


def test_a_role_is_added_read_and_changed(alices, role):
    told = alices.get(f"/roles/{role}")
    assert {name: told[name] for name in ROLE} == ROLE
    assert (told["status"], told["insiders"], told["hire"]) == ("open", [], None)
    told = alices.patch(f"/roles/{role}", {"status": "closed", "opens_on": None, "team": None})
    assert (told["status"], told["opens_on"], told["team"], told["title"]) == ("closed", None, "", "Head of Data")
    assert [item["id"] for item in alices.get("/roles?status=closed")["items"]] == [role]
    assert alices.get("/roles?status=open")["items"] == []


def test_an_application_is_put_on_record_with_its_debrief(alices, ada, role):
    body = {
        "candidate_id": ada,
        "stage": "finalist",
        "disposition": "rejected",
        "reason": "Somebody had more",
        "decided_on": "2026-03-01",
        "debrief": DEBRIEF,
    }
    told = alices.post(f"/roles/{role}/applications", body)
    assert (told["role_title"], told["decided_on"]) == ("Head of Data", "2026-03-01")
    assert {name: told["debrief"][name] for name in DEBRIEF} == DEBRIEF
    (known,) = alices.get(f"/candidates/{ada}")["applications"]
    assert known == told
    assert alices.get(f"/candidates/{ada}")["next_on"] == "2099-03-01"


def test_an_application_given_again_is_changed(alices, ada, role):
    first = alices.post(f"/roles/{role}/applications", {"candidate_id": ada, "stage": "onsite"})
    second = alices.post(f"/roles/{role}/applications", {"candidate_id": ada, "disposition": "withdrew"})
    assert (second["id"], second["stage"], second["disposition"]) == (first["id"], "onsite", "withdrew")
    assert second["decided_on"] == clock.today().isoformat()


def test_the_bench_is_what_was_put_in_its_order(alices, ada, role):
    bob = alices.post("/candidates", {"full_name": "Bo Ek"})["id"]
    seats = [{"candidate_id": bob, "reason": "Nearly", "good_until": "2099-01-01"}, {"candidate_id": ada}]
    told = alices.put(f"/roles/{role}/bench", seats)
    assert told == [seats[0], {"candidate_id": ada, "reason": "", "good_until": None}]
    assert alices.get(f"/roles/{role}/bench") == told
    assert alices.put(f"/roles/{role}/bench", told[::-1]) == told[::-1]
    assert alices.put(f"/roles/{role}/bench", []) == []


def test_a_hire_by_name_fills_the_role(alices, role):
    told = alices.post(f"/roles/{role}/hire", {"name": "Grace Hopper", "starts_on": "2026-12-01", "guard_days": 60})
    assert (told["name"], told["candidate_id"], told["starts_on"], told["guard_days"]) == (
        "Grace Hopper",
        None,
        "2026-12-01",
        60,
    )
    role_now = alices.get(f"/roles/{role}")
    assert (role_now["status"], role_now["hire"]) == ("filled", told)


def test_a_hired_candidate_has_an_application_that_says_so(alices, ada, role):
    told = alices.post(f"/roles/{role}/hire", {"candidate_id": ada})
    assert (told["name"], told["candidate_id"], told["guard_days"]) == ("Ada Byron", ada, 90)
    (application,) = alices.get(f"/candidates/{ada}")["applications"]
    assert (application["stage"], application["disposition"]) == ("offer", "hired")


# --- what is refused


WRONG_ROLES = [
    ({}, "title"),
    ({"title": ""}, "title"),
    ({"title": 1}, "title"),
    ({"title": "a", "status": "secret"}, "status"),
    ({"title": "a", "opens_on": "31.1.2027"}, "opens_on"),
    ({"title": "a", "opens_on": "2027-02-30"}, "opens_on"),
    ({"title": "a", "insiders": ["nobody@example.org"]}, "insiders"),
    ({"title": "a", "insiders": "bob"}, "insiders"),
    ({"title": "a", "salary": 1}, "salary"),
    ({"title": "a", "needs": "a" * 20_001}, "needs"),
    ({"title": "a", "owner_id": "x"}, "owner_id"),
]


def test_a_wrong_role_is_refused_at_its_field(alices):
    for body, field in WRONG_ROLES:
        assert alices.post("/roles", body, 422)["field"] == field
        assert alices.get("/roles")["items"] == []


WRONG_APPLICATIONS = [
    ({"stage": "finalist"}, "candidate_id"),
    ({"candidate_id": 7}, "candidate_id"),
    ({"stage": "won"}, "stage"),
    ({"disposition": "ghosted"}, "disposition"),
    ({"decided_on": "2099-01-01", "disposition": "rejected"}, "decided_on"),
    ({"debrief": "close"}, "debrief"),
    ({"debrief": {"rank": 1}}, "debrief.rank"),
    ({"debrief": {"sentence": "a" * 1_001}}, "debrief.sentence"),
    ({"debrief": {"hire_for": ["x"] * 21}}, "debrief.hire_for"),
    ({"debrief": {"call_again_on": "spring"}}, "debrief.call_again_on"),
    ({"debrief": {"missing": "a\x07"}}, "debrief.missing"),
]


def test_a_wrong_application_is_refused_at_its_field(alices, ada, role):
    for body, field in WRONG_APPLICATIONS:
        whole = body if field == "candidate_id" else {"candidate_id": ada, **body}
        assert alices.post(f"/roles/{role}/applications", whole, 422)["field"] == field
        assert alices.get(f"/candidates/{ada}")["applications"] == []


WRONG_BENCHES = [
    ({}, ""),
    ("ada", ""),
    ([1], "0"),
    ([{}], "0.candidate_id"),
    ([{"candidate_id": "ADA", "rank": 1}], "0.rank"),
    ([{"candidate_id": "ADA"}, {"candidate_id": "ADA"}], "candidate_id"),
    ([{"candidate_id": "ADA", "good_until": "soon"}], "0.good_until"),
    ([{"candidate_id": "ADA"}] * 51, ""),
]


def test_a_wrong_bench_is_refused(alices, ada, role):
    for seats, field in WRONG_BENCHES:
        assert (
            alices.put(f"/roles/{role}/bench", json.loads(json.dumps(seats).replace("ADA", ada)), 422).get("field", "")
            == field
        )
        assert alices.get(f"/roles/{role}/bench") == []


WRONG_HIRES = [
    ({}, "name"),
    ({"name": " "}, "name"),
    ({"name": "Grace", "candidate_id": "x"}, "name"),
    ({"name": "Grace", "guard_days": 400}, "guard_days"),
    ({"name": "Grace", "guard_days": -1}, "guard_days"),
    ({"name": "Grace", "guard_days": True}, "guard_days"),
    ({"name": "Grace", "guard_days": "60"}, "guard_days"),
    ({"name": "Grace", "starts_on": "0"}, "starts_on"),
]


def test_a_wrong_hire_is_refused_at_its_field(alices, role):
    for body, field in WRONG_HIRES:
        assert alices.post(f"/roles/{role}/hire", body, 422)["field"] == field
        assert alices.get(f"/roles/{role}")["status"] == "open"


def test_only_its_owner_and_the_office_close_a_role(alices, charlies, ada, role):
    charlies.post(f"/roles/{role}/hire", {"name": "Grace"}, 403)
    charlies.put(f"/roles/{role}/bench", [{"candidate_id": ada}], 403)
    assert charlies.patch(f"/roles/{role}", {"insiders": []}, 422)["field"] == "status"


# --- what is hidden


def test_a_sealed_role_is_there_for_its_maker_and_its_insiders(alices, bobs, charlies, annas, ada, sealed):
    body = {"candidate_id": ada, "disposition": "rejected", "debrief": {"sentence": "for Falcon"}}
    alices.post(f"/roles/{sealed}/applications", body)
    for insider in (alices, bobs):
        assert insider.get(f"/roles/{sealed}")["codename"] == "Falcon"
        assert len(insider.get(f"/candidates/{ada}")["applications"]) == 1
    for stranger in (charlies, annas):
        assert stranger.get("/roles")["items"] == []
        assert stranger.get("/roles?status=sealed")["items"] == []
        assert stranger.get("/search?q=Secret")["items"] == []
        assert stranger.get(f"/candidates/{ada}")["applications"] == []


CALLS = [
    ("GET", "", None),
    ("PATCH", "", {"title": "x"}),
    ("GET", "/bench", None),
    ("PUT", "/bench", []),
    ("POST", "/hire", {"name": "Grace"}),
    ("POST", "/applications", {"candidate_id": "x"}),
]


def test_a_sealed_role_answers_strangers_like_one_that_is_not_there(charlies, sealed):
    for method, path, body in CALLS:
        answers = [
            charlies.ask(method, f"/roles/{one}{path}", json=body) for one in (sealed, "0" * 20, "x", "%00", "a b")
        ]
        assert {(answer.status_code, answer.data) for answer in answers} == {(404, answers[0].data)}


def test_a_hidden_candidate_is_missing_in_every_body(alices, charlies, role):
    hidden = alices.post("/candidates", {"full_name": "Own", "visibility": "owner"})["id"]
    theirs = charlies.post("/roles", {"title": "Theirs"})["id"]
    for one in (hidden, "0" * 20, "x", "a/b", "", "a" * 100, "=1+1"):
        charlies.post(f"/roles/{theirs}/applications", {"candidate_id": one}, 404)
        charlies.put(f"/roles/{theirs}/bench", [{"candidate_id": one}], 404)
        charlies.post(f"/roles/{theirs}/hire", {"candidate_id": one}, 404)


def test_a_hired_candidate_who_is_hidden_has_no_name(alices, charlies, role):
    hidden = alices.post("/candidates", {"full_name": "Quokka Own", "visibility": "owner"})["id"]
    alices.post(f"/roles/{role}/hire", {"candidate_id": hidden})
    alices.put(f"/roles/{role}/bench", [{"candidate_id": hidden}])
    told = charlies.get(f"/roles/{role}")
    assert told["hire"]["candidate_id"] is None
    assert "Quokka" not in str(told) + str(charlies.get("/roles"))
    assert charlies.get(f"/roles/{role}/bench") == []


def test_the_list_asks_the_database_as_often_for_thirty_as_for_three(app, alices):
    counts = []
    for size in (3, 27):
        for number in range(size):
            made = alices.post("/roles", {"title": f"Role {size} {number}"})["id"]
            alices.post(f"/roles/{made}/hire", {"name": f"Grace {number}", "starts_on": make.in_days(1).isoformat()})
        with statements(app) as ran:
            alices.get("/roles?limit=200")
        counts.append(len(ran))
    assert counts[0] == counts[1] <= 6


# --- sealed, and announced


def test_words_that_would_give_it_away_are_marked(alices, sealed):
    assert alices.get(f"/roles/{sealed}")["marked_terms"] == []
    told = alices.patch(f"/roles/{sealed}", {"marked_terms": ["Berlin office", " Berlin office "]})
    assert told["marked_terms"] == ["Berlin office"]
    assert alices.patch(f"/roles/{sealed}", {"marked_terms": None})["marked_terms"] == []


def test_a_role_is_announced_by_its_owner_once(alices, ada, sealed):
    alices.put(f"/roles/{sealed}/bench", [{"candidate_id": ada}])
    assert alices.post(f"/roles/{sealed}/announce", status=200)["status"] == "open"
    assert alices.post(f"/roles/{sealed}/announce", status=422)["field"] == "status"
