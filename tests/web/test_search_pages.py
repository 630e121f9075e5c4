"""The search page and what the field at the top suggests."""

import pytest

from crm.db import unit_of_work
from crm.domain import users
from tests import make, people


@pytest.fixture
def kafka(app):
    """Somebody, a role and a colleague who have the word in common."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        make.resume(make.candidate(alice), alice)
        make.role(alice, "Head of Kafka")
        make.role(alice, "Falconer", status="sealed", needs="Kafka")
        make.colleague(alice, "Carol Kafka")
        make.candidate(alice, "Hidden Hanna", email="", headline="Kafka", visibility="owner")


def test_what_is_found_is_grouped_and_marked(as_alice, kafka):
    page = as_alice.get("/search?q=kafka")
    headings = [
        heading.text_content().strip() for heading in page.tree.iter("h2") if heading.text_content().strip() != "Keys"
    ]
    assert headings == ["Candidates 2", "Roles 2", "Colleagues 1"]
    assert page.tree.findtext(".//mark") == "Kafka"
    for shown in ("Ada Byron", "Head of Kafka", "Carol Kafka", "Falconer"):
        assert shown in page.text


def test_suggestions_have_what_the_field_needs(as_alice, kafka):
    items = as_alice.client.get("/search/suggestions?q=kafk").get_json()["items"]
    assert {item["kind"] for item in items} == {"candidate", "role", "colleague"}
    for item in items:
        assert set(item) == {"id", "title", "snippet", "url", "kind"}
        assert "\x02" not in item["snippet"]
        as_alice.get(item["url"])


def test_nothing_found_says_what_to_try(as_alice, kafka):
    assert "Nothing found" in as_alice.get("/search?q=cobol").text
    assert "Nothing found" not in as_alice.get("/search").text


@pytest.mark.parametrize(
    "query", ["%3Cscript%3Ealert(1)%3C/script%3E", "%22", "%00", "c%2B%2B", "%F0%9F%8E%B7", "a" * 5000]
)
def test_any_words_are_only_words(as_alice, kafka, query):
    page = as_alice.get(f"/search?q={query}")
    assert not page.tree.xpath("//main//script")
    as_alice.get(f"/search/suggestions?q={query}")


def test_what_a_resume_says_is_shown_as_text(app, as_alice):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        make.candidate(alice, headline='<b>kafka</b> "quoted"')
    page = as_alice.get("/search?q=kafka")
    assert '<b>kafka</b> "quoted"' in page.text
    assert not page.tree.xpath("//main//b")


def test_a_stranger_finds_only_what_they_may_see(as_charlie, kafka):
    page = as_charlie.get("/search?q=kafka")
    assert "Ada Byron" in page.text
    for hidden in ("Falconer", "Hidden Hanna"):
        assert hidden not in page.text
        assert hidden not in as_charlie.client.get("/search/suggestions?q=kafka").get_data(as_text=True)
