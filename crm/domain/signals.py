"""Gracious signals: what a candidate did that was kind. Context for people, and never part of any order or match.

Who was coached says thank you more often than who was not; so nothing here is counted, sorted by, or searched for.
"""

from datetime import date, datetime

from sqlalchemy import Select, String, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import events, inbox, policy, shape
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing
from crm.domain.users import User
from crm.kit import clock, words

PHRASES = {
    "thanked": "thanked everybody who interviewed them",
    "article": "sent an article",
    "introduced": "made an introduction",
    "remember": "asked to be remembered",
}
KINDS = tuple(PHRASES)
LONGEST = 300
MOST_SHOWN = 20


class Signal(Base):
    """One of a kind a day: pressed twice, or by two people, it is the same gesture."""

    __tablename__ = "signal"
    __table_args__ = (UniqueConstraint("candidate_id", "kind", "on"),)
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", index=False, ondelete="CASCADE")
    kind: Mapped[str] = mapped_column(String(12))
    on: Mapped[date]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[str] = to("user.id", index=False)
    words: Mapped[str] = mapped_column(default="")
    arrival_id: Mapped[str | None] = to("arrival.id", ondelete="SET NULL")
    """The mail in which it was seen, if it was."""
    by: Mapped[User] = relationship(lazy="raise_on_sql")

    @property
    def phrase(self) -> str:
        return PHRASES[self.kind]

    @property
    def sentence(self) -> str:
        """ "asked to be remembered, in March: she meant it"."""
        when = words.month(self.on, clock.today())
        return f"{self.phrase}, in {when}" + (f" ({self.words})" if self.words else "")


# --- queries


def of(candidate_ids: list[str]) -> dict[str, list[Signal]]:
    """Of several people with one query, newest first; whoever asks has looked whom they may see."""
    found: dict[str, list[Signal]] = {candidate_id: [] for candidate_id in candidate_ids}
    query = select(Signal).where(Signal.candidate_id.in_(candidate_ids)).options(joinedload(Signal.by, innerjoin=True))
    for signal in db.session.scalars(query.order_by(Signal.at.desc(), Signal.id.desc())):
        found[signal.candidate_id].append(signal)
    return found


def listed(candidate: Candidate) -> Select[Signal]:
    return select(Signal).where(Signal.candidate_id == candidate.id).order_by(Signal.at.desc(), Signal.id.desc())


def find(candidate: Candidate, signal_id: str) -> Signal:
    signal = db.session.get(Signal, signal_id)
    if signal is None or signal.candidate_id != candidate.id:
        raise Missing
    return signal


# --- verbs


def log(candidate: Candidate, *, kind: str, by: User, words: str = "", arrival_id: str = "") -> Signal:
    """`arrival_id`: of a mail that the user was sent by this candidate; raises Missing for any other."""
    kind = shape.one_of(kind, KINDS, "kind")
    said = shape.line(words, "words", most=LONGEST, name="What you add")
    arrival = inbox.find(arrival_id, seen_by=by) if arrival_id else None
    if arrival is not None and arrival.candidate_id != candidate.id:
        raise Missing
    at = arrival.at if arrival else clock.now()
    signal = Signal(
        candidate_id=candidate.id, kind=kind, on=at.date(), at=at, by=by, by_id=by.id, words=said,
        arrival_id=arrival.id if arrival else None,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(signal)
    except IntegrityError:  # the same gesture, noted before
        return _same(signal)
    events.record("signal.noted", by=by, subject_id=candidate.id, text="noted a gesture")
    return signal


def take_back(signal: Signal, candidate: Candidate, *, by: User) -> None:
    """By who noted it, or who looks after the record."""
    if signal.by_id != by.id:
        policy.require("delete", candidate, by=by)
    db.session.delete(signal)
    db.session.flush()
    events.record("signal.taken_back", by=by, subject_id=candidate.id, text="took a note of a gesture back")


# --- parts


def _same(signal: Signal) -> Signal:
    query = select(Signal).where(
        Signal.candidate_id == signal.candidate_id, Signal.kind == signal.kind, Signal.on == signal.on
    )
    return db.session.scalars(query.options(joinedload(Signal.by, innerjoin=True))).one()
