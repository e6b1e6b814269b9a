"""The sums of a file's columns of numbers, to be held against the office's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from decimal import Decimal, InvalidOperation
from typing import Any

from schema.text import BadValue
from transfer.header import BLANKS
from transfer.match import Target
from transfer.results import Total
from transfer.rows import ColumnReader, Parsed
from transfer.sheet import Row


def is_summed(target: Target) -> bool:
    """Whether adding up a column makes sense: numbers that are no record's number and no mark."""
    return target.field.type.kind == "number" and target.field.type.name in ("integer", "decimal", "money")


def add_totals(
    totals: dict[str, Total], columns: Iterable[ColumnReader], rows: Iterable[Parsed], taken: Set[int]
) -> None:
    """Add these rows; ``taken`` are the lines that were."""
    rows = tuple(rows)
    for target in (c.target for c in columns if is_summed(c.target)):
        total = totals.setdefault(target.key, Total(target))
        for row in rows:
            value = row.parts.get(target.part, {}).get(target.field.name)
            if value is not None:
                _add(total, value, row.line in taken)


def sum_the_rest(
    totals: dict[str, Total],
    columns: Iterable[ColumnReader],
    edits: Mapping[tuple[int, int], str],
    rows: Iterator[Row],
) -> None:
    """Add the rows that were not tried: they count among all, not among those taken."""
    summed = [c for c in columns if is_summed(c.target)]
    if not summed:
        return
    for row in rows:
        for column in summed:
            text = edits.get((row.line, column.index), row.cells[column.index]).strip(BLANKS)
            try:
                value = column.read(text) if text and text not in column.meant else None
            except BadValue:
                continue
            if value is not None:
                _add(totals.setdefault(column.target.key, Total(column.target)), value, False)


def _add(total: Total, value: Any, is_taken: bool) -> None:
    total.everything += value
    if is_taken:
        total.taken += value


def difference(total: Total, control: str) -> Decimal | None:
    """How much the file's sum is above the ``control`` that was typed; None where that is no number."""
    try:
        wanted = Decimal(control.replace(",", "").replace("，", "").strip())
    except InvalidOperation:
        return None
    return total.everything - wanted if wanted.is_finite() else None
