"""Signs by building and by floor: what stands there, what is damaged, which rounds of today were made (G1, G3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from models.query import Condition, Query
from models.reads.aggregates import Count, Measures, Total
from office.signage.policy import OUT
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

MOST = 500
"""Signs that the page of a building shows."""
SIGN = ("number", "category", "floor", "place", "text", "quantity", "photos", "state", "is_temporary", "ends_on")

FLOOR, BASEMENT = Text("{n} 层", "Floor {n}"), Text("地下 {n} 层", "Basement {n}")
OUTDOORS = Text("室外", "Outdoors")


@dataclass(frozen=True, slots=True)
class Place:
    """A building with signs: how many kinds and pieces stand there, how many are damaged, and how many temporary ones
    are past their end; ``checks`` are today's by round."""

    id: int
    title: Text
    signs: int
    pieces: int
    damaged: int
    expired: int
    checks: Mapping[str, Record] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Floor:
    """The signs of a floor; ``number`` None: those that say none."""

    number: int | None
    signs: Sequence[Record]

    @property
    def pieces(self) -> int:
        """How many pieces hang there."""
        return sum(one["quantity"] for one in self.signs)

    @property
    def damaged(self) -> int:
        """How many signs are damaged or under repair."""
        return sum(one["state"] in OUT for one in self.signs)


@dataclass(frozen=True, slots=True)
class Map:
    """A building's signs, the highest floor first; ``faults`` is what is not repaired yet, by sign, the newest."""

    floors: Sequence[Floor]
    faults: Mapping[int, Record]
    more: bool = False

    @property
    def signs(self) -> int:
        """How many signs stand there."""
        return sum(len(floor.signs) for floor in self.floors)

    @property
    def pieces(self) -> int:
        """How many pieces they are."""
        return sum(floor.pieces for floor in self.floors)

    @property
    def damaged(self) -> int:
        """How many of the signs are damaged or under repair."""
        return sum(floor.damaged for floor in self.floors)


def places_with_signs(registry: Registry, actor: Actor, today: date) -> list[Place]:
    """The buildings that have signs and that ``actor`` sees, with today's checks as far as they may be seen; two
    queries."""
    measures: Measures = {
        "pieces": Total("quantity"), "damaged": Count(where=f"state in {list(OUT)}"),
        "expired": Count(where="ends_on < today"),
    }  # fmt: skip
    found = registry.scope.aggregate(actor, "sign", measures, ["building"], "state != 'removed'")
    checks = checks_of_day(registry, actor, today)
    return [
        Place(one.key, one.label, one.count, one["pieces"], one["damaged"], one["expired"], checks.get(one.key, {}))
        for one in found
    ]


def checks_of_day(
    registry: Registry, actor: Actor, day: date, building: int | None = None
) -> dict[int, dict[str, Record]]:
    """The checks of a day by building and round; none for those who may not see them."""
    made: dict[int, dict[str, Record]] = {}
    if not registry.access.may(actor, "sign_check", "read"):
        return made
    asked = [Condition("done_on", "equals", day)]
    if building is not None:
        asked.append(Condition("building", "equals", building))
    query = Query(conditions=tuple(asked), sort="id", columns=("building", "round", "done_at", "by", "faults", "words"))
    for row in registry.scope.stream(actor, "sign_check", query):
        made.setdefault(row["building"], {})[row["round"]] = row
    return made


def map_of(registry: Registry, actor: Actor, building: int) -> Map:
    """The signs of a building that stand, by floor; two queries however many there are."""
    asked = Condition("building", "equals", building)
    query = Query(conditions=(asked,), where="state != 'removed'", sort="id", size=MOST, columns=SIGN)
    page = registry.scope.page(actor, "sign", query)
    signs = list(page.rows)
    query = Query(conditions=(asked, Condition("repaired_on", "empty")), sort="id",
                  columns=("sign", "what", "found_at", "request", "progress"))  # fmt: skip
    faults = {row["sign"]: row for row in registry.scope.stream(actor, "sign_fault", query)}
    return Map(by_floor(signs), faults, len(signs) == MOST)


def floor_name(number: int | None) -> Text:
    """A floor in words; signs that name none are outdoors."""
    if number is None:
        return OUTDOORS
    return BASEMENT.with_(n=-number) if number < 0 else FLOOR.with_(n=number)


def by_floor(signs: Sequence[Record]) -> list[Floor]:
    """Signs by floor, the highest first, those without one last."""
    floors: dict[int | None, list[Record]] = {}
    for one in signs:
        floors.setdefault(one["floor"], []).append(one)
    order = sorted(floors, key=lambda number: (number is None, -(number or 0)))
    return [Floor(number, floors[number]) for number in order]
