"""How people come and go: invitations, passwords, and the end of an account. What opened a session also ends it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from crm.db import db
from crm.domain import api_tokens, events, limits, outbox, policy, shape, sign_ins, users
from crm.domain.errors import Missing, Refused
from crm.domain.limits import Limit
from crm.domain.users import AccountLink, User
from crm.domain.workspace import Workspace
from crm.kit import clock, tokens

RESET_LIMIT = "A new password was asked for too often. Wait an hour, or ask an administrator."


@dataclass(frozen=True)
class Person:
    """Who a link is for, as its page greets them."""

    name: str
    email: str
    company: str

    @property
    def about(self) -> tuple[str, ...]:
        """What somebody who wants to guess their password would begin with."""
        return self.name, self.email, self.company


# --- invitations


def invite(*, name: str, email: str, access: str, by: User | None, team_ids: list[str] | None = None) -> User:
    """A new person and the letter that lets them in. `by` is None on the command line."""
    user = users.add(name=name, email=email, access=access, by=by)
    if team_ids and by is not None:
        users.join(user, team_ids, by=by)
    _write(user, "invitation", by=by)
    return user


def invite_again(user: User, *, by: User) -> User:
    """The earlier letter's link ends with it."""
    policy.require("administer", by=by)
    if not user.is_invited:
        raise Refused(f"{user.name} has chosen a password already, or may not sign in.")
    _write(user, "invitation", by=by)
    events.record("user.invited", by=by, subject_id=user.id, text=f"{user.name} was invited again")
    return user


def _write(user: User, purpose: str, *, by: User | None) -> None:
    users.close_links(user, purpose)
    link = users.open_link(user, purpose)
    outbox.queue(
        purpose, intent=f"{purpose} {link.id}", to_address=user.email, to_name=user.name, by=by,
        account_link_id=link.id, wait=False,
    )  # fmt: skip


# --- passwords. They count and hash before the unit of work's first query, so that nobody waits for its lock meanwhile.


def ask_reset(email: str, *, address: str) -> None:
    """The same for everybody: whether there is an account shows only in its owner's mail."""
    typed = shape.email(email)
    asked = [
        Limit(f"reset account {tokens.digest(typed)[:32]}", 5, 3600),
        Limit(f"reset address {address}", 20, 3600),
        Limit("reset everywhere", 500, 3600),
    ]
    limits.count_each(asked, sentence=RESET_LIMIT)
    user = users.by_email(typed)
    events.record(
        "user.reset_asked", by=None, subject_id=user.id if user else None, text="a new password was asked for"
    )
    if user is not None and user.is_active:
        _write(user, "reset", by=None)


def person_of(token: str, purpose: str) -> Person:
    """Who an open link is for. Read in its own transaction: looking at a link does not use it up."""
    link = (AccountLink.token_hash == tokens.digest(token)) & (AccountLink.purpose == purpose)
    is_open = AccountLink.used_at.is_(None) & (AccountLink.expires_at > clock.now())
    return _person(User.id.in_(select(AccountLink.user_id).where(link & is_open)))


def choose_password(token: str, purpose: str, password: str) -> User:
    """By the link of a letter. It opens once."""
    person = person_of(token, purpose)
    password_hash = users.hash_password(password, person.about)
    sign_ins.forgive(person.email)
    user = users.find_link(token, purpose).user
    _set_password(user, password_hash)
    api_tokens.revoke_all(user)  # whoever had the account may have made one
    events.record(f"user.{purpose}_used", by=user, subject_id=user.id, text=f"{user.name} chose a password")
    return user


def change_password(user_id: str, *, current: str, new: str) -> User:
    """One's own, by showing the one that holds."""
    sign_ins.check_again(user_id, current)
    password_hash = users.hash_password(new, _person(User.id == user_id).about)
    user = users.find(user_id)
    _set_password(user, password_hash)
    events.record("user.password_changed", by=user, subject_id=user.id, text=f"{user.name} changed the password")
    return user


def _person(who: ColumnElement[bool]) -> Person:
    query = select(User.name, User.email, Workspace.name.label("company")).outerjoin(Workspace, Workspace.id == 1)
    with db.engine.connect() as connection:
        row = connection.execute(query.where(who, User.disabled_at.is_(None))).one_or_none()
    if row is None:
        raise Missing
    return Person(row.name, row.email, row.company or "")


def _set_password(user: User, password_hash: str) -> None:
    """Whoever was in with the old one is out, and every link that was still on its way is closed."""
    user.password_hash = password_hash
    users.close_links(user)
    sign_ins.end_all(user)


# --- the end


def disable(user: User, *, by: User | None) -> User:
    """Out at once, everywhere. What they did stays, and what only they could see an administrator can see."""
    if by is not None:
        policy.require("administer", by=by)
        if by.id == user.id:
            raise Refused("Nobody can shut themselves out. Ask another administrator.")
    if user.is_admin:
        users.keep_one_admin(user)
    user.disabled_at = user.disabled_at or clock.now()
    users.close_links(user)
    sign_ins.end_all(user)
    api_tokens.revoke_all(user)
    events.record("user.disabled", by=by, subject_id=user.id, text=f"{user.name} can no longer sign in")
    return user


def enable(user: User, *, by: User) -> User:
    policy.require("administer", by=by)
    user.disabled_at = None
    events.record("user.enabled", by=by, subject_id=user.id, text=f"{user.name} can sign in again")
    return user
