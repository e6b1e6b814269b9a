"""Attached files that nothing leads to any more: uploads that were never saved with a record, and bytes of no file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.storage.database import hold
from schema.spec import Field
from schema.types.files import FilesType

if TYPE_CHECKING:
    from models.registry import Registry

MOST = 500
"""So many uploads are looked up in the history in one go; the rest waits for the next."""


def forget_orphans(registry: Registry, before: datetime) -> int:
    """Take away uploads from before a moment that no record, no trash and no history names, and bytes without a file.

    Returns how many files went. What a history or the trash names stays, since it may come back.
    """
    table: Any = registry.files.table
    limit = before.astimezone(UTC).replace(tzinfo=None)
    gone = 0
    for entity in registry.schema.entities:
        old = table.select(table.key).where((table.entity == entity) & table.record_id.is_null() & (table.at < limit))
        keys = {key for (key,) in old.tuples()}
        keys -= _held(registry, entity) if keys else set()
        for key in [key for key in sorted(keys)[:MOST] if not _remembered(registry, entity, key)]:
            table.delete().where(table.key == key).execute()
            gone += 1
    return gone + _sweep(registry, before)


def _file_fields(registry: Registry, entity: str) -> list[Field]:
    return [f for f in registry.schema.entities[entity].fields.values() if isinstance(f.type, FilesType)]


def _held(registry: Registry, entity: str) -> set[str]:
    """The keys that the fields of the entity's records hold."""
    record = registry.models[entity]
    found: set[str] = set()
    for field in _file_fields(registry, entity):
        column = getattr(record, field.name)
        for (keys,) in record.select(column).where(column.is_null(False)).tuples().iterator():
            found.update(keys or ())
    return found


def _remembered(registry: Registry, entity: str, key: str) -> bool:
    """Whether the trash or the history of the entity names a file."""
    return any(
        table.select(table.id).where((table.entity == entity) & column.contains(key)).exists()
        for table, column in _memories(registry)
    )


def _memories(registry: Registry) -> Iterator[tuple[Any, Any]]:
    trash, history = registry.tables.trash, registry.tables.history
    yield trash, trash.row
    yield history, history.changes


def _sweep(registry: Registry, before: datetime) -> int:
    """Take away bytes that no file holds; what is younger may belong to a file that is just being kept."""
    table: Any = registry.files.table
    gone = 0
    for path in _older(registry.files.folder.glob("*/*"), before):
        with registry.db.atomic():
            hold(registry.db, path.name)
            if not table.select(table.id).where(table.digest == path.name).exists():
                path.unlink(missing_ok=True)
                gone += 1
    for path in _older(registry.files.folder.glob("incoming-*"), before):
        path.unlink(missing_ok=True)
        gone += 1
    return gone


def _older(paths: Iterable[Path], before: datetime) -> list[Path]:
    return [path for path in paths if path.is_file() and path.stat().st_mtime < before.timestamp()]
