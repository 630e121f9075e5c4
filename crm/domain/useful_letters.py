"""Sending something useful: to people picked by hand, each letter looked at first, and never the same thing twice."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from crm.db import db
from crm.domain import candidates, events, leaks, merging, outbox, personal_letters, shape, templates
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.outbox import Letter
from crm.domain.personal_letters import PersonalLetter
from crm.domain.useful import MOST_AT_ONCE, NEVER_CAME, UsefulItem, UsefulSent, came
from crm.domain.users import User
from crm.kit import tokens

PLACE = re.compile(r"\{\{?[ _]{0,3}your[ _]+words[ _]{0,3}\}?\}", re.IGNORECASE)
"""Where a template has the note, the title and the link; without it they stand before the last paragraph."""


@dataclass(frozen=True)
class Prospect:
    """One letter as it would go out."""

    candidate: Candidate
    subject: str
    text: str


@dataclass(frozen=True)
class Plan:
    """What sending would do. `left_out`: who gets nothing, and the sentence why."""

    letters: list[Prospect]
    left_out: list[tuple[Candidate, str]]


@dataclass(frozen=True)
class Sent:
    batch: str
    count: int
    left_out: list[tuple[Candidate, str]]


# --- queries


def chosen(candidate_ids: list[str], *, seen_by: User) -> list[Candidate]:
    """Those whom the user may see, with their addresses; raises Missing where one of them is not there."""
    ids = list(dict.fromkeys(candidate_ids))
    if len(ids) > MOST_AT_ONCE:
        raise Refused(f"Choose {MOST_AT_ONCE} people at most.", field="people")
    if not ids:
        raise Refused("Choose who is to get it.", field="people")
    query = select(Candidate).where(Candidate.id.in_(ids), candidates.visible_to(seen_by))
    found = list(db.session.scalars(query.options(selectinload(Candidate.emails)).order_by(Candidate.name_key)))
    if len(found) < len(ids):
        raise Missing
    return found


def attached_to(personal: PersonalLetter) -> UsefulItem | None:
    """What goes with this letter as a file, if anything does."""
    query = select(UsefulItem).join(UsefulSent, UsefulSent.item_id == UsefulItem.id)
    with_file = query.where(UsefulSent.personal_letter_id == personal.id, UsefulItem.file_key.is_not(None))
    return db.session.scalar(with_file)


# --- verbs


def plan(item: UsefulItem, people: list[Candidate], *, by: User) -> Plan:
    """Each letter as it would go out, and who gets none and why. Writes nothing."""
    template, has = templates.of_kind("useful", seen_by=by), _has(item, people)
    ways, spoken, guard = personal_letters.ways_to(people), merging.spoken_with(people), leaks.guard(by=by)
    letters: list[Prospect] = []
    left_out: list[tuple[Candidate, str]] = []
    for person in people:
        subject, text = _letter(template.subject, template.text, item, person, by, spoken)
        try:
            if person.id in has:
                raise Refused(f"{person.full_name} has it already.")
            if sentence := ways[person.id].by_itself:
                raise Refused(sentence)
            personal_letters.check(person, subject=subject, text=text, by=by, way=ways[person.id], guard=guard)
        except Refused as refusal:
            left_out.append((person, str(refusal)))
        else:
            letters.append(Prospect(person, subject, text))
    return Plan(letters, left_out)


def send(item: UsefulItem, people: list[Candidate], *, by: User, batch: str) -> Sent:
    """Queues a letter for each who may get one. The same batch again is the same letters."""
    batch = shape.line(batch, "batch", needed=True, most=40)
    if item.archived_at is not None:
        raise Refused(f"“{item.title}” was put away. Take it out again first.")
    before = len(_rows(batch, by))
    if before:
        return Sent(batch, before, [])
    planned = plan(item, people, by=by)
    quicker = [one.candidate for one in planned.letters if not _queue(one, item, by, batch)]
    left_out = [*planned.left_out, *((person, f"{person.full_name} has it already.") for person in quicker)]
    return Sent(batch, len(planned.letters) - len(quicker), left_out)


def take_back(batch: str, *, by: User) -> tuple[int, int]:
    """How many letters of it never leave, and how many had left already."""
    rows = _rows(batch, by)
    if not rows:
        raise Missing
    stopped = 0
    for sent, letter in rows:
        if outbox.stop(letter):
            db.session.delete(sent)
            text = "took something useful back"
            events.record("useful.taken_back", by=by, subject_id=sent.candidate_id, text=text)
            stopped += 1
    return stopped, len(rows) - stopped


# --- parts


def _has(item: UsefulItem, people: list[Candidate]) -> set[str]:
    ids = [person.id for person in people]
    query = came(select(UsefulSent.candidate_id))
    return set(db.session.scalars(query.where(UsefulSent.item_id == item.id, UsefulSent.candidate_id.in_(ids))))


def _rows(batch: str, by: User) -> list[tuple[UsefulSent, Letter]]:
    """In the order in which letters are locked elsewhere, too."""
    query = select(UsefulSent, Letter).join(Letter, Letter.personal_letter_id == UsefulSent.personal_letter_id)
    mine = and_(UsefulSent.batch == batch, UsefulSent.by_id == by.id)
    return [(sent, letter) for sent, letter in db.session.execute(query.where(mine).order_by(Letter.id))]


def _queue(one: Prospect, item: UsefulItem, by: User, batch: str) -> bool:
    """False where somebody else was quicker; then nothing is queued."""
    try:
        with db.session.begin_nested():
            _forget_what_nevercame(item, one.candidate)
            letter = personal_letters.send(
                one.candidate, subject=one.subject, text=one.text, by=by, intent=tokens.new_id(), purpose="useful"
            )
            sent = UsefulSent(item_id=item.id, candidate_id=one.candidate.id, by_id=by.id, batch=batch)
            sent.personal_letter_id = letter.personal_letter_id or ""
            db.session.add(sent)
    except IntegrityError:
        return False
    events.record("useful.sent", by=by, subject_id=one.candidate.id, text="sent something useful")
    return True


def _forget_what_nevercame(item: UsefulItem, candidate: Candidate) -> None:
    """They are not in `_has`, so whatever row there is tells of a letter that did not come."""
    query = select(UsefulSent).where(UsefulSent.item_id == item.id, UsefulSent.candidate_id == candidate.id)
    tried = db.session.scalar(query.join(Letter, Letter.personal_letter_id == UsefulSent.personal_letter_id).where(
        Letter.state.in_(NEVER_CAME)
    ))  # fmt: skip
    if tried is not None:
        db.session.delete(tried)
        db.session.flush()


def _letter(
    subject: str, text: str, item: UsefulItem, person: Candidate, by: User, spoken: Mapping[str, datetime]
) -> tuple[str, str]:
    """What the item says goes in between what is filled, so that nothing in it is taken for a field."""
    if not PLACE.search(text):
        before, gap, last = text.rpartition("\n\n")
        text = f"{before}\n\n{{your words}}{gap}{last}" if before else f"{text}\n\n{{your words}}"
    parts = [merging.fill(part, person, by=by, spoken=spoken).text for part in PLACE.split(text)]
    subjects = [merging.fill(part, person, by=by, spoken=spoken).text for part in PLACE.split(subject)]
    return item.title.join(subjects)[: personal_letters.LONGEST_SUBJECT], item.words.join(parts)
