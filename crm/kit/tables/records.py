"""Cells to records, by what each column holds."""

import re
from collections.abc import Sequence
from typing import Any

from crm.kit.tables import Record, days
from crm.kit.tables.headers import IGNORE, KEEP

LINES = frozenset(("full_name", "first_name", "last_name", "headline", "employer", "source", "availability",
                   "notice_period", "pay_expectation"))  # fmt: skip
APPLICATION = frozenset(("role", "team", "stage", "disposition", "reason", "applied_on", "decided_on"))
DAYS = frozenset(("applied_on", "decided_on", "note_on"))
_SEVERAL = re.compile(r"\s*[;|\n]\s*|\s*,\s*(?=\S)")
_MAILS = re.compile(r"[;,|\s]+")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_MARKED = re.compile(r"'(?=[=+\-@])")
"""The apostrophe that we, and others, set before what a spreadsheet would take for a formula."""


def plain(cell: str) -> str:
    """Without what cannot be shown."""
    if cell.isprintable() and not cell.startswith("'"):
        return cell.strip()
    return _MARKED.sub("", _UNSEEN.sub("", cell).strip(), count=1) if cell else ""


def line(cell: str) -> str:
    if cell.isprintable() and "  " not in cell and not cell.startswith("'"):
        return cell.strip()
    return " ".join(plain(cell).split())


def make(cells: Sequence[str], columns: Sequence[str], fields: Sequence[str], *, day_first: bool) -> Record:
    record: Record = {"emails": [], "phones": [], "links": [], "tags": [], "notes": [], "more": {}, "problems": []}
    loose: dict[str, str] = {}
    for column, field, cell in zip(columns, fields, cells, strict=False):
        if field != IGNORE and (value := plain(cell)):
            _put(record, loose, column, field, value, day_first)
    _place(record, loose)
    _note(record, loose)
    _apply(record, loose)
    return record


def mails(value: str) -> list[str]:
    return [one for part in _MAILS.split(value) if "@" in (one := part.strip("<>()[]'\"").removeprefix("mailto:"))] or [
        value
    ]


def several(value: str) -> list[str]:
    return [one for one in (line(part) for part in _SEVERAL.split(value)) if one]


def _put(record: Record, loose: dict[str, str], column: str, field: str, value: str, day_first: bool) -> None:
    if field in LINES:
        record[field] = line(value)
    elif field == "email":
        record["emails"] += mails(value)
    elif field == "phone":
        record["phones"] += [line(one) for one in re.split(r"\s*[;,|\n]\s*|\s+/\s+", value) if one.strip()]
    elif field == "link":
        record["links"] += [one for one in re.split(r"[\s;,|]+", value) if one]
    elif field == "tags":
        record["tags"] += several(value)
    elif field == KEEP:
        record["more"][column] = value
    elif field in DAYS:
        _put_day(record, loose, column, field, value, day_first)
    elif field == "note" and "note" in loose:
        loose["note"] += f"\n\n{value}"
    else:
        loose[field] = value if field == "note" else line(value)


def _put_day(record: Record, loose: dict[str, str], column: str, field: str, value: str, day_first: bool) -> None:
    found = days.read(value, day_first=day_first)
    if found is None:
        record["problems"].append(f"{column}: “{value[:40]}” is no day.")
    else:
        loose[field] = found.isoformat()


def _place(record: Record, loose: dict[str, str]) -> None:
    parts = [loose.pop(part, "") for part in ("location", "region", "country")]
    record["location"] = ", ".join(dict.fromkeys(part for part in parts if part))


def _note(record: Record, loose: dict[str, str]) -> None:
    author, day, text = (loose.pop(part, "") for part in ("note_by", "note_on", "note"))
    if text:
        record["notes"].append({"text": text, "at": day, "by": author})


def _apply(record: Record, loose: dict[str, str]) -> None:
    if loose.get("role"):
        record["applications"] = [loose]
    elif loose:
        record["more"] |= {field.replace("_", " ").capitalize(): value for field, value in loose.items()}


def words(value: Any, depth: int = 0) -> str:
    """What stands in a nested value, on one line for each part."""
    if isinstance(value, dict):
        parts = [f"{name}: {told}" for name, one in value.items() if (told := words(one, depth + 1))]
        return "; ".join(parts) if depth < 4 else ""
    if isinstance(value, list):
        return "; ".join(told for one in value if (told := words(one, depth + 1))) if depth < 4 else ""
    return "" if value is None else plain(str(value))
