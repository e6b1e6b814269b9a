"""Records out: CSV, XLSX and JSON lines, streamed, as the reader would see them on the screen."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import xlsxwriter

from models.actor import Actor
from models.query import Query
from models.record import Masked, Record
from schema.spec import Entity, Field
from schema.text import Text
from schema.types.base import Context
from transfer.cells import csv_blocks, guarded, write_text
from transfer.refusal import FileRefused

if TYPE_CHECKING:
    from models import Registry

Format = Literal["csv", "xlsx", "jsonl"]
FORMATS: dict[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}
"""The formats and their content types."""

NO_COLUMN = Text("{label}没有“{name}”这一列。", "{label} has no column “{name}”.")
NO_FORMAT = Text("没有“{name}”格式：可用 {known}。", "There is no format “{name}”: use {known}.")
EVERYTHING = Query()
LINKS = ("ref", "created_by", "changed_by")
TITLE = "title"
EXACT_DIGITS = 15
MOST_SHEET_ROWS = 1_048_575

_CHUNK = 500
_READ = 256 * 1024


@dataclass(frozen=True, slots=True)
class OutColumn:
    """A column of the file: ``field`` is None for the record's own title."""

    name: str
    header: str
    field: Field | None


def export(
    registry: Registry, actor: Actor, entity: str, format: str, query: Query = EVERYTHING, columns: Sequence[str] = ()
) -> Iterator[bytes]:
    """The records of ``query`` as a file, block by block, in constant memory.

    ``columns`` are field names or 'title'; () is every field the actor may see but the bookkeeping ones.
    Masked values stand as their masks, hidden fields are absent. The caller holds a database connection until
    the last block. Raises NotAllowed, FileRefused (a column or format that is not there), ExpressionError.
    """
    registry.scope.require(actor, entity, "export")
    if format not in FORMATS:
        raise FileRefused(NO_FORMAT.with_(name=format, known=", ".join(FORMATS)))
    chosen = out_columns(registry, actor, entity, columns)
    records = _records(registry, actor, entity, replace(query, columns=tuple(c.name for c in chosen if c.field)))
    first = list(islice(records, 1))  # so that a wrong condition is refused before the first byte
    context = registry.scope.context(actor)
    return _WRITERS[format](_chained(first, records), chosen, context)


def out_columns(registry: Registry, actor: Actor, entity: str, names: Sequence[str] = ()) -> tuple[OutColumn, ...]:
    """The columns called ``names`` with headers in the actor's language. Raises FileRefused for one not there."""
    spec = registry.schema.entities[entity]
    visible = {f.name: f for f in registry.access.columns(actor, entity)}
    wanted = names or [f.name for f in visible.values() if not f.system]
    columns = []
    for name in wanted:
        if name != TITLE and name not in visible:
            raise FileRefused(NO_COLUMN.with_(label=spec.label, name=name))
        columns.append(_column(spec, visible.get(name), actor.locale))
    return tuple(columns)


def _column(spec: Entity, field: Field | None, locale: str) -> OutColumn:
    if field is None:
        return OutColumn(TITLE, spec.label.to(locale), None)
    return OutColumn(field.name, field.label.to(locale), field)


def _records(registry: Registry, actor: Actor, entity: str, query: Query) -> Iterator[Record]:
    """The records that the actor may read and export."""
    stream = registry.scope.stream(actor, entity, query)
    if registry.access.verdict(actor, entity, "export").everything:
        yield from stream
        return
    while chunk := list(islice(stream, _CHUNK)):
        allowed = registry.scope.visible_ids(actor, entity, [r.id for r in chunk], "export")
        yield from (r for r in chunk if r.id in allowed)


def _chained(first: list[Record], rest: Iterator[Record]) -> Iterator[Record]:
    yield from first
    yield from rest


# -- values ------------------------------------------------------------------------------------------


def _reader(column: OutColumn, context: Context) -> Callable[[Record], Any]:
    """What a cell holds: the value as a spreadsheet keeps it, a title for a link, the mask for what is masked."""
    if column.field is None:
        return lambda record: record.title
    name, type = column.name, column.field.type

    def link(record: Record) -> Any:
        value = record.values.get(name)
        return value.text if isinstance(value, Masked) else record.titles.get(name)

    def links(record: Record) -> Any:
        value = record.values.get(name)
        if isinstance(value, Masked):
            return value.text
        return "; ".join(title for _id, title in record.titles.get(name, ()))

    def plain(record: Record) -> Any:
        value = record.values.get(name)
        if isinstance(value, Masked):
            return value.text
        return None if value is None else type.cell(value, context)

    return link if type.name in LINKS else links if type.name == "refs" else plain


