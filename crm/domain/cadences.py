"""How often to be in touch with somebody, who is not to be reminded of, and until when.

The defaults are told of tags and benches by the names of their tables: both begin to keep people warm, so they stand
above this module.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, String, and_, bindparam, column, exists, or_, select, table
from sqlalchemy.orm import InstrumentedAttribute, Mapped, aliased, mapped_column

from crm.db import Base, db, to
from crm.domain import applications, candidates, consents, events, policy, shape, snapshots, stand_ins, suppressions
from crm.domain.applications import Application, Moments
from crm.domain.candidates import Candidate, Email
from crm.domain.consents import Consent
from crm.domain.errors import Refused
from crm.domain.roles import Hire, Role
from crm.domain.suppressions import Suppression
from crm.domain.users import User
from crm.domain.warmth import PAUSE_WORDS
from crm.kit import clock, words

EVERYBODY, BENCH = "everybody", "bench"
USUAL = (90, 180)
"""Target and latest, in days, where nobody chose others."""
LONGEST = 5 * 366
PAUSES = tuple(PAUSE_WORDS)
TO_KEEP = "to keep in touch"
PLACES = table("place", column("candidate_id"), column("removed_at"))
CARRIED = table("candidate_tag", column("candidate_id"), column("tag_id"))
TAGS = table("tag", column("id"), column("name"))
DATE = ("next_on", "next_why", "next_chosen_at", "next_by_cadence", "awaits_reply_since")
"""What a verb may put back of the next date."""
PAUSE = ("paused_at", "paused_until", "pause_why")


class Cadence(Base):
    """A default: of everybody, of whoever is on a bench, or of whoever carries a tag."""

    __tablename__ = "cadence"
    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    """EVERYBODY, BENCH or the tag's id."""
    tag_id: Mapped[str | None] = to("tag.id", ondelete="CASCADE")
    target_days: Mapped[int]
    latest_days: Mapped[int]
    by_id: Mapped[str] = to("user.id", index=False)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


@dataclass(frozen=True)
class Pace:
    """The cadence that holds for somebody."""

    target: int
    latest: int
    source: str
    """own, tag, bench or everybody"""
    tag: str = ""

    @property
    def keeps_warm(self) -> bool:
        """Whether somebody said of this person, and not of everybody, that they are to be written to."""
        return self.source != EVERYBODY

    @property
    def words(self) -> str:
        """ "every three months, after six at the latest: as everybody with the tag “data”" """
        whose = {"own": "their own", "tag": f"as everybody with the tag “{self.tag}”",
                 "bench": "as everybody on a bench", EVERYBODY: "as everybody"}[self.source]  # fmt: skip
        return f"every {words.span(self.target)}, after {words.span(self.latest)} at the latest; {whose}"


# --- who is not reminded of


TODAY = bindparam("today", callable_=clock.today, type_=Date(), unique=True)
"""The day on which a statement runs: what is put together once can be asked every day."""


@cache
def remindable() -> ColumnElement[bool]:
    """Of the Candidate of the enclosing query: nothing stands against reminding somebody of them."""
    return and_(reachable(), Candidate.let_go_at.is_(None), ~hired(Candidate.id, Candidate.next_chosen_at))


@cache
def reachable() -> ColumnElement[bool]:
    """The same, for a promise: whether they were let go or hired is asked of the day when it was made."""
    there = and_(Candidate.deleted_at.is_(None), Candidate.archived_at.is_(None))
    return and_(there, _not_paused(), ~opted_out(), ~took_consent_back())


def stands_against(candidate: Candidate) -> str:
    """A sentence that says why nobody is reminded of them and no automatic letter goes, or nothing."""
    return sentence(candidate, db.session.execute(select(*asked()).where(Candidate.id == candidate.id)).one())


def sentence(candidate: Candidate, known: Sequence[bool]) -> str:
    """`known`: the columns of `asked`."""
    name, (was_hired, opted_out, took_back) = candidate.full_name, known
    if plain := _stands_on_record(candidate):
        return plain
    if was_hired:
        return f"{name} was hired here."
    if opted_out:
        return f"{name} asked not to be written to."
    return consents.no_basis(candidate) if took_back else ""


def _stands_on_record(candidate: Candidate) -> str:
    name = candidate.full_name
    if candidate.is_deleted or candidate.is_archived:
        return f"The record of {name} is {'deleted' if candidate.is_deleted else 'in the archive'}."
    if candidate.let_go_at is not None:
        return f"{name} was let go: nobody is reminded."
    return f"Keeping in touch with {name} is paused: {candidate.pause_words}." if candidate.is_paused else ""


