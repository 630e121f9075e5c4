"""ZIP files: the tables that Greenhouse and Lever hand out for a warehouse, LinkedIn's, or a few files of people."""

import csv
import io
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import PurePosixPath
from typing import IO, Any

from crm.kit.tables import LONGEST_CELL, Table, Unreadable, cards, delimited, objects, warehouses

MOST_MEMBERS = 500
MOST_UNPACKED = 400_000_000
FREE_UNPACKED = 50_000_000
MOST_RATIO = 100
MOST_FILES = 200
TOO_LARGE = "This file unpacks to more than we open. Choose the tables in it one by one."
LOCKED = "This file is locked with a password. Save it without the password and choose it again."
DAMAGED = "This file is damaged: it cannot be unpacked. Save it again."
NOTHING = "In this ZIP file is no table of people that we know. Choose one of the files in it."


def opened(stream: IO[bytes]) -> zipfile.ZipFile:
    """Whose members together are no larger than what we open. ZipFile reads no more of one than its directory says."""
    try:
        archive = zipfile.ZipFile(stream)
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable(DAMAGED) from error
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    if len(members) > MOST_MEMBERS or total > MOST_UNPACKED or (total > FREE_UNPACKED and total > MOST_RATIO * packed):
        raise Unreadable(TOO_LARGE)
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable(LOCKED)
    return archive


def read(archive: zipfile.ZipFile) -> Table:
    named = {PurePosixPath(name).name.lower(): name for name in archive.namelist() if "__MACOSX" not in name}
    if "candidate.csv" in named and ("application.csv" in named or "email_address.csv" in named):
        return Table("zip", warehouses.greenhouse(_Tables(archive, named)), source="greenhouse")
    if "opportunity.csv" in named:
        return Table("zip", warehouses.lever(_Tables(archive, named)), source="lever")
    if "connections.csv" in named:
        return delimited.read(_whole(archive, named["connections.csv"]))
    tables = [name for name in named if name.endswith((".csv", ".tsv"))]
    if len(tables) == 1:
        return delimited.read(_whole(archive, named[tables[0]]))
    people = [name for name in named.values() if name.lower().endswith((".json", ".vcf"))]
    if tables or not people:
        nested = any(name.endswith(".zip") for name in named)
        raise Unreadable("A ZIP file within a ZIP file is not opened. Unpack it first." if nested else NOTHING)
    return Table("zip", _persons(archive, people[:MOST_FILES]), source=_source(people))


def _source(people: list[str]) -> str:
    return "vcard" if people[0].lower().endswith(".vcf") else ""


class _Tables:
    """The members, as dictionaries by their heads."""

    def __init__(self, archive: zipfile.ZipFile, named: dict[str, str]) -> None:
        self.archive, self.named = archive, named

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        """Nothing where there is no such table."""
        if name not in self.named:
            return
        csv.field_size_limit(LONGEST_CELL)
        try:
            with self.archive.open(self.named[name]) as member:
                text = io.TextIOWrapper(member, encoding="utf-8-sig", errors="replace", newline="")
                for row in csv.DictReader(text):
                    yield {(head or "").strip().lower(): value for head, value in row.items() if isinstance(value, str)}
        except (csv.Error, zipfile.BadZipFile, OSError) as error:
            raise Unreadable(f"{name} in this ZIP file cannot be read.") from error


def _persons(archive: zipfile.ZipFile, names: list[str]) -> Iterator[tuple[int, Any]]:
    """One after the other; a file that is broken is told of and does not keep the others out."""
    number = 0
    for name in names:
        try:
            for _, row in _one(archive, name):
                number += 1
                yield number, row
        except Unreadable as error:
            number += 1
            yield number, f"{PurePosixPath(name).name}: {error}"


def _one(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[int, Any]]:
    table = cards.read(_whole(archive, name)) if name.lower().endswith(".vcf") else objects.read(_whole(archive, name))
    if table.columns:
        raise Unreadable("this is a table; choose it by itself.")
    first = next(table.rows, None)
    return chain([first], table.rows) if first else iter(())


def _whole(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    try:
        return io.BytesIO(archive.read(name))
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise Unreadable(DAMAGED) from error
