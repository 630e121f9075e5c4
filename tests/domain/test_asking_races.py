"""Two pages of one candidate answer the same question at the same moment."""

from threading import Thread

import pytest
from sqlalchemy import select

from crm.db import db, is_sqlite, unit_of_work
from crm.domain import asking, forward_questions, forwards, plans
from crm.domain.consents import Consent
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from tests import make
from tests.domain.test_call_races import user


@pytest.fixture
def asked(app):
    """The ids of a question, of its candidate, and of its forward."""
    with app.app_context(), unit_of_work(writes=True):
        alice = user("alice")
        ada = make.candidate(alice)
        make.resume(ada, alice)
        forward = forwards.send(plans.plan(ada, make.colleague(alice), by=alice), by=alice)
        return forward_questions.of_forward(forward.id).id, ada.id, forward.id


def say(app, asked, said):
    with app.app_context(), unit_of_work(writes=True):
        asking.answer(asking.find(*asked[:2]), said)


def test_a_no_that_looked_before_the_yes_came_still_stops_it(app, asked):
    with app.app_context(), unit_of_work(writes=True):
        if is_sqlite():  # there the second cannot even look before the first has ended
            return
        looked = asking.find(*asked[:2])
        first = Thread(target=say, args=(app, asked, "yes"))
        first.start()
        first.join(30)
        asking.answer(looked, "no")
    with app.app_context(), unit_of_work(writes=False):
        forward = db.session.get(Forward, asked[2])
        assert (forward.letter_id, forward.consent_id) == (None, None)
        assert forward.refused_at
        carried = db.session.scalars(select(Letter).where(Letter.kind == "forward")).one()
        assert carried.state == "cancelled"
        assert not db.session.scalars(select(Consent)).one().is_valid
