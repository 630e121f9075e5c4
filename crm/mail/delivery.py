"""One attempt at one letter. The order of the steps is what keeps it from being lost, doubled, or sent without a yes.

Claim and commit; write and check without a transaction; talk to the server until it says 354; then, in one
transaction, ask everything again and commit that the letter is in doubt; then the text and the dot; then the outcome.
"""

import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from crm import config
from crm.db import unit_of_work
from crm.domain import dispatch, leaks, outbox, sending, suppressions, unsubscribes
from crm.domain.errors import Missing, Refused
from crm.domain.outbox import Letter
from crm.kit import addresses, clock, failpoints, files, tokens
from crm.logs import log
from crm.mail import dkim, letters, smtp
from crm.mail.compose import Draft, Unsendable, compose
from crm.mail.letters import Case
from crm.mail.relay import Relay
from crm.mail.smtp import Accepted, Connection, Deferred, InDoubt, Outcome, Overdue, Rejected, RelayDown
from crm.mail.writing import Tokens


@dataclass(frozen=True)
class Written:
    """A letter as it will go over the wire, with the tokens of the links in it."""

    letter_id: str
    envelope_from: str
    to: str
    subject: str
    tokens: Tokens
    parts: Mapping[str, str]
    """By name, what people can read of it; what was chosen by chance is left out."""
    raw: bytes


def open_connection() -> Connection | None:
    """To the mail server that is set; None when mail is kept in the local mailbox."""
    settings = config.current()
    if settings.mail_is_kept_locally:
        return None
    return Connection(Relay.parse(settings.smtp_url), hello=_hello())


def deliver_next(connection: Connection | None, owner: str) -> Outcome | None:
    """Takes the next letter that is due and sees it through; None when there was none."""
    return next(deliver(connection, owner, lambda: True), None)


def deliver(connection: Connection | None, owner: str, is_over: Callable[[], bool]) -> Iterator[Outcome]:
    """One letter after another, until it is over or none is due. Where one was taken, the next is claimed in the same
    transaction: one commit less for each.
    """
    letter_id = _claim(owner)
    while letter_id:
        outcome, letter_id = _see_through(letter_id, connection, owner, is_over)
        yield outcome
        letter_id = letter_id or ("" if is_over() else _claim(owner))


def _claim(owner: str) -> str:
    failpoints.reach("before_claim")
    with unit_of_work(writes=True):
        letter_id = dispatch.claim(owner, clock.now())
    if letter_id:
        failpoints.reach("after_claim")
    return letter_id


def _see_through(
    letter_id: str, connection: Connection | None, owner: str, is_over: Callable[[], bool]
) -> tuple[Outcome, str]:
    """What became of it, and the next one that was claimed already, if any."""
    written = _write(letter_id, owner)
    if written is None:
        return smtp.Withheld(), ""
    failpoints.reach("after_writing")
    if connection is None:
        return _keep(written, owner), ""
    outcome = connection.deliver(
        envelope_from=written.envelope_from,
        to=written.to,
        payload=written.raw,
        go=lambda: _enter_doubt(written, owner),
    )
    failpoints.reach("before_settled")
    following = _settle(letter_id, owner, outcome, is_over)
    failpoints.reach("after_settled")
    if following:
        failpoints.reach("after_claim")
    return outcome, following


def _write(letter_id: str, owner: str) -> Written | None:
    """Renders and serialises. What cannot be written, or may not go, ends here and the queue moves on."""
    try:
        with unit_of_work(writes=False):
            letter = outbox.get(letter_id)
            if letter is None:
                return None
            case = Case.of(letter)
            blocked = _why_not(case, lock=False)
            if not blocked:
                return _serialised(case)
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
        held = dispatch.held_by(letter_id, owner, clock.now())
        if held is not None:
            dispatch.block(held, blocked)
    return None


def _serialised(case: Case) -> Written:
    letter = case.letter
    given, now, mail_from = Tokens(tokens.new_link(), tokens.new_link()), clock.now(), config.current().mail_from
    draft = case.draft(given)
    draft = replace(draft, reply_to=_reply_to(letter, draft), headers=letters.headers(letter, given))
    raw = compose(draft, mail_from=mail_from, message_id=letter.message_id, sent_at=now)
    signer = _signer(*_key())
    return Written(
        letter_id=letter.id,
        envelope_from=addresses.with_word(mail_from, f"b-{letter.notice_key}"),
        to=draft.to,
        subject=draft.subject,
        tokens=given,
        parts=_parts(draft, given),
        raw=signer.sign(raw, now) if signer else raw,
    )


