"""The launcher, as a program: on a small project of its own, without a network, with one package made here."""

import ast
import base64
import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LAUNCHER = ROOT / "crm" / "__main__.py"
REQUIREMENTS = ROOT / "crm" / "requirements"

APP = """
import os, sys, paperclip
def main():
    print(sys.argv[1:], os.getpid(), sys.prefix, sys.stdin.read())
    sys.exit(paperclip.holds)
"""


class Project:
    """A folder with the real launcher, an app of a few lines, and lock files that pin one package."""

    def __init__(self, root):
        self.root, self.venv, self.stamp = root, root / ".venv", root / ".venv" / "first-call.json"
        (root / "crm" / "requirements").mkdir(parents=True)
        (root / "wheels").mkdir()
        (root / "crm" / "cli.py").write_text(APP)
        (root / "crm" / "__init__.py").touch()
        shutil.copy(LAUNCHER, root / "crm")
        self.lock("boot.txt", "uv==0.0.1", "0" * 64)  # cannot be had, so pip does the work
        self.lock("core.txt", "paperclip==1.0", make_wheel(root / "wheels", "paperclip", "holds = 7"))

    def lock(self, name, pin, sha256):
        (self.root / "crm" / "requirements" / name).write_text(f"{pin} \\\n    --hash=sha256:{sha256}\n")

    def start(self, *words, **more):
        return subprocess.Popen(
            [sys.executable, "-m", "crm", *words],
            cwd=self.root,
            env=offline(self.root / "wheels"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def run(self, *words, stdin=""):
        started = self.start(*words)
        out, err = started.communicate(stdin, timeout=60)
        assert "Traceback" not in err, err
        return started, out, err


def offline(wheels):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "PYTHON"))}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}


