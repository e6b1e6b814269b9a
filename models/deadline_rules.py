"""How a deadline moves when its record is written: pure rules over moments and a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from models.service_clock import (
    Calendar,
    add_working_time,
    end_of_working_day,
    start_of_working_day,
    working_time_between,
)
from schema.spec_clocks import DeadlineSpec, EscalationSpec, Span

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a record says of one of its deadlines.

    ``start`` and ``span`` are None where it has no such deadline; ``met`` is the moment that met it, or whether
    something has.
    """

    start: datetime | None
    span: Span | None
    met: datetime | bool
    paused: bool

    @property
    def applies(self) -> bool:
        return self.start is not None and self.span is not None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a deadline stands: ``due_at``, or while its clock stands still the minutes ``left``; ``met_at``; ``raised``
    are the steps of escalation that are done."""

    due_at: datetime | None = None
    left: int | None = None
    met_at: datetime | None = None
    raised: int | None = None

    @property
    def is_open(self) -> bool:
        """It is still to be met, and its clock is running."""
        return self.met_at is None and self.due_at is not None


NOTHING = Standing()


def turn(
    spec: DeadlineSpec, calendar: Calendar, was: Facts | None, old: Standing, facts: Facts, now: datetime
) -> Standing:
    """How the deadline stands once the record says ``facts``; ``was`` is what it said before, None of a new one.

    What was left when the clock stopped is left when it goes on. A start or a span that is corrected moves the due
    moment by the working time between what it would have been and what it would be, so that pauses keep counting.
    """
    if facts.start is None or facts.span is None:
        return NOTHING
    tick = max(now, facts.start).astimezone(UTC).replace(microsecond=0)
    if old.due_at is None and old.left is None:
        standing = Standing(due_at=due_of(calendar, facts.start, facts.span), raised=old.raised)
    else:
        standing = _corrected(calendar, was, old, facts)
    if facts.met:
        return _met(standing, facts.met, now)
    if standing.met_at is not None:
        standing = _reopened(spec, calendar, standing, facts.span, tick)
    return _paused(calendar, standing, facts.paused, tick)


def due_of(calendar: Calendar, start: datetime, span: Span) -> datetime:
    """The moment a span after ``start``."""
    start = start.astimezone(UTC).replace(microsecond=0)
    if span.unit == "d":
        return end_of_working_day(calendar, start, span.amount)
    return add_working_time(calendar, start, span.minutes * MINUTE)


def warned_from(spec: DeadlineSpec, calendar: Calendar, standing: Standing) -> datetime | None:
    """The moment from which the deadline is amber, or None."""
    if not standing.is_open or spec.warn is None or standing.due_at is None:
        return None
    if spec.warn.unit == "d":
        return start_of_working_day(calendar, standing.due_at, spec.warn.amount)
    return add_working_time(calendar, standing.due_at, -spec.warn.minutes * MINUTE)


def raised_next(steps: Sequence[EscalationSpec], calendar: Calendar, standing: Standing) -> datetime | None:
    """The moment of the next step of escalation, or None where there is none to come."""
    done = standing.raised or 0
    if not standing.is_open or standing.due_at is None or done >= len(steps):
        return None
    after = steps[done].after
    return due_of(calendar, standing.due_at, after)


def whole_minutes(length: timedelta) -> int:
    """Minutes of a length of time, the last one begun as a whole: a pause takes nothing away."""
    return -(-length // MINUTE)


def _corrected(calendar: Calendar, was: Facts | None, old: Standing, facts: Facts) -> Standing:
    assert facts.start is not None and facts.span is not None
    if was is None or was.start is None or was.span is None or (was.start, was.span) == (facts.start, facts.span):
        return old
    before, after = due_of(calendar, was.start, was.span), due_of(calendar, facts.start, facts.span)
    if old.due_at == before:
        return replace(old, due_at=after)
    moved = working_time_between(calendar, before, after)
    if old.due_at is None:
        return replace(old, left=(old.left or 0) + whole_minutes(moved))
    return replace(old, due_at=add_working_time(calendar, old.due_at, moved))


def _met(standing: Standing, met: datetime | bool, now: datetime) -> Standing:
    """Met at a moment that the record tells, else when it was first seen to be."""
    if isinstance(met, datetime):
        return replace(standing, met_at=met)
    return standing if standing.met_at is not None else replace(standing, met_at=now.replace(microsecond=0))


def _reopened(spec: DeadlineSpec, calendar: Calendar, standing: Standing, span: Span, tick: datetime) -> Standing:
    """What met it has been taken back: all the time again, or what was left of it."""
    if spec.reopen == "restart":
        return Standing(due_at=due_of(calendar, tick, span))
    if standing.due_at is None or standing.met_at is None:
        return replace(standing, met_at=None)
    left = working_time_between(calendar, standing.met_at, standing.due_at)
    return replace(standing, met_at=None, due_at=add_working_time(calendar, tick, left))


def _paused(calendar: Calendar, standing: Standing, paused: bool, tick: datetime) -> Standing:
    if paused and standing.due_at is not None:
        left = working_time_between(calendar, tick, standing.due_at)
        return replace(standing, due_at=None, left=whole_minutes(left))
    if not paused and standing.left is not None:
        return replace(standing, due_at=add_working_time(calendar, tick, standing.left * MINUTE), left=None)
    return standing
