"""Gracious signals: what a candidate did that was kind. Context, and part of no order."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import DATE, FREE, MOMENT, Given, given, maybe, named, shown, text, word
from crm.domain import candidates, signals
from crm.domain.signals import KINDS, LONGEST, Signal

SIGNAL = named(
    "Signal",
    shown(id=FREE, candidate_id=FREE, kind=word(KINDS), words=FREE, on=DATE, at=MOMENT, by_id=FREE,
          arrival_id=maybe(FREE)),
)  # fmt: skip
NEW = given(
    needed=["kind"],
    kind={
        **word(KINDS),
        "description": "`thanked` everybody who interviewed them; `remember`: asked to be remembered.",
    },
    words=text(LONGEST),
)
PATH = "/candidates/{candidate_id}/signals"


@call("GET", PATH, "Gracious signals of a candidate, newest first", query=lists.asked(), answer=lists.of(SIGNAL))
def index(asked: Given, candidate_id: str) -> Json:
    query = signals.listed(candidates.find(candidate_id, seen_by=me()))
    return lists.page(query, asked, Signal.at, Signal.id, show=lists.each(_shown), newest_first=True)


@call("POST", PATH, "Note a gracious signal", body=NEW, answer=SIGNAL, status=201)
def log(given: Given, candidate_id: str) -> Json:
    """One of a kind a day: noted again, it is the same."""
    return _shown(signals.log(candidates.find(candidate_id, seen_by=me()), by=me(), **given))


@call("DELETE", PATH + "/{signal_id}", "Take the note of a signal back")
def take_back(candidate_id: str, signal_id: str) -> None:
    candidate = candidates.find(candidate_id, seen_by=me())
    signals.take_back(signals.find(candidate, signal_id), candidate, by=me())


def _shown(signal: Signal) -> Json:
    return {
        "id": signal.id,
        "candidate_id": signal.candidate_id,
        "kind": signal.kind,
        "words": signal.words,
        "on": signal.on,
        "at": signal.at,
        "by_id": signal.by_id,
        "arrival_id": signal.arrival_id,
    }
