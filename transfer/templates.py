"""Files to fill in: the headers an import knows, a line of examples, drop-downs and notes; with records if wanted."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlsxwriter

from models.actor import Actor, Source
from models.errors import Refused
from models.query import Query
from models.reads.streaming import Rows, Stream
from schema.text import Text
from schema.types.base import Context
from transfer import editing
from transfer.cells import BOM, guarded, write_text
from transfer.examples import MARK
from transfer.export_columns import real, value_of
from transfer.export_log import ExportLog
from transfer.export_workbook import sheet_name
from transfer.imports import allowed_layout
from transfer.layout import targets
from transfer.match import Headers, Target

if TYPE_CHECKING:
    from models import Registry
    from schema.spec_layouts import Layout

EVERYTHING = Query()
FILLED = ("five", "all")
"""How a template of an entity may be filled: with five records, or all that match the list."""
FEW = 5
MOST_FILLED = 50_000
"""Records a template holds; an export made for editing holds any number."""
MOST_VALIDATED = 5000
"""Rows whose cells offer drop-downs, beyond those that are filled in."""
LONGEST_NOTE = 250
CHOICES_SHEET = Text("选项", "Choices")
REQUIRED = Text("必填。", "Required.")
SUCH_AS = Text("例如 {example}", "For example {example}")
TOO_MANY = Text(
    "超过 {most} 条，模板放不下：请缩小筛选范围，或使用“导出”并勾选“修改后再导入”。",
    "More than {most} records do not fit into a template: narrow the list, or use an export made for editing.",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a template is filled with: ``rows`` is '' (blank) or one of FILLED, of the records of ``query``."""

    rows: str = ""
    query: Query = EVERYTHING


BLANK = Wanted()


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """A column to fill in, in the reader's language; ``options`` are what its drop-down offers, () for none."""

    target: Target
    header: str
    required: bool
    example: str
    note: str
    options: tuple[str, ...]


def may_use(registry: Registry, actor: Actor, name: str) -> Layout:
    """The layout of that name. Raises NotFound, NotAllowed for one whose files the actor may not import."""
    return allowed_layout(registry, actor, name)


def template(registry: Registry, actor: Actor, name: str, format: str, wanted: Wanted = BLANK) -> bytes:
    """A template for an entity or layout, as 'xlsx' or 'csv'. Only an entity's can be filled with records.

    Its headers are known to the import of the same name, which leaves the line of examples out. Records come with
    the columns of transfer/editing.py, out of sight. Raises NotFound, NotAllowed, Refused (too many records).
    """
    columns = template_columns(registry, actor, may_use(registry, actor, name))
    if format == "csv":
        return _csv(columns, actor)
    context = registry.scope.context(actor)
    records = _records(registry, actor, name, columns, wanted, context) if wanted.rows in FILLED else None
    label = may_use(registry, actor, name).label.to(actor.locale)
    return _xlsx(columns, actor, records, label)


def template_columns(registry: Registry, actor: Actor, layout: Layout) -> list[TemplateColumn]:
    """The columns the actor may fill in."""
    known = tuple(targets(registry.schema, layout))
    headers = Headers(known)
    made = []
    for target in known:
        entity = layout.parts[target.part].entity
        writable = actor.system or registry.access.field(actor, entity, target.field.name) == "open"
        if writable and not target.field.type.computed:
            made.append(_column(registry, actor, headers, target))
    return made


def _column(registry: Registry, actor: Actor, headers: Headers, target: Target) -> TemplateColumn:
    field, locale = target.field, actor.locale
    required = target.required or field.required
    example = _example(registry, actor, target)
    said = [REQUIRED if required else None, field.help, SUCH_AS.with_(example=example) if example else None]
    note = " ".join(text.to(locale) for text in said if text is not None)
    return TemplateColumn(
        target, _header(headers, target, locale), required, example, note[:LONGEST_NOTE], _options(target, actor)
    )


def _header(headers: Headers, target: Target, locale: str) -> str:
    """The header in the reader's language that the import takes for this target and no other."""
    chinese = locale == "zh"
    mine = [name for name in target.headers if name.isascii() != chinese]
    names = [*mine, target.field.label.to(locale), *target.headers, *target.field.aliases, target.field.name]
    return next((name for name in names if headers.find(name) is target), names[0])


def _example(registry: Registry, actor: Actor, target: Target) -> str:
    """A value as it might stand there; for a link the title of a record there is."""
    field = target.field
    if not field.target:
        return field.type.example(actor.locale)
    if not registry.access.may(actor, field.target, "read"):
        return ""
    found = registry.scope.lookup(actor, field.target, "", 1)
    return found[0][1] if found else ""


def _options(target: Target, actor: Actor) -> tuple[str, ...]:
    type = target.field.type
    if type.kind == "boolean":
        return tuple(type.display(value, Context(locale=actor.locale)) for value in (True, False))
    choices = {} if type.multiple else getattr(type, "choices", {})
    return tuple(dict.fromkeys(choice.label.to(actor.locale) for choice in choices.values()))


def _examples(columns: Sequence[TemplateColumn], actor: Actor) -> list[str]:
    """The line of examples, marked in its first cell."""
    line = [column.example for column in columns]
    return [f"{MARK.to(actor.locale)} {line[0]}".strip(), *line[1:]] if line else line


