"""Invented documents of every kind, honest and hostile, made when a test asks for them.

`name` is set large, the `lines` below it; what is not a keyword of the honest makers is in the hostile ones.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

LINES = (
    "Staff Engineer",
    "ada@example.org",
    "+44 20 7946 0958",
    "",
    "Experience",
    "Led the office of efficient findings at Example Works from 2016 to 2021.",
    "Education",
    "Studied mathematics in Exampleton, 2010 - 2014.",
)
NAME = "Ada Example"
Placed = tuple[float, float, float, str]  # x and y from the top left in points, type size, text

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
DOCTYPE = '<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def pdf(
    name: str = NAME,
    lines: Sequence[str] = LINES,
    *,
    size: float = 24,
    pages: int = 1,
    password: str | None = None,
    letter_space: float = 0,
    about: str = "",
) -> bytes:
    """One column; the name in `size` points with `letter_space` between its letters, the lines in 10. `about` is told
    by each of the file's own fields.
    """
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(password) if password else None, invariant=1)
    if about:
        for tell in (canvas.setAuthor, canvas.setTitle, canvas.setSubject, canvas.setKeywords):
            tell(about)
    for _ in range(pages):
        canvas.setFont("Helvetica", size)
        canvas.drawString(72, 760, name, charSpace=letter_space)
        canvas.setFont("Helvetica", 10)
        for row, line in enumerate(lines):
            canvas.drawString(72, 730 - 14 * row, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def placed(items: Iterable[Placed], *, links: Sequence[str] = ()) -> bytes:
    """A page with every text where it is put, in the order given: columns, sidebars, words without spaces."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for x, y, size, text in items:
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, 841 - y, text)
    for link in links:
        canvas.linkURL(link, (72, 72, 90, 90))
    canvas.save()
    return out.getvalue()


