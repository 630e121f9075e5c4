"""JSON Resume (jsonresume.org)."""

from typing import Any

from crm.kit.tables import Record
from crm.kit.tables.records import line, plain, words


def is_one(told: Any) -> bool:
    return isinstance(told.get("basics"), dict)


def person(told: dict[str, Any]) -> Record:
    basics = told["basics"]
    work = [one for one in told.get("work") or [] if isinstance(one, dict)]
    place = basics.get("location") or {}
    name = basics.get("name") or f"{basics.get('firstName') or ''} {basics.get('lastName') or ''}"
    return {
        "full_name": line(str(name)), "emails": _some(basics, "email"), "phones": _some(basics, "phone"),
        "headline": line(str(basics.get("label") or (work[0].get("position") if work else "") or "")),
        "employer": _employer(work), "location": _place(place), "links": _links(basics), "tags": [],
        "notes": [{"text": text, "at": "", "by": ""} for text in [_summary(told)] if text],
        "more": {}, "problems": [],
    }  # fmt: skip


def _some(basics: dict[str, Any], field: str) -> list[str]:
    return [line(str(basics[field]))] if basics.get(field) else []


def _employer(work: list[dict[str, Any]]) -> str:
    """Where they still are."""
    now = next((one for one in work if not one.get("endDate")), None)
    return line(str(now.get("name") or now.get("company") or "")) if now else ""


def _place(place: Any) -> str:
    if not isinstance(place, dict):
        return line(str(place or ""))
    return ", ".join(line(str(place[part])) for part in ("city", "region", "countryCode") if place.get(part))


def _links(basics: dict[str, Any]) -> list[str]:
    profiles = [one.get("url") for one in basics.get("profiles") or [] if isinstance(one, dict)]
    return [line(str(one)) for one in [basics.get("url"), basics.get("website"), *profiles] if one]


def _summary(told: dict[str, Any]) -> str:
    """What the record has no field for, as one note."""
    parts = [plain(str(told["basics"].get("summary") or ""))]
    for head, name in (("Work", "work"), ("Education", "education"), ("Skills", "skills"), ("Languages", "languages")):
        rows = [_row(one) for one in told.get(name) or []]
        if kept := [row for row in rows if row]:
            parts.append(f"{head}:\n" + "\n".join(kept))
    return "\n\n".join(part for part in parts if part)


def _row(one: Any) -> str:
    if not isinstance(one, dict):
        return words(one)
    known = ("name", "company", "institution", "position", "studyType", "area", "language", "fluency", "keywords",
             "startDate", "endDate")  # fmt: skip
    return ", ".join(told for field in known if (told := words(one.get(field))))
