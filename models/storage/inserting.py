"""Statements written once for many rows: making them anew for every row costs more than the row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import peewee

from models.storage.lots import Column, each, is_plain, one_by_one

PLAIN = (peewee.TextField, peewee.IntegerField, peewee.BigIntegerField, peewee.BigAutoField)
"""Columns that take a value in its normal form as it is."""
NONE_SPELT: Mapping[str, Column] = {}
TRANSLATED: Any = vars(peewee)["__exception_wrapper__"]
"""Makes peewee's errors of the driver's, where its cursor is used directly."""


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

    def many(self, columns: Mapping[str, Column], spelt: Mapping[str, Column] = NONE_SPELT) -> None:
        """Insert rows that are given column by column (their ids, where there are ids, are given; other keys are
        passed over). ``spelt`` has those that are as the driver takes them. Raises peewee.IntegrityError."""
        names = tuple(name for name in columns if name in self.fields)
        known: dict[Any, Column] = {}
        written = [
            spelt[name] if name in spelt else known.get(kind := self._kind(name, columns[name]))
            or known.setdefault(kind, self._written(name, columns[name]))
            for name in names
        ]  # fmt: skip
        insert_all(self.db, self.table, [self.fields[name].column_name for name in names], zip(*written, strict=True))

    def _kind(self, name: str, column: Column) -> tuple[int, Any, int]:
        """What columns have in common that are written alike: the same values in the same kind of column."""
        field = self.fields[name]
        return id(column), type(field), getattr(field, "places", 0)

    def _written(self, name: str, column: Column) -> Column:
        """A column as the driver takes it."""
        field = self.fields[name]
        if type(field) in PLAIN:
            return column
        is_number = isinstance(field, peewee.IntegerField)
        convert = _as_text(field.db_value) if self.sqlite and not is_number else field.db_value
        return each(column, convert) if is_plain(column) else one_by_one(column, convert)

    def _statement(self, names: tuple[str, ...]) -> str:
        known = self._statements.get(names)
        if known is None:
            columns = ", ".join(f'"{self.fields[name].column_name}"' for name in names)
            marks = ", ".join("?" if self.sqlite else "%s" for _ in names)
            known = f'INSERT INTO "{self.table}" ({columns}) VALUES ({marks})'
            known += "" if self.sqlite else " RETURNING id"
            self._statements[names] = known
        return known


def insert_all(db: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of values that the driver takes as they are. Raises peewee.IntegrityError."""
    names = ", ".join(f'"{name}"' for name in columns)
    cursor = db.cursor()
    with TRANSLATED:
        if isinstance(db, peewee.SqliteDatabase):
            cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))})', rows)
            return
        with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)


def set_each(db: Any, table: str, column: str, values: Sequence[tuple[Any, int]]) -> None:
    """Write one column of rows: (value as the driver takes it, id) of each. Raises peewee.IntegrityError."""
    mark = "?" if isinstance(db, peewee.SqliteDatabase) else "%s"
    with TRANSLATED:
        db.cursor().executemany(f'UPDATE "{table}" SET "{column}" = {mark} WHERE id = {mark}', values)


def _as_text(convert: Any) -> Any:
    """``convert`` with days and times spelt out as the driver would: it is much slower at it."""

    def written(value: Any) -> Any:
        value = convert(value)
        return str(value) if isinstance(value, (date, datetime, time)) else value

    return written
