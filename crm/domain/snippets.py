"""The words around the place where something was found."""

import re
from functools import cache, lru_cache

from crm.domain import search
from crm.domain.search import Entry
from crm.kit import spelling
from crm.kit.query_words import Query, Words

OPEN, CLOSE = "\x02", "\x03"
"""Marks around a found word in a snippet; they cannot come from a document."""
BEFORE, AFTER, WITHOUT = 60, 120, 120
ALPHABETS = ((0xC0, 0x250), (0x370, 0x530), (0x1E00, 0x2000))
SEVERAL = {"ss": "ß", "ae": "æ", "oe": "œ", "th": "þ"}


def of(asked: Query, entry: Entry) -> str:
    """Around the first place where something stands that was asked for, between OPEN and CLOSE."""
    if not asked.has_words:
        return spelling.shown(entry.person[:WITHOUT])
    pattern = _pattern(asked)
    for part in (entry.person, entry.tags, entry.resume):
        if found := pattern.search(part):
            return _marked(part, found, pattern)
    return spelling.shown((entry.person or entry.resume)[:WITHOUT])


def stands_in_title(asked: Query, entry: Entry) -> bool:
    """All of it, the last word perhaps only begun."""
    if not asked.has_words:
        return False
    title = f" {' '.join(spelling.tokens(entry.title))} "
    return all(any(_is_in(title, *one) for one in group) for group in _titles(asked))


@lru_cache(maxsize=100)
def _titles(asked: Query) -> tuple[search.Any_of, ...]:
    return tuple(search.alternatives(asked, in_title=True))


def _is_in(title: str, words: Words, begun: bool) -> bool:
    return f" {' '.join(words)}{'' if begun else ' '}" in title


def _marked(part: str, first: re.Match[str], pattern: re.Pattern[str]) -> str:
    at = first.start()
    start, end = max(0, at - BEFORE), at + AFTER
    if start:
        start = part.find(" ", start, at) + 1 or start
    if end < len(part):
        space = part.rfind(" ", first.end(), end)  # there is none in Chinese or Japanese
        end = space if space >= 0 else max(end, first.end())
    piece = " ".join(part[start:end].split())
    found = spelling.shown(pattern.sub(lambda match: f"{OPEN}{match[0]}{CLOSE}", piece))
    return ("… " if start else "") + found + (" …" if end < len(part) else "")


@lru_cache(maxsize=100)
def _pattern(asked: Query) -> re.Pattern[str]:
    """Phrases first, then words, longer ones before shorter."""
    meant = {one for group in search.alternatives(asked) for one in group}
    ordered = sorted(meant, key=lambda one: (-len(one[0]), -len(one[0][0]), one))
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(_written(*one) for one in ordered)})", re.IGNORECASE)


def _written(words: Words, begun: bool) -> str:
    between = r"[\W_]*" if any(spelling.UNSPACED.match(word) for word in words) else r"[\W_]+"
    end = r"[^\W_]*" if begun else r"(?![^\W_])" if between[-1] == "+" else ""
    return between.join(_letters(word) for word in words) + end


def _letters(word: str) -> str:
    """With or without accents, in one letter or in two."""
    accented = _accented()
    found = "".join(f"[{letter}{accented[letter]}]" if letter in accented else letter for letter in word)
    for two, one in SEVERAL.items():
        if two in word:
            first, second = (f"[{letter}{accented[letter]}]" if letter in accented else letter for letter in two)
            found = found.replace(first + second, f"(?:{first}{second}|{one})")
    return found


@cache
def _accented() -> dict[str, str]:
    """By plain letter, those that are folded to it."""
    found: dict[str, str] = {}
    for start, end in ALPHABETS:
        for code in range(start, end):
            letter, plain = chr(code), spelling.folded(chr(code))
            if letter != plain and len(plain) == 1 and plain.isalnum() and letter.isalnum():
                found[plain] = found.get(plain, "") + letter
    return found
