"""Many changed records at once: what the store does one by one, done set by set.

Only changes nothing else hangs on are done together: values that no title, key, check, condition or preparation reads.
Where any doubt arises nothing is written, and the store goes record by record, which says which one is wrong and why.
So the answers are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from models.actor import Actor, Source
from models.errors import Refused
from models.storage.inserting import Insert
from models.storage.locking import lock_rows
from models.storage.rows import Row
from models.writes.bulk import Doubt
from models.writes.guards import linking, unique_keys, visible_targets
from models.writes.values import normal, refuse_unwritable
from models.writes.writing import Writing, is_told
from schema.expressions import Expression
from schema.spec import Entity, Field
from schema.spec_clocks import made_names

Values = Mapping[str, Any]


class BulkChanges:
    """Changes many records of one entity for one actor. Runs inside the store's transaction."""

    def __init__(self, writing: Writing) -> None:
        self.writing, self.scope, self.rows = writing, writing.scope, writing.rows
        self._log = Insert(writing.history.table)

    def save(self, actor: Actor, spec: Entity, changes: Mapping[int, Values], source: Source) -> int:
        """Write the new values by id; returns how many records they changed.

        Raises Doubt, with nothing written, where one of them may have to be refused.
        """
        names = sorted({name for values in changes.values() for name in values})
        self._refuse_entangled(actor, spec, names)
        action = "read" if actor.may_write(spec.name, names) else "update"
        lock_rows(self.rows.models[spec.name]._meta.database, spec.name, changes)
        if self.scope.visible_ids(actor, spec.name, changes, action) != set(changes):
            raise Doubt
        clean = self._normal(actor, spec, changes)
        old = self.rows.read(spec.name, changes)
        if self.writing.preparations.concerns(spec, [*old.values(), *clean.values()]):
            raise Doubt
        differing = {id: _different(old[id], values) for id, values in clean.items()}
        fresh = {id: values for id, values in differing.items() if values}
        now, both = self.scope.clock.now(), {id: (old[id], new) for id, new in fresh.items()}
        moved = self.writing.deadlines.changes(spec, both, now)
        fresh = {id: {**values, **moved.get(id, {})} for id, values in fresh.items()}
        if fresh:
            self._write(actor, spec, old, fresh)
            self._after(actor, spec, old, fresh, source)
            self.writing.follow_ups.note(spec, {id: old[id] for id in fresh})
            if self.scope.visible_ids(actor, spec.name, fresh, action) != set(fresh):
                raise Doubt
        return len(fresh)

    def _refuse_entangled(self, actor: Actor, spec: Entity, names: Collection[str]) -> None:
        """Raises Doubt where something else hangs on one of these fields."""
        try:
            refuse_unwritable(self.scope.access, actor, spec, names)
        except Refused as refused:
            raise Doubt from refused
        fields = [spec.fields[name] for name in names]
        if spec.builtin or any(not _is_simple(field) for field in fields):
            raise Doubt
        touched = {*names, *made_names(spec.deadlines)}
        read = set(self.writing.titles.depends_on(spec.name))
        read.update(name for key in unique_keys(spec) for name in key)
        read.update(_fields_of(spec, (check.that for check in spec.checks)))
        for field in spec.fields.values():
            read.update(_fields_of(spec, (field.shown_if, field.required_if)))
        if touched & read:
            raise Doubt

    def _normal(self, actor: Actor, spec: Entity, changes: Mapping[int, Values]) -> dict[int, dict[str, Any]]:
        """The values in normal form; what they point at exists for the actor."""
        context = self.scope.context(actor)
        found: dict[int, dict[str, Any]] = {}
        wanted: dict[tuple[str, Actor], set[int]] = defaultdict(set)
        for id, values in changes.items():
            clean, problems = normal(spec, values, context)
            if problems or any(value is None and spec.fields[name].required for name, value in clean.items()):
                raise Doubt
            for name, value in clean.items():
                if spec.fields[name].target and value is not None:
                    wanted[spec.fields[name].target, linking(actor, spec, spec.fields[name])].add(value)
            found[id] = clean
        for (target, whose), ids in wanted.items():
            if ids - visible_targets(self.scope, whose, target, ids):
                raise Doubt
        return found

    def _write(self, actor: Actor, spec: Entity, old: Mapping[int, Row], fresh: Mapping[int, Values]) -> None:
        """One statement a column; who and when, and the next version, with them."""
        columns: dict[str, list[tuple[Any, int]]] = defaultdict(list)
        signed = self.writing.signed(actor, new=False)
        for id, values in fresh.items():
            for name, value in {**values, **signed, "version": old[id]["version"] + 1}.items():
                columns[name].append((value, id))
        for name, pairs in columns.items():
            self.rows.set_each(spec.name, name, pairs)

    def _after(
        self, actor: Actor, spec: Entity, old: Mapping[int, Row], fresh: Mapping[int, Values], source: Source
    ) -> None:
        """What is derived, and the history."""
        derived, now = self.writing.derived, self.scope.clock.now()
        with derived.later():
            for id, values in fresh.items():
                derived.after(spec.name, id, old[id], {**old[id], **values})
        entries = [
            self.writing.history.entry(
                actor, spec.name, id, old[id]["title_text"], "update",
                {name: (old[id].get(name), value) for name, value in values.items() if is_told(spec.fields[name])},
                source, now,
            )
            for id, values in fresh.items()
        ]  # fmt: skip
        self._log.many({name: [entry[name] for entry in entries] for name in entries[0]})


def _different(old: Row, values: Values) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value != old.get(name)}


def _is_simple(field: Field) -> bool:
    """Whether the value stands in a column of its own, for itself."""
    kind = field.type
    return (
        bool(kind.stored) and not kind.multiple and not field.system and not kind.computed
        and field.shown_if is None and field.required_if is None
    )  # fmt: skip


def _fields_of(spec: Entity, expressions: Iterable[Expression | None]) -> Iterable[str]:
    """The fields of the record itself, or of others like it, that these expressions read."""
    for expression in expressions:
        if expression is not None:
            yield from (read.field for read in expression.depends_on if read.entity == spec.name)
