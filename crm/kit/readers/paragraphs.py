"""Gathers lines from XML in which a paragraph may hold a text box with paragraphs of its own."""

from dataclasses import dataclass, field

from crm.kit import plaintext
from crm.kit.readers import report


@dataclass
class Paragraph:
    size: float
    text: list[str] = field(default_factory=list)
    largest: float = 0

    def lines(self) -> list[report.Line]:
        return [(line, self.largest or self.size, 1) for line in plaintext.tidy("".join(self.text)).split("\n")]


@dataclass
class Paragraphs:
    lines: list[report.Line] = field(default_factory=list)
    open: list[Paragraph] = field(default_factory=list)
    characters: int = 0

    def begin(self, size: float) -> None:
        self.open.append(Paragraph(size))

    def add(self, text: str, size: float = 0) -> None:
        if not self.open or self.characters > plaintext.MAX_CHARACTERS:
            return
        self.characters += len(text)
        self.open[-1].text.append(text)
        if text.strip():
            self.open[-1].largest = max(self.open[-1].largest, size or self.open[-1].size)

    def finish(self) -> None:
        if self.open:
            self.lines.extend(self.open.pop().lines())
