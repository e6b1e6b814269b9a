"""Works out again what rows carry of one another: titles, stored formulas, the search index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from models.migrations import Plan
from models.storage.rows import Row, Rows
from models.writes.deadlines import Deadlines
from models.writes.derived import Derived
from models.writes.titles import Titles
from schema.spec import Schema
from schema.types.base import Context
from schema.types.lights import ClockCount, ClockMoment

STRETCH = 1000


class Upkeep:
    """After a migration, or when asked to rebuild."""

    def __init__(
        self, schema: Schema, rows: Rows, titles: Titles, derived: Derived, deadlines: Deadlines, context: Context
    ) -> None:
        self.schema, self.rows, self.titles, self.derived, self.context = schema, rows, titles, derived, context
        self.deadlines = deadlines

    def finish(self, plan: Plan) -> None:
        """What a migration leaves to be worked out; runs inside its transaction."""
        for entity in self._in_order(plan.retitle):
            self.retitle(entity)
        clocked = {entity for entity, field in plan.rederive if self._is_clock(entity, field)}
        for entity in sorted(clocked):
            self.reset_deadlines(entity)
        for entity, field in sorted(plan.rederive):
            if not self._is_clock(entity, field):
                self.derived.rebuild(entity, field)
        for entity in sorted(plan.research):
            self.reindex(entity, anew=True)

    def retitle(self, entity: str) -> int:
        """Work out every title of an entity again; returns how many were different."""
        changed = 0
        model: Any = self.rows.models[entity]
        for rows in self._stretches(entity):
            for row in rows:
                fresh = self.titles.columns(entity, row, self.context)
                if fresh["title_text"] != row["title_text"]:
                    model.update(fresh).where(model.id == row["id"]).execute()
                    changed += 1
        return changed

    def reset_deadlines(self, entity: str) -> None:
        """Work out the deadlines of records that have none yet, as of their last change."""
        spec = self.schema.entities[entity]
        for rows in self._stretches(entity):
            fresh: dict[str, list[tuple[Any, int]]] = {}
            for row in rows:
                for name, value in self.deadlines.of(spec, row, row, row["changed_at"]).items():
                    if value != row.get(name):
                        fresh.setdefault(name, []).append((value, row["id"]))
            for name, values in fresh.items():
                self.rows.set_each(entity, name, values)

    def _is_clock(self, entity: str, field: str) -> bool:
        return isinstance(self.schema.entities[entity].fields[field].type, ClockMoment | ClockCount)

    def reindex(self, entity: str, anew: bool = False) -> None:
        """Fill the search index of an entity; ``anew`` throws the old one away first."""
        spec = self.schema.entities[entity]
        search = self.titles.search
        if anew:
            search.remove(entity)
        if search.create(spec):
            for rows in self._stretches(entity):
                self.titles.index(entity, rows, self.context, fresh=True)

    def index_all(self) -> None:
        """Make the search index of every entity that has none yet, or has another's columns."""
        for name in self.schema.entities:
            self.reindex(name)

    def _in_order(self, entities: Iterable[str]) -> list[str]:
        """Entities such that those named in another's title come before it."""
        wanted, done = set(entities), dict[str, None]()

        def visit(name: str) -> None:
            spec = self.schema.entities[name]
            for target in (spec.fields[part.field].target for part in spec.title if part.field):
                if target in wanted and target not in done:
                    visit(target)
            done[name] = None

        for name in sorted(wanted):
            visit(name)
        return [name for name in done if name in wanted]

    def _stretches(self, entity: str) -> Iterator[list[Row]]:
        model: Any = self.rows.models[entity]
        last = 0
        while True:
            query = model.select(model.id).where(model.id > last).order_by(model.id).limit(STRETCH)
            ids = [row[0] for row in query.tuples()]
            if not ids:
                return
            yield list(self.rows.read(entity, ids).values())
            last = ids[-1]
