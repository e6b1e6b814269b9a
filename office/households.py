"""The households behind units: whom a paper goes to, and where (A2, A4, F4, F7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.query import Condition, Query
from models.record import Record
from models.storage.natural_order import order_key
from models.storage.rows import batches

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

AT_ONCE = 5000
OWNERS = ("owner", "joint_owner")
EVERYBODY = (*OWNERS, "tenant")


@dataclass(frozen=True, slots=True)
class Household:
    """Who is written to, and where: ``names`` of the owners, ``phones`` as the reader may see them."""

    unit: int
    title: str
    names: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    owners: tuple[int, ...] = ()
    building: str = ""
    address: str = ""
    area: Decimal | None = None
    steward: str = ""
    telephone: str = ""
    since: date | None = None

    @property
    def name(self) -> str:
        """All owners in one line; where none is known, the unit's own name."""
        return "、".join(self.names) or self.title


def households(registry: Registry, actor: Actor, units: Collection[int]) -> dict[int, Household]:
    """The households of ``units`` that the actor sees, in the order of delivery: building by building, door by door.

    Phones are as the actor may see them.
    """
    found: list[tuple[str, Household]] = []
    buildings = _buildings(registry, actor)
    for some in batches(sorted(set(units)), AT_ONCE):
        people = _people(registry, actor, some)
        for unit in registry.scope.stream(actor, "unit", Query(ids=tuple(some), columns=("building", "area"))):
            building = buildings.get(unit["building"], _NOWHERE)
            found.append((order_key(unit.title), _household(unit, people.get(unit.id, []), building)))
    return {one.unit: one for _, one in sorted(found, key=lambda pair: pair[0])}


def address_data(household: Household) -> dict[str, Any]:
    """Name and lines of a letter's address."""
    return {"name": household.name, "lines": [line for line in (household.address, household.title) if line]}


@dataclass(frozen=True, slots=True)
class _Building:
    address: str = ""
    steward: str = ""
    telephone: str = ""


_NOWHERE = _Building()


def _buildings(registry: Registry, actor: Actor) -> dict[int, _Building]:
    """Address and steward of every building the actor sees."""
    rows = list(registry.scope.stream(actor, "building", Query(columns=("address", "steward"))))
    stewards = sorted({row["steward"] for row in rows if row["steward"] is not None})
    people = {row.id: row.get("phone") for row in registry.scope.records(actor, "user", stewards, ("phone",))}
    return {
        row.id: _Building(row["address"] or "", row.titles.get("steward", ""), str(people.get(row["steward"]) or ""))
        for row in rows
    }


def _people(registry: Registry, actor: Actor, units: Iterable[int]) -> dict[int, list[Record]]:
    """Present owners and tenants by unit, owners first."""
    present = (
        Condition("unit", "in", tuple(units)), Condition("ended_on", "empty"), Condition("role", "in", EVERYBODY)
    )  # fmt: skip
    query = Query(conditions=present, columns=("unit", "resident", "role", "phone", "started_on"), sort="id")
    found: dict[int, list[Record]] = defaultdict(list)
    for one in registry.scope.stream(actor, "occupancy", query):
        found[one["unit"]].append(one)
    return {unit: sorted(rows, key=lambda row: EVERYBODY.index(row["role"])) for unit, rows in found.items()}


def _household(unit: Record, people: Sequence[Record], building: _Building) -> Household:
    owners = [one for one in people if one["role"] in OWNERS]
    return Household(
        unit.id, unit.title,
        names=tuple(one.titles["resident"] for one in owners if "resident" in one.titles),
        phones=tuple(dict.fromkeys(str(one["phone"]) for one in people if one.get("phone"))),
        owners=tuple(one["resident"] for one in owners), building=unit.titles.get("building", ""),
        address=building.address, area=unit["area"],
        steward=building.steward, telephone=building.telephone,
        since=min((one["started_on"] for one in owners if one["started_on"]), default=None),
    )  # fmt: skip
