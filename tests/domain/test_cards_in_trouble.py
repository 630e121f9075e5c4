"""The morning card when the mail server was away, a row is broken, a limit is reached, or a name would tell."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from crm.db import db
from crm.domain import candidates, cards, leaks, outbox, touchpoints
from crm.domain.cards import Card
from crm.domain.errors import Refused
from crm.domain.outbox import Letter
from crm.kit import clock, tokens
from crm.mail.letters import Case
from crm.mail.writing import Tokens
from tests import make, people
from tests.domain.test_cards import MONDAY, at, due, face, letters, names, queue, settings


def test_of_the_cards_that_were_held_up_only_the_newest_leaves(alice, bob):
    settings(alice, "daily")
    due(alice)
    due(bob)
    assert [queue(at(MONDAY + timedelta(days=days))) for days in range(3)] == [2, 1, 1]
    with clock.set_to(at(MONDAY + timedelta(days=2), hour=9)):
        held_up = [(letter.to_name, cards.why_not(cards.for_delivery(letter))) for letter in letters()]
    assert [why for name, why in held_up if name == alice.name] == ["nothing", "nothing", ""]
    assert (bob.name, "") in held_up


def test_a_later_day_without_a_card_does_not_stop_the_one_before(alice):
    settings(alice, "daily")
    person = due(alice)
    assert queue(at()) == 1
    candidates.call_again(person, None)
    assert queue(at(MONDAY + timedelta(days=1))) == 0
    candidates.call_again(person, MONDAY, "after all")
    [letter] = letters()
    with clock.set_to(at(MONDAY + timedelta(days=1), hour=9)):
        assert cards.why_not(cards.for_delivery(letter)) == ""


def test_one_card_that_cannot_be_queued_keeps_nobody_else_from_theirs(alice, bob, anna):
    for user in (alice, bob, anna):
        due(user, f"{user.first_name}s Person")

    def trip(_mapper, _connection, letter):
        if letter.to_address == people.address("bob"):
            raise RuntimeError("a broken row")

    event.listen(Letter, "before_insert", trip)
    try:
        assert queue(at()) == 2
    finally:
        event.remove(Letter, "before_insert", trip)
    assert {letter.to_name for letter in letters()} == {alice.name, anna.name}
    assert queue(at(minute=1)) == 1, "it is tried again"
    assert db.session.scalars(select(Card.user_id).where(Card.user_id == bob.id)).all() == [bob.id]


def test_the_limit_of_a_day_neither_holds_a_card_up_nor_counts_it(alice, app):
    due(alice)
    app.config["FIRST_CALL"] = replace(app.config["FIRST_CALL"], letters_a_day=1)
    assert queue(at()) == 1
    with clock.set_to(at(hour=8)):
        queue_one(alice)
        with pytest.raises(Refused):
            queue_one(alice)
    assert queue(at(MONDAY + timedelta(days=7))) == 1
    settings(alice, "daily")
    with clock.set_to(at(MONDAY + timedelta(days=8), hour=6)):
        queue_one(alice)
    assert queue(at(MONDAY + timedelta(days=8))) == 1


def queue_one(user):
    outbox.queue("personal", intent=tokens.new_id(), to_address="ada@example.org", by=user)


# --- what would tell of a sealed role


def sealed(user, *terms):
    return make.role(user, "Head of Zanzibarite", status="sealed", codename="Project Quokka", marked_terms=list(terms))


def told(user):
    """Everything that leaves, and whether the guard would stop it."""
    card = db.session.scalar(select(Card).where(Card.user_id == user.id))
    with clock.set_to(at()):
        letter = db.session.get_one(Letter, card.letter_id) if card else cards.queue(user, MONDAY)
        draft = Case.of(letter).draft(Tokens("link", "stop"))
    parts = {"subject": draft.subject, "text": draft.text, "html": draft.html}
    return draft.subject + draft.text + draft.html, leaks.find(parts, by=user)


def test_a_headline_that_tells_is_left_out_and_everybody_stays(alice):
    sealed(alice)
    due(alice, "Ada Byron", days=2, headline="Would be right for Project Quokka")
    due(alice, "Nora Okafor", headline="Analyst at Ember")
    words, leak = told(alice)
    assert leak is None
    assert names(alice) == ["Ada Byron", "Nora Okafor"]
    assert "quokka" not in words.lower()
    assert "Analyst at Ember" in words


def test_a_last_contact_that_tells_is_left_out(alice):
    sealed(alice, "by phone")
    person = due(alice)
    with clock.set_to(at(MONDAY - timedelta(days=90))):
        touchpoints.log(person, kind="call", direction="out", by=alice, text="spoke")
    candidates.call_again(person, MONDAY, "as agreed")
    words, leak = told(alice)
    assert leak is None
    assert "as agreed" in words
    assert "by phone" not in words


def test_words_that_tell_only_together_leave_the_name(alice):
    sealed(alice, "obsidian glass")
    person = due(alice, headline="Collects obsidian")
    candidates.call_again(person, MONDAY, "as agreed")
    with clock.set_to(at()):
        role = make.role(alice, "Analyst")
        make.near_miss(person, role, alice, sentence="Glass obsidian")
    words, leak = told(alice)
    assert leak is None
    assert "Ada Byron" in words


def test_whoever_is_called_like_a_sealed_role_is_left_out_and_not_counted(alice):
    settings(alice, people=1)
    sealed(alice, "Quentin Marble")
    due(alice, "Quentin Marble", days=3)
    due(alice, "Nora Okafor")
    words, leak = told(alice)
    assert leak is None
    assert "Marble" not in words
    assert (names(alice), face(alice).more) == (["Nora Okafor"], 0)


def test_nobody_else_is_due_no_card_goes(alice):
    sealed(alice, "Quentin Marble")
    due(alice, "Quentin Marble")
    assert queue(at()) == 0
