"""How fast a program may ask: `api_requests_a_minute` for each token, over all processes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from crm.domain import limits
from crm.domain.errors import TooMany
from crm.domain.limits import Limit
from crm.kit import clock

SECONDS = 60
PART = 20
MOST_KEPT = 10_000
SENTENCE = "This token asked too often. Wait a little, then go on."


@dataclass
class Seen:
    """One token in one minute, as this process knows it."""

    until: datetime
    counted: int = 0
    """By all processes together, as far as this one knows."""
    unwritten: int = 0


class Pace:
    """Writing down each request would be a durable commit for each, dearer than most of the requests themselves.

    So a process counts in memory, and adds to the shared counter only when a twentieth of the allowance has come
    together. A token that asks for less than that in a minute never costs a write. One process alone is exact; each
    further one may let through a twentieth more, since what the others have not written down yet is not known.
    """

    def __init__(self, allowed: int) -> None:
        self.allowed, self.step = allowed, max(1, allowed // PART)
        self._lock, self._seen = Lock(), dict[str, Seen]()

    def keep(self, token_id: str) -> None:
        """Counts one request; raises TooMany."""
        with self._lock:
            seen = self._now(token_id)
            place, due = self._count(seen)
        if due:
            place = max(place, self._write(token_id, seen, due))
        if place > self.allowed:
            raise TooMany(SENTENCE, seconds=max(1, int((seen.until - clock.now()).total_seconds())))

    def _now(self, token_id: str) -> Seen:
        seen = self._seen.get(token_id)
        if seen is None or seen.until <= clock.now():
            if len(self._seen) >= MOST_KEPT:
                self._seen.clear()
            seen = self._seen[token_id] = Seen(clock.now() + timedelta(seconds=SECONDS))
        return seen

    def _count(self, seen: Seen) -> tuple[int, int]:
        """Which one of the minute this request is, and how many are to be written down now."""
        if seen.counted > self.allowed:
            return seen.counted, 0
        seen.unwritten += 1
        place = seen.counted + seen.unwritten
        if seen.unwritten < self.step and place <= self.allowed:
            return place, 0
        due, seen.unwritten = seen.unwritten, 0
        seen.counted = place  # at once, or other threads would count on while this one waits for the disk
        return place, due

    def _write(self, token_id: str, seen: Seen, times: int) -> int:
        """How many all processes together have counted."""
        counted, left = limits.add_up(Limit(f"api {token_id}", self.allowed, SECONDS), times)
        with self._lock:
            seen.counted = max(seen.counted, counted)
            seen.until = clock.now() + timedelta(seconds=left)
        return counted
