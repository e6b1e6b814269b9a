"""From places and what happens at them, as written, to the fields they make and to those of the specification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schema import document as doc
from schema.compile_fields import make_type
from schema.compile_show import template
from schema.desk import Desk, FieldDraft, label
from schema.document_fields import FieldPart
from schema.document_places import HappeningPart
from schema.problems import Path, listed
from schema.spec import Template
from schema.spec_places import Happening, PlaceSpec, Way, kept
from schema.text import Text
from schema.written import WordsPart

ACCOUNT = "user"
UNTOLD = ("json", "files", "photos", "signature")
"""Types whose values cannot stand in a sentence."""
LABELS = {"in": Text("发生地点", "Place"), "at": Text("发生时间", "Moment")}

NO_PLACE = Text(
    "“{path}”通向 {entity}，它不是地点（没有写 place）；地点有：{places}",
    "'{path}' leads to {entity}, which is no place (it says no 'place'); places are: {places}",
)
NO_LINK = Text(
    "“{name}”的类型是 {type}，通向地点要用 ref 字段",
    "'{name}' is of type {type}; the way to a place goes over ref fields",
)
NO_MOMENT = Text(
    "“{path}”的类型是 {type}，发生时间要用有自己一列的 date 或 datetime 字段",
    "'{path}' is of type {type}; when it happened is a date or datetime field with a column",
)
NO_ACCOUNT = Text("“{name}”不是指向账号的 ref 字段", "'{name}' is no ref field to an account")
NO_WORDS = Text(
    "类型 {type} 的字段“{name}”不能写进一句话", "the field '{name}' of type {type} cannot stand in a sentence"
)
INTERNAL = Text("“{name}”是程序内部的字段，不能在此显示", "'{name}' is internal, so it cannot be shown here")
TWICE = Text("“{name}”已写过一次", "'{name}' stands here already")
NOT_WITHIN = Text("“{name}”没有指向另一类地点", "'{name}' is no ref field to another kind of place")
RING = Text("地点互相包含：{ring}", "places lie within each other: {ring}")
TAKEN = Text(
    "“{name}”是 happens 自带的字段，请换一个名称",
    "'{name}' is a field that 'happens' brings along, choose another name",
)


def place_fields(desk: Desk, entity: str, part: doc.EntityPart) -> dict[str, FieldDraft]:
    """The fields that keep what the ways over links lead to, worked out by the store; names that are taken are said."""
    found: dict[str, FieldDraft] = {}
    for happening in part.happens:
        paths = [("in", way.path) for way in _ways(desk, entity, happening)]
        for prefix, path in (*paths, ("at", tuple(happening.at.split(".")))):
            end = _end(desk, entity, path)
            if len(path) > 1 and end is not None:
                name = kept(prefix, path)
                found[name] = _made(desk, entity, name, prefix, path, end, happening.path)
    for name in [name for name in part.fields if name in found]:
        desk.say(part.fields[name].path, TAKEN.with_(name=name), key=True)
        del found[name]
    return found


def make_place(desk: Desk, entity: str, part: doc.EntityPart) -> PlaceSpec | None:
    """What makes the entity's records places; None where they are none."""
    if part.place is None:
        return None
    within, path = part.place.within, (*part.place.path, "within")
    if not within or desk.no_field(path, entity, within):
        return PlaceSpec()
    draft = desk.draft(entity, within)
    if draft is None or draft.type is None:
        return PlaceSpec()
    if draft.type.name != "ref" or draft.target not in desk.places or draft.target == entity:
        desk.say(path, NOT_WITHIN.with_(name=within))
        return PlaceSpec()
    ring = [entity, *(place for place, _path in _outwards(desk, entity, ()))]
    if ring.count(entity) > 1:
        desk.say(path, RING.with_(ring=" → ".join(ring)))
    return PlaceSpec(within)


def make_happenings(desk: Desk, entity: str, part: doc.EntityPart) -> tuple[Happening, ...]:
    """What the entity's records tell in the history of places; what is wrong is said and left out."""
    found: dict[str, Happening] = {}
    for n, one in enumerate(part.happens):
        path = one.path or (*part.path, "happens", n)
        at = tuple(one.at.split("."))
        sound = _check_moment(desk, (*path, "at"), entity, at)
        for m, way in enumerate(one.in_):
            sound = _check_way(desk, (*path, "in", m), entity, tuple(way.split("."))) and sound
        if not desk.no_field((*path, "by"), entity, one.by) and not _is_account(desk.draft(entity, one.by)):
            desk.say((*path, "by"), NO_ACCOUNT.with_(name=one.by))
        words = _words(desk, (*path, "words"), entity, one.words)
        name = label(one.label, entity) if one.label is not None else label(part.label, entity)
        if sound:
            made = Happening(entity, at, tuple(_ways(desk, entity, one)), one.by, name, words)
            if made.key in found:
                desk.say((*path, "at"), TWICE.with_(name=one.at))
            found[made.key] = made
    return tuple(found.values())


