"""Finding a household as people ask for it: by room, name, pinyin, or the last digits of a phone (A2–A4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.query import Condition, Query
from schema.text import BadValue, Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

SHOWN = 8
"""Units a search gives."""
ASKED = 40
NAMED = 3


@dataclass(frozen=True, slots=True)
class Person:
    """One who lives or lived in a unit; ``phone`` as the actor may see it."""

    id: int
    name: str
    role: Text
    phone: str = ""
    left: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that a search found, and who was meant there."""

    unit: int
    title: str
    people: tuple[Person, ...]


def find_units(registry: Registry, actor: Actor, text: str) -> list[Found]:
    """The units that ``text`` names: a room in any spelling, a name, its pinyin, a phone or its last digits.

    The unit that the text names exactly stands alone; a resident leads to the units lived in now, then to former ones.
    """
    words = text.strip()
    if not words:
        return []
    exact = _exact(registry, actor, words)
    units = [exact] if exact else [id for id, _ in registry.scope.lookup(actor, "unit", words, SHOWN)]
    meant = [] if exact else [id for id, _ in registry.scope.lookup(actor, "resident", words, ASKED)]
    lived = people_by(registry, actor, "resident", meant)
    units += [unit for unit, _ in sorted(lived.items(), key=lambda one: all(person.left for person in one[1]))]
    units = list(dict.fromkeys(units))[:SHOWN]
    titles = registry.scope.titles(actor, "unit", units)
    there = people_by(registry, actor, "unit", units)
    return [
        Found(unit, titles[unit], tuple(_best(lived.get(unit), there.get(unit)))) for unit in units if unit in titles
    ]


def people_by(registry: Registry, actor: Actor, by: str, ids: Sequence[int]) -> dict[int, list[Person]]:
    """Who lived in which unit, of these units or residents: those who still do first, heads of household before all."""
    if not ids or not registry.access.may(actor, "occupancy", "read"):
        return {}
    columns = ("unit", "resident", "role", "is_head", "ended_on")
    query = Query(conditions=(Condition(by, "in", tuple(ids)),), columns=columns, sort="id")
    rows = list(registry.scope.stream(actor, "occupancy", query))
    rows.sort(key=lambda row: (row["ended_on"] is not None, not row["is_head"], row["role"] != "owner"))
    phones = _phones(registry, actor, {row["resident"] for row in rows})
    choices = getattr(registry.schema.entities["occupancy"].fields["role"].type, "choices", {})
    found: dict[int, list[Person]] = defaultdict(list)
    for row in rows:
        role = choices[row["role"]].label if row["role"] in choices else Text("", "")
        person = Person(row["resident"], row.titles.get("resident") or "", role, phones.get(row["resident"], ""),
                        row["ended_on"] is not None)  # fmt: skip
        if all(person.id != other.id for other in found[row["unit"]]):
            found[row["unit"]].append(person)
    return found


def _phones(registry: Registry, actor: Actor, residents: Iterable[int]) -> dict[int, str]:
    records = registry.scope.records(actor, "resident", sorted(residents), ("phone",))
    return {record.id: str(record.get("phone") or "") for record in records}


def _best(meant: Sequence[Person] | None, there: Sequence[Person] | None) -> list[Person]:
    """Those whom a search meant; of a unit that was meant itself, those who live there."""
    return list(meant or [person for person in there or () if not person.left])[:NAMED]


def _exact(registry: Registry, actor: Actor, words: str) -> int | None:
    try:
        return registry.scope.find(actor, "unit", words)
    except BadValue:
        return None
