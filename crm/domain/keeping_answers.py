"""What a candidate says to the question whether we may keep in touch, by the link in its letter, and nobody else."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, joinedload

from crm.db import db
from crm.domain import cadences, consents, dispatch, events, shape
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.errors import Missing, Refused
from crm.domain.keeping import ANSWERS, GIVES, KeepingLink, KeepingQuestion
from crm.kit import clock, tokens, words

KEPT_FOR = timedelta(days=730)
MONTHS_AHEAD = 18
QUIET = "quiet"
TEXT_VERSION = "keeping 2026-11"
"""Of what the page tells of a yes; new words are a new version."""

# --- queries


def find_by_link(token: str) -> KeepingQuestion:
    """Whether still open or not; raises Missing."""
    mine = KeepingLink.token_hash == tokens.digest(token)
    question = db.session.scalar(_whole().join(KeepingLink, KeepingLink.question_id == KeepingQuestion.id).where(mine))
    if question is None:
        raise Missing
    return question


def find_asked(question_id: str) -> KeepingQuestion:
    """With all that an answer needs; raises Missing."""
    question = db.session.scalar(_whole().where(KeepingQuestion.id == question_id))
    if question is None:
        raise Missing
    return question


def is_shown(question: KeepingQuestion) -> bool:
    """As long as it is open, and after that to whoever said yes, as long as that holds."""
    return not question.candidate.is_deleted and (question.is_open or has_given(question))


def has_given(question: KeepingQuestion) -> bool:
    """Whether anything of their yes still holds, so that there is something to take back."""
    return any(one.is_valid for one in _given(question))


def holds(question: KeepingQuestion) -> bool:
    """Whether all that a yes puts on record stands there, by this very question."""
    return {one.purpose for one in _given(question) if one.is_valid} == {*GIVES}


def _given(question: KeepingQuestion) -> Sequence[Consent]:
    return db.session.scalars(select(Consent).where(Consent.id.in_(question.consent_ids))).all()


def would_be_kept_until() -> date:
    """What a yes of today is good for."""
    return clock.today() + KEPT_FOR


def months() -> list[date]:
    """The first days of the months that somebody may ask us to wait for."""
    first = clock.today().replace(day=1)
    found = []
    for _ in range(MONTHS_AHEAD):
        first = (first + timedelta(days=32)).replace(day=1)
        found.append(first)
    return found


# --- verbs


def answer(question: KeepingQuestion, said: str, given: str = "", not_before: date | None = None) -> KeepingQuestion:
    """A later answer replaces an earlier one, as long as the question is open. The same twice is once. After that a yes
    can only be taken back.
    """
    said = shape.one_of(said, tuple(ANSWERS), "answer")
    given = shape.text(given, "words", most=2_000, name="What you wrote")
    if question.letter is not None:
        dispatch.learn(question.letter, "delivered", "the link in it was used")
    db.session.refresh(question, ["answer", "words", "not_before", "consent_ids", "revoked_at"], with_for_update=True)
    if not question.is_open and not has_given(question):
        raise Missing
    if not question.is_open and said != "no":
        raise Refused("This is closed for a new yes. You can still take back the one that you gave.", field="answer")
    not_before = not_before if said == "yes" else None
    same = (question.answer, question.words, question.not_before) == (said, given, not_before)
    if same and (said == "no" or holds(question)):
        return question
    _put_on_record(question, said)
    _wait_until(question, not_before)
    question.answer, question.words, question.not_before = said, given, not_before
    question.answered_at, question.seen_at = clock.now(), None
    text = f"{question.candidate.full_name} {question.answer_words}"
    events.record("keeping.answered", by=None, subject_id=question.candidate_id, role_id=question.role_id, text=text)
    return question


# --- parts


def _whole() -> Select[KeepingQuestion]:
    return (
        select(KeepingQuestion)
        .join(KeepingQuestion.candidate)
        .options(
            contains_eager(KeepingQuestion.candidate), joinedload(KeepingQuestion.by, innerjoin=True),
            joinedload(KeepingQuestion.role), joinedload(KeepingQuestion.letter),
        )
    )  # fmt: skip


def _put_on_record(question: KeepingQuestion, said: str) -> None:
    """A yes is a permission; a no takes back the yes that was given here, and is nothing else."""
    if said == "no":
        for consent_id in question.consent_ids:
            consents.take_back_by_link(consent_id)
        question.consent_ids = []
        return
    if holds(question):
        return
    evidence = f"answered the question of {words.day(question.asked_at)} on the page"
    given = [
        consents.record(
            question.candidate, purpose=purpose, evidence=evidence, by=question.by, until=would_be_kept_until(),
            channel="link", text_version=TEXT_VERSION,
        ).id
        for purpose in GIVES
    ]  # fmt: skip
    question.consent_ids = list(dict.fromkeys((*question.consent_ids, *given)))


def _pause_of(candidate: Candidate) -> tuple[str, date | None]:
    return candidate.pause_why, candidate.paused_until


def _wait_until(question: KeepingQuestion, month: date | None) -> None:
    """Quiet until then, for as long as that is their answer; whatever else they are paused for is left alone."""
    candidate, before = question.candidate, question.not_before
    if month == before:
        return
    mine = before is not None and candidate.is_paused and _pause_of(candidate) == (QUIET, before)
    if mine and month is None:
        cadences.resume(candidate, by=None)
    elif month is not None and (mine or not candidate.is_paused):
        cadences.pause(candidate, why=QUIET, until=month, by=None)