def asked() -> tuple[ColumnElement[bool], ...]:
    """What only the database knows, as columns beside the Candidate of the enclosing query."""
    return hired(Candidate.id, Candidate.next_chosen_at), opted_out(), took_consent_back()


@cache
def hired(candidate_id: InstrumentedAttribute[str], since: Moments) -> ColumnElement[bool]:
    """Recorded after that moment, or ever where there is none; a hire that fell through is none. Nor is one for a role
    that is sealed, as not everybody knows of it.
    """
    hire, fallen, ended = aliased(Hire), aliased(Hire), aliased(Application)
    fell = select(fallen.id).where(
        fallen.candidate_id == candidate_id, fallen.role_id == ended.role_id, fallen.fell_on.is_not(None)
    )
    recorded = select(hire.id).where(
        hire.candidate_id == candidate_id, hire.fell_on.is_(None), or_(since.is_(None), hire.at >= since),
        _stands_as(hire.role_id, "filled", "closed"),
    )  # fmt: skip
    decided = select(ended.id).where(
        ended.candidate_id == candidate_id, ended.disposition == "hired",
        or_(since.is_(None), applications.recorded_since(ended, since)),
        _stands_as(ended.role_id, "open", "filled", "closed"),
        ~fell.correlate_except(fallen).exists(),
    )  # fmt: skip
    return or_(recorded.correlate_except(hire).exists(), decided.correlate_except(ended).exists())


def _stands_as(role_id: InstrumentedAttribute[str], *states: str) -> ColumnElement[bool]:
    role = aliased(Role)
    there = select(role.id).where(role.id == role_id, role.status.in_(states))
    return there.correlate_except(role).exists()


def _not_paused() -> ColumnElement[bool]:
    return or_(Candidate.paused_at.is_(None), Candidate.paused_until <= TODAY)


@cache
def opted_out() -> ColumnElement[bool]:
    email, asked = aliased(Email), aliased(Suppression)
    theirs = [why for why in suppressions.WHY if why not in suppressions.LIFTABLE]
    found = select(email.id).join(asked, asked.mailbox == email.mailbox)
    found = found.where(email.candidate_id == Candidate.id, asked.why.in_(theirs))
    return found.correlate_except(email, asked).exists()


@cache
def took_consent_back() -> ColumnElement[bool]:
    """consents.forbids_contact, as SQL."""
    given, valid = aliased(Consent), aliased(Consent)
    ever = select(given.id).where(given.candidate_id == Candidate.id, given.purpose == "contact")
    still = select(valid.id).where(
        valid.candidate_id == Candidate.id, valid.purpose == "contact", valid.withdrawn_at.is_(None),
        or_(valid.until.is_(None), valid.until >= TODAY),
    )  # fmt: skip
    known = or_(Candidate.basis_needed, ever.correlate_except(given).exists())
    return and_(known, ~still.correlate_except(valid).exists())


# --- which cadence holds


def of(candidate: Candidate) -> Pace:
    """Their own, before the shortest of their tags and of the bench, before that of everybody; by one query."""
    db.session.flush()
    return _pace(candidate, db.session.execute(_fitting(), {"candidate": candidate.id}).all())


def overview(candidate: Candidate) -> tuple[Pace, str]:
    """Both at once: the cadence, and what stands against reminding somebody of them."""
    rows = db.session.execute(_fitting(with_asked=True), {"candidate": candidate.id}).all()
    return _pace(candidate, [row[:3] for row in rows]), sentence(candidate, rows[0][3:])


@cache
def _fitting(*, with_asked: bool = False) -> Select[Any]:
    """Whether they are on a bench; and each default that may hold, with the tag's name. There is one row at least."""
    candidate = stand_ins.candidate()
    seated = exists().where(PLACES.c.candidate_id == candidate.id, PLACES.c.removed_at.is_(None)).select_from(PLACES)
    carried = select(CARRIED.c.tag_id).where(CARRIED.c.candidate_id == candidate.id)
    fits = or_(Cadence.id.in_((EVERYBODY, BENCH)), Cadence.tag_id.in_(carried))
    columns: tuple[Any, ...] = (seated, Cadence, TAGS.c.name, *(asked() if with_asked else ()))
    query: Select[Any] = select(*columns).select_from(Candidate).outerjoin(Cadence, fits)
    return query.outerjoin(TAGS, TAGS.c.id == Cadence.tag_id).where(Candidate.id == candidate.id)


