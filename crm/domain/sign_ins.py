"""Server-side sessions: a cookie carries a random token, its hash and everything else are here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import BindParameter, ColumnElement, Select, String, and_, bindparam, delete, func, not_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, db, short_transaction, to
from crm.domain import events, limits, shape
from crm.domain.errors import Missing, Refused
from crm.domain.limits import Limit
from crm.domain.users import User, verify_password
from crm.kit import clock, tokens

Moment = datetime | BindParameter[datetime]

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=5)
QUARTER_HOUR = 900
ALLOWED_PER_ACCOUNT, ALLOWED_PER_ADDRESS, ALLOWED_EVERYWHERE = 10, 60, 2_000
LIMIT_WORDS = "That was tried too often. Wait a quarter of an hour, or choose a new password."
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "a Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


class SignIn(Base):
    __tablename__ = "sign_in"
    id: Mapped[Id]
    user_id: Mapped[str] = to("user.id", ondelete="CASCADE")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    agent: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")

    @property
    def device(self) -> str:
        """As its user would name it: Firefox on Linux."""
        browser = next((name for mark, name in BROWSERS if mark in self.agent), "A browser")
        system = next((name for mark, name in SYSTEMS if mark in self.agent), "")
        return f"{browser} on {system}" if system else browser


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
    access: str
    time_zone: str

    @property
    def is_admin(self) -> bool:
        return self.access == "admin"


# --- passwords: limited and slow. Call these before the unit of work's first query, so that nobody waits for its lock.


def check(email: str, password: str, *, address: str) -> str | None:
    """The id of the user whose password this is. The answer and its time are the same for unknown accounts."""
    guarded = _guesses(email, address)
    limits.count_each(guarded, sentence=LIMIT_WORDS)
    user_id, password_hash = _password_of(User.email == _typed(email))
    if not verify_password(password_hash, password):
        return None
    limits.give_back(guarded)
    return user_id


def check_again(user_id: str, password: str) -> None:
    """Of somebody who is signed in, before something that a borrowed browser shall not do."""
    guarded = [Limit(f"password {user_id}", ALLOWED_PER_ACCOUNT, QUARTER_HOUR)]
    limits.count_each(guarded, sentence="That was tried too often. Wait a quarter of an hour.")
    _, password_hash = _password_of(User.id == user_id)
    if not verify_password(password_hash, password):
        raise Refused("That is not your password.", field="current")
    limits.give_back(guarded)


def forgive(email: str) -> None:
    """The owner has proved to be the owner: earlier guesses no longer keep them out."""
    limits.forget(_account(email))


def _guesses(email: str, address: str) -> list[Limit]:
    return [
        Limit(_account(email), ALLOWED_PER_ACCOUNT, QUARTER_HOUR),
        Limit(f"sign-in address {address}", ALLOWED_PER_ADDRESS, QUARTER_HOUR),
        Limit("sign-in everywhere", ALLOWED_EVERYWHERE, QUARTER_HOUR),
    ]


def _account(email: str) -> str:
    return f"sign-in account {tokens.digest(_typed(email))[:32]}"


def _typed(email: str) -> str:
    """As accounts are stored, so that other ways to write an address are no further guesses; nonsense is nobody's."""
    try:
        return shape.email(email)
    except Refused:
        return ""


def _password_of(who: ColumnElement[bool]) -> tuple[str | None, str | None]:
    with db.engine.connect() as connection:
        found = connection.execute(select(User.id, User.password_hash).where(who, User.disabled_at.is_(None))).first()
    return (found.id, found.password_hash) if found else (None, None)


# --- sessions


def start(user: User, *, agent: str, address: str) -> tuple[str, Visitor]:
    """A new session: the token for the cookie, and who it belongs to."""
    token = tokens.new_link()
    begun = SignIn(user_id=user.id, token_hash=tokens.digest(token), agent=_plain(agent, 200), address=address[:64])
    db.session.add(begun)
    events.record("user.signed_in", by=user, subject_id=user.id, text=f"{user.name} signed in")
    db.session.flush()
    return token, Visitor(user.id, begun.id, user.access, user.time_zone)