def scan() -> bytes:
    """A PDF that holds a drawing and no text."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.rect(72, 72, 400, 600, fill=1)
    canvas.save()
    return out.getvalue()


def docx(
    name: str = NAME,
    lines: Sequence[str] = LINES,
    *,
    size: float = 24,
    header: str = "",
    box: str = "",
    members: dict[str, str | bytes] | None = None,
    relations: Sequence[tuple[str, str]] = (),
    main: str = _MAIN,
    doctype: str = "",
) -> bytes:
    """`relations`: kind and external target; `members` are added to, or put in place of, the usual ones."""
    body = _paragraph(name, size) + (_text_box(box) if box else "") + "".join(map(_paragraph, lines))
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": _relations([("officeDocument", "word/document.xml", "Internal")]),
        "word/_rels/document.xml.rels": _relations([(kind, target, "External") for kind, target in relations]),
        "word/document.xml": f'{DECLARATION}{doctype}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body>'
        "</w:document>",
    }
    if header:
        parts["word/header1.xml"] = f'{DECLARATION}<w:hdr xmlns:w="{_WORD}">{_paragraph(header)}</w:hdr>'
    return _zip(parts | (members or {}))


def _paragraph(text: str, size: float = 0) -> str:
    run = f'<w:rPr><w:sz w:val="{int(size * 2)}"/></w:rPr>' if size else ""
    return f"<w:p><w:r>{run}<w:t>{escape(text)}</w:t></w:r></w:p>"


def _text_box(text: str) -> str:
    """As Word writes it: once for itself, once more for older programs."""
    box = f"<w:txbxContent>{_paragraph(text)}</w:txbxContent>"
    compatibility = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    return (
        f"<w:p><w:r><mc:AlternateContent {compatibility}><mc:Choice Requires='wps'>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )


def _relations(relations: Iterable[tuple[str, str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="r{number}" Type="{_OFFICE}/{kind}" Target="{escape(target)}" TargetMode="{mode}"/>'
        for number, (kind, target, mode) in enumerate(relations)
    )
    return f'{DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def odt(
    name: str = NAME,
    lines: Sequence[str] = LINES,
    *,
    size: float = 24,
    body: str = "",
    members: dict[str, str | bytes] | None = None,
    doctype: str = "",
) -> bytes:
    """`body`: further elements of the text, as they stand in content.xml."""
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in lines)
    spaces = " ".join(
        f'xmlns:{prefix}="{_ODF}{uri}"'
        for prefix, uri in {
            "office": "office:1.0",
            "text": "text:1.0",
            "style": "style:1.0",
            "draw": "drawing:1.0",
            "fo": "xsl-fo-compatible:1.0",
        }.items()
    )
    content = (
        f'{DECLARATION}{doctype}<office:document-content {spaces} xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<office:automatic-styles><style:style style:name="P1"><style:text-properties fo:font-size="{size}pt"/>'
        f'</style:style></office:automatic-styles><office:body><office:text><text:p text:style-name="P1">{escape(name)}'
        f"</text:p>{body}{paragraphs}</office:text></office:body></office:document-content>"
    )
    parts: dict[str, str | bytes] = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content}
    return _zip(parts | (members or {}))


def rtf(name: str = NAME, lines: Sequence[str] = LINES, *, extra: str = "") -> bytes:
    text = "\\par\n".join(_rtf_text(line) for line in (name, *lines))
    return f"{{\\rtf1\\ansi\\ansicpg1252\\deff0{extra}\n{text}\\par}}".encode("ascii")


def _rtf_text(line: str) -> str:
    return "".join(c if c.isascii() else f"\\u{ord(c)}?" for c in line)


def txt(name: str = NAME, lines: Sequence[str] = LINES, *, encoding: str = "utf-8", line_end: str = "\n") -> bytes:
    return line_end.join((name, *lines)).encode(encoding)


def doc(*, macros: bool = False, stream: str = "WordDocument") -> bytes:
    """The outside of a Word 97 file: the head of a compound file and the names in its directory."""
    names = [stream, "1Table", *(["Macros", "_VBA_PROJECT"] if macros else [])]
    directory = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in names)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + directory.ljust(1024, b"\0")


def word_xml(name: str = NAME, *, extra: str = "") -> bytes:
    space = "http://schemas.microsoft.com/office/word/2003/wordml"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<?mso-application progid="Word.Document"?>\n{extra}'
        f'<w:wordDocument xmlns:w="{space}"><w:body><w:p><w:r><w:t>{escape(name)}</w:t></w:r></w:p></w:body>'
        f"</w:wordDocument>"
    ).encode()


def html() -> bytes:
    return b"<!doctype html><html><body><h1>Ada Example</h1><script>alert(1)</script></body></html>"


def zip_bomb(megabytes: int = 60) -> bytes:
    """A DOCX with a picture that is nothing but zeros: small when packed."""
    return docx(members={"word/media/image1.bmp": b"\0" * (megabytes * 1_000_000)})


def lying_zip(megabytes: int = 60) -> bytes:
    """The same, whose directory says that the picture is small."""
    data = bytearray(zip_bomb(megabytes))
    honest, lie = (megabytes * 1_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little")
    return bytes(data.replace(honest, lie))


def many_members(count: int = 600) -> bytes:
    return docx(members={f"word/media/{number}.txt": b"x" for number in range(count)})


def xml_bomb() -> bytes:
    return docx(doctype=DOCTYPE)


def deep_docx(depth: int = 50_000) -> bytes:
    nested = "<w:p>" * depth + "</w:p>" * depth
    text = f'{DECLARATION}<w:document xmlns:w="{_WORD}"><w:body>{nested}</w:body></w:document>'
    return docx(members={"word/document.xml": text})


def damaged_pdf() -> bytes:
    return pdf()[:300] + b" 1 0 obj \xff\xfe"


def endless_pdf(streams: int = 40) -> bytes:
    """A page whose forms draw each other twice, forty deep: 2^40 drawings."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        " /Resources << /XObject << /F 5 0 R >> >> >>",
        "<< /Length 5 >>\nstream\n/F Do\nendstream",
    ]
    for number in range(5, 5 + streams):
        form = (
            f"<< /Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /F {number + 1} 0 R >> >>"
        )
        objects.append(f"{form} /Length 35 >>\nstream\n/F Do /F Do BT (a) Tj ET 1 0 0 rg f\nendstream")
    objects.append("<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 10 >>\nstream\n0 0 9 9 re\nendstream")
    body = "".join(f"{number} 0 obj\n{text}\nendobj\n" for number, text in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}trailer << /Root 1 0 R /Size {len(objects) + 1} >>\n%%EOF".encode("ascii")


def _zip(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
