"""Whoever changes a sequence at the moment at which the worker goes on with it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from crm.db import db, is_sqlite, unit_of_work
from crm.domain import advancing, sequences, sequencing
from crm.domain.outbox import Letter
from crm.domain.sequences import Sequence
from crm.kit import clock
from tests import make
from tests.domain.test_call_races import user
from tests.domain.test_sequences import PLAN

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def skip(step, sequence, by):
    sequencing.skip(step, sequence, by=by)


def change(step, sequence, by):
    sequencing.change(step, sequence, subject="Better", text="Dear Ada,", on=None, by=by)


def stop(_step, sequence, by):
    sequencing.stop(sequence, by=by)


def undo(_step, _sequence, by):
    sequencing.undo("one", by=by)


@pytest.fixture
def step_id(app):
    with app.app_context(), clock.set_to(MONDAY), unit_of_work(writes=True):
        alice = user("alice")
        [one] = sequencing.start([make.candidate(alice)], PLAN, by=alice, intent="one")
        return one.steps[0].id


@pytest.mark.parametrize("act", [skip, change, stop, undo])
def test_what_was_read_before_the_worker_queued_the_letter_takes_it_back_all_the_same(app, step_id, act):
    read, queued = threading.Event(), threading.Event()

    def manager():
        with app.app_context(), clock.set_to(MONDAY), unit_of_work(writes=True):
            step, sequence = sequences.find_step(step_id, seen_by=user("alice"))
            read.set()
            if not is_sqlite():  # there the second cannot even begin before the first has ended
                queued.wait(30)
            act(step, sequence, user("alice"))

    def worker():
        read.wait(30)
        with app.app_context(), clock.set_to(MONDAY), unit_of_work(writes=True):
            count = advancing.advance(MONDAY)
            queued.set()
            threading.Event().wait(0.5)
            return count

    with ThreadPoolExecutor(2) as both:
        told, count = both.submit(manager), both.submit(worker)
        told.result(60)
        queued_first = count.result(60)
    with app.app_context(), unit_of_work(writes=False):
        assert queued_first == 1 or is_sqlite()
        states = [letter.state for letter in db.session.query(Letter)]
        sequence = db.session.query(Sequence).one()
        assert states in ([], ["cancelled"]) or (act is change and is_sqlite() and states == ["queued"])
        assert bool(sequence.ended_at) == (act in (stop, undo))
