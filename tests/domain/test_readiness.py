"""Who can be called today, in sentences, and by how few questions."""

from datetime import timedelta

import pytest

from crm.db import db
from crm.domain import (
    benches,
    cadences,
    candidates,
    closings,
    consents,
    door_sayings,
    promises,
    readiness,
    roles,
    suppressions,
    touchpoints,
)
from crm.domain.benches import Seat
from crm.domain.candidates import Facts
from crm.domain.closings import Hired
from crm.kit import clock, words
from tests import make
from tests.structure.workspace import statements

MOST_STATEMENTS = 4


@pytest.fixture
def role(alice):
    return make.role(alice)


@pytest.fixture
def ada(alice, role):
    """Nothing stands against her."""
    person = make.candidate(alice, phones=["+46 70 123 45 67"], availability="from June", notice_period="six weeks")
    make.near_miss(person, role, alice)
    touchpoints.log(person, kind="call", direction="out", by=alice)
    consents.record(person, purpose="contact", evidence="said so", by=alice)
    benches.put(role, [Seat(person, "", make.in_days(30))], by=alice)
    return person


def ask(role, person, viewer):
    db.session.flush()
    return readiness.of(role, [person], seen_by=viewer)[person.id]


def later(days):
    return clock.set_to(clock.now() + timedelta(days=days))


def test_nothing_stands_against_a_call(alice, role, ada):
    found = ask(role, ada, alice)
    assert (found.blockers, found.faded, found.word) == ([], [], "ready")
    assert found.remarks == ["Last heard from them just now.", "They said: from June; six weeks (said today)."]


def test_fifty_people_take_no_more_questions_than_one(app, alice, role):
    people = []
    for number in range(50):
        person = make.candidate(alice, f"Person {number}", email=f"p{number}@example.org", phones=["+46 70 123 45 67"])
        make.near_miss(person, role, alice, sentence="x")
        touchpoints.log(person, kind="mail", direction="in", by=alice)
        consents.record(person, purpose="contact", evidence="said so", by=alice)
        promises.make(person, text="call", due_on=make.in_days(9), by=alice)
        people.append(person)
    suppressions.add("p7@example.org", why="bounced")
    door_sayings.took_job(people[0], None)
    door_sayings.interested(people[1])
    benches.put(role, [Seat(person) for person in people], by=alice)
    db.session.flush()
    asked = {}
    for count in (1, 50):
        db.session.expunge_all()
        ids = [person.id for person in people[:count]]
        found = [candidates.find(one, seen_by=alice) for one in ids]
        opening = roles.find(role.id, seen_by=alice)
        with statements(app) as ran:
            told = readiness.of(opening, found, seen_by=alice)
        asked[count] = len(ran)
        assert all("Promised" in one.remarks[-1] for one in told.values())
    assert asked[50] == asked[1] <= MOST_STATEMENTS


# --- what stands against it


def test_a_withdrawn_permission_does(alice, role, ada):
    (consent,) = db.session.scalars(consents.of(ada))
    consents.withdraw(consent, by=alice)
    assert ask(role, ada, alice).blockers[0].startswith("Took back the permission to be contacted on")


def test_a_new_permission_heals_it(alice, role, ada):
    (consent,) = db.session.scalars(consents.of(ada))
    consents.withdraw(consent, by=alice)
    consents.record(ada, purpose="contact", evidence="changed her mind", by=alice)
    assert ask(role, ada, alice).is_ready


def test_a_permission_that_ran_out_does(alice, role):
    bo = make.candidate(alice, "Bo")
    consents.record(bo, purpose="contact", evidence="said so", until=make.in_days(1), by=alice)
    assert ask(role, bo, alice).blockers == []
    with later(2):
        assert "ran out" in ask(role, bo, alice).blockers[0]


def test_who_was_never_asked_applied_here(alice, role):
    found = ask(role, make.candidate(alice, "Bo"), alice)
    assert found.blockers == []
    assert "No permission to be contacted is on record; they applied here." in found.remarks


def test_without_any_address_nobody_is_reached(alice, role):
    assert "neither a phone" in ask(role, make.candidate(alice, "Bo", email=""), alice).blockers[0]


