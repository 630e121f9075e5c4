"""People in a file of addresses: vCard of any version, or the list of connections that LinkedIn hands out.

Only the name, the first mail address and the company are read; what else such a file knows of a person stays in it.
"""

import csv
import io
import quopri
import re
from collections.abc import Iterator
from typing import NamedTuple

MOST_PEOPLE = 5_000
LONGEST_FIELD = 200
CARD = re.compile(r"^BEGIN:VCARD\s*$(.*?)^END:VCARD\s*$", re.MULTILINE | re.DOTALL | re.IGNORECASE)
COLUMNS = {"first name": "first", "last name": "last", "email address": "email", "company": "company", "name": "name",
           "email": "email", "e-mail": "email", "e-mail address": "email", "organization": "company"}  # fmt: skip


class Person(NamedTuple):
    name: str
    email: str
    company: str


class Unreadable(Exception):
    """No file of addresses; str(error) is a sentence."""


def read(content: bytes) -> list[Person]:
    """In the order of the file; those without a mail address have an empty one."""
    text = _decoded(content)
    people = list(_cards(text)) if CARD.search(text) else list(_rows(text))
    if len(people) > MOST_PEOPLE:
        raise Unreadable(f"There are more than {MOST_PEOPLE:,} people in this file. Split it, and take those you know.")
    return people


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise Unreadable("This file is no text. Choose a .vcf or a .csv file.")


# --- vCard


def _cards(text: str) -> Iterator[Person]:
    for card in CARD.finditer(text):
        fields: dict[str, str] = {}
        for name, value in _fields(card[1]):
            fields.setdefault(name, value)
        name = fields.get("FN") or " ".join(reversed(fields.get("N", "").split(";")[:2])).strip()
        if name or fields.get("EMAIL"):
            yield _person(name, fields.get("EMAIL", ""), re.split(r"(?<!\\);", fields.get("ORG", ""))[0])


def _fields(card: str) -> Iterator[tuple[str, str]]:
    """Lines put together that were folded, with the name in capitals and without group and parameters."""
    joined = re.sub(r"=\n(?=\S)", "", re.sub(r"\n[ \t]", "", card))
    for line in joined.split("\n"):
        head, colon, value = line.partition(":")
        name, *parameters = head.split(";")
        if not colon:
            continue
        if any("QUOTED-PRINTABLE" in one.upper() for one in parameters):
            value = quopri.decodestring(value.encode("utf-8", "replace")).decode("utf-8", "replace")
        if value.strip():
            yield name.rpartition(".")[2].upper(), value


# --- CSV


def _rows(text: str) -> Iterator[Person]:
    """LinkedIn sets some lines of notes before the header."""
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines[:20]) if _header(line)), None)
    if start is None:
        raise Unreadable("No names and mail addresses were found. Choose a .vcf file, or LinkedIn's Connections.csv.")
    header = _header(lines[start])
    try:
        for cells in csv.reader(io.StringIO("\n".join(lines[start + 1 :])), delimiter=_delimiter(lines[start])):
            row = dict(zip(header, cells, strict=False))
            name = row.get("name") or f"{row.get('first', '')} {row.get('last', '')}"
            if name.strip():
                yield _person(name, row.get("email", ""), row.get("company", ""))
    except csv.Error as error:
        raise Unreadable("A line of this file cannot be read.") from error


def _header(line: str) -> list[str]:
    """What each column holds; empty where this is no header."""
    found = [COLUMNS.get(cell.strip().strip('"').lower(), "") for cell in line.split(_delimiter(line))]
    return found if "email" in found and ("name" in found or "first" in found) else []


def _delimiter(line: str) -> str:
    return ";" if line.count(";") > line.count(",") else ","


def _person(name: str, email: str, company: str) -> Person:
    return Person(*(_plain(value) for value in (name, email.removeprefix("mailto:"), company)))


def _plain(value: str) -> str:
    """One line, with the signs that vCard writes with a stroke before them."""
    bare = re.sub(r"\\([,;\\:])", r"\1", re.sub(r"\\[nN]", " ", value))
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", bare).split())[:LONGEST_FIELD]
