"""What happens without a person waiting: letters leave, resumes are read, what is over is swept away."""

import os
import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask

from crm import config
from crm.db import unit_of_work
from crm.domain import (
    address_imports,
    advancing,
    asking,
    bulk,
    cards,
    codes,
    duplicates,
    erasing,
    importing,
    imports,
    intake,
    limits,
    news,
    profiles,
    resumes,
    saved_searches,
    shortlisting,
    sign_ins,
)
from crm.domain.resumes import Resume
from crm.kit import clock, files
from crm.kit.reading import Reading
from crm.kit.tokens import new_id
from crm.logs import log
from crm.mail import delivery, fetching, smtp
from crm.mail.reconciling import reconcile

IDLE_SECONDS = 0.5
FIRST_LETTERS_SECONDS = 3  # what waited while no worker ran is sent first; the schedule would be in its way
LOOK_SECONDS = 5  # a sender looks by itself, in case the first one is held up
AFTER_TROUBLE_SECONDS = 5
FETCH_EVERY = timedelta(minutes=1)
READ_LOG_EVERY = timedelta(minutes=1)
DESCRIBE_EVERY = timedelta(minutes=10)

SCHEDULE: tuple[tuple[timedelta, str, Callable[[datetime], object]], ...] = (
    (timedelta(minutes=3), "advance sequences", advancing.advance),
    (timedelta(seconds=20), "send shortlists", shortlisting.send_ready),
    (timedelta(minutes=30), "remind of questions about forwards", asking.remind),
    (timedelta(minutes=30), "end unanswered questions", asking.lapse),
    (timedelta(minutes=1), "end questions that reached nobody", asking.end_unasked),
    (timedelta(minutes=1), "tell of who newly fits", saved_searches.tell_of_new),
    (timedelta(minutes=1), "queue morning cards", cards.queue_due),
    (timedelta(hours=6), "sweep old cards", cards.sweep),
    (timedelta(hours=6), "sweep files of addresses", address_imports.sweep),
    (timedelta(hours=6), "sweep intakes", intake.sweep),
    (timedelta(minutes=1), "compare new records", duplicates.look),
    (timedelta(hours=6), "sweep files of candidates", imports.sweep),
    (timedelta(minutes=10), "sweep sessions", lambda _now: sign_ins.sweep()),
    (timedelta(hours=1), "erase deleted candidates", erasing.deleted_candidates),
    (timedelta(hours=1), "erase unclaimed resumes", erasing.unclaimed_resumes),
    (timedelta(hours=1), "sweep orphaned files", erasing.orphaned_files),
    (timedelta(hours=1), "sweep old codes", codes.sweep),
    (timedelta(hours=6), "sweep old news", news.sweep),
    (timedelta(hours=6), "sweep old acts on many", bulk.sweep),
    (timedelta(hours=6), "count the words of resumes", profiles.count_words),
    (timedelta(hours=6), "forget old answers", erasing.old_answers),
)
"""Each may run twice, or on two machines at once, without harm."""


