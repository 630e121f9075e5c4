"""Contacts: what is logged, what it moves, and how it is taken back."""

from datetime import timedelta

import pytest

from crm.db import db
from crm.domain import cadences, candidates, roles, timeline, touchpoints
from crm.domain.errors import Missing, Refused
from crm.kit import clock
from tests import make


@pytest.fixture
def ada(alice):
    person = make.candidate(alice)
    candidates.call_again(person, make.in_days(-2), "you wanted to call again then")
    return person


def log(person, by, **more):
    return touchpoints.log(person, **{"kind": "call", "direction": "out", "by": by, **more})


def test_a_contact_moves_the_next_date(alice, ada):
    log(ada, alice, text="Talked about the spring.")
    assert ada.next_on == make.in_days(cadences.USUAL[0])
    assert "by phone" in ada.next_why
    assert (ada.warmth, ada.last_contact_kind) == ("warm", "call")
    assert touchpoints.last_contact(ada) == "Last spoke just now, by phone"


def test_theirs_counts_like_ours(alice, ada):
    log(ada, alice, kind="mail", direction="in")
    assert ada.next_on > clock.today()
    assert touchpoints.last_contact(ada) == "Last in touch just now, by mail"


def test_a_note_is_no_contact(alice, ada):
    log(ada, alice, kind="note", text="Seen at the fair.")
    assert ada.next_on == make.in_days(-2)
    assert ada.last_contact_at is None
    assert touchpoints.last_contact(ada) == "No contact on record yet"


def test_an_old_contact_does_not_hide_a_newer_one(alice, ada):
    log(ada, alice, at=clock.now() - timedelta(days=3))
    newest = ada.last_contact_at
    log(ada, alice, kind="mail", at=clock.now() - timedelta(days=40))
    assert (ada.last_contact_at, ada.last_contact_kind) == (newest, "call")


def test_a_later_date_that_was_chosen_stays(alice, ada):
    candidates.set_next(ada, make.in_days(200), by=alice)
    log(ada, alice)
    assert ada.next_on == make.in_days(200)


def test_nobody_is_reminded_of_somebody_let_go(alice, ada):
    candidates.let_go(ada, by=alice)
    log(ada, alice)
    assert ada.next_on is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "telepathy"}, "kind"),
        ({"direction": "sideways"}, "direction"),
        ({"at": clock.now() + timedelta(days=1)}, "at"),
        ({"kind": "note", "text": "  "}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "x" * 20_001}, "text"),
    ],
)
def test_nonsense_is_refused_at_its_field(alice, ada, wrong, field):
    with pytest.raises(Refused) as refusal:
        log(ada, alice, **wrong)
    assert refusal.value.field == field


def test_taking_it_back_brings_the_date_and_the_last_contact_back(alice, ada):
    log(ada, alice, kind="mail", at=clock.now() - timedelta(days=100))
    before = (ada.next_on, ada.next_why, ada.last_contact_kind)
    mistaken = log(ada, alice)
    touchpoints.take_back(mistaken, ada, by=alice)
    assert (ada.next_on, ada.next_why, ada.last_contact_kind) == before


def test_taking_it_back_leaves_a_date_that_was_chosen_since(alice, ada):
    mistaken = log(ada, alice)
    candidates.set_next(ada, make.in_days(5), by=alice)
    touchpoints.take_back(mistaken, ada, by=alice)
    assert ada.next_on == make.in_days(5)


def test_a_contact_belongs_to_its_candidate(alice, ada):
    logged = log(ada, alice)
    other = make.candidate(alice, "Somebody Else", email="")
    assert touchpoints.find(ada, logged.id) is logged
    with pytest.raises(Missing):
        touchpoints.find(other, logged.id)


# --- the timeline


def test_the_timeline_has_contacts_and_history_newest_first(alice, ada):
    log(ada, alice, text="Talked about the spring.", at=clock.now() - timedelta(days=1))
    log(ada, alice, kind="mail", direction="in")
    db.session.flush()
    moments = timeline.of(ada, seen_by=alice)
    assert [moment.sentence(ada) for moment in moments if moment.is_contact] == [
        "Ada Byron wrote",
        f"{alice.name} called",
    ]
    assert "Added to First Call" in [moment.sentence(ada) for moment in moments]
    assert [moment.at for moment in moments] == sorted((moment.at for moment in moments), reverse=True)
    assert len(timeline.of(ada, seen_by=alice, limit=2)) == 2


def test_every_kind_has_its_words(alice, ada):
    for kind in touchpoints.KINDS:
        log(ada, alice, kind=kind, text="words")
        assert timeline.of(ada, seen_by=alice)[0].sentence(ada)
        assert kind in touchpoints.PHRASES


def test_history_of_a_sealed_role_is_there_for_its_insiders_only(alice, bob, ada):
    sealed = make.role(alice, "Falconer", status="sealed")
    make.near_miss(ada, sealed, alice)
    db.session.flush()
    assert any("Falconer" in moment.text for moment in timeline.of(ada, seen_by=alice))
    assert not any("Falconer" in moment.text for moment in timeline.of(ada, seen_by=bob))
    assert roles.find(sealed.id, seen_by=alice) is sealed
