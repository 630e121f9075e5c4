"""Four ways to set a resume on A4: serif, side, compact, classic. `printed` chooses one by number."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Frame,
    FrameBreak,
    HRFlowable,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from crm.demo.careers import Job, Resume

WIDTH, HEIGHT = A4
Flow = list[Any]  # reportlab's flowables


@dataclass(frozen=True)
class Type:
    """A face with its sizes and colours."""

    plain: str
    bold: str
    italic: str
    size: float
    leading: float
    ink: Color
    accent: Color
    name_size: float

    def style(self, face: str = "", *, size: float = 0, colour: Color | None = None, **more: Any) -> ParagraphStyle:
        size = size or self.size
        more.setdefault("leading", size * self.leading)
        return ParagraphStyle("", fontName=face or self.plain, fontSize=size, textColor=colour or self.ink, **more)

    def name(self, name: str, width: float, face: str = "", **more: Any) -> Any:
        """The name on one line, however long it is."""
        face = face or self.plain
        size = min(self.name_size, self.name_size * width / stringWidth(name, face, self.name_size))
        return Paragraph(escape(name), self.style(face, size=size, leading=self.name_size * 1.2, **more))

    def scaled(self, share: float) -> "Type":
        return replace(self, size=self.size * share, name_size=self.name_size * share)

    def bullet(self) -> ParagraphStyle:
        return self.style(leftIndent=10, bulletIndent=1, spaceAfter=self.size * 0.22)


@dataclass(frozen=True)
class Sheets:
    pdf: bytes
    pages: int
    filled: float  # share of the last page


SERIF = Type("Times-Roman", "Times-Bold", "Times-Italic", 11, 1.36, HexColor("#1d1d1b"), HexColor("#1d1d1b"), 25)
SIDE = Type("Helvetica", "Helvetica-Bold", "Helvetica-Oblique", 9.6, 1.42, HexColor("#23282d"), HexColor("#2c5a5e"), 22)
COMPACT = Type(
    "Helvetica", "Helvetica-Bold", "Helvetica-Oblique", 9, 1.36, HexColor("#2a2a2e"), HexColor("#a2452b"), 20
)
CLASSIC = Type("Times-Roman", "Times-Bold", "Times-Italic", 10.6, 1.3, HexColor("#111111"), HexColor("#223a63"), 21)
TINT = HexColor("#e8f0ef")
GREY = HexColor("#6b6f75")
EDGES = ("LEFT", "RIGHT", "TOP", "BOTTOM")


def serif(resume: Resume, face: Type) -> Sheets:
    """One centred column, wide margins."""
    flow: Flow = [
        face.name(resume.name, WIDTH - 54 * mm, alignment=TA_CENTER, spaceAfter=3),
        Paragraph(escape(resume.headline), face.style(face.italic, size=13, alignment=TA_CENTER, spaceAfter=4)),
        Paragraph(escape("   ·   ".join(resume.contact)), face.style(size=9.6, alignment=TA_CENTER, spaceAfter=12)),
        Paragraph(escape(resume.summary), face.style(face.italic, alignment=TA_CENTER, leftIndent=24, rightIndent=24)),
    ]

    def title(text: str) -> Flow:
        return [Paragraph(escape(text), face.style(size=13.5, spaceBefore=15, spaceAfter=5))]

    def job(job: Job) -> Flow:
        return _job(job, face, f"<i>{escape(job.title)}</i>, {escape(job.employer)}, {escape(job.place)}")

    flow += _body(resume, face, title, job) + _projects(resume, face, title) + _closing(resume, face, title)
    return _printed(resume, flow, [PageTemplate("first", [_frame(27 * mm, 22 * mm, WIDTH - 54 * mm)])])


def side(resume: Resume, face: Type) -> Sheets:
    """A tinted column for what is short, a wide one for the work."""
    narrow = 60 * mm
    left, width = narrow + 9 * mm, WIDTH - narrow - 25 * mm

    def title(text: str) -> Flow:
        return [
            Paragraph(escape(text), face.style(face.bold, size=11, colour=face.accent, spaceBefore=13, spaceAfter=5))
        ]

    def job(job: Job) -> Flow:
        return _job(job, face, f"<b>{escape(job.title)}</b><br/>{escape(job.employer)}, {escape(job.place)}")

    flow: Flow = [
        face.name(resume.name, width, face.bold, spaceAfter=2),
        Paragraph(escape(resume.headline), face.style(size=12, colour=face.accent, spaceAfter=6)),
        Paragraph(escape(" · ".join(resume.contact)), face.style(size=8.6, colour=GREY)),
        FrameBreak(),
        *_list(title, "Skills", resume.skills, face.style(size=9.2, spaceAfter=2)),
        *_list(title, "Languages", resume.languages, face.style(size=9.2, spaceAfter=2)),
        *_list(title, "Education", _schools(resume), face.style(size=9.2, spaceAfter=4)),
        *_list(title, "Also", resume.extras, face.style(size=9.2, spaceAfter=5)),
        NextPageTemplate("more"),
        FrameBreak(),
        *title("Profile"),
        Paragraph(escape(resume.summary), face.style()),
        *_body(resume, face, title, job),
        *_projects(resume, face, title),
    ]

    def tinted(canvas: Any, _: Any) -> None:
        canvas.setFillColor(TINT)
        canvas.rect(0, 0, narrow, HEIGHT, stroke=0, fill=1)

    head = Frame(left, HEIGHT - 46 * mm, width, 30 * mm, 0, 0, 0, 0)
    column = Frame(10 * mm, 16 * mm, narrow - 16 * mm, HEIGHT - 62 * mm, 0, 0, 0, 0)
    body = Frame(left, 16 * mm, width, HEIGHT - 62 * mm, 0, 0, 0, 0)
    more = PageTemplate("more", [_frame(left, 16 * mm, width)], onPage=tinted)
    return _printed(resume, flow, [PageTemplate("first", [head, column, body], onPage=tinted), more])


def compact(resume: Resume, face: Type) -> Sheets:
    """Dates in a margin of their own, everything small and close."""
    width = WIDTH - 36 * mm

    def title(text: str) -> Flow:
        style = face.style(face.bold, size=8.4, colour=face.accent, spaceBefore=11, spaceAfter=5)
        return [Paragraph(escape(text.upper()), style)]

    def job(job: Job) -> Flow:
        told = [
            Paragraph(
                f"<b>{escape(job.title)}</b>  {escape(job.employer)}, {escape(job.place)}", face.style(spaceAfter=2)
            )
        ]
        told += [_bullet(line, face) for line in job.bullets]
        dates = Paragraph(escape(job.dates), face.style(size=8, colour=GREY))
        return [_columns(dates, told, 32 * mm, width), Spacer(1, 5)]

    flow: Flow = [
        face.name(resume.name, width, face.bold, spaceAfter=2),
        Paragraph(escape(resume.headline), face.style(size=11, colour=face.accent, spaceAfter=3)),
        Paragraph(escape("  /  ".join(resume.contact)), face.style(size=8.4, colour=GREY, spaceAfter=8)),
        Paragraph(escape(resume.summary), face.style(size=10)),
    ]
    flow += _body(resume, face, title, job) + _projects(resume, face, title) + _closing(resume, face, title)
    return _printed(resume, flow, [PageTemplate("first", [_frame(18 * mm, 16 * mm, width)])])


def classic(resume: Resume, face: Type) -> Sheets:
    """Ruled sections, dates at the right."""
    width = WIDTH - 44 * mm

    def title(text: str) -> Flow:
        style = face.style(face.bold, size=11.5, colour=face.accent, spaceBefore=12, spaceAfter=1)
        return [
            Paragraph(escape(text), style),
            HRFlowable(width="100%", thickness=0.7, color=face.accent, spaceAfter=5),
        ]

    def job(job: Job) -> Flow:
        left = Paragraph(f"<b>{escape(job.employer)}</b>, {escape(job.place)}", face.style())
        right = Paragraph(escape(job.dates), face.style(face.italic, alignment=2))
        head = _columns(left, right, width - 48 * mm, width)
        title = Paragraph(escape(job.title), face.style(face.italic, spaceAfter=2))
        return [CondPageBreak(60), head, title, *_bullets(job, face), Spacer(1, 6)]

    name = face.name(resume.name, 103 * mm, face.bold, colour=face.accent)
    contact = Paragraph("<br/>".join(map(escape, resume.contact)), face.style(size=9.2, alignment=2))
    flow: Flow = [
        _columns(
            [name, Spacer(1, 3), Paragraph(escape(resume.headline), face.style(size=12.5))], contact, 105 * mm, width
        ),
        Spacer(1, 4),
        *title("Profile"),
        Paragraph(escape(resume.summary), face.style()),
    ]
    flow += _body(resume, face, title, job) + _projects(resume, face, title) + _closing(resume, face, title)
    return _printed(resume, flow, [PageTemplate("first", [_frame(22 * mm, 18 * mm, width)])])


LAYOUTS: tuple[tuple[Callable[[Resume, Type], Sheets], Type], ...] = (
    (serif, SERIF),
    (side, SIDE),
    (compact, COMPACT),
    (classic, CLASSIC),
)


def printed(resume: Resume, *, layout: int) -> bytes:
    """On one page or on two: few lines alone on the second are brought back by a smaller type, some get company."""
    draw, face = LAYOUTS[layout]
    sheets = draw(resume, face)
    if sheets.pages == 1 or sheets.filled > 0.25:
        return sheets.pdf
    return draw(resume, face.scaled(0.87 if sheets.filled < 0.135 else 1.08)).pdf


def _body(resume: Resume, face: Type, title: Callable[[str], Flow], job: Callable[[Job], Flow]) -> Flow:
    first, *others = (job(each) for each in resume.jobs)
    return [*title("Experience"), *first, *(part for other in others for part in other)]


def _projects(resume: Resume, face: Type, title: Callable[[str], Flow]) -> Flow:
    told = [
        Paragraph(f"<b>{escape(name)}.</b> {escape(text)}", face.style(spaceAfter=5)) for name, text in resume.projects
    ]
    return [CondPageBreak(70), *title("Selected projects"), *told] if told else []


def _closing(resume: Resume, face: Type, title: Callable[[str], Flow]) -> Flow:
    return [
        CondPageBreak(60),
        *_list(title, "Education", _schools(resume), face.style()),
        CondPageBreak(60),
        *_list(title, "Skills", (", ".join(resume.skills),), face.style()),
        CondPageBreak(60),
        *_list(title, "Languages", (", ".join(resume.languages),), face.style()),
        CondPageBreak(70),
        *title("Also"),
        *(_bullet(extra, face) for extra in resume.extras),
    ]


def _job(job: Job, face: Type, head: str) -> Flow:
    """A head, the dates below it, the bullets; the head never stands alone at the foot of a page."""
    dates = Paragraph(escape(job.dates), face.style(size=face.size * 0.88, colour=GREY, spaceAfter=3))
    return [CondPageBreak(60), Paragraph(head, face.style(spaceBefore=4)), dates, *_bullets(job, face), Spacer(1, 5)]


def _bullets(job: Job, face: Type) -> Flow:
    return [_bullet(line, face) for line in job.bullets]


def _bullet(text: str, face: Type) -> Any:
    return Paragraph(escape(text), face.bullet(), bulletText="•")


def _list(title: Callable[[str], Flow], head: str, lines: tuple[str, ...], style: ParagraphStyle) -> Flow:
    return [*title(head), *(Paragraph(escape(line), style) for line in lines)]


def _schools(resume: Resume) -> tuple[str, ...]:
    return tuple(f"{part.degree}, {part.school}, {part.dates}" for part in resume.education)


def _columns(left: Any, right: Any, left_width: float, width: float) -> Any:
    bare = [("VALIGN", (0, 0), (-1, -1), "TOP"), *((f"{edge}PADDING", (0, 0), (-1, -1), 0) for edge in EDGES)]
    return Table([[left, right]], colWidths=[left_width, width - left_width], style=bare)


def _frame(left: float, margin: float, width: float) -> Any:
    return Frame(left, margin, width, HEIGHT - 2 * margin, 0, 0, 0, 0)


def _printed(resume: Resume, flow: Flow, pages: list[Any]) -> Sheets:
    made = BytesIO()
    # invariant: no date and no random id inside, so that the same resume is the same bytes
    document = BaseDocTemplate(made, pagesize=A4, title=f"Resume of {resume.name}", author=resume.name, invariant=1)
    document.addPageTemplates(pages)
    document.build(flow)
    last = document.frame
    return Sheets(made.getvalue(), document.page, (last._y2 - last._y) / last._height)
