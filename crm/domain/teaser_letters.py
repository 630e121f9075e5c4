"""The letter of a teaser on its way out: what may stand against it, and what its link opens by."""

from sqlalchemy import select

from crm.db import db
from crm.domain import teasers
from crm.domain.errors import Missing
from crm.domain.outbox import Letter
from crm.domain.teasers import Teaser
from crm.kit import clock, tokens

# --- queries


def for_delivery(letter: Letter) -> Teaser:
    teaser = db.session.scalar(select(Teaser).where(Teaser.letter_id == letter.id).options(*teasers.whole()))
    if teaser is None:
        raise Missing
    return teaser


def why_not(teaser: Teaser, lock: bool = False) -> str:
    """What stands against handing it over now: a word of outbox.BLOCKED_WORDS, or nothing."""
    person = teaser.candidate
    if teaser.revoked_at is not None or person.is_deleted or person.is_archived or teaser.until < clock.today():
        return "revoked"
    if not teaser.by.is_active:
        return "owner"
    return teasers.stands_against(teaser, lock=lock)


# --- verbs


def mint(teaser: Teaser, token: str) -> None:
    teaser.token_hash = tokens.digest(token)
