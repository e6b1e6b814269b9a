"""A workbook written while it is sent: typed cells in constant memory, the first bytes before the last row is read."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any
from unicodedata import east_asian_width

from models.reads.streaming import Rows, StreamColumn
from schema.types.base import Context
from transfer.cells import fitting
from transfer.export_columns import Cells, as_text, over, real, scaled_text, value_of

MOST_SHEET_ROWS = 1_048_575
MOST_SHEET_SIZE = 1_500_000_000
"""Bytes of a sheet before it is compressed; beyond 2 GiB a reader would need an archive that Excel complains about."""
EXACT_DIGITS = 15
FIRST_SURE_DAY = date(1900, 3, 1)
"""Before it spreadsheets count a day that never was; earlier days are written as text."""

_DAY_ZERO = date(1899, 12, 30).toordinal()
_DAY_SECONDS = 86400
_SPECIAL = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_HEADER, _TEXT, _DATE, _MOMENT, _NUMBER = 1, 2, 3, 4, 5
"""Styles by number; a number with n decimals is _NUMBER + n."""
_NARROW, _WIDE = 8, 60
_HIDDEN = ' hidden="1"'
_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of the sheet: its header, what it shows, and whether it is out of sight."""

    header: str
    source: StreamColumn
    hidden: bool = False


class _Sink:
    """Collects what the archive writes until it is sent."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def taken(self) -> bytes:
        data = b"".join(self.parts)
        self.parts.clear()
        return data


def workbook_blocks(
    stretches: Iterator[Rows], columns: Sequence[SheetColumn], context: Context, name: str
) -> Iterator[bytes]:
    """The rows as a workbook called ``name``, in blocks; a new sheet where one is full."""
    sink, sheets = _Sink(), 0
    target: Any = sink
    maker = _Sheet(columns, context)
    first = next(stretches, [])
    widths = maker.widths(first)
    waiting: Iterator[Rows] = chain([first], stretches)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/styles.xml", _styles())
        rest: Rows | None = None
        while sheets == 0 or rest:
            sheets += 1
            with archive.open(f"xl/worksheets/sheet{sheets}.xml", "w") as sheet:
                sheet.write(maker.start(widths).encode())
                row, size = 1, 0
                for rows in chain([rest] if rest else [], waiting):
                    room = MOST_SHEET_ROWS - row + 1
                    data = maker.rows(rows[:room], row + 1).encode()
                    sheet.write(data)
                    row, size, rest = row + len(rows[:room]), size + len(data), rows[room:]
                    yield sink.taken()
                    if rest or size > MOST_SHEET_SIZE:
                        rest = rest or next(waiting, [])
                        break
                else:
                    rest = None
                sheet.write(maker.end(row).encode())
        for path, text in _frame(sheets, name):
            archive.writestr(path, text)
    yield sink.taken()


class _Sheet:
    """Writes rows as the XML of a sheet."""

    def __init__(self, columns: Sequence[SheetColumn], context: Context) -> None:
        self.columns, self.context = columns, context
        self.letters = [letters(i) for i in range(len(columns))]
        self.cells = [_tails(column.source, context) for column in columns]

    def start(self, widths: Sequence[float]) -> str:
        """Everything before the first row, and the header as that row, which stays in sight."""
        shapes = "".join(
            f'<col min="{i}" max="{i}" width="{width}" customWidth="1"{_HIDDEN if column.hidden else ""}/>'
            for i, (column, width) in enumerate(zip(self.columns, widths, strict=True), 1)
        )
        header = "".join(
            f'<c r="{letter}1"{text_tail(column.header, _HEADER)}'
            for letter, column in zip(self.letters, self.columns, strict=True)
        )
        return (
            f'{_HEAD}<worksheet xmlns="{_NAMESPACE}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" '
            f'topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>{shapes}</cols>'
            f'<sheetData><row r="1">{header}</row>'
        )

    def rows(self, rows: Rows, first: int) -> str:
        """Rows of data; ``first`` is the number of the first of them."""
        if not rows:
            return ""
        raws = list(zip(*rows, strict=True))
        numbers = range(first, first + len(rows))
        tails = [work(raws[c.source.index]) for c, work in zip(self.columns, self.cells, strict=True)]
        made = [
            [f'<c r="{letter}{n}"{tail}' if tail else "" for n, tail in zip(numbers, column, strict=True)]
            for letter, column in zip(self.letters, tails, strict=True)
        ]
        return "".join([
            f'<row r="{n}">{"".join(cells)}</row>' for n, cells in zip(numbers, zip(*made, strict=True), strict=True)
        ])  # fmt: skip

    def end(self, last: int) -> str:
        """Everything behind the last row."""
        return f'</sheetData><autoFilter ref="A1:{self.letters[-1]}{last}"/></worksheet>'

    def widths(self, rows: Rows) -> list[float]:
        """A width for each column, from its header and the first rows."""
        raws: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else []
        found = []
        for column in self.columns:
            work = value_of(column.source, self.context)
            sample = [] if not raws else raws[column.source.index][:200]
            shown = [as_text(work(raw)) for raw in sample if raw is not None]
            wide = max([_wide(column.header) + 3, *(_wide(text) + 1 for text in shown)])
            found.append(float(max(_NARROW, min(_WIDE, wide))))
        return found


def letters(index: int) -> str:
    """The name of a column of a sheet: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _wide(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text[:_WIDE])


