"""The record of a person: what may stand in it, who sees it, when to be in touch."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.domain import accounts, benches, candidates, duplicates, events, ownership, snapshots, standings, users
from crm.domain.candidates import Candidate, Facts
from crm.domain.errors import Denied, Missing, Refused
from crm.kit import clock
from tests import make, people

NASTY = "=?utf-8?q?x=0ABcc:_evil@example.org?="


def test_a_candidate_keeps_what_was_given(alice):
    facts = Facts(
        full_name="Ada Byron",
        emails=["Ada@Example.org", "ada@example.org", "second@example.org"],
        phones=["+44 20 7946 0958"],
        links=["example.org/ada"],
        headline="Analyst",
        notice_period="six weeks",
    )
    found = candidates.find(candidates.add(facts, by=alice).id, seen_by=alice)
    assert [email.address for email in found.emails] == ["ada@example.org", "second@example.org"]
    assert (found.phone, found.links, found.headline) == ("+44 20 7946 0958", ["https://example.org/ada"], "Analyst")
    assert found.said_on == clock.today()
    assert found.owner_id == alice.id


def test_a_change_leaves_what_it_does_not_name(alice):
    ada = make.candidate(alice, headline="Analyst", location="London")
    candidates.change(ada, Facts(headline="", emails=["new@example.org"]), by=alice)
    assert (ada.headline, ada.location, ada.email) == ("", "London", "new@example.org")


def test_what_was_said_is_dated_only_when_it_changes(alice):
    ada = make.candidate(alice, remote="hybrid")
    ada.said_on = clock.today() - make.days(30)
    candidates.change(ada, Facts(remote="hybrid", headline="Analyst"), by=alice)
    assert ada.said_on == clock.today() - make.days(30)
    candidates.change(ada, Facts(remote="remote"), by=alice)
    assert ada.said_on == clock.today()


@pytest.mark.parametrize("name", ["李伟", "עדה", "Ada 🎷 Byron", "<b>Ada</b>", "O’Neill-Żółć", NASTY])
def test_names_are_kept_as_they_are(alice, name):
    assert make.candidate(alice, name).full_name == name


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", "  "),
        ("full_name", "x" * 4_096),
        ("full_name", "Ada\x00Byron"),
        ("full_name", "Ada\nByron"),
        ("full_name", "Ada\u202eByron"),
        ("headline", "x" * 201),
        ("emails", [NASTY]),
        ("emails", ["not an address"]),
        ("emails", [f"a{n}@example.org" for n in range(11)]),
        ("phones", ["call me"]),
        ("phones", ["\x00123456"]),
        ("links", ["javascript:alert(1)"]),
        ("links", ["x" * 600]),
        ("notice_period", "a\x00b"),
    ],
)
def test_what_cannot_stand_in_a_record_is_refused_at_its_field(alice, field, value):
    facts = {"full_name": "Ada Byron", field: value}
    with pytest.raises(Refused) as refusal:
        candidates.add(Facts(**facts), by=alice)
    assert refusal.value.field == field


def test_the_same_intent_twice_is_one_record(alice, bob):
    first = candidates.add(Facts(full_name="Ada Byron"), by=alice, intent="the form")
    again = candidates.add(Facts(full_name="Ada Byron"), by=alice, intent="the form")
    other = candidates.add(Facts(full_name="Ada Byron"), by=bob, intent="the form")
    assert first.id == again.id != other.id


# --- who sees it


def test_a_record_is_seen_by_the_company_a_team_or_its_owner(alice, bob, charlie):
    team = alice.teams[0]
    everybody = make.candidate(alice, "Everybody", email="")
    platform = make.candidate(alice, "Platform", email="", visibility="team", team_id=team.id)
    private = make.candidate(alice, "Private", email="", visibility="owner")
    seen = {user.name: set(db.session.scalars(candidates.listed(user))) for user in (alice, bob, charlie)}
    assert seen[alice.name] == {everybody, platform, private}
    assert seen[bob.name] == {everybody, platform}
    assert seen[charlie.name] == {everybody}


def test_what_one_may_not_see_is_missing(alice, charlie, anna):
    private = make.candidate(alice, visibility="owner")
    for stranger in (charlie, anna):
        with pytest.raises(Missing):
            candidates.find(private.id, seen_by=stranger)


def test_an_administrator_sees_what_somebody_who_left_kept_to_themselves(alice, anna):
    private = make.candidate(alice, visibility="owner")
    accounts.disable(alice, by=anna)
    db.session.flush()
    assert candidates.find(private.id, seen_by=anna) is private


def test_only_a_team_of_ones_own_can_be_named(alice, anna):
    other = users.add_team("Finance", by=anna)
    with pytest.raises(Refused) as refusal:
        make.candidate(alice, visibility="team", team_id=other.id)
    assert refusal.value.field == "team_id"


def test_only_the_owner_and_the_office_say_who_sees_it_and_whose_it_is(alice, bob, rita):
    ada = make.candidate(alice)
    with pytest.raises(Denied):
        candidates.share(ada, "owner", by=bob)
    with pytest.raises(Denied):
        ownership.hand_over(ada, bob, by=bob)
    ownership.hand_over(ada, bob, by=rita)
    assert ada.owner_id == bob.id
    assert bob in ownership.possible_owners(ada)


def test_nobody_hands_a_record_to_somebody_who_left(alice, bob, anna):
    accounts.disable(bob, by=anna)
    ada = make.candidate(alice)
    assert bob not in ownership.possible_owners(ada)
    with pytest.raises(Refused):
        ownership.hand_over(ada, bob, by=alice)


# --- the same person twice


def test_the_same_name_address_or_phone_is_flagged_and_nothing_merged(alice):
    ada = make.candidate(alice, phones=["+44 20 7946 0958"])
    same_mail = make.candidate(alice, "A. Byron")
    same_name = make.candidate(alice, "ada  BYRON", email="")
    same_phone = make.candidate(alice, "Countess", email="", phones=["020 7946 0958"])
    make.candidate(alice, "Somebody Else", email="else@example.org")
    archived = candidates.archive(make.candidate(alice, "Ada Byron", email=""), by=alice)
    assert set(duplicates.of(ada, seen_by=alice)) == {same_mail, same_name, same_phone, archived}


def test_a_duplicate_one_may_not_see_is_not_told(alice, charlie):
    make.candidate(alice, visibility="owner")
    assert duplicates.of(make.candidate(charlie), seen_by=charlie) == []


def test_an_exact_address_finds_one_person_or_nobody(alice, charlie):
    ada = make.candidate(alice, visibility="owner")
    assert candidates.by_email(" ADA@example.org", seen_by=alice) is ada
    assert candidates.by_email("ada@example.org", seen_by=charlie) is None
    make.candidate(alice, "Ada Again")
    assert candidates.by_email("ada@example.org", seen_by=alice) is None


# --- archive and deletion


def test_an_archived_record_is_off_the_list_and_comes_back(alice):
    ada = make.candidate(alice)
    candidates.archive(ada, by=alice)
    assert not list(db.session.scalars(candidates.listed(alice)))
    assert candidates.find(ada.id, seen_by=alice).is_archived
    candidates.unarchive(ada, by=alice)
    assert list(db.session.scalars(candidates.listed(alice))) == [ada]


def test_a_deleted_record_is_missing_until_it_is_brought_back(alice, bob):
    ada = make.candidate(alice)
    with pytest.raises(Denied):
        candidates.delete(ada, by=bob)
    candidates.delete(ada, by=alice)
    db.session.flush()
    with pytest.raises(Missing):
        candidates.find(ada.id, seen_by=alice)
    with pytest.raises(Missing):
        candidates.find_deleted(ada.id, by=bob)
    candidates.restore(candidates.find_deleted(ada.id, by=alice), by=alice)
    assert candidates.find(ada.id, seen_by=alice) is ada


def test_a_deleted_record_waits_a_week_for_its_erasure(alice):
    ada = candidates.delete(make.candidate(alice), by=alice)
    db.session.flush()
    assert candidates.waiting_for_erasure(clock.now()) == []
    assert candidates.waiting_for_erasure(clock.now() + make.days(8)) == [ada]


# --- when to be in touch


def test_a_next_date_is_set_with_its_reason(alice):
    ada = make.candidate(alice)
    candidates.set_next(ada, make.in_days(30), by=alice, why="after her holiday")
    assert (ada.next_on, ada.next_why) == (make.in_days(30), "after her holiday")


def test_a_next_date_cannot_have_passed(alice):
    ada = make.candidate(alice)
    with pytest.raises(Refused):
        candidates.set_next(ada, make.in_days(-1), by=alice)
    with pytest.raises(Refused):
        candidates.snooze(ada, clock.today(), by=alice)


def test_snoozing_keeps_the_reason_and_is_undone(alice):
    ada = make.candidate(alice)
    candidates.call_again(ada, make.in_days(-3), "promised to call")
    before = snapshots.of(ada, *candidates.WHEN)
    candidates.snooze(ada, make.in_days(7), by=alice)
    assert (ada.next_on, ada.next_why) == (make.in_days(7), "promised to call")
    candidates.put_back(ada, before, by=alice)
    assert ada.next_on == make.in_days(-3)


def test_letting_go_ends_the_reminders_and_a_new_date_begins_them(alice):
    ada = make.candidate(alice)
    candidates.call_again(ada, make.in_days(3), "")
    candidates.let_go(ada, by=alice)
    assert ada.next_on is None
    assert ada.let_go_at is not None
    candidates.set_next(ada, make.in_days(3), by=alice)
    assert ada.let_go_at is None


@pytest.mark.parametrize(
    ("days", "warmth"), [(None, "cold"), (1, "warm"), (59, "warm"), (61, "cooling"), (151, "cold")]
)
def test_warmth_follows_the_last_contact(alice, days, warmth):
    ada = make.candidate(alice)
    ada.last_two_way_at = clock.now() - timedelta(days=days) if days else None
    assert ada.warmth == warmth


def test_every_act_leaves_a_line_of_history(alice):
    ada = make.candidate(alice)
    candidates.archive(ada, by=alice)
    candidates.snooze(ada, make.in_days(5), by=alice)
    db.session.flush()
    kinds = {event.kind for event in db.session.scalars(events.of(ada.id))}
    assert kinds == {"candidate.added", "candidate.archived", "candidate.snoozed"}


def test_people_of_the_fixtures_are_there(work):
    assert users.by_email(people.address("alice")) is not None
    assert db.session.scalar(select(Candidate.id).limit(1)) is None


# --- roles


def test_where_somebody_stands_with_each_role(alice, bob):
    ada, head, sealed = make.candidate(alice), make.role(alice), make.role(alice, "Falconer", status="sealed")
    make.near_miss(ada, head, alice)
    for role in (head, sealed):
        benches.put(role, [benches.Seat(ada, "the better case")], by=alice)
    first, second = standings.of(ada, seen_by=alice)
    assert (first.role, first.application.debrief.margin, first.place.position) == (head, "hair", 1)
    assert (second.role, second.application, second.place.reason) == (sealed, None, "the better case")
    assert [standing.role for standing in standings.of(ada, seen_by=bob)] == [head]


def test_a_deleted_record_is_brought_back_only_by_who_could_see_it(alice, rita):
    hidden = make.candidate(alice, visibility="owner")
    candidates.delete(hidden, by=alice)
    with pytest.raises(Missing):
        candidates.find_deleted(hidden.id, by=rita)
    assert candidates.find_deleted(hidden.id, by=alice).id == hidden.id
