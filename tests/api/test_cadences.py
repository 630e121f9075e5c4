"""How often, pauses and warmth by the API."""

from tests import make


def test_a_cadence_of_ones_own(alices, ada):
    path = f"/candidates/{ada}/cadence"
    assert (alices.get(path)["target_days"], alices.get(path)["source"]) == (90, "everybody")
    told = alices.put(path, {"target_days": 30})
    assert (told["target_days"], told["latest_days"], told["source"]) == (30, 180, "own")
    assert told["next_on"] == make.in_days(30).isoformat()
    assert alices.get(f"/candidates/{ada}")["target_days"] == 30
    assert alices.put(path, {})["source"] == "everybody"
    for wrong, field in (({"target_days": 0}, "target_days"), ({"target_days": 9, "latest_days": 8}, "latest_days")):
        assert alices.put(path, wrong, 422)["field"] == field


def test_a_pause_and_its_end(alices, ada):
    alices.patch(f"/candidates/{ada}", {"next_on": make.in_days(0).isoformat()})
    told = alices.post(f"/candidates/{ada}/pause", {"why": "hired_elsewhere"}, status=200)
    assert (told["paused"], told["paused_until"], told["pause_why"]) == (True, None, "hired_elsewhere")
    assert "paused" in told["stands_against"]
    assert alices.get("/today")["items"] == []
    assert alices.get("/candidates?due=true")["items"] == []
    alices.delete(f"/candidates/{ada}/pause", 200)
    assert [item["id"] for item in alices.get("/candidates?due=true")["items"]] == [ada]
    assert not alices.get(f"/candidates/{ada}")["paused"]
    for wrong in ({}, {"why": "whim"}, {"why": "quiet", "until": "2020-01-01"}):
        alices.post(f"/candidates/{ada}/pause", wrong, status=422)


def test_snoozed_until_they_answer(alices, ada):
    told = alices.post(f"/candidates/{ada}/snooze", {"until_reply": True}, status=200)
    assert told["awaits_reply_since"]
    assert told["next_on"] == make.in_days(180).isoformat()
    alices.post(f"/candidates/{ada}/touchpoints", {"kind": "mail", "direction": "in", "text": "Gladly."})
    told = alices.get(f"/candidates/{ada}")
    assert (told["awaits_reply_since"], told["next_on"]) == (None, make.in_days(90).isoformat())
    assert (told["last_in_at"], told["last_out_at"]) == (told["last_two_way_at"], None)
    assert told["warmth_why"].startswith("Warm: they were last in touch on")
    assert [one["id"] for one in alices.get("/candidates?sort=warmth&warmth=warm")["items"]] == [ada]
    alices.post(f"/candidates/{ada}/snooze", {}, status=422)


def test_defaults_are_set_by_the_office(alices, ada):
    tag = alices.post(f"/candidates/{ada}/tags", {"name": "Poetry"})["id"]
    for which in ("everybody", "bench", tag):
        alices.put(f"/cadences/{which}", {"target_days": 30, "latest_days": 60}, 403)
    assert alices.get("/cadences") == {"items": [], "next": None}
    alices.put("/cadences/nothing", {"target_days": 30, "latest_days": 60}, 404)
    alices.delete(f"/cadences/{tag}", 404)
