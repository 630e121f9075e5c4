"""Stand-ins for statements that are put together once and asked often: building one can cost more than its answer.

What they stand for is bound each time: `{"user": user.id, "candidate": candidate.id, "day": clock.today()}`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import BindParameter, Date, String, bindparam

from crm.domain.users import User

Id = BindParameter[str]


@dataclass(frozen=True)
class _Whoever:
    """Only what a statement asks of the user who is to see its rows."""

    is_admin: bool
    id: Id


@dataclass(frozen=True)
class _Somebody:
    id: Id


def user(*, is_admin: bool = False) -> User:
    """Roles are asked about in the same way by whoever is an administrator and by whoever is not."""
    return cast(User, _Whoever(is_admin, bindparam("user", type_=String)))


def candidate() -> Any:
    """For a Candidate, whose module asks by stand-ins itself."""
    return _Somebody(bindparam("candidate", type_=String))


def role() -> Any:
    return _Somebody(bindparam("role", type_=String))


def ids(name: str = "ids") -> BindParameter[Sequence[str]]:
    """For `in_`; a list of any length is bound, an empty one too."""
    return bindparam(name, type_=String, expanding=True)


def day() -> BindParameter[date]:
    return bindparam("day", type_=Date)
