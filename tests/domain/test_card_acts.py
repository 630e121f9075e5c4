"""What the links of a morning card do to an answer, to a promise and to a date, and what their undo leaves alone."""

from datetime import timedelta

import pytest

from crm.db import db
from crm.domain import candidates, card_acts, cards, promises
from crm.kit import clock, tokens
from tests import make
from tests.domain.test_cards import MONDAY, answered, at, due, names, settings

SATURDAY = MONDAY + timedelta(days=5)


def link(user, person, act):
    """As it stands in the card of that Monday."""
    with clock.set_to(at()):
        card = cards.for_delivery(cards.queue(user, MONDAY))
        token = tokens.new_link()
        cards.mint(card, {f"{person.id} {act}": token})
        db.session.flush()
        return card_acts.find(token)


def promised(user, person, on=SATURDAY):
    with clock.set_to(at(MONDAY - timedelta(days=9))):
        return promises.make(person, text="to send the paper", due_on=on, by=user)


def mira(user):
    person = make.candidate(user, "Mira Halvorsen", email="mira@example.org")
    with clock.set_to(at(MONDAY - timedelta(days=2))):
        arrival = answered(person, user)
    return person, arrival


# --- an answer


def test_a_snooze_puts_the_answer_aside_until_it_is_undone(alice):
    person, arrival = mira(alice)
    found = link(alice, person, "snooze")
    with clock.set_to(at(hour=9)):
        card_acts.act(*found, span="week")
        assert (arrival.seen_at, names(alice)) == (at(hour=9), [])
        assert person.next_on == MONDAY + timedelta(days=7)
        card_acts.undo(*found)
        db.session.flush()
    assert (arrival.seen_at, names(alice)) == (None, ["Mira Halvorsen"])


# --- a promise of this week


@pytest.mark.parametrize("act", ["done", "snooze"])
def test_what_is_due_until_the_next_card_is_offered(alice, act):
    person = make.candidate(alice, email="ada@example.org")
    promise = promised(alice, person)
    found = link(alice, person, act)
    with clock.set_to(at(hour=9)):
        assert card_acts.promised(*found) == [promise]
        settings(alice, "daily")
        assert card_acts.promised(*found) == []


def test_done_keeps_it(alice):
    person = make.candidate(alice, email="ada@example.org")
    promise = promised(alice, person)
    found = link(alice, person, "done")
    with clock.set_to(at(hour=9)):
        card_acts.act(*found, keeps=True)
    assert promise.state == "kept"


def test_a_snooze_moves_it_and_gives_no_date_that_there_was_not(alice):
    person = make.candidate(alice, email="ada@example.org")
    promise = promised(alice, person)
    assert person.next_on is None
    found = link(alice, person, "snooze")
    with clock.set_to(at(hour=9)):
        card_acts.act(*found, span="month")
        assert (promise.due_on, person.next_on) == (MONDAY + timedelta(days=30), None)
        assert names(alice) == []
        card_acts.undo(*found)
    assert (promise.due_on, promise.state, person.next_on) == (SATURDAY, "open", None)


def test_a_snooze_makes_no_promise_due_sooner_and_no_date_either(alice):
    person = due(alice)
    later = MONDAY + timedelta(days=90)
    candidates.call_again(person, later, "when the thesis is done")
    promise = promised(alice, person)
    found = link(alice, person, "snooze")
    with clock.set_to(at(hour=9)):
        said = card_acts.act(*found, span="tomorrow")
    assert (promise.due_on, person.next_on) == (SATURDAY, later)
    assert said == "Ada Byron is back on 12 December 2026."


# --- an undo after something else has come


@pytest.mark.parametrize("act", ["snooze", "let_go"])
def test_an_undo_leaves_a_date_alone_that_was_chosen_since(alice, act):
    person = due(alice)
    found = link(alice, person, act)
    with clock.set_to(at(hour=9)):
        card_acts.act(*found)
        chosen = MONDAY + timedelta(days=40)
        candidates.set_next(person, chosen, by=alice, why="she asked for January")
        db.session.flush()
        said = card_acts.undo(*found)
    assert (person.next_on, person.next_why) == (chosen, "she asked for January")
    assert said == "The next date of Ada Byron was changed since, so it stays."


def test_an_undo_leaves_a_promise_alone_that_was_kept_since(alice):
    person = due(alice)
    promise = promised(alice, person, on=MONDAY)
    found = link(alice, person, "snooze")
    with clock.set_to(at(hour=9)):
        card_acts.act(*found)
        promises.keep(promise, by=alice)
        card_acts.undo(*found)
    assert (promise.state, person.next_on) == ("kept", MONDAY)


def test_an_undo_reads_back_what_the_database_has_kept(alice):
    person = due(alice)
    before = person.next_chosen_at
    found = link(alice, person, "let_go")
    with clock.set_to(at(hour=9)):
        card_acts.act(*found)
        db.session.flush()
        db.session.expire(person)
        assert card_acts.undo(*found) == "Ada Byron is as before."
    assert (person.next_on, person.next_chosen_at, person.let_go_at) == (MONDAY, before, None)
