"""What happened with a candidate: contacts and history, newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, literal, or_, select, union_all

from crm.db import db
from crm.domain import roles
from crm.domain.candidates import Candidate
from crm.domain.events import Event
from crm.domain.roles import Role
from crm.domain.signals import PHRASES, Signal
from crm.domain.touchpoints import Touchpoint
from crm.domain.users import User

SHOWN_AT_FIRST = 30
MOST_SHOWN = 500
DID = {
    "mail": "wrote", "call": "called", "meeting": "met", "thank_you": "said thank you",
    "useful": "sent something useful", "introduction": "made an introduction", "note": "noted",
}  # fmt: skip


@dataclass(frozen=True)
class Moment:
    at: datetime
    touchpoint_id: str
    """Empty for what is history and not a contact."""
    kind: str
    direction: str
    text: str
    who: str

    @property
    def is_contact(self) -> bool:
        return bool(self.touchpoint_id)

    @property
    def is_signal(self) -> bool:
        return self.kind in PHRASES

    def sentence(self, candidate: Candidate) -> str:
        """Who did it and what; what was said is `text`."""
        if self.is_signal:
            return f"{candidate.full_name} {PHRASES[self.kind]}"
        if not self.is_contact:
            return f"{self.text[:1].upper()}{self.text[1:]}"
        return f"{candidate.full_name if self.direction == 'in' else self.who} {DID[self.kind]}"


def of(candidate: Candidate, *, seen_by: User, limit: int = SHOWN_AT_FIRST) -> list[Moment]:
    """By one query. What tells of a role is there for those who may know of the role."""
    both = union_all(_contacts(candidate), _signals(candidate), _history(candidate, seen_by)).subquery()
    newest = select(both).order_by(both.c.at.desc(), both.c.id.desc()).limit(limit)
    return [Moment(row.at, row.touchpoint_id, row.kind, row.direction, row.text, row.who)
            for row in db.session.execute(newest)]  # fmt: skip


def _contacts(candidate: Candidate) -> Select[datetime, str, str, str, str, str, str]:
    return (
        select(
            Touchpoint.at,
            Touchpoint.id,
            Touchpoint.id.label("touchpoint_id"),
            Touchpoint.kind,
            Touchpoint.direction,
            Touchpoint.text,
            User.name.label("who"),
        )
        .join(User, User.id == Touchpoint.by_id)
        .where(Touchpoint.candidate_id == candidate.id)
    )


def _signals(candidate: Candidate) -> Select[datetime, str, str, str, str, str, str]:
    nothing = literal("")
    return (
        select(
            Signal.at,
            Signal.id,
            nothing.label("touchpoint_id"),
            Signal.kind,
            literal("in").label("direction"),
            Signal.words.label("text"),
            User.name.label("who"),
        )
        .join(User, User.id == Signal.by_id)
        .where(Signal.candidate_id == candidate.id)
    )


def _history(candidate: Candidate, user: User) -> Select[datetime, str, str, str, str, str, str]:
    known = select(Role.id).where(roles.visible_to(user))
    nothing = literal("")
    return select(
        Event.at,
        Event.id,
        nothing.label("touchpoint_id"),
        Event.kind,
        nothing.label("direction"),
        Event.text,
        Event.by_name.label("who"),
    ).where(Event.subject_id == candidate.id, or_(Event.role_id.is_(None), Event.role_id.in_(known)))
