"""Forwards: one candidate's resume to one colleague, with a note, a permission, a link that can be revoked."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Index, Select, String, UniqueConstraint, and_, case, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, contains_eager, joinedload, mapped_column, relationship, selectinload

from crm.db import Base, Id, db, to
from crm.domain import (
    candidates,
    colleagues,
    events,
    forward_parts,
    forward_questions,
    gate,
    outbox,
    policy,
    shape,
    workspace,
)
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.consents import Consent
from crm.domain.errors import Denied, Missing
from crm.domain.gate import Gate
from crm.domain.outbox import Letter
from crm.domain.plans import Plan, default_until, plan, recipient
from crm.domain.resumes import Resume
from crm.domain.shortlists import Shortlist
from crm.domain.users import User
from crm.kit import clock, sniff, tokens

__all__ = ["Forward", "ForwardLink", "Plan", "default_until", "plan", "recipient"]
STATES = ("awaiting_consent", "refused", "queued", "sent", "opened", "answered", "revoked", "expired", "failed")
STATE_WORDS = {
    "awaiting_consent": "waits for the yes", "refused": "said no", "queued": "waiting to leave", "sent": "sent",
    "opened": "opened", "answered": "answered", "revoked": "revoked", "expired": "expired", "failed": "not sent",
}  # fmt: skip
OF_INTEREST = "interest "  # begins the intent of what a teaser led to: they were promised to be asked
NEVER_CAME = ("failed", "blocked", "bounced", "complained", "cancelled")
ANSWERS = {
    "talk": "wants to talk",
    "interested": "is interested, later",
    "interviewing": "is interviewing them",
    "hired": "hired them",
    "not_a_fit": "says it is not a fit",
    "other": "answered",
}


class Forward(Base):
    __tablename__ = "forward"
    __table_args__ = (UniqueConstraint("by_id", "intent"), Index("ix_forward_by_created", "by_id", "created_at"))
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    colleague_id: Mapped[str] = to("colleague.id")
    resume_id: Mapped[str | None] = to("resume.id", ondelete="SET NULL")
    """None when the resume was removed and erased since; that it was forwarded stays on record."""
    consent_id: Mapped[str | None] = to("consent.id")
    """None as long as it waits for the yes."""
    letter_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    """That carries it to the colleague: written when there is a yes, and it may carry others, too."""
    to_address: Mapped[str]
    company: Mapped[str]
    """Of the colleague at that moment: the permission was for this one."""
    position: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    deliver: Mapped[str] = mapped_column(String(10), default="link")
    until: Mapped[date]
    parts: Mapped[list[str]] = mapped_column(default=lambda: list(forward_parts.USUAL))
    """What of the candidate they are shown: some of forward_parts.PARTS."""
    sensitive: Mapped[bool] = mapped_column(default=False)
    """Shown only after a code that was mailed to them."""
    blind: Mapped[bool] = mapped_column(default=False)
    """Without anything by which the candidate is known."""
    by_id: Mapped[str] = to("user.id", index=False)
    intent: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    opened_at: Mapped[datetime | None]
    downloaded_at: Mapped[datetime | None]
    more_asked_at: Mapped[datetime | None]
    """When the colleague asked for more time; nothing once it was given."""
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(12), default="")
    answer_words: Mapped[str] = mapped_column(default="")
    answer_seen_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    """When the candidate said no."""
    lapsed_at: Mapped[datetime | None]
    """When the question to the candidate ran out without an answer."""
    revoked_at: Mapped[datetime | None]
    shortlist_id: Mapped[str | None] = to("shortlist.id")
    """One letter carries it with others, and waits for all of them."""
    left_out: Mapped[str] = mapped_column(String(12), default="")
    """Why that letter went without it: a word of outbox.BLOCKED_WORDS."""
    revoked_letter_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    """That tells the colleague so, where it had reached them."""

    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")
    colleague: Mapped[Colleague] = relationship(lazy="raise_on_sql")
    resume: Mapped[Resume | None] = relationship(lazy="raise_on_sql")
    consent: Mapped[Consent | None] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql")
    letter: Mapped[Letter | None] = relationship(foreign_keys=[letter_id], lazy="raise_on_sql")
    revoked_letter: Mapped[Letter | None] = relationship(foreign_keys=[revoked_letter_id], lazy="raise_on_sql")

    @property
    def owner_id(self) -> str:
        return self.by_id

    @property
    def is_open(self) -> bool:
        """An attachment has no link that could close."""
        return self.revoked_at is None and (self.deliver == "attachment" or self.until >= clock.today())

    @property
    def state(self) -> str:
        letter = self.letter
        first = (
            (self.revoked_at, "revoked"),
            (self.refused_at, "refused"),
            (self.lapsed_at, "expired"),
            (self.left_out, "failed"),
            (letter is None and self.shortlist_id and self.consent_id, "queued"),
            (letter is None, "awaiting_consent"),
            (letter and letter.state in NEVER_CAME, "failed"),
            (self.answered_at, "answered"),
            (not self.is_open, "expired"),
            (self.opened_at, "opened"),
            (letter and letter.has_left, "sent"),
        )
        return next((word for holds, word in first if holds), "queued")

    @property
    def state_words(self) -> str:
        """The state for people, who want to know a little more than its name."""
        if self.is_taken_back:
            return "taken back"
        if self.state == "queued" and self.letter is None:
            return "waits for the others"
        if self.left_out:
            return "left out"
        if self.state == "queued" and self.letter and self.letter.state == "in_doubt":
            return "in doubt"
        return STATE_WORDS[self.state]

    @property
    def is_waiting(self) -> bool:
        """Nothing has left yet: revoking it takes it back whole."""
        return (self.letter is None and self.state in ("awaiting_consent", "queued")) or (
            self.revoked_at is None and self.letter is not None and self.letter.is_waiting
        )

    @property
    def is_taken_back(self) -> bool:
        """Revoked before anything left."""
        return self.revoked_at is not None and (self.letter is None or self.letter.state == "cancelled")

    @property
    def left_out_words(self) -> str:
        return outbox.BLOCKED_WORDS.get(self.left_out, self.left_out)

    @property
    def filename(self) -> str:
        """Under the person's name: what they called the file may say more than it should."""
        name = re.sub(r'[/\\:*?"<>|]', " ", self.candidate.full_name)
        return f"{' '.join(name.split()) or 'Resume'}{sniff.EXTENSIONS[self.paper.kind]}"

    @property
    def paper(self) -> Resume:
        """The resume while there is one; raises Missing once it was erased."""
        if self.resume is None:
            raise Missing
        return self.resume

    @property
    def carrier(self) -> Letter:
        """Its letter once there is one; raises Missing before."""
        if self.letter is None:
            raise Missing
        return self.letter

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


