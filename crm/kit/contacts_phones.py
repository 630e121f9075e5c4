"""Phone numbers, and what only looks like one: dates, spans of years, postal codes, numbers of other things."""

import re
from dataclasses import dataclass

from crm.kit import contacts_mails
from crm.kit.contacts_words import FAX, OTHER_NUMBERS, PHONE, PHONE_LETTERS, fold
from crm.kit.reading import Line

_NUMBER = re.compile(r"(?<![\w+])(?:\(\s?\+?|\+\s?)?\d[\d \u00a0().\u2010-\u2015/-]{4,26}\d(?!\w)")
_VANITY = re.compile(r"(?<![\w+])[+(]?\d[\dA-Z() .-]{5,18}(?!\w)")
_LINK = re.compile(
    r"(?:https?:|www\.|(?<![\w-])[\w-]{1,63}\.(?:com|org|net|io|de|fr|me|dev)/)\S{0,300}|(?<!\S)\S{0,60}=\S{1,60}"
)
_AMOUNTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\d{5}-\d{4}",  # a postal code
        r"\d{1,3}(?:\.\d{1,3}){3}",  # an IP address
        r"\d{1,3}(?:[. ]\d{3}){2,4}",  # an amount; 05.56.31.32.33 is none
    )
)
_OTHERS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\d{4}-\d{4}-\d{4}-\d{3,4}",  # an ORCID
        r"97[89][ -]?\d[\d -]{8,12}",  # an ISBN
    )
)
_DATES = re.compile(
    r"y{2,4}|(?:d{0,2}y){1,2}|yd{1,2}(?:y(?:d{1,2})?)?|ddy.{0,4}|ydd.{0,4}"
)  # y a year, d one or two digits
_COUNTRY_AND_AREA = re.compile(r"\d{1,3} ?\(\d")
_PLUS_BEHIND = re.compile(r"(?<![\w+])(\d{1,3})\+(?= ?\d)")  # as it comes out of a line that goes from right to left
_SEGMENT = re.compile(r"[|•·;/\d]")
_AMERICAN = re.compile(r"\(?\d{3}\)?[ .-]?\d{3}[ .-]\d{4}(?=\s)")
_SIGNS = "☎✆☏📞📱🕿✉"
_ENOUGH = 3
_NEAR = 4  # lines


@dataclass(frozen=True)
class Phone:
    text: str
    line: int
    points: float


def find(lines: tuple[Line, ...], mails: list[str], apart: set[int], *, mirrored: bool) -> list[Phone]:
    """Best first. `mails`: the person's own; `apart`: lines about others, which count where such a mail stands in them.

    `mirrored`: the page was set right to left, which turns the groups of a number around.
    """
    zone = _zone(lines, mails, apart)
    found = [
        phone
        for at, line in enumerate(lines[:400])
        if at not in apart or at in zone
        for phone in _in_line(line.text, at, lines, near=at in zone, mirrored=mirrored)
        if phone.points >= _ENOUGH
    ]
    return sorted(found, key=lambda phone: -phone.points)


def _zone(lines: tuple[Line, ...], mails: list[str], apart: set[int]) -> set[int]:
    """The lines near a mail address of the first page, and the first dozen; among others' only the line itself."""
    places = [at for at, line in enumerate(lines) if "@" in line.text and line.page == 1]
    near = {at + step for at in places if at not in apart for step in range(-_NEAR, _NEAR + 1)}
    filled = [at for at, line in enumerate(lines) if line.text.strip()]
    own = {at for at in places if at in apart and any(mail.lower() in lines[at].text.lower() for mail in mails)}
    return ((near | set(filled[:12])) - apart) | own


def _in_line(text: str, at: int, lines: tuple[Line, ...], *, near: bool, mirrored: bool) -> list[Phone]:
    text = _PLUS_BEHIND.sub(r"+\1", _without_links(text[:600]))
    found: list[Phone] = []
    for start, number in _numbers(text, mirrored=mirrored):
        label = _label(text[:start]) or (_label(lines[at - 1].text) if at and not text[:start].strip() else "")
        points = _points(number, label, near=near, alone=len(text) <= len(number) + 8)
        found.append(Phone(number, at, points - 0.01 * len(found)))
    if not found and (match := _VANITY.search(text)) and _label(text[: match.start()]) == "phone":
        number = match.group().strip(" .-(")
        if sum(c.isdigit() for c in number) >= 3 and 7 <= sum(c.isalnum() for c in number) <= 13 and "-" in number:
            found.append(Phone(number, at, _ENOUGH))
    return found


