"""Starting a sequence, changing what has not gone yet, and stopping it. What leaves by itself is in advancing.py."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from crm.db import db
from crm.domain import candidates, events, leaks, merging, outbox, personal_letters, sequence_plans, sequences, shape
from crm.domain.candidates import Candidate
from crm.domain.errors import Denied, Refused
from crm.domain.personal_letters import Way
from crm.domain.sequence_plans import QUIET_DAYS, Plan
from crm.domain.sequences import Sequence, SequenceStep
from crm.domain.users import User
from crm.kit import clock, words, zones

MOST_PEOPLE = 50


@dataclass(frozen=True)
class Proposed:
    """One letter as it would read, and when it would go if nothing comes between."""

    wait_days: int
    subject: str
    text: str
    due_at: datetime
    on: date
    """The same by the sender's clock."""


@dataclass
class Proposal:
    """What one person would get; or `against`, in a sentence, why they are left out."""

    candidate: Candidate
    letters: list[Proposed] = field(default_factory=list)
    against: str = ""


@dataclass(frozen=True)
class _Known:
    """What is asked once for everybody. `worded`: subject and text of each letter; the rest is by candidate."""

    worded: list[tuple[str, str]]
    running: Mapping[str, Sequence]
    ways: Mapping[str, Way]
    spoken: Mapping[str, datetime]
    guard: Callable[..., None]


# --- queries


def people(ids: Iterable[str], *, seen_by: User) -> list[Candidate]:
    """Those of them whom the user sees, by name."""
    wanted = [one for one in dict.fromkeys(ids) if one.isascii() and one.isalnum()][:MOST_PEOPLE]
    there = select(Candidate).where(Candidate.id.in_(wanted), candidates.visible_to(seen_by))
    return list(db.session.scalars(there.options(selectinload(Candidate.emails)).order_by(Candidate.name_key)))


def propose(people: Iterable[Candidate], plan: Plan, *, by: User) -> list[Proposal]:
    people = list(people)
    known = _Known(
        [sequence_plans.words(step, by=by) for step in plan.steps],
        sequences.running(person.id for person in people),
        personal_letters.ways_to(people),
        merging.spoken_with(people),
        leaks.guard(by=by),
    )
    return [_proposal(person, plan, known, by) for person in people]


# --- verbs


def start(people: Iterable[Candidate], plan: Plan, *, by: User, intent: str) -> list[Sequence]:
    """For everybody whom nothing stands against. The same intent again is the same sequences."""
    batch = shape.line(intent, "intent", needed=True, most=40)
    people = list(people)
    if len(people) > MOST_PEOPLE:
        raise Refused(f"Start with {MOST_PEOPLE} people at most at a time.", field="people")
    _lock(people)
    if there := sequences.in_batch(batch, by=by):
        return there
    proposals = propose(people, plan, by=by)
    if all(one.against for one in proposals):
        raise Refused(proposals[0].against if proposals else "Choose somebody first.", field="people")
    for one in proposals:
        if not one.against:
            _begin(one, plan, batch, by)
    return sequences.in_batch(batch, by=by)


def stop(sequence: Sequence, *, by: User) -> Sequence:
    """For good. Whoever sees the person may: it can only reduce."""
    sequences.hold([sequence.id])
    call_letters_back(sequence)
    if sequence.ended_at is None:
        end(sequence, "stopped", by=by)
    return sequence


def undo(batch: str, *, by: User) -> tuple[list[Sequence], list[Sequence]]:
    """Takes the starting back: those that are as if they had never been, and those that have written already and are
    stopped instead.
    """
    undone, stopped = list[Sequence](), list[Sequence]()
    for sequence in sequences.hold(one.id for one in sequences.in_batch(batch, by=by)):
        call_letters_back(sequence)
        never = not sequence.handed_over
        (undone if never else stopped).append(sequence)
        if sequence.ended_at is None:
            end(sequence, "undone" if never else "stopped", by=by)
    return undone, stopped


def change(step: SequenceStep, sequence: Sequence, *, subject: str, text: str, on: date | None, by: User) -> None:
    """Its words and its day; `on` None leaves the wait as it is. A letter that waits to leave is taken back for it."""
    _hold(sequence, by)
    _refuse_if_gone(step, sequence)
    _, subject, text = personal_letters.check(sequence.candidate, subject=subject, text=text, by=by)
    if on is not None and on != step.chosen_on and on != zones.local(step.due_at, by.time_zone).date():
        _refuse_day(step, sequence, on)
        step.chosen_on = on
    _take_back(step)
    step.subject, step.text = subject, text
    lay_out(sequence)


def skip(step: SequenceStep, sequence: Sequence, *, by: User) -> None:
    _hold(sequence, by)
    _refuse_if_gone(step, sequence)
    _take_back(step)
    step.state = "skipped"
    if all(one.is_over for one in sequence.steps):
        end(sequence, "stopped", by=by)


def take_skip_back(step: SequenceStep, sequence: Sequence, *, by: User) -> None:
    _hold(sequence, by)
    later = [one for one in sequence.steps if one.position > step.position]
    if step.state != "skipped" or not sequence.is_running or any(one.has_left for one in later):
        raise Refused("This letter can no longer be put back.")
    for one in later:
        _take_back(one)
    step.state = "waiting"
    lay_out(sequence)


def end(sequence: Sequence, why: str, *, by: User | None = None) -> None:
    sequence.ended_at, sequence.ended_why = clock.now(), why
    if why == "undone":
        said = f"took the sequence “{sequence.plan}” back before anything went"
    else:
        said = f"ended “{sequence.plan}”: {'stopped by hand' if by else sequences.ENDINGS[why]}"
    events.record("sequence.ended", by=by, subject_id=sequence.candidate_id, text=said)


