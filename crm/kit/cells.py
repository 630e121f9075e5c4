"""Rows of a table as CSV: every cell quoted, and marked where a spreadsheet would take it for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator

BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠")
"""In full width, too."""
BOM = "\ufeff"
"""Without it spreadsheets take UTF-8 for something older."""


def plain(value: object) -> str:
    """As one reads it; with an apostrophe before what a spreadsheet would reckon with, even behind blanks."""
    words = "" if value is None else str(value)
    return f"'{words}" if words.startswith(BEGINNINGS) or words.lstrip().startswith(BEGINNINGS) else words


def csv_lines(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Line by line, the first with the mark of UTF-8 before it."""
    yield BOM + _line(head)
    for row in rows:
        yield _line(row)


def _line(cells: Iterable[object]) -> str:
    into = io.StringIO()
    csv.writer(into, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([plain(cell) for cell in cells])
    return into.getvalue()
