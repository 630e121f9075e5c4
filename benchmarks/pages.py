"""CPU and memory of pages, of the real server, against the floor: see benchmarks/served.py.

    .venv/bin/python benchmarks/pages.py --candidates 100000
    .venv/bin/python benchmarks/pages.py --candidates 100000 --url postgresql://... --keep /tmp/filled

Prints one JSON line for each figure: the ratio to the floor measured in the same run with its SQL statements, and the
limit promised for it. The CPU is that of the server's process and, with PostgreSQL on this machine, of the processes
that serve it. With --keep a filled workspace is used again. Where the floor differs much from the floor at the end,
somebody else was using the machine: the ratios tell little. At the end the memory of two such servers after all of it,
as PSS: what they share is counted once.
"""

import argparse
import json
import logging
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))

import served
from flask import Flask
from sqlalchemy import event, select, text

from crm.cli import seed
from crm.db import db, is_sqlite, unit_of_work
from crm.demo import synthetic
from crm.domain import applications, benches, paging, roles, users, workspace
from crm.domain.candidates import Candidate
from crm.kit import clock
from crm.migrations import upgrade

ROUNDS, OF_EACH = 5, 20
PASSWORD = "a long and easy sentence"
MOST_MEMORY = 160


class Server:
    """One process of the program, asked over one connection that stays open, by somebody who is signed in."""

    def __init__(self, home: Path, url: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.at = "127.0.0.1", int(free.getsockname()[1])
        command = [sys.executable, served.__file__, str(home), f"127.0.0.1:{self.at[1]}", *([url] if url else [])]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.cookie = ""
        self._wait()
        self._sign_in()

    def get(self, path: str) -> str:
        return self._ask("GET", path, wanted=200)

    def _sign_in(self) -> None:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get("/sign-in"))
        facts = {"email": "alice@example.org", "password": PASSWORD, "csrf_token": token[1]}
        self._ask("POST", "/sign-in", urlencode(facts), wanted=303)

    def _ask(self, method: str, path: str, body: str | None = None, *, wanted: int) -> str:
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        self.connection.request(method, path, body, {"Cookie": self.cookie, **kind})
        answer = self.connection.getresponse()
        page = answer.read().decode()
        if given := answer.getheader("Set-Cookie"):
            self.cookie = given.split(";")[0]
        assert answer.status == wanted, (path, answer.status)
        return page

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while True:
            self.connection = HTTPConnection(*self.at, timeout=120)
            try:
                self.connection.connect()
            except ConnectionRefusedError:
                assert self.process.poll() is None and time.monotonic() < until, "the server did not start"
                time.sleep(0.1)
            else:
                return


def main() -> None:
    given = _arguments()
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(given.keep or folder)
        home.mkdir(exist_ok=True)
        app = served.made(home, given.url)
        with app.app_context():
            upgrade.to_newest()
            is_new = users.is_empty()
        if is_new:
            _fill(app, given.candidates)
        with _server(home, given.url) as first:
            paths = _measure(app, first, given.candidates)
            with _server(home, given.url) as second:
                _ask_all(second, paths)
                memory = _memory(first.process.pid) + _memory(second.process.pid)
                _say("memory of two servers", memory, MOST_MEMORY, "MB")


def _measure(app: Flask, server: Server, count: int) -> list[str]:
    cpu = _meter(app, server)
    floor = cpu("/floor")
    _say("floor", floor * 1000, None, "ms")
    with app.app_context(), unit_of_work(writes=True):
        pages = list(_pages(*_somebody(count), _role_with_bench()))
    client = _signed_in(app)
    for name, path, limit in pages:
        figure = cpu(path)
        _say(name, figure / floor, limit, statements=_statements(app, client, path), ms=round(figure * 1000, 1))
    _say("floor, again", cpu("/floor") * 1000, None, "ms")
    return [path for _, path, _ in pages]


def _pages(somebody: Candidate, after: str, role_id: str) -> Iterator[tuple[str, str, float]]:
    word = somebody.full_name.split()[-1]
    yield "today", "/", 2
    yield "candidates by name", "/candidates?sort=name", 2
    yield "candidates by change", "/candidates?sort=recent", 2
    yield "candidates by due date", "/candidates?sort=due", 2
    yield "candidates by name, the last page", f"/candidates?sort=name&after={after}", 2
    yield "candidates with a filter", "/candidates?warmth=cold", 2
    yield "a candidate", f"/candidates/{somebody.id}", 2
    yield "a role with 50 on its bench", f"/roles/{role_id}", 2
    yield "search, a name", f"/search?q={word}", 2
    yield "search, a word in every resume", "/search?q=experience", 4
    yield "search, a phrase", f"/search?q=%22{somebody.full_name.replace(' ', '+')}%22", 2
    yield "search, one of a kind", f"/search?q={somebody.id[:9]}+{word}", 2
    yield "search, a common word less another", "/search?q=experience+-kafka", 4
    yield "search, common words that nowhere stand together", "/search?q=%22of+experience+years%22", 10
    yield "search, a filter", "/search?q=experience+warmth:cold", 4
    yield "search, a slip in a name", f"/search?q={word[0]}q{word[1:]}", 4
    yield "the list by a common word", "/candidates?q=experience", 4
    yield "suggestions", f"/search/suggestions?q={word[:3]}", 2
    yield "suggestions, the beginning of a common word", "/search/suggestions?q=exper", 4


