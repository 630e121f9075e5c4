"""Pools: people kept under a name, each with a reason."""

from collections.abc import Sequence
from typing import Any

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FLAG, FREE, MOMENT, REFERENCE, Given, given, maybe, named, shown, text, word
from crm.domain import candidates, listing, pools, shape
from crm.domain.candidates import VISIBILITY, Candidate
from crm.domain.listing import Wanted
from crm.domain.pools import Pool

POOL = named(
    "Pool",
    shown(
        id=FREE,
        name=FREE,
        about=FREE,
        search={**FREE, "description": "Whoever fits it is in the pool: what follows the ? of the list's address."},
        owner_id=FREE,
        visibility=word(VISIBILITY),
        team_id=maybe(FREE),
        created_at=MOMENT,
    ),
)
MEMBER = named(
    "PoolMember",
    shown(
        candidate_id=FREE,
        full_name=FREE,
        by_hand={**FLAG, "description": "Else the pool's search found them."},
        reason=FREE,
        by_id=maybe(FREE),
        at=maybe(MOMENT),
    ),
)
WORDS: dict[str, Any] = {
    "name": text(80),
    "about": text(shape.SENTENCE),
    "visibility": word(VISIBILITY),
    "team_id": REFERENCE,
}
PATH = "/pools/{pool_id}"


@call("GET", "/pools", "The pools you may see", query=lists.asked(), answer=lists.of(POOL))
def index(asked: Given) -> Json:
    return lists.page(pools.listed(me()), asked, Pool.key, Pool.id, show=lists.each(_shown))


@call("POST", "/pools", "Make a pool", body=given(needed=["name"], **WORDS), answer=POOL, status=201)
def add(given: Given) -> Json:
    return _shown(pools.add(by=me(), **given))


@call("GET", PATH, "A pool", answer=POOL)
def show(pool_id: str) -> Json:
    return _shown(pools.find(pool_id, seen_by=me()))


@call("PATCH", PATH, "Change a pool", body=given(**WORDS), answer=POOL)
def change(given: Given, pool_id: str) -> Json:
    return _shown(pools.change(pools.find(pool_id, seen_by=me()), by=me(), **given))


@call("DELETE", PATH, "Close a pool; nobody's record changes")
def close(pool_id: str) -> None:
    pools.close(pools.find(pool_id, seen_by=me()), by=me())


@call("GET", PATH + "/members", "Who is in a pool", query=lists.asked(), answer=lists.of(MEMBER))
def members(asked: Given, pool_id: str) -> Json:
    pool = pools.find(pool_id, seen_by=me())
    query = listing.of(Wanted(pool=pool.id), seen_by=me())
    return lists.page(query, asked, Candidate.name_key, Candidate.id, show=lambda people: _members(pool, people))


@call(
    "POST", PATH + "/members", "Put somebody in a pool", status=201, answer=MEMBER,
    body=given(needed=["candidate_id"], candidate_id=REFERENCE, reason=text(300)),
)  # fmt: skip
def put_in(given: Given, pool_id: str) -> Json:
    pool, person = pools.find(pool_id, seen_by=me()), candidates.find(given["candidate_id"], seen_by=me())
    pools.put_in(pool, person, by=me(), reason=given.get("reason", ""))
    return _members(pool, [person])[0]


@call("DELETE", PATH + "/members/{candidate_id}", "Take somebody out of a pool")
def take_out(pool_id: str, candidate_id: str) -> None:
    pools.take_out(pools.find(pool_id, seen_by=me()), candidates.find(candidate_id, seen_by=me()), by=me())


def _members(pool: Pool, people: Sequence[Candidate]) -> list[Json]:
    known = pools.reasons(pool, [person.id for person in people])
    return [
        {
            "candidate_id": person.id,
            "full_name": person.full_name,
            "by_hand": person.id in known,
            "reason": known[person.id].reason if person.id in known else "",
            "by_id": known[person.id].by_id if person.id in known else None,
            "at": known[person.id].at if person.id in known else None,
        }
        for person in people
    ]


def _shown(pool: Pool) -> Json:
    return {
        "id": pool.id,
        "name": pool.name,
        "about": pool.about,
        "search": pool.search,
        "owner_id": pool.owner_id,
        "visibility": pool.visibility,
        "team_id": pool.team_id,
        "created_at": pool.created_at,
    }
