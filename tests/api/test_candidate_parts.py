"""Tags, consents and contacts of a candidate by the API."""

from crm.kit import clock
from tests import make
from tests.structure.workspace import statements


def test_a_tag_is_applied_listed_and_removed(alices, ada):
    tag = alices.post(f"/candidates/{ada}/tags", {"name": "#Poetry"})
    assert tag["name"] == "Poetry"
    assert alices.post(f"/candidates/{ada}/tags", {"name": "poetry"}) == tag
    assert alices.get(f"/candidates/{ada}/tags") == {"items": [tag], "next": None}
    alices.delete(f"/candidates/{ada}/tags/{tag['id']}")
    assert alices.get(f"/candidates/{ada}/tags")["items"] == []
    alices.delete(f"/candidates/{ada}/tags/{tag['id']}", 404)


def test_a_yes_is_recorded_and_withdrawn(alices, ada):
    body = {"purpose": "forward", "company": "Acme", "evidence": "mail of 3 November", "until": "2099-01-01"}
    made = alices.post(f"/candidates/{ada}/consents", body)
    assert {name: made[name] for name in body} == body
    assert (made["by_id"], made["parts"]) == (alices.get("/me")["id"], [])
    assert (made["is_valid"], made["given_on"]) == (True, clock.today().isoformat())
    assert alices.get(f"/candidates/{ada}/consents") == {"items": [made], "next": None}
    told = alices.post(f"/candidates/{ada}/consents/{made['id']}/withdrawal", status=200)
    assert told.pop("warnings") == []
    assert told["is_valid"] is False
    assert alices.get(f"/candidates/{ada}")["consents"] == [told]


def test_a_contact_is_logged_and_moves_the_next_date(alices, ada):
    alices.patch(f"/candidates/{ada}", {"next_on": make.in_days(1).isoformat()})
    made = alices.post(
        f"/candidates/{ada}/touchpoints",
        {"kind": "call", "direction": "in", "at": "2026-11-03T15:05:00+01:00", "text": "asked how we are"},
    )
    assert (made["at"], made["direction"]) == ("2026-11-03T14:05:00+00:00", "in")
    assert alices.get(f"/candidates/{ada}/touchpoints") == {"items": [made], "next": None}
    told = alices.get(f"/candidates/{ada}")
    assert (told["next_on"], told["last_contact_kind"]) == ("2027-02-01", "call")


def test_a_time_without_an_offset_is_utc_and_no_time_is_now(alices, ada):
    path = f"/candidates/{ada}/touchpoints"
    assert alices.post(path, {"kind": "mail", "at": "2026-11-03T14:05:00"})["at"] == "2026-11-03T14:05:00+00:00"
    assert alices.post(path, {"kind": "mail", "at": "2026-11-03T14:05:00Z"})["at"] == "2026-11-03T14:05:00+00:00"
    assert alices.post(path, {"kind": "mail", "at": None})["at"][:10] == clock.today().isoformat()


def test_contacts_go_on_where_the_page_before_ended(alices, ada):
    for day in range(1, 6):
        alices.post(f"/candidates/{ada}/touchpoints", {"kind": "mail", "at": f"2026-10-0{day}T10:00:00Z"})
    first = alices.get(f"/candidates/{ada}/touchpoints?limit=3")
    second = alices.get(f"/candidates/{ada}/touchpoints?limit=3&after={first['next']}")
    assert [item["at"][8:10] for item in first["items"] + second["items"]] == ["05", "04", "03", "02", "01"]
    assert second["next"] is None


WRONG = [
    ("tags", {}, "name"),
    ("tags", {"name": ""}, "name"),
    ("tags", {"name": "a" * 61}, "name"),
    ("tags", {"name": ["x"]}, "name"),
    ("tags", {"name": "x", "colour": "red"}, "colour"),
    ("tags", {"name": "a\nb"}, "name"),
    ("consents", {"purpose": "forward"}, "evidence"),
    ("consents", {"evidence": "x"}, "purpose"),
    ("consents", {"purpose": "all", "evidence": "x"}, "purpose"),
    ("consents", {"purpose": "keep", "evidence": "x", "given_on": "2099-01-01"}, "given_on"),
    ("consents", {"purpose": "keep", "evidence": "x", "until": "2001-01-01"}, "until"),
    ("consents", {"purpose": "keep", "evidence": "x", "withdrawn_at": None}, "withdrawn_at"),
    ("touchpoints", {}, "kind"),
    ("touchpoints", {"kind": "fax"}, "kind"),
    ("touchpoints", {"kind": "note"}, "text"),
    ("touchpoints", {"kind": "call", "direction": "up"}, "direction"),
    ("touchpoints", {"kind": "call", "at": "yesterday"}, "at"),
    ("touchpoints", {"kind": "call", "at": 1700000000}, "at"),
    ("touchpoints", {"kind": "call", "at": "2099-01-01T00:00:00Z"}, "at"),
    ("touchpoints", {"kind": "call", "at": "0001-01-01T00:00:00+23:59"}, "at"),
    ("touchpoints", {"kind": "call", "text": "\x00"}, "text"),
    ("touchpoints", {"kind": "call", "text": "a" * 20_001}, "text"),
]


def test_a_wrong_part_is_refused_at_its_field(alices, ada):
    for part, body, field in WRONG:
        assert alices.post(f"/candidates/{ada}/{part}", body, 422)["field"] == field
        assert alices.get(f"/candidates/{ada}/{part}")["items"] == []


def test_the_parts_of_another_candidate_are_missing(alices, ada):
    other = alices.post("/candidates", {"full_name": "Bo Ek"})["id"]
    tag = alices.post(f"/candidates/{ada}/tags", {"name": "Poetry"})["id"]
    consent = alices.post(f"/candidates/{ada}/consents", {"purpose": "keep", "evidence": "x"})["id"]
    alices.delete(f"/candidates/{other}/tags/{tag}", 404)
    alices.post(f"/candidates/{other}/consents/{consent}/withdrawal", status=404)
    for shape in ("0" * 20, "x", "%00", "a b"):
        alices.delete(f"/candidates/{ada}/tags/{shape}", 404)
        alices.post(f"/candidates/{ada}/consents/{shape}/withdrawal", status=404)


PARTS = ["tags", "consents", "touchpoints", "resumes"]


def test_a_list_asks_the_database_as_often_for_thirty_as_for_three(app, alices, ada):
    for part in PARTS:
        counts = []
        for size in (3, 27):
            for number in range(size):
                body = {
                    "tags": {"name": f"t{size} {number}"},
                    "consents": {"purpose": "keep", "evidence": "x"},
                    "touchpoints": {"kind": "mail"},
                }.get(part)
                if body:
                    alices.post(f"/candidates/{ada}/{part}", body)
            with statements(app) as ran:
                alices.get(f"/candidates/{ada}/{part}")
            counts.append(len(ran))
        assert counts[0] == counts[1] <= 6
