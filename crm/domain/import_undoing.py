"""A whole import taken out again, a batch at a time; what somebody has touched since stays."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select

from crm.db import Base, db
from crm.domain import events, exports, import_writing
from crm.domain.applications import Application, Debrief
from crm.domain.candidates import Candidate, Email, Phone
from crm.domain.events import Event
from crm.domain.import_choices import MADE, UPDATED
from crm.domain.imports import FileImport, ImportRow
from crm.domain.roles import Role
from crm.domain.search import Entry
from crm.domain.tags import CandidateTag
from crm.domain.touchpoints import Touchpoint
from crm.domain.users import User
from crm.kit import clock, words

AT_ONCE = 1_000
UNDONE, STAYS = "undone", "stays"
DATED = {"candidate_tag": "at", "touchpoint": "created_at", "application": "created_at"}
"""Tables that an import writes itself, with the column that tells when."""
OURS = frozenset(("candidate_email", "candidate_phone", "import_row", "consent", *DATED))


def undo_some(brought: FileImport) -> bool:
    """Whether there is more to do."""
    wanted = (ImportRow.import_id == brought.id, ImportRow.outcome.in_((MADE, UPDATED)))
    rows = list(db.session.scalars(select(ImportRow).where(*wanted).order_by(ImportRow.number.desc()).limit(AT_ONCE)))
    if not rows:
        _finish(brought)
        return False
    for row in rows:
        if row.outcome == UPDATED and row.candidate_id:
            _put_back(row)
    made = [row for row in rows if row.outcome == MADE and row.candidate_id]
    stay = _touched([row.candidate_id for row in made if row.candidate_id], brought)
    gone = [row.candidate_id for row in made if row.candidate_id and row.candidate_id not in stay]
    for row in rows:
        row.outcome, row.before = STAYS if row.candidate_id in stay else UNDONE, {}
    db.session.flush()
    _take_away(gone)
    counts = dict(brought.counts)
    counts["gone"], counts["stay"] = counts.get("gone", 0) + len(gone), counts.get("stay", 0) + len(stay)
    brought.counts, brought.done = counts, brought.done + len(rows)
    return True


def _finish(brought: FileImport) -> None:
    used = exists().where(Application.role_id == Role.id)
    for role in db.session.scalars(select(Role).where(Role.id.in_(brought.made_roles), ~used)):
        if brought.started_at and role.changed_at <= (brought.finished_at or role.changed_at) and not role.needs:
            db.session.execute(delete(Entry).where(Entry.subject_id == role.id))
            db.session.execute(delete(Event).where(Event.subject_id == role.id))
            db.session.execute(delete(Role).where(Role.id == role.id))
    brought.state, brought.undone_at, brought.claimed_until = "undone", clock.now(), None
    text = f"took {words.several(brought.count('gone'), 'candidate')} out again"
    by = db.session.get_one(User, brought.by_id)
    events.record("candidates.import_undone", by=by, subject_id=brought.id, text=text)


# --- who was made


def _touched(ids: Sequence[str], brought: FileImport) -> set[str]:
    """Whoever has anything that is younger than the import, or of another kind than it writes."""
    since = brought.started_at
    later: list[ColumnElement[bool]] = [Candidate.changed_at > since, exists().where(
        Event.subject_id == Candidate.id, Event.at > since, Event.kind != "candidate.basis",
    )]  # fmt: skip
    for name in exports.DIRECT:
        table = Base.metadata.tables[name]
        theirs = table.c.candidate_id == Candidate.id
        if name in DATED:
            later.append(exists().where(theirs, table.c[DATED[name]] > since))
        elif name not in OURS:
            later.append(exists().where(theirs))
    consent = Base.metadata.tables["consent"]
    ours = select(ImportRow.id).where(ImportRow.import_id == brought.id)
    later.append(exists().where(consent.c.candidate_id == Candidate.id, consent.c.id.not_in(ours)))
    return set(db.session.scalars(select(Candidate.id).where(Candidate.id.in_(ids), or_(*later))))


def _take_away(ids: list[str]) -> None:
    """What an import wrote goes with the record; of their history nothing is left either."""
    db.session.execute(delete(Entry).where(Entry.subject_id.in_(ids)))
    db.session.execute(delete(Event).where(Event.subject_id.in_(ids)))
    db.session.execute(delete(Candidate).where(Candidate.id.in_(ids)))


# --- who was on record


def _put_back(row: ImportRow) -> None:
    """What was filled in is emptied where it still says the same."""
    before, candidate_id = row.before, row.candidate_id
    person = db.session.get(Candidate, candidate_id)
    if person is None or not before:
        return
    for name, value in before.get("facts", {}).items():
        if getattr(person, name) == value:
            setattr(person, name, "")
    if before.get("links") and person.links == before["links"]:
        person.links = []
    db.session.flush()
    _drop(Email.__table__, before.get("emails"))
    _drop(Phone.__table__, before.get("phones"))
    _drop(Touchpoint.__table__, before.get("touchpoints"))
    kept = select(Debrief.application_id).where(Debrief.application_id.in_(before.get("applications", ())))
    with_words = set(db.session.scalars(kept))
    _drop(Application.__table__, [one for one in before.get("applications", ()) if one not in with_words])
    if before.get("tags"):
        carried = (CandidateTag.candidate_id == candidate_id, CandidateTag.tag_id.in_(before["tags"]))
        db.session.execute(delete(CandidateTag).where(*carried))
    db.session.expire(person)
    import_writing.index([person.id])


def _drop(table: Any, ids: Iterable[str] | None) -> None:
    if ids := list(ids or ()):
        db.session.execute(delete(table).where(table.c.id.in_(ids)))
