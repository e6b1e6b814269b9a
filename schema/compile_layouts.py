"""Spreadsheets of the office's own: which column feeds which field of which entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schema import document as doc
from schema import document_layouts as layouts
from schema.compile_expressions import boolean
from schema.compile_workflow import COMPUTED, constants, written_fields
from schema.desk import Desk, label
from schema.names import bad_word
from schema.problems import Path
from schema.spec_layouts import Layout, LayoutColumn, LayoutMatch, LayoutPart, SaidOf
from schema.text import Text

PART = Text("部分", "part")
NOT_A_LINK = Text("“{name}”不是关联字段（类型 {type}）", "'{name}' is not a ref field (type {type})")
LEADS_ELSEWHERE = Text(
    "“{name}”指向 {target}，而“{part}”是 {entity}", "'{name}' points at {target}, but '{part}' is a {entity}"
)
TOO_LATE = Text("“{part}”排在后面，请把它移到前面", "'{part}' comes later in the row; move it up")
NO_MATCH = Text(
    "请写 match：{entity} 没有 key，程序不知道一行对应哪条记录",
    "match is missing: {entity} has no key, so nothing says which record a row means",
)
NOT_FILLED = Text(
    "“{name}”用于匹配，但没有列、links 或 set 给它值",
    "'{name}' is matched on, but no column, link or set gives it a value",
)
NO_FIELDS = Text("请写 by：按哪些字段认出记录", "by is missing: which fields tell the record")
COLUMN = Text("列", "column")
WHOLE_COLUMN = Text("请写成“部分.字段”，如“book.name”", "write part.field, such as book.name")
OTHER_KIND = Text(
    "“{name}”是 {type}，而“{other}”是 {kind}", "'{name}' is of type {type}, but '{other}' is of type {kind}"
)
WHO = Text(
    "有 writes 就要写 by：只有写明的岗位才能经它写入",
    "writes needs by: only the roles named there may write through it",
)


def make_layout(desk: Desk, name: str, part: layouts.LayoutPart, parts: dict[str, doc.EntityPart]) -> Layout:
    """The layout; what is wrong in it is said, and left out."""
    refused = bad_word(name)
    if refused is not None:
        desk.say(part.path, refused, key=True)
    rows: dict[str, LayoutPart] = {}
    for row_name, row in part.rows.items():
        entity = row.entity or row_name
        at = (*row.path, "entity") if row.entity else row.path
        if not desk.misses(at, Text("实体", "entity"), entity, desk.entities, key=not row.entity):
            rows[row_name] = _row(desk, entity, row, rows, part.rows, parts)
    for where in part.aliases:
        _alias_place(desk, (*part.path, "aliases", where), where, rows)
    by = desk.some_roles((*part.path, "by"), part.by)
    writes = frozenset(written_fields(desk, (*part.path, "writes"), "", part.writes))
    if part.writes and not part.by:
        desk.say((*part.path, "writes"), WHO, key=True)
    return Layout(name, label(part.label, name), by, rows, part.aliases, writes)


def _row(
    desk: Desk,
    entity: str,
    row: layouts.RowPart,
    before: dict[str, LayoutPart],
    every: Mapping[str, layouts.RowPart],
    parts: dict[str, doc.EntityPart],
) -> LayoutPart:
    path = row.path
    columns = {}
    for name, column in row.columns.items():
        at = (*path, "columns", name)
        if desk.no_field(at, entity, name, key=True):
            continue
        draft = desk.draft(entity, name)
        if draft is not None and draft.type is not None and draft.type.computed and draft.type.name != "number":
            desk.say(at, COMPUTED.with_(name=name), key=True)
        columns[name] = LayoutColumn(name, column.headers, column.required)
    links = {n: p for n, p in row.links.items() if _link(desk, (*path, "links", n), entity, n, p, before, every)}
    key = parts[entity].key if entity in parts else ()
    matches = tuple(_match(desk, entity, m, row, before, every) for m in row.match)
    if not matches and key:
        matches = (LayoutMatch(by=key),)
    elif not matches and desk.sound(path) and entity in parts:
        desk.say(path, NO_MATCH.with_(entity=entity), key=True)
    return LayoutPart(entity, columns, links, _set(desk, entity, row, every), matches, row.create, row.update)


def _set(desk: Desk, entity: str, row: layouts.RowPart, every: Mapping[str, layouts.RowPart]) -> dict[str, Any]:
    """Field → plain value, Expression, or the column of the row that says it."""
    path = (*row.path, "set")
    said = {
        name: str(value["of"]) for name, value in row.set.items() if isinstance(value, dict) and set(value) == {"of"}
    }
    found = constants(desk, path, entity, {name: value for name, value in row.set.items() if name not in said})
    for name, words in said.items():
        part, _, column = words.rpartition(".")
        if desk.no_field((*path, name), entity, name, key=True):
            continue
        if not part:
            desk.say((*path, name, "of"), WHOLE_COLUMN)
        elif not desk.misses((*path, name, "of"), PART, part, every) and not desk.misses(
            (*path, name, "of"), COLUMN, column, every[part].columns
        ):
            _fits(desk, (*path, name, "of"), (entity, name), (every[part].entity or part, column))
            found[name] = SaidOf(part, column)
    return found


def _fits(desk: Desk, path: Path, field: tuple[str, str], column: tuple[str, str]) -> None:
    """Says where a column gives no values of the field's kind; a date takes the day of a moment."""
    mine, other = desk.draft(*field), desk.draft(*column)
    if mine is None or other is None or mine.type is None or other.type is None:
        return
    kinds = (mine.type.kind, other.type.kind)
    if (kinds[0] != kinds[1] and kinds != ("date", "datetime")) or mine.target != other.target:
        words = OTHER_KIND.with_(name=field[1], type=mine.type.name, other=column[1], kind=other.type.name)
        desk.say(path, words)


