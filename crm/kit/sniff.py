"""What kind of document some bytes are, told from their structure; what is not accepted, and why.

Looks at bytes only: text is extracted in a child process (`crm.kit.reading`). Zipped kinds are unpacked here once, as
a stream with a cap, because their directories may lie about sizes.
"""

import re

from crm.kit import plaintext, sniff_zip
from crm.kit.sniff_zip import Unaccepted

__all__ = ["EXTENSIONS", "MEDIA_TYPES", "Unaccepted", "kind_of"]

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "rtf": "application/rtf",
    "txt": "text/plain",
    "doc": "application/msword",
}
EXTENSIONS = {kind: f".{kind}" for kind in MEDIA_TYPES}

NOT_ONE = "We accept PDF, Word (DOCX or DOC), OpenDocument (ODT), RTF and plain text. This file is none of them."
EMPTY = "This file is empty."
MACROS = sniff_zip.MACROS
LOCKED = sniff_zip.LOCKED
REMOTE = sniff_zip.REMOTE

_HEAD = 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF = re.compile(rb"%PDF-\d")
_WORD_XML = re.compile(rb'<\?mso-application\s{1,9}progid="Word\.Document"')
_OTHER_HEADS = (
    b"MZ",
    b"\x7fELF",
    b"PK",
    b"#!",
    b"GIF8",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"\xca\xfe\xba\xbe",
    b"%!",
    b"Rar!",
    b"7z\xbc",
)
_MARKUP = re.compile(r"<[!?%/a-z]", re.IGNORECASE)
_PAGE = re.compile(
    r"^\s{0,80}<(?:!doctype|html|head|body|script|iframe|svg|object|embed|form)\b", re.IGNORECASE | re.MULTILINE
)
_SCRIPT = re.compile(r"#!|@echo\b|<\?|<%|X5O!P%@AP", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]")
_RTF_FETCHES = re.compile(
    rb"\\obj(?:autlink|update|link)\b|\\\*\\template[^{}]{0,8}?\s{0,8}(?:[a-z]{2,8}:)?(?://|\\\\\\\\)", re.IGNORECASE
)


def kind_of(data: bytes) -> str:
    """ "pdf", "docx", "odt", "rtf", "txt" or "doc". Raises Unaccepted with a sentence for the person who uploads."""
    if not data.strip(b"\x00 \t\r\n"):
        raise Unaccepted(EMPTY)
    if data.startswith(b"PK\x03\x04"):
        return sniff_zip.kind_of(data)
    if data.startswith(_OLE):
        return _ole(data)
    if _is_pdf(data):
        return "pdf"
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf"):
        return _rtf(data)
    if _WORD_XML.search(data[:_HEAD]) and data.lstrip(b"\xef\xbb\xbf").startswith(b"<?xml"):
        return _word_xml(data)
    return _text(data)


def _is_pdf(data: bytes) -> bool:
    """Real files carry up to a kilobyte of mail headers or line feeds before the mark, but no other file's start."""
    mark = _PDF.search(data[:_HEAD])
    if mark is None or b"obj" not in data:
        return False
    before = data[: mark.start()].lstrip()
    return not before.startswith((*_OTHER_HEADS, b"<", b"{\\rtf"))


def _ole(data: bytes) -> str:
    if _wide("EncryptedPackage") in data:
        raise Unaccepted(LOCKED)
    if _wide("WordDocument") not in data:
        raise Unaccepted(NOT_ONE)
    if _wide("_VBA_PROJECT") in data:
        raise Unaccepted(MACROS)
    return "doc"


def _wide(name: str) -> bytes:
    return name.encode("utf-16-le")


def _word_xml(data: bytes) -> str:
    if b"<!DOCTYPE" in data or b"<?xml-stylesheet" in data:
        raise Unaccepted(NOT_ONE)
    if b'macrosPresent="yes"' in data or b"vbaProject" in data:
        raise Unaccepted(MACROS)
    return "doc"


def _rtf(data: bytes) -> str:
    if _RTF_FETCHES.search(data):
        raise Unaccepted(REMOTE)
    return "rtf"


def _text(data: bytes) -> str:
    if data.startswith(_OTHER_HEADS):
        raise Unaccepted(NOT_ONE)
    try:
        text = plaintext.decode(data)
    except UnicodeDecodeError:
        raise Unaccepted(NOT_ONE) from None
    head = text[:4096].lstrip()
    if _CONTROLS.search(text) or _MARKUP.match(head) or _PAGE.search(head) or _SCRIPT.match(head):
        raise Unaccepted(NOT_ONE)
    if text.count("\ufffd") > len(text) // 100:
        raise Unaccepted(NOT_ONE)
    return "txt"
