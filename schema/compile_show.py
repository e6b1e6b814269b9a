"""The title of a record, and which fields stand where."""

from __future__ import annotations

import re

from schema import document as doc
from schema.compile_board import make_board
from schema.desk import Desk, FieldDraft
from schema.problems import Path, listed
from schema.spec import Field, FormSection, Show, Tab, Template, TitlePart
from schema.text import Text
from schema.written import say

GAP = re.compile(r"\{([^{}]*)\}")
TITLE = "title"
COLUMNS = 6
"""Columns of a list that names none."""

NOT_SEARCHED = Text(
    "不能按“{name}”搜索（类型 {type}），可改为筛选",
    "'{name}' cannot be searched (type {type}); it may be a filter instead",
)
NOT_SORTED = Text("不能按“{name}”排序：{why}", "cannot sort by '{name}': {why}")
NO_COLUMN = Text("它不在 show.list 中", "it is not in show.list")
UNSORTED = Text("它写了 sort: false", "it says sort: false")
NO_ORDER = Text("类型 {type} 没有顺序", "type {type} has no order")
NO_INDEX = Text("它的值不保存；可写 stored: true", "its value is not kept; stored: true would keep it")
NOT_FILTERED = Text("不能按“{name}”筛选（类型 {type}）", "cannot filter by '{name}' (type {type})")
NOT_SUMMED = Text("“{name}”不是数字，不能合计", "'{name}' is not a number and has no sum")
NOT_LISTED = Text("“{name}”不在列表中，不能合计", "'{name}' is not in the list, so no sum can stand under it")
NO_WAY = Text("{entity} 没有指向 {here} 的字段", "{entity} has no ref field to {here}")
MANY_WAYS = Text(
    "{entity} 有多个字段指向 {here}，请写 {{of: {entity}, via: …}}，可用：{names}",
    "{entity} points at {here} through several fields; write {{of: {entity}, via: …}} with one of: {names}",
)


def template(desk: Desk, entity: str, path: Path, words: str) -> Template:
    """The parts of a title template; names that are no fields are said and left out."""
    parts: list[TitlePart] = []
    end = 0
    for gap in GAP.finditer(words):
        if gap.start() > end:
            parts.append(TitlePart(text=words[end : gap.start()]))
        end = gap.end()
        name = gap[1].strip()
        if not desk.no_field(path, entity, name):
            parts.append(TitlePart(field=name))
    if words[end:]:
        parts.append(TitlePart(text=words[end:]))
    return tuple(parts)


def make_title(desk: Desk, entity: str, part: doc.EntityPart) -> Template:
    """The title template as written, or the key, the name, or the first field."""
    if part.title:
        return template(desk, entity, (*part.path, "title"), part.title)
    names = part.key or _naming(desk.drafts[entity])
    parts: list[TitlePart] = []
    for name in names:
        parts += [TitlePart(text="-")] if parts else []
        parts.append(TitlePart(field=name))
    return tuple(parts)


def _naming(drafts: dict[str, FieldDraft]) -> tuple[str, ...]:
    """The field a record without title and key is best called by."""
    fit = {n: d.type for n, d in drafts.items() if d.type is not None and d.type.stored and not d.system}
    named = [n for n in ("name", TITLE) if n in fit]
    texts = [n for n, kind in fit.items() if kind.name in ("text", "number")]
    plain = [n for n, kind in fit.items() if not kind.multiple and kind.kind not in ("list", "json")]
    return tuple([*named, *texts, *plain][:1])


def make_spellings(desk: Desk, entity: str, part: doc.EntityPart) -> tuple[Template, ...]:
    """The other ways to write the title."""
    path = (*part.path, "spellings")
    return tuple(template(desk, entity, (*path, n), words) for n, words in enumerate(part.spellings))


def list_names(part: doc.EntityPart, drafts: dict[str, FieldDraft]) -> tuple[str, ...]:
    """The columns of the list: as written, or the title and the first fields that fit a cell."""
    if part.show.list:
        return part.show.list
    own = [(n, d.type) for n, d in drafts.items() if d.type is not None and not d.system and not d.part.internal]
    return (TITLE, *(n for n, kind in own if kind.sortable or kind.kind == "number"))[:COLUMNS]


