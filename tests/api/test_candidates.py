"""Candidates by the API: added, listed, changed, kept warm, deleted; and what a stranger's token sees of it."""

from crm.db import unit_of_work
from crm.domain import users
from crm.kit import clock
from tests import make, people
from tests.structure.workspace import statements

ADA = {
    "full_name": "Ada Byron",
    "emails": ["Ada@Example.org"],
    "phone": "+44 20 7946 0018",
    "location": "London",
    "headline": "Analyst of engines",
    "employer": "Difference Ltd",
    "links": ["https://ada.example.org"],
    "tags": ["Mathematics", "Poetry"],
    "source": "referral",
    "consents": [{"purpose": "forward", "evidence": "mail of 3 November", "until": "2099-01-31"}],
}


def names(told):
    return [candidate["full_name"] for candidate in told["items"]]


def team_of(app, name):
    with app.app_context(), unit_of_work(writes=False):
        return users.by_email(people.address(name)).teams[0].id


def test_a_candidate_is_added_with_all_that_is_known(alices):
    told = alices.post("/candidates", ADA)
    assert told["emails"] == ["ada@example.org"]
    assert {
        name: told[name] for name in ("phone", "phones", "tags", "warmth", "visibility", "possible_duplicates")
    } == {
        "phone": "+44 20 7946 0018",
        "phones": ["+44 20 7946 0018"],
        "tags": ["Mathematics", "Poetry"],
        "warmth": "cold",
        "visibility": "company",
        "possible_duplicates": [],
    }
    assert [(consent["purpose"], consent["until"]) for consent in told["consents"]] == [("forward", "2099-01-31")]
    again = alices.get(f"/candidates/{told['id']}")
    assert again == {name: value for name, value in told.items() if name != "possible_duplicates"}


def test_a_near_duplicate_is_added_and_named(alices, ada):
    told = alices.post("/candidates", {"full_name": "ADA BYRON"})
    assert told["possible_duplicates"] == [ada]
    assert len(alices.get("/candidates")["items"]) == 2


def test_a_change_leaves_what_it_does_not_name(alices):
    made = alices.post("/candidates", ADA)
    told = alices.patch(f"/candidates/{made['id']}", {"headline": "Countess", "remote": "hybrid", "phone": None})
    assert (told["headline"], told["location"], told["phones"]) == ("Countess", "London", [])
    assert told["said_on"] == clock.today().isoformat()


def test_a_null_empties_and_the_first_phone_is_replaced(alices):
    made = alices.post("/candidates", {**ADA, "phone": None, "phones": ["+46 8 111 11 11", "+46 8 222 22 22"]})
    told = alices.patch(f"/candidates/{made['id']}", {"phone": "+46 8 333 33 33", "location": None, "links": None})
    assert (told["phones"], told["location"], told["links"]) == (["+46 8 333 33 33", "+46 8 222 22 22"], "", [])


def test_what_was_read_can_be_given_back(alices, ada):
    told = alices.get(f"/candidates/{ada}")
    kept = {
        name: told[name] for name in ("full_name", "emails", "phones", "links", "next_on", "visibility", "owner_id")
    }
    again = alices.patch(f"/candidates/{ada}", kept)
    assert {name: again[name] for name in kept} == kept


def test_the_next_date_is_set_snoozed_and_let_go(alices, ada):
    soon, later = make.in_days(3).isoformat(), make.in_days(30).isoformat()
    told = alices.patch(f"/candidates/{ada}", {"next_on": soon, "next_why": "her book is out"})
    assert (told["next_on"], told["next_why"]) == (soon, "her book is out")
    assert alices.post(f"/candidates/{ada}/snooze", {"until": later}, 200)["next_on"] == later
    told = alices.post(f"/candidates/{ada}/letting-go", status=200)
    assert told["next_on"] is None
    assert told["let_go_at"]


def test_the_archive_takes_a_candidate_off_the_list_and_gives_it_back(alices, ada):
    assert alices.post(f"/candidates/{ada}/archive", status=200)["archived_at"]
    assert names(alices.get("/candidates")) == []
    assert names(alices.get("/candidates?archived=true")) == ["Ada Byron"]
    assert alices.delete(f"/candidates/{ada}/archive", 200)["archived_at"] is None
    assert names(alices.get("/candidates")) == ["Ada Byron"]


def test_a_deleted_candidate_is_gone_from_everywhere(alices, ada):
    alices.delete(f"/candidates/{ada}")
    alices.get(f"/candidates/{ada}", 404)
    assert alices.get("/candidates")["items"] == []
    assert alices.get("/search?q=Byron")["items"] == []


def test_lists_go_on_where_the_page_before_ended(alices):
    for number in range(7):
        alices.post("/candidates", {"full_name": f"Nora {number}"})
    seen, after = [], ""
    while True:
        told = alices.get(f"/candidates?limit=3&after={after}")
        seen += names(told)
        if (after := told["next"]) is None:
            break
    assert seen == [f"Nora {number}" for number in range(7)]
    assert names(alices.get("/candidates?sort=recent&limit=2")) == ["Nora 6", "Nora 5"]
    assert len(names(alices.get("/candidates?limit=1000"))) == 7


