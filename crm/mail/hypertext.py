"""A page of HTML as plain text. What stood in a quotation gets "> " before it, as in plain mail.

Not html.parser: 20 kB of `<a <a <a` cost it five seconds, and some markup an AssertionError. Every expression here
takes time in proportion to the page, and nothing is refused.
"""

import html
import re

LONGEST = 500_000

_QUOTED = "\"[^\"]{0,2000}+\"|'[^']{0,2000}+'"
_TOKEN = re.compile(rf"<(/?)([a-zA-Z][\w:-]{{0,40}})(?:(?:[^<>\"']++|{_QUOTED})*+>|[^<>]*+>)|<[!?][^<>]*+>")
_UNSEEN = frozenset("script style head title template noscript svg object".split())
_BLOCKS = frozenset(
    "address article br dd div dl dt footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section table tr ul".split()
)
_APART = frozenset("p h1 h2 h3 h4 h5 h6 ul ol table".split())  # a blank line after them
_HUGE_NUMBER = re.compile(r"&#[xX]?[0-9a-fA-F]{8,}+;?")  # Python refuses to read thousands of digits
_SPACES = re.compile(r"[ \t\r\n\f]+")
_BLANK_LINES = re.compile(r"\n{3,}")


class _Sheet:
    """The lines written so far, and how deep in quotations we are."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.current = ""
        self.pieces: list[str] = []
        self.quoted = 0
        self.kept = 0  # within <pre>, where line ends count

    def write(self, markup: str) -> None:
        text = html.unescape(_HUGE_NUMBER.sub("", markup)).replace("\xa0", " ")
        if not self.kept:
            self.pieces.append(_SPACES.sub(" ", text))
            return
        first, *rest = text.split("\n")
        self.pieces.append(first)
        for line in rest:
            self.end_line()
            self.pieces.append(line)

    def end_line(self) -> None:
        text = "".join(self.pieces).rstrip()
        self.lines.append(("> " if self.quoted else "") + (text if self.kept else text.lstrip()))
        self.pieces = []

    def end_block(self) -> None:
        if any(piece.strip() for piece in self.pieces):
            self.end_line()
        self.pieces = []

    def tag(self, name: str, *, closing: bool) -> None:
        if name in {"td", "th"}:
            self.pieces.append(" ")
        if name == "blockquote":
            self.end_block()
            self.quoted = max(0, self.quoted + (-1 if closing else 1))
        elif name == "br":
            self.end_line()
        elif name in _BLOCKS:
            self.end_block()
            if closing and name in _APART:
                self.end_line()
        if name == "pre":
            self.kept = max(0, self.kept + (-1 if closing else 1))


def plain(page: str) -> str:
    """The text of a page, of which LONGEST characters are read."""
    page = _without_comments(page[:LONGEST])
    lowered, sheet, at = page.lower(), _Sheet(), 0
    if len(lowered) != len(page):  # some letters are longer when small
        lowered = page
    while token := _TOKEN.search(page, at):
        sheet.write(page[at : token.start()])
        at, name = token.end(), (token[2] or "").lower()
        if name in _UNSEEN and not token[1]:
            at = _after(lowered, f"</{name}", at)
        elif name:
            sheet.tag(name, closing=bool(token[1]))
    sheet.write(page[at:])
    sheet.end_block()
    return _BLANK_LINES.sub("\n\n", "\n".join(sheet.lines)).strip()


def _after(page: str, end: str, at: int) -> int:
    """Where the unseen element ends; the end of the page when it never does."""
    found = page.find(end, at)
    return len(page) if found < 0 else found


def _without_comments(page: str) -> str:
    kept, at = [], 0
    while (begin := page.find("<!--", at)) >= 0:
        kept.append(page[at:begin])
        at = page.find("-->", begin + 2) + 3
        if at < 3:
            return "".join(kept)
    return "".join([*kept, page[at:]])
