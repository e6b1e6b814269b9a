"""What the pages of an import show: columns with samples, refused rows by reason, changed cells old and new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from admin_views.import_choices import LONGEST_CELL, ranges
from models.actor import Actor
from models.record import Masked
from models.registry import Registry
from schema.text import Text
from transfer.imports import Preparation
from transfer.match import IGNORE, Matched, Target
from transfer.results import Change, ImportResult, Rejection

MOST_REFUSED = 200
"""Refused cells that are shown to be put right at once; the rest follow when these are done."""
MOST_CHANGED = 100
PREVIEW_ROWS = 2000
"""Rows that a preview tries; a longer file is tried as far as here and written as a whole."""


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column of the file in the table of columns; ``value`` is what its drop-down holds."""

    index: int
    header: str
    samples: tuple[str, ...]
    value: str
    how: str
    like: str
    like_label: str


@dataclass(frozen=True, slots=True)
class RefusedCell:
    """A refused row; ``index`` is None where there is no cell to put right."""

    line: int
    index: int | None
    value: str


@dataclass(frozen=True, slots=True)
class RefusedGroup:
    """Rows that were refused at one column for one reason.

    ``value`` is what all of them say, where ``can_fix``: then other words or a record may be meant by it. ``lines``
    are theirs, as ranges.
    """

    column: str
    reason: str
    cells: tuple[RefusedCell, ...]
    count: int
    key: str = ""
    value: str = ""
    can_fix: bool = False
    lines: str = ""


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A cell of a record that the file changes, in plain words."""

    line: int
    entity: str
    id: int
    title: str
    field: str
    old: str
    new: str


def column_rows(preparation: Preparation, locale: str) -> list[ColumnRow]:
    """The file's columns and where each goes."""
    return [
        ColumnRow(
            m.column.index, m.column.header, m.column.samples, _value(m), m.how,
            m.like.key if m.like else "", m.like.label.to(locale) if m.like else "",
        )
        for m in preparation.matched
    ]  # fmt: skip


def _value(matched: Matched) -> str:
    return matched.target.key if matched.target else IGNORE if matched.how == "ignored" else ""


def target_groups(registry: Registry, preparation: Preparation, locale: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields a column can go to, by the entity they belong to: (label, [(key, label)…])."""
    groups: dict[str, list[Target]] = {}
    for target in preparation.targets:
        groups.setdefault(target.part, []).append(target)
    parts = preparation.layout.parts
    return [
        (registry.schema.entities[parts[name].entity].label.to(locale), [(t.key, t.label.to(locale)) for t in targets])
        for name, targets in groups.items()
    ]


def refused_groups(rejected: Iterable[Rejection], locale: str) -> list[RefusedGroup]:
    """The refused rows by column and reason, the largest groups first, then as they stand in the file."""
    groups: dict[tuple[str, str], list[Rejection]] = {}
    for one in rejected:
        groups.setdefault((one.column.to(locale), one.reason.to(locale)), []).append(one)
    shown, left = [], MOST_REFUSED
    for (column, reason), ones in sorted(groups.items(), key=lambda item: -len(item[1])):
        first = ones[0]
        can_fix = all(o.is_unread and o.index is not None and o.value == first.value for o in ones)
        cells = tuple(_refused_cell(one) for one in ones[:left])
        lines = ranges({one.line for one in ones})
        shown.append(RefusedGroup(column, reason, cells, len(ones), first.key, first.value, can_fix, lines))
        left = max(0, left - len(ones))
    return shown


def _refused_cell(one: Rejection) -> RefusedCell:
    if len(one.value) > LONGEST_CELL:
        return RefusedCell(one.line, None, f"{one.value[:200]}…")
    return RefusedCell(one.line, one.index, one.value)


def changed_cells(registry: Registry, actor: Actor, result: ImportResult) -> list[ChangedCell]:
    """The first of the changed cells in plain words."""
    return list(_changed(registry, actor, result.changes[:MOST_CHANGED]))


def _changed(registry: Registry, actor: Actor, changes: Iterable[Change]) -> Iterator[ChangedCell]:
    context = registry.scope.context(actor)
    for change in changes:
        entity = registry.schema.entities[change.entity]
        field = entity.fields[change.field]

        def words(value: Any, kind: Any = field.type) -> str:
            return value.text if isinstance(value, Masked) else kind.display(value, context)

        yield ChangedCell(
            change.line, entity.name, change.id, change.title, field.label.to(actor.locale),
            words(change.old), words(change.new),
        )  # fmt: skip


def kept_rejections(result: dict[str, Any]) -> list[Rejection]:
    """The refused rows of an import that is over."""
    return [
        Rejection(one["line"], Text(*one["column"]), one["value"], Text(*one["reason"]), one["index"])
        for one in result.get("rejected", ())
    ]


def entity_counts(registry: Registry, counts: dict[str, Any], locale: str) -> list[tuple[str, int, int, int]]:
    """(label, new, changed, unchanged) records of each entity that the file speaks of."""
    return [
        (registry.schema.entities[name].plural.to(locale), made["created"], made["updated"], made["unchanged"])
        for name, made in counts.items()
        if name in registry.schema.entities and any(made.values())
    ]
