"""The span of time that a figure of the service desk is about, and what such reports share (S7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.query import Condition
from office.figures.collection import Span, span_of
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

ONE_DAY = timedelta(days=1)
WEEK = "week"
MOST_ROWS = 2000
"""Lines of a report that lists records; whoever needs more exports the list."""
CUT = Text(
    "共 {count} 件，这里列出前 {most} 件；其余请到列表中导出。",
    "There are {count}, of which the first {most} are shown; export the list for the rest.",
)
COUNTED = Condition("state", "not_in", ("cancelled",))
"""What was cancelled was no request."""


def span_around(kind: str, day: date) -> Span:
    """The week (Monday to Sunday), month, quarter, half-year or year that holds ``day``."""
    if kind != WEEK:
        return span_of(kind, f"{day:%Y-%m}")
    monday = day - timedelta(days=day.weekday())
    return Span(monday, monday + timedelta(days=6))


def span_before(kind: str, span: Span) -> Span:
    """The span of the same kind that ends on the day before."""
    return span_around(kind, span.starts_on - ONE_DAY)


def asked_span(registry: Registry, now: datetime, answers: Mapping[str, Any], default: str) -> Span:
    """The span that a report was asked for: around ``day``, which is today unless told."""
    return span_around(answers.get("span") or default, answers.get("day") or local_day(registry, now))


def within(field: str, span: Span) -> tuple[Condition, Condition]:
    """The records whose ``field`` lies in the span."""
    return Condition(field, "from", span.starts_on), Condition(field, "to", span.ends_on)


def asked(answers: Mapping[str, Any], fields: Mapping[str, str]) -> tuple[Condition, ...]:
    """What a report was narrowed to: ``fields`` are those of the records, by the name of the answer."""
    return tuple(Condition(field, "equals", answers[name]) for name, field in fields.items() if answers.get(name))


def local_day(registry: Registry, at: datetime) -> date:
    """The day of a moment in the office."""
    return at.astimezone(registry.clock.zone).date()


def day_of(registry: Registry, at: datetime | None) -> date | None:
    """The same, of a moment that may be missing."""
    return local_day(registry, at) if at else None
