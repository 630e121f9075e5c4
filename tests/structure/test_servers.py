"""The servers under the tests: they start, they serve, and they are gone with the run that started them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from tests.servers import Unavailable, fixtures, needed, postgres, program

ROOT = Path(__file__).parents[2]
SHARE = """
import sys
from pathlib import Path
from tests.servers import postgres
print(postgres.share(Path(sys.argv[1])).url)
"""
HOLD = """
from pathlib import Path
from tests.servers.leash import hold
print(hold(["sleep", "60"], log=Path("log"), cwd=Path(".")).pid, flush=True)
input()
"""
PROGRAM = """
import os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
host, port = os.environ["CRM_LISTEN"].split(":")
print("One-time code: abc-123", os.environ["CRM_INSTANCE"], os.environ.get("CRM_SMTP_URL"), flush=True)
HTTPServer((host, int(port)), Page).serve_forever()
"""


def ask(url, statement):
    with create_engine(url, poolclass=NullPool).begin() as connection:
        answer = connection.execute(text(statement))
        return answer.scalar() if answer.returns_rows else None


def until(true, seconds=10):
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def python(code, *arguments, cwd=ROOT):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, cwd=cwd, env=environment, stdin=PIPE, stdout=PIPE, text=True)


@pytest.fixture
def own_postgres(monkeypatch):
    monkeypatch.delenv("CRM_TEST_POSTGRES_URL", raising=False)
    with needed():
        postgres.programs()


@pytest.fixture
def database(postgres_server):
    name = f"servers_{os.getpid()}"
    yield postgres.create_database(postgres_server, name)
    postgres.drop_database(postgres_server, name)


def test_a_database_has_what_search_needs(database):
    ask(database, "CREATE EXTENSION unaccent")
    ask(database, "CREATE EXTENSION pg_trgm")
    assert ask(database, "SELECT unaccent('Zoë Müller')") == "Zoe Muller"
    assert ask(database, "SELECT similarity('Müller', 'Mueller') > 0.3")
    assert ask(database, "SELECT lower('ÉÇÜ')") == "éçü"


def test_a_database_keeps_what_it_confirms(database):
    assert [ask(database, f"SHOW {name}") for name in ("fsync", "synchronous_commit")] == ["on", "on"]


def test_a_database_is_copied_from_a_template(postgres_server, database):
    ask(database, "CREATE TABLE kept AS SELECT 7 AS n")
    copy = postgres.create_database(postgres_server, f"copy_{os.getpid()}", template=f"servers_{os.getpid()}")
    try:
        assert ask(copy, "SELECT n FROM kept") == 7
    finally:
        postgres.drop_database(postgres_server, f"copy_{os.getpid()}")


def test_two_workers_share_a_server_that_goes_with_the_run(own_postgres):
    folder = postgres.new_folder()
    alive = fixtures.hold(folder)
    try:
        workers = [python(SHARE, str(folder)) for _ in range(2)]
        (url,) = {worker.communicate()[0].strip() for worker in workers}
        assert ask(url, "SELECT 1") == 1  # both workers have ended, the run has not
    finally:
        os.close(alive)
    assert until(lambda: not folder.exists())


def test_a_server_of_ones_own_is_stopped(own_postgres):
    server = postgres.start()
    assert ask(server.url, "SELECT 1") == 1
    server.stop()
    with pytest.raises(OperationalError):
        ask(server.url, "SELECT 1")


def test_a_server_ends_with_a_killed_holder(tmp_path):
    holder = python(HOLD, cwd=tmp_path)
    pid = int(holder.stdout.readline())
    assert is_alive(pid)
    holder.kill()
    holder.communicate()
    assert until(lambda: not is_alive(pid))


def test_what_is_missing_is_skipped_or_fails(monkeypatch):
    def ask_for_it():
        with needed():
            raise Unavailable("no such server")

    monkeypatch.delenv("CRM_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no such server"):
        ask_for_it()
    monkeypatch.setenv("CRM_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="no such server"):
        ask_for_it()


def test_the_program_serves_tells_its_code_and_stops(tmp_path):
    with program.serve(tmp_path / "instance", command=[sys.executable, "-c", PROGRAM], CRM_SMTP_URL="smtp://x") as live:
        code, folder, smtp = live.wait_for(r"One-time code: (.*)").split()
        assert (code, folder, smtp) == ("abc-123", str(tmp_path / "instance"), "smtp://x")
        assert is_alive(live.pid)
    assert not is_alive(live.pid)


def test_the_program_can_be_killed_and_started_again_at_the_same_address(tmp_path):
    command = [sys.executable, "-c", PROGRAM]
    first = program.serve(tmp_path, command=command)
    assert first.kill() == 128 + signal.SIGKILL
    with program.serve(tmp_path, command=command, CRM_LISTEN=first.listen) as second:
        assert second.url == first.url


def test_a_program_that_does_not_start_says_why(tmp_path):
    with pytest.raises(RuntimeError, match="out of paper"):
        program.serve(tmp_path, command=[sys.executable, "-c", "raise SystemExit('out of paper')"])
