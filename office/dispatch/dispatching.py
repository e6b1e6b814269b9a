"""Sending somebody: a request becomes a work order, and an order finds its department and worker (S4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from models.storage.locking import lock_rows
from office.dispatch.people import Candidate, best, candidates
from office.dispatch.states import MOVED_BY_ORDERS, OVER
from office.requests.appointments import refuse_past
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

COPIED = ("unit", "building", "place", "matter", "phone", "priority")
CHARGED_KIND = "special"
"""Requests of this kind are paid services: their orders start as charged."""

NOT_NOW = Text("“{state}”的报事不能派单。", "A request that is {state} cannot be dispatched.")
THERE_IS_ONE = Text(
    "已有未完工的维修单 {number}，请在那张单上改派。", "There is an open work order already, {number}; assign that one."
)
NOBODY = Text("没有找到合适的人：请选择部门或维修人。", "Nobody suitable was found: choose a department or a worker.")
NOT_STAFF = Text("“{name}”没有员工档案，不能派单。", "{name} has no staff file and cannot be sent.")
AWAY = Text("“{name}”{day}不在（请假或外出），请另派。", "{name} is away on {day}; send somebody else.")
ELSEWHERE = Text("“{name}”不属于该部门。", "{name} is not of that department.")
SENT = Text("已派 {number}：{who}。", "Dispatched as {number}: {who}.")
ASSIGNED = Text("已派给 {who}。", "Assigned to {who}.")


@dataclass(frozen=True, slots=True)
class Target:
    """Who is to do it: a department, and one of its people or, for any of them to take, nobody yet."""

    department: int | None
    worker: int | None
    name: str


@operation("dispatch")
def dispatch(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Make a work order of each request, for whom the answers name or who suits best; the request is assigned (S4)."""
    return registry.store.each(selection.ids, lambda one: _dispatch(registry, actor, now, one, answers))