def test_the_order_of_dates_and_the_filters(alices):
    first = alices.post("/candidates", {"full_name": "Zoe Late", "tags": ["Kafka"]})["id"]
    second = alices.post("/candidates", {"full_name": "Abe Soon", "headline": "Streaming"})["id"]
    alices.patch(f"/candidates/{first}", {"next_on": make.in_days(9).isoformat()})
    alices.patch(f"/candidates/{second}", {"next_on": make.in_days(2).isoformat()})
    alices.post(f"/candidates/{second}/touchpoints", {"kind": "note", "text": "is no contact"})
    alices.post(f"/candidates/{first}/touchpoints", {"kind": "call"})
    assert names(alices.get("/candidates?sort=due")) == ["Abe Soon", "Zoe Late"]
    assert names(alices.get("/candidates?tag=kafka")) == ["Zoe Late"]
    assert names(alices.get("/candidates?q=streaming")) == ["Abe Soon"]
    assert names(alices.get("/candidates?q=%21%21")) == []
    assert names(alices.get("/candidates?warmth=warm")) == ["Zoe Late"]
    assert names(alices.get("/candidates?warmth=cold")) == ["Abe Soon"]


# --- what is refused


WRONG_CANDIDATES = [
    ({}, "full_name"),
    ({"full_name": None}, "full_name"),
    ({"full_name": "  "}, "full_name"),
    ({"full_name": 7}, "full_name"),
    ({"full_name": "a" * 4_000}, "full_name"),
    ({"full_name": "a\x00b"}, "full_name"),
    ({"full_name": "a\nb"}, "full_name"),
    ({"full_name": "\u202eadA"}, "full_name"),
    ({"full_name": "Ada", "emails": "ada@example.org"}, "emails"),
    ({"full_name": "Ada", "emails": [7]}, "emails.0"),
    ({"full_name": "Ada", "emails": ["not an address"]}, "emails"),
    ({"full_name": "Ada", "emails": [f"a{n}@example.org" for n in range(11)]}, "emails"),
    ({"full_name": "Ada", "phone": "none"}, "phone"),
    ({"full_name": "Ada", "phone": "+46 8 1", "phones": []}, "phone"),
    ({"full_name": "Ada", "phones": ["none"]}, "phones"),
    ({"full_name": "Ada", "links": ["javascript:alert(1)"]}, "links"),
    ({"full_name": "Ada", "tags": [""]}, "tags"),
    ({"full_name": "Ada", "tags": ["a" * 61]}, "tags.0"),
    ({"full_name": "Ada", "visibility": "nobody"}, "visibility"),
    ({"full_name": "Ada", "visibility": "team"}, "team_id"),
    ({"full_name": "Ada", "owner_id": "somebody"}, "owner_id"),
    ({"full_name": "Ada", "id": "mine"}, "id"),
    ({"full_name": "Ada", "deleted_at": None}, "deleted_at"),
    ({"full_name": "Ada", "consents": [{"purpose": "sell", "evidence": "none"}]}, "consents.0.purpose"),
    ({"full_name": "Ada", "consents": [{"purpose": "keep"}]}, "consents.0.evidence"),
    ({"full_name": "Ada", "consents": [{"purpose": "keep", "evidence": " "}]}, "consents.0.evidence"),
    (
        {"full_name": "Ada", "consents": [{"purpose": "keep", "evidence": "x", "until": "2001-01-01"}]},
        "consents.0.until",
    ),
    ({"full_name": "Ada", "consents": [{"purpose": "keep", "evidence": "x", "until": "soon"}]}, "consents.0.until"),
    ([], ""),
]


def test_a_wrong_candidate_is_refused_at_its_field(alices):
    for body, field in WRONG_CANDIDATES:
        told = alices.post("/candidates", body, 422)
        assert told["error"] == "refused"
        assert told.get("field", "") == field
        assert told["message"].endswith(".")
        assert alices.get("/candidates")["items"] == []


ODD_NAMES = [
    "=?utf-8?q?x=0ABcc:_evil@example.org?=",
    "<script>alert(1)</script>",
    "أدا بايرون",
    "👩‍💻 Ada",
]


def test_an_odd_name_is_told_as_it_was_given(alices):
    for name in ODD_NAMES:
        told = alices.post("/candidates", {"full_name": name})
        assert alices.get(f"/candidates/{told['id']}")["full_name"] == name


WRONG_QUESTIONS = [
    ("stage=best", "stage"),
    ("consent=all", "consent"),
    ("limit=0", "limit"),
    ("limit=-1", "limit"),
    ("limit=ten", "limit"),
    ("limit=1.5", "limit"),
    ("after=nonsense", "after"),
    ("sort=age", "sort"),
    ("warmth=hot", "warmth"),
    ("mine=perhaps", "mine"),
    ("q=%00", "q"),
    ("tag=a%00", "tag"),
    ("order=desc", "order"),
]


