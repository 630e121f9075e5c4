"""The place itself: its name, and the one-time code that sets it up."""

import hmac
import os
from pathlib import Path

from sqlalchemy.orm import Mapped, mapped_column

from crm import config
from crm.db import Base, db
from crm.domain import applications, events, limits, policy, shape, users
from crm.domain.errors import Refused
from crm.domain.users import User
from crm.kit import tokens

SETUP_LIMIT = "That code was tried too often. Wait a quarter of an hour."


class Workspace(Base):
    """One row: the company as candidates and colleagues know it."""

    __tablename__ = "workspace"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]


def name() -> str:
    row = db.session.get(Workspace, 1)
    return row.name if row else "First Call"


def rename(new: str, *, by: User) -> None:
    policy.require("administer", by=by)
    _write(new)
    events.record("workspace.renamed", by=by, text=f"the company is called {new}")


def set_up(*, company: str, name: str, email: str, password_hash: str) -> User:
    """The first visit: the company, its first administrator, the list of reasons to begin with."""
    user = users.create_first(name=name, email=email, password_hash=password_hash)
    _write(company)
    applications.set_reasons(list(applications.FIRST_REASONS))
    return user


def setup_code() -> str:
    """Made once and kept with mode 0600 until First Call is set up; the terminal shows it."""
    path = _code_path()
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(tokens.new_code())
    return path.read_text().strip()


def check_setup_code(code: str, *, address: str) -> None:
    """Outside a transaction, since a wrong guess is counted. Raises Refused."""
    limits.count(f"setup {address}", allowed=10, seconds=900, sentence=SETUP_LIMIT)
    plain = code.strip().lower().replace(" ", "-")
    if not hmac.compare_digest(plain.encode(), setup_code().encode()):
        raise Refused("That is not the code in the terminal.", field="code")


def forget_setup_code() -> None:
    _code_path().unlink(missing_ok=True)


def _write(new: str) -> None:
    row = db.session.get(Workspace, 1)
    if row is None:
        row = Workspace(id=1)
        db.session.add(row)
    row.name = shape.line(new, "company", needed=True, most=120, name="The name of the company")


def _code_path() -> Path:
    return config.current().instance / "setup-code"
