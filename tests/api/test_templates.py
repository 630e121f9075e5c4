"""Templates of letters, for programs."""

import pytest

from tests.api.program import Program

WORDS = {"name": "After a chat", "subject": "Good to talk", "text": "Dear {first name}."}


def test_the_starting_set_is_there_and_can_be_read(alices):
    items = alices.get("/templates")["items"]
    assert [one["id"] for one in items][:2] == ["thanks", "door_open"]
    assert alices.get("/templates/thanks") == items[0]
    assert items[0]["is_as_it_came"] and items[0]["owner_id"] is None


def test_one_is_written_and_changed(alices):
    made = alices.post("/templates", WORDS)
    assert (made["shared"], made["purpose"], made["number"]) == ("private", "note", 1)
    changed = alices.patch(f"/templates/{made['id']}", {"subject": "Good to talk to you", "seen": 1})
    assert (changed["subject"], changed["number"]) == ("Good to talk to you", 2)
    assert alices.get(f"/templates/{made['id']}") == changed


def test_who_read_an_older_version_is_told(alices):
    made = alices.post("/templates", WORDS)
    alices.patch(f"/templates/{made['id']}", {"text": "Another"})
    assert "changed it since" in alices.patch(f"/templates/{made['id']}", {"text": "x", "seen": 1}, 422)["message"]


def test_what_is_private_is_not_there_for_others(alices, bobs, annas):
    made = alices.post("/templates", WORDS)
    for program in (bobs, annas):
        program.get(f"/templates/{made['id']}", 404)
        program.patch(f"/templates/{made['id']}", {"name": "x"}, 404)
        assert made["id"] not in [one["id"] for one in program.get("/templates")["items"]]


def test_a_manager_changes_one_of_the_starting_set_for_themselves(alices, annas, app):
    assert alices.patch("/templates/thanks", {"subject": "I thank you"})["shared"] == "private"
    assert annas.patch("/templates/thanks", {"subject": "We thank you"})["shared"] == "company"
    assert alices.get("/templates/thanks")["subject"] == "I thank you"
    assert Program(app, "rita").get("/templates/thanks")["subject"] == "We thank you"


@pytest.mark.parametrize("words", [
    {"name": ""}, {"subject": "a\nb"}, {"purpose": "spam"}, {"shared": "team"}, {"text": None}, {"spare": "x"},
])  # fmt: skip
def test_what_is_refused(alices, words):
    alices.post("/templates", {**WORDS, **words}, 422)


def test_code_comes_back_as_it_went_in(alices):
    odd = "{{7*7}} {% raw %} {config}"
    made = alices.post("/templates", {"name": odd, "subject": odd, "text": odd})
    assert [made[field] for field in WORDS] == [odd, odd, odd]
