"""PDF through pdfium: text with type sizes, spaces restored from the boxes of the characters, pictures of pages.

Programs that print through Skia or Qt place words without space characters, and designers space the letters of a
heading; pdfium then drops spaces or adds them. The gaps between the boxes show which spaces a reader sees.
"""

import ctypes
import io
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import WebPImagePlugin
from PIL.Image import Image

from crm.kit import plaintext
from crm.kit.readers import hyphens, report

MAX_PAGES = 200
PREVIEWS = 3
_WIDTH, _HEIGHT = 1000, 2000  # pixels of a preview, at most
QUALITY = 80
BOXES = 150_000  # characters whose boxes are looked at; about 8 microseconds each
_WORD_GAP = 0.11  # of the type size, beyond the gap between two letters of the same line


@dataclass(frozen=True)
class Glyph:
    text: str
    added: bool  # by pdfium, which saw a gap
    left: float
    right: float


def read(data: bytes) -> None:
    document = open_document(data)
    pages = range(min(len(document), MAX_PAGES))
    lines = hyphens.join(list(_lines(document, pages)))
    report.text(((plaintext.tidy(text), size, page) for text, size, page in lines), pages=len(document))
    for number in pages[:PREVIEWS]:
        report.preview(_picture(document[number]))


def open_document(data: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD or "password" in str(error).lower()
        raise report.Unreadable("locked" if locked else "damaged") from None
    if not len(document):
        raise report.Unreadable("damaged")
    return document


def _lines(document: pypdfium2.PdfDocument, pages: range) -> Iterator[report.Line]:
    characters = 0
    for number in pages:
        if characters > plaintext.MAX_CHARACTERS:
            return
        try:
            text = document[number].get_textpage()
        except pypdfium2.PdfiumError:  # one broken page does not spoil the others
            continue
        count = text.count_chars()
        found = _boxed(text, count) if characters + count <= BOXES else _plain(text)
        characters += count
        yield from ((line, size, number + 1) for line, size in found)


def _plain(text: pypdfium2.PdfTextPage) -> Iterator[tuple[str, float]]:
    for line in text.get_text_range().split("\n"):
        yield line.rstrip("\r"), 0


def _boxed(text: pypdfium2.PdfTextPage, count: int) -> Iterator[tuple[str, float]]:
    start = 0
    codes = characters(text, count)
    for end in [i for i, code in enumerate(codes) if code == "\n"] + [count]:
        glyphs = _glyphs(text, codes, start, end)
        size = _size(text, [i for i in range(start, end) if not codes[i].isspace()])
        yield _spell(glyphs, size), size
        start = end + 1


def characters(text: pypdfium2.PdfTextPage, count: int) -> list[str]:
    """One per index of pdfium, which counts in halves where a character needs two."""
    codes = [pdfium.FPDFText_GetUnicode(text.raw, i) for i in range(count)]
    for i, (high, low) in enumerate(pairwise(codes)):
        if 0xD800 <= high < 0xDC00 <= low < 0xE000:
            codes[i : i + 2] = [0x10000 + ((high - 0xD800) << 10) + low - 0xDC00, 0]
    return [chr(code) if code <= 0x10FFFF else "" for code in codes]


def _glyphs(text: pypdfium2.PdfTextPage, codes: list[str], start: int, end: int) -> list[Glyph]:
    box = pdfium.FS_RECTF()
    glyphs = []
    for i in range(start, end):
        pdfium.FPDFText_GetLooseCharBox(text.raw, i, box)
        glyphs.append(Glyph(codes[i], pdfium.FPDFText_IsGenerated(text.raw, i) == 1, box.left, box.right))
    return glyphs


def _size(text: pypdfium2.PdfTextPage, places: list[int]) -> float:
    """Points on the page: the type size times the scale of the character's matrix. The median of a few letters."""
    matrix = pdfium.FS_MATRIX()
    sizes = []
    for i in places[:: max(len(places) // 8, 1)]:
        pdfium.FPDFText_GetMatrix(text.raw, i, ctypes.byref(matrix))
        sizes.append(pdfium.FPDFText_GetFontSize(text.raw, i) * math.hypot(matrix.c, matrix.d))
    return round(median(sizes), 1) if sizes else 0


def _spell(glyphs: list[Glyph], size: float) -> str:
    line = _in_order([glyph for glyph in glyphs if glyph.text not in ("\r", "\0")])
    words = "".join(glyph.text for glyph in line).split()
    gaps = _gaps(line)
    if not gaps or size <= 0:
        return " ".join(words)
    letter_spaced = len(words) >= 3 and sum(len(word) == 1 for word in words) >= 0.6 * len(words)
    usual = median(gaps)
    if letter_spaced and usual > _WORD_GAP * size:
        return _closed(line, 1.6 * usual)
    return _opened(line, max(usual, 0) + _WORD_GAP * size)


def _in_order(line: list[Glyph]) -> list[Glyph]:
    """Words of Arabic and Hebrew that pdfium left as they stand on the page, from left to right, are turned around."""
    if not any(_goes_left(glyph) for glyph in line):
        return line
    words = (list(group) for _, group in groupby(line, key=lambda glyph: glyph.text.isspace()))
    return [glyph for word in words for glyph in (word[::-1] if _stands_turned(word) else word)]


def _stands_turned(word: list[Glyph]) -> bool:
    return len(word) > 1 and all(map(_goes_left, word)) and all(a.left < b.left for a, b in pairwise(word))


def _goes_left(glyph: Glyph) -> bool:
    return glyph.text > "\u0590" and unicodedata.bidirectional(glyph.text) in ("R", "AL")


def _gaps(line: list[Glyph]) -> list[float]:
    seen = [glyph for glyph in line if not glyph.text.isspace()]
    return [after.left - before.right for before, after in pairwise(seen)]


def _closed(line: list[Glyph], word_gap: float) -> str:
    """A letter-spaced heading: only the wide gaps are spaces."""
    seen = [glyph for glyph in line if not glyph.text.isspace()]
    return seen[0].text + "".join(
        " " * (after.left - before.right > word_gap) + after.text for before, after in pairwise(seen)
    )


def _opened(line: list[Glyph], word_gap: float) -> str:
    """Ordinary text: a wide gap without a space gets one."""
    text = line[0].text
    for before, after in pairwise(line):
        touching = not before.text.isspace() and not after.text.isspace()
        text += " " * (touching and after.left - before.right > word_gap) + after.text
    return text.strip()


def render(page: pypdfium2.PdfPage) -> Image:
    width, height = page.get_size()
    scale = min(_WIDTH / max(width, 1), _HEIGHT / max(height, 1))
    image: Image = page.render(scale=scale).to_pil()
    return image.convert("RGB")


def _picture(page: pypdfium2.PdfPage) -> bytes:
    image = render(page)
    picture = io.BytesIO()
    image.save(picture, WebPImagePlugin.WebPImageFile.format, quality=QUALITY, method=2)
    return picture.getvalue()


if __name__ == "__main__":
    report.answer(read)
