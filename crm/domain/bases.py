"""On what basis somebody brought over from elsewhere may be contacted: recorded for one, or for many at once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, insert, select

from crm.db import db
from crm.domain import consents, policy, shape
from crm.domain.candidates import Candidate
from crm.domain.consents import BASES, Consent
from crm.domain.errors import Refused
from crm.domain.events import Event
from crm.domain.imports import FileImport, ImportRow
from crm.domain.users import User
from crm.kit import clock

BASIS_WORDS = {"application": "They applied here", "consent": "They agreed to be contacted"}
AT_ONCE = 2_000


def is_missing(candidate: Candidate) -> bool:
    return candidate.basis_needed and consents.forbids_contact(candidate.id)


def record(candidate: Candidate, *, evidence: str, basis: str, by: User) -> Consent:
    """`evidence`: where it is to be found."""
    return consents.record(candidate, purpose="contact", evidence=evidence, basis=basis, by=by)


def missing_in(brought: FileImport) -> int:
    """Of how many whom this file has brought no basis is on record."""
    return db.session.scalar(select(func.count()).select_from(_without(brought).subquery())) or 0


def record_for_all(brought: FileImport, *, evidence: str, basis: str, by: User) -> int:
    """For everybody whom this file has brought and of whom nothing is on record. What somebody withdrew stays so."""
    policy.require("import", by=by)
    if brought.state != "done":
        raise Refused("Take the file in first.")
    said = shape.text(evidence, "evidence", needed=True, most=shape.SENTENCE, name="Where that is to be found")
    shape.one_of(basis, BASES, "basis")
    done = 0
    while rows := db.session.execute(_without(brought).limit(AT_ONCE)).all():
        _insert(rows, said, basis, by)
        done += len(rows)
    brought.basis_at = clock.now()
    return done


def record_for(candidate_ids: Sequence[str], *, evidence: str, basis: str, by: User) -> int:
    """The same for a selection, one after the other; those who need none are left as they are."""
    said = shape.text(evidence, "evidence", needed=True, most=shape.SENTENCE, name="Where that is to be found")
    waiting = select(Candidate).where(Candidate.id.in_(candidate_ids), Candidate.basis_needed, ~_asked())
    people = list(db.session.scalars(waiting))
    for person in people:
        record(person, evidence=said, basis=basis, by=by)
    return len(people)


def _asked() -> ColumnElement[bool]:
    given = exists().where(Consent.candidate_id == Candidate.id, Consent.purpose == "contact")
    return given.correlate(Candidate)


def _without(brought: FileImport) -> Select[Any, Any]:
    """The ids of the rows, which become those of the permissions, and of the candidates."""
    rows = select(ImportRow.id, ImportRow.candidate_id).join(Candidate, Candidate.id == ImportRow.candidate_id)
    return rows.where(
        ImportRow.import_id == brought.id, ImportRow.outcome == "made", Candidate.basis_needed,
        Candidate.deleted_at.is_(None), ~_asked(),
    )  # fmt: skip


def _insert(rows: Sequence[Row[Any, Any]], evidence: str, basis: str, by: User) -> None:
    """A permission and a line of history for each, under the id of the row by which they came."""
    now, today = clock.now(), clock.today()
    text = f"recorded the yes to be contacted: {evidence}"
    given = {"purpose": "contact", "evidence": evidence, "basis": basis, "given_on": today, "recorded_at": now,
             "by_id": by.id}  # fmt: skip
    told = {"at": now, "kind": "candidate.basis", "by_id": by.id, "by_name": by.name, "text": text}
    db.session.execute(insert(Consent), [{"id": one, "candidate_id": whose, **given} for one, whose in rows])
    db.session.execute(insert(Event), [{"id": one, "subject_id": whose, **told} for one, whose in rows])
