"""What one person should do today: answers first, then who is due, then what is coming."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import load_only, selectinload

from crm.db import db
from crm.domain import candidates, forwards, inbox, near_misses, outbox, touchpoints
from crm.domain.candidates import Candidate
from crm.domain.forwards import Forward
from crm.domain.inbox import Arrival
from crm.domain.near_misses import NearMiss
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.kit import clock

MOST_DUE = 25
MOST_COMING = 8
MOST_COUNTED = 100
COMING = timedelta(days=14)
USUAL = "you wanted to call again then"
"""The reason that comes with every debrief."""
SHOWN = load_only(
    Candidate.full_name, Candidate.headline, Candidate.next_on, Candidate.next_why, Candidate.last_contact_at,
    Candidate.last_contact_kind, raiseload=True,
)  # fmt: skip


@dataclass(frozen=True)
class Due:
    candidate: Candidate
    near_miss: NearMiss | None
    on: date

    @property
    def sentence(self) -> str:
        return self.near_miss.sentence if self.near_miss else ""

    @property
    def reason(self) -> str:
        """Why this day, where there is more to say than that it was chosen at the debrief."""
        return self.candidate.next_why if self.candidate.next_why != USUAL else ""

    @property
    def last_contact(self) -> str:
        return touchpoints.last_contact(self.candidate)


@dataclass(frozen=True)
class Today:
    answers: list[Forward]
    replies: list[Arrival]
    """By mail, to one's own letters."""
    stuck: list[tuple[Letter, Forward | None]]
    """Letters that did not leave, or of which nobody knows, with the forward behind each."""
    due: list[Due]
    more_due: int
    coming: list[Due]
    next: Due | None
    """The first after today, however far off."""
    has_people: bool
    """Whether the user keeps anybody at all."""

    @property
    def is_empty(self) -> bool:
        return not (self.answers or self.replies or self.stuck or self.due)


def due_before(day: date, *, owner: User) -> Select[Candidate]:
    """Those whose next date is that day or earlier, longest waiting first."""
    return _dated(owner).where(Candidate.next_on <= day)


def count_due(user: User) -> int:
    query = due_before(clock.today(), owner=user).with_only_columns(Candidate.id).order_by(None).limit(MOST_COUNTED)
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def of(user: User) -> Today:
    """One look along the next dates: with more people due than are shown, what is coming can wait."""
    today = clock.today()
    people = _dated(user).limit(MOST_DUE + MOST_COMING).options(SHOWN, selectinload(Candidate.emails))
    dated = _with_near_misses(list(db.session.scalars(people)), user)
    due = [one for one in dated if one.on <= today]
    later = dated[len(due) :]
    return Today(
        answers=forwards.answered_for(user),
        replies=inbox.unseen(user),
        stuck=_stuck(user),
        due=due[:MOST_DUE],
        more_due=count_due(user) - MOST_DUE if len(due) > MOST_DUE else 0,
        coming=[one for one in later if one.on <= today + COMING],
        next=later[0] if later else None,
        has_people=bool(dated) or _keeps_anybody(user),
    )


def _stuck(user: User) -> list[tuple[Letter, Forward | None]]:
    letters = outbox.troubled(user)
    behind = forwards.behind(letters, seen_by=user) if letters else {}
    return [(letter, behind.get(letter.id)) for letter in letters]


def _dated(owner: User) -> Select[Candidate]:
    return (
        candidates.listed(owner)
        .where(Candidate.owner_id == owner.id, Candidate.next_on.is_not(None))
        .order_by(Candidate.next_on, Candidate.id)
    )


def _with_near_misses(people: list[Candidate], user: User) -> list[Due]:
    near = near_misses.of([person.id for person in people], seen_by=user)
    return [Due(person, near.get(person.id), person.next_on) for person in people if person.next_on]


def _keeps_anybody(user: User) -> bool:
    mine = select(Candidate.id).where(Candidate.owner_id == user.id, Candidate.deleted_at.is_(None))
    return db.session.scalar(mine.limit(1)) is not None
