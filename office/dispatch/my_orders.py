"""The orders of one who goes out: those in hand in the order of doing them, those to take, those done today (S4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from models.query import Condition, Query
from office.dispatch.people import OPEN

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

MOST = 60
"""Orders of each part that a page shows."""
COLUMNS = (
    "number", "matter", "unit", "place", "trade", "priority", "state", "worker", "department", "appointment_at",
    "assigned_at", "waiting_for", "done_at", "given_back_why", "contact", "phone", "due_light", "due_at",
)  # fmt: skip
PRIORITIES = ("urgent", "high", "normal", "low")
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MyOrders:
    """What a worker's page shows. ``more`` are orders in hand, or to take, beyond those shown."""

    now: Sequence[Record]
    later: Sequence[Record]
    """With an appointment after today."""
    to_take: Sequence[Record]
    done: Sequence[Record]
    more: int = 0


def in_turn(orders: Sequence[Record]) -> list[Record]:
    """Orders as they are to be done: what is urgent, then by appointment, then by priority, the oldest first."""
    return sorted(orders, key=_turn)


def _turn(order: Record) -> tuple[bool, bool, datetime, int, datetime]:
    appointment = order["appointment_at"]
    return (
        order["priority"] != "urgent", appointment is None, appointment or LONG_AGO,
        PRIORITIES.index(order["priority"]), order["assigned_at"] or LONG_AGO,
    )  # fmt: skip


def my_orders(registry: Registry, actor: Actor, today: date) -> MyOrders:
    """What this person has in hand, may take, and did today; the same few queries however much it is."""
    # Who holds an order, and not who its worker was: so the few open ones are found, not years of those done.
    mine = (Condition("state", "in", OPEN), Condition("holder", "equals", actor.id))
    in_hand, more = _some(registry, actor, mine)
    free = (Condition("worker", "empty"), Condition("state", "in", ("new", "assigned")))
    to_take, more_to_take = _some(registry, actor, free)
    done_today = (Condition("done_at", "equals", today), Condition("worker", "equals", actor.id))
    done, _ = _some(registry, actor, done_today)
    zone = registry.clock.zone
    later = [one for one in in_hand if _is_later(one, today, zone)]
    return MyOrders(
        now=in_turn([one for one in in_hand if one not in later]), later=in_turn(later), to_take=in_turn(to_take),
        done=done, more=more + more_to_take,
    )  # fmt: skip


def _is_later(order: Record, today: date, zone: ZoneInfo) -> bool:
    appointment = order["appointment_at"]
    return appointment is not None and appointment.astimezone(zone).date() > today


def _some(registry: Registry, actor: Actor, conditions: tuple[Condition, ...]) -> tuple[list[Record], int]:
    """The newest of those, and how many more there are (counted no further than a list counts)."""
    query = Query(conditions=conditions, sort="-id", size=MOST, columns=COLUMNS)
    page = registry.scope.page(actor, "work_order", query)
    return list(page.rows), max(0, page.count - len(page.rows))
