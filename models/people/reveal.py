"""Shows one masked value to someone who may ask for it, and records that they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.actor import Actor, Source
from models.errors import NotFound
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

_FIELD = Text("字段", "field")


def reveal(registry: Registry, actor: Actor, entity: str, id: int, name: str, source: Source) -> str:
    """The whole value of a masked field, as text; the history then says who saw it.

    Raises NotFound for a record or field the actor may not see, NotAllowed without the grant ``reveal``.
    """
    record = registry.scope.get(actor, entity, id, "reveal")
    field = registry.schema.entities[entity].fields.get(name)
    if field is None or registry.access.field(actor, entity, name) != "masked":
        raise NotFound(_FIELD)
    row = registry.rows.one(entity, id)
    if row is None:
        raise NotFound(registry.schema.entities[entity].label)
    with registry.store.transaction():
        registry.history.write(
            actor, entity, id, record.title, "reveal", {name: (None, None)}, source, registry.clock.now()
        )
    return field.type.display(row.get(name), registry.scope.context(actor))