def test_a_suppressed_address_without_a_phone_does(alice, role):
    bo = make.candidate(alice, "Bo", email="bo+jobs@example.org")
    suppressions.add("BO@example.org", why="unsubscribed")
    assert "asked not to be written to" in ask(role, bo, alice).blockers[0]
    candidates.change(bo, Facts(phones=["+46 8 123 45 67"]), by=alice)
    found = ask(role, bo, alice)
    assert found.blockers == []
    assert any(said.startswith("Only by phone") for said in found.remarks)


def test_a_hire_for_another_role_does_until_it_falls_through(alice, role, ada):
    other = make.role(alice, "Analyst")
    closings.hire(other, Hired(candidate_id=ada.id), by=alice)
    assert ask(role, ada, alice).blockers == ["Was hired here already: Analyst."]
    hire = roles.hire_of(other, seen_by=alice).hire
    hire.fell_on, hire.fell_why = clock.today(), "left"
    assert ask(role, ada, alice).is_ready


def test_of_two_hires_for_the_same_role_the_later_counts(alice, role, ada):
    other = make.role(alice, "Analyst")
    for days in (5, 3):
        with clock.set_to(clock.now() - timedelta(days=days)):
            closings.hire(other, Hired(candidate_id=ada.id), by=alice)
    roles.hire_of(other, seen_by=alice).hire.fell_on = clock.today()
    assert ask(role, ada, alice).is_ready
    closings.hire(make.role(alice, "Clerk"), Hired(candidate_id=ada.id), by=alice)
    assert ask(role, ada, alice).blockers == ["Was hired here already: Clerk."]


def test_a_hire_for_a_role_one_may_not_know_of_is_not_told(alice, bob, role, ada):
    other = make.role(alice, "Chief Secret")
    closings.hire(other, Hired(candidate_id=ada.id), by=alice)
    other.status = "sealed"
    assert ask(role, ada, bob).is_ready
    assert ask(role, ada, alice).word == "not now"


def test_the_archive_does_and_letting_go_is_told(alice, role, ada):
    candidates.let_go(ada, by=alice)
    assert "Let go on" in ask(role, ada, alice).remarks[0]
    candidates.archive(ada, by=alice)
    assert "In the archive since" in ask(role, ada, alice).blockers[0]


# --- what fades


@pytest.mark.parametrize(("days", "word"), [(30, "ready"), (31, "refresh first")])
def test_a_place_is_good_until_its_day(alice, role, ada, days, word):
    with later(days):
        found = ask(role, ada, alice)
        assert found.word == word
        assert bool(found.faded) == (word != "ready")


def test_interviews_and_pay_expectations_fade(alice, role, ada):
    candidates.change(ada, Facts(pay_expectation="70,000"), by=alice)
    benches.put(role, [Seat(ada)], by=alice)
    with later(180):
        assert ask(role, ada, alice).is_ready
    with later(181):
        told = " ".join(ask(role, ada, alice).faded)
    assert "The interviews were 6 months ago" in told
    assert "The pay expectation is from 6 months ago: ask." in told


# --- what is good to know


def test_what_only_we_wrote_is_no_conversation(alice, role):
    bo = make.candidate(alice, "Bo")
    touchpoints.log(bo, kind="mail", direction="out", by=alice)
    assert "Nothing was heard from them yet." in ask(role, bo, alice).remarks
    touchpoints.log(bo, kind="mail", direction="in", by=alice, at=clock.now() - timedelta(days=18))
    assert "Last heard from them 2 weeks ago." in ask(role, bo, alice).remarks


def test_a_promise_and_a_date_are_told(alice, role):
    bo = make.candidate(alice, "Bo")
    make.near_miss(bo, role, alice, call_again_on=make.in_days(40))
    promises.make(bo, text="to send the article", due_on=make.in_days(3), by=alice)
    told = ask(role, bo, alice).remarks
    assert any(said.startswith("You wanted to call again on") for said in told)
    assert any("“to send the article”" in said for said in told)


def test_who_asked_for_no_more_mail_at_one_address_is_only_called(alice, role, ada):
    candidates.change(ada, Facts(emails=["ada@example.org", "second@example.org"]), by=alice)
    suppressions.add("ada@example.org", why="bounced")
    assert not [line for line in ask(role, ada, alice).remarks if line.startswith("Only by phone")]
    suppressions.add("second@example.org", why="unsubscribed")
    [line] = [line for line in ask(role, ada, alice).remarks if line.startswith("Only by phone")]
    assert "second@example.org asked not to be written to" in line


