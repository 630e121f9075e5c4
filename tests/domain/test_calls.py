"""The call list: outcomes, their undo, where it stops, and who is thanked."""

from datetime import timedelta

import pytest

from crm.db import db
from crm.domain import (
    call_letters,
    calls,
    candidates,
    closings,
    fall_throughs,
    outbox,
    pressing,
    roles,
    touchpoints,
)
from crm.domain.closings import Hired
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.events import Event
from crm.domain.outbox import Letter
from crm.kit import clock
from tests import make
from tests.domain.test_fall_throughs import benched


@pytest.fixture
def fallen(alice):
    """A role whose hire left, its list, and the calls to A, B and C."""
    role, people = benched(alice, "A", "B", "C")
    call_list = fall_throughs.report(role, why="left", by=alice)
    return role, call_list, [calls.find_call(call_list, person.id, seen_by=alice) for person in people]


def contacts(call):
    return list(db.session.scalars(touchpoints.of(call.candidate)))


def up(call_list, viewer):
    found = calls.next_of(calls.rows(call_list, seen_by=viewer))
    return found.candidate.full_name if found else ""


def test_an_outcome_is_kept_and_logged_and_brings_up_the_next(alice, fallen):
    role, call_list, (a, b, c) = fallen
    assert up(call_list, alice) == "A"
    calls.record(a, role, outcome="no", note="Took another offer.", by=alice)
    assert (a.outcome_words, a.by_id, up(call_list, alice)) == ("no", alice.id, "B")
    (contact,) = contacts(a)
    assert (contact.kind, contact.text) == ("call", "Said no. Took another offer.")
    calls.record(b, role, outcome="thinking", by=alice)
    assert b.thinking_until == make.in_days(3)
    assert up(call_list, alice) == "C"
    with clock.set_to(clock.now() + timedelta(hours=5)):
        calls.record(c, role, outcome="yes", by=alice)
    assert call_list.is_over
    assert call_list.took_words in ("5 hours", "4 hours")


def test_the_role_is_not_named_where_all_who_see_the_candidate_read_it(alice, fallen):
    role, _, (a, *_) = fallen
    calls.record(a, role, outcome="no", by=alice)
    assert role.title not in contacts(a)[0].text
    told = db.session.query(Event).filter(Event.subject_id == a.candidate_id, Event.text.contains(role.title)).all()
    assert told
    assert all(event.role_id == role.id for event in told)


def test_a_call_that_nobody_took_is_no_contact(alice, fallen):
    role, _, (a, *_) = fallen
    calls.record(a, role, outcome="no_answer", by=alice)
    assert contacts(a)[0].kind == "note"
    assert a.candidate.last_contact_at is None


def test_the_same_outcome_twice_is_once(alice, fallen):
    role, _, (a, *_) = fallen
    for _ in range(3):
        calls.record(a, role, outcome="thinking", by=alice)
    assert len(contacts(a)) == 1


def test_after_thinking_comes_another_outcome(alice, fallen):
    role, call_list, (a, *_) = fallen
    calls.record(a, role, outcome="thinking", thinking_until=make.in_days(0), by=alice)
    assert a.is_due
    calls.record(a, role, outcome="yes", by=alice)
    assert a.thinking_until is None
    assert len(contacts(a)) == 2
    calls.undo(a, role, by=alice, outcome="yes")
    assert (a.outcome, a.thinking_until, call_list.is_over) == ("thinking", make.in_days(0), False)
    calls.undo(a, role, by=alice, outcome="yes")
    assert a.outcome == "thinking"


def test_an_outcome_is_undone_with_its_contact(alice, fallen):
    role, call_list, (a, *_) = fallen
    calls.record(a, role, outcome="no", note="No.", by=alice)
    for _ in range(2):
        calls.undo(a, role, by=alice)
    assert (a.outcome, a.note, a.at, contacts(a), up(call_list, alice)) == ("", "", None, [], "A")
    assert a.candidate.last_contact_at is None


def test_who_was_due_comes_before_who_did_not_answer(alice, fallen):
    role, call_list, (a, b, c) = fallen
    calls.record(a, role, outcome="no_answer", by=alice)
    calls.record(b, role, outcome="thinking", by=alice)
    calls.record(c, role, outcome="no", by=alice)
    assert up(call_list, alice) == "A"
    with clock.set_to(clock.now() + timedelta(days=3)):
        assert up(call_list, alice) == "B"
    calls.record(a, role, outcome="no", by=alice)
    assert up(call_list, alice) == ""


def test_after_a_yes_those_who_were_asked_are_to_be_thanked_and_nobody_is_told_anything(alice, fallen):
    role, _, (a, b, c) = fallen
    calls.record(a, role, outcome="no", by=alice)
    assert not a.to_thank
    calls.record(b, role, outcome="yes", by=alice)
    assert [call.to_thank for call in (a, b, c)] == [True, False, False]
    assert db.session.query(Letter).count() == 0


