"""The exports there have been: who took which records out, narrowed how, how many, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import peewee

from models.actor import Actor, Source
from models.query import Condition, Query
from models.reports import may_open
from models.storage.build import model
from schema.spec import Entity, Field, Report
from schema.text import Text

if TYPE_CHECKING:
    from models import Registry

HIDDEN = "•••"
REPORT = "report:"
"""Before the name of a report, where other entries have the name of an entity."""
SIGNS = {
    "equals": "=", "not_equals": "≠", "in": "=", "not_in": "≠", "from": "≥", "to": "≤", "contains": "∋", "starts": "^",
    "has": "∋", "empty": "= –", "filled": "≠ –",
}  # fmt: skip
_SEARCHED = Text("搜索 “{text}”", "search “{text}”")
_PICKED = Text("选中的 {count} 条", "{count} picked")


@dataclass(frozen=True, slots=True)
class ExportEntry:
    """One export as an actor may see it. ``rows`` is None while it runs and after it broke off; ``filters`` are
    words, dots where they would tell a value that the actor may not know. The time is aware, in UTC."""

    id: int
    entity: str
    label: Text
    format: str
    actor_name: str
    at: datetime
    rows: int | None
    columns: tuple[str, ...]
    filters: tuple[str, ...]
    source: str
    for_editing: bool


class ExportLog:
    """The table ``_export`` of an office; made when it is first asked for."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.table: Any = model("_export", _columns(), registry.db)
        self.table._meta.indexes = [(("entity", "id"), False)]
        registry.db.create_tables([self.table], safe=True)

    def begin(
        self, actor: Actor, entity: str, format: str, query: Query, columns: Sequence[str], source: Source,
        for_editing: bool = False,
    ) -> int:  # fmt: skip
        """The id of a new entry, written before the first row leaves."""
        now = self.registry.clock.now().replace(tzinfo=None)
        filters = _kept(self.registry.schema.entities[entity], query)
        return int(
            self.table.insert(
                entity=entity, format=format, actor_id=actor.id, actor_name=actor.name, at=now, source=source.kind,
                columns=json.dumps(list(columns)), filters=json.dumps(filters, ensure_ascii=False, default=str),
                for_editing=for_editing,
            ).execute()
        )  # fmt: skip

    def begin_report(
        self, actor: Actor, spec: Report, format: str, answers: Mapping[str, Any], columns: Sequence[str],
        source: Source,
    ) -> int:  # fmt: skip
        """The id of a new entry for a report's file, with what it was asked."""
        asked = [["asked", name, spec.ask[name].type.to_json(value)] for name, value in answers.items()
                 if value not in (None, ())]  # fmt: skip
        return int(
            self.table.insert(
                entity=f"{REPORT}{spec.name}", format=format, actor_id=actor.id, actor_name=actor.name,
                at=self.registry.clock.now().replace(tzinfo=None), source=source.kind,
                columns=json.dumps(list(columns)), filters=json.dumps(asked, ensure_ascii=False, default=str),
            ).execute()
        )  # fmt: skip

    def ended(self, id: int, rows: int) -> None:
        """Note that the whole file was read to its end."""
        self.table.update(rows=rows).where(self.table.id == id).execute()

    def latest(self, actor: Actor, limit: int = 100, before: int | None = None) -> list[ExportEntry]:
        """The newest exports: the actor's own, and everybody's of entities of which they may export every record.

        So with reports: everybody's of those that they may open.
        """
        table, access = self.table, self.registry.access
        entities = self.registry.schema.entities
        whole = [e for e in entities if access.may(actor, e, "export") and self._everything(actor, e)]
        whole += [f"{REPORT}{r.name}" for r in self.registry.schema.reports.values() if may_open(actor, r)]
        known = [*entities, *(f"{REPORT}{name}" for name in self.registry.schema.reports)]
        mine = (table.actor_id == actor.id) if actor.id is not None else table.actor_id.is_null()
        query = table.select().where(table.entity.in_(known) & (mine | table.entity.in_(whole)))
        query = query if before is None else query.where(table.id < before)
        return [self._entry(actor, row) for row in query.order_by(table.id.desc()).limit(limit)]

    def _everything(self, actor: Actor, entity: str) -> bool:
        return all(self.registry.access.verdict(actor, entity, action).everything for action in ("read", "export"))

    def _entry(self, actor: Actor, row: Any) -> ExportEntry:
        if row.entity.startswith(REPORT):
            return self._report_entry(actor, row)
        spec = self.registry.schema.entities[row.entity]
        words = tuple(self._words(actor, spec, kept) for kept in json.loads(row.filters))
        names = tuple(
            spec.fields[name].label.to(actor.locale) for name in json.loads(row.columns)
            if name in spec.fields and self.registry.access.field(actor, row.entity, name) != "hidden"
        )  # fmt: skip
        at = row.at.replace(tzinfo=self.registry.clock.now().tzinfo)
        return ExportEntry(row.id, row.entity, spec.plural, row.format, row.actor_name, at, row.rows, names, words,
                           row.source, row.for_editing)  # fmt: skip

    def _report_entry(self, actor: Actor, row: Any) -> ExportEntry:
        spec = self.registry.schema.reports[row.entity.removeprefix(REPORT)]
        asked = [(spec.ask[name], value) for _, name, value in json.loads(row.filters) if name in spec.ask]
        words = tuple(self._answer(actor, field, value) for field, value in asked)
        at = row.at.replace(tzinfo=self.registry.clock.now().tzinfo)
        return ExportEntry(row.id, row.entity, spec.label, row.format, row.actor_name, at, row.rows, (), words,
                           row.source, row.for_editing)  # fmt: skip

    def _answer(self, actor: Actor, field: Field, kept: Any) -> str:
        """What a report was asked, in words; a record that the actor may not see stays dots."""
        label, value = field.label.to(actor.locale), field.type.from_json(kept)
        if field.target:
            ids = kept if isinstance(kept, list) else [kept]
            titles = self.registry.scope.titles(actor, field.target, ids)
            return f"{label} = {'、'.join(titles.get(id, HIDDEN) for id in ids)}"
        return f"{label} = {field.type.display(value, self.registry.scope.context(actor))}"

    def _words(self, actor: Actor, spec: Entity, kept: Sequence[Any]) -> str:
        """One filter in words."""
        kind, *rest = kept
        if kind == "picked":
            return _PICKED.with_(count=rest[0]).to(actor.locale)
        if kind == "saved":
            return spec.filters[rest[0]].label.to(actor.locale) if rest[0] in spec.filters else str(rest[0])
        if kind == "search":
            clear = all(
                self.registry.access.is_clear(actor, spec.name, name) for name in spec.show.search if name != "title"
            )
            return _SEARCHED.with_(text=rest[0] if clear else HIDDEN).to(actor.locale)
        if kind == "where":
            clear = all(self.registry.access.is_clear(actor, spec.name, name) for name in spec.fields)
            return str(rest[0]) if clear else HIDDEN
        return self._condition(actor, spec, *rest)

    def _condition(self, actor: Actor, spec: Entity, name: str, op: str, values: Sequence[Any]) -> str:
        field = spec.fields.get(name)
        if field is None:
            return HIDDEN
        label, sign = field.label.to(actor.locale), SIGNS.get(op, op)
        if not self.registry.access.is_clear(actor, spec.name, name):
            return f"{label} {sign} {HIDDEN}"
        context = self.registry.scope.context(actor)
        if field.target:
            shown = [self.registry.scope.titles(actor, field.target, [v]).get(v, HIDDEN) for v in values]
        elif choices := getattr(field.type, "choices", None):
            shown = [choices[v].label.to(actor.locale) if v in choices else str(v) for v in values]
        elif field.type.kind == "boolean":
            shown = [field.type.display(v, context) for v in values]
        else:
            shown = [str(v) for v in values]
        return f"{label} {sign} {'、'.join(shown)}".rstrip()


def _kept(spec: Entity, query: Query) -> list[list[Any]]:
    """What narrows a list, as JSON keeps it."""
    kept: list[list[Any]] = []
    if query.ids is not None:
        kept.append(["picked", len(query.ids)])
    kept += [[kind, value] for kind in ("saved", "search", "where") if (value := getattr(query, kind))]
    return kept + [["field", one.field, one.op, _values(one)] for one in query.conditions]


def _values(one: Condition) -> list[Any]:
    if one.value is None:
        return []
    return list(one.value) if isinstance(one.value, tuple | list) else [one.value]


def _columns() -> dict[str, object]:
    return {
        "id": peewee.BigAutoField(),
        "entity": peewee.TextField(),
        "format": peewee.TextField(),
        "actor_id": peewee.BigIntegerField(null=True),
        "actor_name": peewee.TextField(),
        "at": peewee.DateTimeField(),
        "rows": peewee.BigIntegerField(null=True),
        "columns": peewee.TextField(),
        "filters": peewee.TextField(),
        "source": peewee.TextField(),
        "for_editing": peewee.BooleanField(default=False),
    }
