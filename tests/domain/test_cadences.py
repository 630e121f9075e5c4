"""How often to be in touch, pauses, and what a contact moves."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.db import db
from crm.domain import applications, benches, cadences, candidates, consents, roles, suppressions, tags, touchpoints
from crm.domain.cadences import Pace
from crm.domain.errors import Denied, Refused
from crm.kit import clock
from tests import make

USUAL = Pace(90, 180, "everybody")


@pytest.fixture
def ada(alice):
    return make.candidate(alice)


def on_day(day):
    return clock.set_to(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


def log(person, by, kind="call", direction="out", **more):
    return touchpoints.log(person, kind=kind, direction=direction, by=by, **more)


# --- when next


@pytest.mark.parametrize(
    ("day", "two_way", "spoke", "expected"),
    [
        (date(2027, 11, 30), True, date(2027, 11, 30), date(2028, 2, 28)),
        (date(2027, 12, 1), True, None, date(2028, 2, 29)),
        (date(2028, 2, 29), True, date(2028, 2, 29), date(2028, 5, 29)),
        (date(2027, 3, 28), True, date(2027, 3, 28), date(2027, 6, 26)),  # summer time begins
        (date(2027, 3, 1), False, date(2027, 1, 1), date(2027, 5, 30)),
        (date(2027, 5, 1), False, date(2027, 1, 1), date(2027, 6, 30)),  # 180 days after they spoke
        (date(2027, 6, 20), False, date(2027, 1, 1), date(2027, 7, 20)),  # never less than a third
        (date(2027, 6, 20), False, date(2025, 1, 1), date(2027, 7, 20)),
        (date(2027, 6, 20), False, None, date(2027, 9, 18)),
    ],
)
def test_counted_from_the_last_time_that_both_had_a_part_in(day, two_way, spoke, expected):
    assert cadences.after(USUAL, day, two_way=two_way, last_two_way=spoke) == expected


def test_of_one_day_it_is_the_next_day():
    assert cadences.after(Pace(1, 1, "own"), date(2028, 2, 28), two_way=True, last_two_way=None) == date(2028, 2, 29)


def test_mails_without_an_answer_put_off_for_less_and_less(alice, ada):
    day = date(2027, 1, 1)
    with on_day(day):
        log(ada, alice)
        candidates.call_again(ada, date(2027, 4, 1), "")
    days = []
    while len(days) < 5:
        with on_day(ada.next_on):
            before = clock.today()
            log(ada, alice, kind="mail")
            days.append((ada.next_on - before).days)
    assert days == [90, 30, 30, 30, 30]
    assert "unanswered so far" in ada.next_why


def test_an_answer_makes_it_two_way(alice, ada):
    log(ada, alice, at=clock.now() - timedelta(days=170))
    candidates.call_again(ada, clock.today(), "")
    log(ada, alice, kind="mail")
    assert ada.next_on == make.in_days(30)
    log(ada, alice, kind="mail", direction="in")
    assert ada.next_on == make.in_days(90)
    assert "unanswered" not in ada.next_why


@pytest.mark.parametrize(("kind", "direction", "expected"), [
    ("call", "out", True), ("meeting", "out", True), ("mail", "in", True), ("thank_you", "in", True),
    ("mail", "out", False), ("useful", "out", False), ("note", "in", False), ("note", "out", False),
])  # fmt: skip
def test_what_counts_as_both(alice, ada, kind, direction, expected):
    log(ada, alice, kind=kind, direction=direction, text="words")
    assert (ada.last_two_way_at is not None) is expected
    assert (ada.warmth == "warm") is expected


def test_ours_and_theirs_are_kept_apart_and_recalled(alice, ada):
    now = clock.now()
    log(ada, alice, kind="call", at=now - timedelta(days=100))
    log(ada, alice, kind="mail", direction="in", at=now - timedelta(days=50))
    kept = (ada.last_in_at, ada.last_out_at, ada.last_two_way_at, ada.last_contact_at, ada.last_contact_kind)
    mistaken = log(ada, alice, kind="mail")
    assert ada.last_out_at == ada.last_contact_at > ada.last_in_at == ada.last_two_way_at
    touchpoints.take_back(mistaken, ada, by=alice)
    assert (ada.last_in_at, ada.last_out_at, ada.last_two_way_at, ada.last_contact_at, ada.last_contact_kind) == kept


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ([], "Cold: no contact on record yet."),
        ([("mail", "out", 3, 1)], "Cold: you have not heard from them yet. You last wrote on 1 March."),
        ([("call", "out", 3, 3)], "Cooling: you last spoke on 3 March."),
        ([("call", "out", 3, 3), ("mail", "out", 6, 1)], "Cooling: you last spoke on 3 March. You last wrote in June."),
        ([("mail", "in", 5, 20), ("mail", "out", 6, 1)],
         "Warm: they were last in touch on 20 May. You last wrote in June."),
        ([("mail", "in", 2, 1), ("call", "out", 5, 1)],
         "Warm: you last spoke on 1 May. They last wrote in February."),
    ],
)  # fmt: skip
def test_the_sentence_behind_the_warmth(alice, ada, said, sentence):
    with on_day(date(2027, 6, 25)):
        for kind, direction, month, day in said:
            log(ada, alice, kind=kind, direction=direction, at=datetime(2027, month, day, tzinfo=UTC))
        assert ada.warmth_why == sentence


# --- which cadence


def test_own_before_the_shortest_default_before_everybody(alice, anna, ada):
    assert cadences.of(ada) == USUAL
    cadences.set_default("everybody", target_days=100, latest_days=200, by=anna)
    assert cadences.of(ada) == Pace(100, 200, "everybody")
    benches.add(make.role(alice), ada, by=alice)
    assert cadences.of(ada) == Pace(100, 200, "bench")
    slow, quick = (tags.apply(ada, name, by=alice) for name in ("slow", "quick"))
    cadences.set_default(slow.id, target_days=120, latest_days=300, by=anna, tag_id=slow.id)
    assert cadences.of(ada).source == "bench"
    cadences.set_default(quick.id, target_days=40, latest_days=50, by=anna, tag_id=quick.id)
    assert cadences.of(ada) == Pace(40, 50, "tag", "quick")
    cadences.set_own(ada, target_days=None, latest_days=30, by=alice)
    assert cadences.of(ada) == Pace(30, 30, "own")
    cadences.set_own(ada, target_days=400, latest_days=None, by=alice)
    assert cadences.of(ada) == Pace(400, 400, "own")
    cadences.set_own(ada, target_days=None, latest_days=None, by=alice)
    cadences.drop_default(quick.id, by=anna)
    assert cadences.of(ada).source == "bench"


def test_who_is_kept_warm_gets_a_date(alice, anna, ada):
    tag = tags.apply(ada, "Streaming", by=alice)
    assert ada.next_on is None
    cadences.set_default(tag.id, target_days=60, latest_days=90, by=anna, tag_id=tag.id)
    bo, cy = (make.candidate(alice, name, email="") for name in ("Bo", "Cy"))
    tags.apply(bo, "streaming", by=alice)
    benches.add(make.role(alice), cy, by=alice)
    assert (bo.next_on, cy.next_on) == (make.in_days(60), make.in_days(90))
    assert bo.next_by_cadence
    log(ada, alice)
    assert ada.next_on == make.in_days(60)


def test_after_a_long_silence_nobody_is_due_at_once(alice, ada):
    log(ada, alice, at=clock.now() - timedelta(days=700))
    benches.add(make.role(alice), ada, by=alice)
    assert ada.next_on == make.in_days(30)


def test_who_is_let_go_or_paused_or_asked_for_no_mail_gets_none(alice):
    people = [make.candidate(alice, f"P{n}", email=f"p{n}@example.org") for n in range(4)]
    candidates.let_go(people[0], by=alice)
    cadences.pause(people[1], why="quiet", by=alice)
    suppressions.add("p2+old@example.org", why="unsubscribed")
    candidates.archive(people[3], by=alice)
    role = make.role(alice)
    for person in people:
        benches.add(role, person, by=alice)
        log(person, alice)
        assert person.next_on is None, person.full_name
        assert cadences.stands_against(person)


def test_a_cadence_of_ones_own_moves_the_date_that_a_cadence_set(alice, ada):
    cadences.set_own(ada, target_days=30, latest_days=60, by=alice)
    assert ada.next_on == make.in_days(30)
    cadences.set_own(ada, target_days=60, latest_days=60, by=alice)
    assert ada.next_on == make.in_days(60)
    candidates.set_next(ada, make.in_days(5), by=alice)
    cadences.set_own(ada, target_days=90, latest_days=90, by=alice)
    assert ada.next_on == make.in_days(5)


@pytest.mark.parametrize(("target", "latest", "field"), [
    (0, 10, "target_days"), (-1, None, "target_days"), (10, 9, "latest_days"), (None, 99_999, "latest_days"),
    (99_999_999, None, "target_days"),
])  # fmt: skip
def test_days_that_make_no_sense_are_refused(alice, ada, target, latest, field):
    with pytest.raises(Refused) as refusal:
        cadences.set_own(ada, target_days=target, latest_days=latest, by=alice)
    assert refusal.value.field == field
    assert (ada.target_days, ada.latest_days) == (None, None)


def test_defaults_are_of_the_office(alice, ada):
    with pytest.raises(Denied):
        cadences.set_default("everybody", target_days=30, latest_days=60, by=alice)
    with pytest.raises(Denied):
        cadences.drop_default("bench", by=alice)


# --- pauses


def test_paused_and_over_by_itself_on_the_day(alice, ada):
    candidates.call_again(ada, make.in_days(3), "to call")
    cadences.pause(ada, why="quiet", until=make.in_days(40), by=alice)
    assert ada.is_paused
    assert ada.next_on == make.in_days(40)
    assert "asked for quiet, until" in cadences.stands_against(ada)
    with clock.set_to(clock.now() + timedelta(days=40)):
        assert not ada.is_paused
        assert not cadences.stands_against(ada)
    cadences.undo_pause(ada, by=alice)
    assert (ada.is_paused, ada.next_on, ada.next_why) == (False, make.in_days(3), "to call")


def test_a_date_after_the_pause_stays(alice, ada):
    candidates.call_again(ada, make.in_days(90), "to call")
    cadences.pause(ada, why="quiet", until=make.in_days(40), by=alice)
    assert (ada.next_on, ada.next_why) == (make.in_days(90), "to call")


def test_resumed_the_date_is_as_it_was_or_today(alice, ada):
    candidates.call_again(ada, make.in_days(-3), "to call")
    cadences.pause(ada, why="hired_elsewhere", by=alice)
    assert ada.next_on == make.in_days(-3)
    cadences.resume(ada, by=alice)
    assert (ada.next_on, ada.next_why, ada.is_paused) == (clock.today(), "to call", False)
    cadences.undo_pause(ada, by=alice)
    assert ada.is_paused
    cadences.undo_pause(ada, by=alice)
    assert ada.is_paused  # once


def test_another_pause_forgets_neither_the_date_nor_the_way_back(alice, ada):
    candidates.call_again(ada, make.in_days(3), "to call")
    cadences.pause(ada, why="quiet", until=make.in_days(40), by=alice)
    cadences.pause(ada, why="quiet", until=make.in_days(80), by=alice)
    assert ada.next_on == make.in_days(80)
    cadences.undo_pause(ada, by=alice)
    assert (ada.paused_until, ada.next_on) == (make.in_days(40), make.in_days(40))
    cadences.pause(ada, why="quiet", until=make.in_days(20), by=alice)
    db.session.flush()
    db.session.expire(ada)
    assert ada.next_on == make.in_days(40)  # the way back to the third day is gone, never its promise of quiet


def test_a_date_chosen_or_logged_in_a_pause_waits_for_its_end(alice, ada):
    cadences.pause(ada, why="quiet", until=make.in_days(200), by=alice)
    candidates.set_next(ada, make.in_days(5), by=alice)
    assert ada.next_on == make.in_days(200)
    log(ada, alice)
    assert ada.next_on == make.in_days(200)
    cadences.resume(ada, by=alice)
    assert not ada.is_paused


@pytest.mark.parametrize("days", [0, -1, 5 * 366 + 1])
def test_a_pause_ends_some_time_to_come(alice, ada, days):
    with pytest.raises(Refused) as refusal:
        cadences.pause(ada, why="quiet", until=make.in_days(days), by=alice)
    assert refusal.value.field == "until"
    with pytest.raises(Refused):
        cadences.pause(ada, why="whim", by=alice)


def test_who_took_the_permission_back_is_not_reminded_of(alice, ada):
    given = consents.record(ada, purpose="contact", evidence="mail", by=alice)
    assert not cadences.stands_against(ada)
    consents.withdraw(given, by=alice)
    db.session.flush()
    assert "permission" in cadences.stands_against(ada)


def test_mail_that_came_back_stops_no_reminder(alice, ada):
    suppressions.add("ada@example.org", why="bounced")
    assert not cadences.stands_against(ada)


def test_a_hire_ends_it_until_it_falls_through_or_somebody_chooses_again(alice, ada):
    candidates.set_next(ada, make.in_days(5), by=alice)
    role = make.role(alice)
    hire = roles.record_hire(role, by=alice, candidate_id=ada.id)
    db.session.flush()
    assert "hired here" in cadences.stands_against(ada)
    hire.fell_on = clock.today()
    assert not cadences.stands_against(ada)
    hire.fell_on = None
    with clock.set_to(clock.now() + timedelta(days=800)):
        candidates.set_next(ada, make.in_days(5), by=alice)
        assert not cadences.stands_against(ada)
        log(ada, alice)
        assert not cadences.stands_against(ada)


@pytest.mark.parametrize(("decided", "status"), [(-2, "filled"), (0, "closed"), (-2, "open")])
def test_a_hire_counts_from_when_it_was_written_down(alice, ada, decided, status):
    """On Monday it was decided, on Tuesday somebody snoozed, on Wednesday it is recorded: or all on one day."""
    with clock.set_to(clock.now() - timedelta(days=1) if decided else clock.now() - timedelta(seconds=1)):
        candidates.set_next(ada, make.in_days(30), by=alice)
    role = make.role(alice)
    applications.put(ada, role, by=alice, disposition="hired", decided_on=make.in_days(decided))
    roles.set_status(role, status)
    assert "hired here" in cadences.stands_against(ada)
    with clock.set_to(clock.now() + timedelta(seconds=1)):
        candidates.set_next(ada, make.in_days(30), by=alice)
        applications.put(ada, role, by=alice, reason="Only a word of it was mended")
        assert not cadences.stands_against(ada)


def test_a_hire_that_came_from_elsewhere_has_only_its_day(alice, ada):
    candidates.set_next(ada, make.in_days(30), by=alice)
    role = make.role(alice)
    applications.put(ada, role, by=alice, disposition="hired", decided_on=make.in_days(-1)).decided_at = None
    assert not cadences.stands_against(ada)
    applications.put(ada, role, by=alice, decided_on=clock.today())
    assert "hired here" in cadences.stands_against(ada)


def test_a_hire_for_a_sealed_role_is_known_to_nobody_else(alice, ada):
    sealed = make.role(alice, "Falconer", status="sealed")
    applications.put(ada, sealed, by=alice, disposition="hired")
    assert not cadences.stands_against(ada)


# --- until they answer


def test_snoozed_until_they_answer(alice, ada):
    log(ada, alice, at=clock.now() - timedelta(days=100))
    candidates.call_again(ada, clock.today(), "to call")
    cadences.wait_for_reply(ada, by=alice)
    assert ada.next_on == make.in_days(80)
    assert "no answer came since" in ada.next_why
    answer = log(ada, alice, kind="mail", direction="in", text="Yes")
    assert (ada.next_on, ada.awaits_reply_since) == (make.in_days(90), None)
    touchpoints.take_back(answer, ada, by=alice)
    assert ada.next_on == make.in_days(80)
    assert ada.awaits_reply_since is not None


def test_an_answer_moves_it_even_to_an_earlier_day(alice, ada):
    cadences.wait_for_reply(ada, by=alice)
    assert ada.next_on == make.in_days(180)
    log(ada, alice, kind="mail", direction="in")
    assert ada.next_on == make.in_days(90)


def test_a_mail_of_long_ago_is_no_answer(alice, ada):
    cadences.wait_for_reply(ada, by=alice)
    log(ada, alice, kind="mail", direction="in", at=clock.now() - timedelta(days=9))
    assert ada.awaits_reply_since is not None
    assert ada.next_on == make.in_days(180)
