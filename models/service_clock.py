"""Time of an office that is not always open: pure rules over calendars of working hours.

Moments are aware; what comes back is in UTC. A calendar is cut into openings, stretches of UTC during which the office
works, so that lunch breaks, holidays, make-up days and changes of the clocks are seen to in one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

from schema.spec_clocks import END_OF_DAY, CalendarSpec, Period

Opening = tuple[datetime, datetime]
"""A stretch of working time, in UTC: from the first moment to the one after the last."""
ALL_DAY: tuple[Period, ...] = ((0, END_OF_DAY),)
NONE = timedelta()
DAY = timedelta(days=1)
FARTHEST = 3660
"""Days within which some office hours are found; a calendar that is closed for longer has none."""
FIRST_YEAR, LAST_YEAR = 1950, 2099
"""Years whose public holidays are worked out."""


@dataclass(frozen=True, slots=True)
class _Year:
    """A country's public holidays and make-up workdays of a year, the weekdays of its weekend, and whether it is a
    country that moves workdays at all."""

    free: frozenset[date]
    worked: frozenset[date]
    weekend: frozenset[int]
    moves: bool


class Closed(ValueError):
    """A calendar has no working time for years on end."""


class Calendar:
    """When an office works.

    ``hours`` are its periods by weekday (0 is Monday), ``country`` whose public holidays are free and whose make-up
    workdays are worked, with the hours ``make_up``; ``days`` are days that differ, whatever else they are.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        hours: Mapping[int, tuple[Period, ...]],
        country: str = "",
        make_up: tuple[Period, ...] = (),
        days: Mapping[date, tuple[Period, ...]] | None = None,
    ) -> None:
        self.zone, self.hours, self.country, self.make_up = zone, hours, country, make_up
        self.days = days or {}
        self.always = not self.days and not country and all(hours.get(day) == ALL_DAY for day in range(7))
        self._openings: dict[date, tuple[Opening, ...]] = {}

    def periods(self, day: date) -> tuple[Period, ...]:
        """The hours of a day of the office."""
        if day in self.days:
            return self.days[day]
        if self.country and FIRST_YEAR <= day.year <= LAST_YEAR:
            year = _year(self.country, day.year)
            if day in year.worked:
                return self.make_up
            if day in year.free or (year.moves and self._is_bridged(day, year.weekend)):
                return ()
        return self.hours.get(day.weekday(), ())

    def _is_bridged(self, day: date, weekend: frozenset[int]) -> bool:
        """Whether a day of the weekend lies beside a public holiday: where workdays are moved, both are one rest."""
        return day.weekday() in weekend and any(self._reaches(day, step * DAY, weekend) for step in (-1, 1))

    def _reaches(self, day: date, step: timedelta, weekend: frozenset[int]) -> bool:
        """Whether the weekend around ``day`` ends at a holiday in this direction, with no make-up day before."""
        while day.weekday() in weekend:
            day += step
            year = _year(self.country, day.year)
            if day in year.worked or day in year.free:
                return day in year.free
        return False

    def openings(self, day: date) -> tuple[Opening, ...]:
        """The working time of a day of the office, in order."""
        known = self._openings.get(day)
        if known is None:
            both = ((self._moment(day, start), self._moment(day, end)) for start, end in self.periods(day))
            known = self._openings[day] = tuple((start, end) for start, end in both if start < end)
        return known

    def _moment(self, day: date, minute: int) -> datetime:
        if minute == END_OF_DAY:
            day, minute = day + DAY, 0
        return datetime.combine(day, time(minute // 60, minute % 60), self.zone).astimezone(UTC)

    def day_of(self, moment: datetime) -> date:
        """The office's date at a moment."""
        return moment.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """The first moment of a day of the office."""
        return self._moment(day, 0)

    def from_day(self, day: date, step: int) -> Iterator[tuple[date, tuple[Opening, ...]]]:
        """The days on which the office works from ``day`` on, forwards (1) or backwards (-1). Raises Closed."""
        idle = 0
        while idle < FARTHEST:
            found = self.openings(day)
            idle = 0 if found else idle + 1
            if found:
                yield day, found
            day += timedelta(days=step)
        raise Closed(f"no working time for {FARTHEST} days from {day}")


def round_the_clock(zone: ZoneInfo) -> Calendar:
    """The calendar of an office that never closes."""
    return Calendar(zone, dict.fromkeys(range(7), ALL_DAY))


def calendar_of(spec: CalendarSpec, zone: ZoneInfo, days: Mapping[date, tuple[Period, ...]] | None = None) -> Calendar:
    """The calendar of a schema, with the days that its records of exceptions name."""
    return Calendar(zone, spec.hours, spec.holidays, spec.make_up, days)


def add_working_time(calendar: Calendar, moment: datetime, length: timedelta) -> datetime:
    """The moment ``length`` of working time after ``moment``, or before it where that is negative.

    It is the first such moment going forwards, and the last going backwards, so that it falls on an end of the hours
    rather than on the beginning of the next. Of no length it is ``moment`` itself. Raises Closed.
    """
    moment = moment.astimezone(UTC)
    if calendar.always or not length:
        return moment + length
    return _forwards(calendar, moment, length) if length > NONE else _backwards(calendar, moment, -length)


def _forwards(calendar: Calendar, moment: datetime, length: timedelta) -> datetime:
    for _, openings in calendar.from_day(calendar.day_of(moment), 1):
        for start, end in openings:
            begin = max(start, moment)
            if begin < end:
                if length <= end - begin:
                    return begin + length
                length -= end - begin
    raise AssertionError("a calendar that ends says so")


def _backwards(calendar: Calendar, moment: datetime, length: timedelta) -> datetime:
    for _, openings in calendar.from_day(calendar.day_of(moment), -1):
        for start, end in reversed(openings):
            until = min(end, moment)
            if start < until:
                if length <= until - start:
                    return until - length
                length -= until - start
    raise AssertionError("a calendar that ends says so")


def working_time_between(calendar: Calendar, one: datetime, other: datetime) -> timedelta:
    """The working time from one moment to another; negative where the other comes first."""
    if other < one:
        return -working_time_between(calendar, other, one)
    if calendar.always:
        return other.astimezone(UTC) - one.astimezone(UTC)
    total, day, last = NONE, calendar.day_of(one), calendar.day_of(other)
    while day <= last:
        for start, end in calendar.openings(day):
            total += max(NONE, min(end, other) - max(start, one))
        day += DAY
    return total


def end_of_working_day(calendar: Calendar, moment: datetime, days: int = 0) -> datetime:
    """The end of the working day of ``moment``, or of the ``days``-th one after its date.

    Where that day is free, or over by then, it is the end of the next one. A day that ends at midnight ends with its
    last second. Raises Closed.
    """
    today, left = calendar.day_of(moment), days
    for day, openings in calendar.from_day(today, 1):
        end = openings[-1][1]
        left -= day > today
        if left < 0 or (left == 0 and (days or end > moment)):
            return end - timedelta(seconds=1) if calendar.day_of(end) > day else end
    raise AssertionError("a calendar that ends says so")


def start_of_working_day(calendar: Calendar, moment: datetime, days: int = 0) -> datetime:
    """The beginning of the last working day up to ``moment``, or of the ``days``-th one before that. Raises Closed."""
    for _, openings in calendar.from_day(calendar.day_of(moment), -1):
        if openings[0][0] < moment:
            if days == 0:
                return openings[0][0]
            days -= 1
    raise AssertionError("a calendar that ends says so")


@lru_cache(maxsize=512)
def _year(country: str, year: int) -> _Year:
    known = country_holidays(country, years=(year - 1, year, year + 1), expand=False)
    free = frozenset(day for day in known if day.year == year)
    worked = frozenset(day for day in known.weekend_workdays if day.year == year)
    return _Year(free, worked, frozenset(known.weekend), bool(known.weekend_workdays))
