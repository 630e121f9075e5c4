"""The question whether one may keep in touch: asked apart from the decision, answered by link, and by nobody else.

How it is asked and answered is in door_openers.py; here is what other verbs need to call it off.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Index, ScalarSelect, Select, String, and_, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, contains_eager, joinedload, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import candidates, outbox, roles, stand_ins
from crm.domain.candidates import Candidate
from crm.domain.errors import Denied, Missing
from crm.domain.outbox import Letter
from crm.domain.roles import Role
from crm.domain.users import User
from crm.kit import clock, tokens

OPEN_FOR = timedelta(days=60)
ANSWERS = {"yes": "said yes: we may keep in touch", "no": "said no, thank you"}
GIVES = ("keep", "contact")
"""What a yes puts on record."""
UNDER_WAY = ("queued", "claimed", "in_doubt")
NEVER_CAME = ("cancelled", "failed", "blocked", "bounced", "complained")
"""The states of a letter whose question reached nobody, or is not to be answered any more."""


class KeepingQuestion(Base):
    __tablename__ = "keeping_question"
    __table_args__ = (Index("ix_keeping_question_by_answered", "by_id", "answered_at"),)
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    by_id: Mapped[str] = to("user.id", index=False)
    role_id: Mapped[str | None] = to("role.id", ondelete="SET NULL")
    """What it came up with, where there is such a role. It is named to nobody while it is sealed."""
    application_id: Mapped[str | None] = to("application.id", ondelete="SET NULL")
    """The decision that it rests on; a question of its own rests on none."""
    letter_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    until: Mapped[date]
    """The last day on which it can be answered."""
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(3), default="")
    words: Mapped[str] = mapped_column(default="")
    not_before: Mapped[date | None]
    """The month from which on they would like to hear from us."""
    consent_ids: Mapped[list[str]] = mapped_column(default=list)
    """What the yes put on record, so that the same page can take just that back."""
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql")
    role: Mapped[Role | None] = relationship(lazy="raise_on_sql")
    letter: Mapped[Letter | None] = relationship(lazy="raise_on_sql")

    @property
    def is_open(self) -> bool:
        """Whether its link still opens."""
        return self.revoked_at is None and self.until >= clock.today()

    @property
    def is_waiting(self) -> bool:
        """For an answer, or for its letter to leave."""
        never_came = self.letter is not None and self.letter.state in NEVER_CAME
        return self.is_open and self.answered_at is None and not never_came

    @property
    def role_title(self) -> str:
        """For the candidate, who is never told of a sealed role."""
        return self.role.title if self.role is not None and not self.role.is_sealed else ""

    @property
    def answer_words(self) -> str:
        return ANSWERS.get(self.answer, "")


class DecisionLetter(Base):
    """A letter that tells of a decision, or asks with it: when the decision is undone, it never leaves."""

    __tablename__ = "decision_letter"
    letter_id: Mapped[str] = to("letter.id", primary_key=True, index=False, ondelete="CASCADE")
    application_id: Mapped[str] = to("application.id", ondelete="CASCADE")
    after_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    """The one that has to leave before it."""


class KeepingLink(Base):
    """The token in one copy of the letter. Minted when it is rendered; its hash is committed with `in_doubt`."""

    __tablename__ = "keeping_link"
    id: Mapped[Id]
    question_id: Mapped[str] = to("keeping_question.id", ondelete="CASCADE")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    minted_at: Mapped[datetime] = mapped_column(default=clock.now)


# --- queries


def of(candidate_id: str, *, seen_by: User | None = None) -> Select[KeepingQuestion]:
    """Newest first, each with its letter; without those about roles that the reader may not know of."""
    query = (
        select(KeepingQuestion)
        .outerjoin(KeepingQuestion.letter)
        .options(contains_eager(KeepingQuestion.letter))
        .where(KeepingQuestion.candidate_id == candidate_id)
        .order_by(KeepingQuestion.id.desc())
    )
    if seen_by is None:
        return query
    known = select(Role.id).where(roles.visible_to(seen_by))
    return query.where(KeepingQuestion.role_id.is_(None) | KeepingQuestion.role_id.in_(known))


def latest(candidate_id: str) -> KeepingQuestion | None:
    """The last that reached them, or is on its way."""
    return db.session.scalar(of(candidate_id).where(came()).limit(1))


def came() -> ColumnElement[bool]:
    """Of a question beside its letter: that it reached them, or is on its way."""
    return KeepingQuestion.letter_id.is_(None) | Letter.state.not_in(NEVER_CAME)


def waits_until(application_id: InstrumentedAttribute[str]) -> ScalarSelect[datetime]:
    """When the first of the letters leaves that rest on a decision and still wait; for queries of applications."""
    waiting = (DecisionLetter.letter_id == Letter.id, DecisionLetter.application_id == application_id)
    found = select(func.min(Letter.not_before)).where(*waiting, Letter.state == "queued")
    return found.correlate_except(Letter, DecisionLetter).scalar_subquery()


def is_unseen_answer(user: User) -> ColumnElement[bool]:
    """For whoever asked; where they can no longer sign in, for the owner of the record."""
    left = KeepingQuestion.by_id.in_(select(User.id).where(User.disabled_at.is_not(None)))
    owned = KeepingQuestion.candidate_id.in_(select(Candidate.id).where(Candidate.owner_id == user.id))
    return and_(
        or_(KeepingQuestion.by_id == user.id, and_(left, owned)),
        KeepingQuestion.answered_at.is_not(None),
        KeepingQuestion.seen_at.is_(None),
    )


def answered_for(user: User) -> list[KeepingQuestion]:
    """Answers that are the user's to read and that they have not put aside, of people whom they may see."""
    query = (
        select(KeepingQuestion)
        .join(KeepingQuestion.candidate)
        .options(contains_eager(KeepingQuestion.candidate), joinedload(KeepingQuestion.by, innerjoin=True))
        .where(is_unseen_answer(user), candidates.visible_to(user))
        .order_by(KeepingQuestion.answered_at.desc(), KeepingQuestion.id)
    )
    return list(db.session.scalars(query.limit(20)))


