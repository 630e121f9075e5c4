"""Whose record was erased: keyed hashes of their addresses, so that no file brings them back.

Nobody can read an address out of them; only whoever has it may ask whether it is among them.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import config
from crm.db import Base, db
from crm.domain.candidates import Email
from crm.kit import clock


class ErasedMailbox(Base):
    __tablename__ = "erased_mailbox"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)


def remember(candidate_id: str) -> None:
    """Part of erasing; before the addresses go."""
    mailboxes = db.session.scalars(select(Email.mailbox).where(Email.candidate_id == candidate_id))
    for digest in {_digest(mailbox) for mailbox in mailboxes}:
        if db.session.get(ErasedMailbox, digest) is None:
            db.session.add(ErasedMailbox(digest=digest))


def among(mailboxes: Iterable[str]) -> set[str]:
    """Those of these mailboxes whose record was erased; by one query, and none where nobody ever was."""
    if db.session.scalar(select(ErasedMailbox.digest).limit(1)) is None:
        return set()
    asked = {_digest(mailbox): mailbox for mailbox in mailboxes}
    known = db.session.scalars(select(ErasedMailbox.digest).where(ErasedMailbox.digest.in_(asked)))
    return {asked[digest] for digest in known}


def _digest(mailbox: str) -> str:
    return hmac.new(config.current().secret_key.encode(), mailbox.encode(), hashlib.sha256).hexdigest()
