"""A real IMAP server on loopback, a process with one user and an empty INBOX in memory.

with imap.serve(tmp_path) as inbox:
    uid = inbox.put(b"From: ...")
    ... read inbox.url ...
    assert inbox.flags(uid) == {"\\Seen"}
"""

import imaplib
import importlib.util
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.servers import Unavailable
from tests.servers.leash import Leash, hold
from tests.servers.program import free_port
from tests.servers.smtp import Certificate

USER, PASSWORD = "firstcall@norrland.example", "correct/horse:4%"
COMMAND = (sys.executable, "-c", "import sys; from pymap.main import main; sys.exit(main())")
SECONDS_TO_START = 30


@dataclass(frozen=True)
class Inbox:
    port: int
    leash: Leash
    tls: str = "none"

    @property
    def url(self) -> str:
        return self.url_of()

    def url_of(self, user: str = USER, password: str = PASSWORD, folder: str = "INBOX") -> str:
        names = [quote(name, safe="") for name in (user, password, folder)]
        return "imap://{}:{}@127.0.0.1:{}/{}?tls={}".format(*names[:2], self.port, names[2], self.tls)

    def put(self, mail: bytes, folder: str = "INBOX") -> int:
        """Returns the mail's UID."""
        with self._signed_in() as wire:
            _, (answer,) = wire.append(folder, "", "", mail)
        found = re.search(rb"APPENDUID \d+ (\d+)", answer)
        assert found, answer
        return int(found[1])

    def create(self, folder: str) -> None:
        with self._signed_in() as wire:
            assert wire.create(folder)[0] == "OK"

    def remove(self, uid: int) -> None:
        with self._signed_in() as wire:
            wire.select()
            wire.uid("STORE", str(uid), "+FLAGS", r"(\Deleted)")
            wire.expunge()

    def flags(self, uid: int) -> set[str]:
        """Without \\Recent, which belongs to who looks."""
        with self._signed_in() as wire:
            wire.select(readonly=True)
            _, (answer,) = wire.uid("FETCH", str(uid), "(FLAGS)")
        return {flag.decode() for flag in imaplib.ParseFlags(answer)} - {"\\Recent"}

    def freeze(self) -> None:
        """From now on it takes connections and says nothing."""
        os.kill(self.leash.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.leash.pid, signal.SIGCONT)

    def stop(self) -> None:
        """Also a frozen one; all its mail is gone with it."""
        if self.leash.is_running:
            os.kill(self.leash.pid, signal.SIGKILL)
        self.leash.let_go()

    @contextmanager
    def _signed_in(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as wire:
            wire.login(f'"{USER}"', PASSWORD)
            yield wire


@contextmanager
def serve(folder: Path, *, port: int = 0, certificate: Certificate | None = None) -> Iterator[Inbox]:
    """With a certificate it offers STARTTLS. Raises Unavailable where the server is not installed."""
    if not importlib.util.find_spec("pymap"):
        raise Unavailable("There is no IMAP server to test with: install the test extra (pymap).")
    port = port or free_port()
    tls = ["--cert", str(certificate.file), "--key", str(certificate.key)] if certificate else ["--no-tls"]
    user = ["--demo-user", USER, "--demo-password", PASSWORD]
    command = [*COMMAND, "--host", "127.0.0.1", "--port", str(port), *tls, "dict", *user]
    leash = hold(command, log=folder / f"imap-{port}.log", cwd=folder)
    inbox = Inbox(port, leash, "required" if certificate else "none")
    try:
        _wait_until_open(inbox)
        yield inbox
    finally:
        inbox.stop()


def _wait_until_open(inbox: Inbox) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            return imaplib.IMAP4("127.0.0.1", inbox.port, timeout=5).shutdown()
        except OSError:
            if not inbox.leash.is_running or time.monotonic() > deadline:
                raise RuntimeError(f"the IMAP server did not start: {inbox.leash.written()}") from None
            time.sleep(0.05)
