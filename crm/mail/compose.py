"""A draft becomes the bytes that go over the wire, or is refused with a sentence naming the field.

The headers are written here and not by the library: in several Python versions its folding loses the quotes around
a name with a comma, and turns a long link into an encoded word. What was written is parsed back and compared.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import Header
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import format_datetime
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from crm.kit import header_guard

LONGEST_NAME = 200
LONGEST_SUBJECT = 500
LONGEST_EXTRA_HEADER = 900
LONGEST_FILENAME = 120
LONGEST_LINE = 998

_PARTS = policy.SMTP.clone(max_line_length=76)  # RFC 2045 on base64 and quoted-printable
# On its own the library parses a header anew each time one looks at it: 70 times a letter.
_READING = policy.default.clone(header_factory=lru_cache(maxsize=64)(policy.default.header_factory))
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]{1,120}@[!-;=?A-~]{1,120}>")
_MEDIA_TYPE = re.compile(r"(?:application|audio|font|image|text|video)/[a-z0-9][a-z0-9.+-]{0,99}")
_EXTRA_NAME = re.compile(r"[A-Z][A-Za-z0-9-]{0,60}")
_NOT_EXTRA = re.compile(
    r"(?:from|sender|to|cc|bcc|reply-to|subject|date|message-id|mime-version|return-path|received|content-.*|resent-.*)",
    re.IGNORECASE,
)
_NO_LINE_END = bytes({*range(256)} - {*b"\r\n"})
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n"
_NOT_IN_A_FILENAME = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff/\\\\]|=\\?")


class Unsendable(ValueError):
    """A letter that must not go out as it is; the text is a sentence naming the field."""


@dataclass(frozen=True)
class Attachment:
    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Draft:
    sender_name: str
    to: str
    to_name: str = ""
    subject: str
    text: str
    html: str
    reply_to: str = ""
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


class _Encoded(NamedTuple):
    """An attachment as a MIME part; `body` is base64 and nothing else."""

    head: bytes
    body: bytes


class _Line(NamedTuple):
    """One header: what a reader shall see, and how it is written. For an address, `means` is (name, address)."""

    name: str
    means: str | tuple[str, str]
    written: str


def compose(draft: Draft, *, mail_from: str, message_id: str, sent_at: datetime) -> bytes:
    lines = _headers(draft, mail_from=mail_from, message_id=message_id, sent_at=sent_at)
    encoded = [_encode(attachment) for attachment in draft.attachments]
    body = _multipart("alternative", [[_leaf(draft.text, "plain")], [_leaf(draft.html, "html")]])
    if encoded:
        body = _multipart("mixed", [body, *encoded])
    payload = b"".join([*(f"{line.name}: {line.written}\r\n".encode("ascii") for line in lines), *body])
    _check(payload, draft, lines, encoded)
    return payload


def unsent(*, to: str, to_name: str, subject: str, text: str, bcc: str = "") -> bytes:
    """A draft for somebody's own mail program, as the .eml file that it opens: who sends it, when, and under which id
    is the program's to write.
    """
    lines = [_plain("X-Unsent", "1"), _address("To", to_name, to), *([_address("Bcc", "", bcc)] if bcc else [])]
    lines += [_subject(subject), _plain("MIME-Version", "1.0")]
    payload = b"".join([*(f"{line.name}: {line.written}\r\n".encode("ascii") for line in lines), _leaf(text, "plain")])
    parsed = BytesParser(EmailMessage, policy=_READING).parsebytes(payload)
    same = all(_same(parsed[line.name], line.means) for line in lines)
    if not same or _lines(parsed.get_content()) != _lines(text) or not is_clean(payload) or _defects(parsed):
        raise Unsendable("Letter: It does not come back as it went in.")
    return payload


# --- Headers ------------------------------------------------------------------------------------------------------


def _headers(draft: Draft, *, mail_from: str, message_id: str, sent_at: datetime) -> list[_Line]:
    if sent_at.tzinfo is None:
        raise ValueError("sent_at needs a time zone")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise Unsendable("Message-ID: It must look like <name@example.org>.")
    lines = [
        _address("From", draft.sender_name, mail_from),
        _address("To", draft.to_name, draft.to),
        _subject(draft.subject),
        _plain("Date", format_datetime(sent_at)),
        _plain("Message-ID", message_id),
        _plain("MIME-Version", "1.0"),
    ]
    if draft.reply_to:
        lines.insert(2, _address("Reply-To", "", draft.reply_to))
    return lines + _extras(draft.headers)


def _address(field: str, name: str, address: str) -> _Line:
    try:
        wire = header_guard.wire_address(address)
    except ValueError as refused:
        raise Unsendable(f"{field}: {refused}") from None
    shown = _checked(f"{field} name", name, LONGEST_NAME)
    written = f"{_phrase(shown)}\r\n <{wire}>" if shown else wire
    return _Line(field, (shown, wire), written)


def _subject(subject: str) -> _Line:
    shown = _checked("Subject", subject, LONGEST_SUBJECT)
    if not shown:
        raise Unsendable("Subject: It is empty.")
    return _Line("Subject", shown, _folded(shown) if shown.isascii() else _encoded_words(shown, "Subject"))


def _plain(name: str, value: str) -> _Line:
    return _Line(name, value, value)


def _extras(headers: tuple[tuple[str, str], ...]) -> list[_Line]:
    names = [name.lower() for name, _ in headers]
    for name, value in headers:
        if not _EXTRA_NAME.fullmatch(name) or _NOT_EXTRA.fullmatch(name) or names.count(name.lower()) > 1:
            raise Unsendable(f"Header {name!a}: It cannot be added to a letter, or not twice.")
        if not value.isascii() or value != _checked(f"Header {name}", value, LONGEST_EXTRA_HEADER) or not value:
            raise Unsendable(f"Header {name}: Its value must be plain ASCII without needless spaces.")
    return [_plain(name, value) for name, value in headers]


def _checked(field: str, value: str, longest: int) -> str:
    if sentence := header_guard.problem(value):
        raise Unsendable(f"{field}: {sentence}")
    if len(value) > longest:
        raise Unsendable(f"{field}: At most {longest} characters can be used here.")
    return re.sub(" +", " ", value).strip(" ")


def _phrase(name: str) -> str:
    if not name.isascii():
        return _encoded_words(name, "Reply-To")
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _encoded_words(value: str, header: str) -> str:
    return Header(value, "utf-8", maxlinelen=75, header_name=header).encode(linesep="\r\n")


def _folded(value: str) -> str:
    """Lines of about 78 characters, broken before a space, so that unfolding gives the same value."""
    line_length = len("Subject: ")
    words: list[str] = []
    for word in value.split(" "):
        breaks = bool(words) and line_length + 1 + len(word) > 78
        line_length = 1 + len(word) if breaks else line_length + 1 + len(word)
        words.append(f"\r\n {word}" if breaks else f" {word}")
    return "".join(words)[1:]


# --- Body ---------------------------------------------------------------------------------------------------------


def _leaf(text: str, subtype: str) -> bytes:
    """Always encoded, never 7bit or 8bit: in quoted-printable the text stays readable, in base64 it stays short."""
    try:
        content = (_lines(text) + "\n").encode()
    except UnicodeEncodeError:
        raise Unsendable(f"Text ({subtype}): It has half a character that cannot be written.") from None
    if len(content) > 1.2 * len(text) + 1:
        encoding, body = "base64", base64.encodebytes(content.replace(b"\n", b"\r\n"))
    else:
        encoding, body = "quoted-printable", binascii.b2a_qp(content)
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode() + body.replace(b"\n", b"\r\n")


def _multipart(kind: str, parts: Iterable[Iterable[bytes]]) -> list[bytes]:
    """In pieces, so that a large file is copied once. The boundary is in no part: `=_` cannot stand in base64 or
    quoted-printable.
    """
    boundary = f"=_{kind}"
    pieces = [f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n'.encode()]
    for part in parts:
        pieces += [f"\r\n--{boundary}\r\n".encode(), *part]
    return [*pieces, f"\r\n--{boundary}--\r\n".encode()]


@lru_cache(maxsize=2)
def _encode(attachment: Attachment) -> _Encoded:
    """Kept, because one file goes to several people and encoding costs more than a mail server takes to accept it."""
    if not _MEDIA_TYPE.fullmatch(attachment.media_type):
        raise Unsendable(f"Attachment: {attachment.media_type!a} is not a kind of file that can be attached.")
    part = MIMEPart(policy=_PARTS)
    maintype, subtype = attachment.media_type.split("/")
    part.set_content(b"", maintype, subtype, disposition="attachment", filename=_filename(attachment.filename))
    head, separator, _nothing = part.as_bytes().partition(b"\r\n\r\n")
    body = _in_lines(binascii.b2a_base64(attachment.content, newline=False))
    if not _is_base64(body) or binascii.a2b_base64(body) != attachment.content:
        raise Unsendable("Attachment: It does not come back as it went in.")
    return _Encoded(head + separator, body)


def _in_lines(encoded: bytes) -> bytes:
    """Of 76 characters. The library's own way takes twice as long, and another ten times."""
    return b"".join(encoded[at : at + 76] + b"\r\n" for at in range(0, len(encoded), 76))