def visitor(token: str) -> Visitor | None:
    """Whose session this is, if it still runs. Read in its own transaction, before the unit of work."""
    now = clock.now()
    asked = {"token": tokens.digest(token), "idle": now - IDLE, "longest": now - LONGEST}
    with db.engine.connect() as connection:
        row = connection.execute(_running(), asked).one_or_none()
    if row is None:
        return None
    if row.seen_at < now - SEEN_EVERY:
        with short_transaction() as session:
            session.execute(update(SignIn).where(SignIn.id == row.id).values(seen_at=now))
    return Visitor(row.user_id, row.id, row.access, row.time_zone)


@cache
def _running() -> Select[str, str, datetime, str, str | None]:
    """Put together once, as every request asks it."""
    runs = _after(bindparam("idle"), bindparam("longest"))
    return (
        select(SignIn.id, SignIn.user_id, SignIn.seen_at, User.access, User.time_zone)
        .join(User, User.id == SignIn.user_id)
        .where(SignIn.token_hash == bindparam("token"), runs, User.disabled_at.is_(None))
    )


def of(user: User) -> list[SignIn]:
    """Those that still run, the latest used first."""
    query = select(SignIn).where(SignIn.user_id == user.id, _runs(clock.now()))
    return list(db.session.scalars(query.order_by(SignIn.seen_at.desc(), SignIn.id.desc())))


def latest() -> dict[str, datetime]:
    """User id -> when they were last here, as far as their sessions still tell."""
    rows = db.session.execute(select(SignIn.user_id, func.max(SignIn.seen_at)).group_by(SignIn.user_id))
    return dict(rows.all())


def end(sign_in_id: str, *, by: User) -> None:
    """One's own; what has ended already stays ended."""
    db.session.execute(delete(SignIn).where(SignIn.id == sign_in_id, SignIn.user_id == by.id))


def end_all(user: User, *, but: str = "") -> None:
    """When a password changes or an account is disabled: whoever was in is out, and no link lets them in."""
    db.session.execute(delete(SignIn).where(SignIn.user_id == user.id, SignIn.id != but))
    db.session.execute(delete(SignInLink).where(SignInLink.user_id == user.id))


def _runs(now: datetime) -> ColumnElement[bool]:
    return _after(now - IDLE, now - LONGEST)


def _after(idle: Moment, longest: Moment) -> ColumnElement[bool]:
    return and_(SignIn.seen_at > idle, SignIn.started_at > longest)


def _plain(text: str, most: int) -> str:
    """A header as a browser sends it; what a database or a page could stumble over is left out."""
    return "".join(c for c in text if c.isprintable())[:most]


# --- links that sign in


def offer_link(user: User, *, minutes: int = 60) -> str:
    token = tokens.new_link()
    until = clock.now() + timedelta(minutes=minutes)
    db.session.add(SignInLink(user_id=user.id, token_hash=tokens.digest(token), expires_at=until))
    return token


def owner_of_link(token: str) -> User:
    """Looking at a link does not use it up."""
    user = db.session.scalar(select(User).join(SignInLink, SignInLink.user_id == User.id).where(_opens(token)))
    return _let_in(user)


def take_link(token: str) -> User:
    """Deleted and read in one statement, so that it opens once however often it is posted."""
    user_id = db.session.scalar(delete(SignInLink).where(_opens(token)).returning(SignInLink.user_id))
    return _let_in(db.session.get(User, user_id) if user_id else None)


def _opens(token: str) -> ColumnElement[bool]:
    return and_(SignInLink.token_hash == tokens.digest(token), SignInLink.expires_at > clock.now())


def _let_in(user: User | None) -> User:
    if user is None or not user.is_active:
        raise Missing
    return user


def sweep() -> None:
    now = clock.now()
    db.session.execute(delete(SignIn).where(not_(_runs(now))))
    db.session.execute(delete(SignInLink).where(SignInLink.expires_at < now))
