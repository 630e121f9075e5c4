"""Today: who is due to whom, why, and what comes next."""

from crm.db import db
from crm.domain import candidates, forwards, today
from crm.kit import clock
from tests import make


def due(by, name="Ada Byron", days=0, why=today.USUAL):
    person = make.candidate(by, name, email="")
    candidates.call_again(person, make.in_days(days), why)
    db.session.flush()
    return person


def test_who_is_due_stands_there_with_the_reason(alice):
    ada = due(alice, days=-1)
    make.near_miss(ada, make.role(alice), alice, call_again_on=clock.today())
    db.session.flush()
    [found] = today.of(alice).due
    assert found.candidate is ada
    assert str(found.near_miss).startswith("nearly Head of Data")
    assert (found.sentence, found.reason) == ("Ran the better case.", "")
    assert found.last_contact == "No contact on record yet"


def test_a_reason_of_ones_own_is_told(alice):
    due(alice, why="after her holiday")
    assert today.of(alice).due[0].reason == "after her holiday"


def test_longest_waiting_first_then_what_is_coming(alice):
    names = [("Later", 5), ("Longest", -9), ("Today", 0), ("Far off", 40)]
    for name, days in names:
        due(alice, name, days)
    day = today.of(alice)
    assert [one.candidate.full_name for one in day.due] == ["Longest", "Today"]
    assert [one.candidate.full_name for one in day.coming] == ["Later"]
    assert day.next.candidate.full_name == "Later"
    assert today.count_due(alice) == 2


def test_what_is_far_off_is_next_but_not_coming(alice):
    due(alice, days=40)
    day = today.of(alice)
    assert (day.is_empty, day.coming, day.has_people) == (True, [], True)
    assert day.next.on == make.in_days(40)


def test_many_due_are_counted_beyond_the_page(alice):
    for number in range(today.MOST_DUE + 3):
        due(alice, f"Person {number}")
    day = today.of(alice)
    assert (len(day.due), day.more_due) == (today.MOST_DUE, 3)


def test_reminders_never_fire_for_who_is_archived_deleted_or_let_go(alice):
    candidates.archive(due(alice, "Archived"), by=alice)
    candidates.delete(due(alice, "Deleted"), by=alice)
    candidates.let_go(due(alice, "Let go"), by=alice)
    db.session.flush()
    day = today.of(alice)
    assert (day.due, day.coming, day.next) == ([], [], None)
    assert today.count_due(alice) == 0


def test_people_of_others_are_not_mine_to_write_to(alice, bob):
    due(bob)
    day = today.of(alice)
    assert (day.due, day.has_people) == ([], False)


def test_an_answer_stands_there_until_it_is_seen(alice, bob):
    forward = make.forward(alice)
    make.delivered(forward)
    forwards.answer(forward, "talk", "This week, please.")
    db.session.flush()
    assert today.of(alice).answers == [forward]
    assert today.of(bob).answers == []
    forwards.see_answer(forward, by=alice)
    db.session.flush()
    assert today.of(alice).answers == []
