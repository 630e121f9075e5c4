"""Introductions: both sides are asked first, by letters that name no candidate."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, at, call
from crm.api.schema import DATE, FLAG, FREE, MOMENT, REFERENCE, Given, given, many, maybe, named, shown, text, word
from crm.domain import candidates, colleagues, introducing, introductions
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.errors import Refused
from crm.domain.introducing import LONGEST_TOLD, LONGEST_WHY
from crm.domain.introductions import STATES, Introduction
from crm.kit import tokens

INTRODUCTION = named(
    "Introduction",
    shown(
        id=FREE,
        candidate_id=FREE,
        other_candidate_id=maybe(FREE),
        colleague_id=maybe(FREE),
        state={**word(STATES), "description": "`agreed`: both said yes, and it waits for a person to make it."},
        why=FREE,
        names_colleague=FLAG,
        answers={**many(FREE), "description": "Of the candidate, then of the other: `yes`, `no`, or nothing yet."},
        until=DATE,
        by_id=FREE,
        created_at=MOMENT,
    ),
)
NEW = given(
    needed=["candidate_id", "told_candidate", "told_other"],
    candidate_id=REFERENCE,
    other_candidate_id=REFERENCE,
    colleague_id=REFERENCE,
    told_candidate={
        **text(LONGEST_TOLD),
        "description": "What the candidate is told of the other; no name, no contact.",
    },
    told_other={**text(LONGEST_TOLD), "description": "What the other is told of the candidate."},
    names_colleague={**FLAG, "description": "Tell the candidate who the colleague is. A candidate is never named."},
    why=text(LONGEST_WHY),
)


@call("GET", "/introductions", "Introductions, newest first", query=lists.asked(), answer=lists.of(INTRODUCTION))
def index(asked: Given) -> Json:
    query = introductions.listed(me())
    shows = lists.each(_shown)
    return lists.page(query, asked, Introduction.created_at, Introduction.id, show=shows, newest_first=True)


@call("POST", "/introductions", "Ask both sides", body=NEW, answer=INTRODUCTION, status=201)
def ask(given: Given) -> Json:
    """One of `colleague_id` and `other_candidate_id`. Both letters wait for the undo period."""
    candidate = candidates.find(given["candidate_id"], seen_by=me())
    if ("colleague_id" in given) == ("other_candidate_id" in given):
        raise Refused("Name a colleague, or another candidate: one of the two.", field="colleague_id")
    told = (given["told_candidate"], given["told_other"])
    with at(to="colleague_id" if "colleague_id" in given else "other_candidate_id"):
        proposal = introducing.propose(
            candidate, _other(given), told=told, by=me(), why=given.get("why", ""),
            names_colleague=given.get("names_colleague", False),
        )  # fmt: skip
        return _shown(introducing.ask(proposal, by=me(), intent=tokens.new_id()))


@call("GET", "/introductions/{introduction_id}", "An introduction", answer=INTRODUCTION)
def show(introduction_id: str) -> Json:
    return _shown(introductions.find(introduction_id, seen_by=me()))


def _other(given: Given) -> Candidate | Colleague:
    if "colleague_id" in given:
        return colleagues.find(given["colleague_id"])
    return candidates.find(given["other_candidate_id"], seen_by=me())


def _shown(introduction: Introduction) -> Json:
    return {
        "id": introduction.id,
        "candidate_id": introduction.candidate_id,
        "other_candidate_id": introduction.other_candidate_id,
        "colleague_id": introduction.colleague_id,
        "state": introduction.state,
        "why": introduction.why,
        "names_colleague": introduction.names_colleague,
        "answers": [side.answer for side in introduction.sides],
        "until": introduction.until,
        "by_id": introduction.by_id,
        "created_at": introduction.created_at,
    }
