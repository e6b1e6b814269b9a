"""What follows from a work order: its request moves with it, and what is done and charged is billed (S4, S5, F14)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM
from models.followups import Change, follow_up
from models.people.inbox import Telling
from models.query import Condition, Query
from office.dispatch.charging import bill_done
from office.dispatch.states import OVER, request_state
from office.raw_rows import raw_rows
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor, Source
    from models.registry import Registry

GIVEN_BACK = Text("退单，请改派：{title}（{why}）", "Given back, to be sent again: {title} ({why})")
OF_ORDER = ("request", "state", "worker", "department", "waiting_for", "for_resident", "result", "done_at")


@follow_up("order_moved")
def order_moved(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Move the requests of orders that changed hands or state, and bill what was finished and is charged."""
    moved = [one for one in changes if one.differs("state", "worker", "department", "waiting_for", "for_resident")]
    if moved:
        _move_requests(registry, actor, {one.row["request"] for one in moved}, source)
    _tell_given_back(registry, changes)
    done = [one.id for one in changes if one.became("state", "done") and one.old is not None]
    if done:
        bill_done(registry, actor, done, source)


def _tell_given_back(registry: Registry, changes: Sequence[Change]) -> None:
    """Tell those who sent somebody that the order came back, and why."""
    told = []
    for one in changes:
        old, new = one.old or {}, one.new or {}
        times = new.get("given_back") or 0
        if old and times > (old.get("given_back") or 0) and old.get("assigned_by") is not None:
            said = GIVEN_BACK.with_(title=new["title_text"], why=new.get("given_back_why") or "")
            key = f"order:{one.id}:back:{times}"
            told.append(Telling(said, users=(old["assigned_by"],), about=("work_order", one.id), key=key))
    if told:
        registry.inbox.tell_each(told)


def _move_requests(registry: Registry, actor: Actor, requests: set[int], source: Source) -> None:
    orders = _orders_of(registry, requests)
    kept = ("state", "solution", "solved_by", "assigned_to", "department", "waiting_for", "reopened_at")
    query = Query(ids=tuple(sorted(requests)), sort="id")
    wanted = {
        id: new
        for id, *values in raw_rows(registry, SYSTEM, "service_request", query, kept)
        if (new := moved_request(dict(zip(kept, values, strict=True)), orders[id]))
    }
    registry.store.update_many(actor, "service_request", wanted, source)


def moved_request(request: Mapping[str, Any], orders: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What changes about a request by its orders (in the order of their making); {} for nothing.

    What was done before it was opened again did not settle it, and counts no more.
    """
    again = request.get("reopened_at")
    orders = [one for one in orders if not (again and one["state"] == "done" and one["done_at"] <= again)]
    state = request_state(request["state"], [_state_of(order) for order in orders])
    new: dict[str, Any] = {}
    left = [order for order in orders if order["state"] not in OVER]
    if left:
        new = {"assigned_to": left[-1]["worker"], "department": left[-1]["department"]}
    waiting = [order for order in left if _state_of(order) == "waiting"]
    if state == "waiting" and waiting:
        new["waiting_for"] = waiting[-1]["waiting_for"]
    elif request["state"] == "waiting" and state != "waiting":
        new["waiting_for"] = None
    if state != request["state"]:
        new["state"] = state
        if state == "solved":
            new |= _solved(request, [order for order in orders if order["state"] == "done"])
    return {name: value for name, value in new.items() if name not in request or request[name] != value}


def _state_of(order: Mapping[str, Any]) -> str:
    """The state as it counts for the request: who waits for parts is at work on it, and its clock runs on."""
    return "arrived" if order["state"] == "waiting" and not order["for_resident"] else str(order["state"])


def _solved(request: Mapping[str, Any], done: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """When, by whom and how: of the order that was done last; a solution that was written stays."""
    last = max(done, key=lambda order: str(order["done_at"] or ""))
    new = {"solved_at": last["done_at"], "solved_by": last["worker"]}
    return new if request["solution"] else {**new, "solution": last["result"]}


def _orders_of(registry: Registry, requests: set[int]) -> Mapping[int, list[dict[str, Any]]]:
    """The orders of each request, oldest first; read as SYSTEM to decide, for a worker need not see his colleagues'."""
    query = Query(conditions=(Condition("request", "in", tuple(sorted(requests))),), sort="id")
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for _, *values in raw_rows(registry, SYSTEM, "work_order", query, OF_ORDER):
        row = dict(zip(OF_ORDER, values, strict=True))
        found[row["request"]].append(row)
    return found
