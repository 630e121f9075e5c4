"""Days as people and programs write them."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\d])")
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_WORDS = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.|er)?[\s-]+(?:de\s+|of\s+)?([^\W\d]+)\.?,?[\s-]+(?:de\s+)?(\d{4})")
_AMERICAN = re.compile(r"([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_SERIAL = re.compile(r"([2-5]\d{4})(?:\.\d+)?")
_MONTHS = (
    "jan janvier januar enero ene jän jänner", "feb fév fev février februar febrero feb", "mar mär mars märz mrz marzo",
    "apr avr avril april abril abr", "may mai mayo", "jun juin juni junio", "jul juil juillet juli julio",
    "aug août aout agosto ago", "sep sept septembre septiembre set", "oct okt octobre oktober octubre",
    "nov novembre noviembre", "dec déc dez décembre dezember diciembre dic",
)  # fmt: skip
_ENGLISH = "january february march april may june july august september october november december".split()
MONTHS = {word: number for number, words in enumerate(_MONTHS, 1) for word in (*words.split(), _ENGLISH[number - 1])}
_EPOCH = date(1899, 12, 30)
"""Of spreadsheets."""


def read(value: str, *, day_first: bool = True) -> date | None:
    """None where it is no day. `day_first` decides 03/04/2021, where nothing else does."""
    words = value.strip()
    with suppress(ValueError, OverflowError):
        if found := _ISO.match(words):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _NUMBERS.match(words):
            return _numbers(int(found[1]), int(found[3]), int(found[4]), day_first or found[2] == ".")
        if found := _WORDS.match(words.lower()):
            return date(int(found[3]), MONTHS.get(found[2], 0), int(found[1]))
        if found := _AMERICAN.match(words.lower()):
            return date(int(found[3]), MONTHS.get(found[1], 0), int(found[2]))
        if found := _SERIAL.fullmatch(words):
            return _EPOCH + timedelta(days=int(found[1]))
    return None


def has_day_first(values: Iterable[str], *, otherwise: bool = True) -> bool:
    """As the values of a column tell it: a number over 12 can be no month."""
    for value in values:
        found = _NUMBERS.match(value.strip())
        if found and (int(found[1]) > 12) != (int(found[3]) > 12):
            return int(found[1]) > 12
    return otherwise


def _numbers(first: int, second: int, year: int, day_first: bool) -> date:
    if year < 100:
        year += 2000 if year < 70 else 1900
    if first > 12 or (day_first and second <= 12):
        first, second = second, first
    return date(year, first, second)
