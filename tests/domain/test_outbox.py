"""Letters as their owners see them; how they are delivered is tested with the mail."""

import pytest

from crm.db import db
from crm.domain import dispatch, outbox
from crm.domain.errors import Denied, Missing, Refused
from tests import make


@pytest.fixture
def letter(alice):
    return make.forward(alice).letter


def letters_of(user, state=""):
    return list(db.session.scalars(outbox.listed(user, state)))


def test_a_letter_waits_and_may_be_taken_back(alice, letter):
    assert letters_of(alice, "queued") == [letter]
    assert letter.state_words == "waiting"
    outbox.cancel(letter, by=alice)
    assert (letter.state, letter.state_words) == ("cancelled", "taken back")
    assert letter.ended_at is not None
    assert not dispatch.claim("a worker", letter.not_before)


def test_taking_back_twice_is_once(alice, letter):
    outbox.cancel(letter, by=alice)
    at = letter.ended_at
    outbox.cancel(letter, by=alice)
    assert letter.ended_at == at


@pytest.mark.parametrize("state", ["claimed", "in_doubt", "accepted", "failed", "blocked"])
def test_what_no_longer_waits_cannot_be_taken_back(alice, letter, state):
    letter.state = state
    db.session.flush()
    with pytest.raises(Refused, match="no longer waiting"):
        outbox.cancel(letter, by=alice)
    assert letter.state == state
    assert not outbox.stop(letter)


def test_only_who_queued_it_or_an_administrator_takes_it_back(letter, bob, rita, anna):
    for other in (bob, rita):
        with pytest.raises(Denied):
            outbox.cancel(letter, by=other)
    assert outbox.cancel(letter, by=anna).state == "cancelled"


def test_every_state_has_words():
    assert set(outbox.STATE_WORDS) == set(outbox.STATES) >= set(outbox.FILTERED)


def test_the_story_is_what_stood_against_it_or_the_servers_last_words(letter):
    dispatch.put_back(letter, "451 try later", letter.created_at)
    assert letter.story == "451 try later"
    dispatch.block(letter, "consent")
    assert letter.story == "the permission was withdrawn, or has run out"


def test_others_do_not_see_the_letter_but_administrators_do(letter, alice, bob, anna):
    assert letters_of(bob) == []
    assert letters_of(alice) == letters_of(anna) == [letter]
    with pytest.raises(Missing):
        outbox.find(letter.id, seen_by=bob)


def test_the_mailbox_lists_without_reading_the_mails(letter, anna):
    dispatch.keep_locally(letter, "A subject", b"Subject: A subject\r\n\r\nwords")
    db.session.flush()
    db.session.expunge_all()
    [kept] = db.session.scalars(outbox.mailbox(anna))
    assert kept.subject == "A subject"
    assert "raw" not in vars(kept)
    db.session.expunge_all()
    assert outbox.kept_mail(kept.id, seen_by=anna).raw.endswith(b"words")
    with pytest.raises(Missing):
        outbox.kept_mail("nothing", seen_by=anna)
