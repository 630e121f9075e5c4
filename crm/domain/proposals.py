"""What a resume says of a person that their record does not say yet. Somebody takes it over, or leaves it."""

from dataclasses import dataclass, replace
from typing import Any

from crm.domain import candidates, shape
from crm.domain.candidates import Candidate, Facts
from crm.domain.errors import Refused
from crm.domain.resumes import Resume
from crm.domain.users import User

LABELS = {
    "full_name": "Name",
    "email": "Mail address",
    "phone": "Phone",
    "headline": "Headline",
    "location": "Location",
}


@dataclass(frozen=True)
class Proposal:
    field: str
    value: str
    instead_of: str
    """What stands there now; empty where it is added."""

    @property
    def label(self) -> str:
        return LABELS[self.field]


def of(candidate: Candidate, resume: Resume) -> list[Proposal]:
    """Only where the two differ."""
    found = {field: str(resume.proposed.get(field) or "").strip() for field in LABELS}
    known = {"full_name": candidate.full_name, "headline": candidate.headline, "location": candidate.location}
    return [
        Proposal(field, value, known.get(field, ""))
        for field, value in found.items()
        if value and not _is_known(candidate, field, value)
    ]


def take_over(candidate: Candidate, resume: Resume, fields: list[str], *, by: User) -> Candidate:
    """The named fields; a mail address or a phone number is added, everything else replaces what stands there."""
    wanted = [proposal for proposal in of(candidate, resume) if proposal.field in fields]
    if not wanted:
        raise Refused("That stands in the record already.")
    facts = Facts()
    for proposal in wanted:
        facts = _with(facts, candidate, proposal)
    return candidates.change(candidate, facts, by=by)


def _with(facts: Facts, candidate: Candidate, proposal: Proposal) -> Facts:
    if proposal.field == "email":
        return replace(facts, emails=[*(email.address for email in candidate.emails), proposal.value])
    if proposal.field == "phone":
        return replace(facts, phones=[*(phone.number for phone in candidate.phones), proposal.value])
    changed: dict[str, Any] = {proposal.field: proposal.value}
    return replace(facts, **changed)


def _is_known(candidate: Candidate, field: str, value: str) -> bool:
    if field == "email":
        return value.lower() in {email.address for email in candidate.emails}
    if field == "phone":
        digits = "".join(c for c in value if c.isdigit())[-9:]
        return digits in {phone.digits for phone in candidate.phones}
    return shape.key(getattr(candidate, field)) == shape.key(value)
