"""A few letters to one candidate with waits between them, and what ends them by itself.

What ended one is never noted where it happens: it is asked of the records, by one query, whenever a letter could leave
and whenever a page shows the sequence. So nothing that happens to a person has to know of sequences.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache

from sqlalchemy import ColumnElement, Index, Select, String, and_, case, exists, func, or_, select, text
from sqlalchemy.orm import Mapped, aliased, contains_eager, joinedload, mapped_column, relationship, selectinload

from crm.db import Base, Id, db, to
from crm.domain import applications, cadences, candidates, stand_ins
from crm.domain.applications import Application
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing
from crm.domain.inbox import Arrival
from crm.domain.outbox import GONE, Letter
from crm.domain.personal_letters import AUTOMATIC, PersonalLetter
from crm.domain.roles import Hire
from crm.domain.suppressions import LIFTABLE, Suppression
from crm.domain.touchpoints import CONTACT, Touchpoint
from crm.domain.users import User
from crm.kit import clock, zones

STATES = ("waiting", "queued", "sent", "skipped")
ENDINGS = {
    "done": "all its letters have gone",
    "answered": "they answered",
    "touched": "somebody here was in touch with them",
    "bounced": "a letter came back",
    "failed": "a letter could not be sent",
    "taken_back": "a letter was taken back",
    "complained": "they reported a letter as unwanted",
    "opted_out": "they asked not to be written to",
    "consent": "the permission to contact them was withdrawn, or has run out",
    "hired": "they were hired",
    "paused": "nobody is to be in touch with them for now",
    "archived": "the record is in the archive",
    "deleted": "the record was deleted",
    "let_go": "they were let go",
    "owner": "who started it can no longer sign in",
    "hidden": "who started it can no longer see the record",
    "words": "its next letter may no longer go out as it is written",
    "restored": "a backup was restored, and a letter may have gone since",
    "stopped": "somebody stopped it",
    "undone": "it was taken back",
}
MOST_AT_ONCE = 50
"""That a worker looks at in one transaction; the others are there a few minutes later."""
SHOWN_AFTER_DAYS = 14
"""How long the candidate's page tells of one that has ended."""
RUNNING = text("ended_at IS NULL")
NEVER_LEFT = ("failed", "blocked", "cancelled")
POSTPONED = "later"
"""Blocked with this word, a letter came at the wrong hour: the step waits for a better one."""


class Sequence(Base):
    __tablename__ = "sequence"
    __table_args__ = (
        Index("ix_sequence_running", "candidate_id", unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING),
    )
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    by_id: Mapped[str] = to("user.id")
    """Who started it, in whose name and at whose hours it writes."""
    plan: Mapped[str]
    batch: Mapped[str] = mapped_column(String(40), index=True)
    """The click that started it, for one person or several: it can be taken back as a whole."""
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str] = mapped_column(String(12), default="")
    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql")
    steps: Mapped[list["SequenceStep"]] = relationship(
        lazy="raise_on_sql", order_by="SequenceStep.position", passive_deletes=True
    )
    over = ""
    """What the records say has ended it, as far as it was asked."""

    @property
    def why(self) -> str:
        return self.ended_why or self.over

    @property
    def is_running(self) -> bool:
        return not self.why

    @property
    def story(self) -> str:
        return ENDINGS.get(self.why, "")

    @property
    def next_step(self) -> "SequenceStep | None":
        """The one that goes next, or is on its way out."""
        return next((step for step in self.steps if not step.is_over), None)

    def day_of(self, step: "SequenceStep") -> date:
        """When it went, or goes if nothing comes between; by the sender's clock."""
        return zones.local(step.sent_at or step.due_at, self.by.time_zone).date()

    @property
    def gone(self) -> int:
        return sum(step.has_left for step in self.steps)

    @property
    def handed_over(self) -> int:
        """The same, with those of which nobody knows."""
        return sum(step.may_have_left for step in self.steps)


