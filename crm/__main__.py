"""Start First Call: `python3 -m crm [command ...]`.

This file needs Python and pip and nothing else. The first start makes `.venv` beside pyproject.toml and fills it with
the packages that crm/requirements pins by hash; every start goes on inside it. It has to be readable by a Python that
is too old (3.7 and newer), which shall get a sentence and not a syntax error.
"""

from __future__ import annotations

import ast
import contextlib
import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NoReturn

if sys.platform != "win32":
    import fcntl

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "crm" / "requirements"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
STAMP = VENV / "first-call.json"  # what is installed: {"python": "cpython-311", "core.txt": SHA-256 or BEGUN, ...}
TURN = VENV / "first-call.lock"  # held by the one start that installs

OLDEST = (3, 11)
BEGUN = "begun"  # and not finished, so that what was cut off is put right by the next start
INSTALLER = "boot.txt"
ALWAYS = (INSTALLER, "core.txt")
ALSO = {"test": ("test.txt",), "lint": ("lint.txt",)}
LINT = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",))

UV_NAMES = {  # pip's setting: the variable that tells uv, which does not read pip's configuration
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
}


def main() -> None:
    refuse_unfit(sys.version_info[:3], sys.platform)
    command, *rest = sys.argv[1:] or ["serve"]
    try:
        installed = set_up([*ALWAYS, *ALSO.get(command, ())])
    except OSError as error:
        sys.exit(f"First Call cannot set itself up: {in_words(error)}")
    except KeyboardInterrupt:
        sys.exit("\nStopped. The same command takes it up again.")
    go_on(command, rest, here=is_inside() and not installed)


def refuse_unfit(version: tuple[int, ...], platform: str) -> None:
    if version < OLDEST:
        this = ".".join(str(part) for part in version)
        sys.exit(
            f"First Call needs Python 3.11 or newer, and this is Python {this} ({sys.executable}).\n"
            "Start it with a newer one, for example: python3.11 -m crm"
        )
    if platform == "win32":
        sys.exit("First Call runs on Linux and macOS. On Windows, start it inside WSL.")


# -- going on -------------------------------------------------------------------------------------------------------


def go_on(command: str, rest: list[str], *, here: bool) -> None:
    if command == "test":
        become("pytest", *rest)
    if command == "lint":
        sys.exit(lint())
    if not here:
        become("crm", command, *rest)
    sys.argv[1:] = [command, *rest]
    run_app()


def is_inside() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()


def become(module: str, *words: str) -> NoReturn:
    """Go on as `.venv/bin/python -m module words`: the same process, so that signals and exit codes are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(PYTHON, [str(PYTHON), "-m", module, *words])  # noqa: S606 - a fixed program, and no shell is meant


def lint() -> int:
    """The highest exit code of all checks: one that fails does not hide the next."""
    return max(subprocess.run([PYTHON, "-m", *check], cwd=ROOT, check=False).returncode for check in LINT)  # noqa: S603 - fixed words


def run_app() -> None:
    from crm.cli import main as app  # noqa: PLC0415 - its packages exist only once this file has installed them

    app()


# -- what is installed ----------------------------------------------------------------------------------------------


def set_up(names: Iterable[str]) -> bool:
    """Install the lock files that are not in place yet; True when that took any work."""
    wanted = missing(names)
    if wanted:
        with turn():
            wanted = missing(wanted)  # another start may have done it meanwhile
            if wanted:
                install(wanted)
    return bool(wanted)


def missing(names: Iterable[str]) -> list[str]:
    done = read_stamp()
    return [name for name in names if done.get(name) != digest(name)]


def digest(name: str) -> str:
    return hashlib.sha256((REQUIREMENTS / name).read_bytes()).hexdigest()


def read_stamp() -> dict[str, str]:
    """Empty when nothing usable is installed: cut off, torn, or made for another Python."""
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    whole = PYTHON.exists() and BEGUN not in (stamp.get(name) for name in ALWAYS)
    return stamp if whole and stamp.get("python") == sys.implementation.cache_tag else {}


def write_stamp(done: dict[str, str]) -> None:
    STAMP.write_text(json.dumps({**done, "python": sys.implementation.cache_tag}, indent=1))


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """One start installs, others wait. The lock passes to pip and uv, so that it outlives a launcher that is killed."""
    refuse_foreign()
    VENV.mkdir(exist_ok=True)
    with TURN.open("a") as held:
        os.set_inheritable(held.fileno(), True)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is setting First Call up; waiting for it.")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def refuse_foreign() -> None:
    """A start may empty .venv: not if somebody keeps something else under that name."""
    ours = not VENV.exists() or TURN.exists() or (VENV / "pyvenv.cfg").exists() or not any(VENV.iterdir())
    if not ours:
        sys.exit(f"{VENV} is needed for First Call's packages, but holds something else. Please move it away.")


# -- installing -----------------------------------------------------------------------------------------------------


def install(names: list[str]) -> None:
    began = time.monotonic()
    pip = find_pip()
    done = read_stamp()
    if not done:
        say("First Call sets itself up in .venv. This happens once and takes about half a minute.")
        make_environment()
    for name in names:
        cut_off = done.get(name) == BEGUN
        write_stamp({**done, name: BEGUN})
        fetch(name, pip, anew=cut_off)
        done[name] = digest(name)
        write_stamp(done)
    say(f"Ready after {time.monotonic() - began:.0f} s.")


def find_pip() -> list[str]:
    """pip of this Python or, in somebody's environment without it, of the Python below."""
    for python in (sys.executable, getattr(sys, "_base_executable", sys.executable)):
        if ask([python, "-c", "import pip"]).returncode == 0:
            return [python, "-m", "pip"]
    sys.exit("First Call needs pip to fetch its packages. On Debian and Ubuntu: sudo apt install python3-pip")


