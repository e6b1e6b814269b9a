"""Who is called about a record, and at which number: over its links, else the owner of the unit (S6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM
from models.query import Condition, Query
from models.storage.rows import batches
from office.callbacks.policy import CallRule
from office.raw_rows import raw_rows

if TYPE_CHECKING:
    from models.registry import Registry

OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on file: name and number."""

    name: str = ""
    phone: str | None = None


def people_to_call(registry: Registry, rule: CallRule, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Unit, resident, name and phone of whom to call about each record; a fixed number of queries.

    It reads beyond what the one who wrote the record may see: what it finds stands on the call, for those who call.
    """
    paths = {name: values_of(registry, rule.of, ids, path) for name, path in rule.whom.paths.items()}
    found = {id: {name: values.get(id) for name, values in paths.items()} for id in ids}
    owners = _owners(registry, {one.get("unit") for one in found.values() if _lacks_somebody(one)})
    for one in found.values():
        owner = owners.get(one.get("unit") or 0)
        if _lacks_somebody(one) and owner is not None:
            one |= {"owner": owner} if one.get("name") else {"owner": owner, "resident": owner}
    on_file = _people(registry, {id for one in found.values() if (id := _on_file(one))})
    return {id: _filled(one, on_file) for id, one in found.items()}


def values_of(registry: Registry, entity: str, ids: Collection[int], path: str) -> dict[int, Any]:
    """What ``path`` leads to from each record, a query a step; absent where a link on the way is blank."""
    found: dict[int, Any] = {id: id for id in ids}
    for name in path.split("."):
        field = registry.schema.entities[entity].fields[name]
        read = _column(registry, entity, sorted({here for here in found.values() if here is not None}), name)
        found = {id: read.get(here) for id, here in found.items()}
        entity = field.target or entity
    return {id: value for id, value in found.items() if value is not None}


def _column(registry: Registry, entity: str, ids: Sequence[int], name: str) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for some in batches(ids):
        found.update(raw_rows(registry, SYSTEM, entity, Query(ids=tuple(some), sort="id"), (name,)))
    return found


def _lacks_somebody(one: Mapping[str, Any]) -> bool:
    return not (one.get("resident") or (one.get("name") and one.get("phone")))


def _owners(registry: Registry, units: Iterable[int | None]) -> dict[int, int]:
    """The present owner of units, the first one registered."""
    found: dict[int, int] = {}
    for some in batches(sorted(unit for unit in units if unit)):
        present = (
            Condition("unit", "in", tuple(some)), Condition("role", "equals", OWNER), Condition("ended_on", "empty")
        )  # fmt: skip
        query = Query(conditions=present, sort="id")
        for _, unit, resident in raw_rows(registry, SYSTEM, "occupancy", query, ("unit", "resident")):
            found.setdefault(unit, resident)
    return found


def _people(registry: Registry, ids: Iterable[int]) -> dict[int, Person]:
    found: dict[int, Person] = {}
    for some in batches(sorted(ids)):
        query = Query(ids=tuple(some), sort="id")
        rows = raw_rows(registry, SYSTEM, "resident", query, ("name", "phone", "other_phone"))
        found.update((id, Person(name, phone or other)) for id, name, phone, other in rows)
    return found


def _on_file(one: Mapping[str, Any]) -> int:
    """Whose file tells what was not given; 0 for nobody's."""
    return int(one.get("resident") or one.get("owner") or 0)


def _filled(one: Mapping[str, Any], on_file: Mapping[int, Person]) -> dict[str, Any]:
    """Name and number of the person on file where none was given."""
    person = on_file.get(_on_file(one), Person())
    return {
        "unit": one.get("unit"), "resident": one.get("resident"),
        "name": one.get("name") or person.name or None, "phone": one.get("phone") or person.phone,
    }  # fmt: skip
