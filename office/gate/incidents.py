"""Incidents: the plan's steps copied when one is opened, who is told, and steps ticked with time and person (S9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.followups import Change, Row, follow_up
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from models.storage.database import hold
from office.gate.duty import DutyManager, duty_managers
from office.gate.policy import EmergencyPlans, PlanStep, emergency_plans
from schema.text import Text
from schema.written import say

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

OPEN = "open"

TOLD = Text("突发事件（{severity}{kind}）：{place}", "Incident ({severity}, {kind}): {place}")
IS_OVER = Text("该事件已不在处置中，步骤不能再改。", "The incident is over; its steps stay as they are.")
TICKED = Text("第 {n} 步已办，{at}。", "Step {n} is done, {at}.")
SKIPPED = Text("第 {n} 步不需要：{reason}", "Step {n} is not needed: {reason}")
UNTICKED = Text("第 {n} 步已撤回。", "Step {n} is to be done again.")


def steps_of(plan: Sequence[PlanStep], incident: int, found_at: datetime) -> list[dict[str, Any]]:
    """The records of a plan for an incident that was found at a moment."""
    return [
        {
            "incident": incident, "position": n, "words": _said(step.do),
            "tells": _said(step.tell) if step.tell else None,
            "minutes": step.within, "due_at": found_at + timedelta(minutes=step.within),
        }
        for n, step in enumerate(plan, 1)
    ]  # fmt: skip


@follow_up("incident_opened")
def incident_opened(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Give new incidents the steps of their plan, and tell the duty manager and the roles of the settings.

    One that becomes severe is told of again, to those who have to hear of severe ones. The roster is read as the
    program, to decide whom to tell.
    """
    plans = emergency_plans(registry.schema)
    fresh = _without_steps(registry, [one.row for one in changes if one.old is None and one.new is not None])
    steps = [step for row in fresh for step in steps_of(plans.steps(row["kind"]), row["id"], row["found_at"])]
    registry.store.create_many(actor, "incident_step", steps, source)
    for row in fresh:
        if row["state"] == OPEN:
            _tell(registry, actor, plans, row, source)
    raised = [one.row for one in changes if one.old is not None and one.became("severity", "severe")]
    for row in raised:
        _tell(registry, actor, plans, row, source)


@operation("tick_step")
def tick_step(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Steps that were done now, by the one who says so (S9)."""
    at = f"{now.astimezone(registry.clock.zone):%H:%M}"

    def one(id: int) -> Text:
        step = _running(registry, actor, id)
        values = {"state": "done", "done_at": now, "done_by": actor.id, "reason": None}
        _save(registry, actor, step, values, "tick_step")
        return TICKED.with_(n=step["position"], at=at)

    return registry.store.each(selection.ids, one)


@operation("skip_step")
def skip_step(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Steps that this incident does not need, with the reason (S9)."""

    def one(id: int) -> Text:
        step = _running(registry, actor, id)
        values = {"state": "not_needed", "done_at": now, "done_by": actor.id, "reason": answers["reason"]}
        _save(registry, actor, step, values, "skip_step")
        return SKIPPED.with_(n=step["position"], reason=answers["reason"])

    return registry.store.each(selection.ids, one)


@operation("untick_step")
def untick_step(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Steps that were ticked by mistake; the history keeps what they said (S9)."""

    def one(id: int) -> Text:
        step = _running(registry, actor, id)
        values = {"state": OPEN, "done_at": None, "done_by": None, "reason": None}
        _save(registry, actor, step, values, "untick_step")
        return UNTICKED.with_(n=step["position"])

    return registry.store.each(selection.ids, one)


# -- parts -----------------------------------------------------------------------------------------


def _without_steps(registry: Registry, rows: Sequence[Row]) -> list[Row]:
    """Those of the incidents that have no steps yet: one that comes by again keeps what it has."""
    if not rows:
        return []
    ids = tuple(row["id"] for row in rows)
    query = Query(conditions=(Condition("incident", "in", ids),))
    had = {one.key for one in registry.scope.aggregate(SYSTEM, "incident_step", by=("incident",), query=query)}
    return [row for row in rows if row["id"] not in had]


def _tell(registry: Registry, actor: Actor, plans: EmergencyPlans, row: Row, source: Source) -> None:
    """Tell of an incident, once each, and note on it who was told and who had duty."""
    managers = duty_managers(registry, SYSTEM, row["found_at"])
    roles, users = plans.roles(row["severity"]), [one.account for one in managers if one.account is not None]
    fields = registry.schema.entities["incident"].fields
    words = {name: getattr(fields[name].type, "choices", {})[row[name]].label for name in ("severity", "kind")}
    text = TOLD.with_(**words, place=row["place"])
    registry.inbox.tell(text, roles=roles, users=users, about=("incident", row["id"]), key=f"incident:{row['id']}")
    told = tuple(sorted({one.id for one in registry.accounts.actors(roles, users) if one.id is not None}))
    values = {"told": told or None, "duty_manager": _names(managers) or None}
    registry.store.update(actor, "incident", row["id"], values, source)


def _names(managers: Sequence[DutyManager]) -> str:
    return "、".join(one.name for one in managers)


def _running(registry: Registry, actor: Actor, id: int) -> Record:
    """A step of an incident that is still being dealt with. Raises NotFound, Refused."""
    step = registry.scope.get(actor, "incident_step", id)
    if registry.scope.get(actor, "incident", step["incident"])["state"] != OPEN:
        raise Refused(IS_OVER)
    return step


def _save(registry: Registry, actor: Actor, step: Record, values: Mapping[str, Any], action: str) -> None:
    """Write a step as it was read; raises Stale where a colleague was faster."""
    registry.store.update(actor, "incident_step", step.id, values, Source("action", action), step.version)


def _said(words: Any) -> dict[str, dict[str, str]]:
    """Words as a json field keeps them for people of both languages."""
    text = say(words)
    return {"said": {"zh": text.zh, "en": text.en}}


def open_incident(registry: Registry, actor: Actor, values: Mapping[str, Any]) -> tuple[int, bool]:
    """Write an incident down; returns (id, whether it is a new one).

    The same kind at the same place that still runs is the same incident: a form sent twice opens one. Raises
    NotAllowed, Invalid.
    """
    registry.scope.require(actor, "incident", "create")
    with registry.store.transaction():
        hold(registry.db, "gate")
        same = tuple(Condition(name, "equals", values.get(name)) for name in ("kind", "place"))
        running = Query(conditions=(Condition("state", "equals", OPEN), *same))
        before = registry.scope.ids(actor, "incident", running, 1)
        if before:
            return before[0], False
        return registry.store.create(actor, "incident", values, Source("form")), True
