"""What the mail server's log knows of letters that nobody here is sure of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from crm.db import unit_of_work
from crm.domain import dispatch, outbox
from crm.domain.outbox import Letter
from crm.kit import clock, failpoints
from crm.mail import maillog
from crm.mail.maillog import Fate, MailLog

PATIENCE = timedelta(minutes=10)


@dataclass
class Settled:
    """How many letters turned out to be what."""

    accepted: int = 0
    delivered: int = 0
    bounced: int = 0
    again: int = 0
    """Brought back by a backup, and never seen by the mail server: they wait again."""
    unknown: int = 0
    """Still in doubt."""


def reconcile(lines: Iterable[str]) -> Settled:
    """Reads the log once, then settles each letter in a transaction of its own, so that it can be broken off."""
    with unit_of_work(writes=False):
        found = dispatch.unsettled()
        names = {letter.message_id: letter.id for letter in found}
        doubtful = {letter.id for letter in found if letter.state == "in_doubt"}
    log = maillog.read(lines, wanted=set(names), now=clock.now())
    settled = Settled()
    for message_id, letter_id in names.items():
        if log.fate(message_id) is None and letter_id not in doubtful:
            continue
        with unit_of_work(writes=True) as session:
            _settle(session.get_one(Letter, letter_id), log.fate(message_id), log, settled)
        failpoints.reach("after_learned")
    return settled


def _settle(letter: Letter, fate: Fate | None, log: MailLog, settled: Settled) -> None:
    outbox.lock(letter)
    if fate is not None:
        state = "accepted" if fate.state == "deferred" else fate.state
        if dispatch.learn(letter, state, fate.reply):
            setattr(settled, state, getattr(settled, state) + 1)
    elif letter.state == "in_doubt" and letter.restored_at and letter.in_doubt_at and _rules_out(log, letter):
        dispatch.cannot_have_left(letter)
        settled.again += 1
    if letter.state == "in_doubt":
        settled.unknown += 1


def _rules_out(log: MailLog, letter: Letter) -> bool:
    """The log has all the time in which it may have left, and it is not even held there for somebody to look at."""
    assert letter.in_doubt_at and letter.restored_at
    if log.has_seen(letter.message_id):
        return False
    return log.covers(letter.in_doubt_at) and log.covers(letter.restored_at)
