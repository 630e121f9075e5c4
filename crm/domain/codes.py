"""One-time codes: who opens a link also reads the mail of the address on file, in this very browser.

A code is six digits, made when its letter is written and mailed to the address that was given here, never to one that
somebody types. It is good for ten minutes and five tries, in the browser that asked for it; who has passed need not
pass again in that browser for half an hour.
"""

import hmac
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Index, String, bindparam, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm import config
from crm.db import Base, Id, db, to
from crm.domain import outbox
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.kit import clock, tokens

GOOD_FOR = timedelta(minutes=10)
PASSED_FOR = timedelta(minutes=30)
KEPT = timedelta(days=1)
MOST_TRIES = 5
MOST_AN_HOUR, MOST_A_DAY = 4, 10
"""From one browser, and from one network."""
MOST_LETTERS_AN_HOUR, MOST_LETTERS_A_DAY = 12, 30
"""To one mailbox, whoever asks for them."""
PURPOSES = {"door": "your page", "shared": "what was forwarded to you"}
"""What it opens."""


class Code(Base):
    __tablename__ = "code"
    __table_args__ = (Index("ix_code_subject_id", "subject_id", "purpose"), Index("ix_code_asked_at", "asked_at"))
    id: Mapped[Id]
    purpose: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[str] = mapped_column(String(20))
    """Of the candidate whose door it opens, or of the forward."""
    browser_hash: Mapped[str] = mapped_column(String(64))
    network_hash: Mapped[str] = mapped_column(String(64), default="")
    language: Mapped[str] = mapped_column(String(5), default="")
    letter_id: Mapped[str | None] = to("letter.id", ondelete="CASCADE")
    code_hash: Mapped[str] = mapped_column(String(64), default="")
    """Nothing until the letter is written."""
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    until: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    passed_at: Mapped[datetime | None]
    letter: Mapped[Letter | None] = relationship(lazy="raise_on_sql")

    @property
    def is_open(self) -> bool:
        return self.passed_at is None and self.tries < MOST_TRIES and self.until > clock.now()


# --- queries


def asked(purpose: str, subject_id: str, browser: str) -> Code | None:
    """The newest that this browser asked for, if it can still be typed in."""
    code = db.session.scalar(select(Code).where(*_of(purpose, subject_id, browser)).order_by(Code.id.desc()).limit(1))
    return code if code is not None and code.is_open else None


def has_passed(purpose: str, subject_id: str, browser: str) -> bool:
    lately = Code.passed_at > clock.now() - PASSED_FOR
    found = select(Code.id).where(*_of(purpose, subject_id, browser), lately).limit(1)
    return bool(browser) and db.session.scalar(found) is not None


# --- verbs


def send(
    purpose: str, subject_id: str, address: str, browser: str, *, name: str = "", language: str = "", network: str = ""
) -> Code:
    """A new code to that address, which takes the place of earlier ones. `browser`: the random word in its cookie;
    `network`: that it asks from, if known.
    """
    code = Code(
        purpose=purpose, subject_id=subject_id, browser_hash=tokens.digest(browser), language=language,
        network_hash=_keyed(network) if network else "", until=clock.now() + GOOD_FOR,
    )  # fmt: skip
    _check_often(code)
    forget_open(purpose, subject_id, browser)
    db.session.add(code)
    db.session.flush()
    letter = outbox.queue("code", intent=f"code {code.id}", to_address=address, to_name=name, by=None, wait=False)
    code.letter_id = letter.id
    return code


def check(purpose: str, subject_id: str, browser: str, typed: str) -> bool:
    """Counts the try in this transaction: whoever calls it answers below 400 either way. Raises Refused where no code
    is open: it has run out, was tried too often, or was asked for in another browser.
    """
    query = select(Code).where(*_of(purpose, subject_id, browser)).order_by(Code.id.desc()).limit(1)
    code = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if code is None or not code.is_open:
        raise Refused("This code is no longer good. Ask for a new one.", field="code")
    code.tries += 1
    given = "".join(one for one in typed if one.isdigit())
    if not code.code_hash or not hmac.compare_digest(code.code_hash, _hashed(code, given)):
        return False
    code.passed_at = clock.now()
    return True


