"""The plan: what lies between the applied specification and a schema, with counts from the database."""

from __future__ import annotations

from collections.abc import Iterator

import peewee

from models.migrations.aside import applied
from models.migrations.engine import Engine, engine_of
from models.migrations.field_steps import FieldSteps
from models.migrations.match import TableChange, match
from models.migrations.plan import Hooks, Plan, Step
from models.migrations.sentences import (
    CHECK,
    CHECK_BROKEN,
    CHECK_GONE,
    CREATE_ENTITY,
    DROP_ENTITY,
    DUPLICATES,
    KEY,
    KEY_GONE,
    RENAME,
    TITLES,
)
from models.migrations.survey import Survey
from models.storage.tables import DatabaseSpec, database_spec, with_null
from schema.spec import CheckSpec, Entity, Schema

NO_HOOKS = Hooks()


def plan(db: peewee.Database, schema: Schema, hooks: Hooks = NO_HOOKS) -> Plan:
    """What ``apply`` would do to bring ``db`` to ``schema``; reads only."""
    engine = engine_of(db)
    with engine.steady():
        return _plan(engine, schema, hooks)


def _plan(engine: Engine, schema: Schema, hooks: Hooks) -> Plan:
    db = engine.db
    before = applied(engine)
    after = database_spec(schema, hooks.expression_indexes)
    changes = match(before or DatabaseSpec(tables=()), after)
    if before is None:
        steps = tuple(_created(change) for change in changes)
        return Plan(db, schema, hooks, before, after, changes, steps)
    after = _settle(engine, changes, after)
    if before == after:
        return Plan(db, schema, hooks, before, after, (), ())
    changes = match(before, after)
    bare = Plan(db, schema, hooks, before, after, changes, ())
    return Plan(db, schema, hooks, before, after, changes, tuple(_steps(engine, bare)))


def _settle(engine: Engine, changes: tuple[TableChange, ...], after: DatabaseSpec) -> DatabaseSpec:
    """``after`` with those required columns left open whose blanks were allowed to remain, and still do."""
    survey = Survey(engine)
    loose: set[tuple[str, str]] = set()
    for change in changes:
        for column in change.columns:
            old, new = column.before, column.after
            if change.before is None or old is None or new is None or new.null or column.fate == "convert":
                continue
            if old.required and old.null and not new.default and survey.blank(change.before.name, old.name):
                loose.add((change.name, new.field))
    return with_null(after, loose) if loose else after


def _created(change: TableChange) -> Step:
    return Step("create", f"create:{change.name}", CREATE_ENTITY.with_(name=change.name))


def _steps(engine: Engine, bare: Plan) -> Iterator[Step]:
    fields = FieldSteps(engine, bare)
    survey = Survey(engine)
    for change in bare.changes:
        if change.after is None:
            yield _dropped(survey, change)
        elif change.before is None:
            yield _created(change)
        else:
            if change.renamed:
                yield _renamed(change)
            yield from fields.steps(change)
            yield from _key_steps(survey, change)
            yield from check_steps(bare, change, bare.schema.entities[change.name])
    yield from (Step("title", f"title:{name}", TITLES.with_(name=name)) for name in sorted(bare.retitle))


def _dropped(survey: Survey, change: TableChange) -> Step:
    lost = survey.records(change.name)
    return Step("drop", f"drop:{change.name}", DROP_ENTITY.with_(name=change.name, n=lost), safe=False, lost=lost)


def _renamed(change: TableChange) -> Step:
    assert change.before is not None
    sentence = RENAME.with_(name=change.name, old=change.before.name)
    return Step("rename", f"rename:{change.name}", sentence)


def _key_steps(survey: Survey, change: TableChange) -> Iterator[Step]:
    assert change.before is not None and change.after is not None
    new_name = {c.before.field: c.after.field for c in change.columns if c.before and c.after}
    old_keys = {tuple(new_name.get(f, f) for f in key) for key in change.before.keys}
    for key in change.after.keys:
        if key not in old_keys:
            yield _new_key(survey, change, key)
    for key in sorted(old_keys - set(change.after.keys)):
        said = " + ".join(key)
        name = f"unkey:{change.name}.{'+'.join(key)}"
        yield Step("unkey", name, KEY_GONE.with_(name=change.name, key=said))


def _new_key(survey: Survey, change: TableChange, key: tuple[str, ...]) -> Step:
    """A new unique key, blocked where records that are there share it."""
    assert change.before is not None
    name, said = f"key:{change.name}.{'+'.join(key)}", " + ".join(key)
    columns = _columns_now(change, key)
    found = survey.duplicates(change.before.name, columns) if columns else None
    if found is None or not found.number:
        return Step("key", name, KEY.with_(name=change.name, key=said))
    samples = ", ".join(found.samples)
    sentence = DUPLICATES.with_(name=change.name, key=said, n=found.number, samples=samples)
    return Step("key", name, sentence, safe=False, blocked=True, samples=found.samples)


def _columns_now(change: TableChange, key: tuple[str, ...]) -> list[str] | None:
    """The columns that hold a new key as of now; None where it takes converted or blank values to tell."""
    columns = []
    for field in key:
        column = change.of(field)
        if column is None or column.before is None or column.fate not in ("keep", "places"):
            return None
        columns.append(column.before.name)
    return columns


def check_steps(bare: Plan, change: TableChange, entity: Entity) -> Iterator[Step]:
    """A step for every check that is new or gone, with the number of records that break a new one."""
    assert change.before is not None and change.after is not None
    for place, check in enumerate(entity.checks, start=1):
        if check.that.source not in change.before.checks:
            countable = not any(c.moves or c.renamed for c in bare.changes) and not _renames_fields(bare)
            yield check_step(bare.hooks, entity, place, check, countable=countable)
    for place, source in enumerate(change.before.checks, start=1):
        if source not in change.after.checks:
            yield Step("uncheck", f"uncheck:{change.name}.{place}", CHECK_GONE.with_(name=change.name, that=source))


def check_step(hooks: Hooks, entity: Entity, place: int, check: CheckSpec, *, countable: bool) -> Step:
    """The step of a new check; what is not ``countable`` before the migration is counted within it."""
    name, that = f"check:{entity.name}.{place}", check.that.source
    broken = hooks.violations(entity, check) if countable else None
    if not broken:
        return Step("check", name, CHECK.with_(name=entity.name, that=that))
    return Step("check", name, CHECK_BROKEN.with_(name=entity.name, that=that, n=broken), safe=False)


def _renames_fields(bare: Plan) -> bool:
    return any(column.renamed for change in bare.changes for column in change.columns)
