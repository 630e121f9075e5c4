"""A real Postfix for the tests: an instance of its own in a folder of its own, on a free port of loopback.

    with postfix.start(relay_port=sink.port) as server:
        ... send to server.url ...
        server.wait_for("status=sent")

It needs root, to give each of its programs its own account, and Debian's package; it reads nothing of /etc/postfix.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers import Unavailable
from tests.servers.leash import hold
from tests.servers.program import free_port

MISSING = "A test of the mail server needs Postfix, and root to start it (apt-get install postfix)."
SECONDS_TO_START = 20
MAIN = {
    "compatibility_level": "3.6",
    "maillog_file_prefixes": "{folder}",
    "maillog_file": "{folder}/mail.log",
    "queue_directory": "{folder}/queue",
    "data_directory": "{folder}/data",
    "myhostname": "mail.norrland.example",
    "mydestination": "",
    "inet_interfaces": "127.0.0.1",
    "inet_protocols": "ipv4",
    "mynetworks": "127.0.0.0/8",
    "relayhost": "[127.0.0.1]:{relay_port}",
    "smtp_tls_security_level": "none",
    "smtp_host_lookup": "native",  # no resolver is asked
    "disable_dns_lookups": "yes",
    "alias_maps": "",
    "local_recipient_maps": "",
    "notify_classes": "",
    "minimal_backoff_time": "1s",
    "maximal_backoff_time": "2s",
    "queue_run_delay": "1s",
}
SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
showq unix n - n - - showq
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
pickup unix n - n 1 1 pickup
postlog unix-dgram n - n - 1 postlogd
"""


SCRIPT = """
umask 022
trap : TERM
postfix -c "$0" start
sleep infinity & wait
postfix -c "$0" stop
"""
"""Its master leaves the session in which it was started, so that no signal of ours would reach it."""


@dataclass(frozen=True)
class Postfix:
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    @property
    def log(self) -> Path:
        return self.folder / "mail.log"

    def lines(self) -> list[str]:
        with suppress(FileNotFoundError):
            return self.log.read_text("utf-8", "replace").splitlines()
        return []

    def wait_for(self, pattern: str, seconds: float = 15) -> str:
        """The first line of the log in which the pattern is found."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for line in self.lines():
                if re.search(pattern, line):
                    return line
            time.sleep(0.05)
        raise AssertionError(f"no line like {pattern!r} in {seconds} s:\n" + "\n".join(self.lines()))

    def run(self, command: str, *words: str) -> None:
        """One of Postfix's own commands, of this instance: run("postsuper", "-r", "ALL")."""
        _run([command, "-c", str(self.folder / "etc"), *words])


@contextmanager
def start(*, relay_port: int) -> Iterator[Postfix]:
    """Hands everything on to `relay_port` of 127.0.0.1. Raises Unavailable where it cannot be started."""
    if os.geteuid() != 0 or not shutil.which("postfix", path=_path()):
        raise Unavailable(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="first-call-postfix-"))
    folder.chmod(0o755)  # its programs, under another account, pass through it
    server = Postfix(folder, free_port())
    _configure(server, relay_port)
    held = hold(
        ["sh", "-c", SCRIPT, str(folder / "etc")], log=folder / "output.log", cwd=folder, remove=folder,
        env={**os.environ, "PATH": _path()},
    )  # fmt: skip
    try:
        server.wait_for("daemon started", SECONDS_TO_START)
        yield server
    finally:
        held.let_go()
        shutil.rmtree(folder, ignore_errors=True)  # a server that stopped by itself leaves it behind


def _configure(server: Postfix, relay_port: int) -> None:
    for name in ("etc", "queue", "data"):
        (server.folder / name).mkdir()
        (server.folder / name).chmod(0o755)  # whatever mask a command of ours has left in this process
    shutil.chown(server.folder / "data", "postfix", "postfix")
    settings = {name: value.format(folder=server.folder, relay_port=relay_port) for name, value in MAIN.items()}
    written = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (server.folder / "etc" / "main.cf").write_text(written)
    (server.folder / "etc" / "master.cf").write_text(SERVICES.format(port=server.port))
    for name in ("main.cf", "master.cf"):
        (server.folder / "etc" / name).chmod(0o644)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PATH": _path()}
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def _path() -> str:
    """Debian keeps a server's commands where an ordinary account does not look."""
    return f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
