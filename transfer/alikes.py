"""New records that may be there already under another spelling: the same phone, the same number, the same name."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Set
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from schema.spec import Entity, Field
from schema.text import Text
from transfer.results import Alike
from transfer.rows import Parsed
from transfer.writing import Outcome

if TYPE_CHECKING:
    from models import Registry
    from transfer.preparation import Preparation

TELLING = frozenset({"phone", "id_number"})
"""Types of field that hardly two people share."""
SAME_TITLE = Text("名称相同", "the same name")
MOST = 200


class Alikes:
    """Looks for the doubles of one import. ``made`` are the ids by entity that the import itself created."""

    def __init__(
        self, registry: Registry, actor: Actor, preparation: Preparation, made: Mapping[str, Container[int]]
    ) -> None:
        self.registry, self.actor, self.preparation, self.made = registry, actor, preparation, made
        self.left = MOST
        self.telling = {
            name: fields for name, part in preparation.layout.parts.items()
            if (fields := self._telling(registry.schema.entities[part.entity]))
        }  # fmt: skip

    def among(self, rows: Iterable[Parsed], taken: Mapping[int, Outcome]) -> Iterator[Alike]:
        """The likely doubles among rows that were just taken and made something new."""
        by_line = {row.line: row for row in rows if row.line in taken}
        for part, fields in self.telling.items():
            new = {
                line: taken[line].ids[part] for line, row in by_line.items()
                if part in taken[line].created and (line, part) not in self.preparation.options.same
            }  # fmt: skip
            if new and self.left > 0:
                yield from self._of_part(part, fields, new, by_line)

    def _of_part(
        self, part: str, fields: list[Field], new: Mapping[int, int], rows: Mapping[int, Parsed]
    ) -> Iterator[Alike]:
        entity = self.preparation.layout.parts[part].entity
        titles = self.registry.scope.titles(self.actor, entity, new.values())
        said = {line: rows[line].parts.get(part, {}) for line in new}
        there = {f.name: self._by(entity, fields, f.name, {v.get(f.name) for v in said.values()}) for f in fields}
        named = self._by(entity, fields, "title_text", set(titles.values()))
        ids = {one["id"] for known in (*there.values(), named) for ones in known.values() for one in ones}
        shown = self.registry.scope.titles(self.actor, entity, ids)
        for line, id in new.items():
            title = titles.get(id, "")
            found = _double(fields, said[line], there, named.get(title, []))
            if found is None or self.left <= 0:
                continue
            self.left -= 1
            field, existing = found
            value = rows[line].raw.get(f"{part}.{field.name}", "") if field else title
            because = field.label if field else SAME_TITLE
            yield Alike(line, part, entity, title, existing["id"], shown.get(existing["id"], ""), because, value)

    def _by(self, entity: str, fields: list[Field], column: str, values: Set[Any]) -> dict[Any, list[dict[str, Any]]]:
        """The records within sight that were there before and have one of ``values``, by that value."""
        wanted = [v for v in values if v]
        if not wanted:
            return {}
        model: Any = self.registry.models[entity]
        columns = [model.id, model.title_text, *(getattr(model, f.name) for f in fields)]
        query = model.select(*columns).where(getattr(model, column).in_(wanted))
        within = self.registry.scope.condition(self.actor, entity)
        found: dict[Any, list[dict[str, Any]]] = {}
        for row in (query if within is None else query.where(within)).dicts():
            if row["id"] not in self.made.get(entity, ()):
                found.setdefault(row[column], []).append(row)
        return found

    def _telling(self, entity: Entity) -> list[Field]:
        """The fields that tell people apart, as far as the actor may see them."""
        is_clear = self.registry.access.is_clear
        fields = [f for f in entity.fields.values() if f.type.name in TELLING]
        return [f for f in fields if is_clear(self.actor, entity.name, f.name)]


def _double(
    fields: list[Field],
    said: Mapping[str, Any],
    there: Mapping[str, Mapping[Any, list[dict[str, Any]]]],
    named: list[dict[str, Any]],
) -> tuple[Field | None, dict[str, Any]] | None:
    """The record that agrees in a telling field, or one of the same title that disagrees in none."""
    for field in fields:
        for one in there[field.name].get(said.get(field.name), ()):
            return field, one
    for one in named:
        if not any(said.get(f.name) and one[f.name] and said[f.name] != one[f.name] for f in fields):
            return None, one
    return None
