"""Resumes: kept as they came, read by the worker in a child process, one version after another."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Index, Select, String, false, or_, select, text
from sqlalchemy.orm import Mapped, defer, mapped_column

from crm import config
from crm.db import Base, Id, after_commit, after_rollback, db, to
from crm.domain import events, profiles, search, shape
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock, contacts, files, reading, sniff

UNCLAIMED_AFTER = timedelta(days=1)
MOST_TRIES = 3
NOBODY = false()


class Resume(Base):
    """`state` is waiting, read, or unread: kept, but `trouble` says why its text cannot be shown."""

    __tablename__ = "resume"
    __table_args__ = (
        Index(
            "uq_resume_candidate_sha256", "candidate_id", "sha256", unique=True,
            sqlite_where=text("removed_at IS NULL"), postgresql_where=text("removed_at IS NULL"),
        ),
        Index("ix_resume_waiting", "uploaded_at",
              sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
        Index("ix_resume_sha256", "sha256"),
    )  # fmt: skip
    id: Mapped[Id]
    candidate_id: Mapped[str | None] = to("candidate.id", index=False, ondelete="CASCADE")
    """None while an upload waits for the person it belongs to."""
    file_key: Mapped[str] = mapped_column(String(40), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(4))
    filename: Mapped[str]
    size: Mapped[int]
    uploaded_at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[str] = to("user.id")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    trouble: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="", deferred=True)
    pages: Mapped[int] = mapped_column(default=0)
    previews: Mapped[list[str]] = mapped_column(default=list)
    """File keys of the first pages as images."""
    proposed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Name, mail, phone, location, headline as found in the text; a person confirms."""
    tries: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]

    @property
    def media_type(self) -> str:
        return sniff.MEDIA_TYPES[self.kind]


@dataclass(frozen=True)
class Upload:
    """A file that was checked and kept, before any transaction."""

    file_key: str
    sha256: str
    kind: str
    filename: str
    size: int


def store() -> files.Store:
    return files.Store(config.current().files)


def receive(filename: str, content: bytes) -> Upload:
    """Checks what kind of file it is and keeps it. Slow (it waits for the disk), so it comes before the transaction.

    If nothing comes of the request, the file is removed; if the process dies, the sweep finds it.
    """
    if not content:
        raise Refused("This file is empty.", field="file")
    most = config.current().upload_mb
    if len(content) > most * 1_000_000:
        raise Refused(f"This file is larger than {most} MB.", field="file")
    try:
        kind = sniff.kind_of(content)
    except sniff.Unaccepted as error:
        raise Refused(str(error), field="file") from error
    key = store().keep(content)
    after_rollback(lambda: store().remove(key))
    return Upload(key, files.sha256(content), kind, shape.filename(filename, kind, otherwise="resume"), len(content))


def add(upload: Upload, *, by: User, candidate: Candidate | None = None) -> Resume:
    """A new version; the same file once more is the version that is there already."""
    same = _same(upload, candidate)
    if same is not None:
        after_commit(lambda: store().remove(upload.file_key))
        return same
    resume = Resume(**asdict(upload), by_id=by.id, candidate_id=None)
    db.session.add(resume)
    db.session.flush()
    if candidate is not None:
        attach(resume, candidate, by=by)
    return resume


def attach(resume: Resume, candidate: Candidate, *, by: User) -> Resume:
    """Gives an upload to the person it belongs to."""
    resume.candidate_id = candidate.id
    candidate.changed_at = clock.now()
    db.session.flush()
    events.record("resume.added", by=by, subject_id=candidate.id, text=f"added the resume {resume.filename}")
    if resume.state != "waiting":
        _index(resume)
    return resume


def remove(resume: Resume, candidate: Candidate, *, by: User | None) -> Resume:
    """Taken off the record at once; the file goes with the sweep, so that this can be undone for a while. `by` is None
    where a backup had brought it back.
    """
    resume.removed_at = clock.now()
    db.session.flush()
    events.record("resume.removed", by=by, subject_id=candidate.id, text=f"removed the resume {resume.filename}")
    index_latest(candidate)
    return resume


def restore(resume: Resume, candidate: Candidate, *, by: User) -> Resume:
    if db.session.scalar(of(candidate).where(Resume.sha256 == resume.sha256).limit(1)) is not None:
        raise Refused("The same file was uploaded again since; it is there already.")
    resume.removed_at = None
    db.session.flush()
    events.record("resume.restored", by=by, subject_id=candidate.id, text=f"brought back {resume.filename}")
    index_latest(candidate)
    return resume


# --- queries


def of(candidate: Candidate) -> Select[Resume]:
    return (
        select(Resume)
        .where(Resume.candidate_id == candidate.id, Resume.removed_at.is_(None))
        .order_by(Resume.uploaded_at.desc(), Resume.id.desc())
    )


def latest(candidate: Candidate) -> Resume | None:
    return db.session.scalar(of(candidate).limit(1))


def find(candidate: Candidate, resume_id: str, *, removed: bool = False) -> Resume:
    resume = db.session.get(Resume, resume_id)
    if resume is None or resume.candidate_id != candidate.id or (resume.removed_at is not None) != removed:
        raise Missing
    return resume


