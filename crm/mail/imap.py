"""The mailbox in which answers and delivery notices arrive: what is new in it, read without changing anything.

A mail is known by its UID as long as the folder's validity stays the same. Nothing is ever deleted here.
"""

import imaplib
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

from imapclient import IMAPClient  # type: ignore[import-untyped]

from crm.mail.relay import Tls, certificates, is_loopback, tls_of

LARGEST_MAIL = 30_000_000  # bytes
LONGEST_FOLDER = 200
LONGEST_WORDS = 500  # of the server, in what we say
PATIENCE = 10  # times the timeout: the longest that one question may take, however slowly the server drips
SECONDS_TO_PART = 5
STRIDE = 80_000  # UIDs asked for at once: what imaplib reads as one line is at most a million characters


class MailboxTrouble(Exception):
    """The mailbox could not be read; the text is one line for the operator, without the password."""


@dataclass(frozen=True)
class MailAccount:
    """tls: `required` and `implicit` speak encrypted to a server whose certificate is right, or not at all. `optional`
    does so where the server offers it; on loopback any certificate will do. A password goes unencrypted only over
    loopback or with `none`.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    tls: Tls = "required"

    @classmethod
    def parse(cls, url: str) -> Self:
        """`imaps://user:password@host:993/INBOX` or `imap://...?tls=required|optional|none`; else ValueError."""
        if not url.isascii() or re.search(r"[\x00-\x20\x7f]", url):
            raise ValueError("The mailbox's address must be plain ASCII without spaces; write others as %20.")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise ValueError("The mailbox's address has no right port; in a password write / as %2F.") from None
        if parts.scheme not in ("imap", "imaps") or parts.fragment:
            raise ValueError("The mailbox's address must look like imaps://user:password@host:993/INBOX.")
        if port == 0 or not re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*", host):
            raise ValueError("The mailbox's address needs the name of a host, and a port other than 0.")
        user, password = _sign_in(parts.username or "", parts.password or "")
        tls = tls_of("imap", "mailbox", parts.scheme, parts.query, host)
        return cls(host, port or (993 if tls == "implicit" else 143), user, password, _folder(parts.path), tls)

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)


def _sign_in(user: str, password: str) -> tuple[str, str]:
    user, password = unquote(user), unquote(password)
    if not (user and password):
        raise ValueError("The mailbox's address needs both a user and a password.")
    if not re.fullmatch(r"[\x20-\x7e]*", user + password):
        raise ValueError("The user and the password of the mailbox must be plain ASCII.")
    return user, password


def _folder(path: str) -> str:
    folder = unquote(path.removeprefix("/")) or "INBOX"
    if not folder.isprintable() or "\ufffd" in folder or len(folder) > LONGEST_FOLDER:
        raise ValueError("After the mailbox's host only the name of one folder may stand, such as /INBOX.")
    return folder


class Mailbox:
    """Connected and signed in inside `with`. After a MailboxTrouble it is of no more use. One thread at a time."""

    validity: int
    """As long as it is the same, so are the UIDs; with another one, begin again after 0."""

    def __init__(self, account: MailAccount, timeout: float = 30) -> None:
        self.account = account
        self.timeout = timeout
        self._wire: _Client | None = None
        self._handle: socket.socket | None = None
        self._next_uid = 0

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._drop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._wire and (sock := self._wire.socket()):
            with suppress(Exception), self._cut_off_in_the_end():
                sock.settimeout(min(self.timeout, SECONDS_TO_PART))
                self._wire.logout()
        self._drop()

    def after(self, uid: int, limit: int = 50) -> list[int]:
        """The UIDs above, ascending."""
        with self._asking("did not say what is new") as wire:
            wire.noop()  # some servers tell of what came since only when they are asked for nothing else
            for uids in self._strides(uid + 1):
                found = sorted(n for n in wire.search(["UID", uids]) if n > uid)  # n:* is the last one at least
                if found:
                    break
            return found[:limit]

    def fetch(self, uid: int) -> bytes | None:
        """A whole mail as it came, not marked as read; None when it is gone or larger than LARGEST_MAIL."""
        with self._asking("did not hand over a mail") as wire:
            size = wire.fetch([uid], ["RFC822.SIZE"]).get(uid, {}).get(b"RFC822.SIZE")
            if size is None or size > LARGEST_MAIL:
                return None
            mail = wire.fetch([uid], ["BODY.PEEK[]"]).get(uid, {}).get(b"BODY[]")
            return mail if isinstance(mail, bytes) else None

    def mark(self, uid: int) -> None:
        """As read."""
        with self._asking("did not mark a mail as read") as wire:
            wire.add_flags([uid], [rb"\Seen"], silent=True)

    def _strides(self, first: int) -> Iterator[str]:
        """The last one has no end, for what came in the meantime."""
        while first + STRIDE < self._next_uid:
            yield f"{first}:{first + STRIDE - 1}"
            first += STRIDE
        yield f"{first}:*"

    # --- The connection ---

    def _open(self) -> None:
        with self._trouble("cannot be reached"):
            sock = socket.create_connection((self.account.host, self.account.port), self.timeout)
            self._handle = sock.dup()
            with self._cut_off_in_the_end():
                self._wire = self._greeted(sock)
        with self._asking("did not let us sign in") as wire:
            _sign_in_to(wire, self.account)
        with self._asking(f"has no folder {self.account.folder!a} for us") as wire:
            selected = wire.select_folder(self.account.folder)
            self.validity = int(selected[b"UIDVALIDITY"])
            self._next_uid = int(selected.get(b"UIDNEXT", 0))

    def _greeted(self, sock: socket.socket) -> "_Client":
        try:
            if self.account.tls == "implicit":
                sock = certificates(self.account.tls, self.account.host).wrap_socket(
                    sock, server_hostname=self.account.host
                )
            wire = _Client(sock, self.account.host, self.timeout)
        except BaseException:
            sock.close()
            raise
        try:
            self._start_tls(wire)
        except BaseException:
            _close(wire)
            raise
        return wire

    def _start_tls(self, wire: "_Client") -> None:
        account = self.account
        if account.tls not in ("required", "optional"):
            return
        if wire.has_capability("STARTTLS"):
            wire.starttls(certificates(self.account.tls, self.account.host))
        elif account.tls == "required":
            raise ConnectionError("It offers no encryption (STARTTLS), and that is required.")
        elif not account.is_loopback:
            raise ConnectionError("It offers no encryption; the password was not sent.")

    def _drop(self) -> None:
        if self._wire:
            _close(self._wire)
        if self._handle:
            self._handle.close()
        self._wire = self._handle = None

    # --- Trouble ---

    @contextmanager
    def _asking(self, trouble: str) -> Iterator["_Client"]:
        if not self._wire:
            raise MailboxTrouble(f"The mail server {self.account.host} is not connected.")
        with self._trouble(trouble), self._cut_off_in_the_end():
            yield self._wire

    @contextmanager
    def _trouble(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as trouble:  # a library that parses fails in any way on what it did not expect
            self._drop()
            raise MailboxTrouble(f"The mail server {self.account.host} {what}: {self._told(trouble)}") from None

    def _told(self, trouble: Exception) -> str:
        if isinstance(trouble, TimeoutError):
            return f"It gave no answer for {self.timeout:g} seconds."
        words = getattr(trouble, "strerror", None) or str(trouble) or type(trouble).__name__
        if said := re.fullmatch(r"""b(['"])(.*)\1""", words, re.DOTALL):  # imaplib shows some answers as they came
            words = said[2]
        words = words.replace(self.account.password, "***")
        return " ".join(re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", words).split())[:LONGEST_WORDS]

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
        if self._handle:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)


def _sign_in_to(wire: "_Client", account: MailAccount) -> None:
    """LOGIN takes the user's name as it is, so quotes are ours to put around it."""
    if wire.has_capability("AUTH=PLAIN"):
        wire.plain_login(account.user, account.password)
    else:
        user = account.user.replace("\\", "\\\\").replace('"', '\\"')
        wire.login(f'"{user}"', account.password)


def _close(wire: "_Client") -> None:
    with suppress(Exception):
        wire.shutdown()


class _Client(IMAPClient):  # type: ignore[misc]
    """Over a connection that is there already, so that its owner can cut it before the server has said a word."""

    def __init__(self, sock: socket.socket, host: str, timeout: float) -> None:
        self._given = sock
        super().__init__(host, ssl=False, timeout=timeout)

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802 - imapclient's own name
        return _Protocol(self._given, self.host)


class _Protocol(imaplib.IMAP4):
    def __init__(self, sock: socket.socket, host: str) -> None:
        self._given = sock
        super().__init__(host)  # which is also the name that a certificate must have

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._given
