"""peewee models made at run time from a schema: one per entity, one per link table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee

from schema.spec import SYSTEM_FIELDS, Entity, Field, Schema

BOOKKEEPING = ("id", "version", "title_text", "title_order")
"""Columns of every record that are not fields."""


def column_name(field: Field) -> str:
    """The name of a field's column: refs end in ``_id``."""
    return f"{field.name}_id" if field.type.name in ("ref", "created_by", "changed_by") else field.name


def link_table(entity: str, field: str) -> str:
    """The table that keeps a refs field."""
    return f"{entity}__{field}"


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one database: ``record[entity]`` and ``link[entity, refs field]``.

    They are typed Any because their columns are only known when the program runs.
    """

    record: dict[str, Any]
    link: dict[tuple[str, str], Any]

    def __getitem__(self, entity: str) -> Any:
        return self.record[entity]


def build_models(schema: Schema, database: peewee.Database) -> Models:
    """Models of every entity, bound to ``database``. They map onto the tables that migrations make."""
    records = {name: _record_model(entity, database) for name, entity in schema.entities.items()}
    links = {
        (entity.name, field.name): _link_model(link_table(entity.name, field.name), database)
        for entity in schema.entities.values()
        for field in entity.fields.values()
        if field.type.name == "refs"
    }
    return Models(records, links)


def _record_model(entity: Entity, database: peewee.Database) -> Any:
    columns: dict[str, object] = {
        "id": peewee.BigAutoField(),
        "version": peewee.IntegerField(),
        "title_text": peewee.TextField(),
        "title_order": peewee.TextField(),
    }
    for field in entity.fields.values():
        if field.type.stored and field.type.name != "refs":
            columns[field.name] = _column(field)
    return model(entity.name, columns, database)


def _column(field: Field) -> peewee.Field:
    if field.type.name in ("ref", "created_by", "changed_by"):
        return peewee.BigIntegerField(null=True, column_name=column_name(field))
    column = field.type.column(null=not field.required and field.name not in SYSTEM_FIELDS)
    if column is None:
        raise TypeError(f"{field.entity}.{field.name}: a stored field without a column")
    return column


def _link_model(table: str, database: peewee.Database) -> Any:
    columns: dict[str, object] = {"owner_id": peewee.BigIntegerField(), "target_id": peewee.BigIntegerField()}
    return model(table, columns, database, primary_key=peewee.CompositeKey("owner_id", "target_id"))


def model(table: str, columns: dict[str, object], db: peewee.Database, primary_key: object = None) -> Any:
    """A peewee model made of ``columns``, bound to ``db``."""
    options: dict[str, object] = {"database": db, "table_name": table, "legacy_table_names": False}
    if primary_key is not None:
        options["primary_key"] = primary_key
    meta = type("Meta", (), options)
    kind: Any = type(peewee.Model)
    return kind(f"Table_{table}", (peewee.Model,), {**columns, "Meta": meta, "__module__": __name__})