def make_environment() -> None:
    """Empty .venv but for the lock; without pip, because Debian keeps the part that would put it there in a package."""
    for entry in VENV.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry != TURN:
            entry.unlink()
    venv.EnvBuilder(with_pip=False, symlinks=True).create(VENV)


def fetch(name: str, pip: list[str], *, anew: bool) -> None:
    if name == INSTALLER:
        fetch_installer(pip)
        return
    say(f"  fetching {count(name)} packages ({name.removesuffix('.txt')})")
    if os.access(UV, os.X_OK):
        if runs(uv_install(name, anew=anew), {**os.environ, **uv_settings(pip)}):
            return
        say("  trying again with pip, which takes some minutes")
        anew = True
    if not runs(pip_install(pip, name, anew=anew)):
        sys.exit(
            "First Call could not fetch its packages; what pip said is above.\n"
            "Is there a way to the network, and room on the disk? The same command tries again."
        )


def fetch_installer(pip: list[str]) -> None:
    say("  fetching the installer (uv)")
    if not runs(pip_install(pip, INSTALLER, anew=False)):
        say("  it is not to be had here, so pip does the work, which takes some minutes")


def count(name: str) -> int:
    return sum(line[:1].isalnum() for line in (REQUIREMENTS / name).read_text().splitlines())


def pip_install(pip: list[str], name: str, *, anew: bool) -> list[str]:
    words = ["install", "--quiet", "--no-input", "--no-user", "--disable-pip-version-check"]
    return [*pip, "--python", str(PYTHON), *words, *pinned(name, anew=anew)]


def uv_install(name: str, *, anew: bool) -> list[str]:
    """The hashes decide, so all of pip's indexes are as good as each other: that is how pip sees them too."""
    words = ["--compile-bytecode", "--no-progress", "--index-strategy", "unsafe-best-match"]
    return [str(UV), "pip", "install", "--python", str(PYTHON), *words, *pinned(name, anew=anew)]


def pinned(name: str, *, anew: bool) -> list[str]:
    """Words that pip and uv share; anew: what is there may be half a package, so do not trust it."""
    return [*(["--force-reinstall"] if anew else []), "--require-hashes", "-r", str(REQUIREMENTS / name)]


def uv_settings(pip: list[str]) -> dict[str, str]:
    """pip's settings as uv's environment; what the environment already tells uv stays as it is."""
    told = {UV_NAMES[name]: value for name, value in pip_settings(pip).items() if name in UV_NAMES}
    if "UV_FIND_LINKS" in told:
        told["UV_FIND_LINKS"] = ",".join(told["UV_FIND_LINKS"].split())
    if not os.access(Path("~").expanduser(), os.W_OK):
        told["UV_NO_CACHE"] = "1"
    return {name: value for name, value in told.items() if name not in os.environ}


def pip_settings(pip: list[str]) -> dict[str, str]:
    """What pip's files and environment say; a line reads `global.index-url='...'` or `:env:.cert='...'`."""
    found: dict[tuple[str, str], str] = {}
    for line in ask([*pip, "config", "list"]).stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        with contextlib.suppress(ValueError, SyntaxError):
            found[section, name] = " ".join(str(ast.literal_eval(value)).split())
    rising = ("global", "install", ":env:")  # the later one wins
    return {name: value for wanted in rising for (section, name), value in found.items() if section == wanted}


# -- other programs, and words --------------------------------------------------------------------------------------


def runs(command: list[str], environment: dict[str, str] | None = None) -> bool:
    """Whether it succeeded; if not, the end of what it said is shown, without its warnings on the way there."""
    done = ask(command, environment)
    if done.returncode != 0:
        lines = [line.strip() for line in done.stdout.splitlines()]
        for line in [line for line in lines if line and not line.lower().startswith("warning")][-5:]:
            say(f"    {line[:200]}")
    return done.returncode == 0


def ask(command: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own words, and no shell
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        close_fds=False,
        check=False,
    )


def say(sentence: str) -> None:
    """On standard error: what a command prints for other programs stays alone on standard output."""
    print(sentence, file=sys.stderr, flush=True)


def in_words(error: OSError) -> str:
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return (
            f"you may not write to {error.filename or ROOT}. Copy the project to a folder of yours, or make it yours."
        )
    return f"{error.strerror or error}{f' ({error.filename})' if error.filename else ''}."


if __name__ == "__main__":
    main()
