"""The address book."""

import pytest

from crm.db import db
from crm.domain import colleagues, events, finding
from crm.domain.errors import Missing, Refused
from tests import make


def test_a_colleague_is_added_and_found(alice):
    carol = colleagues.add(
        name="Carol Devereux", email="Carol@Acme.example.org", company="Acme", by=alice, looking_for="Streaming people"
    )
    assert colleagues.find(carol.id) is carol
    assert carol.email == "carol@acme.example.org"
    assert carol.looking_since is not None
    assert [found.title for found in finding.find("streaming", seen_by=alice)] == ["Carol Devereux"]
    assert [event.kind for event in db.session.scalars(events.of(carol.id))] == ["colleague.added"]


def test_the_same_address_twice_is_refused_and_names_nobody_twice(alice):
    make.colleague(alice)
    with pytest.raises(Refused, match="in the address book already") as refusal:
        colleagues.add(name="Another Carol", email="CAROL@acme.example.org", company="Acme", by=alice)
    assert refusal.value.field == "email"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "=?utf-8?q?x=0ABcc:_evil@example.org?="),
        ("name", "x" * 4096),
        ("name", "a\nBcc: evil@example.org"),
        ("name", "nul\x00"),
        ("name", "\u202eturned"),
        ("email", "carol@acme.example.org, evil@example.org"),
        ("email", "carol@acme.example.org\r\nBcc: evil@example.org"),
        ("email", "nonsense"),
        ("email", ""),
        ("email", "=?utf-8?q?carol?=@acme.example.org"),
        ("company", ""),
        ("company", "x" * 4096),
        ("relation", "x" * 4096),
        ("looking_for", "x" * 4096),
    ],
)
def test_words_that_cannot_stand_are_refused_at_their_field(alice, field, value):
    facts = {"name": "Carol Devereux", "email": "carol@acme.example.org", "company": "Acme", "relation": ""}
    with pytest.raises(Refused) as refusal:
        colleagues.add(**{**facts, field: value}, by=alice)
    assert refusal.value.field == field
    assert colleagues.by_email("carol@acme.example.org") is None


@pytest.mark.parametrize("name", ["Зоя Иванова", "مريم الخوارزمي", "Ada 🦊 Byron", "<b>Bold</b>", "Smith, John"])
def test_names_of_people_are_taken_as_they_are(alice, name):
    carol = colleagues.add(name=name, email="carol@acme.example.org", company="Acme", by=alice)
    assert carol.name == name


def test_change_writes_down_when_the_wish_was_said(alice, bob):
    carol = make.colleague(alice)
    assert carol.looking_since is None
    facts = {"name": "Carol Devereux", "email": "carol@acme.example.org", "company": "Acme", "relation": ""}
    colleagues.change(carol, by=bob, **facts, looking_for="A data engineer")
    said = carol.looking_since
    assert said is not None
    colleagues.change(carol, by=bob, **facts, looking_for="A data engineer")
    assert carol.looking_since == said


def test_a_change_to_the_address_of_another_is_refused(alice):
    carol = make.colleague(alice)
    make.colleague(alice, "Dan Oyelaran", email="dan@initech.example.org")
    with pytest.raises(Refused, match="Dan Oyelaran has this address"):
        colleagues.change(
            carol, by=alice, name="Carol", email="dan@initech.example.org", company="Acme", relation="", looking_for=""
        )
    assert carol.email == "carol@acme.example.org"


def test_somebody_new_is_only_in_the_address_book_once_kept(alice):
    new = colleagues.known_or_new(email="carol.devereux@acme.example.org", name="", company="Acme", by=alice)
    assert new.name == "Carol Devereux"
    assert not new.is_kept
    assert colleagues.by_email("carol.devereux@acme.example.org") is None
    kept = colleagues.keep(new, by=alice)
    assert kept.is_kept
    assert colleagues.by_email("carol.devereux@acme.example.org") is kept
    assert colleagues.keep(kept, by=alice) is kept


def test_who_is_known_stays_as_on_record(alice):
    carol = make.colleague(alice)
    assert colleagues.known_or_new(email="CAROL@acme.example.org", name="X", company="acme", by=alice) is carol
    assert (carol.name, carol.company) == ("Carol Devereux", "Acme")


def test_who_is_known_at_another_company_is_not_taken_for_that_one(alice):
    make.colleague(alice)
    with pytest.raises(Refused, match="on record at Acme"):
        colleagues.known_or_new(email="carol@acme.example.org", name="Carol", company="Initech", by=alice)


def test_somebody_new_that_another_kept_meanwhile_is_theirs(alice):
    new = colleagues.known_or_new(email="carol@acme.example.org", name="Carol", company="Acme", by=alice)
    first = make.colleague(alice)
    assert colleagues.keep(new, by=alice) is first


def test_suggestions_look_into_name_company_and_address(alice):
    carol = make.colleague(alice)
    make.colleague(alice, "Dan Oyelaran", email="dan@initech.example.org")
    for words in ("carol", "DEVER", "carol@acme"):
        assert colleagues.suggested(words) == [carol], words
    assert colleagues.suggested("Acme") != []
    for nothing in ("", "  ", "%", "_", "\x00", "nobody of that name"):
        assert colleagues.suggested(nothing) == [], nothing


def test_named_is_one_person_or_none(alice):
    carol = make.colleague(alice)
    assert colleagues.named("carol devereux") is carol
    assert colleagues.named("Carol@ACME.example.org") is carol
    make.colleague(alice, "Carol Devereux", email="carol@initech.example.org")
    assert colleagues.named("carol devereux") is None
    assert colleagues.named("Nobody") is None


def test_an_unknown_id_is_missing(alice):
    with pytest.raises(Missing):
        colleagues.find("nothing")
