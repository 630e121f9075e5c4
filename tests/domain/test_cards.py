"""The morning card: when it goes, who stands on it, and that there is one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from crm.db import db, unit_of_work
from crm.domain import (
    accounts,
    cadences,
    candidates,
    card_acts,
    card_people,
    cards,
    erasing,
    inbox,
    outbox,
    promises,
    roles,
    sending,
    suppressions,
    users,
)
from crm.domain.cards import Card
from crm.domain.errors import Refused
from crm.domain.outbox import Letter
from crm.kit import clock, tokens
from tests import make, people

MONDAY = date(2026, 12, 7)


def at(day=MONDAY, hour=7, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def due(by, name="Ada Byron", days=0, **more):
    """Somebody due since that many days before the Monday."""
    person = make.candidate(by, name, email=f"{name.split()[0].lower()}@example.org", **more)
    candidates.call_again(person, MONDAY - timedelta(days=days), "you wanted to call again then")
    db.session.flush()
    return person


def queue(moment):
    with clock.set_to(moment):
        return cards.queue_due(moment)


def settings(user, rhythm="weekly", weekday=0, hour=7, people=3):
    with clock.set_to(at(MONDAY - timedelta(days=400))):
        cards.set_rhythm(user, rhythm, weekday=weekday, hour=hour, people=people)


def letters():
    return list(db.session.scalars(select(Letter).where(Letter.kind == "card").order_by(Letter.id)))


# --- when


def test_a_card_goes_on_monday_at_seven_and_only_once(alice):
    due(alice)
    assert queue(at(hour=6, minute=59)) == 0
    assert queue(at()) == 1
    assert queue(at(minute=1)) == queue(at(hour=20)) == 0
    [letter] = letters()
    assert (letter.to_address, letter.by_id) == (people.address("alice"), alice.id)


def test_nothing_due_no_mail_and_the_day_is_over(alice):
    assert queue(at()) == 0
    due(alice)
    assert queue(at(hour=8)) == 0
    assert queue(at(MONDAY + timedelta(days=1))) == 0
    assert queue(at(MONDAY + timedelta(days=7))) == 1


@pytest.mark.parametrize(("rhythm", "expected"), [("weekly", 1), ("daily", 5), ("off", 0)])
def test_a_week_minute_by_minute_of_the_worker(alice, rhythm, expected):
    settings(alice, rhythm)
    due(alice)
    begun = at(hour=0)
    moments = [begun + timedelta(minutes=20 * number) for number in range(7 * 24 * 3)]
    assert sum(queue(moment) for moment in moments) == expected


def test_a_daily_card_leaves_the_weekend_alone(alice):
    settings(alice, "daily")
    due(alice)
    days = [day for number in range(14) if queue(at(day := MONDAY + timedelta(days=number), hour=9))]
    assert {day.weekday() for day in days} == {0, 1, 2, 3, 4}
    assert len(days) == 10


@pytest.mark.parametrize("rhythm", ["weekly", "daily"])
def test_a_worker_that_slept_three_days_sends_one(alice, rhythm):
    settings(alice, rhythm)
    due(alice)
    thursday = MONDAY + timedelta(days=3)
    assert queue(at(thursday, hour=6)) == 0
    assert [queue(at(thursday, hour)) for hour in (7, 8, 23)] == [1, 0, 0]
    if rhythm == "weekly":
        assert [queue(at(MONDAY + timedelta(days=days), 9)) for days in (4, 5, 6)] == [0, 0, 0]
    assert queue(at(MONDAY + timedelta(days=7))) == 1


def test_a_weekly_card_that_missed_its_week_is_not_made_up_for(alice):
    settings(alice, weekday=4)
    due(alice)
    assert [queue(at(MONDAY + timedelta(days=days), 9)) for days in (5, 6, 7, 8)] == [0, 0, 0, 0]
    assert queue(at(MONDAY + timedelta(days=11), 9)) == 1


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("Asia/Kolkata", at(hour=1, minute=30)),
        ("Asia/Kathmandu", at(hour=1, minute=15)),
        ("Pacific/Auckland", at(MONDAY - timedelta(days=1), hour=18)),
        ("America/Los_Angeles", at(hour=15)),
        ("Pacific/Marquesas", at(hour=16, minute=30)),
    ],
)
def test_the_hour_is_that_of_the_readers_own_clock(alice, zone, moment):
    users.set_time_zone(alice, zone)
    due(alice)
    assert queue(moment - timedelta(minutes=1)) == 0
    assert queue(moment) == 1
    assert db.session.scalar(select(Card.for_on)) == MONDAY


@pytest.mark.parametrize(
    ("hour", "moment"),
    [(2, datetime(2027, 3, 28, 1, 0, tzinfo=UTC)), (3, datetime(2027, 3, 28, 1, 0, tzinfo=UTC))],
)
def test_an_hour_that_the_clocks_skip_counts_as_the_one_after(alice, hour, moment):
    """In Stockholm it is two and at once three."""
    users.set_time_zone(alice, "Europe/Stockholm")
    settings(alice, weekday=6, hour=hour)
    due(alice)
    assert queue(moment - timedelta(minutes=1)) == 0
    assert queue(moment) == 1
    assert sum(queue(moment + timedelta(minutes=10 * number)) for number in range(60)) == 0


def test_an_hour_that_comes_twice_brings_one_card(alice):
    users.set_time_zone(alice, "Europe/Stockholm")
    settings(alice, weekday=6, hour=2)
    due(alice)
    begun = datetime(2027, 10, 31, 0, 0, tzinfo=UTC)
    assert [queue(begun + timedelta(minutes=30 * number)) for number in range(5)] == [1, 0, 0, 0, 0]


def test_what_was_chosen_after_the_hour_holds_from_the_next_card_on(alice):
    due(alice)
    with clock.set_to(at(hour=10)):
        cards.set_rhythm(alice, "weekly", weekday=0, hour=7, people=3)
    assert [queue(at(hour=11)), queue(at(MONDAY + timedelta(days=1)))] == [0, 0]
    assert queue(at(MONDAY + timedelta(days=7))) == 1


def test_another_day_of_the_same_week_brings_no_second_card(alice):
    due(alice)
    assert queue(at()) == 1
    with clock.set_to(at(hour=12)):
        cards.set_rhythm(alice, "weekly", weekday=3, hour=7, people=3)
    assert queue(at(MONDAY + timedelta(days=3))) == 0
    assert queue(at(MONDAY + timedelta(days=10))) == 1


def test_nobody_gets_one_who_cannot_sign_in_or_asked_for_no_mail(alice, bob, anna):
    for user in (alice, bob, anna):
        due(user, f"{user.first_name}s Person")
    accounts.disable(alice, by=anna)
    outbox.suppress(bob.email, why="unsubscribed")
    assert queue(at()) == 1
    assert [letter.to_name for letter in letters()] == [anna.name]


def test_while_the_outbox_is_frozen_the_day_passes_without_a_card(alice):
    """A backup was brought back: this morning's card may have gone already."""
    due(alice)
    sending.freeze("a backup was restored")
    assert queue(at()) == 0
    sending.release()
    assert queue(at(hour=8)) == 0
    assert queue(at(MONDAY + timedelta(days=7))) == 1


