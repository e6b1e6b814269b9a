"""What stands before a clerk when somebody calls: who lives there, what is open, what they said last (S1, S6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM
from models.query import Condition, Query
from office.finding import Person, people_by
from office.requests.policy import policy_of
from schema.spec import Choice

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

OPEN = "state not in ['solved', 'called_back', 'closed', 'cancelled']"
"""Somebody still has to do something about it, in whatever state of an office's own it may be."""
OPEN_SHOWN, LATER_SHOWN, CALLS_SHOWN, MINE_SHOWN = 8, 4, 3, 10
LINE = ("number", "kind", "matter", "state", "unit", "place", "trade", "taken_at", "due_at", "due_light")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One who lives in the unit, and what is to be minded about them."""

    person: Person
    care: tuple[Choice, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A unit as the desk sees it; ``owes`` is None for those who do not see the sign."""

    unit: Record
    people: tuple[Neighbour, ...]
    owes: bool | None
    open: tuple[Record, ...]
    later: tuple[Record, ...]
    calls: tuple[Record, ...]

    @property
    def care(self) -> tuple[tuple[str, Choice], ...]:
        """(name, flag) of everybody there who needs care."""
        return tuple((one.person.name, flag) for one in self.people for flag in one.care)


def panel(registry: Registry, actor: Actor, unit: int) -> Panel:
    """The panel of a unit, in a fixed number of queries. Raises NotFound, NotAllowed."""
    record = registry.scope.get(actor, "unit", unit)
    there = [one for one in people_by(registry, actor, "unit", [unit]).get(unit, ()) if not one.left]
    here = (Condition("unit", "equals", unit),)
    return Panel(
        unit=record,
        people=tuple(_neighbours(registry, actor, there)),
        owes=unit in owing(registry, [unit]) if sees_arrears(registry, actor) else None,
        open=_requests(registry, actor, Query(conditions=here, where=OPEN, size=OPEN_SHOWN, sort="-id")),
        later=_requests(registry, actor, Query(conditions=here, where=f"not ({OPEN})", size=LATER_SHOWN, sort="-id")),
        calls=_calls(registry, actor, unit),
    )


def sees_arrears(registry: Registry, actor: Actor) -> bool:
    """Whether the actor sees the sign that a household owes."""
    return actor.system or bool(actor.roles.intersection(policy_of(registry.schema).arrears_for))


def owing(registry: Registry, units: Sequence[int]) -> set[int]:
    """Those of ``units`` that owe something due by now.

    Read as SYSTEM, for the front desk may not read bills: what comes out is yes or no, and never how much.
    """
    late = (
        Condition("unit", "in", tuple(units)), Condition("state", "equals", "published"),
        Condition("due_on", "to", registry.clock.today()),
    )  # fmt: skip
    rows = registry.scope.aggregate(SYSTEM, "bill", by=("unit",), query=Query(conditions=late), where="owed > 0")
    return {row.key for row in rows}


def taken_today(registry: Registry, actor: Actor) -> tuple[Record, ...]:
    """What the actor took today, the newest first."""
    mine = (Condition("owner", "equals", actor.id), Condition("taken_at", "equals", registry.clock.today()))
    return _requests(registry, actor, Query(conditions=mine, size=MINE_SHOWN, sort="-taken_at"))


def due_next(registry: Registry, actor: Actor) -> tuple[Record, ...]:
    """What of the actor's own, or given to them, is due next; the latest first."""
    mine = Query(
        conditions=(Condition("due_at", "filled"),), where="owner == actor or assigned_to == actor", size=MINE_SHOWN,
        sort="due_at",
    )  # fmt: skip
    return _requests(registry, actor, mine)


def _requests(registry: Registry, actor: Actor, query: Query) -> tuple[Record, ...]:
    wanted = Query(conditions=query.conditions, where=query.where, size=query.size, sort=query.sort, columns=LINE)
    return registry.scope.page(actor, "service_request", wanted).rows


def _calls(registry: Registry, actor: Actor, unit: int) -> tuple[Record, ...]:
    """The last callbacks that reached somebody there."""
    if not registry.access.may(actor, "callback", "read"):
        return ()
    made = (Condition("unit", "equals", unit), Condition("state", "equals", "done"))
    columns = ("name", "done_at", "satisfaction", "words", "request")
    query = Query(conditions=made, size=CALLS_SHOWN, sort="-id", columns=columns)
    return registry.scope.page(actor, "callback", query).rows


def _neighbours(registry: Registry, actor: Actor, people: Sequence[Person]) -> list[Neighbour]:
    """Each with their care flags, as far as the actor may know them."""
    found = registry.scope.records(actor, "resident", [one.id for one in people], ("care", "care_note"))
    told = {record.id: record for record in found}
    choices: Any = getattr(registry.schema.entities["resident"].fields["care"].type, "choices", {})
    return [
        Neighbour(
            one,
            tuple(choices[code] for code in _value(told.get(one.id), "care") or () if code in choices),
            _value(told.get(one.id), "care_note") or "",
        )
        for one in people
    ]


def _value(record: Record | None, name: str) -> Any:
    value = record.get(name) if record is not None else None
    return value if isinstance(value, (str, tuple)) else None
