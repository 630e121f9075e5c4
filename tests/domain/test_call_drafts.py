"""What may be written to somebody on a call list says what is true of them and of the role, and no more."""

import pytest

from crm.domain import applications, calls, closings, fall_throughs, outbox, roles
from crm.domain.closings import Hired
from crm.mail import call_drafts
from tests.domain import test_calls
from tests.domain.test_fall_throughs import benched

TALKED = ("we talked", "our conversations", "interest you still")


def drafted(call, role, by):
    known = applications.for_people(role, [call.candidate_id])
    return call_drafts.of(call, role, known.get(call.candidate_id), by=by)


def listed(by, why, stage):
    """A role whose list is up, and the calls to A, of this stage there, and to B."""
    role, people = benched(by, "A", "B")
    if stage:
        applications.put(people[0], role, by=by, stage=stage, disposition="rejected")
    if why == "announced":
        roles.set_status(role, "open")
        call_list = calls.begin(role, by=by)
    else:
        call_list = fall_throughs.report(role, why=why, by=by)
    return role, [calls.find_call(call_list, person.id, seen_by=by) for person in people]


@pytest.mark.parametrize("why", ["announced", "left"])
@pytest.mark.parametrize("stage", ["", "applied", "screen", "interview", "finalist", "offer"])
def test_the_question_knows_what_was_talked_about_and_what_became_of_the_role(alice, why, stage):
    role, (a, _) = listed(alice, why, stage)
    draft = drafted(a, role, alice)
    assert draft.purpose == "call"
    assert ("open again" in draft.text) == (why != "announced")
    met = stage in ("interview", "finalist", "offer")
    assert [said in draft.text for said in TALKED] == [met] * len(TALKED)
    assert role.title in draft.text


@pytest.mark.parametrize("outcome", ["no", "thinking", "no_answer", ""])
@pytest.mark.parametrize("stage", ["", "applied", "finalist"])
def test_thanks_know_who_answered_and_whether_the_role_is_filled(alice, outcome, stage):
    role, (a, b) = listed(alice, "left", stage)
    if outcome:
        calls.record(a, role, outcome=outcome, by=alice)
    else:
        outbox.end(test_calls.ask(a, role, alice), "accepted")
    calls.record(b, role, outcome="yes", by=alice)
    draft = drafted(a, role, alice)
    assert (draft.purpose, draft.subject) == ("thanks", f"{role.title}: thank you")
    assert ("our conversations" in draft.text) == (stage == "finalist" and outcome in ("no", "thinking"))
    assert ("tried to reach" in draft.text, "wrote to you" in draft.text) == (outcome == "no_answer", outcome == "")
    assert ("filled" in draft.text, "somebody else" in draft.text) == (False, True)
    closings.hire(role, Hired(candidate_id=b.candidate_id), by=alice)
    assert "It is filled now" in drafted(a, role, alice).text
