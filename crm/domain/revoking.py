"""A forward that ends before its day: the link closes at once, and whom it had reached is told, politely and not why.

What was attached or downloaded cannot be called back; the letter asks for it to be deleted, and nothing pretends more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.domain import events, forwards, outbox
from crm.domain.errors import Missing, Refused
from crm.domain.forwards import NEVER_CAME, Forward
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.kit import clock

REACHED = ("in_doubt", "accepted", "delivered")
"""What a letter is that came to somebody, or may have come."""
_NEEDED = tuple(joinedload(one) for one in (Forward.candidate, Forward.colleague, Forward.by, Forward.letter))
_FOR_DELIVERY = select(Forward).where(Forward.revoked_letter_id == bindparam("id")).options(*_NEEDED)


@dataclass(frozen=True)
class Erased:
    """A forward that went with its candidate: the letter asks for the same, and names nobody."""

    by: User


# --- queries


def for_delivery(letter: Letter) -> Forward | Erased:
    forward = db.session.scalar(_FOR_DELIVERY, {"id": letter.id})
    if forward is not None:
        return forward
    if letter.by_id is None:
        raise Missing
    return Erased(db.session.get_one(User, letter.by_id))


def why_not(forward: Forward | Erased, _lock: bool) -> str:
    """A letter that came to nobody needs no second one after it."""
    if isinstance(forward, Erased):
        return ""
    return "nothing" if forward.letter is None or forward.letter.state in NEVER_CAME else ""


def names(forward: Forward) -> bool:
    """Whether the letter may say whose resume it was: where it is sure that they were told before."""
    return not forward.blind and forward.letter is not None and forward.letter.has_left


def may_be_kept(forward: Forward) -> bool:
    """Whether they can have the file itself, which nobody can recall."""
    return forward.deliver == "attachment" or forward.downloaded_at is not None


# --- verbs


def revoke(forward: Forward, *, by: User) -> Forward:
    """By who sent it, or the office."""
    return _close(forward, by=by, who=by)


def take_back(forward: Forward) -> Forward:
    """By the candidate, on their own page."""
    return _close(forward, by=None, who=forward.by)


def close_uncovered(candidate_id: str, *, by: User | None) -> list[Forward]:
    """After a permission ended, or a rule was given: what had reached somebody and may no longer be shown. `by` is None
    for the candidate, by link.
    """
    closed = [one for one in _reached(candidate_id) if not _may_be_shown(one)]
    return [_close(forward, by=by, who=forward.by) for forward in closed]


def close_all(candidate_id: str) -> None:
    """By the candidate who leaves, or at the end of the record, whatever the permissions say: one that ran out may have
    left a file behind.
    """
    for forward in _reached(candidate_id):
        take_back(forward)


# --- parts


def _reached(candidate_id: str) -> Sequence[Forward]:
    theirs = select(Forward).join(Forward.letter).options(*_NEEDED)
    open_still = (Forward.candidate_id == candidate_id, Forward.revoked_at.is_(None), Letter.state.in_(REACHED))
    return db.session.scalars(theirs.where(*open_still)).all()


def _may_be_shown(forward: Forward) -> bool:
    """A record that is put away opens again with all its links, where it comes back."""
    return forwards.gate_of(forward).word in {"", "gone"}


def _close(forward: Forward, *, by: User | None, who: User) -> Forward:
    """`who` writes the letter."""
    if forward.revoked_at is not None:
        return forward
    held = forward.is_open or may_be_kept(forward)
    forwards.revoke(forward, by=by)
    if held and forward.letter is not None and forward.letter.state in REACHED:
        _tell(forward, who)
    return forward


def _tell(forward: Forward, who: User) -> None:
    """Closing does not wait for it: who wants no more mail is not told, nor is anybody beyond the daily limit."""
    try:
        forward.revoked_letter = outbox.queue(
            "revoked", intent=f"revoked {forward.id}", to_address=forward.to_address,
            to_name=forward.colleague.name, by=who, at=_when_known(forward),
        )  # fmt: skip
    except Refused as refusal:
        text = f"{forward.colleague.name} at {forward.company} could not be told that the resume is closed: {refusal}"
        events.record("forward.untold", by=None, subject_id=forward.candidate_id, text=text)


def _when_known(forward: Forward) -> datetime | None:
    """A letter in doubt is mostly settled soon by the mail server's log."""
    in_doubt = forward.letter is not None and forward.letter.state == "in_doubt"
    return clock.now() + outbox.DOUBT_LASTS if in_doubt else None
