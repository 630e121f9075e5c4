"""The end of records: what was deleted long enough ago, and files that nothing names any more."""

from datetime import datetime, timedelta

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select

from crm.db import db
from crm.domain import (
    candidates,
    cards,
    circle,
    codes,
    erased,
    events,
    finding,
    forward_letters,
    forward_questions,
    imports,
    inbox,
    intake,
    introductions,
    keeping,
    merged,
    resumes,
    revoking,
    shortlist_letters,
    teasers,
    useful,
)
from crm.domain.api_tokens import Answered
from crm.domain.applications import Application
from crm.domain.candidates import Candidate
from crm.domain.events import Event
from crm.domain.resumes import Resume
from crm.domain.users import User
from crm.kit.files import Store

ORPHAN_AFTER = timedelta(hours=1)
"""A file younger than this may belong to a transaction that has not ended yet."""
REMEMBERED = timedelta(days=2)
CANDIDATE_ERASED, RESUME_ERASED = "candidate.erased", "resume.erased"
"""Events that name nothing but an id. Should a backup bring the rows back, they tell that these are to go again."""


def deleted_candidates(now: datetime) -> int:
    """Those whose time to be brought back is over: the record, what hangs on it, its history, its files, its index.
    Who was sent a resume is asked to delete it.
    """
    count = 0
    while gone := candidates.waiting_for_erasure(now):
        for candidate in gone:
            revoking.close_all(candidate.id)
            db.session.flush()
            erase(candidate)
        count += len(gone)
    return count


def delete(candidate: Candidate, *, by: User) -> Candidate:
    """Gone from everywhere at once, and with it what was still to be told or asked; that does not come back with it."""
    candidates.delete(candidate, by=by)
    call_off(candidate)
    return candidate


def call_off(candidate: Candidate) -> None:
    """What was still to be told to them, or asked of them."""
    decided = db.session.scalars(select(Application.id).where(Application.candidate_id == candidate.id))
    keeping.call_off(list(decided), candidate_id=candidate.id)


def erase(candidate: Candidate) -> None:
    """With the records that were merged into it, and none that it was merged into: that one is the person's now."""
    is_merged = candidate.merged_into_id is not None
    for other in merged.waiting_in(candidate.id):
        erase(other)
    for resume in db.session.scalars(select(Resume).where(Resume.candidate_id == candidate.id)):
        resumes.erase(resume)
    if not is_merged:
        erased.remember(candidate.id)
    introductions.forget(candidate)
    teasers.forget(candidate)
    shortlist_letters.forget(candidate)
    circle.forget(candidate)
    forward_letters.forget(candidate)
    forward_questions.forget(candidate)
    db.session.execute(delete_rows(Event).where(Event.subject_id == candidate.id))
    finding.forget(candidate.id)
    cards.forget(candidate.id)
    codes.forget(candidate.id)
    db.session.flush()
    gone = [] if is_merged else [candidate.id, *merged.every_id(candidate.id)]
    merged.can_no_longer_be_undone(candidate.id)
    merged.forget(gone)
    db.session.execute(delete_rows(Candidate).where(Candidate.id == candidate.id))
    for candidate_id in gone:
        events.record(CANDIDATE_ERASED, by=None, subject_id=candidate_id, text="erased a record")


def erase_resume(resume: Resume) -> None:
    if resume.candidate_id is not None:
        events.record(RESUME_ERASED, by=None, subject_id=resume.id, text="erased a resume")
    resumes.erase(resume)


def unclaimed_resumes(now: datetime) -> int:
    count = 0
    while gone := resumes.unclaimed(now, but=intake.held(now)):
        for resume in gone:
            erase_resume(resume)
        db.session.flush()
        count += len(gone)
    return count


def orphaned_files(now: datetime) -> int:
    """Files without a row: an upload whose process died between keeping the file and committing."""
    store, before = resumes.store(), (now - ORPHAN_AFTER).timestamp()
    if not _is_ours(store):
        return 0
    swept = store.sweep(before=before)
    old = {key for key in store.all_keys() if store.age(key) < before}
    orphans = old - file_keys() if old else set()
    for key in sorted(orphans):
        store.remove(key)
    return swept + len(orphans)


def file_keys() -> set[str]:
    """Every file that a row names."""
    return resumes.file_keys() | inbox.file_keys() | useful.file_keys() | imports.file_keys()


def _is_ours(store: Store) -> bool:
    """Whether the folder belongs to this database. Another one beside the same files must not take them for orphans.

    The first user's id names the database; a folder is claimed while it is empty, or holds a file that we know.
    """
    database = db.session.scalar(select(func.min(User.id)))
    if database is None:
        return False
    keys = set(store.all_keys())
    if store.owner() is None and (not keys or keys & file_keys()):
        store.claim(database)
    return bool(store.owner() == database)


def old_answers(now: datetime) -> None:
    db.session.execute(delete_rows(Answered).where(Answered.at < now - REMEMBERED))
