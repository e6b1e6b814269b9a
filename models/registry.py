"""One open office: its schema, its database, and the doors to its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import peewee

from models import operations
from models.access import Access
from models.actor import SYSTEM, Actor, Source
from models.calendars import Calendars
from models.clock import Clock
from models.codes import Codes
from models.environment import Environments
from models.errors import Invalid, Refused
from models.once import Once
from models.operations import Outcome, Selection
from models.people.accounts import Accounts
from models.people.brake import Brake
from models.people.comments import Comments
from models.people.inbox import Inbox
from models.people.preferences import Preferences
from models.reads.scope import Scope
from models.reads.search import SearchIndex
from models.storage.build import Models, build_models
from models.storage.engine_tables import EngineTables, engine_tables
from models.storage.files import Files
from models.storage.numbers import Numbers
from models.storage.rows import Rows
from models.storage.upkeep import Upkeep
from models.writes.deadlines import Deadlines
from models.writes.derived import Derived
from models.writes.history import History
from models.writes.store import Store
from models.writes.titles import Titles
from models.writes.trash import Trash
from models.writes.values import REQUIRED, default_of
from models.writes.writing import Writing
from schema.expressions import evaluate
from schema.spec import Field, Schema
from schema.text import BadValue, Text

_NOT_NOW = Text("当前状态下不能进行此操作。", "This cannot be done in its present state.")


@dataclass(frozen=True)
class Registry:
    """Everything an open office is made of. The screens and operations use ``scope``, ``store`` and ``access``;
    ``rows`` and ``models`` are for the engine itself."""

    schema: Schema
    db: peewee.Database
    var: Path
    clock: Clock
    models: Models
    tables: EngineTables
    access: Access
    search: SearchIndex
    rows: Rows
    scope: Scope
    store: Store
    history: History
    trash: Trash
    numbers: Numbers
    titles: Titles
    derived: Derived
    upkeep: Upkeep
    environments: Environments
    calendars: Calendars
    deadlines: Deadlines
    accounts: Accounts
    files: Files
    comments: Comments
    preferences: Preferences
    inbox: Inbox
    codes: Codes
    brake: Brake
    once: Once

    @contextmanager
    def connection(self) -> Iterator[None]:
        """A database connection for the length of a request, a command or a stream."""
        with self.db.connection_context():
            yield

    def act(
        self, actor: Actor, entity: str, name: str, ids: tuple[int, ...], answers: Mapping[str, Any], source: Source
    ) -> Outcome:
        """Run a named action on the records among ``ids`` that the actor may do it on.

        Raises NotAllowed, Invalid (answers), Refused; records that are not ready are listed as skipped.
        """
        spec = self.schema.entities[entity]
        action = spec.actions.get(name)
        if action is None:
            raise Refused(Text("没有这项操作。", "There is no such action."))
        self.scope.require(actor, entity, name)
        asked = answers_of(self, actor, action.ask, answers)
        with nullcontext() if operations.is_in_parts(name) else self.store.transaction():
            visible = self.scope.visible_ids(actor, entity, ids, name)
            environment = self.environments.of(actor)
            outcome, ready = Outcome(), []
            for id in (i for i in ids if i in visible):
                row = self.rows.one(entity, id)
                if action.when is None or (row and evaluate(action.when, row, environment) is True):
                    ready.append(id)
                else:
                    outcome.skipped.append((id, _NOT_NOW))
            if ready:
                deputy = replace(actor, writes=action.writes)
                done = operations.find(name)(self, Selection(entity, tuple(ready)), deputy, self.clock.now(), asked)
                outcome.done += done.done
                outcome.skipped += done.skipped
                outcome.files += done.files
        return outcome

    def close(self) -> None:
        """Close every connection."""
        if hasattr(self.db, "close_all"):
            self.db.close_all()
        else:
            self.db.close()


def answers_of(registry: Registry, actor: Actor, ask: Mapping[str, Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for an action or a document, in normal form. Raises Invalid."""
    context = registry.scope.context(actor)
    found: dict[str, Any] = {}
    problems: dict[str, list[Text]] = {}
    for name, field in ask.items():
        value = given[name] if name in given else default_of(field, registry.environments.of(actor))
        try:
            found[name] = None if value in (None, "") else field.type.check(value, context)
        except BadValue as wrong:
            problems[name] = [wrong.text]
            continue
        if found[name] is None and field.required:
            problems[name] = [REQUIRED]
    if problems:
        raise Invalid(problems, {name: field.label for name, field in ask.items()})
    return found


def assemble(schema: Schema, database: peewee.Database, var: Path, clock: Clock) -> Registry:
    """The parts of an office put together on a database; nothing is read or written yet."""
    models, tables = build_models(schema, database), engine_tables(database)
    access, search = Access(schema), SearchIndex(database)
    rows = Rows(schema, models)
    scope = Scope(schema, models, access, search, clock)
    titles, history = Titles(schema, rows, search), History(schema, access, tables.history)
    environments, calendars = Environments(rows, clock), Calendars(schema, models, clock.zone)
    derived = Derived(schema, rows, scope)
    numbers, trash = Numbers(tables.number, search.sqlite), Trash(schema, tables.trash)
    deadlines = Deadlines(environments, calendars)
    writing = Writing(scope, rows, titles, history, numbers, environments, derived, deadlines)
    store = Store(database, scope, rows, writing, trash, environments)
    accounts = Accounts(database, models, store)
    registry = Registry(
        schema=schema, db=database, var=var, clock=clock, models=models, tables=tables, access=access, search=search,
        rows=rows, scope=scope, store=store, history=history, trash=trash, numbers=numbers, titles=titles,
        derived=derived, upkeep=Upkeep(schema, rows, titles, derived, deadlines, scope.context(SYSTEM)),
        environments=environments, calendars=calendars, deadlines=deadlines, accounts=accounts,
        files=Files(database, var / "files", clock), comments=Comments(database, scope, clock),
        preferences=Preferences(database), inbox=Inbox(database, accounts, scope, clock), codes=Codes(var),
        brake=Brake(database), once=Once(database, clock),
    )  # fmt: skip
    writing.preparations.registry = writing.follow_ups.registry = registry
    return registry
