"""Candidates from a file: brought, its columns named, checked row by row, taken in, and for some days taken out
again.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from sqlalchemy import JSON, Index, Select, String, UniqueConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, after_commit, after_rollback, db, to
from crm.domain import events, import_maps, policy, resumes, shape
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock, files, sandbox, words
from crm.kit.tables import headers

ON_KNOWN = {"update": "Fill in what is empty, and add tags, notes and applications", "skip": "Leave them as they are",
            "new": "Make them anew, as a second record"}  # fmt: skip
STATES = ("mapping", "checking", "checked", "running", "done", "undoing", "undone", "failed", "dropped")
BUSY = frozenset(("checking", "running", "undoing"))
LARGEST = 40_000_000
UNDO_WITHIN = timedelta(days=7)
KEPT_UNCHOSEN = timedelta(days=2)
PROBLEMS_KEPT = timedelta(days=30)
MOST_PROBLEMS = 5_000
SHOWN_PROBLEMS = 100
CHILD = "crm.kit.tables.child"
LOOK_SECONDS = 20
EXAMPLES = 3


class FileImport(Base):
    """`columns` is empty where the program that made the file has told us what is what."""

    __tablename__ = "file_import"
    __table_args__ = (Index("ix_file_import_by_read", "by_id", "read_at"),)
    id: Mapped[Id]
    by_id: Mapped[str] = to("user.id", index=False)
    filename: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    file_key: Mapped[str] = mapped_column(default="")
    """Empty once the file is no longer needed."""
    kind: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(20), default="")
    columns: Mapped[list[str]] = mapped_column(default=list)
    fields: Mapped[list[str]] = mapped_column(default=list)
    examples: Mapped[list[Any]] = mapped_column(JSON, default=list)
    day_first: Mapped[bool] = mapped_column(default=True)
    on_known: Mapped[str] = mapped_column(String(8), default="update")
    tag: Mapped[str] = mapped_column(default="")
    """For everybody in the file."""
    state: Mapped[str] = mapped_column(String(10), default="mapping", index=True)
    trouble: Mapped[str] = mapped_column(default="")
    last_row: Mapped[int] = mapped_column(default=0)
    """The number of the last row that is done with; after a fall it goes on behind it."""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made_roles: Mapped[list[str]] = mapped_column(default=list)
    claimed_until: Mapped[datetime | None]
    read_at: Mapped[datetime] = mapped_column(default=clock.now)
    started_at: Mapped[datetime | None]
    """Everything that it writes bears this moment: what is younger was done by somebody else."""
    finished_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    basis_at: Mapped[datetime | None]

    @property
    def is_busy(self) -> bool:
        return self.state in BUSY

    @property
    def can_be_undone(self) -> bool:
        done = self.finished_at
        return self.state == "done" and done is not None and clock.now() - done < UNDO_WITHIN

    @property
    def program(self) -> str:
        return headers.PROGRAM_WORDS.get(self.source, "")

    @property
    def share(self) -> int:
        """Per cent."""
        return min(100, 100 * self.done // self.total) if self.total else 0

    def count(self, what: str) -> int:
        return int(self.counts.get(what, 0))


class ImportRow(Base):
    """Where somebody came from; and what it changed, so that it can be put back."""

    __tablename__ = "import_row"
    __table_args__ = (UniqueConstraint("import_id", "number"),)
    id: Mapped[Id]
    import_id: Mapped[str] = to("file_import.id", index=False, ondelete="CASCADE")
    number: Mapped[int]
    candidate_id: Mapped[str | None] = to("candidate.id", ondelete="SET NULL")
    outcome: Mapped[str] = mapped_column(String(8))
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=clock.now)


class ImportProblem(Base):
    """`leaves_out`: the row is not taken in. Otherwise all of it but what is named."""

    __tablename__ = "import_problem"
    import_id: Mapped[str] = to("file_import.id", primary_key=True, index=False, ondelete="CASCADE")
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    leaves_out: Mapped[bool]
    text: Mapped[str]


@dataclass(frozen=True)
class Brought:
    """A file that was kept and looked at, before any transaction."""

    filename: str
    sha256: str
    file_key: str
    kind: str
    source: str
    columns: list[str]
    rows: list[Any]


# --- queries


def find(import_id: str, *, by: User) -> FileImport:
    """One's own: what is in a file is nobody else's before it is taken in."""
    found = db.session.get(FileImport, import_id)
    if found is None or found.by_id != by.id or found.state == "dropped":
        raise Missing
    return found


def listed(by: User) -> Select[FileImport]:
    mine = select(FileImport).where(FileImport.by_id == by.id, FileImport.state != "dropped")
    return mine.order_by(FileImport.read_at.desc(), FileImport.id.desc())


def problems_of(brought: FileImport) -> Select[ImportProblem]:
    return select(ImportProblem).where(ImportProblem.import_id == brought.id)


def problems(brought: FileImport, *, limit: int = SHOWN_PROBLEMS) -> list[ImportProblem]:
    """Those that keep a row out come first."""
    order = (ImportProblem.leaves_out.desc(), ImportProblem.number, ImportProblem.position)
    return list(db.session.scalars(problems_of(brought).order_by(*order).limit(limit)))


def before_this(brought: FileImport) -> FileImport | None:
    """The same file, taken in earlier and not undone."""
    same = (FileImport.sha256 == brought.sha256, FileImport.id != brought.id, FileImport.state == "done")
    return db.session.scalar(select(FileImport).where(*same).order_by(FileImport.finished_at).limit(1))


def file_keys() -> set[str]:
    return set(db.session.scalars(select(FileImport.file_key).where(FileImport.file_key != "")))


# --- verbs


def receive(filename: str, content: bytes, *, most: int = LARGEST) -> Brought:
    """Looks into the file, in a process of its own, and keeps it. Slow, so it comes before the transaction."""
    if not content:
        raise Refused("This file is empty.", field="file")
    if len(content) > most:
        raise Refused(f"This file is larger than {LARGEST // 1_000_000} MB. Split it, or use the command line.",
                      field="file")  # fmt: skip
    key = resumes.store().keep(content)
    after_rollback(lambda: resumes.store().remove(key))
    try:
        with resumes.store().open(key) as kept:
            return look(filename, files.sha256(content), key, kept)
    except Refused:
        resumes.store().remove(key)
        raise


def look(filename: str, sha256: str, key: str, kept: BinaryIO) -> Brought:
    head: dict[str, Any] = {}
    rows: list[Any] = []
    for told in told_of(kept, "look"):
        if isinstance(told, dict):
            head |= told
        else:
            rows.append(told[1])
    if "trouble" in head:
        raise Refused(head["trouble"], field="file")
    if not rows:
        raise Refused("There is nobody in this file.", field="file")
    name = shape.line(filename[-200:].replace("\n", " ").replace("\r", " ") or "a file", "file")
    return Brought(name, sha256, key, head["kind"], head["source"], head["columns"], rows)


def told_of(kept: BinaryIO, argument: str, *, cpu_seconds: int = LOOK_SECONDS) -> Iterator[Any]:
    """What the reader says of the file, line by line; its trouble as one more `{"trouble": sentence}`."""
    try:
        for line in sandbox.lines(CHILD, [argument], source=kept, cpu_seconds=cpu_seconds, memory_mb=768):
            yield json.loads(line)
    except sandbox.Killed as killed:
        yield {"trouble": str(killed)}


def bring(told: Brought, *, by: User) -> FileImport:
    """Nobody is taken in yet. The same file again, while it is still to be decided on, is the same."""
    policy.require("import", by=by)
    waiting = select(FileImport).where(FileImport.by_id == by.id, FileImport.sha256 == told.sha256)
    known = db.session.scalar(waiting.where(FileImport.state.in_(("mapping", "checked", "checking"))).limit(1))
    if known is not None:
        after_commit(lambda: resumes.store().remove(told.file_key))
        return known
    tabled = [row for row in told.rows if isinstance(row, list)]
    fields, day_first = import_maps.best(told.columns, tabled) if told.columns else ([], True)
    brought = FileImport(
        by_id=by.id, filename=told.filename, sha256=told.sha256, file_key=told.file_key, kind=told.kind,
        source=told.source, columns=told.columns, fields=fields, day_first=day_first,
        examples=told.rows[:50] if told.columns else told.rows[:EXAMPLES],
    )  # fmt: skip
    db.session.add(brought)
    db.session.flush()
    return brought


def check(
    brought: FileImport, *, by: User, fields: Sequence[str] = (), day_first: bool = True, on_known: str = "update",
    tag: str = "",
) -> FileImport:  # fmt: skip
    """The dry run, by the worker: every row is looked at, and nothing is changed."""
    policy.require("import", by=by)
    if brought.state not in {"mapping", "checked", "checking", "failed"} or not brought.file_key:
        raise Refused("This file has been taken in already, or is no longer here. Choose it again.")
    if brought.columns:
        brought.fields = import_maps.check(brought.columns, list(fields))
        import_maps.remember(brought.columns, brought.fields, day_first=day_first, by=by)
    brought.on_known = shape.one_of(on_known, tuple(ON_KNOWN), "on_known")
    brought.tag = shape.line(tag.lstrip("# "), "tag", most=60)
    brought.day_first = day_first
    begin(brought, "checking")
    db.session.execute(delete(ImportProblem).where(ImportProblem.import_id == brought.id))
    return brought


def change_map(brought: FileImport, *, by: User) -> FileImport:
    """Back to naming the columns."""
    policy.require("import", by=by)
    if brought.state not in {"checked", "checking", "failed", "mapping"}:
        raise Refused("This file has been taken in already.")
    brought.state = "mapping"
    return brought


def start(brought: FileImport, *, by: User) -> FileImport:
    """Pressed twice, it is done once."""
    policy.require("import", by=by)
    if brought.state in {"running", "done"}:
        return brought
    if brought.state != "checked":
        raise Refused("Check the file first.")
    if not brought.count("made") + brought.count("updated"):
        raise Refused("There is nobody in this file to take in.")
    db.session.execute(delete(ImportProblem).where(ImportProblem.import_id == brought.id))
    begin(brought, "running")
    brought.started_at = clock.now()
    return brought


def undo(brought: FileImport, *, by: User) -> FileImport:
    """By the worker: who was made is gone again, what was filled in is empty again; what was touched since stays."""
    policy.require("import", by=by)
    if brought.state in {"undoing", "undone"}:
        return brought
    if not brought.can_be_undone:
        raise Refused("This can no longer be undone.")
    begin(brought, "undoing", total=brought.count("made") + brought.count("updated"))
    return brought


def drop(brought: FileImport, *, by: User) -> None:
    """Somebody thought better of it."""
    policy.require("import", by=by)
    if brought.state in {"running", "done", "undoing", "undone"}:
        raise Refused("This file has been taken in already.")
    forget_file(brought)
    brought.state, brought.examples = "dropped", []
    db.session.execute(delete(ImportProblem).where(ImportProblem.import_id == brought.id))


def sweep(now: datetime) -> None:
    """Who was in a file and was not taken in is nobody's business two days later."""
    waits = FileImport.state.in_(("mapping", "checked", "failed")) & (FileImport.read_at < now - KEPT_UNCHOSEN)
    for old in db.session.scalars(select(FileImport).where(waits).limit(100)):
        forget_file(old)
        old.state, old.examples = "dropped", []
    past = select(FileImport.id).where(FileImport.read_at < now - PROBLEMS_KEPT)
    db.session.execute(delete(ImportProblem).where(ImportProblem.import_id.in_(past)))


