"""A person as vCard and JSON Resume."""

import json

from crm.kit import person_files


def test_a_card_says_what_was_given_and_no_more():
    card = person_files.vcard(name="Ada B. Byron", headline="Analyst, of engines", note="one\ntwo")
    assert card.decode().split("\r\n") == [
        "BEGIN:VCARD", "VERSION:3.0", "FN:Ada B. Byron", "N:Byron;Ada B.;;;", "TITLE:Analyst\\, of engines",
        "NOTE:one\\ntwo", "END:VCARD", "",
    ]  # fmt: skip


def test_nothing_in_a_field_makes_a_line_of_its_own():
    card = person_files.vcard(name="Ada\r\nTEL:1", email="x\rTEL:2\x00", location="a;b")
    lines = card.decode().split("\r\n")
    assert not [line for line in lines if line.startswith("TEL")]
    assert "ADR:;;;a\\;b;;;" in lines


def test_long_lines_are_folded_between_characters():
    card = person_files.vcard(name="é" * 100)
    assert all(len(line) <= 75 for line in card.split(b"\r\n"))
    assert card.decode().replace("\r\n ", "").split("\r\n")[2] == "FN:" + "é" * 100


def test_json_resume_has_only_what_was_given():
    made = person_files.json_resume(name="Ada", location="Lund", employer="Acme", text="Kafka")
    assert json.loads(made) == {
        "basics": {"name": "Ada", "location": {"address": "Lund"}}, "work": [{"name": "Acme"}], "text": "Kafka",
    }  # fmt: skip
