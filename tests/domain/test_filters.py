"""What lists are narrowed by, the same on both databases; what may not be seen fits nobody."""

import pytest

from crm.db import db
from crm.domain import applications, candidates, consents, filters, pools, tags, touchpoints
from crm.domain.candidates import Candidate
from tests import make


def names(by, *pairs):
    listed = candidates.listed(by) if not filters.names_archive(pairs) else db.select(Candidate)
    found = listed.where(*filters.conditions(pairs, seen_by=by)).order_by(Candidate.name_key)
    read = filters.read(pairs, seen_by=by)
    counted = listed.where(candidates.visible_to(by), *read.counted).order_by(Candidate.name_key)
    people = [person.full_name for person in db.session.scalars(found)]
    assert people == [person.full_name for person in db.session.scalars(counted)]
    return people


@pytest.fixture
def three(alice, bob):
    """Ada: tagged, finalist, warm, in Zürich, may be forwarded. Bo: Bob's, in a pool. Cy: in the archive."""
    ada = make.candidate(alice, "Ada", email="", location="Zürich", employer="Acme 100%", source="Referral")
    bo = make.candidate(bob, "Bo", email="", location="Stockholm", employer="acme_nordic")
    cy = make.candidate(bob, "Cy", email="")
    tags.apply(ada, "Data", by=alice)
    tags.apply(bo, "Élan", by=bob)
    make.near_miss(ada, make.role(alice, "Head of Data"), alice)
    applications.put(bo, make.role(alice, "Head of Sales"), by=bob, stage="screen")
    make.consent(ada, alice)
    make.consent(bo, bob, purpose="contact", company="")
    pools.put_in(pools.add(name="Spring", by=bob), bo, by=bob, reason="asked for it")
    touchpoints.log(ada, kind="call", direction="in", by=alice)
    candidates.call_again(ada, make.in_days(-1), "")
    candidates.archive(cy, by=bob)
    db.session.flush()
    return ada, bo, cy


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], ["Ada", "Bo"]),
        ([("tag", "DATA")], ["Ada"]),
        ([("tag", "# data")], ["Ada"]),
        ([("tag", "data"), ("tag", "elan")], ["Ada", "Bo"]),
        ([("-tag", "data")], ["Bo"]),
        ([("tag", "data"), ("owner", "bob")], []),
        ([("tag", "none such")], []),
        ([("-tag", "none such")], ["Ada", "Bo"]),
        ([("stage", "Finalist")], ["Ada"]),
        ([("stage", "finalist"), ("stage", "screen")], ["Ada", "Bo"]),
        ([("stage", "nonsense")], []),
        ([("warmth", "warm")], ["Ada"]),
        ([("-warmth", "warm")], ["Bo"]),
        ([("role", "head of data")], ["Ada"]),
        ([("role", "head")], ["Ada", "Bo"]),
        ([("role", "!!")], []),
        ([("consent", "forward")], ["Ada"]),
        ([("-consent", "forward")], ["Bo"]),
        ([("pool", "spring")], ["Bo"]),
        ([("-pool", "spring")], ["Ada"]),
        ([("owner", "me")], ["Ada"]),
        ([("owner", "Bob Lindqvist")], ["Bo"]),
        ([("owner", "bob@norrland.example.org")], ["Bo"]),
        ([("owner", "")], []),
        ([("location", "zürich")], ["Ada"]),
        ([("location", "ZÜRICH")], ["Ada"]),
        ([("location", "stock")], ["Bo"]),
        ([("location", "")], []),
        ([("employer", "ACME")], ["Ada", "Bo"]),
        ([("employer", "100%")], ["Ada"]),
        ([("employer", "e_n")], ["Bo"]),
        ([("source", "referral")], ["Ada"]),
        ([("due", "")], ["Ada"]),
        ([("-due", "")], ["Bo"]),
        ([("due", "no")], ["Bo"]),
        ([("mine", "1")], ["Ada"]),
        ([("-mine", "1")], ["Bo"]),
        ([("archived", "yes")], ["Cy"]),
        ([("-archived", "yes")], ["Ada", "Bo"]),
        ([("height", "tall")], []),
        ([("tag", "\x00'; drop table"), ("location", "%")], []),
    ],
)
def test_each_field_keeps_whom_it_names(alice, three, pairs, expected):
    assert names(alice, *pairs) == expected