def _pace(candidate: Candidate, rows: Sequence[Any]) -> Pace:
    known = {row.id: Pace(row.target_days, row.latest_days, row.id if row.tag_id is None else "tag", name or "")
             for _, row, name in rows if row is not None}  # fmt: skip
    everybody = known.pop(EVERYBODY, Pace(*USUAL, EVERYBODY))
    bench = known.pop(BENCH, Pace(everybody.target, everybody.latest, BENCH))
    seated = [bench] if rows and rows[0][0] else []
    shortest = min([*known.values(), *seated], key=lambda pace: (pace.target, pace.latest), default=everybody)
    return _own(candidate, shortest)


def defaults() -> list[tuple[Cadence, str]]:
    """With the tag's name where there is one; those of everybody and of the bench are not there until they are set."""
    query = select(Cadence, TAGS.c.name).outerjoin(TAGS, TAGS.c.id == Cadence.tag_id)
    return [(one, name or "") for one, name in db.session.execute(query.order_by(TAGS.c.name, Cadence.id))]


def _own(candidate: Candidate, pace: Pace) -> Pace:
    """What is empty of their own is as it is otherwise, as far as the two go together."""
    target, latest = candidate.target_days, candidate.latest_days
    if target is None and latest is None:
        return pace
    if target is None:
        return Pace(min(pace.target, latest or pace.latest), latest or pace.latest, "own")
    return Pace(target, latest or max(pace.latest, target), "own")


# --- when next


