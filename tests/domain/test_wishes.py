"""What somebody asked for since a backup holds in the database that is restored: each said again on older rows."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import (
    asking,
    cadences,
    candidates,
    consents,
    door_openers,
    door_sayings,
    forwards,
    honouring,
    introducing,
    introductions,
    keeping_answers,
    plans,
    wishes,
)
from crm.domain.door_openers import Telling
from crm.domain.keeping import KeepingLink, KeepingQuestion
from crm.domain.outbox import Letter
from crm.domain.wishes import Wishes
from crm.kit import clock, tokens
from tests import make


@pytest.fixture
def ada(alice):
    return make.candidate(alice)


def carried():
    """As the list that lies beside the database."""
    return Wishes.from_json(wishes.on_record().to_json())


def introduced(ada, alice, *answers):
    proposal = introducing.propose(ada, make.colleague(alice), told="Both build data teams.", by=alice)
    introduction = introducing.ask(proposal, by=alice, intent=tokens.new_id())
    for side, said in zip(introduction.sides, answers, strict=False):
        introductions.answer(side, said, shares=side.address)
    return introduction


def put_back(row, **before):
    for name, value in before.items():
        setattr(row, name, value)
    db.session.flush()


def test_a_no_to_an_introduction_is_a_no_again(alice, ada):
    introduction = introduced(ada, alice, "yes", "yes")
    side = introduction.sides[0]
    introductions.answer(side, "no")
    asked = carried()
    put_back(introduction, state="agreed")
    put_back(side, answer="yes", shares=side.address)
    done, _ = honouring.honour(asked)
    assert (introduction.state, side.answer, side.shares, done["declined"]) == ("declined", "no", "", 1)
    assert honouring.honour(asked)[0]["declined"] == 0


def test_an_introduction_that_was_taken_back_is_so_again(alice, ada):
    introduction = introduced(ada, alice, "yes")
    introductions.take_back(introduction, by=alice)
    asked = carried()
    put_back(introduction, state="asked", settled_at=None)
    assert honouring.honour(asked)[0]["introductions"] == 1
    assert introduction.state == "taken_back"


def question_of(ada, alice):
    question = door_openers.ask(ada, by=alice)
    token = tokens.new_link()
    db.session.add(KeepingLink(question_id=question.id, token_hash=tokens.digest(token)))
    db.session.flush()
    return question, token


def say(token, said):
    keeping_answers.answer(keeping_answers.find_by_link(token), said)
    db.session.flush()


def valid(candidate):
    return [one for one in db.session.scalars(consents.of(candidate)) if one.is_valid]


@pytest.mark.parametrize("before", ["", "yes"])
def test_a_no_to_keeping_in_touch_is_a_no_again(alice, ada, before):
    question, token = question_of(ada, alice)
    if before:
        say(token, "yes")
    was = {"answer": before, "consent_ids": question.consent_ids, "answered_at": question.answered_at}
    say(token, "no")
    asked = carried()
    put_back(question, **was)
    for consent in db.session.scalars(consents.of(ada)):
        put_back(consent, withdrawn_at=None)
    assert honouring.honour(asked)[0]["refused"] == 1
    assert (question.answer, valid(ada)) == ("no", [])
    with pytest.raises(door_openers.Refused, match="said no"):
        door_openers.ask(ada, by=alice)


def test_a_question_that_was_closed_is_closed_again(alice, ada):
    question, _ = question_of(ada, alice)
    question.revoked_at = clock.now()
    db.session.flush()
    asked = carried()
    put_back(question, revoked_at=None)
    assert honouring.honour(asked)[0]["closed"] == 1
    assert not question.is_open


def test_a_card_that_was_turned_off_stays_off(alice):
    cards_before = alice.card_rhythm
    alice.card_rhythm, alice.card_set_at = "off", clock.now()
    db.session.flush()
    asked = carried()
    put_back(alice, card_rhythm=cards_before, card_set_at=None)
    assert honouring.honour(asked)[0]["cards_off"] == 1
    assert alice.card_rhythm == "off"


def test_a_colleague_who_wants_no_more_resumes_gets_none(alice):
    carol = make.colleague(alice)
    carol.forwards_off_at = clock.now()
    db.session.flush()
    asked = carried()
    put_back(carol, forwards_off_at=None)
    waiting = make.forward(alice, to=carol)
    assert honouring.honour(asked)[0]["forwards_off"] == 1
    assert (carol.forwards_off_at is not None, waiting.letter.state) == (True, "blocked")


@pytest.mark.parametrize("why", ["quiet", "restricted"])
@pytest.mark.parametrize("days", [None, 30])
def test_a_pause_that_was_asked_for_holds_again(alice, ada, why, days):
    until = clock.today() + timedelta(days=days) if days else None
    cadences.pause(ada, why=why, until=until, by=alice)
    db.session.flush()
    asked = carried()
    put_back(ada, paused_at=None, paused_until=None, pause_why="")
    assert honouring.honour(asked)[0][why] == 1
    assert (ada.is_paused, ada.pause_why, ada.paused_until) == (True, why, until)
    assert honouring.honour(asked)[0][why] == 0


def test_a_list_of_an_earlier_version_is_read(alice, ada):
    told = '{"opt_outs": [], "withdrawn": {}, "revoked": {}, "taken_back": {}, "removed": {}, "resumes_erased": {}, '
    assert not Wishes.from_json(told + '"deleted": {}, "erased": {}}')
    with pytest.raises(KeyError):
        Wishes.from_json("{}")


def test_who_left_by_themselves_stays_gone(alice, ada):
    door_sayings.leave(candidates.find(ada.id, seen_by=alice))
    asked = carried()
    put_back(ada, deleted_at=None, left_at=None)
    assert honouring.honour(asked)[0]["left"] == 1
    assert ada.is_deleted
    with pytest.raises(candidates.Missing):
        candidates.find_deleted(ada.id, by=alice)


def test_a_deletion_calls_off_what_waits(alice, ada):
    near = make.near_miss(ada, make.role(alice), alice)
    door_openers.tell([near], Telling("told"), by=alice, intent="x")
    db.session.flush()
    honouring.honour(Wishes(deleted={ada.id: clock.now()}))
    db.session.flush()
    assert [letter.state for letter in db.session.scalars(select(Letter))] == ["cancelled"]
    assert db.session.scalars(select(KeepingQuestion)).one().revoked_at


def test_a_forward_that_was_taken_back_asks_nobody_again(alice, ada):
    make.resume(ada, alice)
    asked = forwards.send(plans.plan(ada, make.colleague(alice), by=alice), by=alice)
    assert honouring.honour(Wishes(revoked={asked.id: clock.now()}))[0]["revoked"] == 1
    db.session.flush()
    assert asking.open_of(ada.id) == []
    assert [letter.state for letter in db.session.scalars(select(Letter))] == ["cancelled"]
