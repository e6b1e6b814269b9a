"""What the database should look like for a schema: plain data that is kept in the database as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from models.storage.build import column_name, link_table
from schema.spec import SYSTEM_FIELDS, Entity, Field, Schema, Template
from schema.types.base import FieldType

ExpressionIndexes = Mapping[tuple[str, str], str]
"""SQL of a formula without a column, by (entity, field), that sorting by it needs an index on."""

LONGEST_NAME = 60
"""Bytes of a name; PostgreSQL cuts at 63."""


class Plain(BaseModel):
    """Frozen data that compares by value and goes to JSON and back."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ColumnSpec(Plain):
    """How one field is kept: in a column ``name`` or, a refs field, in a ``link`` table.

    ``storage`` is peewee's word for the column type. ``null`` may stay true for a required field whose
    blanks were allowed to remain. ``derived`` values are worked out by the store and never converted.
    """

    field: str
    name: str
    type: str
    storage: str
    kind: str
    places: int = 0
    required: bool = False
    null: bool = True
    to: str = ""
    link: str = ""
    codes: tuple[str, ...] = ()
    derived: bool = False
    source: str = ""
    default: str = ""
    was: tuple[str, ...] = ()


class IndexSpec(Plain):
    """One index over columns, or over a single SQL ``expression``."""

    name: str
    table: str
    columns: tuple[str, ...]
    unique: bool = False
    expression: str = ""


class TableSpec(Plain):
    """One entity: its columns, unique keys (lists of fields), indexes, and what its titles and search read."""

    name: str
    columns: tuple[ColumnSpec, ...]
    keys: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[IndexSpec, ...] = ()
    checks: tuple[str, ...] = ()
    title: str = ""
    search: tuple[str, ...] = ()
    search_wording: str = ""
    was: tuple[str, ...] = ()

    def column(self, field: str) -> ColumnSpec | None:
        """How ``field`` is kept, or None when there is no such field."""
        return next((c for c in self.columns if c.field == field), None)


class DatabaseSpec(Plain):
    """All tables of a schema, in its order."""

    tables: tuple[TableSpec, ...]

    def table(self, entity: str) -> TableSpec | None:
        return next((t for t in self.tables if t.name == entity), None)

    @property
    def digest(self) -> str:
        """SHA-256 of the data, equal for databases that look alike."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def with_null(spec: DatabaseSpec, loose: set[tuple[str, str]]) -> DatabaseSpec:
    """``spec`` with these (entity, field) columns taking blanks."""
    return DatabaseSpec(
        tables=tuple(
            table.model_copy(update={"columns": tuple(_loose(table.name, c, loose) for c in table.columns)})
            for table in spec.tables
        )
    )


def _loose(entity: str, column: ColumnSpec, loose: set[tuple[str, str]]) -> ColumnSpec:
    return column.model_copy(update={"null": True}) if (entity, column.field) in loose else column


def database_spec(schema: Schema, expression_indexes: ExpressionIndexes | None = None) -> DatabaseSpec:
    """What the database of ``schema`` should look like."""
    formulas = expression_indexes or {}
    return DatabaseSpec(tables=tuple(_table(schema, entity, formulas) for entity in schema.entities.values()))


def _table(schema: Schema, entity: Entity, formulas: ExpressionIndexes) -> TableSpec:
    columns = tuple(
        _column(schema, entity, field)
        for field in entity.fields.values()
        if (field.type.stored or field.type.name == "refs") and field.name not in SYSTEM_FIELDS
    )
    keys = _keys(entity, {c.field for c in columns if not c.link})
    return TableSpec(
        name=entity.name,
        columns=columns,
        keys=keys,
        indexes=tuple(_indexes(entity, columns, keys, formulas)),
        checks=tuple(check.that.source for check in entity.checks),
        title=template_source(entity.title) + _wording(entity, [p.field for p in entity.title if p.field]),
        search=entity.show.search,
        search_wording=_wording(entity, [name for name in entity.show.search if name in entity.fields]),
        was=entity.was,
    )


def template_source(template: Template) -> str:
    """A title template as it is written: ``{shelf}-{number}``."""
    return "".join(f"{{{part.field}}}" if part.field else part.text for part in template)


def _wording(entity: Entity, names: Iterable[str]) -> str:
    """What the words of these fields depend on beside their values: option labels, formulas without a column."""
    lines = []
    for name in names:
        kind = entity.fields[name].type
        choices: Any = getattr(getattr(kind, "gives", kind), "choices", None)
        if isinstance(choices, Mapping):
            lines.append(json.dumps({code: choice.label.zh for code, choice in choices.items()}, ensure_ascii=False))
        if not kind.stored and kind.name != "refs":
            lines.append(_options(kind))
    return "".join(f"\n{line}" for line in lines)


def _options(kind: FieldType) -> str:
    return json.dumps(kind.options.model_dump(mode="json"), sort_keys=True)


def _column(schema: Schema, entity: Entity, field: Field) -> ColumnSpec:
    kind = field.type
    is_link = kind.name == "refs"
    derived = kind.computed and kind.name != "number"
    return ColumnSpec(
        field=field.name,
        name="" if is_link else column_name(field),
        type=kind.name,
        storage="" if is_link else _storage(field),
        kind=kind.kind,
        places=kind.places,
        required=field.required and not derived,
        null=is_link or derived or not field.required,
        to=getattr(kind, "to", "") if kind.name in ("ref", "refs") else "",
        link=link_table(entity.name, field.name) if is_link else "",
        codes=() if derived else tuple(_codes(schema, field)),
        derived=derived,
        source=_options(kind) if derived else "",
        default=plain_default(field.default),
        was=field.was,
    )


def _storage(field: Field) -> str:
    """The column's type, in peewee's words; texts of any length are TEXT."""
    column = field.type.column(null=True)
    storage = "BIGINT" if field.type.name == "ref" or column is None else str(column.field_type)
    return "TEXT" if storage in ("VARCHAR", "CHAR") else storage


def _codes(schema: Schema, field: Field) -> Iterable[str]:
    """The codes a choice field may hold."""
    choices: Any = getattr(field.type, "choices", None)
    if isinstance(choices, Mapping):
        return [str(code) for code in choices]
    return schema.choices.get(getattr(field.type.options, "of", ""), {})


def plain_default(default: Any) -> str:
    """A default as JSON; an expression by its source; '' for none."""
    if default is None:
        return ""
    return json.dumps({"is": default.source} if hasattr(default, "source") else default, default=str)


def _keys(entity: Entity, stored: set[str]) -> tuple[tuple[str, ...], ...]:
    """The entity's key, its further unique keys and its unique fields, each once."""
    single = [(field.name,) for field in entity.fields.values() if field.unique]
    wanted = dict.fromkeys([entity.key, *entity.unique, *single])
    return tuple(key for key in wanted if key and set(key) <= stored)


