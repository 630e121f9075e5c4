"""What a forward would be, with everything checked that could stand against it; nothing is written here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import selectinload

from crm.db import db
from crm.domain import colleagues, consents, forward_parts, forward_questions, gate, identities, leaks, resumes, shape
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.consents import Consent
from crm.domain.errors import Refused
from crm.domain.resumes import Resume
from crm.domain.users import User
from crm.kit import clock, files, header_guard

DELIVERIES = ("link", "attachment")
OPEN_DAYS = 14
MOST_DAYS = 90
LONGEST_NOTE = 10_000
OTHERWISE = "Ask in person; when the answer is yes, record it with where it is to be found."


@dataclass(frozen=True)
class Plan:
    """What a forward would be, checked: the preview and the act are made from the same thing."""

    candidate: Candidate
    colleague: Colleague
    resume: Resume
    consent: Consent | None
    """None where the candidate is asked first."""
    position: str
    note: str
    deliver: str
    until: date
    parts: tuple[str, ...] = forward_parts.USUAL
    sensitive: bool = False
    blind: bool = False

    @property
    def to_address(self) -> str:
        return self.colleague.email

    @property
    def company(self) -> str:
        return self.colleague.company

    def keep_sealed(self, *, by: User) -> None:
        """Raises Refused where its words tell the recipient of a sealed role."""
        leaks.refuse({"position": self.position, "note": self.note}, by=by, to_address=self.to_address)


# --- queries


def versions(candidate: Candidate) -> list[Resume]:
    """What could be forwarded, newest first."""
    return list(db.session.scalars(resumes.of(candidate)))


def permissions(candidate: Candidate) -> list[Consent]:
    """Every yes to a forward that holds today, with who recorded it."""
    of_forwards = consents.of(candidate).where(Consent.purpose == "forward").options(selectinload(Consent.by))
    return [consent for consent in db.session.scalars(of_forwards) if consent.is_valid]


def recipient(colleague_id: str, *, email: str, name: str, company: str, by: User) -> Colleague:
    """Who was chosen, or who was typed in; a new one comes into the address book when something is sent to them."""
    if colleague_id:
        return colleagues.find(colleague_id)
    return colleagues.known_or_new(email=email, name=name, company=company, by=by)


def addressed(words: str, colleague_id: str, *, email: str, name: str, company: str, by: User) -> Colleague:
    """What a picker leaves behind: the words in it, an id that may no longer be theirs, the fields for somebody new."""
    chosen = _chosen(words, colleague_id)
    if email.strip() or name.strip() or company.strip():
        if chosen is not None and chosen.email != email.strip().lower():
            raise Refused(f"Is it for {chosen.name}, or for the new person below? Empty one of the two.", field="to")
        return recipient("", email=email, name=name, company=company, by=by)
    if chosen is None:
        known = "Nobody in the address book has this name or address. Add them here." if words.strip() else ""
        raise Refused(known or "Say who is to get it.", field="to")
    return chosen


# --- the plan


def plan(
    candidate: Candidate, colleague: Colleague, *, by: User, resume_id: str = "", position: str = "", note: str = "",
    deliver: str = "link", until: date | None = None, parts: Iterable[str] | None = None, sensitive: bool = False,
    blind: bool = False, named: bool = False,
) -> Plan:  # fmt: skip
    """Checks everything that could stand against a forward, and writes nothing.

    `parts`: some of forward_parts.PARTS, the usual ones unless told. `named`: as for gate.of.
    """
    resume = resumes.find(candidate, resume_id) if resume_id else resumes.latest(candidate)
    if resume is None:
        raise Refused(f"There is no resume of {candidate.full_name} on file to forward.", field="resume_id")
    colleagues.refuse_closed(colleague)
    chosen, position = forward_parts.chosen(parts, deliver=deliver, blind=blind), _position(position)
    passes = gate.of(
        candidate, company=colleague.company, address=colleague.email, blind=blind, attached=deliver == "attachment",
        parts=chosen, position=position, named=named,
    )  # fmt: skip
    if not passes.is_open and passes.word != "ask":
        raise Refused(passes.sentence, field="to")
    if passes.word == "ask" and (against := forward_questions.stands_against(candidate, colleague.email)):
        raise Refused(f"{passes.sentence} {against} {OTHERWISE}", field="consent")
    _check_name(candidate)
    if deliver == "attachment":
        _check_file(resume)
    planned = Plan(
        candidate=candidate,
        colleague=colleague,
        resume=resume,
        position=position,
        note=shape.text(note, "note", most=LONGEST_NOTE, name="Your note"),
        deliver=shape.one_of(deliver, DELIVERIES, "deliver"),
        until=last_day(until),
        parts=tuple(chosen),
        sensitive=sensitive,
        blind=blind,
        consent=passes.consent,
    )
    planned.keep_sealed(by=by)
    if blind:
        identities.refuse({"position": planned.position, "note": planned.note}, candidate)
    return planned


# --- parts


def _chosen(words: str, colleague_id: str) -> Colleague | None:
    picked = colleagues.find(colleague_id) if colleague_id else None
    if picked is not None and shape.key(words) in {"", picked.name_key, picked.email}:
        return picked
    return colleagues.named(words)


def _check_file(resume: Resume) -> None:
    """Whole and there, or nothing could be attached."""
    try:
        resumes.content(resume)
    except (files.Missing, Refused) as error:
        raise Refused(
            "The stored file of this resume is missing or was changed. Choose another version, or upload it again.",
            field="resume_id",
        ) from error


def _check_name(candidate: Candidate) -> None:
    if trouble := header_guard.problem(candidate.full_name):
        raise Refused(f"The name on this record cannot stand in a mail: {trouble} Mend the name first.")


def _position(said: str) -> str:
    return fit_for_a_subject(shape.line(said, "position", name="The position"))


def fit_for_a_subject(position: str) -> str:
    if trouble := header_guard.problem(position):
        raise Refused(trouble, field="position")
    return position


def last_day(until: date | None) -> date:
    today = clock.today()
    chosen = until or today + timedelta(days=OPEN_DAYS)
    if chosen < today:
        raise Refused("That day has passed already.", field="until")
    if chosen > today + timedelta(days=MOST_DAYS):
        raise Refused(f"A link can stay open for {MOST_DAYS} days at most.", field="until")
    return chosen


def default_until() -> date:
    return clock.today() + timedelta(days=OPEN_DAYS)
