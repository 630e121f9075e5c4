"""By programs: how the question to a candidate stands, what colleagues look for, what came of it, the news."""

from io import BytesIO

import pytest

from crm.db import unit_of_work
from crm.domain import asking, dispatch, news, users
from tests import make, people


@pytest.fixture
def asked(alices, ada):
    """A forward of Ada for which there is no yes so far."""
    alices.post(f"/candidates/{ada}/resumes", data={"file": (BytesIO(b"Ada Byron, analyst"), "ada.txt")})
    to = {"to": "carol@acme.example.org", "name": "Carol Devereux", "company": "Acme"}
    return alices.post(f"/candidates/{ada}/forwards", to)


@pytest.fixture
def sent(app, alices, asked):
    """A forward that has left."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        forward = make.forward(alice, make.candidate(alice, "Grace Hopper", email="grace@example.org"))
        dispatch.accept(forward.letter, "250 ok")
        return forward.id


def test_how_the_question_stands_is_told(app, alices, charlies, asked):
    assert (asked["state"], asked["letter"], asked["consent_id"]) == ("awaiting_consent", None, None)
    at = f"/forwards/{asked['id']}/question"
    told = alices.get(at)
    assert (told["state"], told["answer"], told["to"]) == ("open", "", "carol@acme.example.org")
    with app.app_context(), unit_of_work(writes=True):
        asking.answer(asking.find(told["id"], told["candidate_id"]), "later", 3)
    told = alices.get(at)
    assert (told["state"], told["answer"], told["again_on"] is not None) == ("answered", "later", True)
    assert alices.get(f"/forwards/{asked['id']}")["state"] == "expired"


def test_there_is_no_question_where_nothing_had_to_be_asked(alices, sent):
    alices.get(f"/forwards/{sent}/question", 404)


def test_the_document_says_that_the_candidate_is_asked_first(alices):
    told = alices.document["paths"]["/candidates/{candidate_id}/forwards"]["post"]["description"]
    assert "asked first" in told
    assert "`awaiting_consent`" in told


def test_what_a_colleague_looks_for_is_read_and_put_down(alices, asked):
    at = f"/colleagues/{asked['colleague_id']}/needs"
    assert alices.get(at)["looking_for"] == ""
    told = alices.put(at, {"looking_for": "An analyst for Kafka"})
    assert (told["looking_for"], told["by_them"], told["fits"]) == ("An analyst for Kafka", False, [])
    assert alices.get(at) == told
    alices.put(at, {}, 422)


def test_what_came_of_it_is_said_by_its_sender_and_both_are_told(alices, charlies, sent):
    at = f"/forwards/{sent}"
    alices.get(f"{at}/outcome", 404)
    charlies.post(f"{at}/outcome", {"said": "hired"}, 403)
    told = alices.post(f"{at}/outcome", {"said": "interviewed", "words": "Went well."}, 200)
    assert (told["said"], told["words"], told["thanks"], told["news"]) == ("interviewed", "Went well.", None, None)
    charlies.post(f"{at}/thanks", {}, 403)
    charlies.post(f"{at}/news", {}, 403)
    thanks, told = alices.post(f"{at}/thanks", {}), alices.post(f"{at}/news", {"text": "They liked to talk with you."})
    known = alices.get(f"{at}/outcome")
    assert (known["thanks"]["id"], known["news"]["id"]) == (thanks["id"], told["id"])


def test_nothing_comes_of_what_has_not_left(alices, asked):
    refused = alices.post(f"/forwards/{asked['id']}/outcome", {"said": "hired"}, 422)
    assert refused["field"] == "outcome"


def test_a_candidate_is_sent_their_page_and_the_link_is_told_to_nobody_else(alices, ada):
    letter = alices.post(f"/candidates/{ada}/door", {})
    assert letter["state"] == "queued"
    assert "/door/" not in str(letter)
    assert [one["kind"] for one in alices.get("/outbox")["items"]] == ["door"]


def test_news_is_put_aside_by_whom_it_was_told_to(app, alices, bobs, ada):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        news.tell(alice.id, kind="door", text="is still interested", candidate_id=ada)
    [known] = alices.get("/today")["news"]
    bobs.post(f"/news/{known['id']}/sight", status=404)
    alices.post(f"/news/{known['id']}/sight", status=204)
    assert alices.get("/today")["news"] == []
