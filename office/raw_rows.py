"""Values of many records as plain tuples, through the actor's scope: what set-wise rules read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from models.query import Query
from models.reads.streaming import Stream
from models.storage.lots import each, is_plain, one_by_one

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

AS_THEY_ARE = frozenset({"ref", "integer", "choice", "text", "month", "created_by", "changed_by"})
"""Types whose values the driver gives as they are."""


def raw_rows(
    registry: Registry, actor: Actor, entity: str, query: Query, names: Sequence[str], as_stored: Sequence[str] = ()
) -> Iterator[tuple[Any, ...]]:
    """(id, the value of each of ``names``) of every record that matches and the actor may read; links are ids.

    Those of ``as_stored`` stay as the table keeps them (money as whole fen). Raises NotAllowed for an entity, KeyError
    for a field that the actor may not see, or only masked.
    """
    stream = Stream(registry.scope, actor, entity, query, names, titles=False)
    masked = stream.reading.masked
    shown = [(i, c) for i, c in enumerate(stream.reading.columns) if not c.is_title and c.name not in masked]
    places = {c.name: (3 + i, c.convert) for i, c in shown}
    read = [
        (places[name][0], None if name in as_stored else _reader(registry, entity, name, places[name][1]))
        for name in names
    ]
    for rows in stream.stretches():
        columns = list(zip(*rows, strict=True))
        yield from zip(columns[0], *(_converted(columns[at], convert) for at, convert in read), strict=True)


def _reader(registry: Registry, entity: str, name: str, convert: Any) -> Callable[[Any], Any] | None:
    """How a raw value of a field is read; None where it is the value already."""
    if convert is None and registry.schema.entities[entity].fields[name].type.name in AS_THEY_ARE:
        return None
    read: Callable[[Any], Any] = convert or getattr(registry.scope.models[entity], name).python_value
    return read


def _converted(column: Sequence[Any], convert: Callable[[Any], Any] | None) -> Sequence[Any]:
    """A column as Python values; what is equal is converted once."""
    if convert is None:
        return column
    return (each if is_plain(column) else one_by_one)(column, convert)
