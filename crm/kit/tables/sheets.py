"""XLSX, as far as it is looked at: the values of the first sheet that has any."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO, Any

import openpyxl

from crm.kit.tables import MOST_COLUMNS, Table, Unreadable, delimited

EMPTY_ROWS = 5_000
"""After so many nothing more is expected."""


def read(stream: IO[bytes]) -> Table:
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except (KeyError, ValueError, TypeError, AttributeError, SyntaxError, zipfile.BadZipFile, OSError) as error:
        raise Unreadable("This workbook is damaged. Save it again, or save the sheet as CSV.") from error
    for sheet in book.worksheets:
        try:
            return delimited.table("xlsx", _rows(sheet))
        except Unreadable as error:
            if "is empty" not in str(error):
                raise
    raise Unreadable("There is nothing in this workbook.")


def _rows(sheet: Any) -> Iterator[tuple[int, list[str] | str]]:
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()
    empty = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1), 1):
        cells = [_plain(value) for value in row]
        empty = 0 if any(cells) else empty + 1
        if empty > EMPTY_ROWS:
            return
        yield number, cells


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e18:
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)