def test_a_wrong_question_is_refused_at_its_field(alices, ada):
    for query, field in WRONG_QUESTIONS:
        assert alices.get(f"/candidates?{query}", 422)["field"] == field


def test_the_end_of_another_list_is_no_beginning_of_this_one(alices, ada):
    alices.post("/candidates", {"full_name": "Nora"})
    after = alices.get("/candidates?sort=name&limit=1")["next"]
    assert alices.get(f"/candidates?sort=recent&after={after}", 422)["field"] == "after"


WRONG_CHANGES = [
    ({"full_name": ""}, "full_name"),
    ({"full_name": None}, "full_name"),
    ({"next_on": "2001-01-01"}, "next_on"),
    ({"next_on": "20991231"}, "next_on"),
    ({"next_on": 20991231}, "next_on"),
    ({"next_why": "a\x07"}, "next_why"),
    ({"tags": ["x"]}, "tags"),
    ({"visibility": "team", "team_id": "0" * 20}, "team_id"),
]


def test_a_wrong_change_changes_nothing(alices, ada):
    for body, field in WRONG_CHANGES:
        before = alices.get(f"/candidates/{ada}")
        told = alices.patch(f"/candidates/{ada}", {"headline": "Changed", **body}, 422)
        assert told["field"] == field
        assert alices.get(f"/candidates/{ada}") == before


def test_a_snooze_needs_a_day_to_come(alices, ada):
    assert alices.post(f"/candidates/{ada}/snooze", {}, 422)["field"] == "until"
    assert alices.post(f"/candidates/{ada}/snooze", {"until": "2001-01-01"}, 422)["field"] == "until"


def test_who_is_not_the_owner_may_not_delete_or_restrict(charlies, ada):
    charlies.delete(f"/candidates/{ada}", 403)
    charlies.patch(f"/candidates/{ada}", {"visibility": "owner"}, 403)


# --- what is hidden


def test_a_stranger_sees_nothing_of_what_is_a_teams_or_its_owners(app, alices, bobs, charlies, annas):
    team = alices.post("/candidates", {**ADA, "visibility": "team", "team_id": team_of(app, "alice")})
    own = alices.post("/candidates", {**ADA, "full_name": "Ada Own", "visibility": "owner"})
    assert names(bobs.get("/candidates")) == ["Ada Byron"]
    for stranger in (charlies, annas):
        assert stranger.get("/candidates")["items"] == []
        assert stranger.get("/candidates?q=Ada&tag=Poetry")["items"] == []
        assert stranger.get("/search?q=Byron")["items"] == []
        own_ada = stranger.post("/candidates", {"full_name": "Ada Byron"})
        assert own_ada["possible_duplicates"] == []
        stranger.delete(f"/candidates/{own_ada['id']}")
        for hidden in (team["id"], own["id"]):
            stranger.get(f"/candidates/{hidden}", 404)


CALLS = [
    ("GET", "", None),
    ("PATCH", "", {"headline": "x"}),
    ("DELETE", "", None),
    ("POST", "/archive", None),
    ("DELETE", "/archive", None),
    ("POST", "/snooze", {"until": "2099-01-01"}),
    ("POST", "/letting-go", None),
    ("GET", "/resumes", None),
    ("GET", "/tags", None),
    ("POST", "/tags", {"name": "x"}),
    ("GET", "/consents", None),
    ("POST", "/consents", {"purpose": "keep", "evidence": "x"}),
    ("GET", "/touchpoints", None),
    ("POST", "/touchpoints", {"kind": "call"}),
    ("POST", "/forwards", {"to": "x@example.org", "company": "X"}),
]


def test_hidden_deleted_and_missing_are_the_same_404(alices, charlies):
    hidden = alices.post("/candidates", {"full_name": "Own", "visibility": "owner"})["id"]
    deleted = alices.post("/candidates", {"full_name": "Gone"})["id"]
    alices.delete(f"/candidates/{deleted}")
    shapes = [hidden, deleted, "0" * 20, "x", "%00", "..", "%F0%9F%91%A9", "a" * 3_000, "'; --", "%C0%80"]
    for method, path, body in CALLS:
        answers = [
            charlies.client.open(
                f"/api/v1/candidates/{shape}{path}",
                method=method,
                json=body,
                headers={"Authorization": f"Bearer {charlies.token}"},
            )
            for shape in shapes
        ]
        assert {(answer.status_code, answer.data) for answer in answers} == {(404, answers[0].data)}


def test_a_list_asks_the_database_as_often_for_thirty_as_for_three(app, alices):
    counts = []
    for size in (3, 27):
        for number in range(size):
            alices.post("/candidates", {**ADA, "full_name": f"Nora {size} {number}", "tags": [f"t{number}"]})
        with statements(app) as ran:
            alices.get("/candidates?limit=200")
        counts.append(len(ran))
    assert counts[0] == counts[1] <= 8
