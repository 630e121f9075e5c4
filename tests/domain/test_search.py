"""Search: the same words find the same things on both databases, less what one may not see."""

import re

import pytest

from crm.db import db
from crm.domain import candidates, finding, resumes, snippets
from crm.domain.candidates import Facts
from tests import make


def titles(query, by, **more):
    return [found.title for found in finding.find(query, seen_by=by, **more)]


def test_a_person_is_found_by_any_word_of_the_record_or_the_resume(alice):
    ada = make.candidate(alice, headline="Analyst", employer="Globex", location="Zürich")
    make.resume(ada, alice)
    for query in ("Ada", "byron ada", "analyst", "globex", "zurich", "kafka", "ada@example.org", "streaming kafka"):
        assert titles(query, alice) == ["Ada Byron"], query


def test_every_word_must_stand_there_and_the_last_may_be_begun(alice):
    make.resume(make.candidate(alice), alice)
    assert titles("kafka strea", alice) == ["Ada Byron"]
    assert titles("strea kafka", alice) == []
    assert titles("kafka cobol", alice) == []


@pytest.mark.parametrize(
    "query", ["", "   ", "!!!", '"', "' OR 1=1 --", "AND (", "c++ NEAR(", "a* OR b", "\x00", "日" * 500]
)
def test_no_query_breaks_the_engine(alice, query):
    make.candidate(alice)
    assert finding.find(query, seen_by=alice) == []
    assert finding.candidates_named(query, seen_by=alice) == []


def test_names_of_tools_are_told_apart(alice):
    make.candidate(alice, "Plus", email="", headline="C++ and .NET")
    make.candidate(alice, "Sharp", email="", headline="C# and Node.js")
    make.candidate(alice, "Plain", email="", headline="C since 1990")
    assert titles("c++", alice) == ["Plus"]
    assert titles("C#", alice) == ["Sharp"]
    assert titles("node.js", alice) == ["Sharp"]
    assert titles(".net", alice) == ["Plus"]


def test_names_come_before_texts(alice):
    make.candidate(alice, "Kafka Franz", email="")
    make.resume(make.candidate(alice), alice)
    assert titles("kafka", alice) == ["Kafka Franz", "Ada Byron"]


def test_of_too_many_the_newest_are_found_and_everybody_by_name(alice):
    named = make.candidate(alice, "Streaming Sam", email="")
    for number in range(12):
        make.candidate(alice, f"Person {number}", email="", headline="Streaming")
    found = titles("streaming", alice, limit=3)
    assert found[0] == "Streaming Sam"
    assert found[1:] == ["Person 11", "Person 10"]
    assert named.id in finding.candidates_matching("streaming", seen_by=alice)


def test_roles_and_colleagues_are_found_too(alice):
    make.role(alice, "Head of Streaming", needs="Kafka")
    make.colleague(alice, "Carol Streaming")
    make.candidate(alice, headline="Streaming")
    groups = finding.find_each("streaming", seen_by=alice)
    assert list(groups) == ["candidate", "role", "colleague"]
    assert titles("kafka", alice) == ["Head of Streaming"]


def test_the_kind_itself_is_no_word(alice):
    make.candidate(alice)
    make.role(alice)
    assert titles("candidate", alice) == titles("role", alice) == []


def test_a_snippet_of_text_without_spaces_goes_on_after_the_word():
    part = "東京" * 100
    [found] = re.finditer("^東京", part)
    assert len(snippets._marked(part, found, re.compile("^東京"))) > snippets.AFTER


def test_a_snippet_shows_the_words_around_and_marks_them(alice):
    make.resume(make.candidate(alice, headline="C++ analyst"), alice)
    [found] = finding.find("kafka", seen_by=alice)
    assert f"{snippets.OPEN}Kafka{snippets.CLOSE}" in found.snippet
    [found] = finding.find("c++", seen_by=alice)
    assert f"{snippets.OPEN}C++{snippets.CLOSE}" in found.snippet


def test_a_changed_record_is_found_by_its_new_words_only(alice):
    ada = make.candidate(alice, headline="Analyst")
    candidates.change(ada, Facts(headline="Gardener"), by=alice)
    assert titles("gardener", alice) == ["Ada Byron"]
    assert titles("analyst", alice) == []


def test_a_removed_resume_is_no_longer_found(alice):
    ada = make.candidate(alice)
    kept = make.resume(ada, alice)
    resumes.remove(kept, ada, by=alice)
    assert titles("kafka", alice) == []
    resumes.restore(kept, ada, by=alice)
    assert titles("kafka", alice) == ["Ada Byron"]


def test_archived_people_are_found_but_not_offered(alice):
    candidates.archive(make.candidate(alice), by=alice)
    assert titles("ada", alice) == ["Ada Byron"]
    assert finding.candidates_named("ada", seen_by=alice) == []


def test_people_are_offered_by_name_and_nothing_else(alice):
    make.candidate(alice, headline="Analyst")
    assert [found.title for found in finding.candidates_named("by", seen_by=alice)] == ["Ada Byron"]
    assert finding.candidates_named("analyst", seen_by=alice) == []


# --- hidden


def test_what_one_may_not_see_is_not_found(alice, charlie):
    make.resume(make.candidate(alice, visibility="owner"), alice)
    make.role(alice, "Falconer", status="sealed", needs="Kafka")
    db.session.flush()
    for query in ("ada", "kafka", "falconer"):
        assert titles(query, charlie) == []
        assert finding.candidates_named(query, seen_by=charlie) == []
        assert finding.candidates_matching(query, seen_by=charlie) == set()
    assert titles("kafka", alice) == ["Ada Byron", "Falconer"]


def test_the_hidden_do_not_push_the_visible_out(alice, charlie):
    make.candidate(charlie, "Visible Vera", email="", headline="Streaming")
    for number in range(9):
        make.candidate(alice, f"Hidden {number}", email="", headline="Streaming", visibility="owner")
    assert titles("streaming", charlie, limit=2) == ["Visible Vera"]


def test_a_deleted_person_is_not_found(alice):
    candidates.delete(make.candidate(alice), by=alice)
    db.session.flush()
    assert titles("ada", alice) == []
