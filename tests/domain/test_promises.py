"""Promises: made, kept, moved, broken, each with its way back; and whom they remind of."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.db import db
from crm.domain import (
    accounts,
    applications,
    candidates,
    closings,
    erasing,
    fall_throughs,
    promises,
    roles,
    timeline,
    touchpoints,
    users,
)
from crm.domain.closings import Hired
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.promises import Promise
from crm.kit import clock
from tests import make


@pytest.fixture
def ada(alice):
    return make.candidate(alice)


def promise(person, by, text="I will call in spring", days=30, **more):
    return promises.make(person, text=text, due_on=make.in_days(days), by=by, **more)


def past(person, by, days=5, **more):
    """One that is due since that many days."""
    with clock.set_to(clock.now() - timedelta(days=days + 10)):
        made = promise(person, by, days=10, **more)
        db.session.flush()
    return made


def told(person, by):
    db.session.flush()
    return [moment.text for moment in timeline.of(person, seen_by=by)]


def standing(person, user):
    return [one for one in promises.all_of(person, seen_by=user) if one.is_standing]


def due(user):
    return promises.due(user, clock.today())


def count():
    return db.session.scalar(select(func.count()).select_from(Promise))


# --- made, kept, moved, broken


def test_a_promise_is_made_and_stands_with_the_person(alice, ada):
    made = promise(ada, alice, "  I will call in spring ")
    assert (made.text, made.due_on, made.state, made.is_open) == (
        "I will call in spring",
        make.in_days(30),
        "open",
        True,
    )
    assert list(db.session.scalars(promises.of(ada, seen_by=alice))) == [made]
    assert "promised “I will call in spring”" in told(ada, alice)[0]
    assert due(alice) == []


def test_kept_once_and_open_again(alice, ada):
    made = past(ada, alice)
    assert due(alice) == [made]
    promises.keep(made, by=alice)
    assert (made.state, made.settled_by_id, due(alice)) == ("kept", alice.id, [])
    promises.reopen(made, by=alice, was="kept")
    assert (made.state, made.settled_at, due(alice)) == ("open", None, [made])


def test_a_new_date_keeps_the_one_before(alice, ada):
    made = past(ada, alice)
    first = made.due_on
    promises.renew(made, make.in_days(7), by=alice)
    promises.renew(made, make.in_days(9), by=alice)
    assert (made.state, made.is_open, due(alice)) == ("renewed", True, [])
    assert made.earlier == [first.isoformat(), make.in_days(7).isoformat()]
    assert made.history.startswith("first for ")
    promises.take_renewal_back(made, make.in_days(9), by=alice)
    assert (made.state, made.due_on) == ("renewed", make.in_days(7))
    promises.take_renewal_back(made, make.in_days(9), by=alice)
    assert made.due_on == make.in_days(7), "an undo that was pressed twice is one"
    promises.take_renewal_back(made, make.in_days(7), by=alice)
    assert (made.state, made.due_on, made.earlier) == ("open", first, [])


def test_broken_stands_until_the_apology(alice, ada):
    made = past(ada, alice)
    promises.break_(made, by=alice)
    assert (made.state, due(alice), standing(ada, alice)) == ("broken", [], [made])
    promises.apologise(made, by=alice)
    promises.apologise(made, by=alice)
    assert standing(ada, alice) == []
    with pytest.raises(Refused, match="apology has been sent"):
        promises.reopen(made, by=alice)


def test_a_renewed_promise_that_was_kept_is_renewed_again_when_that_is_undone(alice, ada):
    made = promise(ada, alice)
    promises.renew(made, make.in_days(40), by=alice)
    promises.keep(made, by=alice)
    promises.reopen(made, by=alice)
    assert made.state == "renewed"


def test_it_was_never_made(alice, ada):
    promises.take_back(promise(ada, alice), by=alice)
    assert count() == 0
    moved = promise(ada, alice)
    promises.renew(moved, make.in_days(3), by=alice)
    with pytest.raises(Refused, match="stays on record"):
        promises.take_back(moved, by=alice)


# --- twice, and two of them


def test_twice_is_once(alice, ada):
    made = promise(ada, alice)
    assert promise(ada, alice) is made
    promises.keep(made, by=alice)
    at = made.settled_at
    promises.keep(made, by=alice)
    assert (count(), made.settled_at) == (1, at)
    assert sum("kept the promise" in text for text in told(ada, alice)) == 1


@pytest.mark.parametrize("act", [
    lambda made, by: promises.break_(made, by=by),
    lambda made, by: promises.keep(made, by=by),
    lambda made, by: promises.renew(made, make.in_days(3), by=by),
    lambda made, by: promises.reopen(made, by=by, was="broken"),
    lambda made, by: promises.take_renewal_back(made, make.in_days(3), by=by),
])  # fmt: skip
def test_whoever_comes_second_is_told_who_was_first(alice, rita, ada, act):
    made = promise(ada, alice)
    promises.keep(made, by=alice)
    with pytest.raises(Refused, match=f"{alice.name} marked it as kept on"):
        act(made, rita)
    assert made.state == "kept"


# --- refused


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 301}, "text"),
        ({"text": "two\nlines"}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"days": -1}, "due_on"),
        ({"days": 5_000}, "due_on"),
    ],
)
def test_nonsense_is_refused_at_its_field(alice, ada, wrong, field):
    with pytest.raises(Refused) as refusal:
        promise(ada, alice, **wrong)
    assert refusal.value.field == field
    with pytest.raises(Refused):
        promises.make(ada, text="call", due_on=None, by=alice)


def test_only_its_maker_the_owner_and_the_office_settle_it(alice, bob, charlie, rita, ada):
    made = promise(ada, bob)
    for act in (promises.keep, promises.break_, promises.take_back, promises.reopen):
        with pytest.raises(Denied):
            act(made, by=charlie)
    promises.keep(made, by=alice)
    promises.reopen(made, by=rita)
    promises.break_(made, by=bob)


def test_who_may_not_see_the_person_sees_no_promise(alice, charlie):
    hidden = make.candidate(alice, visibility="owner")
    made = promise(hidden, alice)
    assert list(db.session.scalars(promises.of(hidden, seen_by=charlie))) == []
    with pytest.raises(Missing):
        promises.find(hidden, made.id, seen_by=charlie)
    with pytest.raises(Missing):
        promises.find(make.candidate(alice, "Somebody Else", email=""), made.id, seen_by=alice)


# --- whom they remind of


def test_due_ones_come_oldest_first_to_their_maker_alone(alice, bob, ada):
    newer, older = past(ada, alice, days=2), past(ada, alice, days=9)
    today = promise(ada, alice, days=0)
    assert due(alice) == [older, newer, today]
    assert due(bob) == []
    assert (older.due_words.split()[:2], today.due_words) == (["due", "since"], "due today")


@pytest.mark.parametrize("gone", ["archived", "let go", "deleted", "hired", "hired by the search", "out of sight"])
def test_nobody_is_reminded_of_somebody_who_is_gone(alice, ada, gone):
    bobs = past(ada, alice)
    assert due(alice) == [bobs]
    if gone == "archived":
        candidates.archive(ada, by=alice)
    elif gone == "let go":
        candidates.let_go(ada, by=alice)
    elif gone == "deleted":
        candidates.delete(ada, by=alice)
    elif gone == "hired":
        roles.record_hire(make.role(alice), by=alice, candidate_id=ada.id)
    elif gone == "hired by the search":
        role = make.role(alice)
        applications.put(ada, role, by=alice, disposition="hired", decided_on=clock.today())
        roles.set_status(role, "closed")
    else:
        ada.owner_id, ada.visibility = users.by_email("bob@norrland.example.org").id, "owner"
    db.session.flush()
    assert due(alice) == []


def test_what_is_promised_to_somebody_let_go_or_hired_is_due_all_the_same(alice, ada):
    with clock.set_to(clock.now() - timedelta(days=60)):
        candidates.let_go(ada, by=alice)
        roles.record_hire(make.role(alice), by=alice, candidate_id=ada.id)
        db.session.flush()
    made = past(ada, alice)
    assert due(alice) == [made]


@pytest.mark.parametrize("why", ["declined", "left"])
def test_who_was_hired_and_is_no_longer_is_promised_something_all_the_same(alice, ada, why):
    made = past(ada, alice)
    role = make.role(alice)
    closings.hire(role, Hired(candidate_id=ada.id), by=alice)
    db.session.flush()
    assert due(alice) == []
    fall_throughs.report(role, why=why, by=alice)
    closings.hire(role, Hired(name="Somebody Else"), by=alice)
    db.session.flush()
    assert due(alice) == [made]


def test_a_hire_by_a_sealed_role_changes_nothing_for_a_stranger(alice, bob, ada):
    made = past(ada, bob)
    sealed = make.role(alice, "Falconer", status="sealed")
    applications.put(ada, sealed, by=alice, disposition="hired", decided_on=clock.today())
    assert due(bob) == [made]


def test_who_left_passes_theirs_on_to_the_owner(alice, bob, anna, ada):
    made = past(ada, bob)
    assert due(alice) == []
    accounts.disable(bob, by=anna)
    assert due(alice) == [made]


def test_erasing_the_person_erases_what_was_promised(alice, ada):
    promise(ada, alice, touchpoint_id=touchpoints.log(ada, kind="call", direction="out", by=alice).id)
    candidates.delete(ada, by=alice)
    db.session.flush()
    erasing.deleted_candidates(clock.now() + timedelta(days=8))
    assert count() == 0


# --- with a contact


def test_taking_a_contact_back_takes_what_it_promised_and_what_it_kept(alice, ada):
    old = past(ada, alice)
    call = touchpoints.log(ada, kind="call", direction="out", by=alice)
    promises.keep(old, by=alice, touchpoint_id=call.id)
    promise(ada, alice, "I will send the notes", touchpoint_id=call.id)
    touchpoints.take_back(call, ada, by=alice)
    assert [(one.text, one.state) for one in standing(ada, alice)] == [(old.text, "open")]


def test_a_promise_that_was_settled_since_outlives_its_contact(alice, ada):
    call = touchpoints.log(ada, kind="call", direction="out", by=alice)
    made = promise(ada, alice, touchpoint_id=call.id)
    promises.break_(made, by=alice)
    touchpoints.take_back(call, ada, by=alice)
    db.session.refresh(made)
    assert (made.state, made.touchpoint_id) == ("broken", None)


# --- the apology


def test_the_apology_is_honest_and_names_nothing_but_the_day(alice, ada):
    made = past(ada, alice, text="Call her first when Head of Data opens")
    promises.break_(made, by=alice)
    subject, text = promises.apology_draft(made)
    assert f"{made.due_on.day} {made.due_on:%B %Y}" in text
    assert "take other offers gladly" in text
    for word in ("first", "Head of Data", "opens", "bench", "next time"):
        assert word not in subject + text
