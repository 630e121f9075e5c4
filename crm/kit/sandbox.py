"""Runs one of our modules on untrusted bytes in a child process that has little, may do little and can be killed.

The parent keeps the clock and caps what comes back; the child closes its own doors before it starts the module, so
that nothing has to run between fork and exec of a program with many threads.
"""

import ctypes
import os
import resource
import runpy
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

TOO_LONG = "This took too long to read, so we stopped."
TOO_MUCH = "This needed too much memory to read, so we stopped."
BROKEN = "This file is damaged in a way that we cannot read."

_ROOT = Path(__file__).resolve().parents[2]
_STDERR_BYTES = 4_000
_OUT_OF_MEMORY = 71  # exit status of the child
_CHUNK = 65_536
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_NO_NEW_PRIVILEGES = 38
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FORBIDDEN = (  # audit events, or the first part of their names
    *("socket.", "subprocess.", "pty.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.kill"),
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate"),
    *("os.utime", "os.setxattr", "shutil."),
)


class Killed(Exception):
    """The child did not finish. `str()` is a sentence for people; `output` is what it had said until then."""

    def __init__(self, why: str, output: bytes = b"", detail: str = "") -> None:
        super().__init__(why)
        self.output = output
        self.detail = detail


def run(
    module: str,
    argument: list[str],
    *,
    input: bytes,  # noqa: A002 - the word that subprocess uses
    seconds: float = 10,
    cpu_seconds: int = 8,
    memory_mb: int = 512,
    output_bytes: int = 16_000_000,
) -> bytes:
    """What `python -m module *argument` writes for this input; Killed when it exceeds a limit or fails."""
    with _child(module, argument, cpu_seconds, memory_mb, subprocess.PIPE) as child:
        output, errors, ended = _talk(child, input, time.monotonic() + seconds, output_bytes)
        detail = errors.decode(errors="replace")
        if not ended:
            raise Killed(TOO_LONG, output, detail)
        if len(output) > output_bytes:
            raise Killed(TOO_MUCH, output[:output_bytes], detail)
    if child.returncode:
        raise Killed(_why(child.returncode), output, detail)
    return output


def lines(
    module: str,
    argument: list[str],
    *,
    source: IO[bytes],
    patience: float = 30,
    cpu_seconds: int = 8,
    memory_mb: int = 512,
    line_bytes: int = 16_000_000,
) -> Iterator[bytes]:
    """The lines that `python -m module *argument` writes, as they come, when it reads this file; Killed as above.

    `patience`, in seconds, is for each wait: whoever takes the lines may take their time.
    """
    with _child(module, argument, cpu_seconds, memory_mb, source) as child:
        rest = b""
        while chunk := _next_chunk(child, patience):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
            if len(rest) > line_bytes:
                raise Killed(TOO_MUCH)
        if not _ends(child, time.monotonic() + patience):
            raise Killed(TOO_LONG)
    if child.returncode:
        raise Killed(_why(child.returncode))


def _next_chunk(child: subprocess.Popen[bytes], patience: float) -> bytes:
    """Empty at the end."""
    stdout = child.stdout
    assert stdout is not None
    with selectors.DefaultSelector() as ready:
        ready.register(stdout, selectors.EVENT_READ)
        if not ready.select(patience):
            raise Killed(TOO_LONG)
    return os.read(stdout.fileno(), _CHUNK)


def _why(status: int) -> str:
    if status == _OUT_OF_MEMORY:
        return TOO_MUCH
    return TOO_LONG if status in (-signal.SIGXCPU, -signal.SIGKILL) else BROKEN


