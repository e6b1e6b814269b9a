"""The state of a unit follows its works: renovating from when they begin until they are accepted or ended (A2, D1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.followups import Change, follow_up
from models.query import Condition, Query
from office.occupancy import state_after

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

WORKING = ("in_progress", "suspended", "completed")
"""States of a permit in which its unit is being renovated: also while it is stopped, and until it is accepted."""
RENOVATING = "renovating"


def state_back(was: str | None, kind: str | None, roles: Collection[str]) -> str:
    """The state of a unit once its works are over: what it ``was`` before, as those who live there by now make it.

    Where nobody knows what it was, its kind and those who live there say it. Source: domain A2.
    """
    if was is None:
        was = "shop" if kind == "shop" else "occupied" if roles else "vacant"
    after = state_after(was, roles) or was
    return "let" if "tenant" in roles and after in ("vacant", "occupied") else after


def states_before(registry: Registry, units: Iterable[int]) -> dict[int, str | None]:
    """The state of each unit without its works: its own, or, of one that is being renovated, what it was before those
    began (None where nobody knows); two queries. Read as the program, to decide."""
    found = {one.id: one["state"] for one in registry.scope.records(SYSTEM, "unit", sorted(set(units)), ("state",))}
    hidden = [id for id, state in found.items() if state == RENOVATING]
    known: dict[int, str | None] = dict.fromkeys(hidden)
    for row in _working(registry, hidden):
        known[row["unit"]] = known[row["unit"]] or row["unit_was"]
    return {**found, **known}


@follow_up("unit_renovates")
def unit_renovates(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Units become renovating when their works begin, and what they were when these are accepted or ended (A2, D1)."""
    moved = [one for one in changes if _works(one.old) != _works(one.new)]
    if not moved:
        return
    was = {one.row["unit"]: (one.old or {}).get("unit_was") for one in moved if _works(one.old)}
    units = sorted({one.row["unit"] for one in moved})
    going = {row["unit"] for row in _working(registry, units)}
    roles = _roles(registry, [id for id in units if id not in going])
    states: dict[int, dict[str, Any]] = {}
    for unit in registry.scope.records(SYSTEM, "unit", units, ("state", "kind")):
        if unit.id in going:
            states[unit.id] = {"state": RENOVATING}
        elif unit["state"] == RENOVATING and unit.id in was:
            states[unit.id] = {"state": state_back(was[unit.id], unit["kind"], roles[unit.id])}
    registry.store.update_many(actor, "unit", states, source)


# -- parts -----------------------------------------------------------------------------------------


def _works(row: dict[str, Any] | None) -> bool:
    return row is not None and row.get("state") in WORKING


def _working(registry: Registry, units: Sequence[int]) -> list[Record]:
    """The permits by which units are being renovated."""
    if not units:
        return []
    of_units = (Condition("unit", "in", tuple(units)), Condition("state", "in", WORKING))
    query = Query(conditions=of_units, columns=("unit", "unit_was"), sort="id")
    return list(registry.scope.stream(SYSTEM, "renovation_permit", query))


def _roles(registry: Registry, units: Sequence[int]) -> dict[int, set[str]]:
    """The roles of those who are on the register of each unit."""
    found: dict[int, set[str]] = defaultdict(set)
    if units:
        present = (Condition("unit", "in", tuple(units)), Condition("ended_on", "empty"))
        query = Query(conditions=present, columns=("unit", "role"))
        for row in registry.scope.stream(SYSTEM, "occupancy", query):
            found[row["unit"]].add(row["role"])
    return found
