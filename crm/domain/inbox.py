"""Mail that came back: answers, notices, complaints, and what people log by a copy to their private address.

Nothing here is ever a consent, and nothing is ever answered by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import BigInteger, ColumnElement, Select, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload

from crm.db import Base, Id, after_commit, after_rollback, db, to
from crm.domain import candidates, events, resumes, stand_ins, touchpoints
from crm.domain.candidates import Candidate, Email
from crm.domain.errors import Missing, Refused
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.resumes import Resume
from crm.domain.users import User
from crm.kit import clock, files

KINDS = ("reply", "bounce", "delay", "delivered", "complaint", "automatic", "logged")


class Arrival(Base):
    """One mail that belongs to a letter of ours, or was logged by a copy. Others are not kept at all."""

    __tablename__ = "arrival"
    id: Mapped[Id]
    identity: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the mail and of the address it came to, so that reading it twice adds nothing."""
    message_id: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(10))
    letter_id: Mapped[str | None] = to("letter.id", ondelete="CASCADE")
    candidate_id: Mapped[str | None] = to("candidate.id", ondelete="CASCADE")
    user_id: Mapped[str | None] = to("user.id")
    """For whom it is: who queued the letter, or whose private address it came to."""
    from_address: Mapped[str]
    from_name: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    status: Mapped[str] = mapped_column(String(20), default="")
    said: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime | None]
    letter: Mapped[Letter | None] = relationship(lazy="raise_on_sql")
    enclosures: Mapped[list["Enclosure"]] = relationship(lazy="raise_on_sql", order_by="Enclosure.filename")

    @property
    def who(self) -> str:
        return self.from_name or self.from_address

    @property
    def waiting_files(self) -> list["Enclosure"]:
        return [file for file in self.enclosures if file.is_waiting]


class Enclosure(Base):
    """A file that came with a mail: nobody reads or opens it until a person takes it."""

    __tablename__ = "enclosure"
    __table_args__ = (UniqueConstraint("file_key"),)
    id: Mapped[Id]
    arrival_id: Mapped[str] = to("arrival.id", ondelete="CASCADE")
    filename: Mapped[str]
    size: Mapped[int]
    file_key: Mapped[str]
    taken_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]

    @property
    def is_waiting(self) -> bool:
        return self.taken_at is None and self.dropped_at is None


class Cursor(Base):
    """How far a mailbox has been read."""

    __tablename__ = "mailbox_cursor"
    mailbox: Mapped[str] = mapped_column(primary_key=True)
    validity: Mapped[int] = mapped_column(BigInteger)
    """IMAP's UIDVALIDITY: when it changes, the numbers begin anew."""
    uid: Mapped[int] = mapped_column(BigInteger)
    read_at: Mapped[datetime] = mapped_column(default=clock.now)
    trouble: Mapped[str] = mapped_column(default="")


@dataclass(frozen=True)
class Mail:
    """What is kept of a mail: words and files, for one letter or one candidate."""

    identity: str
    message_id: str
    kind: str
    from_address: str
    from_name: str
    subject: str
    text: str
    status: str
    said: str
    at: datetime
    enclosures: tuple[tuple[str, bytes], ...]


# --- queries


def is_known(identity: str) -> bool:
    return db.session.scalar(select(Arrival.id).where(Arrival.identity == identity)) is not None


def unseen(user: User) -> list[Arrival]:
    """Answers of people to one's own letters, until they are put aside."""
    return list(db.session.scalars(_unseen(user.is_admin), {"user": user.id}).unique())


@cache
def _unseen(is_admin: bool) -> Select[Arrival]:
    whole = select(Arrival).options(joinedload(Arrival.enclosures), joinedload(Arrival.letter))
    theirs = _is_for(stand_ins.user(is_admin=is_admin))
    query = whole.where(*theirs, Arrival.kind == "reply", Arrival.seen_at.is_(None))
    return query.order_by(Arrival.at, Arrival.id).limit(20)


def of_letter(letter: Letter) -> list[Arrival]:
    return list(db.session.scalars(_whole().where(Arrival.letter_id == letter.id).order_by(Arrival.at)))


def find(arrival_id: str, *, seen_by: User) -> Arrival:
    arrival = db.session.scalar(_for(seen_by).where(Arrival.id == arrival_id))
    if arrival is None:
        raise Missing
    return arrival


def find_enclosure(enclosure_id: str, *, seen_by: User) -> tuple[Enclosure, Arrival]:
    enclosure = db.session.get(Enclosure, enclosure_id)
    if enclosure is None or not enclosure.is_waiting:
        raise Missing
    return enclosure, find(enclosure.arrival_id, seen_by=seen_by)


def logged_to(message_ids: Iterable[str]) -> Arrival | None:
    """The logged mail that one of these names, whose answer has come."""
    query = select(Arrival).where(Arrival.message_id.in_(list(message_ids)), Arrival.kind == "logged")
    return db.session.scalar(query.limit(1))


def file_keys() -> set[str]:
    waiting = Enclosure.dropped_at.is_(None) & Enclosure.taken_at.is_(None)
    return set(db.session.scalars(select(Enclosure.file_key).where(waiting)))


