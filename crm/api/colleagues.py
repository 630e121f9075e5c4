"""The address book that the whole company shares."""

from typing import Any

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FLAG, FREE, LINE, MOMENT, Given, given, many, maybe, named, shown, text
from crm.domain import colleagues, needs, shape
from crm.domain.colleagues import Colleague

KNOWN: dict[str, Any] = {
    "name": LINE,
    "email": text(254),
    "company": LINE,
    "relation": LINE,
    "looking_for": text(shape.SENTENCE),
}
COLLEAGUE = named(
    "Colleague",
    shown(
        id=FREE,
        name=FREE,
        email=FREE,
        company=FREE,
        relation=FREE,
        looking_for=FREE,
        looking_since=maybe(MOMENT),
        created_at=MOMENT,
        changed_at=MOMENT,
    ),
)
NEEDS = named(
    "ColleagueNeeds",
    shown(
        looking_for=FREE,
        looking_since=maybe(MOMENT),
        confirmed_at={**maybe(MOMENT), "description": "When it was last said that it still holds."},
        by_them={**FLAG, "description": "Said on their own page, and not put down by one of you."},
        forwards_off_at={**maybe(MOMENT), "description": "When they asked for no more resumes."},
        fits={
            **many(shown(candidate_id=FREE, name=FREE, why=FREE)),
            "description": "Of candidates you may see, best first, each with the reasons in words.",
        },
    ),
)
SAID = given(needed=["looking_for"], looking_for=text(shape.SENTENCE))
NEW = given(needed=["name", "email", "company"], **KNOWN)


@call("GET", "/colleagues", "Colleagues by name", query=lists.asked(q=LINE), answer=lists.of(COLLEAGUE))
def index(asked: Given) -> Json:
    query = colleagues.listed(asked.get("q", ""))
    return lists.page(query, asked, Colleague.name_key, Colleague.id, show=lists.each(_shown))


@call("POST", "/colleagues", "Add a colleague", body=NEW, answer=COLLEAGUE, status=201)
def add(given: Given) -> Json:
    return _shown(colleagues.add(by=me(), **given))


@call("GET", "/colleagues/{colleague_id}", "A colleague", answer=COLLEAGUE)
def show(colleague_id: str) -> Json:
    return _shown(colleagues.find(colleague_id))


@call("PATCH", "/colleagues/{colleague_id}", "Change a colleague", body=given(clears=True, **KNOWN), answer=COLLEAGUE)
def change(given: Given, colleague_id: str) -> Json:
    colleague = colleagues.find(colleague_id)
    kept = {name: getattr(colleague, name) for name in KNOWN}
    return _shown(colleagues.change(colleague, by=me(), **{**kept, **given}))


@call("GET", "/colleagues/{colleague_id}/needs", "What a colleague looks for, and who fits it", answer=NEEDS)
def needs_of(colleague_id: str) -> Json:
    return _needs_shown(colleagues.find(colleague_id))


@call("PUT", "/colleagues/{colleague_id}/needs", "Put down what a colleague told you", body=SAID, answer=NEEDS)
def put_needs(given: Given, colleague_id: str) -> Json:
    """On their behalf: it reads as told by you, until they say it on their own page. Empty: they look for nobody."""
    colleague = colleagues.find(colleague_id)
    kept = {name: getattr(colleague, name) for name in KNOWN}
    return _needs_shown(colleagues.change(colleague, by=me(), **{**kept, **given}))


def _needs_shown(colleague: Colleague) -> Json:
    fits = needs.who_fits(colleague, seen_by=me())
    return {
        "looking_for": colleague.looking_for,
        "looking_since": colleague.looking_since,
        "confirmed_at": colleague.looking_confirmed_at,
        "by_them": colleague.looking_by_them,
        "forwards_off_at": colleague.forwards_off_at,
        "fits": [{"candidate_id": one.candidate.id, "name": one.candidate.full_name, "why": one.why} for one in fits],
    }


def _shown(colleague: Colleague) -> Json:
    return {
        "id": colleague.id,
        "name": colleague.name,
        "email": colleague.email,
        "company": colleague.company,
        "relation": colleague.relation,
        "looking_for": colleague.looking_for,
        "looking_since": colleague.looking_since,
        "created_at": colleague.created_at,
        "changed_at": colleague.changed_at,
    }
