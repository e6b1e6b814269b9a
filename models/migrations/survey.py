"""Counts in the database as it is: filled values, blanks, values that would not convert, duplicates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from models.migrations.convert import Converter, codes_of
from models.migrations.engine import Engine, quote
from models.storage.tables import ColumnSpec
from schema.text import BadValue

SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Count:
    """How many values, and up to three of them as people would write them."""

    number: int
    samples: tuple[str, ...] = ()


class Survey:
    """Questions to one engine; tables and columns go by the names they have at this moment."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def records(self, table: str) -> int:
        return self.engine.number(f"SELECT COUNT(*) FROM {quote(table)}")

    def filled(self, table: str, column: ColumnSpec) -> int:
        """Records with a value in ``column`` (with links, for a refs field)."""
        if column.link:
            return self.engine.number(f"SELECT COUNT(DISTINCT owner_id) FROM {quote(column.link)}")
        return self.engine.number(f"SELECT COUNT({quote(column.name)}) FROM {quote(table)}")

    def blank(self, table: str, column: str) -> int:
        """Records with nothing in ``column``."""
        return self.engine.number(f"SELECT COUNT(*) FROM {quote(table)} WHERE {quote(column)} IS NULL")

    def values(self, table: str, column: ColumnSpec) -> Iterator[tuple[Any, int]]:
        """(stored value, how many records have it); a refs field gives tuples of ids, each time 1."""
        if column.link:
            for _, ids in links(self.engine, column.link):
                yield ids, 1
            return
        name = quote(column.name)
        yield from self.engine.rows(
            f"SELECT {name}, COUNT(*) FROM {quote(table)} WHERE {name} IS NOT NULL GROUP BY {name} ORDER BY {name}"
        )

    def unconvertible(self, table: str, column: ColumnSpec, converter: Converter) -> Count:
        """Records whose value would not convert."""
        number, samples = 0, list[str]()
        for raw, count in self.values(table, column):
            try:
                converter.stored(raw)
            except BadValue:
                number += count
                if len(samples) < SAMPLES:
                    samples.append(converter.text(raw))
        return Count(number, tuple(samples))

    def rounded(self, table: str, column: ColumnSpec, places: int) -> int:
        """Records whose number has more than ``places`` decimal places."""
        factor = 10 ** (column.places - places)
        return self.engine.number(
            f"SELECT COUNT(*) FROM {quote(table)} WHERE {quote(column.name)} - {quote(column.name)} / ? * ? <> 0",
            (factor, factor),
        )

    def codes(self, table: str, column: ColumnSpec) -> dict[str, int]:
        """{code: records that hold it} of a choice or choices field."""
        found: dict[str, int] = {}
        for raw, count in self.values(table, column):
            for code in codes_of(column, raw):
                found[code] = found.get(code, 0) + count
        return found

    def duplicates(self, table: str, columns: Sequence[str]) -> Count:
        """Records that share all of ``columns`` (none blank) with another, with titles of a few."""
        names = ", ".join(quote(c) for c in columns)
        filled = " AND ".join(f"{quote(c)} IS NOT NULL" for c in columns)
        source = f"FROM {quote(table)} WHERE {filled} GROUP BY {names} HAVING COUNT(*) > 1"
        groups = f"SELECT {names}, COUNT(*) AS n {source}"
        number = self.engine.number(f"SELECT SUM(n) FROM ({groups}) AS g")
        if not number:
            return Count(0)
        first = self.engine.rows(f"{groups} ORDER BY {names} LIMIT 1")[0][:-1]
        where = " AND ".join(f"{quote(c)} = ?" for c in columns)
        found = self.engine.rows(
            f"SELECT title_text, id FROM {quote(table)} WHERE {where} ORDER BY id LIMIT {SAMPLES}", first
        )
        return Count(number, tuple(f"{title} (#{id})" for title, id in found))


def links(engine: Engine, table: str) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(owner id, target ids) of a link table, by owner."""
    rows = engine.rows(f"SELECT owner_id, target_id FROM {quote(table)} ORDER BY owner_id, target_id")
    for owner, pairs in groupby(rows, key=lambda row: int(row[0])):
        yield owner, tuple(int(target) for _, target in pairs)
