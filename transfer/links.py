"""Finds the records that cells of a file link to, once each: by spelling, title or a key of one field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from schema.text import BadValue
from schema.types.base import Context
from transfer.meanings import naming_field

if TYPE_CHECKING:
    from models import Registry

MOST_REMEMBERED = 50_000
"""Links that are kept in mind; beyond that they are asked for again."""


class Links:
    """The links of one import and one actor."""

    def __init__(
        self, registry: Registry, actor: Actor, missing: Iterable[tuple[str, str]] = (), source: Source | None = None
    ) -> None:
        """``missing`` are the (entity, text) for which a record is made where there is none."""
        self.registry, self.actor = registry, actor
        self._missing, self._source = frozenset(missing), source
        self._found: dict[tuple[str, str], int] = {}
        self.context: Context = replace(registry.scope.context(actor), find=self.find)

    def find(self, entity: str, text: str) -> int:
        """The id of the record that ``text`` names. Raises BadValue."""
        id = self._found.get((entity, text))
        if id is None:
            try:
                id = _find(self.registry, self.actor, entity, text)
            except BadValue:
                if (entity, text) not in self._missing or self._source is None:
                    raise
                id = self._make(entity, text, self._source)
            self._found[entity, text] = id
        return id

    def _make(self, entity: str, text: str, source: Source) -> int:
        """A new record named by ``text``. Raises BadValue where the store refuses it."""
        field = naming_field(self.registry.schema.entities[entity])
        try:
            return self.registry.store.create(self.actor, entity, {field.name: text} if field else {}, source)
        except Refused as refused:
            raise BadValue(refused.text) from refused

    def prefetch(self, entity: str, texts: Iterable[str]) -> None:
        """Find what these texts name, many at a time; what is not found now is asked for by itself later."""
        if len(self._found) > MOST_REMEMBERED:
            self._found.clear()
        missing = [text for text in texts if text and (entity, text) not in self._found]
        if missing:
            for text, id in self.registry.scope.find_many(self.actor, entity, missing).items():
                self._found[entity, text] = id


def _find(registry: Registry, actor: Actor, entity: str, text: str) -> int:
    try:
        return registry.scope.find(actor, entity, text)
    except BadValue:
        key = registry.schema.entities[entity].key
        id = _only(registry, actor, entity, "title_text", text)
        if id is None and len(key) == 1:
            id = _by_key(registry, actor, entity, key[0], text)
        if id is None:
            raise
        return id
    except Refused as refused:
        raise BadValue(refused.text) from refused


def _by_key(registry: Registry, actor: Actor, entity: str, name: str, text: str) -> int | None:
    """The record whose only key field says ``text``; None where there is none or the actor may not see the field."""
    if not registry.access.is_clear(actor, entity, name):
        return None
    try:
        value = registry.schema.entities[entity].fields[name].type.parse(text, registry.scope.context(actor))
    except BadValue:
        return None
    return _only(registry, actor, entity, name, value)


def _only(registry: Registry, actor: Actor, entity: str, column: str, value: Any) -> int | None:
    """The one record within the actor's sight whose ``column`` is ``value``, if there is just one."""
    model: Any = registry.models[entity]
    query = model.select(model.id).where(getattr(model, column) == value)
    condition = registry.scope.condition(actor, entity)
    ids = [row[0] for row in (query if condition is None else query.where(condition)).limit(2).tuples()]
    return int(ids[0]) if len(ids) == 1 else None
