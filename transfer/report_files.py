"""A report's table as CSV and as a workbook with typed cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from models import reports
from models.actor import Actor, Source
from models.reads.streaming import StreamColumn
from models.reports import Column, Ref, Row, Table
from schema.spec import Field
from schema.text import Text
from schema.types.base import Context, FieldType
from schema.types.days import DateType
from schema.types.numbers import DecimalOptions, DecimalType, IntegerType, MoneyType, PercentType
from schema.types.words import TextType
from transfer.cells import csv_blocks, guarded
from transfer.export_log import ExportLog
from transfer.export_workbook import SheetColumn, workbook_blocks

if TYPE_CHECKING:
    from models import Registry

FORMATS = ("csv", "xlsx")


def report_file(
    registry: Registry, actor: Actor, name: str, format: str, given: Mapping[str, Any], source: Source
) -> bytes:
    """Report ``name`` as ``actor`` may see it, as a file; kept in the list of exports. Raises NotFound, Refused."""
    spec = reports.find(registry.schema, actor, name)
    answers, _ = reports.answers_for(registry, actor, spec, given)
    table = reports.run(registry, actor, name, given)
    log = ExportLog(registry)
    id = log.begin_report(actor, spec, format, answers, [column.name for column in table.columns], source)
    blocks = report_blocks(table, format, registry.scope.context(actor), spec.label.to(actor.locale))
    data = b"".join(blocks)
    log.ended(id, row_count(table))
    return data


def report_blocks(table: Table, format: str, context: Context, name: str) -> Iterator[bytes]:
    """The rows and the totals of ``table`` as a file called ``name``, in the language of ``context``.

    Numbers are plain: 1234.50, and 93.2 in a column that says (%). Raises KeyError for an unknown format.
    """
    return _WRITERS[format](table, context, name)


def row_count(table: Table) -> int:
    """The lines of the file, without its header."""
    return len(table.rows) + (table.totals is not None)


def header(column: Column, locale: str) -> str:
    """What stands above a column: its label with the unit of its numbers."""
    unit = "%" if column.kind == "percent" else column.unit.to(locale) if isinstance(column.unit, Text) else column.unit
    label = column.label.to(locale)
    return f"{label} ({unit})" if unit else label


def _lines(table: Table, context: Context) -> Iterator[tuple[Any, ...]]:
    rows: list[Row] = [*table.rows, *([table.totals] if table.totals else [])]
    for row in rows:
        yield tuple(_value(row.values.get(column.name), context) for column in table.columns)


def _value(value: Any, context: Context) -> Any:
    if isinstance(value, Ref):
        return value.title
    return value.to(context.locale) if isinstance(value, Text) else value


def _csv(table: Table, context: Context, name: str) -> Iterator[bytes]:
    types = [_type(column) for column in table.columns]

    def texts() -> Iterator[list[str]]:
        yield [guarded(header(column, context.locale)) for column in table.columns]
        for line in _lines(table, context):
            yield [guarded(type.edit_text(value, context)) for type, value in zip(types, line, strict=True)]

    return csv_blocks(texts())


def _xlsx(table: Table, context: Context, name: str) -> Iterator[bytes]:
    columns = [
        SheetColumn(header(column, context.locale), _source(column, number))
        for number, column in enumerate(table.columns)
    ]
    return workbook_blocks(iter([list(_lines(table, context))]), columns, context, name)


def _source(column: Column, index: int) -> StreamColumn:
    return StreamColumn(column.name, Field("", column.name, _type(column), column.label), index, lambda raw: raw)


def _type(column: Column) -> FieldType:
    """The field type whose cells the column has."""
    match column.kind:
        case "money":
            return MoneyType()
        case "integer":
            return IntegerType()
        case "decimal":
            return DecimalType(DecimalOptions(places=column.places))
        case "percent":
            return PercentType(DecimalOptions(places=column.places))
        case "date":
            return DateType()
        case _:
            return TextType()


_WRITERS: dict[str, Callable[[Table, Context, str], Iterator[bytes]]] = {"csv": _csv, "xlsx": _xlsx}
