"""Which table and column of the new specification is which of the old one: renames, and what becomes of the values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from models.storage.tables import ColumnSpec, DatabaseSpec, TableSpec

Fate = Literal["keep", "add", "drop", "convert", "places", "derive"]
"""What becomes of a column's values. ``derive``: they are worked out again, nothing can be lost."""

SAME_VALUES = (frozenset({"text", "long_text"}), frozenset({"file", "files", "photo", "photos", "signature"}))
"""Types whose values are each other's values as they lie in the database."""

PARKED = "__old_"
"""Stands before the names of columns and tables that are about to go."""


class Named(Protocol):
    """A table or column that may say what it was called."""

    @property
    def was(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """One field before and after; None where it did not or will not exist."""

    fate: Fate
    before: ColumnSpec | None
    after: ColumnSpec | None

    @property
    def renamed(self) -> bool:
        return self.before is not None and self.after is not None and self.before.field != self.after.field

    @property
    def parked(self) -> str:
        """Where the old values wait while they are converted or set aside."""
        assert self.before is not None
        return PARKED + (self.before.link or self.before.name)


@dataclass(frozen=True, slots=True)
class TableChange:
    """One entity before and after, with the change of each of its fields."""

    before: TableSpec | None
    after: TableSpec | None
    columns: tuple[ColumnChange, ...]

    @property
    def name(self) -> str:
        """What the entity is called from now on, or was called until it went."""
        table = self.after or self.before
        assert table is not None
        return table.name

    @property
    def renamed(self) -> bool:
        return self.before is not None and self.after is not None and self.before.name != self.after.name

    def of(self, field: str) -> ColumnChange | None:
        """The change of the field now called ``field``."""
        return next((c for c in self.columns if c.after is not None and c.after.field == field), None)

    @property
    def moves(self) -> bool:
        """Whether any column comes, goes, or changes its values or rules."""
        return any(c.fate != "keep" or _loosens(c) for c in self.columns)


def match(before: DatabaseSpec, after: DatabaseSpec) -> tuple[TableChange, ...]:
    """The changes from one specification to the other, dropped entities last."""
    old = {table.name: table for table in before.tables}
    new = {table.name: table for table in after.tables}
    origin = origins(old, new)
    entities = {source: name for name, source in origin.items()}
    changes = [_table(old.get(origin.get(name, "")), table, entities) for name, table in new.items()]
    gone = [table for name, table in old.items() if name not in entities]
    return (*changes, *(_dropped(table) for table in gone))


def origins(old: Mapping[str, Named], new: Mapping[str, Named]) -> dict[str, str]:
    """{new name: old name} of everything that lives on.

    A name in ``was`` counts once: what the database already knows of it is history. It counts even where
    the new name stood for something else, which then goes. What still stands under a name of its own is
    not taken from it, unless it moves on itself (two swap names).
    """
    claims = {name: source for name, item in new.items() if (source := _fresh(old, name, item.was))}
    while True:
        idle = [n for n, source in claims.items() if n in old and source in new and source not in claims]
        if not idle:
            break
        for name in idle:
            del claims[name]
    found: dict[str, str] = {}
    for name in new:
        source = claims.get(name, "" if name in claims.values() else name)
        if source in old and source not in found.values():
            found[name] = source
    return found


def _fresh(old: Mapping[str, Named], name: str, was: Sequence[str]) -> str:
    known = old[name].was if name in old else ()
    return next((source for source in was if source in old and source not in known), "")


def _table(before: TableSpec | None, after: TableSpec, entities: Mapping[str, str]) -> TableChange:
    if before is None:
        return TableChange(None, after, tuple(ColumnChange("add", None, c) for c in after.columns))
    old = {c.field: c for c in before.columns}
    origin = origins(old, {c.field: c for c in after.columns})
    changes = [_column(old.get(origin.get(c.field, "")), c, entities) for c in after.columns]
    gone = [c for c in before.columns if c.field not in origin.values()]
    return TableChange(before, after, (*_flat(changes), *(ColumnChange("drop", c, None) for c in gone)))


def _flat(changes: Sequence[tuple[ColumnChange, ...]]) -> tuple[ColumnChange, ...]:
    return tuple(change for group in changes for change in group)


def _dropped(table: TableSpec) -> TableChange:
    return TableChange(table, None, tuple(ColumnChange("drop", c, None) for c in table.columns))


def _column(before: ColumnSpec | None, after: ColumnSpec, entities: Mapping[str, str]) -> tuple[ColumnChange, ...]:
    if before is None:
        return (ColumnChange("add", None, after),)
    if after.derived:
        if not before.derived:
            return ColumnChange("drop", before, None), ColumnChange("derive", None, after)
        same = _shape(before) == _shape(after) and before.source == after.source
        return (ColumnChange("keep" if same else "derive", before, after),)
    if before.type != after.type and not _same_values(before, after):
        return (ColumnChange("convert", before, after),)
    if before.to and entities.get(before.to) != after.to:
        return (ColumnChange("convert", before, after),)
    if before.storage != after.storage:
        return (ColumnChange("convert", before, after),)
    return (ColumnChange("places" if before.places != after.places else "keep", before, after),)


def _shape(column: ColumnSpec) -> tuple[str, str, int]:
    return column.storage, column.kind, column.places


def _same_values(before: ColumnSpec, after: ColumnSpec) -> bool:
    return any({before.type, after.type} <= family for family in SAME_VALUES)


def _loosens(change: ColumnChange) -> bool:
    return change.before is not None and change.after is not None and change.before.null != change.after.null
