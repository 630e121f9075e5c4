"""OpenDocument text: page headers and footers (kept in styles.xml), then the body; each line with its type size."""

import io
import zipfile
from dataclasses import dataclass, field

from crm.kit import markup
from crm.kit.readers import report
from crm.kit.readers.paragraphs import Paragraphs

_GLYPHS = {"tab": "\t", "line-break": "\n"}
_SKIPPED = frozenset({"annotation", "tracked-changes", "desc", "title"})
_IN_POINTS = {"pt": 1.0, "mm": 2.835, "cm": 28.35, "in": 72.0}
_MANY_SPACES = 200


@dataclass
class Text:
    paragraphs: Paragraphs = field(default_factory=Paragraphs)
    sizes: dict[str, float] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    style: str = ""
    spans: list[float] = field(default_factory=list)
    skipped: int = 0

    def start(self, element: str, attributes: markup.Attributes) -> None:
        self.skipped += element in _SKIPPED
        name = attributes.get("style-name", "")
        if element == "style":
            self.style = attributes.get("name", "")
            self.parents[self.style] = attributes.get("parent-style-name", "")
        elif element == "text-properties" and (size := points(attributes.get("font-size", ""))):
            self.sizes[self.style] = size
        elif element in ("p", "h"):
            self.paragraphs.begin(self.size(name))
        elif element == "span":
            self.spans.append(self.size(name))
        elif element == "s":
            self.paragraphs.add(" " * spaces(attributes.get("c", "1")))
        elif element in _GLYPHS:
            self.paragraphs.add(_GLYPHS[element])

    def text(self, text: str) -> None:
        if not self.skipped:
            self.paragraphs.add(text.replace("\n", " "), self.spans[-1] if self.spans else 0)

    def end(self, element: str) -> None:
        self.skipped -= element in _SKIPPED
        if element in ("p", "h"):
            self.paragraphs.finish()
        elif element == "span":
            self.spans.pop()

    def size(self, name: str) -> float:
        for _ in range(20):  # styles of a damaged file may be their own ancestors
            if name in self.sizes:
                return self.sizes[name]
            name = self.parents.get(name, "")
        return 0


def points(length: str) -> float:
    number, unit = length[:-2], length[-2:]
    return float(number) * _IN_POINTS[unit] if unit in _IN_POINTS and number.replace(".", "", 1).isdecimal() else 0


def spaces(count: str) -> int:
    return min(int(count), _MANY_SPACES) if count.isascii() and count.isdigit() and len(count) < 5 else 1


def read(data: bytes) -> None:
    text = Text()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in ("styles.xml", "content.xml"):
            if name in archive.namelist():
                markup.walk(markup.member(archive, name), start=text.start, end=text.end, text=text.text)
    report.text(text.paragraphs.lines, pages=1)


if __name__ == "__main__":
    report.answer(read)
