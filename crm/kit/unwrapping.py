"""Every way in which a text may be read: as it stands, without its markup, decoded, and all of that again."""

import base64
import binascii
import html
import quopri
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import unquote

from crm.kit import lookalikes

DEEPEST = 3
"""Something encoded within something encoded within something encoded."""
MOST_READINGS = 64
_TAG = re.compile(r"<!--.{0,2000}?-->|<[^<>]*>", re.DOTALL)
_STATEMENT = re.compile(r"\{%.{0,500}?%\}|\{#.{0,500}?#\}", re.DOTALL)
_FIELD = re.compile(r"\{\{.{0,500}?\}\}|\$\{[^{}]*\}|\*\|.{0,500}?\|\*|<<[^<>]*>>", re.DOTALL)
_BRACES = re.compile(r"\{\{|\}\}|\$\{|\*\||\|\*|<<|>>")
_LINK_TARGET = re.compile(r"\]\([^()\s]*\)")
_QUOTED = re.compile(r"=(?:[0-9A-Fa-f]{2}|[ \t]*\r?\n)")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_ENCODED_WORD = re.compile(r"=\?([\w-]+)\?([bq])\?([^?]*)\?=(?:\s+(?==\?))?", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{6,}(?:\s*\r?\n[>\s]*[A-Za-z0-9+/_-]+)*={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){4,}")
_HUMP = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")


def readings(text: str) -> list[str]:
    """Folded, each once; see lookalikes."""
    found = {text: None}
    layer = [text]
    for _ in range(DEEPEST):
        layer = [other for one in layer for other in _unwrapped(one) if found.setdefault(other, None) is None]
        layer = list(dict.fromkeys(layer))[:MOST_READINGS]
        if not layer or len(found) > MOST_READINGS:
            break
    return list(dict.fromkeys(read for one in list(found)[:MOST_READINGS] for read in _folded(one)))


def _unwrapped(text: str) -> Iterator[str]:
    for unwrap in _WAYS:
        other = unwrap(text)
        if other and other != text:
            yield other


def _folded(text: str) -> Iterator[str]:
    for one in (text, _HUMP.sub(" ", text)):
        yield lookalikes.folded(one)
        if not one.isascii():
            yield lookalikes.latin(one)
    signs = text.translate(lookalikes.SIGNS)
    if signs != text:
        yield lookalikes.latin(signs)


# --- one way each


def _decode_words(text: str) -> str:
    return _ENCODED_WORD.sub(lambda found: _word(*found.groups()), text)


def _word(charset: str, kind: str, content: str) -> str:
    with suppress(LookupError, ValueError, binascii.Error):
        raw = content.replace("_", " ").encode()
        decoded = quopri.decodestring(raw) if kind in "qQ" else base64.b64decode(_padded(content))
        return decoded.decode(charset, "replace")
    return content


def _decode_quoted(text: str) -> str:
    if not _QUOTED.search(text):
        return text
    return quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _decode_base64(text: str) -> str:
    """What the words that are base64 say, and nothing else."""
    return "\n".join(filter(None, (_said(_from_base64(found[0])) for found in _BASE64.finditer(text))))


def _from_base64(word: str) -> bytes:
    plain = re.sub(r"[>\s]", "", word).translate(str.maketrans("-_", "+/"))
    with suppress(binascii.Error, ValueError):
        return base64.b64decode(_padded(plain))
    return b""


def _padded(word: str) -> str:
    plain = word.rstrip("=")
    return plain + "=" * (-len(plain) % 4)


def _decode_hex(text: str) -> str:
    return "\n".join(filter(None, (_said(_from_hex(found[0])) for found in _HEX.finditer(text))))


def _from_hex(word: str) -> bytes:
    return bytes.fromhex(re.sub(r"[ :]", "", word))


def _said(content: bytes) -> str:
    """Text that a person can read, or nothing."""
    with suppress(UnicodeDecodeError):
        said = content.decode()
        return said if said.replace("\n", "").replace("\r", "").isprintable() else ""
    return ""


def _decode_escapes(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), text)


_WAYS: tuple[Callable[[str], str], ...] = (
    lambda text: _TAG.sub("", text),
    lambda text: _TAG.sub(" ", text),
    html.unescape,
    unquote,
    _decode_words,
    _decode_quoted,
    lambda text: _STATEMENT.sub("", text),
    lambda text: _FIELD.sub("", text),
    lambda text: _BRACES.sub("", text),
    lambda text: _LINK_TARGET.sub("]", text),
    _decode_escapes,
    _decode_base64,
    _decode_hex,
)
