"""Several forwards in one act: several people to one colleague in one letter, or one person to several."""

from collections.abc import Sequence

from crm.api import forwards as forward_calls
from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import (
    DATE,
    FLAG,
    FREE,
    LINE,
    MOMENT,
    REFERENCE,
    Given,
    given,
    many,
    maybe,
    named,
    shown,
    text,
    word,
)
from crm.domain import colleagues, shortlisting
from crm.domain.forwards import Forward
from crm.domain.plans import LONGEST_NOTE
from crm.domain.shortlisting import STATE_WORDS
from crm.domain.shortlists import Shortlist

SHORTLIST = named(
    "Shortlist",
    shown(
        id=FREE,
        state=word(tuple(STATE_WORDS)),
        colleague_id=FREE,
        to=FREE,
        company=FREE,
        position=FREE,
        forward_ids=many(FREE),
        letter_id=maybe(FREE),
        by_id=FREE,
        created_at=MOMENT,
    ),
)
NEW = given(
    needed=["candidate_ids", "colleague_ids"],
    candidate_ids=many(REFERENCE),
    colleague_ids=many(REFERENCE),
    position=LINE,
    note={**text(LONGEST_NOTE), "description": "It opens each letter."},
    until=DATE,
    blind={**FLAG, "description": "All without their names; who allows only that goes so anyway."},
)
MADE = named("ShortlistMade", shown(forwards=many(forward_calls.FORWARD), warnings=many(FREE)))


@call("GET", "/shortlists", "Shortlists, newest first", query=lists.asked(), answer=lists.of(SHORTLIST))
def index(asked: Given) -> Json:
    query = shortlisting.listed(me())
    return lists.page(query, asked, Shortlist.created_at, Shortlist.id, show=_all_shown, newest_first=True)


@call("POST", "/shortlists", "Forward several people, or to several colleagues", body=NEW, answer=MADE, status=201)
def send(given: Given) -> Json:
    """To each colleague one letter, which waits for everybody in it; of one person alone it is a forward."""
    people = shortlisting.chosen(given.pop("candidate_ids"), seen_by=me())
    to = [colleagues.find(one) for one in dict.fromkeys(given.pop("colleague_ids"))]
    planned = shortlisting.plan(people, to, by=me(), **given)
    warnings = shortlisting.warnings(planned, seen_by=me())
    made = shortlisting.send(planned, by=me())
    return {"forwards": [forward_calls.shown_as(one) for one in made], "warnings": warnings}


@call("GET", "/shortlists/{shortlist_id}", "A shortlist", answer=SHORTLIST)
def show(shortlist_id: str) -> Json:
    return _shown(shortlisting.find(shortlist_id, seen_by=me()))


@call("POST", "/shortlists/{shortlist_id}/sending", "Send it with those who said yes", answer=SHORTLIST)
def send_now(shortlist_id: str) -> Json:
    return _shown(shortlisting.send_now(shortlisting.find(shortlist_id, seen_by=me()), by=me()))


@call("POST", "/shortlists/{shortlist_id}/revocation", "All of its links open no more", answer=SHORTLIST)
def revoke(shortlist_id: str) -> Json:
    return _shown(shortlisting.take_back(shortlisting.find(shortlist_id, seen_by=me()), by=me()))


def _shown(shortlist: Shortlist) -> Json:
    return _all_shown([shortlist])[0]


def _all_shown(several: Sequence[Shortlist]) -> list[Json]:
    within = shortlisting.people_of(several, seen_by=me())
    return [_one_shown(shortlist, within[shortlist.id]) for shortlist in several]


def _one_shown(shortlist: Shortlist, people: list[Forward]) -> Json:
    return {
        "id": shortlist.id,
        "state": shortlisting.state(shortlist, people),
        "colleague_id": shortlist.colleague_id,
        "to": shortlist.to_address,
        "company": shortlist.company,
        "position": shortlist.position,
        "forward_ids": [one.id for one in people],
        "letter_id": shortlist.letter_id,
        "by_id": shortlist.by_id,
        "created_at": shortlist.created_at,
    }
