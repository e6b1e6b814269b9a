"""Named actions: a decorated function that reads through the scope and writes through the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from schema.spec import Schema
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry


@dataclass(frozen=True, slots=True)
class Selection:
    """The records an action is asked to work on; every id has been found in the actor's scope."""

    entity: str
    ids: tuple[int, ...]


@dataclass(slots=True)
class Outcome:
    """What an action did, record by record: (id, what was done) and (id, why not). ``files`` are for the person who
    asked: (name, content, content type)."""

    done: list[tuple[int, Text]] = field(default_factory=list)
    skipped: list[tuple[int, Text]] = field(default_factory=list)
    files: list[tuple[str, bytes, str]] = field(default_factory=list)


Operation = Callable[["Registry", Selection, Actor, datetime, Mapping[str, Any]], Outcome]

_known: dict[str, Operation] = {}
_in_parts: set[str] = set()


def operation(name: str, in_parts: bool = False) -> Callable[[Operation], Operation]:
    """Make a function the operation that a schema's ``actions`` calls ``name``.

    It runs in one transaction; one ``in_parts`` opens its own, because it works on what takes long (setting letters)
    between reading and writing, and others must be able to write meanwhile.
    """

    def keep(function: Operation) -> Operation:
        if name in _known and _known[name].__module__ != function.__module__:
            raise ValueError(f"two operations are called {name!r}")
        _known[name] = function
        if in_parts:
            _in_parts.add(name)
        return function

    return keep


def find(name: str) -> Operation:
    """The operation of this name. Raises KeyError."""
    return _known[name]


def is_in_parts(name: str) -> bool:
    """Whether the operation opens its own transactions."""
    return name in _in_parts


def absent(schema: Schema) -> Iterable[str]:
    """``entity.action`` for every action of the schema that no operation does."""
    for entity in schema.entities.values():
        for name in entity.actions:
            if name not in _known:
                yield f"{entity.name}.{name}"
