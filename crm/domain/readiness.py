"""Whether somebody can be called today: asked now, of the whole bench at once, and said in sentences."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, ScalarSelect, Select, and_, cast, func, literal, null, or_, select, union_all

from crm.db import db
from crm.domain import promises, stand_ins, suppressions, touchpoints
from crm.domain.applications import Application, Debrief
from crm.domain.benches import Place
from crm.domain.candidates import Candidate, Email, Phone
from crm.domain.consents import Consent
from crm.domain.promises import Promise
from crm.domain.roles import Hire, Role, visible_to
from crm.domain.suppressions import Suppression
from crm.domain.touchpoints import CONTACT, SPOKEN, STILL_INTERESTED, TOOK_JOB, Touchpoint
from crm.domain.users import User
from crm.kit import addresses, clock, words

FRESH_FOR = timedelta(days=180)
"""Interviews, references and what somebody expects to be paid fade."""


@dataclass(frozen=True)
class Permission:
    """To be contacted."""

    until: date | None
    withdrawn_at: datetime | None

    @property
    def is_valid(self) -> bool:
        return self.withdrawn_at is None and (self.until is None or self.until >= clock.today())


@dataclass
class Known:
    """What was found of one person."""

    mails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    consents: list[Permission] = field(default_factory=list)
    heard_at: datetime | None = None
    interested_at: datetime | None = None
    """When they last said on their page that they still are; below, that they took a job."""
    took_job_at: datetime | None = None
    application: Application | None = None
    debrief: Debrief | None = None
    reason: str = ""
    """Of the place on the bench."""
    good_until: date | None = None
    hired_as: str = ""
    promises: list[Promise] = field(default_factory=list)


@dataclass
class Readiness:
    """`blockers` stand against calling; `faded` has to be asked anew; `remarks` are good to know."""

    known: Known
    blockers: list[str] = field(default_factory=list)
    faded: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def is_ready(self) -> bool:
        return not self.blockers and not self.faded

    @property
    def word(self) -> str:
        return "not now" if self.blockers else "refresh first" if self.faded else "ready"


def of(role: Role, people: Sequence[Candidate], *, seen_by: User) -> dict[str, Readiness]:
    """By candidate; four statements, however many people there are."""
    ids = [person.id for person in people]
    known: dict[str, Known] = defaultdict(Known)
    _find_addresses(ids, known)
    against = suppressions.among(mail for one in known.values() for mail in one.mails)
    _find_record(ids, role, known, seen_by)
    for candidate_id, open_ones in promises.open_of(ids).items():
        known[candidate_id].promises = open_ones
    return {person.id: _judge(person, known[person.id], against) for person in people}


# --- what is known, each by one statement


def _find_addresses(ids: list[str], known: dict[str, Known]) -> None:
    """Mails, phones, and the permissions to use them."""
    for candidate_id, kind, value, _, until, withdrawn_at in sorted(
        db.session.execute(_addresses(), {"ids": ids}), key=_order
    ):
        one = known[candidate_id]
        if kind == "consent":
            one.consents.append(Permission(until, withdrawn_at))
        else:
            (one.mails if kind == "mail" else one.phones).append(value)


@cache
def _addresses() -> CompoundSelect[Any]:
    ids = stand_ins.ids()
    no_day, never = cast(null(), Consent.until.type), cast(null(), Consent.withdrawn_at.type)
    mails = select(Email.candidate_id, literal("mail"), Email.address, Email.position, no_day, never)
    phones = select(Phone.candidate_id, literal("phone"), Phone.number, Phone.position, no_day, never)
    given = select(
        Consent.candidate_id, literal("consent"), Consent.id, literal(0), Consent.until, Consent.withdrawn_at
    )
    return union_all(
        mails.where(Email.candidate_id.in_(ids)),
        phones.where(Phone.candidate_id.in_(ids)),
        given.where(Consent.candidate_id.in_(ids), Consent.purpose == "contact"),
    )


def _order(row: Any) -> tuple[int, str]:
    """Addresses in the order they have with the person, permissions as they were recorded: ids begin with the time."""
    return (row[3], row[2])


def _last_heard() -> ScalarSelect[datetime]:
    """They wrote, or both spoke. What only we wrote is nothing heard."""
    theirs = and_(Touchpoint.direction == "in", Touchpoint.kind.in_(CONTACT))
    last = select(func.max(Touchpoint.at, type_=Touchpoint.at.type))
    return last.where(
        Touchpoint.candidate_id == Candidate.id, or_(theirs, Touchpoint.kind.in_(SPOKEN))
    ).scalar_subquery()


def _find_record(ids: list[str], role: Role, known: dict[str, Known], user: User) -> None:
    """When they were heard from, the place on this bench, the application for this role, a hire for another one."""
    for candidate_id, heard, place, application, debrief, title, fell_on in _records(ids, role, user):
        one = known[candidate_id]
        one.heard_at, one.interested_at, one.took_job_at = heard
        one.reason, one.good_until = place
        if application is not None and application.role_id == role.id:
            one.application, one.debrief = application, debrief
        elif application is not None:
            one.hired_as = _in_place(one.hired_as, title, fell_on)


def _records(ids: list[str], role: Role, user: User) -> Iterator[tuple[Any, ...]]:
    """One for each application that counts, and one for whoever has none."""
    asked = {"ids": ids, "role": role.id, "user": user.id}
    for candidate_id, *row in db.session.execute(_on_record(), asked):
        yield (candidate_id, row[:3], (row[3] or "", row[4]), *row[5:])


@cache
def _on_record() -> Select[*tuple[Any, ...]]:
    role, user = stand_ins.role(), stand_ins.user()
    this = Application.role_id == role.id
    elsewhere = and_(Application.disposition == "hired", Application.role_id.in_(_roles_seen_by(user)))
    heard = (_last_heard(), touchpoints.last_said(STILL_INTERESTED), touchpoints.last_said(TOOK_JOB))
    return (
        select(Candidate.id, *heard, Place.reason, Place.good_until, Application, Debrief, Role.title, Hire.fell_on)
        .outerjoin(
            Place, and_(Place.candidate_id == Candidate.id, Place.role_id == role.id, Place.removed_at.is_(None))
        )
        .outerjoin(Application, and_(Application.candidate_id == Candidate.id, or_(this, elsewhere)))
        .outerjoin(Debrief, and_(Debrief.application_id == Application.id, this))
        .outerjoin(Role, Role.id == Application.role_id)
        .outerjoin(Hire, and_(Hire.role_id == Role.id, Hire.candidate_id == Candidate.id))
        .where(Candidate.id.in_(stand_ins.ids()))
        .order_by(Hire.at)
    )


def _in_place(known: str, title: str, fell_on: date | None) -> str:
    """The role that they have now. Of two hires for the same one the later counts, and it is read last."""
    if fell_on is None:
        return title
    return "" if known == title else known


def _roles_seen_by(user: User) -> Any:
    return select(Role.id).where(visible_to(user))


# --- what it means


def _judge(person: Candidate, known: Known, against: dict[str, Suppression]) -> Readiness:
    found = Readiness(known)
    _ask_whether_they_may_be_called(person, known, found)
    _ask_how(known, against, found)
    _ask_what_has_faded(person, known, found)
    _ask_what_was_said(person, known, found)
    return found


def _ask_whether_they_may_be_called(person: Candidate, known: Known, found: Readiness) -> None:
    if known.consents and not any(consent.is_valid for consent in known.consents):
        last = known.consents[-1]
        if last.withdrawn_at is not None:
            found.blockers.append(f"Took back the permission to be contacted on {words.day(last.withdrawn_at)}.")
        elif last.until is not None:
            found.blockers.append(f"The permission to be contacted ran out on {words.day(last.until)}.")
    elif not known.consents:
        found.remarks.append("No permission to be contacted is on record; they applied here.")
    if known.hired_as:
        found.blockers.append(f"Was hired here already: {known.hired_as}.")
    if person.archived_at is not None:
        found.blockers.append(f"In the archive since {words.day(person.archived_at)}.")
    elif person.let_go_at is not None:
        found.remarks.append(f"Let go on {words.day(person.let_go_at)}: nobody has kept in touch since.")
    if person.is_paused:
        found.blockers.append(f"{_stood_still(person, known)}.")


def _stood_still(person: Candidate, known: Known) -> str:
    """What they said and when, of a pause that lasts or is over."""
    since, until = words.day(person.paused_at or clock.now()), "until further notice"
    if person.pause_why == "hired_elsewhere":
        return _took_a_job(person, known)
    if person.paused_until is not None:
        until = f"until {words.day(person.paused_until)}"
    if person.pause_why == "quiet":
        return f"Asked on {since} for quiet {until}"
    return f"Restricted on {since} what may be done with the record, {until}"


def _took_a_job(person: Candidate, known: Known) -> str:
    """Said by themselves, or else put down by the office."""
    since = person.paused_at or clock.now()
    until = words.day(person.paused_until) if person.paused_until else ""
    if known.took_job_at is not None and known.took_job_at >= since:
        trial = f", with a trial period until {until}" if until else ""
        return f"Said on {words.day(known.took_job_at)} that they took a job{trial}"
    return f"Hired elsewhere, on record since {words.day(since)}" + (f" and paused until {until}" if until else "")


def _ask_how(known: Known, against: dict[str, Suppression], found: Readiness) -> None:
    stopped = [against[box] for mail in known.mails if (box := addresses.normal(mail)) in against]
    stopped.sort(key=lambda one: one.can_be_lifted)
    may_write = bool(suppressions.open_one(known.mails, against))
    if not known.phones and not known.mails:
        found.blockers.append("There is neither a phone number nor a mail address.")
    elif not known.phones and not may_write:
        found.blockers.append(f"Cannot be reached: no phone number, and {stopped[0].sentence}")
    elif not may_write:
        found.remarks.append(f"Only by phone: {stopped[0].sentence}" if stopped else "Only by phone: no mail address.")
    elif not known.phones:
        found.remarks.append("There is no phone number: write instead.")


def _ask_what_has_faded(person: Candidate, known: Known, found: Readiness) -> None:
    today = clock.today()
    if known.good_until is not None and known.good_until < today:
        found.faded.append(f"The place on the bench was good until {words.day(known.good_until)}.")
    if _is_job_to_ask_about(person, known):
        found.faded.append(f"{_stood_still(person, known)}: ask how it went.")
    met_on = known.application.decided_on if known.application else None
    if known.debrief is not None:
        met_on = max(met_on or date.min, known.debrief.written_at.date())
    if met_on is not None and today - met_on > FRESH_FOR:
        found.faded.append(f"The interviews were {words.ago(met_on, clock.now())}: ask what has changed since.")
    if person.pay_expectation and person.said_on is not None and today - person.said_on > FRESH_FOR:
        found.faded.append(f"The pay expectation is from {words.ago(person.said_on, clock.now())}: ask.")


def _is_job_to_ask_about(person: Candidate, known: Known) -> bool:
    """A job, with a trial period that is over: and nothing was heard of them since."""
    until = person.paused_until
    if person.is_paused or person.pause_why != "hired_elsewhere" or until is None:
        return False
    return known.heard_at is None or known.heard_at.date() < until


def _ask_what_was_said(person: Candidate, known: Known, found: Readiness) -> None:
    now = clock.now()
    heard = (
        f"Last heard from them {words.ago(known.heard_at, now)}."
        if known.heard_at
        else "Nothing was heard from them yet."
    )
    found.remarks.append(heard)
    said = "; ".join(part for part in (person.availability, person.notice_period) if part)
    if said:
        when = f" (said {words.ago(person.said_on, now)})" if person.said_on else ""
        found.remarks.append(f"They said: {said}{when}.")
    if interest := _interest(person, known, is_told=bool(said)):
        found.remarks.append(interest)
    call_again_on = known.debrief.call_again_on if known.debrief else None
    if call_again_on is not None and call_again_on > now.date():
        found.remarks.append(f"You wanted to call again on {words.day(call_again_on)}.")
    found.remarks.extend(f"Promised: “{promise.text}”, {promise.due_words}." for promise in known.promises)


def _interest(person: Candidate, known: Known, *, is_told: bool) -> str:
    """Whether they still are. Nobody is asked where a pause says it, or where they are `is_told` to be available."""
    at, now = known.interested_at, clock.now()
    if at is not None and not any(since and since > at for since in (known.took_job_at, person.paused_at)):
        ago = f"They said {words.ago(at, now)} that they are still interested"
        return f"{ago}." if now.date() - at.date() <= FRESH_FOR else f"{ago}: ask again."
    if person.is_paused or _is_job_to_ask_about(person, known):
        return ""
    if person.paused_at is not None and person.pause_why == "quiet":
        return f"{_stood_still(person, known)}: ask now."
    if known.took_job_at is not None:
        return f"They said {words.ago(known.took_job_at, now)} that they took a job: ask."
    return "" if is_told else "They have not said whether they are still interested: ask."
