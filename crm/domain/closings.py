"""Close the search: the hire and those who nearly made it, banked in one transaction, undone as one."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, db, to
from crm.domain import applications, benches, candidates, events, policy, resumes, roles, tags
from crm.domain.applications import Application, Words
from crm.domain.candidates import Candidate, Facts
from crm.domain.errors import Missing, Refused
from crm.domain.roles import Hire, Role
from crm.domain.users import User
from crm.kit import clock

CALL_AGAIN_AFTER = timedelta(days=90)
GOOD_FOR = timedelta(days=180)
UNDO_WITHIN = timedelta(days=1)


class Closing(Base):
    __tablename__ = "closing"
    __table_args__ = (UniqueConstraint("by_id", "intent"),)
    id: Mapped[Id]
    role_id: Mapped[str] = to("role.id", ondelete="CASCADE")
    by_id: Mapped[str] = to("user.id", index=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    intent: Mapped[str] = mapped_column(String(80))
    status_before: Mapped[str] = mapped_column(String(10))
    """Empty when the role itself was made by this closing."""
    undone_at: Mapped[datetime | None]

    @property
    def can_be_undone(self) -> bool:
        return self.undone_at is None and clock.now() - self.at < UNDO_WITHIN


@dataclass(frozen=True)
class Hired:
    name: str
    candidate_id: str = ""
    starts_on: date | None = None
    guard_days: int = roles.GUARD_DAYS


@dataclass(frozen=True)
class Finalist:
    """One row of the page. `candidate_id` is an explicit choice; else an exact mail address finds, else it is new."""

    full_name: str = ""
    candidate_id: str = ""
    email: str = ""
    words: Words = field(default_factory=Words)
    tags: tuple[str, ...] = ()
    upload_id: str = ""
    upload: resumes.Upload | None = None
    stage: str = "finalist"
    disposition: str = "rejected"
    reason: str = ""


# --- queries


def find(closing_id: str, *, by: User) -> Closing:
    closing = db.session.get(Closing, closing_id)
    if closing is None or closing.by_id != by.id:
        raise Missing
    return closing


def known(intent: str, *, by: User) -> Closing | None:
    """The closing that this very form made already: a double click finds the first."""
    return db.session.scalar(select(Closing).where(Closing.by_id == by.id, Closing.intent == intent[:80]))


def people(closing: Closing) -> list[Candidate]:
    """Those it banked, in the order of the bench."""
    return list(
        db.session.scalars(
            select(Candidate)
            .join(Application, Application.candidate_id == Candidate.id)
            .outerjoin(
                benches.Place, (benches.Place.candidate_id == Candidate.id) & (benches.Place.closing_id == closing.id)
            )
            .where(Application.closing_id == closing.id)
            .order_by(benches.Place.position.nulls_last(), Candidate.id)
        )
    )


# --- verbs


def close(
    role: Role, finalists: list[Finalist], *, by: User, intent: str, hired: Hired | None = None, is_new: bool = False
) -> Closing:
    """Banks the finalists in their order, records the hire, fills the role. `is_new`: its undo takes the role along."""
    policy.require("close", role, by=by)
    if not finalists and hired is None:
        raise Refused("Name the hire, or at least one person who nearly made it.", field="finalists")
    closing = Closing(role_id=role.id, by_id=by.id, intent=intent[:80], status_before="" if is_new else role.status)
    db.session.add(closing)
    db.session.flush()
    banked = [_bank_at(place, role, finalist, closing, by=by) for place, finalist in enumerate(finalists)]
    _put_on_bench(role, banked, finalists, closing, by=by)
    if hired is not None and hired.name.strip():
        _hire(role, hired, closing, by=by)
    else:
        role.changed_at = clock.now()
    text = f"closed the search and banked {len(banked)}"
    events.record("role.closed", by=by, subject_id=role.id, role_id=role.id, text=text)
    return closing


def bank(role: Role, finalist: Finalist, *, by: User, intent: str) -> Closing:
    """One person, from anywhere: the same thing with one row, the role's status left alone."""
    return close(role, [finalist], by=by, intent=intent)