def make_wheel(folder, name, code):
    """Write `name` 1.0 as a wheel; answer its SHA-256."""
    about = f"{name}-1.0.dist-info"
    members = {
        f"{name}.py": code,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    sums = {
        path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        for path, text in members.items()
    }
    record = "".join(f"{path},sha256={sums[path]},{len(text)}\n" for path, text in members.items())
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**members, f"{about}/RECORD": record + f"{about}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def load(path):
    """The launcher of another folder as a module: all its paths are below that folder."""
    spec = importlib.util.spec_from_file_location("launcher", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A project whose first start was killed halfway, and whose second start has just put that right."""
    project = Project(tmp_path_factory.mktemp("project"))
    halfway = project.venv / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    (halfway / "paperclip-1.0.dist-info").mkdir(parents=True)
    (project.venv / "pyvenv.cfg").touch()
    (project.venv / "first-call.lock").touch()
    project.stamp.write_text(json.dumps({"python": sys.implementation.cache_tag, "core.txt": "begun"}))
    project.first = project.run()
    return project


@pytest.fixture
def launcher(tmp_path):
    return load(Project(tmp_path).root / "crm" / "__main__.py")


def test_the_first_start_installs_and_goes_on_with_serve(installed):
    started, out, err = installed.first
    assert started.returncode == 7, err
    assert out.startswith(f"['serve'] {started.pid} {installed.venv}")
    assert "First Call sets itself up" in err
    assert "Ready after" in err


def test_the_next_start_is_silent_and_the_same_process_with_its_words_and_input(installed):
    started, out, err = installed.run("user", "list", stdin="a word on standard input")
    assert out == f"['user', 'list'] {started.pid} {installed.venv} a word on standard input\n"
    assert (started.returncode, err) == (7, "")


def test_a_start_from_within_the_environment_goes_on_directly(installed):
    inside = [installed.venv / "bin" / "python", "-m", "crm"]
    done = subprocess.run(inside, cwd=installed.root, input="", capture_output=True, text=True, check=False)
    assert done.stdout.startswith("['serve']")
    assert (done.returncode, done.stderr) == (7, "")


def test_a_second_start_waits_for_the_one_that_installs(installed):
    finished = installed.stamp.read_text()
    with (installed.venv / "first-call.lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        installed.stamp.unlink()
        waiting = installed.start()
        assert "waiting for it" in waiting.stderr.readline()
        installed.stamp.write_text(finished)
    out, err = waiting.communicate("", timeout=60)
    assert out.startswith("['serve']")
    assert "fetching" not in err


def test_a_package_that_does_not_match_its_hash_is_refused_in_a_sentence(installed):
    make_wheel(installed.root / "wheels", "stapler", "")
    installed.lock("test.txt", "stapler==1.0", "0" * 64)
    started, out, err = installed.run("test")
    assert (started.returncode, out) == (1, "")
    assert "could not fetch its packages" in err
    assert installed.run()[0].returncode == 7, "the program itself still starts"


def test_lock_files_that_changed_are_missing(launcher):
    launcher.PYTHON.parent.mkdir(parents=True)
    launcher.PYTHON.touch()
    launcher.write_stamp({name: launcher.digest(name) for name in launcher.ALWAYS})
    assert launcher.missing(launcher.ALWAYS) == []
    (launcher.REQUIREMENTS / "core.txt").write_text("paperclip==2.0\n")
    assert launcher.missing(launcher.ALWAYS) == ["core.txt"]


@pytest.mark.parametrize(
    "stamp",
    [
        '{"python": "cpython-300", "boot.txt": "x", "core.txt": "x"}',
        f'{{"python": "{sys.implementation.cache_tag}", "boot.txt": "x", "core.txt": "begun"}}',
        '{"python": "cpyth',
    ],
    ids=["another Python", "cut off", "torn"],
)
def test_a_stamp_that_cannot_be_trusted_counts_as_nothing(launcher, stamp):
    launcher.PYTHON.parent.mkdir(parents=True)
    launcher.PYTHON.touch()
    launcher.STAMP.write_text(stamp)
    assert launcher.read_stamp() == {}


def test_a_stamp_without_its_python_counts_as_nothing(launcher):
    launcher.VENV.mkdir()
    launcher.write_stamp({"boot.txt": "x", "core.txt": "x"})
    assert launcher.read_stamp() == {}


def test_pips_settings_reach_uv_and_its_own_variables_win(launcher, tmp_path, monkeypatch):
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = file:///a\nextra-index-url =\n  file:///b\n  file:///c\n[install]\ncert = /d\n"
    )
    for name in [*launcher.UV_NAMES.values(), *(name for name in os.environ if name.startswith("PIP_"))]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("PIP_FIND_LINKS", "/e /f")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "file:///mine")
    told = launcher.uv_settings(launcher.find_pip())
    assert (told["UV_INDEX"], told["UV_FIND_LINKS"], told["SSL_CERT_FILE"]) == ("file:///b file:///c", "/e,/f", "/d")
    assert "UV_DEFAULT_INDEX" not in told


def test_an_old_python_and_windows_get_a_sentence(launcher):
    launcher.refuse_unfit((3, 11, 0), "linux")
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, and this is Python 3\.9\.2"):
        launcher.refuse_unfit((3, 9, 2), "linux")
    with pytest.raises(SystemExit, match="WSL"):
        launcher.refuse_unfit((3, 12, 0), "win32")


def test_a_folder_of_somebody_else_under_our_name_is_left_alone(launcher):
    launcher.VENV.mkdir()
    (launcher.VENV / "novel.txt").write_text("chapter one")
    with pytest.raises(SystemExit, match="holds something else"):
        launcher.set_up(launcher.ALWAYS)
    assert [entry.name for entry in launcher.VENV.iterdir()] == ["novel.txt"]


def test_a_folder_that_may_not_be_written_is_named(launcher):
    denied = PermissionError(13, "Permission denied", "/srv/first-call/.venv")
    assert launcher.in_words(denied).startswith("you may not write to /srv/first-call/.venv.")


@pytest.mark.parametrize("name", ["__main__.py", "__init__.py"])
def test_what_runs_before_the_install_is_readable_by_old_pythons(name):
    ast.parse((ROOT / "crm" / name).read_text(), feature_version=(3, 7))


def test_the_launcher_needs_only_the_standard_library():
    importing = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import crm.__main__"
    done = subprocess.run([sys.executable, "-ISc", importing], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# -- the lock files -------------------------------------------------------------------------------------------------


def pins(name):
    """{name: version} of a lock file."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", (REQUIREMENTS / name).read_text(), re.M)
    return {canonicalize_name(package): Version(version) for package, version in found}


def wanted(name):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = project["optional-dependencies"].get(Path(name).stem, [])
    return [Requirement(line) for line in [*project["dependencies"], *extra]]


@pytest.mark.parametrize("name", ["core.txt", "test.txt", "lint.txt"])
def test_every_dependency_is_pinned_to_a_version_that_it_allows(name):
    pinned = pins(name)
    loose = [
        str(need) for need in wanted(name) if not need.specifier.contains(pinned.get(canonicalize_name(need.name), "0"))
    ]
    assert loose == []


def test_all_lock_files_agree():
    core = pins("core.txt").items()
    assert core <= pins("test.txt").items()
    assert core <= pins("lint.txt").items()
    assert list(pins("boot.txt")) == ["uv"]


@pytest.mark.parametrize("name", ["boot.txt", "core.txt", "test.txt", "lint.txt"])
def test_every_pin_has_a_hash_and_no_line_names_an_address(name):
    text = (REQUIREMENTS / name).read_text()
    entries = re.split(r"\n(?! )", text.strip())
    assert [
        entry for entry in entries if not re.match(r"[a-z0-9-]+==\S+.*\\\n    --hash=sha256:[0-9a-f]{64}", entry)
    ] == []
    assert "://" not in text
    assert re.findall(r"^\s*-(?!-hash=sha256:).*", text, re.M) == []
