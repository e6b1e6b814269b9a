"""Two worlds of records made from any schema: everything in a world belongs to one person, and every value can be
told from every other, so that a page that shows it gives itself away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from models.actor import SYSTEM, Source
from models.errors import Invalid
from models.registry import Registry
from schema.spec import Entity, Field
from schema.text import BadValue

TRIES = 20
HINTS: dict[str, dict[str, Any]] = {
    "bill": {"state": "published", "amount": Decimal(3000)},
    "service_request": {"solved_by": None},
    "work_order": {"bill": None},
    "notice": {"state": "issued"},
    "renovation_permit": {"state": "completed"},
    "renovation_inspection": {"all_fine": False},
    "deposit": {"permit": None},
    "round_plan": {"every": 1},
}
"""What the rules of an office ask for and its schema alone does not tell: only an issued bill can be waived, who solved
a complaint does not sign for it, a work order that is billed takes no more lines, only what was issued is posted, works
are accepted once completed and the deposit of a permit stays whole until then, a plan by weekdays has no interval."""
_serial = count(1)


@dataclass
class World:
    """The record of each entity, and by (entity, field) the text that betrays its value."""

    owner: int
    records: dict[str, int] = field(default_factory=dict)
    secrets: dict[tuple[str, str], str] = field(default_factory=dict)
    values: dict[str, Mapping[str, Any]] = field(default_factory=dict)


def build(registry: Registry, owner: int) -> World:
    """A record of every entity of the schema, linked to one another, in the hands of ``owner``."""
    world = World(owner)
    for entity in in_order(registry):
        world.records[entity.name] = _create(registry, world, entity)
    return world


def in_order(registry: Registry) -> list[Entity]:
    """The entities of the schema such that each comes after those it must point at."""
    done: dict[str, Entity] = {}
    waiting = [e for e in registry.schema.entities.values() if not e.builtin]
    while waiting:
        ready = [e for e in waiting if all(_target(f) in {*done, "user"} for f in _links(e, required=True))]
        assert ready, f"no order among {[e.name for e in waiting]}"
        # Those whose optional links are there too come first, so that every link is filled.
        ready.sort(key=lambda e: sum(_target(f) not in done for f in _links(e)))
        done[ready[0].name] = ready[0]
        waiting.remove(ready[0])
    return list(done.values())


def _create(registry: Registry, world: World, entity: Entity) -> int:
    values = {f.name: v for f in entity.fields.values() if (v := made_up(registry, world, f)) is not None}
    values = {n: v for n, v in values.items() if _wanted(entity.fields[n])} | HINTS.get(entity.name, {})
    for _ in range(TRIES):
        try:
            id = registry.store.create(SYSTEM, entity.name, values, Source("demo"))
            break
        except Invalid as wrong:
            problems = wrong.problems
            _mend(registry, world, entity, values, problems)
    else:
        raise AssertionError(f"cannot make a {entity.name}: {problems}")
    row = registry.rows.one(entity.name, id) or {}
    for name, value in row.items():
        if (
            name in entity.fields
            and "choice" not in entity.fields[name].type.name
            and isinstance(value, str)
            and _is_telling(value)
        ):
            world.secrets[entity.name, name] = value
    world.values[entity.name] = row
    return id


def _mend(registry: Registry, world: World, entity: Entity, values: dict[str, Any], problems: Iterable[str]) -> None:
    """Give what is asked for, leave out what is wrong."""
    for name in problems:
        if name in values:
            if not entity.fields[name].required:
                del values[name]
            elif isinstance(values[name], date):
                values[name] += timedelta(days=30)
            elif _target(entity.fields[name]) == "user":
                values[name] = next(one.id for one in registry.accounts.list() if one.id != world.owner)
        elif name in entity.fields:
            values[name] = made_up(registry, world, entity.fields[name])
        else:
            for optional in [n for n in values if not entity.fields[n].required]:
                if entity.fields[optional].type.kind in ("date", "datetime", "number", "time"):
                    del values[optional]


def _wanted(field: Field) -> bool:
    return field.required or (field.type.kind in ("text", "ref", "list") and field.type.name != "choice")


def made_up(registry: Registry, world: World, field: Field) -> Any:
    """A value of the field's type that nobody else has; a link leads into the world."""
    kind = field.type
    if field.system or kind.computed:
        return None
    if kind.name in ("ref", "refs"):
        id = world.owner if _target(field) == "user" else world.records.get(_target(field))
        return (id,) if kind.name == "refs" and id is not None else id
    for text in _candidates(kind.name):
        try:
            return kind.parse(text, registry.scope.context(SYSTEM))
        except BadValue:
            continue
    choices = getattr(kind, "choices", None)
    if choices:
        return next(iter(choices)) if kind.name == "choice" else (next(iter(choices)),)
    return kind.parse(kind.example("en"), registry.scope.context(SYSTEM)) if kind.example("en") else None


def _candidates(kind: str) -> Iterable[str]:
    """Texts nobody else has, in the shapes that types and patterns may ask for."""
    n = next(_serial)
    if kind == "phone":
        return [f"139{n:08d}"]
    if kind == "id_number":
        return [_resident_id(n)]
    if kind in ("plate", "plate_number"):
        return [f"粤Z{n:05d}"]
    if kind == "email":
        return [f"qz{n}@example.org"]
    if kind == "url":
        return [f"https://qz{n}.example.org/"]
    if kind == "account_number":
        return [f"6222{n:012d}"]
    if kind in ("text", "long_text"):
        return [f"Qz{n}qz", f"QZ{n}", f"97800{n:05d}", f"{n:06d}", f"A{n:05d}", f"{n % 10_000:04d}"]
    if kind == "month":
        return [f"{2000 + n // 12 % 900}-{n % 12 + 1:02d}"]
    return {"date": ["2026-03-01"], "datetime": ["2026-03-01 09:00"], "time": ["09:00"],
            "integer": ["3"], "decimal": ["3"], "money": ["3"], "percent": ["3"], "rating": ["3"],
            "boolean": ["是", "yes"], "json": ['{"qz": 1}']}.get(kind, [])  # fmt: skip


def _resident_id(n: int) -> str:
    body = f"110105{1950 + n % 50}0101{n % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def _is_telling(value: str) -> bool:
    return len(value) >= 6 and re.search(r"\d", value) is not None and not re.fullmatch(r"[\d-]{7,10}", value)


def _links(entity: Entity, required: bool = False) -> list[Field]:
    return [
        f for f in entity.fields.values()
        if f.type.name in ("ref", "refs") and _target(f) != entity.name
        and (f.required or f.required_if or not required)
    ]  # fmt: skip


def _target(field: Field) -> str:
    return str(field.type.to)  # type: ignore[attr-defined]
