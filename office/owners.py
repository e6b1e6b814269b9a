"""Who owned which unit on which day, for many units at a time (A4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from models.query import Condition, Query
from models.storage.rows import batches
from office.occupancy import OWNERS
from office.raw_rows import raw_rows

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

COLUMNS = ("unit", "resident", "role", "is_head", "started_on", "ended_on")


@dataclass(frozen=True, slots=True)
class _Owning:
    """That a resident owns a unit, from a day to a day (None is open); ``rank`` orders those who do so together."""

    resident: int
    rank: tuple[bool, bool, int]
    since: date | None
    until: date | None


class Owners:
    """The owners of ``units`` as the actor may see them, read at once."""

    def __init__(self, registry: Registry, actor: Actor, units: Iterable[int]) -> None:
        self._of: dict[int, list[_Owning]] = defaultdict(list)
        roles = Condition("role", "in", tuple(sorted(OWNERS)))
        for some in batches(sorted(set(units))):
            query = Query(conditions=(Condition("unit", "in", tuple(some)), roles), sort="id")
            for id, unit, resident, role, head, since, until in raw_rows(registry, actor, "occupancy", query, COLUMNS):
                self._of[unit].append(_Owning(resident, (bool(head), role == "owner", -id), since, until))

    def on(self, unit: int, day: date) -> int | None:
        """The owner (resident) on a day: of several the head of household, then the one not joint."""
        there = [
            one for one in self._of.get(unit, ())
            if (one.since is None or one.since <= day) and (one.until is None or one.until >= day)
        ]  # fmt: skip
        return max(there, key=lambda one: one.rank).resident if there else None
