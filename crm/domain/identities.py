"""By what a candidate is known: all that is on record of them and in their resumes, to be taken out of a text."""

from sqlalchemy import func, select

from crm.db import db
from crm.domain import merged
from crm.domain.candidates import Candidate, Email, Phone
from crm.domain.errors import Refused
from crm.domain.resumes import Resume
from crm.kit import employers, redaction
from crm.kit.redaction import Identity

MOST_READ = 100_000
"""Characters of each resume in which employers are looked for."""


def of(candidate: Candidate) -> Identity:
    """In a few statements; versions of the resume that were removed count, too."""
    text = func.substr(Resume.text, 1, MOST_READ)
    kept = select(Resume.filename, Resume.proposed, text).where(Resume.candidate_id == candidate.id)
    found = list(db.session.execute(kept))
    proposed = [read for _, read, _ in found if read]
    addresses = db.session.scalars(select(Email.address).where(Email.candidate_id == candidate.id))
    numbers = db.session.scalars(select(Phone.number).where(Phone.candidate_id == candidate.id))
    names, firms = merged.known_as(candidate.id)
    return Identity(
        names=_each(candidate.full_name, *names, *(read.get("full_name") for read in proposed)),
        addresses=_each(*addresses, *(read.get("email") for read in proposed)),
        numbers=_each(*numbers, *(read.get("phone") for read in proposed)),
        links=tuple(candidate.links),
        employers=_each(candidate.employer, *firms, *_worked_for(candidate, [text for _, _, text in found])),
        files=_each(*(filename for filename, _, _ in found)),
    )


def refuse(told: dict[str, str], candidate: Candidate) -> None:
    """Raises Refused at the first field (name -> words) that says who they are."""
    identity = of(candidate)
    for field, words in told.items():
        if said := redaction.tells(words, identity):
            raise Refused(f"“{said}” says who they are. Write it without; they stay unnamed here.", field=field)


def _worked_for(candidate: Candidate, texts: list[str]) -> list[str]:
    """As their resumes tell: the record may know no employer. Where they live is none."""
    lives = candidate.location.casefold()
    return [name for text in texts for name in employers.found_in(text) if name.casefold() not in lives]


def _each(*words: str | None) -> tuple[str, ...]:
    return tuple({word.strip(): None for word in words if word and word.strip()})
