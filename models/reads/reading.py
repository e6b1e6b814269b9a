"""Rows turned into Records: the columns an actor may see, link titles through the target's scope, masks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import peewee

from models.actor import Actor
from models.reads.expression_sql import from_sql
from models.reads.formulas import expression_of
from models.record import Masked, Record
from models.storage.rows import batches
from schema.spec import Field
from schema.types.lights import LightType

if TYPE_CHECKING:
    from models.reads.scope import Scope

PLAIN_LINKS = ("ref", "created_by", "changed_by")
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Fetched:
    """One column of the select: a field's value or a link's title."""

    name: str
    node: Any
    convert: Convert | None
    is_title: bool = False


class Reading:
    """The select of some fields of an entity for one actor, and how its rows become Records."""

    def __init__(self, scope: Scope, actor: Actor, entity: str, names: Sequence[str], *, titles: bool = True) -> None:
        """``titles`` False leaves out what links are called, and with it the joins. A light brings along the moments
        that it is told by."""
        self.scope, self.actor, self.entity, self.titles = scope, actor, entity, titles
        self.model = scope.models[entity]
        spec = scope.schema.entities[entity]
        known = [name for name in names if name in spec.fields]
        wanted = dict.fromkeys((*known, *(other for name in known for other in _told_by(spec.fields[name]))))
        level = {name: scope.access.field(actor, entity, name) for name in wanted}
        self.fields = [spec.fields[name] for name, how in level.items() if how != "hidden"]
        self.masked = {name for name, how in level.items() if how == "masked"}
        self.links = [f for f in self.fields if f.type.name == "refs"]
        self.columns, self.joins = self._plan()

    def select(self) -> Any:
        """The select without its WHERE: id, version, title, then the columns."""
        model = self.model
        query = model.select(
            model.id, model.version, model.title_text, *(c.node.alias(f"c{i}") for i, c in enumerate(self.columns))
        )
        for other, on in self.joins:
            query = query.join_from(model, other, peewee.JOIN.LEFT_OUTER, on=on)
        return query

    def records(self, rows: Iterable[tuple[Any, ...]]) -> list[Record]:
        """The Records of rows selected by ``select``, links of refs fields included."""
        found = [self._record(row) for row in rows]
        return self._with_links(found) if self.links and found else found

    def by_ids(self, ids: Sequence[int]) -> list[Record]:
        """The Records of ``ids`` (already scoped), in that order."""
        found: dict[int, Record] = {}
        for some in batches(ids):
            rows = self.select().where(self.model.id.in_(list(some))).tuples()
            found.update((record.id, record) for record in self.records(rows))
        return [found[id] for id in ids if id in found]

    def _plan(self) -> tuple[list[Fetched], list[tuple[Any, Any]]]:
        columns: list[Fetched] = []
        joins: list[tuple[Any, Any]] = []
        for field in self.fields:
            if field.type.name == "refs":
                continue
            columns.append(self._value(field))
            if self.titles and field.type.name in PLAIN_LINKS and field.name not in self.masked:
                title, join = self._title(field)
                columns.append(Fetched(field.name, title, None, is_title=True))
                joins.append(join)
        return columns, joins

    def _value(self, field: Field) -> Fetched:
        if field.type.stored:
            return Fetched(field.name, getattr(self.model, field.name), None)
        expression = expression_of(field)
        node = self.scope.sql(self.actor, expression, self.model)
        return Fetched(field.name, node, lambda raw: from_sql(expression, raw))

    def _title(self, field: Field) -> tuple[Any, tuple[Any, Any]]:
        """The title of a ref's target (NULL where the actor may not read it), and the join that fetches it."""
        target = field.target
        other = self.scope.models[target].alias()
        visible = self.scope.title_condition(self.actor, target, other)
        on = getattr(self.model, field.name) == other.id
        return other.title_text, (other, on if visible is None else on & visible)

    def _record(self, row: tuple[Any, ...]) -> Record:
        values: dict[str, Any] = {}
        titles: dict[str, Any] = {}
        for column, raw in zip(self.columns, row[3:], strict=True):
            if column.is_title:
                if raw is not None:
                    titles[column.name] = raw
            else:
                values[column.name] = column.convert(raw) if column.convert else raw
        for name in self.masked:
            if values.get(name) is not None:
                kind = self.scope.schema.entities[self.entity].fields[name].type
                values[name] = Masked(kind.mask(values[name], self.scope.context(self.actor)))
        return Record(self.entity, row[0], row[1], row[2], values, titles)

    def _with_links(self, records: list[Record]) -> list[Record]:
        for field in self.links:
            pairs = self.linked(field, [r.id for r in records])
            for record in records:
                mine = pairs.get(record.id, [])
                record.values[field.name] = (  # type: ignore[index]
                    Masked("•••") if field.name in self.masked and mine else tuple(id for id, _ in mine)
                )
                if field.name not in self.masked:
                    record.titles[field.name] = tuple(pair for pair in mine if pair[1] is not None)  # type: ignore[index]
        return records

    def linked(self, field: Field, owners: Sequence[int]) -> dict[int, list[tuple[int, str | None]]]:
        """The records that a field of links points at: (id, title or None where not visible) by owner."""
        link = self.scope.models.link[self.entity, field.name]
        target = field.target
        other = self.scope.models[target].alias()
        on = link.target_id == other.id
        visible = self.scope.title_condition(self.actor, target, other)
        query = link.select(link.owner_id, link.target_id, other.title_text).join_from(
            link, other, peewee.JOIN.LEFT_OUTER, on=on if visible is None else on & visible
        )
        found: dict[int, list[tuple[int, str | None]]] = {}
        for some in batches(owners):
            for owner, id, title in query.where(link.owner_id.in_(list(some))).order_by(link.target_id).tuples():
                found.setdefault(owner, []).append((id, title))
        return found


def _told_by(field: Field) -> tuple[str, ...]:
    return field.type.told_by if isinstance(field.type, LightType) else ()
