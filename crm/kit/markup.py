"""Members of a zipped document, read with an upper bound and without document type declarations."""

import zipfile
from collections.abc import Callable
from itertools import count
from xml.parsers import expat

Attributes = dict[str, str]
MAX_MEMBER = 100_000_000
MAX_ELEMENTS = 300_000
_CHUNK = 65_536


class Crowded(ValueError):
    """The XML has so many elements that reading them all would take minutes."""


class Declared(ValueError):
    """The XML carries a document type declaration: the door to entity bombs and to foreign files."""


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The unpacked bytes, MAX_MEMBER of them at most, whatever the directory of the archive says."""
    with archive.open(name) as stream:
        return stream.read(MAX_MEMBER)


def walk(
    xml: bytes,
    *,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Calls back with local names (no namespaces). Raises Declared, Crowded, or expat.ExpatError if it is not XML."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    elements = count()

    def begin(name: str, attributes: Attributes) -> None:
        if next(elements) >= MAX_ELEMENTS:
            raise Crowded("more elements than a document has")
        start(_local(name), _plain(attributes))

    parser.StartElementHandler = begin
    if end:
        parser.EndElementHandler = lambda name: end(_local(name))
    if text:
        parser.CharacterDataHandler = text
    for at in range(0, len(xml), _CHUNK):
        parser.Parse(xml[at : at + _CHUNK], False)
    parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> None:
    raise Declared("a document type declaration")


def _plain(attributes: Attributes) -> Attributes:
    return {_local(name): value for name, value in attributes.items()}


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
