"""The end of records: what was deleted long enough ago, and files that nothing names any more."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from crm.db import db
from crm.domain import candidates, resumes, search
from crm.domain.api_tokens import Answered
from crm.domain.candidates import Candidate
from crm.domain.events import Event
from crm.domain.resumes import Resume

ORPHAN_AFTER = timedelta(hours=1)
"""A file younger than this may belong to a transaction that has not ended yet."""
REMEMBERED = timedelta(days=2)


def deleted_candidates(now: datetime) -> int:
    """Those whose time to be brought back is over: the record, what hangs on it, its history, its files, its index."""
    gone = candidates.waiting_for_erasure(now)
    for candidate in gone:
        _erase(candidate)
    return len(gone)


def unclaimed_resumes(now: datetime) -> int:
    gone = resumes.unclaimed(now)
    for resume in gone:
        resumes.erase(resume)
    return len(gone)


def orphaned_files(now: datetime) -> int:
    """Files without a row: an upload whose process died between keeping the file and committing."""
    store, before = resumes.store(), (now - ORPHAN_AFTER).timestamp()
    swept = store.sweep(before=before)
    orphans = [key for key in store.all_keys() if store.age(key) < before]
    orphans = sorted(set(orphans) - resumes.file_keys()) if orphans else []
    for key in orphans:
        store.remove(key)
    return swept + len(orphans)


def old_answers(now: datetime) -> None:
    db.session.execute(delete(Answered).where(Answered.at < now - REMEMBERED))


def _erase(candidate: Candidate) -> None:
    for resume in db.session.scalars(select(Resume).where(Resume.candidate_id == candidate.id)):
        resumes.erase(resume)
    db.session.execute(delete(Event).where(Event.subject_id == candidate.id))
    search.drop(candidate.id)
    db.session.flush()
    db.session.execute(delete(Candidate).where(Candidate.id == candidate.id))
