"""What was written to a candidate from here, what became of it, and what came back: newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select, union_all
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.domain import roles
from crm.domain.applications import Application
from crm.domain.candidates import Candidate
from crm.domain.inbox import Arrival
from crm.domain.outbox import Letter
from crm.domain.personal_letters import PersonalLetter
from crm.domain.roles import Role
from crm.domain.users import User

SHOWN = 20
MOST_ROLES = 50
CAME_BACK = ("reply", "automatic", "logged")


@dataclass(frozen=True)
class Exchange:
    """One letter, in either direction. `subject` and `text` are empty where they are still its writer's alone."""

    at: datetime
    who: str
    subject: str
    text: str
    is_mine: bool
    personal: PersonalLetter | None = None
    letter: Letter | None = None
    arrival: Arrival | None = None

    @property
    def direction(self) -> str:
        return "in" if self.arrival is not None and self.arrival.kind != "logged" else "out"


# --- queries


def thread(candidate: Candidate, *, seen_by: User) -> list[Exchange]:
    """By one query. What is about a role that the reader may not know of is not there."""
    both = union_all(
        select(_written(candidate, seen_by).subquery()), select(_came_back(candidate, seen_by).subquery())
    ).subquery()
    query = (
        select(PersonalLetter, Letter, Arrival)
        .select_from(both)
        .outerjoin(PersonalLetter, PersonalLetter.id == both.c.id)
        .outerjoin(Letter, Letter.personal_letter_id == PersonalLetter.id)
        .outerjoin(Arrival, Arrival.id == both.c.id)
        .options(joinedload(PersonalLetter.by))
        .order_by(both.c.at.desc(), both.c.id.desc())
        .limit(SHOWN)
    )
    return [
        _one_of_theirs(arrival, seen_by) if arrival is not None else _one_of_ours(personal, letter, seen_by)
        for personal, letter, arrival in db.session.execute(query)
    ]


def roles_to_name(candidate: Candidate, *, seen_by: User) -> list[Role]:
    """Those that a letter to them may be about: theirs and the open ones, never a sealed one."""
    theirs = select(Application.role_id).where(Application.candidate_id == candidate.id)
    query = select(Role).where(
        Role.status != "sealed", roles.visible_to(seen_by), or_(Role.status == "open", Role.id.in_(theirs))
    )
    newest = query.order_by(Role.id.in_(theirs).desc(), Role.changed_at.desc(), Role.id)
    return list(db.session.scalars(newest.limit(MOST_ROLES)))


# --- parts


def _written(candidate: Candidate, user: User) -> Select[str, datetime]:
    newest = (PersonalLetter.created_at.desc(), PersonalLetter.id.desc())
    return (
        select(PersonalLetter.id, PersonalLetter.created_at.label("at"))
        .outerjoin(Letter, Letter.personal_letter_id == PersonalLetter.id)
        .outerjoin(Role, Role.id == PersonalLetter.role_id)
        .where(PersonalLetter.candidate_id == candidate.id, _may_know(user), _is_told(user))
        .order_by(*newest)
        .limit(SHOWN)
    )


def _one_of_ours(personal: PersonalLetter, letter: Letter | None, user: User) -> Exchange:
    """While it waits, others learn that there is one, and not what it says."""
    is_mine = personal.by_id == user.id
    is_open = is_mine or personal.touchpoint_id is not None or (letter is not None and letter.has_left)
    words = (personal.subject, personal.text) if is_open else ("", "")
    return Exchange(personal.created_at, personal.by.name, *words, is_mine, personal=personal, letter=letter)


def _one_of_theirs(arrival: Arrival, user: User) -> Exchange:
    is_mine = arrival.user_id == user.id
    return Exchange(arrival.at, arrival.who, arrival.subject, arrival.text, is_mine, arrival=arrival)


def _came_back(candidate: Candidate, user: User) -> Select[str, datetime]:
    """Answers to letters from here, and mails that were logged by a copy; not a colleague's answers to a forward."""
    return (
        select(Arrival.id, Arrival.at)
        .outerjoin(Letter, Letter.id == Arrival.letter_id)
        .outerjoin(PersonalLetter, PersonalLetter.id == Letter.personal_letter_id)
        .outerjoin(Role, Role.id == PersonalLetter.role_id)
        .where(
            Arrival.candidate_id == candidate.id,
            Arrival.kind.in_(CAME_BACK),
            or_(Arrival.letter_id.is_(None), PersonalLetter.id.is_not(None)),
            _may_know(user),
        )
        .order_by(Arrival.at.desc(), Arrival.id.desc())
        .limit(SHOWN)
    )


def _may_know(user: User) -> ColumnElement[bool]:
    return or_(PersonalLetter.role_id.is_(None), roles.visible_to(user))


def _is_told(user: User) -> ColumnElement[bool]:
    """What somebody else took back, or what never left, is nobody's business."""
    never = Letter.state.in_(("cancelled", "blocked", "failed"))
    goes_on = or_(and_(Letter.id.is_not(None), ~never), PersonalLetter.handed_at.is_not(None))
    return or_(PersonalLetter.by_id == user.id, goes_on)
