"""One letter over SMTP, and exactly what became of it.

The order of things is what keeps a letter from being lost or sent twice: everything that can be refused is asked
before the server's 354; then `go` commits that the letter is in doubt; then the text; then the dot. Before the dot
nothing was delivered, whatever happens; after it only the server's answer tells.
"""

import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self

from crm.kit import failpoints, header_guard
from crm.mail.compose import is_clean
from crm.mail.relay import Relay, certificates

LONGEST_REPLY = 500
SECONDS_TO_START, BYTES_A_SECOND = 30, 100_000  # from go() to the dot
PATIENCE = 10  # times the timeout: the longest that one delivery may take, however slowly the server drips
NEEDS_SIGN_IN = {530, 534, 535, 538}  # said of the relay's sign-in, not of the letter, though it comes as late as MAIL
SECONDS_TO_PART = 5
FRESH_SECONDS = 5.0
_DOT = b"\r\n.\r\n"
_PIECE = 65_536


@dataclass(frozen=True)
class Accepted:
    reply: str


@dataclass(frozen=True)
class Deferred:
    """Not delivered; worth another try later."""

    reply: str


@dataclass(frozen=True)
class Rejected:
    """Not delivered, and never will be."""

    reply: str


@dataclass(frozen=True)
class RelayDown:
    """Trouble with the server before it heard of the letter: says nothing about the letter."""

    reply: str


@dataclass(frozen=True)
class InDoubt:
    """The dot was handed over and no answer came: delivered or not, nobody here knows."""

    reply: str


@dataclass(frozen=True)
class Withheld:
    """Not delivered, because `go` said no."""


@dataclass(frozen=True)
class Overdue:
    """Not delivered: after `go` the text took so long that what it asked may no longer hold. Safe to try again."""


Outcome = Accepted | Deferred | Rejected | RelayDown | InDoubt | Withheld | Overdue


