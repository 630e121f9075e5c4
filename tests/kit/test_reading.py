import io
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from reportlab.pdfbase.pdfmetrics import stringWidth

from crm.kit import reading, sandbox
from tests import documents


def texts(read):
    return [line.text for line in read.lines]


def test_a_pdf_is_read_with_sizes_pages_and_pictures():
    read = reading.read(documents.pdf(pages=5), "pdf")
    assert read.trouble == ""
    assert read.pages == 5
    assert read.lines[0] == reading.Line("Ada Example", 24, 1)
    assert read.lines[-1].page == 5
    assert "efficient findings at Example Works" in read.text
    assert len(read.previews) == 3
    assert read.preview == read.previews[0]


def test_a_preview_is_a_webp_about_a_thousand_pixels_wide():
    image = Image.open(io.BytesIO(reading.read(documents.pdf(), "pdf").preview))
    assert (image.format, reading.PREVIEW_TYPE) == ("WEBP", "image/webp")
    assert 990 <= image.width <= 1001
    assert image.getcolors(100_000) is None or len(image.getcolors(100_000)) > 1


@pytest.mark.parametrize("kind", ["docx", "odt", "rtf", "txt"])
def test_the_other_kinds_are_read_without_pictures(kind):
    read = reading.read(getattr(documents, kind)(), kind)
    assert read.trouble == ""
    assert texts(read)[:3] == ["Ada Example", "Staff Engineer", "ada@example.org"]
    assert read.previews == ()
    assert read.preview is None


@pytest.mark.parametrize("kind", ["docx", "odt"])
def test_type_sizes_of_word_and_opendocument(kind):
    read = reading.read(getattr(documents, kind)(size=28), kind)
    assert read.lines[0].size == 28


def test_headers_text_boxes_tables_and_breaks_of_word():
    table = "<w:tbl><w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr></w:tbl>"
    cells = table.format(documents._paragraph("Name"), documents._paragraph("Ada"))
    broken = "<w:p><w:r><w:t>one</w:t><w:br/><w:t>two</w:t><w:tab/><w:t>three</w:t></w:r></w:p>"
    plain = documents.docx(header="ada@example.org", box="in a box")
    assert texts(reading.read(plain, "docx"))[:3] == ["ada@example.org", "Ada Example", "in a box"]
    assert reading.read(plain, "docx").text.count("in a box") == 1
    body = f'<w:document xmlns:w="{documents._WORD}"><w:body>{cells}{broken}</w:body></w:document>'
    read = reading.read(documents.docx(members={"word/document.xml": body}), "docx")
    assert texts(read) == ["Name", "Ada", "one", "two\tthree"]


def test_styles_of_word_give_sizes():
    styles = (
        f'<w:styles xmlns:w="{documents._WORD}"><w:style w:styleId="Base"><w:rPr><w:sz w:val="40"/></w:rPr></w:style>'
        '<w:style w:styleId="Title"><w:basedOn w:val="Base"/></w:style>'
        '<w:style w:styleId="Ring"><w:basedOn w:val="Ring"/></w:style></w:styles>'
    )
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{style}</w:t></w:r></w:p>'
        for style in ("Title", "Ring")
    )
    document = f'<w:document xmlns:w="{documents._WORD}"><w:body>{body}</w:body></w:document>'
    read = reading.read(documents.docx(members={"word/styles.xml": styles, "word/document.xml": document}), "docx")
    assert [(line.text, line.size) for line in read.lines] == [("Title", 20), ("Ring", 0)]


def test_boxes_spaces_and_notes_of_opendocument():
    body = (
        "<text:p>before<draw:text-box><text:p>boxed</text:p></draw:text-box><text:s text:c='3'/>after"
        "<text:line-break/>next</text:p>"
    )
    read = reading.read(documents.odt(body=body, lines=[]), "odt")
    assert texts(read) == ["Ada Example", "boxed", "before   after", "next"]


