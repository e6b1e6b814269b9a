"""Was a permit in progress on a day? Derived from dates that stay, so that asking later gives the same answer (D1, D3).

``permits_between`` reads the dates of all permits that a stretch of days concerns; ``in_progress_on`` is the rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from models.query import Condition, Query

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry


@dataclass(frozen=True, slots=True)
class Standing:
    """The dates of a permit. ``pauses`` are (first day without work, day on which it went on or None): suspensions;
    ``extensions`` are (last day it had until then, day on which it was granted)."""

    permit: int
    unit: int
    ends_on: date
    began_on: date | None = None
    completed_on: date | None = None
    cancelled_on: date | None = None
    pauses: tuple[tuple[date, date | None], ...] = ()
    extensions: tuple[tuple[date, date], ...] = ()


def in_progress_on(standing: Standing, day: date) -> bool:
    """Whether works went on, by the permit, on ``day``. Source: domain D1, D3.

    The day on which they began, went on again or were extended counts; the day on which they were suspended or
    completed does not; the last day of the permit does. Between the end of a permit and a later extension it had ended.
    """
    if standing.began_on is None or not standing.began_on <= day <= standing.ends_on:
        return False
    if any(over is not None and day >= over for over in (standing.completed_on, standing.cancelled_on)):
        return False
    if any(since <= day and (until is None or day < until) for since, until in standing.pauses):
        return False
    return not any(ended < day < granted for ended, granted in standing.extensions)


def permits_between(registry: Registry, actor: Actor, first: date, last: date) -> list[Standing]:
    """The permits, as far as ``actor`` sees them, in progress on some day from ``first`` to ``last`` and possibly on
    others; three queries however many there are."""
    began = (Condition("began_on", "to", last), Condition("ends_on", "from", first))
    where = f"completed_on == null or completed_on > '{first.isoformat()}'"
    columns = ("unit", "ends_on", "began_on", "completed_on", "cancelled_on")
    query = Query(conditions=began, where=where, columns=columns, sort="id")
    permits = list(registry.scope.stream(actor, "renovation_permit", query))
    pauses, extensions = defaultdict(list), defaultdict(list)
    if permits:
        for row in _of(registry, actor, "permit_suspension", permits, ("permit", "starts_on", "ended_on")):
            pauses[row["permit"]].append((row["starts_on"], row["ended_on"]))
        for row in _of(registry, actor, "permit_extension", permits, ("permit", "from_on", "granted_on")):
            extensions[row["permit"]].append((row["from_on"], row["granted_on"]))
    return [
        Standing(one.id, **{name: one[name] for name in columns}, pauses=tuple(pauses[one.id]),
                 extensions=tuple(extensions[one.id]))
        for one in permits
    ]  # fmt: skip


def _of(
    registry: Registry, actor: Actor, entity: str, permits: Sequence[Record], columns: tuple[str, ...]
) -> Iterator[Record]:
    """Rows of some permits."""
    ids = tuple(one.id for one in permits)
    query = Query(conditions=(Condition("permit", "in", ids),), columns=columns, sort="id")
    return iter(registry.scope.stream(actor, entity, query))
