"""What happened to records: who, when, from what, to what, through what; shown masked like the record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import peewee

from models.access import Access
from models.actor import Actor, Source
from models.record import Masked
from models.storage.inserting import NONE_SPELT, Insert
from models.storage.lots import Column
from models.writes.changes import AS_JSON, whole_values
from schema.spec import Entity, Field, Schema
from schema.types.base import Context

Changes = Mapping[str, tuple[Any, Any]]
"""(old, new) by field, in the fields' JSON form."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry as an actor may see it. ``changes`` maps a field to (old, new): values, or Masked."""

    id: int
    at: datetime
    actor_id: int | None
    actor_name: str
    entity: str
    record_id: int
    title: str
    verb: str
    changes: Changes
    comment: str | None
    source: str
    detail: str


class History:
    """Writes and reads the log. Only the store writes."""

    def __init__(self, schema: Schema, access: Access, table: type[peewee.Model]) -> None:
        self.schema, self.access, self.table = schema, access, table
        self._insert = Insert(table)

    def write(
        self, actor: Actor, entity: str, record_id: int, title: str, verb: str, changes: Changes,
        source: Source, at: datetime, comment: str | None = None,
    ) -> int:  # fmt: skip
        """Log one change; ``changes`` holds Python values. Returns its id."""
        row = self.entry(actor, entity, record_id, title, verb, changes, source, at, comment)
        return self._insert(row)

    def write_whole(
        self, actor: Actor, spec: Entity, columns: Mapping[str, Column], names: Sequence[str], source: Source,
        at: datetime, verb: Literal["create", "delete"] = "create", spelt: Mapping[str, Column] = NONE_SPELT,
    ) -> None:  # fmt: skip
        """Log that records came or went: ``columns`` hold their ids, titles and values, of which ``names`` are kept,
        ``spelt`` those that are JSON texts already."""
        source = actor.through(source)
        same = {
            "at": _naive(at), "actor_id": actor.id, "actor_name": actor.name, "entity": spec.name, "verb": verb,
            "comment": None, "source": source.kind, "detail": source.detail,
        }  # fmt: skip
        ids = columns["id"]
        self._insert.many(
            {
                **{name: [value] * len(ids) for name, value in same.items()},
                "record_id": ids,
                "title": columns["title_text"],
                "changes": whole_values(spec, {**columns, **spelt}, names, verb == "delete", frozenset(spelt)),
            }
        )

    def entry(
        self, actor: Actor, entity: str, record_id: int, title: str, verb: str, changes: Changes,
        source: Source, at: datetime, comment: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """The row of one change."""
        source = actor.through(source)
        fields = self.schema.entities[entity].fields
        kept = {
            name: [fields[name].type.to_json(old) if old is not None else None,
                   fields[name].type.to_json(new) if new is not None else None]
            for name, (old, new) in changes.items()
        }  # fmt: skip
        return {
            "at": _naive(at), "actor_id": actor.id, "actor_name": actor.name,
            "entity": entity, "record_id": record_id, "title": title, "verb": verb,
            "changes": AS_JSON(kept), "comment": comment,
            "source": source.kind, "detail": source.detail,
        }  # fmt: skip

    def of(
        self, actor: Actor, entity: str, record_id: int, limit: int = 100, before: int | None = None
    ) -> list[Change]:
        """The newest changes of a record; the caller has made sure that the actor may read it."""
        table: Any = self.table
        query = table.select().where((table.entity == entity) & (table.record_id == record_id))
        query = query if before is None else query.where(table.id < before)
        return [self.seen(actor, row) for row in query.order_by(table.id.desc()).limit(limit).dicts()]

    def raw(self, change_id: int) -> Mapping[str, Any] | None:
        """One entry with nothing masked; for undo, inside the engine."""
        table: Any = self.table
        return table.select().where(table.id == change_id).dicts().first()  # type: ignore[no-any-return]

    def seen(self, actor: Actor, row: Mapping[str, Any]) -> Change:
        """An entry with hidden and internal fields left out and masked ones masked."""
        spec = self.schema.entities.get(row["entity"])
        kept = json.loads(row["changes"])
        changes: dict[str, tuple[Any, Any]] = {}
        for name, values in kept.items():
            field = None if spec is None else field_called(spec, name)
            if field is None or field.internal:
                continue
            if self.access.field(actor, field.entity, field.name) != "hidden":
                changes[field.name] = self._pair(actor, field, values)
        return Change(
            id=row["id"], at=row["at"].replace(tzinfo=UTC), actor_id=row["actor_id"], actor_name=row["actor_name"],
            entity=row["entity"], record_id=row["record_id"], title=row["title"], verb=row["verb"], changes=changes,
            comment=row["comment"], source=row["source"], detail=row["detail"],
        )  # fmt: skip

    def _pair(self, actor: Actor, field: Field, values: Sequence[Any]) -> tuple[Any, Any]:
        masked = self.access.field(actor, field.entity, field.name) == "masked"
        old, new = (_value(field, raw, masked) for raw in values)
        return old, new


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)


def field_called(spec: Entity, name: str) -> Field | None:
    """The field that is called ``name``, or was."""
    return spec.fields.get(name) or next((f for f in spec.fields.values() if name in f.was), None)


def _value(field: Field, raw: Any, masked: bool) -> Any:
    """A logged value as its field now is; as it was written down where the field has changed its type since."""
    if raw is None:
        return None
    try:
        value = field.type.check(field.type.from_json(raw), Context())
        return Masked(field.type.mask(value, Context())) if masked else value
    except (ValueError, TypeError, ArithmeticError, AttributeError):
        return Masked("•••" if masked else str(raw))
