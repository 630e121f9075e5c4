"""Builds that do it wrong, each in a way that others have done it: the auditor finds every one of them.

Without this, a torture that finds nothing would prove nothing.
"""

import pytest

from crm.db import unit_of_work
from crm.domain import consents
from tests.faults import auditor
from tests.faults import house as houses

MARK_THEN_SEND = """
from crm.domain import dispatch
dispatch.enter_doubt = lambda letter: dispatch.accept(letter, "marked before it was sent")
"""
SEND_THEN_MARK = """
from crm.domain import dispatch
dispatch.enter_doubt = lambda letter: None
"""
NOBODYS_CLAIM = """
from crm.db import db
from crm.domain import dispatch, outbox
dispatch.held_by = lambda letter, owner, now: db.session.get(outbox.Letter, letter, with_for_update=True)
"""
AGAIN_AFTER_THE_DOT = """
from crm.domain import dispatch
from crm.kit import clock
dispatch.stay_in_doubt = lambda letter, reply: dispatch.put_back(letter, reply, clock.now())
"""
ASKED_ONCE = """
from crm.mail import delivery
asked = delivery._why_not
delivery._why_not = lambda case, *, lock: "" if lock else asked(case, lock=lock)
"""

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_who_marks_before_sending_loses(house):
    acknowledged = house.queue()
    houses.wait_for_death(house.worker("after_in_doubt:kill", MARK_THEN_SEND))
    house.finish(MARK_THEN_SEND)
    assert house.audit(acknowledged).lost


def test_who_marks_after_sending_sends_twice(house):
    acknowledged = house.queue()
    houses.wait_for_death(house.worker("after_250:kill", SEND_THEN_MARK))
    house.finish(SEND_THEN_MARK)
    assert house.audit(acknowledged).twice


def test_who_does_not_ask_whose_claim_it_is_sends_twice(house):
    acknowledged = house.queue()
    with house.worker("after_354:stop", NOBODYS_CLAIM) as sleeper:
        houses.wait_until_stopped(sleeper)
        house.finish(NOBODYS_CLAIM)
        houses.go_on(sleeper)
        houses.wait_until(lambda: sum(auditor.arrivals(house.log).values()) == 2, sleeper.output)
    assert house.audit(acknowledged).twice


def test_who_tries_again_after_the_dot_sends_twice(house):
    acknowledged = house.queue()
    house.sink.plan("dot", "reset_after_accept")
    house.finish(AGAIN_AFTER_THE_DOT)
    assert house.audit(acknowledged).twice


def test_who_asks_only_while_writing_sends_without_a_yes(house):
    acknowledged = house.queue()
    with house.worker("after_354:stop", ASKED_ONCE) as sleeper:
        houses.wait_until_stopped(sleeper)
        withdraw(house)
        houses.go_on(sleeper)
        houses.wait_until(lambda: not auditor.on_the_way(house.database_url), sleeper.output)
        sleeper.stop()
    assert house.audit(acknowledged).without_a_yes


def test_a_letter_that_nobody_queued_is_found_and_one_that_is_gone(house):
    house.queue()
    house.finish()
    found = house.audit(["one-that-is-gone"])
    assert len(found.lost) == 1
    with house.app.app_context(), unit_of_work(writes=True) as session:
        session.connection().exec_driver_sql("UPDATE letter SET message_id = '<another@norrland.example.org>'")
    found = house.audit([])
    assert found.without_a_yes
    assert found.lost


def withdraw(house) -> None:
    with house.app.app_context(), unit_of_work(writes=True) as session:
        for consent in session.query(consents.Consent):
            consents.withdraw(consent, by=houses.alice())
