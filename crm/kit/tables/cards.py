"""vCard 2.1, 3.0 and 4.0, one after the other, and jCard."""

import io
import quopri
import re
from collections.abc import Callable, Iterator
from typing import IO, Any

from crm.kit.tables import Record, Table, Unreadable, delimited
from crm.kit.tables.records import line, mails, plain

_LIMIT = 2_000_000
_PARTS = re.compile(r"(?<!\\);")
_COMMAS = re.compile(r"(?<!\\),")
_ESCAPED = re.compile(r"\\([,;:\\])")
_LINKS = {"URL", "X-SOCIALPROFILE", "IMPP"}
_UNTOLD = {"N", "FN", "VERSION", "PRODID", "UID", "REV", "BDAY", "GENDER", "ANNIVERSARY", "PHOTO", "LOGO", "SOUND",
           "KEY",
           "SORT-STRING", "CLASS", "MAILER", "TZ", "GEO", "LANG", "RELATED", "KIND", "BEGIN", "END", "NICKNAME",
           "X-ABUID", "X-ABADR", "X-ABLABEL", "AGENT", "LABEL", "SOURCE", "NAME"}  # fmt: skip


def read(stream: IO[bytes]) -> Table:
    encoding = delimited.encoding_of(stream)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace")
    return Table("vcard", _people(text), source="vcard")


def from_json(cards: list[Any]) -> Iterator[tuple[int, Record]]:
    """jCard: ["vcard", [[name, parameters, type, value, ...], ...]]"""
    for number, card in enumerate(cards, 1):
        fields = [(str(one[0]).upper(), _joined(one[3:])) for one in card[1] if isinstance(one, list) and len(one) > 3]
        yield number, _record(fields)


def _joined(values: list[Any]) -> str:
    parts = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    return ";".join(" ".join(map(str, part)) if isinstance(part, list) else str(part) for part in parts)


def _people(text: IO[str]) -> Iterator[tuple[int, Record]]:
    card: list[str] | None = None
    number = size = 0
    for raw in text:
        bare = raw.strip().upper()
        if bare == "BEGIN:VCARD":
            number, card, size = number + 1, [], 0
        elif bare == "END:VCARD" and card is not None:
            yield number, _record(list(_fields("".join(card))))
            card = None
        elif card is not None:
            size += len(raw)
            if size < _LIMIT:
                card.append(raw)
    if card is not None:
        raise Unreadable("The last card of this file has no end. Is the file complete?")
    if not number:
        raise Unreadable("There is no card in this file.")


def _fields(card: str) -> Iterator[tuple[str, str]]:
    """Lines put together that were folded; names in capitals, without group and parameters."""
    joined = re.sub(r"\r?\n[ \t]", "", card.replace("\r\n", "\n"))
    quoted = ""
    for raw in joined.split("\n"):
        entry = quoted + raw
        head, colon, value = entry.partition(":")
        if not colon:
            continue
        printable = "QUOTED-PRINTABLE" in head.upper()
        if printable and value.endswith("="):
            quoted = entry[:-1]
            continue
        quoted = ""
        if printable:
            value = quopri.decodestring(value.encode("utf-8", "replace")).decode(_charset(head), "replace")
        if value.strip():
            yield head.split(";")[0].rpartition(".")[2].upper(), value


def _charset(head: str) -> str:
    found = re.search(r"CHARSET=\"?([\w-]+)", head, re.IGNORECASE)
    name = found[1].lower() if found else "utf-8"
    return name if name in {"utf-8", "iso-8859-1", "iso-8859-15", "windows-1252", "cp1252", "us-ascii"} else "utf-8"


def _record(fields: list[tuple[str, str]]) -> Record:
    record: Record = {"emails": [], "phones": [], "links": [], "tags": [], "notes": [], "more": {}, "problems": []}
    for name, value in fields:
        _put(record, name, value)
    if not record.get("full_name"):
        parts = [_bare(part) for part in _PARTS.split(next((value for name, value in fields if name == "N"), ""))]
        record["full_name"] = line(" ".join([*parts[1:3], *parts[:1]]))
    return record


def _put(record: Record, name: str, value: str) -> None:
    if name in _ONCE:
        field, told = _ONCE[name]
        record.setdefault(field, told(value))
    elif name == "EMAIL":
        record["emails"] += mails(_bare(value))
    elif name == "TEL":
        record["phones"].append(_bare(value).removeprefix("tel:").split(";")[0])
    elif name in _LINKS:
        record["links"] += [one for one in [_bare(value)] if one.lower().startswith(("http", "www."))]
    elif name == "CATEGORIES":
        record["tags"] += [tag for one in _COMMAS.split(value) if (tag := _bare(one))]
    elif name == "NOTE":
        record["notes"].append({"text": _text(value), "at": "", "by": ""})
    elif name not in _UNTOLD and not name.startswith(("X-", "BEGIN")):
        record["more"][name.capitalize()] = _bare(value)


def _text(value: str) -> str:
    return plain(_ESCAPED.sub(r"\1", re.sub(r"\\[nN]", "\n", value)))


def _bare(value: str) -> str:
    return line(_text(value))


def _town(value: str) -> str:
    parts = [_bare(part) for part in _PARTS.split(value)]
    return ", ".join(part for part in [*parts[3:5], *parts[6:7]] if part)


_ONCE: dict[str, tuple[str, Callable[[str], str]]] = {
    "FN": ("full_name", _bare),
    "ORG": ("employer", lambda value: _bare(_PARTS.split(value)[0])),
    "TITLE": ("headline", _bare),
    "ROLE": ("headline", _bare),
    "ADR": ("location", _town),
}
"""Of which the first is taken."""
