"""The queue: whom to call now, in which order, and the next call that nobody has in hand (S6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.query import Condition, Query
from office.callbacks.claims import holder
from office.callbacks.policy import CALLBACK, callbacks_of

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

MOST = 200
"""Calls that one page shows."""
GROUPS = ("promised", "due", "retry")
"""The states of calls to make, in the order in which they are made."""
MOST_COUNTED = 1000
NOW, LATER = "not_before <= now", "not_before > now"
"""Calls to make whose time has come, and those whose has not; one that is over has no such moment."""
UNSIGNED = (Condition("unsigned_since", "filled"),)
COLUMNS = (
    "rule", "name", "phone", "about", "unit", "resident", "request", "work_order", "dunning_step", "state", "due_on",
    "not_before", "promised_on", "question", "tries", "claimed_by", "claimed_until", "unsigned_since", "done_at",
    "done_by", "satisfaction", "words",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One call of the queue: ``held_by`` is who has it in hand just now, ``is_mine`` whether that is the reader."""

    call: Record
    held_by: str = ""
    is_mine: bool = False

    @property
    def is_free(self) -> bool:
        return not self.held_by


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of one state."""

    name: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The calls to make: in groups, and how many there are of each part of the page."""

    groups: Sequence[Group]
    counts: Mapping[str, int]
    more: int
    """Calls beyond those shown."""

    @property
    def lines(self) -> list[Line]:
        """All of them in the order in which they are made."""
        return [line for group in self.groups for line in group.lines]

    @property
    def free(self) -> int:
        """How many of those shown nobody has in hand."""
        return sum(line.is_free for line in self.lines)


def order_of(call: Mapping[str, Any]) -> tuple[Any, ...]:
    """Where a call stands in the queue: replies promised for a day that has come, then what is due by its day, then
    further tries by their moment."""
    rank = GROUPS.index(call["state"])
    return (rank, call["not_before"] if call["state"] == "retry" else call["due_on"], call["not_before"], call["id"])


def to_call(registry: Registry, actor: Actor, now: datetime, rule: str = "") -> Waiting:
    """The calls that this person may make now, of all rules or of one. Raises NotAllowed."""
    registry.scope.require(actor, CALLBACK, "take_call")
    rows = _callable(registry, actor, rule)
    lines = [_line(row, actor, now) for row in sorted(rows, key=lambda row: order_of({**row.values, "id": row.id}))]
    groups = [Group(name, [one for one in lines if one.call["state"] == name]) for name in GROUPS]
    counts = _counts(registry, actor)
    shown = counts["now"] if not rule else len(rows)
    return Waiting([group for group in groups if group.lines], counts, max(0, shown - len(rows)))


def later(registry: Registry, actor: Actor) -> Sequence[Record]:
    """The calls whose time has not come, soonest first."""
    query = Query(conditions=_mine(registry, actor), where=LATER, sort="id", size=MOST, columns=COLUMNS)
    return sorted(_open_ones(registry, actor, query), key=lambda row: (row["not_before"], row.id))


def to_sign(registry: Registry, actor: Actor) -> Sequence[Record]:
    """The calls whose result waits for a signature, longest first."""
    query = Query(conditions=UNSIGNED, sort="id", size=MOST, columns=COLUMNS)
    rows = registry.scope.page(actor, CALLBACK, query).rows
    return sorted(rows, key=lambda row: (row["unsigned_since"], row.id))


def next_call(registry: Registry, actor: Actor, now: datetime, after: int | None = None) -> int | None:
    """The next call that nobody has in hand, which is the actor's from now on; None where there is none.

    Of several who ask at the same moment each gets another one. One that the actor has in hand already comes first;
    ``after`` is one to leave out: the one that was just put back.
    """
    lines = to_call(registry, actor, now).lines
    for line in sorted(lines, key=lambda line: not line.is_mine):
        if line.call.id == after or not (line.is_free or line.is_mine):
            continue
        if take(registry, actor, line.call.id):
            return line.call.id
    return None


def take(registry: Registry, actor: Actor, id: int) -> bool:
    """Take a call into hand, or keep it longer; False where somebody else has it, or it is over."""
    return bool(registry.act(actor, CALLBACK, "take_call", (id,), {}, Source("action", "take_call")).done)


# -- parts -------------------------------------------------------------------------------------------


def _mine(registry: Registry, actor: Actor) -> tuple[Condition, ...]:
    """The rules whose calls this person makes."""
    policy = callbacks_of(registry.schema)
    if actor.system:
        return ()
    others = [name for name in policy.rules if name not in policy.for_roles(actor.roles)]
    return (Condition("rule", "not_in", tuple(others)),) if others else ()


def _callable(registry: Registry, actor: Actor, rule: str) -> Sequence[Record]:
    of_rule = (Condition("rule", "equals", rule),) if rule else ()
    found: list[Record] = []
    for group in GROUPS:  # one after the other: where there are more than a page shows, the promised ones are on it
        conditions = (*_mine(registry, actor), *of_rule, Condition("state", "equals", group))
        query = Query(conditions=conditions, where=NOW, sort="id", size=MOST, columns=COLUMNS)
        found += _open_ones(registry, actor, query)[: MOST - len(found)]
    return found


def _open_ones(registry: Registry, actor: Actor, query: Query) -> list[Record]:
    """The calls of a query without those that were made while they were read. They are few, found by the index of
    their moment whatever has been called before, and put into order afterwards."""
    return [row for row in registry.scope.page(actor, CALLBACK, query).rows if row["not_before"] is not None]


def _counts(registry: Registry, actor: Actor) -> dict[str, int]:
    """How many calls each part of the page has."""
    mine = _mine(registry, actor)
    queries = {
        "now": Query(conditions=mine, where=NOW), "later": Query(conditions=mine, where=LATER),
        "sign": Query(conditions=UNSIGNED),
    }  # fmt: skip
    return {name: registry.scope.count(actor, CALLBACK, query, MOST_COUNTED) for name, query in queries.items()}


def _line(call: Record, actor: Actor, now: datetime) -> Line:
    who = holder(call, now)
    if who is None:
        return Line(call)
    return Line(call, call.titles.get("claimed_by") or "–", who == actor.id)
