"""What was merged into what: kept as long as the record that stayed, so that what they are known by stays known."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, Id, db, to
from crm.domain.candidates import KEPT_AFTER_MERGE, Candidate
from crm.domain.users import User
from crm.kit import clock


class Merge(Base):
    """No references to the records: it outlives the one that went, so that an older backup brings nobody back."""

    __tablename__ = "merge"
    id: Mapped[Id]
    kept_id: Mapped[str] = mapped_column(String(20), index=True)
    gone_id: Mapped[str] = mapped_column(String(20), index=True)
    gone_name: Mapped[str]
    known_as: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`names` and `employers` of both records, whichever of them the one that stayed shows."""
    by_id: Mapped[str] = to("user.id", index=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    undone_at: Mapped[datetime | None]
    moved: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """As merge_moves has it."""
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Of the record that stayed, what was changed: as it was, and as the merge left it."""
    added: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What else the merge made or pointed elsewhere."""
    by: Mapped[User] = relationship(lazy="raise_on_sql")

    @property
    def can_be_undone(self) -> bool:
        return self.undone_at is None and clock.now() - self.at < KEPT_AFTER_MERGE

    @property
    def until(self) -> datetime:
        return self.at + KEPT_AFTER_MERGE


def standing(kept_id: str) -> list[Merge]:
    """Into this record, the latest first."""
    mine = select(Merge).where(Merge.kept_id == kept_id, Merge.undone_at.is_(None))
    return list(db.session.scalars(mine.order_by(Merge.at.desc(), Merge.id.desc())))


def known_as(candidate_id: str) -> tuple[list[str], list[str]]:
    """Names and employers of every record that became this one."""
    names, employers = list[str](), list[str]()
    for one_id in (candidate_id, *every_id(candidate_id)):
        for merge in standing(one_id):
            names += merge.known_as.get("names", [])
            employers += merge.known_as.get("employers", [])
    return names, employers


def every_id(candidate_id: str) -> list[str]:
    """Of all that ever became this record, at any remove."""
    found, ids = list[str](), [candidate_id]
    while ids:
        query = select(Merge.gone_id).where(Merge.kept_id.in_(ids), Merge.undone_at.is_(None))
        ids = [one for one in db.session.scalars(query) if one not in found]
        found += ids
    return found


def waiting_in(candidate_id: str) -> list[Candidate]:
    """The records that are kept for an undo."""
    return list(db.session.scalars(select(Candidate).where(Candidate.merged_into_id == candidate_id)))


def can_no_longer_be_undone(gone_id: str) -> None:
    """Once the record that went is erased: what was kept for the undo goes with it."""
    db.session.execute(update(Merge).where(Merge.gone_id == gone_id).values(moved={}, before={}, added={}))


def forget(ids: list[str]) -> None:
    """Once the person is erased."""
    db.session.execute(delete(Merge).where(Merge.kept_id.in_(ids)))
