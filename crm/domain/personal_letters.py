"""What a user writes to a candidate from here: drafted, changed, sent by one click, and never by itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, String, select
from sqlalchemy.orm import Mapped, contains_eager, joinedload, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import (
    cadences,
    candidates,
    consents,
    events,
    leaks,
    merging,
    outbox,
    roles,
    shape,
    suppressions,
    touchpoints,
)
from crm.domain.candidates import Candidate, Email
from crm.domain.errors import Missing, Refused
from crm.domain.outbox import Letter
from crm.domain.roles import Role
from crm.domain.suppressions import Suppression
from crm.domain.touchpoints import Touchpoint
from crm.domain.users import User
from crm.kit import addresses, clock, tokens

PURPOSES = ("note", "call", "thanks", "apology", "release", "useful", "intro", "turn_down", "outcome")
AUTOMATIC = ("sequence",)
"""Purposes of letters that leave by themselves: no person chooses them, and nobody was in touch when one has gone."""
TOUCHES = {"thanks": "thank_you", "useful": "useful", "intro": "introduction"}
"""What a letter counts as on the timeline, by its purpose; any other is a mail."""
LONGEST_SUBJECT = 200
LONGEST_TEXT = 10_000
FURTHEST = timedelta(days=366)
"""A letter may wait for its hour so long."""


class PersonalLetter(Base):
    """Its words; how it leaves is the letter's. It goes with the candidate's record."""

    __tablename__ = "personal_letter"
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    role_id: Mapped[str | None] = to("role.id", ondelete="SET NULL")
    """The role that it is about, where there is one."""
    purpose: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str]
    text: Mapped[str]
    by_id: Mapped[str] = to("user.id")
    touchpoint_id: Mapped[str | None] = to("touchpoint.id", ondelete="SET NULL")
    """On the timeline, once it has left."""
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    handed_at: Mapped[datetime | None]
    """When it was handed to its writer's own mail program; nothing leaves from here then."""
    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql")


class Way(NamedTuple):
    """The address that may be written to, or what stands against it, in a sentence. `by_itself`: what stands against a
    letter that nobody writes to them alone, such as one of many.
    """

    address: str
    against: str
    by_itself: str


# --- queries


def address_of(candidate: Candidate) -> str:
    """The first that may be written to, or nothing. Its addresses are loaded."""
    mails = [email.address for email in candidate.emails]
    return suppressions.open_one(mails, suppressions.among(mails))


def stands_against(candidate: Candidate) -> str:
    """A sentence that says why no letter can go to them now, or nothing."""
    return way_to(candidate).against


def way_to(candidate: Candidate) -> Way:
    return ways_to([candidate])[candidate.id]


def ways_to(people: Iterable[Candidate]) -> dict[str, Way]:
    """By candidate, for any number of people by one query. Their addresses are loaded."""
    known = {person.id: person for person in people}
    query = (
        select(Candidate.id, Suppression, *cadences.asked())
        .outerjoin(Email, Email.candidate_id == Candidate.id)
        .outerjoin(Suppression, Suppression.mailbox == Email.mailbox)
        .where(Candidate.id.in_(known))
    )
    rows = db.session.execute(query).all()
    against = {row[1].mailbox: row[1] for row in rows if row[1] is not None}
    return {row[0]: _way(known[row[0]], against, row[2:]) for row in rows}


def _way(candidate: Candidate, against: Mapping[str, Suppression], asked: Sequence[bool]) -> Way:
    mails = [email.address for email in candidate.emails]
    address = suppressions.open_one(mails, against)
    sentence = _trouble(candidate, address, against, took_back=asked[-1])
    return Way("" if sentence else address, sentence, sentence or cadences.sentence(candidate, asked))


def _trouble(candidate: Candidate, address: str, against: Mapping[str, Suppression], *, took_back: bool) -> str:
    if took_back:
        return consents.no_basis(candidate)
    if candidate.is_archived:
        return f"{candidate.full_name} is in the archive. Take the record out of it first."
    if not candidate.emails:
        return f"There is no mail address of {candidate.full_name} on file."
    if not address:
        theirs = (against.get(addresses.normal(email.address)) for email in candidate.emails)
        return min(filter(None, theirs), key=lambda one: one.can_be_lifted).sentence
    return ""


