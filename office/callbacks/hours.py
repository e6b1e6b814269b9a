"""When somebody may be called: on office days, in parts of the day, never at night, each try in another part (S6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from office.callbacks.policy import DayPart

FARTHEST = 60
"""Days ahead in which some day must be worked; a calendar without any is one that is always closed."""

Periods = Callable[[date], Sequence[tuple[int, int]]]
"""The stretches in which the office works on a day, as minutes since midnight; none on a day off."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which people may be called: which part of the day, from and to (aware)."""

    part: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Try:
    """A call that reached nobody: at which part of the day."""

    part: str
    at: datetime


class CallHours:
    """The calling hours of an office: its parts of the day on the days that ``periods`` says are worked."""

    def __init__(self, parts: Mapping[str, DayPart], periods: Periods, zone: ZoneInfo) -> None:
        self.parts, self.periods, self.zone = parts, periods, zone

    def on(self, day: date) -> list[Stretch]:
        """When people may be called on a day, in order."""
        worked = self.periods(day)
        found = [(name, span) for name, part in self.parts.items() for span in _open(part, worked)]
        return [
            Stretch(name, self._at(day, start), self._at(day, end))
            for name, (start, end) in sorted(found, key=lambda one: one[1])
        ]

    def from_(self, moment: datetime) -> Iterator[Stretch]:
        """The stretches that end after a moment, soonest first."""
        today = moment.astimezone(self.zone).date()
        for days in range(FARTHEST + 1):
            yield from (one for one in self.on(today + timedelta(days=days)) if one.ends_at > moment)

    def first_from(self, moment: datetime) -> datetime:
        """The moment itself where somebody may be called then, or the next at which that is so."""
        found = next(self.from_(moment), None)
        return moment if found is None else max(moment, found.starts_at)

    def part_at(self, moment: datetime) -> str:
        """The part of the day that holds a moment, or the nearest one: a call may be made at any time by hand."""
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return min(self.parts, key=lambda name: _distance(self.parts[name].span, minute), default="")

    def next_try(self, tries: Sequence[Try], now: datetime) -> datetime:
        """When to call again after calls that reached nobody: the next stretch of a part of the day in which nobody
        was called yet, or where all were, of another than the last; on one day never twice in the same part."""
        tried = {one.part for one in tries}
        last = tries[-1].part if tries else ""
        fresh = set(self.parts) - tried or set(self.parts) - {last} or set(self.parts)
        ahead = (one for one in self.from_(now) if one.part in fresh and one.starts_at > now)
        found = next(ahead, None)
        return now + timedelta(days=1) if found is None else found.starts_at

    def day_after(self, day: date, days: int) -> date:
        """The working day so many working days after a day; with 0 the day itself, or the next that is worked."""
        ahead = (day + timedelta(days=n) for n in range(min(days, 1), FARTHEST * (days + 1)))
        worked = (one for one in ahead if self.periods(one))
        return next(islice(worked, max(days - 1, 0), None), day + timedelta(days=days))

    def start_of(self, day: date) -> datetime:
        """The first moment of a day at which somebody may be called; from noon on a day without any."""
        stretches = self.on(day)
        return stretches[0].starts_at if stretches else self._at(day, 12 * 60)

    def _at(self, day: date, minute: int) -> datetime:
        return datetime.combine(day, time(), self.zone) + timedelta(minutes=minute)


def _open(part: DayPart, worked: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What of a part of the day is left on a day that is worked so: from its first worked minute to its last."""
    start, end = part.span
    if part.after_hours:
        if worked:
            yield start, end
        return
    common = [(max(start, one), min(end, other)) for one, other in worked if max(start, one) < min(end, other)]
    if common:
        yield common[0][0], common[-1][1]


def _distance(span: tuple[int, int], minute: int) -> int:
    return max(span[0] - minute, minute - span[1] + 1, 0)
