"""A backup is made while letters leave, and restored a day later: none leaves before the release, none twice after it,
and none that somebody stopped in between. Whoever sends, serves, restores and releases is a process of its own.
"""

import json
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import bindparam, select, text

from crm.cli import backup
from crm.db import db, unit_of_work
from crm.domain import api_tokens, candidates, consents, forwards, outbox, withdrawals
from crm.kit import clock, files
from tests import make
from tests.cli.test_backup import rewritten
from tests.faults import auditor
from tests.faults import house as houses
from tests.faults.house import SECONDS, House
from tests.journeys.test_restore_drill import maillog
from tests.servers import program

A_DAY = timedelta(days=1)
STOPPED = ("withdrawn", "revoked", "deleted", "opted out")
ORDER = ("kept",) * 4 + STOPPED + ("kept",) * 4 + STOPPED * 2 + ("kept",) * 4
"""Whose letters wait when the backup is made, in the order in which they leave."""
CARRIED = select(forwards.Forward).where(forwards.Forward.letter_id == bindparam("letter"))
LEAVE_SINCE = 7
"""So many of them leave before people change their minds."""
SLOWLY = {"CRM_TEST_SWITCH": "1", "CRM_FAILPOINT": "after_354:sleep=0.1", "CRM_SENDERS": "1"}
FROZEN_SECONDS = 1.5


@dataclass
class Figures:
    """Of all rounds together: without some of each, nothing was shown."""

    left_since_the_backup: int = 0
    never_left: int = 0
    posted: int = 0
    stopped: int = 0
    forgotten: set[str] = field(default_factory=set, repr=False)
    """Message-IDs that were known when the database was replaced."""
    seconds: list[float] = field(default_factory=list)


