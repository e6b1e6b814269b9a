"""What the parts of an entity must agree on: keys, titles, earlier names, menus, and words that mean two things."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from schema import document as doc
from schema.desk import MENU, Desk, FieldDraft
from schema.document_fields import FieldPart
from schema.expressions import Expression
from schema.problems import Path, unknown
from schema.spec import Entity
from schema.text import Text
from schema.types.refs import RefType

TIMEZONE = Text("时区", "timezone")
NOT_REQUIRED = Text(
    "“{name}”在 key 中，因此必须写 required: true", "'{name}' is part of the key, so it needs required: true"
)
NOT_UNIQUE = Text("“{name}”（类型 {type}）不能用于唯一性", "'{name}' (type {type}) cannot be part of something unique")
NOT_IN_TITLE = Text("“{name}”（类型 {type}）不能写进标题", "'{name}' (type {type}) cannot stand in a title")
SECRET_IN_TITLE = Text(
    "“{name}”写在标题里，看得到这条记录的人都看得到，不能对“{role}”遮盖或隐藏",
    "'{name}' stands in the title, which everyone who sees the record sees, "
    "so it cannot be masked or hidden for '{role}'",
)
RING = Text("标题互相引用：{ring}", "titles go in a circle: {ring}")
STILL_THERE = Text("“{name}”还在使用，不能同时是旧名称", "'{name}' is still in use, so it cannot be an earlier name")
TWO_HEIRS = Text("“{name}”已是“{other}”的旧名称", "'{name}' is already the earlier name of '{other}'")
SAME_COLUMN = Text(
    "“{name}”与关联字段“{ref}”的列重名，请换一个名称",
    "'{name}' is the column of the ref field '{ref}' already, choose another name",
)
TWO_MEANINGS = Text("“{word}”已是“{other}”的别名", "'{word}' already means '{other}'")
INTERNAL = Text("“{name}”是程序内部的字段，不能在此显示", "'{name}' is internal, so it cannot be shown here")
NO_KIND = Text(
    "“{name}”不是选项字段，不能说明证件的种类", "'{name}' is no choice field, so it cannot say which document it is"
)
NO_FIELDS = Text("至少要有一个字段", "there must be at least one field")


def crosscheck(desk: Desk, root: doc.RootPart, entities: Mapping[str, Entity]) -> None:
    """Says everything that is wrong between parts that are each right by themselves."""
    _check_office(desk, root.office)
    _check_was(desk, ("entities",), root.entities)
    for name, part in root.entities.items():
        if part.menu and part.path:
            desk.misses((*part.path, "menu"), MENU, part.menu, desk.menus)
        if not desk.entities[name]:
            desk.say((*part.path, "fields"), NO_FIELDS, key=True)
        _check_keys(desk, name, part)
        _check_title(desk, entities[name], part)
        _check_was(desk, (*part.path, "fields"), part.fields)
        _check_words(desk, part.fields)
        _check_kind_fields(desk, name)
        _check_columns(desk, name)
        _check_internal(desk, entities[name], part)
    if root.accounts.menu:
        desk.misses(("accounts", "menu"), MENU, root.accounts.menu, desk.menus)
    for options in root.choices.values():
        _check_words(desk, options)
    _check_title_rings(desk, entities)


def _check_office(desk: Desk, office: doc.OfficePart) -> None:
    try:
        ZoneInfo(office.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        desk.say((*office.path, "timezone"), unknown(TIMEZONE, office.timezone, available_timezones()))


def _check_keys(desk: Desk, entity: str, part: doc.EntityPart) -> None:
    """Every field of a key is kept as one plain value, and is always filled."""
    for n, name in enumerate(part.key):
        draft = desk.draft(entity, name)
        if draft is None or draft.type is None:
            continue
        filled = draft.part.required is True or draft.type.computed
        if _fit(desk, (*part.path, "key", n), draft) and not filled and desk.sound(draft.path):
            desk.say(draft.path, NOT_REQUIRED.with_(name=name), key=True)
    for m, names in enumerate(part.unique):
        for n, name in enumerate(names):
            draft = desk.draft(entity, name)
            if draft is not None:
                _fit(desk, (*part.path, "unique", m, n), draft)
    for name in part.fields:
        draft = desk.draft(entity, name)
        if draft is not None and draft.part.unique:
            _fit(desk, (*draft.path, "unique"), draft)


def _fit(desk: Desk, path: Path, draft: FieldDraft) -> bool:
    """Whether the field can be told apart by its value: one plain value in a column."""
    kind = draft.type
    if kind is None or (kind.stored and not kind.multiple and kind.kind not in ("list", "json")):
        return True
    desk.say(path, NOT_UNIQUE.with_(name=draft.name, type=kind.name))
    return False


def _check_kind_fields(desk: Desk, entity: str) -> None:
    """A type that looks at a field beside it finds a choice there."""
    for draft in desk.drafts[entity].values():
        name = str(getattr(draft.type.options, "kind_field", "")) if draft.type is not None else ""
        path = (*draft.path, "kind_field")
        if name and not desk.no_field(path, entity, name):
            beside = desk.draft(entity, name)
            if beside is not None and beside.type is not None and beside.type.name != "choice":
                desk.say(path, NO_KIND.with_(name=name))


def _check_columns(desk: Desk, entity: str) -> None:
    """A ref field ``owner`` is kept in a column ``owner_id``, so no other field goes by that name."""
    drafts = desk.drafts[entity]
    for name in drafts:
        held = drafts.get(name.removesuffix("_id")) if name.endswith("_id") else None
        if held is not None and held.type is not None and isinstance(held.type, RefType):
            desk.say(drafts[name].path, SAME_COLUMN.with_(name=name, ref=held.name), key=True)


def _check_internal(desk: Desk, entity: Entity, part: doc.EntityPart) -> None:
    """What is the program's own stands nowhere where people look."""
    show = part.show
    places = [((*part.path, "title"), piece.field) for piece in entity.title]
    named = {"list": show.list, "search": show.search, "filter": show.filter or (), "sums": show.sums}
    for key, names in named.items():
        places += [((*show.path, key, n), name) for n, name in enumerate(names)]
    for n, section in enumerate(show.form or ()):
        places += [((*show.path, "form", n), name) for name in section.fields]
    for path, name in places:
        if name in entity.fields and entity.fields[name].internal:
            desk.say(path, INTERNAL.with_(name=name))


