"""Records that may be of the same person. They are only named: nothing is merged, a person decides."""

from sqlalchemy import select, union

from crm.db import db
from crm.domain.candidates import Candidate, Email, Phone, visible_to
from crm.domain.users import User


def of(candidate: Candidate, *, seen_by: User, limit: int = 5) -> list[Candidate]:
    """Others with the same address, the same phone, or the same name, oldest first."""
    named = select(Candidate.id).where(Candidate.name_key == candidate.name_key)
    same = union(
        named.where(Candidate.deleted_at.is_(None), Candidate.archived_at.is_(None)),
        named.where(Candidate.archived_at.is_not(None)),
        select(Email.candidate_id).where(Email.address.in_([email.address for email in candidate.emails])),
        select(Phone.candidate_id).where(Phone.digits.in_([phone.digits for phone in candidate.phones])),
    ).subquery()
    return list(
        db.session.scalars(
            select(Candidate)
            .where(Candidate.id.in_(select(same.c.id)), Candidate.id != candidate.id, visible_to(seen_by))
            .order_by(Candidate.created_at, Candidate.id)
            .limit(limit)
        )
    )
