"""The long work on a file, batch by batch: the dry run, the taking in, the undo. Killed in the middle, it goes on
there.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import delete, insert

from crm.db import db, unit_of_work
from crm.domain import import_choices, import_people, import_undoing, import_writing, imports, resumes
from crm.domain.import_choices import LEFT, Choice
from crm.domain.import_people import Person
from crm.domain.imports import FileImport, ImportProblem
from crm.domain.users import User
from crm.kit import clock, files

BATCH = 2_000
LEASE = timedelta(seconds=60)
CPU_SECONDS = 900
GONE = "The file is no longer here. Choose it again."


class Ended(Exception):
    """Somebody else goes on with it, or thought better of it."""


@dataclass
class Job:
    """What is needed of the import outside of a transaction."""

    id: str
    state: str
    file_key: str
    plan: str
    last_row: int


def step() -> bool:
    """Takes on one import and works it off. Whether there was any."""
    with unit_of_work(writes=False):
        if not imports.waits(clock.now()):
            return False
    with unit_of_work(writes=True):
        import_id = imports.claim(clock.now(), LEASE)
    if import_id is None:
        return False
    with suppress(Ended):
        work(import_id)
    return True


def work(import_id: str) -> None:
    job = _begun(import_id)
    if job.state == "undoing":
        while _undo(job):
            pass
        return
    seen: dict[str, Any] = {}
    trouble = ""
    for batch in _batches(job):
        if isinstance(batch, str):
            trouble = batch
        elif job.state == "checking":
            _check(job, batch, seen)
        else:
            _take(job, batch)
    _end(job, trouble)


def _begun(import_id: str) -> Job:
    """A dry run begins anew; the real one goes on where it was."""
    with unit_of_work(writes=True):
        brought = db.session.get_one(FileImport, import_id)
        if brought.state == "checking":
            imports.begin(brought, "checking")
            brought.claimed_until = clock.now() + LEASE
            db.session.execute(delete(ImportProblem).where(ImportProblem.import_id == import_id))
        plan = {"fields": brought.fields, "day_first": brought.day_first, "after": brought.last_row}
        return Job(import_id, brought.state, brought.file_key, json.dumps(plan), brought.last_row)


def _batches(job: Job) -> Iterator[list[Person] | str]:
    """People, some thousand at once; and at the end perhaps a sentence on what stopped the reading."""
    try:
        kept = resumes.store().open(job.file_key) if job.file_key else None
    except files.Missing:
        kept = None
    if kept is None:
        yield GONE
        return
    with kept:
        told = imports.told_of(kept, job.plan, cpu_seconds=CPU_SECONDS)
        yield from _people(told)


def _people(told: Iterator[Any]) -> Iterator[list[Person] | str]:
    today = clock.today()
    while chunk := list(islice(told, BATCH)):
        trouble = next((one["trouble"] for one in chunk if isinstance(one, dict) and "trouble" in one), "")
        people = [import_people.read(one[0], one[1], today) for one in chunk if isinstance(one, list)]
        if people:
            yield people
        if trouble:
            yield trouble


def _check(job: Job, people: Sequence[Person], seen: dict[str, Any]) -> None:
    with unit_of_work(writes=False):
        brought = db.session.get_one(FileImport, job.id)
        by = db.session.get_one(User, brought.by_id)
        known = import_choices.known_of(people, brought, by=by)
        choices = import_choices.choose(people, known, brought.on_known, seen)
    with unit_of_work(writes=True):
        _note(_mine(job), choices)


def _take(job: Job, people: Sequence[Person]) -> None:
    with unit_of_work(writes=True):
        brought = _mine(job)
        by = db.session.get_one(User, brought.by_id)
        known = import_choices.known_of(people, brought, by=by)
        choices = import_choices.choose(people, known, brought.on_known)
        import_writing.write(choices, brought, by=by)
        _note(brought, choices)
        job.last_row = brought.last_row


def _mine(job: Job) -> FileImport:
    """Held until the transaction ends; Ended where somebody else was quicker."""
    brought = db.session.get_one(FileImport, job.id, with_for_update=True)
    if brought.state != job.state or (job.state == "running" and brought.last_row != job.last_row):
        raise Ended
    return brought


def _note(brought: FileImport, choices: Sequence[Choice]) -> None:
    """How far it is, and what is wrong with which row."""
    counts = dict(brought.counts)
    rows = []
    for choice in choices:
        counts[choice.outcome] = counts.get(choice.outcome, 0) + 1
        said = [*([choice.remark] if choice.remark else []), *choice.person.problems]
        if choice.outcome != "same":
            rows += [_problem(brought, choice, place, text) for place, text in enumerate(said)]
    room = imports.MOST_PROBLEMS - counts.get("told", 0)
    counts["problems"] = counts.get("problems", 0) + len(rows)
    counts["told"] = counts.get("told", 0) + len(rows[:room])
    if rows[:room]:
        db.session.execute(insert(ImportProblem), rows[:room])
    brought.counts = counts
    brought.done += len(choices)
    brought.last_row = choices[-1].person.number
    brought.claimed_until = clock.now() + LEASE


def _problem(brought: FileImport, choice: Choice, place: int, text: str) -> dict[str, Any]:
    leaves_out = choice.outcome == LEFT and place == 0
    return {"import_id": brought.id, "number": choice.person.number, "position": place, "leaves_out": leaves_out,
            "text": text[:500]}  # fmt: skip


def _end(job: Job, trouble: str) -> None:
    with unit_of_work(writes=True):
        brought = db.session.get_one(FileImport, job.id, with_for_update=True)
        if brought.state != job.state:
            return
        brought.trouble, brought.claimed_until = trouble, None
        if job.state == "running":
            imports.finish(brought)
        else:
            brought.total = brought.done
            brought.state = "failed" if trouble else "checked"


def _undo(job: Job) -> bool:
    with unit_of_work(writes=True):
        brought = _mine(job)
        brought.claimed_until = clock.now() + LEASE
        return import_undoing.undo_some(brought)
