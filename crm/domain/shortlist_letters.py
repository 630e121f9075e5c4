"""The letter of a shortlist on its way out: who of its people may still go, and what their links open by."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.domain import disclosures, forward_letters, forwards
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.shortlists import Shortlist

_NEEDED = tuple(joinedload(one) for one in (Forward.candidate, Forward.colleague, Forward.resume, Forward.by))
_SHORTLIST = (joinedload(Shortlist.colleague, innerjoin=True), joinedload(Shortlist.by, innerjoin=True))


@dataclass(frozen=True)
class Selection:
    """A shortlist, and those of its people whom the letter is to carry."""

    shortlist: Shortlist
    forwards: list[Forward]

    def standing(self, *, lock: bool) -> dict[str, str]:
        """By the forward's id: a word of outbox.BLOCKED_WORDS for what stands against it, or nothing."""
        return {forward.id: forward_letters.why_not(forward, lock) for forward in self.forwards}


# --- queries


def for_delivery(letter: Letter) -> Selection:
    shortlist = db.session.scalar(select(Shortlist).where(Shortlist.letter_id == letter.id).options(*_SHORTLIST))
    if shortlist is None:
        raise Missing
    carried = select(Forward).where(Forward.letter_id == letter.id).order_by(Forward.id).options(*_NEEDED)
    return Selection(shortlist, list(db.session.scalars(carried)))


def going(selection: Selection) -> list[Forward]:
    """Who is written about now."""
    against = selection.standing(lock=False)
    return [forward for forward in selection.forwards if not against[forward.id]]


def why_not(selection: Selection, lock: bool = False) -> str:
    """Only what stands against all of them stops the letter."""
    against = list(selection.standing(lock=lock).values())
    return "" if "" in against else next(iter(against), "revoked")


# --- verbs


def is_as_written(selection: Selection, written: Mapping[str, str]) -> bool:
    """Whether it says exactly those who may go now. Who may not go any more is left out, and then it is written anew:
    it never leaves with them in it.
    """
    against = selection.standing(lock=True)
    for forward in selection.forwards:
        if against[forward.id]:
            forwards.leave_out(forward, against[forward.id])
    return {one for one, why in against.items() if not why} == set(written)


def mint(selection: Selection, written: Mapping[str, str]) -> None:
    """A link of their own for each."""
    for forward in selection.forwards:
        if forward.id in written:
            forward_letters.mint(forward, written[forward.id])


def forget(candidate: Candidate) -> None:
    """Before the record is erased: what opens a letter may tell of anybody in it."""
    theirs = select(Forward.shortlist_id).where(Forward.candidate_id == candidate.id)
    disclosures.forget_openings(theirs)
    db.session.execute(update(Shortlist).where(Shortlist.id.in_(theirs)).values(note=""))
