"""Forwarding by the API: on a yes, to one colleague, and taken back; the address book; the letters."""

from io import BytesIO

import pytest

from crm.db import unit_of_work
from crm.domain import forwards, sharing, users
from crm.mail import delivery
from tests import make, people
from tests.structure.workspace import statements

CAROL = {"name": "Carol Devereux", "email": "carol@acme.example.org", "company": "Acme"}
TO_CAROL = {"to": "carol@acme.example.org", "name": "Carol Devereux", "company": "Acme"}


@pytest.fixture
def ready(alices, ada):
    """Ada with a resume and a yes to Acme."""
    alices.post(f"/candidates/{ada}/resumes", data={"file": (BytesIO(b"Ada Byron, analyst"), "ada.txt")})
    alices.post(f"/candidates/{ada}/consents", {"purpose": "forward", "company": "Acme", "evidence": "by phone"})
    return ada


def test_a_resume_is_forwarded_to_somebody_new(alices, ready):
    body = {
        **TO_CAROL,
        "position": "Lead",
        "note": "Please read.",
        "deliver": "link",
        "until": make.in_days(9).isoformat(),
    }
    told = alices.post(f"/candidates/{ready}/forwards", body)
    assert {name: told[name] for name in body} == body
    assert (told["state"], told["letter"]["state"], told["warnings"]) == ("queued", "queued", [])
    (carol,) = alices.get("/colleagues")["items"]
    assert (carol["id"], carol["company"]) == (told["colleague_id"], "Acme")
    known = alices.get(f"/forwards/{told['id']}")
    assert known == {name: value for name, value in told.items() if name != "warnings"}
    assert alices.get("/forwards") == {"items": [known], "next": None}


def test_the_letter_leaves_and_says_what_the_server_said(app, alices, ready):
    made = alices.post(f"/candidates/{ready}/forwards", TO_CAROL)
    (waiting,) = alices.get("/outbox?state=queued")["items"]
    assert (waiting["kind"], waiting["to"], waiting["forward_id"]) == ("forward", TO_CAROL["to"], made["id"])
    with app.app_context():
        assert delivery.deliver_next(None, "test")
    (gone,) = alices.get("/outbox?state=accepted")["items"]
    assert (gone["attempts"], gone["message_id"]) == (1, waiting["message_id"])
    assert gone["last_reply"]
    assert alices.get("/outbox?state=queued")["items"] == []
    assert alices.get(f"/forwards/{made['id']}")["state"] == "sent"
    assert [item["id"] for item in alices.get("/forwards?state=sent")["items"]] == [made["id"]]
    assert alices.get("/forwards?state=queued")["items"] == []


def test_a_known_colleague_is_named_by_id_and_a_second_time_is_a_warning(alices, ready):
    carol = alices.post("/colleagues", CAROL)["id"]
    assert alices.post(f"/candidates/{ready}/forwards", {"colleague_id": carol})["warnings"] == []
    (warning,) = alices.post(f"/candidates/{ready}/forwards", {"colleague_id": carol})["warnings"]
    assert warning.startswith("Carol Devereux was sent this person's resume before")


def test_an_older_version_goes_when_it_is_named(alices, ready):
    (first,) = alices.get(f"/candidates/{ready}/resumes")["items"]
    newer = alices.post(f"/candidates/{ready}/resumes", data={"file": (BytesIO(b"Ada Byron, newer"), "ada.txt")})
    assert alices.post(f"/candidates/{ready}/forwards", TO_CAROL)["resume_id"] == newer["id"]
    body = {**TO_CAROL, "resume_id": first["id"], "deliver": "attachment"}
    assert alices.post(f"/candidates/{ready}/forwards", body)["resume_id"] == first["id"]


def test_a_forward_is_revoked_before_it_left(app, alices, ready):
    made = alices.post(f"/candidates/{ready}/forwards", TO_CAROL)["id"]
    told = alices.post(f"/forwards/{made}/revocation", status=200)
    assert (told["state"], told["letter"]["state"]) == ("revoked", "cancelled")
    assert alices.post(f"/forwards/{made}/revocation", status=200) == told


def test_an_answer_stands_on_today(app, alices, ready):
    made = alices.post(f"/candidates/{ready}/forwards", TO_CAROL)["id"]
    with app.app_context(), unit_of_work(writes=True):
        forward = forwards.find(made, seen_by=users.by_email(people.address("alice")))
        sharing.answer(forward, "talk", "Call me.")
    (answer,) = alices.get("/today")["answers"]
    assert (answer["id"], answer["answer"], answer["answer_words"]) == (made, "talk", "Call me.")


