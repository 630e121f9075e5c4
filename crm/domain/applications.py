"""Applications: one candidate for one role, how it ended, and the debrief written when a finalist is passed over."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import EllipsisType
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, String, UniqueConstraint, and_, func, or_, select
from sqlalchemy.orm import (
    InstrumentedAttribute,
    Mapped,
    contains_eager,
    mapped_column,
    query_expression,
    relationship,
    with_expression,
)

from crm.db import Base, Id, db, to
from crm.domain import candidates, events, keeping, policy, search, shape, stand_ins
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.roles import GivenDate, Role, visible_to
from crm.domain.users import User
from crm.kit import clock, tokens

STAGES = ("applied", "screen", "interview", "onsite", "finalist", "offer")
DISPOSITIONS = ("rejected", "withdrew", "offer_declined", "offer_withdrawn", "role_closed", "hired")
MARGINS = ("hair", "close", "clear")
MARGIN_WORDS = {"hair": "by a hair", "close": "close", "clear": "clear"}
WRITTEN = ("margin", "sentence", "missing", "would_change", "agreed")
DISPOSITION_WORDS = {
    "": "still running", "rejected": "passed over", "withdrew": "withdrew", "offer_declined": "declined the offer",
    "offer_withdrawn": "the offer was withdrawn", "role_closed": "the role was closed", "hired": "hired",
}  # fmt: skip
Moments = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
MOST_SHOWN = 100
NAMED = (Candidate.full_name, Candidate.last_contact_at)
"""What a row of a role's page shows of the candidate."""
MOST_ROLES = 20
FIRST_REASONS = (
    "Somebody had more experience with the main task",
    "Somebody had led a larger team",
    "Somebody could start sooner",
    "Pay expectation was above the budget",
    "Place or hours did not work out",
    "A skill that the role needs was missing",
    "Took another offer",
    "The role was closed",
)


class Reason(Base):
    """The administrators' list of disposition reasons."""

    __tablename__ = "reason"
    id: Mapped[Id]
    text: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int] = mapped_column(default=0)


