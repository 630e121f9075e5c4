"""On what basis somebody brought over from elsewhere may be contacted: recorded for one, or for many at once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, insert, literal, select

from crm.db import Moment, db
from crm.domain import consents, policy, shape
from crm.domain.candidates import Candidate
from crm.domain.consents import BASES, Consent
from crm.domain.errors import Refused
from crm.domain.events import Event
from crm.domain.imports import FileImport, ImportRow
from crm.domain.users import User
from crm.kit import clock

BASIS_WORDS = {"application": "They applied here", "consent": "They agreed to be contacted"}
AT_ONCE = 5_000


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
    found = missing_in(brought)
    _insert(_without(brought), said, basis, by)
    brought.basis_at = clock.now()
    db.session.expire_all()
    return found


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


def _insert(rows: Select[Any, Any], evidence: str, basis: str, by: User) -> None:
    """The history first: whoever has a permission is no longer among the rows."""
    now = literal(clock.now(), Moment())
    text = f"recorded the yes to be contacted: {evidence}"
    told: dict[str, ColumnElement[Any]] = {
        "at": now, "kind": literal("candidate.basis"), "by_id": literal(by.id), "by_name": literal(by.name),
        "text": literal(text),
    }  # fmt: skip
    db.session.execute(insert(Event).from_select(["id", "subject_id", *told], rows.add_columns(*told.values())))
    given: dict[str, ColumnElement[Any]] = {
        "purpose": literal("contact"), "company": literal(""), "recipient": literal(""), "blind": literal(False),
        "attachment": literal(True), "basis": literal(basis), "channel": literal(""), "text_version": literal(""),
        "evidence": literal(evidence), "given_on": literal(clock.today()), "recorded_at": now, "by_id": literal(by.id),
    }  # fmt: skip
    query = rows.add_columns(*given.values())
    db.session.execute(insert(Consent).from_select(["id", "candidate_id", *given], query, include_defaults=False))
