"""What was promised to a candidate, and by when."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import DATE, FLAG, FREE, MOMENT, Given, given, many, maybe, named, shown, text, word
from crm.domain import candidates, promises
from crm.domain.errors import Refused
from crm.domain.promises import LONGEST, STATES, Promise

PROMISE = named(
    "Promise",
    shown(
        id=FREE,
        candidate_id=FREE,
        text=FREE,
        due_on=DATE,
        state={**word(STATES), "description": "A `renewed` one is open, with another date than it was made for."},
        is_due={**FLAG, "description": "Open, and its day has come."},
        earlier={**many(DATE), "description": "The dates that it was moved from, first to last."},
        made_at=MOMENT,
        by_id=FREE,
        touchpoint_id={**maybe(FREE), "description": "The contact in which it was made."},
        kept_with_id={**maybe(FREE), "description": "The contact that kept it."},
        settled_at=maybe(MOMENT),
        apologised_at=maybe(MOMENT),
    ),
)
NEW = given(needed=["text", "due_on"], text=text(LONGEST), due_on=DATE)
CHANGE = given(
    state={
        **word(STATES),
        "description": "`kept` or `broken` settles it, `open` takes that back, `renewed` needs `due_on`.",
    },
    due_on={**DATE, "description": "A new date for a promise that is open."},
)
PATH = "/candidates/{candidate_id}/promises"


@call("GET", PATH, "What was promised to a candidate, due first", query=lists.asked(), answer=lists.of(PROMISE))
def index(asked: Given, candidate_id: str) -> Json:
    user = me()
    query = promises.of(candidates.find(candidate_id, seen_by=user), seen_by=user)
    return lists.page(query, asked, Promise.due_on, Promise.id, show=lists.each(shown_as))


@call("POST", PATH, "Record a promise", body=NEW, answer=PROMISE, status=201)
def make(given: Given, candidate_id: str) -> Json:
    """The same words for the same day are one promise."""
    return shown_as(promises.make(candidates.find(candidate_id, seen_by=me()), by=me(), **given))


@call("GET", PATH + "/{promise_id}", "A promise", answer=PROMISE)
def show(candidate_id: str, promise_id: str) -> Json:
    return shown_as(_found(candidate_id, promise_id))


@call("PATCH", PATH + "/{promise_id}", "Keep, break, move or open a promise", body=CHANGE, answer=PROMISE)
def change(given: Given, candidate_id: str, promise_id: str) -> Json:
    """Settled once: whoever comes second is told who was first."""
    promise, state, due_on = _found(candidate_id, promise_id), given.get("state"), given.get("due_on")
    if state in promises.SETTLED and due_on is not None:
        raise Refused("What is settled has no new date.", field="due_on")
    if state == "renewed" and due_on is None:
        raise Refused("Say by when instead.", field="due_on")
    if state == "open":
        promises.reopen(promise, by=me())
    if due_on is not None:
        promises.renew(promise, due_on, by=me())
    elif state == "kept":
        promises.keep(promise, by=me())
    elif state == "broken":
        promises.break_(promise, by=me())
    return shown_as(promise)


@call("DELETE", PATH + "/{promise_id}", "Take back a promise that was never made")
def take_back(candidate_id: str, promise_id: str) -> None:
    promises.take_back(_found(candidate_id, promise_id), by=me())


def shown_as(promise: Promise) -> Json:
    return {
        "id": promise.id,
        "candidate_id": promise.candidate_id,
        "text": promise.text,
        "due_on": promise.due_on,
        "state": promise.state,
        "is_due": promise.is_due,
        "earlier": promise.earlier,
        "made_at": promise.made_at,
        "by_id": promise.by_id,
        "touchpoint_id": promise.touchpoint_id,
        "kept_with_id": promise.kept_with_id,
        "settled_at": promise.settled_at,
        "apologised_at": promise.apologised_at,
    }


def _found(candidate_id: str, promise_id: str) -> Promise:
    user = me()
    return promises.find(candidates.find(candidate_id, seen_by=user), promise_id, seen_by=user)
