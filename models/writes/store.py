"""The one door for writes: granted? → in scope? → check, guard, write, history, all in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import peewee

from models.actor import Actor, Source
from models.environment import Environments
from models.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from models.followups import Unfollowed
from models.operations import Outcome
from models.reads.scope import Scope
from models.storage.rows import Row, Rows
from models.writes.bulk import SMALLEST, STRETCH, Bulk, Doubt
from models.writes.bulk_changes import BulkChanges
from models.writes.bulk_removal import BulkRemoval
from models.writes.deadlines import NONE_UNDONE, undone_clocks
from models.writes.guards import refuse_while_referred
from models.writes.history import field_called
from models.writes.trash import Trash, in_scope
from models.writes.values import REQUIRED, normal, refuse_unwritable
from models.writes.writing import Writing, labels, refuse_outside
from schema.expressions import Expression, evaluate
from schema.spec import Entity, Step
from schema.text import Text

Values = Mapping[str, Any]

_NOT_READY = Text("条件不满足，不能“{label}”。", "The condition for “{label}” does not hold.")
_CHANGED_SINCE = Text(
    "“{label}”之后又被修改过，不能撤销。", "“{label}” was changed again since; this cannot be undone."
)


class Store:
    """Create, update, delete, restore, step and undo, for whoever asks through whatever door."""

    def __init__(
        self, database: peewee.Database, scope: Scope, rows: Rows, writing: Writing, trash: Trash,
        environments: Environments,
    ) -> None:  # fmt: skip
        self.db, self.scope, self.rows, self.writing = database, scope, rows, writing
        self.trash, self.environments = trash, environments
        self.bulk, self.removal = Bulk(writing), BulkRemoval(writing, trash)
        self.changes = BulkChanges(writing)
        self.schema = scope.schema

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; one inside another is a savepoint."""
        with self.db.atomic():
            yield

    @contextmanager
    def gathered(self, actor: Actor, source: Source) -> Iterator[None]:
        """A transaction whose writes are followed up all together, at its end. Raises Unfollowed."""
        with self.transaction(), self.writing.follow_ups.after(actor, source, gather=True):
            yield

    @contextmanager
    def _whole(self, actor: Actor, source: Source) -> Iterator[None]:
        """A write with all that follows from it, in one transaction. Raises Unfollowed."""
        with self.transaction(), self.writing.follow_ups.after(actor, source):
            yield

    @contextmanager
    def _together(self, actor: Actor, source: Source) -> Iterator[None]:
        """The same of many records: where something does not follow from one of them, all are in doubt."""
        try:
            with self._whole(actor, source):
                yield
        except Unfollowed as refused:
            raise Doubt from refused

    @contextmanager
    def rehearse(self) -> Iterator[None]:
        """Everything is really done, and undone at the end (a dry run)."""
        with self.db.atomic() as transaction:
            yield
            transaction.rollback()

    def create(self, actor: Actor, entity: str, values: Values, source: Source) -> int:
        """A new record; returns its id. Raises NotAllowed, Invalid, Duplicate."""
        spec = self.schema.entities[entity]
        self.scope.require(actor, entity, "create")
        refuse_unwritable(self.scope.access, actor, spec, values, new=True)
        with self._whole(actor, source):
            id = self.writing.insert(actor, spec, values, source)
            refuse_outside(self.scope, actor, spec, id, "create")
        return id

    def create_many(
        self, actor: Actor, entity: str, many: Iterable[Values], source: Source, normal: bool = False
    ) -> list[int]:
        """New records, all or none; returns their ids in order. Raises what ``create`` would of the first bad one.

        ``normal`` says that every value is in its type's normal form, as parsing and rules leave it.
        """
        with self.transaction():
            found: list[int] = []
            for id in self.create_each(actor, entity, many, source, normal):
                if isinstance(id, Refused):
                    raise id
                found.append(id)
            return found

    def create_each(
        self, actor: Actor, entity: str, many: Iterable[Values], source: Source, normal: bool = False
    ) -> Iterator[int | Refused]:
        """The id of each new record in turn, or why it was refused; refused ones leave no trace.

        Good records are written many at a time. The caller holds the transaction. ``normal`` says that every
        value is in its type's normal form, as parsing leaves it.
        """
        spec = self.schema.entities[entity]
        self.scope.require(actor, entity, "create")
        waiting = iter(many)
        while stretch := list(islice(waiting, STRETCH)):
            yield from self._created_together(actor, spec, stretch, source, normal)

    def create_together(self, actor: Actor, entity: str, many: Sequence[Values], source: Source) -> Sequence[int]:
        """New records, whose values are in normal form, as one set; returns their ids, in order.

        Raises Doubt where one of them may have to be refused. Some is written then: the caller rolls it back.
        """
        self.scope.require(actor, entity, "create")
        with self._together(actor, source):
            return self.bulk.create(actor, self.schema.entities[entity], many, source, normal=True)

    def _created_together(
        self, actor: Actor, spec: Entity, stretch: Sequence[Values], source: Source, normal: bool
    ) -> Iterator[int | Refused]:
        """All of them at once, or where one is in doubt by halves, or one by one."""
        try:
            with self._together(actor, source):
                ids = self.bulk.create(actor, spec, stretch, source, normal)
        except Doubt:
            if len(stretch) <= SMALLEST:
                yield from (self._created(actor, spec.name, values, source) for values in stretch)
                return
            half = len(stretch) // 2
            yield from self._created_together(actor, spec, stretch[:half], source, normal)
            yield from self._created_together(actor, spec, stretch[half:], source, normal)
        else:
            yield from ids

    def _created(self, actor: Actor, entity: str, values: Values, source: Source) -> int | Refused:
        try:
            with self.transaction():
                return self.create(actor, entity, values, source)
        except Refused as refused:
            return refused

    def update(
        self, actor: Actor, entity: str, id: int, values: Values, source: Source, version: int | None = None,
        undone: Values = NONE_UNDONE, comment: str | None = None,
    ) -> bool:  # fmt: skip
        """Change a record; False when ``values`` change nothing.

        ``version`` is the one the actor started from; ``undone`` are fields of deadlines that go back to what they had;
        ``comment`` stands beside the change in the history.
        Raises NotFound, NotAllowed, Invalid, Duplicate, Stale.
        """
        spec = self.schema.entities[entity]
        with self._whole(actor, source):
            # What a running action may write takes no grant to update, only that the actor may see the record.
            old = self._row(actor, spec, id, "read" if actor.may_write(entity, values) else "update")
            refuse_unwritable(self.scope.access, actor, spec, values)
            clean, problems = normal(spec, values, self.scope.context(actor))
            changes = {name: value for name, value in clean.items() if value != old.get(name)}
            if not changes and not problems:
                return False
            if version is not None and version != old["version"]:
                raise Stale(self.scope.get(actor, entity, id), values, list(changes))
            self.writing.save(actor, spec, old, changes, "update", source, comment, problems, undone)
            refuse_outside(self.scope, actor, spec, id, "read" if actor.may_write(entity, values) else "update")
        return True

    def update_many(self, actor: Actor, entity: str, changes: Mapping[int, Values], source: Source) -> int:
        """Change records, all or none: new values by id; returns how many of them differ now.

        Raises what ``update`` would of the first bad one.
        """
        if not changes:
            return 0
        with self.transaction():
            try:
                with self._together(actor, source):
                    return self.changes.save(actor, self.schema.entities[entity], changes, source)
            except Doubt:
                with self.gathered(actor, source):
                    return sum(self.update(actor, entity, id, values, source) for id, values in changes.items())

    def delete(self, actor: Actor, entity: str, id: int, source: Source) -> int:
        """Put a record into the trash; returns the entry's id. Raises NotFound, NotAllowed, StillReferred."""
        spec = self.schema.entities[entity]
        with self._whole(actor, source):
            row = self._row(actor, spec, id, "delete")
            refuse_while_referred(self.scope, actor, entity, id, row["title_text"])
            self.trash.put(entity, row, actor, self.scope.clock.now())
            self.writing.remove(actor, spec, row, source)
            return self.trash.entry_of(entity, id) or 0

    def delete_together(
        self, actor: Actor, entity: str, ids: Sequence[int], source: Source, *, keep: bool = True
    ) -> None:
        """Put records into the trash as one set; with ``keep`` False nothing of them can be restored.

        Raises NotAllowed, and Doubt where one of them may have to stay; then nothing is deleted.
        """
        self.scope.require(actor, entity, "delete")
        with self._together(actor, source):
            self.removal.remove(actor, self.schema.entities[entity], ids, source, keep=keep)

    def restore(self, actor: Actor, entity: str, trash_id: int, source: Source) -> int:
        """Bring a record back from the trash; returns its id. Raises NotFound, NotAllowed, Duplicate."""
        spec = self.schema.entities[entity]
        self.scope.require(actor, entity, "restore")
        with self._whole(actor, source):
            kept = self.trash.take(trash_id)
            if kept is None or kept[0] != entity or not self.may_see_trashed(actor, entity, kept[1], "restore"):
                raise NotFound(spec.label)
            self.writing.put_back(actor, spec, kept[1], source)
            self.trash.forget(trash_id)
            refuse_outside(self.scope, actor, spec, kept[1]["id"], "restore")
            return int(kept[1]["id"])

    def may_see_trashed(self, actor: Actor, entity: str, row: Row, action: str = "read") -> bool:
        """Whether a row in the trash lies in the actor's scope for ``action``."""
        for name in dict.fromkeys(("read", action)):
            verdict = self.scope.access.verdict(actor, entity, name)
            environment = self.environments.of(actor)
            if not verdict.everything and not in_scope(self.schema, entity, row, verdict.scopes, environment):
                return False
        return True

    def step(
        self, actor: Actor, entity: str, id: int, name: str, values: Values, comment: str, source: Source,
        version: int | None = None,
    ) -> None:  # fmt: skip
        """Take a workflow step. Raises NotFound, NotAllowed, Invalid, Stale, Refused."""
        spec = self.schema.entities[entity]
        step = self._step(spec, name)
        with self._whole(actor, source):
            old = self._row(actor, spec, id, name)
            if version is not None and version != old["version"]:
                raise Stale(self.scope.get(actor, entity, id), values, list(values))
            changes, problems = self._stepped(actor, spec, step, old, values)
            if step.comment and not comment.strip():
                problems["comment"] = [REQUIRED]
            if problems:
                raise Invalid(problems, labels(spec))
            self.writing.save(actor, spec, old, changes, f"step:{name}", source, comment.strip() or None)

    def steps(self, actor: Actor, entity: str, id: int) -> list[Step]:
        """The steps the actor may take on a record as it stands, whether or not something is still to be filled in."""
        spec = self.schema.entities[entity]
        if not spec.workflow or not (row := self.rows.one(entity, id)):
            return []
        state, environment = row[spec.workflow.field], self.environments.of(actor)
        return [
            step for step in spec.workflow.steps.values()
            if state in step.from_ and self.scope.access.may(actor, entity, step.name)
            and (step.when is None or evaluate(step.when, row, environment) is True)
            and self.scope.visible_ids(actor, entity, [id], step.name)
        ]  # fmt: skip

    def undo(self, actor: Actor, change_id: int, source: Source) -> None:
        """Take back one change from the history. Raises NotFound, NotAllowed, Refused when it was changed again."""
        change = self.writing.history.raw(change_id)
        if change is None or change["entity"] not in self.schema.entities:
            raise NotFound(Text("修改记录", "change"))
        spec = self.schema.entities[change["entity"]]
        verb, id = change["verb"], change["record_id"]
        if verb in ("create", "restore"):
            self.delete(actor, spec.name, id, source)
        elif verb == "delete":
            self.restore(actor, spec.name, self.trash.entry_of(spec.name, id) or 0, source)
        elif verb == "update":
            self._take_back(actor, spec, id, json.loads(change["changes"]), source)
        else:
            raise Refused(Text("这一步不能撤销，请用流程中的步骤。", "This cannot be undone; use a workflow step."))

    def each(self, ids: Sequence[int], do: Callable[[int], Text]) -> Outcome:
        """Do something to records one by one; a refused one is listed with its reason and does not stop the rest."""
        outcome = Outcome()
        with self.transaction():
            for id in ids:
                try:
                    with self.transaction():
                        outcome.done.append((id, do(id)))
                except Refused as refused:
                    outcome.skipped.append((id, refused.text))
        return outcome

    # -- parts -------------------------------------------------------------------------------------

    def _row(self, actor: Actor, spec: Entity, id: int, action: str) -> Row:
        """The row for writing. NotFound if the actor cannot see it, NotAllowed if only this action is denied."""
        self.scope.require(actor, spec.name, action)
        if not self.scope.visible_ids(actor, spec.name, [id], action):
            if not self.scope.visible_ids(actor, spec.name, [id]):
                raise NotFound(spec.label)
            raise NotAllowed(
                Text("您对这条{label}没有此项权限。", "You may not do this with this {label}.").with_(label=spec.label)
            )
        row = self.rows.one(spec.name, id)
        if row is None:
            raise NotFound(spec.label)
        return row

    def _step(self, spec: Entity, name: str) -> Step:
        if spec.workflow is None or name not in spec.workflow.steps:
            raise NotFound(Text("步骤", "step"))
        return spec.workflow.steps[name]

    def _stepped(
        self, actor: Actor, spec: Entity, step: Step, old: Row, values: Values
    ) -> tuple[dict[str, Any], dict[str, list[Text]]]:
        """The changes of a step, and what is missing for it. Raises Refused when the record is not ready for it."""
        flow = spec.workflow
        assert flow is not None
        if old[flow.field] not in step.from_:
            raise Refused(_wrong_state(spec, step, old[flow.field]))
        if step.when is not None and evaluate(step.when, old, self.environments.of(actor)) is not True:
            raise Refused(_NOT_READY.with_(label=step.label))
        asked = {name: value for name, value in values.items() if name in (*step.ask, *step.needs)}
        changes, problems = normal(spec, asked, self.scope.context(actor))
        environment = self.environments.of(actor)
        for name, value in step.set.items():
            changes[name] = evaluate(value, old, environment) if isinstance(value, Expression) else value
        changes[flow.field] = step.to
        new = {**old, **changes}
        problems |= {n: [REQUIRED] for n in step.needs if new.get(n) in (None, (), False) and n not in problems}
        if not problems and step.that is not None and evaluate(step.that, new, environment) is not True:
            raise Refused(step.say or _NOT_READY.with_(label=step.label))
        return changes, problems

    def _take_back(
        self, actor: Actor, spec: Entity, id: int, kept: Mapping[str, Sequence[Any]], source: Source
    ) -> None:
        with self._whole(actor, source):
            now = self._row(actor, spec, id, "update")
            back: dict[str, Any] = {}
            for name, (old, new) in kept.items():
                field = field_called(spec, name)
                if field is None or field.type.computed or field.system:
                    continue
                if now.get(field.name) != (None if new is None else field.type.from_json(new)):
                    raise Refused(_CHANGED_SINCE.with_(label=field.label))
                back[field.name] = None if old is None else field.type.from_json(old)
            refuse_unwritable(self.scope.access, actor, spec, back)
            undone = undone_clocks(spec, kept, now)
            self.writing.save(actor, spec, now, back, "update", source, undone=undone)
            refuse_outside(self.scope, actor, spec, id, "update")


def _wrong_state(spec: Entity, step: Step, state: str) -> Text:
    assert spec.workflow is not None
    choices = getattr(spec.fields[spec.workflow.field].type, "choices", {})
    now = choices[state].label if state in choices else Text(str(state), str(state))
    return Text(
        "当前状态是“{state}”，不能“{step}”。", "It is in state “{state}”; “{step}” is not possible from there."
    ).with_(state=now, step=step.label)
