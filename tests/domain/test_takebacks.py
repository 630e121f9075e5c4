"""Taking a closing back never loses a hire, or a call list, that came after it."""

import pytest
from sqlalchemy import func, select

from crm.db import db
from crm.domain import closings, fall_throughs, roles, takebacks
from crm.domain.calls import Call, CallList
from crm.domain.closings import Hired
from crm.domain.errors import Refused
from crm.domain.finalists import Finalist
from crm.domain.roles import Hire
from tests import make


@pytest.fixture
def role(alice):
    return make.role(alice)


@pytest.fixture
def closing(role, alice):
    return closings.close(
        role, [Finalist("Mira Halvorsen")], by=alice, intent="one", hired=Hired("Nadia Brandt", starts_on=None)
    )


def how_many(table):
    return db.session.scalar(select(func.count()).select_from(table))


def refused(closing, by):
    before = how_many(Hire), how_many(CallList)
    with pytest.raises(Refused, match="one by one"):
        takebacks.undo(closing, by=by)
    assert closing.undone_at is None
    assert (how_many(Hire), how_many(CallList)) == before


def test_after_the_hire_fell_through_it_is_refused(role, closing, alice):
    fall_throughs.report(role, why="declined", by=alice)
    refused(closing, alice)
    assert how_many(Call) == 1


def test_after_a_second_hire_it_is_refused(role, closing, alice):
    fall_throughs.report(role, why="declined", by=alice)
    roles.record_hire(role, by=alice, name="Oskar Lund")
    db.session.flush()
    refused(closing, alice)
    assert roles.hire_of(role, seen_by=alice).name == "Oskar Lund"


def test_a_report_that_was_taken_back_does_not_stand_in_the_way(role, closing, alice):
    fall_throughs.report(role, why="declined", by=alice)
    fall_throughs.undo(role, by=alice)
    takebacks.undo(closing, by=alice)
    assert role.status == "open"
    assert roles.hire_of(role, seen_by=alice) is None


def test_a_closing_is_taken_back_though_an_earlier_hire_fell_through(role, alice):
    roles.record_hire(role, by=alice, name="Oskar Lund")
    fall_throughs.report(role, why="declined", by=alice)
    db.session.flush()
    closing = closings.close(
        role, [Finalist("Mira Halvorsen")], by=alice, intent="two", hired=Hired("Nadia Brandt", starts_on=None)
    )
    takebacks.undo(closing, by=alice)
    assert role.status == "open"
    assert how_many(CallList) == 1


def test_one_more_who_was_banked_is_taken_back_after_a_fall_through(role, closing, alice):
    more = closings.bank(role, Finalist("Samuel Osei"), by=alice, intent="more")
    fall_throughs.report(role, why="declined", by=alice)
    takebacks.undo(more, by=alice)
    assert more.undone_at is not None
