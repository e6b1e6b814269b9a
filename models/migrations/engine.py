"""What a migration asks of a database engine, and the SQL that both engines share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import peewee

from models.migrations.relations import Column, ForeignKey, Relation
from models.storage.tables import IndexSpec

BATCH = 2000


def quote(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


class Engine(ABC):
    """One open database. Statements are written with ``?`` for values and names already quoted."""

    mark: ClassVar[str] = "?"
    types: ClassVar[dict[str, str]]
    """SQL column types by peewee's words."""
    serial: ClassVar[str]
    """The type of an id that counts up by itself and is never given out twice."""

    def __init__(self, db: peewee.Database) -> None:
        self.db: Any = db

    def run(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Execute one statement; returns the cursor."""
        return self.db.execute_sql(sql.replace("?", self.mark), tuple(values) or None)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return list(self.run(sql, values).fetchall())

    def number(self, sql: str, values: Sequence[Any] = ()) -> int:
        """The single whole number a query gives."""
        return int(self.rows(sql, values)[0][0] or 0)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute one statement for each row of values."""
        batch = [tuple(row) for row in rows]
        if batch:
            self.db.cursor().executemany(sql.replace("?", self.mark), batch)

    def walk(self, table: str, columns: Sequence[str], where: str) -> Iterator[tuple[Any, ...]]:
        """(id, columns…) of the rows of an entity's table that keep ``where``, by id, a batch at a time."""
        names = ", ".join(quote(c) for c in ("id", *columns))
        last = 0
        while True:
            batch = self.rows(
                f"SELECT {names} FROM {quote(table)} WHERE id > ? AND {where} ORDER BY id LIMIT {BATCH}", (last,)
            )
            yield from batch
            if len(batch) < BATCH:
                return
            last = int(batch[-1][0])

    @abstractmethod
    def exclusive(self) -> AbstractContextManager[None]:
        """A transaction that no other process can be in at the same time; rolled back by any exception."""

    @abstractmethod
    def steady(self) -> AbstractContextManager[None]:
        """A transaction for reading, during which nobody migrates unseen."""

    @abstractmethod
    def tables(self) -> set[str]:
        """The names of all ordinary tables."""

    @abstractmethod
    def columns(self, table: str) -> set[str]:
        """The names of the columns of ``table``."""

    @abstractmethod
    def indexes(self) -> set[str]:
        """The names of all indexes."""

    @abstractmethod
    def create(self, relations: Sequence[Relation]) -> None:
        """Make tables (foreign keys may follow with ``connect``)."""

    @abstractmethod
    def reshape(self, relation: Relation, before: Relation, drop: Sequence[str]) -> None:
        """Drop the columns ``drop`` and bring NULL rules and foreign keys from ``before`` to ``relation``.

        Every column of ``relation`` is there already.
        """

    @abstractmethod
    def create_index(self, index: IndexSpec) -> None:
        """Make one index that serves sorting by its columns and then by id, blanks first."""

    @abstractmethod
    def drop_tables(self, names: Sequence[str]) -> None:
        """Drop tables that only each other refer to."""

    @abstractmethod
    def connect(self, keys: Sequence[ForeignKey]) -> None:
        """Add foreign keys to tables that have none yet."""

    @abstractmethod
    def disconnect(self, keys: Sequence[ForeignKey]) -> None:
        """Take foreign keys away."""

    @abstractmethod
    def broken_links(self) -> list[str]:
        """Rows whose foreign key points nowhere, as 'table column'; empty when all is well."""

    def drop_index(self, name: str) -> None:
        self.run(f"DROP INDEX IF EXISTS {quote(name)}")

    def rename_table(self, old: str, new: str) -> None:
        self.run(f"ALTER TABLE {quote(old)} RENAME TO {quote(new)}")

    def rename_column(self, table: str, old: str, new: str) -> None:
        self.run(f"ALTER TABLE {quote(table)} RENAME COLUMN {quote(old)} TO {quote(new)}")

    def add_column(self, table: str, column: Column) -> None:
        """Add a column that may be blank, whatever ``column`` says."""
        self.run(f"ALTER TABLE {quote(table)} ADD COLUMN {quote(column.name)} {self.types[column.storage]}")

    def column_sql(self, column: Column) -> str:
        """A column as it stands in CREATE TABLE, its foreign key left out."""
        words = [quote(column.name), self.types[column.storage]]
        if not column.null:
            words.append("NOT NULL")
        if column.default:
            words.append(f"DEFAULT {column.default}")
        return " ".join(words)


def engine_of(db: peewee.Database) -> Engine:
    """The engine behind ``db``."""
    from models.migrations.postgres import Postgres
    from models.migrations.sqlite import Sqlite

    return Sqlite(db) if isinstance(db, peewee.SqliteDatabase) else Postgres(db)