def undo(closing: Closing, *, by: User) -> Role:
    """Takes back what this closing made, and only that: applications, debriefs, places, the hire, new records."""
    if not closing.can_be_undone:
        raise Refused("This can no longer be taken back as a whole; change the records one by one.")
    role = roles.find(closing.role_id, seen_by=by)
    _delete_new_people(closing, by)
    for made in (benches.Place, Hire, Application):
        db.session.execute(delete(made).where(made.closing_id == closing.id))
    closing.undone_at = clock.now()
    role.status, role.filled_on = closing.status_before or "open", None
    events.record("role.reopened", by=by, subject_id=role.id, role_id=role.id, text="took the closing back")
    db.session.expire_all()
    return role


# --- parts


def _bank_at(place: int, role: Role, finalist: Finalist, closing: Closing, *, by: User) -> Candidate:
    """Refusals name the row, so that the page can show the sentence where it belongs."""
    try:
        return _bank(role, finalist, closing, by=by)
    except Refused as refusal:
        raise Refused(str(refusal), field=f"finalists-{place}-{refusal.field or 'full_name'}") from refusal


def _bank(role: Role, finalist: Finalist, closing: Closing, *, by: User) -> Candidate:
    candidate = _person(finalist, closing, by=by)
    application = applications.put(
        candidate, role, by=by, stage=finalist.stage, disposition=finalist.disposition, reason=finalist.reason,
        closing_id=closing.id,
    )  # fmt: skip
    words = finalist.words
    if words.call_again_on is None:
        words = Words(**{**words.__dict__, "call_again_on": clock.today() + CALL_AGAIN_AFTER})
    applications.debrief(application, words, by=by)
    for name in finalist.tags:
        tags.apply(candidate, name, by=by)
    _add_resume(candidate, finalist, by=by)
    return candidate


def _person(finalist: Finalist, closing: Closing, *, by: User) -> Candidate:
    if finalist.candidate_id:
        return candidates.find(finalist.candidate_id, seen_by=by)
    known = candidates.by_email(finalist.email, seen_by=by) if finalist.email.strip() else None
    if known is not None:
        return known
    emails = [finalist.email] if finalist.email.strip() else []
    return candidates.add(Facts(full_name=finalist.full_name, emails=emails), by=by, closing_id=closing.id)


def _add_resume(candidate: Candidate, finalist: Finalist, *, by: User) -> None:
    if finalist.upload_id:
        resumes.attach(resumes.find_upload(finalist.upload_id, by=by), candidate, by=by)
    if finalist.upload is not None:
        resumes.add(finalist.upload, by=by, candidate=candidate)


def _put_on_bench(
    role: Role, banked: list[Candidate], finalists: list[Finalist], closing: Closing, *, by: User
) -> None:
    if not banked:
        return
    if len({candidate.id for candidate in banked}) < len(banked):
        raise Refused("The same person is in two rows.", field="finalists")
    good_until = clock.today() + GOOD_FOR
    new = {c.id: benches.Seat(c, f.words.sentence or "", good_until) for c, f in zip(banked, finalists, strict=True)}
    there = [benches.Seat(place.candidate, place.reason, place.good_until)
             for place in benches.of(role, seen_by=by) if place.candidate_id not in new]  # fmt: skip
    benches.put(role, [*there, *new.values()], by=by, closing_id=closing.id)


def _hire(role: Role, hired: Hired, closing: Closing, *, by: User) -> None:
    if hired.candidate_id:
        candidate = candidates.find(hired.candidate_id, seen_by=by)
        applications.put(candidate, role, by=by, stage="offer", disposition="hired", closing_id=closing.id)
    roles.record_hire(
        role, by=by, name=hired.name, candidate_id=hired.candidate_id or None, starts_on=hired.starts_on,
        guard_days=hired.guard_days, closing_id=closing.id,
    )  # fmt: skip


def _delete_new_people(closing: Closing, by: User) -> None:
    made = db.session.scalars(select(Candidate).where(Candidate.closing_id == closing.id))
    for candidate in made:
        if not candidate.is_deleted:
            candidate.deleted_at = clock.now()
            events.record("candidate.deleted", by=by, subject_id=candidate.id, text="taken back with the closing")
