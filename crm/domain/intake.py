"""Many resumes at once: kept, read by the worker, and shown with who they may be of. A person decides on each."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Index,
    Select,
    String,
    UniqueConstraint,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from crm.db import Base, Id, after_commit, db, is_sqlite, to
from crm.domain import candidates, duplicates, resumes, shape, spoken_tags
from crm.domain.candidates import Candidate
from crm.domain.duplicates import Likeness, Person
from crm.domain.errors import Missing, Refused
from crm.domain.resumes import Resume, Upload
from crm.domain.users import User
from crm.kit import clock, files, tokens, words

MOST_FILES = 50
HELD = timedelta(days=7)
"""Resumes that nobody decided on are kept so long."""
KEPT_AFTER_LEAVING_OUT = timedelta(days=1)
TOLD = timedelta(days=1)
MOST_TOLD = 10
MOST_ALIKE = 3
SURE = 60
"""From this likeness on, the person on record is proposed; below it, nothing is."""


class Intake(Base):
    __tablename__ = "intake"
    __table_args__ = (Index("ix_intake_by_id", "by_id", "at"),)
    id: Mapped[Id]
    by_id: Mapped[str] = to("user.id", index=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    held_until: Mapped[datetime] = mapped_column(default=lambda: clock.now() + HELD)
    subject: Mapped[str] = mapped_column(default="")
    """Of the mail that brought the files, if one did."""
    identity: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of that mail, so that reading it twice adds nothing."""


class IntakeFile(Base):
    """One file. `became` is new, of or left once somebody decided; `made_id` the record that was made from it."""

    __tablename__ = "intake_file"
    __table_args__ = (UniqueConstraint("intake_id", "sha256"),)
    id: Mapped[Id]
    intake_id: Mapped[str] = to("intake.id", index=False, ondelete="CASCADE")
    position: Mapped[int]
    filename: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    resume_id: Mapped[str | None] = to("resume.id", index=False, ondelete="CASCADE", unique=True)
    """None where the file was not kept: then `trouble` says why."""
    trouble: Mapped[str] = mapped_column(default="")
    became: Mapped[str] = mapped_column(String(4), default="")
    made_id: Mapped[str | None] = mapped_column(String(20))
    taken_at: Mapped[datetime | None]
    resume: Mapped[Resume | None] = relationship(lazy="raise_on_sql")


@dataclass(frozen=True)
class Received:
    """One file as it came: kept, or refused with a reason."""

    filename: str
    sha256: str
    upload: Upload | None
    trouble: str = ""


@dataclass(frozen=True)
class Row:
    """A file, what was found in it, who may be the same person, and who has it now."""

    file: IntakeFile
    found: dict[str, str]
    alike: list[Likeness]
    holder: Candidate | None
    """Who had this very file on record before, or has it now."""
    tags: list[str]
    """In use here, and spoken of in the resume."""

    @property
    def state(self) -> str:
        """waiting, read, unread or refused"""
        return self.file.resume.state if self.file.resume else "refused"

    @property
    def trouble(self) -> str:
        return self.file.resume.trouble if self.file.resume else self.file.trouble

    @property
    def is_open(self) -> bool:
        return self.state in {"read", "unread"} and not self.file.became

    @property
    def proposed(self) -> str:
        """new, the id of somebody on record, left, or nothing where a person has to look first."""
        if not self.is_open:
            return ""
        if self.holder is not None:
            return "left"
        if not self.alike:
            return "new"
        first = self.alike[0]
        return first.candidate_id if first.score >= SURE and first.is_named_so else ""


# --- queries


def of(user: User) -> Select[Intake]:
    return select(Intake).where(Intake.by_id == user.id).order_by(Intake.at.desc(), Intake.id.desc())


def waiting_of(user: User) -> list[tuple[Intake, int]]:
    """One's own with files that nobody decided on yet, and how many those are."""
    undecided = (IntakeFile.became == "") & IntakeFile.resume_id.is_not(None)
    query = select(Intake, func.count(IntakeFile.id)).join(IntakeFile).where(Intake.by_id == user.id, undecided)
    rows = db.session.execute(query.group_by(Intake.id).order_by(Intake.at.desc()).limit(20))
    return [(row[0], row[1]) for row in rows]


