"""Sending 200 kB attachments through the whole delivery, against bare smtplib over one reused connection.

    .venv/bin/python benchmarks/sending.py --letters 100

Both talk to the same mail server, a process of its own that writes each letter to its log and syncs it before it says
250, as a real one does (`--no-log` leaves that out). They take turns, so that whatever else the machine does slows
both. Prints one JSON line for each figure: the ratio of their speeds, and the least that is promised.
"""

import argparse
import json
import os
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import Select

from crm import create_app
from crm.app import App
from crm.db import db, unit_of_work
from crm.domain import colleagues, consents, forwards, resumes, users, workspace
from crm.domain.candidates import Candidate, Facts, add
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.mail.smtp import Connection, Relay
from crm.migrations import upgrade
from crm.worker import Worker
from tests import documents
from tests.servers.smtp import SmtpSink

ROOT = Path(__file__).parents[1]
SIZE = 200_000
TURNS = 5
PROMISED = 0.85
MAIL_FROM = "crm@bench.example.org"


def main() -> None:
    given = _arguments()
    with tempfile.TemporaryDirectory() as folder, _sink(Path(folder), log=given.log) as url:
        app = create_app(
            instance=Path(folder) / "instance", secret_key="x" * 40, argon2_memory_kib=8, smtp_url=url,
            mail_from=MAIL_FROM, undo_seconds=0, letters_a_day=1_000_000, domain_letters_a_minute=1_000_000,
            domain_letters_a_day=1_000_000,
        )  # fmt: skip
        with app.app_context():
            upgrade.to_newest()
            by_id = _set_up()
        _compare(app, url, by_id, "one resume to many people", given.letters, resume_count=1)
        _compare(app, url, by_id, "each resume to one person", given.letters, resume_count=given.letters)


def _compare(app: App, url: str, by_id: str, what: str, count: int, *, resume_count: int) -> None:
    raw = _first_of(app, by_id)
    a_turn = count // TURNS
    ours, bare, cpu = 0.0, 0.0, 0.0
    with smtplib.SMTP(*urlsplit(url).netloc.split(":")) as wire:
        wire.ehlo()
        for _ in range(TURNS):
            _queue(app, by_id, a_turn, min(a_turn, resume_count))
            began = time.process_time()
            ours += _seconds(lambda: _send_all(app))
            cpu += time.process_time() - began
            bare += _seconds(lambda: [wire.sendmail(MAIL_FROM, ["carol@acme.example.org"], raw) for _ in range(a_turn)])
    sent = TURNS * a_turn
    told = {"what": f"sending, {what}", "unit": "x bare smtplib", "figure": round(bare / ours, 2), "limit": PROMISED}
    told |= {"kept": bare / ours >= PROMISED, "bytes": len(raw), "letters": sent}
    told |= {"ms a letter": round(1000 * ours / sent, 1), "ms bare": round(1000 * bare / sent, 1)}
    told |= {"ms CPU a letter": round(1000 * cpu / sent, 1)}
    print(json.dumps(told), flush=True)


def _send_all(app: App) -> None:
    """As the worker does it, from its start until the outcome of the last letter is committed."""
    stop = threading.Event()
    running = threading.Thread(target=Worker(app).run, args=(stop,))
    running.start()
    waiting = db.select(db.func.count()).select_from(Letter).where(Letter.state != "accepted")
    with app.app_context():
        while _answer(waiting):
            time.sleep(0.05)  # asked more often, the asking would be part of what is measured
    stop.set()
    threading.Thread(target=running.join).start()  # that it looks around for half a second more is not sending


def _answer(question: Select[int]) -> int:
    with unit_of_work(writes=False) as session:
        return session.scalar(question) or 0


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _first_of(app: App, by_id: str) -> bytes:
    """The bytes of one letter as it goes over the wire; it also warms the worker up."""
    _queue(app, by_id, 1, 1)
    with SmtpSink() as sink, Connection(Relay.parse(sink.url), hello="bench.example.org") as connection:
        with app.app_context():
            Worker(app).step(connection)
        return sink.messages[0].raw


@contextmanager
def _sink(folder: Path, *, log: bool) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.servers.smtp", *(["--log", str(folder / "sink.log")] if log else [])]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        try:
            yield f"smtp://127.0.0.1:{running.stdout.readline().strip()}?tls=none"
        finally:
            running.terminate()


def _set_up() -> str:
    with unit_of_work(writes=True):
        hashed = users.hash_password("a long and easy sentence")
        user = workspace.set_up(company="Bench", name="Alice", email="alice@bench.example.org", password_hash=hashed)
        colleagues.add(name="Carol Devereux", email="carol@acme.example.org", company="Acme", by=user)
        return user.id


def _queue(app: App, by_id: str, count: int, resume_count: int) -> None:
    """Forwards in the order in which a person would make them: one resume to all it may interest, then the next."""
    with app.app_context(), unit_of_work(writes=True) as session:
        by = session.get_one(User, by_id)
        carol = colleagues.by_email("carol@acme.example.org")
        assert carol
        kept = [_candidate_with_resume(by, number) for number in range(resume_count)]
        for number in range(count):
            plan = forwards.plan(kept[min(number, resume_count - 1)], carol, by=by, deliver="attachment")
            forwards.send(plan, by=by)


def _candidate_with_resume(by: User, number: int) -> Candidate:
    """Incompressible, as pictures and fonts in a resume are; read already, so that the worker only sends."""
    person = add(Facts(full_name=f"Candidate {number}"), by=by)
    content = documents.pdf(person.full_name, ["Streaming data"])
    resume = resumes.add(resumes.receive("resume.pdf", content + b"\n%" + os.urandom(SIZE - len(content))), by=by,
                         candidate=person)  # fmt: skip
    resume.state = "read"
    consents.record(person, purpose="forward", company="Acme", evidence="said so on the phone", by=by)
    return person


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=100)
    parser.add_argument("--no-log", dest="log", action="store_false", help="a mail server that keeps nothing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
