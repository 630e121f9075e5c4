"""Colleagues from a file of addresses: read, looked at, taken in, and for some days taken out again."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import JSON, ColumnElement, Index, String, delete, exists, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, db, to
from crm.domain import colleagues, events, search, shape
from crm.domain.circle import ColleagueLetter
from crm.domain.colleagues import Colleague
from crm.domain.errors import Missing, Refused
from crm.domain.forwards import Forward
from crm.domain.introductions import Introduction
from crm.domain.shortlists import Shortlist
from crm.domain.teasers import Teaser
from crm.domain.users import User
from crm.kit import address_files, clock, files, words

LARGEST = 5_000_000
KEPT_UNCHOSEN = timedelta(days=1)
UNDO_WITHIN = timedelta(days=7)


class ColleagueImport(Base):
    """A file that was read. `rows` are kept as long as somebody may still choose among them."""

    __tablename__ = "colleague_import"
    __table_args__ = (Index("ix_colleague_import_by_sha", "by_id", "sha256"),)
    id: Mapped[Id]
    by_id: Mapped[str] = to("user.id", index=False)
    filename: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    read_at: Mapped[datetime] = mapped_column(default=clock.now)
    imported_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]

    @property
    def can_be_undone(self) -> bool:
        done = self.imported_at
        return done is not None and self.undone_at is None and clock.now() - done < UNDO_WITHIN


class Row(NamedTuple):
    """`against`: why it cannot be taken in, in words."""

    number: int
    name: str
    email: str
    company: str
    against: str


# --- queries


def find(import_id: str, *, by: User) -> ColleagueImport:
    """One's own; a list of addresses is nobody else's."""
    found = db.session.get(ColleagueImport, import_id)
    if found is None or found.by_id != by.id:
        raise Missing
    return found


def preview(brought: ColleagueImport) -> list[Row]:
    """What would be taken in, and what not; by one query."""
    addresses = [row["email"].strip().lower() for row in brought.rows]
    known = set(db.session.scalars(select(Colleague.email).where(Colleague.email.in_(addresses))))
    shown, seen = [], set[str]()
    for number, row in enumerate(brought.rows):
        address = addresses[number]
        shown.append(Row(number, row["name"], row["email"], row["company"], _against(row, address, known, seen)))
        seen.add(address)
    return shown


def before(brought: ColleagueImport) -> ColleagueImport | None:
    """The last time that the same file was taken in, by the same user, and not taken out again."""
    same = (ColleagueImport.by_id == brought.by_id, ColleagueImport.sha256 == brought.sha256)
    done = (ColleagueImport.imported_at.is_not(None), ColleagueImport.undone_at.is_(None))
    query = select(ColleagueImport).where(*same, *done, ColleagueImport.id != brought.id)
    return db.session.scalar(query.order_by(ColleagueImport.id.desc()).limit(1))


# --- verbs


def read(filename: str, content: bytes, *, by: User) -> ColleagueImport:
    """Keeps who is in the file, for a look; nobody is in the address book yet."""
    if len(content) > LARGEST:
        raise Refused(f"This file is larger than {LARGEST // 1_000_000} MB.", field="file")
    try:
        people = address_files.read(content)
    except address_files.Unreadable as error:
        raise Refused(str(error), field="file") from error
    if not people:
        raise Refused("There is nobody in this file.", field="file")
    brought = ColleagueImport(by_id=by.id, sha256=files.sha256(content), filename=shape.line(filename[-200:], "file"))
    brought.rows = [person._asdict() for person in people]
    db.session.add(brought)
    db.session.flush()
    return brought


def take(brought: ColleagueImport, numbers: Collection[int], *, by: User) -> list[Colleague]:
    """Those that were ticked. Pressed twice, it is done once."""
    if brought.imported_at is not None:
        return []
    chosen = [row for row in preview(brought) if row.number in numbers and not row.against]
    if not chosen:
        raise Refused("Tick whom you want in the address book.", field="numbers")
    added = []
    for row in chosen:
        colleague = colleagues.add(name=row.name, email=row.email, company=row.company, by=by)
        colleague.import_id = brought.id
        added.append(colleague)
    brought.imported_at, brought.rows = clock.now(), []
    text = f"took {words.several(len(added), 'colleague')} from a file"
    events.record("colleague.imported", by=by, subject_id=brought.id, text=text)
    return added


def undo(brought: ColleagueImport, *, by: User) -> tuple[int, list[Colleague]]:
    """How many went again, and who stays because something was done with them since."""
    if not brought.can_be_undone:
        raise Refused("This can no longer be undone. Change or keep them one by one.")
    theirs = list(db.session.scalars(select(Colleague).where(Colleague.import_id == brought.id).order_by(Colleague.id)))
    stay = list(db.session.scalars(select(Colleague).where(Colleague.import_id == brought.id, _is_used())))
    gone = [colleague.id for colleague in theirs if colleague not in stay]
    for colleague_id in gone:
        search.drop(colleague_id)
    db.session.execute(delete(Colleague).where(Colleague.id.in_(gone)))
    brought.undone_at = clock.now()
    text = f"took {words.several(len(gone), 'colleague')} out again"
    events.record("colleague.import_undone", by=by, subject_id=brought.id, text=text)
    return len(gone), stay


def sweep(now: datetime) -> None:
    """Who was in a file and was not chosen is nobody's business the next day."""
    old = ColleagueImport.imported_at.is_(None) & (ColleagueImport.read_at < now - KEPT_UNCHOSEN)
    db.session.execute(update(ColleagueImport).where(old).values(rows=[]))


# --- parts


def _against(row: dict[str, str], address: str, known: set[str], seen: set[str]) -> str:
    if not address:
        return "without a mail address"
    if address in known:
        return "in the address book already"
    if address in seen:
        return "stands in the file twice"
    if not row["company"]:
        return "without a company"
    try:
        colleagues.check(name=row["name"], email=row["email"], company=row["company"])
    except Refused as refusal:
        return str(refusal)
    return ""


def _is_used() -> ColumnElement[bool]:
    """Of the Colleague of the query: somebody did something with them."""
    return (
        exists().where(Forward.colleague_id == Colleague.id)
        | exists().where(Introduction.colleague_id == Colleague.id)
        | exists().where(Teaser.colleague_id == Colleague.id)
        | exists().where(Shortlist.colleague_id == Colleague.id)
        | exists().where(ColleagueLetter.colleague_id == Colleague.id)
        | (Colleague.looking_for != "")
        | (Colleague.relation != "")
        | Colleague.forwards_off_at.is_not(None)
    )
