"""How a row was before a verb changed it, as plain values for a JSON column, so that an undo can put it back."""

from datetime import date, datetime
from typing import Any

from crm.db import Base

Kept = dict[str, Any]


def of(row: Base, *columns: str) -> Kept:
    return {column: _plain(getattr(row, column)) for column in columns}


def put_back(row: Base, kept: Kept) -> None:
    for column, value in kept.items():
        setattr(row, column, _typed(row, column, value))


def is_still(row: Base, kept: Kept) -> bool:
    """Whether nothing has changed it since."""
    return all(getattr(row, column) == _typed(row, column, value) for column, value in kept.items())


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _typed(row: Base, column: str, value: Any) -> Any:
    kind = row.__table__.c[column].type.python_type
    return kind.fromisoformat(value) if value is not None and kind in (date, datetime) else value
