"""What exactly left with a forward: noted in the transaction that hands a copy of its letter over, never changed."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Select, String, bindparam, case, func, insert, select, update
from sqlalchemy.orm import Mapped, aliased, joinedload, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain.consents import Consent
from crm.domain.forward_parts import PART_WORDS, PARTS
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.resumes import Resume
from crm.domain.shortlists import Shortlist
from crm.kit import clock, tokens

TEXT_VERSIONS = {"forward": 1, "shortlist": 1}
"""Of the words around what the sender wrote, by the kind of letter. Counted up whenever templates/mail changes them; a
test knows what each one read like.
"""


TOLD = ("headline", "location", "employer", "contact")


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
    opening: Mapped[str]
    """Of a shortlist's letter. It may tell of others in it, so it is for its sender alone."""
    position: Mapped[str]
    headline: Mapped[str]
    """As it was told, and empty where it was not; so with the next three."""
    location: Mapped[str]
    employer: Mapped[str]
    contact: Mapped[str]
    sensitive: Mapped[bool]
    until: Mapped[date]
    """To which day the link was to stay open, when it left."""
    consent: Mapped[Consent | None] = relationship(lazy="raise_on_sql")

    @property
    def parts_words(self) -> str:
        return parts_words(self)

    @property
    def left_out_words(self) -> str:
        return left_out_words(self.parts, self.deliver)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Of the record itself, each with what it is."""
        facts = (("Headline", self.headline), ("Location", self.location), ("Employer", self.employer),
                 ("Contact", self.contact))  # fmt: skip
        return [(name, words) for name, words in facts if words]


def parts_words(shown: Disclosure | Forward) -> str:
    said = ", ".join(PART_WORDS.get(part, part) for part in shown.parts)
    return f"{said}; without a name" if shown.blind else said


def left_out_words(parts: Iterable[str], deliver: str) -> str:
    """What they were not shown, though it could have been. An attachment is the file, with all that is in it."""
    shown = {*parts, *(("headline", "location", "employer", "contact", "resume") if deliver == "attachment" else ())}
    return ", ".join(PART_WORDS[part] for part in PARTS if part not in shown)


# --- queries


def of(forward: Forward) -> list[Disclosure]:
    """Every copy, the newest first, each with the yes that it left on."""
    found = select(Disclosure).where(Disclosure.forward_id == forward.id).order_by(Disclosure.id.desc())
    return list(db.session.scalars(found.options(joinedload(Disclosure.consent).joinedload(Consent.by))))


def last_of(forwards: Iterable[Forward]) -> dict[str, Disclosure]:
    """By the forward's id: the newest copy of each that had one."""
    ids = [forward.id for forward in forwards]
    yes = joinedload(Disclosure.consent).joinedload(Consent.by)
    found = select(Disclosure).where(Disclosure.forward_id.in_(ids)).order_by(Disclosure.id).options(yes)
    return {copy.forward_id: copy for copy in db.session.scalars(found)}


# --- verbs


def note(forward: Forward, told: dict[str, str]) -> None:
    """What leaves now. One statement, since every letter waits for it. `told`: of the record itself, by TOLD."""
    given = {"forward": forward.id, "consent": forward.consent_id, "new_id": tokens.new_id(), "now": clock.now()}
    db.session.execute(_NOTE, given | {name: told.get(name, "") for name in TOLD})


def forget_openings(shortlist_ids: Select[str | None]) -> None:
    """They may tell of somebody whose record is erased."""
    within = select(Forward.id).where(Forward.shortlist_id.in_(shortlist_ids))
    db.session.execute(update(Disclosure).where(Disclosure.forward_id.in_(within)).values(opening=""))


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
    "consent_id": bindparam("consent", type_=Disclosure.consent_id.type),
    "message_id": Letter.message_id,
    "deliver": Forward.deliver,
    "parts": Forward.parts,
    "blind": Forward.blind,
    "sha256": func.coalesce(Resume.sha256, ""),
    "filename": func.coalesce(Resume.filename, ""),
    "version": _version,
    "note": Forward.note,
    "text_version": case(TEXT_VERSIONS, value=Letter.kind, else_=0),
    "opening": func.coalesce(Shortlist.note, ""),
    "position": Forward.position,
    **{name: bindparam(name, type_=Disclosure.note.type) for name in TOLD},
    "sensitive": Forward.sensitive,
    "until": Forward.until,
}
_NOTE = insert(Base.metadata.tables["disclosure"]).from_select(
    list(_NOTED),
    select(*_NOTED.values())
    .join(Letter, Letter.id == Forward.letter_id)
    .outerjoin(Resume, Resume.id == Forward.resume_id)
    .outerjoin(Shortlist, Shortlist.id == Forward.shortlist_id)
    .where(Forward.id == bindparam("forward")),
)
