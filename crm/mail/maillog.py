"""What Postfix's log says of letters: whether it took them, and what became of them then.

cleanup logs a Message-ID while the text still streams in, so that alone proves nothing. Postfix took a letter when its
queue manager speaks of it ("queue active"), when a delivery of it has a status, or when a filter put it aside at the
end of the message.
"""

import re
import time
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

State = Literal["accepted", "delivered", "bounced", "deferred"]

MARGIN = timedelta(minutes=1)
"""How far the clocks of two machines may differ, and a line come after what it tells of."""
LONGEST_LINE = 10_000
LONGEST_REPLY = 500
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
STATES: dict[str, State] = {
    "sent": "delivered", "bounced": "bounced", "deferred": "deferred", "SOFTBOUNCE": "deferred",
}  # fmt: skip
GRAVER: dict[State, int] = {"accepted": 0, "delivered": 1, "deferred": 2, "bounced": 3}

_ADDRESS = r'<(?:"(?:\\.|[^"\\])*"|[^">])*>'  # in quotes, an address may hold what looks like the rest of the line
_LINE = re.compile(
    r"(?P<stamp>\d{4}-\d\d-\d\dT\S+|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)(?:\.\d+)? (?P<host>\S+) "
    r"(?P<instance>postfix[^/\s\[]*)/(?P<service>[^\s\[]+)\[\d+\]: (?P<rest>.*)",
    re.DOTALL,
)
_QUEUED = re.compile(r"([0-9A-Za-z]{5,25}): (.*)", re.DOTALL)
_MESSAGE_ID = re.compile(r"message-id=(.*)", re.DOTALL)
_ACTIVE = re.compile(rf"from={_ADDRESS}, size=\d+, nrcpt=\d+ \(queue active\)\s*$")
_EXPIRED = re.compile(rf"from={_ADDRESS}, status=(?:force-)?expired\b")
_STATUS = re.compile(
    rf"to=(?P<to>{_ADDRESS})(?:, (?!status=)[a-z_]+=(?:{_ADDRESS}|[^,<]*))*, status=(?P<status>\w+)(?: (?P<reply>.*))?",
    re.DOTALL,
)
_PUT_ASIDE = re.compile(r"milter-(?:discard|hold): END-OF-MESSAGE ")
_HERE = re.compile(r", relay=(?:127\.\d+\.\d+\.\d+|localhost|[^\s,]*\[(?:127\.\d+\.\d+\.\d+|::1)\])[\[:,]")
_HANDED_TO = re.compile(r"\b(?:queued|forwarded) as ([0-9A-Za-z]{5,25})\b")
_DROPPED = re.compile(r"rate-limiting|imuxsock.*(?:lost|drop)|Suppressed \d+ messages")


@dataclass(frozen=True)
class Fate:
    state: State
    queue_id: str
    reply: str
    """The last words about it, one line."""
    at: datetime | None


@dataclass(frozen=True)
class _Word:
    """What one line said of one recipient."""

    state: State
    reply: str
    stamp: str


@dataclass
class _Passage:
    """A message's stay in the queue under one id; requeueing and filters begin another one."""

    queue_id: str
    words: dict[str, _Word] = field(default_factory=dict)
    """The last one for each recipient; acceptance stands under no recipient."""
    goes_on: bool = False
    """Requeued, or given to a program on this machine, which may bring it back."""

    @property
    def last_word(self) -> _Word | None:
        """Delivered is only what reached everybody: a copy for the archive is no news of the letter."""
        return max(self.words.values(), key=lambda word: GRAVER[word.state], default=None)