def _somebody(count: int) -> tuple[Candidate, str]:
    """From the middle of the alphabet, and the mark after which the last page begins."""
    by_name = (Candidate.name_key, Candidate.id)
    found = db.session.scalars(select(Candidate).order_by(*by_name).offset(count // 2)).first()
    last = db.session.scalars(select(Candidate).order_by(*(key.desc() for key in by_name)).offset(25)).first()
    return found, paging.mark(last, by_name)


def _role_with_bench() -> str:
    """Filled, with everybody on its bench an application and a debrief."""
    alice = users.by_email("alice@example.org")
    role = roles.add(title="Head of Data", by=alice)
    people = db.session.scalars(select(Candidate).order_by(Candidate.id).limit(benches.MOST_PLACES)).all()
    for number, person in enumerate(people):
        made = applications.put(person, role, by=alice, stage="finalist", disposition="rejected")
        margin = applications.MARGINS[number % 3]
        applications.debrief(made, applications.Words(margin=margin, sentence="Ran the better case."), by=alice)
    benches.put(role, [benches.Seat(person, "Ran the better case.") for person in people], by=alice)
    roles.record_hire(role, by=alice, name="Nadia Brandt", starts_on=clock.today())
    return role.id


def _fill(app: Flask, count: int) -> None:
    with app.app_context():
        with unit_of_work(writes=True):
            workspace.set_up(
                company="Bench", name="Alice", email="alice@example.org", password_hash=users.hash_password(PASSWORD)
            )
        for batch in seed.batches(synthetic.people(count), seed.BATCH):
            with unit_of_work(writes=True):
                seed.add(batch, texts=True, with_files=False)
        if not is_sqlite():  # it does so by itself soon after
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))


# --- measuring


@contextmanager
def _server(home: Path, url: str) -> Iterator[Server]:
    server = Server(home, url)
    try:
        yield server
    finally:
        server.process.terminate()
        server.process.wait()


def _ask_all(server: Server, paths: list[str]) -> None:
    for path in paths * 3:
        server.get(path)


def _meter(app: Flask, server: Server) -> Callable[[str], float]:
    """Of a path: the seconds of CPU of one request, the best of several rounds."""

    def cpu(path: str) -> float:
        server.connection.close()  # the server may have, and it opens anew by itself
        for _ in range(OF_EACH):
            server.get(path)
        with app.app_context():
            pids = [server.process.pid, *_serving()]
        rounds = []
        for _ in range(ROUNDS):
            before = sum(map(_spent, pids))
            for _ in range(OF_EACH):
                server.get(path)
            rounds.append(sum(map(_spent, pids)) - before)
        return min(rounds) / OF_EACH

    return cpu


def _serving() -> list[int]:
    """PostgreSQL's processes for this database, less the one that is asked."""
    if is_sqlite():
        return []
    others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with unit_of_work(writes=False) as session:
        return list(session.scalars(text(others)))


def _spent(pid: int) -> float:
    """Seconds on a processor, of all threads that still are."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def _memory(pid: int) -> float:
    """PSS, in MB."""
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+) kB", told, re.MULTILINE)[1]) / 1024


def _signed_in(app: Flask):
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").get_data(as_text=True))
    facts = {"email": "alice@example.org", "password": PASSWORD, "csrf_token": token[1]}
    assert client.post("/sign-in", data=facts).status_code == 303
    return client


def _statements(app: Flask, client, path: str) -> int:
    seen = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", tell := lambda *given: seen.append(given[2]))
        client.get(path)
        event.remove(db.engine, "before_cursor_execute", tell)
    return sum(not one.startswith(("BEGIN", "PRAGMA", "SET ")) for one in seen)


def _say(what: str, figure: float, limit: float | None, unit: str = "x floor", **more: float) -> None:
    told = {"what": what, "unit": unit, "figure": round(figure, 2), **more}
    if limit is not None:
        told |= {"limit": limit, "kept": figure <= limit}
    print(json.dumps(told), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--url", default="", help="an empty PostgreSQL database; SQLite without it")
    parser.add_argument("--keep", default="", help="a folder in which the filled workspace stays")
    return parser.parse_args()


if __name__ == "__main__":
    main()
