"""What a mail server tells about a letter of ours: refused, delayed, delivered, or called unwanted.

Reports that follow RFC 3464, 5965 and 8098 are read field by field. Of the many that follow nothing, flufl.bounce knows
a hundred by sight; it is asked only when the mail looks as if a machine wrote it, for people quote such texts too.
"""

import logging
import re
from dataclasses import dataclass, replace
from email.message import Message
from itertools import chain
from typing import Literal

from flufl.bounce import all_failures

from crm.mail import parts, phrases
from crm.mail.parts import Leaf, Mail

Kind = Literal["reply", "bounce", "delay", "delivered", "complaint", "automatic"]
Fields = dict[str, str]

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it tells every stumble, with the text

_ACTIONS: dict[str, Kind] = {
    "failed": "bounce",
    "failure": "bounce",
    "fail": "bounce",
    "error": "bounce",
    "delayed": "delay",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
_CLASSES: dict[str, Kind] = {"5": "bounce", "4": "delay", "2": "delivered"}
_WORST_FIRST: tuple[Kind, ...] = ("bounce", "delay", "delivered")
_NO_COMPLAINTS = ("not-spam", "auth-failure")  # RFC 6430, RFC 6591
_REPORTS = ("message/delivery-status", "message/global-delivery-status")
_RECEIPTS = ("message/disposition-notification", "message/global-disposition-notification")
_RETURNED = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
)

