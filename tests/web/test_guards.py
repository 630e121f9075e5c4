"""The end of a guard window on the role page, the call sheet, another order, and who hears nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import benches, candidates, roles, users
from crm.domain.benches import Place
from crm.domain.candidates import Candidate, Facts
from crm.domain.roles import Hire
from crm.kit import clock
from tests import make
from tests.people import address


def user(name):
    return users.by_email(address(name))


@pytest.fixture
def filled(app):
    """The id of a role whose window ends in nine days; Ada (clear) stands before Bo (by a hair)."""
    with app.app_context(), unit_of_work(writes=True):
        alice = user("alice")
        role = make.role(alice)
        for name, margin in (("Ada Byron", "clear"), ("Bo Ek", "hair")):
            person = make.candidate(alice, name, email="", phones=["+46 8 465 004 12"])
            make.near_miss(person, role, alice, margin=margin)
            benches.add(role, person, by=alice, reason=f"Reason of {name}")
        start = clock.today() - timedelta(days=80)
        roles.record_hire(role, by=alice, name="Nadia Brandt", starts_on=start)
        return role.id


def next_dates(app):
    with app.app_context(), unit_of_work(writes=False):
        return {one.full_name: one.next_on for one in db.session.query(Candidate)}


def test_released_and_held_again(as_alice, filled):
    page = as_alice.get(f"/roles/{filled}")
    assert "If they left today: two ready" in page.text
    page = as_alice.submit(page, "/guard/release")
    assert "Reason of Ada" not in page.text
    assert "The bench was released" in page.text
    page = as_alice.submit(page, "/guard/hold")
    assert "Reason of Ada" in page.text


def to_thank(page):
    return [link for link in page.links() if "purpose=release" in link]


def test_those_who_were_released_are_thanked_one_by_one(app, as_alice, filled):
    with app.app_context(), unit_of_work(writes=True):
        for known in db.session.scalars(select(Candidate.id)).all():
            person = candidates.find(known, seen_by=user("alice"))
            candidates.change(person, Facts(emails=[f"{known}@example.org"]), by=user("alice"))
    page = as_alice.submit(as_alice.get(f"/roles/{filled}"), "/guard/release")
    ada, bo = to_thank(page)
    page = as_alice.get(ada)
    assert "Thank Ada Byron" in page.text
    words = page.forms("/write")[0].fields["text"]
    assert "Dear Ada Byron," in words
    assert "Head of Data is filled" in words
    assert "take other offers gladly" in words
    for word in ("reserve", "second", "next in line", "bench", "rank", "Nadia"):
        assert word not in words
    page = as_alice.submit(page, "/write")
    assert page.path == f"/roles/{filled}"
    assert to_thank(page) == [bo]
    page = as_alice.submit(page, "/cancellation")
    assert to_thank(as_alice.get(f"/roles/{filled}")) == [ada, bo]
    assert not to_thank(as_alice.submit(as_alice.get(f"/roles/{filled}"), "/guard/hold"))


def test_only_those_whom_one_sees_are_there_to_thank(app, as_alice, filled):
    with app.app_context(), unit_of_work(writes=True):
        hidden = make.candidate(user("bob"), "Cy Hidden", email="", visibility="owner")
        db.session.add(Place(role_id=filled, candidate_id=hidden.id, position=3))
    page = as_alice.submit(as_alice.get(f"/roles/{filled}"), "/guard/release")
    assert len(to_thank(page)) == 2
    assert "Cy Hidden" not in page.text


def test_kept_warm(app, as_alice, filled):
    page = as_alice.submit(as_alice.get(f"/roles/{filled}"), "/guard/keep-warm")
    assert "kept warm" in page.text
    assert set(next_dates(app).values()) == {clock.today() + timedelta(days=90)}


def test_held_longer(as_alice, filled):
    page = as_alice.submit(as_alice.get(f"/roles/{filled}"), "/guard/more", days="30")
    assert "of the 120 in which the bench is held" in page.text
    page = as_alice.submit(page, "/guard/as-before")
    assert "of the 90 in which the bench is held" in page.text


def test_a_double_click_holds_it_longer_once(as_alice, filled):
    page = as_alice.get(f"/roles/{filled}")
    for _ in range(2):
        after = as_alice.submit(page, "/guard/more", days="30")
        assert "of the 120 in which the bench is held" in after.text
    for _ in range(2):
        page = as_alice.submit(after, "/guard/as-before")
        assert "of the 90 in which the bench is held" in page.text


@pytest.mark.parametrize("was", ["", "x", "-1", "²"])
def test_what_was_seen_is_a_number(as_alice, filled, was):
    as_alice.submit(as_alice.get(f"/roles/{filled}"), "/guard/more", 422, days="30", was=was)


def test_only_by_days_that_are_offered(as_alice, filled):
    page = as_alice.get(f"/roles/{filled}")
    as_alice.submit(page, "/guard/more", 422, days="7")
    as_alice.submit(page, "/guard/more", 422, days="many")


def test_nobody_is_asked_long_before_the_end(app, as_alice, filled):
    with app.app_context(), unit_of_work(writes=True):
        roles.hires([filled], seen_by=user("alice"))[filled].hire.starts_on = clock.today() - timedelta(days=10)
    assert not as_alice.get(f"/roles/{filled}").forms("/guard/release")


def test_another_order_is_proposed_with_its_reason_and_taken_by_one_click(as_alice, filled):
    page = as_alice.get(f"/roles/{filled}")
    assert "By the margins in the debriefs: Bo Ek (by a hair), Ada Byron (clear)." in page.text
    page = as_alice.submit(page, "/bench/order")
    assert page.text.index("Reason of Bo") < page.text.index("Reason of Ada")
    assert "By the margins" not in page.text


def test_who_hears_nothing_after_the_decision_is_named(as_alice, filled):
    page = as_alice.get(f"/roles/{filled}")
    assert "0 of 2" in page.text
    assert "Nobody has been in touch since with" in page.text


def test_the_call_sheet_is_in_order_with_numbers_and_reasons(as_alice, filled):
    page = as_alice.get(f"/roles/{filled}/call-sheet")
    assert page.text.index("Ada Byron") < page.text.index("Bo Ek")
    assert "tel:+46846500412" in page.links()
    assert "Reason of Bo" in page.text


def test_without_a_bench_there_is_no_call_sheet(app, as_alice):
    with app.app_context(), unit_of_work(writes=True):
        role_id = make.role(user("alice")).id
    as_alice.get(f"/roles/{role_id}/call-sheet", 404)


# --- a hire that is corrected


def first_day(app, role_id):
    with app.app_context(), unit_of_work(writes=False):
        [hire] = db.session.scalars(select(Hire).where(Hire.role_id == role_id))
        return hire.starts_on, hire.guard_days


def test_the_first_day_is_put_on_record_later(app, as_alice, filled):
    with app.app_context(), unit_of_work(writes=True):
        hire = roles.hires([filled], seen_by=user("alice"))[filled].hire
        hire.starts_on, hire.guard_days = None, 45
    page = as_alice.get(f"/roles/{filled}")
    assert f"/roles/{filled}/hire" in page.links()
    page = as_alice.get(f"/roles/{filled}/hire")
    assert "Correct the hire" in page.text
    day = clock.today() - timedelta(days=5)
    page = as_alice.submit(page, "/hire", starts_on=day.isoformat())
    assert "Day 5 of the 45 in which the bench is held." in page.text
    assert first_day(app, filled) == (day, 45)


def test_a_hire_on_file_is_corrected_and_keeps_the_next_date(app, as_alice):
    with app.app_context(), unit_of_work(writes=True):
        alice = user("alice")
        role, nadia = make.role(alice), make.candidate(alice, "Nadia Brandt")
        roles.record_hire(role, by=alice, candidate_id=nadia.id)
        nadia.next_on, role_id = make.in_days(3), role.id
    page = as_alice.get(f"/roles/{role_id}/hire")
    as_alice.submit(page, "/hire", starts_on=make.in_days(9).isoformat(), guard="30")
    assert first_day(app, role_id) == (make.in_days(9), 30)
    assert next_dates(app) == {"Nadia Brandt": make.in_days(3)}


def test_a_correction_is_not_another_hire(app, as_alice, filled):
    before = first_day(app, filled)
    page = as_alice.submit(as_alice.get(f"/roles/{filled}/hire"), "/hire", 422, hired_name="Oskar Lund")
    assert "Nadia Brandt is on record as the hire" in page.text
    assert first_day(app, filled) == before
