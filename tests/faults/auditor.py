"""What became of the letters, by two witnesses and not by the program: the database in plain SQL, the server's log.

    found = audit(database_url, log, acknowledged=ids)
    assert found.clean, found

Three questions: is a letter lost, did one arrive twice, did one leave without a yes.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from crm.domain.outbox import STATES
from tests.servers.smtp import read_log

HAVE_LEFT = {"accepted", "delivered", "bounced", "complained"}
ON_THE_WAY = {"queued", "claimed"}

LETTERS = "SELECT id, kind, state, message_id, attempts, not_before, in_doubt_at, last_reply FROM letter ORDER BY id"
HELD_UP = "SELECT 1 FROM sending WHERE paused_since IS NOT NULL OR frozen_since IS NOT NULL"
HAD_A_YES = """
    SELECT letter.message_id
    FROM letter JOIN forward ON forward.letter_id = letter.id
    JOIN consent ON consent.candidate_id = forward.candidate_id AND consent.purpose = 'forward'
    WHERE letter.in_doubt_at IS NOT NULL
      AND (consent.company = '' OR lower(consent.company) = lower(forward.company))
      AND consent.recorded_at <= letter.in_doubt_at
      AND (consent.withdrawn_at IS NULL OR consent.withdrawn_at >= letter.in_doubt_at)
      AND (consent.until IS NULL OR date(consent.until) >= date(letter.in_doubt_at))
"""
"""Withdrawing and entering doubt take their times under the same lock, so the times are in the order of the commits."""


@dataclass(frozen=True)
class Row:
    id: str
    kind: str
    state: str
    message_id: str
    attempts: int
    not_before: datetime
    in_doubt_at: datetime | None
    last_reply: str


@dataclass
class Audit:
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    without_a_yes: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.twice or self.without_a_yes)


def audit(database_url: str, log: Path, *, acknowledged: Collection[str], drained: bool = True) -> Audit:
    """`acknowledged`: ids of the letters of which somebody was told that they are queued. `drained`: nothing that could
    leave should be left.
    """
    letters, arrived = rows(database_url), arrivals(log)
    found = Audit()
    found.lost += [f"{letter} was acknowledged and is gone" for letter in {*acknowledged} - {row.id for row in letters}]
    for row in letters:
        if row.state not in STATES:
            found.lost.append(f"{row.id} is {row.state}, which is no state")
        if row.state in HAVE_LEFT and not arrived[row.message_id]:
            found.lost.append(f"{row.id} is {row.state}, and the server never had it")
    if drained and not _ask(database_url, HELD_UP):
        found.lost += [f"{row.id} is still {row.state}" for row in letters if _is_stuck(row)]
    found.twice += [f"{message_id} arrived {count} times" for message_id, count in arrived.items() if count > 1]
    found.without_a_yes += _unasked(database_url, letters, arrived)
    return found


def rows(database_url: str) -> list[Row]:
    return [
        Row(*row[:5], _moment(row[5]) or datetime.max.replace(tzinfo=UTC), _moment(row[6]), row[7])
        for row in _ask(database_url, LETTERS)
    ]


def by_id(database_url: str) -> dict[str, Row]:
    return {row.id: row for row in rows(database_url)}


def arrivals(log: Path) -> Counter[str]:
    """How often each Message-ID stands in the server's log."""
    return Counter(message.message_id for message in read_log(log)) if log.exists() else Counter()


def on_the_way(database_url: str) -> list[Row]:
    """What a worker may still take."""
    return [row for row in rows(database_url) if row.state in ON_THE_WAY]


def _is_stuck(row: Row) -> bool:
    return row.state == "claimed" or (row.state == "queued" and row.not_before <= datetime.now(UTC))


def _unasked(database_url: str, letters: list[Row], arrived: Counter[str]) -> list[str]:
    known = {row.message_id: row for row in letters}
    agreed = {message_id for (message_id,) in _ask(database_url, HAD_A_YES)}
    found = [f"{message_id} arrived and nobody queued it" for message_id in arrived.keys() - known.keys()]
    for message_id in arrived.keys() & known.keys():
        row = known[message_id]
        if row.in_doubt_at is None:
            found.append(f"{row.id} arrived without having been in doubt first")
        elif row.kind == "forward" and message_id not in agreed:
            found.append(f"{row.id} arrived, and there was no yes at {row.in_doubt_at}")
    return found


def _ask(database_url: str, statement: str) -> list[tuple]:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def _moment(value: datetime | str | None) -> datetime | None:
    """SQLite has no type for it."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
