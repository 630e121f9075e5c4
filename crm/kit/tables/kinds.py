"""Which kind of file it is, told from what is in it and not from its name."""

import re
import zipfile
from typing import IO

from crm.kit.tables import Table, Unreadable, cards, delimited, objects, packed, sheets

_HEAD = 4096
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = (b"%PDF", b"MZ", b"\x7fELF", b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc", b"\x1f\x8b",
           b"SQLite ", b"{\\rtf", b"OggS", b"ID3")  # fmt: skip
_PAGE = re.compile(rb"<(?:!doctype|html|\?xml|svg)", re.IGNORECASE)
_DECLARED = (b"<!DOCTYPE", b"<!ENTITY")
EMPTY = "This file is empty."
OLD = "This is a workbook of the old kind. Save it as XLSX or CSV and choose that."


def opened(stream: IO[bytes]) -> Table:
    head = stream.read(_HEAD)
    stream.seek(0)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise Unreadable(EMPTY)
    if head.startswith(b"PK"):
        return _zipped(stream)
    if head.startswith(_OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in stream.read(1 << 22)
        raise Unreadable(packed.LOCKED if locked else OLD)
    bare = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(_OTHERS) or _PAGE.match(bare):
        raise Unreadable(delimited.BINARY)
    text = bare.replace(b"\x00", b"").lstrip(b"\xff\xfe").upper()
    if text.startswith(b"BEGIN:VCARD"):
        return cards.read(stream)
    if text.startswith((b"{", b"[")):
        return objects.read(stream)
    return delimited.read(stream)


def _zipped(stream: IO[bytes]) -> Table:
    archive = packed.opened(stream)
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        _check(archive)
        return sheets.read(stream)
    if names & {"word/document.xml", "ppt/presentation.xml", "mimetype"}:
        raise Unreadable("This is a document and no table. Choose a CSV, XLSX, JSON, vCard or ZIP file.")
    return packed.read(archive)


def _check(archive: zipfile.ZipFile) -> None:
    """A workbook has no need of declarations, which is where entity bombs live."""
    for member in archive.infolist():
        if member.filename.endswith((".xml", ".rels")):
            try:
                with archive.open(member) as part:
                    head = part.read(_HEAD).replace(b"\x00", b"").upper()
            except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
                raise Unreadable(packed.DAMAGED) from error
            if any(sign in head for sign in _DECLARED):
                raise Unreadable("This workbook carries declarations that it has no need of, so we do not open it.")
