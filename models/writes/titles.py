"""Titles, kept in each row so that lists and look-ups need no joins for them, and followed when they change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from models.reads.search import SearchIndex
from models.storage.lots import Column, Lot, each, is_plain, one_by_one
from models.storage.natural_order import order_key
from models.storage.rows import STRETCH, Row, Rows, among, batches
from schema.spec import Entity, Schema
from schema.types.base import Context, FieldType

Known = Mapping[tuple[str, int], str]
"""(entity, id) → title."""
NOTHING_KNOWN: Known = {}
_order = lru_cache(maxsize=5000)(order_key)
"""Titles of people and places come again and again where many records are made."""


def _kept(context: Context) -> Context:
    """A title is kept in one language, whoever writes the record: an option in it is not said in two."""
    return context if context.locale == "zh" else replace(context, locale="zh")


class Titles:
    """Works out titles, and keeps those of dependent records true."""

    def __init__(self, schema: Schema, rows: Rows, search: SearchIndex) -> None:
        self.schema, self.rows, self.search = schema, rows, search
        self._dependents = {name: tuple(_dependents(schema, name)) for name in schema.entities}
        self._linked = {name: tuple(_linked_fields(entity)) for name, entity in schema.entities.items()}

    def text(self, entity: str, row: Mapping[str, Any], context: Context, known: Known = NOTHING_KNOWN) -> str:
        """The title of a row, from the schema's template; '' where the template leaves nothing.

        ``known`` has titles of records the row points at, where they were read before.
        """
        spec, context = self.schema.entities[entity], _kept(context)
        said = [part.text or self._part(spec, part.field, row, context, known) for part in spec.title]
        if not any(part.field and words for part, words in zip(spec.title, said, strict=True)):
            return ""
        return "".join(said).strip()

    def known(self, spec: Entity, rows: Sequence[Row]) -> Known:
        """The titles that the titles of ``rows`` say, read at once."""
        found: dict[tuple[str, int], str] = {}
        for name in self._linked[spec.name]:
            target = spec.fields[name].target
            model = self.rows.models[target]
            for some in batches(sorted({row[name] for row in rows if row.get(name) is not None})):
                query = model.select(model.id, model.title_text).where(among(model.id, some))
                found.update(((target, id), text) for id, text in query.tuples())
        return found

    def columns(
        self, entity: str, row: Mapping[str, Any], context: Context, known: Known = NOTHING_KNOWN
    ) -> dict[str, str]:
        """``title_text`` and ``title_order`` of a row."""
        text = self.text(entity, row, context, known) or f"#{row.get('id', '')}"
        return {"title_text": text, "title_order": order_key(text)}

    def fill(self, spec: Entity, lot: Lot, context: Context) -> None:
        """Give new records, whose ids are there, their ``title_text`` and ``title_order``."""
        context = _kept(context)
        words = [self._words(spec, part.field, lot.columns[part.field], context) for part in spec.title if part.field]
        template = "".join("%s" if part.field else part.text.replace("%", "%%") for part in spec.title)
        if template == "%s":
            found = [said.strip() for said in words[0]]
        else:
            found = [(template % said).strip() if any(said) else "" for said in zip(*words, strict=True)]
        if "" in found or not words:
            found = [text or f"#{id}" for text, id in zip(found or [""] * lot.count, lot.columns["id"], strict=True)]
        lot.columns["title_text"] = found
        lot.columns["title_order"] = list(map(_order, found))

    def index_new(self, spec: Entity, lot: Lot, context: Context) -> None:
        """Put new records, whose titles are there, into the search index."""
        if spec.show.search:
            texts = {
                name: lot.columns["title_text"] if name == "title" else _shown(spec, name, lot.columns[name], context)
                for name in spec.show.search
            }
            self.search.put_new(spec.name, lot.columns["id"], texts)

    def _words(self, spec: Entity, name: str, column: Column, context: Context) -> Sequence[str]:
        """What the title says of one field in each record."""
        if name not in self._linked[spec.name]:
            return _shown(spec, name, column, context)
        model = self.rows.models[spec.fields[name].target]
        titles: dict[int | None, str] = {None: ""}
        for some in batches(sorted({id for id in column if id is not None}), STRETCH):
            sql, values = model.select(model.id, model.title_text).where(among(model.id, some)).sql()
            titles.update(self.search.db.execute_sql(sql, values).fetchall())
        return [titles.get(id, "") for id in column]

    def search_texts(self, entity: str, row: Mapping[str, Any], context: Context) -> dict[str, str]:
        """What the search index keeps of a row, by column."""
        spec = self.schema.entities[entity]
        found: dict[str, str] = {}
        for name in spec.show.search:
            if name == "title":
                found[name] = row["title_text"]
            elif row.get(name) is not None:
                found[name] = spec.fields[name].type.display(row[name], context)
        return found

    def index(self, entity: str, rows: Iterable[Row], context: Context, fresh: bool = False) -> None:
        """Put rows into the search index."""
        columns = self.schema.entities[entity].show.search
        if columns:
            ready = [(row["id"], self.search_texts(entity, row, context)) for row in rows]
            self.search.put(entity, ready, columns, fresh)

    def follow(self, entity: str, id: int, context: Context) -> None:
        """Renew the titles of records that say the title of this one, and of those that say theirs."""
        for child, via in self._dependents[entity]:
            model = self.rows.models[child]
            ids = [row[0] for row in model.select(model.id).where(getattr(model, via) == id).tuples()]
            for row in self.rows.read(child, ids).values():
                fresh = self.columns(child, row, context)
                if fresh["title_text"] != row["title_text"]:
                    model.update(fresh).where(model.id == row["id"]).execute()
                    self.index(child, [{**row, **fresh}], context)
                    self.follow(child, row["id"], context)

    def depends_on(self, entity: str) -> frozenset[str]:
        """The fields of ``entity`` that its title or its search text says."""
        spec = self.schema.entities[entity]
        return frozenset(part.field for part in spec.title if part.field) | frozenset(spec.show.search)

    def _part(self, spec: Entity, name: str, row: Mapping[str, Any], context: Context, known: Known) -> str:
        value = row.get(name)
        if value is None:
            return ""
        if name in self._linked[spec.name]:
            target = spec.fields[name].target
            if (target, value) in known:
                return known[target, value]
            model = self.rows.models[target]
            return str(model.select(model.title_text).where(model.id == value).scalar() or "")
        return spec.fields[name].type.display(value, context)


def _shown(spec: Entity, name: str, column: Column, context: Context) -> Sequence[str]:
    """The values of a field as text, '' where there is none."""
    type_ = spec.fields[name].type
    if type(type_).display is FieldType.display and {*map(type, column)} == {str}:
        return column

    def show(value: Any) -> str:
        return type_.display(value, context)

    shown = each(column, show) if is_plain(column) else one_by_one(column, show)
    return [text or "" for text in shown]


def _linked_fields(entity: Entity) -> Iterable[str]:
    return (part.field for part in entity.title if part.field and entity.fields[part.field].type.name == "ref")


def _dependents(schema: Schema, entity: str) -> Iterable[tuple[str, str]]:
    """(entity, ref field) pairs whose titles say the title of ``entity``."""
    for other in schema.entities.values():
        for name in _linked_fields(other):
            if other.fields[name].target == entity:
                yield other.name, name