class Worker:
    def __init__(self, app: Flask) -> None:
        self.app = app
        self.owner = f"{platform.node()[:40]}:{os.getpid()}:{new_id()[-6:]}"
        self.last_run: dict[str, datetime] = {}
        self.log_read = (0, 0)
        """Inode and size of the mail server's log when it was last read."""
        self.described = 0
        """Up to which entry of the search it was looked whose resume nobody has said yet what it is about."""
        self.more = threading.Event()
        """Set while the first sender finds letters: the others need not ask all the time."""

    def run(self, stop: threading.Event) -> None:
        """Until told to stop; what is under way is finished first. Letters have threads of their own, so that neither a
        resume nor a slow mailbox holds one up; so have files of candidates.
        """
        with self.app.app_context():
            count = config.current().senders
            senders = [threading.Thread(target=self._send_until, args=(stop, number)) for number in range(count)]
            others = [*senders, threading.Thread(target=self._import_until, args=(stop,))]
            for other in others:
                other.start()
            stop.wait(FIRST_LETTERS_SECONDS)
            while not stop.is_set():
                if not _safely(self._look_after, stop):
                    stop.wait(IDLE_SECONDS)
        self.more.set()
        for other in others:
            other.join()

    def drain(self) -> None:
        """Everything that is due now, and then no more; for the demo and for tests."""
        with self.app.app_context(), _connection() as connection:
            while self.step(connection):
                pass

    def step(self, connection: smtp.Connection | None) -> bool:
        """One letter, one resume, and whatever is due by the clock. Whether there was anything to do."""
        outcome = delivery.deliver_next(connection, self.owner)
        _warn_of_trouble(outcome)
        return self._look_after() or importing.step() or outcome is not None

    def _send_until(self, stop: threading.Event, number: int) -> None:
        with self.app.app_context(), _connection() as connection:
            while not stop.is_set():
                if number:
                    self.more.wait(LOOK_SECONDS)
                if not _safely(lambda: self._send_all(connection, number, stop), stop):
                    stop.wait(IDLE_SECONDS)

    def _import_until(self, stop: threading.Event) -> None:
        """A large file takes minutes, for which nothing else has to wait."""
        with self.app.app_context():
            while not stop.is_set():
                if not _safely(importing.step, stop):
                    stop.wait(IDLE_SECONDS)

    def _send_all(self, connection: smtp.Connection | None, number: int, stop: threading.Event) -> bool:
        """What is due. Whether there was any; the first sender calls the others with its first letter."""
        found = False
        for outcome in delivery.deliver(connection, f"{self.owner}:{number}", stop.is_set):
            found = True
            if not number:
                self.more.set()
            _warn_of_trouble(outcome)
        if not number:
            self.more.clear()
        return found

    def _look_after(self) -> bool:
        self._tick(clock.now())
        self._fetch_mail(clock.now())
        self._read_log(clock.now())
        return any([read_next(), act_on_some(), self._describe_some(clock.now())])

    def _read_log(self, now: datetime) -> None:
        """The mail server's own log settles what is in doubt, where it can be read here and has grown."""
        path = config.current().maillog
        if not path or not self._is_time("read log", READ_LOG_EVERY, now):
            return
        with suppress(FileNotFoundError), Path(path).open(encoding="utf-8", errors="replace") as lines:
            found = os.fstat(lines.fileno())
            if (found.st_ino, found.st_size) != self.log_read:
                reconcile(lines)
                self.log_read = (found.st_ino, found.st_size)

    def _fetch_mail(self, now: datetime) -> None:
        if config.current().imap_url and self._is_time("fetch mail", FETCH_EVERY, now):
            fetching.fetch()

    def _tick(self, now: datetime) -> None:
        for every, name, act in SCHEDULE:
            if self._is_time(name, every, now):
                with unit_of_work(writes=True):
                    act(now)
        if self._is_time("limits", timedelta(hours=1), now):
            limits.sweep()

    def _describe_some(self, now: datetime) -> bool:
        """What resumes are about that came many at once. A hundred thousand take minutes, so it goes by small steps,
        and nobody waits for the words to be counted.
        """
        if not self._is_time("describe resumes", DESCRIBE_EVERY, now):
            return False
        with unit_of_work(writes=False):
            people, last = profiles.missing(self.described)
        if made := profiles.made(people):
            with unit_of_work(writes=True):
                profiles.add(made)
        there_was_more, self.described = last != self.described, last
        if there_was_more:
            self.last_run.pop("describe resumes")
        return there_was_more

    def _is_time(self, name: str, every: timedelta, now: datetime) -> bool:
        """Whether it is due again; asked once, it counts as done."""
        last = self.last_run.get(name)
        due = last is None or now - last >= every
        if due:
            self.last_run[name] = now
        return due


@contextmanager
def _connection() -> Iterator[smtp.Connection | None]:
    connection = delivery.open_connection()
    try:
        yield connection
    finally:
        if connection is not None:
            connection.close()


def _warn_of_trouble(outcome: smtp.Outcome | None) -> None:
    if isinstance(outcome, smtp.RelayDown):
        log.warning("the mail server cannot be reached", extra={"facts": {"reply": outcome.reply}})


def _safely(step: Callable[[], bool], stop: threading.Event) -> bool:
    try:
        return step()
    except Exception:
        # The next step may well succeed (a busy database, a full disk made room); the work itself is claimed anew.
        log.exception("the worker stumbled")
        stop.wait(AFTER_TROUBLE_SECONDS)
        return False


def act_on_some() -> bool:
    """A step of an act on many people, if there is one: short, so that nobody waits for it."""
    with unit_of_work(writes=False):
        waits = bulk.waits()
    if not waits:
        return False
    with unit_of_work(writes=True):
        return bulk.work()


def read_next() -> bool:
    """Reads one waiting resume in its child process, between two short transactions."""
    with unit_of_work(writes=False):
        waits = resumes.waits(clock.now())
    if not waits:
        return False
    with unit_of_work(writes=True) as session:
        resume_id = resumes.claim(clock.now())
        claimed = session.get_one(Resume, resume_id) if resume_id else None
        kept = (claimed.file_key, claimed.kind) if claimed else None
    if kept is None or resume_id is None:
        return False
    try:
        result = resumes.read_file(resumes.store().read(kept[0]), kept[1])
    except files.Missing:
        gone = Reading(text="", lines=(), pages=0, previews=(), trouble="The stored file is missing.")
        result = gone, {}, []
    with unit_of_work(writes=True) as session:
        resume = session.get(Resume, resume_id)
        if resume is not None:
            resumes.write_down(resume, *result)
        else:
            resumes.forget(result[2])
    return True
