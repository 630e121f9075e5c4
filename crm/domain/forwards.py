"""Forwards: one candidate's resume to one colleague, with a note, a permission, a link that can be revoked."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Index, Select, String, UniqueConstraint, case, select
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship, selectinload

from crm.db import Base, Id, db, to
from crm.domain import candidates, colleagues, consents, events, outbox, policy, resumes, shape, workspace
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.consents import Consent
from crm.domain.errors import Missing, Refused
from crm.domain.outbox import Letter
from crm.domain.resumes import Resume
from crm.domain.users import User
from crm.kit import clock, files, tokens

DELIVERIES = ("link", "attachment")
STATES = ("awaiting_consent", "refused", "queued", "sent", "opened", "answered", "revoked", "expired", "failed")
OPEN_DAYS = 14
MOST_DAYS = 90
ANSWERS = {
    "talk": "wants to talk",
    "interested": "is interested, later",
    "not_a_fit": "says it is not a fit",
    "other": "answered",
}


class Forward(Base):
    __tablename__ = "forward"
    __table_args__ = (UniqueConstraint("by_id", "intent"), Index("ix_forward_by_created", "by_id", "created_at"))
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    colleague_id: Mapped[str] = to("colleague.id")
    resume_id: Mapped[str] = to("resume.id", ondelete="CASCADE")
    consent_id: Mapped[str] = to("consent.id")
    to_address: Mapped[str]
    company: Mapped[str]
    """Of the colleague at that moment: the permission was for this one."""
    position: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    deliver: Mapped[str] = mapped_column(String(10), default="link")
    until: Mapped[date]
    by_id: Mapped[str] = to("user.id", index=False)
    intent: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    opened_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(12), default="")
    answer_words: Mapped[str] = mapped_column(default="")
    answer_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")
    colleague: Mapped[Colleague] = relationship(lazy="raise_on_sql")
    resume: Mapped[Resume] = relationship(lazy="raise_on_sql")
    consent: Mapped[Consent] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql")
    letter: Mapped[Letter] = relationship(lazy="raise_on_sql", viewonly=True, uselist=False)

    @property
    def owner_id(self) -> str:
        return self.by_id

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and self.until >= clock.today()

    @property
    def state(self) -> str:
        if self.revoked_at:
            return "revoked"
        if self.letter.state in ("failed", "blocked", "bounced", "complained", "cancelled"):
            return "failed"
        if self.answered_at:
            return "answered"
        if not self.is_open:
            return "expired"
        if self.opened_at:
            return "opened"
        return "sent" if self.letter.has_left else "queued"

    @property
    def answer_phrase(self) -> str:
        return ANSWERS.get(self.answer, "")


class ForwardLink(Base):
    """The token in one copy of the letter. Minted when it is rendered; its hash is committed with `in_doubt`."""

    __tablename__ = "forward_link"
    id: Mapped[Id]
    forward_id: Mapped[str] = to("forward.id", ondelete="CASCADE")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    minted_at: Mapped[datetime] = mapped_column(default=clock.now)


@dataclass(frozen=True)
class Plan:
    """What a forward would be, checked: the preview and the act are made from the same thing."""

    candidate: Candidate
    colleague: Colleague
    resume: Resume
    consent: Consent
    position: str
    note: str
    deliver: str
    until: date


# --- queries


def state_is(state: str) -> ColumnElement[bool]:
    """The same answer as Forward.state, for the database; needs a join with Letter."""
    today = clock.today()
    now_state = case(
        (Forward.revoked_at.is_not(None), "revoked"),
        (Letter.state.in_(("failed", "blocked", "bounced", "complained", "cancelled")), "failed"),
        (Forward.answered_at.is_not(None), "answered"),
        (Forward.until < today, "expired"),
        (Forward.opened_at.is_not(None), "opened"),
        (Letter.state.in_(outbox.GONE), "sent"),
        else_="queued",
    )
    return now_state == shape.one_of(state, STATES, "state")


def register(user: User) -> Select[Forward]:
    """Every forward of candidates whom the user may see, newest first, with all that a row shows."""
    return (
        select(Forward)
        .join(Forward.candidate)
        .join(Forward.colleague)
        .join(Forward.letter)
        .where(candidates.visible_to(user))
        .options(
            contains_eager(Forward.candidate),
            contains_eager(Forward.colleague),
            contains_eager(Forward.letter),
            selectinload(Forward.by),
        )
        .order_by(Forward.created_at.desc(), Forward.id.desc())
    )


def of(candidate: Candidate, *, seen_by: User) -> Select[Forward]:
    return register(seen_by).where(Forward.candidate_id == candidate.id)


def find(forward_id: str, *, seen_by: User) -> Forward:
    forward = db.session.scalar(
        register(seen_by)
        .where(Forward.id == forward_id)
        .options(selectinload(Forward.resume), selectinload(Forward.consent))
    )
    if forward is None:
        raise Missing
    return forward


def find_by_link(token: str) -> Forward:
    """The forward that this link was minted for, whether still open or not; raises Missing."""
    forward = db.session.scalar(
        select(Forward)
        .join(ForwardLink, ForwardLink.forward_id == Forward.id)
        .join(Forward.candidate)
        .where(ForwardLink.token_hash == tokens.digest(token))
        .options(
            contains_eager(Forward.candidate), selectinload(Forward.colleague), selectinload(Forward.resume),
            selectinload(Forward.by), selectinload(Forward.letter),
        )  # fmt: skip
    )
    if forward is None:
        raise Missing
    return forward


def is_shown(forward: Forward) -> bool:
    """Whether the link still opens: not revoked, not expired, the candidate still on file and still willing."""
    return (
        forward.is_open
        and not forward.candidate.is_deleted
        and forward.resume.removed_at is None
        and consents.to_forward(forward.candidate_id, forward.company) is not None
    )


def answered_for(user: User) -> list[Forward]:
    """Answers that the sender has not marked as seen."""
    unseen = register(user).where(
        Forward.by_id == user.id, Forward.answered_at.is_not(None), Forward.answer_seen_at.is_(None)
    )
    return list(db.session.scalars(unseen.limit(20)))


# --- verbs


def plan(
    candidate: Candidate, colleague: Colleague, *, by: User, resume_id: str = "", position: str = "", note: str = "",
    deliver: str = "link", until: date | None = None,
) -> Plan:  # fmt: skip
    """Checks everything that could stand against a forward, and writes nothing."""
    resume = resumes.find(candidate, resume_id) if resume_id else resumes.latest(candidate)
    if resume is None:
        raise Refused(f"There is no resume of {candidate.full_name} on file to forward.", field="resume_id")
    _check_employer(candidate, colleague.company)
    return Plan(
        candidate=candidate,
        colleague=colleague,
        resume=resume,
        consent=_permission(candidate, colleague),
        position=shape.line(position, "position"),
        note=shape.text(note, "note", most=4_000),
        deliver=shape.one_of(deliver, DELIVERIES, "deliver"),
        until=_until(until),
    )


def send(plan: Plan, *, by: User, intent: str = "") -> Forward:
    """Queues the letter with the forward, in one transaction. The same intent twice is one forward."""
    intent = (intent or tokens.new_id())[:80]
    known = db.session.scalar(register(by).where(Forward.by_id == by.id, Forward.intent == intent))
    if known is not None:
        return known
    forward = Forward(
        candidate=plan.candidate, colleague=plan.colleague, resume=plan.resume, consent=plan.consent, by=by,
        by_id=by.id, to_address=plan.colleague.email, company=plan.colleague.company, position=plan.position,
        note=plan.note, deliver=plan.deliver, until=plan.until, intent=intent,
    )  # fmt: skip
    db.session.add(forward)
    db.session.flush()
    forward_id = forward.id
    letter = outbox.queue(
        "forward", intent=f"forward {forward_id}", to_address=plan.colleague.email, to_name=plan.colleague.name,
        by=by, forward_id=forward_id,
    )  # fmt: skip
    text = f"forwarded the resume to {plan.colleague.name} at {plan.colleague.company}"
    events.record("forward.sent", by=by, subject_id=plan.candidate.id, text=text)
    db.session.refresh(forward, ["letter"])
    assert forward.letter is letter
    return forward


def revoke(forward: Forward, *, by: User) -> Forward:
    """The link answers no more, at once; a letter that still waits is cancelled. An attachment cannot be recalled."""
    policy.require("revoke", forward, by=by)
    if forward.revoked_at is None:
        forward.revoked_at = clock.now()
        if forward.letter.is_waiting:
            outbox.cancel(forward.letter, by=forward.by)
        text = f"revoked the forward to {forward.colleague.name} at {forward.company}"
        events.record("forward.revoked", by=by, subject_id=forward.candidate_id, text=text)
    return forward


def open_by_recipient(forward: Forward) -> None:
    forward.opened_at = forward.opened_at or clock.now()


def answer(forward: Forward, kind: str, words: str) -> Forward:
    """By the colleague, through the link. A later answer replaces an earlier one."""
    forward.answer = shape.one_of(kind, tuple(ANSWERS), "answer")
    forward.answer_words = shape.text(words, "words", most=2_000)
    if forward.answer == "other" and not forward.answer_words:
        raise Refused("Say it in a few words.", field="words")
    forward.answered_at, forward.answer_seen_at = clock.now(), None
    open_by_recipient(forward)
    text = f"{forward.colleague.name} at {forward.company} {forward.answer_phrase}"
    events.record("forward.answered", by=None, subject_id=forward.candidate_id, text=text)
    return forward


def see_answer(forward: Forward, *, by: User) -> Forward:
    policy.require("revoke", forward, by=by)
    forward.answer_seen_at = forward.answer_seen_at or clock.now()
    return forward


# --- delivery, by the worker


def for_delivery(letter: Letter) -> Forward:
    forward = db.session.scalar(
        select(Forward)
        .where(Forward.id == letter.forward_id)
        .options(
            selectinload(Forward.candidate), selectinload(Forward.colleague), selectinload(Forward.resume),
            selectinload(Forward.by), selectinload(Forward.letter),
        )  # fmt: skip
    )
    if forward is None:
        raise Missing
    return forward


def why_not(forward: Forward, *, lock: bool = False) -> str:
    """What stands against handing the letter over now: a word of outbox.BLOCKED_WORDS, or nothing."""
    if forward.revoked_at is not None or forward.candidate.is_deleted or forward.until < clock.today():
        return "revoked"
    if not forward.by.is_active:
        return "owner"
    if consents.to_forward(forward.candidate_id, forward.company, lock=lock) is None:
        return "consent"
    if forward.resume.removed_at is not None or not _is_whole(forward.resume):
        return "document"
    return ""


def mint(forward: Forward, token: str) -> None:
    db.session.add(ForwardLink(forward_id=forward.id, token_hash=tokens.digest(token)))


def _is_whole(resume: Resume) -> bool:
    try:
        resumes.content(resume)
    except (files.Missing, Refused):
        return False
    return True


# --- parts


def _permission(candidate: Candidate, colleague: Colleague) -> Consent:
    consent = consents.to_forward(candidate.id, colleague.company)
    if consent is None:
        raise Refused(
            f"{candidate.full_name} has not agreed to a forward to {colleague.company}. "
            "Ask first, then record the yes with where it is to be found.",
            field="consent",
        )
    return consent


def _check_employer(candidate: Candidate, company: str) -> None:
    if candidate.employer and shape.key(candidate.employer) == shape.key(company):
        raise Refused(f"{candidate.full_name} works at {candidate.employer}; nothing is forwarded there.", field="to")


def _until(until: date | None) -> date:
    today = clock.today()
    chosen = until or today + timedelta(days=OPEN_DAYS)
    if chosen < today:
        raise Refused("That day has passed already.", field="until")
    if chosen > today + timedelta(days=MOST_DAYS):
        raise Refused(f"A link can stay open for {MOST_DAYS} days at most.", field="until")
    return chosen


def default_until() -> date:
    return clock.today() + timedelta(days=OPEN_DAYS)


def sender_line(by: User) -> str:
    return f"{by.name} via {workspace.name()}"


def recipient(colleague_id: str, *, email: str, name: str, company: str, by: User) -> Colleague:
    """Who was chosen, or who was typed in."""
    if colleague_id:
        return colleagues.find(colleague_id)
    return colleagues.find_or_add(email=email, name=name, company=company, by=by)
