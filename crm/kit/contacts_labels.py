"""Fields that a resume names itself: "Name: Ada Example", a label in one line and its value in the next."""

import re
from collections.abc import Iterator

from crm.kit.contacts_words import fold
from crm.kit.reading import Line

_COLONS = ":：\t"
_LONGEST_LABEL = 48
_LINES = 120
_LONGEST_LINE = 300
_COLON_AFTER_WORD = re.compile(r"(?<![^\s|•,;])[^\s:：/\d]{1,24}(?:：|:(?=\s))")


def pairs(lines: tuple[Line, ...], *, over: bool = True) -> Iterator[tuple[str, str, int]]:
    """Label (folded), value and line of what stands before and after a colon or tab in the lines of the first page.

    `over`: a label without a value takes the next line for its value.
    """
    for at, line in enumerate(lines[:_LINES]):
        text = line.text[:_LONGEST_LINE].strip(" •-–*|\t")
        for label, value in _in_line(text):
            yield label, value or (_next(lines, at) if over else ""), at


def _in_line(text: str) -> Iterator[tuple[str, str]]:
    """ "Name: Ada Example Phone: 1234" are two."""
    while text:
        place = min((text.find(colon) for colon in _COLONS if colon in text[:_LONGEST_LABEL]), default=len(text))
        label, rest = fold(text[:place]).strip(), text[place:].strip(_COLONS + " ")
        further = _COLON_AFTER_WORD.search(rest)
        value, text = (rest[: further.start()], rest[further.start() :].strip()) if further else (rest, "")
        if label and len(label) <= _LONGEST_LABEL:
            yield label, value.strip(" •-–*|,;\t")


def after(text: str, heads: frozenset[str]) -> str:
    """What follows one of the heads in a line that has no colon between them; "" when none begins it."""
    line = text.strip(" •-–*|\t")
    folded = fold(line)
    fitting = [head for head in heads if folded.startswith(head) and folded[len(head) : len(head) + 1] in _ENDS]
    return line[len(max(fitting, key=len)) :].strip(" :：|–—-•,\t") if fitting else ""


_ENDS = (" ", ":", "：", "|", "–", "—", "-", "•", ",", "\t")


def _next(lines: tuple[Line, ...], at: int) -> str:
    following = [line.text.strip() for line in lines[at + 1 : at + 3] if line.text.strip()]
    return following[0] if following else ""
