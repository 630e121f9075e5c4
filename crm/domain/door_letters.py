"""Sending a candidate their own page: a letter in somebody's words, with the link to it."""

from crm.db import db
from crm.domain import doors, outbox, personal_letters
from crm.domain.candidates import Candidate
from crm.domain.outbox import Letter
from crm.domain.personal_letters import PersonalLetter
from crm.domain.users import User

PURPOSE = "door"


def send(candidate: Candidate, *, subject: str, text: str, by: User, intent: str) -> Letter:
    """The same intent again is the same letter."""
    if queued := outbox.by_intent(f"door {intent}"):
        return queued
    address, subject, text = personal_letters.check(candidate, subject=subject, text=text, by=by)
    personal = PersonalLetter(candidate_id=candidate.id, purpose=PURPOSE, subject=subject, text=text, by_id=by.id)
    db.session.add(personal)
    db.session.flush()
    return outbox.queue(
        "door", intent=f"door {intent}", to_address=address, to_name=candidate.full_name, by=by,
        personal_letter_id=personal.id,
    )  # fmt: skip


def mint(personal: PersonalLetter, token: str) -> None:
    doors.mint(personal.candidate_id, token)