def brought_nothing(user: User) -> list[Intake]:
    """Mails of theirs, of the last day, of which no file could be taken."""
    kept = exists().where(IntakeFile.intake_id == Intake.id, IntakeFile.resume_id.is_not(None))
    told = (Intake.identity.is_not(None), Intake.at > clock.now() - TOLD, ~kept)
    return list(db.session.scalars(of(user).where(*told).limit(MOST_TOLD)))


def find(intake_id: str, *, by: User, locked: bool = False) -> Intake:
    """One's own; what waits here is nobody else's."""
    found = db.session.get(Intake, intake_id, with_for_update=locked)
    if found is None or found.by_id != by.id:
        raise Missing
    return found


def files_of(intake: Intake) -> list[IntakeFile]:
    query = select(IntakeFile).where(IntakeFile.intake_id == intake.id).options(joinedload(IntakeFile.resume))
    return list(db.session.scalars(query.order_by(IntakeFile.position, IntakeFile.id)))


def rows(intake: Intake, *, seen_by: User) -> list[Row]:
    """By a few queries, however many files there are."""
    theirs = files_of(intake)
    found = [_found(file.resume) for file in theirs]
    asked = [number for number, file in enumerate(theirs) if not file.became and any(found[number].values())]
    people = [_person(found[number]) for number in asked]
    alike = dict(zip(asked, duplicates.among(people, seen_by=seen_by) if people else [], strict=True))
    holders = _holders(theirs, seen_by)
    spoken = spoken_tags.of([file.resume_id for file in theirs if file.resume_id and not file.became], seen_by=seen_by)
    return [
        Row(
            file,
            found[number],
            alike.get(number, [])[:MOST_ALIKE],
            holders.get(_held_by(file)),
            spoken.get(file.resume_id or "", []),
        )
        for number, file in enumerate(theirs)
    ]


def held(now: datetime) -> ColumnElement[bool]:
    """Of the Resume of a query: it waits for a decision, longer than a single upload does."""
    undecided = or_(IntakeFile.became != "left", IntakeFile.taken_at > now - KEPT_AFTER_LEAVING_OUT)
    waits = select(IntakeFile.id).join(Intake).where(IntakeFile.resume_id == Resume.id, Intake.held_until > now)
    return exists(waits.where(undecided))


def is_known(identity: str) -> bool:
    return db.session.scalar(select(Intake.id).where(Intake.identity == identity)) is not None


# --- verbs


def receive(filename: str, content: bytes) -> Received:
    """Checks and keeps one file; slow, so it comes before the transaction. A file that is refused says why."""
    try:
        upload = resumes.receive(filename, content)
    except Refused as refusal:
        name = shape.filename(filename, "x", otherwise="file").removesuffix(".x")
        ending = filename.rpartition(".")[2] if "." in filename else ""
        named = f"{name}.{ending}" if ending.isascii() and ending.isalnum() and len(ending) <= 5 else name
        return Received(named, files.sha256(content), None, str(refusal))
    return Received(upload.filename, upload.sha256, upload)


def id_of(intent: str, *, by: User) -> str:
    """The same intent is the same intake, so that files can come one by one, or twice."""
    return tokens.digest(f"{by.id} intake {intent}")[:20]


def add(received: Sequence[Received], *, by: User, intent: str = "", intake: Intake | None = None) -> Intake:
    """A file that is there already is not added again."""
    if not received:
        raise Refused("Choose a file first.", field="file")
    intake = intake or _begun(intent, by=by)
    known = set(db.session.scalars(select(IntakeFile.sha256).where(IntakeFile.intake_id == intake.id)))
    fresh = {one.sha256: one for one in received if one.sha256 not in known}
    if len(known) + len(fresh) > MOST_FILES:
        raise Refused(f"There is room for {MOST_FILES} files at once. Send the others in a second go.", field="file")
    kept = {one.upload.file_key for one in fresh.values() if one.upload}
    for one in received:
        if one.upload and one.upload.file_key not in kept:
            _forget(one.upload.file_key)
    for position, one in enumerate(fresh.values(), len(known)):
        _put(intake, one, position, by=by)
    if fresh:
        intake.held_until = max(intake.held_until, clock.now() + HELD)
    db.session.flush()
    return intake


