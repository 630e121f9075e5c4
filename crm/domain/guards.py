"""The guard window after a hire's start: the bench is held, and then somebody decides what becomes of it."""

from datetime import date, timedelta

from sqlalchemy import select

from crm.db import db
from crm.domain import benches, candidates, events, finalists, policy, roles
from crm.domain.benches import Place
from crm.domain.errors import Refused
from crm.domain.roles import LONGEST_GUARD, Hire, Role
from crm.domain.users import User
from crm.kit import clock, words

ENDS = ("released", "kept_warm")
END_WORDS = {"released": "The bench was released", "kept_warm": "Those on the bench are kept warm"}
ASKED_BEFORE = timedelta(days=14)
"""So long before the window ends, its owner is asked."""
LONGER = (14, 30, 60)
"""Days by which it may be prolonged with one click."""


def ends_on(hire: Hire) -> date:
    """The last day on which the bench is held; the hire has a start day."""
    assert hire.starts_on
    return hire.starts_on + timedelta(days=max(hire.guard_days - 1, 0))


def is_ending(hire: Hire) -> bool:
    return bool(hire.starts_on and not hire.guard_ended and ends_on(hire) - ASKED_BEFORE <= clock.today())


# --- verbs


def prolong(role: Role, days: int, *, by: User) -> Hire:
    """The bench is held for so many days more, counted from the end of the window or from today, whichever is later."""
    hire = _held(role, by)
    assert hire.starts_on
    if days not in LONGER:
        raise Refused(f"It can be prolonged by {', '.join(map(str, LONGER))} days.", field="days")
    so_far = max(hire.guard_days, (clock.today() - hire.starts_on).days + 1)
    if so_far + days > LONGEST_GUARD:
        raise Refused(f"The bench can be held for up to {LONGEST_GUARD} days.", field="days")
    hire.guard_days = so_far + days
    _tell(role, by, f"holds the bench until {words.day(ends_on(hire))}")
    return hire


def release(role: Role, *, by: User) -> list[Place]:
    """The bench is no longer held. Returns who stood on it: they may be thanked, one by one, by a person."""
    return _end(role, "released", by)


def keep_warm(role: Role, *, by: User) -> list[Place]:
    """The bench is no longer held, and everybody on it has a next date; one that comes sooner stays."""
    places = _end(role, "kept_warm", by)
    on = finalists.call_again_by_default()
    for place in places:
        person = place.candidate
        if person.next_on is None or person.next_on > on:
            candidates.call_again(person, on, "kept warm after a search")
    return places


def reopen(role: Role, *, by: User) -> Hire:
    """Undo of a release or of keeping warm: the bench is held again, as it was. Next dates stay."""
    hire = _hire(role, by)
    if hire.guard_ended:
        ended_at = hire.guard_ended_at
        hire.guard_ended, hire.guard_ended_at = "", None
        for place in db.session.scalars(select(Place).where(Place.role_id == role.id, Place.removed_at == ended_at)):
            place.removed_at = None
        _tell(role, by, "holds the bench again")
    return hire


def _end(role: Role, how: str, by: User) -> list[Place]:
    """Off the bench with one moment in common, by which the undo finds them again."""
    hire = _held(role, by)
    now = clock.now()
    hire.guard_ended, hire.guard_ended_at = how, now
    places = benches.of(role, seen_by=by)
    for place in places:
        place.removed_at = now
    _tell(role, by, END_WORDS[how][0].lower() + END_WORDS[how][1:])
    return places


def _held(role: Role, by: User) -> Hire:
    hire = _hire(role, by)
    if hire.guard_ended:
        raise Refused(f"{END_WORDS[hire.guard_ended]} already.")
    if hire.starts_on is None:
        raise Refused("The first day is not on record yet: change the hire first.")
    return hire


def _hire(role: Role, by: User) -> Hire:
    policy.require("close", role, by=by)
    roles.lock(role)
    found = roles.hire_of(role, seen_by=by)
    if found is None or role.status != "filled":
        raise Refused("Nobody is on record as the hire of this role.")
    db.session.refresh(found.hire, with_for_update=True)
    return found.hire


def _tell(role: Role, by: User, text: str) -> None:
    events.record("role.guard", by=by, subject_id=role.id, role_id=role.id, text=text)
