"""One candidate for one role: how far, how it ended, and the debrief."""

import pytest

from crm.domain import applications, candidates
from crm.domain.applications import Words
from crm.domain.errors import Missing, Refused
from crm.kit import clock
from tests import make


def test_a_finalist_who_was_passed_over_is_a_near_miss(alice):
    role, ada = make.role(alice), make.candidate(alice)
    application = applications.put(
        ada, role, by=alice, stage="finalist", disposition="rejected", reason="Took another offer", panel="Bob, Rita",
        applied_on=make.in_days(-30), decided_on=make.in_days(-1),
    )  # fmt: skip
    assert application.is_near_miss
    assert application.ended == "passed over"
    assert [found.id for found in applications.for_role(role, seen_by=alice)] == [application.id]
    assert applications.near_misses([ada.id], seen_by=alice)[ada.id] is application


def test_there_is_one_application_and_what_is_not_given_stays(alice):
    role, ada = make.role(alice), make.candidate(alice)
    first = applications.put(
        ada, role, by=alice, stage="offer", panel="Bob", reason="Waiting", applied_on=make.in_days(-9)
    )
    again = applications.put(ada, role, by=alice, disposition="withdrew")
    assert again is first
    assert (again.stage, again.panel, again.reason, again.applied_on) == ("offer", "Bob", "Waiting", make.in_days(-9))
    assert again.decided_on == clock.today()


def test_the_day_of_the_decision_is_kept_until_there_is_no_decision(alice):
    role, ada = make.role(alice), make.candidate(alice)
    application = applications.put(ada, role, by=alice, disposition="rejected", decided_on=make.in_days(-7))
    applications.put(ada, role, by=alice, reason="Took another offer")
    assert application.decided_on == make.in_days(-7)
    applications.put(ada, role, by=alice, disposition="")
    assert application.decided_on is None


def test_a_debrief_sets_the_next_date_and_does_not_name_the_role(alice):
    role, ada = make.role(alice, "Project Heron"), make.candidate(alice)
    application = applications.put(ada, role, by=alice, disposition="rejected")
    words = Words(margin="hair", sentence="Nearly.", hire_for=["Lead", " ", "Deputy"], call_again_on=make.in_days(30))
    debrief = applications.debrief(application, words, by=alice)
    assert (debrief.margin_words, debrief.hire_for) == ("by a hair", ["Lead", "Deputy"])
    assert ada.next_on == make.in_days(30)
    assert "Heron" not in ada.next_why


def test_a_second_debrief_changes_what_it_says_and_no_more(alice):
    application = make.near_miss(make.candidate(alice), make.role(alice), alice)
    applications.debrief(application, Words(missing="Scale"), by=alice)
    assert (application.debrief.margin, application.debrief.missing) == ("hair", "Scale")


def test_a_debrief_that_is_saved_again_moves_no_date(alice):
    ada = make.candidate(alice)
    application = make.near_miss(ada, make.role(alice), alice, call_again_on=make.in_days(9))
    candidates.set_next(ada, make.in_days(50), by=alice)
    applications.debrief(application, Words(sentence="Mended.", call_again_on=make.in_days(9)), by=alice)
    assert ada.next_on == make.in_days(50)


def test_an_application_is_taken_off_with_its_debrief(alice):
    role, ada = make.role(alice), make.candidate(alice)
    applications.remove(make.near_miss(ada, role, alice), by=alice)
    assert applications.of(ada, seen_by=alice) == []


def test_the_list_of_reasons_is_replaced_and_applications_keep_theirs(alice):
    application = applications.put(make.candidate(alice), make.role(alice), by=alice, reason="Took another offer")
    applications.set_reasons(["One", "Two", "One", " "])
    assert applications.reasons() == ["One", "Two"]
    assert application.reason == "Took another offer"


# --- what is refused


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"stage": "sofa"}, "stage"),
        ({"disposition": "vanished"}, "disposition"),
        ({"reason": "x" * 301}, "reason"),
        ({"panel": "x" * 501}, "panel"),
        ({"panel": "Bob\x00"}, "panel"),
        ({"disposition": "rejected", "decided_on": make.in_days(2)}, "decided_on"),
        ({"disposition": "rejected", "applied_on": make.in_days(-1), "decided_on": make.in_days(-2)}, "applied_on"),
    ],
)
def test_nonsense_is_refused_at_its_field(alice, given, field):
    with pytest.raises(Refused) as refused:
        applications.put(make.candidate(alice), make.role(alice), by=alice, **given)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (Words(sentence="x" * 1001), "sentence"),
        (Words(margin="x" * 1001), "margin"),
        (Words(hire_for=["x" * 201]), "hire_for"),
        (Words(hire_for=["Lead"] * 21), "hire_for"),
    ],
)
def test_a_debrief_has_its_limits(alice, words, field):
    application = applications.put(make.candidate(alice), make.role(alice), by=alice)
    with pytest.raises(Refused) as refused:
        applications.debrief(application, words, by=alice)
    assert refused.value.field == field


# --- what is hidden


def test_an_application_for_a_sealed_role_is_not_there_for_others(alice, charlie):
    ada, role = make.candidate(alice), make.role(alice, status="sealed")
    application = make.near_miss(ada, role, alice)
    assert applications.of(ada, seen_by=charlie) == []
    assert applications.near_misses([ada.id], seen_by=charlie) == {}
    with pytest.raises(Missing):
        applications.find(ada, application.id, seen_by=charlie)


def test_a_hidden_candidate_is_not_among_the_applications_of_a_role(alice, charlie):
    role = make.role(alice)
    application = make.near_miss(make.candidate(alice, visibility="owner"), role, alice)
    assert applications.for_role(role, seen_by=charlie) == []
    with pytest.raises(Missing):
        applications.find_for(role, application.id, seen_by=charlie)


def test_an_application_is_found_under_its_own_role_only(alice):
    application = make.near_miss(make.candidate(alice), make.role(alice), alice)
    with pytest.raises(Missing):
        applications.find_for(make.role(alice, "Another"), application.id, seen_by=alice)


def test_who_was_deleted_is_not_among_the_applications(alice):
    role, ada = make.role(alice), make.candidate(alice)
    make.near_miss(ada, role, alice)
    candidates.delete(ada, by=alice)
    assert applications.for_role(role, seen_by=alice) == []
