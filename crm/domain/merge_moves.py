"""The rows of one record become those of another, and go back again: for every table that names a candidate.

No table is named here: whatever refers to a candidate moves, so that a new one cannot be forgotten. A row that would
stand there twice (the same role, the same tag) stays where it is, with the record that is out of sight.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, UniqueConstraint, and_, exists, or_, select, tuple_, update

from crm.db import Base, db

Moved = dict[str, list[list[Any]]]
"""By "table.column", the rest of each row's key."""
STAYS = frozenset(
    ("candidate", "merge", "candidate_email", "candidate_phone", "duplicate_pair", "import_row", "profile")
)
"""Copied, counted anew, or about the two records themselves."""
ONLY_WHILE = {"resume": "removed_at", "sequence": "ended_at"}
"""Where a row is only one of its kind while this column is empty."""
AT_ONCE = 400


def move(gone_id: str, kept_id: str) -> Moved:
    """Returns what it moved, for `move_back`."""
    moved = {f"{column.table.name}.{column.name}": _move(column, gone_id, kept_id) for column in references()}
    moved["event.subject_id"] = _moved(Base.metadata.tables["event"].c.subject_id, gone_id, kept_id)
    return {name: rows for name, rows in moved.items() if rows}


def move_back(moved: Moved, kept_id: str, gone_id: str) -> None:
    """What is still there of it; what was removed since stays removed."""
    for name, rows in moved.items():
        table_name, column_name = name.split(".")
        column = Base.metadata.tables[table_name].c[column_name]
        key = _rest_of_key(column)
        for some in _batches(rows):
            there = tuple_(*key).in_([tuple(row) for row in some])
            db.session.execute(update(column.table).where(column == kept_id, there).values({column: gone_id}))


def references() -> Iterator[Column[Any]]:
    """Every column that refers to a candidate."""
    for table in Base.metadata.sorted_tables:
        if table.name not in STAYS:
            yield from (one for one in table.columns for key in one.foreign_keys if key.references(_candidate()))


def _candidate() -> Table:
    return Base.metadata.tables["candidate"]


def _move(column: Column[Any], gone_id: str, kept_id: str) -> list[list[Any]]:
    return _moved(column, gone_id, kept_id, *_not_there_already(column, kept_id))


def _moved(column: Column[Any], gone_id: str, kept_id: str, *conditions: ColumnElement[bool]) -> list[list[Any]]:
    key = _rest_of_key(column)
    rows = [list(row) for row in db.session.execute(select(*key).where(column == gone_id, *conditions))]
    for some in _batches(rows):
        these = tuple_(*key).in_([tuple(row) for row in some])
        db.session.execute(update(column.table).where(column == gone_id, these).values({column: kept_id}))
    return rows


def _rest_of_key(column: Column[Any]) -> list[Column[Any]]:
    return [part for part in column.table.primary_key if part is not column]


def _not_there_already(column: Column[Any], kept_id: str) -> Iterator[ColumnElement[bool]]:
    for unique in _uniques(column):
        twin = column.table.alias()
        same = [twin.c[other.name] == other for other in unique if other is not column]
        alive = ONLY_WHILE.get(column.table.name)
        if alive:
            same.append(twin.c[alive].is_(None))
        there = exists(select(1).select_from(twin).where(twin.c[column.name] == kept_id, *same))
        yield or_(column.table.c[alive].is_not(None), ~there) if alive else ~there


def _uniques(column: Column[Any]) -> Iterator[list[Column[Any]]]:
    """What may stand there once for each candidate."""
    table = column.table
    constraints = [list(one.columns) for one in table.constraints if isinstance(one, UniqueConstraint)]
    indexes = [list(one.columns) for one in table.indexes if one.unique]
    for columns in ([*table.primary_key], *constraints, *indexes):
        if column in columns:
            yield columns


def _batches(rows: list[list[Any]]) -> Iterable[list[list[Any]]]:
    return (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))


def between(kept_id: str, gone_id: str) -> bool:
    """Whether something on record tells of the two as of two people."""
    found = []
    for table in {column.table for column in references()}:
        columns = [column for column in references() if column.table is table]
        if len(columns) > 1:
            one, other = columns
            found += [and_(one == kept_id, other == gone_id), and_(one == gone_id, other == kept_id)]
    return any(db.session.scalar(select(exists().where(condition))) for condition in found)
