"""The guard window after a hire's start: the bench is held, and then somebody decides what becomes of it."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Mapped, contains_eager, mapped_column

from crm.db import Base, db, to
from crm.domain import candidates, events, finalists, policy, roles
from crm.domain.benches import Place
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.outbox import Letter
from crm.domain.personal_letters import PersonalLetter
from crm.domain.roles import LONGEST_GUARD, Hire, Role
from crm.domain.users import User
from crm.kit import clock, words

ENDS = ("released", "kept_warm")
END_WORDS = {"released": "The bench was released", "kept_warm": "Those on the bench are kept warm"}
ASKED_BEFORE = timedelta(days=14)
"""So long before the window ends, its owner is asked."""
LONGER = (14, 30, 60)
"""Days by which it may be prolonged with one click."""
KEPT_WARM = "kept warm after a search"


class KeptWarm(Base):
    """Whom keeping a bench warm gave a next date, with what they had before. It goes with the person's record."""

    __tablename__ = "kept_warm"
    hire_id: Mapped[str] = to("hire.id", primary_key=True, index=False, ondelete="CASCADE")
    candidate_id: Mapped[str] = to("candidate.id", primary_key=True, ondelete="CASCADE")
    given_on: Mapped[date]
    before_on: Mapped[date | None]
    before_why: Mapped[str] = mapped_column(default="")

    def put_back(self, person: Candidate) -> None:
        """Unless somebody chose another date since."""
        if (person.next_on, person.next_why) == (self.given_on, KEPT_WARM):
            candidates.call_again(person, self.before_on, self.before_why)


def ends_on(hire: Hire) -> date:
    """The last day on which the bench is held; the hire has a start day."""
    assert hire.starts_on
    return hire.starts_on + timedelta(days=max(hire.guard_days - 1, 0))


def is_ending(hire: Hire) -> bool:
    return bool(hire.starts_on and not hire.guard_ended and ends_on(hire) - ASKED_BEFORE <= clock.today())


def released(role: Role, hire: Hire, *, seen_by: User) -> list[Candidate]:
    """Whom the release took off the bench, in its order."""
    if hire.guard_ended != "released":
        return []
    theirs = (Place.removed_at == hire.guard_ended_at, candidates.visible_to(seen_by))
    return [place.candidate for place in _places(role, *theirs)]


def thanked(role: Role) -> set[str]:
    """The ids of candidates to whom a letter about their release left, or is about to."""
    letters = db.session.execute(
        select(PersonalLetter.candidate_id, Letter)
        .join(Letter, Letter.personal_letter_id == PersonalLetter.id)
        .where(PersonalLetter.role_id == role.id, PersonalLetter.purpose == "release", Letter.state != "cancelled")
    )
    return {candidate_id for candidate_id, letter in letters if not letter.has_failed}


def thanks_draft(person: Candidate, role: Role, *, by: User) -> tuple[str, str]:
    """Subject and words, to be changed by whoever sends them. They say nothing of a place."""
    text = (
        f"Dear {person.full_name},\n\n"
        f"{role.title} is filled. I do not expect it to open again soon, and would not want you to wait for us: please "
        "take other offers gladly.\n\n"
        "Thank you for your time and for what you showed us. I would like to stay in touch, if you would too.\n\n"
        f"{by.name}"
    )
    return "Thank you", text


# --- verbs


def prolong(role: Role, days: int, *, by: User, was: int | None = None) -> Hire:
    """The bench is held for so many days more, counted from the end of the window or from today, whichever is later.

    `was`: the guard days that the user saw; where they are others by now, a second click changes nothing.
    """
    hire = _held(role, by)
    if was not in (None, hire.guard_days):
        return hire
    assert hire.starts_on
    if days not in LONGER:
        raise Refused(f"It can be prolonged by {', '.join(map(str, LONGER))} days.", field="days")
    so_far = max(hire.guard_days, (clock.today() - hire.starts_on).days + 1)
    if so_far + days > LONGEST_GUARD:
        raise Refused(f"The bench can be held for up to {LONGEST_GUARD} days.", field="days")
    hire.guard_days = so_far + days
    _tell(role, by, f"holds the bench until {words.day(ends_on(hire))}")
    return hire


def set_back(role: Role, *, was: int, now: int, by: User) -> Hire:
    """Undo of prolonging, from `now` to `was` guard days. Twice is once; after another change it does nothing."""
    hire = _held(role, by)
    if hire.guard_days == now and 0 <= was < now:
        hire.guard_days = was
        _tell(role, by, f"holds the bench until {words.day(ends_on(hire))}, as before")
    return hire


def release(role: Role, *, by: User) -> None:
    """The bench is no longer held, also by those whom the user may not see. Nobody is written to."""
    _end(_held(role, by), role, "released", by)


def keep_warm(role: Role, *, by: User) -> None:
    """The bench is no longer held. Who has no next date, or one that has passed, gets one; one to come stays."""
    hire = _held(role, by)
    on = finalists.call_again_by_default()
    for place in _end(hire, role, "kept_warm", by):
        if _is_to_warm(place.candidate):
            _warm(hire, place.candidate, on)


def reopen(role: Role, *, by: User) -> Hire:
    """Undo of a release or of keeping warm: the bench is held again, and next dates are as they were."""
    hire = _hire(role, by)
    if hire.guard_ended:
        for place in _places(role, Place.removed_at == hire.guard_ended_at):
            place.removed_at = None
        hire.guard_ended, hire.guard_ended_at = "", None
        _cool(hire)
        _tell(role, by, "holds the bench again")
    return hire


# --- parts


def _end(hire: Hire, role: Role, how: str, by: User) -> list[Place]:
    """Off the bench with one moment in common, by which the undo finds them again."""
    hire.guard_ended, hire.guard_ended_at = how, clock.now()
    places = _places(role, Place.removed_at.is_(None))
    for place in places:
        place.removed_at = hire.guard_ended_at
    _tell(role, by, END_WORDS[how][0].lower() + END_WORDS[how][1:])
    return places


def _places(role: Role, *which: ColumnElement[bool]) -> list[Place]:
    """Of everybody, whoever may see them."""
    people = select(Place).join(Place.candidate).options(contains_eager(Place.candidate))
    return list(db.session.scalars(people.where(Place.role_id == role.id, *which).order_by(Place.position, Place.id)))


def _is_to_warm(person: Candidate) -> bool:
    gone = person.let_go_at or person.archived_at or person.deleted_at
    return not gone and (person.next_on is None or person.next_on < clock.today())


def _warm(hire: Hire, person: Candidate, on: date) -> None:
    db.session.add(
        KeptWarm(
            hire_id=hire.id, candidate_id=person.id, given_on=on, before_on=person.next_on, before_why=person.next_why
        )
    )
    candidates.call_again(person, on, KEPT_WARM)


def _cool(hire: Hire) -> None:
    warmed = (
        select(KeptWarm, Candidate)
        .join(Candidate, Candidate.id == KeptWarm.candidate_id)
        .where(KeptWarm.hire_id == hire.id)
    )
    for kept, person in db.session.execute(warmed):
        kept.put_back(person)
    db.session.execute(delete(KeptWarm).where(KeptWarm.hire_id == hire.id))


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