def filter_names(part: doc.EntityPart, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The fields to filter by: as written, or those of the list."""
    return part.show.filter if part.show.filter is not None else columns


def make_show(desk: Desk, entity: str, part: doc.EntityPart, fields: dict[str, Field]) -> Show:
    """Which fields stand where; names that are unknown or do not fit are said."""
    show, path = part.show, part.show.path
    columns = list_names(part, desk.drafts[entity])
    columns = desk.some_fields((*path, "list"), entity, columns, (TITLE,))
    return Show(
        list=columns,
        search=_searched(desk, entity, part),
        filter=_filtered(desk, entity, part, columns, fields),
        form=_form(desk, entity, part, fields),
        tabs=_tabs(desk, entity, show),
        sort=_sort(desk, entity, part, fields),
        sums=_sums(desk, entity, part, columns),
        board=make_board(desk, entity, part, fields),
    )


def _searched(desk: Desk, entity: str, part: doc.EntityPart) -> tuple[str, ...]:
    path = (*part.show.path, "search")
    names = desk.some_fields(path, entity, part.show.search or (TITLE,), (TITLE,))
    for n, name in enumerate(part.show.search):
        draft = desk.draft(entity, name)
        if draft is not None and draft.type is not None and not draft.type.search:
            desk.say((*path, n), NOT_SEARCHED.with_(name=name, type=draft.type.name))
    return names


def _filtered(
    desk: Desk, entity: str, part: doc.EntityPart, columns: tuple[str, ...], fields: dict[str, Field]
) -> tuple[str, ...]:
    if part.show.filter is None:
        return tuple(n for n in columns if n in fields and fields[n].filterable)
    path = (*part.show.path, "filter")
    for n, name in enumerate(part.show.filter):
        if name in fields and not fields[name].filterable:
            desk.say((*path, n), NOT_FILTERED.with_(name=name, type=fields[name].type.name))
    return desk.some_fields(path, entity, part.show.filter)


def _form(desk: Desk, entity: str, part: doc.EntityPart, fields: dict[str, Field]) -> tuple[FormSection, ...]:
    """Sections of the form; plain names in a row make one section without a heading."""
    if part.show.form is None:
        return (FormSection(None, tuple(n for n, f in fields.items() if not f.readonly and not f.type.computed)),)
    sections: list[FormSection] = []
    for n, section in enumerate(part.show.form):
        written = (*section.path, "fields") if section.path else (*part.show.path, "form", n)
        names = desk.some_fields(written, entity, section.fields)
        plain = section.section is None
        if plain and sections and sections[-1].label is None:
            sections[-1] = FormSection(None, sections[-1].fields + names)
        else:
            sections.append(FormSection(say(section.section) if section.section else None, names))
    return tuple(sections)


def _tabs(desk: Desk, entity: str, show: doc.ShowPart) -> tuple[Tab, ...]:
    tabs = []
    for n, tab in enumerate(show.tabs):
        path = tab.path or (*show.path, "tabs", n)
        via = way_to(desk, path, tab.of, entity, tab.via)
        if via:
            tabs.append(Tab(tab.of, via))
    return tuple(tabs)


def way_to(desk: Desk, path: Path, child: str, entity: str, via: str = "") -> str:
    """The ref field of ``child`` that points at ``entity``, or '' with the reason said."""
    of_path = (*path, "of") if (*path, "of") in desk.source.places else path
    if desk.no_entity(of_path, child):
        return ""
    if via and desk.no_field((*path, "via"), child, via):
        return ""
    drafts = desk.drafts.get(child, {})
    if not desk.entities[child]:
        return ""
    ways = [n for n, d in drafts.items() if d.type is not None and d.type.name == "ref" and d.target == entity]
    if via:
        draft = desk.draft(child, via)
        if draft is not None and via not in ways:
            words = Text("“{via}”不是指向 {here} 的字段", "'{via}' is not a ref to {here}")
            desk.say((*path, "via"), words.with_(via=via, here=entity))
        return via if via in ways else ""
    if len(ways) == 1:
        return ways[0]
    broken = [d for d in drafts.values() if d.type is None]
    if ways:
        desk.say(of_path, MANY_WAYS.with_(entity=child, here=entity, names=listed(ways)))
    elif not broken and all(name in drafts for name in desk.entities[child]):
        desk.say(of_path, NO_WAY.with_(entity=child, here=entity))
    return ""


def _sort(desk: Desk, entity: str, part: doc.EntityPart, fields: dict[str, Field]) -> str:
    name, path = part.show.sort.lstrip("-"), (*part.show.path, "sort")
    if name in (TITLE, "id") or desk.no_field(path, entity, name, (TITLE, "id")):
        return part.show.sort
    if name in fields and not fields[name].sortable:
        desk.say(path, NOT_SORTED.with_(name=name, why=_unsorted(fields[name], part)))
    return part.show.sort


def _unsorted(field: Field, part: doc.EntityPart) -> Text:
    if part.show.list and field.name not in part.show.list:
        return NO_COLUMN
    if field.name in part.fields and not part.fields[field.name].sort:
        return UNSORTED
    return NO_ORDER.with_(type=field.type.name) if not field.type.sortable else NO_INDEX


def _sums(desk: Desk, entity: str, part: doc.EntityPart, columns: tuple[str, ...]) -> tuple[str, ...]:
    path = (*part.show.path, "sums")
    names = desk.some_fields(path, entity, part.show.sums)
    for n, name in enumerate(part.show.sums):
        draft = desk.draft(entity, name)
        if draft is None or draft.type is None:
            continue
        if draft.type.kind != "number":
            desk.say((*path, n), NOT_SUMMED.with_(name=name))
        elif name not in columns and desk.sound((*part.show.path, "list")):
            desk.say((*path, n), NOT_LISTED.with_(name=name))
    return names
