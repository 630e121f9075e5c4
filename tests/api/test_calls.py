"""The hire fell through, by the API: the list, the outcomes, the letters, and the way back."""

import pytest

from crm.kit import clock
from tests import make


@pytest.fixture
def people(alices, ada):
    bo = alices.post("/candidates", {"full_name": "Bo Ek", "emails": ["bo@example.org"], "phone": "+46 70 123 45 67"})
    cy = alices.post("/candidates", {"full_name": "Cy Berg", "emails": ["cy@example.org"]})
    return [ada, bo["id"], cy["id"]]


@pytest.fixture
def role(alices, people):
    """Filled, with three people on the bench."""
    role = alices.post("/roles", {"title": "Head of Data"})["id"]
    alices.put(f"/roles/{role}/bench", [{"candidate_id": one} for one in people])
    alices.post(f"/roles/{role}/hire", {"name": "Nadia Brandt", "starts_on": make.in_days(-20).isoformat()})
    return role


def outcome(program, role, person, word, status=200, **more):
    return program.post(f"/roles/{role}/calls/{person}/outcome", {"outcome": word, **more}, status=status)


def test_the_story(alices, role, people):
    a, b, c = people
    told = alices.post(f"/roles/{role}/fall-through", {"why": "left"})
    assert (told["on"], told["next"]) == (clock.today().isoformat(), a)
    assert [one["full_name"] for one in told["calls"]] == ["Ada Byron", "Bo Ek", "Cy Berg"]
    assert alices.get(f"/roles/{role}/calls") == told
    assert (alices.get(f"/roles/{role}")["status"], alices.get(f"/roles/{role}")["hire"]) == ("open", None)
    outcome(alices, role, a, "no", note="Took another offer.")
    told = outcome(alices, role, b, "thinking")
    assert told["thinking_until"] == make.in_days(3).isoformat()
    assert alices.get(f"/roles/{role}/calls")["next"] == c
    assert outcome(alices, role, c, "yes")["outcome"] == "yes"
    told = alices.get(f"/roles/{role}/calls")
    assert told["yes_at"] == told["finished_at"] is not None
    assert (told["seconds_to_yes"] >= 0, told["next"]) == (True, None)
    assert [one["to_thank"] for one in told["calls"]] == [True, True, False]
    draft = alices.get(f"/roles/{role}/calls/{a}")["draft"]
    assert (draft["purpose"], "going on with somebody else" in draft["text"]) == ("thanks", True)
    assert alices.post(f"/roles/{role}/calls/{a}/letter", {})["thanked"]
    assert alices.post(f"/roles/{role}/calls/{b}/letter", {"purpose": "thanks", "text": "Many thanks."})["thanked"]
    assert alices.post(f"/roles/{role}/calls/{b}/letter", {}, status=422)["error"] == "refused"
    assert [one["to_thank"] for one in alices.get(f"/roles/{role}/calls")["calls"]] == [False, False, False]


def test_the_question_is_honest(alices, role, people):
    alices.post(f"/roles/{role}/fall-through", {"why": "let_go"})
    draft = alices.get(f"/roles/{role}/calls/{people[0]}")["draft"]
    words = f"{draft['subject']} {draft['text']}".lower()
    for never in ("first", "let go", "left", "hire", "fell", "nadia", "list", "bench", "rank", "none"):
        assert never not in words.split()
    assert draft["text"].startswith("Dear Ada Byron,\n\nHead of Data is open again, and I would like")
    assert draft["text"].endswith("\n\nAlice Okafor")
    told = alices.post(f"/roles/{role}/calls/{people[0]}/letter", {})
    assert told["written_to"]
    assert not told["thanked"]


def test_both_can_be_undone(alices, role, people):
    alices.post(f"/roles/{role}/fall-through", {"why": "left"})
    outcome(alices, role, people[0], "yes")
    assert "said yes" in alices.delete(f"/roles/{role}/fall-through", status=422)["message"]
    assert alices.delete(f"/roles/{role}/calls/{people[0]}/outcome", status=200)["outcome"] == ""
    alices.delete(f"/roles/{role}/fall-through")
    alices.delete(f"/roles/{role}/fall-through")
    told = alices.get(f"/roles/{role}")
    assert (told["status"], told["hire"]["name"]) == ("filled", "Nadia Brandt")
    alices.get(f"/roles/{role}/calls", status=404)


