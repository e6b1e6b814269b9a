"""Many new records at once: what the store does one by one, done set by set and column by column.

Each stretch is prepared in memory, written with one statement a table, and then asked of the database as a whole:
does any row break a check, lie outside the scope, point at nothing? Where any doubt arises the stretch is rolled back
and is tried in halves; what is left of it goes through the store row by row, which says precisely which record is
wrong and why. So the answers are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from models.actor import Actor, Source
from models.errors import Refused
from models.storage.lots import Column, Lot, each, is_plain, one_by_one
from models.storage.rows import Row, among
from models.writes.guards import linking, visible_targets
from models.writes.values import default_of, refuse_unwritable
from models.writes.writing import Writing, is_kept, logged_fields
from schema.expressions import Environment, evaluate
from schema.spec import Entity, Field
from schema.text import BadValue
from schema.types.base import Context

STRETCH = 2000
SMALLEST = 50
"""Records of a stretch in doubt that are looked at one by one rather than halved again."""
Values = Mapping[str, Any]


class Doubt(Exception):
    """Something about these records has to be looked at one by one."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What has to be seen to in new records of an entity."""

    kept: Mapping[str, Field]
    required: tuple[str, ...]
    """Fields that must always be filled in."""
    links: tuple[Field, ...]
    numbers: tuple[Field, ...]
    logged: tuple[str, ...]
    texts: tuple[str, ...]
    """Those whose column is the JSON that history keeps: spelt once."""
    conditional: tuple[Field, ...]
    """Those that may or must be blank, depending on others."""


class Bulk:
    """Creates many records of one entity for one actor. Runs inside the store's transaction."""

    def __init__(self, writing: Writing) -> None:
        self.writing = writing
        self.scope, self.rows, self.titles = writing.scope, writing.rows, writing.titles
        self._plans: dict[str, _Plan] = {}

    def create(
        self, actor: Actor, spec: Entity, many: Sequence[Values], source: Source, normal: bool = False
    ) -> Sequence[int]:
        """Save new records and return their ids, in order. Raises Doubt where one of them may have to be refused.

        ``normal`` says that every value is in its type's normal form already.
        """
        plan = self._plans.get(spec.name) or self._plans.setdefault(spec.name, _plan(spec))
        context, environment = self.scope.context(actor), self.writing.environments.of(actor)
        lot = Lot(many, _blank(plan, spec, environment))
        self._refuse_unwritable(actor, spec, lot)
        if not normal:
            _normalise(plan, lot, context)
        if not self.writing.preparations.fill(actor, spec, tuple(plan.kept), lot):
            raise Doubt
        _fill_in(plan, lot, environment)
        self._link(actor, plan, spec, lot)
        self._sign(actor, plan, spec, lot, context)
        spelt = {name: one_by_one(lot.columns[name], self.rows.column(spec.name, name).db_value) for name in plan.texts}
        try:
            first = self.writing.derived.first_values(spec.name, lot.columns)
            self.rows.insert_many(spec.name, {**lot.columns, **first}, spelt)
        except peewee.IntegrityError as error:
            raise Doubt from error
        self._ask(actor, spec, lot)
        self._after(actor, plan, spec, lot, source, spelt)
        ids: Sequence[int] = lot.columns["id"]
        self.writing.follow_ups.note(spec, dict.fromkeys(ids) if spec.follow else {})
        return ids

    # -- in memory ---------------------------------------------------------------------------------

    def _refuse_unwritable(self, actor: Actor, spec: Entity, lot: Lot) -> None:
        try:
            refuse_unwritable(self.scope.access, actor, spec, lot.given, new=True)
        except Refused as error:
            raise Doubt from error

    def _link(self, actor: Actor, plan: _Plan, spec: Entity, lot: Lot) -> None:
        """Every record that the new ones point at exists for the actor.

        Where all records of a kind do, the foreign keys of the tables see to it.
        """
        wanted: dict[tuple[str, Actor], set[int]] = defaultdict(set)
        for field in plan.links:
            whose = linking(actor, spec, field)
            if not self.scope.access.verdict(whose, field.target, "read").everything:
                wanted[field.target, whose] |= _linked(lot.columns[field.name], field)
        for (target, whose), ids in wanted.items():
            if ids - visible_targets(self.scope, whose, target, ids):
                raise Doubt

    def _sign(self, actor: Actor, plan: _Plan, spec: Entity, lot: Lot, context: Context) -> None:
        """Signature, version, number, id and title of each record."""
        for name, value in {**self.writing.signed(actor, new=True), "version": 1}.items():
            lot.fill(name, value)
        lot.columns["id"] = self.rows.reserve(spec.name, lot.count)
        for field in plan.numbers:
            column = lot.columns[field.name]
            taken = iter(self.writing.take_numbers(field, sum(not value for value in column)))
            lot.columns[field.name] = [value or next(taken) for value in column]
        self.titles.fill(spec, lot, context)
        self.writing.deadlines.fill(spec, lot, self.scope.clock.now())

    # -- in the database -----------------------------------------------------------------------------

    def _ask(self, actor: Actor, spec: Entity, lot: Lot) -> None:
        """The written rows, as a set, keep every check and lie in the actor's scope."""
        model, ids = self.rows.models[spec.name], lot.columns["id"]
        unbroken = ids[-1] - ids[0] + 1 == len(ids)
        mine = model.id.between(ids[0], ids[-1]) if unbroken else among(model.id, ids)
        false = peewee.SQL("0" if self.scope.sqlite else "false")
        for check in spec.checks:
            broken = self.scope.sql(actor, check.that, model) == false
            if model.select(model.id).where(mine & broken).limit(1).tuples():
                raise Doubt
        if actor.system:
            return
        condition = self.scope.condition(actor, spec.name, "create")
        if condition is not None and model.select().where(mine & condition).count() != lot.count:
            raise Doubt

    def _after(
        self, actor: Actor, plan: _Plan, spec: Entity, lot: Lot, source: Source, spelt: Mapping[str, Column]
    ) -> None:
        """Search index, history and what is derived."""
        self.titles.index_new(spec, lot, self.scope.context(actor))
        now = self.scope.clock.now()
        self.writing.history.write_whole(actor, spec, lot.columns, plan.logged, source, now, spelt=spelt)
        if self.writing.derived.touches(spec.name):
            self.writing.derived.after_many(spec.name, lot.columns, new=True)


