"""Who is the duty manager at a moment, by the roster: the one of the evening before until the night ends (S9, O1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from models.actor import Actor
from models.query import Condition, Query
from office.gate.policy import gate_policy

if TYPE_CHECKING:
    from models.registry import Registry

MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class DutyManager:
    """One who answers for the estate now; ``account`` is None without one, ``phone`` as the reader may see it."""

    name: str
    phone: str
    account: int | None


def roster_day(moment: datetime, night_ends: time) -> date:
    """The day of the roster that counts at ``moment`` (office time): a night belongs to the day on which it began."""
    return moment.date() - timedelta(days=1) if moment.time() < night_ends else moment.date()


def duty_managers(registry: Registry, actor: Actor, moment: datetime) -> list[DutyManager]:
    """The duty managers at a moment, as ``actor`` sees them; in an office or for a person without a roster, none."""
    if "duty" not in registry.schema.entities or not registry.access.may(actor, "duty", "read"):
        return []
    day = roster_day(moment.astimezone(registry.clock.zone), gate_policy(registry.schema).night_ends)
    of_day = (Condition("day", "equals", day), Condition("shift", "equals", MANAGER))
    rows = registry.scope.page(actor, "duty", Query(conditions=of_day, columns=("staff",), sort="id", size=5)).rows
    ids = list(dict.fromkeys(row["staff"] for row in rows))
    people = registry.scope.records(actor, "staff", ids, ("name", "phone", "account")) if ids else []
    return [DutyManager(one["name"], str(one.get("phone") or ""), one.get("account")) for one in people]