def end_all(why: str) -> int:
    """After a restore: a letter may have gone that this database does not know of."""
    there = sequences.every_running()
    for sequence in there:
        end(sequence, why)
    return len(there)


def call_letters_back(sequence: Sequence) -> None:
    """Whatever has not been handed over stays here, and nobody has to do anything about what was held up."""
    for step in sequence.steps:
        if step.letter is not None and not step.has_left:
            outbox.call_back(step.letter)
            if step.letter.state == "blocked":
                step.letter.seen_at = step.letter.seen_at or clock.now()


def lay_out(sequence: Sequence) -> None:
    """When each letter is due, counted from when the one before it really left."""
    zone, base = sequence.by.time_zone, sequence.started_at
    for step in sequence.steps:
        if step.is_waiting:
            step.due_at = _due(step.position, step.wait_days, step.chosen_on, base, zone)
        base = step.sent_at or step.due_at


# --- parts


def _proposal(candidate: Candidate, plan: Plan, known: _Known, by: User) -> Proposal:
    proposal = Proposal(candidate)
    base = clock.now()
    for position, (step, (subject, text)) in enumerate(zip(plan.steps, known.worded, strict=True)):
        base = _due(position, step.wait_days, None, base, by.time_zone)
        filled = [merging.fill(part, candidate, by=by, spoken=known.spoken) for part in (subject, text)]
        missing = dict.fromkeys(name for part in filled for name in part.missing)
        if position and (field := sequence_plans.fading(f"{subject} {text}")):
            missing[f"a letter that goes later cannot say “{field}”"] = None
        if missing and not proposal.against:
            proposal.against = f"Cannot be filled in for {candidate.full_name}: {', '.join(missing)}."
        proposal.letters.append(
            Proposed(step.wait_days, filled[0].text, filled[1].text, base, zones.local(base, by.time_zone).date())
        )
    proposal.against = _stands_against(candidate, known, by) or proposal.against or _trouble(proposal, known, by)
    return proposal


def _stands_against(candidate: Candidate, known: _Known, by: User) -> str:
    if running := known.running.get(candidate.id):
        who = "You already write" if running.by_id == by.id else f"{running.by.name} already writes"
        return f"{who} to {candidate.full_name} in “{running.plan}”. Only one sequence runs for a person at a time."
    return known.ways[candidate.id].by_itself


def _trouble(proposal: Proposal, known: _Known, by: User) -> str:
    """What the guards say of its words."""
    person = proposal.candidate
    try:
        for letter in proposal.letters:
            personal_letters.check(
                person, subject=letter.subject, text=letter.text, by=by, way=known.ways[person.id], guard=known.guard
            )
    except Refused as refusal:
        return str(refusal)
    return ""


def _begin(proposal: Proposal, plan: Plan, batch: str, by: User) -> None:
    sequence = Sequence(candidate_id=proposal.candidate.id, by_id=by.id, plan=plan.name, batch=batch)
    db.session.add(sequence)
    db.session.flush()
    db.session.add_all(
        SequenceStep(
            sequence_id=sequence.id, position=position, wait_days=letter.wait_days, subject=letter.subject,
            text=letter.text, due_at=letter.due_at,
        )
        for position, letter in enumerate(proposal.letters)
    )  # fmt: skip
    text = f"started “{plan.name}”: {words.several(len(proposal.letters), 'letter')}, which go by themselves"
    events.record("sequence.started", by=by, subject_id=proposal.candidate.id, text=text)


def _lock(people: list[Candidate]) -> None:
    """Two who start at once for the same person: the second waits, and is told of the first."""
    ids = sorted(person.id for person in people)
    db.session.execute(select(Candidate.id).where(Candidate.id.in_(ids)).order_by(Candidate.id).with_for_update())


def _due(position: int, wait_days: int, chosen_on: date | None, base: datetime, zone: str) -> datetime:
    """At the hour that the one before it left, and never sooner than the quiet period after it."""
    there = zones.local(base, zone)
    day = there.date() + timedelta(days=wait_days)
    if chosen_on is not None:
        day = max(chosen_on, there.date() + timedelta(days=QUIET_DAYS if position else 0))
    return zones.working_time(zones.moment(day, there.time(), zone) if day != there.date() else base, zone)


def _hold(sequence: Sequence, by: User) -> None:
    """Of its sender alone."""
    if sequence.by_id != by.id:
        raise Denied
    sequences.hold([sequence.id])


def _refuse_if_gone(step: SequenceStep, sequence: Sequence) -> None:
    if not sequence.is_running:
        raise Refused(f"This sequence has ended: {sequence.story}. Nothing more goes.")
    if not step.can_be_changed:
        raise Refused("This letter is no longer waiting, so it cannot be changed.")


def _refuse_day(step: SequenceStep, sequence: Sequence, on: date) -> None:
    zone = sequence.by.time_zone
    if on < zones.local(clock.now(), zone).date():
        raise Refused("That day has passed already.", field="on")
    before = [one for one in sequence.steps if one.position < step.position]
    if before and on < (least := _day_after(before[-1], zone)):
        raise Refused(
            f"Two letters that go by themselves are {QUIET_DAYS} days apart: {words.day(least)} is the first day.",
            field="on",
        )


def _day_after(step: SequenceStep, zone: str) -> date:
    return zones.local(step.sent_at or step.due_at, zone).date() + timedelta(days=QUIET_DAYS)


def _take_back(step: SequenceStep) -> None:
    """Of a letter that waits to leave; refused where it no longer does."""
    if step.letter is None:
        return
    if not outbox.stop(step.letter):
        raise Refused("This letter is leaving at this moment, so it cannot be changed.")
    step.letter, step.letter_id, step.state, step.tries = None, None, "waiting", step.tries + 1
