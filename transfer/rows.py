"""A row as values: what each cell says, where it goes, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from schema.text import BadValue, Text
from schema.types.base import Context, FieldType
from transfer.cells import LONGEST, is_cut
from transfer.header import BLANKS
from transfer.match import Matched, Target
from transfer.meanings import CLEAR, SKIP, Meanings, records_of, words_of
from transfer.sheet import Row
from transfer.workbook import Rounded

SPOILT = Text(
    "数字的位数超过了表格能保存的 15 位，末尾已丢失：请把这一列设为文本后重新填写。",
    "The spreadsheet keeps 15 digits of a number, the last ones are lost: format the column as text, enter it again.",
)
CUT_HERE = Text(
    "导出工作簿时这段文字被截断（一格最多 {limit} 字）：请改用 CSV 导出后再修改，或忽略这一列。",
    "This text was cut when it was exported to a workbook (a cell holds {limit} characters): export it as CSV to "
    "change it, or leave the column out.",
)
FIRST_SERIAL, LAST_SERIAL = 32874, 55153
"""1990-01-01 and 2050-12-31 as spreadsheets count days."""
_DAY_ZERO = datetime(1899, 12, 30)
_SERIAL = re.compile(r"\d{5}(\.\d{1,12})?", re.ASCII)


NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row: the target it concerns (None for the whole row), the text in the file, and why."""

    target: Target | None
    value: str
    reason: Text
    is_unread: bool = False
    """The text itself says nothing that could go there, whatever else is in the row."""


class Parsed:
    """A row as values: {part: {field: value}}, blank cells absent; and what could not be read."""

    __slots__ = (
        "_cells",
        "_columns",
        "_raw",
        "is_left_out",
        "line",
        "links_failed",
        "outline",
        "parts",
        "problems",
        "same",
    )

    def __init__(
        self,
        line: int,
        parts: dict[str, dict[str, Any]],
        cells: Sequence[str] = (),
        columns: Sequence[ColumnReader] = (),
        raw: dict[str, str] | None = None,
    ) -> None:
        """A row in which every cell of ``columns`` that is not blank gave a value; else ``raw`` says what it says."""
        self.line, self.parts = line, parts
        self._cells, self._columns, self._raw = cells, columns, raw
        self.problems: list[Problem] = []
        self.outline: Any = None
        """What the row speaks of, once that has been asked."""
        self.links_failed = False
        """A link was not found: it may be made by an earlier row of the same file, so ask again."""
        self.is_left_out = False
        """A person chose that rows which say this are not taken."""
        self.same: Mapping[str, int] = NOTHING
        """Part → the existing record that a person says the row means."""

    @property
    def raw(self) -> dict[str, str]:
        """Target key → text in the file, of every cell that is not blank."""
        if self._raw is None:
            texts = ((c.target.key, self._cells[c.index].strip(BLANKS)) for c in self._columns)
            self._raw = {key: text for key, text in texts if text}
        return self._raw

    @property
    def is_whole(self) -> bool:
        """Whether every cell that is not blank gave a value, so that ``parts`` tell which they are."""
        return self._raw is None


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
    ways = {text: CLEAR for text, meant in words.items() if not meant}
    ways |= {text: what for text, what in chosen.items() if what in (SKIP, CLEAR)}
    return ColumnReader(index, target, reading(target.field.type, context, words, records_of(chosen)), ways, can_clear)


def reading(
    type: FieldType, context: Context, meant: Mapping[str, str], given: Mapping[str, Any] = NOTHING
) -> Callable[[str], Any]:
    """``type.parse`` of a text, or what is ``meant`` by it or ``given`` for it. Raises BadValue."""
    parse = type.parse
    is_plain = type.kind not in ("date", "datetime")

    def read(text: str) -> Any:
        if text in given:
            return given[text]
        said = meant.get(text, text)
        return parse(said if is_plain else serial_day(text, type.kind) or said, context)

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
    raw: dict[str, str] = {}
    parsed = Parsed(row.line, {}, raw=raw)
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
        raw[column.target.key] = text
        if is_cut(text):
            parsed.problems.append(Problem(column.target, f"{text[:40]}…", CUT_HERE.with_(limit=LONGEST), True))
            continue
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