def after(pace: Pace, day: date, *, two_way: bool, last_two_way: date | None) -> date:
    """The day to be in touch again after a contact on `day`. What they did not answer puts them off by less and less,
    but never by less than a third.
    """
    on = day + timedelta(days=pace.target)
    if not two_way and last_two_way is not None:
        on = min(on, last_two_way + timedelta(days=pace.latest))
    return max(on, day + timedelta(days=max(1, pace.target // 3)))


def move(candidate: Candidate, on: date, why: str) -> None:
    """The next date as a cadence has it. A pause lasts as long as it was meant to."""
    if candidate.is_paused:
        on = max(on, candidate.paused_until or on)
    candidate.next_on, candidate.next_why = on, why
    candidate.next_by_cadence, candidate.awaits_reply_since = True, None


def begins(candidate: Candidate, pace: Pace) -> bool:
    """Whether somebody without a next date is to get one."""
    return pace.keeps_warm and candidate.next_on is None and not stands_against(candidate)


def begin(candidate: Candidate) -> None:
    """Part of the verbs by which somebody is kept warm: a tag, a place on a bench, a cadence of their own."""
    if candidate.next_on is None and candidate.let_go_at is None and not candidate.is_paused:
        pace = of(candidate)
        if begins(candidate, pace):
            move(candidate, _first(candidate, pace), TO_KEEP)


def _first(candidate: Candidate, pace: Pace) -> date:
    """As if the last contact were logged now; after a long silence not at once."""
    today, both, last = clock.today(), candidate.last_two_way_at, candidate.last_contact_at
    soonest = today + timedelta(days=max(1, pace.target // 3))
    if last is None:
        return today + timedelta(days=pace.target)
    was = both.date() if both else None
    return max(after(pace, last.date(), two_way=both == last, last_two_way=was), soonest)


def wait_for_reply(candidate: Candidate, *, by: User) -> Candidate:
    """Snoozed until they answer, and no longer than their cadence allows."""
    pace, today, both = of(candidate), clock.today(), candidate.last_two_way_at
    latest = (both.date() if both else today) + timedelta(days=pace.latest)
    until = max(latest, today + timedelta(days=max(1, pace.target // 3)))
    candidates.call_again(candidate, until, f"no answer came since {words.day(today)}")
    candidate.awaits_reply_since = clock.now()
    text = f"snoozed until they answer, or {words.day(until)}"
    events.record("candidate.snoozed", by=by, subject_id=candidate.id, text=text)
    return candidate


# --- verbs


def set_default(
    which: str, *, target_days: int | None, latest_days: int | None, by: User, tag_id: str | None = None
) -> Cadence:
    """`which`: EVERYBODY, BENCH, or the id of a tag that the user knows of, then `tag_id` as well."""
    policy.require("cadences", by=by)
    if target_days is None or latest_days is None:
        raise Refused("Say both in days.", field="target_days" if target_days is None else "latest_days")
    check_days(target_days, latest_days)
    found = db.session.get(Cadence, which) or Cadence(id=which, tag_id=tag_id)
    found.target_days, found.latest_days, found.by_id, found.changed_at = target_days, latest_days, by.id, clock.now()
    db.session.add(found)
    db.session.flush()
    events.record("cadence.set", by=by, subject_id=which, text=f"set a cadence of {target_days} and {latest_days} days")
    return found


def drop_default(which: str, *, by: User) -> None:
    """Back to what holds for everybody; one that is gone already is no error."""
    policy.require("cadences", by=by)
    if found := db.session.get(Cadence, which):
        db.session.delete(found)
        events.record("cadence.dropped", by=by, subject_id=which, text="took a cadence away")


def set_own(candidate: Candidate, *, target_days: int | None, latest_days: int | None, by: User) -> Candidate:
    """Of this person alone; both empty is as everybody else. A date that came from a cadence follows."""
    check_days(target_days, latest_days)
    candidate.target_days, candidate.latest_days = target_days, latest_days
    pace = of(candidate)
    if candidate.next_on is not None and candidate.next_by_cadence:
        move(candidate, _first(candidate, pace), TO_KEEP)
    begin(candidate)
    text = f"to be in touch {pace.words}"
    events.record("candidate.cadence", by=by, subject_id=candidate.id, text=text)
    return candidate


def pause(candidate: Candidate, *, why: str, by: User | None, until: date | None = None) -> Candidate:
    """Nobody is reminded of them until that day, or until further notice. On the day they come up by themselves."""
    shape.one_of(why, PAUSES, "why")
    today = clock.today()
    if until is not None and not today < until <= today + timedelta(days=LONGEST):
        raise Refused("Choose a day after today, within five years.", field="until")
    if candidate.is_paused and (candidate.pause_why, candidate.paused_until) == (why, until):
        return candidate
    undo = snapshots.of(candidate, *PAUSE, *DATE)
    _restore_date(candidate)
    base = snapshots.of(candidate, *DATE)
    candidate.paused_at, candidate.paused_until, candidate.pause_why = clock.now(), until, why
    if candidate.next_on is not None and until is not None and candidate.next_on < until:
        candidate.next_on, candidate.next_why = until, f"the pause is over ({PAUSE_WORDS[why]})"
    _remember(candidate, undo, base)
    text = f"paused keeping in touch: {candidate.pause_words}"
    events.record("candidate.paused", by=by, subject_id=candidate.id, text=text)
    return candidate


def resume(candidate: Candidate, *, by: User | None) -> Candidate:
    """Before its day. Their date is as it was; where that has passed, it is today."""
    if not candidate.is_paused:
        return candidate
    undo = snapshots.of(candidate, *PAUSE, *DATE)
    _restore_date(candidate)
    candidate.paused_at = candidate.paused_until = None
    candidate.pause_why = ""
    if candidate.next_on is not None:
        candidate.next_on = max(candidate.next_on, clock.today())
    _remember(candidate, undo, snapshots.of(candidate, *DATE))
    events.record("candidate.resumed", by=by, subject_id=candidate.id, text="ended the pause")
    return candidate


def undo_pause(candidate: Candidate, *, by: User | None) -> Candidate:
    """Of the last pause or end of one, once; a date that was moved since stays."""
    kept = candidate.before_pause.get("undo")
    if kept is None:
        return candidate
    same = candidate.before_pause["after"] == snapshots.of(candidate, *DATE)
    snapshots.put_back(candidate, kept if same else {name: kept[name] for name in PAUSE})
    if candidate.is_paused and candidate.next_on is not None:
        candidate.next_on = max(candidate.next_on, candidate.paused_until or candidate.next_on)
    candidate.before_pause = {}
    events.record("candidate.pause_undone", by=by, subject_id=candidate.id, text="took the change of the pause back")
    return candidate


# --- parts of verbs


def _restore_date(candidate: Candidate) -> None:
    """The date that a pause moved, unless it was moved again since."""
    kept = candidate.before_pause
    if candidate.is_paused and kept.get("after") == snapshots.of(candidate, *DATE):
        snapshots.put_back(candidate, kept["base"])


def _remember(candidate: Candidate, undo: snapshots.Kept, base: snapshots.Kept) -> None:
    candidate.before_pause = {"undo": undo, "base": base, "after": snapshots.of(candidate, *DATE)}


def check_days(target: int | None, latest: int | None) -> None:
    for field, days in (("target_days", target), ("latest_days", latest)):
        if days is not None and not 1 <= days <= LONGEST:
            raise Refused(f"From 1 to {LONGEST:,} days.", field=field)
    if target is not None and latest is not None and latest < target:
        raise Refused("The latest day cannot come before the wished one.", field="latest_days")
