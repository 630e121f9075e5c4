"""By what a candidate is known: all that is on record of them and in their resumes, to be taken out of a text."""

from sqlalchemy import select

from crm.db import db
from crm.domain.candidates import Candidate, Email, Phone
from crm.domain.errors import Refused
from crm.domain.resumes import Resume
from crm.kit import redaction
from crm.kit.redaction import Identity


def of(candidate: Candidate) -> Identity:
    """In three statements; versions of the resume that were removed count, too."""
    kept = select(Resume.filename, Resume.proposed).where(Resume.candidate_id == candidate.id)
    found = list(db.session.execute(kept))
    proposed = [read for _, read in found if read]
    addresses = db.session.scalars(select(Email.address).where(Email.candidate_id == candidate.id))
    numbers = db.session.scalars(select(Phone.number).where(Phone.candidate_id == candidate.id))
    return Identity(
        names=_each(candidate.full_name, *(read.get("full_name") for read in proposed)),
        addresses=_each(*addresses, *(read.get("email") for read in proposed)),
        numbers=_each(*numbers, *(read.get("phone") for read in proposed)),
        links=tuple(candidate.links),
        employers=_each(candidate.employer),
        files=_each(*(filename for filename, _ in found)),
    )


def refuse(told: dict[str, str], candidate: Candidate) -> None:
    """Raises Refused at the first field (name -> words) that says who they are."""
    identity = of(candidate)
    for field, words in told.items():
        if said := redaction.tells(words, identity):
            raise Refused(f"“{said}” says who they are. Write it without; they stay unnamed here.", field=field)


def _each(*words: str | None) -> tuple[str, ...]:
    return tuple({word.strip(): None for word in words if word and word.strip()})
