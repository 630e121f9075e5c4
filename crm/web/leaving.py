"""When a letter leaves, in a sentence."""

from datetime import datetime

from crm import config
from crm.domain.users import User
from crm.kit import words, zones


def sentence(kind: str) -> str:
    """Of a letter of this kind that is queued now."""
    settings = config.current()
    if settings.mail_is_kept_locally:
        return "It is kept in the local mailbox: no mail server is set."
    seconds = settings.undo_for(kind)
    if not seconds:
        return "It leaves at once."
    span = words.several(seconds, "second") if seconds < 60 else words.several(round(seconds / 60), "minute")
    return f"It leaves in {span.replace('1 minute', 'a minute')}; until then you can take it back."


def at_words(at: datetime, user: User) -> str:
    """Tuesday, 3 March 2026, 09:00 (Europe/Berlin)"""
    there = zones.local(at, user.time_zone)
    return f"{there:%A}, {words.day(there)}, {there:%H:%M} ({user.time_zone.replace('_', ' ')})"
