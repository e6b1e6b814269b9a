"""Spreadsheets of the office's own: which column feeds which field of which entity."""

from __future__ import annotations

from schema import document as doc
from schema import document_layouts as layouts
from schema.compile_expressions import boolean
from schema.compile_workflow import COMPUTED, constants
from schema.desk import Desk, label
from schema.names import bad_word
from schema.problems import Path
from schema.spec import Layout, LayoutColumn, LayoutMatch, LayoutPart
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
            rows[row_name] = _row(desk, entity, row, rows, tuple(part.rows), parts)
    for where in part.aliases:
        _alias_place(desk, (*part.path, "aliases", where), where, rows)
    return Layout(name, label(part.label, name), desk.some_roles((*part.path, "by"), part.by), rows, part.aliases)


def _row(
    desk: Desk,
    entity: str,
    row: layouts.RowPart,
    before: dict[str, LayoutPart],
    every: tuple[str, ...],
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
    return LayoutPart(
        entity, columns, links, constants(desk, (*path, "set"), entity, row.set), matches, row.create, row.update
    )


def _link(
    desk: Desk,
    path: Path,
    entity: str,
    name: str,
    part: str,
    before: dict[str, LayoutPart],
    every: tuple[str, ...],
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
    every: tuple[str, ...],
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
