"""The pipeline every write takes: check → guard → row → title, search, derived values → history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import peewee

from models.actor import Actor, Source
from models.environment import Environments
from models.errors import Invalid, NotAllowed, Stale, Unconfirmed
from models.followups import FollowUps
from models.preparations import Preparations, Prepared
from models.reads.formulas import COMPUTED
from models.reads.scope import Scope
from models.storage.numbers import Numbers
from models.storage.rows import Row, Rows
from models.writes.deadlines import NONE_UNDONE, Deadlines
from models.writes.derived import Derived
from models.writes.guards import bad_links, refuse_duplicates, refuse_without_keeper
from models.writes.history import History
from models.writes.titles import Titles
from models.writes.values import Found, broken_checks, defaults, missing, normal
from schema.spec import Entity, Field
from schema.text import Text
from schema.types.base import Context
from schema.types.lights import ClockMoment

_COLLIDES = Text(
    "与其他记录冲突，未保存。请刷新后再试。", "It collides with another record and was not saved. Reload and try again."
)
_FOLLOWS = Text(
    "“{title}”要跟着改，但改不了：{why}", "“{title}” goes by this record and could not be brought up to date: {why}"
)
_OUTSIDE = Text(
    "保存后的{label}会超出您的管理范围，未保存。", "The {label} would lie outside your own area; it was not saved."
)


class Writing:
    """Saves rows that the store has found the actor may save. Always runs inside the store's transaction."""

    def __init__(
        self, scope: Scope, rows: Rows, titles: Titles, history: History, numbers: Numbers,
        environments: Environments, derived: Derived, deadlines: Deadlines,
    ) -> None:  # fmt: skip
        self.scope, self.rows, self.titles, self.history = scope, rows, titles, history
        self.numbers, self.environments, self.derived, self.deadlines = numbers, environments, derived, deadlines
        self.preparations, self.follow_ups = Preparations(), FollowUps()

    def insert(self, actor: Actor, spec: Entity, values: Mapping[str, Any], source: Source) -> int:
        """Save a new record with its defaults, numbers and title; returns its id. Raises Invalid, Duplicate."""
        context, environment = self.scope.context(actor), self.environments.of(actor)
        given, problems = normal(spec, values, context)
        row: Row = dict.fromkeys((f.name for f in spec.fields.values() if is_kept(f)), None)
        row.update(defaults(spec, given, environment))
        row.update({**given, **self.signed(actor, new=True)})
        row, prepared = self._checked(actor, spec, row, given, problems)
        self.number(spec, [row])
        row.update(version=1, **self.titles.columns(spec.name, row, context))
        row["id"] = self._guarded(spec, lambda: self.rows.insert(spec.name, row))
        if row["title_text"] == "#":
            self._retitle(spec, row, context)
        self.titles.index(spec.name, [row], context, fresh=True)
        self.derived.after(spec.name, row["id"], None, row)
        changes = {name: (None, row[name]) for name in spec.fields if _logged(spec, name) and row.get(name) is not None}
        self._log(actor, spec, row, "create", changes, source)
        self.follow_ups.note(spec, {row["id"]: None})
        self._follow(actor, prepared, source)
        return int(row["id"])

    def save(
        self, actor: Actor, spec: Entity, old: Row, changes: Mapping[str, Any], verb: str, source: Source,
        comment: str | None = None, problems: Found | None = None, undone: Mapping[str, Any] = NONE_UNDONE,
    ) -> None:  # fmt: skip
        """Save ``changes`` (in normal form) of the row ``old``; ``undone`` are fields of deadlines that go back to what
        they were. Raises Invalid, Duplicate, Stale."""
        context = self.scope.context(actor)
        row, prepared = self._checked(actor, spec, {**old, **changes}, changes, dict(problems or {}), old, undone)
        changed = {n: row[n] for n in spec.fields if is_kept(spec.fields[n]) and row.get(n) != old.get(n)}
        if not changed and not changes:
            return
        written = {**changed, **self.signed(actor, new=False)}
        if self.titles.depends_on(spec.name).intersection(changed):
            written.update(self.titles.columns(spec.name, row, context))
        if not self._guarded(spec, lambda: self.rows.update(spec.name, old["id"], written, old["version"])):
            theirs = self.scope.get(actor, spec.name, old["id"])
            raise Stale(theirs, changes, list(changes))
        if spec.builtin:
            refuse_without_keeper(self.scope, actor, spec)
        row.update(written, version=old["version"] + 1)
        self._after_save(spec, old, row, context)
        self._log(
            actor,
            spec,
            row,
            verb,
            {n: (old.get(n), row.get(n)) for n in changed if is_told(spec.fields[n])},
            source,
            comment,
        )
        self.follow_ups.note(spec, {row["id"]: old})
        self._follow(actor, prepared, source)

    def remove(self, actor: Actor, spec: Entity, row: Row, source: Source) -> None:
        """Take a row out of its table, the index and what was derived from it. Raises Invalid."""
        prepared = self._prepared(actor, spec, row, None)
        self._guarded(spec, lambda: self.rows.delete(spec.name, row["id"]))
        if spec.show.search:
            self.titles.search.drop(spec.name, [row["id"]])
        self.derived.after(spec.name, row["id"], row, None)
        changes = {n: (row[n], None) for n in spec.fields if _logged(spec, n) and row.get(n) is not None}
        self._log(actor, spec, row, "delete", changes, source)
        self.follow_ups.note(spec, {row["id"]: row})
        self._follow(actor, prepared, source)

    def put_back(self, actor: Actor, spec: Entity, row: Row, source: Source) -> None:
        """Insert a row that comes from the trash under its old id. Raises Duplicate, Invalid."""
        context = self.scope.context(actor)
        refuse_duplicates(self.scope, actor, spec, row, row)
        links = {n: row.get(n) for n in spec.fields if is_kept(spec.fields[n])}
        if lost := bad_links(self.scope, actor, spec, links):
            raise Invalid(lost, labels(spec))
        prepared = self._prepared(actor, spec, None, row)
        row = {**row, **prepared.values, **self.signed(actor, new=False), "version": row["version"] + 1}
        row.update(self.deadlines.of(spec, row, row, self.scope.clock.now()))
        row.update(self.titles.columns(spec.name, row, context))
        self._guarded(spec, lambda: self.rows.insert(spec.name, row))
        self.titles.index(spec.name, [row], context, fresh=True)
        self.derived.after(spec.name, row["id"], None, row)
        self._log(actor, spec, row, "restore", {}, source)
        self.follow_ups.note(spec, {row["id"]: None})
        self._follow(actor, prepared, source)

    # -- parts -------------------------------------------------------------------------------------

    def _checked(
        self, actor: Actor, spec: Entity, row: Row, touched: Mapping[str, Any], problems: Found, old: Row | None = None,
        undone: Mapping[str, Any] = NONE_UNDONE,
    ) -> tuple[Row, Prepared]:  # fmt: skip
        """``row`` prepared, what is not shown cleared and its deadlines turned; and what its preparation wants done
        afterwards.

        Raises Invalid with everything that is wrong, or Duplicate.
        """
        environment = self.environments.of(actor)
        prepared = Prepared() if problems else self.preparations.one(actor, spec, old, row)
        row, touched = {**row, **prepared.values}, {**touched, **prepared.values}
        cleared, blank = missing(spec, row, environment, lambda name: name not in problems)
        row = {**row, **cleared}
        row |= self.deadlines.of(spec, old, row, self.scope.clock.now(), undone)
        if old is not None and blank:
            before = missing(spec, old, environment, lambda name: True)[1]
            blank = {name: texts for name, texts in blank.items() if name in touched or name not in before}
        lost = bad_links(self.scope, actor, spec, {name: row[name] for name in touched if name in row})
        problems = {**problems, **prepared.problems, **blank, **lost}
        if not problems:
            problems = broken_checks(spec, row, environment)
        if problems:
            raise Invalid(problems, labels(spec))
        refuse_duplicates(self.scope, actor, spec, row, touched if old is not None else row)
        _refuse_unconfirmed(spec, prepared)
        return row, prepared

    def _prepared(self, actor: Actor, spec: Entity, old: Row | None, row: Row | None) -> Prepared:
        """What the preparation of a record that goes or comes back asks for. Raises Invalid."""
        prepared = self.preparations.one(actor, spec, old, row)
        if prepared.problems:
            raise Invalid(prepared.problems, labels(spec))
        _refuse_unconfirmed(spec, prepared)
        return prepared

    def _follow(self, actor: Actor, prepared: Prepared, source: Source) -> None:
        """Save again what goes by a record that was just written. Raises Invalid, naming what cannot follow."""
        for entity, id in prepared.after:
            spec, row = self.scope.schema.entities[entity], self.rows.one(entity, id)
            try:
                if row is not None:
                    self.save(actor, spec, row, {}, "update", source)
            except Invalid as refused:
                said = _FOLLOWS.with_(title=(row or {}).get("title_text", ""), why=refused.text)
                raise Invalid({"": [said]}, labels(spec)) from refused

    def signed(self, actor: Actor, new: bool) -> dict[str, Any]:
        """Who writes, and when: the system fields of a saved row."""
        now = self.scope.clock.now()
        changed = {"changed_at": now, "changed_by": actor.id}
        return {**changed, "created_at": now, "created_by": actor.id} if new else changed

    def number(self, spec: Entity, rows: Sequence[Row]) -> None:
        """Give the rows the next numbers of the entity's series, in order."""
        for field in spec.fields.values():
            if field.type.name == "number":
                blank = [row for row in rows if not row.get(field.name)]
                for row, text in zip(blank, self.take_numbers(field, len(blank)), strict=True):
                    row[field.name] = text

    def take_numbers(self, field: Field, count: int) -> list[str]:
        """The next ``count`` numbers of a field's series."""
        options: Any = field.type.options
        today, series = self.scope.clock.today(), f"{field.entity}.{field.name}"
        return self.numbers.take(series, options.series, options.restart, today, count) if count else []

    def _retitle(self, spec: Entity, row: Row, context: Context) -> None:
        row.update(self.titles.columns(spec.name, row, context))
        model: Any = self.rows.models[spec.name]
        fresh = {name: row[name] for name in ("title_text", "title_order")}
        model.update(fresh).where(model.id == row["id"]).execute()

    def _after_save(self, spec: Entity, old: Row, row: Row, context: Context) -> None:
        if any(row.get(n) != old.get(n) for n in ("title_text", *spec.show.search)):
            self.titles.index(spec.name, [row], context)
        if row["title_text"] != old["title_text"]:
            self.titles.follow(spec.name, row["id"], context)
        self.derived.after(spec.name, row["id"], old, row)

    def _log(
        self, actor: Actor, spec: Entity, row: Row, verb: str, changes: Mapping[str, tuple[Any, Any]],
        source: Source, comment: str | None = None,
    ) -> None:  # fmt: skip
        now = self.scope.clock.now()
        self.history.write(actor, spec.name, row["id"], row["title_text"], verb, changes, source, now, comment)

    def _guarded(self, spec: Entity, write: Any) -> Any:
        """Run a write whose key someone else may take at the same moment; the database then says no."""
        try:
            return write()
        except peewee.IntegrityError as error:
            raise Invalid({"": [_COLLIDES]}, labels(spec)) from error


