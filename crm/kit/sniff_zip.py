"""Checks of zipped documents before anybody opens them: size, declarations, macros, what they would fetch."""

import io
import re
import zipfile
import zlib
from urllib.parse import unquote
from xml.parsers import expat

from crm.kit import markup

MAX_MEMBERS = 500
MAX_UNPACKED = 100_000_000
FREE_UNPACKED = 20_000_000  # below this any ratio will do: empty tables compress a thousandfold
MAX_RATIO = 50

NOT_A_TEXT = "This is a packed file, but not a Word or OpenDocument text."
DAMAGED = "This file is damaged: it cannot be unpacked. Save it again and upload the new file."
TOO_LARGE = "This file unpacks to more than a text document holds, so we do not open it."
DECLARED = "This file carries XML declarations that a text document has no need of, so we do not open it."
MACROS = "This file carries macros. Save it as an ordinary DOCX or PDF and upload that."
LOCKED = "This file is locked with a password. Save it without the password and upload it again."
REMOTE = (
    "This file would load a template or an object from elsewhere when it is opened. Save it as PDF and upload that."
)

_CHUNK = 65_536
_WORD_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_ODT = b"application/vnd.oasis.opendocument.text"
_FETCHED = {"attachedTemplate", "oleObject", "frame", "subDocument", "aFChunk", "package", "control", "externalLink"}
_ODT_FETCHED = frozenset(["object", "object-ole", "floating-frame", "plugin", "applet", "section-source", "template"])
_ODT_MACRO = re.compile(r"(?:Basic/[^/]+/(?!script-lb\.xml)[^/]+\.xml|Scripts/.+[^/])")
_XML_NAMES = (".xml", ".rels", ".rdf", ".vml")
_ENCODING = re.compile(rb"<\?xml[^>]{0,80}?encoding\s{0,3}=\s{0,3}[\"']([\w.-]{1,40})")
_ENCODINGS = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1"})
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,20}:")
_DRIVE = re.compile(r"(?:file:/{0,3})?(?:localhost/)?[a-z]:/")
_LOCAL_FILE = re.compile(r"file:(?:///|/)?[^/]")


class Unaccepted(ValueError):
    """`str()` is a sentence for the person who uploads."""


def kind_of(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_members(archive, len(data))
            return _odt(archive) if "mimetype" in archive.namelist() else _docx(archive)
    except markup.Declared:
        raise Unaccepted(DECLARED) from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        expat.ExpatError,
        RuntimeError,
        ValueError,
    ) as error:
        if isinstance(error, Unaccepted):
            raise
        raise Unaccepted(DAMAGED) from None


def _check_members(archive: zipfile.ZipFile, packed: int) -> None:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise Unaccepted(TOO_LARGE)
    if len({member.filename for member in members}) != len(members):
        raise Unaccepted(DAMAGED)
    if any(member.flag_bits & 1 for member in members):
        raise Unaccepted(LOCKED)
    unpacked = 0
    for member in members:
        unpacked = _stream(archive, member, unpacked, packed)


def _stream(archive: zipfile.ZipFile, member: zipfile.ZipInfo, unpacked: int, packed: int) -> int:
    """Unpacks to nowhere, counting what really comes; the bytes of XML members are looked at on the way."""
    is_xml = member.filename.lower().endswith(_XML_NAMES)
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            unpacked += len(chunk)
            if unpacked > MAX_UNPACKED or (unpacked > FREE_UNPACKED and unpacked > MAX_RATIO * packed):
                raise Unaccepted(TOO_LARGE)
            if is_xml:
                _check_xml(chunk, tail)
                tail = chunk[-16:]
    return unpacked


def _check_xml(chunk: bytes, tail: bytes) -> None:
    """No declaration, and no encoding that could hide one."""
    if not tail and (encoding := _ENCODING.search(chunk[:200])) and encoding[1].lower() not in _ENCODINGS:
        raise Unaccepted(DECLARED)
    if b"\x00" in chunk or b"<!DOCTYPE" in tail + chunk or b"<!ENTITY" in tail + chunk:
        raise Unaccepted(DECLARED)


def _docx(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    if "[Content_Types].xml" not in names or "word/document.xml" not in names:
        raise Unaccepted(NOT_A_TEXT)
    types = _content_types(archive)
    if any("macroenabled" in kind.lower() or "vbaproject" in kind.lower() for kind in types):
        raise Unaccepted(MACROS)
    if any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in names):
        raise Unaccepted(MACROS)
    if _WORD_MAIN not in types:
        raise Unaccepted(NOT_A_TEXT)
    for name in names:
        if name.endswith(".rels"):
            _check_relations(markup.member(archive, name))
    return "docx"


def _content_types(archive: zipfile.ZipFile) -> set[str]:
    types: set[str] = set()
    xml = markup.member(archive, "[Content_Types].xml")
    markup.walk(xml, start=lambda _, attributes: types.add(attributes.get("ContentType", "")))
    return types


def _check_relations(xml: bytes) -> None:
    def look(element: str, attributes: markup.Attributes) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2]
        if element == "Relationship" and attributes.get("TargetMode") == "External" and kind in _FETCHED:
            _check_target(attributes.get("Target", ""))

    markup.walk(xml, start=look)


def _odt(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    if markup.member(archive, "mimetype").strip() != _ODT or "content.xml" not in names:
        raise Unaccepted(NOT_A_TEXT)
    if any(_ODT_MACRO.fullmatch(name) for name in names):
        raise Unaccepted(MACROS)
    if "META-INF/manifest.xml" in names and b"encryption-data" in markup.member(archive, "META-INF/manifest.xml"):
        raise Unaccepted(LOCKED)
    for name in {"content.xml", "styles.xml", "meta.xml"} & set(names):
        markup.walk(markup.member(archive, name), start=_check_odt_element)
    return "odt"


def _check_odt_element(element: str, attributes: markup.Attributes) -> None:
    if element in _ODT_FETCHED:
        _check_target(attributes.get("href", ""))


def _check_target(target: str) -> None:
    if is_remote(target):
        raise Unaccepted(REMOTE)


def is_remote(target: str) -> bool:
    """Whether opening the target leaves this computer: http, a share of the network, or any scheme but a local file.

    Word writes the path of its own Normal.dotm into every file that uses it; that one stays here.
    """
    place = unquote(target).strip().lower().replace("\\", "/")
    if _DRIVE.match(place):
        return False
    if place.startswith("file:"):
        return _LOCAL_FILE.match(place) is None
    return place.startswith("//") or _SCHEME.match(place) is not None
