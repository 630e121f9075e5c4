"""A database, a mail server with a log, and workers that are processes of their own: what the torture needs."""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crm.app import App
from crm.db import unit_of_work
from crm.domain import candidates, colleagues, users
from crm.domain.users import User
from tests import make, people
from tests.conftest import make_app
from tests.faults import auditor
from tests.servers import program
from tests.servers.program import Program
from tests.servers.smtp import SmtpSink

LEASE_SECONDS = 1
KILLED = 128 + signal.SIGKILL
SECONDS = 60
PATIENT = {"letters_a_day": 100_000, "domain_letters_a_minute": 100_000, "domain_letters_a_day": 100_000}


@dataclass
class House:
    app: App
    database_url: str
    folder: Path
    sink: SmtpSink

    @classmethod
    def build(cls, database_url: str, folder: Path, sink: SmtpSink) -> "House":
        app = make_app(
            folder, database_url, smtp_url=sink.url, mail_from="crm@norrland.example.org", retry_seconds=1,
            lease_seconds=LEASE_SECONDS, **PATIENT,
        )  # fmt: skip
        return cls(app, database_url, folder, sink)

    @property
    def log(self) -> Path:
        assert self.sink.log
        return self.sink.log

    def queue(self, count: int = 1) -> list[str]:
        """Forwards of Ada to Carol, each a letter of its own; the letters' ids. A yes is there, or is given anew."""
        with self.app.app_context(), unit_of_work(writes=True) as session:
            by = alice()
            ada = session.scalar(candidates.listed(by).limit(1)) or make.candidate(by)
            carol = colleagues.by_email("carol@acme.example.org") or make.colleague(by)
            return [make.forward(by, ada, carol).letter.id for _ in range(count)]

    def worker(self, failpoint: str = "", sabotage: str = "") -> Program:
        """`python -m crm worker`; `sabotage` is source that is run in it before it begins."""
        command = [sys.executable, "-m", "crm", "worker"]
        if sabotage:
            command = [sys.executable, "-c", f"{sabotage}\nfrom crm.cli import main\nmain()", "worker"]
        # One sender, so that one letter is at the place when it comes.
        switch = {"CRM_TEST_SWITCH": "1", "CRM_FAILPOINT": failpoint, "CRM_SENDERS": "1"} if failpoint else {}
        return program.run(self.folder, command=command, **self.settings, **switch)

    @property
    def settings(self) -> dict[str, str]:
        return {
            "PYTHONDONTWRITEBYTECODE": "",  # it is started again and again
            "CRM_DATABASE_URL": self.database_url,
            "CRM_SMTP_URL": self.sink.url,
            "CRM_MAIL_FROM": "crm@norrland.example.org",
            "CRM_UNDO_SECONDS": "0",
            "CRM_RETRY_SECONDS": "1",
            "CRM_LEASE_SECONDS": str(LEASE_SECONDS),
        } | {f"CRM_{name.upper()}": str(value) for name, value in PATIENT.items()}

    def finish(self, sabotage: str = "") -> None:
        """Workers to whom nothing happens see the rest through, and end when they are told to. A letter in doubt may
        come back when the worker that is told to end hears of a "not now".
        """
        while auditor.on_the_way(self.database_url):
            with self.worker(sabotage=sabotage) as last:
                last.wait_for("(worker is ready)", SECONDS)  # before that, to be told to end would kill it
                wait_until(lambda: not auditor.on_the_way(self.database_url), last.output)
                assert last.stop() == 0, last.output()

    def audit(self, acknowledged: list[str]) -> auditor.Audit:
        return auditor.audit(self.database_url, self.log, acknowledged=acknowledged)


def alice() -> User:
    found = users.by_email(people.address("alice"))
    assert found is not None
    return found


def wait_for_death(worker: Program) -> None:
    """Of a worker that a failpoint kills."""
    assert worker.leash.holder.wait(SECONDS) == KILLED, worker.output()


def wait_until_stopped(worker: Program) -> None:
    """Until a failpoint has stopped it: it is there, and does nothing."""
    wait_until(lambda: _is_stopped(worker.pid), worker.output)


def go_on(worker: Program) -> None:
    os.kill(worker.pid, signal.SIGCONT)


def wait_until(true: Callable[[], object], why: Callable[[], str] = str, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, why()
        time.sleep(0.05)


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