def _is_base64(body: bytes) -> bool:
    """Nothing else, in lines that are not too long."""
    return is_clean(body) and not body.translate(None, _BASE64) and _longest_line(body) <= 76


def _filename(name: str) -> str:
    clean = PurePosixPath(re.sub(" +", " ", _NOT_IN_A_FILENAME.sub("", name)).strip(" ."))
    ending = clean.suffix if len(clean.suffix) <= 10 else ""
    return clean.name.removesuffix(ending)[: LONGEST_FILENAME - len(ending)] + ending or "attachment"


def _lines(text: str) -> str:
    """With one kind of line end, and none at the end: a part of a letter always has one there."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


# --- Parsed back --------------------------------------------------------------------------------------------------


def _check(payload: bytes, draft: Draft, lines: list[_Line], encoded: list[_Encoded]) -> None:
    """Every header, text and file name as a reader will find it.

    The base64 of the attachments was compared when it was made; it is cut out here, because to parse 200 kB of it
    again for each recipient would take longer than to send it.
    """
    shell = _without_bodies(payload, encoded)
    parsed = BytesParser(EmailMessage, policy=_READING).parsebytes(shell)
    for what, holds in (
        ("Its bytes are not what mail can carry", is_clean(shell) and _longest_line(shell) <= LONGEST_LINE),
        ("It is not well formed", not any(_defects(part) for part in parsed.walk())),
        ("A header does not come back as it went in", _same_headers(parsed, lines)),
        ("Its text does not come back as it went in", _texts(parsed) == [_lines(draft.text), _lines(draft.html)]),
        ("A file name does not come back as it went in", _files(parsed) == [_file(a) for a in draft.attachments]),
    ):
        if not holds:
            raise Unsendable(f"Letter: {what}.")


def is_clean(payload: bytes) -> bool:
    """ASCII whose lines all end in CRLF; a bare CR or LF is how a second letter is smuggled in behind the first."""
    return payload.isascii() and payload.translate(None, _NO_LINE_END) == b"\r\n" * payload.count(b"\r\n")


def _without_bodies(payload: bytes, encoded: list[_Encoded]) -> bytes:
    """The letter with its base64 cut out, which must be the same that was compared."""
    kept, start = [], 0
    for part in encoded:
        end = payload.find(part.head, start) + len(part.head)
        if not payload.startswith(part.body, end):
            raise Unsendable("Letter: An attachment does not come back as it went in.")
        kept.append(payload[start:end])
        start = end + len(part.body)
    return b"".join((*kept, payload[start:]))


def _longest_line(payload: bytes) -> int:
    return max(map(len, payload.split(b"\r\n")))


def _defects(part: EmailMessage) -> list[object]:
    return [*part.defects, *(defect for header in part.values() for defect in header.defects)]


def _same_headers(parsed: EmailMessage, lines: list[_Line]) -> bool:
    names = [line.name for line in lines] + ["Content-Type"]
    return names == parsed.keys() and all(_same(parsed[line.name], line.means) for line in lines)


def _same(found: Any, means: str | tuple[str, str]) -> bool:
    """Names are compared without spaces: some Python versions add one between two encoded words of a long name."""
    if isinstance(means, str):
        return str(found) == means
    name, address = means
    mailboxes = [(_squeezed(mailbox.display_name), mailbox.addr_spec) for mailbox in found.addresses]
    return mailboxes == [(_squeezed(name), address)]


def _squeezed(name: str) -> str:
    return name.replace(" ", "")


def _texts(parsed: EmailMessage) -> list[str]:
    bodies = [parsed.get_body((kind,)) for kind in ("plain", "html")]
    return [_lines(body.get_content()) for body in bodies if body]


def _files(parsed: EmailMessage) -> list[tuple[str | None, str]]:
    return [(part.get_filename(), part.get_content_type()) for part in parsed.iter_attachments()]


def _file(attachment: Attachment) -> tuple[str, str]:
    return _filename(attachment.filename), attachment.media_type
