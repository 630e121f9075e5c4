"""The leak guard: what insiders write is looked through, and nobody else is told a thing."""

import pytest

from crm.db import db
from crm.domain import forwards, leaks, roles
from crm.domain.errors import Refused
from tests import make, smuggling
from tests.structure.workspace import statements


@pytest.fixture
def sealed(alice, bob):
    return make.role(
        alice, "Head of Streaming", status="sealed", codename=smuggling.WORDS, marked_terms=["Berlin office"],
        insiders=[bob.email],
    )  # fmt: skip


def test_a_letter_that_names_it_is_refused_with_the_place(alice, sealed):
    with pytest.raises(Refused) as refused:
        leaks.refuse({"subject": "Hello", "text": "About North Star."}, by=alice, to_address="ada@example.org")
    assert str(refused.value).startswith("The letter names “North Star”, which is sealed")
    assert refused.value.field == "text"


@pytest.mark.parametrize("part", ["subject", "text", "note", "position", "attachment", "headers"])
@pytest.mark.parametrize("way", smuggling.WAYS)
def test_no_way_of_smuggling_it_in_gets_through(alice, sealed, way, part):
    leak = leaks.find({"html": "<p>Hello</p>", part: f"a {smuggling.WAYS[way]} b"}, by=alice)
    assert leak is not None
    assert (leak.part, leak.words) == (part, "North Star")


def test_two_hundred_ordinary_texts_go_through(alice):
    for number, name in enumerate(smuggling.TERMS):
        make.role(alice, f"{name} {number}" if number % 2 else "Engineer", status="sealed", codename=name)
    for text in smuggling.innocent():
        assert leaks.find({"text": text}, by=alice) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the next Head of Streaming", "names “Head of Streaming”"),
        ("in the berlin-office", "says “Berlin office”, which would give a sealed role away"),
        ("{{ role.codename }}", "says “{{ role.codename }}”"),
        ("*|CODENAME|*", "says “*|CODENAME|*”"),
    ],
)
def test_title_marked_words_and_merge_fields_count_too(alice, sealed, text, said):
    leak = leaks.find({"note": text}, by=alice)
    assert leak is not None
    assert f"The note {said}" in leak.sentence


@pytest.mark.parametrize(
    "text", ["streaming", "Head of the office", "Berlin", "the head", "our office", "code names are fun"]
)
def test_single_words_of_a_title_do_not_count(alice, sealed, text):
    assert leaks.find({"text": text}, by=alice) is None


def test_a_title_that_everybody_has_is_not_watched_until_it_is_marked(alice):
    role = make.role(alice, "Engineer", status="sealed")
    assert leaks.find({"text": "an Engineer"}, by=alice) is None
    roles.change(role, by=alice, marked_terms=["Engineer"])
    assert leaks.find({"text": "an Engineer"}, by=alice) is not None


def test_who_may_know_may_be_told(alice, bob, charlie, sealed):
    for writer, reader, told in (
        (alice, bob, True), (bob, alice, True), (alice, charlie, False), (bob, charlie, False),
    ):  # fmt: skip
        found = leaks.find({"text": "North Star"}, by=writer, to_address=reader.email.upper())
        assert (found is None) == told


def test_who_may_know_of_one_is_not_told_of_another(alice, bob, sealed):
    make.role(alice, "Head of Tests", status="sealed", codename="Kestrel")
    assert leaks.find({"text": "Kestrel"}, by=alice, to_address=bob.email) is not None


def test_who_is_not_in_gets_no_hint(charlie, anna, rita, sealed):
    for user in (charlie, anna, rita):
        for text in ("North Star", "Head of Streaming", "Berlin office", "{{ role.codename }}"):
            assert leaks.find({"text": text}, by=user) is None


def test_what_is_open_is_no_secret(alice, sealed):
    roles.change(sealed, by=alice, status="open")
    assert leaks.find({"text": "North Star"}, by=alice) is None


def test_it_is_asked_with_one_statement(app, alice, sealed):
    make.role(alice, "Another", status="sealed", codename="Kestrel")
    db.session.flush()
    with statements(app) as ran:
        leaks.find(
            {"subject": "Hi", "text": "North Sea", "html": "<p>North Sea</p>"}, by=alice, to_address="a@example.org"
        )
    assert len(ran) == 1


# --- where it is asked


@pytest.mark.parametrize("part", ["note", "position"])
def test_a_forward_that_names_it_is_not_made(alice, sealed, part):
    with pytest.raises(Refused, match="North Star") as refused:
        make.forward(alice, **{part: "for n-o-r-t-h star"})
    assert refused.value.field == part


def test_a_forward_that_was_planned_before_is_refused_when_it_is_sent(alice):
    person, to = make.candidate(alice), make.colleague(alice)
    make.resume(person, alice)
    make.consent(person, alice)
    plan = forwards.plan(person, to, by=alice, note="for North Star")
    make.role(alice, "Head of Streaming", status="sealed", codename="North Star")
    with pytest.raises(Refused, match="The note names “North Star”"):
        forwards.send(plan, by=alice)


def test_a_forward_by_somebody_else_goes(alice, charlie, sealed):
    assert make.forward(charlie, note="for North Star").note == "for North Star"


# --- what is marked


def test_marked_words_are_kept_once_and_without_blanks(alice):
    role = make.role(alice, status="sealed", marked_terms=["Berlin", " Berlin ", "", "Kafka"])
    assert role.marked_terms == ["Berlin", "Kafka"]
    assert roles.change(role, by=alice, title="Other").marked_terms == ["Berlin", "Kafka"]
    assert roles.change(role, by=alice, marked_terms=[]).marked_terms == []


@pytest.mark.parametrize(
    "terms", [["x" * 81], ["a\nb"], ["a\x00"], [f"term {number}" for number in range(31)], ["x"], ["5."]]
)
def test_nonsense_is_not_marked(alice, terms):
    with pytest.raises(Refused) as refused:
        make.role(alice, status="sealed", marked_terms=terms)
    assert refused.value.field == "marked_terms"


def test_a_codename_of_one_letter_is_refused(alice):
    with pytest.raises(Refused, match="two letters"):
        make.role(alice, status="sealed", codename="X")