def _check_title(desk: Desk, entity: Entity, part: doc.EntityPart) -> None:
    """A title is kept with its record, so it is made of what the record itself keeps."""
    for name in [piece.field for piece in entity.title if piece.field]:
        draft = desk.draft(entity.name, name)
        if draft is None or draft.type is None:
            continue
        if draft.type.kind == "json" or draft.type.multiple or not (draft.type.stored or own_columns(desk, draft)):
            desk.say((*part.path, "title"), NOT_IN_TITLE.with_(name=name, type=draft.type.name))
        rule = entity.access.fields.get(name)
        for role in sorted(rule.hide | rule.mask) if rule else ():
            desk.say((*part.path, "access", "fields", name), SECRET_IN_TITLE.with_(name=name, role=role))


def own_columns(desk: Desk, draft: FieldDraft) -> bool:
    """Whether a formula is worked out from its own record's columns alone, and does not change by itself."""
    found: Expression | None = getattr(draft.type, "expression", None)
    if found is None or found.reads_clock or found.reads_actor:
        return False
    for need in found.depends_on:
        read = desk.draft(draft.entity, need.field)
        if need.path or read is None or read.type is None or not read.type.stored:
            return False
    return True


def _check_title_rings(desk: Desk, entities: Mapping[str, Entity]) -> None:
    """A title that leads back to itself could never be written."""
    leads = {
        name: [f.type.to for f in entity.refs if f.name in {p.field for p in entity.title}]  # type: ignore[attr-defined]
        for name, entity in entities.items()
    }
    said: set[str] = set()
    for name in leads:
        ring = _ring(name, leads)
        if ring and not said & set(ring):
            said.update(ring)
            desk.say(("entities", name, "title"), RING.with_(ring=" → ".join(ring)))


def _ring(start: str, leads: Mapping[str, list[str]]) -> list[str]:
    """The way from ``start`` over titles back to itself, or []."""
    ways = [[start]]
    seen = {start}
    while ways:
        way = ways.pop()
        for following in leads.get(way[-1], ()):
            if following == start:
                return [*way, start]
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return []


def _check_was(desk: Desk, path: Path, parts: Mapping[str, doc.EntityPart] | Mapping[str, FieldPart]) -> None:
    """An earlier name belongs to one thing, and to nothing that is there now, unless that has moved on itself."""
    heirs: dict[str, str] = {}
    for name, part in parts.items():
        for n, old in enumerate(part.was):
            at = (*path, name, "was", n)
            if old in parts and (old == name or not parts[old].was):
                desk.say(at, STILL_THERE.with_(name=old))
            elif old in heirs:
                desk.say(at, TWO_HEIRS.with_(name=old, other=heirs[old]))
            heirs.setdefault(old, name)


def _check_words(desk: Desk, parts: Mapping[str, FieldPart] | Mapping[str, doc.ChoicePart]) -> None:
    """An alias means one thing."""
    meant: dict[str, str] = {}
    for name, part in parts.items():
        for n, word in enumerate(part.aliases):
            if meant.setdefault(word, name) != name:
                desk.say((*part.path, "aliases", n), TWO_MEANINGS.with_(word=word, other=meant[word]))
