"""What people asked for, done again in an older database that takes the place of the one in which they asked."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import select

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
    wishes,
    withdrawals,
)
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.consents import Consent
from crm.domain.forward_questions import ForwardQuestion
from crm.domain.forwards import Forward
from crm.domain.introductions import Introduction, Side
from crm.domain.keeping import KeepingQuestion
from crm.domain.outbox import Letter
from crm.domain.resumes import Resume
from crm.domain.teasers import Teaser
from crm.domain.users import User
from crm.domain.wishes import NO, Dated, OptOut, Wishes
from crm.kit import clock

AT_ONCE = 500
AGAIN = "once more, for a backup had brought it back"
Row = TypeVar(
    "Row", Consent, Forward, Letter, Candidate, Resume, Side, Introduction, KeepingQuestion, ForwardQuestion, Teaser,
    User, Colleague,
)  # fmt: skip


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
    return done, _without(missing, wishes.on_record())


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