# -- cells: what stands behind the address of a cell ----------------------------------------------------


def text_tail(text: str, style: int = _TEXT) -> str:
    """A cell of plain text, never a formula; what a sheet cannot hold is written as Excel writes it."""
    text = fitting(text)
    if _SPECIAL.search(text):
        text = _SPECIAL.sub(_escaped, text)
    kept = ' xml:space="preserve"' if text and (text[0].isspace() or text[-1].isspace() or "\n" in text) else ""
    return f' t="inlineStr" s="{style}"><is><t{kept}>{text}</t></is></c>'


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    if found in _ENTITIES:
        return _ENTITIES[found]
    return f"_x{ord(found):04X}_"


def _tails(column: StreamColumn, context: Context) -> Cells:
    work = _tail(column, context)
    return over(column, work, "")


def _tail(column: StreamColumn, context: Context) -> Callable[[Any], str]:
    """How a raw value becomes the rest of its cell."""
    if column.field is None and not column.is_title:
        return lambda raw: f"><v>{raw}</v></c>"
    value = value_of(column, context)
    type = None if column.field is None else real(column.field.type)
    if type is None or column.is_masked or column.is_title:
        return lambda raw: _any_tail(value(raw), 0)
    if type.kind == "number" and column.is_plain:
        return _number_tail(type.places)
    return lambda raw: _any_tail(value(raw), type.places)


def _number_tail(places: int) -> Callable[[Any], str]:
    text, most, style = scaled_text(places), 10**EXACT_DIGITS, _NUMBER + places

    def tail(raw: Any) -> str:
        if -most < raw < most:
            return f' s="{style}"><v>{text(raw)}</v></c>'
        return text_tail(text(raw))

    return tail


def _any_tail(value: Any, places: int) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        return _moment_tail(value)
    if isinstance(value, date):
        if value < FIRST_SURE_DAY:
            return text_tail(value.isoformat())
        return f' s="{_DATE}"><v>{value.toordinal() - _DAY_ZERO}</v></c>'
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**EXACT_DIGITS:
        return f' s="{_NUMBER + places}"><v>{value!r}</v></c>'
    return text_tail(str(value))


def _moment_tail(moment: datetime) -> str:
    if moment.date() < FIRST_SURE_DAY:
        return text_tail(moment.isoformat(" ", "seconds"))
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return f' s="{_MOMENT}"><v>{moment.toordinal() - _DAY_ZERO + seconds / _DAY_SECONDS:.16G}</v></c>'


# -- the parts around the sheets --------------------------------------------------------------------------


def _styles() -> str:
    decimals = ["#,##0" + ("." + "0" * places if places else "") for places in range(7)]
    patterns = ["@", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", *decimals]
    formats = "".join(f'<numFmt numFmtId="{164 + i}" formatCode="{pattern}"/>' for i, pattern in enumerate(patterns))
    cells = "".join(
        f'<xf numFmtId="{164 + i}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        for i in range(len(patterns))
    )
    base = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
    plain = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    header = '<xf numFmtId="0" fontId="1" fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1"/>'
    bottom = '<border><left/><right/><top/><bottom style="thin"><color rgb="FF8A9A96"/></bottom><diagonal/></border>'
    return (
        f'{_HEAD}<styleSheet xmlns="{_NAMESPACE}"><numFmts count="{len(patterns)}">{formats}</numFmts>'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="3"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill>'
        '<fill><patternFill patternType="solid"><fgColor rgb="FFE6EFEC"/></patternFill></fill></fills>'
        f'<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>{bottom}</borders>'
        f'<cellStyleXfs count="1">{base}</cellStyleXfs>'
        f'<cellXfs count="{len(patterns) + 2}">{plain}{header}{cells}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _frame(sheets: int, name: str) -> Iterable[tuple[str, str]]:
    """The parts that say what the others are."""
    parts = [(n, f"xl/worksheets/sheet{n}.xml") for n in range(1, sheets + 1)]
    overrides = "".join(f'<Override PartName="/{p}" ContentType="{_TYPES}.worksheet+xml"/>' for _, p in parts)
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    yield (
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="{rels}"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{overrides}</Types>',
    )
    yield (
        "_rels/.rels",
        (
            f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
    )
    named = "".join(
        f'<sheet name="{sheet_name(name, n)}" sheetId="{n}" r:id="rId{n}"/>' for n, _ in parts
    )  # fmt: skip
    yield (
        "xl/workbook.xml",
        (f'{_HEAD}<workbook xmlns="{_NAMESPACE}" xmlns:r="{_RELATIONS}"><sheets>{named}</sheets></workbook>'),
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in parts
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        (
            f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{links}<Relationship Id="rId{sheets + 1}" '
            f'Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>'
        ),
    )


def sheet_name(name: str, number: int = 1) -> str:
    """``name`` as a sheet may be called: at most 31 signs, none of ``[]:*?/\\'``; numbered from the second on."""
    plain = re.sub(r"[\[\]:*?/\\'\"&<>\x00-\x1f]", " ", name).strip()[:25] or "Sheet"
    return plain if number == 1 else f"{plain} {number}"