def _parts(draft: Draft, given: Tokens) -> dict[str, str]:
    parts = {
        "subject": draft.subject,
        "text": draft.text,
        "html": draft.html,
        "attachment": "\n".join(attachment.filename for attachment in draft.attachments),
        "sender_name": draft.sender_name,
        "to_name": draft.to_name,
        "headers": "\n".join(f"{name}: {value}" for name, value in draft.headers),
    }
    return {name: _without(words, (given.link, given.stop, *given.more.values())) for name, words in parts.items()}


def _without(words: str, chances: Iterable[str]) -> str:
    for chance in chances:
        words = words.replace(chance, "")
    return words


@lru_cache(maxsize=1)
def _signer(key: str, selector: str, domain: str) -> dkim.Signer | None:
    return dkim.Signer.load(key, selector=selector, domain=domain) if key else None


def _key() -> tuple[str, str, str]:
    settings = config.current()
    return settings.dkim_key, settings.dkim_selector, settings.signing_domain


def _reply_to(letter: Letter, draft: Draft) -> str:
    """Where answers are read here, to an address that names the letter; else to who wrote it."""
    settings = config.current()
    if draft.reply_to and settings.reads_answers:
        return addresses.with_word(settings.mail_from, f"r-{letter.reply_key}")
    return draft.reply_to


def _give_up(letter_id: str, owner: str, sentence: str) -> None:
    with unit_of_work(writes=True):
        held = dispatch.held_by(letter_id, owner, clock.now())
        if held is not None:
            dispatch.fail(held, sentence)


def _enter_doubt(written: Written, owner: str) -> bool:
    """After the server's 354: commits that the letter is in doubt, or blocked. False stops before the text."""
    with unit_of_work(writes=True):
        letter = dispatch.held_by(written.letter_id, owner, clock.now())
        if letter is None or not _may_leave_as(letter, written):
            return False
        dispatch.enter_doubt(letter)
        failpoints.reach("before_in_doubt")
    failpoints.reach("after_in_doubt")
    return True


def _may_leave_as(letter: Letter, written: Written) -> bool:
    """Asks everything again, and mints what its links open by. False where it is blocked instead."""
    case = Case.of(letter)
    blocked = _why_not(case, lock=True) or _tells(letter, written)
    if blocked:
        dispatch.block(letter, blocked)
        return False
    if not case.is_as_written(written.tokens):
        dispatch.write_anew(letter)
        return False
    case.mint(written.tokens)
    if letter.kind not in outbox.OWN_ACT:
        unsubscribes.mint(letter, written.tokens.stop)
    return True


def _why_not(case: Case, *, lock: bool) -> str:
    letter = case.letter
    if letter.kind not in outbox.OWN_ACT and suppressions.holds(letter.to_address):
        return "suppressed"
    return case.why_not(lock=lock)


def _tells(letter: Letter, written: Written) -> str:
    """Of a role that is sealed by now, whatever was known when it was written."""
    reader = "" if letter.kind == "card" else written.to  # a card is looked at where others may look, too
    leak = leaks.find_for(written.parts, by_id=letter.by_id, to_address=reader)
    return "sealed" if leak else ""


def _keep(written: Written, owner: str) -> Outcome:
    """No mail server: the letter goes into the local mailbox, by the same checks."""
    with unit_of_work(writes=True):
        letter = dispatch.held_by(written.letter_id, owner, clock.now())
        if letter is None or not _may_leave_as(letter, written):
            return smtp.Withheld()
        dispatch.keep_locally(letter, written.subject, written.raw)
    return Accepted("kept")


def _settle(letter_id: str, owner: str, outcome: Outcome, is_over: Callable[[], bool]) -> str:
    """Writes down what became of it. The id of the next one, where this one was taken and there is another."""
    now = clock.now()
    with unit_of_work(writes=True) as session:
        if isinstance(outcome, Accepted) and dispatch.accept_in_doubt(letter_id, owner, outcome.reply):
            return "" if is_over() else dispatch.claim(owner, now)
        if not isinstance(outcome, RelayDown):
            sending.resume()
        letter = session.get_one(Letter, letter_id, with_for_update=True)
        if letter.claimed_by == owner and letter.state in {"claimed", "in_doubt"}:
            _end(letter, outcome, now)
    return ""


def _end(letter: Letter, outcome: Outcome, now: datetime) -> None:
    match outcome:
        case Accepted(reply):
            dispatch.accept(letter, reply)
        case Rejected(reply):
            dispatch.fail(letter, reply)
        case Deferred(reply):
            dispatch.put_back(letter, reply, now)
        case Overdue():
            dispatch.put_back(letter, "the text took too long to hand over", now)
        case RelayDown(reply):
            dispatch.release(letter, reply, now)
        case InDoubt(reply):
            dispatch.stay_in_doubt(letter, reply)


def _hello() -> str:
    host = urlsplit(config.current().base_url).hostname or ""
    return host if "." in host and not config.is_loopback(host) else socket.getfqdn()
