"""Whatever is typed into a box: a page or a sentence, never a mistake of ours."""

import pytest
from lxml import html

from crm.db import unit_of_work
from crm.domain import users
from tests import make, people
from tests.api.program import Program
from tests.hostile_queries import HOSTILE

BOXES = ("/search", "/search/suggestions", "/candidates", "/candidates/suggestions")


@pytest.fixture
def somebody(app):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        make.candidate(alice, headline="Falcons")


@pytest.mark.parametrize("box", BOXES)
def test_a_page_answers(as_alice, somebody, box):
    for query in HOSTILE:
        answer = as_alice.client.get(box, query_string={"q": query})
        assert answer.status_code == 200, (query[:60], answer.status_code)
        if answer.mimetype == "text/html":
            assert not html.fromstring(answer.get_data(as_text=True)).xpath("//main//script"), query[:60]


def test_a_page_says_what_became_of_the_question(as_alice, somebody):
    for query in HOSTILE:
        page = html.fromstring(as_alice.client.get("/search", query_string={"q": query}).get_data(as_text=True))
        said = " ".join(page.find(".//main").text_content().split())
        found = page.xpath("//main//h2")
        assert found or "Nothing found" in said or not query.strip(), query[:60]


def test_a_program_is_answered_or_told_why(app, somebody):
    alice = Program(app, "alice")
    for path in ("/search", "/candidates"):
        for query in HOSTILE:
            answer = alice.ask("GET", path, query_string={"q": query})
            assert answer.status_code in {200, 422}, (query[:60], answer.status_code)
            assert answer.status_code == 200 or "." in answer.get_json()["message"], query[:60]


def test_half_a_letter_is_no_letter(as_alice, somebody):
    for box in BOXES:
        for raw in ("%ED%A0%80", "%FF", "%C3", "falcons%00", "%F0%9F"):
            assert as_alice.client.get(f"{box}?q={raw}").status_code == 200, (box, raw)
