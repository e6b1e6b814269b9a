"""Records out: CSV, XLSX and JSON lines, streamed, as the reader would see them on the screen."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal

from models.actor import Actor, Source
from models.query import Query
from models.reads.streaming import TITLE, Rows, Stream, StreamColumn
from schema.spec import Entity, Field
from schema.text import Text
from schema.types.base import Context
from transfer import editing
from transfer.cells import BOM, guarded
from transfer.export_columns import json_cells, text_cells
from transfer.export_log import ExportLog
from transfer.export_workbook import SheetColumn, workbook_blocks
from transfer.refusal import FileRefused

if TYPE_CHECKING:
    from models import Registry

Format = Literal["csv", "xlsx", "jsonl"]
FORMATS: dict[str, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}
"""The formats and their content types."""
ENCODINGS = ("utf-8", "gb18030")
"""What CSV may be written in: UTF-8 with its mark, or GB18030 for an old Excel."""

NO_COLUMN = Text("{label}没有“{name}”这一列。", "{label} has no column “{name}”.")
NO_FORMAT = Text("没有“{name}”格式：可用 {known}。", "There is no format “{name}”: use {known}.")
NO_ENCODING = Text("没有“{name}”编码：可用 {known}。", "There is no encoding “{name}”: use {known}.")
EVERYTHING = Query()
BY_COMMAND = Source("cli")


@dataclass(frozen=True, slots=True)
class OutColumn:
    """A column of the file: ``field`` is None for the record's own title."""

    name: str
    header: str
    field: Field | None


@dataclass(frozen=True, slots=True)
class Way:
    """How a file is written. ``for_editing`` adds the columns of transfer/editing.py; ``encoding`` is that of CSV."""

    encoding: str = "utf-8"
    for_editing: bool = False
    source: Source = BY_COMMAND
    told: Callable[[int], None] = lambda rows: None
    """Called with the rows so far, after each stretch."""


PLAIN = Way()


@dataclass(frozen=True, slots=True)
class _File:
    """Everything a format needs to write one file."""

    columns: tuple[OutColumn, ...]
    sources: tuple[StreamColumn, ...]
    context: Context
    name: str
    way: Way

    @property
    def headers(self) -> list[str]:
        return [column.header for column in self.columns]


def export(
    registry: Registry, actor: Actor, entity: str, format: str, query: Query = EVERYTHING, columns: Sequence[str] = (),
    way: Way = PLAIN,
) -> Iterator[bytes]:  # fmt: skip
    """The records of ``query`` as a file, block by block, in constant memory; kept in the list of exports.

    ``columns`` are field names or 'title'; () is every field the actor may see but the bookkeeping ones.
    Masked values stand as their masks, hidden fields are absent. The caller holds a database connection until
    the last block. Raises NotAllowed, FileRefused (a column, format or encoding not there), ExpressionError.
    """
    registry.scope.require(actor, entity, "export")
    if format not in FORMATS:
        raise FileRefused(NO_FORMAT.with_(name=format, known=", ".join(FORMATS)))
    if way.encoding not in ENCODINGS:
        raise FileRefused(NO_ENCODING.with_(name=way.encoding, known=", ".join(ENCODINGS)))
    chosen = out_columns(registry, actor, entity, columns)
    stream = Stream(registry.scope, actor, entity, replace(query, columns=()), [c.name for c in chosen], "export")
    stretches = stream.stretches()
    first = list(islice(stretches, 1))  # so that a wrong condition is refused before the first byte
    sources = stream.columns
    if way.for_editing:
        chosen, sources = chosen + _marks(actor), sources + _MARKS
    name = registry.schema.entities[entity].plural.to(actor.locale)
    file = _File(chosen, sources, registry.scope.context(actor), name, way)
    log = ExportLog(registry)
    id = log.begin(actor, entity, format, query, [c.name for c in chosen], way.source, way.for_editing)
    return _WRITERS[format](_counted(chain(first, stretches), way, lambda rows: log.ended(id, rows)), file)


def out_columns(registry: Registry, actor: Actor, entity: str, names: Sequence[str] = ()) -> tuple[OutColumn, ...]:
    """The columns called ``names`` with headers in the actor's language. Raises FileRefused for one not there."""
    spec = registry.schema.entities[entity]
    visible = {f.name: f for f in registry.access.columns(actor, entity)}
    wanted = names or [f.name for f in visible.values() if not f.system]
    columns = []
    for name in dict.fromkeys(wanted):
        if name != TITLE and name not in visible:
            raise FileRefused(NO_COLUMN.with_(label=spec.label, name=name))
        columns.append(_column(spec, visible.get(name), actor.locale))
    return tuple(columns)


def _column(spec: Entity, field: Field | None, locale: str) -> OutColumn:
    if field is None:
        return OutColumn(TITLE, spec.label.to(locale), None)
    return OutColumn(field.name, field.label.to(locale), field)


_MARKS = (
    StreamColumn("id", None, 0, lambda raw: raw),
    StreamColumn("version", None, 1, lambda raw: raw),
)


def _marks(actor: Actor) -> tuple[OutColumn, ...]:
    headers = (editing.ID.to(actor.locale), editing.VERSION.to(actor.locale))
    return tuple(OutColumn(one.name, header, None) for one, header in zip(_MARKS, headers, strict=True))


def _counted(stretches: Iterator[Rows], way: Way, ended: Callable[[int], None]) -> Iterator[Rows]:
    """The stretches, counted as they pass; ``ended`` is told how many rows there were."""
    count = 0
    for rows in stretches:
        yield rows
        count += len(rows)
        way.told(count)
    ended(count)


# -- formats -----------------------------------------------------------------------------------------


def _csv(stretches: Iterator[Rows], file: _File) -> Iterator[bytes]:
    out = io.StringIO(newline="")
    writer, encoding = csv.writer(out), file.way.encoding
    works = [(source.index, text_cells(source, file.context)) for source in file.sources]
    out.write(BOM if encoding == "utf-8" else "")
    writer.writerow([guarded(header) for header in file.headers])
    for rows in stretches:
        raws = list(zip(*rows, strict=True)) if rows else [()] * (max(index for index, _ in works) + 1)
        writer.writerows(zip(*(work(raws[index]) for index, work in works), strict=True))
        yield out.getvalue().encode(encoding, "replace")
        out.seek(0)
        out.truncate()
    if out.tell():
        yield out.getvalue().encode(encoding, "replace")


def _jsonl(stretches: Iterator[Rows], file: _File) -> Iterator[bytes]:
    sources = [source for source in file.sources if source.index > 1]
    works = [(source.index, json_cells(source, file.context)) for source in sources]
    line = ", ".join(['{"id": %s, "version": %s', *(f'"{source.name}": %s' for source in sources)]) + "}\n"
    for rows in stretches:
        raws = list(zip(*rows, strict=True))
        if raws:
            made = zip(raws[0], raws[1], *(work(raws[index]) for index, work in works), strict=True)
            yield "".join([line % row for row in made]).encode()


def _xlsx(stretches: Iterator[Rows], file: _File) -> Iterator[bytes]:
    columns = [
        SheetColumn(column.header, source, source.index < 2)
        for column, source in zip(file.columns, file.sources, strict=True)
    ]
    return workbook_blocks(stretches, columns, file.context, file.name)


_WRITERS: dict[str, Callable[[Iterator[Rows], _File], Iterator[bytes]]] = {"csv": _csv, "xlsx": _xlsx, "jsonl": _jsonl}
