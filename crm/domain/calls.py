"""The call list: who is called in which order, what each said, and who is still to be thanked. It stops at a yes."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, String, UniqueConstraint, and_, exists, or_, select, true
from sqlalchemy.orm import (
    InstrumentedAttribute,
    Mapped,
    aliased,
    contains_eager,
    mapped_column,
    relationship,
    selectinload,
)

from crm.db import Base, Id, db, to
from crm.domain import candidates, events, outbox, policy, shape, snapshots, stand_ins, touchpoints
from crm.domain.benches import Place
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.outbox import Letter
from crm.domain.roles import Role, visible_to
from crm.domain.snapshots import Kept
from crm.domain.touchpoints import Touchpoint
from crm.domain.users import User
from crm.kit import clock, words

WHY = ("declined", "no_show", "left", "let_go", "announced")
OUTCOMES = ("yes", "thinking", "no", "no_answer")
OUTCOME_WORDS = {"": "not called yet", "yes": "yes", "thinking": "thinking", "no": "no", "no_answer": "no answer"}
TOLD = {
    "yes": "Said yes.", "thinking": "Is thinking about it until {until}.", "no": "Said no.",
    "no_answer": "Called, and got no answer.",
}  # fmt: skip
TIME_TO_THINK = timedelta(days=3)
LONGEST_THOUGHT = timedelta(days=90)
SAME_CALL = timedelta(minutes=2)
"""No answer twice within it is a double click; later it is another call."""
NEVER_LEFT = ("cancelled", "failed", "blocked", "bounced", "complained")
SAID = ("outcome", "thinking_until", "note", "at", "by_id", "touchpoint_id")
"""What an outcome is made of, and its undo puts back."""


class CallList(Base):
    """The bench as it stood when the hire fell through, or when a role was announced. `on` is the day of that."""

    __tablename__ = "call_list"
    id: Mapped[Id]
    role_id: Mapped[str] = to("role.id", ondelete="CASCADE")
    hire_id: Mapped[str | None] = to("hire.id", ondelete="CASCADE")
    why: Mapped[str] = mapped_column(String(10))
    on: Mapped[date]
    filled_on: Mapped[date | None]
    """When the role had been filled, so that the undo says so again."""
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[str] = to("user.id", index=False)
    undone_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    yes_at: Mapped[datetime | None]
    before: Mapped[Kept] = mapped_column(default=dict)
    """The application of the hire who fell through, as it was, where the report changed it."""
    by: Mapped[User] = relationship(lazy="raise_on_sql")
    role: Mapped[Role] = relationship(lazy="raise_on_sql")

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None or self.undone_at is not None

    @property
    def took(self) -> timedelta | None:
        """From the fall-through, as it was reported, to the yes."""
        return self.yes_at - self.started_at if self.yes_at else None

    @property
    def took_words(self) -> str:
        return words.lasting(self.took) if self.took is not None else ""


class Call(Base):
    """One person of the list, in its order, with what came of it."""

    __tablename__ = "call"
    __table_args__ = (UniqueConstraint("call_list_id", "candidate_id"),)
    id: Mapped[Id]
    call_list_id: Mapped[str] = to("call_list.id", index=False, ondelete="CASCADE")
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    position: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(10), default="")
    thinking_until: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime | None]
    by_id: Mapped[str | None] = to("user.id", index=False)
    touchpoint_id: Mapped[str | None] = to("touchpoint.id", ondelete="SET NULL")
    before: Mapped[Kept] = mapped_column(default=dict)
    """The outcome before this one, for its undo."""
    asked_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    thanks_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    thanked_at: Mapped[datetime | None]
    """By other means than a letter from here."""
    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")
    call_list: Mapped[CallList] = relationship(lazy="raise_on_sql")
    asked: Mapped[Letter | None] = relationship(lazy="raise_on_sql", foreign_keys=[asked_id])
    thanks: Mapped[Letter | None] = relationship(lazy="raise_on_sql", foreign_keys=[thanks_id])

    @property
    def was_asked(self) -> bool:
        """Called, or written to: who was neither knows nothing of it, and is told nothing."""
        return self.outcome != "" or (self.asked is not None and self.asked.state != "cancelled")

    @property
    def is_thanked(self) -> bool:
        return self.thanked_at is not None or (self.thanks is not None and not _never_left(self.thanks))

    @property
    def to_thank(self) -> bool:
        over = self.call_list.yes_at is not None
        return over and self.outcome != "yes" and self.was_asked and not self.is_thanked

    @property
    def is_due(self) -> bool:
        """Not called yet; or the time to think is over."""
        thought = self.thinking_until is not None and self.thinking_until <= clock.today()
        return not self.outcome or (self.outcome == "thinking" and thought)

    @property
    def said_at(self) -> str:
        return self.at.astimezone(UTC).isoformat() if self.at else ""

    @property
    def outcome_words(self) -> str:
        until = f" until {words.day(self.thinking_until)}" if self.thinking_until else ""
        return f"{OUTCOME_WORDS[self.outcome]}{until}"


# --- queries


def of(role: Role) -> CallList | None:
    """The one that counts: the latest that was not taken back, whatever the status of the role."""
    return db.session.scalar(_newest(), {"role": role.id})


@cache
def _newest() -> Select[CallList]:
    return newest(CallList.role_id == stand_ins.role().id)


def newest(of_role: ColumnElement[bool]) -> Select[CallList]:
    there = select(CallList).where(of_role, CallList.undone_at.is_(None))
    return there.order_by(CallList.started_at.desc(), CallList.id.desc()).limit(1)


def find(role: Role) -> CallList:
    found = of(role)
    if found is None:
        raise Missing
    return found


def find_seen(role_id: str, *, seen_by: User) -> CallList:
    """With its role, for whoever may know of it, by one query."""
    query = newest(CallList.role_id == role_id).join(CallList.role).options(contains_eager(CallList.role))
    found = db.session.scalar(query.where(visible_to(seen_by)))
    if found is None:
        raise Missing
    return found


def rows(call_list: CallList, *, seen_by: User) -> list[Call]:
    """In order, with their people and letters; those whom the viewer may not see are left out."""
    return list(db.session.scalars(_of(call_list, seen_by).order_by(Call.position)))


def find_call(call_list: CallList, candidate_id: str, *, seen_by: User) -> Call:
    addresses = (selectinload(Call.candidate, Candidate.emails), selectinload(Call.candidate, Candidate.phones))
    one = _of(call_list, seen_by).where(Call.candidate_id == candidate_id)
    call = db.session.scalar(one.options(*addresses))
    if call is None:
        raise Missing
    return call


def next_of(calls: list[Call]) -> Call | None:
    """Who is not called yet; then whose time to think is over; then who did not answer, the longest ago first."""
    fresh = [call for call in calls if not call.outcome]
    thought = [call for call in calls if call.outcome and call.is_due]
    missed = sorted((call for call in calls if call.outcome == "no_answer"), key=lambda call: call.at or clock.now())
    return next(iter([*fresh, *thought, *missed]), None)


def last_words(candidate: Candidate) -> Touchpoint | None:
    """The last contact of which somebody wrote down what was said."""
    told = touchpoints.of(candidate).where(Touchpoint.kind.in_(touchpoints.CONTACT), Touchpoint.text != "")
    return db.session.scalar(told.limit(1))


def said_yes(call_list: CallList) -> bool:
    yes = exists().where(Call.call_list_id == call_list.id, Call.outcome == "yes")
    return db.session.scalar(select(true()).where(yes)) is not None


def somebody_to_thank() -> ColumnElement[bool]:
    """Of the list of the enclosing query, whoever may see them: Call.to_thank, as SQL."""
    written = Call.asked_id.in_(select(Letter.id).where(Letter.state != "cancelled"))
    thanked = Call.thanks_id.in_(select(Letter.id).where(Letter.state.not_in(NEVER_LEFT)))
    asked = and_(Call.outcome != "yes", or_(Call.outcome != "", and_(Call.asked_id.is_not(None), written)))
    silent = and_(Call.thanked_at.is_(None), or_(Call.thanks_id.is_(None), ~thanked))
    waits = exists().where(Call.call_list_id == CallList.id, asked, silent).correlate(CallList)
    return and_(CallList.yes_at.is_not(None), waits)


def _of(call_list: CallList, user: User) -> Select[Call]:
    """By one query; addresses are read with the readiness of the whole list, or by the verb that needs them."""
    asked, thanks = aliased(Letter), aliased(Letter)
    return (
        select(Call)
        .join(Call.call_list)
        .join(Call.candidate)
        .outerjoin(Call.asked.of_type(asked))
        .outerjoin(Call.thanks.of_type(thanks))
        .where(Call.call_list_id == call_list.id, candidates.visible_to(user))
        .options(
            contains_eager(Call.call_list),
            contains_eager(Call.candidate),
            contains_eager(Call.asked.of_type(asked)),
            contains_eager(Call.thanks.of_type(thanks)),
        )
    )


# --- verbs


def begin(
    role: Role, *, by: User, why: str = "announced", on: date | None = None, hire_id: str | None = None,
    without: str | None = None,
) -> CallList:  # fmt: skip
    """Brings the bench up as a list, whole, whoever sees whom of it. Places that have run out come last; `without` is
    the candidate who had the role. A list that still runs ends.
    """
    policy.require("close", role, by=by)
    finish_running(role)
    call_list = CallList(
        role_id=role.id, hire_id=hire_id, why=shape.one_of(why, WHY, "why"), on=on or clock.today(),
        filled_on=role.filled_on, by=by, by_id=by.id,
    )  # fmt: skip
    db.session.add(call_list)
    db.session.flush()
    ids = [candidate_id for candidate_id in _bench_in_order(role) if candidate_id != without]
    for position, candidate_id in enumerate(ids, 1):
        db.session.add(Call(call_list_id=call_list.id, candidate_id=candidate_id, position=position))
    db.session.flush()
    return call_list


def finish_running(role: Role) -> None:
    """Part of the verbs after which nobody of an earlier list is called: the hire, and a new list."""
    db.session.flush()
    running = select(CallList).where(
        CallList.role_id == role.id, CallList.finished_at.is_(None), CallList.undone_at.is_(None)
    )
    held = running.order_by(CallList.id).with_for_update().execution_options(populate_existing=True)
    for call_list in db.session.scalars(held).all():
        call_list.finished_at = clock.now()
        stop_questions(call_list)


def record(
    call: Call, role: Role, *, outcome: str, by: User, thinking_until: date | None = None, note: str = "",
    was: str | None = None,
) -> Call:  # fmt: skip
    """The same twice is once, but for a later call that nobody took either. `was` is the outcome that the caller knew
    of: another one in the meantime is said.
    """
    policy.require("close", role, by=by)
    outcome = shape.one_of(outcome, OUTCOMES, "outcome")
    note = shape.text(note, "note", most=shape.SENTENCE)
    until = _until(outcome, thinking_until)
    call_list = locked(call)
    if (call.outcome, call.thinking_until, call.note) == (outcome, until, note) and not _is_another(call):
        return call
    _check(call, call_list, role, was)
    call.before = snapshots.of(call, *SAID)
    call.outcome, call.thinking_until, call.note = outcome, until, note
    call.at, call.by_id = clock.now(), by.id
    if outcome == "yes":
        call_list.yes_at = call_list.finished_at = call.at
        stop_questions(call_list)
    call.touchpoint_id = _log(call, by).id
    text = f"{role.title}: {call.outcome_words}"
    events.record("call.recorded", by=by, subject_id=call.candidate_id, role_id=role.id, text=text)
    return call


def undo(call: Call, role: Role, *, by: User, outcome: str | None = None, at: str | None = None) -> Call:
    """Back to what was recorded before, with the contact. Only `outcome` of that moment (`at`, as Call.said_at has it)
    is undone, so a second click does nothing.
    """
    policy.require("close", role, by=by)
    call_list = locked(call)
    if not call.outcome or outcome not in (None, call.outcome) or at not in (None, call.said_at):
        return call
    if call_list.undone_at is not None or role.status != "open":
        raise Refused("The role is not open any more, so its call list stays as it is.")
    if call.outcome == "yes":
        call_list.yes_at = call_list.finished_at = None
        _stop(Call.thanks_id, call_list)
    _take_back(call, by)
    snapshots.put_back(call, call.before or dict.fromkeys(SAID) | {"outcome": "", "note": ""})
    call.before = {}
    text = f"{role.title}: took the outcome of the call back"
    events.record("call.undone", by=by, subject_id=call.candidate_id, role_id=role.id, text=text)
    return call


# --- parts


def _bench_in_order(role: Role) -> list[str]:
    places = select(Place).where(Place.role_id == role.id, Place.removed_at.is_(None))
    found = list(db.session.scalars(places.order_by(Place.position, Place.id)))
    return [place.candidate_id for place in sorted(found, key=lambda place: not place.is_good)]


def locked(call: Call) -> CallList:
    """Both as they are now, held until the transaction ends: two people record at once, and one of them reads what the
    other said.
    """
    db.session.refresh(call.call_list, ["undone_at", "finished_at", "yes_at"], with_for_update=True)
    db.session.refresh(call, [*SAID, "before", "asked_id", "asked", "thanks_id", "thanks", "thanked_at"])
    return call.call_list


def stop_questions(call_list: CallList) -> None:
    """Part of the verbs after which nobody is asked any more: a question that still waits never leaves."""
    _stop(Call.asked_id, call_list)


def _stop(column: InstrumentedAttribute[str | None], call_list: CallList) -> None:
    """Whoever wrote them; those that have left already have left."""
    waiting = select(Letter).join(Call, column == Letter.id)
    of_it = waiting.where(Call.call_list_id == call_list.id, Letter.state == "queued")
    for letter in db.session.scalars(of_it.order_by(Letter.id)).all():
        outbox.stop(letter)


def _is_another(call: Call) -> bool:
    return call.outcome == "no_answer" and call.at is not None and clock.now() - call.at >= SAME_CALL


def _check(call: Call, call_list: CallList, role: Role, was: str | None) -> None:
    if call_list.undone_at is not None or role.status != "open":
        raise Refused("The role is not open any more, so its call list is closed.")
    if call_list.is_over and call_list.yes_at is None:
        raise Refused("This call list is closed. Look at the role again.")
    if call_list.finished_at is not None:
        raise Refused("Somebody said yes already, so nobody else is called. Undo that first if it changed.")
    if was is not None and was != call.outcome:
        name = call.candidate.full_name
        raise Refused(f"Somebody else was quicker: for {name} it says “{OUTCOME_WORDS[call.outcome]}” now. Look again.")


def _until(outcome: str, until: date | None) -> date | None:
    if outcome != "thinking":
        return None
    today = clock.today()
    until = until or today + TIME_TO_THINK
    if until < today:
        raise Refused("That day has passed already.", field="thinking_until")
    if until > today + LONGEST_THOUGHT:
        raise Refused(f"Choose a day within {LONGEST_THOUGHT.days} days.", field="thinking_until")
    return until


def _log(call: Call, by: User) -> Touchpoint:
    """Without the role's name: all who see the candidate read it. A call that nobody took is no contact, but a note."""
    until = words.day(call.thinking_until) if call.thinking_until else ""
    text = f"{TOLD[call.outcome].format(until=until)} {call.note}".strip()
    kind = "note" if call.outcome == "no_answer" else "call"
    return touchpoints.log(call.candidate, kind=kind, direction="out", by=by, text=text)


def _take_back(call: Call, by: User) -> None:
    """A contact that somebody else logged stays, unless one may take that away."""
    logged = db.session.get(Touchpoint, call.touchpoint_id) if call.touchpoint_id else None
    call.touchpoint_id = None
    if logged is not None and (logged.by_id == by.id or policy.may("delete", call.candidate, by=by)):
        db.session.flush()
        touchpoints.take_back(logged, call.candidate, by=by)


def _never_left(letter: Letter) -> bool:
    return letter.state in NEVER_LEFT
