"""Server-side sessions: a cookie carries a random token, its hash and everything else are here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, db, short_transaction, to
from crm.domain import events, limits
from crm.domain.errors import Missing
from crm.domain.users import User, by_email, verify_password
from crm.kit import clock, tokens

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=5)
LIMIT_WORDS = "That was tried too often. Wait a quarter of an hour, or reset your password."


class SignIn(Base):
    __tablename__ = "sign_in"
    id: Mapped[Id]
    user_id: Mapped[str] = to("user.id", ondelete="CASCADE")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    agent: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")


class SignInLink(Base):
    """Opens a session without a password, once: printed by the demo in its own terminal, never mailed."""

    __tablename__ = "sign_in_link"
    id: Mapped[Id]
    user_id: Mapped[str] = to("user.id", ondelete="CASCADE")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]


@dataclass(frozen=True)
class Visitor:
    """Who a valid cookie belongs to."""

    user_id: str
    sign_in_id: str


def check(email: str, password: str, *, address: str) -> str | None:
    """The id of the user whose password this is. Limited, slow, and the same for unknown accounts.

    It ends the transaction before the slow part: nobody waits for a lock while a password is checked.
    """
    account = f"sign-in account {tokens.digest(email.strip().lower())[:32]}"
    limits.count(f"sign-in address {address}", allowed=60, seconds=900, sentence=LIMIT_WORDS)
    limits.count(account, allowed=10, seconds=900, sentence=LIMIT_WORDS)
    user = by_email(email)
    known, password_hash = (user.id, user.password_hash) if user and user.is_active else (None, None)
    db.session.rollback()
    if not verify_password(password_hash, password):
        return None
    limits.forget(account)
    return known


def start(user: User, *, agent: str, address: str) -> str:
    """A new session; returns the token for the cookie."""
    token = tokens.new_link()
    db.session.add(SignIn(user_id=user.id, token_hash=tokens.digest(token), agent=agent[:200], address=address[:64]))
    events.record("user.signed_in", by=user, subject_id=user.id, text=f"{user.name} signed in")
    return token


def visitor(token: str) -> Visitor | None:
    """Whose session this is, if it still runs. Read in its own transaction, before the unit of work."""
    now = clock.now()
    with db.engine.connect() as connection:
        row = connection.execute(
            select(SignIn.id, SignIn.user_id, SignIn.seen_at)
            .join(User, User.id == SignIn.user_id)
            .where(
                SignIn.token_hash == tokens.digest(token),
                SignIn.seen_at > now - IDLE,
                SignIn.started_at > now - LONGEST,
                User.disabled_at.is_(None),
            )
        ).one_or_none()
    if row is None:
        return None
    if row.seen_at < now - SEEN_EVERY:
        with short_transaction() as session:
            session.execute(update(SignIn).where(SignIn.id == row.id).values(seen_at=now))
    return Visitor(user_id=row.user_id, sign_in_id=row.id)


def of(user: User) -> list[SignIn]:
    return list(db.session.scalars(select(SignIn).where(SignIn.user_id == user.id).order_by(SignIn.seen_at.desc())))


def end(sign_in_id: str, *, by: User) -> None:
    sign_in = db.session.get(SignIn, sign_in_id)
    if sign_in is None or sign_in.user_id != by.id:
        raise Missing
    db.session.delete(sign_in)


def end_all(user: User, *, but: str | None = None) -> None:
    """When a password changes or an account is disabled: whoever was in is out."""
    db.session.execute(delete(SignIn).where(SignIn.user_id == user.id, SignIn.id != (but or "")))


def offer_link(user: User, *, minutes: int = 60) -> str:
    token = tokens.new_link()
    until = clock.now() + timedelta(minutes=minutes)
    db.session.add(SignInLink(user_id=user.id, token_hash=tokens.digest(token), expires_at=until))
    return token


def take_link(token: str) -> User:
    link = db.session.scalar(select(SignInLink).where(SignInLink.token_hash == tokens.digest(token)))
    user = db.session.get(User, link.user_id) if link else None
    if link is None or link.expires_at <= clock.now() or user is None or not user.is_active:
        raise Missing
    db.session.delete(link)
    return user


def sweep() -> None:
    now = clock.now()
    ended = or_(SignIn.seen_at < now - IDLE, SignIn.started_at < now - LONGEST)
    db.session.execute(delete(SignIn).where(ended))
    db.session.execute(delete(SignInLink).where(SignInLink.expires_at < now))
