"""Candidates: what is known of a person, when to be in touch, and the end of a record."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import selectinload

from crm.api import applications, consents, lists
from crm.api.access import me
from crm.api.contract import Json, at, call
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
    number,
    shown,
    text,
    word,
)  # fmt: skip
from crm.domain import cadences, candidates, duplicates, erasing, finding, listing, ownership, search, tags, users
from crm.domain import consents as permissions
from crm.domain.applications import STAGES
from crm.domain.candidates import VISIBILITY, Candidate, Facts
from crm.domain.consents import PURPOSES
from crm.domain.errors import Refused
from crm.domain.listing import ORDERS, Wanted
from crm.domain.warmth import WARMTHS
from crm.kit.languages import LANGUAGES

MOST_TAGS = 50
KNOWN: dict[str, Any] = {
    "full_name": LINE,
    "emails": many(text(254), candidates.MOST_OF_EACH),
    "phone": {**text(40), "description": "The first of `phones`."},
    "phones": many(text(40), candidates.MOST_OF_EACH),
    "location": LINE,
    "headline": LINE,
    "employer": LINE,
    "links": many(text(500), candidates.MOST_OF_EACH),
    "source": LINE,
    "availability": LINE,
    "notice_period": LINE,
    "remote": LINE,
    "pay_expectation": LINE,
    "language": word(("", *LANGUAGES)),
}
SHARED: dict[str, Any] = {"visibility": word(VISIBILITY), "team_id": REFERENCE}
NEW = given(
    needed=["full_name"],
    **KNOWN,
    **SHARED,
    tags=many(text(60), MOST_TAGS),
    consents=many(consents.NEW, MOST_TAGS),
)
CHANGE = given(clears=True, **KNOWN, **SHARED, owner_id=REFERENCE, next_on=DATE, next_why=text(300))

FACTS: dict[str, Any] = {
    "id": FREE,
    "full_name": FREE,
    "emails": many(FREE),
    "phone": maybe(FREE),
    "phones": many(FREE),
    "location": FREE,
    "headline": FREE,
    "employer": FREE,
    "links": many(FREE),
    "source": FREE,
    "availability": FREE,
    "notice_period": FREE,
    "remote": FREE,
    "pay_expectation": FREE,
    "language": {**FREE, "description": "That letters and their page speak to them; empty is English."},
    "said_on": maybe(DATE),
    "tags": many(FREE),
    "warmth": word(WARMTHS),
    "next_on": maybe(DATE),
    "next_why": FREE,
    "let_go_at": maybe(MOMENT),
    "last_contact_at": maybe(MOMENT),
    "last_contact_kind": FREE,
    "last_in_at": {**maybe(MOMENT), "description": "Theirs."},
    "last_out_at": {**maybe(MOMENT), "description": "Ours."},
    "last_two_way_at": {**maybe(MOMENT), "description": "Spoken with, or heard from: what warmth counts from."},
    "warmth_why": {**FREE, "description": "The sentence behind the warmth."},
    "awaits_reply_since": maybe(MOMENT),
    "target_days": {**maybe(number()), "description": "Their own cadence; null is as everybody."},
    "latest_days": maybe(number()),
    "paused": {**FLAG, "description": "Whether nobody is reminded of them for now."},
    "paused_until": {**maybe(DATE), "description": "Null is until further notice."},
    "pause_why": FREE,
    "owner_id": FREE,
    "visibility": word(VISIBILITY),
    "team_id": maybe(FREE),
    "archived_at": maybe(MOMENT),
    "created_at": MOMENT,
    "changed_at": MOMENT,
}
ROW = named("Candidate", shown(**FACTS))
MORE = {"consents": many(consents.CONSENT), "applications": many(applications.APPLICATION)}
WHOLE = named("CandidateRecord", shown(**FACTS, **MORE))
ADDED = named("CandidateAdded", shown(**FACTS, **MORE, possible_duplicates=many(FREE)))
FILTERED = {
    "stage": word(STAGES),
    "role": {**LINE, "description": "The id of a role, or words of its title."},
    "consent": word(PURPOSES),
    "owner": {**LINE, "description": "The id, the mail address or the name of who looks after them; or me."},
    "source": LINE,
    "location": LINE,
    "employer": LINE,
}
ASKED = lists.asked(
    q=text(search.LONGEST_QUERY),
    tag=text(60),
    pool={**LINE, "description": "The name or the id of a pool."},
    **FILTERED,
    warmth=word(WARMTHS),
    sort=word(ORDERS),
    mine=FLAG,
    archived=FLAG,
    due=FLAG,
)


@call("GET", "/candidates", "The candidates you may see", query=ASKED, answer=lists.of(ROW))
def index(asked: Given) -> Json:
    """In the order `due` stand only those who have a next date."""
    if asked.get("q", "").strip() and finding.read(asked["q"]).is_empty:
        return lists.whole([])
    named = tuple((name, asked.pop(name)) for name in FILTERED if name in asked)
    words = {name: value for name, value in asked.items() if name not in {"limit", "after"}}
    wanted = Wanted(filters=named, **words)
    query = listing.of(wanted, seen_by=me())
    query = query.options(selectinload(Candidate.emails), selectinload(Candidate.phones))
    return lists.page(query, asked, *wanted.order.columns, show=rows, newest_first=wanted.order.newest_first)


@call("POST", "/candidates", "Add a candidate", body=NEW, answer=ADDED, status=201)
def add(given: Given) -> Json:
    """A near-duplicate is added all the same, and named."""
    sharing = {name: given[name] for name in SHARED if name in given}
    with at(phones="phone" if "phone" in given else "phones"):
        candidate = candidates.add(_facts(given), by=me(), **sharing)
    for name in given.get("tags", ()):
        with at(name="tags"):
            tags.apply(candidate, name, by=me())
    for place, consent in enumerate(given.get("consents", ())):
        with at(f"consents.{place}"):
            permissions.record(candidate, by=me(), **consent)
    same = duplicates.of(candidate, seen_by=me())
    return _whole(candidate) | {"possible_duplicates": [other.id for other in same]}


@call("GET", "/candidates/{candidate_id}", "All that is known of a candidate", answer=WHOLE)
def show(candidate_id: str) -> Json:
    return _whole(candidates.find(candidate_id, seen_by=me()))


@call("PATCH", "/candidates/{candidate_id}", "Change what is known", body=CHANGE, answer=WHOLE)
def change(given: Given, candidate_id: str) -> Json:
    """What is not given stays as it is."""
    candidate = candidates.find(candidate_id, seen_by=me())
    if KNOWN.keys() & given.keys():
        with at(phones="phone" if "phone" in given else "phones"):
            candidates.change(candidate, _facts(given, candidate), by=me())
    if SHARED.keys() & given.keys():
        shared = given.get("visibility") or candidate.visibility
        candidates.share(candidate, shared, team_id=given.get("team_id", candidate.team_id), by=me())
    _set_next(candidate, given)
    if given.get("owner_id", candidate.owner_id) != candidate.owner_id:
        ownership.hand_over(candidate, users.find(given["owner_id"]), by=me())
    return _whole(candidate)


@call("DELETE", "/candidates/{candidate_id}", "Delete a candidate; in the browser it can be undone for a week")
def delete(candidate_id: str) -> None:
    erasing.delete(candidates.find(candidate_id, seen_by=me()), by=me())


@call("POST", "/candidates/{candidate_id}/archive", "Put a candidate into the archive", answer=WHOLE)
def archive(candidate_id: str) -> Json:
    return _whole(candidates.archive(candidates.find(candidate_id, seen_by=me()), by=me()))


@call("DELETE", "/candidates/{candidate_id}/archive", "Take a candidate out of the archive", answer=WHOLE)
def unarchive(candidate_id: str) -> Json:
    return _whole(candidates.unarchive(candidates.find(candidate_id, seen_by=me()), by=me()))


@call(
    "POST", "/candidates/{candidate_id}/snooze", "Be reminded later",
    body=given(until=DATE, until_reply=FLAG), answer=WHOLE,
)  # fmt: skip
def snooze(given: Given, candidate_id: str) -> Json:
    """Until a day, or until they answer and no longer than their cadence allows."""
    candidate = candidates.find(candidate_id, seen_by=me())
    if given.get("until_reply"):
        return _whole(cadences.wait_for_reply(candidate, by=me()))
    if "until" not in given:
        raise Refused("Until is needed.", field="until")
    return _whole(candidates.snooze(candidate, given["until"], by=me()))


@call("POST", "/candidates/{candidate_id}/letting-go", "Keep a candidate warm no longer", answer=WHOLE)
def let_go(candidate_id: str) -> Json:
    return _whole(candidates.let_go(candidates.find(candidate_id, seen_by=me()), by=me()))


def rows(found: Sequence[Candidate]) -> list[Json]:
    """The candidates come with mails and phones loaded."""
    carried = tags.names([candidate.id for candidate in found])
    return [_row(candidate, carried[candidate.id]) for candidate in found]


def _whole(candidate: Candidate) -> Json:
    return rows([candidate])[0] | {
        "consents": consents.all_of(candidate),
        "applications": applications.all_of(candidate),
    }


def _row(candidate: Candidate, tag_names: list[str]) -> Json:
    return {
        "id": candidate.id,
        "full_name": candidate.full_name,
        "emails": [email.address for email in candidate.emails],
        "phone": candidate.phone,
        "phones": [phone.number for phone in candidate.phones],
        "location": candidate.location,
        "headline": candidate.headline,
        "employer": candidate.employer,
        "links": candidate.links,
        "source": candidate.source,
        "availability": candidate.availability,
        "notice_period": candidate.notice_period,
        "remote": candidate.remote,
        "pay_expectation": candidate.pay_expectation,
        "language": candidate.language,
        "said_on": candidate.said_on,
        "tags": tag_names,
        "warmth": candidate.warmth,
        "next_on": candidate.next_on,
        "next_why": candidate.next_why,
        "let_go_at": candidate.let_go_at,
        "last_contact_at": candidate.last_contact_at,
        "last_contact_kind": candidate.last_contact_kind,
        "last_in_at": candidate.last_in_at,
        "last_out_at": candidate.last_out_at,
        "last_two_way_at": candidate.last_two_way_at,
        "warmth_why": candidate.warmth_why,
        "awaits_reply_since": candidate.awaits_reply_since,
        "target_days": candidate.target_days,
        "latest_days": candidate.latest_days,
        "paused": candidate.is_paused,
        "paused_until": candidate.paused_until if candidate.is_paused else None,
        "pause_why": candidate.pause_why if candidate.is_paused else "",
        "owner_id": candidate.owner_id,
        "visibility": candidate.visibility,
        "team_id": candidate.team_id,
        "archived_at": candidate.archived_at,
        "created_at": candidate.created_at,
        "changed_at": candidate.changed_at,
    }


def _facts(given: Given, candidate: Candidate | None = None) -> Facts:
    """`phone` is the first of the phones; the others stay."""
    known = {name: value for name, value in given.items() if name in KNOWN and name != "phone"}
    if "phone" in given:
        if "phones" in given:
            raise Refused("Give either `phone` or `phones`.", field="phone")
        others = [phone.number for phone in candidate.phones[1:]] if candidate else []
        known["phones"] = [given["phone"], *others]
    return Facts(**known)


def _set_next(candidate: Candidate, given: Given) -> None:
    """The day that stands there already may be given again, even when it has passed."""
    on, why = given.get("next_on", candidate.next_on), given.get("next_why", "")
    if on == candidate.next_on and why in ("", candidate.next_why):
        return
    with at(on="next_on", why="next_why"):
        candidates.set_next(candidate, on, by=me(), why=why)
