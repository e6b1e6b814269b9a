"""Text to rows: finds the delimiter and keeps the physical line on which every row starts."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from schema.text import Text
from transfer.refusal import FileRefused

DELIMITERS = ",;\t|"
LONGEST_CELL = 1_000_000
GUARDED = "=+-@\t\r'"
"""What an exported cell of text is never allowed to begin with: an apostrophe is put before it."""

_GUARDED = frozenset(GUARDED)

OPEN_QUOTE = Text(
    "第 {line} 行有一个引号没有结束：请补上右引号，或去掉它。",
    "A quote opened on line {line} never ends: close it, or take it out.",
)
LONG_CELL = Text(
    "第 {line} 行有一个单元格过长：可能有引号没有结束。",
    "A cell on line {line} is too long: perhaps a quote never ends.",
)

_END = "\ue000\ue001"
_SAMPLE_ROWS = 200

Numbered = tuple[int, list[str]]
"""1-based line number and cells."""


def read_rows(source: str | Iterable[str], delimiter: str = ",", *, has_apostrophes: bool = True) -> Iterator[Numbered]:
    """Every row of a text or its lines, with the line it starts on (a quoted line break spans lines); cells are kept as
    written.

    Raises FileRefused where a quote never closes.
    """
    csv.field_size_limit(LONGEST_CELL)
    lines = io.StringIO(source, newline="") if isinstance(source, str) else source
    reader = csv.reader(_ended(lines), delimiter=delimiter)
    start = 1
    try:
        for cells in reader:
            if cells and cells[-1].endswith(_END):
                if cells == [_END]:
                    return
                raise FileRefused(OPEN_QUOTE.with_(line=start))
            yield start, [_unguarded(c) for c in cells] if has_apostrophes else cells
            start = reader.line_num + 1
    except csv.Error:
        raise FileRefused(LONG_CELL.with_(line=start)) from None


def sniff(text: str) -> str:
    """The delimiter that cuts the first rows into the most even table; a comma where nothing tells."""
    csv.field_size_limit(LONGEST_CELL)
    return max(DELIMITERS, key=lambda d: _evenness(text, d))


def _evenness(text: str, delimiter: str) -> float:
    """Share of rows that have the usual width, weighted by that width; 0 where nothing is cut."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        widths = Counter(len(row) for row in islice(reader, _SAMPLE_ROWS) if any(c.strip() for c in row))
    except csv.Error:
        return 0.0
    wide = Counter({width: n for width, n in widths.items() if width > 1})
    if not wide:
        return 0.0
    width, rows = wide.most_common(1)[0]
    return rows / widths.total() * min(width, 20)


def _ended(lines: Iterable[str]) -> Iterator[str]:
    """The lines and one of our own; if that does not come out as a row by itself, a quote was left open."""
    line = "\n"
    for line in lines:
        yield line
    if not line.endswith(("\n", "\r")):
        yield "\n"
    yield _END


def _unguarded(cell: str) -> str:
    """The cell without the apostrophe that an export puts before what a spreadsheet would calculate."""
    if cell[:1] == "'" and cell[1:2] in _GUARDED:
        return cell[1:]
    return cell
