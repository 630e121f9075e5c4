"""A real SMTP server on loopback that keeps what it takes and can be told to fail.

    with SmtpSink() as sink:
        sink.plan("dot", "reset_after_accept", times=1)
        ... send to sink.url ...
        assert sink.messages[0].recipients == ["carol@example.org"]

As a process, `python -m tests.servers.smtp --port 0 --log FILE --plan dot:hang:3` prints its port and serves until it
is killed.
"""

import argparse
import base64
import json
import os
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import quote

from tests.servers import Unavailable

Step = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "payload", "dot", "rset", "quit"]
Fault = Literal["4xx", "5xx", "hang", "drip", "reset", "reset_after_accept", "tls_drop"]

GOOD = {
    "connect": "220 sink.test ESMTP",
    "starttls": "220 2.0.0 Go ahead",
    "auth": "235 2.7.0 Welcome",
    "mail": "250 2.1.0 Ok",
    "rcpt": "250 2.1.5 Ok",
    "data": "354 End data with <CR><LF>.<CR><LF>",
    "rset": "250 2.0.0 Ok",
    "quit": "221 2.0.0 Bye",
}


@dataclass(frozen=True)
class Message:
    envelope_from: str
    recipients: list[str]
    raw: bytes  # as it came, dots undone
    queue_id: str

    @cached_property
    def email(self) -> EmailMessage:
        return BytesParser(EmailMessage, policy=policy.default).parsebytes(self.raw)

    @property
    def message_id(self) -> str:
        return str(self.email["Message-ID"])


@dataclass(frozen=True)
class Certificate:
    """Signed by itself, for 127.0.0.1 and localhost: trust `file` (SSL_CERT_FILE) or do not."""

    file: Path
    key: Path

    @classmethod
    def make(cls, folder: Path) -> "Certificate":
        if not shutil.which("openssl"):
            raise Unavailable("A test of encryption needs the openssl command (apt-get install openssl).")
        made = cls(folder / "smtp.crt", folder / "smtp.key")
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", made.key]
        name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
        subprocess.run(
            ["openssl", "req", "-x509", "-days", "2", *key, *name, "-out", made.file], check=True, capture_output=True
        )
        return made


@dataclass
class SmtpSink:
    """Serves one thread a connection from `with` to its end; `log` gets one line of JSON a message before its 250."""

    log: Path | None = None
    certificate: Certificate | None = None  # offers STARTTLS
    implicit_tls: bool = False  # with a certificate: encrypted from the first byte
    sign_in: tuple[str, str] | None = None  # (user, password): nothing goes without
    port: int = 0
    messages: list[Message] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)  # every line heard outside the text, of all connections
    connections: int = 0

    def __post_init__(self):
        self._faults: dict[str, list[str]] = {}
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._ended = threading.Event()

    def plan(self, step: Step, fault: Fault, times: int = 1) -> None:
        """The next `times` times that a client comes to `step`, it goes wrong; later plans come after earlier ones."""
        if step not in get_args(Step) or fault not in get_args(Fault):
            raise ValueError(f"{step} {fault} cannot be planned")
        with self._lock:
            self._faults.setdefault(step, []).extend([fault] * times)

    @property
    def url(self) -> str:
        user = "{}:{}@".format(*(quote(part, safe="") for part in self.sign_in)) if self.sign_in else ""
        scheme, tls = (
            ("smtps", "") if self.implicit_tls else ("smtp", "?tls=required" if self.certificate else "?tls=none")
        )
        return f"{scheme}://{user}127.0.0.1:{self.port}{tls}"

    def __enter__(self) -> "SmtpSink":
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)

    @property
    def open_connections(self) -> int:
        return len(self._open)

    def wait_for(self, count: int, seconds: float = 10) -> list[Message]:
        """The messages, once there are `count` of them."""
        until = time.monotonic() + seconds
        while len(self.messages) < count:
            assert time.monotonic() < until, f"{len(self.messages)} of {count} messages came in {seconds} s"
            time.sleep(0.01)
        return self.messages

    def keep(self, message: Message) -> None:
        with self._lock:
            if self.log:
                with self.log.open("ab") as log:
                    log.write(_logged(message))
                    log.flush()
                    os.fsync(log.fileno())
            self.messages.append(message)

    def next_fault(self, step: str) -> str | None:
        with self._lock:
            planned = self._faults.get(step)
            return planned.pop(0) if planned else None

    def rest(self) -> None:
        """As long as a hang lasts: to the end of the server."""
        self._ended.wait()

    def has_ended(self) -> bool:
        return self._ended.is_set()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.add(connection)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        session = _Session(self, connection)
        with suppress(OSError, _Over):
            session.serve()
        for end in (session.lines, session.socket, connection):
            with suppress(OSError):
                end.close()
        with self._lock:
            self._open.discard(connection)


class _Over(Exception):
    """The connection has come to its planned or natural end."""


