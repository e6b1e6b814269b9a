"""Workbook to rows: xlsx, xls and ods, with every cell as the text a person sees in it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import python_calamine as calamine

from schema.text import Text
from transfer import archive
from transfer.archive import BOMB, BROKEN
from transfer.percents import Places, percent_cells
from transfer.refusal import NOT_A_TABLE, FileRefused

if TYPE_CHECKING:
    from transfer.delimited import Numbered

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
EXACT_DIGITS = 15
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""The stream that holds a workbook with a password."""

PASSWORD = Text("工作簿有密码：请去掉密码后再上传。", "The workbook has a password: remove it and try again.")
NO_SHEET = Text("没有名为“{name}”的工作表；有：{sheets}。", "There is no sheet called “{name}”; there are: {sheets}.")


class Rounded(str):
    """The text of a number with more digits than a spreadsheet keeps: its last ones are lost."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class SheetName:
    """A sheet of a workbook; hidden ones are listed but never chosen by themselves."""

    name: str
    hidden: bool


def is_workbook(data: bytes) -> bool:
    """Whether the bytes begin as an xlsx, ods or xls file does."""
    return data.startswith((ZIP, OLE))


@dataclass(frozen=True, slots=True)
class OpenSheet:
    """One sheet of a workbook, opened; ``sheets`` are all there are to choose from."""

    name: str
    sheets: tuple[SheetName, ...]
    _percents: Places = field(repr=False)
    _table: calamine.CalamineSheet = field(repr=False)

    def rows(self) -> Iterator[Numbered]:
        """Every row with its 1-based number; a cell merged downwards stands in each of its rows."""
        merged = _merged_down(self._table)
        above: dict[int, str] = {}
        padding = [""] * (self._table.start or (0, 0))[1]
        percent_rows = {row for row, _column in self._percents}
        for number, cells in enumerate(self._table.iter_rows()):  # it gives the empty rows on top, not the columns
            row = padding + [cell_text(c) for c in cells]
            if number in percent_rows:
                self._as_percents(number, row, cells)
            for column, spans in merged.items():
                if column < len(row):
                    if row[column]:
                        above[column] = row[column]
                    elif number in spans:
                        row[column] = above.get(column, "")
            yield number + 1, row

    def _as_percents(self, number: int, row: list[str], cells: Sequence[object]) -> None:
        """0.95 in a cell that shows a percentage reads '95%'."""
        first = len(row) - len(cells)
        for column, value in enumerate(cells, first):
            if isinstance(value, (int, float)) and (number, column) in self._percents:
                row[column] = f"{_number_text(round(value * 100, 10))}%"


def open_sheet(data: bytes, name: str = "") -> OpenSheet:
    """The sheet called ``name``, or the first that is not hidden and has rows.

    Raises FileRefused for what is no workbook, is broken, has a password or no such sheet, or is too large.
    """
    if data.startswith(ZIP):
        archive.check_archive(data)
    elif ENCRYPTED in data:
        raise FileRefused(PASSWORD)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = _sheets(book)
        table = _table(book, names, name)
    except FileRefused:
        raise
    except calamine.PasswordError:
        raise FileRefused(PASSWORD) from None
    except (calamine.CalamineError, ValueError, OSError):
        raise FileRefused(BROKEN) from None
    if table.total_width > archive.MOST_COLUMNS:
        raise FileRefused(archive.TOO_WIDE.with_(limit=archive.MOST_COLUMNS))
    if table.total_height * table.total_width > archive.MOST_CELLS:
        raise FileRefused(BOMB)
    percents = percent_cells(data, table.name) if data.startswith(ZIP) else frozenset()
    return OpenSheet(table.name, names, percents, table)


def _table(book: calamine.CalamineWorkbook, names: tuple[SheetName, ...], wanted: str) -> calamine.CalamineSheet:
    if wanted and wanted not in {s.name for s in names}:
        raise FileRefused(NO_SHEET.with_(name=wanted, sheets="、".join(s.name for s in names)))
    candidates = [wanted] if wanted else [s.name for s in sorted(names, key=lambda s: s.hidden)]
    found: calamine.CalamineSheet | None = None
    for name in candidates:
        table = book.get_sheet_by_name(name)
        if table.height:
            return table
        found = found or table
    if found is None:
        raise FileRefused(NOT_A_TABLE)
    return found


def cell_text(value: object) -> str:
    """A cell as people see it: 101.0 is '101', a date '2026-03-01', a number with lost digits Rounded."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _number_text(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return str(value)


def _number_text(value: int | float) -> str:
    if isinstance(value, float) and not value.is_integer():
        text = f"{value:.{EXACT_DIGITS}g}"
        return text if "e" not in text else f"{value:.20f}".rstrip("0")
    if abs(value) >= 10**EXACT_DIGITS:
        return Rounded(f"{value:.14E}")
    return str(int(value))


def _sheets(book: calamine.CalamineWorkbook) -> tuple[SheetName, ...]:
    return tuple(
        SheetName(s.name, s.visible != calamine.SheetVisibleEnum.Visible)
        for s in book.sheets_metadata
        if s.typ == calamine.SheetTypeEnum.WorkSheet
    )


def _merged_down(table: calamine.CalamineSheet) -> dict[int, set[int]]:
    """For each column, the rows that a merged cell above them covers."""
    covered: dict[int, set[int]] = {}
    for (top, left), (bottom, _right) in table.merged_cell_ranges or ():
        if bottom > top:
            covered.setdefault(left, set()).update(range(top + 1, bottom + 1))
    return covered