def _csv_text(column: OutColumn, context: Context) -> Callable[[Record], str]:
    read = _reader(column, context)
    type = column.field.type if column.field else None
    exact = type is not None and type.kind == "number"

    def text(record: Record) -> str:
        value = record.values.get(column.name) if exact else None
        if exact and not isinstance(value, Masked):
            return type.edit_text(value, context) if type is not None else ""
        return _as_text(read(record))

    return text


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return guarded(value) if isinstance(value, str) else str(value)


# -- formats -----------------------------------------------------------------------------------------


def _csv(records: Iterator[Record], columns: Sequence[OutColumn], context: Context) -> Iterator[bytes]:
    readers = [_csv_text(c, context) for c in columns]

    def rows() -> Iterator[list[str]]:
        yield [guarded(c.header) for c in columns]
        for record in records:
            yield [read(record) for read in readers]

    return csv_blocks(rows())


def _jsonl(records: Iterator[Record], columns: Sequence[OutColumn], context: Context) -> Iterator[bytes]:
    for record in records:
        line: dict[str, Any] = {"id": record.id, "version": record.version}
        for column in columns:
            if column.field is None:
                line[TITLE] = record.title
            elif column.name in record.values:
                line[column.name] = _json_value(record, column.field)
        yield (json.dumps(line, ensure_ascii=False, default=str) + "\n").encode()


def _json_value(record: Record, field: Field) -> Any:
    """Links by their titles, as people and files call them; everything else as JSON keeps it."""
    value = record.values[field.name]
    if isinstance(value, Masked):
        return value.text
    if field.type.name in LINKS:
        return record.titles.get(field.name)
    if field.type.name == "refs":
        return [title for _id, title in record.titles.get(field.name, ())]
    return field.type.to_json(value)


def _xlsx(records: Iterator[Record], columns: Sequence[OutColumn], context: Context) -> Iterator[bytes]:
    """A workbook written to a temporary folder row by row, then sent."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder}) as book:
            _fill(book, records, columns, context)
        with path.open("rb") as made:
            while block := made.read(_READ):
                yield block


def _fill(book: Any, records: Iterator[Record], columns: Sequence[OutColumn], context: Context) -> None:
    styles = _Styles(book)
    readers = [_reader(c, context) for c in columns]
    formats = [styles.of(c.field) for c in columns]
    row = MOST_SHEET_ROWS
    page: Any = None
    for record in records:
        if row == MOST_SHEET_ROWS:
            page, row = _new_page(book, columns, styles), 0
        row += 1
        for index, read in enumerate(readers):
            _write(page, row, index, read(record), formats[index])
    if page is None:
        _new_page(book, columns, styles)


class _Styles:
    """The cell formats of a workbook."""

    def __init__(self, book: Any) -> None:
        self.header = book.add_format({"bold": True, "bottom": 1})
        self._book, self._made = book, dict[str, Any]()

    def of(self, field: Field | None) -> Any:
        """Numbers with their places, days and times as such, everything else as text."""
        pattern = "@"
        if field is not None and field.type.kind == "number":
            pattern = "#,##0" + ("." + "0" * field.type.places if field.type.places else "")
        elif field is not None and field.type.kind in ("date", "datetime"):
            pattern = "yyyy-mm-dd" + (" hh:mm:ss" if field.type.kind == "datetime" else "")
        if pattern not in self._made:
            self._made[pattern] = self._book.add_format({"num_format": pattern})
        return self._made[pattern]


def _new_page(book: Any, columns: Sequence[OutColumn], styles: _Styles) -> Any:
    page = book.add_worksheet()
    page.freeze_panes(1, 0)
    for index, column in enumerate(columns):
        wide = 10 if column.field is not None and column.field.type.kind in ("number", "boolean") else 18
        page.set_column(index, index, max(wide, len(column.header.encode("gbk", "replace")) + 2))
        write_text(page, 0, index, column.header, styles.header)
    return page


def _write(page: Any, row: int, column: int, value: Any, style: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, (int, float)):
        if abs(value) < 10**EXACT_DIGITS:
            page.write_number(row, column, value, style)
        else:
            write_text(page, row, column, str(value))
    elif isinstance(value, (date, datetime)):
        naive = value.replace(tzinfo=None) if isinstance(value, datetime) else value
        page.write_datetime(row, column, naive, style)
    else:
        write_text(page, row, column, str(value), style)


_WRITERS: dict[str, Callable[[Iterator[Record], Sequence[OutColumn], Context], Iterator[bytes]]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "jsonl": _jsonl,
}
