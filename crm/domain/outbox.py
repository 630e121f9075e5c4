"""Letters on their way out: one row each, from queued to its end. See docs/decisions.md for why in this order.

queued -> claimed -> in_doubt -> accepted -> delivered | bounced | complained; a definite 4xx goes back to queued, a
definite 5xx ends failed; a check that says no ends blocked; a person may cancel while it waits.
"""

from datetime import datetime, timedelta

from sqlalchemy import Index, Select, String, UniqueConstraint, func, or_, select
from sqlalchemy.orm import Mapped, defer, mapped_column, relationship, selectinload

from crm import config
from crm.db import Base, Id, db, to
from crm.domain import shape
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.users import User
from crm.kit import clock, tokens

STATES = (
    "queued", "claimed", "in_doubt", "accepted", "delivered", "bounced", "complained", "failed", "blocked", "cancelled",
)  # fmt: skip
STATE_WORDS = {
    "queued": "waiting", "claimed": "leaving now", "in_doubt": "in doubt", "accepted": "sent", "delivered": "delivered",
    "bounced": "came back", "complained": "reported as unwanted", "failed": "failed", "blocked": "stopped",
    "cancelled": "taken back",
}  # fmt: skip
FILTERED = ("queued", "in_doubt", "accepted", "failed", "blocked", "cancelled")
"""What the page of letters is filtered by."""
GONE = ("accepted", "delivered", "bounced", "complained")
BACK_OFF_MINUTES = (1, 5, 15, 60, 180, 360, 720, 1440)
"""In units of CRM_RETRY_SECONDS; the last is repeated until MOST_ATTEMPTS, four days and a half after the first."""
MOST_ATTEMPTS = 12
BLOCKED_WORDS = {
    "consent": "the permission was withdrawn, or has run out",
    "revoked": "the forward was revoked",
    "document": "the stored resume is missing or was changed",
    "owner": "who queued it can no longer sign in",
    "suppressed": "this address asked not to be written to",
    "sealed": "it would have told of a sealed role",
}


class Letter(Base):
    """Names what to write about, not the text: that is rendered at delivery, when everything is asked again."""

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("intent"),
        Index("ix_letter_state_not_before", "state", "not_before"),
    )
    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default="queued")
    blocked_why: Mapped[str] = mapped_column(String(12), default="")
    to_address: Mapped[str]
    to_name: Mapped[str] = mapped_column(default="")
    by_id: Mapped[str | None] = to("user.id")
    forward_id: Mapped[str | None] = to("forward.id", ondelete="CASCADE")
    account_link_id: Mapped[str | None] = to("account_link.id", ondelete="CASCADE")
    intent: Mapped[str] = mapped_column(String(80))
    """One per thing that is to be said; a second letter for it cannot be queued."""
    message_id: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    not_before: Mapped[datetime]
    claimed_by: Mapped[str] = mapped_column(String(80), default="")
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_reply: Mapped[str] = mapped_column(default="")
    in_doubt_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """When its owner put the news aside that it did not leave."""
    by: Mapped[User | None] = relationship(lazy="raise_on_sql")

    @property
    def is_waiting(self) -> bool:
        return self.state == "queued"

    @property
    def is_due(self) -> bool:
        return self.is_waiting and self.not_before <= clock.now()

    @property
    def has_left(self) -> bool:
        return self.state in GONE

    @property
    def state_words(self) -> str:
        return STATE_WORDS[self.state]

    @property
    def story(self) -> str:
        """Why it is in that state: what stood against it, or the last words of the mail server."""
        return BLOCKED_WORDS[self.blocked_why] if self.blocked_why else self.last_reply


class KeptMail(Base):
    """The local mailbox: what would have gone out, had a mail server been named."""

    __tablename__ = "kept_mail"
    id: Mapped[Id]
    letter_id: Mapped[str] = to("letter.id", unique=True, index=False, ondelete="CASCADE")
    kept_at: Mapped[datetime] = mapped_column(default=clock.now)
    to_address: Mapped[str]
    subject: Mapped[str]
    raw: Mapped[bytes]


# --- queries


def listed(user: User, state: str = "") -> Select[Letter]:
    """One's own letters; administrators see everybody's. With who queued them."""
    query = select(Letter).options(selectinload(Letter.by)).order_by(Letter.id.desc())
    if not user.is_admin:
        query = query.where(Letter.by_id == user.id)
    return query.where(Letter.state == shape.one_of(state, STATES, "state")) if state else query


def troubled(user: User) -> list[Letter]:
    """One's own letters that did not leave, or of which nobody knows, until one has seen it."""
    query = select(Letter).where(
        Letter.by_id == user.id,
        Letter.state.in_(("failed", "blocked", "bounced", "in_doubt")),
        Letter.seen_at.is_(None),
    )
    return list(db.session.scalars(query.order_by(Letter.id.desc()).limit(20)))


def find(letter_id: str, *, seen_by: User) -> Letter:
    letter = db.session.scalar(listed(seen_by).where(Letter.id == letter_id))
    if letter is None:
        raise Missing
    return letter


def kept(limit: int = 200) -> list[KeptMail]:
    return list(db.session.scalars(select(KeptMail).order_by(KeptMail.id.desc()).limit(limit)))


def mailbox() -> Select[KeptMail]:
    """The local mailbox, newest first, without the mails' own bytes."""
    return select(KeptMail).options(defer(KeptMail.raw, raiseload=True)).order_by(KeptMail.id.desc())


def kept_mail(mail_id: str) -> KeptMail:
    mail = db.session.get(KeptMail, mail_id)
    if mail is None:
        raise Missing
    return mail


