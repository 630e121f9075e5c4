"""Addresses that are not written to: they asked for it, or mail to them came back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, db
from crm.domain import events, policy
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import addresses, clock, words

WHY = ("unsubscribed", "complained", "bounced")
WHY_WORDS = {
    "unsubscribed": "asked not to be written to",
    "complained": "reported our mail as unwanted",
    "bounced": "could not be reached",
}
LIFTABLE = frozenset(("bounced",))
"""A typing error can be mended; what a person asked for cannot be undone by another."""


class Suppression(Base):
    """By the mailbox and not by the spelling: case and what stands after a plus make no difference."""

    __tablename__ = "suppression"
    mailbox: Mapped[str] = mapped_column(primary_key=True)
    why: Mapped[str] = mapped_column(String(12))
    said: Mapped[str] = mapped_column(default="")
    """The other server's words, where mail came back."""
    since: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def sentence(self) -> str:
        return f"{self.mailbox} {self.what}"

    @property
    def what(self) -> str:
        return f"{WHY_WORDS[self.why]} on {words.day(self.since)}."

    @property
    def story(self) -> str:
        return f"{self.what[0].upper()}{self.what[1:]} {self.said}".strip()

    @property
    def can_be_lifted(self) -> bool:
        return self.why in LIFTABLE


_HOLDS = select(Suppression.mailbox).where(Suppression.mailbox == bindparam("mailbox"))

# --- queries


def of(address: str) -> Suppression | None:
    return db.session.get(Suppression, addresses.normal(address))


def holds(address: str) -> bool:
    """Whether nothing goes there; asked twice for each letter."""
    return db.session.scalar(_HOLDS, {"mailbox": addresses.normal(address)}) is not None


def among(given: Iterable[str]) -> dict[str, Suppression]:
    """By mailbox, those of these addresses that are not written to; by one query."""
    mailboxes = {addresses.normal(address) for address in given}
    found = db.session.scalars(select(Suppression).where(Suppression.mailbox.in_(mailboxes))) if mailboxes else ()
    return {one.mailbox: one for one in found}


def is_their_word(against: Mapping[str, Suppression]) -> bool:
    """Whether a person asked for it: then it holds for all their addresses. Where mail came back, another may do."""
    return any(not one.can_be_lifted for one in against.values())


def open_one(mails: Sequence[str], against: Mapping[str, Suppression]) -> str:
    """The first of one person's addresses that may be written to, or nothing. `against`: as `among` has it."""
    theirs = {box: against[box] for mail in mails if (box := addresses.normal(mail)) in against}
    if is_their_word(theirs):
        return ""
    return next((mail for mail in mails if addresses.normal(mail) not in theirs), "")


def listed() -> Select[Suppression]:
    return select(Suppression).order_by(Suppression.mailbox)


def refuse(address: str, *, field: str = "to") -> None:
    """For verbs that are about to queue a letter."""
    if found := of(address):
        raise Refused(f"{found.sentence} Nothing is sent there.", field=field)


# --- verbs


def add(address: str, *, why: str, said: str = "") -> Suppression:
    """What a person asked for outweighs what a server said; the first date stays."""
    found = of(address)
    if found is None:
        found = Suppression(mailbox=addresses.normal(address), why=why, said=said)
        db.session.add(found)
        db.session.flush()
    elif WHY.index(why) < WHY.index(found.why):
        found.why, found.said = why, said
    return found


def forget(address: str) -> None:
    """Part of the verb by which its owner takes it back."""
    if found := of(address):
        db.session.delete(found)
        db.session.flush()


def lift(mailbox: str, *, by: User) -> None:
    """By hand, once an address is known to work again."""
    policy.require("administer", by=by)
    found = db.session.get(Suppression, mailbox)
    if found is None:
        raise Missing
    if not found.can_be_lifted:
        raise Refused("They asked for it themselves, so only they can say otherwise.")
    db.session.delete(found)
    events.record("suppression.lifted", by=by, text=f"letters may go to {mailbox} again")
