"""The search index: one table an entity, one column a searched field, so that a reader's hidden fields stay out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from models.reads.search_tokens import contained_tokens, index_text, index_tokens, query_phrases
from models.storage.inserting import insert_all
from schema.spec import Entity


@dataclass(frozen=True, slots=True)
class Matches:
    """The rows of an index that hold what was looked for, to read ids from in id order."""

    table: peewee.Table
    id: Any
    condition: Any


LONGEST_WORD = 500
"""Characters of a word that the index of PostgreSQL holds."""
Texts = Mapping[str, str]
"""The searched text of one record, by column."""


def index_table(entity: str) -> str:
    return f"{entity}__search"


class SearchIndex:
    """The index of every searched entity; FTS5 on SQLite, tsvector on PostgreSQL."""

    def __init__(self, database: peewee.Database) -> None:
        self.db: Any = database
        self.sqlite = isinstance(database, peewee.SqliteDatabase)

    def create(self, entity: Entity) -> bool:
        """Make the entity's index if it is not there with these columns; True when it was (re)made and is empty."""
        columns = list(entity.show.search)
        if not columns:
            return False
        if self.db.table_exists(index_table(entity.name)):
            if self._columns(entity.name) == columns:
                return False
            self.db.execute_sql(f'DROP TABLE "{index_table(entity.name)}"')
        self._create(entity.name, columns)
        return True

    def remove(self, entity: str) -> None:
        """Throw the index of an entity away."""
        self.db.execute_sql(f'DROP TABLE IF EXISTS "{index_table(entity)}"')

    def put(self, entity: str, rows: Iterable[tuple[int, Texts]], columns: Sequence[str], fresh: bool = False) -> None:
        """Index these records anew; ``fresh`` says that they were not in the index yet."""
        ready: list[tuple[Any, ...]] = [(id, *(self._value(texts.get(c, "")) for c in columns)) for id, texts in rows]
        if not ready:
            return
        if not fresh:
            self.drop(entity, [row[0] for row in ready])
        names = ", ".join(f'"{c}"' for c in columns)
        marks = ", ".join("?" if self.sqlite else "%s::tsvector" for _ in columns)
        one = "?" if self.sqlite else "%s"
        key = "rowid" if self.sqlite else "record_id"
        sql = f'INSERT INTO "{index_table(entity)}" ({key}, {names}) VALUES ({one}, {marks})'
        self.db.cursor().executemany(sql, ready)

    def put_new(self, entity: str, ids: Sequence[int], texts: Mapping[str, Sequence[str]]) -> None:
        """Index records that were not in the index yet; ``texts`` hold one text a record, by column."""
        value = index_text if self.sqlite else self._value
        said = [list(map(value, column)) for column in texts.values()]
        key = "rowid" if self.sqlite else "record_id"
        insert_all(self.db, index_table(entity), (key, *texts), zip(ids, *said, strict=True))

    def drop(self, entity: str, ids: Sequence[int]) -> None:
        """Take records out of the index."""
        key, one = ("rowid", "?") if self.sqlite else ("record_id", "%s")
        self.db.cursor().executemany(f'DELETE FROM "{index_table(entity)}" WHERE {key} = {one}', [(id,) for id in ids])

    def matches(self, entity: str, text: str, columns: Sequence[str]) -> Matches | None:
        """The records that hold every phrase of ``text`` in one of ``columns``; None with nothing to look for."""
        return self._matching(entity, query_phrases(text), columns)

    def containing(self, entity: str, text: str, column: str) -> Matches | None:
        """The records whose ``column`` may contain ``text``, and all that do; None where the index cannot tell."""
        return self._matching(entity, [([token], False) for token in contained_tokens(text)], [column])

    def _matching(self, entity: str, phrases: list[tuple[list[str], bool]], columns: Sequence[str]) -> Matches | None:
        if not phrases or not columns:
            return None
        table = peewee.Table(index_table(entity)).bind(self.db)
        if self.sqlite:
            asked = (peewee.Column(table, index_table(entity)), peewee.SQL("MATCH"), _fts_query(phrases, columns))
            return Matches(table, peewee.Column(table, "rowid"), peewee.NodeList(asked))
        words: list[Any] = [peewee.Column(table, columns[0])]
        for name in columns[1:]:
            words += [peewee.SQL("||"), peewee.Column(table, name)]
        query = (peewee.SQL("@@"), peewee.Value(_ts_query(phrases)), peewee.SQL("::tsquery"))
        found = peewee.NodeList((peewee.NodeList(words, parens=True), *query))
        return Matches(table, peewee.Column(table, "record_id"), found)

    def _columns(self, entity: str) -> list[str]:
        found = [c.name for c in self.db.get_columns(index_table(entity))]
        return [name for name in found if name != "record_id"]

    def _create(self, entity: str, columns: Sequence[str]) -> None:
        table = index_table(entity)
        if self.sqlite:
            names = ", ".join(f'"{c}"' for c in columns)
            self.db.execute_sql(
                f"CREATE VIRTUAL TABLE \"{table}\" USING fts5({names}, tokenize='ascii', prefix='2 3', columnsize=0)"
            )
            return
        names = ", ".join(f'"{c}" tsvector NOT NULL' for c in columns)
        self.db.execute_sql(f'CREATE TABLE "{table}" (record_id BIGINT PRIMARY KEY, {names})')
        all_columns = " || ".join(f'"{c}"' for c in columns)
        self.db.execute_sql(f'CREATE INDEX "{table}_words" ON "{table}" USING gin (({all_columns}))')

    def _value(self, text: str) -> str:
        if self.sqlite:
            return index_text(text)
        return _tsvector(index_tokens(text) if text else [])


def _tsvector(runs: list[list[str]]) -> str:
    places: dict[str, list[int]] = {}
    at = 1
    for run in runs:
        for token in run:
            places.setdefault(_cut(token), []).append(min(at, 16_000))
            at += 1
        at += 1
    return " ".join(f"'{token}':{','.join(map(str, sorted(set(found))[:200]))}" for token, found in places.items())


def _cut(token: str) -> str:
    """As much of a word as PostgreSQL keeps of one (2046 bytes): what is longer is found by its beginning."""
    return token[:LONGEST_WORD]


def _fts_query(phrases: list[tuple[list[str], bool]], columns: Sequence[str]) -> str:
    said = (f'"{" ".join(tokens)}"{" *" if goes_on else ""}' for tokens, goes_on in phrases)
    within = "{" + " ".join(f'"{c}"' for c in columns) + "}"
    return " AND ".join(f"({within} : {phrase})" for phrase in said)


def _ts_query(phrases: list[tuple[list[str], bool]]) -> str:
    said = []
    for tokens, goes_on in phrases:
        words = [f"'{_cut(token)}'" for token in tokens]
        if goes_on:
            words[-1] += ":*"
        said.append(f"({' <-> '.join(words)})")
    return " & ".join(said)
