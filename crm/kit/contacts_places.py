"""Where the person lives and what they call themselves: only what is labelled, or written in a form that is plain."""

import re
from itertools import pairwise

from crm.kit import contacts_labels, contacts_mails
from crm.kit.contacts_words import COUNTRIES, HEADINGS, JOBS, PLACE, POSITION, STATES, fold
from crm.kit.reading import Line

_APART = re.compile(r"[|•·●∙◦■♦⋄◆▪►»;\t]| – | — | - |\s{3,}| , ")
_CITY = r"[^\W\d_][^\W\d_.'’-]{0,24}(?:[ .'’-]{1,2}[^\W\d_][^\W\d_.'’-]{0,24}){0,3}"
_POSTAL = re.compile(rf"(?:[A-Z]{{1,2}}-\d{{4,5}}|\d{{5}}|\d{{4}} [A-Z]{{2}}) {_CITY}")
_SHORT_POSTAL = re.compile(rf"\d{{4}} {_CITY}")  # or a house number and a street: it depends on what stands before
_ZIP = re.compile(r"\s\d{5}(?:-\d{4})?\Z|\s[A-Z]\d[A-Z] ?\d[A-Z]\d\Z")
_HOUSE = re.compile(r"\s\d{1,4} ?[a-z]?\Z")
_TOP = 25
_LONGEST = 80
_HEADLINE = 90


def location(lines: tuple[Line, ...], near: set[int]) -> str | None:
    """`near`: the lines of the name, the mail and the phone; a town is looked for around them."""
    for label, value, at in contacts_labels.pairs(lines):
        written = ":" in lines[at].text or "：" in lines[at].text or re.search(r"\d|,", value)
        if label in PLACE and written and _is_place(value):
            return value.strip(" ,;•|")
    around = sorted({at + step for at in near for step in range(-4, 5)} & set(range(len(lines))))
    pieces = [piece.strip(" ,;:()•#") for at in around for piece in _APART.split(lines[at].text[:300])]
    towns = (_town(piece, before) for before, piece in pairwise(["", *pieces]))
    return next((town for town in towns if town), None)


def _is_place(value: str) -> bool:
    sentence = value.endswith(".") or (len(value.split()) > 4 and "," not in value and not re.search(r"\d", value))
    return (
        1 < len(value) <= _LONGEST
        and not value[0].islower()
        and not sentence
        and not re.search(r"@|https?:|\d{7}", value)
    )


def _town(piece: str, before: str) -> str:
    """The piece when it is a postal code and a town; the end of it when that is a town and a known state or country."""
    if len(piece) > 120:
        return ""
    if _POSTAL.fullmatch(piece) or (_SHORT_POSTAL.fullmatch(piece) and _HOUSE.search(before)):
        return piece
    parts = [part.strip() for part in piece.split(",")]
    last = _ZIP.sub("", parts[-1])
    if len(parts) < 2 or not (last in STATES or fold(last).strip(".") in COUNTRIES):
        return ""
    if len(parts) > 2 and _is_town(parts[-3]) and last not in STATES:
        return ", ".join(parts[-3:])
    return ", ".join(parts[-2:]) if _is_town(parts[-2]) else ""


def _is_town(part: str) -> bool:
    return re.fullmatch(_CITY, _ZIP.sub("", part)) is not None and not _has_other_words(part)


def _has_other_words(town: str) -> bool:
    words = fold(town).split()
    return any(
        word in JOBS or word in ("university", "college", "school", "inc", "ltd", "group", "bank") for word in words
    )


def headline(lines: tuple[Line, ...], name: str | None, name_line: int | None) -> str | None:
    for label, value, _ in contacts_labels.pairs(lines, over=False):
        if label in POSITION and value and _is_plain(value):
            return value
    if name is None or name_line is None:
        return None
    pieces = [piece for at in _around(lines, name_line) for piece in _titles(lines[at].text, name)]
    return next((piece for piece in pieces if _is_plain(piece) and _has_job(piece)), None)


def _around(lines: tuple[Line, ...], at: int) -> list[int]:
    """The line itself, the next few, then the one above."""
    filled = [place for place in range(at + 1, min(at + 12, len(lines))) if lines[place].text.strip()]
    above = [place for place in range(max(at - 3, 0), at) if lines[place].text.strip()][-1:]
    return [at, *filled[:3], *above]


def _titles(text: str, name: str) -> list[str]:
    place = fold(text).find(fold(name))
    rest = text[:place] + text[place + len(name) :] if place >= 0 else text
    return [piece.strip(" ,:–—-") for piece in ([rest] if "@" not in rest else _APART.split(rest))]


def _is_plain(text: str) -> bool:
    return 3 <= len(text) <= _HEADLINE and not re.search(r"@|https?:|www\.|\w\.\w{2,}/|\d{3}|[.!?]$", text)


def _has_job(text: str) -> bool:
    words = [word.strip(".,()/|&:") for word in re.split(r"[\s/,|&-]+", fold(text))]
    heading = words[-1] in HEADINGS
    cjk = any("\u3040" <= c <= "\ud7a3" for c in text) and any(job in fold(text) for job in JOBS if job[0] > "\u3000")
    return not heading and len(words) <= 12 and (cjk or any(word in JOBS for word in words))


def mail_lines(lines: tuple[Line, ...]) -> set[int]:
    return {at for at, line in enumerate(lines[: _TOP * 8]) if contacts_mails.spans(line.text) and line.page <= 1}