# -- with records ------------------------------------------------------------------------------------


def _records(
    registry: Registry, actor: Actor, entity: str, columns: Sequence[TemplateColumn], wanted: Wanted, context: Context
) -> Iterator[list[Any]]:
    """The cells of each record, its id and version behind them; kept in the list of exports."""
    registry.scope.require(actor, entity, "export")
    most = FEW if wanted.rows == "five" else MOST_FILLED
    query = replace(wanted.query, columns=())
    if wanted.rows == "all" and registry.scope.count(actor, entity, query, most + 1) > most:
        raise Refused(TOO_MANY.with_(most=most))
    names = [column.target.field.name for column in columns]
    stream = Stream(registry.scope, actor, entity, query, names, "export")
    rows: Rows = list(islice(chain.from_iterable(stream.stretches()), most))
    log = ExportLog(registry)
    log.ended(log.begin(actor, entity, "xlsx", query, names, Source("form"), for_editing=True), len(rows))
    works = [(column.index, value_of(column, context)) for column in stream.columns]
    return ([*(None if row[i] is None else work(row[i]) for i, work in works), row[0], row[1]] for row in rows)


# -- formats -----------------------------------------------------------------------------------------


def _csv(columns: Sequence[TemplateColumn], actor: Actor) -> bytes:
    out = io.StringIO(newline="")
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerow([guarded(column.header) for column in columns])
    writer.writerow([guarded(cell) for cell in _examples(columns, actor)])
    return out.getvalue().encode()


def _xlsx(columns: Sequence[TemplateColumn], actor: Actor, records: Iterator[list[Any]] | None, label: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder}) as book:
            page = book.add_worksheet(sheet_name(label))
            styles = _Styles(book)
            last = _fill(page, columns, actor, records, styles)
            _offer(book, page, columns, actor, last + MOST_VALIDATED)
        return path.read_bytes()


class _Styles:
    """The cell formats of a template."""

    def __init__(self, book: Any) -> None:
        head = {"bold": True, "bottom": 1, "bg_color": "#E6EFEC"}
        self.header = book.add_format(head)
        self.required = book.add_format({**head, "bg_color": "#FBE9D0"})
        self.example = book.add_format({"italic": True, "font_color": "#7A8683", "num_format": "@"})
        self._book, self._made = book, dict[str, Any]()

    def of(self, column: TemplateColumn) -> Any:
        """The format of a column's own cells: numbers and days as such, everything else as text."""
        type = real(column.target.field.type)
        pattern = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss"}.get(type.kind, "@")
        if type.kind == "number":
            pattern = "#,##0" + ("." + "0" * type.places if type.places else "")
        if pattern not in self._made:
            self._made[pattern] = self._book.add_format({"num_format": pattern})
        return self._made[pattern]


def _fill(
    page: Any, columns: Sequence[TemplateColumn], actor: Actor, records: Iterator[list[Any]] | None, styles: _Styles
) -> int:
    """Header, examples and records; returns the number of the last row (0 is the header)."""
    page.freeze_panes(1, 0)
    formats = [styles.of(column) for column in columns]
    for index, (column, style) in enumerate(zip(columns, formats, strict=True)):
        header = column.header + ("*" if column.required else "")
        wide = max(12, len(header.encode("gbk", "replace")) + 3, len(column.example.encode("gbk", "replace")) + 2)
        page.set_column(index, index, min(40, wide), style)
        write_text(page, 0, index, header, styles.required if column.required else styles.header)
        if column.note:
            page.write_comment(0, index, column.note, {"x_scale": 1.6})
    if records is not None:
        page.set_column(len(columns), len(columns) + 1, 10, None, {"hidden": True})
        for index, mark in enumerate((editing.ID, editing.VERSION), len(columns)):
            write_text(page, 0, index, mark.to(actor.locale), styles.header)
    for index, text in enumerate(_examples(columns, actor)):
        write_text(page, 1, index, text, styles.example)
    row = 1
    for row, cells in enumerate(records or (), 2):
        for index, value in enumerate(cells):
            _write(page, row, index, value, formats[index] if index < len(formats) else None)
    return row


def _write(page: Any, row: int, index: int, value: Any, style: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        write_text(page, row, index, value, style)
    elif isinstance(value, int | float):
        page.write_number(row, index, value, style)
    else:
        page.write_datetime(row, index, value, style)


def _offer(book: Any, page: Any, columns: Sequence[TemplateColumn], actor: Actor, last: int) -> None:
    """Drop-downs, whose options stand on a sheet of their own that is out of sight."""
    lists = {column.options: None for column in columns if column.options}
    if not lists:
        return
    name = CHOICES_SHEET.to(actor.locale)
    choices = book.add_worksheet(name)
    choices.hide()
    places = {options: place for place, options in enumerate(lists)}
    for row in range(max(map(len, lists))):
        for options, place in places.items():
            if row < len(options):
                write_text(choices, row, place, options[row])
    for index, column in enumerate(columns):
        if column.options:
            letter = xlsxwriter.utility.xl_col_to_name(places[column.options], col_abs=True)
            source = f"='{name}'!{letter}$1:{letter}${len(column.options)}"
            rule = {"validate": "list", "source": source, "ignore_blank": True, "error_type": "warning"}
            page.data_validation(1, index, last, index, rule)