# --- queries


def state_is(state: str) -> ColumnElement[bool]:
    """The same answer as Forward.state, for the database; needs an outer join with Letter."""
    today = clock.today()
    now_state = case(
        (Forward.revoked_at.is_not(None), "revoked"),
        (Forward.refused_at.is_not(None), "refused"),
        (Forward.lapsed_at.is_not(None), "expired"),
        (Forward.left_out != "", "failed"),
        (Forward.letter_id.is_(None) & Forward.shortlist_id.is_not(None) & Forward.consent_id.is_not(None), "queued"),
        (Forward.letter_id.is_(None), "awaiting_consent"),
        (Letter.state.in_(NEVER_CAME), "failed"),
        (Forward.answered_at.is_not(None), "answered"),
        ((Forward.until < today) & (Forward.deliver == "link"), "expired"),
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
        .outerjoin(Forward.letter)
        .where(candidates.visible_to(user))
        .options(
            contains_eager(Forward.candidate),
            contains_eager(Forward.colleague),
            contains_eager(Forward.letter),
            joinedload(Forward.by, innerjoin=True),
        )
        .order_by(Forward.created_at.desc(), Forward.id.desc())
    )


def of(candidate: Candidate, *, seen_by: User) -> Select[Forward]:
    return register(seen_by).where(Forward.candidate_id == candidate.id)


def to_colleague(colleague: Colleague, *, seen_by: User) -> Select[Forward]:
    return register(seen_by).where(Forward.colleague_id == colleague.id)


def behind(letters: Iterable[Letter], *, seen_by: User) -> dict[str, Forward]:
    """By the letter's id: the forward that it carries, where its candidate may be seen."""
    carrying = [letter.id for letter in letters if letter.kind == "forward"]
    found = db.session.scalars(register(seen_by).where(Forward.letter_id.in_(carrying)))
    return {forward.letter_id or "": forward for forward in found}


def find(forward_id: str, *, seen_by: User) -> Forward:
    forward = db.session.scalar(
        register(seen_by)
        .where(Forward.id == forward_id)
        .options(
            selectinload(Forward.resume),
            selectinload(Forward.consent).selectinload(Consent.by),
            selectinload(Forward.revoked_letter),
        )
    )
    if forward is None:
        raise Missing
    return forward


def gate_of(forward: Forward, *, lock: bool = False) -> Gate:
    """Whether it may go now, or may still be shown. Its candidate is loaded."""
    return gate.of(
        forward.candidate, company=forward.company, address=forward.to_address, blind=forward.blind,
        attached=forward.deliver == "attachment", parts=forward.parts, position=forward.position,
        named=forward.intent.startswith(OF_INTEREST), lock=lock,
    )  # fmt: skip


