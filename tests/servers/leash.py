"""Runs a command for as long as somebody holds the other end of our standard input, then stops it.

The system closes a pipe however its holder ends, by kill -9 too, so no server outlives the tests that started it.
A leash has a session of its own: Ctrl-C reaches the tests and not the servers they are still talking to.
"""

import argparse
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GRACE_SECONDS = 10


@dataclass(frozen=True)
class Leash:
    holder: subprocess.Popen[str]
    pid: int  # of the command itself
    log: Path  # what the command wrote, both streams

    @property
    def is_running(self) -> bool:
        return self.holder.poll() is None

    def written(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def let_go(self) -> int:
        """Stops the command and returns its exit code as a shell tells it: 128 + N after signal N."""
        if self.holder.stdin:
            self.holder.stdin.close()
        return self.holder.wait(2 * GRACE_SECONDS)


def hold(
    command: Sequence[str],
    *,
    log: Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    user: str = "",
    stop: signal.Signals = signal.SIGTERM,
    remove: Path | None = None,
    until: int = subprocess.PIPE,
) -> Leash:
    """Starts a command under a leash. `remove` is a folder that goes when the command has been stopped. `until` is a
    file descriptor at whose end the command is stopped; without it, that is when this process ends or lets go."""
    options = [f"--user={user}", f"--stop={stop.value}", f"--remove={remove or ''}"]
    with log.open("w") as errors:
        holder = subprocess.Popen(
            [sys.executable, __file__, *options, "--", *command],
            stdin=until,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=cwd,
            env=env,
            start_new_session=True,
        )
    assert holder.stdout
    with holder.stdout as first_line:
        pid = first_line.readline()
    if not pid:
        raise RuntimeError(f"{command[0]} could not be started: {log.read_text()}")
    return Leash(holder, int(pid), log)


def main() -> int:
    wanted = _arguments()
    command = subprocess.Popen(
        wanted.command, stdin=subprocess.DEVNULL, stdout=sys.stderr, process_group=0, **_identity(wanted.user)
    )
    let_go = threading.Event()
    threading.Thread(target=_wait_for_end, args=(let_go,), daemon=True).start()
    threading.Thread(target=_stop, args=(command, wanted.stop, let_go), daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: let_go.set())
    print(command.pid, flush=True)
    code = command.wait()
    _kill_group(command)  # children that stayed behind
    if wanted.remove and let_go.is_set():  # else the command failed, and its files say why
        shutil.rmtree(wanted.remove, ignore_errors=True)
    return code if code >= 0 else 128 - code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--user")
    parser.add_argument("--stop", type=int)
    parser.add_argument("--remove")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def _identity(user: str) -> dict[str, Any]:
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}


def _wait_for_end(let_go: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1):  # not through its buffer, which may not be in use when the interpreter ends
        pass
    let_go.set()


def _stop(command: subprocess.Popen[bytes], stop: int, let_go: threading.Event) -> None:
    let_go.wait()
    command.send_signal(stop)
    time.sleep(GRACE_SECONDS)
    _kill_group(command)


def _kill_group(command: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(command.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
