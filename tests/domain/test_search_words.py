"""The language of the box, and what nobody may learn through it."""

import pytest

from crm.db import db
from crm.domain import applications, candidates, erasing, finding, search, snippets, tags, touchpoints
from crm.domain.search import Entry
from tests import make


def titles(query, by, **more):
    return [found.title for found in finding.find(query, seen_by=by, **more)]


@pytest.fixture
def office(alice):
    """Four people that differ in what a query can tell apart."""
    for name, headline in (
        ("Zoë Müller", "Data engineer, event sourcing with Java"),
        ("Søren Łukasik", "Engineering manager; sourcing of events"),
        ("Ada Byron", "Analyst for Straße GmbH, C ++ and Node JS"),
        ("山田太郎", "Engineers lead"),
    ):
        make.candidate(alice, name, email="", headline=headline)
    return alice


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('"event sourcing"', {"Zoë Müller"}),
        ("event sourcing", {"Zoë Müller", "Søren Łukasik"}),
        ("engineer", {"Zoë Müller", "Søren Łukasik", "山田太郎"}),
        ('"engineer"', {"Zoë Müller"}),
        ("engineer -java", {"Søren Łukasik", "山田太郎"}),
        ('engineer -"event sourcing"', {"Søren Łukasik", "山田太郎"}),
        ("engin* data", {"Zoë Müller"}),
        ("soren lukasik", {"Søren Łukasik"}),
        ("SØREN", {"Søren Łukasik"}),
        ("mueller", {"Zoë Müller"}),
        ("zoe", {"Zoë Müller"}),
        ("strasse", {"Ada Byron"}),
        ("c++", {"Ada Byron"}),
        ("C ++", {"Ada Byron"}),
        ("node.js", {"Ada Byron"}),
        ("太郎", {"山田太郎"}),
        ("-java", set()),
        ('"byron analyst"', set()),
    ],
)
def test_what_is_found(office, query, found):
    assert set(titles(query, office)) == found


def test_filters_narrow_words_and_stand_alone(office):
    ada = candidates.find(finding.find("ada", seen_by=office)[0].id, seen_by=office)
    tags.apply(ada, "Kafka Club", by=office)
    make.near_miss(ada, make.role(office), office)
    for query in ('tag:"Kafka Club"', "stage:finalist", "role:Head analyst", "-warmth:warm ada", "tag:kafka* -java"):
        wanted = [] if "*" in query else ["Ada Byron"]
        assert titles(query, office) == wanted, query
    assert "Ada Byron" not in titles("engineer -stage:finalist", office)
    assert finding.troubles("tag:nothing", seen_by=office)


@pytest.mark.parametrize("typed", ["Bryon", "Byrn", "Byrron", "Byram Ada", "Mullar", "Lukasick"])
def test_a_name_with_a_letter_wrong_is_meant(office, typed):
    found = finding.alike(typed, seen_by=office)
    assert bool(found) == (typed != "Byram Ada"), found
    assert all(one.kind == "candidate" for one in found)


def test_a_number_is_found_however_it_is_written(alice):
    make.candidate(alice, phones=["+44 7700 900123"])
    for query in ("07700 900123", "+447700900123", "7700-900-123", "(07700) 900123"):
        assert titles(query, alice) == ["Ada Byron"], query


def test_a_snippet_marks_a_phrase_and_other_letters(office):
    [found] = finding.find('"event sourcing"', seen_by=office)
    assert f"{snippets.OPEN}event sourcing{snippets.CLOSE}" in found.snippet
    [found] = finding.find("strasse", seen_by=office)
    assert f"{snippets.OPEN}Straße{snippets.CLOSE}" in found.snippet


def test_counts_end_where_nobody_reads_on(office):
    groups = finding.find_each("engineer", seen_by=office, limit=2)
    assert finding.counted("engineer", groups, seen_by=office, limit=2) == {"candidate": 3}


# --- notes


def test_notes_are_found_and_lead_to_the_candidate(alice):
    ada = make.candidate(alice)
    note = touchpoints.log(ada, kind="note", direction="out", by=alice, text="Loves falconry")
    [found] = finding.find("falconry", seen_by=alice)
    assert (found.kind, found.title, found.candidate_id) == ("note", "Ada Byron", ada.id)
    touchpoints.take_back(note, ada, by=alice)
    assert titles("falconry", alice) == []


def test_a_debrief_is_for_those_who_may_know_of_the_role(alice, charlie):
    sealed = make.role(alice, "Falconer", status="sealed")
    make.near_miss(make.candidate(alice), sealed, alice, sentence="Handled the gyrfalcon")
    db.session.flush()
    assert titles("gyrfalcon", alice) == ["Ada Byron"]
    assert titles("gyrfalcon", charlie) == []
    applications.remove(db.session.query(applications.Application).one(), by=alice)
    assert titles("gyrfalcon", alice) == []


def test_nothing_of_an_erased_person_stays_in_the_index(alice):
    ada = make.candidate(alice)
    make.near_miss(ada, make.role(alice, "Other"), alice, sentence="Handled the gyrfalcon")
    touchpoints.log(ada, kind="note", direction="out", by=alice, text="Loves falconry")
    db.session.flush()
    erasing.erase(ada)
    assert db.session.query(Entry.kind).all() == [("role",)]


# --- hidden


def test_the_hidden_change_no_answer_and_no_count(alice, charlie):
    """Asked before and after somebody hidden has every word of it: name, slip, tag, resume, note, role."""
    make.candidate(charlie, "Vera Falkner", email="", headline="Kafka")
    sealed = make.role(alice, "Kafka Falconer", status="sealed")
    queries = ("kafka", "falcner", "falkner", "hid*", "hiden", "tag:secret", "role:Falconer", "role:Nothing",
               "-tag:secret kafka", "stage:finalist", "gyrfalcon", "07700 900123", "-gyrfalcon kafka")  # fmt: skip
    before = {query: everything(query, charlie) for query in queries}
    hidden = make.candidate(
        alice, "Hidden Falkner", email="", headline="Kafka", visibility="owner", phones=["+44 7700 900123"]
    )
    tags.apply(hidden, "secret", by=alice)
    make.near_miss(hidden, sealed, alice, sentence="kafka gyrfalcon")
    touchpoints.log(hidden, kind="note", direction="out", by=alice, text="kafka gyrfalcon")
    db.session.flush()
    assert {query: everything(query, charlie) for query in queries} == before
    assert everything("kafka", alice) != before["kafka"]


def everything(query, user):
    groups = finding.find_each(query, seen_by=user, limit=1)
    return (
        groups, finding.counted(query, groups, seen_by=user, limit=1), finding.find(query, seen_by=user),
        finding.alike(query, seen_by=user), finding.candidates_named(query, seen_by=user),
        finding.candidates_matching(query, seen_by=user), finding.troubles(query, seen_by=user),
    )  # fmt: skip


def test_many_entries_by_one_statement(alice):
    search.put_new([search.row("colleague", f"none{number}", title="Łucja") for number in range(3)])
    assert db.session.query(Entry.plain_title).filter(Entry.title == "Łucja").distinct().all() == [("lucja",)]
