"""What a schema means by calendars and deadlines: frozen objects, no YAML left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from schema.text import Text

if TYPE_CHECKING:
    from schema.expressions import Expression
    from schema.spec import Position

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
END_OF_DAY = 24 * 60

Period = tuple[int, int]
"""A stretch of a day: minutes since midnight at which it begins and ends; 1440 is the end of the day."""
Unit = Literal["min", "h", "d"]
LIGHTS = ("ahead", "soon", "late", "paused", "kept", "missed")
"""The codes of a deadline's light. The first four are of open deadlines."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time as a schema says it: ``24 h``, ``30 min``, ``3 d``. Hours and minutes are time of a calendar;
    days are working days and end with them."""

    amount: int
    unit: Unit

    @property
    def minutes(self) -> int:
        """The length of a span of minutes or hours."""
        assert self.unit != "d", "a day is as long as the calendar says"
        return self.amount * (60 if self.unit == "h" else 1)

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """When an office works.

    ``hours`` by weekday (0 is Monday) in order; ``holidays`` an ISO country or ''; ``make_up`` the hours of a workday
    that makes up for a holiday; ``exceptions`` the entity whose records are days of their own, or ''.
    """

    name: str
    label: Text
    hours: Mapping[int, tuple[Period, ...]]
    holidays: str = ""
    make_up: tuple[Period, ...] = ()
    exceptions: str = ""
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class WithinSpec:
    """The span of a deadline for the records for which ``when`` holds; None is all."""

    span: Span
    when: Expression | None = None


@dataclass(frozen=True, slots=True)
class EscalationSpec:
    """Who is told when a deadline is past by ``after``: roles, and accounts that the record names in ref fields."""

    after: Span
    roles: tuple[str, ...]
    people: tuple[str, ...]
    label: Text | None = None


@dataclass(frozen=True, slots=True)
class DeadlineSpec:
    """A deadline of an entity's records.

    ``from_`` gives a moment or a day; ``until`` a moment, or a condition that becomes true. The first of ``within``
    whose condition holds counts; where none does, and where ``when`` does not hold, the record has no such deadline.
    """

    name: str
    label: Text
    from_: Expression
    within: tuple[WithinSpec, ...]
    until: Expression
    when: Expression | None = None
    calendar: str = ""
    paused: Expression | None = None
    warn: Span | None = None
    escalate: tuple[EscalationSpec, ...] = ()
    reopen: Literal["restart", "resume"] = "restart"
    reads: frozenset[str] = field(default_factory=frozenset)
    """The record's own fields that it goes by."""
    position: Position | None = None

    @property
    def due_at(self) -> str:
        """The field that holds the moment by which it is to be met; empty while paused."""
        return made(self.name, "due_at")

    @property
    def left(self) -> str:
        """The field that holds the whole minutes left, kept while paused; less than none when it was late."""
        return made(self.name, "left")

    @property
    def met_at(self) -> str:
        """The field that holds the moment at which it was met."""
        return made(self.name, "met_at")

    @property
    def warn_at(self) -> str:
        """The field that holds the moment from which it is amber."""
        return made(self.name, "warn_at")

    @property
    def raised(self) -> str:
        """The field that holds how many steps of escalation are done."""
        return made(self.name, "raised")

    @property
    def raise_at(self) -> str:
        """The field that holds the moment of the next step of escalation."""
        return made(self.name, "raise_at")

    @property
    def light(self) -> str:
        """The field that tells how it stands."""
        return made(self.name, "light")

    @property
    def kept(self) -> tuple[str, ...]:
        """The fields that have a column."""
        return (self.due_at, self.left, self.met_at, self.warn_at, self.raised, self.raise_at)


DUE_AT, DUE_LIGHT = "due_at", "due_light"
"""Fields of an entity with deadlines: its next due moment, and how its open deadlines stand."""
ENDINGS = ("due_at", "left", "met_at", "warn_at", "raised", "raise_at", "light")


def made(deadline: str, ending: str) -> str:
    """The name of a field that a deadline makes."""
    return f"{deadline}_{ending}"


def made_names(deadlines: Mapping[str, object]) -> tuple[str, ...]:
    """The names of all fields that these deadlines make for their entity."""
    if not deadlines:
        return ()
    return (*(made(name, ending) for name in deadlines for ending in ENDINGS), DUE_AT, DUE_LIGHT)
