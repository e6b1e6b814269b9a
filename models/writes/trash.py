"""Deleted records, kept whole outside their table until they are wanted back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import peewee

from models.actor import Actor
from models.storage.inserting import Insert
from models.storage.rows import Row
from schema.expressions import evaluate
from schema.spec import Schema

KEPT = ("id", "version", "title_text", "title_order")


@dataclass(frozen=True, slots=True)
class Trashed:
    """A record in the trash."""

    id: int
    entity: str
    record_id: int
    title: str
    deleted_at: datetime
    actor_name: str


class Trash:
    """Puts rows away and gives them back; who may see them follows the record's own scope."""

    def __init__(self, schema: Schema, table: type[peewee.Model]) -> None:
        self.schema, self.table = schema, table
        self._insert = Insert(table)

    def put(self, entity: str, row: Row, actor: Actor, at: datetime) -> None:
        """Keep a row that is being deleted."""
        self.table.insert(
            entity=entity, record_id=row["id"], title=row["title_text"], row=self._packed(entity, row),
            deleted_at=_naive(at), actor_id=actor.id, actor_name=actor.name,
        ).execute()  # fmt: skip

    def put_many(self, entity: str, rows: Sequence[Row], actor: Actor, at: datetime) -> None:
        """Keep rows that are being deleted."""
        same = {"entity": entity, "deleted_at": _naive(at), "actor_id": actor.id, "actor_name": actor.name}
        self._insert.many(
            {
                **{name: [value] * len(rows) for name, value in same.items()},
                "record_id": [row["id"] for row in rows],
                "title": [row["title_text"] for row in rows],
                "row": [self._packed(entity, row) for row in rows],
            }
        )

    def take(self, trash_id: int) -> tuple[str, Row] | None:
        """The (entity, row) of an entry, or None; the entry stays until ``forget``."""
        table: Any = self.table
        kept = table.select().where(table.id == trash_id).dicts().first()
        return None if kept is None else (kept["entity"], self._unpacked(kept["entity"], kept["row"]))

    def entry_of(self, entity: str, record_id: int) -> int | None:
        """The id of the entry that keeps a record."""
        table: Any = self.table
        found = table.select(table.id).where((table.entity == entity) & (table.record_id == record_id)).scalar()
        return None if found is None else int(found)

    def forget(self, trash_id: int) -> None:
        table: Any = self.table
        table.delete().where(table.id == trash_id).execute()

    def rows(self, entity: str, limit: int = 500) -> list[tuple[Trashed, Row]]:
        """What lies in the trash of an entity, newest first, with the rows, for ``visible`` to sift."""
        table: Any = self.table
        query = table.select().where(table.entity == entity).order_by(table.id.desc()).limit(limit).dicts()
        return [(_entry(kept), self._unpacked(entity, kept["row"])) for kept in query]

    def _packed(self, entity: str, row: Mapping[str, Any]) -> str:
        fields = self.schema.entities[entity].fields
        kept = {name: row[name] for name in KEPT}
        for name, field in fields.items():
            if row.get(name) is not None:
                kept[name] = row[name] if name in ("created_by", "changed_by") else field.type.to_json(row[name])
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    def _unpacked(self, entity: str, packed: str) -> Row:
        kept = json.loads(packed)
        row: Row = {name: kept[name] for name in KEPT}
        for name, field in self.schema.entities[entity].fields.items():
            if field.type.stored or field.type.name == "refs":
                raw = kept.get(name)
                plain = raw is None or name in ("created_by", "changed_by")
                row[name] = raw if plain else field.type.from_json(raw)
        return row


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)


def _entry(kept: Mapping[str, Any]) -> Trashed:
    at = kept["deleted_at"].replace(tzinfo=UTC)
    return Trashed(kept["id"], kept["entity"], kept["record_id"], kept["title"], at, kept["actor_name"])


def in_scope(schema: Schema, entity: str, row: Row, scopes: Any, environment: Any) -> bool:
    """Whether a row that is in no table any more lies in one of ``scopes``."""
    return any(evaluate(expression, row, environment) is True for _, expression in scopes)