class SequenceStep(Base):
    """One letter, its words as they will go out. `due_at` lies in the sender's working hours."""

    __tablename__ = "sequence_step"
    id: Mapped[Id]
    sequence_id: Mapped[str] = to("sequence.id", ondelete="CASCADE")
    position: Mapped[int]
    wait_days: Mapped[int]
    chosen_on: Mapped[date | None]
    """A day that a person chose for it, in place of the wait."""
    subject: Mapped[str]
    text: Mapped[str]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    """Letters that were queued for it and taken back, to be changed or for a better hour."""
    letter_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    letter: Mapped[Letter | None] = relationship(lazy="raise_on_sql")

    @property
    def is_waiting(self) -> bool:
        return self.state == "waiting"

    @property
    def has_left(self) -> bool:
        return self.state == "sent" or (self.letter is not None and self.letter.has_left)

    @property
    def may_have_left(self) -> bool:
        return self.has_left or (self.letter is not None and self.letter.state == "in_doubt")

    @property
    def is_over(self) -> bool:
        return self.state == "skipped" or self.has_left

    @property
    def can_be_changed(self) -> bool:
        return self.is_waiting or (self.letter is not None and self.letter.is_waiting)

    @property
    def state_words(self) -> str:
        if self.has_left:
            return "sent"
        return {"waiting": "waits", "queued": "on its way out"}.get(self.state, self.state)


# --- queries


def of(candidate: Candidate) -> Sequence | None:
    """The one that runs, or the last if it ended lately; with what the records say of it now. By one query."""
    found = next(iter(_with_over(_newest(), {"candidate": candidate.id})), None)
    if found is None or found.ended_at is None:
        return found
    return found if (clock.now() - found.ended_at).days < SHOWN_AFTER_DAYS else None


@cache
def _newest() -> Select[Sequence, str]:
    theirs = Sequence.candidate_id == stand_ins.candidate().id
    newest = select(func.max(Sequence.id)).where(theirs, Sequence.ended_why != "undone")
    whole = _joined().options(joinedload(Sequence.steps).joinedload(SequenceStep.letter))
    return whole.where(Sequence.id == newest.scalar_subquery())


def all_of(candidate: Candidate) -> Select[Sequence]:
    mine = select(Sequence).where(Sequence.candidate_id == candidate.id, Sequence.ended_why != "undone")
    return mine.options(selectinload(Sequence.steps).joinedload(SequenceStep.letter), joinedload(Sequence.by))


def told(found: Iterable[Sequence]) -> list[Sequence]:
    """The same, with what the records say of those that run."""
    whole = list(found)
    asked = select(Sequence.id, over()).join(Sequence.candidate).join(User, User.id == Sequence.by_id)
    running = [one.id for one in whole if one.ended_at is None]
    known = {row[0]: row[1] for row in db.session.execute(asked.where(Sequence.id.in_(running)))} if running else {}
    for one in whole:
        one.over = known.get(one.id, "")
    return whole


def started_by(user: User, *, running: bool) -> Select[Sequence]:
    """One's own that the user sees: those that run, or those that have ended. To be `told`."""
    mine = select(Sequence).join(Sequence.candidate).join(User, User.id == Sequence.by_id)
    mine = mine.where(Sequence.by_id == user.id, candidates.visible_to(user), Sequence.ended_why != "undone")
    mine = mine.where(Sequence.ended_at.is_(None) if running else Sequence.ended_at.is_not(None))
    steps = selectinload(Sequence.steps).joinedload(SequenceStep.letter)
    return mine.options(contains_eager(Sequence.candidate), contains_eager(Sequence.by), steps)


def find(sequence_id: str, *, seen_by: User) -> Sequence:
    wanted = _asked().where(Sequence.id == sequence_id, candidates.visible_to(seen_by))
    found = _with_over(wanted) if "\x00" not in sequence_id else []
    if not found:
        raise Missing
    return found[0]


