"""Days, weeks, months, quarters and years as keys of a GROUP BY, cut by the office's clock, alike on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import peewee

PERIODS = ("day", "week", "month", "quarter", "year")
FIRST_YEAR, YEARS_AHEAD = 1970, 10
"""Changes of the clock are known from the first year to so many from now; beyond, the nearest offset holds."""

Bounds = tuple[Any, Any]


def period_of(period: str, kind: str, node: Any, zone: ZoneInfo, sqlite: bool) -> Any:
    """SQL for the period that a date, datetime or month (kind 'text') falls into.

    The keys are texts that sort: '2026-03-16' (a week by its Monday), '2026-03', '2026-Q1', '2026'.
    """
    if kind == "datetime":
        node = _local(node, zone, sqlite)
    if sqlite or kind == "text":
        return _SQLITE[period](node)
    node = peewee.fn.date_trunc("week", node) if period == "week" else node
    return peewee.fn.to_char(node, _PG[period])


def bounds(period: str, key: str) -> Bounds:
    """The first and the last day of a period by its key."""
    if period in ("day", "week"):
        first = date.fromisoformat(key)
        return first, first + timedelta(days=6 if period == "week" else 0)
    year = int(key[:4])
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    month = int(key[5:7]) if period == "month" else int(key[6]) * 3 - 2 if period == "quarter" else 1
    after = date(year + (month + months > 12), (month + months - 1) % 12 + 1, 1)
    return date(year, month, 1), after - timedelta(days=1)


def _cut(first: int, length: int) -> Callable[[Any], Any]:
    return lambda node: peewee.fn.substr(node, first, length)


def _quarter(node: Any) -> Any:
    month = peewee.NodeList((peewee.SQL("((CAST("), peewee.fn.substr(node, 6, 2), peewee.SQL("AS INTEGER) + 2) / 3)")))
    return peewee.NodeList((peewee.fn.substr(node, 1, 4), peewee.SQL("|| '-Q' ||"), month))


_SQLITE: dict[str, Callable[[Any], Any]] = {
    "day": _cut(1, 10),
    "week": lambda node: peewee.fn.date(node, "weekday 0", "-6 days"),
    "month": _cut(1, 7),
    "quarter": _quarter,
    "year": _cut(1, 4),
}
_PG = {"day": "YYYY-MM-DD", "week": "YYYY-MM-DD", "month": "YYYY-MM", "quarter": 'YYYY-"Q"Q', "year": "YYYY"}


def _local(node: Any, zone: ZoneInfo, sqlite: bool) -> Any:
    """A UTC moment moved to the office's clock."""
    steps = changes(zone.key, datetime.now(UTC).year + YEARS_AHEAD)
    branches = [(node >= at, _moved(node, offset, sqlite)) for at, offset in reversed(steps[1:])]
    usual = _moved(node, steps[0][1], sqlite)
    return peewee.Case(None, branches, usual) if branches else usual


def _moved(node: Any, seconds: int, sqlite: bool) -> Any:
    if sqlite:
        return peewee.fn.datetime(node, f"{seconds:+d} seconds")
    return peewee.NodeList((node, peewee.SQL(f"+ INTERVAL '{seconds} seconds'")), parens=True)


@lru_cache(maxsize=16)
def changes(zone: str, last_year: int) -> tuple[tuple[datetime, int], ...]:
    """(naive UTC moment, offset in seconds from then on), ascending; the first holds for all time before too."""
    where, day, end = ZoneInfo(zone), datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(last_year, 12, 31, tzinfo=UTC)
    found = [(day.replace(tzinfo=None), _offset(day, where))]
    while day < end:
        after = day + timedelta(days=1)
        if _offset(after, where) != found[-1][1]:
            moment = _turn(day, after, where)
            found.append((moment.replace(tzinfo=None), _offset(moment, where)))
        day = after
    return tuple(found)


def _turn(low: datetime, high: datetime, where: ZoneInfo) -> datetime:
    """The first second, between these two, at which the offset is the later one's."""
    later = _offset(high, where)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (low, middle) if _offset(middle, where) == later else (middle, high)
    return high


def _offset(moment: datetime, where: ZoneInfo) -> int:
    offset = moment.astimezone(where).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
