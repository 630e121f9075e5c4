"""The address book that the whole company shares."""

from typing import Any

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FREE, LINE, MOMENT, Given, given, maybe, named, shown, text
from crm.domain import colleagues, shape
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