def behind(letters: Iterable[Letter], *, seen_by: User) -> dict[str, PersonalLetter]:
    """By letter; those about people whom the user may not see are left out."""
    wanted = {letter.personal_letter_id: letter.id for letter in letters if letter.personal_letter_id}
    if not wanted:
        return {}
    found = db.session.scalars(_seen(seen_by).where(PersonalLetter.id.in_(wanted)))
    return {wanted[personal.id]: personal for personal in found}


def by_intent(intent: str, *, by: User) -> Letter | None:
    """The letter that was queued for the same click before."""
    return db.session.scalar(select(Letter).where(Letter.intent == _intent(intent, by)))


def is_done_with(intent: str, *, by: User) -> bool:
    """Whether the letter of this click was sent, or handed over."""
    return by_intent(intent, by=by) is not None or db.session.get(PersonalLetter, _handed_id(intent, by)) is not None


def for_delivery(letter: Letter) -> PersonalLetter:
    needs = (joinedload(PersonalLetter.candidate).selectinload(Candidate.emails), joinedload(PersonalLetter.by))
    query = select(PersonalLetter).where(PersonalLetter.id == letter.personal_letter_id).options(*needs)
    personal = db.session.scalar(query)
    if personal is None:
        raise Missing
    return personal


def find_own(personal_id: str, candidate: Candidate, *, by: User) -> PersonalLetter:
    """What this user once wrote to them; raises Missing."""
    mine = (PersonalLetter.by_id == by.id, PersonalLetter.candidate_id == candidate.id)
    found = db.session.scalar(_seen(by).where(PersonalLetter.id == personal_id, *mine))
    if found is None:
        raise Missing
    return found


def find_handed(personal_id: str, candidate: Candidate, *, by: User) -> PersonalLetter:
    """One that this user handed over; raises Missing."""
    found = find_own(personal_id, candidate, by=by)
    if found.handed_at is None:
        raise Missing
    return found


def why_not(personal: PersonalLetter, lock: bool = False) -> str:
    """What stands against handing it over now: a word of outbox.BLOCKED_WORDS, or nothing."""
    if personal.candidate.is_deleted or personal.candidate.is_archived:
        return "revoked"
    if suppressions.is_their_word(suppressions.among(email.address for email in personal.candidate.emails)):
        return "suppressed"
    if not personal.by.is_active:
        return "owner"
    return "consent" if consents.forbids_contact(personal.candidate_id, lock=lock) else ""


# --- verbs


def send(
    candidate: Candidate, *, subject: str, text: str, by: User, intent: str, purpose: str = "note",
    role: Role | None = None, at: datetime | None = None,
) -> Letter:  # fmt: skip
    """Queues it; until the undo period is over, or `at`, it can be taken back. The same intent again is the same
    letter.
    """
    if queued := by_intent(intent, by=by):
        return queued
    if at is not None and at > clock.now() + FURTHEST:
        raise Refused("A letter can wait for a year at most.", field="at")
    address, subject, text = check(candidate, subject=subject, text=text, by=by, role=role)
    personal = _written(tokens.new_id(), candidate, subject, text, by, purpose, role)
    return outbox.queue(
        "personal", intent=_intent(intent, by), to_address=address, to_name=candidate.full_name, by=by,
        personal_letter_id=personal.id, at=at,
    )  # fmt: skip


