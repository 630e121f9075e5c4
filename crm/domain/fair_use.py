"""Fair use of a resume and of a colleague's time: a remark before a forward leaves, never a refusal."""

from datetime import datetime, timedelta

from sqlalchemy import Select, distinct, func, or_, select

from crm.db import db
from crm.domain import candidates
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.forwards import NEVER_CAME, Forward
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.kit import clock, words

WITHIN = timedelta(days=90)
MANY_COLLEAGUES = 5
"""So many who had one resume: the next makes it look as if nobody wants it."""
MANY_RESUMES = 5
"""So many resumes for one colleague: the next is read with less care."""


def warnings(candidate: Candidate, colleague: Colleague, *, seen_by: User) -> list[str]:
    """Sentences; counted is what the reader may see and what was sent, not what was only asked, by one query."""
    before, others, received = db.session.execute(_counted(candidate, colleague, seen_by)).one()
    found = []
    if before is not None:
        found.append(f"{colleague.name} was sent this person's resume before, on {words.day(before)}.")
    if others >= MANY_COLLEAGUES:
        found.append(
            f"{others} colleagues had the resume of {candidate.full_name} in the last {WITHIN.days} days. "
            "Sent to everybody, it speaks for nobody."
        )
    if received >= MANY_RESUMES:
        found.append(
            f"{colleague.name} was sent {received} resumes in the last {WITHIN.days} days. "
            "One that fits is read with more care than many."
        )
    return found


def _counted(candidate: Candidate, colleague: Colleague, user: User) -> Select[datetime, int, int]:
    of_them, to_them = Forward.candidate_id == candidate.id, Forward.colleague_id == (colleague.id or "")
    lately = Forward.created_at > clock.now() - WITHIN
    return (
        select(
            func.max(Forward.created_at).filter(of_them, to_them),
            func.count(distinct(Forward.colleague_id)).filter(of_them, lately),
            func.count().filter(to_them, lately),
        )
        .join(Candidate, Candidate.id == Forward.candidate_id)
        .join(Letter, Letter.id == Forward.letter_id)
        .where(candidates.visible_to(user), or_(of_them, to_them), Letter.state.not_in(NEVER_CAME))
    )