def test_a_thanks_is_sent_once_and_taken_back(alice, fallen):
    role, _, (a, b, _) = fallen
    calls.record(a, role, outcome="no", by=alice)
    calls.record(b, role, outcome="yes", by=alice)
    words = {"purpose": "thanks", "subject": "Thank you", "text": "Thank you.", "by": alice, "intent": "one"}
    letters = {call_letters.write(a, role, **words).id for _ in range(2)}
    assert len(letters) == 1
    assert a.is_thanked
    with pytest.raises(Refused, match="nothing to thank"):
        call_letters.write(a, role, **words | {"intent": "two"})
    outbox.cancel(a.thanks, by=alice)
    assert a.to_thank


def test_thanks_by_other_means_count(alice, fallen):
    role, _, (a, b, _) = fallen
    calls.record(a, role, outcome="thinking", by=alice)
    calls.record(b, role, outcome="yes", by=alice)
    call_letters.mark_thanked(a, role, by=alice)
    assert not a.to_thank
    call_letters.mark_thanked(a, role, by=alice, thanked=False)
    assert a.to_thank


def test_who_is_written_to_instead_has_been_asked(alice, fallen):
    role, _, (a, b, _) = fallen
    letter = call_letters.write(a, role, purpose="call", subject="A word", text="Still?", by=alice, intent="ask")
    outbox.end(letter, "accepted")
    assert a.was_asked
    calls.record(b, role, outcome="yes", by=alice)
    assert a.to_thank


def test_an_announced_role_has_a_list_too(alice):
    role, (a,) = benched(alice, "A")
    call_list = calls.begin(role, by=alice)
    assert call_list.why == "announced"
    assert [call.candidate.full_name for call in calls.rows(call_list, seen_by=alice)] == [a.full_name]


# --- letters that wait, and where the list ends


def ask(call, role, by, intent="ask"):
    return call_letters.write(call, role, purpose="call", subject="A word", text="Still?", by=by, intent=intent)


def thank(call, role, by, intent="thanks"):
    return call_letters.write(call, role, purpose="thanks", subject="Thanks", text="Many.", by=by, intent=intent)


def test_a_question_that_waits_does_not_leave_after_a_yes(alice, fallen):
    role, _, (a, b, c) = fallen
    waiting, left = ask(a, role, alice), ask(c, role, alice, "other")
    outbox.end(left, "accepted")
    calls.record(b, role, outcome="yes", by=alice)
    assert (waiting.state, left.state) == ("cancelled", "accepted")
    assert [call.to_thank for call in (a, b, c)] == [False, False, True]


def test_a_question_that_waits_does_not_leave_once_the_hire_is_back(alice, fallen):
    role, _, (a, *_) = fallen
    waiting = ask(a, role, alice)
    fall_throughs.undo(role, by=alice)
    assert waiting.state == "cancelled"


def test_a_question_that_waits_does_not_leave_once_another_hire_is_on_record(alice, fallen):
    role, call_list, (a, b, _) = fallen
    waiting = ask(a, role, alice)
    closings.hire(role, Hired(name="Somebody Else"), by=alice)
    assert (waiting.state, call_list.is_over, call_list.yes_at) == ("cancelled", True, None)
    roles.change(role, by=alice, status="open")
    with pytest.raises(Refused, match="This call list is closed"):
        calls.record(b, role, outcome="no", by=alice)


def test_thanks_that_wait_do_not_leave_once_the_yes_is_undone(alice, fallen):
    role, _, (a, b, _) = fallen
    calls.record(a, role, outcome="no", by=alice)
    calls.record(b, role, outcome="yes", by=alice)
    waiting = thank(a, role, alice)
    calls.undo(b, role, by=alice)
    assert (waiting.state, a.is_thanked) == ("cancelled", False)
    calls.record(b, role, outcome="yes", by=alice)
    assert a.to_thank


def test_the_letter_that_waits_is_taken_back_whichever_it_is(alice, fallen):
    role, _, (a, b, _) = fallen
    calls.record(a, role, outcome="no_answer", by=alice)
    calls.record(b, role, outcome="yes", by=alice)
    thanks = thank(a, role, alice)
    calls.undo(b, role, by=alice)
    question = ask(a, role, alice)
    call_letters.take_back(a, role, by=alice)
    assert (thanks.state, question.state) == ("cancelled", "cancelled")
    with pytest.raises(Refused, match="no longer waiting"):
        outbox.end(question, "accepted")
        call_letters.take_back(a, role, by=alice)


def test_no_answer_again_is_another_call_but_not_a_double_click(alice, fallen):
    role, call_list, (a, b, c) = fallen
    for call in (a, b, c):
        calls.record(call, role, outcome="no_answer", by=alice)
    calls.record(a, role, outcome="no_answer", by=alice)
    assert (len(contacts(a)), up(call_list, alice)) == (1, "A")
    first = a.said_at
    with clock.set_to(clock.now() + timedelta(minutes=3)):
        calls.record(a, role, outcome="no_answer", was="no_answer", by=alice)
        assert [touch.kind for touch in contacts(a)] == ["note", "note"]
        assert up(call_list, alice) == "B"
        second = a.said_at
        for _ in range(2):
            calls.undo(a, role, by=alice, outcome="no_answer", at=second)
        assert (a.outcome, a.said_at, len(contacts(a))) == ("no_answer", first, 1)


