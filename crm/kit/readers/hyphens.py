"""A word divided at the end of a line becomes one word again; a hyphen that belongs to the word stays."""

import re

from crm.kit.readers import report

MARKS = "\x02\ufffe"  # how pdfium marks a hyphen at the end of a line, having joined the two lines
_KEPT_AFTER = (
    "co",
    "cross",
    "e",
    "full",
    "high",
    "long",
    "low",
    "mid",
    "multi",
    "real",
    "self",
    "semi",
    "short",
    "user",
    "x",
)
_DIVIDED = re.compile(rf"(\w{{1,40}})[{MARKS}]\s?(\w{{1,40}})")
_WORD = re.compile(r"\w+(?:-\w+)*")


def join(lines: list[report.Line]) -> list[report.Line]:
    known = {word for text, _, _ in lines for word in _WORD.findall(text.lower())}
    return [(_whole(text, known), size, page) for text, size, page in lines]


def _whole(text: str, known: set[str]) -> str:
    if not any(mark in text for mark in MARKS):
        return text
    text = _DIVIDED.sub(lambda match: _word(match[1], match[2], known), text)
    return text.translate(dict.fromkeys(map(ord, MARKS), "-"))


def _word(left: str, right: str, known: set[str]) -> str:
    if (left + right).lower() in known:
        return left + right
    belongs = left.lower() in _KEPT_AFTER or right[0].isupper() or left[-1].isdigit() or right[0].isdigit()
    return f"{left}-{right}" if belongs or f"{left}-{right}".lower() in known else left + right
