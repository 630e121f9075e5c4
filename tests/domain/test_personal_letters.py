"""What a user writes to a candidate."""

import pytest

from crm.db import db
from crm.domain import candidates, consents, dispatch, outbox, personal_letters, suppressions, touchpoints
from crm.domain.candidates import Facts
from crm.domain.errors import Refused
from tests import make

WORDS = {"subject": "A word from us", "text": "Dear Ada,\n\nhow are you?"}


@pytest.fixture
def ada(alice):
    return make.candidate(alice, email="ada@example.org")


def test_it_waits_like_every_letter_and_can_be_taken_back(alice, ada):
    letter = personal_letters.send(ada, by=alice, intent="one", **WORDS)
    assert (letter.kind, letter.to_address, letter.is_waiting) == ("personal", "ada@example.org", True)
    outbox.cancel(letter, by=alice)
    assert ada.last_contact_at is None


def test_the_same_click_twice_is_one_letter(alice, ada):
    first = personal_letters.send(ada, by=alice, intent="one", **WORDS)
    assert personal_letters.send(ada, by=alice, intent="one", **WORDS) is first
    assert personal_letters.send(ada, by=alice, intent="two", **WORDS) is not first


def test_it_is_a_contact_once_it_has_left_and_none_when_it_comes_back(alice, ada):
    letter = personal_letters.send(ada, by=alice, intent="one", **WORDS)
    dispatch.accept(letter, "250 ok")
    [logged] = db.session.scalars(touchpoints.of(ada))
    assert (logged.kind, logged.direction) == ("mail", "out")
    assert WORDS["text"] in logged.text
    dispatch.learn(letter, "delivered", "")
    assert len(list(db.session.scalars(touchpoints.of(ada)))) == 1
    dispatch.learn(letter, "bounced", "550 nobody")
    assert not list(db.session.scalars(touchpoints.of(ada)))
    assert ada.last_contact_at is None


def test_a_thank_you_counts_as_one(alice, ada):
    dispatch.accept(personal_letters.send(ada, by=alice, intent="one", purpose="thanks", **WORDS), "250 ok")
    assert ada.last_contact_kind == "thank_you"


@pytest.mark.parametrize(("field", "value"), [("subject", " "), ("text", ""), ("subject", "x" * 201)])
def test_words_are_needed(alice, ada, field, value):
    with pytest.raises(Refused) as refusal:
        personal_letters.send(ada, by=alice, intent="one", **{**WORDS, field: value})
    assert refusal.value.field == field


def test_a_withdrawn_permission_to_be_contacted_stops_it(alice, ada):
    yes = consents.record(ada, purpose="contact", evidence="said so", by=alice)
    letter = personal_letters.send(ada, by=alice, intent="one", **WORDS)
    assert not personal_letters.why_not(personal_letters.for_delivery(letter))
    consents.withdraw(yes, by=alice)
    assert personal_letters.why_not(personal_letters.for_delivery(letter)) == "consent"
    with pytest.raises(Refused, match="took back the permission"):
        personal_letters.send(ada, by=alice, intent="two", **WORDS)


def test_an_address_that_is_not_written_to_is_passed_over(alice, ada):
    candidates.change(ada, Facts(emails=["ada@example.org", "second@example.org"]), by=alice)
    suppressions.add("ada@example.org", why="bounced")
    assert personal_letters.send(ada, by=alice, intent="one", **WORDS).to_address == "second@example.org"
    suppressions.add("second@example.org", why="bounced")
    with pytest.raises(Refused, match="could not be reached"):
        personal_letters.send(ada, by=alice, intent="two", **WORDS)


def test_who_asked_for_no_more_mail_gets_none_at_any_address(alice, ada):
    candidates.change(ada, Facts(emails=["ada@example.org", "second@example.org"]), by=alice)
    letter = personal_letters.send(ada, by=alice, intent="one", **WORDS)
    suppressions.add("second@example.org", why="unsubscribed")
    assert personal_letters.why_not(personal_letters.for_delivery(letter)) == "suppressed"
    with pytest.raises(Refused, match="asked not to be written to"):
        personal_letters.send(ada, by=alice, intent="two", **WORDS)


def test_somebody_in_the_archive_is_not_written_to(alice, ada):
    letter = personal_letters.send(ada, by=alice, intent="one", **WORDS)
    candidates.archive(ada, by=alice)
    assert personal_letters.why_not(personal_letters.for_delivery(letter)) == "revoked"
    with pytest.raises(Refused, match="in the archive"):
        personal_letters.send(ada, by=alice, intent="two", **WORDS)


def test_the_longest_letter_can_be_settled(alice, ada):
    text = "x" * personal_letters.LONGEST_TEXT
    letter = personal_letters.send(ada, by=alice, intent="one", subject="s" * 200, text=text)
    personal_letters.for_delivery(letter).text = "x" * 30_000  # as an older version may have left it
    dispatch.accept(letter, "250 ok")
    assert letter.state == "accepted"
    with pytest.raises(Refused):
        personal_letters.send(ada, by=alice, intent="two", subject="s", text=text + "x")


def test_without_an_address_there_is_no_letter(alice):
    with pytest.raises(Refused, match="no mail address"):
        personal_letters.send(make.candidate(alice, email=""), by=alice, intent="one", **WORDS)


def test_administrators_do_not_read_what_others_wrote(alice, anna, ada):
    letter = personal_letters.send(ada, by=alice, intent="one", **WORDS)
    assert letter.id not in {one.id for one in db.session.scalars(outbox.listed(anna))}
    assert set(personal_letters.behind([letter], seen_by=alice)) == {letter.id}
