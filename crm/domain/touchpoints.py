"""Contacts with a candidate, in either direction. Logging one moves the next date."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Index, ScalarSelect, Select, String, and_, case, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import cadences, events, policy, promises, search, shape, snapshots
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock, words

KINDS = ("mail", "call", "meeting", "thank_you", "useful", "introduction", "note")
DIRECTIONS = ("in", "out")
CONTACT = frozenset(KINDS) - {"note"}
"""A note is written about somebody, not to them: it moves nothing."""
SPOKEN = frozenset(("call", "meeting"))
BEGINNING = 300
ON_PAGE = "On their page: "
"""How the words of a candidate begin who said them on their own page. `by` is then only who looks after them."""
STILL_INTERESTED, TOOK_JOB = "is still interested", "took a job"
"""What follows it where that is what they said."""
PHRASES = {
    "mail": "by mail", "call": "by phone", "meeting": "in person", "thank_you": "with a thank-you",
    "useful": "with something useful", "introduction": "with an introduction", "note": "in a note",
}  # fmt: skip


class Touchpoint(Base):
    __tablename__ = "touchpoint"
    __table_args__ = (Index("ix_touchpoint_candidate_at", "candidate_id", "at"),)
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", index=False, ondelete="CASCADE")
    kind: Mapped[str] = mapped_column(String(20))
    direction: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(default="")
    by_id: Mapped[str] = to("user.id", index=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The next date that this touchpoint moved, so that taking it back restores it."""
    moved_to: Mapped[date | None]
    by: Mapped[User] = relationship(lazy="raise_on_sql")

    @property
    def is_two_way(self) -> bool:
        """A conversation, or anything from them. A mail of ours alone is not, until they answer."""
        return self.kind in SPOKEN or self.direction == "in"

    @property
    def is_their_own(self) -> bool:
        """Put down by the candidate, on their page."""
        return self.direction == "in" and self.text.startswith(ON_PAGE)


def of(candidate: Candidate) -> Select[Touchpoint]:
    return (
        select(Touchpoint)
        .where(Touchpoint.candidate_id == candidate.id)
        .order_by(Touchpoint.at.desc(), Touchpoint.id.desc())
    )


def last_words() -> ScalarSelect[str]:
    """As a column beside the Candidate of the enclosing query: how the last contact begins of which somebody wrote
    down what was said; or None.
    """
    told = and_(Touchpoint.candidate_id == Candidate.id, Touchpoint.kind.in_(CONTACT), Touchpoint.text != "")
    newest = select(func.substr(Touchpoint.text, 1, BEGINNING)).where(told)
    return newest.order_by(Touchpoint.at.desc(), Touchpoint.id.desc()).limit(1).correlate(Candidate).scalar_subquery()


def last_spoken() -> ScalarSelect[datetime]:
    """As a column beside the Candidate of the enclosing query: when the two last spoke, or None."""
    spoken = and_(Touchpoint.candidate_id == Candidate.id, Touchpoint.kind.in_(SPOKEN))
    newest = select(Touchpoint.at).where(spoken).order_by(Touchpoint.at.desc(), Touchpoint.id.desc())
    return newest.limit(1).correlate(Candidate).scalar_subquery()


def last_said(phrase: str) -> ScalarSelect[datetime]:
    """As a column beside the Candidate of the enclosing query: when they last said this on their page, or None."""
    said = and_(Touchpoint.direction == "in", Touchpoint.text.startswith(f"{ON_PAGE}{phrase}"))
    newest = select(func.max(Touchpoint.at, type_=Touchpoint.at.type))
    return newest.where(Touchpoint.candidate_id == Candidate.id, said).correlate(Candidate).scalar_subquery()


def find(candidate: Candidate, touchpoint_id: str) -> Touchpoint:
    touchpoint = db.session.get(Touchpoint, touchpoint_id)
    if touchpoint is None or touchpoint.candidate_id != candidate.id:
        raise Missing
    return touchpoint


def last_contact(candidate: Candidate) -> str:
    """ "Last spoke 3 months ago, by phone"."""
    at, kind = candidate.last_contact_at, candidate.last_contact_kind
    if at is None:
        return "No contact on record yet"
    return f"Last {'spoke' if kind in SPOKEN else 'in touch'} {words.ago(at, clock.now())}, {PHRASES.get(kind, kind)}"