def troubled_and_answered(user: User) -> dict[Letter, KeepingQuestion | None]:
    """One's own letters that did not leave, newest first, and those whose questions were answered and are to be read;
    by one query.
    """
    rows = db.session.execute(_troubled_and_answered(user.is_admin), {"user": user.id})
    return {letter: question for letter, question in rows}  # noqa: C416  (rows are no pairs)


@cache
def _troubled_and_answered(is_admin: bool) -> Select[Letter, KeepingQuestion]:
    for_user = stand_ins.user(is_admin=is_admin)
    unread = and_(is_unseen_answer(for_user), candidates.visible_to(for_user))
    answered = select(KeepingQuestion.letter_id).join(KeepingQuestion.candidate).where(unread).limit(20)
    return (
        select(Letter, KeepingQuestion)
        .outerjoin(KeepingQuestion, (KeepingQuestion.letter_id == Letter.id) & is_unseen_answer(for_user))
        .outerjoin(KeepingQuestion.candidate)
        .options(contains_eager(KeepingQuestion.candidate), joinedload(KeepingQuestion.by))
        .where(or_(Letter.id.in_(outbox.troubled_ids(for_user)), Letter.id.in_(answered)))
        .order_by(Letter.id.desc())
    )


def find(question_id: str, *, seen_by: User) -> KeepingQuestion:
    question = db.session.scalar(
        select(KeepingQuestion)
        .join(KeepingQuestion.candidate)
        .options(contains_eager(KeepingQuestion.candidate), joinedload(KeepingQuestion.by, innerjoin=True))
        .where(KeepingQuestion.id == question_id, candidates.visible_to(seen_by))
    )
    if question is None:
        raise Missing
    return question


def is_link(token: str) -> bool:
    found = select(KeepingLink.id).where(KeepingLink.token_hash == tokens.digest(token))
    return db.session.scalar(found) is not None


# --- verbs


def see(question: KeepingQuestion, *, by: User) -> KeepingQuestion:
    """By whoever asked: it was said to them. Or by whom it was passed to; see is_unseen_answer."""
    if question.by_id != by.id and (question.candidate.owner_id != by.id or question.by.is_active):
        raise Denied
    question.seen_at = question.seen_at or clock.now()
    return question


def call_off(application_ids: Sequence[str], *, candidate_id: str = "") -> list[Letter]:
    """What rests on decisions that no longer hold, and whatever else was asked of this candidate: letters that wait
    never leave, and the questions close.

    Letters are locked first, as by whoever hands one over. Returns those that were quicker and cannot be stopped.
    """
    if not application_ids and not candidate_id:
        return []
    db.session.flush()  # or reading the rows again would forget what was changed
    rests = KeepingQuestion.application_id.in_(application_ids) | (KeepingQuestion.candidate_id == candidate_id)
    asked = select(KeepingQuestion.letter_id).where(rests)
    told = select(DecisionLetter.letter_id).where(DecisionLetter.application_id.in_(application_ids))
    about = or_(Letter.id.in_(told), Letter.id.in_(asked))
    locked = select(Letter).where(about, Letter.state.in_(UNDER_WAY)).order_by(Letter.id).with_for_update()
    found = list(db.session.scalars(locked.execution_options(populate_existing=True)))
    for letter in found:
        if letter.state in {"queued", "claimed"}:
            outbox.end(letter, "cancelled")
    _revoke(rests)
    return [letter for letter in found if letter.state == "in_doubt"]


def stop_telling(application_ids: Select[str]) -> None:
    """The role is open again: what waits to say that it is filled never leaves, nor what was to follow it."""
    db.session.flush()
    told = select(DecisionLetter.letter_id).where(DecisionLetter.application_id.in_(application_ids))
    about = (Letter.id.in_(told), Letter.kind == "personal", Letter.state.in_(("queued", "claimed")))
    locked = select(Letter).where(*about).order_by(Letter.id).with_for_update()
    for letter in list(db.session.scalars(locked.execution_options(populate_existing=True))):
        outbox.end(letter, "cancelled")
        taken_back(letter)


def taken_back(letter: Letter) -> None:
    """With a letter that tells goes the one that was to follow it; with a letter that asks goes the question."""
    if not letter.personal_letter_id:
        return
    after = select(DecisionLetter.letter_id).where(DecisionLetter.after_id == letter.id)
    following = select(Letter).where(Letter.id.in_(after), Letter.state.in_(("queued", "claimed")))
    found = list(db.session.scalars(following.with_for_update()))
    for one in found:
        outbox.end(one, "cancelled")
    _revoke(KeepingQuestion.letter_id.in_([letter.id, *(one.id for one in found)]))


# --- parts


def _revoke(which: ColumnElement[bool]) -> None:
    """An answer that was given stays on record, and a yes can still be taken back on the page."""
    closed = update(KeepingQuestion).where(which, KeepingQuestion.revoked_at.is_(None))
    db.session.execute(closed.values(revoked_at=clock.now()))
