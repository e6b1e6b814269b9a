"""Cells to values: one compiled parse function a column, and the row function made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.errors import Refused
from schema.text import BadValue, Text
from schema.types.base import Context, FieldType
from transfer.match import Matched, Target
from transfer.sheet import BLANKS, Row
from transfer.workbook import Rounded

if TYPE_CHECKING:
    from models import Registry

SPOILT = Text(
    "数字的位数超过了表格能保存的 15 位，末尾已丢失：请把这一列设为文本后重新填写。",
    "The spreadsheet keeps 15 digits of a number, the last ones are lost: format the column as text, enter it again.",
)
FIRST_SERIAL, LAST_SERIAL = 32874, 55153
"""1990-01-01 and 2050-12-31 as spreadsheets count days."""
_DAY_ZERO = datetime(1899, 12, 30)
_SERIAL = re.compile(r"\d{5}(\.\d{1,12})?", re.ASCII)
_MOST_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row: the target it concerns (None for the whole row), the text in the file, and why."""

    target: Target | None
    value: str
    reason: Text


@dataclass(slots=True)
class Parsed:
    """A row as values: {part: {field: value}}, blank cells absent; and what could not be read."""

    line: int
    parts: dict[str, dict[str, Any]]
    problems: list[Problem] = field(default_factory=list)
    raw: dict[str, str] = field(default_factory=dict)
    """Target key → text in the file, of every cell that is not blank."""
    links_failed: bool = False
    """A link was not found: it may be made by an earlier row of the same file, so ask again."""


@dataclass(frozen=True, slots=True)
class ColumnReader:
    """A column of the file compiled: where its cell is, where its value goes, and how to read it."""

    index: int
    target: Target
    read: Callable[[str], Any]


def readers(
    matched: Iterable[Matched], context: Context, aliases: Mapping[str, Mapping[str, str]]
) -> tuple[ColumnReader, ...]:
    """The compiled columns of a file; columns that go nowhere are left out.

    ``aliases`` is 'part.field' → {what the file says: what is meant}.
    """
    return tuple(
        ColumnReader(m.column.index, m.target, remembering(m.target.field.type, context, aliases.get(m.target.key, {})))
        for m in matched
        if m.target is not None
    )


def remembering(type: FieldType, context: Context, meant: Mapping[str, str]) -> Callable[[str], Any]:
    """``type.parse`` that reads the same text only once, or what is ``meant`` by it.

    Raises BadValue as the type does, each time anew.
    """
    known: dict[str, Any] = {}
    parse, check = type.parse, type.check
    is_plain = type.kind not in ("date", "datetime")

    def read(text: str) -> Any:
        if text in known:
            return known[text]
        value = parse(
            meant.get(text, text) if is_plain else serial_day(text, type.kind) or meant.get(text, text), context
        )
        if value is not None:
            value = check(value, context)
        if len(known) < _MOST_REMEMBERED:
            known[text] = value
        return value

    return read


def serial_day(text: str, kind: str) -> str:
    """The day that a spreadsheet's serial number such as 46023 means, from 1990 to 2050; '' for all else."""
    if not _SERIAL.fullmatch(text):
        return ""
    number = Decimal(text)
    if not FIRST_SERIAL <= number < LAST_SERIAL + 1 or (kind == "date" and number != int(number)):
        return ""
    moment = _DAY_ZERO + timedelta(seconds=round(number * 86400))
    return moment.date().isoformat() if kind == "date" else moment.isoformat(" ", "seconds")


def parse_row(row: Row, columns: Iterable[ColumnReader], edits: Mapping[tuple[int, int], str]) -> Parsed:
    """The values of a row. ``edits`` (line, column index) → text stand in for what the file says."""
    parsed = Parsed(row.line, {})
    for column in columns:
        cell = row.cells[column.index] if column.index < len(row.cells) else ""
        if edits:
            cell = edits.get((row.line, column.index), cell)
        text = cell.strip(BLANKS)
        if not text:
            continue
        parsed.raw[column.target.key] = text
        if isinstance(cell, Rounded):
            parsed.problems.append(Problem(column.target, text, SPOILT))
            continue
        try:
            value = column.read(text)
        except BadValue as bad:
            parsed.problems.append(Problem(column.target, text, bad.text))
            parsed.links_failed |= column.target.field.type.kind in ("ref", "list")
            continue
        if value is not None:
            parsed.parts.setdefault(column.target.part, {})[column.target.field.name] = value
    return parsed


class Links:
    """Finds linked records once each: by spelling, title or a key of one field."""

    def __init__(self, registry: Registry, actor: Actor) -> None:
        self.registry, self.actor = registry, actor
        self._found: dict[tuple[str, str], int] = {}
        self.context: Context = replace(registry.scope.context(actor), find=self.find)

    def find(self, entity: str, text: str) -> int:
        """The id of the record that ``text`` names. Raises BadValue."""
        if (entity, text) not in self._found:
            self._found[entity, text] = _find(self.registry, self.actor, entity, text)
        return self._found[entity, text]

    def prefetch(self, rows: Sequence[Row], columns: Iterable[ColumnReader]) -> None:
        """Find what these rows link to, many at a time; what is not found now is asked for by itself later."""
        wanted: dict[str, set[str]] = {}
        for column in (c for c in columns if c.target.field.type.name == "ref"):
            cells = (row.cells[column.index] for row in rows if column.index < len(row.cells))
            wanted.setdefault(column.target.field.target, set()).update(cell.strip(BLANKS) for cell in cells)
        for entity, texts in wanted.items():
            missing = [text for text in texts if text and (entity, text) not in self._found]
            for text, id in self.registry.scope.find_many(self.actor, entity, missing).items():
                self._found[entity, text] = id


def _find(registry: Registry, actor: Actor, entity: str, text: str) -> int:
    try:
        return registry.scope.find(actor, entity, text)
    except BadValue:
        key = registry.schema.entities[entity].key
        id = _only(registry, actor, entity, "title_text", text)
        if id is None and len(key) == 1:
            id = _by_key(registry, actor, entity, key[0], text)
        if id is None:
            raise
        return id
    except Refused as refused:
        raise BadValue(refused.text) from refused


def _by_key(registry: Registry, actor: Actor, entity: str, name: str, text: str) -> int | None:
    """The record whose only key field says ``text``; None where there is none or the actor may not see the field."""
    if registry.access.field(actor, entity, name) not in ("open", "locked"):
        return None
    try:
        value = registry.schema.entities[entity].fields[name].type.parse(text, registry.scope.context(actor))
    except BadValue:
        return None
    return _only(registry, actor, entity, name, value)


def _only(registry: Registry, actor: Actor, entity: str, column: str, value: Any) -> int | None:
    """The one record within the actor's sight whose ``column`` is ``value``, if there is just one."""
    model: Any = registry.models[entity]
    query = model.select(model.id).where(getattr(model, column) == value)
    condition = registry.scope.condition(actor, entity)
    ids = [row[0] for row in (query if condition is None else query.where(condition)).limit(2).tuples()]
    return int(ids[0]) if len(ids) == 1 else None
