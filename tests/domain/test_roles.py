"""Roles: what they say, who may know of a sealed one, and who got them."""

import pytest

from crm.db import db
from crm.domain import candidates, finding, roles
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.roles import Role
from crm.kit import clock
from tests import make
from tests.people import address


def test_alice_writes_a_role_down(alice):
    role = roles.add(title="Head of Data", team="Data", needs="Leads ten.", by=alice)
    assert (role.status, role.owner_id) == ("open", alice.id)
    assert [found.title for found in finding.find("leads", seen_by=alice)] == ["Head of Data"]


def test_what_is_not_given_stays_as_it_is(alice):
    role = roles.add(title="Head of Data", needs="Leads ten.", by=alice, opens_on=make.in_days(5))
    roles.change(role, by=alice, team="Data")
    assert (role.title, role.needs, role.team, role.opens_on) == ("Head of Data", "Leads ten.", "Data", make.in_days(5))
    roles.change(role, by=alice, opens_on=None)
    assert role.opens_on is None


def test_the_day_it_was_filled_comes_and_goes_with_the_status(alice):
    role = make.role(alice)
    roles.record_hire(role, name="Nadia Brandt", by=alice)
    assert (role.status, role.filled_on) == ("filled", clock.today())
    roles.change(role, status="open", by=alice)
    assert role.filled_on is None


def test_the_guard_window_counts_from_the_first_day(alice):
    role = make.role(alice)
    hire = roles.record_hire(role, name="Nadia Brandt", by=alice, starts_on=make.in_days(-13), guard_days=90)
    assert (hire.guard_day, hire.is_guarded, hire.guard_words) == (13, True, "day 13 of 90")
    hire.starts_on = make.in_days(-90)
    assert (hire.guard_day, hire.is_guarded, hire.guard_words) == (90, False, "no longer guarded")
    hire.starts_on = make.in_days(2)
    assert hire.guard_day == 0
    assert hire.guard_words.startswith("starts on")
    hire.starts_on = None
    assert hire.guard_words == "no start day yet"


def test_the_latest_hire_counts(alice):
    role = make.role(alice)
    with clock.set_to(clock.now() - make.days(9)):
        roles.record_hire(role, name="Nadia Brandt", by=alice)
    roles.set_status(role, "open")
    roles.record_hire(role, name="Oskar Lund", by=alice)
    assert roles.hire_of(role, seen_by=alice).name == "Oskar Lund"


def test_another_hire_of_a_filled_role_is_refused_and_the_same_one_corrects_the_dates(alice):
    role = make.role(alice)
    roles.record_hire(role, name="Nadia Brandt", by=alice)
    with pytest.raises(Refused, match="Nadia Brandt is on record as the hire"):
        roles.record_hire(role, name="Oskar Lund", by=alice)
    roles.record_hire(role, name="Nadia Brandt", by=alice, starts_on=clock.today())
    assert roles.hire_of(role, seen_by=alice).hire.starts_on == clock.today()


def test_roles_are_offered_to_those_who_may_close_them(alice, charlie, rita):
    mine = make.role(alice)
    make.role(alice, "Closed", status="closed")
    assert [role.id for role in roles.closable(alice, "open")] == [mine.id]
    assert [role.id for role in roles.closable(rita, "open")] == [mine.id]
    assert roles.closable(charlie, "open") == []
    assert len(roles.closable(alice, "open", "closed")) == 2


# --- what is refused


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 4096}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"title": "a\x00"}, "title"),
        ({"team": "x" * 81}, "team"),
        ({"needs": "x" * 20_001}, "needs"),
        ({"status": "gone"}, "status"),
        ({"insiders": ["nobody@example.org"]}, "insiders"),
    ],
)
def test_nonsense_is_refused_at_its_field(alice, words, field):
    with pytest.raises(Refused) as refused:
        roles.add(**{"title": "Head of Data", "by": alice, **words})
    assert refused.value.field == field


