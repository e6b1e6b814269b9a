"""Values of many records as plain tuples, through the actor's scope: what set-wise rules read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from models.query import Query
from models.streaming import Stream

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry


def raw_rows(
    registry: Registry, actor: Actor, entity: str, query: Query, names: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """(id, the value of each of ``names``) of every record that matches and the actor may read; links are ids.

    Raises NotAllowed for an entity, KeyError for a field that the actor may not see.
    """
    stream = Stream(registry.scope, actor, entity, query, names)
    model = registry.scope.models[entity]
    places = {c.name: (3 + i, c.convert) for i, c in enumerate(stream.reading.columns) if not c.is_title}
    read = [(places[name][0], places[name][1] or getattr(model, name).python_value) for name in names]
    for rows in stream.stretches():
        for row in rows:
            yield (row[0], *[None if row[at] is None else value(row[at]) for at, value in read])
