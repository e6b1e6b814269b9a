"""Calendars and deadlines, as written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic import Field as Key

from schema.written import Formula, Names, Part, Words


class CalendarPart(Part):
    """When the office works: the time in which deadlines run."""

    label: Words | None = None
    """What people call it."""
    hours: dict[str, Names]
    """Weekday → one or more periods, such as `[08:30-12:00, 13:30-17:30]`; a weekday that is missing has none."""
    holidays: str = ""
    """ISO code of a country, such as `CN`: its public holidays are free, its make-up workdays are worked."""
    make_up: str = ""
    """The weekday whose hours a make-up workday has; default: the first that has any."""
    exceptions: str = ""
    """An entity whose records are days that differ: its fields `day` (date), `is_open` (boolean) and `hours` (text such
    as `09:00-12:00, 13:00-15:00`; empty: those of a make-up workday)."""


class WithinPart(Part):
    """How long a deadline is for some of the records."""

    when: Formula | None = None
    """For which; without it, for all."""
    within: str
    """How long."""


def _rules(value: Any) -> Any:
    if isinstance(value, (str, int)):
        return [{"within": value}]
    return [value] if isinstance(value, dict) else value


Within = Annotated[
    tuple[WithinPart, ...], BeforeValidator(_rules, json_schema_input_type=str | WithinPart | list[WithinPart])
]


class EscalationPart(Part):
    """Who is told of a deadline that is past."""

    after: str = "0 h"
    """So long after it was due: time of the deadline's calendar, or working days."""
    to: Names
    """Roles, or ref fields that name an account."""
    label: Words | None = None
    """What the step is called in the history."""


def _escalations(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


Escalations = Annotated[
    tuple[EscalationPart, ...],
    BeforeValidator(_escalations, json_schema_input_type=EscalationPart | list[EscalationPart]),
]


class DeadlinePart(Part):
    """A moment by which something is to be done about a record."""

    label: Words | None = None
    """What people call it."""
    from_: Formula = Key(default="created_at", alias="from")
    """When its clock starts: an expression that gives a moment, or a day, with whose beginning it starts. Without a
    value there is no deadline."""
    within: Within
    """How long: `30 min`, `24 h` (time of the calendar), `0 d` (by the end of that working day), `3 d` (by the end of
    the third working day after); or a list of `{when, within}`, of which the first that holds counts."""
    when: Formula | None = None
    """Only records for which this holds have it."""
    until: Formula
    """What meets it: an expression that gives the moment, or a condition; then it is met when that becomes true."""
    calendar: str = ""
    """The calendar it runs on; without one it runs day and night."""
    paused: Formula | None = None
    """While this holds the clock stands still, and what was left stays left."""
    warn: str = ""
    """So long before it is due it turns amber; `1 d`: with the beginning of the working day before."""
    escalate: Escalations = ()
    """Who is told when it is past, in order; each once."""
    reopen: Literal["restart", "resume"] = "restart"
    """When what met it is taken back: the clock starts again with all its time, or goes on where it stood."""
