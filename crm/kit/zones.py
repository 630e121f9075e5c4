"""Time zones by their names in the IANA table, and what the clock on somebody's wall shows."""

from datetime import MINYEAR, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

DEFAULT = "UTC"
WORK_BEGINS, WORK_ENDS = time(9), time(17)
SATURDAY = 5


@cache
def names() -> tuple[str, ...]:
    """What people choose from: a region and a city, and UTC."""
    kept = (name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return (DEFAULT, *sorted(kept))


def city(name: str) -> str:
    """What people call it by: Stockholm, Indiana, Knox."""
    return (name.partition("/")[2] or name).replace("_", " ").replace("/", ", ")


def is_known(name: str) -> bool:
    return name in names()


def local(moment: datetime, zone: str) -> datetime:
    """The same moment as that zone's clocks show it; a name that has gone from the table is UTC."""
    return moment.astimezone(ZoneInfo(zone if is_known(zone) else DEFAULT))


def moment(day: date, at: time, zone: str) -> datetime:
    """When that zone's clocks show `at` on that day, in UTC. An hour that is skipped counts as the one after it, and of
    one that comes twice the first is meant. What would lie beyond the calendar is its end.
    """
    try:
        return local(datetime.combine(day, at, ZoneInfo(zone if is_known(zone) else DEFAULT)), DEFAULT)
    except OverflowError:
        ends = date.min if day.year == MINYEAR else date.max
        return datetime.combine(ends, time.min, ZoneInfo(DEFAULT))


def working_time(moment_: datetime, zone: str) -> datetime:
    """That moment, or the next at which somebody there is at work: Monday to Friday from nine to five."""
    there = local(moment_, zone)
    if there.weekday() < SATURDAY and WORK_BEGINS <= there.time() < WORK_ENDS:
        return moment_
    day = there.date() + timedelta(days=int(there.time() >= WORK_ENDS or there.weekday() >= SATURDAY))
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return moment(day, WORK_BEGINS, zone)
