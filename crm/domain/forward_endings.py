"""Questions that end without the candidate's answer: the yes came another way, or the colleague wants no more."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.domain import events, forward_answers, forward_questions, forwards, news
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.forward_questions import ForwardQuestion
from crm.domain.forwards import Forward
from crm.domain.users import User
from crm.kit import clock


def release(consent: Consent, *, by: User) -> list[Forward]:
    """Forwards that waited for the yes that `by` wrote down: each leaves without the hold of a yes by link, since a
    person has heard it. Returns those that are on their way.
    """
    waiting = _waiting(ForwardQuestion.candidate_id == consent.candidate_id)
    return [question.forward for question in waiting if _released(question, by)]


def lapse_for(address: str) -> None:
    """Who is reached there wants no more: nobody is asked for what cannot happen."""
    for question in _waiting(ForwardQuestion.to_address == address):
        forward_questions.call_off(question.forward_id)
        question.forward.lapsed_at = clock.now()
        text = f"is not asked any more whether the resume may go to {forward_answers.whom(question.forward)}"
        forward_answers.record("stopped", question, f"{text}, who wants no more of them")


def _released(question: ForwardQuestion, by: User) -> bool:
    """A yes to any company releases nothing of which they were promised to be asked, see forwards.OF_INTEREST."""
    forward = question.forward
    passes = forwards.gate_of(forward)
    if passes.consent is None:
        return False
    forward_questions.call_off(forward.id)
    forward.consent, forward.until = passes.consent, forward_answers.open_until(forward)
    done = forward_answers.let_go(question)
    text = f"said yes to {forward_answers.what(question)}, as {by.name} wrote down"
    events.record("forward.answered", by=by, subject_id=question.candidate_id, text=text)
    if question.by_id != by.id:
        news.tell(
            question.by_id, kind="forward_answered", text=text, candidate_id=question.candidate_id,
            forward_id=question.forward_id,
        )  # fmt: skip
    return done


def _waiting(about: ColumnElement[bool]) -> Sequence[ForwardQuestion]:
    """Nobody has answered them. Whoever answers at the same moment is one after the other."""
    forward = joinedload(ForwardQuestion.forward, innerjoin=True)
    query = (
        select(ForwardQuestion)
        .join(Forward, Forward.id == ForwardQuestion.forward_id)
        .where(about, ForwardQuestion.answer == "", ForwardQuestion.until >= clock.today())
        .where(ForwardQuestion.closed_at.is_(None), ForwardQuestion.lapsed_at.is_(None))
        .options(
            forward.joinedload(Forward.candidate, innerjoin=True).selectinload(Candidate.emails),
            forward.joinedload(Forward.colleague, innerjoin=True),
            forward.joinedload(Forward.resume),
            forward.joinedload(Forward.by, innerjoin=True),
        )
        .order_by(ForwardQuestion.id)
        .with_for_update(of=ForwardQuestion)
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).all()
