"""One letter to many: filled in for each who may be written to; the others are left out, and it is said why."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import selectinload

from crm.db import db
from crm.domain import leaks, merging, outbox, personal_letters, shape, templates
from crm.domain.candidates import Candidate
from crm.domain.deed import Answers, Deed, Detail, Look, Sample
from crm.domain.errors import Missing, Refused
from crm.domain.outbox import Letter
from crm.domain.sequence_plans import QUIET_DAYS
from crm.domain.touchpoints import Touchpoint
from crm.domain.users import User
from crm.kit import clock, tokens

MOST = 500
SAMPLES = 3


def _words_given(given: Detail, by: User) -> Detail:
    """Those of the template, unless some were written. `batch` tells the letters of one act from those of another."""
    subject, text = str(given.get("subject") or ""), str(given.get("text") or "")
    if given.get("template_id") and not text.strip():
        template = _template(str(given["template_id"]), by)
        subject, text = subject.strip() or template.subject, template.text
    if stray := merging.strays(subject, text):
        raise Refused(f"{stray[0]} is none of the fields that are filled in. Write words in its place.", field="text")
    most = personal_letters.LONGEST_SUBJECT, personal_letters.LONGEST_TEXT
    return {
        "subject": shape.line(subject, "subject", needed=True, most=most[0], name="A subject"),
        "text": shape.text(text, "text", needed=True, most=most[1], name="What you want to say"),
        "batch": tokens.new_id(),
    }


def _template(template_id: str, by: User) -> templates.LetterTemplate:
    try:
        return templates.find(template_id, seen_by=by)
    except Missing:
        raise Refused("This template is not there any more. Choose another.", field="template_id") from None


def _nobody(_detail: Detail, _by: User) -> list[tuple[str, ColumnElement[bool]]]:
    return []


def _look(detail: Detail, people: list[Candidate], by: User) -> Look:
    answers = list(_letters(detail, people, by))
    left_out = [(person.full_name, one) for person, one in answers if isinstance(one, str)]
    return Look(left_out, [one for _, one in answers if isinstance(one, Sample)][:SAMPLES])


def _send(detail: Detail, people: list[Candidate], by: User) -> Answers:
    """Each is asked about once more: the preview may be a while ago."""
    ids = [person.id for person in people]
    query = select(Candidate).where(Candidate.id.in_(ids)).options(selectinload(Candidate.emails))
    found = list(db.session.scalars(query.order_by(Candidate.id)))
    return {
        person.id: one if isinstance(one, str) else _queued(detail, person, one, by)
        for person, one in _letters(detail, found, by)
    }


def _stopped(_candidate: Candidate, before: dict[str, Any], _by: User) -> bool:
    letter = db.session.get(Letter, before["letter"])
    return letter is not None and outbox.stop(letter)


def _letters(detail: Detail, people: list[Candidate], by: User) -> Iterator[tuple[Candidate, Sample | str]]:
    """For each the letter, or why there is none."""
    ways, spoken, lately = personal_letters.ways_to(people), merging.spoken_with(people), _heard_lately(people)
    guard = leaks.guard(by=by)
    for person in people:
        way = ways[person.id]
        subject, text = (merging.fill(detail[one], person, by=by, spoken=spoken).text for one in ("subject", "text"))
        try:
            if sentence := way.by_itself or (_HEARD if person.id in lately else ""):
                raise Refused(sentence)
            personal_letters.check(person, subject=subject, text=text, by=by, way=way, guard=guard)
        except Refused as refusal:
            yield person, str(refusal).removeprefix(f"{person.full_name} ")
        else:
            yield person, Sample(person.full_name, way.address, subject, text)


_HEARD = f"heard from here within the last {QUIET_DAYS} days."


def _heard_lately(people: list[Candidate]) -> set[str]:
    """A letter to many is no reason to write twice in a fortnight."""
    since = clock.now() - timedelta(days=QUIET_DAYS)
    ours = (Touchpoint.direction == "out", Touchpoint.kind != "note", Touchpoint.at > since)
    ids = [person.id for person in people]
    return set(db.session.scalars(select(Touchpoint.candidate_id).where(Touchpoint.candidate_id.in_(ids), *ours)))


def _queued(detail: Detail, person: Candidate, one: Sample, by: User) -> dict[str, Any] | str:
    """Beyond the limit of a day nothing of it is left behind."""
    intent = f"{detail['batch']}{person.id}"
    try:
        with db.session.begin_nested():
            letter = personal_letters.send(person, subject=one.subject, text=one.text, by=by, intent=intent)
    except Refused as refusal:
        return str(refusal)
    return {"letter": letter.id}


DEED = Deed(
    _words_given,
    lambda _detail: "Write a letter",
    _nobody,
    _send,
    _stopped,
    look=_look,
    most=MOST,
    stays=("had left already", "had left already"),
    undoes_unseen=True,
)
