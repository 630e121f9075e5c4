"""The day is the one on the calendar of who looks."""

from datetime import UTC, date, datetime

import pytest

from crm.db import unit_of_work
from crm.domain import candidates, users
from crm.kit import clock
from tests import make, people

SUNDAY_EVENING = datetime(2026, 11, 22, 18, 5, tzinfo=UTC)


@pytest.fixture
def ada_id(app):
    """To be in touch with on Monday."""
    with clock.set_to(SUNDAY_EVENING), app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        person = make.candidate(alice)
        candidates.call_again(person, date(2026, 11, 23), "you said so")
        return person.id


def live_in(app, zone):
    with app.app_context(), unit_of_work(writes=True):
        users.set_time_zone(users.by_email(people.address("alice")), zone)


@pytest.mark.parametrize(("zone", "day", "is_due"), [
    ("Pacific/Auckland", "Monday, 23 November", True),
    ("UTC", "Sunday, 22 November", False),
    ("America/Los_Angeles", "Sunday, 22 November", False),
])  # fmt: skip
def test_today_is_the_day_where_one_is(app, as_alice, ada_id, zone, day, is_due):
    live_in(app, zone)
    with clock.set_to(SUNDAY_EVENING):
        page = as_alice.get("/")
    assert day in page.text
    assert bool(page.tree.xpath("//ul[@aria-label='Due']")) is is_due


def test_tomorrow_is_the_day_after_it(app, as_alice, ada_id):
    live_in(app, "Pacific/Auckland")
    with clock.set_to(SUNDAY_EVENING):
        page = as_alice.get("/")
        as_alice.submit(page, f"/candidates/{ada_id}/snooze", **{"for": "tomorrow"})
    with app.app_context(), unit_of_work(writes=False) as session:
        assert session.get(candidates.Candidate, ada_id).next_on == date(2026, 11, 24)


def test_the_next_request_goes_by_its_own_day(app, as_alice, ada_id):
    live_in(app, "Pacific/Auckland")
    with clock.set_to(SUNDAY_EVENING):
        as_alice.get("/")
        assert clock.today() == date(2026, 11, 22)
