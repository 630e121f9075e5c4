"""People taken out as a file by whoever sees them: from the list, or one by one. It is on record who did, and how many.

What is asked of the database for the file itself comes after that is committed, in a transaction that only reads: a
large file holds nobody up.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select

from crm.db import db
from crm.domain import bulk, candidate_tables, events, policy, shape
from crm.domain.bulk import Chosen
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.users import User
from crm.kit import words

CHOOSE_FIRST = "Choose somebody first: tick them in the list."
KINDS = candidate_tables.KINDS
OF_ONE = {**KINDS, "resume": "application/json"}
"""Of one person also as JSON Resume, which other programs read."""
SCHEMA = "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json"


# --- queries


def table(chosen: Chosen, kind: str, *, seen_by: User) -> Iterator[bytes]:
    return candidate_tables.table(bulk.whom(chosen, seen_by=seen_by), kind, seen_by=seen_by)


def of_one(candidate: Candidate, kind: str, *, seen_by: User) -> Iterator[bytes]:
    if kind == "resume":
        return iter([json.dumps(resume(candidate), ensure_ascii=False, indent=1).encode()])
    return table(Chosen((candidate.id,)), kind, seen_by=seen_by)


def resume(candidate: Candidate) -> dict[str, Any]:
    """As JSON Resume has it. Our own words about them (tags, notes, outcomes) are no part of it."""
    basics: dict[str, Any] = {
        "name": candidate.full_name,
        "label": candidate.headline,
        "email": candidate.email or "",
        "phone": candidate.phone or "",
        "location": {"address": candidate.location, "city": candidate.location} if candidate.location else {},
        "profiles": [{"url": link} for link in candidate.links],
    }
    work = {"name": candidate.employer, "position": candidate.headline}
    return {
        "$schema": SCHEMA,
        "basics": {name: value for name, value in basics.items() if value},
        "work": [{name: value for name, value in work.items() if value}] if candidate.employer else [],
        "meta": {"lastModified": candidate.changed_at.isoformat()},
    }


# --- verbs


def note(chosen: Chosen, kind: str, *, by: User) -> int:
    """Writes down that these are taken out; how many. Raises Refused where there is nobody, or no such kind."""
    policy.require("export", by=by)
    shape.one_of(kind, tuple(KINDS), "format")
    ids = bulk.whom(chosen, seen_by=by).with_only_columns(Candidate.id).order_by(None).subquery()
    count = db.session.scalar(select(func.count()).select_from(ids)) or 0
    if not count:
        raise Refused(CHOOSE_FIRST, field="people")
    text = f"took {words.several(count, 'person', 'people')} out as {kind.upper()}"
    events.record("candidates.exported", by=by, subject_id=by.id, text=text)
    return count


def note_whole(user: User) -> None:
    """By the command line, with this user's eyes."""
    events.record("candidates.exported", by=None, subject_id=user.id, text=f"took out all that {user.name} sees")


def note_one(candidate: Candidate, kind: str, *, by: User) -> None:
    """It stands in their history."""
    policy.require("export", by=by)
    shape.one_of(kind, tuple(OF_ONE), "format")
    named = "a JSON Resume" if kind == "resume" else kind.upper()
    events.record("candidate.exported", by=by, subject_id=candidate.id, text=f"took the record out as {named}")
