"""Whom a notice is for: the units and buildings behind its target (S12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor
from models.query import Condition, Query
from models.storage.rows import batches
from office.households import EVERYBODY
from office.raw_rows import raw_rows

if TYPE_CHECKING:
    from models.registry import Registry

AT_ONCE = 5000
NO_HOUSEHOLD = ("storage",)
"""Kinds of unit where nobody lives or works."""


def buildings_of(registry: Registry, actor: Actor, notice: Mapping[str, Any]) -> list[int]:
    """The buildings a notice is for and the actor sees, in their order; those of picked units, too."""
    query = Query(sort="title", columns=("number",), ids=_buildings(registry, actor, notice))
    return [one.id for one in registry.scope.stream(actor, "building", query)]


def units_of(registry: Registry, actor: Actor, notice: Mapping[str, Any], building: int | None = None) -> list[int]:
    """The units a notice is for and the actor sees, by id; storage rooms are nobody's address."""
    here = (Condition("building", "equals", building),) if building is not None else ()
    lived = (Condition("kind", "not_in", NO_HOUSEHOLD), *here)
    if notice["target"] == "units":
        picked = Query(ids=tuple(notice["units"] or ()), conditions=here, sort="id")
        return [id for (id,) in raw_rows(registry, actor, "unit", picked, ())]
    if notice["target"] == "buildings":
        lived = (*lived, Condition("building", "in", tuple(notice["buildings"] or ())))
    return [id for (id,) in raw_rows(registry, actor, "unit", Query(conditions=lived, sort="id"), ())]


def with_somebody(registry: Registry, units: list[int]) -> list[int]:
    """Those of ``units`` that have an owner or tenant on file now, in their order.

    Read as the program: it decides who is on a list, and shows nobody.
    """
    found: set[int] = set()
    for some in batches(units, AT_ONCE):
        present = (
            Condition("unit", "in", tuple(some)), Condition("ended_on", "empty"), Condition("role", "in", EVERYBODY)
        )  # fmt: skip
        found.update(unit for _, unit in raw_rows(registry, SYSTEM, "occupancy", Query(conditions=present), ("unit",)))
    return [unit for unit in units if unit in found]


def _buildings(registry: Registry, actor: Actor, notice: Mapping[str, Any]) -> tuple[int, ...] | None:
    """The ids of its buildings; None for all."""
    if notice["target"] == "estate":
        return None
    if notice["target"] == "buildings":
        return tuple(notice["buildings"] or ())
    picked = Query(ids=tuple(sorted(notice["units"] or ())))
    return tuple({building for _, building in raw_rows(registry, actor, "unit", picked, ("building",))})
