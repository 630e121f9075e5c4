"""What one person should do today: answers first, then who is due, then what is coming."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, func, select

from crm.db import db
from crm.domain import applications, candidates, forwards
from crm.domain.applications import Application
from crm.domain.candidates import Candidate
from crm.domain.forwards import Forward
from crm.domain.users import User
from crm.kit import clock

MOST_DUE = 25
COMING = timedelta(days=14)
WARM, COOLING = timedelta(days=60), timedelta(days=150)


@dataclass(frozen=True)
class Due:
    candidate: Candidate
    near_miss: Application | None


@dataclass(frozen=True)
class Today:
    answers: list[Forward]
    due: list[Due]
    more_due: int
    coming: list[Due]

    @property
    def is_empty(self) -> bool:
        return not (self.answers or self.due)


def due_before(day: date, *, owner: User) -> Select[Candidate]:
    """Those whose next date is that day or earlier, longest waiting first."""
    return (
        candidates.listed(owner)
        .where(Candidate.owner_id == owner.id, Candidate.next_on <= day)
        .order_by(Candidate.next_on, Candidate.id)
    )


def count_due(user: User) -> int:
    return db.session.scalar(
        select(func.count()).select_from(due_before(clock.today(), owner=user).limit(100).subquery())
    ) or 0  # fmt: skip


def of(user: User) -> Today:
    today = clock.today()
    due = list(db.session.scalars(due_before(today, owner=user).limit(MOST_DUE + 1)))
    coming = list(
        db.session.scalars(due_before(today + COMING, owner=user).where(Candidate.next_on > today).limit(10))
    )
    near = applications.near_misses([c.id for c in due + coming], seen_by=user)
    return Today(
        answers=forwards.answered_for(user),
        due=[Due(c, near.get(c.id)) for c in due[:MOST_DUE]],
        more_due=max(0, count_due(user) - MOST_DUE) if len(due) > MOST_DUE else 0,
        coming=[Due(c, near.get(c.id)) for c in coming],
    )


def warmth(candidate: Candidate) -> str:
    """warm, cooling or cold, from the last contact; cold when there was none."""
    if candidate.last_contact_at is None:
        return "cold"
    since = clock.now() - candidate.last_contact_at
    return "warm" if since < WARM else "cooling" if since < COOLING else "cold"