def by_intent(intent: str, *, by: User) -> Forward | None:
    """What the same click made before."""
    return db.session.scalar(register(by).where(Forward.by_id == by.id, Forward.intent == intent))


def answered_for(user: User) -> list[Forward]:
    """Answers that the sender has not marked as seen."""
    return list(db.session.scalars(register(user).where(Forward.by_id == user.id, is_unseen_answer()).limit(20)))


def is_unseen_answer() -> ColumnElement[bool]:
    return and_(Forward.answered_at.is_not(None), Forward.answer_seen_at.is_(None))


# --- verbs


def send(plan: Plan, *, by: User, intent: str = "", shortlist: Shortlist | None = None) -> Forward:
    """Queues the letter with the forward, in one transaction; the letter of a shortlist waits for all of its people.
    The same intent twice is one forward.
    """
    intent = (intent or tokens.new_id())[:80]
    known = by_intent(intent, by=by)
    if known is not None:
        return known
    plan.keep_sealed(by=by)
    to = colleagues.keep(plan.colleague, by=by)
    forward = Forward(
        candidate=plan.candidate, colleague=to, resume=plan.resume, consent=plan.consent, by=by, by_id=by.id,
        to_address=to.email, company=to.company, position=plan.position, note=plan.note, deliver=plan.deliver,
        until=plan.until, parts=list(plan.parts), sensitive=plan.sensitive, blind=plan.blind, intent=intent,
        shortlist_id=shortlist.id if shortlist else None,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(forward)
    except IntegrityError:  # a second click, at the same moment
        return db.session.scalars(register(by).where(Forward.by_id == by.id, Forward.intent == intent)).one()
    if plan.consent is None:
        forward_questions.ask(forward.id, plan.candidate, to.email, by=by)
        kind, text = "forward.asked", f"asked whether the resume may go to {to.name} at {to.company}"
    else:
        go(forward)
        kind, text = "forward.sent", f"forwarded the resume to {to.name} at {to.company}"
    events.record(kind, by=by, subject_id=plan.candidate.id, text=text)
    db.session.flush()
    return forward


def go(forward: Forward, *, held: timedelta = timedelta()) -> None:
    """There is a yes: queues the letter, `held` so long at least; that of a shortlist waits, see shortlisting.py."""
    if forward.shortlist_id is not None:
        return
    again = f" {tokens.new_id()}" if held else ""
    forward.letter = outbox.queue(
        "forward", intent=f"forward {forward.id}{again}", to_address=forward.to_address, to_name=forward.colleague.name,
        by=forward.by, at=clock.now() + held,
    )  # fmt: skip


def revoke(forward: Forward, *, by: User | None) -> Forward:
    """The link answers no more, at once; a letter that still waits never leaves. An attachment cannot be recalled. `by`
    is None for the candidate, by link. Whom it had reached is told by revoking.py.
    """
    if by is not None:
        policy.require("revoke", forward, by=by)
    if forward.revoked_at is None:
        # The letters' rows are locked first: who hands one over holds its lock while asking whether it was revoked.
        unasked = forward_questions.call_off(forward.id)
        did = "took back" if (stop(forward) if forward.letter else unasked) else "revoked"
        forward.revoked_at = clock.now()
        text = f"{did} the forward to {forward.colleague.name} at {forward.company}"
        events.record("forward.revoked", by=by, subject_id=forward.candidate_id, text=text)
    return forward


def stop(forward: Forward) -> bool:
    """Whether it had not left; then it never does. Of a letter that carries others, too, just this one is taken out."""
    letter = forward.carrier
    if not _carries_others(forward):
        return outbox.stop(letter)
    outbox.lock(letter)
    if letter.is_waiting:
        forward.letter = None
    return letter.state in ("queued", "claimed")


def leave_out(forward: Forward, why: str) -> None:
    """Of the letter that carries it with others; who holds that one writes it anew. `why` as in outbox.BLOCKED_WORDS;
    the letter is blocked where it carries nobody else.
    """
    letter, alone = forward.carrier, not _carries_others(forward)
    forward.left_out, forward.letter = why, None
    db.session.flush()
    if alone and letter.state in ("queued", "claimed"):
        letter.blocked_why = why
        outbox.end(letter, "blocked")


def see_answer(forward: Forward, *, by: User) -> Forward:
    """By its sender: it was said to them."""
    if forward.by_id != by.id:
        raise Denied
    forward.answer_seen_at = forward.answer_seen_at or clock.now()
    return forward


# --- parts


def _carries_others(forward: Forward) -> bool:
    if forward.shortlist_id is None:
        return False
    others = select(Forward.id).where(Forward.letter_id == forward.letter_id, Forward.id != forward.id)
    return db.session.scalar(others.limit(1)) is not None


def sender_line(by: User) -> str:
    """From, where 200 characters fit."""
    return f"{by.name} via {workspace.name()}"[: shape.LINE]