def find_step(step_id: str, *, seen_by: User) -> tuple[SequenceStep, Sequence]:
    sequence_id = db.session.scalar(select(SequenceStep.sequence_id).where(SequenceStep.id == step_id))
    sequence = find(sequence_id or "", seen_by=seen_by)
    return next(step for step in sequence.steps if step.id == step_id), sequence


def in_batch(batch: str, *, by: User) -> list[Sequence]:
    return _with_over(_asked().where(Sequence.batch == batch, Sequence.by_id == by.id).order_by(Sequence.id))


def hold(ids: Iterable[str]) -> list[Sequence]:
    """As they are now, locked until the transaction ends. Before any letter of theirs, as a worker has it."""
    wanted = Sequence.id.in_(list(ids))
    db.session.flush()  # or reading them again would forget what was changed
    db.session.execute(select(Sequence.id).where(wanted).order_by(Sequence.id).with_for_update())
    return _with_over(_asked().where(wanted).order_by(Sequence.id))


def running(candidate_ids: Iterable[str]) -> dict[str, Sequence]:
    """By candidate, with who started it."""
    there = select(Sequence).where(Sequence.candidate_id.in_(list(candidate_ids)), Sequence.ended_at.is_(None))
    return {one.candidate_id: one for one in db.session.scalars(there.options(joinedload(Sequence.by)))}


def every_running() -> list[Sequence]:
    return _with_over(_asked().where(Sequence.ended_at.is_(None)))


def behind(personal: PersonalLetter) -> Sequence | None:
    """The one that a letter is a step of, with what the records say of it now."""
    stepped = SequenceStep.letter_id == Letter.id
    ids = select(SequenceStep.sequence_id).join(Letter, stepped).where(Letter.personal_letter_id == personal.id)
    return next(iter(_with_over(_asked().where(Sequence.id.in_(ids)))), None)


def due(now: datetime) -> list[Sequence]:
    """Those that a worker has to do something about, or the first of them: over by now, with a letter that has gone or
    was held up, or with one due. Locked; what another worker holds is left out.
    """
    settled = or_(Letter.state.in_(GONE), Letter.blocked_why == POSTPONED)
    settles = exists().where(
        SequenceStep.sequence_id == Sequence.id, SequenceStep.state == "queued", Letter.id == SequenceStep.letter_id,
        settled,
    )  # fmt: skip
    is_due = exists().where(
        SequenceStep.sequence_id == Sequence.id, SequenceStep.state == "waiting", SequenceStep.due_at <= now
    )
    wanted = _asked().where(Sequence.ended_at.is_(None), or_(over() != "", settles, is_due))
    return _with_over(wanted.order_by(Sequence.id).limit(MOST_AT_ONCE).with_for_update(skip_locked=True, of=Sequence))


# --- what ends one


@cache
def over() -> ColumnElement[str]:
    """A word of ENDINGS, or nothing; for a query that joins the sequence to its candidate and its sender."""
    return case(
        (Candidate.deleted_at.is_not(None), "deleted"),
        (Candidate.archived_at.is_not(None), "archived"),
        (User.disabled_at.is_not(None), "owner"),
        (_has_letter("complained"), "complained"),
        (_opted_out(), "opted_out"),
        (_has_letter("bounced"), "bounced"),
        (_was_heard(), "answered"),
        (_was_touched(), "touched"),
        (_is_hired(), "hired"),
        (Candidate.let_go_at.is_not(None), "let_go"),
        (cadences.took_consent_back(), "consent"),
        (_has_letter("cancelled"), "taken_back"),
        (_has_letter("failed"), "failed"),
        (cadences.remindable(), case((_has_letter("blocked"), "failed"), else_="")),
        else_="paused",
    )


def _has_letter(*states: str) -> ColumnElement[bool]:
    """Among its own steps. One that is only postponed is none."""
    theirs = and_(SequenceStep.sequence_id == Sequence.id, SequenceStep.letter_id == Letter.id)
    return exists().where(theirs, Letter.state.in_(states), Letter.blocked_why != POSTPONED)


