"""What exactly left with a forward: noted in the transaction that hands a copy of its letter over, never changed."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import String, bindparam, case, func, insert, select
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain.consents import Consent
from crm.domain.forward_parts import PART_WORDS
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.resumes import Resume
from crm.kit import clock, tokens

TEXT_VERSIONS = {"forward": 1, "shortlist": 1}
"""Of the words around what the sender wrote, by the kind of letter. Counted up whenever templates/mail changes them; a
test knows what each one read like.
"""


class Disclosure(Base):
    """One copy. A letter that the mail server refused and that left later has two; its own state tells which came."""

    __tablename__ = "disclosure"
    id: Mapped[Id]
    forward_id: Mapped[str] = to("forward.id", ondelete="CASCADE")
    consent_id: Mapped[str | None] = to("consent.id", ondelete="SET NULL")
    message_id: Mapped[str] = mapped_column(index=True)
    """By which the mail server's own log knows it."""
    at: Mapped[datetime]
    deliver: Mapped[str] = mapped_column(String(10))
    parts: Mapped[list[str]]
    """What of the candidate was to be seen: some of forward_parts.PARTS."""
    blind: Mapped[bool]
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the resume's file, and empty where there was none."""
    filename: Mapped[str]
    version: Mapped[int]
    """Counted from the candidate's first resume."""
    note: Mapped[str]
    text_version: Mapped[int]
    consent: Mapped[Consent | None] = relationship(lazy="raise_on_sql")

    @property
    def parts_words(self) -> str:
        said = ", ".join(PART_WORDS.get(part, part) for part in self.parts)
        return f"{said}; without a name" if self.blind else said


# --- queries


def of(forward: Forward) -> list[Disclosure]:
    """Every copy, the newest first."""
    found = select(Disclosure).where(Disclosure.forward_id == forward.id).order_by(Disclosure.id.desc())
    return list(db.session.scalars(found))


def last_of(forwards: Iterable[Forward]) -> dict[str, Disclosure]:
    """By the forward's id: the newest copy of each that had one."""
    ids = [forward.id for forward in forwards]
    found = select(Disclosure).where(Disclosure.forward_id.in_(ids)).order_by(Disclosure.id)
    return {copy.forward_id: copy for copy in db.session.scalars(found)}


# --- verbs


def note(forward_id: str) -> None:
    """What leaves now. One statement, since every letter waits for it."""
    db.session.execute(_NOTE, {"forward": forward_id, "new_id": tokens.new_id(), "now": clock.now()})


# --- parts


_earlier = aliased(Resume)
_version = (
    select(func.count())
    .where(_earlier.candidate_id == Forward.candidate_id, _earlier.uploaded_at <= Resume.uploaded_at)
    .scalar_subquery()
)
_NOTED = {
    "id": bindparam("new_id"),
    "at": bindparam("now", type_=Disclosure.at.type),
    "forward_id": Forward.id,
    "consent_id": Forward.consent_id,
    "message_id": Letter.message_id,
    "deliver": Forward.deliver,
    "parts": Forward.parts,
    "blind": Forward.blind,
    "sha256": func.coalesce(Resume.sha256, ""),
    "filename": func.coalesce(Resume.filename, ""),
    "version": _version,
    "note": Forward.note,
    "text_version": case(TEXT_VERSIONS, value=Letter.kind, else_=0),
}
_NOTE = insert(Base.metadata.tables["disclosure"]).from_select(
    list(_NOTED),
    select(*_NOTED.values())
    .join(Letter, Letter.id == Forward.letter_id)
    .outerjoin(Resume, Resume.id == Forward.resume_id)
    .where(Forward.id == bindparam("forward")),
)