def log(
    candidate: Candidate, *, kind: str, direction: str, by: User, at: datetime | None = None, text: str = ""
) -> Touchpoint:
    now = clock.now()
    touchpoint = Touchpoint(
        candidate_id=candidate.id,
        kind=shape.one_of(kind, KINDS, "kind"),
        direction=shape.one_of(direction, DIRECTIONS, "direction"),
        at=at or now,
        text=shape.text(text, "text"),
        by=by,
        by_id=by.id,
    )
    if touchpoint.at > now + timedelta(minutes=5):
        raise Refused("That time has not come yet.", field="at")
    if kind == "note" and not touchpoint.text:
        raise Refused("A note needs words.", field="text")
    db.session.add(touchpoint)
    if kind in CONTACT:
        _note(candidate, touchpoint)
        _move_next(candidate, touchpoint)
    db.session.flush()
    if touchpoint.text:
        search.put("note", touchpoint.id, resume=touchpoint.text)
    return touchpoint


def take_back(touchpoint: Touchpoint, candidate: Candidate, *, by: User) -> None:
    """Undo of a touchpoint logged by mistake; the date it moved moves back, unless it was moved again since."""
    if touchpoint.by_id != by.id:
        policy.require("delete", candidate, by=by)
    promises.without(touchpoint.id, by=by)
    search.drop(touchpoint.id)
    db.session.delete(touchpoint)
    db.session.flush()
    recall(candidate)
    if touchpoint.before and candidate.next_on == touchpoint.moved_to:
        snapshots.put_back(candidate, touchpoint.before)
        if candidate.is_paused and candidate.next_on is not None:
            candidate.next_on = max(candidate.next_on, candidate.paused_until or candidate.next_on)
    events.record("touchpoint.taken_back", by=by, subject_id=candidate.id, text=f"took back a {touchpoint.kind}")


def _note(candidate: Candidate, touchpoint: Touchpoint) -> None:
    at = touchpoint.at
    if candidate.last_contact_at is None or at >= candidate.last_contact_at:
        candidate.last_contact_at, candidate.last_contact_kind = at, touchpoint.kind
    if touchpoint.direction == "in":
        candidate.last_in_at = max(at, candidate.last_in_at or at)
    else:
        candidate.last_out_at = max(at, candidate.last_out_at or at)
    if touchpoint.is_two_way:
        candidate.last_two_way_at = max(at, candidate.last_two_way_at or at)


def recall(candidate: Candidate) -> None:
    """What _note keeps, from the contacts that are on record."""
    theirs, ours = Touchpoint.direction == "in", Touchpoint.direction == "out"
    both = or_(theirs, Touchpoint.kind.in_(SPOKEN))
    mine = and_(Touchpoint.candidate_id == candidate.id, Touchpoint.kind.in_(CONTACT))
    last = db.session.execute(select(_newest(theirs), _newest(ours), _newest(both)).where(mine)).one()
    candidate.last_in_at, candidate.last_out_at, candidate.last_two_way_at = last
    newest = db.session.scalar(of(candidate).where(Touchpoint.kind.in_(CONTACT)).limit(1))
    candidate.last_contact_at = newest.at if newest else None
    candidate.last_contact_kind = newest.kind if newest else ""


def _newest(which: ColumnElement[bool]) -> ColumnElement[datetime]:
    return func.max(case((which, Touchpoint.at)), type_=Touchpoint.at.type)


def _move_next(candidate: Candidate, touchpoint: Touchpoint) -> None:
    pace, day, today = cadences.of(candidate), touchpoint.at.date(), clock.today()
    both = candidate.last_two_way_at
    on = cadences.after(pace, day, two_way=touchpoint.is_two_way, last_two_way=both.date() if both else None)
    before = candidate.next_on
    if before is None and not cadences.begins(candidate, pace):
        return
    if before is not None and not _is_answer(candidate, touchpoint):
        if before <= min(day, today):  # whatever was due, it was answered
            on = max(on, today + timedelta(days=1))
        if on <= before:
            return
    touchpoint.before = snapshots.of(candidate, *cadences.DATE)
    unanswered = "" if touchpoint.is_two_way else ", unanswered so far"
    after = f"{words.span((on - day).days)} after you were last in touch {PHRASES[touchpoint.kind]}"
    cadences.move(candidate, on, f"{after}{unanswered}")
    touchpoint.moved_to = candidate.next_on


def _is_answer(candidate: Candidate, touchpoint: Touchpoint) -> bool:
    """To what they were snoozed for."""
    since = candidate.awaits_reply_since
    return since is not None and touchpoint.direction == "in" and touchpoint.at.date() >= since.date()