# --- verbs


def queue(
    kind: str, *, intent: str, to_address: str, to_name: str = "", by: User | None,
    forward_id: str | None = None, account_link_id: str | None = None, wait: bool = True,
) -> Letter:  # fmt: skip
    """In the transaction of the verb that wants it said. `wait`: it may be taken back for the undo period."""
    if by is not None:
        _check_daily_limit(by)
    settings = config.current()
    pause = timedelta(seconds=settings.undo_seconds if wait else 0)
    letter = Letter(
        kind=kind,
        intent=intent,
        to_address=to_address,
        to_name=to_name,
        by_id=by.id if by else None,
        forward_id=forward_id,
        account_link_id=account_link_id,
        message_id=f"<{tokens.new_link().lower()}@{settings.mail_from.split('@')[1]}>",
        not_before=clock.now() + pause,
    )
    db.session.add(letter)
    db.session.flush()
    return letter


def see(letter: Letter, *, by: User) -> Letter:
    """Its owner knows what became of it."""
    if letter.by_id != by.id:
        raise Denied
    letter.seen_at = letter.seen_at or clock.now()
    return letter


def cancel(letter: Letter, *, by: User) -> Letter:
    if letter.by_id != by.id and not by.is_admin:
        raise Denied
    if not stop(letter):
        raise Refused("This letter is no longer waiting, so it cannot be taken back.")
    return letter


def stop(letter: Letter) -> bool:
    """Whether it still waited; if so it never leaves. For verbs that have asked who may. The row stays locked."""
    db.session.flush()  # or reading the row again would forget what was changed
    db.session.refresh(letter, with_for_update=True)
    if letter.is_waiting:
        _end(letter, "cancelled")
    return letter.state == "cancelled"


def _check_daily_limit(by: User) -> None:
    most = config.current().letters_a_day
    since = clock.now() - timedelta(days=1)
    query = select(func.count()).select_from(Letter).where(Letter.by_id == by.id, Letter.created_at > since)
    if (db.session.scalar(query) or 0) >= most:
        raise Refused(f"You have queued {most} letters within a day; the next can be queued tomorrow.")


# --- delivery, by the worker. Each is a step of its own transaction.


def claim(owner: str, now: datetime) -> Letter | None:
    """The next letter that is due, or whose worker's lease ran out before it was in doubt."""
    due = (Letter.state == "queued") & (Letter.not_before <= now)
    abandoned = (Letter.state == "claimed") & (Letter.lease_until < now)
    letter = db.session.scalar(
        select(Letter)
        .where(or_(due, abandoned))
        .order_by(Letter.not_before, Letter.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if letter is not None and letter.attempts >= MOST_ATTEMPTS:
        fail(letter, letter.last_reply or f"given up after {letter.attempts} attempts")
        return None
    if letter is not None:
        letter.state, letter.claimed_by = "claimed", owner
        letter.lease_until = now + timedelta(seconds=config.current().lease_seconds)
        letter.attempts += 1
    return letter


def held_by(letter_id: str, owner: str, now: datetime) -> Letter | None:
    """The letter, locked, if this worker still holds its claim."""
    letter = db.session.get(Letter, letter_id, with_for_update=True)
    holds = (
        letter is not None
        and letter.state == "claimed"
        and letter.claimed_by == owner
        and letter.lease_until is not None
        and letter.lease_until > now
    )
    return letter if holds else None


def enter_doubt(letter: Letter) -> None:
    """Committed after the server's 354 and before the final dot: from here on it is never sent again by itself."""
    letter.state, letter.in_doubt_at = "in_doubt", clock.now()


def accept(letter: Letter, reply: str) -> None:
    letter.last_reply = reply
    _end(letter, "accepted")


def fail(letter: Letter, reply: str) -> None:
    letter.last_reply = reply
    _end(letter, "failed")


def block(letter: Letter, why: str) -> None:
    letter.blocked_why = why
    _end(letter, "blocked")


def put_back(letter: Letter, reply: str, now: datetime) -> None:
    """A definite "not now": again later, further apart each time, until it is given up."""
    if letter.attempts >= MOST_ATTEMPTS:
        fail(letter, f"given up after {letter.attempts} attempts: {reply}")
        return
    step = BACK_OFF_MINUTES[min(letter.attempts, len(BACK_OFF_MINUTES)) - 1]
    _wait(letter, reply, now + timedelta(seconds=step * config.current().retry_seconds))


def release(letter: Letter, reply: str, now: datetime) -> None:
    """The mail server could not be reached: nothing is counted against the letter."""
    letter.attempts = max(0, letter.attempts - 1)
    _wait(letter, reply, now + timedelta(seconds=config.current().retry_seconds))


def stay_in_doubt(letter: Letter, reply: str) -> None:
    letter.last_reply = reply
    letter.lease_until = None


def keep_locally(letter: Letter, subject: str, raw: bytes) -> None:
    db.session.add(KeptMail(letter_id=letter.id, to_address=letter.to_address, subject=subject, raw=raw))
    accept(letter, "kept in the local mailbox: no mail server is set")


def _wait(letter: Letter, reply: str, until: datetime) -> None:
    letter.state, letter.last_reply, letter.not_before = "queued", reply, until
    letter.claimed_by, letter.lease_until, letter.in_doubt_at = "", None, None


def _end(letter: Letter, state: str) -> None:
    letter.state, letter.ended_at, letter.lease_until = state, clock.now(), None


def in_doubt() -> int:
    """How many letters nobody here knows the fate of."""
    return db.session.scalar(select(func.count()).select_from(Letter).where(Letter.state == "in_doubt")) or 0
