"""Colleagues from a file of addresses: read, looked at, taken in, and for some days taken out again."""

from datetime import datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, to
from crm.kit import clock


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