def _elapsed() -> float:
    """Seconds that never run backwards and go on while the machine sleeps, where it can tell."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Connection:
    """Opened with the first letter, kept for the next ones, opened again after a drop. One thread at a time."""

    def __init__(self, relay: Relay, *, hello: str, timeout: float = 60) -> None:
        self.relay = relay
        self.hello = hello
        self.timeout = timeout
        self._wire: smtplib.SMTP | None = None
        self._accepted_at = -FRESH_SECONDS
        """When it last took a letter, after which there is nothing to reset."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._wire:
            with suppress(OSError), self._cut_off_in_the_end():
                _socket(self._wire).settimeout(min(self.timeout, SECONDS_TO_PART))
                self._wire.docmd("QUIT")
        self._drop()

    def probe(self) -> str:
        """Connects and signs in, and sends nothing; what went wrong, or nothing."""
        try:
            with self._cut_off_in_the_end():
                self._ready()
        except (OSError, ValueError) as trouble:
            self._drop()
            return _told(trouble)
        return ""

    def deliver(
        self,
        *,
        envelope_from: str,
        to: str,
        payload: bytes,
        go: Callable[[], bool],
        clock: Callable[[], float] = _elapsed,
    ) -> Outcome:
        """`go` is called after the server's 354, and nothing is delivered unless it returns True."""
        if not is_clean(payload):
            raise ValueError("A letter must be ASCII with CRLF at the end of every line.")
        sender = header_guard.wire_address(envelope_from) if envelope_from else ""
        recipient = header_guard.wire_address(to)
        try:
            with self._cut_off_in_the_end():
                return self._deliver(sender, recipient, payload, go, clock)
        except BaseException:
            self._drop()
            raise

    def _deliver(
        self, sender: str, recipient: str, payload: bytes, go: Callable[[], bool], clock: Callable[[], float]
    ) -> Outcome:
        try:
            wire = self._ready()
        except (OSError, ValueError) as trouble:  # ValueError: an answer to AUTH that is not base64
            self._drop()
            return RelayDown(_told(trouble))
        failpoints.reach("after_connect")
        self._accepted_at = -FRESH_SECONDS  # until this one is taken too: what was refused has to be reset
        if refused := _announce(wire, sender, recipient, len(payload)):
            return refused
        deadline = clock() + SECONDS_TO_START + len(payload) / BYTES_A_SECOND  # from before what `go` asks
        if not go():
            wire.close()
            return Withheld()
        outcome = _hand_over(wire, payload, clock, deadline)
        if isinstance(outcome, Accepted):
            self._accepted_at = _elapsed()
        return outcome

    def _ready(self) -> smtplib.SMTP:
        if self._wire and self._wire.sock:
            with suppress(OSError):
                if self._is_fresh(self._wire) or self._wire.docmd("RSET")[0] == 250:
                    return self._wire
        self._drop()
        return self._open()

    def _is_fresh(self, wire: smtplib.SMTP) -> bool:
        """Whether it took a letter just now and has been silent since: to ask again would cost a round trip."""
        return _elapsed() - self._accepted_at < FRESH_SECONDS and _heard_early(wire) is None

    def _open(self) -> smtplib.SMTP:
        # Without a host in the constructor, so that the wire is ours to cut before the server has said a word.
        wire = self._wire = smtplib.SMTP(local_hostname=self.hello, timeout=self.timeout)
        wire.sock = sock = socket.create_connection((self.relay.host, self.relay.port), self.timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else the dot waits 40 ms for an ACK
        if self.relay.tls == "implicit":
            self._encrypt(wire)
        _expect(220, wire.getreply())
        _expect(250, wire.ehlo())
        if self.relay.tls in ("required", "optional"):
            self._start_tls(wire)
        if self.relay.user:
            wire.login(self.relay.user, self.relay.password)
        return wire

    def _start_tls(self, wire: smtplib.SMTP) -> None:
        if wire.has_extn("starttls"):
            _expect(220, wire.docmd("STARTTLS"))
            self._encrypt(wire)
            _expect(250, wire.ehlo())
        elif self.relay.tls == "required":
            raise smtplib.SMTPNotSupportedError("The mail server offers no encryption (STARTTLS), and it is required.")
        elif self.relay.user and not self.relay.is_loopback:
            raise smtplib.SMTPNotSupportedError("The mail server offers no encryption; the password was not sent.")

    def _encrypt(self, wire: smtplib.SMTP) -> None:
        context = certificates(self.relay.tls, self.relay.host)
        wire.sock = context.wrap_socket(_socket(wire), server_hostname=self.relay.host)
        wire.file = None  # what came in the clear is forgotten

    def _drop(self) -> None:
        if self._wire:
            self._wire.close()
        self._wire = None

    @contextmanager
    def _cut_off_in_the_end(self) -> Iterator[None]:
        """The timeout is one of silence; a server that drips a byte now and then would hold us for ever."""
        timer = threading.Timer(PATIENCE * self.timeout, self._cut_off)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut_off(self) -> None:
        if self._wire and (sock := self._wire.sock):
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # TLS has no say in this


# --- One letter ---------------------------------------------------------------------------------------------------


def _announce(wire: smtplib.SMTP, sender: str, recipient: str, size: int) -> Outcome | None:
    """None when the server wants the text."""
    sized = f" SIZE={size}" if wire.has_extn("size") else ""
    for command, argument, good in (
        ("MAIL", f"FROM:<{sender}>{sized}", range(200, 300)),
        ("RCPT", f"TO:<{recipient}>", range(200, 300)),
        ("DATA", "", range(354, 355)),
    ):
        try:
            code, text = wire.docmd(command, argument)
        except OSError as trouble:
            wire.close()
            return Deferred(_told(trouble))
        if code in NEEDS_SIGN_IN:
            wire.close()
            return RelayDown(_line(code, text))
        if code not in good:
            return _judged(wire, code, text, otherwise=Deferred)
        failpoints.reach({"MAIL": "after_mail", "RCPT": "after_rcpt", "DATA": "after_354"}[command])
    return None


def _hand_over(wire: smtplib.SMTP, payload: bytes, clock: Callable[[], float], deadline: float) -> Outcome:
    for piece in _pieces(payload):
        lost = _send(wire, piece)
        failpoints.reach("in_text")
        if stop := _reason_to_stop(wire, late=clock() > deadline) or lost:
            wire.close()
            return stop
    return _finish(wire)


def _send(wire: smtplib.SMTP, piece: bytes) -> Deferred | None:
    """Past smtplib, which closes what breaks: the server's last words may still be there to read."""
    try:
        _socket(wire).sendall(piece)
    except OSError as trouble:
        return Deferred(_told(trouble))
    return None


def _pieces(payload: bytes) -> Iterator[bytes]:
    """Dots doubled, without the last line end, which goes with the dot."""
    stuffed = payload.replace(b"\r\n.", b"\r\n..").removesuffix(b"\r\n")
    whole = b"." + stuffed if stuffed.startswith(b".") else stuffed
    return (whole[at : at + _PIECE] for at in range(0, max(1, len(whole)), _PIECE))


def _reason_to_stop(wire: smtplib.SMTP, *, late: bool) -> Outcome | None:
    if late:
        return Overdue()
    early = _heard_early(wire)
    if early is None:
        return None
    reply = _line(0, early)[2:] or "The mail server hung up before it had the whole letter."
    return Rejected(reply) if early.startswith(b"5") else Deferred(reply)


def _heard_early(wire: smtplib.SMTP) -> bytes | None:
    """What the server said in the middle of the text, b"" when it hung up; None, as it should be, for nothing."""
    sock = _socket(wire)
    timeout = sock.gettimeout()
    sock.settimeout(0)
    try:
        return sock.recv(512)
    except (BlockingIOError, ssl.SSLWantReadError):
        return None
    except OSError:
        return b""
    finally:
        sock.settimeout(timeout)


def _finish(wire: smtplib.SMTP) -> Outcome:
    try:
        wire.send(_DOT)
        failpoints.reach("after_dot")
        code, text = wire.getreply()
        failpoints.reach("after_250")
    except OSError as trouble:
        wire.close()
        return InDoubt(_told(trouble))
    if 200 <= code < 300:
        return Accepted(_line(code, text))
    return _judged(wire, code, text, otherwise=InDoubt)


def _judged(wire: smtplib.SMTP, code: int, text: bytes, *, otherwise: type[Deferred | InDoubt]) -> Outcome:
    """4xx and 5xx are definite; after 421, or what is no answer, the connection is of no more use."""
    if code == 421 or not 400 <= code < 600:
        wire.close()
    kind = Deferred if 400 <= code < 500 else Rejected if 500 <= code < 600 else otherwise
    return kind(_line(code, text))


# --- Replies ------------------------------------------------------------------------------------------------------


def _expect(wanted: int, reply: tuple[int, bytes]) -> None:
    if reply[0] != wanted:
        raise smtplib.SMTPResponseException(*reply)


def _told(trouble: Exception) -> str:
    if isinstance(trouble, smtplib.SMTPResponseException):
        return _line(trouble.smtp_code, trouble.smtp_error)
    return _one_line(getattr(trouble, "strerror", None) or str(trouble) or type(trouble).__name__)


def _socket(wire: smtplib.SMTP) -> socket.socket:
    if wire.sock is None:
        raise smtplib.SMTPServerDisconnected("The connection is closed.")
    return wire.sock


def _line(code: int, text: bytes | str) -> str:
    return _one_line(f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}")


def _one_line(text: str) -> str:
    return " ".join(re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())[:LONGEST_REPLY]
