"""The private calendar feed: due dates, guard windows and promises of one user, for whatever calendar they keep."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from crm.db import Base, db, to
from crm.domain import cadences, guards, leaks, promises, today
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing
from crm.domain.roles import Hire, Role
from crm.domain.users import User
from crm.kit import clock, tokens

MOST_OF_EACH = 300
"""Of due people and of promises, the first by date."""
BACK = timedelta(days=366)


class CalendarLink(Base):
    """One for each user who wants one; only the hash is kept, so a lost link is replaced by a new one."""

    __tablename__ = "calendar_link"
    user_id: Mapped[str] = to("user.id", primary_key=True, index=False, ondelete="CASCADE")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    user: Mapped[User] = relationship(lazy="raise_on_sql")


@dataclass(frozen=True)
class Entry:
    """A whole day of the calendar. `key` stays the same when the day moves; `candidate_id` or `role_id`: whose page."""

    key: str
    on: date
    title: str
    words: str = ""
    candidate_id: str = ""
    role_id: str = ""


# --- queries


def link_of(user: User) -> CalendarLink | None:
    return db.session.get(CalendarLink, user.id)


def is_link(token: str) -> bool:
    found = select(CalendarLink.user_id).where(CalendarLink.token_hash == tokens.digest(token))
    return db.session.scalar(found) is not None


def owner_of(token: str) -> User:
    """Raises Missing for a link that was revoked, and for who can no longer sign in."""
    mine = select(User).join(CalendarLink, CalendarLink.user_id == User.id)
    user = db.session.scalar(mine.where(CalendarLink.token_hash == tokens.digest(token), User.disabled_at.is_(None)))
    if user is None:
        raise Missing
    return user


def entries(user: User) -> list[Entry]:
    """In the order of their days. Nothing of a sealed role, though the user may know of it: others see calendars."""
    tells = leaks.watch(by=user)
    found = [*_due(user), *_promised(user), *_guarded(user)]
    kept = [one if not tells(one.words) else _plain(one) for one in found if not tells(one.title)]
    return sorted(kept, key=lambda one: (one.on, one.key))


def _plain(entry: Entry) -> Entry:
    return Entry(entry.key, entry.on, entry.title, "", entry.candidate_id, entry.role_id)


def _due(user: User) -> list[Entry]:
    dated = today.due_before(date.max, owner=user).where(
        cadences.remindable(), Candidate.next_on > clock.today() - BACK
    )
    people = db.session.execute(
        dated.with_only_columns(Candidate.id, Candidate.full_name, Candidate.next_on, Candidate.next_why).limit(
            MOST_OF_EACH
        )
    )
    return [
        Entry(f"due-{key}", on, f"Be in touch with {name}", why, candidate_id=key)
        for key, name, on, why in people
        if on is not None
    ]


def _promised(user: User) -> list[Entry]:
    waiting = promises.waiting_for(user).options(contains_eager(promises.Promise.candidate))
    return [
        Entry(
            f"promise-{promise.id}", promise.due_on, f"A promise to {promise.candidate.full_name}", promise.text,
            candidate_id=promise.candidate_id,
        )
        for promise in db.session.scalars(waiting.limit(MOST_OF_EACH))
    ]  # fmt: skip


def _guarded(user: User) -> list[Entry]:
    """The last day on which the bench of a role is held."""
    rows = db.session.execute(
        select(Role, Hire)
        .join(Hire, Hire.role_id == Role.id)
        .where(
            Role.owner_id == user.id, Role.status == "filled", Hire.fell_on.is_(None), Hire.guard_ended == "",
            Hire.starts_on > clock.today() - BACK,
        )
        .limit(MOST_OF_EACH)
    )  # fmt: skip
    return [
        Entry(f"guard-{hire.id}", guards.ends_on(hire), f"Guard window of {role.title} ends", role_id=role.id)
        for role, hire in rows
    ]


# --- verbs


def make_link(user: User) -> str:
    """The token, shown once. The link before it is closed."""
    revoke_link(user)
    token = tokens.new_link()
    db.session.add(CalendarLink(user_id=user.id, token_hash=tokens.digest(token)))
    db.session.flush()
    return token


def revoke_link(user: User) -> None:
    db.session.execute(delete(CalendarLink).where(CalendarLink.user_id == user.id))