def _plan(spec: Entity) -> _Plan:
    kept = {name: field for name, field in spec.fields.items() if is_kept(field)}
    fields = tuple(kept.values())
    people = tuple(f for f in fields if not f.type.computed and not f.system)
    return _Plan(
        kept=kept,
        required=tuple(f.name for f in people if f.required and f.shown_if is None),
        links=tuple(f for f in fields if f.type.name in ("ref", "refs") and not f.system),
        numbers=tuple(f for f in fields if f.type.name == "number"),
        logged=tuple(logged_fields(spec)),
        texts=tuple(f.name for f in fields if f.type.kind == "json" and f.type.name == "json"),
        conditional=tuple(f for f in people if f.shown_if is not None or f.required_if is not None),
    )


def _blank(plan: _Plan, spec: Entity, environment: Environment) -> dict[str, Any]:
    """A record that says nothing: defaults, and the workflow's first state."""
    blank: dict[str, Any] = dict.fromkeys(plan.kept)
    blank |= {f.name: default_of(f, environment) for f in spec.fields.values() if f.default is not None}
    if spec.workflow:
        blank[spec.workflow.field] = spec.workflow.start
    return blank


def _normalise(plan: _Plan, lot: Lot, context: Context) -> None:
    """Bring every value that was given into its type's normal form."""
    for name in lot.given:
        column: Column = lot.columns[name]
        if "" in column:
            column = [None if value == "" else value for value in column]
        convert = each if is_plain(column) else one_by_one
        try:
            lot.columns[name] = convert(column, _checking(plan.kept[name], context))
        except (BadValue, KeyError) as wrong:
            raise Doubt from wrong


def _checking(field: Field, context: Context) -> Callable[[Any], Any]:
    check = field.type.check
    return lambda value: check(value, context)


def _fill_in(plan: _Plan, lot: Lot, environment: Environment) -> None:
    """What is required is there, and what is not shown is cleared. Raises Doubt."""
    for name in plan.required:
        kinds = {*map(type, lot.columns[name])}
        if type(None) in kinds or (tuple in kinds and () in lot.columns[name]):
            raise Doubt
    rows = list(lot.rows(tuple(plan.kept))) if plan.conditional else []
    for field in plan.conditional:
        column = list(lot.columns[field.name])
        for at, row in enumerate(rows):
            is_blank = row[field.name] in (None, ())
            if field.shown_if is not None and evaluate(field.shown_if, row, environment) is not True:
                column[at] = None if not is_blank else column[at]
            elif is_blank and (field.required or _is_required(field, row, environment)):
                raise Doubt
        lot.columns[field.name] = column


def _is_required(field: Field, row: Row, environment: Environment) -> bool:
    return field.required_if is not None and evaluate(field.required_if, row, environment) is True


def _linked(column: Column, field: Field) -> set[int]:
    """The ids that a column of links names."""
    there = {value for value in column if value is not None}
    return {id for ids in there for id in ids} if field.type.name == "refs" else there
