"""A few letters with waits between them: started by a person, and ended by whatever happens to the two."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import (
    accounts,
    advancing,
    cadences,
    candidates,
    consents,
    dispatch,
    outbox,
    personal_letters,
    roles,
    sequence_plans,
    sequences,
    sequencing,
    suppressions,
    timeline,
    touchpoints,
)  # fmt: skip
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.outbox import Letter
from crm.domain.sequence_plans import Plan, Step
from crm.domain.sequences import Sequence
from crm.kit import clock
from tests import make
from tests.structure.workspace import statements

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PLAN = Plan(
    "own",
    "Two words",
    (
        Step(0, subject="Hello {first name}", text="Dear {first name},\n\nhow are you?"),
        Step(14, subject="Once more", text="Dear {first name},\n\nno news from me."),
        Step(30, subject="A last word", text="Dear {first name},\n\nall the best."),
    ),
)


@pytest.fixture(autouse=True)
def monday():
    with clock.set_to(MONDAY):
        yield


@pytest.fixture
def ada(alice):
    return make.candidate(alice)


def started(person, by, plan=PLAN, intent="one"):
    return sequencing.start([person], plan, by=by, intent=intent)[0]


def advance(at):
    """The worker, at that moment."""
    with clock.set_to(at):
        return advancing.advance(at)


def leaves(sequence, at):
    """The letter that is under way, delivered as the worker does it; what stood against it, or nothing."""
    with clock.set_to(at):
        [letter] = waiting(sequence)
        personal = personal_letters.for_delivery(letter)
        why = personal_letters.why_not(personal) or advancing.why_not(personal, lock=True)
        if why:
            dispatch.block(letter, why)
        else:
            dispatch.enter_doubt(letter)
            dispatch.accept(letter, "250 ok")
        return why


def waiting(sequence):
    db.session.flush()
    return [step.letter for step in again(sequence).steps if step.letter is not None and step.letter.is_waiting]


def again(sequence):
    return db.session.execute(
        sequences._asked().where(Sequence.id == sequence.id)
    ).scalar_one()  # with what deleted people would hide


def letters():
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


# --- how it runs


def test_its_letters_leave_one_by_one_with_the_waits_between_them(alice, ada):
    sequence = started(ada, alice)
    assert [step.due_at for step in sequence.steps] == [MONDAY, MONDAY + 14 * DAY, MONDAY + 45 * DAY - DAY]
    at = MONDAY
    for number in range(3):
        assert advance(at) == 1
        assert leaves(sequence, at) == ""
        assert advance(at + timedelta(minutes=3)) == 0
        at += 14 * DAY if number == 0 else 30 * DAY
    subjects = [personal_letters.for_delivery(letter).subject for letter in letters()]
    assert subjects == ["Hello Ada", "Once more", "A last word"]
    assert again(sequence).ended_why == "done"


def test_what_leaves_by_itself_is_no_contact_and_shows_as_what_it_is(alice, ada):
    candidates.set_next(ada, date(2026, 4, 1), by=alice)
    sequence = started(ada, alice)
    advance(MONDAY)
    leaves(sequence, MONDAY)
    advance(MONDAY + timedelta(minutes=3))
    assert list(db.session.scalars(touchpoints.of(ada))) == []
    assert (ada.last_contact_at, ada.next_on) == (None, date(2026, 4, 1))
    said = [one.sentence(ada) for one in timeline.of(ada, seen_by=alice)]
    assert "Wrote by itself: “Hello Ada”, letter 1 of “Two words”" in said


def test_waits_count_from_when_the_letter_before_really_left(alice, ada):
    sequence = started(ada, alice)
    advance(MONDAY)
    late = MONDAY + 3 * DAY
    leaves(sequence, late)
    advance(late)
    assert again(sequence).steps[1].due_at == late + 14 * DAY


def test_a_worker_that_slept_sends_one_letter_and_not_several(alice, ada):
    sequence = started(ada, alice)
    awake = MONDAY + 98 * DAY
    assert [advance(awake) for _ in range(3)] == [1, 0, 0]
    leaves(sequence, awake)
    assert [advance(awake + timedelta(minutes=number)) for number in range(1, 4)] == [0, 0, 0]
    assert len(letters()) == 1


@pytest.mark.parametrize(
    ("zone", "now", "goes"),
    [
        ("UTC", datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 3, 9, 9, tzinfo=UTC)),  # a Saturday
        ("UTC", datetime(2026, 3, 6, 17, tzinfo=UTC), datetime(2026, 3, 9, 9, tzinfo=UTC)),  # a Friday, five o'clock
        ("Europe/Stockholm", datetime(2026, 3, 27, 20, tzinfo=UTC), datetime(2026, 3, 30, 7, tzinfo=UTC)),  # over DST
        ("America/New_York", datetime(2026, 3, 6, 23, tzinfo=UTC), datetime(2026, 3, 9, 13, tzinfo=UTC)),  # over DST
        ("Asia/Kathmandu", datetime(2026, 3, 10, 1, tzinfo=UTC), datetime(2026, 3, 10, 3, 15, tzinfo=UTC)),
    ],
)
def test_nothing_is_queued_outside_the_senders_working_hours(alice, ada, zone, now, goes):
    alice.time_zone = zone
    with clock.set_to(now):
        sequence = started(ada, alice)
    assert sequence.steps[0].due_at == goes
    assert advance(goes - timedelta(minutes=1)) == 0
    assert advance(goes) == 1


def test_the_same_hour_on_the_wall_over_the_change_of_the_clocks(alice, ada):
    alice.time_zone = "Europe/Stockholm"
    before = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)  # half past ten there
    with clock.set_to(before):
        sequence = started(ada, alice)
    assert sequence.steps[1].due_at == datetime(2026, 4, 1, 8, 30, tzinfo=UTC)


def test_a_letter_that_was_held_up_into_the_night_waits_for_the_morning(alice, ada):
    sequence = started(ada, alice)
    advance(MONDAY)
    night = MONDAY + timedelta(hours=12)
    assert leaves(sequence, night) == "later"
    assert advance(night) == 0
    morning = datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert again(sequence).steps[0].due_at == morning
    assert advance(morning) == 1
    assert leaves(sequence, morning) == ""
    assert outbox.troubled(alice) == []


def test_never_two_automatic_letters_within_the_quiet_period(alice, bob, ada):
    first = started(ada, alice)
    advance(MONDAY)
    leaves(first, MONDAY)
    advance(MONDAY)
    sequencing.stop(again(first), by=alice)
    started(ada, bob, intent="two")
    assert advance(MONDAY + DAY) == 0
    assert advance(MONDAY + 13 * DAY) == 0
    assert advance(MONDAY + 14 * DAY) == 1


def test_nor_to_the_same_mailbox_under_another_record(alice, ada):
    other = make.candidate(alice, "A. Byron", email="Ada+home@example.org")
    sequence = started(ada, alice)
    started(other, alice, intent="two")
    assert advance(MONDAY) == 1
    assert len(letters()) == 1
    leaves(sequence, MONDAY)
    assert advance(MONDAY + 10 * DAY) == 0


def test_too_many_letters_in_a_day_wait_and_end_nothing(app, alice, ada):
    app.config["FIRST_CALL"] = replace(app.config["FIRST_CALL"], letters_a_day=0)
    sequence = started(ada, alice)
    assert advance(MONDAY) == 0
    assert again(sequence).is_running
    app.config["FIRST_CALL"] = replace(app.config["FIRST_CALL"], letters_a_day=500)
    assert advance(MONDAY + timedelta(hours=1)) == 1


# --- starting


def test_a_proposal_reads_as_what_is_sent(alice, ada):
    [proposal] = sequencing.propose([ada], PLAN, by=alice)
    shown = [(letter.subject, letter.text, letter.due_at) for letter in proposal.letters]
    sequence = started(ada, alice)
    assert shown == [(step.subject, step.text, step.due_at) for step in sequence.steps]
    advance(MONDAY)
    [letter] = letters()
    personal = personal_letters.for_delivery(letter)
    assert (personal.subject, personal.text) == shown[0][:2]


def test_only_one_runs_for_a_person_and_the_second_is_told_by_whom(alice, bob, ada):
    started(ada, alice)
    with pytest.raises(Refused, match="Alice Okafor already writes to Ada Byron in “Two words”"):
        started(ada, bob, intent="two")


def test_the_same_click_twice_starts_it_once(alice, ada):
    assert started(ada, alice).id == started(ada, alice).id


def test_whom_something_stands_against_is_named_and_left_out(alice, ada):
    paused = make.candidate(alice, "Petra Paus", email="petra@example.org")
    cadences.pause(paused, why=cadences.PAUSES[0], by=alice)
    silent = make.candidate(alice, "Nils Ek", email="")
    gone = make.candidate(alice, "Olof Ask", email="olof@example.org")
    suppressions.add("olof@example.org", why="unsubscribed")
    people = [ada, paused, silent, gone]
    against = {one.candidate.full_name: one.against for one in sequencing.propose(people, PLAN, by=alice)}
    assert against["Ada Byron"] == ""
    assert "paused" in against["Petra Paus"]
    assert "no mail address" in against["Nils Ek"]
    assert "asked not to be written to" in against["Olof Ask"]
    assert [one.candidate_id for one in sequencing.start(people, PLAN, by=alice, intent="all")] == [ada.id]


def test_a_field_that_cannot_be_filled_leaves_the_person_out(alice, ada):
    plan = Plan("own", "Heads", (Step(0, subject="Hello", text="How is {employer}?"),))
    [proposal] = sequencing.propose([ada], plan, by=alice)
    assert "their employer" in proposal.against
    with pytest.raises(Refused, match="their employer"):
        started(ada, alice, plan)


@pytest.mark.parametrize("words", ["{{7*7}}", "{% raw %}", "{config}", "${first name.__class__}"])
def test_words_that_look_like_code_stay_words(alice, ada, words):
    sequence = started(ada, alice, Plan("own", "Code", (Step(0, subject="Hello", text=words),)))
    assert sequence.steps[0].text == words


def test_a_plan_that_would_tell_of_a_sealed_role_is_not_started(alice, ada):
    make.role(alice, "Chief Quartermaster", status="sealed")
    plan = Plan("own", "Leak", (Step(0, subject="Hello", text="Chief Quartermaster, soon?"),))
    with pytest.raises(Refused, match="sealed"):
        started(ada, alice, plan)


def test_at_most_fifty_people_at_a_time(alice, ada):
    with pytest.raises(Refused, match="50"):
        sequencing.start([ada] * 51, PLAN, by=alice, intent="many")


def test_the_start_can_be_taken_back_as_a_whole(alice, ada):
    other = make.candidate(alice, "Nora Ek", email="nora@example.org")
    sequencing.start([ada, other], PLAN, by=alice, intent="both")
    advance(MONDAY)
    undone, stopped = sequencing.undo("both", by=alice)
    assert (len(undone), stopped) == (2, [])
    assert {letter.state for letter in letters()} == {"cancelled"}
    assert sequences.of(ada) is None
    assert started(ada, alice, intent="anew").is_running


def test_taken_back_late_it_is_stopped(alice, ada):
    sequence = started(ada, alice)
    advance(MONDAY)
    leaves(sequence, MONDAY)
    undone, stopped = sequencing.undo("one", by=alice)
    assert (undone, [one.id for one in stopped]) == ([], [sequence.id])
    assert advance(MONDAY + 30 * DAY) == 0


def test_nobody_takes_back_what_another_started(alice, bob, ada):
    started(ada, alice)
    assert sequencing.undo("one", by=bob) == ([], [])


# --- changing it


def test_every_step_can_be_changed_moved_and_skipped_before_it_goes(alice, ada):
    sequence = started(ada, alice)
    first, second, third = sequence.steps
    sequencing.change(first, sequence, subject="Good day", text="Dear Ada,", on=date(2026, 3, 5), by=alice)
    assert [f"{sequence.day_of(step):%-d %B}" for step in sequence.steps] == ["5 March", "19 March", "20 April"]
    sequencing.skip(second, sequence, by=alice)
    assert sequence.day_of(third) == date(2026, 4, 20)
    sequencing.take_skip_back(second, sequence, by=alice)
    sequencing.skip(second, sequence, by=alice)
    assert advance(MONDAY) == 0
    thursday = first.due_at
    assert advance(thursday) == 1
    assert leaves(sequence, thursday) == ""
    assert personal_letters.for_delivery(letters()[0]).subject == "Good day"
    assert advance(MONDAY + 30 * DAY) == 0
    assert advance(third.due_at) == 1


def test_a_queued_step_is_taken_back_to_be_changed(alice, ada):
    sequence = started(ada, alice)
    advance(MONDAY)
    sequence = again(sequence)
    sequencing.change(sequence.steps[0], sequence, subject="Better", text="Dear Ada,", on=None, by=alice)
    assert advance(MONDAY) == 1
    assert [letter.state for letter in letters()] == ["cancelled", "queued"]
    assert again(sequence).is_running


def test_what_has_gone_is_not_changed_any_more(alice, ada):
    sequence = started(ada, alice)
    advance(MONDAY)
    leaves(sequence, MONDAY)
    sequence = again(sequence)
    with pytest.raises(Refused, match="no longer waiting"):
        sequencing.skip(sequence.steps[0], sequence, by=alice)


def test_only_who_started_it_changes_it_and_everybody_who_sees_the_person_may_stop_it(alice, bob, ada):
    sequence = started(ada, alice)
    with pytest.raises(Denied):
        sequencing.skip(sequence.steps[0], sequence, by=bob)
    with pytest.raises(Denied):
        sequencing.change(sequence.steps[0], sequence, subject="Mine", text="Now", on=None, by=bob)
    sequencing.stop(sequences.find(sequence.id, seen_by=bob), by=bob)
    assert advance(MONDAY) == 0


@pytest.mark.parametrize(("on", "sentence"), [(date(2026, 3, 1), "passed"), (date(2026, 3, 10), "14 days apart")])
def test_a_step_is_not_moved_into_the_past_nor_close_to_another(alice, ada, on, sentence):
    sequence = started(ada, alice)
    with pytest.raises(Refused, match=sentence) as refusal:
        sequencing.change(sequence.steps[1], sequence, subject="a", text="b", on=on, by=alice)
    assert refusal.value.field == "on"


def test_a_changed_step_is_held_against_sealed_roles(alice, ada):
    make.role(alice, "Chief Quartermaster", status="sealed")
    sequence = started(ada, alice)
    with pytest.raises(Refused, match="sealed"):
        sequencing.change(sequence.steps[1], sequence, subject="Chief Quartermaster", text="b", on=None, by=alice)


def test_a_role_that_was_sealed_meanwhile_ends_it(alice, ada):
    plan = Plan("own", "Roles", (Step(0, subject="Hello", text="The Chief Quartermaster is a fine role."),))
    sequence = started(ada, alice, plan)
    make.role(alice, "Chief Quartermaster", status="sealed")
    assert advance(MONDAY) == 0
    assert again(sequence).ended_why == "words"


# --- hidden people


def test_a_sequence_to_somebody_hidden_is_not_there(alice, charlie):
    hidden = make.candidate(alice, "Tove Dold", visibility="owner")
    sequence = started(hidden, alice)
    for ask in (
        lambda: sequences.find(sequence.id, seen_by=charlie),
        lambda: sequences.find_step(sequence.steps[0].id, seen_by=charlie),
        lambda: sequences.find("a\x00b", seen_by=charlie),
    ):
        with pytest.raises(Missing):
            ask()


def test_who_can_no_longer_see_the_person_writes_no_more(alice, bob, ada):
    sequence = started(ada, bob)
    advance(MONDAY)
    candidates.share(ada, "owner", by=alice)
    assert leaves(sequence, MONDAY) == "revoked"
    assert list(db.session.scalars(sequences.started_by(bob, running=True))) == []
    other = make.candidate(alice, "Nora Ek", email="nora@example.org")
    second = started(other, bob, intent="two")
    candidates.share(other, "owner", by=alice)
    advance(MONDAY)
    assert again(second).ended_why == "hidden"


# --- what ends it


def _replies(ada, alice):
    touchpoints.log(ada, kind="mail", direction="in", by=alice, text="Thank you!")


def _is_hired(ada, alice):
    role = make.role(alice)
    roles.record_hire(role, by=alice, candidate_id=ada.id)


def _writes_herself(ada, alice):
    personal_letters.send(ada, subject="Hello", text="By hand", by=alice, intent="by hand")


def _takes_permission_back(ada, alice):
    yes = consents.record(ada, purpose="contact", evidence="said so", by=alice)
    consents.withdraw(yes, by=alice)


def _is_disabled(ada, alice):
    alice.disabled_at = clock.now()


def _is_deleted(ada, alice):
    candidates.delete(ada, by=alice)


ENDS = {
    "answered": _replies,
    "touched": lambda ada, alice: touchpoints.log(ada, kind="call", direction="out", by=alice),
    "touched, by a letter": _writes_herself,
    "hired": _is_hired,
    "paused": lambda ada, alice: cadences.pause(ada, why=cadences.PAUSES[0], by=alice),
    "archived": lambda ada, alice: candidates.archive(ada, by=alice),
    "deleted": _is_deleted,
    "let_go": lambda ada, alice: candidates.let_go(ada, by=alice),
    "opted_out": lambda _ada, _alice: outbox.suppress("ada@example.org", why="unsubscribed"),
    "complained": lambda _ada, _alice: outbox.suppress("ada@example.org", why="complained"),
    "consent": _takes_permission_back,
    "owner": _is_disabled,
}


@pytest.mark.parametrize("name", ENDS)
def test_it_ends_by_itself_before_a_letter_is_queued(alice, ada, name):
    sequence = started(ada, alice)
    with clock.set_to(MONDAY + timedelta(minutes=1)):
        ENDS[name](ada, alice)
        db.session.flush()
        shown = again(sequence)
    before = len(letters())
    assert advance(MONDAY + timedelta(minutes=2)) == 0
    assert len(letters()) == before
    ended = again(sequence)
    expected = "opted_out" if name == "complained" else name.partition(",")[0]
    assert (ended.ended_why, ended.ended_at is not None) == (expected, True)
    assert shown.story in {"", ended.story}


@pytest.mark.parametrize("name", ENDS)
def test_and_between_queueing_and_the_text(alice, ada, name):
    sequence = started(ada, alice)
    advance(MONDAY)
    later = MONDAY + timedelta(minutes=1)
    with clock.set_to(later):
        ENDS[name](ada, alice)
        db.session.flush()
        if waiting(sequence):  # who unsubscribes takes the letters out of the queue at once
            assert leaves(sequence, later)
    advance(later)
    ended = again(sequence)
    assert not ended.is_running
    assert not any(step.has_left for step in ended.steps)


@pytest.mark.parametrize("state", ["bounced", "complained"])
def test_a_letter_that_comes_back_ends_it(alice, ada, state):
    sequence = started(ada, alice)
    advance(MONDAY)
    leaves(sequence, MONDAY)
    dispatch.learn(letters()[0], state, "550 nobody")
    assert sequences.of(ada).story == sequences.ENDINGS[state]
    assert advance(MONDAY + 14 * DAY) == 0
    assert again(sequence).ended_why == state


@pytest.mark.parametrize(("end", "why"), [("failed", "failed"), ("cancelled", "taken_back")])
def test_so_does_one_that_did_not_leave(alice, ada, end, why):
    sequence = started(ada, alice)
    advance(MONDAY)
    outbox.end(letters()[0], end)
    advance(MONDAY)
    assert again(sequence).ended_why == why


def test_a_letter_written_before_it_was_started_and_leaving_after_ends_nothing(alice, ada):
    with clock.set_to(MONDAY - timedelta(minutes=1)):
        letter = personal_letters.send(ada, subject="Hello", text="By hand", by=alice, intent="by hand")
    sequence = started(ada, alice)
    dispatch.accept(letter, "250 ok")
    assert again(sequence).ended_at is None
    assert sequences.of(ada).is_running


def test_a_note_about_somebody_ends_nothing(alice, ada):
    started(ada, alice)
    touchpoints.log(ada, kind="note", direction="out", text="Moved to Lyon", by=alice)
    assert sequences.of(ada).is_running


def test_after_a_restore_none_runs_on(alice, ada):
    sequence = started(ada, alice)
    assert sequencing.end_all("restored") == 1
    assert again(sequence).ended_why == "restored"


def test_one_that_ended_makes_room_for_another(alice, bob, ada):
    started(ada, alice)
    _replies(ada, alice)
    advance(MONDAY)
    with clock.set_to(MONDAY + DAY):
        assert started(ada, bob, intent="two").is_running


# --- plans


def test_there_are_plans_to_begin_with_and_ones_own(alice, bob, ada):
    own = sequence_plans.add(name="Mine", steps=list(PLAN.steps), by=alice)
    assert [plan.name for plan in sequence_plans.offered(alice)][-1] == "Mine"
    assert "Mine" not in [plan.name for plan in sequence_plans.offered(bob)]
    with pytest.raises(Missing):
        sequence_plans.find(own.id, seen_by=bob)
    sequence_plans.remove(own)
    assert "Mine" not in [plan.name for plan in sequence_plans.offered(alice)]


@pytest.mark.parametrize("plan", sequence_plans.STARTING, ids=lambda plan: plan.key)
def test_the_plans_to_begin_with_can_be_started(alice, ada, plan):
    with clock.set_to(MONDAY - 60 * DAY):
        touchpoints.log(ada, kind="call", direction="out", by=alice)
    sequence = started(ada, alice, plan)
    assert len(sequence.steps) == len(plan.steps)
    assert not any("{" in step.text for step in sequence.steps)


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ([], "steps-0-subject"),
        ([Step(0, subject="a", text="b"), Step(13, subject="a", text="b")], "steps-1-wait_days"),
        ([Step(0, subject="", text="b")], "steps-0-subject"),
        ([Step(0, subject="a", text="b"), Step(20, subject="a", text="In {month}")], "steps-1-text"),
        ([Step(0, subject="a", text="b")] * 6, "name"),
    ],
)
def test_a_plan_has_words_and_enough_time_between_them(alice, steps, field):
    with pytest.raises(Refused) as refusal:
        sequence_plans.add(name="Mine", steps=steps, by=alice)
    assert refusal.value.field == field


def test_who_may_sign_in_again_finds_it_ended(alice, anna, ada):
    sequence = started(ada, alice)
    accounts.disable(alice, by=anna)
    advance(MONDAY)
    accounts.enable(alice, by=anna)
    assert again(sequence).ended_why == "owner"


def test_as_many_questions_for_fifty_people_as_for_one(app, alice):
    people = [make.candidate(alice, f"Nora Number{number}", email=f"nora{number}@example.org") for number in range(50)]
    spoken = Plan("own", "Spoken", (Step(0, subject="Hello", text="We last spoke {last spoke}, {first name}."),))
    for person in people[1:]:
        touchpoints.log(person, kind="call", direction="out", by=alice)
    cadences.pause(people[2], why="quiet", by=alice)
    roles.add(title="Chief Zebra", codename="Zebra", status="sealed", by=alice)
    db.session.flush()
    with statements(app) as one:
        sequencing.propose(people[:1], spoken, by=alice)
    with statements(app) as fifty:
        found = sequencing.propose(people, spoken, by=alice)
    assert len(fifty) == len(one)
    assert [bool(proposal.against) for proposal in found] == [True, False, True, *[False] * 47]
    assert "is paused" in found[2].against


@pytest.mark.parametrize(("personal", "goes"), [(60, True), (3600, False)])
def test_a_letter_keeps_to_the_undo_period_of_its_kind(app, alice, ada, personal, goes):
    """Late in the afternoon it waits for the next morning, where that period would end after work."""
    late = datetime(2026, 3, 5, 16, 30, tzinfo=UTC)
    app.config["FIRST_CALL"] = replace(
        app.config["FIRST_CALL"], undo_seconds=60 if not goes else 3600, undo_seconds_personal=personal
    )
    with clock.set_to(late):
        started(ada, alice)
        assert bool(advancing.advance(late)) is goes


# --- stopped at a bad moment, and held up by another


def test_what_a_worker_holds_and_has_not_handed_over_yet_is_taken_back_with_the_rest(alice, ada):
    started(ada, alice)
    advance(MONDAY)
    letter = letters()[0]
    letter.state, letter.claimed_by, letter.lease_until = "claimed", "worker", MONDAY + DAY
    undone, stopped = sequencing.undo("one", by=alice)
    assert (len(undone), stopped, letter.state) == (1, [], "cancelled")
    assert dispatch.held_by(letter.id, "worker", MONDAY) is None
    assert outbox.troubled(alice) == []


def test_taken_back_late_it_counts_the_letters_that_may_have_gone(alice, ada):
    sequence = started(ada, alice)
    advance(MONDAY)
    leaves(sequence, MONDAY)
    advance(MONDAY + 14 * DAY)
    [letter] = waiting(sequence)
    dispatch.enter_doubt(letter)
    _, [stopped] = sequencing.undo("one", by=alice)
    assert (stopped.handed_over, stopped.gone) == (2, 1)


def test_one_that_failed_did_not_go(alice, ada):
    started(ada, alice)
    advance(MONDAY)
    outbox.end(letters()[0], "failed")
    undone, stopped = sequencing.undo("one", by=alice)
    assert (len(undone), stopped) == (1, [])


def test_stopped_while_a_letter_waits_for_a_better_hour_nothing_is_left_to_see_to(alice, ada):
    sequence = started(ada, alice)
    advance(MONDAY)
    assert leaves(sequence, MONDAY + timedelta(hours=12)) == "later"
    sequencing.stop(sequence, by=alice)
    assert outbox.troubled(alice) == []


def test_what_goes_wrong_with_one_holds_up_nobody_else(alice, bob, ada, caplog):
    broken = started(ada, alice)
    advance(MONDAY)
    leaves(broken, MONDAY)
    broken.steps[1].wait_days = 10**9  # no calendar reaches so far
    other = started(make.candidate(bob, "Nora Ek", email="nora@example.org"), bob, intent="two")
    assert advance(MONDAY) == 1
    assert (again(broken).steps[0].state, len(waiting(other))) == ("queued", 1)
    assert broken.id in caplog.text


def test_a_worker_looks_at_so_many_at_a_time_and_then_at_the_others(alice, monkeypatch):
    monkeypatch.setattr(sequences, "MOST_AT_ONCE", 2)
    for number in range(3):
        person = make.candidate(alice, f"Person {number}", email=f"p{number}@example.org")
        started(person, alice, intent=f"number {number}")
    assert [advance(MONDAY) for _ in range(3)] == [2, 1, 0]
