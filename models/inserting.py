"""INSERT statements written once a table: making them anew for every row costs more than the row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import peewee

PLAIN = (peewee.TextField, peewee.IntegerField, peewee.BigIntegerField, peewee.BigAutoField)
"""Columns that take a value in its normal form as it is."""


class Insert:
    """Inserts rows into one model's table. Columns that a row does not name are left to the database."""

    def __init__(self, model: type[peewee.Model]) -> None:
        meta: Any = model._meta
        self.db: Any = meta.database
        self.table = meta.table_name
        self.fields: dict[str, Any] = dict(meta.fields)
        self.sqlite = isinstance(self.db, peewee.SqliteDatabase)
        self._statements: dict[tuple[str, ...], str] = {}

    def __call__(self, row: Mapping[str, Any]) -> int:
        """Insert ``row`` (Python values by field name; other keys are passed over); returns its id."""
        names = tuple(name for name in row if name in self.fields)
        values = [self.fields[name].db_value(row[name]) for name in names]
        cursor = self.db.execute_sql(self._statement(names), values)
        return int(cursor.lastrowid if self.sqlite else cursor.fetchone()[0])

    def many(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows that all name the same columns (their ids, where there are ids, are given)."""
        first, *rest = rows
        names = tuple(name for name in first if name in self.fields)
        writers = [(name, None if type(self.fields[name]) in PLAIN else self.fields[name].db_value) for name in names]
        ready = (
            [row[name] if write is None else write(row[name]) for name, write in writers] for row in (first, *rest)
        )
        self.db.cursor().executemany(self._statement(names).removesuffix(" RETURNING id"), ready)

    def _statement(self, names: tuple[str, ...]) -> str:
        known = self._statements.get(names)
        if known is None:
            columns = ", ".join(f'"{self.fields[name].column_name}"' for name in names)
            marks = ", ".join("?" if self.sqlite else "%s" for _ in names)
            known = f'INSERT INTO "{self.table}" ({columns}) VALUES ({marks})'
            known += "" if self.sqlite else " RETURNING id"
            self._statements[names] = known
        return known
