"""CSV with any delimiter, in any of the encodings that programs write it in."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import IO

from crm.kit.tables import LONGEST_CELL, MOST_COLUMNS, Table, Unreadable, headers

LOOKED_AT = 20
"""So many rows at most stand before the heads."""
_SAMPLE = 65_536
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f]")
_CHUNK = 1 << 20
BINARY = "This file is no table of people. Choose a CSV, XLSX, JSON, vCard (.vcf) or ZIP file."
NOBODY = "There is nobody in this file: under the heads of the columns stands no row."


def read(stream: IO[bytes]) -> Table:
    encoding = encoding_of(stream)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    sample = text.read(_SAMPLE)
    text.detach()
    if len(_CONTROLS.findall(sample)) > max(10, len(sample) // 20):
        raise Unreadable(BINARY)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    csv.field_size_limit(LONGEST_CELL)
    return table("csv", _rows(text, _delimiter(sample)))


def table(kind: str, rows: Iterator[tuple[int, list[str] | str]]) -> Table:
    """Finds the heads among the first rows. A row that is told as words is one that cannot be read."""
    first = [(number, cells) for number, cells in islice(rows, LOOKED_AT) if isinstance(cells, str) or any(cells)]
    if not first:
        raise Unreadable("This file is empty.")
    at = _head(first)
    if at is None:
        width = max(len(cells) for _, cells in first if not isinstance(cells, str))
        columns, rest = [f"Column {number}" for number in range(1, width + 1)], first
    else:
        columns, rest = _named(list(first[at][1])), first[at + 1 :]
    if len(columns) > MOST_COLUMNS:
        raise Unreadable(
            f"This file has {len(columns):,} columns; {MOST_COLUMNS} are the most. Leave out some of them."
        )
    body = _body(chain(rest, rows), list(first[at][1]) if at is not None else [])
    return Table(kind, _some(body), columns, headers.program(columns))


def _some(body: Iterator[tuple[int, list[str] | str]]) -> Iterator[tuple[int, list[str] | str]]:
    there = next(body, None)
    if there is None:
        raise Unreadable(NOBODY)
    return chain([there], body)


def _body(rows: Iterator[tuple[int, list[str] | str]], head: list[str]) -> Iterator[tuple[int, list[str] | str]]:
    """Without empty rows, and without heads that stand there once more where files were put together."""
    return ((number, cells) for number, cells in rows if isinstance(cells, str) or (any(cells) and cells != head))


def _head(first: list[tuple[int, list[str] | str]]) -> int | None:
    """Where the heads stand: where most are known; else in the first row, unless that tells of somebody already."""
    scores = [0 if isinstance(cells, str) else sum(headers.known(cell) for cell in cells) for _, cells in first]
    if max(scores) > 0:
        return scores.index(max(scores))
    people = any(headers.EMAIL.fullmatch(cell.strip()) for cell in first[0][1])
    return None if people or isinstance(first[0][1], str) else 0


def _named(cells: list[str]) -> list[str]:
    """Each with a name of its own."""
    while cells and not cells[-1].strip():
        cells.pop()
    named: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = " ".join(cell.replace("\ufeff", "").split())[:80] or f"Column {number}"
        named.append(f"{name} ({number})" if name in named else name)
    return named


def _rows(text: IO[str], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error) or "field larger" in str(error):
                raise Unreadable(_open(number)) from error
            yield number, "a quotation mark stands where none can."


def _open(number: int) -> str:
    return f"In row {number:,} or after it a quotation mark is opened and never closed. Close it and try again."


def _delimiter(sample: str) -> str:
    lines = [line for line in sample.splitlines()[:30] if line.strip()]
    return max(",;\t|", key=lambda sign: _width(lines, sign))


def _width(lines: list[str], sign: str) -> tuple[int, int]:
    """Rows that have as many cells as most have, if that is more than one; and how many those are."""
    widths = [len(next(csv.reader([line], delimiter=sign), [])) for line in lines]
    usual = max(set(widths), key=lambda width: (widths.count(width) if width > 1 else 0, width), default=0)
    return (widths.count(usual), usual) if usual > 1 else (0, 0)


def encoding_of(stream: IO[bytes]) -> str:
    head = stream.read(4096)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head[1:200:2].count(0) > len(head[:200]) // 3:
        return "utf-16-le"
    if head[:200:2].count(0) > len(head[:200]) // 3:
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
        while chunk := stream.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"
