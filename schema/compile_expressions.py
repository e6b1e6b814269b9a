"""Parses the expressions of a schema, each where it stands, with the names it may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from schema.desk import FIELD, Desk, FieldDraft
from schema.expressions import Expression, ExpressionError, FieldNaming, Naming, parse
from schema.expressions.kinds import KIND_WORDS
from schema.naming import type_naming
from schema.problems import Path, unknown
from schema.text import BadValue, Text
from schema.types import Context, FieldType, Kind
from schema.types.choices import ChoiceBase

OPTION = Text("选项", "option")
PLAIN_KINDS = ("text", "list", "json")
"""Kinds whose plain strings are values; in other fields a string is an expression."""

NOT_A_CONDITION = Text(
    "这里应是条件（是或否），而它给出{kind}；要问是否填写，请写 … != null",
    "this must be a condition, but it gives {kind}; to ask whether a field is filled in, write … != null",
)
KINDS_DIFFER = Text("“{name}”需要{want}，而这里给出{kind}", "'{name}' takes {want}, but this gives {kind}")
OTHER_ENTITY = Text("“{name}”指向 {want}，而这里给出 {got}", "'{name}' points at {want}, but this gives a {got}")
ONLY_IS = Text("请写一个值，或 {is: 表达式}", "write a value, or {is: expression}")


class BrokenName(Exception):
    """An expression read a field that is broken itself, which has been said already."""


class FieldNames(Mapping[str, FieldNaming]):
    """The fields of one entity by name; asking for a broken one raises BrokenName."""

    def __init__(self, known: dict[str, FieldNaming], written: tuple[str, ...]) -> None:
        self.known = known
        self.named = bool(written)
        self.broken = frozenset(name for name in written if name not in known)

    def __getitem__(self, name: str) -> FieldNaming:
        if name in self.broken or not self.named:
            raise BrokenName(name)
        return self.known[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self.known, *self.broken))

    def __len__(self) -> int:
        return len(self.known) + len(self.broken)


def names_of(desk: Desk) -> Naming:
    """The names all expressions may use, from the drafts."""
    entities: dict[str, FieldNames] = {}
    for entity, written in desk.entities.items():
        drafts = desk.drafts.get(entity, {})
        known = {n: _naming(desk, d.type) for n, d in drafts.items() if d.type is not None}
        entities[entity] = FieldNames(known, written)
    return Naming(entities, roles=frozenset(desk.roles))


Part = Callable[[int], tuple[Path, int, str]]
"""Offset in an expression put together by the program → path, offset and text of the piece that was written."""


def _naming(desk: Desk, kind: FieldType) -> FieldNaming:
    """A field as expressions see it, with every code of its list, also of options that are broken."""
    found = type_naming(kind)
    if not isinstance(kind, ChoiceBase):
        return found
    return replace(found, options=desk.codes[kind.options.of])


def parsed(desk: Desk, at: Path | Part, source: str, entity: str, places: int | None = None) -> Expression | None:
    """The expression on records of ``entity`` ('' for one about no record), or None where it is wrong, which is said
    at its column."""
    assert desk.naming is not None
    try:
        return parse(source, desk.naming.about(entity) if entity else desk.naming, places=places)
    except BrokenName:
        return None
    except ExpressionError as error:
        path, offset, text = at(error.offset) if callable(at) else (at, error.offset, source)
        place = desk.source.place(path)
        position = place.at(max(offset, 0), text) if path in desk.source.places else place.value
        values = dict(error.message.values)
        about = (str(FIELD), str(values["entity"]), str(values["name"])) if {"entity", "name"} <= set(values) else ()
        desk.say_at(position, path, error.message, about)
        return None


def boolean(desk: Desk, path: Path, source: str, entity: str) -> Expression | None:
    """A condition on records of ``entity``, or None where it is wrong."""
    found = parsed(desk, path, source, entity)
    if found is not None and found.node.kind != "boolean":
        desk.say(path, NOT_A_CONDITION.with_(kind=KIND_WORDS[found.node.kind]))
        return None
    return found


def constant(desk: Desk, path: Path, value: Any, draft: FieldDraft) -> Any:
    """A default or constant for a field: a value in its normal form, or an Expression; None where it is wrong."""
    kind = draft.type
    if value is None or kind is None:
        return None
    if isinstance(value, dict):
        if set(value) == {"is"}:
            return fitting(desk, (*path, "is"), str(value["is"]), draft)
        desk.say(path, ONLY_IS)
        return None
    if isinstance(value, str) and not _plain(kind.kind, kind.name, value):
        return fitting(desk, path, value, draft)
    return _value(desk, path, value, draft)


def default_of(desk: Desk, draft: FieldDraft) -> Any:
    """The default of a field: a value in its normal form, an Expression, or None."""
    return constant(desk, (*draft.path, "default"), draft.part.default, draft)


def _plain(kind: str, name: str, value: str) -> bool:
    if name == "month":
        return value not in ("today", "now")
    return kind in PLAIN_KINDS or value[:1].isdigit()


def _value(desk: Desk, path: Path, value: Any, draft: FieldDraft) -> Any:
    kind = draft.type
    assert kind is not None
    if isinstance(kind, ChoiceBase):
        known = desk.codes[kind.options.of]
        wrong = [code for code in ([value] if isinstance(value, (str, int)) else value) if str(code) not in known]
        if wrong:
            desk.say(path, unknown(OPTION, wrong[0], known))
            return None
        if not all(code in kind.choices for code in known):
            return None
    try:
        if isinstance(value, str) and kind.kind not in PLAIN_KINDS:
            return kind.parse(value, Context())
        return kind.check(Decimal(value) if type(value) is int and kind.places else value, Context())
    except BadValue as error:
        desk.say(path, error.text)
        return None


def fitting(desk: Desk, path: Path, source: str, draft: FieldDraft) -> Expression | None:
    """An expression whose result the field can hold, or None where it is wrong."""
    kind = draft.type
    assert kind is not None
    naming = type_naming(kind)
    found = parsed(desk, path, source, draft.entity, naming.places if naming.kind == "number" else None)
    if found is None or found.node.kind == "null":
        return found
    takes: tuple[Kind, ...] = ("date", "text") if kind.name == "month" else (naming.kind,)
    if found.kind not in takes:
        words = KINDS_DIFFER.with_(name=draft.name, want=KIND_WORDS[takes[0]], kind=KIND_WORDS[found.kind])
        desk.say(path, words)
        return None
    if naming.to and found.to and naming.to != found.to:
        desk.say(path, OTHER_ENTITY.with_(name=draft.name, want=naming.to, got=found.to))
        return None
    return found
