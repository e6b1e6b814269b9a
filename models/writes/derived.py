"""Stored formulas, counts and sums, kept true in the same transaction as what they depend on."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from models.actor import SYSTEM
from models.reads.expression_sql import from_sql
from models.reads.formulas import COMPUTED, expression_of, plain_formulas, stored_formulas
from models.reads.scope import Scope
from models.storage.locking import lock_rows
from models.storage.lots import is_plain
from models.storage.rows import Row, Rows, among, batches
from models.writes.folding import field_alone, folded
from schema.expressions import Dependency, Environment, Expression, Link, evaluate
from schema.spec import Field, Schema


@dataclass(frozen=True, slots=True)
class Need:
    """A stored value and one of the fields it depends on."""

    owner: str
    field: str
    on: Dependency


class _Thread(threading.local):
    """What one thread puts off: another's writes are in a transaction of their own and must not wait for it."""

    waiting: dict[tuple[str, str], set[int]] | None = None


class Derived:
    """Knows which stored values a changed record touches, and works them out again."""

    def __init__(self, schema: Schema, rows: Rows, scope: Scope) -> None:
        self.schema, self.rows, self.scope = schema, rows, scope
        self._needs: dict[str, list[Need]] = defaultdict(list)
        for field in stored_formulas(schema):
            for dependency in _reads(schema, expression_of(field)):
                self._needs[dependency.entity].append(Need(field.entity, field.name, dependency))
        self._own: dict[str, list[Field]] = defaultdict(list)
        for field in stored_formulas(schema):
            self._own[field.entity].append(field)
        self._alone = {entity: alone for entity, fields in self._own.items() if (alone := _alone(fields))}
        self._formulas = plain_formulas(schema)
        self._thread = _Thread()

    def touches(self, entity: str) -> bool:
        """Whether anything that is kept depends on records of ``entity``."""
        return entity in self._needs or entity in self._own

    def after(self, entity: str, id: int, old: Row | None, new: Row | None) -> None:
        """Bring up to date what depends on a record that was created (``old`` None), changed or deleted."""
        touched: dict[tuple[str, str], set[int]] = defaultdict(set)
        for need in self._needs.get(entity, ()):
            if _concerned(need, old, new):
                touched[need.owner, need.field] |= self._owners(need.on, id, old, new)
        if new is not None and old is None:
            for field in self._own.get(entity, ()):
                touched[entity, field.name].add(id)
        for (owner, name), ids in touched.items():
            self._renew(owner, name, ids)

    def after_many(self, entity: str, columns: Mapping[str, Sequence[Any]], *, new: bool) -> None:
        """``after`` of many records that were created or deleted, given column by column with their ids; new ones were
        written with their ``first_values``."""
        ids = set(columns["id"])
        with self.later():
            for need in self._needs.get(entity, ()):
                if need.on.path:
                    self._renew(need.owner, need.field, self._owners_of_all(need.on, ids, columns))
            for field in self._own.get(entity, ()) if new else ():
                if field not in self._alone.get(entity, ()):
                    self._renew(entity, field.name, ids)

    @contextmanager
    def later(self) -> Iterator[None]:
        """Collect what is touched and work it out once at the end (many writes in one transaction)."""
        if self._thread.waiting is not None:
            yield
            return
        waiting: dict[tuple[str, str], set[int]] = {}
        self._thread.waiting = waiting
        try:
            yield
            while waiting:
                (owner, name), ids = waiting.popitem()
                self._compute(owner, name, ids)
        finally:
            self._thread.waiting = None

    def rebuild(self, entity: str, name: str) -> int:
        """Work out a stored value for every record; returns how many were different."""
        model: Any = self.rows.models[entity]
        ids = [row[0] for row in model.select(model.id).order_by(model.id).tuples()]
        return self._compute(entity, name, ids)

    # -- parts -------------------------------------------------------------------------------------

    def _renew(self, owner: str, name: str, ids: Iterable[int]) -> None:
        waiting = self._thread.waiting
        if waiting is not None:
            waiting.setdefault((owner, name), set()).update(ids)
        else:
            self._compute(owner, name, ids)

    def _compute(self, owner: str, name: str, ids: Iterable[int]) -> int:
        model: Any = self.rows.models[owner]
        column = getattr(model, name)
        expression = expression_of(self.schema.entities[owner].fields[name])
        node = self.scope.sql(SYSTEM, expression, model)
        changed = 0
        for some in batches(sorted(ids)):
            # Of two who write what one value follows from, the second has to see what the first wrote.
            lock_rows(model._meta.database, owner, some)
            query = model.select(model.id, column, node.alias("fresh")).where(among(model.id, some))
            found = ((id, before, from_sql(expression, raw)) for id, before, raw in query.tuples())
            fresh = [(id, before, value) for id, before, value in found if value != before]
            self.rows.set_each(owner, name, [(value, id) for id, _before, value in fresh])
            self._after_computed(owner, name, {id for id, _before, _value in fresh})
            changed += len(fresh)
        return changed

    def first_values(self, entity: str, columns: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
        """What new records, of which no other record can know yet, keep that follows from themselves and from records
        that refer to them: columns to write with the others, so that nothing has to be asked of the database. What is
        alike is worked out once."""
        if entity not in self._alone:
            return {}
        clock, held, found = self.scope.clock, dict(columns), dict[str, Sequence[Any]]()
        alone = Environment(today=clock.today(), now=clock.now(), formulas=self._formulas)
        for field in self._alone[entity]:
            expression = expression_of(field)
            read = sorted({d.field for d in _reads(self.schema, expression) if not d.path})
            same = {name: held[name][0] for name in read if _is_alike(held[name])}
            expression = folded(expression, same, alone)
            if (as_it_is := field_alone(expression)) in held:
                held[field.name] = found[field.name] = held[as_it_is]
                continue
            keys = list(zip(*(held[name] for name in read), strict=True)) if read else [()] * len(columns["id"])
            known = {key: evaluate(expression, dict(zip(read, key, strict=True)), alone) for key in set(keys)}
            held[field.name] = found[field.name] = [known[key] for key in keys]
        return found

    def _after_computed(self, entity: str, name: str, ids: set[int]) -> None:
        """Bring up to date what depends on one stored value, which was worked out anew for ``ids``."""
        for need in self._needs.get(entity, ()) if ids else ():
            if need.on.field == name:
                here = ids
                for link in reversed(need.on.path):
                    here = self._back(link, here)
                self._renew(need.owner, need.field, here)

    def _owners_of_all(self, on: Dependency, ids: set[int], columns: Mapping[str, Sequence[Any]]) -> set[int]:
        """The records whose value reads one of those that came or went."""
        here = ids
        for step, link in enumerate(reversed(on.path)):
            if link.kind == "children" and step == 0 and link.field in columns:
                here = {owner for owner in columns[link.field] if owner is not None}
            else:
                here = self._back(link, here)
        return here

    def _owners(self, on: Dependency, id: int, old: Row | None, new: Row | None) -> set[int]:
        """The records whose value reads this one, before and after the change."""
        here = {id}
        for step, link in enumerate(reversed(on.path)):
            if link.kind == "children" and step == 0:
                both = (row.get(link.field) for row in (old, new) if row is not None)
                here = {owner for owner in both if owner is not None}
                if not here and not _knows(link, old, new):
                    here = self._back(link, {id})
            else:
                here = self._back(link, here)
        return here

    def _back(self, link: Link, ids: set[int]) -> set[int]:
        model: Any = self.rows.models[link.entity]
        column = getattr(model, link.field)
        found: set[int] = set()
        for some in batches(sorted(ids)):
            if link.kind == "ref":
                query = model.select(model.id).where(among(column, some))
            else:
                query = model.select(column).where(among(model.id, some) & column.is_null(False))
            found.update(row[0] for row in query.tuples())
        return found


def _is_alike(column: Sequence[Any]) -> bool:
    """Whether all records have the same value; it says no in doubt."""
    return bool(column) and column[0] == column[-1] and is_plain(column) and len(set(column)) == 1


def _alone(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Those that a new record has by itself: they read its own columns and records that refer to it. What one of them
    reads of another comes after it."""
    names = {field.name for field in fields}
    found: list[Field] = []
    left = list(fields)
    while left:
        there = {field.name for field in found}
        ready = [
            field for field in left
            if all(
                d.path[0].kind == "children" if d.path else d.field not in names or d.field in there
                for d in expression_of(field).depends_on
            )
        ]  # fmt: skip
        if not ready:
            break
        found += ready
        left = [field for field in left if field not in ready]
    return tuple(found)


def _reads(schema: Schema, expression: Expression) -> Iterator[Dependency]:
    """What an expression reads of columns, through formulas that have none."""
    for dependency in expression.depends_on:
        field = schema.entities[dependency.entity].fields.get(dependency.field)
        if field is not None and field.type.name in COMPUTED and not field.type.stored:
            for inner in _reads(schema, expression_of(field)):
                yield Dependency(inner.entity, inner.field, (*dependency.path, *inner.path))
        else:
            yield dependency


def _concerned(need: Need, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> bool:
    name = need.on.field
    if old is None or new is None:
        return bool(need.on.path)
    return (name in old or name in new) and old.get(name) != new.get(name)


def _knows(link: Link, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> bool:
    return any(row is not None and link.field in row for row in (old, new))