def _link(
    desk: Desk,
    path: Path,
    entity: str,
    name: str,
    part: str,
    before: dict[str, LayoutPart],
    every: Mapping[str, layouts.RowPart],
) -> bool:
    """Whether ref field ``name`` can point at the record of an earlier part of the row."""
    if desk.no_field(path, entity, name, key=True):
        return False
    if part not in before:
        if part in every:
            desk.say(path, TOO_LATE.with_(part=part))
        else:
            desk.misses(path, PART, part, before)
        return False
    draft = desk.draft(entity, name)
    if draft is None or draft.type is None:
        return False
    if draft.type.name != "ref":
        desk.say(path, NOT_A_LINK.with_(name=name, type=draft.type.name), key=True)
        return False
    if part in before and before[part].entity != draft.target:
        words = LEADS_ELSEWHERE.with_(name=name, target=draft.target, part=part, entity=before[part].entity)
        desk.say(path, words)
        return False
    return True


def _match(
    desk: Desk,
    entity: str,
    match: layouts.MatchPart,
    row: layouts.RowPart,
    before: dict[str, LayoutPart],
    every: Mapping[str, layouts.RowPart],
) -> LayoutMatch:
    path = match.path or (*row.path, "match")
    by_path = (*path, "by") if match.path else path
    by = desk.some_fields(by_path, entity, match.by)
    if not match.by and not match.via:
        desk.say(path, NO_FIELDS, key=True)
    filled = {*row.columns, *row.links, *row.set}
    if not all(desk.sound((*row.path, key)) for key in ("columns", "links", "set")):
        filled.update(match.by)
    for n, name in enumerate(match.by):
        if name in by and name not in filled:
            desk.say((*by_path, n), NOT_FILLED.with_(name=name))
    if not match.via or desk.no_entity((*path, "via"), match.via):
        own = boolean(desk, (*path, "that"), match.that, entity) if match.that is not None and not match.via else None
        return LayoutMatch(by, that=own)
    if not desk.no_field((*path, "link"), match.via, match.link):
        draft = desk.draft(match.via, match.link)
        if draft is not None and draft.type is not None and draft.target != entity:
            words = Text("“{via}”不是指向 {here} 的字段", "'{via}' is not a ref to {here}")
            desk.say((*path, "link"), words.with_(via=match.link, here=entity))
    where = {n: p for n, p in match.where.items() if _link(desk, (*path, "where", n), match.via, n, p, before, every)}
    that = boolean(desk, (*path, "that"), match.that, match.via) if match.that is not None else None
    return LayoutMatch(by, match.via, match.link, where, that)


def _alias_place(desk: Desk, path: Path, where: str, rows: dict[str, LayoutPart]) -> None:
    part, _, field = where.partition(".")
    if not desk.misses(path, PART, part, rows, key=True):
        desk.no_field(path, rows[part].entity, field, key=True)
