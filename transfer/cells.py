"""What goes into the cells of a file we make: safe text in CSV, plain text in workbooks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from transfer.delimited import GUARDED

BOM = "\ufeff"
LONGEST = 32_767
"""Characters a cell of a workbook holds."""

_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_BLOCK = 64 * 1024


def guarded(text: str) -> str:
    """Text that no spreadsheet will calculate: an apostrophe before ``= + - @``, tab, CR; plain numbers untouched.

    What begins with an apostrophe and one of these gets another, so that reading the file gives the text back.
    """
    if not text or text[0] not in GUARDED or _PLAIN_NUMBER.fullmatch(text):
        return text
    if text[0] == "'" and (len(text) < 2 or text[1] not in GUARDED):
        return text
    return "'" + text


def csv_blocks(rows: Iterable[Sequence[str]], encoding: str = "utf-8") -> Iterator[bytes]:
    """CSV with a byte-order mark, in blocks of some 64 KB, as the rows come."""
    out = io.StringIO(newline="")
    if encoding == "utf-8":
        out.write(BOM)
    writer = csv.writer(out)
    for row in rows:
        writer.writerow(row)
        if out.tell() >= _BLOCK:
            yield out.getvalue().encode(encoding, "replace")
            out.seek(0)
            out.truncate()
    if out.tell():
        yield out.getvalue().encode(encoding, "replace")


def write_text(sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
    """A text cell of an xlsxwriter sheet, never taken for a formula, a link or a number."""
    sheet.write_string(row, column, text[:LONGEST], style)
