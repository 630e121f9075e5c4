"""One attempt at one letter. The order of the steps is what keeps it from being lost, doubled, or sent without a yes.

Claim and commit; write and check without a transaction; talk to the server until it says 354; then, in one
transaction, ask everything again and commit that the letter is in doubt; then the text and the dot; then the outcome.
"""

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from crm import config
from crm.db import unit_of_work
from crm.domain import outbox
from crm.domain.errors import Missing, Refused
from crm.domain.outbox import Letter
from crm.kit import clock, files, tokens
from crm.logs import log
from crm.mail import letters, smtp
from crm.mail.compose import Unsendable, compose
from crm.mail.smtp import Accepted, Connection, Deferred, InDoubt, Outcome, Overdue, Rejected, Relay, RelayDown


@dataclass(frozen=True)
class Written:
    """A letter as it will go over the wire, with the token of the link in it."""

    letter_id: str
    to: str
    subject: str
    token: str
    raw: bytes


def open_connection() -> Connection | None:
    """To the mail server that is set; None when mail is kept in the local mailbox."""
    settings = config.current()
    if settings.mail_is_kept_locally:
        return None
    return Connection(Relay.parse(settings.smtp_url), hello=_hello())


def deliver_next(connection: Connection | None, owner: str) -> Outcome | None:
    """Takes the next letter that is due and sees it through; None when there was none."""
    with unit_of_work(writes=True):
        letter = outbox.claim(owner, clock.now())
        letter_id = letter.id if letter else ""
    if not letter_id:
        return None
    written = _write(letter_id, owner)
    if written is None:
        return smtp.Withheld()
    if connection is None:
        return _keep(written, owner)
    outcome = connection.deliver(
        envelope_from=config.current().mail_from,
        to=written.to,
        payload=written.raw,
        go=lambda: _enter_doubt(written, owner),
    )
    _settle(letter_id, owner, outcome)
    return outcome


def _write(letter_id: str, owner: str) -> Written | None:
    """Renders and serialises. What cannot be written, or may not go, ends here and the queue moves on."""
    try:
        with unit_of_work(writes=False) as session:
            letter = session.get_one(Letter, letter_id)
            blocked = letters.kind_of(letter).why_not(letter, False)
            if not blocked:
                return _serialised(letter)
    except (Unsendable, Refused, Missing, files.Missing) as trouble:
        _give_up(letter_id, owner, str(trouble) or "what it was about is no longer there")
        return None
    except (SQLAlchemyError, OSError, MemoryError):
        raise  # the machine's trouble and not the letter's: the claim runs out, and it is tried again
    except Exception:
        log.exception("a letter could not be written", extra={"facts": {"letter": letter_id}})
        _give_up(letter_id, owner, "it could not be written; your administrator finds more in the log")
        return None
    with unit_of_work(writes=True):
        held = outbox.held_by(letter_id, owner, clock.now())
        if held is not None:
            outbox.block(held, blocked)
    return None


def _serialised(letter: Letter) -> Written:
    token = tokens.new_link()
    draft = letters.kind_of(letter).write(letter, token)
    raw = compose(draft, mail_from=config.current().mail_from, message_id=letter.message_id, sent_at=clock.now())
    return Written(letter_id=letter.id, to=draft.to, subject=draft.subject, token=token, raw=raw)


def _give_up(letter_id: str, owner: str, sentence: str) -> None:
    with unit_of_work(writes=True):
        held = outbox.held_by(letter_id, owner, clock.now())
        if held is not None:
            outbox.fail(held, sentence)


def _enter_doubt(written: Written, owner: str) -> bool:
    """After the server's 354: commits that the letter is in doubt, or blocked. False stops before the text."""
    with unit_of_work(writes=True):
        letter = outbox.held_by(written.letter_id, owner, clock.now())
        if letter is None or not _still_may(letter):
            return False
        letters.kind_of(letter).mint(letter, written.token)
        outbox.enter_doubt(letter)
    return True


def _still_may(letter: Letter) -> bool:
    blocked = letters.kind_of(letter).why_not(letter, True)
    if blocked:
        outbox.block(letter, blocked)
    return not blocked


def _keep(written: Written, owner: str) -> Outcome:
    """No mail server: the letter goes into the local mailbox, by the same checks."""
    with unit_of_work(writes=True):
        letter = outbox.held_by(written.letter_id, owner, clock.now())
        if letter is None or not _still_may(letter):
            return smtp.Withheld()
        letters.kind_of(letter).mint(letter, written.token)
        outbox.keep_locally(letter, written.subject, written.raw)
    return Accepted("kept")


def _settle(letter_id: str, owner: str, outcome: Outcome) -> None:
    now = clock.now()
    with unit_of_work(writes=True) as session:
        letter = session.get_one(Letter, letter_id, with_for_update=True)
        if letter.claimed_by != owner or letter.state not in {"claimed", "in_doubt"}:
            return
        match outcome:
            case Accepted(reply):
                outbox.accept(letter, reply)
            case Rejected(reply):
                outbox.fail(letter, reply)
            case Deferred(reply):
                outbox.put_back(letter, reply, now)
            case Overdue():
                outbox.put_back(letter, "the text took too long to hand over", now)
            case RelayDown(reply):
                outbox.release(letter, reply, now)
            case InDoubt(reply):
                outbox.stay_in_doubt(letter, reply)


def _hello() -> str:
    host = urlsplit(config.current().base_url).hostname or ""
    return host if "." in host and not config.is_loopback(host) else socket.getfqdn()
