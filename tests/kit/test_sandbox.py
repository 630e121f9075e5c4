import sys
import threading
import time
from pathlib import Path

import pytest

from crm.kit import sandbox

PROBE = "tests.kit.sandboxed"


def run(task, **limits):
    return sandbox.run(PROBE, [task], input=limits.pop("input", b""), **limits)


def test_what_the_module_writes_comes_back():
    assert run("echo", input=b"hello") == b"hello"


def test_large_input_and_output_pass_at_once():
    data = bytes(range(256)) * 20_000
    assert run("echo", input=data) == data


def test_several_threads_at_once():
    answers = {}
    threads = [threading.Thread(target=lambda n=n: answers.update({n: run("echo", input=b"%d" % n)})) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: b"%d" % n for n in range(6)}


def test_the_clock_of_the_parent_ends_it():
    started = time.monotonic()
    with pytest.raises(sandbox.Killed, match="too long") as killed:
        run("sleep", seconds=1)
    assert time.monotonic() - started < 5
    assert killed.value.output == b"before"


def test_a_child_that_closes_its_output_and_stays_is_ended_too():
    with pytest.raises(sandbox.Killed, match="too long"):
        run("linger", seconds=1)


def test_processor_time_is_limited():
    with pytest.raises(sandbox.Killed, match="too long"):
        run("spin", cpu_seconds=1, seconds=30)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not enforce a limit on memory")
def test_memory_is_limited():
    with pytest.raises(sandbox.Killed, match="memory"):
        run("eat", memory_mb=200)


def test_output_is_capped():
    with pytest.raises(sandbox.Killed):
        run("shout", output_bytes=100_000)


def test_a_flood_of_errors_is_cut_and_does_not_block():
    assert run("complain") == b"done"


def test_a_crash_is_told_from_a_delay():
    with pytest.raises(sandbox.Killed, match="damaged"):
        run("abort")
    with pytest.raises(sandbox.Killed, match="damaged") as killed:
        run("raise")
    assert "RuntimeError" in killed.value.detail


@pytest.mark.parametrize(
    "task",
    [
        "connect",
        "resolve",
        "bind",
        "spawn",
        "fork",
        "system",
        "exec",
        "write",
        "append",
        "os_open",
        "remove",
        "rename",
        "mkdir",
        "chmod",
        "kill",
    ],
)
def test_doors_are_closed(task, tmp_path):
    mark = tmp_path / "mark"
    mark.write_text("here")
    assert sandbox.run(PROBE, [task, str(mark)], input=b"") == b"PermissionError"
    assert mark.read_text() == "here"
    assert list(tmp_path.iterdir()) == [mark]


def test_the_child_sees_no_secret(monkeypatch):
    monkeypatch.setenv("CRM_SECRET_KEY", "canary")
    assert b"canary" not in run("environment")


@pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")
def test_limits_are_set_in_the_child():
    limits = dict(line.split() for line in run("limits").decode().splitlines())
    assert limits == {"CORE": "0", "FSIZE": "0", "NPROC": "0", "NOFILE": "64", "AS": str(512 * 1024 * 1024)}


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
def test_native_code_has_no_network_where_the_kernel_allows_it():
    """The audit hook sees Python alone: below it stands an empty network."""
    if run("namespace") == Path("/proc/self/ns/net").readlink().name.encode():
        pytest.skip("this kernel lets nobody make a network of their own")
    assert run("interfaces").split() == [b"lo"]


def test_nothing_is_left_behind():
    with pytest.raises(sandbox.Killed):
        run("sleep", seconds=0.5)
    listing = Path("/proc")
    if listing.exists():
        commands = [_command(entry) for entry in listing.iterdir() if entry.name.isdigit()]
        assert not [command for command in commands if PROBE.encode() in command and b"sleep" in command]


def _command(entry):
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""