def find_upload(resume_id: str, *, by: User) -> Resume:
    """An upload that still waits for its person; only who brought it sees it."""
    resume = db.session.get(Resume, resume_id)
    if resume is None or resume.candidate_id is not None or resume.by_id != by.id:
        raise Missing
    return resume


def content(resume: Resume) -> bytes:
    """The bytes as they came; raises files.Missing, or Refused when they are not what was kept."""
    kept = store().read(resume.file_key)
    if files.sha256(kept) != resume.sha256:
        raise Refused("The stored file is not what was uploaded. Please tell your administrator.")
    return kept


def preview(resume: Resume, page: int) -> bytes:
    """The image of a page, counted from 1; raises Missing."""
    if not 1 <= page <= len(resume.previews):
        raise Missing
    try:
        return store().read(resume.previews[page - 1])
    except files.Missing as error:
        raise Missing from error


# --- reading, by the worker: claim in one transaction, read without one, write down in another


def waits(now: datetime) -> bool:
    """Whether there is one to read; asked before it is claimed, because claiming holds other writers up."""
    return db.session.scalar(select(Resume.id).where(_unread(now)).limit(1)) is not None


def claim(now: datetime) -> str | None:
    """The id of a resume to read, taken for a minute; None when none waits. A third try is the last."""
    resume = db.session.scalar(
        select(Resume)
        .where(_unread(now))
        .order_by(Resume.uploaded_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .options(defer(Resume.text))
    )
    if resume is None:
        return None
    resume.tries += 1
    resume.claimed_until = now + timedelta(minutes=1)
    if resume.tries > MOST_TRIES:
        resume.state, resume.trouble = "unread", "Reading this file failed three times; it is kept as it is."
        return None
    return resume.id


def _unread(now: datetime) -> ColumnElement[bool]:
    return (Resume.state == "waiting") & or_(Resume.claimed_until.is_(None), Resume.claimed_until < now)


def read_file(content: bytes, kind: str) -> tuple[reading.Reading, dict[str, Any], list[str]]:
    """What is in the file, the contact fields proposed from it, and the keys of its preview images."""
    result = reading.read(content, kind)
    proposed = asdict(contacts.find(result)) if result.text else {}
    return result, proposed, [store().keep(page) for page in result.previews]


def write_down(resume: Resume, result: reading.Reading, proposed: dict[str, Any], previews: list[str]) -> None:
    resume.text, resume.pages, resume.trouble = result.text, result.pages, result.trouble
    resume.previews, resume.proposed = previews, proposed
    resume.state = "read" if result.text else "unread"
    resume.claimed_until = None
    db.session.flush()
    _index(resume)


def forget(previews: list[str]) -> None:
    """Pictures of a resume that was erased while it was being read."""
    for key in previews:
        store().remove(key)


# --- sweeping, by the worker


def unclaimed(now: datetime, *, but: ColumnElement[bool] = NOBODY) -> list[Resume]:
    """Uploads that were never given to anybody, `but` for those that are held longer, and versions removed longer ago
    than they can be brought back.
    """
    abandoned = Resume.candidate_id.is_(None) & (Resume.uploaded_at < now - UNCLAIMED_AFTER) & ~but
    return list(
        db.session.scalars(select(Resume).where(or_(abandoned, Resume.removed_at < now - UNCLAIMED_AFTER)).limit(50))
    )


def erase(resume: Resume) -> None:
    """The row now, its files once that is certain."""
    keys = [resume.file_key, *resume.previews]
    db.session.delete(resume)
    after_commit(lambda: _remove_files(keys))


def _remove_files(keys: list[str]) -> None:
    for key in keys:
        store().remove(key)


def file_keys() -> set[str]:
    known: set[str] = set()
    for key, previews in db.session.execute(select(Resume.file_key, Resume.previews)):
        known.update((key, *previews))
    return known


# --- parts


def _same(upload: Upload, candidate: Candidate | None) -> Resume | None:
    if candidate is None:
        return None
    return db.session.scalar(of(candidate).where(Resume.sha256 == upload.sha256).limit(1))


def _index(resume: Resume) -> None:
    if resume.candidate_id is not None and resume.removed_at is None:
        _put(resume.candidate_id, resume.text)


def index_latest(candidate: Candidate) -> None:
    newest = latest(candidate)
    _put(candidate.id, newest.text if newest else "")


def _put(candidate_id: str, text: str) -> None:
    """Into the index, and into what matches are found by."""
    search.put("candidate", candidate_id, resume=text)
    candidate = db.session.get_one(Candidate, candidate_id)
    profiles.write(candidate_id, text, name=candidate.full_name)


def damaged() -> list[str]:
    """Keys of stored resumes whose bytes are not the ones that came; reads every file."""
    found = []
    for key, sha256 in db.session.execute(select(Resume.file_key, Resume.sha256)):
        try:
            if files.sha256(store().read(key)) != sha256:
                found.append(key)
        except files.Missing:
            continue
    return found
