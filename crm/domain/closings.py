"""Close the search: the hire and those who nearly made it, banked in one transaction."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import String, UniqueConstraint, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, contains_eager, mapped_column

from crm.db import Base, Id, after_commit, db, to
from crm.domain import applications, benches, calls, candidates, door_openers, events, finalists, policy, resumes, roles
from crm.domain.applications import Application
from crm.domain.candidates import Candidate
from crm.domain.door_openers import Telling
from crm.domain.errors import Missing, Refused
from crm.domain.finalists import HIRE_PLACE, Banked, Finalist
from crm.domain.roles import Hire, Role
from crm.domain.snapshots import Kept
from crm.domain.users import User
from crm.kit import clock, tokens

UNDO_WITHIN = timedelta(days=1)
SILENT = Telling()
"""Nobody is written to."""


class Closing(Base):
    __tablename__ = "closing"
    __table_args__ = (UniqueConstraint("by_id", "intent"),)
    id: Mapped[Id]
    role_id: Mapped[str | None] = to("role.id", ondelete="SET NULL")
    by_id: Mapped[str] = to("user.id", index=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    """When its last word was written: whatever carries a later time was added since."""
    intent: Mapped[str] = mapped_column(String(80))
    content: Mapped[str] = mapped_column(String(64), default="")
    """A digest of what was sent: the same page again with other words is not the same closing."""
    status_before: Mapped[str] = mapped_column(String(10), default="")
    """Empty when the role itself was made by this closing."""
    status_after: Mapped[str] = mapped_column(String(10), default="")
    letters: Mapped[str] = mapped_column(String(4), default="none")
    """What was to go out with it: one of door_openers.LETTERS."""
    undone_at: Mapped[datetime | None]

    @property
    def can_be_undone(self) -> bool:
        return self.undone_at is None and clock.now() - self.at < UNDO_WITHIN


@dataclass(frozen=True)
class Hired:
    name: str = ""
    candidate_id: str = ""
    starts_on: date | None = None
    guard_days: int = roles.GUARD_DAYS

    @property
    def is_named(self) -> bool:
        return bool(self.name.strip() or self.candidate_id)


# --- queries


def find(closing_id: str, *, by: User) -> Closing:
    closing = db.session.get(Closing, closing_id)
    if closing is None or closing.by_id != by.id:
        raise Missing
    return closing


def known(intent: str, *, by: User) -> Closing | None:
    """The closing that this very form made already: a double click finds the first."""
    return db.session.scalar(select(Closing).where(Closing.by_id == by.id, Closing.intent == intent[:80]))


def banked(closing: Closing, *, seen_by: User) -> list[Banked]:
    """Those who nearly made it, in their order, with mails and phones."""
    person = contains_eager(Banked.candidate)
    return list(
        db.session.scalars(
            select(Banked)
            .join(Banked.candidate)
            .where(Banked.closing_id == closing.id, Banked.position > HIRE_PLACE, candidates.visible_to(seen_by))
            .options(person.selectinload(Candidate.emails), person.selectinload(Candidate.phones))
            .order_by(Banked.position)
        )
    )


def count(closing: Closing) -> int:
    """How many of those who nearly made it."""
    rows = select(func.count()).where(Banked.closing_id == closing.id, Banked.position > HIRE_PLACE)
    return db.session.scalar(rows) or 0


def require_open(role: Role, *, by: User) -> None:
    """Raises Denied, or Refused with the sentence why this search cannot be closed now."""
    policy.require("close", role, by=by)
    roles.require_unsealed(role)
    if role.status == "filled":
        raise Refused("This search is closed already. Bank more people one by one.")


# --- verbs


def close(
    role: Role | str, rows: list[Finalist], *, by: User, intent: str, hired: Hired | None = None, team: str = "",
    telling: Telling = SILENT,
) -> Closing:  # fmt: skip
    """Banks the finalists in their order, records the hire, and fills the role, or closes it when nobody was hired.

    A title instead of a role makes a new one. The same intent a second time is the closing that is there already.
    """
    hired = hired if hired is not None and hired.is_named else None
    if not rows and hired is None:
        raise Refused("Name the hire, or at least one person who nearly made it.", field="finalists")
    if isinstance(role, Role):
        db.session.refresh(role, ["status"], with_for_update=True)  # two people may be closing it at once
    if first := known(intent, by=by):
        return _again(first, rows, hired, telling)
    if isinstance(role, Role):
        require_open(role, by=by)
    return _made(role, rows, hired, telling, by=by, intent=intent, team=team, ends=True)


def bank(
    role: Role | str, row: Finalist, *, by: User, intent: str, team: str = "", telling: Telling = SILENT
) -> Closing:
    """One person, from anywhere: the same with one row. The role's status is left alone; a new role is a closed one."""
    if first := known(intent, by=by):
        return _again(first, [row], None, telling)
    if isinstance(role, Role):
        policy.require("close", role, by=by)
    return _made(role, [row], None, telling, by=by, intent=intent, team=team, ends=isinstance(role, str))