_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_FIELD = re.compile(r"^([!-9;-~]{1,80}):[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)
_BLANK = re.compile(r"\n[ \t]*\n")
_MESSAGE_ID = re.compile(
    r"^[ \t>]{0,8}(?:x-)?(?:original-)?message-id:(.{0,20}(?:\n[ \t]+)?.{3,260})$", re.MULTILINE | re.IGNORECASE
)
_SAID = re.compile(r"(?<![\w.-])[45]\d\d[ -](?:[^\d\s]|\s?[245]\.\d)|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_MOST_RECIPIENTS = 100


@dataclass(frozen=True)
class Notice:
    kind: Kind
    status: str = ""
    failed: tuple[str, ...] = ()
    diagnostic: str = ""
    refers_to: tuple[str, ...] = ()


def find(mail: Mail, leaves: list[Leaf], text: str) -> Notice | None:
    """None when a mail is no notice. `text` is what it says to people."""
    for leaf in leaves:
        kind = parts.media_type(leaf.part)
        if kind == "message/feedback-report":
            return _complaint(leaf.part, leaves)
        if kind in _REPORTS and (notice := _delivery(leaf.part, leaves)):
            return notice
        if kind in _RECEIPTS:
            return _receipt(mail, leaf.part, leaves, text)
    if parts.parameter(mail, "report-type") == "feedback-report":
        return Notice("complaint", refers_to=_returned_ids(leaves, []))
    return _by_sight(mail, leaves, text)


def _receipt(mail: Mail, part: Mail, leaves: list[Leaf], text: str) -> Notice:
    """Read, or deleted unread; but some servers also refuse in this form."""
    refused = _by_sight(mail, leaves, text) or Notice("automatic")
    return replace(refused, refers_to=_unique((*refused.refers_to, *_returned_ids(leaves, _blocks(part)))))


def _complaint(part: Mail, leaves: list[Leaf]) -> Notice:
    blocks = _blocks(part)
    fields = _merged(blocks)
    sort = fields.get("feedback-type", "abuse").lower()
    return Notice(
        "automatic" if sort in _NO_COMPLAINTS else "complaint",
        failed=_unique(parts.addresses(fields.get("original-rcpt-to", ""))),
        diagnostic=parts.line(f"{sort} reported by {fields.get('user-agent', '') or 'the mail provider'}"),
        refers_to=_returned_ids(leaves, blocks),
    )


def _delivery(part: Mail, leaves: list[Leaf]) -> Notice | None:
    blocks = _blocks(part)
    told = [(kind, block) for block in blocks if (kind := _kind(block))]
    worst = next((kind for kind in _WORST_FIRST if any(kind == one for one, _ in told)), None)
    if worst is None:
        return None
    about = [block for kind, block in told if kind == worst]
    said = next((one for block in about if (one := _said(block))), "")
    return Notice(
        worst,
        status=_status(about[0], said),
        failed=_unique(chain.from_iterable(_recipients(block) for block in about)),
        diagnostic=said,
        refers_to=_returned_ids(leaves, blocks),
    )


def _kind(block: Fields) -> Kind | None:
    """A server that says "failed" has given up, whatever its status says. None for the block about the whole mail."""
    action = re.match(r"[a-z]*", block.get("action", "").lower())
    status = re.match(r"\s*([245])(?:\.|\d\d)", block.get("status", ""))
    by_class = _CLASSES[status[1]] if status else None
    return _ACTIONS.get(action[0] if action else "", by_class)


def _status(block: Fields, said: str) -> str:
    """The words of the other server may be more exact than 5.0.0."""
    found = [one[0] for one in (_STATUS.search(block.get("status", "")), _STATUS.search(said)) if one]
    if len(found) == 2 and found[0].endswith(".0.0") and found[1][0] == found[0][0]:
        return found[1]
    return "".join(found[:1])


def _said(block: Fields) -> str:
    said = block.get("diagnostic-code", "")
    return parts.line(re.sub(r"^\s*[\w-]{1,30}\s*;\s*", "", said))


def _recipients(block: Fields) -> list[str]:
    return [
        address
        for name in ("final-recipient", "original-recipient")
        for address in parts.addresses(block.get(name, "").partition(";")[2] or block.get(name, ""))[:1]
    ]


def _blocks(part: Mail) -> list[Fields]:
    """The groups of fields of a report, in whichever of its ways the library cut it."""
    text = parts.tidy("\n\n".join(_sources(part))[: parts.LONGEST_TEXT])
    groups = (dict(reversed(_FIELD.findall(block))) for block in _BLANK.split(text, _MOST_RECIPIENTS))
    return [{name.lower(): parts.words(value, 1_000) for name, value in group.items()} for group in groups if group]


def _sources(part: Mail) -> list[str]:
    if not part.is_multipart():
        return [parts.text(part)]
    written = [_written(block) for block in parts.inner(part)[:_MOST_RECIPIENTS]]
    if parts.header(part, "content-transfer-encoding").lower() not in {"base64", "quoted-printable"}:
        return written
    whole: Mail = Message()  # forbidden by RFC 3464, and done
    whole["Content-Transfer-Encoding"] = parts.header(part, "content-transfer-encoding")
    whole.set_payload("\n\n".join(written))
    return [parts.text(whole)]


def _written(block: Mail) -> str:
    head = "\n".join(f"{name}: {parts.header(block, name)}" for name in dict.fromkeys(block.keys()[:_MOST_RECIPIENTS]))
    return head if block.is_multipart() else f"{head}\n\n{parts.text(block)}"


def _merged(blocks: list[Fields]) -> Fields:
    return {name: value for block in reversed(blocks) for name, value in block.items()}


def _returned_ids(leaves: list[Leaf], blocks: list[Fields]) -> tuple[str, ...]:
    """The Message-IDs of the letter a notice is about: in its fields, and at the head of what it returns."""
    named = [block.get(name, "") for block in blocks for name in ("original-message-id", "message-id")]
    returned = (_returned_id(leaf.part) for leaf in leaves if parts.media_type(leaf.part) in _RETURNED)
    return _unique(parts.message_ids(chain(named, returned)))


def _returned_id(part: Mail) -> str:
    returned = parts.inner(part)[:1]
    if returned and returned[0].keys():
        return parts.header(returned[0], "message-id")
    return " ".join(_MESSAGE_ID.findall("\n".join(_sources(part))[:20_000])[:1])


def _by_sight(mail: Mail, leaves: list[Leaf], text: str) -> Notice | None:
    if not _looks_like_a_notice(mail):
        return None
    delayed, refused = _scanned(mail)
    kind = _kind_by_sight(mail, text, delayed=bool(delayed), refused=bool(refused))
    if kind is None:
        return None
    said = _said_in(text)
    status = _STATUS.search(said)
    ids = (*_returned_ids(leaves, []), *parts.message_ids(_MESSAGE_ID.findall(text)[:5]))
    failed = [*(refused or delayed), *parts.addresses(parts.header(mail, "x-failed-recipients"))]
    return Notice(kind, status[0] if status else "", _unique(failed), said, _unique(ids))


def _kind_by_sight(mail: Mail, text: str, *, delayed: bool, refused: bool) -> Kind | None:
    subject = parts.words(parts.header(mail, "subject"))
    if refused or parts.header(mail, "x-failed-recipients"):
        return "bounce"
    if delayed or phrases.DELAYED.search(subject):
        return "delay"
    if phrases.REFUSED.match(subject):
        return "bounce"
    if not phrases.SERVERS.search(parts.header(mail, "from") or "mailer-daemon"):
        return None  # programs answer with an empty return path too, and not all of them are mail servers
    opening = text[:3_000]
    return "bounce" if phrases.REFUSED.search(opening) else "delay" if phrases.DELAYED.search(opening) else None


def _looks_like_a_notice(mail: Mail) -> bool:
    subject = parts.words(parts.header(mail, "subject"))
    if is_from_a_server(mail):
        return True
    return bool(phrases.REFUSED.match(subject) or phrases.DELAYED.match(subject)) and not phrases.ANSWERED.match(
        subject
    )


def is_from_a_server(mail: Mail) -> bool:
    """Sent with an empty return path, as RFC 5321 has it for notices, or by a writer who is a program."""
    path, writer = parts.header(mail, "return-path"), parts.header(mail, "from")
    return (
        path.replace(" ", "") == "<>" or not parts.addresses(writer) or bool(phrases.SERVERS.search(f"{writer} {path}"))
    )


def _scanned(mail: Mail) -> tuple[list[str], list[str]]:
    """Addresses (delayed, refused) that flufl.bounce makes out."""
    try:
        found = all_failures(_reduced(mail, _Budget()))
    except Exception:  # its two dozen readers raise what they like over a hostile text
        return [], []
    delayed, refused = (sorted(parts.addresses(" ".join(one.decode("latin-1") for one in some))) for some in found)
    return delayed, refused


class _Budget:
    """Its expressions take quadratic time in the length of a line: so short lines, and not many."""

    def __init__(self) -> None:
        self.lines = 400
        self.parts = 30

    def cut(self, text: str) -> str:
        lines = [re.sub(r"(\S{130})\S+", r"\1", line[:250]) for line in text[:200_000].split("\n")[: self.lines]]
        self.lines -= len(lines)
        return "\n".join(lines)


def _reduced(mail: Mail, budget: _Budget, depth: int = 0) -> Mail:
    """A copy with the same shape, of which little is left but text."""
    copy: Mail = Message()
    for name in list(dict.fromkeys(mail.keys()))[:100]:
        if name.lower() != "content-transfer-encoding":
            copy[name] = parts.line(parts.header(mail, name), 300)
    if not depth and not parts.addresses(parts.header(mail, "from")):
        del copy["from"]
        copy["From"] = "mailer-daemon@invalid"  # one of its readers stumbles over none
    if mail.is_multipart():
        for part in parts.inner(mail)[:10]:
            budget.parts -= 1
            if depth < 5 and budget.parts > 0:
                copy.attach(_reduced(part, budget, depth + 1))
    else:
        readable = parts.media_type(mail).startswith(("text/", "message/"))
        copy.set_payload(budget.cut(parts.text(mail)) if readable else "")
    return copy


def _said_in(text: str) -> str:
    """The line in which the other server speaks; else how the text begins."""
    lines = [line for line in text[:20_000].split("\n") if line.strip()]
    return parts.line(next((line for line in lines if _SAID.search(line[:1_000])), " ".join(lines[:3])))


def _unique(found: chain[str] | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:50]
