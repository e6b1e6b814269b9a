"""What a layout itself gives to the records of a row: the same value in every row, or one worked out from the row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from schema.expressions import Environment, Expression, evaluate
from schema.spec_layouts import Layout, SaidOf
from transfer.rows import Parsed

if TYPE_CHECKING:
    from models import Registry


class Filled:
    """The ``set`` of every part of a layout, for the rows of one import."""

    def __init__(self, registry: Registry, actor: Actor, layout: Layout) -> None:
        self.registry, self.actor, self.layout = registry, actor, layout

    def of(self, part: str, row: Parsed) -> dict[str, Any]:
        """The values by field. An expression sees what the row says of its own part, and of those that it links to."""
        values = self.layout.parts[part].set
        if not values:
            return {}
        record: Mapping[str, Any] = {**row.parts.get(part, {}), **self.layout.parts[part].links}
        around = replace(self._environment, follow=lambda _entity, other: self._said(row, other))
        found = {n: evaluate(v, record, around) if isinstance(v, Expression) else v for n, v in values.items()}
        found |= {n: self._column(part, n, v, row) for n, v in values.items() if isinstance(v, SaidOf)}
        return {name: value for name, value in found.items() if value is not None}

    def source_of(self, part: str, field: str) -> tuple[str, str] | None:
        """The (part, field) from which alone a field of a part is worked out, if there is just one."""
        value = self.layout.parts[part].set.get(field)
        if isinstance(value, SaidOf):
            return (value.part, value.field)
        read = value.paths if isinstance(value, Expression) else ()
        paths = [path for path in read if not any(other.startswith(f"{path}.") for other in read)]
        if len(paths) != 1:
            return None
        link, _, name = paths[0].rpartition(".")
        return (self.layout.parts[part].links.get(link, part), name)

    def _column(self, part: str, field: str, of: SaidOf, row: Parsed) -> Any:
        """What another column of the row says: of a moment, its day in the office where the field is a date."""
        value: Any = row.parts.get(of.part, {}).get(of.field)
        kind = self.registry.schema.entities[self.layout.parts[part].entity].fields[field].type.kind
        if kind == "date" and isinstance(value, datetime):
            return value.astimezone(self.registry.clock.zone).date()
        return value

    def _said(self, row: Parsed, other: Any) -> Mapping[str, Any] | None:
        """What the row says of the part ``other``, which stands in the place of a record's id."""
        return row.parts.get(other) if isinstance(other, str) else None

    @cached_property
    def _environment(self) -> Environment:
        return self.registry.store.environments.of(self.actor)
