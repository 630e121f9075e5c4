"""The files that the invented people sent: PDF in four layouts, DOCX and plain text."""

import zipfile
from datetime import date
from io import BytesIO
from textwrap import wrap
from xml.sax.saxutils import escape
from zlib import crc32

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from crm.demo import careers, layouts
from crm.demo.careers import Resume
from crm.demo.shape import Person

LONG_AGO = (2020, 1, 1, 0, 0, 0)  # the same bytes on every day
TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml"
 ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>
</Types>"""
RELATIONS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="word/document.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/>
</Relationships>"""
DOCUMENT = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>
{paragraphs}
<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1100" w:right="1200" w:bottom="1100" w:left="1200"
 w:header="600" w:footer="600" w:gutter="0"/></w:sectPr></w:body></w:document>"""


def file(person: Person, *, today: date) -> tuple[str, bytes] | None:
    """The name and the bytes of what the person sent, if anything."""
    made = {"pdf": pdf, "docx": docx, "txt": txt}.get(person.resume)
    stem = careers.printable(person.printed_name).replace(".", "").replace(" ", "-")
    return (f"{stem}.{person.resume}", made(person, today=today)) if made else None


def pdf(person: Person, *, today: date) -> bytes:
    return layouts.printed(careers.resume(person, today=today), layout=layout_of(person))


def layout_of(person: Person) -> int:
    return (crc32(person.key.encode()) >> 10) % len(layouts.LAYOUTS)


def txt(person: Person, *, today: date) -> bytes:
    lines = [
        f"{'' if mark == 'line' else '- ' if mark == 'bullet' else chr(10)}{text}"
        for mark, text in _told(person, today)
    ]
    return ("\n".join(lines).strip() + "\n").encode()


def docx(person: Person, *, today: date) -> bytes:
    paragraphs = "\n".join(_paragraph(mark, text) for mark, text in _told(person, today))
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS,
        "word/document.xml": DOCUMENT.format(paragraphs=paragraphs),
    }
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(zipfile.ZipInfo(name, LONG_AGO), part, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _told(person: Person, today: date) -> list[tuple[str, str]]:
    """The resume as marked lines, in the order of reading: name, title, line, bullet."""
    resume = careers.resume(person, today=today)
    return [
        ("name", person.full_name),
        ("line", resume.headline),
        ("line", " | ".join(resume.contact)),
        ("title", "Profile"),
        ("line", resume.summary),
        ("title", "Experience"),
        *_jobs(resume),
        *([("title", "Selected projects")] if resume.projects else []),
        *(("line", f"{name}. {text}") for name, text in resume.projects),
        ("title", "Education"),
        *(("line", f"{part.degree}, {part.school}, {part.dates}") for part in resume.education),
        ("title", "Skills"),
        ("line", ", ".join(resume.skills)),
        ("title", "Languages"),
        ("line", ", ".join(resume.languages)),
        ("title", "Also"),
        *(("bullet", extra) for extra in resume.extras),
    ]


def _jobs(resume: Resume) -> list[tuple[str, str]]:
    lines = []
    for job in resume.jobs:
        lines += [("job", f"{job.title}, {job.employer}, {job.place}"), ("line", job.dates)]
        lines += [("bullet", bullet) for bullet in job.bullets]
    return lines


def _paragraph(mark: str, text: str) -> str:
    size = {"name": 40, "title": 26}.get(mark, 21)  # half points
    bold = "<w:b/>" if mark in ("name", "title", "job") else ""
    space = {"title": 240, "job": 140}.get(mark, 0)
    indent = '<w:ind w:left="300" w:hanging="200"/>' if mark == "bullet" else ""
    dot = "• " if mark == "bullet" else ""
    return (
        f'<w:p><w:pPr><w:spacing w:before="{space}" w:after="60"/>{indent}</w:pPr>'
        f'<w:r><w:rPr>{bold}<w:sz w:val="{size}"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(dot + text)}</w:t></w:r></w:p>'
    )


def plain(name: str, text: str) -> bytes:
    """A one-page PDF of a name and a text, without design: for workspaces of any size."""
    out = BytesIO()
    page = Canvas(out, pagesize=A4)
    page.setFont("Helvetica-Bold", 16)
    page.drawString(60, 780, _latin(name))
    words = page.beginText(60, 750)
    words.setFont("Helvetica", 9)
    for line in wrap(_latin(text), 105)[:55]:
        words.textLine(line)
    page.drawText(words)
    page.showPage()
    page.save()
    return out.getvalue()


def _latin(text: str) -> str:
    """The standard fonts show no more than this."""
    return text.encode("cp1252", "replace").decode("cp1252")
