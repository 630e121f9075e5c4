"""A forward that ends before its day: closed at once, told politely where it had come, nothing more than is true."""

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import asking, dispatch, erasing, forwards, outbox, revoking, suppressions, withdrawals
from crm.domain.consents import Consent
from crm.domain.errors import Denied
from crm.domain.outbox import Letter
from crm.kit import clock, tokens
from crm.mail import letters
from tests import make


@pytest.fixture
def forward(alice):
    return make.forward(alice)


def draft(forward):
    case = letters.Case.of(forward.revoked_letter)
    assert case.why_not(lock=True) == ""
    return case.draft(letters.Tokens(tokens.new_link(), tokens.new_link()))


def told(forward):
    kinds = select(Letter.kind).where(Letter.to_address == forward.to_address)
    return list(db.session.scalars(kinds)).count("revoked")


def test_what_had_come_is_told_once_and_not_why(alice, forward):
    make.delivered(forward)
    revoking.revoke(forward, by=alice)
    revoking.revoke(forward, by=alice)
    assert told(forward) == 1
    mail = draft(forward)
    assert (mail.to, mail.reply_to) == ("carol@acme.example.org", alice.email)
    assert "the resume of Ada Byron" in mail.text
    assert "Should you have kept a copy" in mail.text
    for word in ("revok", "withdr", "permission", "consent", "because", "/shared/", "asked"):
        assert word not in mail.text


def test_what_never_came_is_not_told(alice, forward):
    revoking.revoke(forward, by=alice)
    assert forward.is_taken_back
    assert told(forward) == 0


@pytest.mark.parametrize("state", ["claimed", "failed", "blocked", "bounced"])
def test_what_came_to_nothing_is_not_told(alice, forward, state):
    outbox.end(forward.letter, state)
    revoking.revoke(forward, by=alice)
    assert told(forward) == 0


def test_an_attachment_is_not_said_to_be_recalled(alice):
    forward = make.forward(alice, deliver="attachment")
    make.delivered(forward)
    revoking.revoke(forward, by=alice)
    text = draft(forward).text
    assert "I cannot call back what was attached. Please delete it" in text
    assert "link" not in text


def test_what_was_downloaded_is_asked_to_be_deleted_even_after_its_day(alice, forward):
    make.delivered(forward)
    forward.downloaded_at, forward.until = clock.now(), clock.today() - make.days(1)
    revoking.revoke(forward, by=alice)
    assert "I cannot call back what you downloaded." in draft(forward).text


def test_nobody_hears_of_a_link_that_had_closed_by_itself(alice, forward):
    make.delivered(forward)
    forward.until = clock.today() - make.days(1)
    revoking.revoke(forward, by=alice)
    assert told(forward) == 0


def test_a_letter_in_doubt_is_told_without_the_name_and_not_at_once(alice, forward):
    dispatch.enter_doubt(forward.letter)
    revoking.revoke(forward, by=alice)
    assert forward.revoked_letter.not_before > clock.now() + make.days(0)
    assert "Ada" not in draft(forward).text
    dispatch.accept(forward.letter, "250 ok")
    assert "the resume of Ada Byron" in draft(forward).text


def test_a_letter_that_came_back_meanwhile_needs_none_after_it(alice, forward):
    make.delivered(forward)
    revoking.revoke(forward, by=alice)
    dispatch.learn(forward.letter, "bounced", "550 no such user")
    assert letters.Case.of(forward.revoked_letter).why_not(lock=True) == "nothing"


def test_a_forward_without_a_name_ends_without_one(alice):
    forward = make.forward(alice, blind=True)
    make.delivered(forward)
    revoking.revoke(forward, by=alice)
    mail = draft(forward)
    assert "a resume without a name" in mail.text
    assert "Ada" not in mail.text + mail.html + mail.subject


def test_who_wants_no_mail_is_not_told_and_it_is_closed_all_the_same(alice, forward):
    make.delivered(forward)
    suppressions.add(forward.to_address, why="unsubscribed")
    revoking.revoke(forward, by=alice)
    assert forward.state == "revoked"
    assert told(forward) == 0


def test_only_the_sender_and_the_office_may(alice, bob, rita, forward):
    make.delivered(forward)
    with pytest.raises(Denied):
        revoking.revoke(forward, by=bob)
    assert revoking.revoke(forward, by=rita).revoked_letter.by_id == rita.id


# --- by the candidate


def test_the_candidate_takes_one_back(alice, forward):
    make.delivered(forward)
    revoking.take_back(forward)
    assert forward.state == "revoked"
    assert draft(forward).sender_name.startswith(alice.name)


def test_a_permission_that_ends_closes_what_rests_on_it_and_nothing_else(alice, forward):
    dora = make.colleague(alice, "Dora Weiss", email="dora@globex.example.org")
    dora.company = "Globex"
    other = make.forward(alice, forward.candidate, dora)
    for one in (forward, other):
        make.delivered(one)
    withdrawals.withdraw(db.session.get_one(Consent, forward.consent_id), by=alice)
    assert (forward.state, told(forward)) == ("revoked", 1)
    assert (other.state, told(other)) == ("sent", 0)


def test_another_yes_to_the_same_company_keeps_it_open(alice, forward):
    make.delivered(forward)
    anywhere = make.consent(forward.candidate, alice, company="")
    withdrawals.withdraw(db.session.get_one(Consent, forward.consent_id), by=alice)
    assert (forward.state, told(forward)) == ("sent", 0)
    withdrawals.withdraw(anywhere, by=alice)
    assert (forward.state, told(forward)) == ("revoked", 1)


def test_a_new_yes_does_not_open_it_again(alice, forward):
    make.delivered(forward)
    withdrawals.withdraw(db.session.get_one(Consent, forward.consent_id), by=alice)
    make.consent(forward.candidate, alice)
    assert forward.state == "revoked"


def test_erasing_takes_the_letter_along_that_has_told(alice, forward):
    make.delivered(forward)
    revoking.revoke(forward, by=alice)
    letter_id = forward.revoked_letter.id
    dispatch.accept(forward.revoked_letter, "250 2.0.0 queued")
    db.session.flush()
    erasing.erase(forward.candidate)
    db.session.expire_all()
    assert db.session.get(Letter, letter_id) is None


def test_a_yes_that_is_taken_back_after_the_letter_left_is_told_too(alice):
    person = make.candidate(alice)
    make.resume(person, alice)
    forward = forwards.send(forwards.plan(person, make.colleague(alice), by=alice), by=alice)
    [question] = asking.open_of(person.id)
    asking.answer(question, "yes")
    make.delivered(forward)
    asking.undo(question)
    assert (forward.state, told(forward)) == ("revoked", 1)
