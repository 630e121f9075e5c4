"""A yes that somebody writes down for a candidate is told to them; what they asked for outlives a restored backup."""

import pytest

from crm.db import db
from crm.domain import (
    asking,
    consents,
    forward_questions,
    forwarding_rules,
    forwards,
    honouring,
    permissions,
    plans,
    wishes,
    withdrawals,
)
from crm.domain.outbox import Letter
from crm.domain.wishes import Wishes
from crm.mail.letters import Case
from tests import make


@pytest.fixture
def ada(alice):
    return make.candidate(alice)


def record(ada, by, **given):
    return permissions.record(ada, by=by, **{"purpose": "forward", "company": "Acme", "evidence": "x", **given})


@pytest.mark.parametrize(
    ("given", "is_told"),
    [
        ({"channel": "phone"}, True),
        ({"channel": "in_person", "purpose": "introduce", "company": ""}, True),
        ({"channel": "form"}, False),
        ({}, False),
        ({"channel": "phone", "purpose": "keep", "company": ""}, False),
    ],
)
def test_what_was_said_is_told_to_whoever_said_it(alice, ada, given, is_told):
    yes = record(ada, alice, **given)
    assert (yes.letter_id is not None) == is_told


def test_a_second_click_tells_it_once_and_a_withdrawn_one_is_not_told(alice, ada):
    yes = record(ada, alice, channel="phone")
    assert record(ada, alice, channel="phone").letter_id == yes.letter_id
    letter = db.session.get(Letter, yes.letter_id)
    assert Case.of(letter).why_not(lock=True) == ""
    consents.withdraw(yes, by=None)
    assert Case.of(letter).why_not(lock=True) == "overtaken"


def test_a_restored_backup_honours_rules_and_a_no(alice, ada):
    make.resume(ada, alice)
    forward = forwards.send(plans.plan(ada, make.colleague(alice), by=alice), by=alice)
    question = forward_questions.of_forward(forward.id)
    asking.answer(question, "never")
    rule = withdrawals.give_rule(ada, kind="blind_only", by=None)[0]
    asked = Wishes.from_json(wishes.on_record().to_json())
    for gone in forwarding_rules.standing(ada.id):
        db.session.delete(gone)
    question.answer, question.answered_at, forward.refused_at = "", None, None
    db.session.flush()
    done, left = honouring.honour(asked)
    assert (done["rules"], done["forwards_refused"], forward.state) == (2, 1, "refused")
    assert {one.kind for one in forwarding_rules.standing(ada.id)} == {"never", rule.kind}
    assert not left
    assert not honouring.honour(asked)[0]["rules"]
