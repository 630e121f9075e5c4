"""A permission that ends while letters are on their way."""

from sqlalchemy import select

from crm.db import db
from crm.domain import dispatch, withdrawals
from crm.domain.consents import Consent
from crm.domain.events import Event
from tests import make


def withdraw(forward, by):
    return withdrawals.withdraw(db.session.get_one(Consent, forward.consent_id), by=by)


def test_what_waits_is_stopped_at_once(alice):
    forward = make.forward(alice)
    assert withdraw(forward, alice) == []
    assert (forward.letter.state, forward.letter.blocked_why) == ("blocked", "consent")


def test_what_was_quicker_is_told(alice):
    forward = make.forward(alice)
    dispatch.enter_doubt(forward.letter)
    db.session.flush()
    [too_late] = withdraw(forward, alice)
    assert too_late.letter.state == "in_doubt"
    sentence = withdrawals.sentence(too_late)
    assert "already being handed over" in sentence
    assert sentence in set(db.session.scalars(select(Event.text).where(Event.subject_id == forward.candidate_id)))


def test_another_permission_that_covers_it_lets_it_go(alice):
    forward = make.forward(alice)
    other = make.consent(forward.candidate, alice, company="Nowhere AB")
    withdrawals.withdraw(other, by=alice)
    assert forward.letter.state == "queued"
