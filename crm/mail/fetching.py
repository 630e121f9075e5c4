"""Fetches what is new in the mailbox of CRM_IMAP_URL. Each mail is noted before the next is read.

Killed in between, it reads a mail twice, which adds nothing: see receiving.
"""

from contextlib import suppress

from sqlalchemy.exc import OperationalError

from crm import config
from crm.db import unit_of_work
from crm.domain import inbox
from crm.logs import log
from crm.mail import receiving
from crm.mail.imap import MailAccount, Mailbox, MailboxTrouble

MOST_AT_ONCE = 50


def fetch() -> int:
    """How many mails were read. Trouble with the mailbox is kept for the page that shows it, and tried again later."""
    account = MailAccount.parse(config.current().imap_url)
    name = f"{account.user}@{account.host}/{account.folder}"
    try:
        with Mailbox(account) as mailbox:
            return _read_new(mailbox, name)
    except MailboxTrouble as trouble:
        log.warning("the mailbox cannot be read", extra={"facts": {"trouble": str(trouble)}})
        _note(name, *_position(name, None), trouble=str(trouble))
        return 0


def _read_new(mailbox: Mailbox, name: str) -> int:
    validity, last = _position(name, mailbox.validity)
    _note(name, validity, last)
    new = mailbox.after(last, limit=MOST_AT_ONCE)
    for uid in new:
        raw = mailbox.fetch(uid)
        if raw is not None:
            _take(raw, uid)
        _note(name, validity, uid)
        with suppress(MailboxTrouble):  # a mailbox may be read and not marked
            mailbox.mark(uid)
    return len(new)


def _take(raw: bytes, uid: int) -> None:
    """One mail that cannot be filed, for whatever reason, must not keep all others from being read."""
    try:
        receiving.take(raw)
    except (OperationalError, OSError):
        raise  # the trouble of the database or of the disk, and not the mail's: it is read again
    except Exception:
        log.exception("a mail could not be filed", extra={"facts": {"uid": uid}})


def _position(name: str, validity: int | None) -> tuple[int, int]:
    """Where it was left; from the beginning where the mailbox numbers its mails anew."""
    with unit_of_work(writes=False):
        known = inbox.cursor(name)
        if known is None:
            return validity or 0, 0
        return (known.validity, known.uid) if validity in {None, known.validity} else (validity or 0, 0)


def _note(name: str, validity: int, uid: int, *, trouble: str = "") -> None:
    with unit_of_work(writes=True):
        inbox.move_cursor(name, validity, uid, trouble=trouble)
