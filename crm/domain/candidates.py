"""Candidates: one record for a person, over all roles and years."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Index, Select, String, and_, case, or_, select, text
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import events, policy, search, shape, snapshots, stand_ins
from crm.domain.errors import Missing, Refused
from crm.domain.users import Team, TeamMember, User
from crm.domain.warmth import InTouch
from crm.kit import addresses, clock, tokens
from crm.kit.languages import LANGUAGES

VISIBILITY = ("company", "team", "owner")
KEPT_AFTER_DELETION = timedelta(days=7)
KEPT_AFTER_MERGE = timedelta(days=30)
MOST_OF_EACH = 10
ON_THE_LIST = "deleted_at IS NULL AND archived_at IS NULL"


def partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Candidate(InTouch, Base):
    __tablename__ = "candidate"
    __table_args__ = (
        partial("ix_candidate_by_name", "name_key", "id", where=ON_THE_LIST),
        partial("ix_candidate_by_change", "changed_at", "id", where=ON_THE_LIST),
        partial("ix_candidate_by_next", "next_on", "id", where=ON_THE_LIST),
        partial("ix_candidate_by_two_way", "last_two_way_at", "id", where=ON_THE_LIST),
        partial("ix_candidate_owner_by_name", "owner_id", "name_key", "id", where=ON_THE_LIST),
        partial("ix_candidate_owner_by_change", "owner_id", "changed_at", "id", where=ON_THE_LIST),
        partial("ix_candidate_archived_by_change", "changed_at", "id", where="archived_at IS NOT NULL"),
        partial("ix_candidate_archived_by_name", "name_key", "id", where="archived_at IS NOT NULL"),
        Index("ix_candidate_owner_next", "owner_id", "next_on"),
        partial("ix_candidate_deleted_at", "deleted_at", where="deleted_at IS NOT NULL"),
        partial("ix_candidate_uncompared", "id", where="compared_at IS NULL AND deleted_at IS NULL"),
    )
    id: Mapped[Id]
    full_name: Mapped[str]
    name_key: Mapped[str]
    location: Mapped[str] = mapped_column(default="")
    headline: Mapped[str] = mapped_column(default="")
    employer: Mapped[str] = mapped_column(default="")
    links: Mapped[list[str]] = mapped_column(default=list)
    source: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(5), default="")
    availability: Mapped[str] = mapped_column(default="")
    notice_period: Mapped[str] = mapped_column(default="")
    remote: Mapped[str] = mapped_column(default="")
    pay_expectation: Mapped[str] = mapped_column(default="")
    said_on: Mapped[date | None]  # the four things above; they fade
    owner_id: Mapped[str] = to("user.id", index=False)
    visibility: Mapped[str] = mapped_column(String(10), default="company")
    team_id: Mapped[str | None] = to("team.id")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    archived_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]  # when they asked for it themselves; then nobody brings them back
    merged_into_id: Mapped[str | None] = mapped_column(String(20), index=True)  # see merges.py
    compared_at: Mapped[datetime | None]  # with everybody else, see duplicates.look
    basis_needed: Mapped[bool] = mapped_column(default=False)  # before they are written to, see bases.py
    closing_id: Mapped[str | None] = to("closing.id", ondelete="SET NULL")
    """The closed search that made this record, if one did; its undo takes the record away again."""

    owner: Mapped[User] = relationship(lazy="raise_on_sql")
    team: Mapped[Team | None] = relationship(lazy="raise_on_sql")
    emails: Mapped[list["Email"]] = relationship(
        lazy="raise_on_sql", order_by="Email.position", cascade="all, delete-orphan", passive_deletes=True
    )
    phones: Mapped[list["Phone"]] = relationship(
        lazy="raise_on_sql", order_by="Phone.position", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def email(self) -> str | None:
        return self.emails[0].address if self.emails else None

    @property
    def phone(self) -> str | None:
        return self.phones[0].number if self.phones else None


def _mailbox(context: Any) -> str:
    return addresses.normal(context.get_current_parameters()["address"])


class Email(Base):
    __tablename__ = "candidate_email"
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    address: Mapped[str] = mapped_column(index=True)
    mailbox: Mapped[str] = mapped_column(default=_mailbox, index=True)  # as suppressions know it
    position: Mapped[int] = mapped_column(default=0)


class Phone(Base):
    __tablename__ = "candidate_phone"
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    number: Mapped[str]
    digits: Mapped[str] = mapped_column(String(20), index=True)
    position: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True)
class Facts:
    """What is known of a person; None leaves a field as it is, an empty value clears it."""

    full_name: str | None = None
    emails: list[str] | None = None
    phones: list[str] | None = None
    location: str | None = None
    headline: str | None = None
    employer: str | None = None
    links: list[str] | None = None
    source: str | None = None
    availability: str | None = None
    notice_period: str | None = None
    remote: str | None = None
    pay_expectation: str | None = None
    language: str | None = None


LINES = ("location", "headline", "employer", "source")
WHEN = ("next_on", "next_why", "next_chosen_at", "next_by_cadence", "awaits_reply_since", "let_go_at")
SAID = ("availability", "notice_period", "remote", "pay_expectation")


# --- queries


def visible_to(user: User) -> ColumnElement[bool]:
    """Not deleted, and shared with the user."""
    return and_(Candidate.deleted_at.is_(None), _shared_with(user.id, user.is_admin))


@lru_cache(maxsize=1_000)  # nearly every statement asks it
def _shared_with(user_id: str, is_admin: bool) -> ColumnElement[bool]:
    """With the company, or with a team of the user, or the user's own. What somebody who has left kept to themselves is
    seen by administrators, or nobody could ever look after it.
    """
    mine = select(TeamMember.team_id).where(TeamMember.user_id == user_id)
    seen = or_(
        Candidate.visibility == "company",
        Candidate.owner_id == user_id,
        and_(Candidate.visibility == "team", Candidate.team_id.in_(mine)),
    )
    if is_admin:
        left = select(User.id).where(User.disabled_at.is_not(None))
        seen = or_(seen, Candidate.owner_id.in_(left))
    return seen


def find(candidate_id: str, *, seen_by: User) -> Candidate:
    """With mails, phones, owner and team, by one query; raises Missing."""
    found = db.session.scalars(_whole(seen_by.is_admin), {"candidate": candidate_id, "user": seen_by.id})
    candidate = found.unique().one_or_none()
    if candidate is None:
        raise Missing
    return candidate


@cache
def _whole(is_admin: bool) -> Select[Candidate]:
    asked = Candidate.id == stand_ins.candidate().id, visible_to(stand_ins.user(is_admin=is_admin))
    owner = joinedload(Candidate.owner, innerjoin=True)
    parts = (joinedload(Candidate.emails), joinedload(Candidate.phones), owner, joinedload(Candidate.team))
    return select(Candidate).where(*asked).options(*parts)


def find_deleted(candidate_id: str, *, by: User) -> Candidate:
    ours = Candidate.left_at.is_(None) & Candidate.merged_into_id.is_(None) & _shared_with(by.id, by.is_admin)
    candidate = db.session.scalar(select(Candidate).where(Candidate.id == candidate_id, ours))
    if candidate is None or not candidate.is_deleted or not policy.may("delete", candidate, by=by):
        raise Missing
    return candidate


def listed(user: User) -> Select[Candidate]:
    return select(Candidate).where(visible_to(user), Candidate.archived_at.is_(None))


def by_email(address: str, *, seen_by: User) -> Candidate | None:
    """The one person with exactly this address among those the user may see; None when there is none, or several."""
    theirs = select(Email.candidate_id).where(Email.address == address.strip().lower())
    found = db.session.scalars(select(Candidate.id).where(Candidate.id.in_(theirs), visible_to(seen_by)).limit(2)).all()
    return find(found[0], seen_by=seen_by) if len(found) == 1 else None


def waiting_for_erasure(now: datetime) -> list[Candidate]:
    merged = Candidate.merged_into_id.is_not(None)
    over = Candidate.deleted_at < case((merged, now - KEPT_AFTER_MERGE), else_=now - KEPT_AFTER_DELETION)
    return list(db.session.scalars(select(Candidate).where(over).limit(50)))


# --- verbs


def add(
    facts: Facts, *, by: User, visibility: str = "company", team_id: str | None = None,
    closing_id: str | None = None, intent: str = "",
) -> Candidate:  # fmt: skip
    """The same intent twice, as a double click sends it, is one record."""
    intended = tokens.digest(f"{by.id} {intent}")[:20] if intent else None
    if intended and db.session.get(Candidate, intended):
        return find(intended, seen_by=by)
    candidate = Candidate(id=intended, owner=by, owner_id=by.id, team=None, emails=[], phones=[], closing_id=closing_id)
    if facts.full_name is None:
        raise Refused("A name is needed.", field="full_name")
    _share(candidate, visibility, team_id, by=by)
    _write(candidate, facts)
    db.session.add(candidate)
    db.session.flush()
    index(candidate, new=True)
    events.record("candidate.added", by=by, subject_id=candidate.id, text="added to First Call")
    return candidate


def change(candidate: Candidate, facts: Facts, *, by: User | None) -> Candidate:
    _write(candidate, facts)
    candidate.changed_at, candidate.compared_at = clock.now(), None
    index(candidate)
    events.record("candidate.changed", by=by, subject_id=candidate.id, text="changed the record")
    return candidate


def share(candidate: Candidate, visibility: str, *, team_id: str | None = None, by: User) -> Candidate:
    policy.require("restrict", candidate, by=by)
    _share(candidate, visibility, team_id, by=by)
    shown = {"company": "everybody", "team": "a team", "owner": "its owner only"}[visibility]
    events.record("candidate.shared", by=by, subject_id=candidate.id, text=f"made the record visible to {shown}")
    return candidate


def archive(candidate: Candidate, *, by: User) -> Candidate:
    candidate.archived_at = candidate.archived_at or clock.now()
    events.record("candidate.archived", by=by, subject_id=candidate.id, text="archived the record")
    return candidate


def unarchive(candidate: Candidate, *, by: User) -> Candidate:
    candidate.archived_at, candidate.changed_at = None, clock.now()
    events.record("candidate.unarchived", by=by, subject_id=candidate.id, text="took the record out of the archive")
    return candidate


def delete(candidate: Candidate, *, by: User) -> Candidate:
    """Gone from everywhere at once, and for good after KEPT_AFTER_DELETION; until then it can be brought back."""
    policy.require("delete", candidate, by=by)
    candidate.deleted_at = clock.now()
    events.record("candidate.deleted", by=by, subject_id=candidate.id, text="deleted the record")
    return candidate


def restore(candidate: Candidate, *, by: User) -> Candidate:
    candidate.deleted_at = None
    events.record("candidate.restored", by=by, subject_id=candidate.id, text="brought the record back")
    return candidate


# --- when to be in touch


def call_again(candidate: Candidate, on: date | None, why: str = "") -> None:
    """Sets the one next date, as somebody chose it; during a pause the first day after it at the earliest. Part of
    other verbs: a debrief, a snooze.
    """
    if on is not None and candidate.is_paused:
        on = max(on, candidate.paused_until or on)
    candidate.next_on, candidate.next_why = on, why if on else ""
    candidate.next_chosen_at = clock.now() if on else None
    candidate.next_by_cadence, candidate.awaits_reply_since = False, None
    if on is not None:
        candidate.let_go_at = None


def set_next(candidate: Candidate, on: date | None, *, by: User, why: str = "") -> Candidate:
    if on is not None and on < clock.today():
        raise Refused("That day has passed already.", field="on")
    call_again(candidate, on, shape.line(why, "why", most=300) or f"{by.first_name} chose this day")
    words = f"to be in touch on {on:%-d %B %Y}" if on else "no next date"
    events.record("candidate.next", by=by, subject_id=candidate.id, text=words)
    return candidate


def snooze(candidate: Candidate, until: date, *, by: User) -> Candidate:
    if until <= clock.today():
        raise Refused("Choose a day after today.", field="until")
    call_again(candidate, until, candidate.next_why or "still to be written to")
    events.record("candidate.snoozed", by=by, subject_id=candidate.id, text=f"snoozed until {until:%-d %B %Y}")
    return candidate


def let_go(candidate: Candidate, *, by: User) -> Candidate:
    """No longer kept warm; the record stays. Undone by setting a next date."""
    call_again(candidate, None)
    candidate.let_go_at = clock.now()
    events.record("candidate.let_go", by=by, subject_id=candidate.id, text="let go: no longer kept warm")
    return candidate


def put_back(candidate: Candidate, before: snapshots.Kept, *, by: User) -> Candidate:
    """Undo of a snooze, of letting go, of a new date: `before` is all of WHEN as it was, even a day that has passed."""
    shape.line(before["next_why"], "why", most=300)
    snapshots.put_back(candidate, {name: before[name] for name in WHEN})
    events.record("candidate.put_back", by=by, subject_id=candidate.id, text="took the change of the next date back")
    return candidate


# --- parts of verbs


def _write(candidate: Candidate, facts: Facts) -> None:
    if facts.full_name is not None:
        candidate.full_name = shape.line(facts.full_name, "full_name", needed=True, name="A name")
        candidate.name_key = shape.key(candidate.full_name)
    for field in LINES:
        if (value := getattr(facts, field)) is not None:
            setattr(candidate, field, shape.line(value, field))
    if facts.language is not None:
        candidate.language = shape.one_of(facts.language, ("", *LANGUAGES), "language")
    _write_said(candidate, facts)
    if facts.emails is not None:
        _write_emails(candidate, facts.emails)
    if facts.phones is not None:
        _write_phones(candidate, facts.phones)
    if facts.links is not None:
        candidate.links = [shape.link(link) for link in _few(facts.links, "links")]


def _write_said(candidate: Candidate, facts: Facts) -> None:
    said = {field: shape.line(getattr(facts, field), field) for field in SAID if getattr(facts, field) is not None}
    if any((getattr(candidate, field) or "") != value for field, value in said.items()):
        candidate.said_on = clock.today()
    for field, value in said.items():
        setattr(candidate, field, value)


def _write_emails(candidate: Candidate, emails: list[str]) -> None:
    addresses = dict.fromkeys(
        shape.email(address, "emails") for address in _few(emails, "emails", len(candidate.emails))
    )
    kept = {email.address: email for email in candidate.emails}
    candidate.emails = [kept.get(address) or Email(address=address) for address in addresses]
    for place, email in enumerate(candidate.emails):
        email.position = place


def _write_phones(candidate: Candidate, phones: list[str]) -> None:
    numbers = dict.fromkeys(
        shape.line(number, "phones", most=40) for number in _few(phones, "phones", len(candidate.phones))
    )
    kept = {phone.number: phone for phone in candidate.phones}
    candidate.phones = [kept.get(number) or _phone(number) for number in numbers]
    for place, phone in enumerate(candidate.phones):
        phone.position = place


def _phone(number: str) -> Phone:
    digits = "".join(c for c in number if c.isdigit())
    if not 4 <= len(digits) <= 18:
        raise Refused(f"“{number}” is not a phone number.", field="phones")
    return Phone(number=number, digits=digits[-9:])


def _few(values: list[str], field: str, known: int = 0) -> list[str]:
    kept = [value for value in values if value and value.strip()]
    if len(kept) > max(MOST_OF_EACH, known):
        raise Refused(f"There is room for {MOST_OF_EACH} {field}.", field=field)
    return kept


def _share(candidate: Candidate, visibility: str, team_id: str | None, *, by: User) -> None:
    candidate.visibility = shape.one_of(visibility, VISIBILITY, "visibility")
    candidate.team = next((team for team in by.teams if team.id == team_id), None) if visibility == "team" else None
    candidate.team_id = candidate.team.id if candidate.team else None
    if visibility == "team" and candidate.team is None:
        raise Refused("Choose one of your own teams.", field="team_id")


def index(candidate: Candidate, *, new: bool = False) -> None:
    said = [candidate.headline, candidate.employer, candidate.location, *(e.address for e in candidate.emails),
             *(p.number for p in candidate.phones), *candidate.links, candidate.source]  # fmt: skip
    search.put("candidate", candidate.id, new=new, title=candidate.full_name, person=" · ".join(filter(None, said)))
