"""Reads an untrusted resume in a child process: its text, its lines with type sizes, pictures of its first pages."""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from crm.kit import plaintext, sandbox

PREVIEW_TYPE = "image/webp"  # about 1,000 pixels wide, quality 80

TROUBLES = {
    "locked": "This PDF is locked with a password. Save it without the password and upload it again.",
    "damaged": "This file is damaged, so we could not read it. The file itself is kept.",
    "doc": "Word 97 files are kept but cannot be shown here. Save it as PDF or DOCX to see its text.",
    "empty": "We found no text in this file. It may be a scan: a picture of pages instead of words.",
    "no preview": "The text was read, but no picture of the pages could be made.",
}
_READERS = {kind: f"crm.kit.readers.{kind}" for kind in ("pdf", "docx", "odt", "rtf", "txt")}
_PREVIEW_HEAD = b"RIFF"


@dataclass(frozen=True)
class Line:
    text: str
    size: float  # of the type, in points; 0 when unknown
    page: int


@dataclass(frozen=True)
class Reading:
    text: str = ""
    lines: tuple[Line, ...] = ()
    pages: int = 0
    previews: tuple[bytes, ...] = ()
    trouble: str = ""  # a sentence for people; the text may be there all the same

    @property
    def preview(self) -> bytes | None:
        return self.previews[0] if self.previews else None


def read(data: bytes, kind: str) -> Reading:
    """Never raises for a bad document: `trouble` says why there is no text, or no picture."""
    if kind not in _READERS:
        return Reading(trouble=TROUBLES["doc"])
    try:
        return _checked(_reading(sandbox.run(_READERS[kind], [], input=data)))
    except sandbox.Killed as killed:
        reading = _reading(killed.output)
        return replace(reading, trouble=TROUBLES["no preview"] if reading.text else str(killed))


def masked(data: bytes, page: int) -> bytes | None:
    """The picture of a page of a PDF, counted from 1, with how the person is reached painted over; None where there is
    none that tells nothing.
    """
    try:
        return _reading(sandbox.run("crm.kit.readers.masked", [str(page - 1)], input=data)).preview
    except sandbox.Killed:
        return None


def _checked(reading: Reading) -> Reading:
    return reading if reading.text or reading.trouble else replace(reading, trouble=TROUBLES["empty"])


def _reading(output: bytes) -> Reading:
    """What the child said, taken with care: it may have been cut off, or have been made to talk nonsense."""
    reading = Reading()
    for fact in _facts(output):
        if isinstance(fact.get("lines"), list):
            lines = tuple(_lines(fact["lines"]))
            text = "\n".join(line.text for line in lines)[: plaintext.MAX_CHARACTERS].strip()
            reading = replace(reading, text=text, lines=lines, pages=_number(fact.get("pages")))
        elif picture := _picture(fact.get("preview")):
            reading = replace(reading, previews=(*reading.previews, picture))
        elif fact.get("trouble") in TROUBLES:
            reading = replace(reading, trouble=TROUBLES[fact["trouble"]])
    return reading


def _facts(output: bytes) -> Iterator[dict[str, Any]]:
    for line in output.split(b"\n"):
        try:
            fact = json.loads(line)
        except ValueError:
            continue
        if isinstance(fact, dict):
            yield fact


def _lines(found: list[Any]) -> Iterator[Line]:
    left = plaintext.MAX_CHARACTERS
    for entry in found:
        if left <= 0 or not isinstance(entry, list) or len(entry) != 3 or not isinstance(entry[0], str):
            return
        yield Line(entry[0][:left], float(_number(entry[1])), int(_number(entry[2])))
        left -= len(entry[0]) + 1


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) else 0


def _picture(value: Any) -> bytes | None:
    try:
        picture = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except binascii.Error:
        return None
    return picture if picture.startswith(_PREVIEW_HEAD) else None