@pytest.mark.parametrize(
    "wrong", [{"rhythm": "hourly"}, {"weekday": 7}, {"weekday": -1}, {"hour": 24}, {"people": 0}, {"people": 11}]
)
def test_settings_that_mean_nothing_are_refused(alice, wrong):
    given = {"rhythm": "weekly", "weekday": 0, "hour": 7, "people": 3} | wrong
    with pytest.raises(Refused):
        cards.set_rhythm(alice, given.pop("rhythm"), **given)
    assert alice.card_set_at is None


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "europe/stockholm"])
def test_a_zone_that_is_none_is_refused(alice, zone):
    with pytest.raises(Refused):
        users.set_time_zone(alice, zone)


# --- two workers


def test_two_workers_at_once_make_one_card(app):
    with app.app_context(), unit_of_work(writes=True):
        due(users.by_email(people.address("alice")))
    begun = []
    with app.app_context(), clock.set_to(at()):
        with unit_of_work(writes=True):
            found = cards.due(at())
            begun = [(user.id, day) for user, day in found]
        for _ in range(2):  # both have seen that there is none
            with unit_of_work(writes=True):
                for user_id, day in begun:
                    cards.queue(users.find(user_id), day)
        with unit_of_work(writes=False):
            count = db.session.scalar(select(func.count()).select_from(Letter).where(Letter.kind == "card"))
            assert (count, db.session.scalar(select(func.count()).select_from(Card))) == (1, len(begun))


# --- who stands on it


def face(user, moment=None):
    with clock.set_to(moment or at()):
        return card_people.face(user, cards.today_of(user))


def names(user, **more):
    return [one.candidate.full_name for one in face(user, **more).people]


def test_promises_come_before_due_people_and_the_longest_waiting_first(alice):
    due(alice, "Late Person", days=30)
    due(alice, "Later Person", days=60)
    promised = make.candidate(alice, "Tomas Rey", email="tomas@example.org")
    with clock.set_to(at(MONDAY - timedelta(days=60))):
        promises.make(promised, text="I call in December", due_on=MONDAY + timedelta(days=2), by=alice)
    assert names(alice) == ["Tomas Rey", "Later Person", "Late Person"]
    assert face(alice).people[0].news == ("You promised “I call in December”, due on 9 December",)


@pytest.mark.parametrize("most", [1, 3, 10])
def test_at_most_so_many_and_the_others_are_counted(alice, most):
    settings(alice, people=most)
    for number in range(12):
        due(alice, f"Person{number} Due", days=number)
    shown = face(alice)
    assert (len(shown.people), shown.more) == (most, 12 - most)


