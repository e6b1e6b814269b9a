"""The calendars of one office, with the days that its records of exceptions name; and what such a record must say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import peewee

from models.actor import Actor
from models.preparations import Draft, Prepared, preparation
from models.service_clock import Calendar, calendar_of, round_the_clock
from models.storage.build import Models
from schema.compile_spans import read_periods
from schema.spec import Schema
from schema.spec_clocks import CalendarSpec, Period
from schema.text import BadValue

if TYPE_CHECKING:
    from models.registry import Registry

BETWEEN = re.compile(r"[,，;；、\s]+(?=\d)")


class Calendars(Mapping[str, Calendar]):
    """``registry.calendars["office"]``; the calendar without a name never closes.

    The days that differ are read again when one of them was written, by whatever process.
    """

    def __init__(self, schema: Schema, models: Models, zone: ZoneInfo) -> None:
        self.schema, self.models, self.zone = schema, models, zone
        self.always = round_the_clock(zone)
        self._known: dict[str, tuple[Any, Calendar]] = {}

    def __getitem__(self, name: str) -> Calendar:
        if not name:
            return self.always
        spec = self.schema.calendars[name]
        mark = self._mark(spec)
        known = self._known.get(name)
        if known is None or known[0] != mark:
            known = self._known[name] = (mark, calendar_of(spec, self.zone, self._days(spec)))
        return known[1]

    def __iter__(self) -> Iterator[str]:
        return iter(self.schema.calendars)

    def __len__(self) -> int:
        return len(self.schema.calendars)

    def _mark(self, spec: CalendarSpec) -> Any:
        """What differs once a record of the exceptions was written or deleted."""
        if not spec.exceptions:
            return None
        days: Any = self.models[spec.exceptions]
        counts = days.select(peewee.fn.COUNT(days.id), peewee.fn.SUM(days.version), peewee.fn.MAX(days.changed_at))
        return counts.tuples().get()

    def _days(self, spec: CalendarSpec) -> dict[date, tuple[Period, ...]]:
        if not spec.exceptions:
            return {}
        days: Any = self.models[spec.exceptions]
        found = days.select(days.day, days.is_open, days.hours).where(days.day.is_null(False))
        return {day: hours_of(hours, spec.make_up) if is_open else () for day, is_open, hours in found.tuples()}


def hours_of(words: str | None, otherwise: tuple[Period, ...]) -> tuple[Period, ...]:
    """The periods that ``words`` mean. Raises BadValue."""
    return read_periods(BETWEEN.split(words.strip())) if words and words.strip() else otherwise


@preparation("calendar_day")
def prepare(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> list[Prepared]:
    """The hours of a day that differs are periods, or left to those of a make-up workday."""
    return [_prepared(draft) for draft in drafts]


def _prepared(draft: Draft) -> Prepared:
    try:
        hours_of((draft.values or {}).get("hours"), ())
    except BadValue as wrong:
        return Prepared(problems={"hours": [wrong.text]})
    return Prepared()
