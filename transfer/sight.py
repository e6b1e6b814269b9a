"""Who may see an import that somebody else made: those from whom nothing in it is hidden anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.actor import Actor
from models.errors import NotFound
from transfer.layout import layout_of
from transfer.records import LABEL, ImportEntry, ImportLog

if TYPE_CHECKING:
    from models import Registry


def open_targets(registry: Registry, actor: Actor) -> list[str]:
    """The entities and layouts whose imports the actor may see: who reads every record of all that they fill."""
    names = dict.fromkeys((*registry.schema.imports, *registry.schema.entities))
    return [name for name in names if _reads_all(registry, actor, name)]


def find_import(registry: Registry, log: ImportLog, actor: Actor, id: int) -> ImportEntry:
    """The import with this number: the actor's own, or one they may see. Raises NotFound for any other."""
    entry = log.entry(id)
    known = entry.target in registry.schema.imports or entry.target in registry.schema.entities
    if is_own(actor, entry) or (entry.state != "uploaded" and known and _reads_all(registry, actor, entry.target)):
        return entry
    raise NotFound(LABEL)


def is_own(actor: Actor, entry: ImportEntry) -> bool:
    """Whether the actor made the import."""
    return actor.id is not None and entry.actor_id == actor.id


def may_open_file(registry: Registry, actor: Actor, entry: ImportEntry) -> bool:
    """Whether the actor may see the file and the values refused: who made it, and who sees every field unmasked.

    A file may hold more than the columns that were taken, so it is not enough that those are open.
    """
    if is_own(actor, entry) or actor.system:
        return True
    return all(
        registry.access.is_clear(actor, part.entity, name)
        for part in layout_of(registry.schema, entry.target).parts.values()
        for name in registry.schema.entities[part.entity].fields
    )


def _reads_all(registry: Registry, actor: Actor, target: str) -> bool:
    parts = layout_of(registry.schema, target).parts.values()
    return all(registry.access.verdict(actor, part.entity, "read").everything for part in parts)
