"""The refused rows as a file, ready to be put right and loaded again: the file's own columns and the reason."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import xlsxwriter

from transfer.cells import csv_blocks, guarded, write_text
from transfer.match import REASON
from transfer.results import Rejection
from transfer.sheet import Row, Sheet

_WIDTH = 16


@dataclass(slots=True)
class RejectedRow:
    """A refused row of the file: its reasons, and the positions of the cells that are wrong."""

    row: Row
    reasons: list[str] = field(default_factory=list)
    wrong: set[int] = field(default_factory=set)


def rejected_rows(
    sheet: Sheet, rejected: Iterable[Rejection], locale: str, edits: Mapping[tuple[int, int], str] | None = None
) -> Iterator[RejectedRow]:
    """The refused rows in the order of the file, with cells as edited and reasons in the reader's language."""
    by_line: dict[int, list[Rejection]] = {}
    for one in rejected:
        by_line.setdefault(one.line, []).append(one)
    for row in sheet.rows():
        if row.line not in by_line:
            continue
        cells = [(edits or {}).get((row.line, i), c) for i, c in enumerate(row.cells)]
        found = RejectedRow(Row(row.line, cells))
        for one in by_line[row.line]:
            column = one.column.to(locale)
            reason = one.reason.to(locale)
            found.reasons.append(f"{column}: {reason}" if column else reason)
            if one.index is not None:
                found.wrong.add(one.index)
        yield found


def rejects_csv(sheet: Sheet, rows: Iterable[RejectedRow], locale: str) -> bytes:
    """The refused rows as CSV (UTF-8 with a mark)."""
    indexes = [c.index for c in sheet.columns]

    def lines() -> Iterator[list[str]]:
        yield [guarded(c.header) for c in sheet.columns] + [REASON.to(locale)]
        for one in rows:
            yield [guarded(one.row.cells[i]) for i in indexes] + ["; ".join(one.reasons)]

    return b"".join(csv_blocks(lines()))


def rejects_xlsx(sheet: Sheet, rows: Iterable[RejectedRow], locale: str) -> bytes:
    """The refused rows as a workbook: every cell text, the wrong ones coloured, reasons at the end."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(REASON.to(locale)[:31])
        bold = book.add_format({"bold": True, "bottom": 1})
        plain = book.add_format({"num_format": "@"})
        wrong = book.add_format({"num_format": "@", "bg_color": "#F8D7DA"})
        why = book.add_format({"font_color": "#9B1C1C"})
        headers = [c.header for c in sheet.columns] + [REASON.to(locale)]
        page.freeze_panes(1, 0)
        page.set_column(0, len(headers) - 2, _WIDTH, plain)
        page.set_column(len(headers) - 1, len(headers) - 1, _WIDTH * 4)
        for column, header in enumerate(headers):
            write_text(page, 0, column, header, bold)
        for number, one in enumerate(rows, 1):
            for column, c in enumerate(sheet.columns):
                write_text(page, number, column, one.row.cells[c.index], wrong if c.index in one.wrong else plain)
            write_text(page, number, len(headers) - 1, "; ".join(one.reasons), why)
    return out.getvalue()