def test_a_yes_that_leaves_the_file_out_covers_a_link_and_no_attachment(alices, ada):
    alices.post(f"/candidates/{ada}/resumes", data={"file": (BytesIO(b"Ada Byron, analyst"), "ada.txt")})
    yes = {"purpose": "forward", "company": "Acme", "evidence": "by phone", "attachment": False}
    assert alices.post(f"/candidates/{ada}/consents", yes)["attachment"] is False
    asked = alices.post(f"/candidates/{ada}/forwards", {**TO_CAROL, "deliver": "attachment"})
    assert (asked["state"], asked["letter"]) == ("awaiting_consent", None)
    assert alices.post(f"/candidates/{ada}/forwards", TO_CAROL)["state"] == "queued"


# --- what is refused


WRONG_FORWARDS = [
    ({}, "to"),
    ({"to": ""}, "to"),
    ({"to": "not an address", "company": "Acme"}, "to"),
    ({**TO_CAROL, "colleague_id": "x"}, "to"),
    ({"to": "a@example.org, b@example.org", "company": "Acme"}, "to"),
    ({"to": ["a@example.org"], "company": "Acme"}, "to"),
    ({"to": "new@example.org"}, "company"),
    ({**TO_CAROL, "name": "=?utf-8?q?x=0ABcc:_evil@example.org?="}, "name"),
    ({**TO_CAROL, "blind": True, "deliver": "attachment"}, "deliver"),
    ({**TO_CAROL, "parts": []}, "parts"),
    ({**TO_CAROL, "parts": ["pay"]}, "parts.0"),
    ({**TO_CAROL, "sensitive": "yes"}, "sensitive"),
    ({**TO_CAROL, "blind": 1}, "blind"),
    ({**TO_CAROL, "deliver": "fax"}, "deliver"),
    ({**TO_CAROL, "until": "2001-01-01"}, "until"),
    ({**TO_CAROL, "until": make.in_days(91).isoformat()}, "until"),
    ({**TO_CAROL, "until": "9999-12-31"}, "until"),
    ({**TO_CAROL, "position": "a\r\nBcc: evil@example.org"}, "position"),
    ({**TO_CAROL, "note": "a" * 10_001}, "note"),
    ({**TO_CAROL, "cc": "x@example.org"}, "cc"),
    ({**TO_CAROL, "resume_id": 7}, "resume_id"),
]


def test_a_wrong_forward_is_refused_and_queues_nothing(alices, ready):
    for body, field in WRONG_FORWARDS:
        assert alices.post(f"/candidates/{ready}/forwards", body, 422)["field"] == field
        assert (
            alices.get("/forwards")["items"]
            == alices.get("/outbox")["items"]
            == alices.get("/colleagues")["items"]
            == []
        )


def test_without_a_yes_or_a_resume_nothing_leaves(alices, ada):
    assert alices.post(f"/candidates/{ada}/forwards", TO_CAROL, 422)["field"] == "resume_id"
    alices.post(f"/candidates/{ada}/resumes", data={"file": (BytesIO(b"Ada Byron, analyst"), "ada.txt")})
    alices.post(f"/candidates/{ada}/consents", {"purpose": "keep", "evidence": "by phone"})
    asked = alices.post(f"/candidates/{ada}/forwards", TO_CAROL)
    assert (asked["state"], asked["letter"], asked["consent_id"]) == ("awaiting_consent", None, None)
    assert [letter["kind"] for letter in alices.get("/outbox")["items"]] == ["forward_ask"]
    assert alices.post(f"/candidates/{ada}/forwards", TO_CAROL, 422)["field"] == "consent"


def test_nothing_goes_to_the_present_employer(alices, ready):
    alices.patch(f"/candidates/{ready}", {"employer": "ACME Ltd"})
    assert alices.post(f"/candidates/{ready}/forwards", TO_CAROL, 422)["field"] == "to"


def test_only_the_sender_and_the_office_revoke(alices, charlies, ready):
    made = alices.post(f"/candidates/{ready}/forwards", TO_CAROL)["id"]
    charlies.post(f"/forwards/{made}/revocation", status=403)
    assert alices.get(f"/forwards/{made}")["state"] == "queued"


def test_the_register_is_asked_by_words_and_days(alices, ready):
    made = alices.post(f"/candidates/{ready}/forwards", TO_CAROL)["id"]
    today = make.in_days(0).isoformat()
    found = ("person=byron", "colleague=CAROL", "company=acme", f"candidate_id={ready}", f"from={today}&to={today}")
    for asked in found:
        assert [item["id"] for item in alices.get(f"/forwards?{asked}")["items"]] == [made], asked
    for asked in ("person=hopper", "colleague=dora", "company=globex", f"candidate_id={made}", "to=2001-01-01"):
        assert alices.get(f"/forwards?{asked}")["items"] == [], asked