def check(
    candidate: Candidate, *, subject: str, text: str, by: User, role: Role | None = None, way: Way | None = None,
    guard: Callable[..., None] | None = None,
) -> tuple[str, str, str]:  # fmt: skip
    """Address, subject and text of what may be written to them now; for a letter from here, or by another way. `way`
    and `guard`: as `ways_to` and `leaks.guard` have them for many at once.
    """
    subject = shape.line(subject, "subject", needed=True, most=LONGEST_SUBJECT, name="A subject")
    text = shape.text(text, "text", needed=True, most=LONGEST_TEXT, name="What you want to say")
    way = way or way_to(candidate)
    if way.against:
        raise Refused(way.against, field="text")
    for field, said in (("subject", subject), ("text", text)):
        if left := merging.left_in(said, candidate, by=by, role=role):
            raise Refused(f"Write your own words in place of {', '.join(left)}.", field=field)
    (guard or leaks.refuse)({"subject": subject, "text": text}, by=by, to_address=way.address)
    return way.address, subject, text


def hand_over(
    candidate: Candidate, *, subject: str, text: str, by: User, intent: str, purpose: str = "note",
    role: Role | None = None,
) -> PersonalLetter:  # fmt: skip
    """To its writer's own mail program: checked like every letter, and on record as handed over, not as sent."""
    handed = _handed_id(intent, by)
    if there := db.session.get(PersonalLetter, handed):
        return there
    _, subject, text = check(candidate, subject=subject, text=text, by=by, role=role)
    personal = _written(handed, candidate, subject, text, by, purpose, role)
    personal.handed_at = clock.now()
    told = "handed a checked letter to their own mail program"
    events.record("letter.handed_over", by=by, subject_id=candidate.id, role_id=personal.role_id, text=told)
    return personal


def went(personal: PersonalLetter, *, by: User) -> Touchpoint:
    """Its writer says that their mail program sent it: it is a contact now. Told twice, it is one contact."""
    there = db.session.get(Touchpoint, personal.touchpoint_id) if personal.touchpoint_id else None
    return there or _logged(personal, by)


def has_left(letter: Letter) -> None:
    """The mail server took it: it is a contact now, unless it went by itself. Told twice, it is one contact."""
    personal = for_delivery(letter)
    if personal.touchpoint_id is None and personal.purpose not in AUTOMATIC:
        _logged(personal, personal.by)


def came_back(letter: Letter) -> None:
    """It reached nobody, so it was no contact."""
    personal = for_delivery(letter)
    logged = db.session.get(Touchpoint, personal.touchpoint_id) if personal.touchpoint_id else None
    if logged is not None:
        touchpoints.take_back(logged, personal.candidate, by=personal.by)


# --- parts


def _written(
    personal_id: str, candidate: Candidate, subject: str, text: str, by: User, purpose: str, role: Role | None
) -> PersonalLetter:
    personal = PersonalLetter(
        id=personal_id, candidate_id=candidate.id, role_id=role.id if role else None,
        purpose=shape.one_of(purpose, (*PURPOSES, *AUTOMATIC), "purpose"), subject=subject, text=text, by_id=by.id,
    )  # fmt: skip
    db.session.add(personal)
    db.session.flush()
    return personal


def _logged(personal: PersonalLetter, by: User) -> Touchpoint:
    """A contact is seen by whoever sees the candidate: what was written about a sealed role is not told with it."""
    about = db.session.get(Role, personal.role_id) if personal.role_id else None
    told = "" if about is not None and about.is_sealed else f"{personal.subject}\n\n{personal.text}"
    logged = touchpoints.log(
        personal.candidate, kind=TOUCHES.get(personal.purpose, "mail"), direction="out", by=by,
        text=told[: shape.TEXT],
    )  # fmt: skip
    personal.touchpoint_id = logged.id
    return logged


def _intent(intent: str, by: User) -> str:
    return f"personal:{by.id}:{shape.line(intent, 'intent', needed=True, most=40)}"


def _handed_id(intent: str, by: User) -> str:
    return tokens.digest(_intent(intent, by))[:20]


def _seen(user: User) -> Select[PersonalLetter]:
    return (
        select(PersonalLetter)
        .join(PersonalLetter.candidate)
        .outerjoin(Role, Role.id == PersonalLetter.role_id)
        .options(contains_eager(PersonalLetter.candidate))
        .where(candidates.visible_to(user), PersonalLetter.role_id.is_(None) | roles.visible_to(user))
    )
