"""Permissions: on record with their evidence, valid for a time, for a company, until withdrawn."""

import pytest

from crm.db import db
from crm.domain import consents, events, gate
from crm.domain.errors import Missing, Refused
from crm.kit import clock
from tests import make


@pytest.fixture
def ada(alice):
    return make.candidate(alice)


def covering(candidate, company):
    return gate.of(candidate, company=company, address="carol@acme.example.org").consent


def test_a_yes_is_recorded_with_evidence_and_date(alice, ada):
    consent = consents.record(ada, purpose="forward", company="Acme", evidence="mail of 3 November", by=alice)
    assert (consent.given_on, consent.is_valid) == (clock.today(), True)
    assert list(db.session.scalars(consents.of(ada))) == [consent]
    assert "mail of 3 November" in db.session.scalars(events.of(ada.id)).first().text


def test_a_yes_covers_its_company_and_one_for_any_covers_all(alice, ada):
    named = make.consent(ada, alice, company="Acme")
    assert named.covers("  ACME ")
    assert not named.covers("Globex")
    assert covering(ada, "Globex") is None
    anybody = make.consent(ada, alice, company="")
    assert covering(ada, "Globex") is anybody
    assert covering(ada, "Acme") is named


def test_another_purpose_is_no_yes_to_a_forward(alice, ada):
    make.consent(ada, alice, purpose="keep", company="")
    assert covering(ada, "Acme") is None


def test_a_yes_ends_with_its_day_and_with_its_withdrawal(alice, ada):
    consent = consents.record(ada, purpose="forward", evidence="phone", until=make.in_days(1), by=alice)
    consent.until = make.in_days(-1)
    assert not consent.is_valid
    consent.until = None
    db.session.flush()
    consents.withdraw(consent, by=alice)
    assert not consent.is_valid
    assert covering(ada, "Acme") is None


def test_withdrawing_twice_keeps_the_first_moment(alice, ada):
    consent = make.consent(ada, alice)
    first = consents.withdraw(consent, by=alice).withdrawn_at
    db.session.flush()
    assert consents.withdraw(consent, by=alice).withdrawn_at == first


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"purpose": "sell"}, "purpose"),
        ({"evidence": "  "}, "evidence"),
        ({"evidence": "a\x00b"}, "evidence"),
        ({"company": "x" * 201}, "company"),
        ({"given_on": make.in_days(1)}, "given_on"),
        ({"until": make.in_days(-1)}, "until"),
    ],
)
def test_nonsense_is_refused_at_its_field(alice, ada, wrong, field):
    with pytest.raises(Refused) as refusal:
        consents.record(ada, **{"purpose": "forward", "evidence": "phone", "by": alice, **wrong})
    assert refusal.value.field == field


def test_a_permission_belongs_to_its_candidate(alice, ada):
    consent = make.consent(ada, alice)
    other = make.candidate(alice, "Somebody Else", email="")
    assert consents.find(ada, consent.id) is consent
    with pytest.raises(Missing):
        consents.find(other, consent.id)


def test_a_second_click_records_nothing_new(alice):
    ada = make.candidate(alice)
    assert make.consent(ada, alice).id == make.consent(ada, alice).id


def test_what_was_recorded_twice_is_withdrawn_together(alice):
    ada = make.candidate(alice)
    first = make.consent(ada, alice)
    consents.record(ada, purpose="forward", company="ACME", evidence="by mail as well", by=alice)
    consents.withdraw(first, by=alice)
    assert covering(ada, "Acme") is None
