"""Today: who is due to whom, why, and what comes next."""

from crm.db import db
from crm.domain import cadences, candidates, forwards, promises, sharing, tags, today, useful
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
    sharing.answer(forward, "talk", "This week, please.")
    db.session.flush()
    assert today.of(alice).answers == [forward]
    assert today.of(bob).answers == []
    forwards.see_answer(forward, by=alice)
    db.session.flush()
    assert today.of(alice).answers == []


def test_a_promise_comes_before_its_date_among_the_people_who_are_coming(alice):
    due(alice, "Fifth", 5)
    for name, days in (("Third", 3), ("Fourteenth", 14), ("Later", 15)):
        promises.make(make.candidate(alice, name, email=""), text="to call", due_on=make.in_days(days), by=alice)
    day = today.of(alice)
    assert (day.promised, day.due, day.is_empty) == ([], [], True)
    told = [(one.candidate.full_name, bool(one.promise)) for one in day.coming]
    assert told == [("Third", True), ("Fifth", False), ("Fourteenth", True)]
    assert day.next.candidate.full_name == "Third"


def test_who_comes_for_a_promise_does_not_come_for_a_later_date_as_well(alice):
    ada, grace = due(alice, days=9), due(alice, "Grace Hopper", days=5)
    promises.make(ada, text="the article", due_on=make.in_days(7), by=alice)
    promises.make(grace, text="the book", due_on=make.in_days(8), by=alice)
    told = [(one.candidate, one.promise.text if one.promise else "") for one in today.of(alice).coming]
    assert told == [(grace, ""), (ada, "the article"), (grace, "the book")]


def test_what_is_said_beside_who_is_due_is_not_said_again_below(alice):
    ada = due(alice)
    for number in range(today.MOST_TO_BRING + 1):
        promises.make(ada, text=f"article {number}", due_on=make.in_days(3 + number), by=alice)
    day = today.of(alice)
    assert [promise.text for promise in day.due[0].to_bring] == ["article 0", "article 1"]
    assert [one.promise.text for one in day.coming] == ["article 2"]


def test_who_is_paused_is_reminded_of_by_no_promise_either(alice):
    ada = make.candidate(alice)
    promises.make(ada, text="to call", due_on=make.in_days(3), by=alice)
    cadences.pause(ada, why="quiet", by=alice)
    assert today.of(alice).coming == []


def test_something_useful_to_bring_stands_beside_who_is_due(alice, bob):
    ada = due(alice)
    tags.apply(ada, "streams", by=alice)
    useful.add(title="Bob's own", link="https://example.org/b", by=bob, tag_names=["streams"], visibility="private")
    guide = useful.add(title="A guide", link="https://example.org/a", by=alice, tag_names=["streams"])
    assert today.of(alice).due[0].could_bring is guide
    useful.put_away(guide, by=alice)
    assert today.of(alice).due[0].could_bring is None
