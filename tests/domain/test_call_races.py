"""Two managers at the same moment: one truth, and a clear sentence to the other."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from crm.db import is_sqlite, unit_of_work
from crm.domain import calls, fall_throughs, roles, users
from crm.domain.calls import CallList
from crm.domain.errors import Missing, Refused
from crm.domain.roles import Hire
from tests import people
from tests.domain.test_fall_throughs import benched

ROUNDS = 5


def user(name):
    return users.by_email(people.address(name))


@pytest.fixture
def filled(app):
    def make_one():
        with app.app_context(), unit_of_work(writes=True):
            role, found = benched(user("alice"), "A", "B")
            return role.id, [person.id for person in found]

    return make_one


@pytest.fixture
def fallen(app, filled):
    def make_one():
        role_id, ids = filled()
        with app.app_context(), unit_of_work(writes=True):
            fall_throughs.report(roles.find(role_id, seen_by=user("alice")), why="left", by=user("alice"))
        return role_id, ids

    return make_one


def at_once(app, *acts):
    """What each of them came to: "done", or the sentence of its refusal. `acts` take the user who acts."""
    together = threading.Barrier(len(acts))

    def run(name, act):
        with app.app_context():
            try:
                with unit_of_work(writes=True):
                    by = user(name)
                    if not is_sqlite():  # there the second cannot even begin before the first has ended
                        together.wait(30)
                    act(by)
            except Refused as refused:
                return str(refused)
            except Missing:
                return "there is no list any more"
            return "done"

    with ThreadPoolExecutor(len(acts)) as many:
        return [
            one.result(60) for one in [many.submit(run, *pair) for pair in zip(("alice", "rita"), acts, strict=True)]
        ]


def call_to(role_id, candidate_id, by):
    role = roles.find(role_id, seen_by=by)
    return role, calls.find_call(calls.find(role), candidate_id, seen_by=by)


def record(by, role_id, candidate_id, outcome):
    role, call = call_to(role_id, candidate_id, by)
    calls.record(call, role, outcome=outcome, was="", by=by)


def report(by, role_id):
    fall_throughs.report(roles.find(role_id, seen_by=by), why="left", by=by)


def undo(by, role_id):
    fall_throughs.undo(roles.find(role_id, seen_by=by), by=by)


def test_two_report_at_once_and_one_reads_who_was_first(app, filled):
    for _ in range(ROUNDS):
        role_id, _ = filled()
        both = partial(report, role_id=role_id)
        told = sorted(at_once(app, both, both), key=lambda said: said != "done")
        assert told[0] == "done"
        assert "has reported that already" in told[1]
        with app.app_context(), unit_of_work(writes=False) as session:
            assert session.query(CallList).filter_by(role_id=role_id).count() == 1
            assert session.query(Hire).filter(Hire.role_id == role_id, Hire.fell_on.is_not(None)).count() == 1


@pytest.mark.parametrize("second", ["same", "other"])
def test_two_record_at_once_and_one_reads_what_the_other_said(app, fallen, second):
    for _ in range(ROUNDS):
        role_id, (a, b) = fallen()
        other = (a, "no") if second == "same" else (b, "yes")
        told = at_once(app, partial(record, role_id=role_id, candidate_id=a, outcome="yes"),
                       partial(record, role_id=role_id, candidate_id=other[0], outcome=other[1]))  # fmt: skip
        assert told.count("done") == 1, told
        with app.app_context(), unit_of_work(writes=False):
            rows = calls.rows(calls.find(roles.find(role_id, seen_by=user("alice"))), seen_by=user("alice"))
            assert len([row for row in rows if row.outcome]) == 1


def test_a_yes_and_the_hire_coming_back_exclude_each_other(app, fallen):
    for _ in range(ROUNDS):
        role_id, (a, _) = fallen()
        yes = partial(record, role_id=role_id, candidate_id=a, outcome="yes")
        told = at_once(app, yes, partial(undo, role_id=role_id))
        assert told.count("done") == 1, told
        with app.app_context(), unit_of_work(writes=False):
            role = roles.find(role_id, seen_by=user("alice"))
            call_list = calls.of(role)
            assert (role.status == "filled") == (call_list is None)
            assert call_list is None or call_list.yes_at is not None
