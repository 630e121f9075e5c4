"""Finds in the text of a resume where somebody works: what bears a legal form, and what stands with a span to today.

A guess that is used to hide, so rather too much than too little.
"""

import re

from crm.kit.trades import TRADES

_LEGAL = (
    r"GmbH|mbH|AG|KG|SE|UG|e\.?K\.|Ltd|Limited|LLC|LLP|PLC|plc|Inc|Corp|Corporation|AB|AS|A/S|ApS|Oy|Oyj|"
    r"S\.?A\.?S?|SARL|S\.r\.l|Srl|S\.?p\.?A|B\.?V|N\.?V|S\.?L|Pty|Sp\. z o\.o"
)
_WORD = r"[^\W\d_a-z][\w&.'’-]{0,40}"
_COMPANY = re.compile(rf"(?<!\w)(?:{_WORD}[ \t]){{1,4}}(?:& Co\.?[ \t])?(?:{_LEGAL})(?!\w)")
_NOW = (
    r"present|today|now|current(?:ly)?|ongoing|to date|heute|aktuell|jetzt|laufend|aujourd['’]hui|présent|à ce jour|"
    r"actualidad|actual|presente|hoy|oggi"
)
_YEAR = r"(?:[^\W\d_]{3,10}\.?[ \t]|\d{1,2}[./])?(?:19|20)\d\d"
_RUNNING = re.compile(
    rf"{_YEAR}\s{{0,2}}(?:[-\u2010-\u2015]|to|until|till|bis|à|a|hasta)\s{{0,2}}(?:{_NOW})(?!\w)"
    rf"|(?:since|seit|depuis|desde)[ \t]{_YEAR}", re.IGNORECASE,
)  # fmt: skip
_APART = re.compile(r"[,;|•·()\t\u2010-\u2015]| - | (?:with|for|en|in) ")
_AT = re.compile(r"\s?@\s?|\s(?:at|bei|chez)\s")
_HEADINGS = frozenset("experience work employment history career professional berufserfahrung erfahrung profil".split())
_LITTLE = frozenset("and und et y & de der des du of for für la le the".split())
_MOST_WORDS, _MOST_FOUND = 6, 40


def found_in(text: str) -> list[str]:
    """As they stand in it, without repeating one."""
    found = {match.group(): None for match in _COMPANY.finditer(text)}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        if match := _RUNNING.search(line):
            rest = line[: match.start()] + "|" + line[match.end() :]
            around = (rest, *lines[max(number - 1, 0) : number], *lines[number + 1 : number + 2])
            found |= dict.fromkeys(next(filter(None, map(_names, around)), []))
    return list(found)[:_MOST_FOUND]


def _names(line: str) -> list[str]:
    after = _AT.split(line, maxsplit=1)[-1]
    return [piece for piece in map(_bare, _APART.split(after)) if _is_name(piece)]


def _bare(piece: str) -> str:
    return piece.strip(" \t.:[]")


def _is_name(piece: str) -> bool:
    """A few words, each written large, none of them a trade or a heading."""
    words = [word for word in piece.split() if word.casefold() not in _LITTLE]
    if not words or len(words) > _MOST_WORDS or {word.casefold() for word in words} & (TRADES | _HEADINGS):
        return False
    return all(word[0].isupper() or word[0].isdigit() for word in words) and not piece[0].isdigit()