def forget_open(purpose: str, subject_id: str, browser: str) -> None:
    """Of this browser, unless it has passed."""
    for code in db.session.scalars(select(Code).where(*_of(purpose, subject_id, browser), Code.passed_at.is_(None))):
        code.until = min(code.until, clock.now())


def close(purpose: str, subject_id: str, browser: str) -> None:
    """Whoever passed in this browser has to pass again."""
    for code in db.session.scalars(select(Code).where(*_of(purpose, subject_id, browser))):
        code.passed_at, code.until = None, min(code.until, clock.now())


def forget(subject_id: str) -> None:
    """With the letters, which hold the address."""
    _drop(Code.subject_id == subject_id)


def sweep(now: datetime) -> None:
    _drop(Code.asked_at < now - KEPT)


# --- at delivery


def for_delivery(letter: Letter) -> Code:
    code = db.session.scalar(select(Code).where(Code.letter_id == letter.id))
    if code is None:
        raise Missing
    return code


def why_not(code: Code, lock: bool = False) -> str:
    """A code that would come too late, or was asked for anew, does not leave."""
    if lock:
        db.session.refresh(code, with_for_update=True)
    return "" if code.is_open else "nothing"


def digits(token: str) -> str:
    """The code in one copy of the letter, from the random word that was made for it."""
    return f"{int(tokens.digest(token), 16) % 1_000_000:06}"


def mint(code: Code, token: str) -> None:
    code.code_hash, code.until = _hashed(code, digits(token)), clock.now() + GOOD_FOR


# --- parts


def _of(purpose: str, subject_id: str, browser: str) -> tuple[ColumnElement[bool], ...]:
    return Code.purpose == purpose, Code.subject_id == subject_id, Code.browser_hash == tokens.digest(browser)


def _hashed(code: Code, six: str) -> str:
    """With our own secret, since a million codes are soon tried on a plain hash."""
    return _keyed(f"{code.id} {code.purpose} {code.subject_id} {code.browser_hash} {six}")


def _keyed(said: str) -> str:
    return hmac.new(config.current().secret_key.encode(), said.encode(), "sha256").hexdigest()


def _check_often(code: Code) -> None:
    """Each code may be guessed at a few times, so there are few codes; and nobody floods an address.

    One after the other for one subject, or two at once would each be the last that is allowed.
    """
    db.session.execute(_LOCKS[code.purpose], {"id": code.subject_id})
    lately = Code.asked_at > clock.now() - timedelta(days=1)
    mine = select(Code).where(Code.purpose == code.purpose, Code.subject_id == code.subject_id, lately)
    asked_for = list(db.session.scalars(mine))
    here = [one for one in asked_for if one.browser_hash == code.browser_hash]
    near = [one for one in asked_for if code.network_hash and one.network_hash == code.network_hash]
    bounds = [(here, MOST_AN_HOUR, MOST_A_DAY)]
    if not any(one.passed_at for one in here):
        bounds += [(near, MOST_AN_HOUR, MOST_A_DAY), (asked_for, MOST_LETTERS_AN_HOUR, MOST_LETTERS_A_DAY)]
    if any(_is_too_often(*bound) for bound in bounds):
        raise Refused("Too many codes were asked for. Wait an hour, then ask again.", field="code")


def _is_too_often(found: list[Code], an_hour: int, a_day: int) -> bool:
    since = clock.now() - timedelta(hours=1)
    return len(found) >= a_day or sum(one.asked_at > since for one in found) >= an_hour


_LOCKS = {
    purpose: select(of.id).where(of.id == bindparam("id")).with_for_update(key_share=True)
    for purpose, of in (("door", Candidate), ("shared", Forward))
}


def _drop(which: ColumnElement[bool]) -> None:
    letters = list(db.session.scalars(select(Code.letter_id).where(which, Code.letter_id.is_not(None))))
    db.session.execute(delete_rows(Code).where(which))
    db.session.execute(delete_rows(Letter).where(Letter.id.in_(letters)))
