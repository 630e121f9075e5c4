"""Pages of a long list, cut by key: a page begins after the last row of the one before, however long the list is."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from crm.db import db

T = TypeVar("T")
Columns = tuple[InstrumentedAttribute[Any], ...]


@dataclass(frozen=True)
class Page(Generic[T]):
    """`before` and `after` are the marks of the pages on either side; empty where there is none."""

    items: Sequence[T]
    before: str = ""
    after: str = ""


def cut(
    query: Select[T], *columns: InstrumentedAttribute[Any], after: str = "", before: str = "", size: int = 25,
    newest_first: bool = False,
) -> Page[T]:  # fmt: skip
    """The rows next to a mark, in the order of the columns: attributes of the row's own class, the last one unique.

    A mark that makes no sense is the beginning. Going back to a page that is not full shows the first page instead.
    """
    if start := _read(before, columns):
        items = _rows(query, columns, start, size, descending=not newest_first)[::-1]
        if len(items) > size:
            return Page(items[1:], before=mark(items[1], columns), after=mark(items[-1], columns))
        after = ""
    start = _read(after, columns)
    items = _rows(query, columns, start, size, descending=newest_first)
    shown = items[:size]
    return Page(
        shown,
        before=mark(shown[0], columns) if start and shown else "",
        after=mark(shown[-1], columns) if len(items) > size else "",
    )


def _rows(query: Select[T], columns: Columns, start: list[Any] | None, size: int, *, descending: bool) -> Sequence[T]:
    """One more than asked for, to know whether there is another page."""
    if start is not None:
        key = tuple_(*columns)
        query = query.where(key < tuple_(*start) if descending else key > tuple_(*start))
    order = [column.desc() if descending else column.asc() for column in columns]
    return db.session.scalars(query.order_by(None).order_by(*order).limit(size + 1)).unique().all()


def mark(row: Any, columns: Columns) -> str:
    values = [getattr(row, column.key) for column in columns]
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read(mark: str, columns: Columns) -> list[Any] | None:
    try:
        plain = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(plain, list) or len(plain) != len(columns):
        return None
    try:
        return [_value(column, value) for column, value in zip(columns, plain, strict=True)]
    except (ValueError, OverflowError):
        return None


def _value(column: InstrumentedAttribute[Any], value: Any) -> Any:
    kind = column.type.python_type
    if isinstance(value, str) and kind in (date, datetime):
        value = kind.fromisoformat(value)
    if not isinstance(value, kind) or (isinstance(value, str) and ("\x00" in value or not value.isprintable())):
        raise ValueError(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(value)
        return value.astimezone(UTC)
    return value