def _refuse_unconfirmed(spec: Entity, prepared: Prepared) -> None:
    if prepared.confirm:
        raise Unconfirmed({name: [text] for name, text in prepared.confirm.items()}, labels(spec))


def labels(spec: Entity) -> dict[str, Text]:
    """The labels of an entity's fields, to name them in a refusal."""
    return {"": Text("", ""), **{name: field.label for name, field in spec.fields.items()}}


def refuse_outside(scope: Scope, actor: Actor, spec: Entity, id: int, action: str) -> None:
    """Raises NotAllowed when a written record lies outside what the actor may do ``action`` on."""
    if not actor.system and not scope.visible_ids(actor, spec.name, [id], action):
        raise NotAllowed(_OUTSIDE.with_(label=spec.label))


def is_kept(field: Any) -> bool:
    """Whether the store keeps a value for the field, in a column or in a table of links."""
    return bool(field.type.stored) or field.type.name == "refs"


def _logged(spec: Entity, name: str) -> bool:
    field = spec.fields[name]
    return is_kept(field) and not field.system and field.type.name not in COMPUTED and is_told(field)


def is_told(field: Field) -> bool:
    """Whether history keeps its changes: not of what follows from other fields of the same record."""
    return not (isinstance(field.type, ClockMoment) and field.type.follows)


def logged_fields(spec: Entity) -> Iterable[str]:
    """The fields whose values history keeps."""
    return (name for name in spec.fields if _logged(spec, name))
