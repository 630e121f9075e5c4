"""Letters of any kind that somebody takes back before they leave, or drops in doubt, with what goes with each."""

from crm.domain import (
    dispatch,
    events,
    forward_letters,
    introduction_letters,
    introductions,
    keeping,
    outbox,
    policy,
    shortlist_letters,
    shortlisting,
    teaser_letters,
)
from crm.domain.errors import Refused
from crm.domain.outbox import INTRODUCTIONS, Letter
from crm.domain.promises import without_apology
from crm.domain.users import User
from crm.kit import clock


def take_back(letter: Letter, *, by: User) -> Letter:
    """One that still waits; with the letter of a forward goes the forward, with one of an introduction the other."""
    if letter.kind in INTRODUCTIONS:
        return _introduction(letter, by)
    outbox.cancel(letter, by=by)
    without_apology(letter.id)
    return _close(letter, "took back", by)


def drop(letter: Letter, *, by: User) -> Letter:
    """A letter in doubt is not sent again; should it have arrived, the link in it opens no more."""
    dispatch.drop(letter, by=by)
    return _close(letter, "dropped", by)


# --- parts


def _introduction(letter: Letter, by: User) -> Letter:
    """Neither hears of the other when one does not: what stops one stops both, or neither."""
    introduction = introduction_letters.for_delivery(letter).introduction
    policy.require("revoke", introduction, by=by)
    introductions.lock(introduction)
    if not letter.is_waiting:
        raise Refused(outbox.NOT_WAITING)
    introductions.take_back(introduction, by=by)
    return letter


def _close(letter: Letter, did: str, by: User) -> Letter:
    keeping.taken_back(letter)
    if letter.kind == "shortlist":
        shortlisting.close(shortlist_letters.for_delivery(letter).shortlist, did, by=by)
    elif letter.kind == "teaser":
        teaser = teaser_letters.for_delivery(letter)
        teaser.revoked_at = teaser.revoked_at or clock.now()
    elif letter.kind == "forward":
        forward = forward_letters.for_delivery(letter)
        forward.revoked_at = forward.revoked_at or clock.now()
        text = f"{did} the forward to {forward.colleague.name} at {forward.company}"
        events.record("forward.revoked", by=by, subject_id=forward.candidate_id, text=text)
    return letter