# --- parts of verbs


def begin(brought: FileImport, state: str, *, total: int | None = None) -> None:
    brought.state, brought.trouble, brought.claimed_until = state, "", None
    brought.last_row = brought.done = 0
    if state != "undoing":
        brought.counts = {}
    if state == "checking":
        brought.total = 0
    if total is not None:
        brought.total = total


def finish(brought: FileImport) -> None:
    """The file is not kept: it is full of people, and erasing one of them would not reach it."""
    brought.state, brought.finished_at, brought.claimed_until = "done", clock.now(), None
    brought.examples = []
    forget_file(brought)
    made, updated = brought.count("made"), brought.count("updated")
    text = f"took {words.several(made, 'candidate')} from a file, and added to {updated:,}"
    events.record("candidates.imported", by=db.session.get_one(User, brought.by_id), subject_id=brought.id, text=text)


def forget_file(brought: FileImport) -> None:
    key, brought.file_key = brought.file_key, ""
    if key:
        after_commit(lambda: resumes.store().remove(key))


def claim(now: datetime, lease: timedelta) -> str | None:
    """The next that is due, for one worker alone; its id."""
    free = FileImport.claimed_until.is_(None) | (FileImport.claimed_until < now)
    due = select(FileImport.id).where(FileImport.state.in_(BUSY), free).order_by(FileImport.read_at).limit(1)
    found = db.session.scalar(due.with_for_update(skip_locked=True))
    if found is not None:
        db.session.execute(update(FileImport).where(FileImport.id == found).values(claimed_until=now + lease))
    return found


def waits(now: datetime) -> bool:
    free = FileImport.claimed_until.is_(None) | (FileImport.claimed_until < now)
    return bool(db.session.scalar(select(func.count()).select_from(FileImport).where(FileImport.state.in_(BUSY), free)))