def _opted_out() -> ColumnElement[bool]:
    """By an address of theirs, or one that they were written to at."""
    personal = aliased(PersonalLetter)
    written_to = exists().where(
        personal.candidate_id == Candidate.id, Letter.personal_letter_id == personal.id,
        Letter.to_mailbox == Suppression.mailbox, Suppression.why.not_in(LIFTABLE),
    )  # fmt: skip
    return or_(cadences.opted_out(), written_to)


def _was_heard() -> ColumnElement[bool]:
    """They were in touch: logged, or by a mail that came. An answer to a forward is a colleague's."""
    logged = exists().where(
        Touchpoint.candidate_id == Candidate.id, Touchpoint.direction == "in",
        Touchpoint.created_at >= Sequence.started_at,
    )  # fmt: skip
    forwarded = exists().where(Letter.id == Arrival.letter_id, Letter.kind == "forward")
    came = exists().where(
        Arrival.candidate_id == Candidate.id, Arrival.kind == "reply", Arrival.received_at >= Sequence.started_at,
        ~forwarded,
    )  # fmt: skip
    return or_(logged, came)


def _was_touched() -> ColumnElement[bool]:
    """Somebody here was, or is about to be: a contact, or a letter of their own. One that was written before the
    sequence was started and left after it is none.
    """
    before = (PersonalLetter.touchpoint_id == Touchpoint.id, PersonalLetter.created_at < Sequence.started_at)
    earlier = exists().where(*before).correlate(Touchpoint, Sequence)
    logged = exists().where(
        Touchpoint.candidate_id == Candidate.id, Touchpoint.direction == "out", Touchpoint.kind.in_(CONTACT),
        Touchpoint.created_at >= Sequence.started_at, ~earlier,
    )  # fmt: skip
    personal = aliased(PersonalLetter)
    queued = exists().where(Letter.personal_letter_id == personal.id, Letter.state.not_in(NEVER_LEFT))
    written = exists().where(
        personal.candidate_id == Candidate.id, personal.purpose.not_in(AUTOMATIC),
        personal.created_at >= Sequence.started_at, or_(personal.handed_at.is_not(None), queued),
    )  # fmt: skip
    return or_(logged, written)


def _is_hired() -> ColumnElement[bool]:
    """Here, since it was started, and it has not fallen through."""
    same = (Hire.role_id == Application.role_id, Hire.candidate_id == Candidate.id)
    fell = exists().where(*same, Hire.fell_on.is_not(None)).correlate(Application, Candidate)
    applied = exists().where(
        Application.candidate_id == Candidate.id, Application.disposition == "hired",
        applications.recorded_since(Application, Sequence.started_at), ~fell,
    )  # fmt: skip
    standing = aliased(Hire)
    recorded = exists().where(
        standing.candidate_id == Candidate.id, standing.fell_on.is_(None), standing.at >= Sequence.started_at
    )
    return or_(recorded, applied)


# --- parts


def _joined() -> Select[Sequence, str]:
    return (
        select(Sequence, over())
        .join(Sequence.candidate)
        .join(User, User.id == Sequence.by_id)
        .options(contains_eager(Sequence.candidate), contains_eager(Sequence.by))
    )


def _asked() -> Select[Sequence, str]:
    """With all that a letter is written from, as it is now."""
    emails = contains_eager(Sequence.candidate).selectinload(Candidate.emails)
    steps = selectinload(Sequence.steps).joinedload(SequenceStep.letter)
    return _joined().options(emails, steps).execution_options(populate_existing=True)


def _with_over(query: Select[Sequence, str], asked: dict[str, str] | None = None) -> list[Sequence]:
    found = []
    for sequence, why in db.session.execute(query, asked).unique():
        sequence.over = why if sequence.ended_at is None else ""
        found.append(sequence)
    return found
