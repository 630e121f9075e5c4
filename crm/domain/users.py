"""People who sign in, their teams, and how they get in: invitation, password, reset."""

from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm import config
from crm.db import Base, Id, db, to
from crm.domain import events, policy, shape
from crm.domain.errors import Missing, Refused
from crm.kit import clock, tokens

ACCESS = ("admin", "recruiter", "manager")
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
TOO_COMMON = frozenset(
    ("password1234", "passwordpassword", "123456789012", "qwertyuiop12", "qwertyuiopas", "correcthorse", "letmeinletmein")
)
INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=1)


class Team(Base):
    __tablename__ = "team"
    id: Mapped[Id]
    name: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)


class TeamMember(Base):
    __tablename__ = "team_member"
    user_id: Mapped[str] = to("user.id", primary_key=True, index=False, ondelete="CASCADE")
    team_id: Mapped[str] = to("team.id", primary_key=True, ondelete="CASCADE")


class User(Base):
    __tablename__ = "user"
    id: Mapped[Id]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    access: Mapped[str] = mapped_column(String(10))
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    disabled_at: Mapped[datetime | None]
    teams: Mapped[list[Team]] = relationship(secondary="team_member", order_by=Team.name, lazy="select")

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None

    @property
    def is_admin(self) -> bool:
        return self.access == "admin"

    @property
    def has_joined(self) -> bool:
        return self.password_hash is not None

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


class AccountLink(Base):
    """An invitation or a password reset. Its token is minted when its letter is rendered; only the hash is kept."""

    __tablename__ = "account_link"
    __table_args__ = (UniqueConstraint("token_hash"),)
    id: Mapped[Id]
    user_id: Mapped[str] = to("user.id")
    purpose: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="select")

    @property
    def is_open(self) -> bool:
        return self.used_at is None and self.expires_at > clock.now() and self.user.is_active


# --- queries


def everybody() -> Select[User]:
    return select(User).order_by(func.lower(User.name), User.id)


def find(user_id: str) -> User:
    user = db.session.get(User, user_id)
    if user is None:
        raise Missing
    return user


def by_email(address: str) -> User | None:
    return db.session.scalar(select(User).where(User.email == address.strip().lower()))


def is_empty() -> bool:
    return db.session.scalar(select(User.id).limit(1)) is None


def teams() -> list[Team]:
    return list(db.session.scalars(select(Team).order_by(Team.key)))


# --- verbs


def create_first(*, name: str, email: str, password_hash: str) -> User:
    """The administrator who sets First Call up. There is no default account, and no second first."""
    if not is_empty():
        raise Refused("First Call has been set up already. Sign in instead.")
    user = _add(name, email, "admin")
    user.password_hash = password_hash
    db.session.flush()
    events.record("user.created", by=user, text=f"{user.name} set First Call up")
    return user


def add(*, name: str, email: str, access: str, by: User | None, password_hash: str | None = None) -> User:
    """`by` is None on the command line, where whoever runs the machine acts."""
    if by is not None:
        policy.require("administer", by=by)
    user = _add(name, email, access)
    user.password_hash = password_hash
    db.session.flush()
    events.record("user.created", by=by, text=f"{user.name} was added as {user.access}")
    return user


def _add(name: str, email: str, access: str) -> User:
    address = shape.email(email)
    if by_email(address):
        raise Refused(f"{address} has an account already.", field="email")
    user = User(
        name=shape.line(name, "name", needed=True), email=address, access=shape.one_of(access, ACCESS, "access")
    )
    db.session.add(user)
    return user


def open_link(user: User, purpose: str) -> AccountLink:
    lasts = INVITATION_LASTS if purpose == "invitation" else RESET_LASTS
    link = AccountLink(user=user, user_id=user.id, purpose=purpose, expires_at=clock.now() + lasts)
    db.session.add(link)
    db.session.flush()
    return link


def find_link(token: str, purpose: str) -> AccountLink:
    link = db.session.scalar(
        select(AccountLink).where(AccountLink.token_hash == tokens.digest(token), AccountLink.purpose == purpose)
    )
    if link is None or not link.is_open:
        raise Missing
    return link


def set_password(user: User, password_hash: str, *, link: AccountLink | None = None) -> User:
    user.password_hash = password_hash
    if link is not None:
        link.used_at = clock.now()
        events.record(f"user.{link.purpose}_used", by=user, text=f"{user.name} chose a password")
    return user


def change(user: User, *, by: User, name: str, access: str, team_ids: list[str]) -> User:
    policy.require("administer", by=by)
    access = shape.one_of(access, ACCESS, "access")
    if user.is_admin and access != "admin":
        _keep_one_admin(user)
    user.name = shape.line(name, "name", needed=True)
    user.access = access
    user.teams = [team for team in teams() if team.id in team_ids]
    events.record("user.changed", by=by, text=f"{user.name} is {user.access}")
    return user


def disable(user: User, *, by: User | None) -> User:
    if by is not None:
        policy.require("administer", by=by)
    if user.is_admin:
        _keep_one_admin(user)
    user.disabled_at = user.disabled_at or clock.now()
    events.record("user.disabled", by=by, text=f"{user.name} can no longer sign in")
    return user


def enable(user: User, *, by: User) -> User:
    policy.require("administer", by=by)
    user.disabled_at = None
    events.record("user.enabled", by=by, text=f"{user.name} can sign in again")
    return user


def add_team(name: str, *, by: User | None) -> Team:
    if by is not None:
        policy.require("administer", by=by)
    name = shape.line(name, "name", needed=True, most=80)
    team = db.session.scalar(select(Team).where(Team.key == shape.key(name)))
    if team is None:
        team = Team(name=name, key=shape.key(name))
        db.session.add(team)
        db.session.flush()
    return team


def _keep_one_admin(user: User) -> None:
    others = select(User.id).where(User.access == "admin", User.disabled_at.is_(None), User.id != user.id)
    if db.session.scalar(others.limit(1)) is None:
        raise Refused(f"{user.name} is the only administrator. Make somebody else one first.", field="access")


# --- passwords: slow on purpose, so they are hashed and checked before a transaction begins


def check_password_shape(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(f"A password needs at least {SHORTEST_PASSWORD} characters; a few words do well.", field="password")
    if len(password) > LONGEST_PASSWORD:
        raise Refused(f"A password has at most {LONGEST_PASSWORD} characters.", field="password")
    if password.casefold() in TOO_COMMON or len(set(password)) < 4:
        raise Refused("This password is one of the first that would be guessed. Take another.", field="password")
    return password


def hash_password(password: str) -> str:
    return _hasher().hash(check_password_shape(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """As slow for an unknown account as for a known one, so that the time tells nothing."""
    hasher = _hasher()
    try:
        return hasher.verify(password_hash or _unknown(hasher), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def _hasher() -> PasswordHasher:
    return PasswordHasher(memory_cost=config.current().argon2_memory_kib, time_cost=2, parallelism=1)


_NOBODY: dict[int, str] = {}


def _unknown(hasher: PasswordHasher) -> str:
    if hasher.memory_cost not in _NOBODY:
        _NOBODY[hasher.memory_cost] = hasher.hash("nobody has this password")
    return _NOBODY[hasher.memory_cost]
