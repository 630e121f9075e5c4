import random

import pytest

from crm.kit import sniff
from tests import documents

HONEST = {
    "pdf": documents.pdf(),
    "docx": documents.docx(header="Ada Example", box="A box"),
    "odt": documents.odt(),
    "rtf": documents.rtf(),
    "txt": documents.txt(),
    "doc": documents.doc(),
}


@pytest.mark.parametrize("kind", HONEST)
def test_every_kind_is_told_from_its_structure(kind):
    assert sniff.kind_of(HONEST[kind]) == kind
    assert sniff.EXTENSIONS[kind] == f".{kind}"
    assert "/" in sniff.MEDIA_TYPES[kind]


def test_words_own_xml_is_a_doc():
    assert sniff.kind_of(documents.word_xml()) == "doc"


def test_a_pdf_may_begin_with_a_kilobyte_of_something_else():
    assert sniff.kind_of(b"\r\n" * 400 + documents.pdf()) == "pdf"
    assert sniff.kind_of(b"Content-Type: application/pdf\r\n\r\n" + documents.pdf()) == "pdf"


def test_a_locked_pdf_is_a_pdf():
    assert sniff.kind_of(documents.pdf(password="secret")) == "pdf"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_text_in_western_encodings(encoding):
    assert sniff.kind_of(documents.txt("Zoë Müller", ["naïve café"], encoding=encoding)) == "txt"


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
def test_text_in_cyrillic_encodings(encoding):
    assert sniff.kind_of(documents.txt("Иван Петров", ["Опыт работы"], encoding=encoding)) == "txt"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 100,
        documents.html(),
        b"\n\n  <html><body>Ada</body></html>",
        b"Ada Example\n<script>alert(1)</script>\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<?php echo 1;",
        b"<?xml version='1.0'?><note/>",
        b"#!/bin/sh\necho hello\n",
        b"@echo off\r\ndel *.*\r\n",
        b"MZ\x90\0" + b"\0" * 100,
        b"MZ this one has no NUL at all",
        b"\x7fELF\x02\x01\x01",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 60,
        b"GIF89a and a little text",
        b"%!PS-Adobe-3.0\n",
        b"Ada\0Example",
        b"\xff\xfeA",
        random.Random(7).randbytes(4000),
        b"<html>" + documents.pdf(),
        b"MZ" + documents.pdf(),
        b"x" * 2000 + documents.pdf()[:9] + b"\0",
        documents.doc(stream="Workbook"),
        b"%PDF-1.4 and nothing else",
    ],
)
def test_what_is_none_of_the_kinds_is_refused(data):
    if data == b"%PDF-1.4 and nothing else":
        assert sniff.kind_of(data) == "txt"
        return
    with pytest.raises(sniff.Unaccepted) as refusal:
        sniff.kind_of(data)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (documents.zip_bomb(), "unpacks to more"),
        (documents.lying_zip(), "damaged"),
        (documents.zip_bomb(101), "unpacks to more"),
        (documents.many_members(), "unpacks to more"),
        (documents.xml_bomb(), "XML declarations"),
        (documents.odt(doctype=documents.DOCTYPE), "XML declarations"),
        (documents.docx(members={"word/document.xml": "<w:document/>".encode("utf-16")}), "XML declarations"),
        (
            documents.docx(members={"word/document.xml": b'<?xml version="1.0" encoding="cp037"?>' + b"<a/>"}),
            "XML declarations",
        ),
        (documents.docx(main="application/vnd.ms-word.document.macroEnabled.main+xml"), "macros"),
        (documents.docx(members={"word/vbaProject.bin": b"\0"}), "macros"),
        (documents.odt(members={"Basic/Standard/Module1.xml": "<module/>"}), "macros"),
        (documents.doc(macros=True), "macros"),
        (documents.doc(stream="EncryptedPackage"), "password"),
        (documents.odt(members={"META-INF/manifest.xml": "<manifest:encryption-data/>"}), "password"),
        (
            documents.docx(main="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
            "not a Word",
        ),
        (documents.docx()[:400], "damaged"),
        (documents.docx()[:-30], "damaged"),
        (documents.word_xml(extra="<!DOCTYPE a>"), "none of them"),
        (documents.word_xml(extra='<?xml-stylesheet href="x"?>'), "none of them"),
        (documents.rtf(extra=r"{\*\template http://evil.example/x.dotm}"), "from elsewhere"),
        (documents.rtf(extra=r"{\object\objautlink}"), "from elsewhere"),
    ],
)
def test_hostile_files_are_refused_with_a_reason(data, sentence):
    with pytest.raises(sniff.Unaccepted, match=sentence):
        sniff.kind_of(data)


@pytest.mark.parametrize("kind", ["attachedTemplate", "oleObject", "frame", "subDocument"])
@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example/t.dotm",
        "HTTPS://evil.example/t.dotm",
        r"\\evil.example\share\t.dotm",
        "//evil.example/t.dotm",
        "file://evil.example/share/t.dotm",
        "file:////evil.example/share/t.dotm",
        r"file:///\\evil.example\share",
        "%5C%5Cevil.example%5Cshare",
        "mhtml:http://evil.example/t.html",
    ],
)
def test_nothing_is_fetched_from_elsewhere(kind, target):
    with pytest.raises(sniff.Unaccepted, match="from elsewhere"):
        sniff.kind_of(documents.docx(relations=[(kind, target)]))


@pytest.mark.parametrize(
    "target",
    [
        "Normal.dotm",
        "file:///C:/Users/ada/AppData/Roaming/Microsoft/Templates/Normal.dotm",
        r"C:\Users\ada\Templates\Normal.dotm",
        "file:///Users/ada/Library/Normal.dotm",
        "/Applications/Microsoft%20Office/Templates/Normal.dotm",
        "Macintosh HD:Users:ada:Normal.dotm",
    ],
)
def test_the_local_template_that_word_names_is_fine(target):
    assert sniff.kind_of(documents.docx(relations=[("attachedTemplate", target)])) == "docx"


def test_links_are_fine():
    data = documents.docx(relations=[("hyperlink", "https://example.org/ada"), ("hyperlink", "mailto:ada@example.org")])
    assert sniff.kind_of(data) == "docx"


def test_an_object_from_elsewhere_in_an_odt_is_refused():
    body = '<draw:object xlink:href="http://evil.example/o"/>'
    with pytest.raises(sniff.Unaccepted, match="from elsewhere"):
        sniff.kind_of(documents.odt(body=body))
    assert sniff.kind_of(documents.odt(body='<draw:object xlink:href="./Object 1"/>')) == "odt"


def test_small_files_may_compress_well():
    assert sniff.kind_of(documents.zip_bomb(19)) == "docx"
