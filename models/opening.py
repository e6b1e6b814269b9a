"""Opens an office: connects, brings the database to the schema, and puts the parts together."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import peewee

import models.migrations as migrations
from models.actor import SYSTEM
from models.clock import Clock
from models.migrations import Hooks, Plan
from models.registry import Registry, assemble
from models.storage import backup
from models.storage.database import connect
from models.writes.values import default_of
from schema.spec import CheckSpec, Entity, Field, Schema

DATABASE = "office.db"


def open_office(
    schema: Schema, var: Path | str, *, url: str | None = None, clock: Clock | None = None, allow: Collection[str] = ()
) -> Registry:
    """The office of ``schema`` in the folder ``var``, or in the PostgreSQL database at ``url``.

    A new database is made; additive changes of the schema are applied after a backup. Raises MigrationRefused
    when the schema asks for more than that and ``allow`` does not name it.
    """
    folder = Path(var)
    folder.mkdir(parents=True, exist_ok=True)
    registry = assemble(schema, connect(url or folder / DATABASE), folder, clock or Clock(schema.office.timezone))
    with registry.db.connection_context():
        _make_engine_tables(registry)
        plan = plan_for(registry)
        if plan.pending:
            migrations.apply(plan, allow, lambda: backup.before_migration(registry.db, folder))
        registry.accounts.create_table()
        registry.upkeep.index_all()
    return registry


def plan_for(registry: Registry) -> Plan:
    """What would have to change in the registry's database for its schema."""
    return migrations.plan(registry.db, registry.schema, hooks(registry))


def hooks(registry: Registry) -> Hooks:
    """What a migration needs of expressions, titles and search."""

    def violations(entity: Entity, check: CheckSpec) -> int:
        model = registry.models[entity.name]
        broken = registry.scope.sql(SYSTEM, check.that, model) == peewee.SQL("0" if registry.scope.sqlite else "false")
        return int(model.select().where(broken).count())

    def default(field: Field) -> object:
        return default_of(field, registry.environments.of(SYSTEM))

    return Hooks(
        expression_indexes=dict(_formula_indexes(registry)),
        violations=violations,
        default=default,
        finish=registry.upkeep.finish,
        now=registry.clock.now,
    )


def _formula_indexes(registry: Registry) -> Iterator[tuple[tuple[str, str], str]]:
    """The SQL of every sortable formula that has no column, so that an index can keep its order."""
    for (entity, name), expression in registry.scope.formulas.items():
        if registry.schema.entities[entity].fields[name].sortable:
            model = registry.models[entity]
            sql, values = model.select(registry.scope.sql(SYSTEM, expression, model).alias("value")).sql()
            if not values:
                words = sql.removeprefix("SELECT ").split(' AS "value" FROM ')[0]
                yield (entity, name), words.replace('"t1".', "")


def _make_engine_tables(registry: Registry) -> None:
    registry.tables.create(registry.db)
    own = (registry.files, registry.comments, registry.preferences, registry.inbox, registry.brake, registry.once)
    for part in own:
        part.create_table()
