"""The list of candidates: filters, orders, and pages cut by key."""

import base64
import json

import pytest

from crm.db import db
from crm.domain import candidates, listing, paging, tags, touchpoints
from crm.domain.candidates import Candidate
from crm.domain.listing import Wanted
from crm.domain.warmth import WARMTHS
from crm.kit import clock
from tests import make


def names(by, **wanted):
    asked = Wanted(**wanted)
    order = asked.order
    found = paging.cut(listing.of(asked, seen_by=by), *order.columns, newest_first=order.newest_first, size=100)
    return [person.full_name for person in found.items]


@pytest.fixture
def three(alice, bob):
    """Ada is due, warm and tagged; Bo is Bob's and archived; Cy is nobody in particular."""
    ada = make.candidate(alice, "Ada", email="")
    candidates.call_again(ada, make.in_days(-1), "")
    touchpoints.log(ada, kind="mail", direction="in", by=alice)
    candidates.call_again(ada, make.in_days(-1), "")
    tags.apply(ada, "Streaming", by=alice)
    bo = candidates.archive(make.candidate(bob, "Bo", email=""), by=bob)
    cy = make.candidate(bob, "cy", email="", headline="Streaming")
    db.session.flush()
    return ada, bo, cy


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["Ada", "cy"]),
        ({"archived": True}, ["Bo"]),
        ({"mine": True}, ["Ada"]),
        ({"due": True}, ["Ada"]),
        ({"sort": "due"}, ["Ada"]),
        ({"sort": "warmth"}, ["Ada"]),
        ({"sort": "nonsense"}, ["Ada", "cy"]),
        ({"tag": "streaming"}, ["Ada"]),
        ({"tag": "no such tag"}, []),
        ({"warmth": "warm"}, ["Ada"]),
        ({"warmth": "cold"}, ["cy"]),
        ({"warmth": "cooling"}, []),
        ({"q": "streaming"}, ["Ada", "cy"]),
        ({"q": "streaming", "mine": True}, ["Ada"]),
        ({"q": "nobody"}, []),
        ({"q": "!!"}, ["Ada", "cy"]),
    ],
)
def test_each_filter_keeps_whom_it_names(alice, three, wanted, expected):
    assert names(alice, **wanted) == expected
    assert listing.look_up(Wanted(**wanted), seen_by=alice).count() == len(expected)


def test_warmth_is_the_same_in_a_record_and_in_the_database(alice):
    for days in (None, 0, 59, 60, 61, 149, 150, 151, 400):
        person = make.candidate(alice, f"Person {days}", email="")
        person.last_two_way_at = clock.now() - make.days(days) if days is not None else None
    db.session.flush()
    for warmth in WARMTHS:
        found = db.session.scalars(listing.of(Wanted(warmth=warmth), seen_by=alice)).all()
        assert found
        assert {person.warmth for person in found} == {warmth}


def test_the_last_changed_come_first(alice, three):
    candidates.change(three[0], candidates.Facts(headline="Analyst"), by=alice)
    db.session.flush()
    assert names(alice, sort="recent") == ["Ada", "cy"]


def test_a_tag_that_many_carry_finds_the_same_people(alice, monkeypatch):
    for number in range(6):
        tags.apply(make.candidate(alice, f"Person {number}", email=""), "common", by=alice)
    make.candidate(alice, "Without", email="")
    few = names(alice, tag="common")
    monkeypatch.setattr(listing, "MOST_COUNTED", 3)
    assert names(alice, tag="common") == few
    assert len(few) == 6


def test_a_count_goes_no_further_than_it_must(alice):
    for number in range(5):
        make.candidate(alice, f"Person {number}", email="")
    assert listing.look_up(Wanted(), seen_by=alice).count(most=3) == 4


def test_a_row_has_tags_and_the_latest_near_miss(alice, charlie):
    ada = make.candidate(alice)
    tags.apply(ada, "Streaming", by=alice)
    sealed = make.role(alice, "Falconer", status="sealed")
    make.near_miss(ada, sealed, alice)
    db.session.flush()
    [row] = listing.rows([ada], seen_by=alice)
    assert (row.tags, row.near_miss.role_title) == (["Streaming"], "Falconer")
    [row] = listing.rows([ada], seen_by=charlie)
    assert row.near_miss is None


# --- pages


@pytest.fixture
def seven(alice):
    for number in (3, 1, 6, 2, 7, 5, 4):
        make.candidate(alice, f"Person {number}", email="")
    make.candidate(alice, "person 4", email="")  # the same key twice


def page(by, **marks):
    columns = listing.ORDERS["name"].columns
    return paging.cut(listing.of(Wanted(), seen_by=by), *columns, size=3, **marks)


def test_pages_go_forward_and_back_without_a_gap(alice, seven):
    first = page(alice)
    second = page(alice, after=first.after)
    third = page(alice, after=second.after)
    everybody = [person.full_name.casefold() for found in (first, second, third) for person in found.items]
    assert everybody == [f"person {number}" for number in (1, 2, 3, 4, 4, 5, 6, 7)]
    assert (first.before, third.after) == ("", "")
    assert page(alice, before=third.before).items == second.items
    assert page(alice, before=second.before).items == first.items
    assert page(alice, before=page(alice, before=third.before).before).items == first.items


def test_going_back_to_less_than_a_page_shows_the_first(alice, seven):
    second_person = page(alice).items[1]
    mark = paging.mark(second_person, listing.ORDERS["name"].columns)
    assert page(alice, before=mark).items == page(alice).items


@pytest.mark.parametrize(
    "plain", [None, [], ["a"], ["a", 1], ["a\x00", "b"], [["a"], "b"], {"a": 1}, ["a", "b", "c"], 7]
)
def test_a_mark_that_makes_no_sense_is_the_beginning(alice, seven, plain):
    mark = base64.urlsafe_b64encode(json.dumps(plain).encode()).decode()
    assert page(alice, after=mark).items == page(alice).items
    assert page(alice, before=mark).items == page(alice).items


@pytest.mark.parametrize("mark", ["!", "é", "x" * 9, "=" * 5, "W10", "\x00"])
def test_a_mark_that_is_none_is_the_beginning(alice, seven, mark):
    assert page(alice, after=mark).items == page(alice).items


def test_dates_and_moments_make_marks_too(alice, seven):
    for person in db.session.scalars(candidates.listed(alice)):
        candidates.call_again(person, make.in_days(int(person.full_name[-1])), "")
    for columns in ((Candidate.next_on, Candidate.id), (Candidate.changed_at, Candidate.id)):
        first = paging.cut(candidates.listed(alice), *columns, size=5)
        rest = paging.cut(candidates.listed(alice), *columns, size=5, after=first.after)
        assert len({person.id for person in [*first.items, *rest.items]}) == 8