def test_a_new_list_ends_the_one_that_runs(alice, fallen):
    role, call_list, _ = fallen
    again = calls.begin(role, by=alice)
    assert (call_list.is_over, again.is_over, calls.of(role)) == (True, False, again)


def test_today_keeps_a_list_until_everybody_who_was_asked_is_thanked(alice, fallen):
    role, call_list, (a, b, c) = fallen
    ask(c, role, alice)
    calls.record(a, role, outcome="no", by=alice)
    assert pressed(alice) == [call_list]
    calls.record(b, role, outcome="yes", by=alice)
    assert pressed(alice) == [call_list]
    closings.hire(role, Hired(candidate_id=b.candidate_id), by=alice)
    letter = thank(a, role, alice)
    db.session.flush()
    assert pressed(alice) == []
    outbox.cancel(letter, by=alice)
    assert pressed(alice) == [call_list]
    call_letters.mark_thanked(a, role, by=alice)
    assert pressed(alice) == []


def test_today_knows_the_newest_list_alone(alice, fallen):
    role, first, (a, b, _) = fallen
    calls.record(a, role, outcome="no", by=alice)
    calls.record(b, role, outcome="yes", by=alice)
    second = calls.begin(role, by=alice)
    assert pressed(alice) == [second]
    assert first.is_over


def pressed(viewer):
    db.session.flush()
    return [call_list for _, call_list in pressing.of(viewer).calls]


# --- what is refused


def test_it_stops_at_a_yes(alice, fallen):
    role, _, (a, b, _) = fallen
    calls.record(a, role, outcome="yes", by=alice)
    with pytest.raises(Refused, match="said yes already"):
        calls.record(b, role, outcome="yes", by=alice)
    with pytest.raises(Refused, match="closed"):
        call_letters.write(b, role, purpose="call", subject="s", text="t", by=alice, intent="late")
    assert b.outcome == ""


def test_another_outcome_in_the_meantime_is_said(alice, rita, fallen):
    role, _, (a, *_) = fallen
    calls.record(a, role, outcome="no", was="", by=alice)
    with pytest.raises(Refused, match="it says “no” now"):
        calls.record(a, role, outcome="thinking", was="", by=rita)
    assert calls.record(a, role, outcome="no", was="", by=rita).by_id == alice.id


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"outcome": "perhaps"}, "outcome"),
        ({"outcome": ""}, "outcome"),
        ({"outcome": "thinking", "thinking_until": -1}, "thinking_until"),
        ({"outcome": "thinking", "thinking_until": 91}, "thinking_until"),
        ({"outcome": "no", "note": "x" * 1_001}, "note"),
    ],
)
def test_an_outcome_has_to_make_sense(alice, fallen, given, field):
    role, _, (a, *_) = fallen
    if "thinking_until" in given:
        given = given | {"thinking_until": make.in_days(given["thinking_until"])}
    with pytest.raises(Refused) as refused:
        calls.record(a, role, by=alice, **given)
    assert refused.value.field == field
    assert contacts(a) == []


def test_a_list_that_was_taken_back_or_overtaken_is_closed(alice, fallen):
    role, _, (a, b, _) = fallen
    calls.record(a, role, outcome="no", by=alice)
    roles.change(role, by=alice, status="closed")
    for act in (lambda: calls.record(b, role, outcome="no", by=alice), lambda: calls.undo(a, role, by=alice)):
        with pytest.raises(Refused, match="not open any more"):
            act()
    roles.change(role, by=alice, status="open")
    fall_throughs.undo(role, by=alice)
    with pytest.raises(Refused, match="not open any more"):
        calls.record(b, role, outcome="no", by=alice)


def test_a_stranger_records_nothing(alice, charlie, fallen):
    role, _, (a, *_) = fallen
    for act in (
        lambda: calls.record(a, role, outcome="yes", by=charlie),
        lambda: calls.undo(a, role, by=charlie),
        lambda: call_letters.mark_thanked(a, role, by=charlie),
        lambda: call_letters.write(a, role, purpose="call", subject="s", text="t", by=charlie, intent="i"),
    ):
        with pytest.raises(Denied):
            act()


def test_a_contact_of_somebody_else_stays_when_one_may_not_take_it_away(alice, bob, fallen):
    role, _, (a, *_) = fallen
    calls.record(a, role, outcome="no", by=alice)
    role.owner_id = bob.id
    calls.undo(a, role, by=bob)
    assert a.outcome == ""
    assert len(contacts(a)) == 1


# --- what is hidden


def test_a_call_to_somebody_hidden_is_missing(alice, rita, fallen):
    _, call_list, (a, *_) = fallen
    candidates.share(a.candidate, "owner", by=alice)
    with pytest.raises(Missing):
        calls.find_call(call_list, a.candidate_id, seen_by=rita)
    with pytest.raises(Missing):
        calls.find_call(call_list, "nobody", seen_by=alice)


def test_there_is_no_list_before_anything_happened(alice):
    with pytest.raises(Missing):
        calls.find(make.role(alice))
