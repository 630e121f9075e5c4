"""What people asked for, as a list that outlives a database: an older one that takes its place has to honour it too.

Only what somebody asked for is in it: no more mail, a permission withdrawn, a forward revoked, a letter taken back, a
record or a resume deleted, a no to a question, quiet. All of it is on record where it was asked; nothing is concluded
from a row that is missing, which may as well be younger than the backup.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute

from crm.db import db
from crm.domain import (
    cadences,
    circle,
    consents,
    erasing,
    events,
    forward_questions,
    forwarding_rules,
    outbox,
    resumes,
    suppressions,
    withdrawals,
)
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.consents import Consent
from crm.domain.events import Event
from crm.domain.forward_questions import ForwardQuestion
from crm.domain.forwarding_rules import ForwardingRule
from crm.domain.forwards import Forward
from crm.domain.introductions import Introduction, Side
from crm.domain.keeping import KeepingQuestion
from crm.domain.outbox import Letter
from crm.domain.resumes import Resume
from crm.domain.suppressions import Suppression
from crm.domain.teasers import Teaser
from crm.domain.users import User
from crm.kit import clock

AT_ONCE = 500
NO = ("no", "never")
AGAIN = "once more, for a backup had brought it back"
Dated = dict[str, datetime]
"""When it was asked, by the id of what it is about."""
Row = TypeVar(
    "Row", Consent, Forward, Letter, Candidate, Resume, Side, Introduction, KeepingQuestion, ForwardQuestion, Teaser,
    User, Colleague,
)  # fmt: skip


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
        deleted=_dated(Candidate.id, Candidate.deleted_at),
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


def _pauses(why: str) -> Dated:
    """Those that last."""
    lasts = or_(Candidate.paused_until.is_(None), Candidate.paused_until > clock.today())
    query = select(Candidate.id, Candidate.paused_until)
    rows = db.session.execute(query.where(Candidate.paused_at.is_not(None), Candidate.pause_why == why, lasts))
    return {row[0]: datetime.combine(row[1] or date.max, time.min, UTC) for row in rows}


# --- verbs


def honour(asked: Wishes) -> tuple[Counter[str], Wishes]:
    """Does again what was not yet done here. Returns how much of each, by the names of Wishes, and what is about rows
    that are not here: a younger backup may bring them back.
    """
    done: Counter[str] = Counter(_opt_out(one) for one in asked.opt_outs)
    missing: dict[str, Dated] = {"rules": dict(asked.rules)}
    done["rules"] = sum(_give_rule(told, at, missing["rules"]) for told, at in asked.rules.items())
    for name, table, act in ACTS:
        rows = _rows(table, list(missing.setdefault(name, dict(getattr(asked, name)))))
        done[name] += sum(act(row, missing[name].pop(row.id)) for row in rows)
        db.session.flush()
    del done[""]
    return done, _without(missing, on_record())


def _without(missing: dict[str, Dated], known: Wishes) -> Wishes:
    """What is gone by the record's own words is settled."""
    left = {name: {one: at for one, at in missing[name].items() if one not in getattr(known, name)} for name in missing}
    return Wishes([], **left)


def _opt_out(asked: OptOut) -> str:
    """The first date stays, and the graver reason. Returns what to count it as; "" when it was known."""
    known = suppressions.of(asked.mailbox)
    before = known.why if known else ""
    found = suppressions.add(asked.mailbox, why=asked.why, said=asked.said)
    found.since = min(found.since, asked.since)
    graver = "unreachable" if found.can_be_lifted else "opt_outs"
    return graver if found.why != before else ""


def _rows(table: type[Row], ids: list[str]) -> Iterator[Row]:
    for start in range(0, len(ids), AT_ONCE):
        yield from db.session.scalars(select(table).where(table.id.in_(ids[start : start + AT_ONCE]))).all()


def _withdraw(consent: Consent, at: datetime) -> bool:
    if consent.withdrawn_at is not None:
        return False
    consent.withdrawn_at = at
    text = f"withdrew the yes to {consents.PURPOSE_WORDS[consent.purpose]} {AGAIN}"
    events.record("consent.withdrawn", by=None, subject_id=consent.candidate_id, text=text)
    return True


def _revoke(forward: Forward, at: datetime) -> bool:
    """Its letter stays as it is: in doubt, since it may have left before."""
    if forward.revoked_at is not None:
        return False
    forward_questions.call_off(forward.id)
    forward.revoked_at = at
    about, text = forward.candidate_id, f"revoked the forward to {forward.to_address} at {forward.company} {AGAIN}"
    events.record("forward.revoked", by=None, subject_id=about, text=text)
    return True


def _take_back(letter: Letter, _at: datetime) -> bool:
    """It never left, or somebody dropped it while it was in doubt: either way nobody waits for it any more."""
    if letter.state not in {"queued", "claimed", "in_doubt"}:
        return False
    letter.last_reply = f"taken back {AGAIN}"
    outbox.end(letter, "cancelled")
    return True


def _remove(resume: Resume, at: datetime) -> bool:
    if resume.removed_at is not None:
        return False
    if (candidate := _owner(resume)) is not None:
        resumes.remove(resume, candidate, by=None)
    resume.removed_at = at
    return True


def _erase_resume(resume: Resume, at: datetime) -> bool:
    _remove(resume, at)
    erasing.erase_resume(resume)
    return True


