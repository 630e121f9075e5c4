"""Letters that somebody has begun: kept, found again, and never written over by another window unnoticed."""

import pytest

from crm.domain import candidates, drafts, erasing
from crm.domain.errors import Refused
from tests import make

WORDS = {"subject": "Hello", "text": "Dear Ada"}


@pytest.fixture
def ada(alice):
    return make.candidate(alice)


def test_a_draft_is_found_again_by_its_writer_alone(alice, bob, ada):
    kept = drafts.save(ada, by=alice, seen=0, purpose="thanks", **WORDS)
    assert drafts.of(ada, by=alice) is kept
    assert (kept.number, kept.subject, kept.purpose) == (1, "Hello", "thanks")
    assert drafts.of(ada, by=bob) is None


def test_each_change_counts_up(alice, ada):
    drafts.save(ada, by=alice, seen=0, **WORDS)
    assert drafts.save(ada, by=alice, seen=1, subject="Hello", text="Dear Ada, how").number == 2
    assert drafts.save(ada, by=alice, seen=0, subject="Hello", text="Dear Ada, how").number == 2


def test_what_is_chosen_is_kept_though_the_words_are_the_same(alice, ada):
    role = make.role(alice)
    drafts.save(ada, by=alice, seen=0, **WORDS)
    kept = drafts.save(ada, by=alice, seen=1, purpose="thanks", role_id=role.id, **WORDS)
    assert (kept.purpose, kept.role_id, kept.number) == ("thanks", role.id, 2)
    assert drafts.save(ada, by=alice, seen=2, purpose="thanks", role_id=role.id, **WORDS).number == 2


def test_a_window_that_knows_less_writes_nothing_over(alice, ada):
    kept = drafts.save(ada, by=alice, seen=0, **WORDS)
    with pytest.raises(drafts.Elsewhere) as elsewhere:
        drafts.save(ada, by=alice, seen=0, subject="Hello", text="From another window")
    assert elsewhere.value.draft is kept
    with pytest.raises(drafts.Elsewhere):
        drafts.save(ada, by=alice, seen=0, subject="", text="")
    assert kept.text == "Dear Ada"


def test_an_empty_letter_is_no_draft(alice, ada):
    assert drafts.save(ada, by=alice, seen=0, subject=" ", text="") is None
    drafts.save(ada, by=alice, seen=0, **WORDS)
    assert drafts.save(ada, by=alice, seen=1, subject="", text="") is None
    assert drafts.of(ada, by=alice) is None


def test_it_can_be_thrown_away_twice(alice, ada):
    drafts.save(ada, by=alice, seen=0, **WORDS)
    drafts.discard(ada, by=alice)
    drafts.discard(ada, by=alice)
    assert drafts.of(ada, by=alice) is None


@pytest.mark.parametrize(("field", "value"), [("subject", "x" * 201), ("text", "x" * 10_001), ("subject", "a\nb")])
def test_words_have_their_measure(alice, ada, field, value):
    with pytest.raises(Refused) as refusal:
        drafts.save(ada, by=alice, seen=0, **{**WORDS, field: value})
    assert refusal.value.field == field


def test_it_goes_with_the_record(alice, ada):
    drafts.save(ada, by=alice, seen=0, **WORDS)
    candidates.delete(ada, by=alice)
    erasing.erase(ada)
    assert drafts.of(ada, by=alice) is None
