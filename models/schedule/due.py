"""When a schedule is due: pure rules over the office's days and clock."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from schema.spec import LAST_DAY, Schedule

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST = 367
"""Days within which every schedule comes round."""


def due(schedule: Schedule, last: datetime | None, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment for which the schedule is to run now, or None.

    ``last`` is the newest moment it has run for, or that had passed when it was first seen; None before that. Of
    several moments missed it is the newest. All are aware; the result is in UTC.
    """
    newest = newest_slot(schedule, now, zone)
    return newest if last is not None and newest > last else None


def newest_slot(schedule: Schedule, now: datetime, zone: ZoneInfo) -> datetime:
    """The last moment, not after ``now``, at which the schedule was to run; in UTC."""
    if step := minutes_between(schedule):
        return _by_minutes(schedule, now, zone, step)
    return next(slot for slot in _slots(schedule, now, zone, step=-1) if slot <= now)


def next_slot(schedule: Schedule, now: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after ``now`` at which the schedule is to run; in UTC."""
    if step := minutes_between(schedule):
        return _by_minutes(schedule, now, zone, step) + timedelta(minutes=step)
    return next(slot for slot in _slots(schedule, now, zone, step=1) if slot > now)


def moment_of(schedule: Schedule, day: date, zone: ZoneInfo) -> datetime:
    """The schedule's time on a day of the office, in UTC.

    A time that a change of clocks leaves out is as much later; of one that comes twice it is the first.
    """
    return datetime.combine(day, schedule.at, tzinfo=zone).astimezone(UTC)


def falls_on(schedule: Schedule, day: date) -> bool:
    """Whether the schedule runs on this day of the office; a day that a month lacks is its last."""
    every = schedule.every[0]
    if every == "day" or minutes_between(schedule):
        return True
    if every not in ("month", "quarter", "year"):
        return WEEKDAYS[day.weekday()] in schedule.every
    first, length = _span(every, day)
    wanted = length if schedule.day == LAST_DAY else min(schedule.day or 1, length)
    return (day - first).days + 1 == wanted


def _span(every: str, day: date) -> tuple[date, int]:
    """The first day of the month, quarter or year around ``day``, and how many days it has."""
    months = {"month": 1, "quarter": 3, "year": 12}[every]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return first, sum(monthrange(day.year, first.month + n)[1] for n in range(months))


def _slots(schedule: Schedule, now: datetime, zone: ZoneInfo, step: int) -> Iterator[datetime]:
    """The moments of the schedule from around ``now`` on, forwards or backwards."""
    day = now.astimezone(zone).date() - timedelta(days=step)
    for _ in range(LONGEST + 1):
        if falls_on(schedule, day):
            yield moment_of(schedule, day, zone)
        day += timedelta(days=step)


def minutes_between(schedule: Schedule) -> int:
    """Minutes from one moment to the next of a schedule that runs every hour or more often; 0 for all others."""
    every = schedule.every[0]
    return 60 if every == "hour" else int(every.removesuffix(" min")) if every.endswith(" min") else 0


def _by_minutes(schedule: Schedule, now: datetime, zone: ZoneInfo, step: int) -> datetime:
    here = now.astimezone(zone)
    since = timedelta(minutes=(here.minute - schedule.at.minute) % step, seconds=here.second)
    return (now - since).astimezone(UTC).replace(microsecond=0)
