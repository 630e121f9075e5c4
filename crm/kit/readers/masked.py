"""A page of a PDF as a picture, with how the person is reached painted over: mail, phone, links, handles, streets.

The text under the picture says where it stands. A page without any text could hold it unseen, so it gives no picture.
"""

import ctypes
import io
import sys
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import ImageDraw, WebPImagePlugin

from crm.kit import redaction
from crm.kit.readers import pdf, report

_PAINT, _AROUND = (196, 196, 190), 2  # grey; pixels
Box = tuple[int, int, int, int]


def read(data: bytes) -> None:
    number = int(sys.argv[1])
    document = pdf.open_document(data)
    if number < min(len(document), pdf.PREVIEWS) and (picture := _picture(document[number])):
        report.preview(picture)


def _picture(page: pypdfium2.PdfPage) -> bytes | None:
    text = page.get_textpage()
    words, places = _spelled(text)
    if not words.strip():
        return None
    image = pdf.render(page)
    drawing = ImageDraw.Draw(image)
    for start, end in redaction.contact_spans(words):
        for place in filter(None, places[start:end]):
            drawing.rectangle(_box(page, text, place - 1, image.size), fill=_PAINT)
    out = io.BytesIO()
    image.save(out, WebPImagePlugin.WebPImageFile.format, quality=pdf.QUALITY, method=2)
    return out.getvalue()


def _spelled(text: pypdfium2.PdfTextPage) -> tuple[str, list[int]]:
    """What the page says with the spaces that a reader sees, and for each character its place from 1; 0 for a space
    that is only seen.
    """
    count = min(text.count_chars(), pdf.BOXES)
    words, places = [], []
    for place, (character, opened) in enumerate(_characters(text, count), 1):
        if opened:
            words.append(" ")
            places.append(0)
        words.append(character or "\0")
        places.append(place)
    return "".join(words), places


def _characters(text: pypdfium2.PdfTextPage, count: int) -> Iterator[tuple[str, bool]]:
    """Each with whether a gap stands before it where no space does."""
    codes, box, before = pdf.characters(text, count), pdfium.FS_RECTF(), None
    for place, code in enumerate(codes):
        pdfium.FPDFText_GetLooseCharBox(text.raw, place, box)
        gap = before is not None and box.left - before > 0.25 * abs(box.top - box.bottom)
        yield code[:1], gap and not code.isspace()
        before = None if code.isspace() else box.right


def _box(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, place: int, size: tuple[int, int]) -> Box:
    """On the picture, however the page is turned."""
    box, x, y = pdfium.FS_RECTF(), ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFText_GetLooseCharBox(text.raw, place, box)
    corners = []
    for across, up in ((box.left, box.bottom), (box.right, box.top)):
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, *size, 0, across, up, ctypes.byref(x), ctypes.byref(y))
        corners.append((x.value, y.value))
    (one, two), (other, another) = corners
    return (
        min(one, other) - _AROUND, min(two, another) - _AROUND, max(one, other) + _AROUND, max(two, another) + _AROUND,
    )  # fmt: skip


if __name__ == "__main__":
    report.answer(read)
