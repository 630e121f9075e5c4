"""Dates and the page's own language, as they are spoken to."""

import re
from datetime import date

import pytest
from babel.messages.pofile import read_po
from lxml import html

from crm import language
from crm.db import unit_of_work
from crm.domain import (
    candidates,
    door_openers,
    doors,
    forward_questions,
    forwards,
    introducing,
    plans,
    unsubscribes,
    users,
)
from crm.kit import tokens
from crm.kit.languages import LANGUAGES
from tests import make, people

DAY = date(2026, 3, 7)


def test_each_language_writes_a_date_in_its_own_way(app):
    said = {}
    with app.app_context():
        for code in ("en", "de", "fr", "es", "xx"):
            with language.speaking(code):
                said[code] = language.day(DAY)
        assert language.current() == "en"
    assert said == {"en": "7 March 2026", "de": "7. März 2026", "fr": "7 mars 2026", "es": "7 de marzo de 2026",
                    "xx": "7 March 2026"}  # fmt: skip


def test_the_door_says_which_language_it_speaks_and_the_office_stays_english(app, browser):
    token = tokens.new_link()
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice)
        candidates.change(ada, candidates.Facts(language="de"), by=alice)
        doors.mint(ada.id, token)
    page = browser.get(f"/door/{token}")
    assert page.tree.get("lang") == "de"
    assert "Guten Tag Ada" in page.text
    assert browser.get("/sign-in").tree.get("lang") == "en"


def test_in_every_language_each_page_of_the_door_renders(app, browser):
    for code in LANGUAGES:
        token = tokens.new_link()
        with app.app_context(), unit_of_work(writes=True):
            alice = users.by_email(people.address("alice"))
            ada = make.candidate(alice, f"Ada {code}", email=f"{code}@example.org")
            candidates.change(ada, candidates.Facts(language=code), by=alice)
            doors.mint(ada.id, token)
        for page in ("", "/interested", "/later", "/job", "/thanks", "/useful", "/less", "/leave", "/inside"):
            assert browser.get(f"/door/{token}{page}").tree.get("lang") == code


ENGLISH = sorted(
    (message.id for message in read_po((language.FOLDER / "de/LC_MESSAGES/messages.po").open("rb")) if message.id),
    key=len, reverse=True,
)  # fmt: skip
PIECE = re.compile(r"%\(\w+\)s")


def english_in(text):
    """Whatever is marked and still stands there in English; of a sentence with places to fill, its longest piece."""
    for msgid in ENGLISH:
        piece = max(PIECE.split(msgid), key=len).strip(" .,:")
        if len(piece) > 12 and piece in text:
            yield piece


def german(app):
    """Whatever page, as a browser that asks for German shows it."""

    def open_page(path, status=200, **said):
        client, headers = app.test_client(), {"Accept-Language": "de"}
        answer = client.post(path, data=said, headers=headers) if said else client.get(path, headers=headers)
        assert answer.status_code == status, answer.text
        tree = html.fromstring(answer.text)
        assert tree.get("lang") == "de"
        text = " ".join(tree.text_content().split())
        assert list(english_in(text)) == []
        return text

    return open_page


@pytest.fixture
def ways(app):
    """To everything that Ada, who reads German, can open."""
    found = {name: tokens.new_link() for name in ("door", "keep", "introduction", "unsubscribe")}
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice)
        candidates.change(ada, candidates.Facts(language="de"), by=alice)
        make.resume(ada, alice)
        carol = make.colleague(alice)
        forward = forwards.send(plans.plan(ada, carol, by=alice, position="Lead"), by=alice)
        doors.mint(ada.id, found["door"])
        question = door_openers.ask(ada, by=alice)
        door_openers.mint(door_openers.for_delivery(question.letter), found["keep"])
        unsubscribes.mint(question.letter, found["unsubscribe"])
        told = ("She builds forecasts.", "He looks for a lead.")
        proposal = introducing.propose(ada, carol, told=told, by=alice, why="", names_colleague=False)
        introduction = introducing.ask(proposal, by=alice, intent=tokens.new_id())
        side = next(side for side in introduction.sides if side.position == 0)
        side.token_hash = tokens.digest(found["introduction"])
        asked = forward_questions.of_forward(forward.id).id
    return {name: f"/{name}/{token}" for name, token in found.items()} | {"asked": f"/questions/{asked}"}


def test_no_english_is_left_on_a_page_of_a_candidate_who_reads_german(app, ways):
    look = german(app)
    for page in (
        "",
        ways["asked"],
        "/interested",
        "/later",
        "/job",
        "/thanks",
        "/useful",
        "/less",
        "/leave",
        "/inside",
    ):
        look(ways["door"] + page)
    look(f"/door/{tokens.new_link()}", 404)
    look(ways["keep"])
    look(ways["keep"], 422, words="Hm")
    app.test_client().post(ways["keep"], data={"answer": "yes"})
    assert "Sie haben Ja gesagt" in look(ways["keep"])
    look(f"/keep/{tokens.new_link()}", 404)
    look(ways["introduction"])
    look(ways["unsubscribe"])
    look(ways["unsubscribe"], List="One-Click")
