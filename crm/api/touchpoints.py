"""Contacts with a candidate; logging one moves the next date."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FLAG, FREE, MOMENT, Given, given, named, shown, text, word
from crm.domain import candidates, shape, touchpoints
from crm.domain.touchpoints import DIRECTIONS, KINDS, Touchpoint

TOUCHPOINT = named(
    "Touchpoint",
    shown(
        id=FREE,
        kind=word(KINDS),
        direction=word(DIRECTIONS),
        at=MOMENT,
        text=FREE,
        by_id=FREE,
        by_candidate={**FLAG, "description": "Said on their own page; `by_id` is who looks after them."},
        created_at=MOMENT,
    ),
)
NEW = given(
    needed=["kind"],
    kind=word(KINDS),
    direction={**word(DIRECTIONS), "description": "From the candidate or to them; `out` unless told."},
    at={**MOMENT, "description": "Now unless told; UTC where there is no offset."},
    text=text(shape.TEXT),
)
PATH = "/candidates/{candidate_id}/touchpoints"


@call("GET", PATH, "Contacts with a candidate, newest first", query=lists.asked(), answer=lists.of(TOUCHPOINT))
def index(asked: Given, candidate_id: str) -> Json:
    query = touchpoints.of(candidates.find(candidate_id, seen_by=me()))
    return lists.page(query, asked, Touchpoint.at, Touchpoint.id, show=lists.each(_shown), newest_first=True)


@call("POST", PATH, "Log a contact", body=NEW, answer=TOUCHPOINT, status=201)
def log(given: Given, candidate_id: str) -> Json:
    candidate = candidates.find(candidate_id, seen_by=me())
    return _shown(touchpoints.log(candidate, by=me(), **{"direction": "out", **given}))


def _shown(touchpoint: Touchpoint) -> Json:
    return {
        "id": touchpoint.id,
        "kind": touchpoint.kind,
        "direction": touchpoint.direction,
        "at": touchpoint.at,
        "text": touchpoint.text,
        "by_id": touchpoint.by_id,
        "by_candidate": touchpoint.is_their_own,
        "created_at": touchpoint.created_at,
    }
