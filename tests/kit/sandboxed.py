"""Run by test_sandbox in the child: does one forbidden (or harmless) thing and says what came of it."""

# Forbidden things have to be tried as they are.
# ruff: noqa: PTH102, PTH101, PTH104, S103, S605, S606, SIM115

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path


def echo():
    sys.stdout.buffer.write(sys.stdin.buffer.read())


def sleep():
    sys.stdout.write("before")
    sys.stdout.flush()
    time.sleep(60)


def linger():
    for number in (1, 2):
        os.close(number)
    time.sleep(60)


def spin():
    while True:
        pass


def eat():
    hoard = [bytearray(50_000_000) for _ in range(100)]
    sys.stdout.write(str(len(hoard)))


def shout():
    while True:
        sys.stdout.write("x" * 10_000)


def complain():
    sys.stderr.write("x" * 1_000_000)
    sys.stdout.write("done")


def abort():
    os.abort()


def fail():
    raise RuntimeError("broken")


def environment():
    sys.stdout.write(repr(dict(os.environ)))


def limits():
    for name in ("CORE", "FSIZE", "NPROC", "NOFILE", "AS"):
        print(name, resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0])


def namespace():
    sys.stdout.write(Path("/proc/self/ns/net").readlink().name)


def interfaces():
    lines = Path("/proc/self/net/dev").read_text().splitlines()[2:]
    print(*(line.split(":")[0].strip() for line in lines))


def said(act):
    try:
        act()
    except BaseException as error:
        sys.stdout.write(type(error).__name__)
    else:
        sys.stdout.write("done")


HARMLESS = {
    act.__name__: act
    for act in (echo, sleep, linger, spin, eat, shout, complain, abort, environment, limits, namespace, interfaces)
} | {"raise": fail}
FORBIDDEN = {
    "connect": lambda _: socket.create_connection(("127.0.0.1", 9), 1),
    "resolve": lambda _: socket.getaddrinfo("example.org", 80),
    "bind": lambda _: socket.socket().bind(("127.0.0.1", 0)),
    "spawn": lambda _: subprocess.run(["/bin/true"], check=True),
    "fork": lambda _: os.fork(),
    "system": lambda _: os.system("true"),
    "exec": lambda _: os.execv("/bin/true", ["true"]),
    "write": lambda path: Path(path).write_text("changed"),
    "append": lambda path: Path(path).open("a"),
    "os_open": lambda path: os.open(path, os.O_RDWR),
    "remove": os.remove,
    "rename": lambda path: os.rename(path, path + "2"),
    "mkdir": lambda path: os.mkdir(path + "2"),
    "chmod": lambda path: os.chmod(path, 0o777),
    "kill": lambda _: os.kill(os.getppid(), signal.SIGTERM),
}

if __name__ == "__main__":
    task = sys.argv[1]
    if task in HARMLESS:
        HARMLESS[task]()
    else:
        said(lambda: FORBIDDEN[task](*sys.argv[2:]))
