"""Shortlists: several people for one colleague, in one letter, each with a permission and a link of their own."""

from datetime import datetime

from sqlalchemy import Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from crm.db import Base, Id, to
from crm.domain.colleagues import Colleague
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.kit import clock


class Shortlist(Base):
    """Its people are forwards. The letter is written when all of them are settled, or when the sender says so."""

    __tablename__ = "shortlist"
    __table_args__ = (UniqueConstraint("by_id", "intent"),)
    id: Mapped[Id]
    colleague_id: Mapped[str] = to("colleague.id")
    letter_id: Mapped[str | None] = to("letter.id", ondelete="SET NULL")
    to_address: Mapped[str]
    company: Mapped[str]
    position: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    """It opens the letter; what is said of each person stands with the forward."""
    by_id: Mapped[str] = to("user.id", index=False)
    intent: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    taken_back_at: Mapped[datetime | None]
    colleague: Mapped[Colleague] = relationship(lazy="raise_on_sql")
    letter: Mapped[Letter | None] = relationship(lazy="raise_on_sql")
    by: Mapped[User] = relationship(lazy="raise_on_sql")

    @property
    def owner_id(self) -> str:
        return self.by_id


def whole() -> Select[Shortlist]:
    """Each with its colleague, sender and letter."""
    return select(Shortlist).options(
        joinedload(Shortlist.colleague, innerjoin=True),
        joinedload(Shortlist.by, innerjoin=True),
        joinedload(Shortlist.letter),
    )
