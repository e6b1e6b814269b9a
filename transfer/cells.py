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
"""Characters a cell of a workbook holds, as workbooks count: a character of the further planes, such as 😀, is two."""
CUT_MARK = "…〔此处截断，全文 {n} 字 / cut here, {n} characters in all〕"
"""Ends a text that a cell cannot hold."""

_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_BLOCK = 64 * 1024
_SURELY_FITS = 16_000
_CUT = re.compile(re.escape(CUT_MARK).replace(r"\{n\}", r"\d+") + "$")


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


def fitting(text: str) -> str:
    """``text`` as a cell of a workbook can hold it: what is too long is cut, and says so at its end."""
    if len(text) <= _SURELY_FITS:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * LONGEST:
        return text
    mark = CUT_MARK.format(n=len(text))
    return units[: 2 * (LONGEST - len(mark))].decode("utf-16-le", "ignore") + mark


def is_cut(text: str) -> bool:
    """Whether a cell holds what ``fitting`` has left of a longer text."""
    return len(text) > _SURELY_FITS and _CUT.search(text) is not None


def write_text(sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
    """A text cell of an xlsxwriter sheet, never taken for a formula, a link or a number."""
    sheet.write_string(row, column, fitting(text), style)
