"""Resumes that mean harm, made here: each with what its uploader reads of it."""

import io
import zipfile
import zlib
from collections.abc import Iterator

from tests import documents


def flate_bomb(megabytes: int = 300) -> bytes:
    """A page whose content is spaces, packed a thousandfold, and packed once more."""
    packer, out = zlib.compressobj(9), io.BytesIO()
    for _ in range(megabytes):
        out.write(packer.compress(b" " * 1_000_000))
    out.write(packer.flush())
    return _pdf(zlib.compress(out.getvalue(), 9), filters="[/FlateDecode /FlateDecode]")


def many_operators(count: int = 3_000_000) -> bytes:
    return _pdf(zlib.compress(b"0 0 m 9 9 l S " * (count // 3) + b"BT /F 9 Tf (Ada) Tj ET", 9), filters="/FlateDecode")


def many_pages(count: int = 100_000) -> bytes:
    """One page, referred to a hundred thousand times."""
    return _pdf(b"BT /F 9 Tf (Ada Byron) Tj ET", kids="3 0 R " * count, count=count)


def nested_zip(deep: int = 6) -> bytes:
    content = b"0" * 5_000_000
    for number in range(deep):
        content = _zip({f"{number}-{copy}.zip": content for copy in range(3)})
    return content


def nested_docx() -> bytes:
    return documents.docx(
        members={"word/embeddings/more.docx": documents.zip_bomb(19), "word/media/a.zip": nested_zip()}
    )


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def pdf_and_zip() -> bytes:
    """Both at once: whoever looks at the head sees a PDF, whoever looks at the end a DOCX."""
    return documents.pdf("Ada Byron", ["ada@example.org"]) + documents.docx()


def picture_and_pdf() -> bytes:
    return b"GIF89a" + b"\0" * 40 + documents.pdf("Ada Byron", ["ada@example.org"])


def page_and_pdf() -> bytes:
    return b"<script>alert(1)</script>\n" + documents.pdf("Ada Byron", ["ada@example.org"])


def every(*, quick: bool = False) -> Iterator[tuple[str, bytes, str]]:
    """Name, content, and a pattern of the reason: "" where it may be read. `quick`: those that take long take less."""
    yield "flate bomb.pdf", flate_bomb(100 if quick else 300), "damaged|memory|no text"
    yield "pages.pdf", many_pages(), ""
    yield "entities.docx", documents.xml_bomb(), "XML declarations"
    yield "operators.pdf", many_operators(100_000 if quick else 3_000_000), ""
    yield "nested.zip", nested_zip(), "not a Word|unpacks to more|packed file"
    yield "nested.docx", nested_docx(), ""
    yield "half.pdf", half(documents.pdf("Ada Byron", ["ada@example.org"])), "damaged"
    yield "half.docx", half(documents.docx()), "damaged"
    yield "locked.pdf", documents.pdf("Ada Byron", ["x"], password="secret"), "locked with a password"
    yield "pdf and docx.pdf", pdf_and_zip(), ""
    yield "picture and pdf.pdf", picture_and_pdf(), "none of them"
    yield "page and pdf.pdf", page_and_pdf(), "none of them"
    yield "zip bomb.docx", documents.zip_bomb(), "unpacks to more"
    yield "lying.docx", documents.lying_zip(), "damaged"
    yield "members.docx", documents.many_members(), "unpacks to more"
    yield "deep.docx", documents.deep_docx(), "no text"
    yield "endless.pdf", documents.endless_pdf(12 if quick else 40), ""
    yield "damaged.pdf", documents.damaged_pdf(), "damaged"
    yield "program.pdf", b"MZ" + b"\0" * 2_000, "none of them"
    yield "empty.pdf", b"", "empty"


def _pdf(content: bytes, *, filters: str = "", kids: str = "3 0 R", count: int = 1) -> bytes:
    packed = f" /Filter {filters}" if filters else ""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F 5 0 R >> >> >>",
        f"<< /Length {len(content)}{packed} >>\nstream\n".encode() + content + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, one) for number, one in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer << /Root 1 0 R /Size 6 >>\n%%EOF"


def _zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()
