"""People who sign in, their teams, their passwords, and the links that let them choose one."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, String, UniqueConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from crm import config
from crm.db import Base, Id, db, to
from crm.domain import events, policy, shape
from crm.domain.errors import Missing, Refused
from crm.kit import clock, tokens, zones
from crm.kit.guessable import is_guessable

ACCESS = ("admin", "recruiter", "manager")
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
ACCESS_WORDS = {
    "admin": "Administrator: all that, and people, teams, lists and mail",
    "recruiter": "Recruiter: also deletes, shares and revokes what others made",
    "manager": "Manager: banks, keeps warm and forwards people",
}
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
    log_key: Mapped[str] = mapped_column(String(26), unique=True, default=tokens.new_key)
    """Stands in their private address: what they send with it in BCC is logged with the candidate."""
    time_zone: Mapped[str] = mapped_column(String(60), default=zones.DEFAULT)
    """Whose clock their card and their working hours go by; a name of kit/zones.py."""
    card_rhythm: Mapped[str] = mapped_column(String(6), default="weekly")
    """weekly, daily or off; see cards.py."""
    card_weekday: Mapped[int] = mapped_column(default=0)
    card_hour: Mapped[int] = mapped_column(default=7)
    card_people: Mapped[int] = mapped_column(default=3)
    """How many stand on it at most."""
    card_set_at: Mapped[datetime | None]
    """When they last chose that: what would have been due before is not made up for."""
    columns: Mapped[list[str]] = mapped_column(default=list)
    """What their list of candidates shows beside the name; empty is the usual. See listing.COLUMNS."""
    teams: Mapped[list[Team]] = relationship(secondary="team_member", order_by=Team.name, lazy="select")

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None

    @property
    def is_invited(self) -> bool:
        """Added, and has not chosen a password yet."""
        return self.is_active and not self.has_joined

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


def everybody_active() -> list[User]:
    """Who can sign in, by name."""
    return list(db.session.scalars(everybody().where(User.disabled_at.is_(None))))


def listed() -> list[User]:
    """Everybody with their teams; who can no longer sign in comes last."""
    query = everybody().options(selectinload(User.teams)).order_by(None)
    return list(db.session.scalars(query.order_by(User.disabled_at.is_not(None), func.lower(User.name), User.id)))


def find(user_id: str) -> User:
    user = db.session.get(User, user_id)
    if user is None:
        raise Missing
    return user


def by_email(address: str) -> User | None:
    """However it was typed; what is no mail address belongs to nobody."""
    try:
        typed = shape.email(address)
    except Refused:
        return None
    return db.session.scalar(select(User).where(User.email == typed))


def is_empty() -> bool:
    return db.session.scalar(select(User.id).limit(1)) is None


def teams() -> list[Team]:
    return list(db.session.scalars(select(Team).order_by(Team.key)))


def by_id(user_id: str) -> User | None:
    return db.session.get(User, user_id)


def by_log_key(key: str) -> User | None:
    """Whose private address for copies it is."""
    return db.session.scalar(select(User).where(User.log_key == key))


def find_team(team_id: str) -> Team:
    team = db.session.get(Team, team_id)
    if team is None:
        raise Missing
    return team


def members(team: Team) -> list[User]:
    return list(db.session.scalars(everybody().join(TeamMember).where(TeamMember.team_id == team.id)))


def count_members() -> dict[str, int]:
    """Team id -> how many."""
    rows = db.session.execute(select(TeamMember.team_id, func.count()).group_by(TeamMember.team_id))
    return dict(rows.all())


def find_link(token: str, purpose: str) -> AccountLink:
    """Locked, so that it opens once however often it is posted."""
    link = db.session.scalar(
        select(AccountLink)
        .where(AccountLink.token_hash == tokens.digest(token), AccountLink.purpose == purpose)
        .with_for_update()
    )
    if link is None or not link.is_open:
        raise Missing
    return link


# --- verbs


def create_first(*, name: str, email: str, password_hash: str) -> User:
    """The administrator who sets First Call up. There is no default account, and no second first."""
    if not is_empty():
        raise Refused("First Call has been set up already. Sign in instead.")
    user = _add(name, email, "admin")
    user.password_hash = password_hash
    db.session.flush()
    _record("created", user, by=user, text=f"{user.name} set First Call up")
    return user


def add(*, name: str, email: str, access: str, by: User | None, password_hash: str | None = None) -> User:
    """`by` is None on the command line, where whoever runs the machine acts."""
    _only_administrators(by)
    user = _add(name, email, access)
    user.password_hash = password_hash
    db.session.flush()
    _record("created", user, by=by, text=f"{user.name} was added as {user.access}")
    return user


def _add(name: str, email: str, access: str) -> User:
    address = shape.email(email)
    if by_email(address):
        raise Refused(f"{address} has an account already.", field="email")
    user = User(name=shape.signature(name, "name"), email=address, access=shape.one_of(access, ACCESS, "access"))
    db.session.add(user)
    return user


def rename(user: User, name: str) -> User:
    """One's own name, as candidates and colleagues read it in letters."""
    user.name = shape.signature(name, "name")
    _record("renamed", user, by=user, text=f"is now called {user.name}")
    return user


