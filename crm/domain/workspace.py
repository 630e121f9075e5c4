"""The place itself: its name, and the one-time code that sets it up."""

import hmac
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from crm import config
from crm.db import Base, after_commit, db
from crm.domain import applications, events, limits, outbox, policy, shape, users
from crm.domain.errors import Missing, Refused
from crm.domain.limits import Limit
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.kit import files, tokens

MOST_REASONS = 60
SETUP_LIMIT = "That code was tried too often. Wait a quarter of an hour."


class Workspace(Base):
    """One row: the company as candidates and colleagues know it."""

    __tablename__ = "workspace"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]


def entered_by(user_id: str) -> tuple[User, Workspace | None]:
    """Who is here and where, by one query. While the second is held, `name` asks for nothing."""
    query = select(User, Workspace).outerjoin(Workspace, Workspace.id == 1).where(User.id == user_id)
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise Missing
    return found[0], found[1]


def name() -> str:
    row = db.session.get(Workspace, 1)
    db.session.info["workspace"] = row  # held, or the session lets go of it and asks again for every letter
    return row.name if row else "First Call"


def is_new() -> bool:
    """Nobody has an account yet. Asked in its own transaction, since what is slow or counted comes before any lock."""
    with db.engine.connect() as connection:
        return connection.scalar(select(User.id).limit(1)) is None


def rename(new: str, *, by: User) -> Workspace:
    policy.require("administer", by=by)
    row = _write(new)
    events.record("workspace.renamed", by=by, text=f"the company is called {row.name}")
    return row


def set_reasons(lines: list[str], *, by: User) -> list[str]:
    """Why people are passed over, as it is offered to choose from; what is recorded keeps its words."""
    policy.require("administer", by=by)
    if not any(line.strip() for line in lines):
        raise Refused("At least one reason is needed; people can always write their own.", field="reasons")
    if len(lines) > MOST_REASONS:
        raise Refused(f"Nobody chooses from more than {MOST_REASONS} reasons.", field="reasons")
    applications.set_reasons(lines)
    events.record("workspace.reasons", by=by, text="the list of reasons was changed")
    return applications.reasons()


def write_test_letter(*, by: User) -> Letter:
    """To oneself, to see whether mail arrives."""
    policy.require("administer", by=by)
    intent = f"test {tokens.new_id()}"
    return outbox.queue("test", intent=intent, to_address=by.email, to_name=by.name, by=by, wait=False)


# --- the first visit


def set_up(*, company: str, name: str, email: str, password_hash: str) -> User:
    """The company, its first administrator, the list of reasons to begin with. Its one row decides who was first."""
    user = users.create_first(name=name, email=email, password_hash=password_hash)
    db.session.add(Workspace(id=1, name=_named(company)))  # added and never changed: a second first fails at its key
    db.session.flush()
    applications.set_reasons(list(applications.FIRST_REASONS))
    after_commit(_forget_setup_code)
    return user


def begin() -> None:
    """What a place needs that was not set up in the browser: a name to be changed later, and reasons to begin with."""
    if db.session.get(Workspace, 1) is None:
        _write(name())
        applications.set_reasons(list(applications.FIRST_REASONS))


def setup_code() -> str:
    """Made once and kept with mode 0600 until First Call is set up; the terminal shows it."""
    path = _code_path()
    if not path.exists():
        files.put_once(path, tokens.new_code())
    return path.read_text().strip()


def check_setup_code(code: str, *, address: str) -> None:
    """Before the unit of work's first query, since a wrong guess is counted. Raises Refused."""
    guesses = [Limit(f"setup {address}", 10, 900), Limit("setup everywhere", 100, 900)]
    limits.count_each(guesses, sentence=SETUP_LIMIT)
    plain = "-".join(code.lower().replace("-", " ").split())
    if not hmac.compare_digest(plain.encode(), setup_code().encode()):
        raise Refused("That is not the code in the terminal.", field="code")


def _forget_setup_code() -> None:
    _code_path().unlink(missing_ok=True)


def _write(new: str) -> Workspace:
    row = db.session.get(Workspace, 1)
    if row is None:
        row = Workspace(id=1)
        db.session.add(row)
    row.name = _named(new)
    db.session.flush()
    return row


def _named(company: str) -> str:
    return shape.signature(company, "company", most=120, name="The name of the company")


def _code_path() -> Path:
    return config.current().instance / "setup-code"
