"""What holds all letters up: a mail server that is away, a restore."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm.db import db
from crm.domain import dispatch, forward_letters, outbox, recalls, sending
from crm.domain.errors import Denied, Refused
from crm.domain.outbox import Letter
from crm.kit import clock
from tests import make


@pytest.fixture
def letter(alice):
    return make.forward(alice).letter


def later(**more):
    return clock.now() + timedelta(**more)


def test_a_mail_server_that_is_away_holds_everything_up_until_it_is_tried_again(letter):
    sending.pause("connection refused", clock.now())
    assert sending.state().is_paused
    assert not dispatch.claim("a worker", clock.now())
    assert dispatch.claim("a worker", later(minutes=2)) == letter.id


def test_since_when_it_is_away_stays_though_it_is_tried_again_and_again(work):
    first = clock.now()
    sending.pause("connection refused", first)
    sending.pause("still not", first + timedelta(minutes=1))
    found = sending.state()
    assert (found.paused_since, found.paused_reply) == (first, "still not")
    sending.resume()
    assert not sending.state().is_paused


def test_a_frozen_outbox_lets_nothing_go_until_it_is_released(letter):
    sending.freeze("restored from a backup")
    assert not dispatch.claim("a worker", later(days=1))
    sending.release()
    assert dispatch.claim("a worker", later(days=1)) == letter.id
    with pytest.raises(Refused):
        sending.release()


def test_after_a_restore_what_waits_is_in_doubt_and_never_leaves_by_itself(letter):
    made_at = clock.now() - timedelta(days=1)
    assert dispatch.doubt_all(made_at, "restored") == 1
    assert (letter.state, letter.in_doubt_at) == ("in_doubt", made_at)
    assert letter.is_undecided
    assert not dispatch.claim("a worker", later(days=1))


def test_what_the_log_does_not_know_waits_again(letter):
    dispatch.doubt_all(clock.now(), "restored")
    dispatch.cannot_have_left(letter)
    assert letter.state == "queued"


@pytest.mark.parametrize(
    ("state", "learned", "then"),
    [
        ("in_doubt", "accepted", "accepted"),
        ("in_doubt", "delivered", "delivered"),
        ("accepted", "bounced", "bounced"),
        ("delivered", "bounced", "bounced"),
        ("bounced", "delivered", "bounced"),
        ("accepted", "complained", "complained"),
        ("cancelled", "delivered", "cancelled"),
        ("blocked", "accepted", "blocked"),
        ("failed", "delivered", "failed"),
    ],
)
def test_what_is_learned_later_only_goes_forward(letter, state, learned, then):
    letter.state = state
    db.session.flush()
    assert dispatch.learn(letter, learned, "said so") == (then != state)
    assert letter.state == then


def test_a_letter_in_doubt_is_for_a_person_after_a_quarter_of_an_hour(letter, alice):
    dispatch.enter_doubt(letter)
    assert not letter.is_undecided
    with pytest.raises(Refused):
        dispatch.send_again(letter, by=alice)
    letter.in_doubt_at = clock.now() - timedelta(minutes=16)
    dispatch.send_again(letter, by=alice)
    assert letter.state == "queued"
    with pytest.raises(Refused):
        dispatch.drop(letter, by=alice)


def test_dropping_one_closes_its_link(alice, letter):
    dispatch.enter_doubt(letter)
    letter.in_doubt_at = clock.now() - timedelta(minutes=16)
    recalls.drop(letter, by=alice)
    assert letter.state == "cancelled"
    assert not forward_letters.for_delivery(letter).is_open


def test_nobody_else_decides(letter, bob):
    dispatch.enter_doubt(letter)
    letter.in_doubt_at = clock.now() - timedelta(minutes=16)
    with pytest.raises(Denied):
        dispatch.drop(letter, by=bob)


@pytest.mark.parametrize(
    ("limit", "over"), [("domain_letters_a_minute", {"minutes": 2}), ("domain_letters_a_day", {"days": 2})]
)
def test_a_domain_gets_only_so_many_letters_a_minute_and_a_day(app, alice, limit, over):
    for number in range(3):
        make.forward(alice, make.candidate(alice, f"Person {number}", email=f"p{number}@example.org"))
    app.config["FIRST_CALL"] = _with(app, **{limit: 2})
    now = later(seconds=1)
    taken = [dispatch.claim("a worker", now) for _ in range(2)]
    for one in taken:
        dispatch.enter_doubt(db.session.get_one(Letter, one, populate_existing=True))
    db.session.flush()
    assert not dispatch.claim("a worker", now)
    third = db.session.scalars(db.select(Letter).where(Letter.id.not_in(taken))).one()
    third.to_domain = "other.example.org"
    db.session.flush()
    assert dispatch.claim("a worker", now) == third.id
    db.session.refresh(third)
    third.to_domain, third.state = "acme.example.org", "queued"
    db.session.flush()
    assert dispatch.claim("a worker", later(**over)) == third.id


def test_what_a_worker_left_behind_is_taken_before_what_waits(alice, letter):
    make.forward(alice, make.candidate(alice, "Second Person", email="second@example.org"))
    assert dispatch.claim("one that dies", later(seconds=1)) == letter.id
    assert dispatch.claim("a worker", later(days=1)) == letter.id


def _with(app, **changes):
    return replace(app.config["FIRST_CALL"], **changes)


def test_suppressing_stops_what_waits_and_tells_what_was_quicker(alice, letter):
    other = make.forward(alice, make.candidate(alice, "Second Person", email="second@example.org")).letter
    dispatch.enter_doubt(other)
    db.session.flush()
    gone = outbox.suppress("Carol+jobs@ACME.example.org", why="unsubscribed")
    assert [one.id for one in gone] == [other.id]
    assert (letter.state, letter.blocked_why) == ("blocked", "suppressed")
    with pytest.raises(Refused, match="asked not to be written to"):
        make.forward(alice, make.candidate(alice, "Third Person", email="third@example.org"))