@pytest.mark.parametrize("days", [-1, 366])
def test_the_bench_is_held_for_a_year_at_most(alice, days):
    with pytest.raises(Refused, match="365") as refused:
        roles.record_hire(make.role(alice), name="Nadia", by=alice, guard_days=days)
    assert refused.value.field == "guard_days"


def test_a_hire_needs_a_name_or_a_candidate(alice):
    with pytest.raises(Refused, match="name"):
        roles.record_hire(make.role(alice), by=alice)


def test_a_stranger_does_not_record_a_hire(alice, charlie):
    with pytest.raises(Denied):
        roles.record_hire(make.role(alice), name="Nadia", by=charlie)


def test_a_sealed_role_is_not_filled_in_passing(alice):
    role = make.role(alice, status="sealed")
    with pytest.raises(Refused, match="sealed"):
        roles.record_hire(role, name="Nadia", by=alice)
    assert role.is_sealed


def test_only_the_owner_seals_opens_and_names_insiders(alice, bob):
    sealed = make.role(alice, status="sealed", insiders=[bob.email])
    for change in ({"status": "open"}, {"insiders": []}):
        with pytest.raises(Refused, match="owner"):
            roles.change(sealed, by=bob, **change)
    with pytest.raises(Refused, match="owner"):
        roles.change(make.role(alice), by=bob, status="sealed")
    roles.change(sealed, by=bob, needs="More words")


# --- what is hidden


def test_a_sealed_role_is_there_for_its_owner_and_its_insiders_only(alice, bob, charlie, anna):
    role = make.role(alice, "Project Heron", status="sealed", team="Birds", insiders=[bob.email, bob.email])
    for user in (alice, bob):
        assert roles.find(role.id, seen_by=user) is role
        assert roles.statuses_of(user) == {"sealed"}
    for user in (charlie, anna):
        with pytest.raises(Missing):
            roles.find(role.id, seen_by=user)
        assert list(db.session.scalars(roles.listed(user))) == []
        assert roles.team_names(user) == []
        assert roles.statuses_of(user) == set()
        assert finding.find("heron", seen_by=user) == []
        assert roles.closable(user, "sealed") == []


def test_a_hire_whose_record_is_hidden_has_no_name(alice, charlie):
    role, nadia = make.role(alice), make.candidate(alice, "Nadia Brandt", visibility="owner")
    roles.record_hire(role, by=alice, candidate_id=nadia.id, name="ignored")
    assert (roles.hire_of(role, seen_by=alice).name, roles.hire_of(role, seen_by=alice).candidate_id) == (
        "Nadia Brandt", nadia.id,
    )  # fmt: skip
    seen = roles.hires([role.id], seen_by=charlie)[role.id]
    assert (seen.name, seen.candidate_id) == ("somebody whose record you cannot see", "")


def test_no_copy_of_a_hires_name_outlives_the_record(alice):
    role, nadia = make.role(alice), make.candidate(alice, "Nadia Brandt")
    hire = roles.record_hire(role, by=alice, candidate_id=nadia.id, name="Nadia Brandt")
    assert hire.name == ""
    candidates.delete(nadia, by=alice)
    assert "Nadia" not in roles.hire_of(role, seen_by=alice).name


def test_a_hidden_candidate_is_not_hired_by_a_guess(alice, charlie):
    hidden = make.candidate(alice, visibility="owner")
    with pytest.raises(Missing):
        roles.record_hire(make.role(charlie), by=charlie, candidate_id=hidden.id)


def test_the_list_is_cut_by_status(alice):
    make.role(alice)
    roles.record_hire(make.role(alice, "Filled"), name="Nadia", by=alice)
    titles = [role.title for role in db.session.scalars(roles.listed(alice, "filled"))]
    assert titles == ["Filled"]
    assert db.session.query(Role).count() == 2
    assert address("alice") == alice.email