def set_time_zone(user: User, zone: str) -> User:
    """By whose clocks their mornings and working hours are told."""
    if not zones.is_known(zone):
        raise Refused("Choose a time zone from the list.", field="time_zone")
    user.time_zone = zone
    return user


def change(user: User, *, by: User, name: str, access: str, team_ids: list[str]) -> User:
    policy.require("administer", by=by)
    access = shape.one_of(access, ACCESS, "access")
    if user.is_admin and access != "admin":
        keep_one_admin(user)
    join(user, team_ids, by=by)
    user.name = shape.signature(name, "name")
    user.access = access
    _record("changed", user, by=by, text=f"{user.name} is {user.access}")
    return user


def join(user: User, team_ids: list[str], *, by: User) -> None:
    """These teams, and no other."""
    policy.require("administer", by=by)
    user.teams = [team for team in teams() if team.id in team_ids]


def add_team(name: str, *, by: User | None) -> Team:
    """Makes it, or finds the one of this name."""
    _only_administrators(by)
    name = _team_name(name)
    team = db.session.scalar(select(Team).where(Team.key == shape.key(name)))
    if team is None:
        team = Team(name=name, key=shape.key(name))
        db.session.add(team)
        db.session.flush()
        events.record("team.added", by=by, subject_id=team.id, text=f"there is a team {team.name}")
    return team


def change_team(team: Team, *, by: User, name: str, member_ids: list[str]) -> Team:
    policy.require("administer", by=by)
    name = _team_name(name)
    other = db.session.scalar(select(Team.id).where(Team.key == shape.key(name), Team.id != team.id))
    if other is not None:
        raise Refused(f"There is a team {name} already.", field="name")
    team.name, team.key = name, shape.key(name)
    db.session.execute(delete(TeamMember).where(TeamMember.team_id == team.id))
    known = db.session.scalars(select(User.id).where(User.id.in_(member_ids)))
    db.session.add_all(TeamMember(user_id=user_id, team_id=team.id) for user_id in known)
    db.session.flush()
    events.record("team.changed", by=by, subject_id=team.id, text=f"the team {team.name} was changed")
    return team


def open_link(user: User, purpose: str) -> AccountLink:
    lasts = INVITATION_LASTS if purpose == "invitation" else RESET_LASTS
    link = AccountLink(user=user, user_id=user.id, purpose=purpose, expires_at=clock.now() + lasts)
    db.session.add(link)
    db.session.flush()
    return link


def close_links(user: User, purpose: str = "") -> None:
    """Of one purpose or of all: a newer letter, or a password that was chosen, ends the older links."""
    opened = update(AccountLink).where(AccountLink.user_id == user.id, AccountLink.used_at.is_(None))
    if purpose:
        opened = opened.where(AccountLink.purpose == purpose)
    db.session.execute(opened.values(used_at=clock.now()))


def keep_one_admin(user: User) -> None:
    """Locks them all, so that two who step down at the same moment do not both find the other in office."""
    office = select(User).where(User.access == "admin", User.disabled_at.is_(None), User.password_hash.is_not(None))
    if all(admin.id == user.id for admin in db.session.scalars(office.order_by(User.id).with_for_update())):
        raise Refused(f"{user.name} is the only administrator. Make somebody else one first.", field="access")


def _team_name(name: str) -> str:
    cleaned = shape.line(name, "name", needed=True, most=80, name="The name of the team")
    if not shape.key(cleaned):
        raise Refused("The name of the team needs a letter or a digit.", field="name")
    return cleaned


def _only_administrators(by: User | None) -> None:
    if by is not None:
        policy.require("administer", by=by)


def _record(kind: str, user: User, *, by: User | None, text: str) -> None:
    events.record(f"user.{kind}", by=by, subject_id=user.id, text=text)


# --- passwords: slow on purpose, so they are hashed and checked before a transaction begins


def check_password_shape(password: str, about: Iterable[str] = ()) -> str:
    """`about`: the words that somebody who knows the person would try first."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(f"A password needs at least {SHORTEST_PASSWORD} characters; take a few words.", field="password")
    if len(password) > LONGEST_PASSWORD:
        raise Refused(f"A password has at most {LONGEST_PASSWORD} characters.", field="password")
    if is_guessable(password, about):
        raise Refused("This password is one of the first that would be guessed. Take another.", field="password")
    return password


def hash_password(password: str, about: Iterable[str] = ()) -> str:
    return _hasher().hash(check_password_shape(password, about))


def verify_password(password_hash: str | None, password: str) -> bool:
    """As slow for an unknown account as for a known one, so that the time tells nothing."""
    hasher = _hasher()
    nobody = _nobody(hasher)
    try:
        return hasher.verify(password_hash or nobody, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def _hasher() -> PasswordHasher:
    return PasswordHasher(memory_cost=config.current().argon2_memory_kib, time_cost=2, parallelism=1)


_NOBODY: dict[int, str] = {}


def _nobody(hasher: PasswordHasher) -> str:
    """Made at the first sign-in after a start, whoever it is."""
    if hasher.memory_cost not in _NOBODY:
        _NOBODY[hasher.memory_cost] = hasher.hash("nobody has this password")
    return _NOBODY[hasher.memory_cost]
