"""The calling hours of one office: its parts of the day on the days of its calendar (S6)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from office.callbacks.hours import CallHours
from office.callbacks.policy import DAY, callbacks_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.registry import Registry


def call_hours(registry: Registry) -> CallHours:
    """When this office calls people."""
    policy = callbacks_of(registry.schema)
    if not policy.calendar:
        return CallHours(policy.parts, _every_day, registry.clock.zone)
    return CallHours(policy.parts, registry.calendars[policy.calendar].periods, registry.clock.zone)


def _every_day(day: date) -> Sequence[tuple[int, int]]:
    return ((0, DAY),)
