"""What the columns of a file hold: guessed, chosen, and remembered for the next file with the same heads."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, db, to
from crm.domain.errors import Refused
from crm.domain.users import User
from crm.kit import clock
from crm.kit.tables import days, headers

NAMES = frozenset(("full_name", "first_name", "last_name"))


class ImportMap(Base):
    """The last choice of somebody, for everybody: heads tell of a program and of nobody."""

    __tablename__ = "import_map"
    signature: Mapped[str] = mapped_column(String(64), primary_key=True)
    fields: Mapped[list[str]]
    day_first: Mapped[bool]
    by_id: Mapped[str] = to("user.id", index=False)
    at: Mapped[datetime] = mapped_column(default=clock.now)


def signature(columns: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(headers.key(column) for column in columns).encode()).hexdigest()


def best(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[str], bool]:
    """The fields, one for each column, and whether the day comes before the month: remembered, or guessed."""
    known = db.session.get(ImportMap, signature(columns))
    if known is not None and len(known.fields) == len(columns):
        return list(known.fields), known.day_first
    fields = headers.guess(columns, rows)
    dated = [at for at, field in enumerate(fields) if field.endswith("_on")]
    return fields, days.has_day_first(row[at] for row in rows for at in dated if at < len(row))


def remember(columns: Sequence[str], fields: list[str], *, day_first: bool, by: User) -> None:
    known = db.session.get(ImportMap, signature(columns)) or ImportMap(signature=signature(columns))
    known.fields, known.day_first, known.by_id, known.at = fields, day_first, by.id, clock.now()
    db.session.add(known)


def check(columns: Sequence[str], fields: Sequence[str]) -> list[str]:
    """The fields as they are taken; refused where they name nobody."""
    if len(fields) != len(columns) or not set(fields) <= set(headers.FIELDS):
        raise Refused("Choose a field for every column.", field="fields")
    if not NAMES & set(fields):
        raise Refused("Say which column holds the name: without one nobody can be made.", field="fields")
    for field in headers.ONCE & set(fields):
        if list(fields).count(field) > 1:
            raise Refused(f"Two columns cannot both be “{headers.FIELDS[field]}”.", field="fields")
    return [headers.IGNORE if headers.is_protected(column) else field
            for column, field in zip(columns, fields, strict=True)]  # fmt: skip


def by_heads(columns: Sequence[str], chosen: dict[str, str], fields: Sequence[str]) -> list[str]:
    """The fields with those that are named by the heads of their columns put in."""
    wanted = {headers.key(head): field for head, field in chosen.items()}
    for head, field in chosen.items():
        if field not in headers.FIELDS:
            raise Refused(f"There is no field “{field[:40]}”. Those there are: {', '.join(headers.FIELDS)}.")
        if headers.key(head) not in {headers.key(column) for column in columns}:
            raise Refused(f"There is no column “{head[:80]}” in this file.")
    return [wanted.get(headers.key(column), field) for column, field in zip(columns, fields, strict=True)]