class MailLog:
    """Built by read(). Keeps the letters that are wanted; of the other lines, only the first and the last time."""

    def __init__(self, wanted: AbstractSet[str] | None, now: datetime) -> None:
        self._wanted = wanted if wanted is None else {_bare(message_id) for message_id in wanted}
        self._now = now
        self._passages: dict[str, list[_Passage]] = {}
        self._in_queue: dict[tuple[str, str, str], _Passage] = {}
        self._first = self._last = ""
        self._is_whole = True

    def fate(self, message_id: str) -> Fate | None:
        """None when nothing shows that Postfix took it."""
        final: _Passage | None = None
        for passage in self._passages.get(_bare(message_id), ()):
            if passage.words and (final is None or _goes_on(final, passage)):
                final = passage
        if final is None or (word := final.last_word) is None:
            return None
        return Fate(word.state, final.queue_id, _one_line(word.reply), _moment(word.stamp, self._now))

    def has_seen(self, message_id: str) -> bool:
        """Whether the log names it at all; without a fate, the client may have hung up, or it may be put on hold."""
        return _bare(message_id) in self._passages

    def covers(self, moment: datetime) -> bool:
        """Whether what Postfix did then would be found here. Never when the log says that lines were dropped."""
        first, last = _moment(self._first, self._now), _moment(self._last, self._now)
        if first is None or last is None or not self._is_whole:
            return False
        return first <= moment - MARGIN and moment + MARGIN <= last

    def take(self, line: str) -> None:
        found = _LINE.match(line[:LONGEST_LINE])
        if found is None:
            if _DROPPED.search(line[:LONGEST_LINE]):
                self._is_whole = False
            return
        self._last = found["stamp"]
        self._first = self._first or self._last
        queued = _QUEUED.match(found["rest"])
        if queued:
            place = (found["host"], found["instance"], queued[1])
            self._hear(place, found["service"].rpartition("/")[2], found["stamp"], queued[2])

    def _hear(self, place: tuple[str, str, str], service: str, stamp: str, said: str) -> None:
        named = _MESSAGE_ID.match(said) if service == "cleanup" else None
        if named:
            self._enter(place, _bare(named[1]))
        elif passage := self._in_queue.get(place):
            _write_down(passage, service, stamp, said)

    def _enter(self, place: tuple[str, str, str], message_id: str) -> None:
        """A queue id may be used again, by another message, once the first has left the queue."""
        self._in_queue.pop(place, None)
        if self._wanted is None or message_id in self._wanted:
            passage = self._in_queue[place] = _Passage(place[2])
            self._passages.setdefault(message_id, []).append(passage)


def read(lines: Iterable[str], wanted: AbstractSet[str] | None = None, *, now: datetime) -> MailLog:
    """Reads a log of any size, oldest line first. `wanted`: only these Message-IDs are kept. `now`: stamps without a
    year are of the year that ends with it, in this machine's time zone. No line, however odd, raises an error.
    """
    log = MailLog(wanted, now)
    for line in lines:
        log.take(line)
    return log


def _write_down(passage: _Passage, service: str, stamp: str, said: str) -> None:
    status = _STATUS.match(said)
    if status and status["status"] in STATES:
        passage.words[status["to"]] = _Word(STATES[status["status"]], _unwrapped(status["reply"] or ""), stamp)
        here = status["status"] == "sent" and (service == "pipe" or _HERE.search(said[: status.end("status")]))
        passage.goes_on = passage.goes_on or bool(here)
    elif service.endswith("qmgr") and _ACTIVE.match(said):
        passage.words.setdefault("", _Word("accepted", "", stamp))
    elif service.endswith("qmgr") and _EXPIRED.match(said):
        _give_up(passage, stamp)
    elif service == "cleanup" and _PUT_ASIDE.match(said):
        passage.words.setdefault("", _Word("accepted", said, stamp))
    elif service == "postsuper" and said.startswith("requeued"):
        passage.goes_on = True


def _give_up(passage: _Passage, stamp: str) -> None:
    waiting = {to: word for to, word in passage.words.items() if word.state == "deferred"}
    for to, word in (waiting or {"": _Word("deferred", "", stamp)}).items():
        passage.words[to] = _Word("bounced", f"given up after too long: {word.reply}".rstrip(": "), stamp)


def _goes_on(before: _Passage, later: _Passage) -> bool:
    """Whether the later passage is the same letter's way on, and not a copy that somebody sent through here again."""
    word = before.last_word
    named = word is not None and later.queue_id in _HANDED_TO.findall(word.reply)
    return named or before.goes_on or word is None or word.state != "delivered"


def _bare(message_id: str) -> str:
    return message_id.strip().removeprefix("<").removesuffix(">")


def _unwrapped(reply: str) -> str:
    reply = reply.strip()
    return reply[1:-1] if reply.startswith("(") and reply.endswith(")") else reply


def _one_line(reply: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in reply).split())[:LONGEST_REPLY]


def _moment(stamp: str, now: datetime) -> datetime | None:
    with suppress(ValueError, OverflowError, OSError):
        if stamp[:4].isdigit():
            told = datetime.fromisoformat(stamp)
            return told.astimezone(UTC) if told.tzinfo else None
        return _without_year(stamp, now)
    return None


def _without_year(stamp: str, now: datetime) -> datetime:
    """The last such day that has come; tomorrow is still taken for today's clock being wrong. Raises ValueError."""
    month, day = MONTHS.index(stamp[:3]) + 1, int(stamp[4:6])
    hour, minute, second = map(int, stamp[7:15].split(":"))
    for year in range(now.year + 1, now.year - 8, -1):
        with suppress(ValueError):
            datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)  # 29 February is not in every year
            local = time.mktime((year, month, day, hour, minute, second, 0, 0, -1))
            told = datetime.fromtimestamp(local, UTC)
            if told <= now + timedelta(days=1):
                return told
    raise ValueError(stamp)
