"""Carries a plan out: one transaction under one lock, after a backup, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection

import peewee

from models.migrations.aside import Aside, keep_applied, make_tables
from models.migrations.diff import check_step, plan
from models.migrations.engine import Engine, engine_of
from models.migrations.match import PARKED, TableChange
from models.migrations.moves import column_moves, moved_tables, rename_all, table_moves
from models.migrations.plan import MigrationFailed, MigrationRefused, Plan
from models.migrations.relations import Column, ForeignKey, Relation, entity_relation, foreign_keys, indexes, relations
from models.migrations.sentences import BROKEN_LINKS, HALF_WAY
from models.migrations.trashed import Trashed
from models.migrations.values import Values
from models.storage.tables import DatabaseSpec, with_null


def _no_backup() -> None:
    return None


def create_all(db: peewee.Database, spec: DatabaseSpec) -> None:
    """Make every table, foreign key and index of ``spec`` in a database that has none of them."""
    engine = engine_of(db)
    with db.atomic():
        engine.create(list(relations(spec).values()))
        engine.connect(list(foreign_keys(spec).values()))
        for index in indexes(spec).values():
            engine.create_index(index)


def apply(wanted: Plan, allow: Collection[str] = (), backup: Callable[[], object] = _no_backup) -> Plan:
    """Bring the plan's database to its schema; returns the plan that was carried out.

    The plan is made again under the lock: another process may have migrated meanwhile, and then there
    is nothing left to do. ``backup`` is called before the first change of a database that has records.
    Raises MigrationRefused where steps are neither safe nor allowed, MigrationFailed where the database
    refuses; both leave everything as it was. Must not be called within a transaction.
    """
    if not wanted.pending:
        return wanted
    engine = engine_of(wanted.db)
    try:
        with engine.exclusive():
            return _locked(engine, wanted, allow, backup)
    except peewee.DatabaseError as error:
        raise MigrationFailed(HALF_WAY.with_(why=str(error))) from error


def _locked(engine: Engine, wanted: Plan, allow: Collection[str], backup: Callable[[], object]) -> Plan:
    current = plan(engine.db, wanted.schema, wanted.hooks)
    if not current.pending:
        return current
    refused = current.open(allow)
    if refused:
        raise MigrationRefused(current, refused)
    if current.before is not None and current.steps:
        backup()
    make_tables(engine)
    spec = current.after
    if current.before is None:
        create_all(engine.db, spec)
    else:
        spec = _Migration(engine, current).run(current.before)
        current.hooks.finish(current)
        _check_late(current, allow)
        if current.steps:
            _check_links(engine)
    keep_applied(engine, spec, current.schema.digest, current.hooks.now())
    return current


def _check_late(done: Plan, allow: Collection[str]) -> None:
    """Count the records that break new checks now that all fields are there; refuse what is not allowed."""
    steps = []
    for change in done.changes:
        if change.before is None or change.after is None:
            continue
        entity = done.schema.entities[change.name]
        for place, check in enumerate(entity.checks, start=1):
            if check.that.source not in change.before.checks:
                steps.append(check_step(done.hooks, entity, place, check, countable=True))
    refused = [step for step in steps if not step.safe and step.name not in allow]
    if refused:
        raise MigrationRefused(done, refused)


def _check_links(engine: Engine) -> None:
    broken = engine.broken_links()
    if broken:
        raise MigrationFailed(BROKEN_LINKS.with_(which=", ".join(broken)))


class _Migration:
    """The changes of one plan to tables and values, in the order that keeps every name free."""

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self.engine, self.plan = engine, plan
        self.living = [c for c in plan.changes if c.before is not None and c.after is not None]

    def run(self, before: DatabaseSpec) -> DatabaseSpec:
        """Change the database; returns the specification it now keeps."""
        engine, changes = self.engine, self.plan.changes
        kept = self._take_down(before)
        rename_all(engine, changes)
        there = engine.tables()
        engine.create([r for name, r in relations(self.plan.after).items() if name not in there])
        for change in self.living:
            self._add_columns(change)
        aside = Aside(engine, self.plan.hooks.now())
        values = Values(engine, self.plan, aside)
        Trashed(engine, self.plan, aside, values.records).move()
        after = with_null(self.plan.after, values.move())
        for change in self.living:
            self._reshape(change, after)
        gone = [name for name in table_moves(changes).values() if name.startswith(PARKED)]
        engine.drop_tables(sorted(gone, key=lambda name: "__" not in name.removeprefix(PARKED)))
        self._put_up(after, kept)
        return after

    def _take_down(self, before: DatabaseSpec) -> dict[str, ForeignKey]:
        """Drop the indexes and foreign keys that will not stay as they are; returns the keys that do."""
        moved = moved_tables(self.plan.changes)
        new_indexes, new_keys = indexes(self.plan.after), foreign_keys(self.plan.after)
        for name, index in indexes(before).items():
            if index.table in moved or new_indexes.get(name) != index:
                self.engine.drop_index(name)
        old_keys = foreign_keys(before)
        stale = {n: k for n, k in old_keys.items() if k.table in moved or new_keys.get(n) != k}
        self.engine.disconnect(list(stale.values()))
        return {name: key for name, key in old_keys.items() if name not in stale}

    def _put_up(self, after: DatabaseSpec, kept: dict[str, ForeignKey]) -> None:
        """Make the indexes and foreign keys that are not there."""
        there = self.engine.indexes()
        for name, index in indexes(after).items():
            if name not in there:
                self.engine.create_index(index)
        self.engine.connect([key for name, key in foreign_keys(after).items() if name not in kept])

    def _add_columns(self, change: TableChange) -> None:
        assert change.after is not None
        relation = entity_relation(change.after)
        for column in change.columns:
            if column.after is None or column.after.link or column.fate in ("keep", "places"):
                continue
            physical = relation.column(column.after.name)
            assert physical is not None
            self.engine.add_column(change.name, physical)

    def _reshape(self, change: TableChange, after: DatabaseSpec) -> None:
        """Bring one table to its final rules and let its parked columns go."""
        table = after.table(change.name)
        assert table is not None
        was = []
        for column in change.columns:
            old, new = column.before, column.after
            if old is not None and new is not None and not new.link and column.fate in ("keep", "places"):
                was.append(Column(new.name, new.storage, old.null, new.to if new.type == "ref" else ""))
        relation = entity_relation(table)
        known = {column.name for column in was} | {c.name for c in table.columns}
        system = tuple(c for c in relation.columns if c.name not in known)
        gone = [name for name in column_moves(change).values() if name.startswith(PARKED)]
        self.engine.reshape(relation, Relation(relation.name, (*system, *was)), gone)
