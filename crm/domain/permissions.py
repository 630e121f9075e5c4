"""A yes that a user writes down for a candidate: told to them by a letter, with the way to take it back."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.domain import consents, doors, outbox, personal_letters
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.errors import Missing
from crm.domain.outbox import Letter
from crm.domain.users import User

TOLD = frozenset(("forward", "introduce"))
"""Purposes by which somebody else gets to know of them: those are told."""
BY_EAR = frozenset(("phone", "mail", "in_person"))


@dataclass(frozen=True)
class Noted:
    """A permission with its letter, as delivery needs them."""

    consent: Consent
    candidate: Candidate
    letter: Letter


def record(candidate: Candidate, *, by: User, **given: Any) -> Consent:
    """As consents.record. What was said on the phone, by mail or in person is told to them, where they can be written
    to; a second click tells nothing new.
    """
    consent = consents.record(candidate, by=by, **given)
    is_told = consent.purpose in TOLD and consent.channel in BY_EAR and consent.letter_id is None
    if is_told and (address := personal_letters.way_to(candidate).address):
        consent.letter_id = _told(consent, candidate, address, by).id
    return consent


def for_delivery(letter: Letter) -> Noted:
    query = select(Consent).where(Consent.letter_id == letter.id).options(joinedload(Consent.by, innerjoin=True))
    consent = db.session.scalar(query)
    candidate = db.session.get(Candidate, consent.candidate_id) if consent is not None else None
    if consent is None or candidate is None:
        raise Missing
    return Noted(consent, candidate, letter)


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
