"""Raw columns of a stream to the cells of a file, compiled once for each column and run over whole stretches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from models.reads.streaming import StreamColumn
from schema.types.base import Context, FieldType
from transfer.cells import guarded
from transfer.delimited import GUARDED

Cells = Callable[[Sequence[Any]], Iterable[Any]]
"""One column of raw values to one column of cells."""

FEW = frozenset({"choice", "choices", "boolean", "date", "month", "rating"})
"""Types whose values repeat: each is worked out once and remembered."""
BETWEEN = "; "


class Remembered(dict[Any, Any]):
    """Answers of a function, each worked out when it is first asked for; begins anew when it has grown large."""

    most = 50_000

    def __init__(self, work: Callable[[Any], Any]) -> None:
        super().__init__()
        self._work = work

    def __missing__(self, raw: Any) -> Any:
        if len(self) >= self.most:
            self.clear()
        self[raw] = found = self._work(raw)
        return found


def real(type: FieldType) -> FieldType:
    """The type a value behaves as: of a formula, count or sum what it gives."""
    return getattr(type, "gives", type)


def is_verbatim(column: StreamColumn) -> bool:
    """Whether the raw value is text that stands in a file as it stands in the table."""
    if column.is_title:
        return column.field is None or not column.field.type.multiple
    if column.field is None or column.is_masked:
        return False
    type = real(column.field.type)
    return (
        column.is_plain and type.kind == "text" and type.name not in FEW
        and getattr(type.display, "__func__", None) is FieldType.display
        and getattr(type.edit_text, "__func__", None) is FieldType.edit_text
    )  # fmt: skip


def value_of(column: StreamColumn, context: Context) -> Callable[[Any], Any]:
    """What a spreadsheet cell holds of one raw value that is not None: text, a number, a day, a moment."""
    if column.field is None:
        return column.read
    type, read = column.field.type, column.read
    if column.is_masked:
        return lambda raw: type.mask(read(raw), context)
    if column.is_title:
        return lambda raw: BETWEEN.join(raw) if isinstance(raw, tuple) else raw
    return lambda raw: None if raw is None else type.cell(read(raw), context)


def json_of(column: StreamColumn, context: Context) -> Callable[[Any], Any]:
    """What JSON holds of one raw value that is not None; links by their titles, a day as text."""
    if column.field is None:
        return column.read
    type, read = column.field.type, column.read
    if column.is_masked:
        return lambda raw: type.mask(read(raw), context)
    if column.is_title:
        return lambda raw: list(raw) if isinstance(raw, tuple) else raw
    return lambda raw: type.to_json(read(raw))


def json_cells(column: StreamColumn, context: Context) -> Cells:
    """The column as JSON text."""
    blank = "[]" if column.field is not None and column.field.type.name == "refs" else "null"
    if is_verbatim(column):
        return lambda raws: [blank if raw is None else _quoted(raw) for raw in raws]
    work = json_of(column, context)
    return over(column, lambda raw: _json(work(raw)), blank)


_json = json.JSONEncoder(ensure_ascii=False, default=str).encode
_quoted: Callable[[str], str] = json.encoder.encode_basestring


def over(column: StreamColumn, work: Callable[[Any], Any], blank: Any) -> Cells:
    """``work`` over a stretch of raw values, ``blank`` for None; remembered where values repeat."""
    if column.field is None or column.is_masked or column.is_title or real(column.field.type).name not in FEW:
        return lambda raws: [blank if raw is None else work(raw) for raw in raws]
    known = Remembered(work)

    def cells(raws: Sequence[Any]) -> list[Any]:
        known.setdefault(None, blank)
        return [known[raw] for raw in raws]

    return cells


# -- text, as CSV has it -----------------------------------------------------------------------------


def text_cells(column: StreamColumn, context: Context) -> Cells:
    """The column as guarded text; numbers exact, days and moments as ISO writes them."""
    if is_verbatim(column):
        return _verbatim
    exact = None if column.field is None or column.is_masked else _exact(column, context)
    if exact is not None:
        return over(column, exact, "")
    work = value_of(column, context)
    return over(column, lambda raw: as_text(work(raw)), "")


def _verbatim(raws: Sequence[Any]) -> list[str]:
    return ["" if not raw else raw if raw[0] not in GUARDED else guarded(raw) for raw in raws]


def _exact(column: StreamColumn, context: Context) -> Callable[[Any], str] | None:
    """How the raw values of a number become its plain text; None for what is no number."""
    assert column.field is not None
    type, read = real(column.field.type), column.read
    if type.kind != "number":
        return None
    if column.is_plain:
        return scaled_text(type.places)
    return lambda raw: type.edit_text(read(raw), context)


def scaled_text(places: int) -> Callable[[Any], str]:
    """The plain text of whole numbers that stand for ones with ``places`` decimals: 123450 → '1234.50'."""
    if places == 0:
        return lambda raw: str(int(raw))
    unit = 10**places

    def text(raw: Any) -> str:
        if raw < 0:
            return f"-{-raw // unit}.{-raw % unit:0{places}}"
        return f"{raw // unit}.{raw % unit:0{places}}"

    return text


def as_text(value: Any) -> str:
    """A cell's value as guarded text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return guarded(value) if isinstance(value, str) else str(value)
