"""Deleted records of an entity, and the way back for those the actor may restore."""

from __future__ import annotations

from typing import Any

from admin_views.ids import id_of
from admin_views.screen import Screen
from models.actor import Source
from models.errors import NotFound

MOST = 200


def trash_page(screen: Screen) -> dict[str, Any]:
    """What the trash template shows; raises NotAllowed without the grant to restore."""
    screen.registry.scope.require(screen.actor, screen.entity.name, "restore")
    store = screen.registry.store
    kept = screen.registry.trash.rows(screen.entity.name, limit=MOST)
    mine = [item for item, row in kept if store.may_see_trashed(screen.actor, screen.entity.name, row, "restore")]
    return {"screen": screen, "entity": screen.entity, "items": mine}


def restore(screen: Screen, text: str) -> int:
    """Bring a record back by its number in the trash; returns its id. Raises NotFound, NotAllowed, Duplicate."""
    id = id_of(text)
    if id is None:
        raise NotFound(screen.entity.label)
    return screen.registry.store.restore(screen.actor, screen.entity.name, id, Source("form"))