# --- what they said on their own page

ASKS = "They have not said whether they are still interested: ask."


@pytest.fixture
def bo(alice, role):
    """Nothing stands against him, and he said nothing yet."""
    person = make.candidate(alice, "Bo", email="bo@example.org", phones=["+46 70 123 45 67"])
    make.near_miss(person, role, alice)
    return person


def test_still_interested_is_told_until_it_fades(alice, role, bo):
    assert ASKS in ask(role, bo, alice).remarks
    door_sayings.interested(bo)
    found = ask(role, bo, alice)
    assert (found.word, ASKS in found.remarks) == ("ready", False)
    assert "They said just now that they are still interested." in found.remarks
    with later(180):
        assert "They said 6 months ago that they are still interested." in ask(role, bo, alice).remarks
    with later(181):
        assert "They said 6 months ago that they are still interested: ask again." in ask(role, bo, alice).remarks


def test_who_took_a_job_is_not_called(alice, role, bo):
    door_sayings.interested(bo)
    door_sayings.took_job(bo, None, "At Acme.")
    found = ask(role, bo, alice)
    assert (found.word, found.is_ready) == ("not now", False)
    assert found.blockers == [f"Said on {words.day(clock.today())} that they took a job."]
    assert not [line for line in found.remarks if "interested" in line]


def test_it_is_over_once_they_are_interested_again_or_take_it_back(alice, role, bo):
    door_sayings.took_job(bo, None)
    with later(1):
        door_sayings.interested(bo)
        assert ask(role, bo, alice).is_ready
        assert "They said just now that they are still interested." in ask(role, bo, alice).remarks
    with later(2):
        door_sayings.took_job(bo, None)
        assert not ask(role, bo, alice).is_ready
        door_sayings.undo(bo)
        assert "They said yesterday that they are still interested." in ask(role, bo, alice).remarks
        assert ask(role, bo, alice).is_ready


def test_once_the_trial_is_over_one_asks_how_it_went(alice, role, bo):
    door_sayings.took_job(bo, make.in_days(90))
    said = f"Said on {words.day(clock.today())} that they took a job, with a trial period until "
    said += words.day(make.in_days(90))
    with later(89):
        assert ask(role, bo, alice).blockers == [f"{said}."]
    with later(90):
        found = ask(role, bo, alice)
        assert (found.blockers, found.faded) == ([], [f"{said}: ask how it went."])
        assert not [line for line in found.remarks if "ask" in line]
        touchpoints.log(bo, kind="call", direction="out", by=alice)
        found = ask(role, bo, alice)
        assert (found.faded, found.word) == ([], "ready")
        assert "They said 3 months ago that they took a job: ask." in found.remarks


def test_whom_the_office_knows_to_be_hired_elsewhere_said_nothing(alice, role, bo):
    cadences.pause(bo, why="hired_elsewhere", until=make.in_days(40), by=alice)
    today, until = words.day(clock.today()), words.day(make.in_days(40))
    assert ask(role, bo, alice).blockers == [f"Hired elsewhere, on record since {today} and paused until {until}."]


def test_quiet_is_kept_until_its_day(alice, role, bo):
    door_sayings.later(bo, 3)
    said = f"Asked on {words.day(clock.today())} for quiet until {words.day(bo.paused_until)}"
    days = (bo.paused_until - clock.today()).days
    with later(days - 1):
        found = ask(role, bo, alice)
        assert (found.word, found.blockers, ASKS in found.remarks) == ("not now", [f"{said}."], False)
    with later(days):
        found = ask(role, bo, alice)
        assert (found.is_ready, f"{said}: ask now." in found.remarks) == (True, True)
        door_sayings.interested(bo)
        assert "They said just now that they are still interested." in ask(role, bo, alice).remarks


def test_who_restricted_the_record_is_not_called_whatever_else_they_say(alice, role, bo):
    cadences.pause(bo, why="restricted", by=None)
    today = words.day(clock.today())
    expected = [f"Restricted on {today} what may be done with the record, until further notice."]
    assert ask(role, bo, alice).blockers == expected
    door_sayings.took_job(bo, None)
    door_sayings.interested(bo)
    assert ask(role, bo, alice).blockers == expected