def test_what_many_have_gives_the_same_people(alice, three, monkeypatch):
    for pairs in ([("tag", "data")], [("-tag", "data")], [("stage", "finalist")], [("pool", "spring")]):
        few = names(alice, *pairs)
        with monkeypatch.context() as patched:
            patched.setattr(filters, "MANY", 0)
            assert names(alice, *pairs) == few


def test_a_sealed_role_filters_to_nobody_for_who_is_not_in(alice, bob, three):
    role = make.role(alice, "Quiet Chief", status="sealed", codename="Heron")
    applications.put(three[1], role, by=alice, stage="onsite")
    db.session.flush()
    for pairs in ([("role", role.id)], [("role", "quiet chief")], [("stage", "onsite")]):
        assert names(alice, *pairs) == ["Bo"]
        assert names(bob, *pairs) == []
    assert filters.troubles([("role", role.id)], seen_by=bob) == [f"There is no role “{role.id}”."]


def test_hidden_people_and_their_tags_are_not_there(alice, charlie, three):
    hers = make.candidate(alice, "Dee", email="", visibility="owner")
    tags.apply(hers, "Secret", by=alice)
    db.session.flush()
    assert names(alice, ("tag", "secret")) == ["Dee"]
    assert names(charlie, ("tag", "secret")) == []
    assert filters.troubles([("tag", "secret")], seen_by=charlie) == ["Nobody carries the tag “secret”."]
    assert names(charlie) == ["Ada", "Bo"]


def test_a_permission_counts_while_it_holds(alice, three):
    kept = make.consent(three[1], alice, purpose="keep", company="", until=make.in_days(0))
    db.session.flush()
    assert names(alice, ("consent", "keep")) == ["Bo"]
    kept.until = make.in_days(-1)
    db.session.flush()
    assert names(alice, ("consent", "keep")) == []
    kept.until = None
    consents.withdraw(kept, by=alice)
    db.session.flush()
    assert names(alice, ("consent", "keep")) == []


def test_a_pool_by_a_search_holds_whoever_fits(alice, bob, charlie, three):
    ada, bo, _ = three
    pool = pools.add(name="Data people", by=alice, search="tag=data&q=&sort=name")
    assert names(bob, ("pool", "data people")) == ["Ada"]
    pools.put_in(pool, bo, by=alice, reason="would learn it")
    pools.take_out(pool, ada, by=alice)
    db.session.flush()
    assert names(bob, ("pool", "data people")) == ["Bo"]
    pool.search = f"pool={pool.id}"
    db.session.flush()
    assert names(bob, ("pool", "data people")) == ["Bo"]


def test_somebody_elses_own_pool_is_not_there(alice, charlie, three):
    pools.put_in(pools.add(name="Mine", by=alice, visibility="owner"), three[0], by=alice)
    db.session.flush()
    assert names(alice, ("pool", "mine")) == ["Ada"]
    assert names(charlie, ("pool", "mine")) == []


def test_chips_say_what_each_filter_is(alice, three):
    role = make.role(alice, "Chief of Staff")
    db.session.flush()
    read = filters.read([("tag", "data"), ("-role", role.id), ("mine", "1"), ("consent", "forward")], seen_by=alice)
    assert [(chip.key, chip.label) for chip in read.chips] == [
        ("tag", "# Data"), ("-role", "Chief of Staff"), ("mine", "Mine"), ("consent", "May be forwarded"),
    ]  # fmt: skip