class _Session:
    def __init__(self, sink: SmtpSink, connection: socket.socket):
        self.sink = sink
        self.socket = connection
        self.lines = connection.makefile("rb")
        self.encrypted = False
        self.signed_in = not sink.sign_in
        self.forget()

    def forget(self) -> None:
        self.envelope_from: str | None = None
        self.recipients: list[str] = []

    def serve(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.sink.implicit_tls:
            self.encrypt()
        self.answer("connect", GOOD["connect"])
        while True:
            line = self.read_line().decode("utf-8", "replace")
            self.sink.commands.append(line)
            verb, _, rest = line.partition(" ")
            step = {"helo": "ehlo"}.get(verb.lower(), verb.lower())
            if step in ("ehlo", "starttls", "auth", "mail", "rcpt", "data", "rset", "quit"):
                getattr(self, step)(rest)
            else:
                self.say("502 5.5.2 Command not recognized")

    def ehlo(self, _: str) -> None:
        offers = ["SIZE 52428800", "8BITMIME"]
        if self.sink.certificate and not self.encrypted:
            offers.append("STARTTLS")
        if self.sink.sign_in:
            offers.append("AUTH PLAIN")
        self.answer(
            "ehlo", "\r\n".join(["250-sink.test", *(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}"])
        )

    def starttls(self, _: str) -> None:
        if self.answer("starttls", GOOD["starttls"]):
            self.encrypt()

    def auth(self, rest: str) -> None:
        _, _, response = rest.partition(" ")
        if tuple(base64.b64decode(response).decode().split("\0")[1:]) != self.sink.sign_in:
            self.say("535 5.7.8 Wrong user or password")
            return
        self.signed_in = self.answer("auth", GOOD["auth"])

    def mail(self, rest: str) -> None:
        if not self.signed_in:
            self.say("530 5.7.0 Authentication required")
        elif self.envelope_from is not None:
            self.say("503 5.5.1 Error: nested MAIL command")
        elif self.answer("mail", GOOD["mail"]):
            self.forget()
            self.envelope_from = _address(rest)

    def rcpt(self, rest: str) -> None:
        if self.envelope_from is None:
            self.say("503 5.5.1 MAIL first")
        elif self.answer("rcpt", GOOD["rcpt"]):
            self.recipients.append(_address(rest))

    def data(self, _: str) -> None:
        if not self.recipients:
            self.say("503 5.5.1 RCPT first")
        elif self.answer("data", GOOD["data"]):
            self.payload()

    def payload(self) -> None:
        text = []
        fault = self.sink.next_fault("payload")
        while (line := self.lines.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                raise _Over  # hung up without the dot: nothing was sent
            text.append(line.removeprefix(b"."))
            if fault:
                self.go_wrong(fault, "payload", "")
        self.take(b"".join(text))

    def take(self, raw: bytes) -> None:
        message = Message(self.envelope_from or "", self.recipients, raw, f"Q{len(self.sink.messages) + 1:06d}")
        fault = self.sink.next_fault("dot")
        if fault in (None, "reset_after_accept"):
            self.sink.keep(message)
        if fault == "reset_after_accept":
            fault = "reset"  # taken, and the client is not told
        self.forget()
        if fault:
            self.go_wrong(fault, "dot", "")
        else:
            self.say(f"250 2.0.0 Ok: queued as {message.queue_id}")

    def rset(self, _: str) -> None:
        self.forget()
        self.answer("rset", GOOD["rset"])

    def quit(self, _: str) -> None:
        self.answer("quit", GOOD["quit"])
        raise _Over

    def answer(self, step: str, good: str) -> bool:
        """Says `good`, or does what was planned for this step; True when the client was told yes."""
        fault = self.sink.next_fault(step)
        if fault:
            self.go_wrong(fault, step, good)
        else:
            self.say(good)
        return not fault

    def go_wrong(self, fault: str, step: str, good: str) -> None:
        match fault:
            case "4xx":
                self.say(f"451 4.3.0 Planned for {step}, try later")
            case "5xx":
                self.say(f"554 5.3.0 Planned for {step}, never")
            case "hang":
                self.sink.rest()
            case "drip":
                while not self.sink.has_ended():
                    self.say("250-wait")
                    time.sleep(0.02)
            case "reset" | "reset_after_accept":
                if fault == "reset_after_accept":
                    self.say(good)
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if fault not in ("4xx", "5xx") or step in ("connect", "payload"):
            raise _Over

    def encrypt(self) -> None:
        assert self.sink.certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.sink.certificate.file, self.sink.certificate.key)
        self.lines.close()
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.lines = self.socket.makefile("rb")
        self.encrypted = True

    def read_line(self) -> bytes:
        line = self.lines.readline()
        if not line:
            raise _Over
        return line.rstrip(b"\r\n")

    def say(self, reply: str) -> None:
        self.socket.sendall(f"{reply}\r\n".encode())


def read_log(log: Path) -> list[Message]:
    """What a sink took, also one that was killed: a line cut short was never answered with 250."""
    whole = [json.loads(line) for line in log.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    return [Message(line["from"], line["to"], base64.b64decode(line["raw"]), line["queue_id"]) for line in whole]


def _logged(message: Message) -> bytes:
    line = {
        "message_id": message.message_id,
        "from": message.envelope_from,
        "to": message.recipients,
        "queue_id": message.queue_id,
        "raw": base64.b64encode(message.raw).decode(),
    }
    return json.dumps(line).encode() + b"\n"


def _address(rest: str) -> str:
    return rest[rest.index("<") + 1 : rest.index(">")]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--log", type=Path)
    options.add_argument("--plan", action="append", default=[], metavar="STEP:FAULT[:TIMES]")
    given = options.parse_args()
    with SmtpSink(log=given.log, port=given.port) as sink:
        for planned in given.plan:
            step, fault, *times = planned.split(":")
            sink.plan(step, fault, *map(int, times))
        print(sink.port, flush=True)
        sink.rest()


if __name__ == "__main__":
    main()
