"""What one's own import may still take back: records that lie where the person may work today, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from models.actor import DELETES, Actor
from transfer.layout import layout_of

if TYPE_CHECKING:
    from models import Registry


class Area:
    """The records of one import that who made it may take back, going by the grants they have now.

    A record that the import made has to be one they see and might make, one that it changed one they see and might
    change. That they have no grant to delete does not matter: it is their own doing.
    """

    def __init__(self, registry: Registry, actor: Actor, target: str) -> None:
        self.registry = registry
        schema = registry.schema
        known = target in schema.imports or target in schema.entities
        writes = layout_of(schema, target).writes if known else frozenset()
        self.actor = replace(actor, writes=actor.writes | writes)

    def within(self, entity: str, ids: Iterable[int], *, made: bool) -> set[int]:
        """Those of ``ids`` that lie in the area."""
        wanted = list(ids)
        is_layouts = any(name == entity for name, _field in self.actor.writes)
        action = "create" if made else "read" if is_layouts else "update"
        if not self.registry.access.may(self.actor, entity, action):
            return set()
        seen = self.registry.scope.visible_ids(self.actor, entity, wanted)
        return seen & self.registry.scope.visible_ids(self.actor, entity, seen, action)


def deputy(actor: Actor, entity: str, names: Iterable[str] = ()) -> Actor:
    """The actor with the grants to delete records of ``entity`` and to write these fields, and no others."""
    return replace(actor, writes=actor.writes | {(entity, name) for name in names} | {(entity, DELETES)})
