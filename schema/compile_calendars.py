"""From calendars as written to the calendars of the specification."""

from __future__ import annotations

from holidays import list_supported_countries

from schema import document_clocks as clocks
from schema.compile_spans import read_periods
from schema.desk import Desk, label
from schema.names import bad_word
from schema.spec_clocks import WEEKDAYS, CalendarSpec, Period
from schema.text import BadValue, Text

COUNTRY, WEEKDAY = Text("国家代码", "country code"), Text("星期", "weekday")
NO_HOURS = Text("至少一天要有时段", "at least one weekday needs hours")
CLOSED = Text("“{day}”没有时段，不能作为补班日的时段", "'{day}' has no hours, so a make-up workday cannot have them")
DAY_FIELDS = {"day": "date", "is_open": "boolean", "hours": "text"}
NOT_THAT = Text(
    "“{entity}”要有字段 {name}（类型 {type}），才能作日历的例外日",
    "'{entity}' needs a field {name} (type {type}) to hold a calendar's exceptions",
)


def make_calendar(desk: Desk, name: str, part: clocks.CalendarPart) -> CalendarSpec:
    """The calendar; what is wrong in it is said, and left out."""
    path = part.path
    refused = bad_word(name)
    if refused is not None:
        desk.say(path, refused, key=True)
    hours = _hours(desk, part)
    if part.holidays:
        desk.misses((*path, "holidays"), COUNTRY, part.holidays, tuple(list_supported_countries()))
    if part.exceptions and not desk.no_entity((*path, "exceptions"), part.exceptions):
        _check_exceptions(desk, part)
    return CalendarSpec(
        name=name,
        label=label(part.label, name),
        hours=hours,
        holidays=part.holidays,
        make_up=_make_up(desk, part, hours),
        exceptions=part.exceptions,
        position=desk.source.place(path).key,
    )


def _hours(desk: Desk, part: clocks.CalendarPart) -> dict[int, tuple[Period, ...]]:
    path = (*part.path, "hours")
    found: dict[int, tuple[Period, ...]] = {}
    for day, words in part.hours.items():
        if desk.misses((*path, day), WEEKDAY, day, WEEKDAYS, key=True):
            continue
        try:
            found[WEEKDAYS.index(day)] = read_periods(words)
        except BadValue as wrong:
            desk.say((*path, day), wrong.text)
    if not any(found.values()) and desk.sound(path):
        desk.say(path, NO_HOURS, key=True)
    return {day: periods for day, periods in found.items() if periods}


def _make_up(desk: Desk, part: clocks.CalendarPart, hours: dict[int, tuple[Period, ...]]) -> tuple[Period, ...]:
    path = (*part.path, "make_up")
    if not part.make_up:
        return hours[min(hours)] if hours else ()
    if desk.misses(path, WEEKDAY, part.make_up, WEEKDAYS):
        return ()
    found = hours.get(WEEKDAYS.index(part.make_up), ())
    if not found and desk.sound((*part.path, "hours")):
        desk.say(path, CLOSED.with_(day=part.make_up))
    return found


def _check_exceptions(desk: Desk, part: clocks.CalendarPart) -> None:
    """The entity of exceptions has the fields that say what kind of day it is."""
    for name, kind in DAY_FIELDS.items():
        draft = desk.draft(part.exceptions, name)
        known = draft is not None and draft.type is not None
        if name in desk.entities[part.exceptions] and not known:
            continue
        if draft is None or draft.type is None or draft.type.name != kind:
            words = NOT_THAT.with_(entity=part.exceptions, name=name, type=kind)
            desk.say((*part.path, "exceptions"), words)