def written_to(mailboxes: Iterable[str], *, by: User) -> list[Candidate]:
    """Candidates whom this user sees, with one of these addresses."""
    has = select(Email.candidate_id).where(Email.address.in_(list(mailboxes)))
    return list(db.session.scalars(select(Candidate).where(Candidate.id.in_(has), candidates.visible_to(by)).limit(20)))


def cursor(mailbox: str) -> Cursor | None:
    return db.session.get(Cursor, mailbox)


def cursors() -> list[Cursor]:
    return list(db.session.scalars(select(Cursor).order_by(Cursor.mailbox)))


def _for(user: User) -> Select[Arrival]:
    return _whole().where(*_is_for(user))


def _is_for(user: User) -> tuple[ColumnElement[bool], ...]:
    """What came for them, about nobody whom they may no longer see."""
    known = select(Candidate.id).where(candidates.visible_to(user))
    return Arrival.user_id == user.id, or_(Arrival.candidate_id.is_(None), Arrival.candidate_id.in_(known))


def _whole() -> Select[Arrival]:
    return select(Arrival).options(selectinload(Arrival.enclosures), joinedload(Arrival.letter))


# --- verbs, by the worker


def keep(mail: Mail, *, letter: Letter | None, candidate_id: str | None, user: User | None) -> Arrival:
    """Notes the mail, its files in quarantine."""
    arrival = Arrival(
        identity=mail.identity, message_id=mail.message_id, kind=mail.kind, letter_id=letter.id if letter else None,
        candidate_id=candidate_id, user_id=user.id if user else None, from_address=mail.from_address,
        from_name=mail.from_name, subject=mail.subject, text=mail.text, status=mail.status,
        said=mail.said, at=min(mail.at, clock.now()),
    )  # fmt: skip
    db.session.add(arrival)
    db.session.flush()
    for filename, data in mail.enclosures:
        db.session.add(_quarantined(arrival, filename, data))
    return arrival


def answered(arrival: Arrival, forward: Forward | None, *, user: User) -> None:
    """A person's answer: by a colleague, to a forward; or by the candidate, and then it is a contact."""
    if forward is not None:
        text = f"{arrival.who} answered by mail on {forward.position or 'the forward'}"
        events.record("forward.answered_by_mail", by=None, subject_id=forward.candidate_id, text=text)
    elif arrival.candidate_id is not None:
        candidate = db.session.get_one(Candidate, arrival.candidate_id)
        touchpoints.log(candidate, kind="mail", direction="in", by=user, at=arrival.at, text=arrival.text)


def log_copy(mail: Mail, candidate: Candidate, *, by: User) -> Arrival:
    """What they wrote to a candidate, with a copy to their private address."""
    arrival = keep(mail, letter=None, candidate_id=candidate.id, user=by)
    touchpoints.log(candidate, kind="mail", direction="out", by=by, at=arrival.at, text=arrival.text)
    return arrival


def move_cursor(mailbox: str, validity: int, uid: int, *, trouble: str = "") -> None:
    found = db.session.get(Cursor, mailbox, with_for_update=True)
    if found is None:
        found = Cursor(mailbox=mailbox, validity=validity, uid=uid)
        db.session.add(found)
    further = max(uid, found.uid) if found.validity == validity else uid
    found.validity, found.uid, found.read_at, found.trouble = validity, further, clock.now(), trouble


# --- verbs, by people


def see(arrival: Arrival) -> Arrival:
    """Put aside. Files of a mail that belongs to no letter are nowhere else, so a person decides on them first."""
    if arrival.letter_id is None and arrival.waiting_files:
        raise Refused("Take the files, or drop them, before you put this aside.")
    arrival.seen_at = arrival.seen_at or clock.now()
    return arrival


def content(enclosure: Enclosure) -> bytes:
    try:
        return resumes.store().read(enclosure.file_key)
    except files.Missing as error:
        raise Missing from error


def take(enclosure: Enclosure, arrival: Arrival, upload: resumes.Upload, *, by: User) -> Resume:
    """Out of quarantine: it becomes a resume of the candidate. `upload` is the file, sniffed like any other."""
    db.session.refresh(enclosure, with_for_update=True)
    if not enclosure.is_waiting or arrival.candidate_id is None:
        raise Refused("This file no longer waits.")
    resume = resumes.add(upload, by=by, candidate=candidates.find(arrival.candidate_id, seen_by=by))
    enclosure.taken_at = clock.now()
    key = enclosure.file_key
    after_commit(lambda: resumes.forget([key]))
    return resume


def drop(enclosure: Enclosure) -> None:
    if enclosure.is_waiting:
        enclosure.dropped_at = clock.now()
        after_commit(lambda: resumes.forget([enclosure.file_key]))


def _quarantined(arrival: Arrival, filename: str, data: bytes) -> Enclosure:
    store = resumes.store()
    key = store.keep(data)
    after_rollback(lambda: store.remove(key))
    return Enclosure(arrival_id=arrival.id, filename=filename, size=len(data), file_key=key)