def _owner(resume: Resume) -> Candidate | None:
    return db.session.get(Candidate, resume.candidate_id) if resume.candidate_id else None


def _delete(candidate: Candidate, at: datetime) -> bool:
    if candidate.deleted_at is not None:
        return False
    candidate.deleted_at = at
    events.record("candidate.deleted", by=None, subject_id=candidate.id, text=f"deleted the record {AGAIN}")
    erasing.call_off(candidate)
    return True


def _leave(candidate: Candidate, at: datetime) -> bool:
    known, candidate.left_at = candidate.left_at, candidate.left_at or at
    _delete(candidate, at)
    return known is None


def _erase(candidate: Candidate, _at: datetime) -> bool:
    erasing.erase(candidate)
    return True


def _decline(side: Side, at: datetime) -> bool:
    if side.answer == "no":
        return False
    side.answer, side.shares, side.answered_at = "no", "", at
    introduction = db.session.get_one(Introduction, side.introduction_id)
    introduction.state, introduction.settled_at = "declined", at
    if side.position == 0:
        text = f"would rather not have an introduction, said {AGAIN}"
        events.record("introduction.answered", by=None, subject_id=introduction.candidate_id, text=text)
    return True


def _take_introduction_back(introduction: Introduction, at: datetime) -> bool:
    if introduction.state == "taken_back":
        return False
    introduction.state, introduction.settled_at = "taken_back", at
    return True


def _revoke_teaser(teaser: Teaser, at: datetime) -> bool:
    if teaser.revoked_at is not None:
        return False
    teaser.revoked_at = at
    return True


def _refuse(question: KeepingQuestion, at: datetime) -> bool:
    """The permissions that rest on its yes go with it."""
    if question.answer == "no":
        return False
    for consent_id in question.consent_ids:
        if (consent := db.session.get(Consent, consent_id)) is not None:
            _withdraw(consent, at)
    question.answer, question.words, question.consent_ids, question.answered_at = "no", "", [], at
    text = f"said no to being kept in touch with, {AGAIN}"
    events.record("keeping.answered", by=None, subject_id=question.candidate_id, role_id=question.role_id, text=text)
    return True


def _close(question: KeepingQuestion, at: datetime) -> bool:
    if question.revoked_at is not None:
        return False
    question.revoked_at = at
    return True


def _end_forwards(colleague: Colleague, at: datetime) -> bool:
    if colleague.forwards_off_at is not None:
        return False
    colleague.forwards_off_at = at
    circle.stop_forwards(colleague)
    events.record("colleague.forwards_off", by=None, subject_id=colleague.id, text=f"wants no more resumes, {AGAIN}")
    return True


def _refuse_forward(question: ForwardQuestion, at: datetime) -> bool:
    if question.answer in NO:
        return False
    question.answer, question.answered_at = "no", at
    db.session.get_one(Forward, question.forward_id).refused_at = at
    if question.consent_id and (consent := db.session.get(Consent, question.consent_id)) is not None:
        _withdraw(consent, at)
    events.record("forward.answered", by=None, subject_id=question.candidate_id, text=f"said no to a forward, {AGAIN}")
    return True


def _give_rule(told: str, at: datetime, missing: Dated) -> bool:
    candidate_id, kind, company = told.split(" ", 2)
    if (candidate := db.session.get(Candidate, candidate_id)) is None:
        return False
    del missing[told]
    before = {rule.id for rule in forwarding_rules.standing(candidate_id)}
    rule, _ = withdrawals.give_rule(candidate, kind=kind, company=company, by=None, evidence=AGAIN)
    if rule.id in before:
        return False
    rule.recorded_at, rule.given_on = at, at.date()
    return True


def _turn_card_off(user: User, at: datetime) -> bool:
    if user.card_rhythm == "off":
        return False
    user.card_rhythm, user.card_set_at = "off", at
    return True


def _pause(why: str) -> Callable[[Candidate, datetime], bool]:
    def act(candidate: Candidate, at: datetime) -> bool:
        until = None if at.date() == date.max else at.date()
        same = candidate.is_paused and (candidate.pause_why, candidate.paused_until) == (why, until)
        if same or candidate.is_deleted or (until is not None and until <= clock.today()):
            return False
        cadences.pause(candidate, why=why, until=until, by=None)
        return True

    return act


ACTS: Iterable[tuple[str, Any, Callable[[Any, datetime], bool]]] = (
    ("withdrawn", Consent, _withdraw),
    ("revoked", Forward, _revoke),
    ("taken_back", Letter, _take_back),
    ("removed", Resume, _remove),
    ("resumes_erased", Resume, _erase_resume),
    ("deleted", Candidate, _delete),
    ("left", Candidate, _leave),
    ("declined", Side, _decline),
    ("introductions", Introduction, _take_introduction_back),
    ("teasers", Teaser, _revoke_teaser),
    ("refused", KeepingQuestion, _refuse),
    ("closed", KeepingQuestion, _close),
    ("forwards_off", Colleague, _end_forwards),
    ("forwards_refused", ForwardQuestion, _refuse_forward),
    ("cards_off", User, _turn_card_off),
    ("quiet", Candidate, _pause("quiet")),
    ("restricted", Candidate, _pause("restricted")),
    ("erased", Candidate, _erase),
)