def hire(role: Role, hired: Hired, *, by: User, closing: Closing | None = None) -> Hire:
    """Records who got the role: a candidate's application ends as hired, and they leave the bench.

    Nobody else is called for it any more.
    """
    recorded = roles.record_hire(
        role, by=by, name=hired.name, candidate_id=hired.candidate_id or None, starts_on=hired.starts_on,
        guard_days=hired.guard_days, closing_id=closing.id if closing else None,
    )  # fmt: skip
    calls.finish_running(role)
    if hired.candidate_id:
        candidate = candidates.find(hired.candidate_id, seen_by=by)
        applications.put(candidate, role, by=by, stage="offer", disposition="hired")
        candidates.call_again(candidate, None)
        benches.remove(role, candidate.id, by=by)
    return recorded


# --- parts


def _made(
    role: Role | str, sent: list[Finalist], hired: Hired | None, telling: Telling, *, by: User, intent: str, team: str,
    ends: bool,
) -> Closing:  # fmt: skip
    hired_id = hired.candidate_id if hired else ""
    rows = [finalists.named(row, by=by) for row in sent]
    people = finalists.on_file(rows, hired_id, by=by)
    closing = _claim(intent, _content(sent, hired, telling), by)
    if closing is None:
        return _again(_the_first(intent, by), sent, hired, telling)
    role = _opened(role, closing, by=by, team=team)
    before = finalists.before(role, list(filter(None, people)), hired_id)
    banked = [
        finalists.bank(place, role, row, person, was=before[person.id] if person else {}, closing_id=closing.id, by=by)
        for place, (row, person) in enumerate(zip(rows, people, strict=True))
    ]
    finalists.put_on_bench(role, banked, rows, by=by)
    _end(role, hired, closing, before, by=by, ends=ends)
    closing.letters = telling.letters
    if telling != SILENT:
        door_openers.tell(_decided(role, banked), telling, by=by, intent=closing.id)
    text = f"{'closed the search and ' if ends else ''}banked {len(rows)}"
    events.record("role.closed" if ends else "role.banked", by=by, subject_id=role.id, role_id=role.id, text=text)
    db.session.flush()
    closing.at = clock.now()
    return closing


def _claim(intent: str, content: str, by: User) -> Closing | None:
    """The unique constraint decides between parallel requests: None for all but the first, which has ended by then."""
    closing = Closing(by_id=by.id, intent=intent[:80], content=content)
    try:
        with db.session.begin_nested():
            db.session.add(closing)
    except IntegrityError:
        return None
    return closing


def _the_first(intent: str, by: User) -> Closing:
    first = known(intent, by=by)
    if first is None:
        raise Refused("This was sent twice at once. Look whether it is there, and send it again if not.")
    return first


def _again(first: Closing, rows: list[Finalist], hired: Hired | None, telling: Telling) -> Closing:
    """Files that came a second time have nobody to belong to. Raises Refused when it is not the same a second time."""
    if first.content != _content(rows, hired, telling):
        raise Refused(
            "This page was sent already, with other words. What was banked then is on the role's page; "
            "add the others there, one by one.",
            field="finalists",
        )
    after_commit(lambda: _drop_files(rows))
    return first


def _content(rows: list[Finalist], hired: Hired | None, telling: Telling) -> str:
    """Without the keys under which files were kept: they differ each time the same file comes."""
    told = [(replace(row, upload=None), row.upload.sha256 if row.upload else "") for row in rows]
    return tokens.digest(repr((told, hired, telling)))


def _drop_files(rows: list[Finalist]) -> None:
    for row in rows:
        if row.upload is not None:
            resumes.store().remove(row.upload.file_key)


def _decided(role: Role, banked: list[Banked]) -> list[Application]:
    made = applications.for_people(role, [row.candidate_id for row in banked])
    return [made[row.candidate_id] for row in banked]


def _opened(role: Role | str, closing: Closing, *, by: User, team: str) -> Role:
    if isinstance(role, str):
        role = roles.add(title=role, team=team, by=by)
    else:
        closing.status_before = role.status
    closing.role_id = role.id
    return role


def _end(role: Role, hired: Hired | None, closing: Closing, before: dict[str, Kept], *, by: User, ends: bool) -> None:
    if hired is not None:
        _hire(role, hired, closing, before, by=by)
    elif ends:
        roles.set_status(role, "closed")
    else:
        roles.set_status(role, role.status)
    closing.status_after = role.status


def _hire(role: Role, hired: Hired, closing: Closing, before: dict[str, Kept], *, by: User) -> None:
    hire(role, hired, by=by, closing=closing)
    if hired.candidate_id:
        was = before.get(hired.candidate_id, {})
        db.session.add(Banked(closing_id=closing.id, candidate_id=hired.candidate_id, position=HIRE_PLACE, before=was))
