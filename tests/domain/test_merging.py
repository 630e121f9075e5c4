"""Merge fields: the names on the list, once; everything else is text."""

from datetime import UTC, datetime

import pytest

from crm.domain import candidates, merging, touchpoints
from crm.domain.candidates import Facts
from crm.kit import clock
from tests import make

HOSTILE = (
    "{{7*7}}", "{% raw %}x{% endraw %}", "{config}", "{{config}}", "{self.__class__}", "{{ self.__class__ }}",
    "{first_name.__class__}", "{0}", "{}", "{{}}", "{first name!r}", "{first name:>99}",
    "${first name", "%(first name)s", "{{{first name}}}", "{{first name}", "{first name}}", "{# first name #}",
    "{{'a'|safe}}", "{first\nname}", "{fırst name}", "{firstname}", "{password hash}",
)  # fmt: skip


@pytest.fixture
def ada(alice):
    return make.candidate(alice, "Ada Byron", headline="Data engineer", employer="Acme")


def filled(words, ada, alice, **more):
    return merging.fill(words, ada, by=alice, **more)


def test_each_field_says_what_it_is_called(alice, ada):
    role = make.role(alice, "Head of Data")
    words = "{first name}|{full name}|{my name}|{my first name}|{company}|{role}|{headline}|{employer}"
    assert filled(words, ada, alice, role=role).text == (
        "Ada|Ada Byron|Alice Okafor|Alice|Norrland|Head of Data|Data engineer|Acme"
    )


@pytest.mark.parametrize(
    "written", ["{first name}", "{{first name}}", "{First_Name}", "{ FIRST  NAME }", "{{ first_name }}"]
)
def test_case_spaces_and_underscores_do_not_matter(alice, ada, written):
    assert filled(f"Dear {written},", ada, alice) == merging.Filled("Dear Ada,")


def test_months_are_those_of_the_writers_clock(alice, ada):
    alice.time_zone = "Pacific/Auckland"
    with clock.set_to(datetime(2026, 3, 31, 10, tzinfo=UTC)):
        touchpoints.log(ada, kind="call", direction="out", by=alice)
        assert filled("{month}, {last spoke}", ada, alice).text == "March, this month"
    with clock.set_to(datetime(2026, 3, 31, 12, tzinfo=UTC)):
        assert filled("{month}, {last spoke}", ada, alice).text == "April, in March"
    with clock.set_to(datetime(2027, 5, 1, 12, tzinfo=UTC)):
        assert filled("{last spoke}", ada, alice).text == "in March 2026"


def test_a_letter_is_no_talk(alice, ada):
    touchpoints.log(ada, kind="mail", direction="out", by=alice)
    assert filled("{last spoke}", ada, alice) == merging.Filled("{last spoke}", ("when you last spoke",))


def test_what_is_missing_is_named_once_and_stays_to_be_seen(alice, ada):
    candidates.change(ada, Facts(employer=""), by=alice)
    found = filled("{role} {Role} at {employer}, {first name}", ada, alice)
    assert found.text == "{role} {Role} at {employer}, Ada"
    assert found.missing == ("a role", "their employer")


def test_a_sealed_role_counts_as_none(alice, ada):
    sealed = make.role(alice, "Chief of Robots", status="sealed")
    assert filled("{role}", ada, alice, role=sealed) == merging.Filled("{role}", ("a role",))


@pytest.mark.parametrize(
    "headline", ["young mother", "www.example.org", "{first name}", "x" * 81, "ring 1@example.org", "<b>"]
)
def test_facts_that_do_not_belong_into_a_letter_are_missing(alice, headline):
    ada = make.candidate(alice, headline=headline)
    assert filled("{headline}", ada, alice).missing == ("their headline",)


@pytest.mark.parametrize("words", HOSTILE)
def test_everything_else_is_ordinary_text(alice, ada, words):
    assert filled(f"Dear {words}, {{first name}}", ada, alice) == merging.Filled(f"Dear {words}, Ada")


@pytest.mark.parametrize("name", [*HOSTILE, "{company}", "{first name}", "\\1", "\\g<0>"])
def test_what_a_name_contains_is_never_merged(alice, name):
    person = make.candidate(alice, name.replace("\n", " "))
    assert filled("{full name} {company}", person, alice).text == f"{person.full_name} Norrland"
    assert not merging.left_in(f"Dear {person.full_name},", person, by=alice)


def test_nothing_is_nested(alice, ada):
    assert filled("{first {first name} name}", ada, alice).text == "{first Ada name}"
    assert filled("{first {x} name}", ada, alice).text == "{first {x} name}"


def test_what_is_left_is_told_as_it_is_written(alice, ada):
    assert merging.left_in("{Role}, {{last_spoke}}, {Role}, {{7*7}}", ada, by=alice) == ("{Role}", "{{last_spoke}}")


@pytest.mark.parametrize(("name", "called"), [
    ("Dr. Nora Okafor", "Nora"), ("Okafor, Nora", "Nora"), ("Prof. Dr. Li", "Li"), ("Dr.", "Dr."), ("Nora", "Nora"),
    (",", ","),
])  # fmt: skip
def test_the_first_name_is_what_somebody_is_called_by(alice, name, called):
    assert merging.first_name(make.candidate(alice, name)) == called


def test_a_long_line_of_braces_is_read_quickly(alice, ada):
    words = "{ " * 20_000 + "{first " * 5_000 + "{" * 20_000
    assert filled(words, ada, alice).text == words
