"""A mail that came from outside, taken apart: its headers, its leaves and their characters.

Whoever wrote it may mean harm, and the library was written for friends: parts nested a hundred deep, a Content-Type of
a megabyte or a charset that is no charset cost it minutes or an exception. What is tangled beyond any honest mail is
read as plain text with headers.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from typing import Any, NamedTuple, TypeAlias, TypeVar

from crm.kit import plaintext

LARGEST = 30_000_000  # bytes
LONGEST_HEADERS = 256_000
LONGEST_HEADER = 20_000
LONGEST_ENCODED = 8_000
LONGEST_TEXT = 500_000  # bytes of one part that become characters
MOST_PARTS = 200

Mail: TypeAlias = "Message[str, str]"
_Answer = TypeVar("_Answer")

_MOST_NESTED = 100
_MOST_STEPS = 5_000_000  # every line is compared with every boundary around it
_CONTENT_HEADER = re.compile(rb"content-[a-z-]{1,40}:[^\r\n]*+(?:(?:\r\n|\r|\n)[ \t][^\r\n]*+)*+")
_LONGEST_CONTENT_HEADER = 4_000
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")
_FOLD = re.compile(r"\s*[\r\n]+\s*")
_CHARSET = re.compile(r"[A-Za-z0-9][\w.:+-]{0,39}", re.ASCII)
_NO_CHARSETS = frozenset("ascii punycode idna undefined unicode-escape raw-unicode-escape".split())
_WIDER = {"iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}  # as mail programs read them
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufff9-\uffff]"
)
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
_NOT_IN_ONE = r"\s\x00-\x20\x7f-\x9f\u2028-\u202e\u2066-\u2069<>()\[\],;:\\\"@"
_ADDRESS = re.compile(rf"[^{_NOT_IN_ONE}]{{1,128}}@[^{_NOT_IN_ONE}]{{1,250}}")
_ID = re.compile(r"<[!-;=?A-~]{1,200}@[!-;=?A-~]{1,200}>")
_LONGEST_ID = 250
_MAILBOX = re.compile(r'"(?:[^"\\]|\\.){0,500}+"|\((?:[^()\\]|\\.){0,500}+\)|<[^<>]*+>?|[^"(<]+|.')


class Unreadable(ValueError):
    """What came is no mail at all; the text is a sentence."""


class Leaf(NamedTuple):
    """A part without parts of its own; `within` is the subtype of the multipart around it, "" for none."""

    part: Mail
    within: str


def parse(raw: bytes) -> Mail:
    """Raises Unreadable for what is no mail at all, and nothing else."""
    if len(raw) > LARGEST:
        raise Unreadable(f"This mail is larger than {LARGEST // 1_000_000} MB; ask the sender for a smaller one.")
    if not raw.strip():
        raise Unreadable("This mail is empty; there is nothing to read.")
    mail = _parsed(raw.lstrip(b"\r\n"))
    if not mail.keys():
        raise Unreadable("This is not a mail: it has no headers.")
    return mail


def _parsed(raw: bytes) -> Mail:
    end = _END_OF_HEADERS.search(raw[: LONGEST_HEADERS + 4])
    if not end and len(raw) > LONGEST_HEADERS:
        return _plain_mail(raw[:LONGEST_HEADERS])
    if _is_tangled(raw):
        return _plain_mail(raw)
    return BytesParser().parsebytes(raw)


def _is_tangled(raw: bytes) -> bool:
    lowered = raw.lower()
    nested = lowered.count(b"multipart/") + lowered.count(b"message/")
    lines = raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    if nested > _MOST_NESTED or lines * (nested + 4) > _MOST_STEPS:
        return True
    long = [found.end() - found.start() for found in _CONTENT_HEADER.finditer(lowered)]
    return max(long, default=0) > _LONGEST_CONTENT_HEADER or sum(size for size in long if size > 500) > 50_000


def _plain_mail(raw: bytes) -> Mail:
    mail = BytesParser().parsebytes(raw[: LONGEST_HEADERS + LONGEST_TEXT], headersonly=True)
    for name in {name for name in mail if name.lower().startswith("content-")}:
        del mail[name]
    return mail


def tolerantly(read: Callable[[], _Answer], otherwise: _Answer) -> _Answer:
    """What the library makes of a broken part, or `otherwise` when it stumbles: it raises all of these."""
    try:
        return read()
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, MessageError):
        return otherwise


def leaves(mail: Mail) -> Iterator[Leaf]:
    """In the order of reading, MOST_PARTS at most. A mail within the mail, or a report, is a leaf."""
    waiting, left = [Leaf(mail, "")], MOST_PARTS
    while waiting and left:
        leaf, left = waiting.pop(), left - 1
        main, _, subtype = media_type(leaf.part).partition("/")
        if main == "multipart" and leaf.part.is_multipart():
            waiting += [Leaf(part, subtype) for part in reversed(inner(leaf.part))]
        else:
            yield leaf


def inner(part: Mail) -> list[Mail]:
    """The parts or fields inside. Unasked, the library would decode a text with whatever charset it names."""
    within: Any = part.get_payload() if part.is_multipart() else []
    return [one for one in within[:MOST_PARTS] if isinstance(one, Message)]


def media_type(part: Mail) -> str:
    return tolerantly(part.get_content_type, "text/plain")


def parameter(part: Mail, name: str, *, of: str = "content-type") -> str:
    """One word of a header, in small letters; "" when it is not there."""
    value: Any = tolerantly(lambda: part.get_param(name, "", of), None)
    return (value[-1] if isinstance(value, tuple) else str(value or "")).strip().lower()


def header(part: Mail, name: str) -> str:
    """The first of that name on one line, encoded words as they came; "" when there is none."""
    return next(iter(headers(part, name)), "")


def headers(part: Mail, name: str) -> list[str]:
    """All of that name, 50 at most: some come several times."""
    wanted = name.lower()
    found = [value for key, value in part.raw_items() if key.lower() == wanted]
    return [_FOLD.sub(" ", _characters(str(value)[:LONGEST_HEADER])).strip() for value in found[:50]]


def _characters(value: str) -> str:
    """Bytes beyond ASCII come from the parser as lone surrogates."""
    return value if value.isascii() else guess(value.encode("ascii", "surrogateescape"))


def words(value: str, longest: int = 500) -> str:
    """A header for people: encoded words decoded, one line, nothing invisible."""
    chunks = (
        tolerantly(lambda: decode_header(value[:LONGEST_ENCODED]), [(value, None)])
        if "=?" in value
        else [(value, None)]
    )
    return line("".join(_chunk(data, charset) for data, charset in chunks), longest)


def _chunk(data: Any, charset: str | None) -> str:
    if isinstance(data, str):
        return data
    # What stands between encoded words comes back as raw-unicode-escape.
    return decoded(data, charset) if charset else data.decode("raw-unicode-escape", "replace")


def decoded(data: bytes, charset: str | None) -> str:
    """By the charset it names, unless that is wrong or none: then by what it looks like."""
    codec = _codec(charset or "")
    if not codec:
        return guess(data)
    text = tolerantly(lambda: data.decode(codec, "replace"), "\ufffd")
    return guess(data) if text.count("\ufffd") * 20 > len(text) else text


def _codec(charset: str) -> str:
    if not _CHARSET.fullmatch(charset):
        return ""
    name = tolerantly(lambda: codecs.lookup(charset).name, "")
    return "" if name.replace("_", "-") in _NO_CHARSETS else _WIDER.get(name, name)


def guess(data: bytes) -> str:
    return tolerantly(lambda: plaintext.decode(data), data.decode("latin-1"))


def content(part: Mail) -> bytes:
    """The bytes of a leaf, base64 and quoted-printable undone."""
    data: Any = tolerantly(lambda: part.get_payload(decode=True), None)
    return data if isinstance(data, bytes) else b""


def text(part: Mail) -> str:
    """The characters of a leaf, line ends "\\n", nothing invisible."""
    return tidy(decoded(content(part)[:LONGEST_TEXT], parameter(part, "charset")))


def tidy(value: str) -> str:
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", value))


def line(value: str, longest: int = 500) -> str:
    return " ".join(_UNSEEN.sub("", value[: 4 * longest + 1_000]).split())[:longest].strip()


def addresses(value: str) -> list[str]:
    """Every mail address that stands in a header, in small letters."""
    return [found.lower().strip("'") for found in _ADDRESS.findall(value[:LONGEST_HEADER]) if len(found) <= 254]


def mailbox(value: str) -> tuple[str, str]:
    """(name, address) of one writer. A name that looks like an address is still only a name."""
    pieces = _MAILBOX.findall(value[:LONGEST_HEADER])
    bracketed = [piece for piece in pieces if piece.startswith("<")]
    bare = "".join(piece for piece in pieces if piece[0] not in '<("')
    address = addresses(bracketed[-1] if bracketed else bare)[:1]
    name = bare + " ".join(_unquoted(piece) for piece in pieces if piece[0] == '"') if bracketed else ""
    return words(name.strip(), 200), "".join(address)


def _unquoted(piece: str) -> str:
    return re.sub(r"\\(.)", r"\1", piece.strip('"'))


def message_ids(values: Iterable[str]) -> list[str]:
    return [found for value in values for found in _ID.findall(value) if len(found) <= _LONGEST_ID]
