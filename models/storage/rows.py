"""Whole rows, as the store works with them: every field, no actor, links as tuples of ids."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import peewee

from models.storage.build import Models
from models.storage.inserting import NONE_SPELT, Insert, insert_all, set_each
from models.storage.lots import Column
from schema.spec import Schema

T = TypeVar("T")
Row = dict[str, Any]
"""``id version title_text`` and every stored field by name."""
STRETCH = 2000
"""Ids written out in one statement."""
BATCH = 400
"""Ids in one statement; SQLite takes 999 parameters at the least."""


def batches(ids: Sequence[T], size: int = BATCH) -> Iterable[Sequence[T]]:
    """``ids`` in stretches of at most ``size``."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def among(column: Any, ids: Iterable[int]) -> Any:
    """``column IN (ids)`` with the numbers written out: binding hundreds of them costs more than looking them up."""
    return peewee.NodeList((column, peewee.SQL(f"IN ({', '.join(str(int(id)) for id in ids)})")))


def among_keys(columns: Sequence[Any], keys: Sequence[Sequence[Any]], *, sqlite: bool) -> Any:
    """``(columns) IN (keys)``, one value each or several; no value is None. Written as one piece of SQL: binding
    thousands of values one by one costs more than looking them up."""
    bound = [[column.db_value(value) for column, value in zip(columns, key, strict=True)] for key in keys]
    one = len(columns) == 1
    asked = columns[0] if one else peewee.EnclosedNodeList(columns)
    if sqlite:
        values = "value" if one else ", ".join(f"json_extract(value, '$[{at}]')" for at in range(len(columns)))
        kept = json.dumps([key[0] for key in bound] if one else bound, default=str)
        return peewee.NodeList((asked, peewee.SQL(f"IN (SELECT {values} FROM json_each(?))", [kept])))  # noqa: S608
    row = f"({', '.join(['%s'] * len(columns))})"
    among = f"IN ({'' if one else 'VALUES '}{', '.join([row] * len(keys))})"
    return peewee.NodeList((asked, peewee.SQL(among, [value for key in bound for value in key])))


class Rows:
    """Reads and writes rows as they are. Only the store and what serves it may use this."""

    def __init__(self, schema: Schema, models: Models) -> None:
        self.schema, self.models = schema, models
        self._inserts = {name: Insert(model) for name, model in models.record.items()}
        self._links = {
            name: tuple(f.name for f in entity.fields.values() if f.type.name == "refs")
            for name, entity in schema.entities.items()
        }

    def read(self, entity: str, ids: Iterable[int]) -> dict[int, Row]:
        """The rows with these ids, by id; missing ones are absent."""
        model = self.models[entity]
        found: dict[int, Row] = {}
        wanted = list(dict.fromkeys(ids))
        for some in batches(wanted):
            for row in model.select().where(among(model.id, some)).dicts():
                found[row["id"]] = row
        for name in self._links[entity]:
            self._read_links(entity, name, found)
        return found

    def one(self, entity: str, id: int) -> Row | None:
        return self.read(entity, [id]).get(id)

    def insert(self, entity: str, row: Mapping[str, Any]) -> int:
        """Write a new row; ``id`` is kept where given. Returns the id."""
        id = self._inserts[entity](row)
        self._write_links(entity, id, row)
        return id

    def reserve(self, entity: str, count: int) -> Sequence[int]:
        """``count`` ids, ascending, that nobody else will use; only inside the one writing transaction."""
        model = self.models[entity]
        db: Any = model._meta.database
        sqlite = isinstance(db, peewee.SqliteDatabase)
        if sqlite:
            highest = db.execute_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (entity,)).fetchone()
            start = max(highest[0] if highest else 0, model.select(peewee.fn.MAX(model.id)).scalar() or 0) + 1
            return range(start, start + count)
        sql = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        return sorted(int(row[0]) for row in db.execute_sql(sql, (f'"{entity}"', count)).fetchall())

    def insert_many(self, entity: str, columns: Mapping[str, Column], spelt: Mapping[str, Column] = NONE_SPELT) -> None:
        """Write new rows, given column by column, that carry their ids; ``spelt`` has columns that are as the driver
        takes them already. Raises peewee.IntegrityError."""
        self._inserts[entity].many(columns, spelt)
        for name in self._links[entity]:
            linked = zip(columns["id"], columns.get(name, ()), strict=False)
            pairs = [(id, target) for id, targets in linked for target in targets or ()]
            if pairs:
                table = self.models.link[entity, name]._meta.table_name
                insert_all(self.models[entity]._meta.database, table, ("owner_id", "target_id"), pairs)

    def column(self, entity: str, name: str) -> Any:
        """The column in which a field is kept."""
        return self.models[entity]._meta.fields[name]

    def update(self, entity: str, id: int, changes: Mapping[str, Any], version: int) -> bool:
        """Write ``changes`` if the row is still at ``version`` and make it the next; False if it is not."""
        model = self.models[entity]
        columns = {**self._columns(entity, changes), "version": version + 1}
        done = model.update(columns).where((model.id == id) & (model.version == version)).execute()
        if done:
            self._write_links(entity, id, changes)
        return bool(done)

    def set_each(self, entity: str, name: str, values: Sequence[tuple[Any, int]]) -> None:
        """Write one column of rows: (value, id) of each. Their versions stay, for the value is the program's own."""
        field = self.models[entity]._meta.fields[name]
        written = [(field.db_value(value), id) for value, id in values]
        set_each(self.models[entity]._meta.database, entity, field.column_name, written)

    def delete(self, entity: str, id: int) -> None:
        model = self.models[entity]
        for name in self._links[entity]:
            link = self.models.link[entity, name]
            link.delete().where(link.owner_id == id).execute()
        model.delete().where(model.id == id).execute()

    def delete_many(self, entity: str, ids: Sequence[int]) -> None:
        """Take rows away. Raises peewee.IntegrityError."""
        model = self.models[entity]
        for some in batches(ids):
            for name in self._links[entity]:
                link = self.models.link[entity, name]
                link.delete().where(among(link.owner_id, some)).execute()
            model.delete().where(among(model.id, some)).execute()

    def _columns(self, entity: str, row: Mapping[str, Any]) -> Row:
        links = self._links[entity]
        fields = self.models[entity]._meta.fields
        return {name: value for name, value in row.items() if name in fields and name not in links}

    def _read_links(self, entity: str, name: str, found: Mapping[int, Row]) -> None:
        link = self.models.link[entity, name]
        for row in found.values():
            row[name] = None
        for some in batches(list(found)):
            pairs = link.select(link.owner_id, link.target_id).where(link.owner_id.in_(some)).order_by(link.target_id)
            for owner, target in pairs.tuples():
                found[owner][name] = (*(found[owner][name] or ()), target)

    def _write_links(self, entity: str, id: int, row: Mapping[str, Any]) -> None:
        for name in self._links[entity]:
            if name not in row:
                continue
            link = self.models.link[entity, name]
            link.delete().where(link.owner_id == id).execute()
            targets = [{"owner_id": id, "target_id": target} for target in row[name] or ()]
            if targets:
                link.insert_many(targets).execute()
