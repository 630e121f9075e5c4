"""Who may be the same person: named with the reasons, never merged by itself."""

import re

import pytest
from sqlalchemy import select, text

from crm.db import db, is_sqlite
from crm.domain import candidates, duplicates, merges
from crm.domain.candidates import Facts
from crm.domain.duplicates import DuplicatePair, Person
from crm.domain.errors import Refused
from crm.kit import clock
from tests import make
from tests.structure.workspace import statements


def told(person, seen_by, closely=True):
    [found] = duplicates.among([person], seen_by=seen_by, closely=closely)
    return [(like.name, like.why, like.score) for like in found]


def test_reasons_are_in_words_and_add_up(alice):
    make.candidate(alice, "Ada Byron", employer="Babbage & Co", location="Lund")
    person = Person(name="Byron, Ada", emails=("ADA+jobs@example.org",), employer="Babbage & Co", location="lund")
    why = "the same mail address, the same name, the same employer and the same place"
    assert told(person, alice) == [("Ada Byron", why, 60 + 40 + 20 + 10)]


def test_nearly_the_same_name_needs_something_else(alice):
    make.candidate(alice, "Jonathan Smithson", email="", employer="Babbage & Co")
    assert told(Person(name="Jonathan T. Smithson"), alice) == []
    why = "nearly the same name and the same employer"
    assert told(Person(name="Jonathan T. Smithson", employer="babbage & co"), alice) == [("Jonathan Smithson", why, 50)]


@pytest.mark.parametrize(
    "link", ["http://www.linkedin.com/in/ada/", "https://linkedin.com/in/Ada?trk=x", "https://www.linkedin.com/in/ada"]
)
def test_the_same_page_is_the_same_link(alice, link):
    make.candidate(alice, "Somebody", email="", links=["https://www.linkedin.com/in/ada"])
    assert told(Person(name="Countess", links=(link,)), alice) == [("Somebody", "the same link", 60)]


def test_the_same_employer_and_place_alone_say_nothing(alice):
    make.candidate(alice, "Nora Okafor", email="", employer="Acme", location="Lund", headline="Analyst")
    assert told(Person(name="Ada Byron", employer="Acme", location="Lund", headline="Analyst"), alice) == []


def test_whom_one_may_not_see_one_is_not_told_of(alice, charlie):
    make.candidate(alice, visibility="owner")
    assert told(Person(name="Ada Byron", emails=("ada@example.org",)), charlie) == []


def test_many_at_once_are_asked_about_by_as_many_queries_as_one(app, alice):
    make.candidate(alice)
    db.session.flush()
    with statements(app) as one:
        duplicates.among([Person(name="Ada Byron", emails=("ada@example.org",))], seen_by=alice)
    people = [Person(name=f"Ada {number}", emails=(f"{number}@example.org",)) for number in range(150)]
    with statements(app) as many:
        found = duplicates.among([*people, Person(name="ada byron")], seen_by=alice)
    assert len(many) <= len(one)
    assert [len(likes) for likes in found] == [0] * 150 + [1]


def test_the_worker_lists_pairs_and_a_decision_stands(alice):
    ada, other = make.candidate(alice), make.candidate(alice, "A. Byron")
    assert duplicates.look(clock.now()) == 2
    [pair] = duplicates.shown(db.session.scalars(duplicates.waiting(seen_by=alice)))
    assert (pair.older, pair.newer, pair.why) == (ada, other, "the same mail address")
    assert duplicates.look(clock.now()) == 0
    duplicates.keep_apart(ada, other, by=alice)
    candidates.change(other, Facts(full_name="Ada Byron"), by=alice)
    duplicates.look(clock.now())
    assert db.session.scalars(duplicates.waiting(seen_by=alice)).all() == []
    assert duplicates.of(ada, seen_by=alice) == []
    assert db.session.scalars(select(DuplicatePair)).one().why == "the same mail address and the same name"
    duplicates.ask_again(other, ada)
    assert len(db.session.scalars(duplicates.waiting(seen_by=alice)).all()) == 1


def test_a_pair_of_which_one_is_hidden_is_not_listed(alice, charlie):
    make.candidate(alice, visibility="owner")
    make.candidate(alice)
    duplicates.look(clock.now())
    assert len(db.session.scalars(duplicates.waiting(seen_by=alice)).all()) == 1
    assert db.session.scalars(duplicates.waiting(seen_by=charlie)).all() == []


def test_nobody_is_two_people_with_themselves(alice):
    ada = make.candidate(alice)
    with pytest.raises(Refused):
        duplicates.keep_apart(ada, ada, by=alice)


def test_a_merge_keeps_what_was_found_and_decided_about_the_other_record(alice):
    ada = make.candidate(alice)
    phone = {"phones": ["+44 20 7946 0958"]}
    other = make.candidate(alice, "Xenia Zed", email="x@example.org", **phone)
    third = make.candidate(alice, "Yolanda Who", email="y@example.org", **phone)
    fourth = make.candidate(alice, "Ada Byron", email="", headline="Somebody else", **phone)
    duplicates.look(clock.now())
    duplicates.keep_apart(other, fourth, by=alice)
    merges.merge(ada, other, by=alice)
    duplicates.look(clock.now())
    waiting = {frozenset((one.older_id, one.newer_id)) for one in db.session.scalars(duplicates.waiting(seen_by=alice))}
    assert frozenset((ada.id, third.id)) in waiting
    assert frozenset((ada.id, fourth.id)) not in waiting


def test_names_are_looked_up_by_their_indexes(app, alice):
    if not is_sqlite():
        pytest.skip("PostgreSQL chooses by how many rows there are")
    with statements(app) as ran:
        duplicates.among([Person(name="Ada Byron", emails=("a@example.org",), phones=("1",))], seen_by=alice)
    sharing = next(one for one in ran if "UNION ALL" in one)
    plan = db.session.execute(
        text("EXPLAIN QUERY PLAN " + re.sub(r"IN \([?, ]+\)", "IN ('x')", sharing).replace("?", "0"))
    )
    assert not [row for row in plan if "SCAN candidate" in row[3]]
