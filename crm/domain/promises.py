"""What somebody said to a candidate that they would do, and by when. A promise comes before every other next date."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from math import inf

from sqlalchemy import Select, String, and_, or_, select
from sqlalchemy.orm import Mapped, contains_eager, joinedload, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain import cadences, candidates, events, policy, shape, stand_ins
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock, words

STATES = ("open", "kept", "renewed", "broken")
"""`renewed` is open as well, with another date than it was made for."""
OPEN = ("open", "renewed")
LONGEST = 300
FURTHEST = timedelta(days=5 * 366)
MOST_OF_ONE = 50
NEAR = timedelta(days=300)
"""Within this a day needs no year."""
APOLOGY_OFFERED = timedelta(days=90)
SETTLED = {"kept": "marked it as kept", "broken": "marked it as not kept"}


class Promise(Base):
    __tablename__ = "promise"
    __table_args__ = (
        candidates.partial("ix_promise_due", "due_on", "by_id", where="settled_at IS NULL"),
    )  # fmt: skip
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    text: Mapped[str]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default="open")
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[str] = to("user.id", index=False)
    touchpoint_id: Mapped[str | None] = to("touchpoint.id", ondelete="SET NULL")
    """The contact in which it was made."""
    kept_with_id: Mapped[str | None] = to("touchpoint.id", ondelete="SET NULL")
    """The contact that kept it."""
    earlier: Mapped[list[str]] = mapped_column(default=list)
    """The dates that it was moved from, first to last."""
    dated_at: Mapped[datetime] = mapped_column(default=clock.now)
    """When it got the date it has; whoever was let go or hired since then is not waiting for it."""
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[str | None] = to("user.id", index=False)
    apologised_at: Mapped[datetime | None]
    apology_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")

    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys="Promise.by_id")

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def rank(self) -> tuple[float, date, str]:
        """The place among all that were made to one person, as `listed` has them."""
        return (-self.settled_at.timestamp() if self.settled_at else -inf, self.due_on, self.id)

    @property
    def is_due(self) -> bool:
        return self.is_open and self.due_on <= clock.today()

    @property
    def is_standing(self) -> bool:
        """Open, or broken lately with nobody having apologised for it."""
        if self.settled_at is None:
            return True
        lately = self.settled_at > clock.now() - APOLOGY_OFFERED
        return self.state == "broken" and self.apologised_at is None and lately

    @property
    def due_words(self) -> str:
        """ "due today", "due since 3 March", "due on 3 March 2027" """
        if self.due_on == clock.today():
            return "due today"
        return f"due {'since' if self.due_on < clock.today() else 'on'} {self.day}"

    @property
    def day(self) -> str:
        """When it is or was due, with the year where that is not plain."""
        return _near(self.due_on)

    @property
    def history(self) -> str:
        """ "first for 3 March", or nothing."""
        return f"first for {_near(date.fromisoformat(self.earlier[0]))}" if self.earlier else ""


# --- queries


def of(candidate: Candidate, *, seen_by: User) -> Select[Promise]:
    """Every promise made to a candidate, the one due first at the top."""
    return (
        select(Promise)
        .join(Promise.candidate)
        .options(contains_eager(Promise.candidate), joinedload(Promise.by, innerjoin=True))
        .where(Promise.candidate_id == candidate.id, candidates.visible_to(seen_by))
        .order_by(Promise.due_on, Promise.id)
    )


def listed(candidate: Candidate, *, seen_by: User) -> Select[Promise]:
    """Open ones first, due first; then the last that were settled."""
    order = (Promise.settled_at.is_not(None), Promise.settled_at.desc(), Promise.due_on, Promise.id)
    return of(candidate, seen_by=seen_by).order_by(None).order_by(*order).limit(MOST_OF_ONE)


def all_of(candidate: Candidate, *, seen_by: User) -> list[Promise]:
    return list(db.session.scalars(listed(candidate, seen_by=seen_by)))


def find(candidate: Candidate, promise_id: str, *, seen_by: User) -> Promise:
    promise = db.session.scalar(of(candidate, seen_by=seen_by).where(Promise.id == promise_id))
    if promise is None:
        raise Missing
    return promise


def waiting_for(user: User) -> Select[Promise]:
    """Open promises that the user has to keep, due first. Who left passes theirs on to the owner.

    They do not remind of anybody who is archived, deleted, paused or does not want mail, nor who was let go or hired
    since.
    """
    left = select(User.id).where(User.disabled_at.is_not(None))
    mine = or_(Promise.by_id == user.id, and_(Candidate.owner_id == user.id, Promise.by_id.in_(left)))
    return (
        select(Promise)
        .join(Promise.candidate)
        .where(
            Promise.settled_at.is_(None),
            mine,
            candidates.visible_to(user),
            cadences.reachable(),
            or_(Candidate.let_go_at.is_(None), Candidate.let_go_at < Promise.dated_at),
            ~cadences.hired(Candidate.id, Promise.dated_at),
        )
        .order_by(Promise.due_on, Promise.id)
    )


def due(user: User, today: date) -> list[Promise]:
    shown = (contains_eager(Promise.candidate), joinedload(Promise.by, innerjoin=True))
    return list(db.session.scalars(waiting_for(user).where(Promise.due_on <= today).options(*shown).limit(MOST_OF_ONE)))


def open_of(candidate_ids: Iterable[str]) -> dict[str, list[Promise]]:
    """By candidate, the one due first at the top, by one query; of people whom the viewer sees."""
    found: dict[str, list[Promise]] = {candidate_id: [] for candidate_id in candidate_ids}
    for promise in db.session.scalars(_open(), {"ids": list(found)}):
        found[promise.candidate_id].append(promise)
    return found


@cache
def _open() -> Select[Promise]:
    query = select(Promise).where(Promise.candidate_id.in_(stand_ins.ids()), Promise.settled_at.is_(None))
    return query.options(joinedload(Promise.by, innerjoin=True)).order_by(Promise.due_on, Promise.id)


def may_settle(promise: Promise, candidate: Candidate, *, by: User) -> bool:
    """Who made it, who owns the record, and the office."""
    return promise.by_id == by.id or policy.may("delete", candidate, by=by)


# --- verbs


def make(
    candidate: Candidate, *, text: str, due_on: date | None, by: User, touchpoint_id: str | None = None
) -> Promise:
    """The same words for the same day, as a double click sends them, are one promise."""
    said = shape.line(text, "text", needed=True, most=LONGEST, name="What you promised")
    day = _coming(due_on)
    db.session.execute(select(Candidate.id).where(Candidate.id == candidate.id).with_for_update())
    if same := _same(candidate, said, day, by):
        return same
    promise = Promise(
        candidate=candidate, candidate_id=candidate.id, text=said, due_on=day, by=by, by_id=by.id, earlier=[],
        touchpoint_id=touchpoint_id,
    )  # fmt: skip
    db.session.add(promise)
    db.session.flush()
    _tell("made", promise, by, f"promised “{said}”, due on {words.day(day)}")
    return promise


def keep(promise: Promise, *, by: User, touchpoint_id: str | None = None) -> Promise:
    return _settle(promise, "kept", f"kept the promise “{promise.text}”", by, touchpoint_id)


def break_(promise: Promise, *, by: User) -> Promise:
    """Somebody says that it was not kept."""
    text = f"did not keep the promise “{promise.text}”, due on {words.day(promise.due_on)}"
    return _settle(promise, "broken", text, by)


def renew(promise: Promise, to: date | None, *, by: User) -> Promise:
    """A new date, on which it is due again; the one before stays on record. To the date it has already is nothing."""
    day = _coming(to)
    _locked(promise, by)
    _check_open(promise)
    if promise.due_on == day:
        return promise
    promise.earlier = [*promise.earlier, promise.due_on.isoformat()]
    promise.due_on, promise.state, promise.dated_at = day, "renewed", clock.now()
    _tell("renewed", promise, by, f"moved the promise “{promise.text}” to {words.day(day)}")
    return promise


def apologise(promise: Promise, *, by: User, letter_id: str | None = None) -> Promise:
    """An apology for it was sent; it is not offered again, unless the letter is taken back."""
    _locked(promise, by)
    if promise.state != "broken":
        raise Refused("This promise is not marked as not kept, so there is nothing to apologise for.")
    promise.apologised_at, promise.apology_id = promise.apologised_at or clock.now(), promise.apology_id or letter_id
    return promise


def without_apology(letter_id: str) -> None:
    """Part of taking its letter back: nothing was said."""
    for promise in db.session.scalars(select(Promise).where(Promise.apology_id == letter_id)):
        promise.apologised_at = promise.apology_id = None


def apology_draft(promise: Promise) -> tuple[str, str]:
    """Subject and words, to be changed by whoever sends them. Nothing in them is of the promise but its day: what was
    promised may name a role."""
    text = (
        f"Dear {promise.candidate.full_name},\n\n"
        f"In {promise.made_at:%B %Y} I promised you something by {words.day(promise.due_on)}, and I did not keep it. "
        "That was my mistake and no reflection on you. I am sorry.\n\n"
        "I have no news behind this mail and would not want you to wait for any: please take other offers gladly. "
        "If there is something you still need from me, answer this and I will see to it.\n\n"
        f"{promise.by.name}"
    )
    return "I did not keep my word", text


# --- undo


def reopen(promise: Promise, *, by: User, was: str = "") -> Promise:
    """Undo of keeping or breaking. `was`: the state it is to be taken from; another one since then is left alone."""
    _locked(promise, by)
    if promise.is_open:
        return promise
    if was and promise.state != was:
        raise Refused(_settled(promise))
    if promise.apologised_at:
        raise Refused("An apology has been sent for this promise. Make a new one instead.")
    promise.state = "renewed" if promise.earlier else "open"
    promise.settled_at = promise.settled_by_id = promise.kept_with_id = None
    _tell("reopened", promise, by, f"the promise “{promise.text}” is open again")
    return promise


def take_renewal_back(promise: Promise, to: date | None, *, by: User) -> Promise:
    """The date before `to`, while `to` is still the date it has."""
    _locked(promise, by)
    _check_open(promise)
    if promise.due_on == to and promise.earlier:
        *earlier, before = promise.earlier
        promise.earlier, promise.due_on = earlier, date.fromisoformat(before)
        promise.state = "renewed" if earlier else "open"
        _tell("renewed", promise, by, f"moved the promise “{promise.text}” back to {words.day(promise.due_on)}")
    return promise


def take_back(promise: Promise, *, by: User) -> None:
    """It was never made."""
    _locked(promise, by)
    if promise.state != "open":
        raise Refused("This promise was moved or settled since it was made, so it stays on record.")
    db.session.delete(promise)
    db.session.flush()
    _tell("taken_back", promise, by, "took a promise back")


def without(touchpoint_id: str, *, by: User) -> None:
    """Part of taking a contact back: what was promised in it goes, unless it was settled since; what it kept is open
    again."""
    concerned = or_(Promise.touchpoint_id == touchpoint_id, Promise.kept_with_id == touchpoint_id)
    for promise in _locking(select(Promise).where(concerned)):
        if promise.touchpoint_id == touchpoint_id and promise.state == "open":
            db.session.delete(promise)
        elif promise.kept_with_id == touchpoint_id and promise.state == "kept":
            promise.state = "renewed" if promise.earlier else "open"
            promise.settled_at = promise.settled_by_id = promise.kept_with_id = None
            _tell("reopened", promise, by, f"the promise “{promise.text}” is open again")


# --- parts


def _settle(promise: Promise, state: str, text: str, by: User, touchpoint_id: str | None = None) -> Promise:
    """Once: a second click finds it done, and whoever wanted something else is told what it is."""
    _locked(promise, by)
    if promise.state == state and promise.settled_by_id == by.id:
        return promise
    _check_open(promise)
    promise.state, promise.settled_at, promise.settled_by_id = state, clock.now(), by.id
    promise.kept_with_id = touchpoint_id
    _tell(state, promise, by, text)
    return promise


def _locked(promise: Promise, by: User) -> None:
    """As it is now, and nobody else's until the transaction ends."""
    if not may_settle(promise, promise.candidate, by=by):
        policy.require("delete", promise.candidate, by=by)
    if not list(_locking(select(Promise).where(Promise.id == promise.id))):
        raise Missing


