"""The way out that stands in a letter: a link of its own, which can do nothing but stop further letters, and for some
days take that back.
"""

from datetime import datetime, timedelta

from sqlalchemy import String, insert, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from crm.db import Base, Id, db, to
from crm.domain import events, forward_endings, outbox, suppressions
from crm.domain.errors import Missing
from crm.domain.outbox import Letter
from crm.kit import clock, tokens

UNDO_WITHIN = timedelta(days=7)


class UnsubscribeLink(Base):
    """Minted when its letter is rendered; the hash is committed with `in_doubt`. It does not run out."""

    __tablename__ = "unsubscribe_link"
    id: Mapped[Id]
    letter_id: Mapped[str] = to("letter.id", ondelete="CASCADE")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    minted_at: Mapped[datetime] = mapped_column(default=clock.now)
    letter: Mapped[Letter] = relationship(lazy="raise_on_sql")

    @property
    def is_of_a_card(self) -> bool:
        """It ends the morning card and nothing else: letters that its reader asked for still arrive."""
        return self.letter.kind == "card"

    @property
    def is_used(self) -> bool:
        """Whether they asked already; that mail came back from there says nothing of what they want."""
        if self.is_of_a_card:
            return self.letter.by is None or self.letter.by.card_rhythm == "off"
        found = suppressions.of(self.letter.to_address)
        return found is not None and not found.can_be_lifted

    @property
    def can_be_taken_back(self) -> bool:
        """A button pressed by mistake; not a complaint."""
        found = None if self.is_of_a_card else suppressions.of(self.letter.to_address)
        return found is not None and found.why == "unsubscribed" and clock.now() - found.since < UNDO_WITHIN


_MINT = insert(Base.metadata.tables["unsubscribe_link"])


def mint(letter: Letter, token: str) -> None:
    db.session.execute(_MINT, {"letter_id": letter.id, "token_hash": tokens.digest(token)})


def find(token: str) -> UnsubscribeLink:
    link = db.session.scalar(
        select(UnsubscribeLink)
        .where(UnsubscribeLink.token_hash == tokens.digest(token))
        .options(selectinload(UnsubscribeLink.letter).selectinload(Letter.by))
    )
    if link is None:
        raise Missing
    return link


def is_link(token: str) -> bool:
    found = select(UnsubscribeLink.id).where(UnsubscribeLink.token_hash == tokens.digest(token))
    return db.session.scalar(found) is not None


def use(link: UnsubscribeLink) -> list[Letter]:
    """By the recipient. Returns what was already being handed over and can no longer be stopped."""
    if link.is_used:
        return []
    if link.is_of_a_card:
        return _end_card(link.letter)
    gone = outbox.suppress(link.letter.to_address, why="unsubscribed")
    forward_endings.lapse_for(link.letter.to_address)
    text = f"{link.letter.to_address} asked not to be written to"
    events.record("suppression.added", by=None, subject_id=link.letter.id, text=text)
    return gone


def take_back(link: UnsubscribeLink) -> None:
    """By the recipient, who wants to be written to after all. What was stopped stays stopped."""
    if link.can_be_taken_back:
        suppressions.forget(link.letter.to_address)
        text = f"{link.letter.to_address} may be written to again: they took it back"
        events.record("suppression.taken_back", by=None, subject_id=link.letter.id, text=text)


def _end_card(letter: Letter) -> list[Letter]:
    """What waits is not due any more; see cards.why_not."""
    assert letter.by
    letter.by.card_rhythm, letter.by.card_set_at = "off", clock.now()
    events.record("user.card_ended", by=None, subject_id=letter.by_id, text="asked for no more morning cards")
    return []
