"""Whose record it is: whose Today shows the person."""

from sqlalchemy import or_

from crm.db import db
from crm.domain import events, policy
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.users import User, everybody


def possible_owners(candidate: Candidate) -> list[User]:
    """Everybody who can sign in, and the owner as it is."""
    can_sign_in = or_(User.disabled_at.is_(None), User.id == candidate.owner_id)
    return list(db.session.scalars(everybody().where(can_sign_in)))


def hand_over(candidate: Candidate, to: User, *, by: User) -> Candidate:
    policy.require("restrict", candidate, by=by)
    if not to.is_active:
        raise Refused(f"{to.name} can no longer sign in. Choose somebody else.", field="owner_id")
    candidate.owner, candidate.owner_id = to, to.id
    events.record("candidate.handed_over", by=by, subject_id=candidate.id, text=f"handed the record to {to.name}")
    return candidate
