"""A person as a file that other programs read: vCard 3.0 (RFC 2426) and JSON Resume. What is not given is not in it."""

import json
import re

VCARD_TYPE, JSON_TYPE = "text/vcard", "application/json"
_LONGEST_LINE = 75


def vcard(
    *, name: str, headline: str = "", employer: str = "", location: str = "", email: str = "", phone: str = "",
    note: str = "",
) -> bytes:  # fmt: skip
    """Family names are told from given ones by their place: the last word."""
    given, _, family = name.rpartition(" ")
    fields = (
        ("FN", _value(name)),
        ("N", f"{_value(family)};{_value(given)};;;"),
        ("TITLE", _value(headline)),
        ("ORG", _value(employer)),
        ("ADR", f";;;{_value(location)};;;" if location else ""),
        ("EMAIL", _value(email)),
        ("TEL", _value(phone)),
        ("NOTE", _value(note)),
    )
    lines = ["BEGIN:VCARD", "VERSION:3.0", *(f"{key}:{value}" for key, value in fields if value), "END:VCARD"]
    return "".join(_folded(line) + "\r\n" for line in lines).encode()


def json_resume(
    *, name: str, headline: str = "", employer: str = "", location: str = "", email: str = "", phone: str = "",
    text: str = "",
) -> bytes:  # fmt: skip
    """`text`, of the whole resume, has no place in the schema and stands beside it."""
    basics = {"name": name, "label": headline, "email": email, "phone": phone}
    basics_shown: dict[str, object] = {key: value for key, value in basics.items() if value}
    if location:
        basics_shown["location"] = {"address": location}
    resume: dict[str, object] = {"basics": basics_shown}
    if employer:
        resume["work"] = [{"name": employer}]
    if text:
        resume["text"] = text
    return json.dumps(resume, ensure_ascii=False, indent=2).encode()


def _value(text: str) -> str:
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text.replace("\r\n", "\n"))
    return re.sub(r"([\\,;])", r"\\\1", text).replace("\n", "\\n")


def _folded(line: str) -> str:
    """In pieces of 75 bytes, none of which divides a character."""
    pieces, size = [""], 0
    for character in line:
        width = len(character.encode("utf-8", "replace"))
        if size + width > _LONGEST_LINE:
            pieces.append(" ")
            size = 1
        pieces[-1] += character
        size += width
    return "\r\n".join(pieces)
