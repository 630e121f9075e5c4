"""A yes to a question covers what the question named, and no more: asked again before anything wider goes."""

import pytest

from crm.domain import (
    asking,
    dispatch,
    forward_letters,
    forward_parts,
    forward_questions,
    forwards,
    gate,
    plans,
    sharing,
)
from tests import make

ASKED = ("headline", "resume", "note")


@pytest.fixture
def forward(alice):
    ada = make.candidate(alice)
    make.resume(ada, alice)
    carol = make.colleague(alice)
    forward = forwards.send(plans.plan(ada, carol, by=alice, position="Lead", parts=ASKED), by=alice)
    asking.answer(forward_questions.of_forward(forward.id), "yes")
    return forward


def planned(alice, forward, **wanted):
    wanted = {"position": "Lead", "parts": ASKED, **wanted}
    return plans.plan(forward.candidate, forward.colleague, by=alice, **wanted)


@pytest.mark.parametrize(
    ("wanted", "more"),
    [
        ({}, ""),
        ({"position": " lead"}, ""),
        ({"parts": ["resume"]}, ""),
        ({"parts": ["headline", "note"], "note": "Other words."}, ""),
        ({"blind": True}, ""),
        ({"parts": [*ASKED, "contact"]}, "mail and phone"),
        ({"parts": [*ASKED, "file"]}, "resume to download"),
        ({"parts": ["employer"]}, "current employer"),
        ({"deliver": "attachment"}, "with the file attached"),
        ({"position": "Janitor"}, "for Janitor"),
        ({"position": ""}, "without a position"),
    ],
)
def test_narrower_goes_and_wider_is_asked(alice, forward, wanted, more):
    plan = planned(alice, forward, **wanted)
    assert (plan.consent is None) == bool(more)
    passes = gate.of(
        forward.candidate, company="Acme", address=forward.to_address, attached=plan.deliver == "attachment",
        parts=plan.parts, position=plan.position, blind=plan.blind,
    )  # fmt: skip
    assert more in passes.sentence
    if more:
        assert forwards.send(plan, by=alice).state == "awaiting_consent"


def test_who_may_have_the_file_may_read_it_too():
    assert forward_parts.beyond(["file"], ["resume", "note"]) == []


def test_the_worker_and_the_page_ask_the_same(forward):
    dispatch.accept(forward.letter, "250 2.0.0 queued")
    assert (forward_letters.why_not(forward), sharing.is_shown(forward)) == ("", True)
    forward.parts = [*ASKED, "contact"]
    assert (forward_letters.why_not(forward), sharing.is_shown(forward)) == ("consent", False)


def test_a_yes_that_somebody_wrote_down_names_no_parts(alice, forward):
    make.consent(forward.candidate, alice)
    assert planned(alice, forward, parts=[*ASKED, "contact"], position="Other").consent