def test_rtf_with_other_letters():
    read = reading.read(documents.rtf("Zoë Müller-Žižek", ["Łódź"]), "rtf")
    assert texts(read)[:2] == ["Zoë Müller-Žižek", "Łódź"]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Zoë Müller", "utf-8"),
        ("Zoë Müller", "utf-8-sig"),
        ("Zoë Müller", "utf-16"),
        ("Zoë Müller", "cp1252"),
        ("Иван Петров", "cp1251"),
        ("Иван Петров", "koi8-r"),
        ("Иван Петров", "cp866"),
        ("Γεωργία Παπαδοπούλου", "cp1253"),
        ("王小明", "gb18030"),
    ],
)
def test_text_in_old_encodings(name, encoding):
    more = {
        "Иван": "Опыт работы инженером",
        "Γεωρ": "Εργασιακή εμπειρία και σπουδές",
        "王小明": "教育背景 北京大学 工作经历",
    }
    lines = [more.get(name[:4], more.get(name, "Straße in Köln, naïve café"))]
    read = reading.read(documents.txt(name, lines, encoding=encoding, line_end="\r\n"), "txt")
    assert texts(read) == [name, *lines]


def test_text_is_cleaned():
    hostile = (
        "e\u200bv\u00adi\u202el \ufb01nance\u00a0\u2066x\u2069 \x01\x1b[31m Ａｄａ \ue000 cafe\u0301 \u2028next 2²"
    )
    read = reading.read(hostile.encode(), "txt")
    assert read.text == "evil finance x [31m Ada • café \nnext 2²"


def test_ligatures_of_a_pdf_are_letters():
    assert "efficient findings" in reading.read(documents.pdf(), "pdf").text


def test_spaces_that_are_only_gaps_come_back():
    words = "since January 2016 programming and watching a cat".split()
    at, items = 72.0, []
    for word in words:
        items.append((at, 100, 12, word))
        at += stringWidth(word, "Helvetica", 12) + 1.5  # a narrow space is 3.3 wide; pdfium misses this gap
    text = reading.read(documents.placed(items), "pdf").text.replace("\n", " ")
    assert text.split() == words


@pytest.mark.parametrize("gap", [2, 4, 8])
def test_letter_spaced_headings_are_words(gap):
    read = reading.read(documents.pdf("JOHN EXAMPLE", letter_space=gap), "pdf")
    assert texts(read)[0] == "JOHN EXAMPLE"


def test_a_locked_pdf_says_so():
    read = reading.read(documents.pdf(password="secret"), "pdf")
    assert (read.text, read.previews) == ("", ())
    assert "password" in read.trouble


@pytest.mark.parametrize("kind", ["pdf", "docx", "odt"])
def test_damaged_files_say_so(kind):
    read = reading.read(b"%PDF-1.4 PK\x03\x04 nothing of the kind", kind)
    assert read.text == ""
    assert "damaged" in read.trouble


def test_a_scan_says_that_it_has_no_text_and_is_shown():
    read = reading.read(documents.scan(), "pdf")
    assert "no text" in read.trouble
    assert len(read.previews) == 1


def test_word_97_is_kept_unread():
    assert reading.read(documents.doc(), "doc") == reading.Reading(trouble=reading.TROUBLES["doc"])


def test_a_page_that_cannot_be_drawn_in_time_loses_its_picture_only(monkeypatch):
    run = sandbox.run
    monkeypatch.setattr(sandbox, "run", lambda *a, **k: run(*a, **k, seconds=4, cpu_seconds=3))
    started = time.monotonic()
    read = reading.read(documents.endless_pdf(), "pdf")
    assert time.monotonic() - started < 10
    assert read.trouble
    assert read.previews == ()


def test_entities_are_not_expanded_in_the_child():
    read = reading.read(documents.xml_bomb(), "docx")
    assert read.text == ""
    assert "damaged" in read.trouble


def test_deep_nesting_does_no_harm():
    read = reading.read(documents.deep_docx(), "docx")
    assert read.text == ""
    assert read.trouble


def test_text_is_capped_at_a_megabyte():
    read = reading.read(b"word " * 500_000, "txt")
    assert 900_000 < len(read.text) <= 1_000_000
    assert sum(len(line.text) for line in read.lines) <= 1_000_000


def test_nonsense_from_the_child_is_dropped():
    output = b'{"lines": [["ok", 1, 1], ["bad"], 7], "pages": "x"}\n{"preview": "PHN2Zz4="}\n{"preview": 3}\n[1]\n{"li'
    read = reading._reading(output)
    assert texts(read) == ["ok"]
    assert (read.pages, read.previews) == (0, ())


def test_several_at_once():
    with ThreadPoolExecutor(4) as pool:
        reads = list(pool.map(lambda n: reading.read(documents.pdf(f"Person Number{n}"), "pdf"), range(6)))
    assert [read.lines[0].text for read in reads] == [f"Person Number{n}" for n in range(6)]
