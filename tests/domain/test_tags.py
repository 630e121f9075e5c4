"""Tags: one word for everybody, applied once, known only through people whom one may see."""

import pytest

from crm.domain import finding, tags
from crm.domain.errors import Refused
from tests import make


def carried(person):
    return [tag.name for tag in tags.of([person.id])[person.id]]


def test_a_tag_is_applied_once_whatever_its_case(alice):
    ada = make.candidate(alice)
    tags.apply(ada, "Streaming", by=alice)
    tags.apply(ada, " #streaming ", by=alice)
    tags.apply(ada, "Analytics", by=alice)
    assert carried(ada) == ["Analytics", "Streaming"]
    assert tags.names([ada.id]) == {ada.id: ["Analytics", "Streaming"]}


def test_a_tag_is_removed_and_removing_it_twice_is_no_error(alice):
    ada = make.candidate(alice)
    tag = tags.apply(ada, "Streaming", by=alice)
    assert tags.remove(ada, tag.id, by=alice) is tag
    assert tags.remove(ada, tag.id, by=alice) is None
    assert tags.remove(ada, "no such tag", by=alice) is None
    assert carried(ada) == []


@pytest.mark.parametrize("name", ["", "  ", "#", "x" * 61, "a\x00b", "two\nlines"])
def test_what_is_no_tag_is_refused(alice, name):
    with pytest.raises(Refused) as refusal:
        tags.apply(make.candidate(alice), name, by=alice)
    assert refusal.value.field == "name"


def test_a_tagged_person_is_found_by_the_tag(alice):
    ada = make.candidate(alice)
    tag = tags.apply(ada, "Streaming", by=alice)
    assert [found.id for found in finding.find("streaming", seen_by=alice)] == [ada.id]
    tags.remove(ada, tag.id, by=alice)
    assert finding.find("streaming", seen_by=alice) == []


def test_suggestions_begin_with_what_was_typed(alice):
    ada = make.candidate(alice)
    for name in ("Streaming", "Strategy", "Analytics", "100%"):
        tags.apply(ada, name, by=alice)
    assert [tag.name for tag in tags.starting_with("str", seen_by=alice)] == ["Strategy", "Streaming"]
    assert [tag.name for tag in tags.starting_with("100%", seen_by=alice)] == ["100%"]
    assert tags.starting_with("%", seen_by=alice) == []


def test_a_tag_of_somebody_hidden_is_not_suggested(alice, charlie):
    tags.apply(make.candidate(alice, visibility="owner"), "secret project", by=alice)
    assert tags.starting_with("sec", seen_by=charlie) == []
    assert len(tags.starting_with("sec", seen_by=alice)) == 1
