"""Rows of a file as values, read column by column: a text that comes again is read once, and rows without a question
need no look of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from schema.text import BadValue
from transfer.cells import is_cut
from transfer.header import BLANKS
from transfer.rows import ColumnReader, Parsed, parse_row
from transfer.sheet import Row
from transfer.workbook import Rounded

MOST_REMEMBERED = 10_000
"""Texts of a column that are kept in mind."""
BLANK = object()
"""Stands for a cell that says nothing."""
LOOK = object()
"""Stands for a cell because of which its row has to be read by itself."""

Edits = Mapping[tuple[int, int], str]
FindMany = Callable[[str, Iterable[str]], None]


class Columns:
    """The columns of one import. ``edits`` are (line, column index) → text that stands in for what the file says."""

    def __init__(self, readers: Sequence[ColumnReader], edits: Edits, find: FindMany) -> None:
        """``find`` is told which texts of links will be asked for."""
        self._find = find
        self.readers, self.edits = tuple(readers), edits
        self._edited = frozenset(line for line, _index in edits)
        self._known = [_Known(reader) for reader in readers]
        self._parts = _places(readers)

    def read(self, rows: Sequence[Row]) -> list[Parsed]:
        """The values of each row."""
        cells = list(zip(*(row.cells for row in rows), strict=False))
        self._prefetch(cells)
        columns = [known.read(cells[known.reader.index]) for known in self._known]
        said = [{} for _ in rows] if not self._parts else self._by_part(columns)
        by_itself = {at for known in self._known for at in known.odd}
        if self._edited:
            by_itself |= {at for at, row in enumerate(rows) if row.line in self._edited}
        readers = self.readers
        parsed = [Parsed(row.line, parts, row.cells, readers) for row, parts in zip(rows, said, strict=True)]
        for at in by_itself:
            parsed[at] = self.one(rows[at])
        return parsed

    def one(self, row: Row) -> Parsed:
        """The values of a row, with everything that is wrong with it."""
        return parse_row(row, self.readers, self.edits)

    def _prefetch(self, cells: Sequence[Sequence[str]]) -> None:
        """Look for what these cells link to, many at a time."""
        wanted: dict[str, set[str]] = {}
        for known in self._known:
            field = known.reader.target.field
            if field.type.name == "ref":
                new = {cell.strip(BLANKS) for cell in cells[known.reader.index] if cell not in known}
                wanted[field.target] = wanted.get(field.target, set()) | new
        for entity, texts in wanted.items():
            self._find(entity, texts)

    def _by_part(self, columns: Sequence[Sequence[Any]]) -> list[dict[str, dict[str, Any]]]:
        """{part: {field: value}} of each row; parts of which a row says nothing are absent."""
        parts = {
            part: [_without_blanks(names, said) for said in zip(*(columns[place] for place in places), strict=True)]
            for part, (names, places) in self._parts.items()
        }
        if len(parts) == 1:
            [(name, rows)] = parts.items()
            return [{name: said} if said else {} for said in rows]
        together = zip(*parts.values(), strict=True)
        return [{name: said for name, said in zip(parts, row, strict=True) if said} for row in together]


def _without_blanks(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, values, strict=True) if value is not BLANK}


def _places(readers: Iterable[ColumnReader]) -> dict[str, tuple[list[str], list[int]]]:
    """The fields of each part, and at which places their columns stand."""
    parts: dict[str, tuple[list[str], list[int]]] = {}
    for place, reader in enumerate(readers):
        names, places = parts.setdefault(reader.target.part, ([], []))
        names.append(reader.target.field.name)
        places.append(place)
    return parts


class _Known(dict[str, Any]):
    """What the cells of one column mean, by their text; what is not known is read when it is looked up."""

    def __init__(self, reader: ColumnReader) -> None:
        super().__init__()
        self.reader = reader
        self.odd: list[int] = []
        """The places of the cells last read because of which rows have to be read by themselves."""
        self._is_odd = False

    def read(self, cells: Sequence[str]) -> list[Any]:
        """The value of each cell: BLANK, LOOK, or what it means."""
        self._is_odd = False
        values = list(map(self.__getitem__, cells))
        self.odd = [at for at, value in enumerate(values) if value is LOOK] if self._is_odd else []
        if Rounded in {*map(type, cells)}:
            self.odd += [at for at, cell in enumerate(cells) if isinstance(cell, Rounded)]
        return values

    def __missing__(self, cell: str) -> Any:
        value = self._value(cell.strip(BLANKS))
        if value is LOOK:
            self._is_odd = True
            return LOOK
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[cell] = value
        return value

    def _value(self, text: str) -> Any:
        reader = self.reader
        if not text:
            return LOOK if reader.can_clear else BLANK
        if text in reader.meant or is_cut(text):
            return LOOK
        try:
            value = reader.read(text)
        except BadValue:
            return LOOK
        return LOOK if value is None else value
