"""The letter of a forward on its way out: what may stand against it, and what its link opens by."""

from contextlib import suppress

from sqlalchemy import bindparam, delete, exists, insert, select
from sqlalchemy.orm import aliased, joinedload

from crm.db import Base, db
from crm.domain import disclosures, forwards, resumes, sharing
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.forwards import Forward
from crm.domain.outbox import KeptMail, Letter
from crm.domain.resumes import Resume
from crm.kit import clock, files, tokens

_NEEDED = tuple(joinedload(one) for one in (Forward.candidate, Forward.colleague, Forward.resume, Forward.by))
_FOR_DELIVERY = select(Forward).where(Forward.letter_id == bindparam("id")).options(*_NEEDED)
_TO_COME = ("queued", "claimed", "in_doubt")
_MINT = insert(Base.metadata.tables["forward_link"])

# --- queries


def for_delivery(letter: Letter) -> Forward:
    """In one statement: it is asked twice for each letter, and a statement costs more than a join."""
    forward = db.session.scalar(_FOR_DELIVERY, {"id": letter.id})
    if forward is None:
        raise Missing
    return forward


def why_not(forward: Forward, lock: bool = False) -> str:
    """What stands against handing the letter over now: a word of outbox.BLOCKED_WORDS, or nothing."""
    if over := _is_over(forward):
        return over
    if forward.colleague.forwards_off_at is not None:
        return "suppressed"
    if not forward.by.is_active:
        return "owner"
    passes = forwards.gate_of(forward, lock=lock)
    if passes.blocks:
        return passes.blocks
    if lock and passes.consent is not None:  # another yes may cover it by now: it leaves on that one
        forward.consent_id = passes.consent.id
    if forward.resume is None or forward.resume.removed_at is not None or not (lock or _is_whole(forward.resume)):
        return "document"
    return ""


# --- verbs


def mint(forward: Forward, token: str) -> None:
    """What the link opens by and, in the same breath, what exactly is leaving."""
    db.session.execute(_MINT, {"forward_id": forward.id, "token_hash": tokens.digest(token)})
    disclosures.note(forward, sharing.told(forward))


def forget(candidate: Candidate) -> None:
    """Before the record is erased: the letters that carried nobody else, those that told of its end, and what
    was kept of any. One that still is to tell of the end does so, and names nobody.
    """
    other = aliased(Forward)
    with_others = exists().where(other.letter_id == Forward.letter_id, other.candidate_id != candidate.id)
    theirs = select(Forward.letter_id).where(Forward.candidate_id == candidate.id, ~with_others)
    told = select(Forward.revoked_letter_id).where(Forward.candidate_id == candidate.id)
    carried = select(Forward.letter_id).where(Forward.candidate_id == candidate.id)
    db.session.execute(delete(KeptMail).where(KeptMail.letter_id.in_(carried)))
    has_told = Letter.id.in_(told) & Letter.state.not_in(_TO_COME)
    db.session.execute(delete(Letter).where(Letter.id.in_(theirs) | has_told))


# --- parts


def _is_over(forward: Forward) -> str:
    if forward.revoked_at is not None or forward.candidate.is_deleted or forward.until < clock.today():
        return "revoked"  # "until" is also the last day on which the letter may leave
    return "overtaken" if forward.refused_at or forward.lapsed_at else ""


def _is_whole(resume: Resume) -> bool:
    with suppress(files.Missing, Refused):
        return bool(resumes.content(resume))
    return False