def test_readiness_is_told(alices, role, people):
    ready = {
        one["full_name"]: one["readiness"]
        for one in alices.post(f"/roles/{role}/fall-through", {"why": "left"})["calls"]
    }
    assert ready["Ada Byron"]["ready"]
    assert "There is no phone number: write instead." in ready["Ada Byron"]["remarks"]


# --- what is refused


def test_a_question_never_leaves_as_thanks(alices, role, people):
    a, b, _ = people
    alices.post(f"/roles/{role}/fall-through", {"why": "left"})
    question = {"purpose": "call", "subject": "A word", "text": "Still interested?"}
    path = f"/roles/{role}/calls/{a}/letter"
    early = alices.post(path, question | {"purpose": "thanks"}, status=422)
    assert "nothing to thank" in early["message"]
    outcome(alices, role, a, "no_answer")
    outcome(alices, role, b, "yes")
    assert "closed" in alices.post(path, question, status=422)["message"]
    unsaid = {key: question[key] for key in ("subject", "text")}
    assert alices.post(path, unsaid, status=422)["field"] == "purpose"
    assert alices.post(path, question | {"purpose": "perhaps"}, status=422)["field"] == "purpose"
    assert alices.get(f"/roles/{role}/calls/{a}")["to_thank"]


def test_nothing_is_taken_back_where_nothing_was_reported(alices, role):
    assert "Nobody has reported" in alices.delete(f"/roles/{role}/fall-through", status=422)["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "why"), ({"why": "moved"}, "why"), ({"why": "announced"}, "why"),
        ({"why": "left", "on": "2099-01-01"}, "on"),
        ({"why": "left", "when": "x"}, "when"),
    ],
)  # fmt: skip
def test_a_report_has_to_make_sense(alices, role, body, field):
    assert alices.post(f"/roles/{role}/fall-through", body, status=422)["field"] == field


def test_a_second_report_is_told_so(alices, annas, role):
    alices.post(f"/roles/{role}/fall-through", {"why": "left"})
    told = annas.post(f"/roles/{role}/fall-through", {"why": "let_go"}, status=422)
    assert told["message"].startswith("Alice Okafor has reported that already")


def test_an_outcome_in_the_meantime_is_told(alices, annas, role, people):
    alices.post(f"/roles/{role}/fall-through", {"why": "left"})
    outcome(alices, role, people[0], "no", was="")
    assert "no" in outcome(annas, role, people[0], "thinking", 422, was="")["message"]
    assert outcome(annas, role, people[0], "thinking", was="no")["outcome"] == "thinking"


@pytest.mark.parametrize("given", [{"outcome": "perhaps"}, {"outcome": "thinking", "thinking_until": "2001-01-01"}])
def test_an_outcome_has_to_make_sense(alices, role, people, given):
    alices.post(f"/roles/{role}/fall-through", {"why": "left"})
    told = alices.post(f"/roles/{role}/calls/{people[0]}/outcome", given, status=422)
    assert told["field"] in given


def test_a_stranger_may_look_and_nothing_else(alices, charlies, role, people):
    alices.post(f"/roles/{role}/fall-through", {"why": "left"})
    assert len(charlies.get(f"/roles/{role}/calls")["calls"]) == 3
    outcome(charlies, role, people[0], "yes", 403)
    charlies.delete(f"/roles/{role}/fall-through", status=403)
    charlies.post(f"/roles/{role}/calls/{people[0]}/letter", {}, status=403)


# --- what is hidden


def test_the_list_of_a_sealed_role_is_missing(alices, charlies, role, people):
    alices.post(f"/roles/{role}/fall-through", {"why": "left"})
    alices.patch(f"/roles/{role}", {"status": "sealed"})
    alices.get(f"/roles/{role}/calls")
    for path in (f"/roles/{role}/calls", f"/roles/{role}/calls/{people[0]}"):
        assert charlies.get(path, status=404) == charlies.get("/roles/nothing", status=404)


def test_there_is_nothing_before_and_nobody_else(alices, role):
    alices.get(f"/roles/{role}/calls", status=404)
    alices.post(f"/roles/{role}/fall-through", {"why": "left"})
    alices.get(f"/roles/{role}/calls/nobody", status=404)
