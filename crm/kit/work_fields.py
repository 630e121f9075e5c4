"""Fields of work: which of them a text is about, from the words of fields_of_work.txt beside this file.

So "chef" and "kitchen" are known to belong together where no text of the two is at hand.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from crm.kit import work_words

SHARPNESS = 2
"""How much the strongest field of a text stands out from the others."""
LEAST = 0.15
MOST = 6
ENOUGH_WORDS = 4.0
"""How soon saying a word again says less."""


def of(words: Mapping[str, float]) -> dict[str, float]:
    """By field how much it is about it, of length 1 together; only the few strongest."""
    found: dict[str, float] = defaultdict(float)
    for word, count in words.items():
        for field, weight in _fields_of().get(word, ()):
            found[field] += weight * count / (count + ENOUGH_WORDS)
    sharp = _of_length_one({field: weight**SHARPNESS for field, weight in found.items()})
    kept = sorted(((weight, field) for field, weight in sharp.items() if weight >= LEAST), reverse=True)[:MOST]
    return {field: round(weight, 3) for weight, field in kept}


def likeness(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """From 0 to 1."""
    return min(1.0, sum(weight * other.get(field, 0) for field, weight in one.items()))


def words_of(field: str) -> frozenset[str]:
    return _words().get(field, frozenset())


def packed(fields: Mapping[str, float]) -> str:
    return "|".join(f"{field}={weight}" for field, weight in fields.items())


def unpacked(kept: str) -> dict[str, float]:
    pairs = (part.split("=") for part in kept.split("|") if part)
    return {field: float(weight) for field, weight in pairs}


# --- parts


def _of_length_one(found: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in found.values()))
    return {field: weight / length for field, weight in found.items()} if length else {}


@cache
def _words() -> dict[str, frozenset[str]]:
    lines = (Path(__file__).parent / "fields_of_work.txt").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":") for line in lines if line and not line.startswith("#"))
    return {
        field: frozenset(filter(None, map(work_words.stemmed, f"{field} {words}".split()))) for field, _, words in named
    }


@cache
def _fields_of() -> dict[str, list[tuple[str, float]]]:
    """By word its fields; a word of few fields tells more, and so does one of few."""
    places: dict[str, list[str]] = defaultdict(list)
    for field, words in _words().items():
        for word in words:
            places[word].append(field)
    count = len(_words())
    return {
        word: [(field, math.log(1 + count / len(fields)) / math.sqrt(len(_words()[field]))) for field in fields]
        for word, fields in places.items()
    }
