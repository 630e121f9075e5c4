"""What happened with a candidate: contacts and history, newest first."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, case, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from crm.db import db
from crm.domain import introductions, roles, stand_ins
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.events import Event
from crm.domain.introductions import STATE_WORDS, Introduction
from crm.domain.roles import Role
from crm.domain.signals import PHRASES, Signal
from crm.domain.touchpoints import ON_PAGE, Touchpoint
from crm.domain.users import User

SHOWN_AT_FIRST = 30
MOST_SHOWN = 500
INTRODUCTION = "an introduction"
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
    id: str = ""

    @property
    def is_contact(self) -> bool:
        return bool(self.touchpoint_id)

    @property
    def is_introduction(self) -> bool:
        """Its state stands in place of a direction, and the other's name in place of a text."""
        return self.kind == INTRODUCTION

    @property
    def is_signal(self) -> bool:
        return self.kind in PHRASES

    @property
    def is_their_own(self) -> bool:
        """What the candidate said on their page themselves."""
        return self.direction == "in" and self.text.startswith(ON_PAGE)

    @property
    def words(self) -> str:
        """What was said, where the sentence does not say it."""
        said = self.text.removeprefix(ON_PAGE)
        return f"{said[:1].upper()}{said[1:]}" if self.is_their_own else self.text

    @property
    def phrase(self) -> str:
        """What a gracious signal was."""
        return PHRASES[self.kind]

    def sentence(self, candidate: Candidate) -> str:
        """Who did it and what; what was said is `text`."""
        if self.is_introduction:
            return f"An introduction to {self.text}: {STATE_WORDS[self.direction]}"
        if self.is_signal:
            return f"{candidate.full_name} {self.phrase}"
        if not self.is_contact:
            return f"{self.text[:1].upper()}{self.text[1:]}"
        if self.is_their_own:
            return f"{candidate.full_name} said on their page"
        return f"{candidate.full_name if self.direction == 'in' else self.who} {DID[self.kind]}"


def of(candidate: Candidate, *, seen_by: User, limit: int = SHOWN_AT_FIRST) -> list[Moment]:
    """By one query. What tells of a role is there for those who may know of the role."""
    asked = {"candidate": candidate.id, "user": seen_by.id, "most": limit}
    return [Moment(row.at, row.touchpoint_id, row.kind, row.direction, row.text, row.who, row.id)
            for row in db.session.execute(_newest(seen_by.is_admin), asked)]  # fmt: skip


@cache
def _newest(is_admin: bool) -> Select[Any]:
    candidate, user = stand_ins.candidate(), stand_ins.user(is_admin=is_admin)
    both = union_all(
        _contacts(candidate), _signals(candidate), _introductions(candidate, user), _history(candidate, user)
    ).subquery()
    return select(both).order_by(both.c.at.desc(), both.c.id.desc()).limit(bindparam("most", type_=Integer))


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


def _introductions(candidate: Candidate, user: User) -> Select[datetime, str, str, str, str, str, str]:
    first, second = aliased(Candidate), aliased(Candidate)
    names = ((Introduction.colleague_id.is_not(None), Colleague.name), (first.id != candidate.id, first.full_name))
    theirs = or_(Introduction.candidate_id == candidate.id, Introduction.other_candidate_id == candidate.id)
    return (
        select(
            func.coalesce(Introduction.settled_at, Introduction.created_at).label("at"),
            Introduction.id,
            literal("").label("touchpoint_id"),
            literal(INTRODUCTION).label("kind"),
            Introduction.state.label("direction"),
            case(*names, else_=second.full_name).label("text"),
            User.name.label("who"),
        )
        .join(User, User.id == Introduction.by_id)
        .join(first, first.id == Introduction.candidate_id)
        .outerjoin(second, second.id == Introduction.other_candidate_id)
        .outerjoin(Colleague, Colleague.id == Introduction.colleague_id)
        .where(theirs, introductions.visible_to(user))
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
