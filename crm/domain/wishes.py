"""What people asked for, as a list that outlives a database: an older one that takes its place has to honour it too
(see honouring.py).

Only what somebody asked for is in it: no more mail, a permission withdrawn, a forward revoked, a letter taken back, a
record or a resume deleted, a no to a question, quiet. All of it is on record where it was asked; nothing is concluded
from a row that is missing, which may as well be younger than the backup.
"""

import json
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute

from crm.db import db
from crm.domain import erasing
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.consents import Consent
from crm.domain.events import Event
from crm.domain.forward_questions import ForwardQuestion
from crm.domain.forwarding_rules import ForwardingRule
from crm.domain.forwards import Forward
from crm.domain.introductions import Introduction, Side
from crm.domain.keeping import KeepingQuestion
from crm.domain.merged import Merge
from crm.domain.outbox import Letter
from crm.domain.resumes import Resume
from crm.domain.suppressions import Suppression
from crm.domain.teasers import Teaser
from crm.domain.users import User
from crm.kit import clock

NO = ("no", "never")
Dated = dict[str, datetime]
"""When it was asked, by the id of what it is about."""


class OptOut(NamedTuple):
    mailbox: str
    why: str
    said: str
    since: datetime


@dataclass(frozen=True)
class Wishes:
    opt_outs: list[OptOut] = field(default_factory=list)
    withdrawn: Dated = field(default_factory=dict)
    """Permissions."""
    revoked: Dated = field(default_factory=dict)
    """Forwards."""
    taken_back: Dated = field(default_factory=dict)
    """Letters."""
    removed: Dated = field(default_factory=dict)
    """Resumes, as long as that can be undone."""
    resumes_erased: Dated = field(default_factory=dict)
    deleted: Dated = field(default_factory=dict)
    """Candidates, as long as that can be undone; then those who left by themselves."""
    left: Dated = field(default_factory=dict)
    erased: Dated = field(default_factory=dict)
    declined: Dated = field(default_factory=dict)
    """Introductions, by the side that said no."""
    introductions: Dated = field(default_factory=dict)
    """Those that were taken back."""
    refused: Dated = field(default_factory=dict)
    """Questions whether we may keep in touch, by a no."""
    closed: Dated = field(default_factory=dict)
    """Such questions that were called off."""
    forwards_off: Dated = field(default_factory=dict)
    """Colleagues who want no more resumes."""
    cards_off: Dated = field(default_factory=dict)
    forwards_refused: Dated = field(default_factory=dict)
    """Questions about forwards that were answered by a no."""
    rules: Dated = field(default_factory=dict)
    """For forwards: candidate, kind and company, since an older database does not know the row."""
    quiet: Dated = field(default_factory=dict)
    """Candidates who asked for it: until when. So are those below."""
    restricted: Dated = field(default_factory=dict)
    teasers: Dated = field(default_factory=dict)
    """Introductions without a name that were taken back."""

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    def __or__(self, other: "Wishes") -> "Wishes":
        """Both; of one thing, when the other was asked."""
        dated = {name: getattr(self, name) | getattr(other, name) for name in DATED}
        return Wishes(self.opt_outs + other.opt_outs, **dated)

    def to_json(self) -> str:
        return json.dumps({one.name: getattr(self, one.name) for one in fields(self)}, default=datetime.isoformat)

    @classmethod
    def from_json(cls, told: str) -> "Wishes":
        """Raises ValueError, TypeError or KeyError where it is no such list."""
        kept = json.loads(told)
        opt_outs = [OptOut(box, why, said, datetime.fromisoformat(since)) for box, why, said, since in kept["opt_outs"]]
        dated = {name: kept[name] if name in FIRST else kept.get(name, {}) for name in DATED}
        whole = {name: {one: datetime.fromisoformat(at) for one, at in dated[name].items()} for name in DATED}
        return cls(opt_outs, **whole)


FIRST = frozenset(("withdrawn", "revoked", "taken_back", "removed", "resumes_erased", "deleted", "erased"))
"""In every list; the others came later."""
DATED = tuple(one.name for one in fields(Wishes) if one.name != "opt_outs")


# --- queries


def on_record() -> Wishes:
    """Everything that was ever asked here and still stands."""
    known = select(Suppression.mailbox, Suppression.why, Suppression.said, Suppression.since)
    return Wishes(
        opt_outs=[OptOut(*row) for row in db.session.execute(known)],
        withdrawn=_dated(Consent.id, Consent.withdrawn_at),
        revoked=_dated(Forward.id, Forward.revoked_at),
        taken_back=_dated(Letter.id, Letter.ended_at, Letter.state == "cancelled"),
        removed=_dated(Resume.id, Resume.removed_at),
        resumes_erased=_dated(Event.subject_id, Event.at, Event.kind == erasing.RESUME_ERASED),
        deleted=_dated(Candidate.id, Candidate.deleted_at, Candidate.merged_into_id.is_(None)) | _merged_away(),
        left=_dated(Candidate.id, Candidate.left_at),
        erased=_dated(Event.subject_id, Event.at, Event.kind == erasing.CANDIDATE_ERASED),
        declined=_dated(Side.id, Side.answered_at, Side.answer == "no"),
        introductions=_dated(Introduction.id, Introduction.settled_at, Introduction.state == "taken_back"),
        refused=_dated(KeepingQuestion.id, KeepingQuestion.answered_at, KeepingQuestion.answer == "no"),
        closed=_dated(KeepingQuestion.id, KeepingQuestion.revoked_at),
        forwards_off=_dated(Colleague.id, Colleague.forwards_off_at),
        cards_off=_dated(User.id, User.card_set_at, User.card_rhythm == "off"),
        teasers=_dated(Teaser.id, Teaser.revoked_at),
        forwards_refused=_dated(ForwardQuestion.id, ForwardQuestion.answered_at, ForwardQuestion.answer.in_(NO)),
        rules=_rules(),
        quiet=_pauses("quiet"),
        restricted=_pauses("restricted"),
    )


def _dated(about: InstrumentedAttribute[Any], at: InstrumentedAttribute[Any], *more: Any) -> Dated:
    return dict(db.session.execute(select(about, at).where(at.is_not(None), *more)).all())


def _rules() -> Dated:
    held = select(ForwardingRule).where(ForwardingRule.lifted_at.is_(None))
    return {f"{one.candidate_id} {one.kind} {one.company}": one.recorded_at for one in db.session.scalars(held)}


def _merged_away() -> Dated:
    """A record that was merged into one that is deleted is deleted, too; the older database has it by itself."""
    into = Candidate.id == Merge.kept_id
    query = select(Merge.gone_id, Candidate.deleted_at).join(Candidate, into).where(Merge.undone_at.is_(None))
    rows = db.session.execute(query.where(Candidate.deleted_at.is_not(None)))
    return {gone_id: at for gone_id, at in rows if at is not None}


def _pauses(why: str) -> Dated:
    """Those that last."""
    lasts = or_(Candidate.paused_until.is_(None), Candidate.paused_until > clock.today())
    query = select(Candidate.id, Candidate.paused_until)
    rows = db.session.execute(query.where(Candidate.paused_at.is_not(None), Candidate.pause_why == why, lasts))
    return {row[0]: datetime.combine(row[1] or date.max, time.min, UTC) for row in rows}
