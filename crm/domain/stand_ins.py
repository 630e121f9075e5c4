"""Stand-ins for statements that are put together once and asked often: building one can cost more than its answer.

What they stand for is bound each time: `{"user": user.id, "candidate": candidate.id, "day": clock.today()}`.
"""

from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlalchemy import BindParameter, Date, String, bindparam

from crm.domain.candidates import Candidate
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


def user(*, is_admin: bool) -> User:
    return cast(User, _Whoever(is_admin, bindparam("user", type_=String)))


def candidate() -> Candidate:
    return cast(Candidate, _Somebody(bindparam("candidate", type_=String)))


def day() -> BindParameter[date]:
    return bindparam("day", type_=Date)