NO_STATES = ["/forwards?state=lost", "/outbox?state=lost", "/outbox?state="]


def test_a_state_that_there_is_not_is_refused(alices):
    for path in NO_STATES:
        assert alices.get(path, 422)["field"] == "state"


# --- what is hidden


def test_strangers_see_no_forward_and_no_letter_of_hidden_candidates(alices, charlies, annas):
    hidden = alices.post("/candidates", {"full_name": "Quokka Own", "visibility": "owner"})["id"]
    alices.post(f"/candidates/{hidden}/resumes", data={"file": (BytesIO(b"Quokka Own, analyst"), "q.txt")})
    alices.post(f"/candidates/{hidden}/consents", {"purpose": "forward", "evidence": "by phone"})
    made = alices.post(f"/candidates/{hidden}/forwards", TO_CAROL)["id"]
    for stranger in (charlies, annas):
        assert stranger.get("/forwards")["items"] == []
        answers = [stranger.ask("GET", f"/forwards/{one}") for one in (made, "0" * 20, "x", "%00")]
        assert {(answer.status_code, answer.data) for answer in answers} == {(404, answers[0].data)}
        stranger.post(f"/forwards/{made}/revocation", status=404)
    assert charlies.get("/outbox")["items"] == []
    assert "Quokka" not in str(annas.get("/outbox"))


def test_another_candidates_resume_is_missing(alices, ready):
    other = alices.post("/candidates", {"full_name": "Bo Ek"})["id"]
    theirs = alices.post(f"/candidates/{other}/resumes", data={"file": (BytesIO(b"Bo Ek, analyst"), "b.txt")})["id"]
    for one in (theirs, "0" * 20, "x", "../x"):
        alices.post(f"/candidates/{ready}/forwards", {**TO_CAROL, "resume_id": one}, 404)
        alices.post(f"/candidates/{ready}/forwards", {"colleague_id": one}, 404)


# --- the address book


def test_a_colleague_is_added_found_and_changed(alices, charlies):
    made = alices.post("/colleagues", {**CAROL, "looking_for": "A data lead"})
    assert {name: made[name] for name in CAROL} == CAROL
    assert charlies.get(f"/colleagues/{made['id']}") == made
    assert charlies.get("/colleagues?q=acme")["items"] == [made]
    assert charlies.get("/colleagues?q=nobody")["items"] == []
    told = alices.patch(f"/colleagues/{made['id']}", {"company": "Globex", "looking_for": None})
    assert (told["company"], told["looking_for"], told["name"]) == ("Globex", "", "Carol Devereux")
    assert charlies.get("/search?q=Devereux")["items"][0]["kind"] == "colleague"


WRONG_COLLEAGUES = [
    ({}, "name"),
    ({**CAROL, "email": "nobody"}, "email"),
    ({**CAROL, "company": ""}, "company"),
    ({**CAROL, "name": 1}, "name"),
    ({**CAROL, "name": "a" * 4_000}, "name"),
    ({**CAROL, "name": "=?utf-8?q?x?="}, "name"),
    ({**CAROL, "phone": "1"}, "phone"),
]


def test_a_wrong_colleague_is_refused_at_its_field(alices):
    for body, field in WRONG_COLLEAGUES:
        assert alices.post("/colleagues", body, 422)["field"] == field


def test_an_address_is_in_the_book_once(alices):
    made = alices.post("/colleagues", CAROL)["id"]
    assert alices.post("/colleagues", CAROL, 422)["field"] == "email"
    other = alices.post("/colleagues", {**CAROL, "email": "other@acme.example.org"})["id"]
    assert alices.patch(f"/colleagues/{other}", {"email": CAROL["email"]}, 422)["field"] == "email"
    for shape in ("0" * 20, "x", "%00"):
        alices.get(f"/colleagues/{shape}", 404)
    assert made != other


def test_lists_ask_the_database_as_often_for_thirty_as_for_three(app, alices, ready):
    counts = []
    for size in (3, 27):
        for number in range(size):
            to = {"to": f"c{size}-{number}@acme.example.org", "name": f"Cara {number}", "company": "Acme"}
            alices.post(f"/candidates/{ready}/forwards", to)
        with statements(app) as ran:
            for path in ("/forwards", "/outbox", "/colleagues", "/search?q=Cara"):
                alices.get(f"{path}{'&' if '?' in path else '?'}limit=200")
        counts.append(len(ran))
    assert counts[0] == counts[1] <= 24