@contextmanager
def _child(
    module: str, argument: list[str], cpu_seconds: int, memory_mb: int, stdin: int | IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """Of its troubles is heard only where its input comes through a pipe: nobody else would listen meanwhile."""
    command = [sys.executable, "-s", "-P", "-m", "crm.kit.sandbox", str(cpu_seconds), str(memory_mb), module, *argument]
    child = subprocess.Popen(  # noqa: S603 - our own program, no shell
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if stdin == subprocess.PIPE else subprocess.DEVNULL,
        env={"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        cwd="/",
        start_new_session=True,
    )
    try:
        yield child
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """The leader is not reaped before the group is killed: its number cannot have passed to somebody else."""
    if child.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def _talk(child: subprocess.Popen[bytes], data: bytes, until: float, cap: int) -> tuple[bytes, bytes, bool]:
    """Its output, its errors, and whether it came to an end by itself (or said more than `cap`) in time."""
    stdin, stdout, stderr = _pipes(child)
    heard: dict[IO[bytes], bytearray] = {stdout: bytearray(), stderr: bytearray()}
    rest = memoryview(data)
    with selectors.DefaultSelector() as ready:
        ready.register(stdin, selectors.EVENT_WRITE)
        ready.register(stdout, selectors.EVENT_READ)
        ready.register(stderr, selectors.EVENT_READ)
        while ready.get_map() and len(heard[stdout]) <= cap:
            if (left := until - time.monotonic()) <= 0:
                return bytes(heard[stdout]), bytes(heard[stderr]), False
            for key, _ in ready.select(left):
                pipe: Any = key.fileobj
                if pipe is stdin:
                    rest = rest[_write(stdin, rest) :]
                    done = not rest
                else:
                    done = not _read(pipe, heard[pipe], cap=cap if pipe is stdout else _STDERR_BYTES)
                if done:
                    ready.unregister(pipe)
                    _close(pipe)
    ended = len(heard[stdout]) > cap or _ends(child, until)
    return bytes(heard[stdout]), bytes(heard[stderr]), ended


def _pipes(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    if child.stdin is None or child.stdout is None or child.stderr is None:
        raise ValueError("the child was started without pipes")
    for pipe in (child.stdin, child.stdout, child.stderr):
        os.set_blocking(pipe.fileno(), False)
    return child.stdin, child.stdout, child.stderr


def _write(pipe: IO[bytes], rest: memoryview) -> int:
    try:
        return os.write(pipe.fileno(), rest[:_CHUNK])
    except BrokenPipeError:  # it has heard enough; its exit status tells whether that was right
        return len(rest)


def _read(pipe: IO[bytes], heard: bytearray, *, cap: int) -> int:
    """The number of bytes read, 0 at the end. What goes beyond the cap (and one byte) is dropped."""
    chunk = os.read(pipe.fileno(), _CHUNK)
    heard += chunk[: max(cap + 1 - len(heard), 0)]
    return len(chunk)


def _close(pipe: IO[bytes]) -> None:
    with suppress(BrokenPipeError):
        pipe.close()


def _ends(child: subprocess.Popen[bytes], until: float) -> bool:
    with suppress(subprocess.TimeoutExpired):
        child.wait(max(until - time.monotonic(), 0.01))
        return True
    return False


def _close_doors(cpu_seconds: int, memory_mb: int) -> None:
    _leave_the_network()
    for limit, value in (
        ("RLIMIT_CORE", 0),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_NOFILE", 64),
        ("RLIMIT_NPROC", 0),
        ("RLIMIT_AS", memory_mb * 1024 * 1024),
        ("RLIMIT_CPU", cpu_seconds),
    ):
        with suppress(AttributeError, OSError, ValueError):  # macOS lacks some and refuses others
            resource.setrlimit(getattr(resource, limit), (value, value))
    sys.addaudithook(_refuse)


def _leave_the_network() -> None:
    """An empty network of its own where the kernel allows it; the audit hook stands in every case."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _refuse(event: str, details: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is not allowed while a document is read")
    if event == "open" and not isinstance(details[0], int) and _writes(details[1], details[2]):
        raise PermissionError("no file may be written while a document is read")


def _writes(mode: str | None, flags: int | None) -> bool:
    return bool(set(mode or "r") & set("wxa+")) or bool((flags or 0) & _WRITING)


def _serve() -> None:
    cpu_seconds, memory_mb, module = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    del sys.argv[:3]
    _close_doors(cpu_seconds, memory_mb)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)


if __name__ == "__main__":
    _serve()
