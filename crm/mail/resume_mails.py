"""Resumes that a user forwards to their private address wait for them in an intake, and nothing else comes of them.

That somebody knows the address is what is trusted; the line that says From, which anybody can write, must fit as well.
Nothing is answered, and no record is touched before the user decides on the page.
"""

import re
from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy.exc import IntegrityError

from crm.db import start_over, unit_of_work
from crm.domain import intake, limits, news, users
from crm.domain.errors import TooMany
from crm.domain.intake import Received
from crm.domain.limits import Limit
from crm.domain.users import User
from crm.kit import addresses, words
from crm.logs import log
from crm.mail import incoming
from crm.mail.incoming import Enclosure, Incoming, Unreadable

KINDS = ("reply", "automatic")
"""A rule of one's mailbox may forward, too."""
MAILS_AN_HOUR = 120
HOUR = 3600  # seconds
MOST_KEYS = 20
MOST_FILES = 20
MOST_NESTED = 3
TOO_MANY = f"came too often within an hour: mails after the first {MAILS_AN_HOUR} were not read; send them again later"
BESIDE = ("image/", "text/calendar", "text/vcard", "text/x-vcard", "application/ms-tnef")
"""What mail programs put beside the files one means: it is named only where nothing else came."""
_ADDED = re.compile(r"ATT\d{3,8}\.(?:txt|html?|bin)", re.IGNORECASE)


def take(mail: Incoming, keys: list[str], identity: str) -> str:
    """ "intake", "known" when it was read before, "nothing" when it was one too many; "" when it is not from a user
    whose address is among those of the `keys`.

    Raises OSError where a file cannot be kept: then nothing came of it, and it can be read again.
    """
    if not keys or mail.kind not in KINDS:
        return ""
    with unit_of_work(writes=False):
        user_id = next((user.id for user in (_writer(mail, key) for key in keys[:MOST_KEYS]) if user), "")
        is_known = intake.is_known(identity)
    if is_known or not user_id:
        return "known" if user_id else ""
    return _bring(mail, user_id, identity) if _is_within_limits(user_id) else "nothing"


def _bring(mail: Incoming, user_id: str, identity: str) -> str:
    meant = _meant(mail)
    received = _received(meant[:MOST_FILES], user_id)
    try:
        with unit_of_work(writes=True):
            brought = intake.by_mail(received, by=users.find(user_id), subject=mail.subject, identity=identity)
            kept = sum(file.resume_id is not None for file in intake.files_of(brought))
            news.tell(user_id, kind="resumes", text=_told(kept, left_out=len(meant[MOST_FILES:])))
    except IntegrityError:  # another worker has just taken it; its files are kept, ours are not
        return "known"
    return "intake"


def _received(meant: list[Enclosure], user_id: str) -> list[Received]:
    """A disk that is full must not fill up with each new try, nor use up what a user may bring in an hour."""
    try:
        return [intake.receive(one.filename, one.content) for one in meant]
    except OSError:
        start_over()
        limits.give_back([_limit(user_id)])
        raise


def _writer(mail: Incoming, key: str) -> User | None:
    user = users.by_log_key(key)
    is_theirs = user is not None and addresses.normal(mail.from_address) == addresses.normal(user.email)
    return user if user is not None and user.is_active and is_theirs else None


def _limit(user_id: str) -> Limit:
    return Limit(f"resumes by mail {user_id}", MAILS_AN_HOUR, HOUR)


def _is_within_limits(user_id: str) -> bool:
    try:
        limits.count_each([_limit(user_id)], sentence="Too many mails.")
    except TooMany:
        log.warning("too many mails with resumes within an hour", extra={"facts": {"user": user_id}})
        _tell_of_too_many(user_id)
        return False
    return True


def _tell_of_too_many(user_id: str) -> None:
    with suppress(TooMany):  # once an hour is enough
        limits.count(f"told of resumes by mail {user_id}", allowed=1, seconds=HOUR, sentence="Told already.")
        with unit_of_work(writes=True):
            news.tell(user_id, kind="resumes", text=TOO_MANY)


def _told(kept: int, *, left_out: int) -> str:
    waits = words.several(kept, "resume that waits", "resumes that wait")
    told = f"brought {waits} for your decision" if kept else "brought no file that could be taken"
    were = "was" if left_out == 1 else "were"
    return f"{told}; {left_out} more {were} left out: send them in a second mail" if left_out else told


def _meant(mail: Incoming) -> list[Enclosure]:
    """Each file once, however often it is in the mail."""
    found = list({one.content: one for one in reversed(list(_files(mail, MOST_NESTED)))}.values())[::-1]
    meant = [one for one in found if not one.media_type.startswith(BESIDE) and not _ADDED.fullmatch(one.filename)]
    return meant or found


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