class Application(Base):
    __tablename__ = "application"
    __table_args__ = (UniqueConstraint("candidate_id", "role_id"),)
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", index=False, ondelete="CASCADE")
    role_id: Mapped[str] = to("role.id", ondelete="CASCADE")
    stage: Mapped[str] = mapped_column(String(10), default="finalist")
    applied_on: Mapped[date | None]
    disposition: Mapped[str] = mapped_column(String(20), default="")
    """Empty while the application runs."""
    reason: Mapped[str] = mapped_column(default="")
    decided_on: Mapped[date | None]
    decided_at: Mapped[datetime | None]
    """When the decision was written down, which may be days after it."""
    panel: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[str] = to("user.id", index=False)

    waits_until: Mapped[datetime | None] = query_expression()
    """When the first letter about it leaves that still waits; where it was asked for."""
    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")
    role: Mapped[Role] = relationship(lazy="raise_on_sql")
    debrief: Mapped["Debrief | None"] = relationship(
        lazy="raise_on_sql", back_populates="application", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def is_near_miss(self) -> bool:
        return self.stage in {"finalist", "offer"} and self.disposition not in {"", "hired"}

    @property
    def ended(self) -> str:
        return DISPOSITION_WORDS[self.disposition]


class Debrief(Base):
    """The one-minute record made at the decision. The candidate may read this one day."""

    __tablename__ = "debrief"
    application_id: Mapped[str] = to("application.id", primary_key=True, index=False, ondelete="CASCADE")
    margin: Mapped[str] = mapped_column(default="")
    sentence: Mapped[str] = mapped_column(default="")
    missing: Mapped[str] = mapped_column(default="")
    would_change: Mapped[str] = mapped_column(default="")
    hire_for: Mapped[list[str]] = mapped_column(default=list)
    agreed: Mapped[str] = mapped_column(default="")
    call_again_on: Mapped[date | None]
    written_at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[str] = to("user.id", index=False)
    application: Mapped[Application] = relationship(lazy="raise_on_sql", back_populates="debrief")

    @property
    def margin_words(self) -> str:
        return MARGIN_WORDS.get(self.margin, self.margin)


@dataclass(frozen=True)
class Words:
    """A debrief as it is given; None leaves a field as it is."""

    margin: str | None = None
    sentence: str | None = None
    missing: str | None = None
    would_change: str | None = None
    hire_for: list[str] | None = None
    agreed: str | None = None
    call_again_on: date | None = None


# --- queries


def recorded_since(ended: type[Application], since: Moments) -> ColumnElement[bool]:
    """Its decision. Of what came from elsewhere, or before that was kept, only the day is known."""
    on_the_day = and_(ended.decided_at.is_(None), ended.decided_on >= func.date(since, type_=Date()))
    return or_(ended.decided_at >= since, on_the_day)


def of(candidate: Candidate, *, seen_by: User) -> list[Application]:
    """Newest first, with role and debrief; those of roles that the viewer may not know of are left out."""
    return list(db.session.scalars(_with_role().where(Application.candidate_id == candidate.id, visible_to(seen_by))))


def for_role(role: Role, *, seen_by: User, limit: int = MOST_SHOWN) -> list[Application]:
    """With the candidate's name, debrief, and until when letters wait; the latest decision first."""
    asked = {"role": role.id, "user": seen_by.id}
    return list(db.session.scalars(_for_role(seen_by.is_admin, limit), asked))


@cache
def _for_role(is_admin: bool, limit: int) -> Select[Application]:
    waits = with_expression(Application.waits_until, keeping.waits_until(Application.id))
    seen = candidates.visible_to(stand_ins.user(is_admin=is_admin))
    person = contains_eager(Application.candidate).load_only(*NAMED, raiseload=True)
    return _of_role(stand_ins.role()).where(seen).options(waits, person).limit(limit)


def for_people(role: Role, candidate_ids: list[str]) -> dict[str, Application]:
    """What is on record for this role already, by candidate; for verbs, which know whom they may see."""
    found = db.session.scalars(_of_role(role).where(Application.candidate_id.in_(candidate_ids)))
    return {application.candidate_id: application for application in found}


def find_for(role: Role, application_id: str, *, seen_by: User) -> Application:
    application = db.session.scalar(
        _of_role(role).where(Application.id == application_id, candidates.visible_to(seen_by))
    )
    if application is None:
        raise Missing
    return application


def find(candidate: Candidate, application_id: str, *, seen_by: User) -> Application:
    application = db.session.scalar(
        _with_role().where(
            Application.id == application_id, Application.candidate_id == candidate.id, visible_to(seen_by)
        )
    )
    if application is None:
        raise Missing
    return application


def near_misses(candidate_ids: list[str], *, seen_by: User) -> dict[str, Application]:
    """The latest near miss of each candidate, with role and debrief, by one query."""
    rows = db.session.scalars(
        _with_role().where(
            Application.candidate_id.in_(candidate_ids),
            Application.stage.in_(("finalist", "offer")),
            Application.disposition.not_in(("", "hired")),
            visible_to(seen_by),
        )
    )
    latest: dict[str, Application] = {}
    for application in rows:
        latest.setdefault(application.candidate_id, application)
    return latest


def reasons() -> list[str]:
    return list(db.session.scalars(select(Reason.text).order_by(Reason.position, Reason.text)))


def _of_role(role: Role) -> Select[Application]:
    """Whoever asks holds the role, so that it is not read with each of them."""
    return (
        select(Application)
        .join(Application.candidate)
        .outerjoin(Application.debrief)
        .options(contains_eager(Application.candidate), contains_eager(Application.debrief))
        .where(Application.role_id == role.id)
        .order_by(Application.decided_on.desc().nulls_first(), Application.id)
    )


def _with_role() -> Select[Application]:
    return (
        select(Application)
        .join(Application.role)
        .outerjoin(Application.debrief)
        .options(contains_eager(Application.role), contains_eager(Application.debrief))
        .order_by(Application.decided_on.desc().nulls_last(), Application.id.desc())
    )


# --- verbs


@dataclass(frozen=True)
class Progress:
    """An application as it is given; None (`...` for a date) leaves a field as it is."""

    stage: str | None = None
    disposition: str | None = None
    reason: str | None = None
    panel: str | None = None
    applied_on: GivenDate = ...
    decided_on: GivenDate = ...


def put(
    candidate: Candidate, role: Role, *, by: User, stage: str | None = None, disposition: str | None = None,
    reason: str | None = None, applied_on: GivenDate = ..., decided_on: GivenDate = ..., panel: str | None = None,
) -> Application:  # fmt: skip
    """The one application of this candidate for this role: made the first time, changed after that.

    None (`...` for a date) leaves a field as it is. What has ended without a day of decision ended today.
    """
    progress = Progress(stage, disposition, reason, panel, applied_on, decided_on)
    application = write(known_or_begun(candidate, role, by=by), progress, by=by)
    db.session.flush()
    return application


def known_or_begun(candidate: Candidate, role: Role, *, by: User) -> Application:
    known = db.session.scalar(_of_role(role).where(Application.candidate_id == candidate.id))
    return known or begun(candidate, role, by=by)


def begun(candidate: Candidate, role: Role, *, by: User) -> Application:
    """A new one, for verbs that know that there is none; it is on record once something is written in it."""
    return Application(
        id=tokens.new_id(), candidate=candidate, candidate_id=candidate.id, role=role, role_id=role.id, by_id=by.id,
        debrief=None, stage="finalist", disposition="", reason="", panel="",
    )  # fmt: skip


def write(application: Application, given: Progress, *, by: User) -> Application:
    """What waits to be told of a decision is called off when it becomes another one, or an offer."""
    was = (application.disposition, application.stage == "offer")
    if given.stage is not None:
        application.stage = shape.one_of(given.stage, STAGES, "stage")
    if given.disposition is not None:
        application.disposition = shape.one_of(given.disposition, ("", *DISPOSITIONS), "disposition")
    if given.reason is not None:
        application.reason = shape.line(given.reason, "reason", most=300)
    if given.panel is not None:
        application.panel = shape.line(given.panel, "panel", most=500)
    _put_dates(application, given.applied_on, given.decided_on)
    if was[0] != application.disposition:
        application.decided_at = clock.now() if application.disposition else None
    db.session.add(application)
    if was[0] and was != (application.disposition, application.stage == "offer"):
        keeping.call_off([application.id])
    words = application.ended if application.disposition else f"reached {application.stage}"
    subject_id, role = application.candidate_id, application.role
    events.record("application.put", by=by, subject_id=subject_id, role_id=role.id, text=f"{role.title}: {words}")
    return application


def debrief(application: Application, words: Words, *, by: User) -> Debrief:
    """Writes or changes the debrief; a "call again on" becomes the candidate's next date."""
    said: dict[str, Any] = {
        field: shape.text(value, field, most=shape.SENTENCE)
        for field in WRITTEN
        if (value := getattr(words, field)) is not None
    }
    if words.hire_for is not None:
        said["hire_for"] = _roles(words.hire_for)
    new = application.debrief is None
    written = application.debrief or _blank(application, by=by)
    for field, value in said.items():
        setattr(written, field, value)
    if words.call_again_on not in (None, written.call_again_on):  # who only mends a word moves no date
        _call_again(application, written, words.call_again_on)
    written.written_at = clock.now()
    db.session.add(written)
    index(application, written, new=new)
    return written


def _blank(application: Application, *, by: User) -> Debrief:
    unsaid = dict.fromkeys(WRITTEN, "")
    return Debrief(application=application, application_id=application.id, by_id=by.id, hire_for=[], **unsaid)


def index(application: Application, written: Debrief | None, *, new: bool = False) -> None:
    """What the search knows of a debrief."""
    if written is None:
        return search.drop(application.id)
    parts = (written.sentence, written.missing, written.would_change, *(written.hire_for or []), written.agreed)
    said = " · ".join(part for part in parts if part)
    return search.put("note", application.id, new=new, resume=said)


def remove(application: Application, *, by: User) -> None:
    if application.by_id != by.id:
        policy.require("close", application.role, by=by)
    keeping.call_off([application.id])
    search.drop(application.id)
    db.session.delete(application)
    events.record(
        "application.removed", by=by, subject_id=application.candidate_id, role_id=application.role_id,
        text=f"took the application for {application.role.title} off the record",
    )  # fmt: skip


def set_reasons(lines: list[str]) -> None:
    """Replaces the administrators' list; applications keep the words they were given."""
    kept = list(dict.fromkeys(shape.line(text, "reasons", most=300) for text in lines if text.strip()))
    for old in db.session.scalars(select(Reason)):
        db.session.delete(old)
    db.session.flush()
    db.session.add_all(Reason(text=text, position=place) for place, text in enumerate(kept))


def _roles(titles: list[str]) -> list[str]:
    kept = [shape.line(title, "hire_for") for title in titles if title.strip()]
    if len(kept) > MOST_ROLES:
        raise Refused(f"There is room for {MOST_ROLES} roles.", field="hire_for")
    return kept


def _call_again(application: Application, written: Debrief, on: date) -> None:
    """The role is not named in the reason: everybody who sees the candidate reads it, and the role may be sealed."""
    written.call_again_on = on
    candidates.call_again(application.candidate, on, "you wanted to call again then")


def _put_dates(application: Application, applied_on: GivenDate, decided_on: GivenDate) -> None:
    if not isinstance(applied_on, EllipsisType):
        application.applied_on = applied_on
    if not isinstance(decided_on, EllipsisType):
        application.decided_on = decided_on
    ended = application.disposition != ""
    application.decided_on = (application.decided_on or clock.today()) if ended else None
    if application.decided_on and application.decided_on > clock.today():
        raise Refused("The day of the decision has not come yet.", field="decided_on")
    if application.applied_on and application.decided_on and application.applied_on > application.decided_on:
        raise Refused("The application came after the decision.", field="applied_on")
