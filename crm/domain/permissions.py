"""A yes that a user writes down for a candidate: told to them by a letter, with the way to take it back."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.domain import consents, doors, forward_endings, news, outbox, personal_letters, shape, withdrawals
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.errors import Missing
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.users import User

TOLD = frozenset(("forward", "introduce"))
"""Purposes by which somebody else gets to know of them: those are told."""
BY_EAR = frozenset(("phone", "mail", "in_person"))


@dataclass(frozen=True)
class Recorded:
    """`released`: forwards that had waited for this yes, and are on their way now."""

    consent: Consent
    released: list[Forward]


@dataclass(frozen=True)
class Noted:
    """A permission with its letter, as delivery needs them."""

    consent: Consent
    candidate: Candidate
    letter: Letter


# --- queries


def told_by(letter_id: str | None) -> Consent:
    """What this letter told them of; raises Missing."""
    query = select(Consent).where(Consent.letter_id == letter_id).options(joinedload(Consent.by, innerjoin=True))
    consent = db.session.scalar(query) if letter_id else None
    if consent is None:
        raise Missing
    return consent


def sentence(consent: Consent, candidate: Candidate) -> str:
    """Whether they are told by a letter what was written down, and why not; for whoever did."""
    if consent.purpose not in TOLD:
        return ""
    if consent.letter_id is not None:
        return f"{candidate.full_name} is told so by a letter, with the way to take it back."
    if consent.channel not in BY_EAR:
        why = "it was given on a form." if consent.channel == "form" else "nobody noted how it was said."
    else:
        why = personal_letters.stands_against(candidate)
    return f"No letter tells {candidate.full_name} of it: {why}"


# --- verbs


def record(candidate: Candidate, *, by: User, **given: Any) -> Consent:
    return write_down(candidate, by=by, **given).consent


def write_down(candidate: Candidate, *, by: User, **given: Any) -> Recorded:
    """As consents.record. What was said on the phone, by mail or in person is told to them, where they can be written
    to; a second click tells nothing new. What waited for it leaves.
    """
    consent = consents.record(candidate, by=by, **given)
    is_told = consent.purpose in TOLD and consent.channel in BY_EAR and consent.letter_id is None
    if is_told and (address := personal_letters.way_to(candidate).address):
        consent.letter_id = _told(consent, candidate, address, by).id
    return Recorded(consent, forward_endings.release(consent, by=by) if consent.purpose == "forward" else [])


def take_back(consent: Consent) -> list[Forward]:
    """By the candidate, from the letter: this one, however often it was written down; none of another scope, and none
    that they gave by their own link. Returns the forwards that were already being handed over.
    """
    theirs = db.session.scalars(consents.of_candidate(consent.candidate_id)).all()
    heard = [one for one in theirs if one.withdrawn_at is None and not one.is_their_own]
    same = [one for one in heard if _scope(one) == _scope(consent)]
    too_late = withdrawals.take_back(same)
    if same:
        text = f"took back what {consent.by.name} wrote down: the yes to {consents.what(consent)}"
        news.tell(consent.by_id, kind="door", text=text, candidate_id=consent.candidate_id)
    return too_late


def _scope(one: Consent) -> tuple[str, ...]:
    return one.purpose, shape.key(one.company), one.recipient


# --- delivery, by the worker


def for_delivery(letter: Letter) -> Noted:
    consent = told_by(letter.id)
    return Noted(consent, db.session.get_one(Candidate, consent.candidate_id), letter)


def why_not(noted: Noted, lock: bool = False) -> str:
    """What stands against handing it over now: a word of outbox.BLOCKED_WORDS, or nothing."""
    if noted.candidate.is_deleted:
        return "revoked"
    if not noted.consent.is_valid:
        return "overtaken"
    return "consent" if consents.forbids_contact(noted.candidate.id, lock=lock) else ""


def mint(noted: Noted, token: str) -> None:
    doors.mint(noted.candidate.id, token, letter_id=noted.letter.id)


def _told(consent: Consent, candidate: Candidate, address: str, by: User) -> Letter:
    return outbox.queue(
        "permission", intent=f"permission {consent.id}", to_address=address, to_name=candidate.full_name, by=by
    )
