"""Fair use of a resume and of a colleague's time: a remark before a forward leaves, never a refusal."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, func, or_, select

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

Act = Sequence[tuple[Candidate, Colleague]]
"""What is about to be sent together."""


class Sent(NamedTuple):
    """Of one candidate to one colleague."""

    candidate_id: str
    colleague_id: str
    last: datetime
    lately: int


def warnings(candidate: Candidate, colleague: Colleague, *, seen_by: User) -> list[str]:
    """Sentences; counted is what the reader may see and what was sent, not what was only asked, by one query."""
    return warnings_of([(candidate, colleague)], seen_by=seen_by)


def warnings_of(act: Act, *, seen_by: User) -> list[str]:
    """The same for several forwards in one act, which count with what went before; by one query, too."""
    sent = [Sent(*row) for row in db.session.execute(_sent(act, seen_by))] if act else []
    return [*_sent_before(act, sent), *_to_everybody(act, sent), *_flooded(act, sent)]


# --- parts


def _sent_before(act: Act, sent: list[Sent]) -> Iterator[str]:
    known = {(one.candidate_id, one.colleague_id): one.last for one in sent}
    for candidate, to in act:
        if last := known.get((candidate.id, to.id)):
            whose = "this person's resume" if len(act) == 1 else f"the resume of {candidate.full_name}"
            yield f"{to.name} was sent {whose} before, on {words.day(last)}."


def _to_everybody(act: Act, sent: list[Sent]) -> Iterator[str]:
    for candidate in dict.fromkeys(person for person, _ in act):
        had = {one.colleague_id for one in sent if one.candidate_id == candidate.id and one.lately}
        now = {to.id or to.email for person, to in act if person is candidate}
        if len(had) >= MANY_COLLEAGUES or len(had | now) > MANY_COLLEAGUES:
            count = f"{len(had)} colleagues had" if len(now) == 1 else f"With these, {len(had | now)} colleagues had"
            whose = f"the resume of {candidate.full_name} in the last {WITHIN.days} days"
            yield f"{count} {whose}. Sent to everybody, it speaks for nobody."


def _flooded(act: Act, sent: list[Sent]) -> Iterator[str]:
    for to in dict.fromkeys(colleague for _, colleague in act):
        had = sum(one.lately for one in sent if one.colleague_id == to.id)
        now = sum(colleague is to for _, colleague in act)
        if had + now > MANY_RESUMES:
            count = f"{had} resumes" if now == 1 else f"{had + now} resumes, with these,"
            said = f"{to.name} was sent {count} in the last {WITHIN.days} days"
            yield f"{said}. One that fits is read with more care than many."


def _sent(act: Act, user: User) -> Select[str, str, datetime, int]:
    of_them = Forward.candidate_id.in_({person.id for person, _ in act})
    to_them = Forward.colleague_id.in_({to.id for _, to in act if to.id})
    lately = Forward.created_at > clock.now() - WITHIN
    return (
        select(Forward.candidate_id, Forward.colleague_id, func.max(Forward.created_at), func.count().filter(lately))
        .join(Candidate, Candidate.id == Forward.candidate_id)
        .join(Letter, Letter.id == Forward.letter_id)
        .where(candidates.visible_to(user), or_(of_them, to_them), Letter.state.not_in(NEVER_CAME))
        .group_by(Forward.candidate_id, Forward.colleague_id)
    )