def _indexes(
    entity: Entity, columns: tuple[ColumnSpec, ...], keys: tuple[tuple[str, ...], ...], formulas: ExpressionIndexes
) -> Iterable[IndexSpec]:
    by_field = {c.field: c for c in columns}
    # A unique index over one column sorts and filters by it as well as a plain one.
    alone = {key[0] for key in keys if len(key) == 1}
    for key in keys:
        names = tuple(by_field[field].name for field in key)
        yield IndexSpec(name=short("uq", entity.name, *key), table=entity.name, columns=names, unique=True)
    yield IndexSpec(name=short("ix", entity.name, "title_order"), table=entity.name, columns=("title_order",))
    for column in columns:
        if column.link:
            yield IndexSpec(name=short("ix", column.link, "target_id"), table=column.link, columns=("target_id",))
        elif column.field not in alone and (column.type == "ref" or _wants_index(entity.fields[column.field])):
            yield IndexSpec(name=short("ix", entity.name, column.name), table=entity.name, columns=(column.name,))
    yield from _system_indexes(entity)
    yield from _board_indexes(entity, by_field)
    yield from _history_indexes(entity)
    for (owner, field), sql in formulas.items():
        if owner == entity.name:
            yield IndexSpec(name=short("ix", owner, field), table=owner, columns=(), expression=sql)


def _system_indexes(entity: Entity) -> Iterable[IndexSpec]:
    for name in SYSTEM_FIELDS:
        field = entity.fields.get(name)
        if field is not None and _wants_index(field):
            column = f"{name}_id" if name.endswith("_by") else name
            yield IndexSpec(name=short("ix", entity.name, column), table=entity.name, columns=(column,))


def _board_indexes(entity: Entity, by_field: Mapping[str, ColumnSpec]) -> Iterable[IndexSpec]:
    """The index that holds every lane of a board in its order."""
    board, flow = entity.show.board, entity.workflow
    if board is not None and flow is not None:
        sort = board.sort.lstrip("-")
        order = {"id": "id", "title": "title_order"}.get(sort) or by_field[sort].name
        names = (by_field[flow.field].name, order)
        yield IndexSpec(name=short("ix", entity.name, *names), table=entity.name, columns=names)


def _history_indexes(entity: Entity) -> Iterable[IndexSpec]:
    """The indexes that hold what happened at a place in its order."""
    pairs = {
        (column_name(entity.fields[way.column]), column_name(entity.fields[line.at])): None
        for line in entity.happens
        for way in line.ways
    }
    for names in pairs:
        yield IndexSpec(name=short("ix", entity.name, *names), table=entity.name, columns=names)


def _wants_index(field: Field) -> bool:
    """Whether sorting or filtering by a column is made cheap; lists and long texts cannot be."""
    is_sought = field.sortable or field.filterable or field.sparse
    return is_sought and field.type.kind not in ("list", "json") and field.type.sortable


def short(prefix: str, *words: str) -> str:
    """A name that every engine takes whole: long ones are cut and told apart by a digest."""
    name = "_".join((prefix, *words))
    if len(name.encode()) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
