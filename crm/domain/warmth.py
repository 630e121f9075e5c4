"""What a record says of being in touch: when it was last, who wrote, when it will be, and what stands still."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from crm.kit import clock, words

WARMTHS = ("warm", "cooling", "cold")
WARM_FOR, COOLING_FOR = timedelta(days=60), timedelta(days=150)
PAUSE_WORDS = {
    "hired_elsewhere": "hired elsewhere",
    "quiet": "asked for quiet",
    "restricted": "restricted what may be done with the record",
}


def of(last_two_way_at: datetime | None) -> str:
    """warm, cooling or cold; cold where there was no contact."""
    if last_two_way_at is None:
        return "cold"
    since = clock.now() - last_two_way_at
    return "warm" if since < WARM_FOR else "cooling" if since < COOLING_FOR else "cold"


class InTouch:
    """Part of a candidate."""

    next_on: Mapped[date | None]
    next_why: Mapped[str] = mapped_column(default="")
    next_chosen_at: Mapped[datetime | None]
    """When somebody last chose a date; a hire since then ends it."""
    next_by_cadence: Mapped[bool] = mapped_column(default=False)
    """Whether the date that stands there came from a cadence."""
    let_go_at: Mapped[datetime | None]
    awaits_reply_since: Mapped[datetime | None]
    """Snoozed until they answer; the next date is then the latest."""
    last_contact_at: Mapped[datetime | None]
    """The newest touchpoint, kept here so that lists need no look-up for each row. So are the three below."""
    last_contact_kind: Mapped[str] = mapped_column(String(20), default="")
    last_in_at: Mapped[datetime | None]
    """Theirs."""
    last_out_at: Mapped[datetime | None]
    """Ours."""
    last_two_way_at: Mapped[datetime | None]
    """Spoken with, or heard from: what warmth and cadence are counted from."""
    target_days: Mapped[int | None]
    """Their own cadence, which comes before every default; each may be empty."""
    latest_days: Mapped[int | None]
    paused_at: Mapped[datetime | None]
    paused_until: Mapped[date | None]
    """From this day on nothing stands still any more; empty is until further notice."""
    pause_why: Mapped[str] = mapped_column(String(20), default="")
    before_pause: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How things were before the pause was last changed: see cadences.pause."""

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None and (self.paused_until is None or self.paused_until > clock.today())

    @property
    def pause_words(self) -> str:
        """ "hired elsewhere, until 3 March 2027" """
        until = f"until {words.day(self.paused_until)}" if self.paused_until else "until further notice"
        return f"{PAUSE_WORDS.get(self.pause_why, self.pause_why)}, {until}"

    @property
    def warmth(self) -> str:
        """warm, cooling or cold, from the last time that both had a part in; cold when there was none."""
        return of(self.last_two_way_at)

    @property
    def warmth_why(self) -> str:
        """ "Cooling: you last spoke on 3 March. You last wrote in June." """
        return f"{self.warmth.capitalize()}: {' '.join(self._told())}"

    def _told(self) -> list[str]:
        today = clock.today()
        both, theirs, ours = self.last_two_way_at, self.last_in_at, self.last_out_at
        if both is None:
            wrote = f" You last wrote on {words.near(ours.date(), today)}." if ours else ""
            return [f"you have not heard from them yet.{wrote}" if ours else "no contact on record yet."]
        if theirs is not None and theirs >= both:
            told = [f"they were last in touch on {words.near(both.date(), today)}."]
        else:
            told = [f"you last spoke on {words.near(both.date(), today)}."]
            told += [f"They last wrote in {words.month(theirs.date(), today)}."] if theirs else []
        if ours is not None and ours != both:
            verb = "last wrote" if ours > both else "were last in touch"
            told.append(f"You {verb} in {words.month(ours.date(), today)}.")
        return told