def by_mail(received: Sequence[Received], *, by: User, subject: str, identity: str) -> Intake:
    """Also where there was no file in it, so that its sender reads that."""
    intake = Intake(by_id=by.id, subject=tidy(subject), identity=identity)
    db.session.add(intake)
    db.session.flush()
    return add(received, by=by, intake=intake) if received else intake


def sweep(now: datetime) -> None:
    """What was refused, and the subject of a mail, is nobody's business once the resumes are gone."""
    over = select(Intake.id).where(Intake.held_until < now)
    db.session.execute(delete(IntakeFile).where(IntakeFile.resume_id.is_(None), IntakeFile.intake_id.in_(over)))
    db.session.execute(update(Intake).where(Intake.held_until < now, Intake.subject != "").values(subject=""))


# --- parts


def _begun(intent: str, *, by: User) -> Intake:
    """Of several that come at once with the same intent, one begins it, and each waits for the others."""
    intake_id = id_of(intent, by=by) if intent else tokens.new_id()
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    begun = insert(Intake).values(id=intake_id, by_id=by.id, at=clock.now(), held_until=clock.now() + HELD, subject="")
    db.session.execute(begun.on_conflict_do_nothing(index_elements=[Intake.id]))
    return db.session.get_one(Intake, intake_id, with_for_update=True)


def _put(intake: Intake, one: Received, position: int, *, by: User) -> None:
    file = IntakeFile(
        intake_id=intake.id, position=position, filename=one.filename, sha256=one.sha256, trouble=one.trouble
    )
    if one.upload is not None:
        resume = Resume(**asdict(one.upload), by_id=by.id, candidate_id=None)
        db.session.add(resume)
        db.session.flush()
        file.resume_id = resume.id
    db.session.add(file)
    db.session.flush()


def _forget(key: str) -> None:
    after_commit(lambda: resumes.forget([key]))


def _found(resume: Resume | None) -> dict[str, str]:
    proposed: dict[str, Any] = resume.proposed if resume else {}
    return {field: tidy(proposed.get(field)) for field in ("full_name", "email", "phone", "headline", "location")}


def tidy(value: object) -> str:
    """One line that a record takes."""
    return " ".join(shape.FORBIDDEN.sub("", str(value or "")).split())[: shape.LINE]


def _person(found: dict[str, str]) -> Person:
    digits = "".join(letter for letter in found["phone"] if letter.isdigit())[-9:]
    return Person(
        name=found["full_name"],
        emails=(found["email"].lower(),) if found["email"] else (),
        phones=(digits,) if digits else (),
        location=found["location"],
        headline=found["headline"],
    )


def _held_by(file: IntakeFile) -> str:
    return file.resume_id or "" if file.became else file.sha256


def _holders(theirs: Iterable[IntakeFile], user: User) -> dict[str, Candidate]:
    """By resume once it has somebody, else by the file's digest: whoever has it on record."""
    digests = [file.sha256 for file in theirs]
    query = select(Candidate, Resume.id, Resume.sha256).join(Resume, Resume.candidate_id == Candidate.id)
    seen = query.where(Resume.sha256.in_(digests), Resume.removed_at.is_(None), candidates.visible_to(user))
    found: dict[str, Candidate] = {}
    for person, resume_id, sha256 in db.session.execute(seen.order_by(Resume.id)):
        found[resume_id] = person
        found.setdefault(sha256, person)
    return found


def in_words(intake: Intake, count: int) -> str:
    return words.several(count, "resume") + (f" from the mail “{intake.subject}”" if intake.subject else "")
