"""What a sequence does by itself: its next letter is queued when it is due, or it ends.

Waits count from when the letter before really left, so a worker that slept for a week sends one letter, not several.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from crm import config
from crm.db import db
from crm.domain import candidates, events, personal_letters, sequences, sequencing
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.outbox import Letter
from crm.domain.personal_letters import AUTOMATIC, PersonalLetter
from crm.domain.sequence_plans import QUIET_DAYS
from crm.domain.sequences import NEVER_LEFT, POSTPONED, Sequence, SequenceStep
from crm.domain.users import User
from crm.kit import addresses, clock, zones

log = logging.getLogger(__name__)

# --- by the worker


def advance(now: datetime) -> int:
    """One step of each sequence that has to do with this moment; how many letters were queued. Two workers at once
    never queue the same letter: the rows are locked, and its intent is the step.
    """
    return sum(_advanced(sequence, sequence.id, now) for sequence in sequences.due(now))


def _advanced(sequence: Sequence, sequence_id: str, now: datetime) -> bool:
    """What goes wrong with one holds up nobody else."""
    try:
        with db.session.begin_nested():
            return _advance(sequence, now)
    except Exception:
        log.exception("the sequence %s could not go on", sequence_id)
        return False


def _advance(sequence: Sequence, now: datetime) -> bool:
    _settle(sequence, now)
    if sequence.over:
        _end(sequence, sequence.over)
        return False
    step = sequence.next_step
    if step is None:
        _end(sequence, "done")
    elif step.is_waiting and step.due_at <= now:
        return _queue(step, sequence, now)
    return False


def _settle(sequence: Sequence, now: datetime) -> None:
    """What became of the letter that was under way."""
    for step in sequence.steps:
        letter = step.letter
        if step.state != "queued" or letter is None:
            continue
        if letter.has_left:
            step.state, step.sent_at = "sent", letter.in_doubt_at or letter.ended_at or now
            _record(step, sequence)
            sequencing.lay_out(sequence)
        elif letter.blocked_why == POSTPONED:
            letter.seen_at = now
            step.state, step.letter, step.letter_id, step.tries = "waiting", None, None, step.tries + 1
            step.due_at = _hour(now, sequence.by)


def _end(sequence: Sequence, why: str) -> None:
    sequencing.call_letters_back(sequence)
    sequencing.end(sequence, why)


def _queue(step: SequenceStep, sequence: Sequence, now: datetime) -> bool:
    candidate, by = sequence.candidate, sequence.by
    if (later := max(_hour(now, by), _hour(_quiet_until(candidate, now), by))) > now:
        step.due_at = later
        return False
    if not _sees(by, candidate):
        _end(sequence, "hidden")
        return False
    try:
        personal_letters.check(candidate, subject=step.subject, text=step.text, by=by)
    except Refused:
        _end(sequence, "words")
        return False
    try:
        with db.session.begin_nested():
            letter = _send(step, candidate, by)
    except Refused:  # as many letters as one may queue in a day: tomorrow is another
        step.due_at = _hour(now + timedelta(hours=1), by)
        return False
    step.state, step.letter, step.letter_id = "queued", letter, letter.id
    return True


def _send(step: SequenceStep, candidate: Candidate, by: User) -> Letter:
    return personal_letters.send(
        candidate, subject=step.subject, text=step.text, by=by, intent=f"{step.id}-{step.tries}", purpose="sequence"
    )


# --- at delivery


def why_not(personal: PersonalLetter, lock: bool = False) -> str:
    """What stands against handing a step over now: a word of outbox.BLOCKED_WORDS, or nothing. `lock` holds the
    person's row, and with it whatever would be noted about them, until the transaction ends.
    """
    if personal.purpose not in AUTOMATIC:
        return ""
    if lock:
        db.session.execute(select(Candidate.id).where(Candidate.id == personal.candidate_id).with_for_update())
    sequence = sequences.behind(personal)
    if sequence is None or not sequence.is_running:
        return "answered"
    now = clock.now()
    if not _sees(sequence.by, sequence.candidate):
        return "revoked"
    is_time = zones.working_time(now, sequence.by.time_zone) <= now
    return "" if is_time and _quiet_until(sequence.candidate, now, but=personal) <= now else POSTPONED


# --- parts


def _hour(moment: datetime, by: User) -> datetime:
    """That moment, or the next at which the sender is at work and still will be when the undo period is over."""
    start = zones.working_time(moment, by.time_zone)
    undo = timedelta(seconds=config.current().undo_for("personal"))
    leaves = zones.working_time(start + undo, by.time_zone)
    return start if leaves == start + undo else leaves


def _quiet_until(candidate: Candidate, now: datetime, *, but: PersonalLetter | None = None) -> datetime:
    """When the next letter may leave by itself to this person, at whatever address and under whatever record."""
    boxes = [addresses.normal(email.address) for email in candidate.emails]
    left = func.max(func.coalesce(Letter.in_doubt_at, Letter.not_before), type_=Letter.not_before.type)
    lately = (
        select(left)
        .join(PersonalLetter, PersonalLetter.id == Letter.personal_letter_id)
        .where(
            PersonalLetter.purpose.in_(AUTOMATIC), Letter.state.not_in(NEVER_LEFT),
            or_(PersonalLetter.candidate_id == candidate.id, Letter.to_mailbox.in_(boxes)),
        )
    )  # fmt: skip
    if but is not None:
        lately = lately.where(PersonalLetter.id != but.id)
    last = db.session.scalar(lately)
    return max(now, last + timedelta(days=QUIET_DAYS)) if last else now


def _sees(by: User, candidate: Candidate) -> bool:
    there = select(Candidate.id).where(Candidate.id == candidate.id, candidates.visible_to(by))
    return db.session.scalar(there) is not None


def _record(step: SequenceStep, sequence: Sequence) -> None:
    """On the timeline, and not as a contact: nobody was in touch."""
    text = f"wrote by itself: “{step.subject}”, letter {step.position + 1} of “{sequence.plan}”"
    told = events.record("sequence.wrote", by=sequence.by, subject_id=sequence.candidate_id, text=text)
    told.at = step.sent_at or clock.now()