def _ways(desk: Desk, entity: str, part: HappeningPart) -> Iterator[Way]:
    """The ways as written, and the further ones to what those places lie within, unless one as written leads there."""
    written = [(way, end) for way in dict.fromkeys(part.in_) if (end := _end(desk, entity, tuple(way.split("."))))]
    named = {end.target for _way, end in written}
    for way, end in written:
        if end.target in desk.places:
            path = tuple(way.split("."))
            yield Way(end.target, path)
            around = _outwards(desk, end.target, path)
            yield from (Way(place, further) for place, further in around if place not in named)


def _outwards(desk: Desk, place: str, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The places round ``place``, the nearest first, each with the way there; it ends where they go in a ring."""
    seen: set[str] = set()
    while place not in seen and (within := desk.places.get(place, "")):
        seen.add(place)
        draft = desk.draft(place, within)
        if draft is None or not draft.target:
            return
        place, path = draft.target, (*path, within)
        yield place, path


def _end(desk: Desk, entity: str, path: tuple[str, ...]) -> FieldDraft | None:
    """The field that ``path`` ends at, or None where it does not lead anywhere."""
    for n, name in enumerate(path):
        draft = desk.draft(entity, name)
        if draft is None or draft.type is None or (n + 1 < len(path) and draft.type.name != "ref"):
            return None
        entity = draft.target
    return draft


def _made(
    desk: Desk, entity: str, name: str, prefix: str, path: tuple[str, ...], end: FieldDraft, at: Path
) -> FieldDraft:  # fmt: skip
    """A field that keeps what ``path`` leads to: the program's own, worked out with every write."""
    gives: dict[str, Any] = {"gives": "ref", "to": end.target} if prefix == "in" else {"gives": _kind(end)}
    words = WordsPart(zh=LABELS[prefix].to("zh"), en=LABELS[prefix].to("en"))
    options = {"is": ".".join(path), "stored": True, **gives}
    part = FieldPart(type="formula", label=words, readonly=True, internal=True, **options)
    part._path = at
    return FieldDraft(entity, name, part, make_type(desk, part))


def _kind(draft: FieldDraft) -> str:
    return draft.type.kind if draft.type is not None and draft.type.kind in ("date", "datetime") else "date"


def _check_moment(desk: Desk, at: Path, entity: str, path: tuple[str, ...]) -> bool:
    if not _check_links(desk, at, entity, path):
        return False
    end = _end(desk, entity, path)
    if end is None or end.type is None:
        return False
    if end.type.kind in ("date", "datetime") and end.type.stored:
        return True
    desk.say(at, NO_MOMENT.with_(path=".".join(path), type=end.type.name))
    return False


def _check_way(desk: Desk, at: Path, entity: str, path: tuple[str, ...]) -> bool:
    if not _check_links(desk, at, entity, path):
        return False
    end = _end(desk, entity, path)
    if end is None or end.type is None:
        return False
    if end.type.multiple or not end.target or not end.type.stored:
        desk.say(at, NO_LINK.with_(name=end.name, type=end.type.name))
    elif end.target not in desk.places:
        places = listed(sorted(desk.places))
        desk.say(at, NO_PLACE.with_(path=".".join(path), entity=end.target, places=places))
    else:
        return True
    return False


def _check_links(desk: Desk, at: Path, entity: str, path: tuple[str, ...]) -> bool:
    """Whether every field of ``path`` is there and leads on to the next; what does not is said."""
    for n, name in enumerate(path):
        if desk.no_field(at, entity, name):
            return False
        draft = desk.draft(entity, name)
        if draft is None or draft.type is None:
            return False
        if n + 1 < len(path) and draft.type.name != "ref":
            desk.say(at, NO_LINK.with_(name=name, type=draft.type.name))
            return False
        entity = draft.target
    return True


def _is_account(draft: FieldDraft | None) -> bool:
    """Whether a field says who; one that is broken has been said."""
    if draft is None or draft.type is None or draft.name in ("created_by", "changed_by"):
        return True
    return draft.type.name == "ref" and draft.target == ACCOUNT


def _words(desk: Desk, at: Path, entity: str, words: str) -> Template:
    parts = template(desk, entity, at, words) if words else ()
    for name in [part.field for part in parts if part.field]:
        draft = desk.draft(entity, name)
        if draft is None or draft.type is None:
            continue
        if draft.part.internal:
            desk.say(at, INTERNAL.with_(name=name))
        elif draft.type.name in UNTOLD:
            desk.say(at, NO_WORDS.with_(name=name, type=draft.type.name))
    return parts
