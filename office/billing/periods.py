"""Billing periods: the texts bills carry, the days they stand for, the months and days inside them (domain F1, F3)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from models.errors import Refused
from schema.text import Text

Cycle = Literal["month", "quarter", "year", "once"]

MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
"""How many months a recurring cycle has."""
DAY = timedelta(days=1)

NO_PERIOD = Text(
    "看不懂账期“{text}”；请写 2026-10、2026Q4、2026，一次性的写日期 2026-10-05。",
    "“{text}” is no billing period; write 2026-10, 2026Q4, 2026, or the date 2026-10-05 for something charged once.",
)
_MONTH, _QUARTER, _YEAR = re.compile(r"(\d{4})-(\d{2})"), re.compile(r"(\d{4})Q([1-4])"), re.compile(r"\d{4}")
_DAYS = re.compile(r"(\d{8})-(\d{8})")
_AGAIN = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{1,4})")
"""The second, third … thing charged once on a day: 2026-10-05/2."""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days that is billed at once, both ends included, and the text a bill carries for it."""

    text: str
    cycle: Cycle
    starts_on: date
    ends_on: date

    def __str__(self) -> str:
        return self.text

    @property
    def label(self) -> Text:
        """The period in words: 2026年10月, 2026年第四季度."""
        if self.cycle == "month":
            return Text(f"{self.starts_on:%Y}年{self.starts_on.month}月", f"{self.starts_on:%B %Y}")
        if self.cycle == "quarter":
            number = (self.starts_on.month + 2) // 3
            words = Text("{year}年第{zh}季度", "quarter {number} of {year}")
            return words.with_(year=self.starts_on.year, zh="一二三四"[number - 1], number=number)
        if self.cycle == "year":
            return Text(f"{self.starts_on:%Y}年度", f"{self.starts_on:%Y}")
        if self.starts_on != self.ends_on:
            return Text("{first} 至 {last}", "{first} to {last}").with_(first=self.starts_on, last=self.ends_on)
        return Text(self.text, self.text)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one calendar month, or whole months in a row: ``months`` of them, ``days`` out of ``of_days``."""

    starts_on: date
    ends_on: date
    months: int
    days: int
    of_days: int


def period_holding(cycle: str, day: date) -> Period:
    """The period of a cycle that ``day`` falls into; of 'once', the day itself."""
    if cycle == "once":
        return Period(day.isoformat(), "once", day, day)
    if cycle == "month":
        return Period(f"{day:%Y-%m}", "month", day.replace(day=1), month_end(day))
    if cycle == "quarter":
        first = day.month - (day.month - 1) % 3
        text = f"{day.year}Q{(first + 2) // 3}"
        return Period(text, "quarter", date(day.year, first, 1), month_end(date(day.year, first + 2, 1)))
    if cycle == "year":
        return Period(f"{day:%Y}", "year", date(day.year, 1, 1), date(day.year, 12, 31))
    raise ValueError(f"there is no cycle {cycle!r}")


def read_period(text: str) -> Period:
    """The period of the text on a bill. Raises Refused where it is none."""
    words = text.strip()
    try:
        if found := _MONTH.fullmatch(words):
            return period_holding("month", date(int(found[1]), int(found[2]), 1))
        if found := _QUARTER.fullmatch(words):
            return period_holding("quarter", date(int(found[1]), int(found[2]) * 3, 1))
        if _YEAR.fullmatch(words):
            return period_holding("year", date(int(words), 1, 1))
        if found := _DAYS.fullmatch(words):
            return Period(words, "once", date.fromisoformat(found[1]), date.fromisoformat(found[2]))
        if found := _AGAIN.fullmatch(words):
            return replace(period_holding("once", date.fromisoformat(found[1])), text=words)
        return period_holding("once", date.fromisoformat(words))
    except ValueError:
        raise Refused(NO_PERIOD.with_(text=text)) from None


def period_of_days(starts_on: date, ends_on: date) -> Period:
    """The period of the days from ``starts_on`` to ``ends_on``: a month, quarter or year, one day, else just these
    days ('20260715-20260914')."""
    for cycle in MONTHS:
        period = period_holding(cycle, starts_on)
        if (period.starts_on, period.ends_on) == (starts_on, ends_on):
            return period
    if starts_on == ends_on:
        return period_holding("once", starts_on)
    return Period(f"{starts_on:%Y%m%d}-{ends_on:%Y%m%d}", "once", starts_on, ends_on)


def period_before(period: Period) -> Period:
    """The period before this one, of the same cycle."""
    return period_holding(period.cycle, period.starts_on - DAY)


def period_after(period: Period) -> Period:
    """The period after this one, of the same cycle."""
    return period_holding(period.cycle, period.ends_on + DAY)


def month_end(day: date) -> date:
    """The last day of the month ``day`` lies in."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def days_of(starts_on: date, ends_on: date) -> int:
    """How many days these are, both ends included."""
    return (ends_on - starts_on).days + 1


def overlap(starts_on: date, ends_on: date, first: date | None, last: date | None) -> tuple[date, date] | None:
    """The days from ``starts_on`` to ``ends_on`` that lie in ``first`` – ``last`` (None is open); None without any."""
    begin = starts_on if first is None or first < starts_on else first
    end = ends_on if last is None or last > ends_on else last
    return (begin, end) if begin <= end else None


def stretches(starts_on: date, ends_on: date) -> Iterator[Stretch]:
    """The days cut into part months and runs of whole months, in order. Source: domain F1, part months by days."""
    run: Stretch | None = None
    first = starts_on
    while first <= ends_on:
        month, last = month_end(first), min(month_end(first), ends_on)
        days = days_of(first, last)
        if first.day == 1 and last == month:
            before = run or Stretch(first, last, 0, 0, 0)
            run = Stretch(before.starts_on, last, before.months + 1, before.days + days, before.of_days + days)
        else:
            if run:
                yield run
                run = None
            yield Stretch(first, last, 1, days, month.day)
        first = last + DAY
    if run:
        yield run
