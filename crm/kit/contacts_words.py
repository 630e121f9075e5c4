"""What the other `contacts` modules know of languages, read from contacts_words.txt beside this file."""

import unicodedata
from functools import cache
from pathlib import Path


@cache
def _plain(character: str) -> str:
    return unicodedata.normalize("NFKD", character)[0].lower()[:1]


def fold(text: str) -> str:
    """Lower case without accents; as long as the text, so that places in one are places in the other."""
    return "".join(map(_plain, text))


def _lists() -> dict[str, frozenset[str]]:
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    lists = {}
    for part in text.split("\n[")[1:]:
        head, _, words = part.partition("\n")
        lists[head.partition("]")[0]] = frozenset(word.strip() for word in words.replace("\n", "|").split("|")) - {""}
    return lists


_LISTS = _lists()
PARTICLES, TITLES, DEGREES = _LISTS["particles"], _LISTS["titles"], _LISTS["degrees"]
HEADINGS, JOBS = _LISTS["headings"], _LISTS["jobs"]
NOT_NAMES = HEADINGS | JOBS | _LISTS["streets and places"] | _LISTS["matters"]
EAST_ASIAN_HEADINGS = _LISTS["east asian headings"]
FULL_NAME, GIVEN_NAME, FAMILY_NAME = _LISTS["full name"], _LISTS["given name"], _LISTS["family name"]
BEFORE_NAME, PLACE, POSITION = _LISTS["before name"], _LISTS["place"], _LISTS["position"]
PHONE, PHONE_LETTERS, FAX = _LISTS["phone"], _LISTS["phone letters"], _LISTS["fax"]
OTHER_NUMBERS = _LISTS["other numbers"]
STATES, COUNTRIES = frozenset(map(str.upper, _LISTS["states"])), _LISTS["countries"]