def test_nobody_stands_on_it_who_is_not_to_be_reminded_of(alice, bob):
    due(alice, "Kept Person")
    candidates.archive(due(alice, "Archived Person"), by=alice)
    candidates.let_go(due(alice, "Released Person"), by=alice)
    candidates.delete(due(alice, "Deleted Person"), by=alice)
    suppressions.add(due(alice, "Silent Person").email, why="unsubscribed")
    cadences.pause(due(alice, "Paused Person"), why="quiet", by=alice)
    hired = due(alice, "Hired Person")
    roles.record_hire(make.role(alice, "Analyst"), by=alice, candidate_id=hired.id)
    due(bob, "Bobs Person")
    due(bob, "Hidden Person", visibility="owner")
    later = make.candidate(alice, "Later Person", email="l@example.org")
    candidates.call_again(later, MONDAY + timedelta(days=1), "later")
    assert names(alice) == ["Kept Person"]


def test_a_sealed_role_is_told_nowhere(alice):
    role = make.role(
        alice, "Head of Zanzibarite", status="sealed", codename="Project Quokka", marked_terms=["obsidian"]
    )
    person = due(alice)
    make.near_miss(person, role, alice, sentence="Right for Project Quokka.")
    candidates.call_again(person, MONDAY, "when obsidian begins")
    with clock.set_to(at(MONDAY - timedelta(days=9))):
        promises.make(person, text="to talk about obsidian", due_on=MONDAY, by=alice)
    [shown] = face(alice).people
    told = repr((shown.headline, shown.news, shown.reason, shown.debrief, shown.draft)).lower()
    assert not [word for word in ("zanzibarite", "quokka", "obsidian") if word in told]
    assert shown.news == ("You promised something, due today",)


def answered(person, by, text="Still interested. My notice is six weeks now."):
    mail = inbox.Mail(
        identity=tokens.new_id(), message_id=f"<{tokens.new_id()}@example.org>", kind="reply",
        from_address=person.email, from_name=person.full_name, subject="Re: hello", text=text, status="", said="",
        at=clock.now(), enclosures=(),
    )  # fmt: skip
    arrival = inbox.keep(mail, letter=None, candidate_id=person.id, user=by)
    inbox.answered(arrival, None, user=by)
    db.session.flush()
    return arrival


def test_answers_come_first_and_done_puts_them_aside_until_it_is_undone(alice):
    due(alice, "Late Person", days=30)
    mira = make.candidate(alice, "Mira Halvorsen", email="mira@example.org")
    with clock.set_to(at(MONDAY - timedelta(days=2))):
        arrival = answered(mira, alice)
    assert names(alice) == ["Mira Halvorsen", "Late Person"]
    assert face(alice).people[0].news == ("Mira Halvorsen answered: “Still interested. My notice is six weeks now.”",)
    with clock.set_to(at()):
        card = cards.for_delivery(cards.queue(alice, MONDAY))
        cards.mint(card, {f"{mira.id} done": "token"})
        db.session.flush()
        link, person = card_acts.find("token")
        card_acts.act(link, person)
        assert (arrival.seen_at, names(alice)) == (at(), ["Late Person"])
        card_acts.undo(link, person)
        db.session.flush()
    assert names(alice) == ["Mira Halvorsen", "Late Person"]


def test_an_answer_about_somebody_hidden_or_paused_is_not_told(alice):
    for name, act in (("Mira Halvorsen", lambda one: cadences.pause(one, why="quiet", by=alice)),
                      ("Nora Okafor", lambda one: candidates.archive(one, by=alice))):  # fmt: skip
        person = make.candidate(alice, name, email=f"{name.split()[0].lower()}@example.org")
        answered(person, alice)
        act(person)
    assert names(alice, moment=clock.now()) == []


def test_the_draft_is_a_letter_to_them_and_names_no_promise(alice):
    person = due(alice, "Nora Okafor")
    with clock.set_to(at(MONDAY - timedelta(days=9))):
        promises.make(person, text="a call about the lead role", due_on=MONDAY, by=alice)
    [shown] = face(alice).people
    assert shown.draft.startswith("Dear Nora,")
    assert "lead role" not in shown.draft
    assert alice.name in shown.draft


# --- what is kept of it


def test_old_cards_go_with_their_letters(alice):
    due(alice)
    queue(at())
    cards.sweep(at(MONDAY + timedelta(days=59)))
    assert letters()
    cards.sweep(at(MONDAY + timedelta(days=61)))
    db.session.expire_all()
    assert letters() == []
    assert db.session.scalars(select(Card)).all() == []


def test_erasing_somebody_takes_the_cards_along_that_told_of_them(alice):
    person = due(alice)
    queue(at())
    [letter] = letters()
    cards.mint(cards.for_delivery(letter), {f"{person.id} done": "token"})
    db.session.flush()
    erasing.erase(person)
    db.session.expire_all()
    assert letters() == []


def test_the_database_is_what_keeps_it_to_one(alice):
    due(alice)
    with clock.set_to(at()):
        assert cards.queue(alice, MONDAY) is not None
        assert cards.queue(alice, MONDAY) is None
        assert cards.queue(alice, MONDAY + timedelta(days=1)) is not None
    assert len(letters()) == 2
