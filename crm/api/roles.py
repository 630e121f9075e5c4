"""Roles, the hire, and the bench. A sealed role is there for its maker and its insiders, and for nobody else."""

from collections.abc import Sequence
from typing import Any

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import (
    DATE,
    FREE,
    LINE,
    MOMENT,
    REFERENCE,
    Given,
    given,
    many,
    maybe,
    named,
    number,
    shown,
    text,
    word,
)
from crm.domain import announcements, benches, candidates, closings, roles, shape
from crm.domain.benches import MOST_PLACES, Place, Seat
from crm.domain.closings import Hired
from crm.domain.errors import Refused
from crm.domain.roles import GUARD_DAYS, LONGEST_GUARD, LONGEST_TERM, MOST_TERMS, STATUSES, HireSeen, Role

MOST_INSIDERS = 200
NEW: dict[str, Any] = {
    "title": LINE,
    "team": text(80),
    "needs": text(shape.TEXT),
    "status": word(STATUSES),
    "codename": text(80),
    "opens_on": DATE,
    "insiders": {**many(text(254), MOST_INSIDERS), "description": "Mail addresses of users."},
    "marked_terms": {
        **many(text(LONGEST_TERM), MOST_TERMS),
        "description": "Words that would give a sealed role away.",
    },
}
HIRED = named(
    "Hire",
    shown(
        id=FREE, role_id=FREE, candidate_id=maybe(FREE), name=FREE, starts_on=maybe(DATE), guard_days=number(),
    ),
)  # fmt: skip
FACTS: dict[str, Any] = {
    "id": FREE,
    "title": FREE,
    "team": FREE,
    "needs": FREE,
    "status": word(STATUSES),
    "codename": FREE,
    "opens_on": maybe(DATE),
    "filled_on": maybe(DATE),
    "owner_id": FREE,
    "created_at": MOMENT,
    "changed_at": MOMENT,
    "hire": maybe(HIRED),
}
ROW = named("Role", shown(**FACTS))
WHOLE = named("RoleRecord", shown(**FACTS, insiders=many(FREE), marked_terms=many(FREE)))
SEAT: dict[str, Any] = {"candidate_id": REFERENCE, "reason": text(shape.SENTENCE), "good_until": DATE}
BENCH = many(named("Place", shown(candidate_id=FREE, reason=FREE, good_until=maybe(DATE))))
HIRE = given(
    candidate_id=REFERENCE,
    name={**LINE, "description": "Of somebody who is not on file."},
    starts_on=DATE,
    guard_days=number(0, LONGEST_GUARD, description=f"How long the bench is held; {GUARD_DAYS} unless told."),
)


@call(
    "GET", "/roles", "The roles you may know of, the latest change first",
    query=lists.asked(status=word(STATUSES)), answer=lists.of(ROW),
)  # fmt: skip
def index(asked: Given) -> Json:
    query = roles.listed(me())
    if "status" in asked:
        query = query.where(Role.status == asked["status"])
    return lists.page(query, asked, Role.changed_at, Role.id, show=_rows, newest_first=True)


@call("POST", "/roles", "Add a role", body=given(needed=["title"], **NEW), answer=WHOLE, status=201)
def add(given: Given) -> Json:
    return _whole(roles.add(by=me(), **given))


@call("GET", "/roles/{role_id}", "A role", answer=WHOLE)
def show(role_id: str) -> Json:
    return _whole(roles.find(role_id, seen_by=me()))


@call("PATCH", "/roles/{role_id}", "Change a role", body=given(clears=True, **NEW), answer=WHOLE)
def change(given: Given, role_id: str) -> Json:
    return _whole(roles.change(roles.find(role_id, seen_by=me()), by=me(), **given))


@call("POST", "/roles/{role_id}/announce", "Open a sealed role to everybody, and bring its bench up", answer=WHOLE)
def announce(role_id: str) -> Json:
    role = roles.find(role_id, seen_by=me())
    announcements.announce(role, by=me())
    return _whole(role)


@call("POST", "/roles/{role_id}/hire", "Record who got the role, which fills it", body=HIRE, answer=HIRED, status=201)
def hire(given: Given, role_id: str) -> Json:
    role = roles.find(role_id, seen_by=me())
    if "candidate_id" in given and "name" in given:
        raise Refused("Give either `candidate_id` or `name`.", field="name")
    closings.hire(role, Hired(**given), by=me())
    found = roles.hire_of(role, seen_by=me())
    assert found is not None
    return _hire(found)


@call("GET", "/roles/{role_id}/bench", "Who is called first if the hire falls through, in order", answer=BENCH)
def bench(role_id: str) -> list[Json]:
    return _bench(benches.of(roles.find(role_id, seen_by=me()), seen_by=me()))


@call(
    "PUT", "/roles/{role_id}/bench", "The bench in this order from now on",
    body=many(given(needed=["candidate_id"], **SEAT), MOST_PLACES), answer=BENCH,
)  # fmt: skip
def put_bench(given: list[Given], role_id: str) -> list[Json]:
    """People whom you may not see keep the places they have."""
    role = roles.find(role_id, seen_by=me())
    seats = [Seat(candidates.find(seat.pop("candidate_id"), seen_by=me()), **seat) for seat in given]
    benches.put(role, seats, by=me())
    return _bench(benches.of(role, seen_by=me()))


def _bench(places: list[Place]) -> list[Json]:
    """Just what a PUT takes, so that it can be given back."""
    return [
        {"candidate_id": place.candidate_id, "reason": place.reason, "good_until": place.good_until} for place in places
    ]


def _rows(found: Sequence[Role]) -> list[Json]:
    hires = roles.hires([role.id for role in found], seen_by=me())
    return [_row(role, hires.get(role.id)) for role in found]


def _whole(role: Role) -> Json:
    known = {"insiders": [user.email for user in role.insiders], "marked_terms": role.marked_terms}
    return _rows([role])[0] | known


def _row(role: Role, hired: HireSeen | None) -> Json:
    return {
        "id": role.id,
        "title": role.title,
        "team": role.team,
        "needs": role.needs,
        "status": role.status,
        "codename": role.codename,
        "opens_on": role.opens_on,
        "filled_on": role.filled_on,
        "owner_id": role.owner_id,
        "created_at": role.created_at,
        "changed_at": role.changed_at,
        "hire": _hire(hired) if hired else None,
    }


def _hire(seen: HireSeen) -> Json:
    return {
        "id": seen.hire.id,
        "role_id": seen.hire.role_id,
        "candidate_id": seen.candidate_id or None,
        "name": seen.name,
        "starts_on": seen.hire.starts_on,
        "guard_days": seen.hire.guard_days,
    }