def _locking(query: Select[Promise]) -> Iterable[Promise]:
    whole = query.options(joinedload(Promise.candidate, innerjoin=True), joinedload(Promise.by, innerjoin=True))
    held = whole.order_by(Promise.id).with_for_update(of=Promise).execution_options(populate_existing=True)
    return db.session.scalars(held).all()


def _check_open(promise: Promise) -> None:
    if not promise.is_open:
        raise Refused(_settled(promise), field="keeps")


def _settled(promise: Promise) -> str:
    who = db.session.get_one(User, promise.settled_by_id).name
    on = f" on {words.day(promise.settled_at)}" if promise.settled_at else ""
    return f"The promise “{promise.text}” is settled: {who} {SETTLED[promise.state]}{on}."


def _near(day: date) -> str:
    return f"{day.day} {day:%B}" if abs(clock.today() - day) < NEAR else words.day(day)


def _coming(day: date | None) -> date:
    if day is None:
        raise Refused("Say by when.", field="due_on")
    if day < clock.today():
        raise Refused("That day has passed already.", field="due_on")
    if day > clock.today() + FURTHEST:
        raise Refused("Nobody remembers a promise for that long; choose a day within five years.", field="due_on")
    return day


def _same(candidate: Candidate, text: str, day: date, by: User) -> Promise | None:
    known = of(candidate, seen_by=by).where(
        Promise.text == text, Promise.due_on == day, Promise.by_id == by.id, Promise.state == "open"
    )
    return db.session.scalars(known).first()


def _tell(what: str, promise: Promise, by: User, text: str) -> None:
    events.record(f"promise.{what}", by=by, subject_id=promise.candidate_id, text=text)