@pytest.fixture
def house(house, app):
    """With nobody else connected, for a database in use is not replaced."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return house


@pytest.mark.timeout(240)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_restored_backup_neither_sends_by_itself_nor_twice(house, tmp_path):
    restore_under_load(house, tmp_path, rounds=2)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_restored_backups_neither_send_by_themselves_nor_twice(house, tmp_path):
    restore_under_load(house, tmp_path, rounds=10)


def restore_under_load(house: House, folder, rounds: int) -> None:
    figures, token = Figures(), someone_who_posts(house)
    for number in range(rounds):
        began = time.monotonic()
        Round(house, folder / f"{number}.tar", number, token, figures).play()
        figures.seconds.append(round(time.monotonic() - began, 1))
    print(house.app.config["SQLALCHEMY_DATABASE_URI"].split(":")[0], figures)
    assert figures.left_since_the_backup >= rounds
    assert figures.stopped >= rounds
    assert figures.never_left >= rounds


@dataclass
class Round:
    house: House
    file: object
    number: int
    token: str
    figures: Figures
    queued: dict[str, list[str]] = field(default_factory=dict)
    """Ids of the letters that wait when the backup is made, by what becomes of them."""
    posted: list[str] = field(default_factory=list)

    def play(self) -> None:
        with self.at_work(**SLOWLY), self.beside():
            self.back_up()
            self.people_change_their_minds()
        before, arrived = auditor.by_id(self.house.database_url), self.arrivals()
        self.restore()
        with self.at_work() as enough_posted:
            self.nothing_leaves(arrived)
            self.release()
            enough_posted()
            houses.wait_until(lambda: not auditor.on_the_way(self.house.database_url))
        self.check(before, arrived)

    def back_up(self) -> None:
        """Some letters end in doubt by themselves, and some are told to come again."""
        self.house.sink.plan("dot", "reset_after_accept", 1)
        self.house.sink.plan("dot", "4xx", 1)
        self.queue()
        sent = len(self.house.sink.messages)
        with self.house.app.app_context():
            backup.write(self.file)
        grow_old(self.file)
        houses.wait_until(lambda: len(self.house.sink.messages) >= sent + LEAVE_SINCE)

    def queue(self) -> None:
        with self.inside() as session:
            by = houses.alice()
            people = {who: self.person(who) for who in {*ORDER}}
            session.execute(text("UPDATE consent SET recorded_at = :then"), {"then": clock.now() - 3 * A_DAY})
            carol = make.colleague(by, email=f"carol{self.number}@acme.example.org")
            dora = make.colleague(by, "Dora", email=f"dora{self.number}@acme.example.org")
            for who in ORDER:
                sent = make.forward(by, people[who], dora if who == "opted out" else carol)
                self.queued.setdefault(who, []).append(sent.letter.id)

    def person(self, who: str):
        person = make.candidate(houses.alice(), f"{who} {self.number}", email="")
        make.resume(person, houses.alice(), content=f"{who} {self.number} knows Kafka".encode(), filename="a.txt")
        make.consent(person, houses.alice())
        return person

    def people_change_their_minds(self) -> None:
        """While the workers go on."""
        by = houses.alice
        for letter in self.queued["revoked"]:
            with self.inside() as session:
                forward = session.scalars(CARRIED, {"letter": letter}).one().id
                forwards.revoke(forwards.find(forward, seen_by=by()), by=by())
        with self.inside():
            outbox.suppress(f"dora{self.number}+x@acme.example.org", why="unsubscribed")
        with self.inside() as session:
            consent = session.scalars(CARRIED, {"letter": self.queued["withdrawn"][0]}).one().consent_id
            withdrawals.withdraw(session.get_one(consents.Consent, consent), by=by())
        with self.inside() as session:
            candidate = session.scalars(CARRIED, {"letter": self.queued["deleted"][0]}).one().candidate_id
            candidates.delete(candidates.find(candidate, seen_by=by()), by=by())

    def restore(self) -> None:
        """Again while the database still knows the connection of a process that was killed."""
        self.close()
        words = ("restore", str(self.file), "--replace")
        houses.wait_until(lambda: "still running" not in self.command(*words), seconds=SECONDS)
        assert "Brought over from the database that was replaced: 1 opt-out, 1 withdrawn permission" in self.said

    def nothing_leaves(self, arrived) -> None:
        """Nor what is posted only now."""
        known = len(self.posted)
        time.sleep(FROZEN_SECONDS)
        houses.wait_until(lambda: len(self.posted) > known)
        assert self.arrivals() == arrived, "a letter left before the release"
        assert {row.state for row in self.rows(*ORDER)}.isdisjoint(auditor.ON_THE_WAY)

    def release(self) -> None:
        """By turns the log settles what is in doubt before the release, and only after it."""
        log, before = self.file.with_suffix(".log"), self.arrivals()
        log.write_text("\n".join(maillog(self.house.sink, clock.now() - 2 * A_DAY)) + "\n")
        if self.number % 2 == 0:
            self.command("outbox", "release", "--maillog", str(log))
            return
        self.command("outbox", "release")
        houses.wait_until(lambda: self.arrivals() != before)
        left = {*(self.arrivals() - before)}
        assert left.isdisjoint(row.message_id for row in self.rows(*ORDER)), "it was in doubt, and left"
        self.command("reconcile", "--maillog", str(log))

    def check(self, before, arrived) -> None:
        after, now = auditor.by_id(self.house.database_url), self.arrivals()
        assert set(now.values()) == {1}, "a letter arrived twice"
        for row in self.rows(*STOPPED):
            assert now[row.message_id] == arrived[row.message_id], f"{row} was stopped, and left after the restore"
        for row in self.rows("kept"):
            assert now[row.message_id] == 1, f"{row} was lost"
        assert {row.state for row in self.rows("kept")} <= auditor.HAVE_LEFT
        since = [letter for letter in self.posted if letter in after]
        assert all(now[after[letter].message_id] == 1 for letter in since), "what was posted after the restore was lost"
        self.audit({row.message_id for row in before.values()}, since)
        self.count(arrived, now)

    def audit(self, known, acknowledged) -> None:
        """What was queued after the backup and left is known to no database any more."""
        found = self.house.audit([*acknowledged, *(letter for letters in self.queued.values() for letter in letters)])
        self.figures.forgotten |= known
        unknown = {f"{message_id} arrived and nobody queued it" for message_id in self.figures.forgotten}
        found.without_a_yes = [one for one in found.without_a_yes if one not in unknown]
        assert found.clean, found

    def count(self, arrived, now) -> None:
        self.figures.posted += len(self.posted)
        self.figures.left_since_the_backup += sum(arrived[row.message_id] for row in self.rows(*ORDER))
        self.figures.never_left += sum(now[row.message_id] - arrived[row.message_id] for row in self.rows("kept"))
        self.figures.stopped += sum(not now[row.message_id] for row in self.rows(*STOPPED))

    # --- parts

    @contextmanager
    def inside(self):
        with self.house.app.app_context(), unit_of_work(writes=True) as session:
            yield session

    def rows(self, *whose: str) -> list[auditor.Row]:
        known = auditor.by_id(self.house.database_url)
        return [known[letter] for who in {*whose} for letter in self.queued[who]]

    def arrivals(self):
        return auditor.arrivals(self.house.log)

    def close(self) -> None:
        with self.house.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def command(self, *words: str) -> str:
        # Not by -m crm, which leaves out what only tests need: PostgreSQL's own programs may be among that.
        command = [sys.executable, "-c", "from crm.cli import main\nmain()", *words]
        run = program.run(self.house.folder, command=command, **self.house.settings)
        code, self.said = run.leash.holder.wait(SECONDS), run.output()
        assert code == 0 or "still running" in self.said, self.said
        return self.said

    @contextmanager
    def at_work(self, **switches: str):
        """The program as it is served, and somebody who posts all the time until they are told that it is enough."""
        settings = self.house.settings | {"CRM_API_REQUESTS_A_MINUTE": "100000"} | switches
        served, enough = program.serve(self.house.folder, **settings), threading.Event()
        posting = threading.Thread(target=self.post_until, args=(enough, served.url))
        posting.start()

        def enough_posted():
            enough.set()
            posting.join()

        try:
            yield enough_posted
        finally:
            enough_posted()
            self.end(served)

    @contextmanager
    def beside(self):
        """A second one who sends."""
        settings = self.house.settings | SLOWLY
        worker = program.run(self.house.folder, command=[sys.executable, "-m", "crm", "worker"], **settings)
        try:
            worker.wait_for("(worker is ready)", SECONDS)
            yield
        finally:
            self.end(worker)

    def end(self, running: program.Program) -> None:
        """Every other time as by a power cut."""
        (running.kill if self.number % 2 else running.stop)()
        self.close()

    def post_until(self, enough: threading.Event, url: str) -> None:
        for number in count():
            if enough.wait(0.3):
                return
            self.posted.append(post(url, self.token, f"round {self.number}, {number}, {clock.now()}"))


def someone_who_posts(house: House) -> str:
    """The candidate whose letters are posted, and a token to do so: "id token"."""
    house.queue()
    house.finish()
    with house.app.app_context(), unit_of_work(writes=True) as session:
        ada = session.scalar(candidates.listed(houses.alice()))
        return f"{ada.id} {api_tokens.add(houses.alice(), scope='write', days=9, by=None)[1]}"


def post(url: str, known: str, key: str) -> str:
    """The id of the letter."""
    candidate, token = known.split()
    body = {"to": "carol@acme.example.org", "name": "Carol Devereux", "company": "Acme", "note": key}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
    wanted = urllib.request.Request(f"{url}/api/v1/candidates/{candidate}/forwards", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(wanted, timeout=60) as answer:
        return json.loads(answer.read())["letter"]["id"]


def grow_old(file) -> None:
    """As if the backup had been made a day earlier."""

    def older(found):
        told = json.loads(found["manifest.json"])
        told["made_at"] = (datetime.fromisoformat(told["made_at"]) - A_DAY).isoformat()
        found["manifest.json"] = json.dumps(told).encode()
        return found | {"manifest.sha256": files.sha256(found["manifest.json"]).encode()}

    rewritten(file, older)
