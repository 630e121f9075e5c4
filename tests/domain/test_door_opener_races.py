"""A decision is undone while its letters are handed over, on both databases: nothing leaves that no longer holds."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm.db import db, unit_of_work
from crm.domain import closings, door_openers, takebacks, users
from crm.domain.applications import Application
from crm.domain.candidates import Candidate
from crm.domain.closings import Closing, Hired
from crm.domain.door_openers import Telling
from crm.domain.finalists import Finalist
from crm.domain.keeping import KeepingQuestion
from crm.domain.outbox import KeptMail, Letter
from crm.mail import delivery
from tests import make, people

ROUNDS = 6


def alice():
    return users.by_email(people.address("alice"))


def close(number):
    row = Finalist(full_name="Mira H", email=f"mira{number}@example.org")
    role = make.role(alice(), f"Head of Data {number}")
    given = {"by": alice(), "intent": f"one {number}", "hired": Hired("Nadia")}
    return closings.close(role, [row], telling=Telling("both"), **given).id


def at_once(app, *acts):
    start = Barrier(len(acts))

    def run(act):
        with app.app_context():
            start.wait()
            return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [one.result() for one in [pool.submit(run, act) for act in acts]]


def undo(closing_id):
    with unit_of_work(writes=True) as session:
        takebacks.undo(session.get_one(Closing, closing_id), by=alice())


@pytest.mark.parametrize("number", range(ROUNDS))
def test_what_is_undone_is_told_whole_or_not_at_all(app, number):
    with app.app_context(), unit_of_work(writes=True):
        closing_id = close(number)
    at_once(app, lambda: undo(closing_id), lambda: delivery.deliver_next(None, "w"))
    with app.app_context():
        while delivery.deliver_next(None, "w"):
            pass
        with unit_of_work(writes=False):
            states = {letter.kind: letter.state for letter in db.session.scalars(select(Letter))}
            kept = list(db.session.scalars(select(KeptMail.subject)))
            assert states["keep_in_touch"] == "cancelled"
            assert states["personal"] in {"cancelled", "accepted"}
            assert len(kept) == (states["personal"] == "accepted")
            assert all(db.session.scalars(select(KeepingQuestion.revoked_at)))


def two_decisions():
    ada = make.candidate(alice())
    return [make.near_miss(ada, make.role(alice(), title), alice()).id for title in ("Head of Data", "Head of Product")]


def tell(application_id):
    with unit_of_work(writes=True) as session:
        whole = (
            joinedload(Application.candidate).selectinload(Candidate.emails),
            joinedload(Application.role),
        )
        found = session.scalars(select(Application).where(Application.id == application_id).options(*whole)).one()
        door_openers.tell([found], Telling("told"), by=alice(), intent=application_id)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_decisions_at_once_ask_once(app, number):
    with app.app_context(), unit_of_work(writes=True):
        one, other = two_decisions()
    at_once(app, lambda: tell(one), lambda: tell(other))
    with app.app_context(), unit_of_work(writes=False):
        assert len(db.session.scalars(select(KeepingQuestion)).all()) == 1
