"""Resumes that a user forwards to their private address wait for them in an intake, and nothing else comes of them.

That somebody knows the address is what is trusted; the line that says From, which anybody can write, must fit as well.
Nothing is answered, and no record is touched before the user decides on the page.
"""

import re
from collections.abc import Iterator

from sqlalchemy.exc import IntegrityError

from crm.db import unit_of_work
from crm.domain import intake, limits, news, users
from crm.domain.errors import TooMany
from crm.domain.intake import Received
from crm.domain.users import User
from crm.kit import addresses, words
from crm.logs import log
from crm.mail import incoming
from crm.mail.incoming import Enclosure, Incoming, Unreadable

KINDS = ("reply", "automatic")
"""A rule of one's mailbox may forward, too."""
MAILS_AN_HOUR = 120
MOST_FILES = 20
MOST_NESTED = 3
BESIDE = ("image/", "text/calendar", "text/vcard", "text/x-vcard", "application/ms-tnef")
"""What mail programs put beside the files one means: it is named only where nothing else came."""
_ADDED = re.compile(r"ATT\d{3,8}\.(?:txt|html?|bin)", re.IGNORECASE)


def take(mail: Incoming, key: str, identity: str) -> str:
    """ "intake", "known" when it was read before, "nothing" when it is not from the user whose address it is."""
    with unit_of_work(writes=False):
        user = _writer(mail, key)
        user_id = user.id if user else ""
        is_known = intake.is_known(identity)
    if is_known or not user_id or not _is_within_limits(user_id):
        return "known" if user_id and is_known else "nothing"
    received = [intake.receive(one.filename, one.content) for one in _meant(mail)]
    try:
        with unit_of_work(writes=True):
            intake.by_mail(received, by=users.find(user_id), subject=mail.subject, identity=identity)
            news.tell(user_id, kind="resumes", text=_told(received))
    except IntegrityError:  # another worker has just taken it; its files are kept, ours are not
        return "known"
    return "intake"


def _writer(mail: Incoming, key: str) -> User | None:
    user = users.by_log_key(key)
    is_theirs = user is not None and addresses.normal(mail.from_address) == addresses.normal(user.email)
    return user if user is not None and user.is_active and is_theirs else None


def _is_within_limits(user_id: str) -> bool:
    try:
        limits.count(f"resumes by mail {user_id}", allowed=MAILS_AN_HOUR, seconds=3600, sentence="Too many mails.")
    except TooMany:
        log.warning("too many mails with resumes within an hour", extra={"facts": {"user": user_id}})
        return False
    return True


def _told(received: list[Received]) -> str:
    count = sum(one.upload is not None for one in received)
    waits = words.several(count, "resume that waits", "resumes that wait")
    return f"brought {waits} for your decision" if count else "brought no file that could be taken"


def _meant(mail: Incoming) -> list[Enclosure]:
    found = list(_files(mail, MOST_NESTED))
    meant = [one for one in found if not one.media_type.startswith(BESIDE) and not _ADDED.fullmatch(one.filename)]
    return (meant or found)[:MOST_FILES]


def _files(mail: Incoming, deep: int) -> Iterator[Enclosure]:
    """Also those of a mail that was forwarded as a whole."""
    for one in mail.enclosures:
        inner = _inner(one) if one.media_type == "message/rfc822" and deep else None
        if inner is None:
            yield one
        else:
            yield from _files(inner, deep - 1)


def _inner(one: Enclosure) -> Incoming | None:
    try:
        return incoming.read(one.content)
    except Unreadable:
        return None
