"""What a file can be taken in as: the layouts of the schema, and every entity as a layout of one part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from schema.spec import Entity, Field, Schema
from schema.spec_layouts import Layout, LayoutColumn, LayoutMatch, LayoutPart
from schema.text import Text
from transfer.match import Target
from transfer.refusal import FileRefused

NOT_IN_FILES = frozenset({"file", "files", "photo", "photos", "signature"})
UNKNOWN = Text("没有名为“{name}”的登记或导入格式。", "There is no entity or import layout called “{name}”.")


def layout_of(schema: Schema, name: str) -> Layout:
    """The layout or entity called ``name`` as a layout. Raises FileRefused for an unknown name."""
    if name in schema.imports:
        return schema.imports[name]
    if name in schema.entities:
        return entity_layout(schema.entities[name])
    raise FileRefused(UNKNOWN.with_(name=name))


def entity_layout(entity: Entity) -> Layout:
    """One part: every field that people write, matched by the key, or else by its number or what is unique."""
    telling = {name for by in identities(entity) for name in by}
    columns = {
        f.name: LayoutColumn(f.name, ()) for f in entity.fields.values() if is_writable(entity, f) or f.name in telling
    }
    part = LayoutPart(entity.name, columns, {}, {}, tuple(LayoutMatch(by) for by in identities(entity)))
    return Layout(entity.name, entity.plural, frozenset(), {entity.name: part})


def identities(entity: Entity) -> tuple[tuple[str, ...], ...]:
    """The sets of fields by which a row means an existing record; a number that the program gave is one."""
    if entity.key:
        sets: tuple[tuple[str, ...], ...] = (entity.key,)
    else:
        numbers = tuple((f.name,) for f in entity.fields.values() if is_number(f))
        unique = tuple((f.name,) for f in entity.fields.values() if f.unique)
        sets = tuple(dict.fromkeys((*numbers, *entity.unique, *unique)))
    return tuple(by for by in sets if all(_can_tell(entity, entity.fields[name]) for name in by))


def unique_keys(schema: Schema, part: LayoutPart) -> tuple[tuple[str, ...], ...]:
    """The sets of fields, all of them columns or links of the part, that only one record of its entity can have."""
    entity = schema.entities[part.entity]
    single = tuple((f.name,) for f in entity.fields.values() if f.unique or is_number(f))
    sets = dict.fromkeys(by for by in (entity.key, *entity.unique, *single) if by)
    there = {*part.columns, *part.links}
    return tuple(by for by in sets if set(by) <= there)


def with_keys(schema: Schema, layout: Layout, keys: Mapping[str, tuple[str, ...]]) -> Layout:
    """The layout with parts matched by the unique key chosen for them; what is no unique key changes nothing."""
    parts = {
        name: replace(part, match=(LayoutMatch(keys[name]),))
        if name in keys and keys[name] in unique_keys(schema, part)
        else part
        for name, part in layout.parts.items()
    }
    return replace(layout, parts=parts)


def is_number(field: Field) -> bool:
    """Whether the program numbers records by this field: a file may name a number, never give one."""
    return field.type.name == "number"


def _can_tell(entity: Entity, field: Field) -> bool:
    return is_number(field) or is_writable(entity, field)


def must_tell(schema: Schema, layout: Layout, part: LayoutPart) -> bool:
    """Whether a row has to say which record of a part it means; where nothing but a unique field could, it need not."""
    return bool(part.match) and (layout.name in schema.imports or bool(schema.entities[part.entity].key))


def is_writable(entity: Entity, field: Field) -> bool:
    """Whether a file may fill the field: a person could, and its value can be written as text."""
    if field.system or field.readonly or field.type.computed or field.type.name in NOT_IN_FILES:
        return False
    return entity.workflow is None or entity.workflow.field != field.name


def targets(schema: Schema, layout: Layout) -> Iterator[Target]:
    """Every field that columns of the file can fill, with the headers each is known by."""
    for part_name, part in layout.parts.items():
        entity = schema.entities[part.entity]
        for column in part.columns.values():
            yield Target(part_name, entity.fields[column.field], column.headers, column.required)


def part_names(schema: Schema, layout: Layout) -> dict[str, tuple[str, ...]]:
    """What a group of columns may be called that belong to a part: its own name and its entity's labels."""
    entities = {name: schema.entities[part.entity] for name, part in layout.parts.items()}
    return {n: (n, e.name, e.label.zh, e.label.en, e.plural.zh, e.plural.en) for n, e in entities.items()}
