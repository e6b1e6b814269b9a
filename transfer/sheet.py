"""Rows to a table: finds the header, drops blank rows and columns and the totals below."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import NamedTuple

from schema.text import Text
from transfer import archive, delimited, encoding, workbook
from transfer.delimited import Numbered
from transfer.examples import EXAMPLE_ROW, is_example
from transfer.header import BLANKS, NUMBER, filled, find_header
from transfer.refusal import EMPTY, NOT_A_TABLE, TOO_LARGE, FileRefused

LARGEST = 50 * 1024 * 1024
LARGEST_TEXT = 200 * 1024 * 1024
"""Bytes of a workbook, and of a text, which is read as a stream."""
MOST_ROWS = 1_000_000
MOST_COLUMNS = archive.MOST_COLUMNS
SUFFIXES = frozenset({"", ".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods"})
TOTALS = frozenset({"合计", "总计", "小计", "总合计", "共计", "total", "totals", "subtotal", "grandtotal", "sum"})

TOTAL_ROW = Text("合计行", "total row")
FOOTNOTE = Text("合计行之后的说明", "note below the total row")
TOO_MANY = Text("超过 {limit} 行：请分成几个文件。", "More than {limit} rows: split the file into several.")
LINE_TOO_WIDE = Text(
    "第 {line} 行超过 {limit} 列：请检查分隔符，或删去多余的列。",
    "Line {line} has more than {limit} columns: check the separator, or delete the columns not needed.",
)
NO_ROWS = Text("表头（第 {line} 行）下面没有数据。", "There are no rows below the header (line {line}).")

_SAMPLES = 3
_SAMPLE = 1_000_000
"""Characters by which the delimiter is found."""
_LOOK_UP, _EARLY = 20, 1000
_TELLING = frozenset("[" + "".join(word[0] + word[0].upper() for word in TOTALS))
"""First characters of a row that may be no data: all others of ASCII and of the common Chinese ones never are."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a file where guessing is not wanted; blank means guess."""

    encoding: str = ""
    sheet: str = ""
    delimiter: str = ""
    header_line: int = 0


GUESS = ReadOptions()


class Row(NamedTuple):
    """A row of data and its 1-based line number as a person sees it in the file; short rows are filled up."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: position, header as written, and its first few values."""

    index: int
    header: str
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line below the header that is not data, and why."""

    line: int
    why: Text


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table read from a file. ``rows()`` reads it again from the start each time, one row at a time."""

    columns: tuple[Column, ...]
    header_line: int
    row_count: int
    skipped: tuple[Skipped, ...]
    encoding: str
    sheet: str
    sheets: tuple[workbook.SheetName, ...]
    _source: Callable[[], Iterator[Numbered]] = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """Every row of data, blank ones and totals left out."""
        width = max((c.index for c in self.columns), default=-1) + 1
        for line, cells in _data(self._source(), self.header_line):
            if isinstance(cells, list):
                yield Row(line, cells + [""] * (width - len(cells)) if len(cells) < width else cells)


def read(
    data: bytes, filename: str = "", options: ReadOptions = GUESS, knows: Callable[[str], bool] | None = None
) -> Sheet:
    """The table in a file of any kind we know. ``knows`` says whether a header is one we could use.

    Raises FileRefused where it cannot be read, is empty, too large, or has no header or no rows.
    """
    is_workbook = workbook.is_workbook(data)
    limit = LARGEST if is_workbook else LARGEST_TEXT
    if len(data) > limit:
        raise FileRefused(TOO_LARGE.with_(size=round(len(data) / 1024**2), limit=limit // 1024**2))
    if not data:
        raise FileRefused(EMPTY)
    if PurePath(filename).suffix.lower() not in SUFFIXES:
        raise FileRefused(NOT_A_TABLE)
    if is_workbook:
        opened = workbook.open_sheet(data, options.sheet)
        return _table(opened.rows, options, knows, "", opened.sheets)
    text = encoding.decode(data, options.encoding or None)
    delimiter = options.delimiter or delimited.sniff(text.head(_SAMPLE))

    def rows() -> Iterator[Numbered]:
        return delimited.read_rows(text.lines(), delimiter, has_apostrophes=text.has_apostrophes)

    return _table(rows, options, knows, text.encoding, ())


def _table(
    source: Callable[[], Iterator[Numbered]],
    options: ReadOptions,
    knows: Callable[[str], bool] | None,
    encoding_name: str,
    sheets: tuple[workbook.SheetName, ...],
) -> Sheet:
    header_line, headers = find_header(source(), options.header_line, knows)
    width, count, skipped = len(headers), 0, []
    samples = _Samples(width)
    for line, cells in _data(source(), header_line):
        if isinstance(cells, Text):
            skipped.append(Skipped(line, cells))
            continue
        count += 1
        if count > MOST_ROWS:
            raise FileRefused(TOO_MANY.with_(limit=MOST_ROWS))
        if len(cells) > width:
            if len(cells) > MOST_COLUMNS and len(filled(cells[MOST_COLUMNS:])):
                raise FileRefused(LINE_TOO_WIDE.with_(line=line, limit=MOST_COLUMNS))
            samples.widen(len(cells))
            width = len(cells)
        if samples.wanting:
            samples.add(cells)
    if not count:
        raise FileRefused(NO_ROWS.with_(line=header_line))
    headers = headers + [""] * (width - len(headers))
    named = zip(headers, samples.seen, strict=True)
    columns = tuple(Column(i, h, tuple(s)) for i, (h, s) in enumerate(named) if h or s)
    return Sheet(columns, header_line, count, tuple(skipped), encoding_name, options.sheet, sheets, source)


class _Samples:
    """The first few values of each column."""

    def __init__(self, width: int) -> None:
        self.seen: list[list[str]] = []
        self.wanting: list[int] = []
        """Columns of which more is to be seen."""
        self._rows = 0
        self.widen(width)

    def widen(self, width: int) -> None:
        """There are more columns than were known."""
        self.wanting += range(len(self.seen), width)
        self.seen += [[] for _ in range(width - len(self.seen))]

    def add(self, cells: list[str]) -> None:
        """Look at another row. Who has said something early need not say more."""
        self._rows += 1
        for column in self.wanting:
            seen = self.seen[column]
            if len(seen) == _SAMPLES or column >= len(cells):
                continue
            if (text := cells[column].strip(BLANKS)) and text not in seen:
                seen.append(text)
        if self._rows % _LOOK_UP == 0:
            most = _SAMPLES if self._rows < _EARLY else 1
            self.wanting = [column for column in self.wanting if len(self.seen[column]) < most]


def _data(rows: Iterator[Numbered], header_line: int) -> Iterator[tuple[int, list[str] | Text]]:
    """The rows below the header: their cells, or why a row that is not blank is no data."""
    total_seen = False
    for line, cells in rows:
        if line <= header_line:
            continue
        first = cells[0].strip(BLANKS)[:1] if cells else ""
        if not total_seen and first and (first < "\x80" or "\u4e00" <= first <= "\u9fff") and first not in _TELLING:
            yield line, cells
            continue
        there = filled(cells)
        if not there:
            continue
        if is_example(there):
            yield line, EXAMPLE_ROW
        elif _is_total(there):
            total_seen = True
            yield line, TOTAL_ROW
        elif total_seen and len(there) <= 2 < len(cells):
            yield line, FOOTNOTE
        else:
            yield line, cells


def _is_total(there: list[str]) -> bool:
    first = unicodedata.normalize("NFKC", there[0]).casefold().rstrip(":").replace(" ", "")
    return first in TOTALS and all(NUMBER.match(c) for c in there[1:])
