"""Titles, kept in each row so that lists and look-ups need no joins for them, and followed when they change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.natural_order import order_key
from models.rows import Row, Rows, among, batches
from models.search import SearchIndex
from schema.spec import Entity, Schema
from schema.types.base import Context

Known = Mapping[tuple[str, int], str]
"""(entity, id) → title."""
NOTHING_KNOWN: Known = {}


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
        spec = self.schema.entities[entity]
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


def _linked_fields(entity: Entity) -> Iterable[str]:
    return (part.field for part in entity.title if part.field and entity.fields[part.field].type.name == "ref")


def _dependents(schema: Schema, entity: str) -> Iterable[tuple[str, str]]:
    """(entity, ref field) pairs whose titles say the title of ``entity``."""
    for other in schema.entities.values():
        for name in _linked_fields(other):
            if other.fields[name].target == entity:
                yield other.name, name
