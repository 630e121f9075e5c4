"""What came by mail: who wrote it, what about, and whether a person did or a machine."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain

from crm.mail import hypertext, notices, parts, phrases, quotes
from crm.mail.notices import Kind, Notice
from crm.mail.parts import Leaf, Mail, Unreadable

__all__ = ["Enclosure", "Incoming", "Kind", "Unreadable", "read"]

LONGEST_TEXT = 100_000
LONGEST_FILENAME = 120
MOST_ENCLOSURES = 100
MOST_RECIPIENTS = 200
MOST_REFERENCES = 50

_RECIPIENTS = "Delivered-To X-Original-To Envelope-To To Cc Bcc Resent-To".split()
_UNLISTED = ("pgp-signature", "pkcs7-signature", "x-pkcs7-signature", "pgp-encrypted")
_MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9][a-z0-9.+-]{0,99}")
_IN_NO_FILENAME = re.compile('[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff"*:<>?|]')

_BULK = frozenset("bulk junk auto_reply auto-reply list".split())
_SPEAKING = (  # headers that only programs write
    "X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-Mail-Autoreply", "X-AutoReply-From",
    "X-Vacation", "X-Vacation-Reply", "X-FC-MachineGenerated", "List-Id",
)  # fmt: skip


@dataclass(frozen=True)
class Enclosure:
    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Incoming:
    message_id: str  # "<..>", or "" when there is none worth the name
    from_address: str
    from_name: str
    to: tuple[str, ...]
    subject: str
    sent_at: datetime | None  # UTC, as the sender's clock has it
    refers_to: tuple[str, ...]  # Message-IDs, the nearest first
    kind: Kind
    status: str  # RFC 3463, "5.1.1"
    failed: tuple[str, ...]
    diagnostic: str
    text: str
    enclosures: tuple[Enclosure, ...]


def read(raw: bytes) -> Incoming:
    """Whatever the bytes are. Raises Unreadable for what is no mail at all, and nothing else."""
    mail = parts.parse(raw)
    leaves = list(parts.leaves(mail))
    body = _body(leaves)
    notice = notices.find(mail, leaves, body) if not _is_away(mail) else None
    notice = notice or Notice("automatic" if _is_automatic(mail) else "reply")
    from_name, from_address = parts.mailbox(parts.header(mail, "from"))
    return Incoming(
        message_id="".join(parts.message_ids([parts.header(mail, "message-id")])[:1]),
        from_address=from_address,
        from_name=from_name,
        to=_recipients(mail),
        subject=parts.words(parts.header(mail, "subject")),
        sent_at=_moment(parts.header(mail, "date")),
        refers_to=_references(mail, notice),
        kind=notice.kind,
        status=notice.status,
        failed=notice.failed,
        diagnostic=notice.diagnostic,
        text=quotes.own_words(body)[:LONGEST_TEXT],
        enclosures=_enclosures(leaves) if notice.kind in {"reply", "automatic"} else (),
    )


def _recipients(mail: Mail) -> tuple[str, ...]:
    values = chain.from_iterable(parts.headers(mail, name) for name in _RECIPIENTS)
    return tuple(dict.fromkeys(chain.from_iterable(map(parts.addresses, values))))[:MOST_RECIPIENTS]


def _moment(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value[:200])
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    return moment if 1990 <= moment.year < 2100 else None


def _references(mail: Mail, notice: Notice) -> tuple[str, ...]:
    answered = parts.message_ids(parts.headers(mail, "in-reply-to"))
    thread = parts.message_ids(parts.headers(mail, "references"))
    return tuple(dict.fromkeys((*notice.refers_to, *answered, *reversed(thread))))[:MOST_REFERENCES]


def _is_automatic(mail: Mail) -> bool:
    """Answered or sent by a program (RFC 3834, and what programs did before it). Its text is not asked: people write
    "I am out of the office until Monday" too."""
    submitted = parts.header(mail, "auto-submitted").lower()
    return (
        bool(submitted and not re.match(r"no\b", submitted))
        or any(value.lower() in _BULK for name in ("precedence", "preference") for value in parts.headers(mail, name))
        or any(parts.headers(mail, name) for name in _SPEAKING)
        or "autoresponder"
        in " ".join(parts.headers(mail, "x-post-messageclass") + parts.headers(mail, "delivered-to")).lower()
        or notices.is_from_a_server(mail)
        or _is_away(mail)
    )


def _is_away(mail: Mail) -> bool:
    subject = parts.words(parts.header(mail, "subject"))
    if parts.headers(mail, "x-auto-response-suppress") and phrases.AWAY.search(subject):
        return True
    return bool(phrases.AWAY_SUBJECT.match(subject))


def _body(leaves: list[Leaf]) -> str:
    """What the writer wrote and quoted: from plain text where there is some, else from HTML."""
    shown = [leaf.part for leaf in leaves if _is_shown(leaf)]
    for kind, as_text in (("text/plain", _unflowed), ("text/html", _of_html)):
        texts = (as_text(part) for part in shown if parts.media_type(part) == kind)
        if text := "\n\n".join(text for text in texts if text.strip())[: 2 * LONGEST_TEXT]:
            return text
    return ""


def _of_html(part: Mail) -> str:
    return hypertext.plain(parts.text(part))


def _unflowed(part: Mail) -> str:
    """RFC 3676: a line that ends with a space goes on in the next."""
    text = parts.text(part)
    if parts.parameter(part, "format") != "flowed":
        return text
    gap = "" if parts.parameter(part, "delsp") == "yes" else " "
    return re.sub(r"(?m)^((?!-- $|>)[^\n]*\S) \n(?!>|-- ?$|\n| *$)", rf"\1{gap}", text)


def _is_shown(leaf: Leaf) -> bool:
    return (
        parts.media_type(leaf.part) in {"text/plain", "text/html"}
        and _disposition(leaf.part) != "attachment"
        and not _filename(leaf.part)
    )


def _disposition(part: Mail) -> str:
    return parts.header(part, "content-disposition").partition(";")[0].strip().lower()


def _filename(part: Mail) -> str:
    name = parts.tolerantly(lambda: part.get_filename(""), "") or ""
    name = parts.words(name if name.isascii() else parts.guess(name.encode("utf-8", "surrogateescape")))
    name = _IN_NO_FILENAME.sub("", name.replace("\\", "/").rpartition("/")[2]).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: LONGEST_FILENAME - len(ending) - 1]}.{ending}"
    return name[:LONGEST_FILENAME]


def _enclosures(leaves: list[Leaf]) -> tuple[Enclosure, ...]:
    found = [leaf.part for leaf in leaves if _is_enclosure(leaf)]
    return tuple(_enclosure(part) for part in found[:MOST_ENCLOSURES])


def _is_enclosure(leaf: Leaf) -> bool:
    """Files a person meant to send; not the text itself, the pictures in it, or a signature of the mail."""
    main, _, sub = parts.media_type(leaf.part).partition("/")
    if sub in _UNLISTED or leaf.within in {"report", "alternative"}:
        return False
    if _disposition(leaf.part) == "attachment":
        return True
    if main == "image" and parts.header(leaf.part, "content-id"):
        return False
    return bool(_filename(leaf.part)) or main not in {"text", "multipart"}


def _enclosure(part: Mail) -> Enclosure:
    media_type = parts.media_type(part)
    if media_type.startswith("message/"):
        name, content = _filename(part) or "mail.eml", _inner_mail(part)
    else:
        name, content = _filename(part) or "enclosure", parts.content(part)
    return Enclosure(name, media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream", content)


def _inner_mail(part: Mail) -> bytes:
    if not part.is_multipart():
        return parts.content(part)
    return b"\n".join(parts.tolerantly(one.as_bytes, b"") for one in parts.inner(part))
