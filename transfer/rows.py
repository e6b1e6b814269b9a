"""Cells to values: one compiled parse function a column, and the row function made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from schema.text import BadValue, Text
from schema.types.base import Context, FieldType
from transfer.header import BLANKS
from transfer.match import Matched, Target
from transfer.meanings import CLEAR, SKIP, Meanings, naming_field, records_of, words_of
from transfer.sheet import Row
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
    is_unread: bool = False
    """The text itself says nothing that could go there, whatever else is in the row."""


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
    is_left_out: bool = False
    """A person chose that rows which say this are not taken."""
    same: Mapping[str, int] = field(default_factory=dict)
    """Part → the existing record that a person says the row means."""


@dataclass(frozen=True, slots=True)
class ColumnReader:
    """A column of the file compiled: where its cell is, where its value goes, and how to read it."""

    index: int
    target: Target
    read: Callable[[str], Any]
    meant: Mapping[str, str] = field(default_factory=dict)
    """Texts for which a person chose CLEAR or SKIP."""
    can_clear: bool = False
    """A blank cell takes away what is there."""


def readers(
    matched: Iterable[Matched],
    context: Context,
    aliases: Mapping[str, Mapping[str, str]],
    meanings: Meanings | None = None,
    can_clear: Callable[[Target], bool] = lambda _target: False,
) -> tuple[ColumnReader, ...]:
    """The compiled columns of a file; columns that go nowhere are left out.

    ``aliases`` is 'part.field' → {what the file says: what is meant}; ``meanings`` are a person's own.
    """
    return tuple(
        column_reader(m.column.index, m.target, context, aliases, meanings or {}, can_clear(m.target))
        for m in matched
        if m.target is not None
    )


def column_reader(
    index: int,
    target: Target,
    context: Context,
    aliases: Mapping[str, Mapping[str, str]],
    meanings: Meanings,
    can_clear: bool = False,
) -> ColumnReader:
    """One column compiled."""
    chosen = meanings.get(target.key, {})
    words = {**aliases.get(target.key, {}), **words_of(chosen)}
    ways = {text: what for text, what in chosen.items() if what in (SKIP, CLEAR)}
    return ColumnReader(
        index, target, remembering(target.field.type, context, words, records_of(chosen)), ways, can_clear
    )


def remembering(
    type: FieldType, context: Context, meant: Mapping[str, str], given: Mapping[str, Any] | None = None
) -> Callable[[str], Any]:
    """``type.parse`` that reads the same text only once, or what is ``meant`` by it; ``given`` is known already.

    Raises BadValue as the type does, each time anew.
    """
    known: dict[str, Any] = dict(given or {})
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
    blanks: list[Target] = []
    for column in columns:
        cell = row.cells[column.index] if column.index < len(row.cells) else ""
        if edits:
            cell = edits.get((row.line, column.index), cell)
        text = cell.strip(BLANKS)
        way = column.meant.get(text, "") if column.meant else ""
        parsed.is_left_out |= way == SKIP
        if not text or way:
            if column.can_clear and way != SKIP:
                blanks.append(column.target)
            continue
        parsed.raw[column.target.key] = text
        if isinstance(cell, Rounded):
            parsed.problems.append(Problem(column.target, text, SPOILT, True))
            continue
        try:
            value = column.read(text)
        except BadValue as bad:
            parsed.problems.append(Problem(column.target, text, bad.text, True))
            parsed.links_failed |= column.target.field.type.kind in ("ref", "list")
            continue
        if value is not None:
            parsed.parts.setdefault(column.target.part, {})[column.target.field.name] = value
    for target in blanks:
        if target.part in parsed.parts:
            parsed.parts[target.part][target.field.name] = None
    return parsed


@dataclass(frozen=True, slots=True)
class Constant:
    """A field that the file lacks, with the value that every row gets."""

    target: Target
    text: str
    value: Any


def complete(row: Parsed, constants: Iterable[Constant]) -> None:
    """Give the row the constants of those parts that it speaks of itself."""
    told = {key.partition(".")[0] for key in row.raw}
    for one in constants:
        if one.target.part in told:
            row.raw[one.target.key] = one.text
            row.parts.setdefault(one.target.part, {})[one.target.field.name] = one.value


class Links:
    """Finds linked records once each: by spelling, title or a key of one field."""

    def __init__(
        self, registry: Registry, actor: Actor, missing: Iterable[tuple[str, str]] = (), source: Source | None = None
    ) -> None:
        """``missing`` are the (entity, text) for which a record is made where there is none."""
        self.registry, self.actor = registry, actor
        self._missing, self._source = frozenset(missing), source
        self._found: dict[tuple[str, str], int] = {}
        self.context: Context = replace(registry.scope.context(actor), find=self.find)

    def find(self, entity: str, text: str) -> int:
        """The id of the record that ``text`` names. Raises BadValue."""
        if (entity, text) not in self._found:
            try:
                self._found[entity, text] = _find(self.registry, self.actor, entity, text)
            except BadValue:
                if (entity, text) not in self._missing or self._source is None:
                    raise
                self._found[entity, text] = self._make(entity, text, self._source)
        return self._found[entity, text]

    def _make(self, entity: str, text: str, source: Source) -> int:
        """A new record named by ``text``. Raises BadValue where the store refuses it."""
        field = naming_field(self.registry.schema.entities[entity])
        try:
            return self.registry.store.create(self.actor, entity, {field.name: text} if field else {}, source)
        except Refused as refused:
            raise BadValue(refused.text) from refused

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
    if not registry.access.is_clear(actor, entity, name):
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
