"""Migrations on SQLite: ALTER where it is exact, else the table is written anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

from models.migrations.engine import Engine, quote
from models.migrations.relations import Column, ForeignKey, Relation
from models.storage.tables import IndexSpec

PATIENCE = 30 * 60 * 1000
"""Milliseconds a second process waits for the one that migrates."""

COPY = "__new_"


class Sqlite(Engine):
    serial = "INTEGER PRIMARY KEY AUTOINCREMENT"
    types: ClassVar[dict[str, str]] = {
        "BIGINT": "INTEGER",
        "INT": "INTEGER",
        "SMALLINT": "INTEGER",
        "BOOL": "INTEGER",
        "TEXT": "TEXT",
        "JSON": "TEXT",
        "DATE": "DATE",
        "DATETIME": "DATETIME",
        "TIME": "TIME",
        "DOUBLE": "REAL",
        "FLOAT": "REAL",
        "BLOB": "BLOB",
    }

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """BEGIN IMMEDIATE with foreign keys off: else writing a table anew would delete its children.

        Raises RuntimeError within a transaction, where SQLite keeps foreign keys on.
        """
        if self.db.in_transaction():
            raise RuntimeError("a migration needs a transaction of its own")
        keys, patience = self._pragma("foreign_keys"), self._pragma("busy_timeout")
        self.run(f"PRAGMA busy_timeout={PATIENCE}")
        self.run("PRAGMA foreign_keys=0")
        try:
            with self.db.atomic("IMMEDIATE"):
                yield
        finally:
            self.run(f"PRAGMA foreign_keys={keys}")
            self.run(f"PRAGMA busy_timeout={patience}")

    @contextmanager
    def steady(self) -> Iterator[None]:
        """A snapshot: what others write meanwhile is not seen."""
        with self.db.atomic("DEFERRED"):
            yield

    def _pragma(self, name: str) -> int:
        return self.number(f"PRAGMA {name}")

    def tables(self) -> set[str]:
        found = self.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
        return {name for (name,) in found}

    def columns(self, table: str) -> set[str]:
        return {name for (name,) in self.rows("SELECT name FROM pragma_table_info(?)", (table,))}

    def indexes(self) -> set[str]:
        return {name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'index'")}

    def create(self, relations: Sequence[Relation]) -> None:
        for relation in relations:
            self._create(relation, relation.name)

    def _create(self, relation: Relation, name: str) -> None:
        """Ids are never given out twice (AUTOINCREMENT), so that a restored record keeps its own."""
        lines = [self._full(column) for column in relation.columns]
        if relation.is_link:
            lines.append('PRIMARY KEY ("owner_id", "target_id")')
        else:
            lines.insert(0, f'"id" {self.serial}')
        tail = " WITHOUT ROWID" if relation.is_link else ""
        self.run(f"CREATE TABLE {quote(name)} ({', '.join(lines)}){tail}")

    def _full(self, column: Column) -> str:
        if not column.to:
            return self.column_sql(column)
        rule = "CASCADE" if column.cascade else "RESTRICT"
        return f"{self.column_sql(column)} REFERENCES {quote(column.to)} (id) ON DELETE {rule}"

    def add_column(self, table: str, column: Column) -> None:
        plain = Column(column.name, column.storage, to=column.to)
        self.run(f"ALTER TABLE {quote(table)} ADD COLUMN {self._full(plain)}")

    def reshape(self, relation: Relation, before: Relation, drop: Sequence[str]) -> None:
        if not drop and all(_same(column, before.column(column.name)) for column in relation.columns):
            return
        copy, name = COPY + relation.name, relation.name
        names = ", ".join(quote(n) for n in self._names(relation))
        last = self._last_id(name)
        self._create(relation, copy)
        self.run(f"INSERT INTO {quote(copy)} ({names}) SELECT {names} FROM {quote(name)}")
        self.run(f"DROP TABLE {quote(name)}")
        self.run(f"ALTER TABLE {quote(copy)} RENAME TO {quote(name)}")
        if not relation.is_link:
            self.run("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
            self.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, last))

    def _names(self, relation: Relation) -> list[str]:
        names = [column.name for column in relation.columns]
        return names if relation.is_link else ["id", *names]

    def _last_id(self, table: str) -> int:
        found = self.rows("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        return int(found[0][0]) if found else 0

    def create_index(self, index: IndexSpec) -> None:
        over = f"({index.expression})" if index.expression else ", ".join(quote(c) for c in index.columns)
        unique = "UNIQUE " if index.unique else ""
        self.run(f"CREATE {unique}INDEX {quote(index.name)} ON {quote(index.table)} ({over})")

    def drop_tables(self, names: Sequence[str]) -> None:
        for name in names:
            self.run(f"DROP TABLE {quote(name)}")

    def connect(self, keys: Sequence[ForeignKey]) -> None:
        """Nothing: here foreign keys are part of their columns."""

    def disconnect(self, keys: Sequence[ForeignKey]) -> None:
        """Nothing: ``reshape`` writes the table without them."""

    def broken_links(self) -> list[str]:
        found = self.rows('SELECT DISTINCT "table", parent FROM pragma_foreign_key_check')
        return [f"{table} → {parent}" for table, parent in found]


def _same(column: Column, before: Column | None) -> bool:
    """Whether a column that is there already, or was just added, needs no new table."""
    if before is None:
        return column.null
    return (column.null, column.to, column.storage) == (before.null, before.to, before.storage)
