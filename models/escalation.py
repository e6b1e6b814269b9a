"""Tells of deadlines that are past: the job ``escalate_deadlines``, each step of each deadline once, in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.deadline_rules import Standing, raised_next
from models.jobs import JobResult, job
from models.people.inbox import Telling
from models.storage.rows import Row
from schema.spec import Entity, Schema
from schema.spec_clocks import DeadlineSpec, EscalationSpec
from schema.text import Text
from schema.types.lights import length_words

if TYPE_CHECKING:
    from models.registry import Registry

AT_ONCE = 200
"""Records told of in one transaction."""

DONE = Text("上报 {n} 次。", "{n} raised.")
TOLD = Text("{deadline}超时 {length}：{title}", "{deadline} is late by {length}: {title}")
STEP = Text("{step}：{said}", "{step}: {said}")


@job("escalate_deadlines")
def escalate(registry: Registry, actor: Actor, now: datetime, told: Any) -> JobResult:
    """Raise what was past its time by ``now``, and tell those whom the schema names.

    It looks at every record, as the engine does that keeps the deadlines; who may not read a record is not told of it.
    """
    raised = 0
    for spec in registry.schema.entities.values():
        for deadline in spec.deadlines.values():
            while deadline.escalate and (late := _late(registry, spec, deadline, now)):
                done = _raise(registry, actor, spec, deadline, late, now)
                raised += done
                if not done:  # another process is at it
                    break
    return JobResult(raised, DONE.with_(n=raised))


def _late(registry: Registry, spec: Entity, deadline: DeadlineSpec, now: datetime) -> list[int]:
    """The records whose next step has come, by the index, those first that have waited longest."""
    model: Any = registry.models[spec.name]
    moment = getattr(model, deadline.raise_at)
    query = model.select(model.id).where(moment < now).order_by(moment).limit(AT_ONCE)
    return [row[0] for row in query.tuples()]


def _raise(
    registry: Registry, actor: Actor, spec: Entity, deadline: DeadlineSpec, ids: list[int], now: datetime
) -> int:
    """One step for each record; what another process has raised by then is left to it."""
    raised = 0
    with registry.store.transaction():
        tellings: list[Telling] = []
        for _, row in sorted(registry.rows.read(spec.name, ids).items()):
            if _is_due(deadline, row, now) and _take(registry, spec, deadline, row):
                tellings.append(_told(registry, actor, spec, deadline, row))
                raised += 1
        registry.inbox.tell_each(tellings)
    return raised


def _is_due(deadline: DeadlineSpec, row: Row, now: datetime) -> bool:
    moment = row[deadline.raise_at]
    return moment is not None and moment < now


def _take(registry: Registry, spec: Entity, deadline: DeadlineSpec, row: Row) -> bool:
    """Note in the record that the step is done; False where someone else was quicker. Its version stays: nobody has
    changed anything of it."""
    model: Any = registry.models[spec.name]
    moment, steps = getattr(model, deadline.raise_at), (row[deadline.raised] or 0) + 1
    standing = Standing(due_at=row[deadline.due_at], raised=steps)
    following = raised_next(deadline.escalate, registry.calendars[deadline.calendar], standing)
    fresh = {deadline.raised: steps, deadline.raise_at: following}
    return bool(model.update(fresh).where((model.id == row["id"]) & (moment == row[deadline.raise_at])).execute())


def _told(registry: Registry, actor: Actor, spec: Entity, deadline: DeadlineSpec, row: Row) -> Telling:
    """Write the step into the history, and say what people are to be told."""
    now, before = registry.clock.now(), row[deadline.raised] or 0
    step, due = deadline.escalate[before], row[deadline.due_at]
    registry.history.write(
        actor, spec.name, row["id"], row["title_text"], f"raise:{deadline.name}:{before + 1}", {},
        Source("job", actor.job), now,
    )  # fmt: skip
    said = TOLD.with_(deadline=deadline.label, length=length_words(now - due), title=row["title_text"])
    return Telling(
        STEP.with_(step=step.label, said=said) if step.label is not None else said,
        roles=step.roles,
        users=tuple(_people(step, row)),
        about=(spec.name, row["id"]),
        key=f"{deadline.name}:{spec.name}:{row['id']}:{due:%Y%m%dT%H%M%S}:{before + 1}",
    )


def _people(step: EscalationSpec, row: Row) -> Iterator[int]:
    yield from (row[name] for name in step.people if row.get(name) is not None)


def step_words(schema: Schema, spec: Entity, deadline: str, number: str) -> Text | None:
    """What a step of escalation is called: its label, or whom it tells; None of one that is not there any more."""
    found = spec.deadlines.get(deadline)
    at = int(number) - 1 if number.isascii() and number.isdigit() else -1
    if found is None or not 0 <= at < len(found.escalate):
        return None
    step = found.escalate[at]
    names = [schema.roles[name].label for name in step.roles] + [spec.fields[name].label for name in step.people]
    whom = Text("、".join(name.to("zh") for name in names), ", ".join(name.to("en") for name in names))
    said = step.label if step.label is not None else whom
    return Text("{deadline} → {said}", "{deadline} → {said}").with_(deadline=found.label, said=said)
