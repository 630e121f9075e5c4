"""Candidates as a table to take away: CSV, XLSX or JSON, row by row, and nothing that the user may not see.

Of a sealed role nothing is in it, whoever asks: nobody knows where a file ends up.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from crm.db import db
from crm.domain import exports, leaks, tags
from crm.domain.applications import Application
from crm.domain.candidates import Candidate, visible_to
from crm.domain.roles import Role
from crm.domain.users import User
from crm.kit import cells

T = TypeVar("T")
KINDS = {
    "csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}  # fmt: skip
COLUMNS = ("Name", "Mail addresses", "Phones", "What they do", "Employer", "Place", "Links", "Where from", "Tags",
           "Available", "Notice period", "Pay expectation", "Applications", "Last in touch", "Next")  # fmt: skip
AT_ONCE = 500
WHOLE_AT_ONCE = 100
_CHUNK = 65_536


def table(query: Select[Candidate], kind: str, *, seen_by: User) -> Iterator[bytes]:
    """`query`: any on Candidate; whom the user may not see is left out of it. In the order in which they were added."""
    rows = _rows(query, seen_by)
    if kind == "xlsx":
        return _xlsx(rows)
    return _json(rows) if kind == "json" else _csv(rows)


def whole(*, seen_by: User) -> Iterator[bytes]:
    """Everything on record about everybody whom the user may see, as a JSON array; see exports.whole."""
    separator = b"[\n"
    for told in _batched(_people(select(Candidate), seen_by), WHOLE_AT_ONCE, exports.of_each):
        yield separator + json.dumps(told, ensure_ascii=False).encode()
        separator = b",\n"
    yield b"\n]\n" if separator == b",\n" else b"[]\n"


def _people(query: Select[Candidate], user: User) -> Iterator[Candidate]:
    """By key: as much memory for a million as for a thousand."""
    ordered = query.where(visible_to(user)).order_by(None).order_by(Candidate.id).limit(AT_ONCE)
    ordered = ordered.options(selectinload(Candidate.emails), selectinload(Candidate.phones),
                              selectinload(Candidate.owner))  # fmt: skip
    last = ""
    while people := db.session.scalars(ordered.where(Candidate.id > last)).all():
        last = people[-1].id
        yield from people
        for person in people:
            db.session.expunge(person)


def _rows(query: Select[Candidate], user: User) -> Iterator[list[Any]]:
    tells = leaks.watch(by=user)
    return _batched(_people(query, user), AT_ONCE, lambda people: _told(people, tells))


def _batched(people: Iterable[Candidate], most: int, tell: Callable[[list[Candidate]], Iterable[T]]) -> Iterator[T]:
    """What is told of each, asked for several at once."""
    coming = iter(people)
    while batch := list(islice(coming, most)):
        yield from tell(batch)


def _told(people: list[Candidate], tells: Callable[[str], bool]) -> Iterator[list[Any]]:
    """`tells`: whether words would tell of a sealed role."""
    ids = [person.id for person in people]
    named, applied = tags.names(ids), _applications(ids)
    for one in people:
        spoke = one.last_contact_at.date().isoformat() if one.last_contact_at else ""
        row = [
            one.full_name, [mail.address for mail in one.emails], [phone.number for phone in one.phones], one.headline,
            one.employer, one.location, one.links, one.source, named[one.id], one.availability, one.notice_period,
            one.pay_expectation, applied.get(one.id, []), spoke, one.next_on.isoformat() if one.next_on else "",
        ]  # fmt: skip
        yield [_held_back(cell, tells) for cell in row]


def _held_back(cell: Any, tells: Callable[[str], bool]) -> Any:
    if isinstance(cell, list):
        return [_held_back(one, tells) for one in cell]
    return exports.WITHHELD if isinstance(cell, str) and cell and tells(cell) else cell


def _applications(ids: list[str]) -> dict[str, list[str]]:
    query = select(Application, Role.title).join(Role, Role.id == Application.role_id).where(Role.status != "sealed")
    found: dict[str, list[str]] = {}
    rows = query.where(Application.candidate_id.in_(ids)).order_by(Application.decided_on.desc(), Application.id)
    for application, title in db.session.execute(rows):
        found.setdefault(application.candidate_id, []).append(f"{title}: {application.stage}, {application.ended}")
    return found


def _flat(row: Iterable[Any]) -> list[str]:
    return [cells.plain("; ".join(cell) if isinstance(cell, list) else cell) for cell in row]


def _csv(rows: Iterator[list[Any]]) -> Iterator[bytes]:
    told = (["; ".join(cell) if isinstance(cell, list) else cell for cell in row] for row in rows)
    return (line.encode() for line in cells.csv_lines(COLUMNS, told))


def _json(rows: Iterator[list[Any]]) -> Iterator[bytes]:
    separator = "[\n"
    for row in rows:
        yield (separator + json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False)).encode()
        separator = ",\n"
    yield b"\n]\n" if separator == ",\n" else b"[]\n"


def _xlsx(rows: Iterator[list[Any]]) -> Iterator[bytes]:
    """Through a file: a workbook has its list of contents at the end."""
    book = import_module("openpyxl").Workbook(write_only=True)  # 12 MB, which a server holds once somebody asks
    sheet = book.create_sheet("Candidates")
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append(_flat(row))
    with tempfile.TemporaryFile() as kept:
        book.save(kept)
        kept.seek(0)
        while chunk := kept.read(_CHUNK):
            yield chunk