def _without_links(text: str) -> str:
    for start, end in contacts_mails.spans(text) + [match.span() for match in _LINK.finditer(text)]:
        text = text[:start] + "#" * (end - start) + text[end:]
    return text


def _numbers(text: str, *, mirrored: bool) -> list[tuple[int, str]]:
    found = []
    for match in _NUMBER.finditer(text):
        start, number = match.start(), match.group()
        for piece in _pieces(number):
            found.append((start + number.index(piece), _mirror(_clean(piece)) if mirrored else _clean(piece)))
    return found


def _mirror(number: str) -> str:
    return number if "+" in number else " ".join(reversed(number.split()))


def _pieces(number: str) -> list[str]:
    """Two numbers side by side, or a postal code before one, are taken apart."""
    pieces = re.split(r" {2,}| [/–] ", number)
    if len(pieces) > 1 and all(len(_digits(piece)) >= 7 for piece in pieces):
        return pieces
    if (match := re.match(r"\d{5} (?=\()", number)) is not None:
        return [number[match.end() :]]
    if (match := _AMERICAN.match(number)) is not None:
        return [match.group()]
    half = len(number) // 2
    if len(_digits(number)) in (18, 20, 22) and number[half : half + 1].isspace():
        return [number[:half], number[half + 1 :]]
    return [number]


def _clean(number: str) -> str:
    number = re.sub(r"\s+", " ", number).strip(" .-/–")
    number = number.removesuffix("(").strip()
    unopened = number.count(")") > number.count("(")
    return "(" * unopened + number + ")" * (number.count("(") > number.count(")"))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _label(before: str) -> str:
    """ "phone", "fax", "number" or "": what the words right before a number say it is."""
    last = _SEGMENT.split(before[-40:])[-1]
    words = re.findall(r"[^\W\d_]+|[☎✆☏📞📱🕿]", fold(last))
    if len(words) == 1 and (words[0] in PHONE_LETTERS or words[0] in _SIGNS):
        return "phone"
    for word in reversed(words[-3:]):
        if word in FAX:
            return "fax"
        if word in PHONE:
            return "phone"
        if word in OTHER_NUMBERS and not any(other in PHONE for other in words):
            return "number"
    return ""


def _points(number: str, label: str, *, near: bool, alone: bool) -> float:
    digits = _digits(number)
    if label in ("fax", "number") or not 7 <= len(digits) <= 15 or len(set(digits)) < 3:
        return 0
    marked = label == "phone" or number.startswith(("+", "(+"))
    if _is_other(number, marked=marked):
        return 0
    if marked:
        return 5 + near
    shaped = _is_shaped(number, digits)
    return (2 if shaped else 0) + (2 if near and len(digits) >= 8 else 0) + (0.5 if alone else 0)


def _is_other(number: str, *, marked: bool) -> bool:
    if number.startswith(("+", "(+")):
        return False
    kinds = "".join(map(_kind, re.findall(r"\d+", number)))
    patterns = _OTHERS if marked else _OTHERS + _AMOUNTS
    return _DATES.fullmatch(kinds) is not None or any(pattern.fullmatch(number.strip("() ")) for pattern in patterns)


def _kind(group: str) -> str:
    if len(group) == 4 and group[:2] in ("19", "20"):
        return "y"
    return "d" if len(group) <= 2 else "o"


def _is_shaped(number: str, digits: str) -> bool:
    """Written as people write phones: an area code in brackets, 3-3-4, a trunk zero, a Chinese mobile."""
    groups = re.findall(r"\d+", number)
    return (
        number.startswith("(")
        or _COUNTRY_AND_AREA.match(number) is not None
        or ([len(group) for group in groups[-3:]] == [3, 3, 4])
        or (digits.startswith("0") and 9 <= len(digits) <= 14)
        or bool(re.fullmatch(r"1[3-9]\d{9}", digits))
        or (len(groups) == 1 and len(digits) == 10)
    )
