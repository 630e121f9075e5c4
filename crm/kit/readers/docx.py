"""Word: headers, body with tables and text boxes, footers, in this order; each paragraph with its type size."""

import io
import re
import zipfile
from dataclasses import dataclass, field

from crm.kit import markup
from crm.kit.readers import report
from crm.kit.readers.paragraphs import Paragraphs

_PARTS = tuple(re.compile(rf"word/{name}\d*\.xml") for name in ("header", "document", "footnotes", "footer"))
_GLYPHS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


@dataclass
class Styles:
    """Type sizes of the named paragraph styles, in points."""

    sizes: dict[str, float] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    name: str = ""  # the style being read; "" are the defaults of the document

    def start(self, element: str, attributes: markup.Attributes) -> None:
        if element == "style":
            self.name = attributes.get("styleId", "?")
        elif element == "basedOn":
            self.parents[self.name] = attributes.get("val", "")
        elif element == "sz":
            self.sizes[self.name] = points(attributes)

    def size(self, name: str) -> float:
        for _ in range(20):  # styles of a damaged file may be their own ancestors
            if name in self.sizes:
                return self.sizes[name]
            name = self.parents.get(name, "")
        return 0


def points(attributes: markup.Attributes) -> float:
    half = attributes.get("val", "")
    return int(half) / 2 if half.isascii() and half.isdigit() and len(half) < 5 else 0


@dataclass
class Part:
    styles: Styles
    paragraphs: Paragraphs = field(default_factory=Paragraphs)
    path: list[str] = field(default_factory=list)
    size: float = 0
    doubled: int = 0  # depth inside mc:Fallback, which repeats a text box for older programs

    def start(self, element: str, attributes: markup.Attributes) -> None:
        inside = self.path[-1] if self.path else ""
        self.path.append(element)
        self.doubled += element == "Fallback"
        if self.doubled:
            return
        if element == "p":
            self.paragraphs.begin(self.styles.size(""))
        elif element == "pStyle" and self.paragraphs.open:
            self.paragraphs.open[-1].size = self.styles.size(attributes.get("val", ""))
        elif element == "r":
            self.size = 0
        elif element == "sz" and inside == "rPr" and self.path[-3:-2] == ["r"]:
            self.size = points(attributes)
        elif inside == "r":
            self.paragraphs.add(_GLYPHS.get(element, ""))

    def text(self, text: str) -> None:
        if self.path and self.path[-1] == "t" and not self.doubled:
            self.paragraphs.add(text, self.size)

    def end(self, element: str) -> None:
        self.path.pop()
        if element == "p" and not self.doubled:
            self.paragraphs.finish()
        self.doubled -= element == "Fallback"


def read(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for part in _PARTS for name in sorted(archive.namelist()) if part.fullmatch(name)]
        styles = Styles()
        if "word/styles.xml" in archive.namelist():
            markup.walk(markup.member(archive, "word/styles.xml"), start=styles.start)
        parts = dict.fromkeys(tuple(_lines(markup.member(archive, name), styles)) for name in names)
    report.text((line for part in parts for line in part), pages=1)


def _lines(xml: bytes, styles: Styles) -> list[report.Line]:
    part = Part(styles)
    markup.walk(xml, start=part.start, end=part.end, text=part.text)
    return part.paragraphs.lines


if __name__ == "__main__":
    report.answer(read)
