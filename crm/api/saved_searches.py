"""Searches kept under a name, and whom they find."""

from typing import Any

from sqlalchemy.orm import selectinload

from crm.api import candidates as people_of_the_list
from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FLAG, FREE, MOMENT, REFERENCE, Given, given, maybe, named, shown, text, word
from crm.domain import listing, saved_searches
from crm.domain.candidates import VISIBILITY, Candidate
from crm.domain.saved_searches import SavedSearch

SEARCH = named(
    "SavedSearch",
    shown(
        id=FREE,
        name=FREE,
        search={**FREE, "description": "What follows the ? of the list's address."},
        owner_id=FREE,
        visibility=word(VISIBILITY),
        team_id=maybe(FREE),
        alert={**FLAG, "description": "Whether its owner hears of who newly fits."},
        created_at=MOMENT,
    ),
)
WORDS: dict[str, Any] = {
    "name": text(80),
    "visibility": word(VISIBILITY),
    "team_id": REFERENCE,
    "alert": FLAG,
}
NEW = given(needed=["name", "search"], **WORDS, search=text(saved_searches.LONGEST))
PATH = "/searches/{search_id}"


@call("GET", "/searches", "The saved searches you may see", query=lists.asked(), answer=lists.of(SEARCH))
def index(asked: Given) -> Json:
    return lists.page(saved_searches.listed(me()), asked, SavedSearch.key, SavedSearch.id, show=lists.each(_shown))


@call("POST", "/searches", "Keep a search under a name", body=NEW, answer=SEARCH, status=201)
def add(given: Given) -> Json:
    return _shown(saved_searches.add(by=me(), **given))


@call("GET", PATH, "A saved search", answer=SEARCH)
def show(search_id: str) -> Json:
    return _shown(saved_searches.find(search_id, seen_by=me()))


@call("PATCH", PATH, "Change a saved search", body=given(**WORDS), answer=SEARCH)
def change(given: Given, search_id: str) -> Json:
    return _shown(saved_searches.change(saved_searches.find(search_id, seen_by=me()), by=me(), **given))


@call("DELETE", PATH, "Let go of a saved search; nobody's record changes")
def remove(search_id: str) -> None:
    saved_searches.remove(saved_searches.find(search_id, seen_by=me()), by=me())


@call("GET", PATH + "/candidates", "Who fits a saved search", query=lists.asked(),
      answer=lists.of(people_of_the_list.ROW))  # fmt: skip
def people(asked: Given, search_id: str) -> Json:
    """With your eyes, whoever keeps the search."""
    wanted = listing.wanted_at(saved_searches.find(search_id, seen_by=me()).search)
    query = listing.of(wanted, seen_by=me()).options(selectinload(Candidate.emails), selectinload(Candidate.phones))
    order = wanted.order
    return lists.page(query, asked, *order.columns, show=people_of_the_list.rows, newest_first=order.newest_first)


def _shown(saved: SavedSearch) -> Json:
    return {
        "id": saved.id,
        "name": saved.name,
        "search": saved.search,
        "owner_id": saved.owner_id,
        "visibility": saved.visibility,
        "team_id": saved.team_id,
        "alert": saved.alert,
        "created_at": saved.created_at,
    }
