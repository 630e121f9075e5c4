"""The program as its users start it: a process of its own, an instance folder, an address on loopback."""

import http.client
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.servers.leash import Leash, hold

ROOT = Path(__file__).parents[2]
SERVE = (sys.executable, "-m", "crm", "serve")
FOREIGN = ("PYTHONUNBUFFERED",)  # a code that is printed and not flushed never reaches a service's journal
SECONDS_TO_START = 30


@dataclass(frozen=True)
class Program:
    listen: str  # host:port
    leash: Leash

    @property
    def url(self) -> str:
        return f"http://{self.listen}"

    @property
    def pid(self) -> int:
        return self.leash.pid

    def output(self) -> str:
        return self.leash.written()

    def wait_for(self, pattern: str, seconds: float = 10) -> str:
        """The first group of the pattern, once the program has written it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = re.search(pattern, self.output())
            if found:
                return found.group(1)
            time.sleep(0.02)
        raise AssertionError(f"nothing like {pattern!r} was written: {self.output()}")

    def stop(self) -> int:
        """Asks it to end, and kills what is left after ten seconds. Returns its exit code, 128 + N after signal N."""
        return self.leash.let_go()

    def kill(self) -> int:
        """As a power cut would."""
        os.kill(self.pid, signal.SIGKILL)
        return self.leash.let_go()

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def serve(instance: Path, *, command: Sequence[str] = SERVE, **settings: str) -> Program:
    """Starts the program and waits until it is healthy. Settings are named as in the environment: CRM_SMTP_URL=..."""
    live = run(instance, command=command, **settings)
    deadline = time.monotonic() + SECONDS_TO_START
    while not _is_healthy(live.listen):
        if not live.leash.is_running or time.monotonic() > deadline:
            live.stop()
            raise RuntimeError(f"the program did not start: {live.output()}")
        time.sleep(0.05)
    return live


def run(instance: Path, *, command: Sequence[str], **settings: str) -> Program:
    """The same without waiting: for the worker alone, or for a command that ends."""
    instance.mkdir(parents=True, exist_ok=True)
    settings = {"CRM_LISTEN": f"127.0.0.1:{free_port()}"} | settings | {"CRM_INSTANCE": str(instance)}
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("CRM_", *FOREIGN))}
    log = instance.with_name(f"{instance.name}-{settings['CRM_LISTEN'].rpartition(':')[2]}.log")
    return Program(settings["CRM_LISTEN"], hold(command, log=log, cwd=ROOT, env=ours | settings))


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


def _is_healthy(listen: str) -> bool:
    try:
        with closing(http.client.HTTPConnection(listen, timeout=2)) as connection:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
    except OSError:
        return False
