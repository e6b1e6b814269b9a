"""Many new records at once: what the store does one by one, done set by set.

Each stretch is prepared in memory, written with one statement a table, and then asked of the database as a whole:
does any row break a check, lie outside the scope, point at nothing? Where any doubt arises the stretch is rolled back
and goes through the store row by row, which says precisely which record is wrong and why. So the answers are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import peewee

from models.actor import Actor, Source
from models.errors import Refused
from models.guards import unique_keys, visible_targets
from models.rows import Row, batches
from models.values import defaults, missing, refuse_unwritable
from models.writing import Writing, is_kept, logged_fields
from schema.spec import Entity
from schema.text import BadValue

STRETCH = 500
Values = Mapping[str, Any]


class Doubt(Exception):
    """Something about these rows has to be looked at one by one."""


class Bulk:
    """Creates many records of one entity for one actor. Runs inside the store's transaction."""

    def __init__(self, writing: Writing) -> None:
        self.writing = writing
        self.scope, self.rows, self.titles = writing.scope, writing.rows, writing.titles

    def create(
        self, actor: Actor, spec: Entity, many: Sequence[Values], source: Source, normal: bool = False
    ) -> list[int]:
        """Save new records and return their ids, in order. Raises Doubt where one of them may have to be refused.

        ``normal`` says that every value is in its type's normal form already.
        """
        try:
            refuse_unwritable(self.scope.access, actor, spec, {name for values in many for name in values}, new=True)
        except Refused as error:
            raise Doubt from error
        if spec.prepare:
            raise Doubt
        rows = self._prepared(actor, spec, many, normal)
        self._link(actor, spec, rows)
        self._unique(spec, rows)
        self._finish(actor, spec, rows)
        try:
            self.rows.insert_many(spec.name, rows)
        except peewee.IntegrityError as error:
            raise Doubt from error
        self._ask(actor, spec, rows)
        self._after(actor, spec, rows, source)
        return [row["id"] for row in rows]

    # -- in memory ---------------------------------------------------------------------------------

    def _prepared(self, actor: Actor, spec: Entity, many: Sequence[Values], normal: bool) -> list[Row]:
        """Whole rows in normal form, with defaults; required fields are there."""
        context, environment = self.scope.context(actor), self.writing.environments.of(actor)
        fields = {name: field for name, field in spec.fields.items() if is_kept(field)}
        blank: Row = {**dict.fromkeys(fields), **defaults(spec, {}, environment)}
        required = [f.name for f in fields.values() if f.required and not f.type.computed and not f.system]
        conditional = any(f.shown_if is not None or f.required_if is not None for f in fields.values())
        checks: dict[str, Callable[..., Any]] = {name: field.type.check for name, field in fields.items()}
        rows: list[Row] = []
        for values in many:
            row = {**blank, **values} if normal else blank.copy()
            try:
                for name, value in () if normal else values.items():
                    row[name] = None if value is None or value == "" else checks[name](value, context)
            except (BadValue, KeyError) as wrong:
                raise Doubt from wrong
            if any(row[name] in (None, ()) for name in required):
                raise Doubt
            if conditional:
                cleared, problems = missing(spec, row, environment, lambda name: True)
                if problems:
                    raise Doubt
                row.update(cleared)
            rows.append(row)
        return rows

    def _link(self, actor: Actor, spec: Entity, rows: Sequence[Row]) -> None:
        """Every record that the rows point at exists for the actor."""
        wanted: dict[str, set[int]] = defaultdict(set)
        for field in spec.fields.values():
            if field.type.name in ("ref", "refs") and not field.system:
                for row in rows:
                    value = row.get(field.name)
                    if value is not None:
                        wanted[field.target].update(value if isinstance(value, tuple) else (value,))
        for target, ids in wanted.items():
            if ids - visible_targets(self.scope, actor, target, ids):
                raise Doubt

    def _unique(self, spec: Entity, rows: Sequence[Row]) -> None:
        """No two rows, and no row and a record, have the same key."""
        model = self.rows.models[spec.name]
        for key in unique_keys(spec):
            held = [tuple(row[name] for name in key) for row in rows]
            whole = [values for values in held if None not in values]
            if len(set(whole)) < len(whole):
                raise Doubt
            # The most telling column narrows the search; the rest is compared here.
            best = max(range(len(key)), key=lambda at: len({values[at] for values in whole}), default=0)
            columns = [getattr(model, name) for name in key]
            asked = set(whole)
            for some in batches(sorted({values[best] for values in whole}, key=str)):
                found = model.select(*columns).where(columns[best].in_(list(some))).tuples()
                if any(tuple(values) in asked for values in found):
                    raise Doubt

    def _finish(self, actor: Actor, spec: Entity, rows: Sequence[Row]) -> None:
        """Signature, version, number, title and id of each row."""
        context, signed = self.scope.context(actor), self.writing.signed(actor, new=True)
        known = self.titles.known(spec, rows)
        for id, row in zip(self.rows.reserve(spec.name, len(rows)), rows, strict=True):
            row.update(signed, version=1, id=id)
        self.writing.number(spec, rows)
        for row in rows:
            row.update(self.titles.columns(spec.name, row, context, known))

    # -- in the database -----------------------------------------------------------------------------

    def _ask(self, actor: Actor, spec: Entity, rows: Sequence[Row]) -> None:
        """The written rows, as a set, keep every check and lie in the actor's scope."""
        model = self.rows.models[spec.name]
        ids = [row["id"] for row in rows]
        unbroken = ids[-1] - ids[0] + 1 == len(ids)
        mine = model.id.between(ids[0], ids[-1]) if unbroken else model.id.in_(ids)
        false = peewee.SQL("0" if self.scope.sqlite else "false")
        for check in spec.checks:
            broken = self.scope.sql(actor, check.that, model) == false
            if model.select(model.id).where(mine & broken).limit(1).tuples():
                raise Doubt
        if actor.system:
            return
        condition = self.scope.condition(actor, spec.name, "create")
        if condition is not None and model.select().where(mine & condition).count() != len(rows):
            raise Doubt

    def _after(self, actor: Actor, spec: Entity, rows: Sequence[Row], source: Source) -> None:
        """Search index, history and what is derived."""
        self.titles.index(spec.name, rows, self.scope.context(actor), fresh=True)
        names, now = tuple(logged_fields(spec)), self.scope.clock.now()
        history = self.writing.history
        history.write_many(
            history.entry(
                actor, spec.name, row["id"], row["title_text"], "create",
                {name: (None, row[name]) for name in names if row[name] is not None}, source, now,
            )
            for row in rows
        )  # fmt: skip
        derived = self.writing.derived
        if derived.touches(spec.name):
            with derived.later():
                for row in rows:
                    derived.after(spec.name, row["id"], None, row)