@operation("assign_order")
def assign_order(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Give work orders to somebody, or to somebody else; who had them has them no longer (S4)."""
    return registry.store.each(selection.ids, lambda one: _assign(registry, actor, now, one, answers))


def target(
    registry: Registry, department: int | None, worker: int | None, trade: str | None, day: date,
    last: int | None = None,
) -> Target:  # fmt: skip
    """Who is meant: what is named is taken, what is left open is found. Raises Refused where nobody suits.

    Without a worker the department alone: its own people take it. With neither, the best candidate of the trade; where
    nobody has it, the department of the trade, and at ``last`` the one that answers for the matter. Staff files are
    read as SYSTEM, to decide.
    """
    people = candidates(registry, day)
    if worker is not None:
        one = next((each for each in people if each.account == worker), None)
        _refuse_worker(registry, one, worker, department, day)
        assert one is not None
        return Target(department if department is not None else one.department, worker, one.name)
    if department is not None:
        return Target(department, None, _name(registry, department))
    found = best(people, trade) if trade else None
    if found is not None:
        return Target(found.department, found.account, found.name)
    fallback = (department_of(registry, trade) if trade else None) or last
    if fallback is None:
        raise Refused(NOBODY)
    return Target(fallback, None, _name(registry, fallback))


def department_of(registry: Registry, trade: str) -> int | None:
    """The department that a trade belongs to, the first where several say so."""
    rows = registry.scope.stream(SYSTEM, "department", Query(columns=("trades",), sort="id"))
    return next((row.id for row in rows if trade in (row["trades"] or ())), None)


def _refuse_worker(
    registry: Registry, one: Candidate | None, worker: int, department: int | None, day: date
) -> None:  # fmt: skip
    """Raises Refused for an account that is no staff, is away that day, or is of another department."""
    if one is None:
        raise Refused(NOT_STAFF.with_(name=registry.scope.titles(SYSTEM, "user", [worker]).get(worker, "")))
    if one.is_away:
        raise Refused(AWAY.with_(name=one.name, day=day))
    if department is not None and one.department not in (None, department):
        raise Refused(ELSEWHERE.with_(name=one.name))


def _name(registry: Registry, department: int) -> str:
    return registry.scope.titles(SYSTEM, "department", [department]).get(department, "")


def _day(registry: Registry, now: datetime, appointment: datetime | None) -> date:
    """The day of the appointment, today where there is none or it has passed."""
    return max(now, appointment or now).astimezone(registry.clock.zone).date()


def _dispatch(registry: Registry, actor: Actor, now: datetime, id: int, answers: Mapping[str, Any]) -> Text:
    lock_rows(registry.db, "service_request", [id])
    request = registry.scope.get(actor, "service_request", id)
    _refuse_request(registry, request)
    trade = answers.get("trade") or request["trade"]
    _refuse_second(registry, id, trade)
    refuse_past(registry, answers.get("appointment_at"), now)
    appointment = answers.get("appointment_at") or request["appointment_at"]
    day = _day(registry, now, appointment)
    who = target(registry, answers.get("department"), answers.get("worker"), trade, day, request["department"])
    values = {
        **{name: request.get(name) for name in COPIED}, **_person(request), "request": id, "trade": trade,
        "appointment_at": appointment, "note": answers.get("note"), **_assignment(actor, who, now),
        "is_charged": request["kind"] == CHARGED_KIND,
    }  # fmt: skip
    source = Source("action", "dispatch")
    order = registry.store.create(actor, "work_order", values, source)
    moved = {"trade": trade, "appointment_at": appointment, "department": who.department, "assigned_to": who.worker}
    if request["state"] == "new":
        moved["state"] = "assigned"
    registry.store.update(actor, "service_request", id, moved, source)
    number = registry.scope.get(actor, "work_order", order)["number"]
    return SENT.with_(number=number, who=who.name)


def _refuse_request(registry: Registry, request: Record) -> None:
    if request["state"] not in MOVED_BY_ORDERS:
        choices = getattr(registry.schema.entities["service_request"].fields["state"].type, "choices", {})
        raise Refused(NOT_NOW.with_(state=choices[request["state"]].label))


def _refuse_second(registry: Registry, request: int, trade: str | None) -> None:
    """Raises Refused where somebody of that trade is sent already: pressing twice sends one. Read as SYSTEM, to
    decide."""
    mine = (Condition("request", "equals", request), Condition("state", "not_in", OVER))
    query = Query(conditions=mine, columns=("number", "trade"), sort="id")
    for order in registry.scope.stream(SYSTEM, "work_order", query):
        if order["trade"] == trade:
            raise Refused(THERE_IS_ONE.with_(number=order["number"]))


def _person(request: Record) -> dict[str, Any]:
    """Whom to ask for: the name that was given, else the caller's own."""
    return {"contact": request.get("caller_name") or request.titles.get("caller")}


def _assignment(actor: Actor, who: Target, now: datetime) -> dict[str, Any]:
    return {
        "state": "assigned", "department": who.department, "worker": who.worker, "assigned_at": now,
        "assigned_by": actor.id,
    }  # fmt: skip


def _assign(registry: Registry, actor: Actor, now: datetime, id: int, answers: Mapping[str, Any]) -> Text:
    lock_rows(registry.db, "work_order", [id])
    order = registry.scope.get(actor, "work_order", id)
    refuse_past(registry, answers.get("appointment_at"), now)
    appointment = answers.get("appointment_at") or order["appointment_at"]
    day = _day(registry, now, appointment)
    named = (answers.get("department"), answers.get("worker"))
    who = target(registry, *named, order["trade"], day, order["department"])
    values = {
        **_assignment(actor, who, now), "appointment_at": appointment, "accepted_at": None, "arrived_at": None,
        "waiting_for": None, "for_resident": False, "waiting_at": None,
    }  # fmt: skip
    if answers.get("note"):
        values["note"] = answers["note"]
    registry.store.update(actor, "work_order", id, values, Source("action", "assign_order"), order.version)
    return ASSIGNED.with_(who=who.name)
