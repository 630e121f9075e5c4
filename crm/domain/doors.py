"""The candidate's own page: the links that open it. What is said on it is in door_sayings.py."""

from datetime import datetime, timedelta

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing
from crm.domain.users import User
from crm.kit import clock, tokens

OPEN_FOR = timedelta(days=180)


class DoorLink(Base):
    """One row for each copy of a letter that leads there; its hash is committed with `in_doubt`."""

    __tablename__ = "door_link"
    id: Mapped[Id]
    candidate_id: Mapped[str] = to("candidate.id", ondelete="CASCADE")
    letter_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    minted_at: Mapped[datetime] = mapped_column(default=clock.now)
    until: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    candidate: Mapped[Candidate] = relationship(lazy="raise_on_sql")

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and self.until > clock.now() and not self.candidate.is_deleted


# --- queries


def is_link(token: str) -> bool:
    return db.session.scalar(select(DoorLink.id).where(DoorLink.token_hash == tokens.digest(token))) is not None


def find_by_link(token: str) -> DoorLink:
    """While it opens, with the candidate, how they are reached and who looks after them, by one query.

    Raises Missing for one that never was and for one that is over alike.
    """
    person = joinedload(DoorLink.candidate, innerjoin=True)
    found = db.session.scalars(
        select(DoorLink)
        .where(DoorLink.token_hash == tokens.digest(token))
        .options(
            person.joinedload(Candidate.emails),
            person.joinedload(Candidate.phones),
            person.joinedload(Candidate.owner, innerjoin=True),
            person.joinedload(Candidate.team),
        )
    )
    link = found.unique().one_or_none()
    if link is None or not link.is_open:
        raise Missing
    return link


def host(candidate: Candidate) -> User | None:
    """Whom the page names: who looks after them, as long as they are here."""
    return candidate.owner if candidate.owner.is_active else None


# --- verbs


def mint(candidate_id: str, token: str, *, letter_id: str | None = None) -> DoorLink:
    """When the letter that carries it is rendered."""
    link = DoorLink(
        candidate_id=candidate_id, letter_id=letter_id, token_hash=tokens.digest(token), until=clock.now() + OPEN_FOR
    )
    db.session.add(link)
    return link


def close(candidate_id: str) -> None:
    """All links to their page, at once."""
    theirs = update(DoorLink).where(DoorLink.candidate_id == candidate_id, DoorLink.revoked_at.is_(None))
    db.session.execute(theirs.values(revoked_at=clock.now()))
