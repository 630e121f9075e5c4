"""Dates and sizes as people say them."""

from datetime import date, datetime, timedelta

MONTH = 30.44


def day(on: date | datetime) -> str:
    """3 November 2026"""
    return f"{on.day} {on:%B %Y}"


def month(on: date, today: date) -> str:
    """March, and March 2025 once there has been another one since."""
    return f"{on:%B}" if (today - on).days < 330 else f"{on:%B %Y}"


def near(on: date, today: date) -> str:
    """3 March, and 3 March 2025 where the year is not plain."""
    return f"{on.day} {on:%B}" if abs((today - on).days) < 300 else day(on)


def exact(at: datetime) -> str:
    """Monday, 3 November 2026, 14:05 UTC"""
    return f"{at:%A}, {day(at)}, {at:%H:%M} UTC"


def ago(at: datetime | date, now: datetime) -> str:
    """Past and future: "3 weeks ago", "in 2 months", "yesterday"; a moment within a day is told in hours or minutes."""
    if isinstance(at, datetime) and abs(now - at) < timedelta(hours=20):
        return _within_a_day(now - at)
    days = (now.date() - (at.date() if isinstance(at, datetime) else at)).days
    near = {0: "today", 1: "yesterday", -1: "tomorrow"}
    if days in near:
        return near[days]
    return f"{_span(days)} ago" if days > 0 else f"in {_span(-days)}"


def lasting(time: timedelta) -> str:
    """3 hours, 2 days"""
    minutes = max(int(time.total_seconds() // 60), 1)
    if minutes < 20 * 60:
        return several(minutes, "minute") if minutes < 60 else several(minutes // 60, "hour")
    return _span(max(time.days, 1))


def size(count: int) -> str:
    """Of a file, in decimal units as file managers show it."""
    if round(count / 1_000) < 1_000:
        return f"{max(1, round(count / 1_000))} kB"
    return f"{count / 1_000_000:.1f} MB"


def several(count: int, one: str, many: str = "") -> str:
    """1 person, 3 people"""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _within_a_day(since: timedelta) -> str:
    minutes = int(abs(since).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    amount = several(minutes, "minute") if minutes < 60 else several(minutes // 60, "hour")
    return f"{amount} ago" if since > timedelta(0) else f"in {amount}"


def _span(days: int) -> str:
    if days < 14:
        return several(days, "day")
    if days < 60:
        return several(days // 7, "week")
    if days < 730:
        return several(round(days / MONTH), "month")
    return several(days // 365, "year")


SPELT = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def spelt(count: int) -> str:
    """two; in figures from eleven on"""
    return SPELT[count] if count < len(SPELT) else f"{count:,}"


def span(days: int) -> str:
    """three months, six weeks, ten days"""
    for unit, length, least in (("month", MONTH, 60), ("week", 7, 14), ("day", 1, 0)):
        if days >= least:
            count = round(days / length)
            return f"{spelt(count)} {unit if count == 1 else unit + 's'}"
    raise ValueError(days)


def together(names: list[str]) -> str:
    """a, b and c"""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1] if names else "")))
