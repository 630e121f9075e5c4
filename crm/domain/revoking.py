"""A forward that ends before its day: the link closes at once, and whom it had reached is told, politely and not why.

What was attached or downloaded cannot be called back; the letter asks for it to be deleted, and nothing pretends more.
"""

from collections.abc import Iterable, Sequence
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
_FOR_DELIVERY = (
    select(Forward).where(Forward.revoked_letter_id == bindparam("id")).order_by(Forward.id).options(*_NEEDED)
)


@dataclass(frozen=True)
class Erased:
    """A forward that went with its candidate: the letter asks for the same, and names nobody."""

    by: User


# --- queries


def for_delivery(letter: Letter) -> Sequence[Forward] | Erased:
    """One, or those of a shortlist, to the same colleague."""
    if ended := db.session.scalars(_FOR_DELIVERY, {"id": letter.id}).all():
        return ended
    if letter.by_id is None:
        raise Missing
    return Erased(db.session.get_one(User, letter.by_id))


def why_not(about: Sequence[Forward] | Erased, _lock: bool) -> str:
    """A letter that came to nobody needs no second one after it."""
    if isinstance(about, Erased):
        return ""
    return "" if any(one.letter is not None and one.letter.state not in NEVER_CAME for one in about) else "nothing"


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


def revoke_all(within: Iterable[Forward], *, by: User) -> None:
    """Those of one shortlist, by whoever sent it: the colleague is told once, of all of them."""
    if to_tell := [one for one in within if _ends(one, by=by)]:
        _tell(to_tell, by)


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
    if _ends(forward, by=by):
        _tell([forward], who)
    return forward


def _ends(forward: Forward, *, by: User | None) -> bool:
    """Closes it; whether somebody is to be told."""
    if forward.revoked_at is not None:
        return False
    held = forward.is_open or may_be_kept(forward)
    forwards.revoke(forward, by=by)
    return held and forward.letter is not None and forward.letter.state in REACHED


def _tell(ended: Sequence[Forward], who: User) -> None:
    """To one colleague. Closing does not wait for it: who wants no more mail is not told, nor is anybody beyond the
    daily limit.
    """
    first = ended[0]
    try:
        letter = outbox.queue(
            "revoked", intent=f"revoked {first.id}", to_address=first.to_address, to_name=first.colleague.name, by=who,
            at=max(filter(None, map(_when_known, ended)), default=None),
        )  # fmt: skip
        for forward in ended:
            forward.revoked_letter = letter
    except Refused as refusal:
        text = f"{first.colleague.name} at {first.company} could not be told that the resume is closed: {refusal}"
        for forward in ended:
            events.record("forward.untold", by=None, subject_id=forward.candidate_id, text=text)


def _when_known(forward: Forward) -> datetime | None:
    """A letter in doubt is mostly settled soon by the mail server's log."""
    in_doubt = forward.letter is not None and forward.letter.state == "in_doubt"
    return clock.now() + outbox.DOUBT_LASTS if in_doubt else None
