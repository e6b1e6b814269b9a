"""What one has to look at today: permits in progress, those not yet inspected first, and what is open (D3, D4, D5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from models.query import Condition, Query
from office.renovation.permits import PERMIT
from office.renovation.standing import in_progress_on, permits_between

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

COLUMNS = ("number", "unit", "contractor", "foreman", "foreman_phone", "works", "ends_on", "state")
VIOLATION = ("number", "permit", "unit", "weight", "what", "deadline", "state", "noticed_at")
ACCEPTANCE = ("permit", "unit", "attempt", "engineer", "steward")
MOST = 200
"""Of each list."""


@dataclass(slots=True)
class Today:
    """The lists of a day; ``inspected`` are (permit, its last inspection of the day)."""

    to_inspect: list[Record] = field(default_factory=list)
    inspected: list[tuple[Record, Record]] = field(default_factory=list)
    violations: list[Record] = field(default_factory=list)
    acceptances: list[Record] = field(default_factory=list)


def today_of(registry: Registry, actor: Actor, today: date) -> Today:
    """The day of one who inspects, as far as ``actor`` sees; seven queries however many permits there are."""
    going = [one.permit for one in permits_between(registry, actor, today, today) if in_progress_on(one, today)]
    permits = sorted(registry.scope.records(actor, PERMIT, going[:MOST], COLUMNS), key=lambda one: one["ends_on"])
    done = inspections_of_day(registry, actor, going[:MOST], today)
    found = Today(
        to_inspect=[one for one in permits if one.id not in done],
        inspected=[(one, done[one.id]) for one in permits if one.id in done],
    )
    query = Query(saved="open", columns=VIOLATION, sort="deadline", size=MOST)
    found.violations = list(registry.scope.page(actor, "violation", query).rows)
    query = Query(saved="open", columns=ACCEPTANCE, sort="id", size=MOST)
    found.acceptances = list(registry.scope.page(actor, "acceptance", query).rows)
    return found


def inspections_of_day(registry: Registry, actor: Actor, permits: list[int], day: date) -> dict[int, Record]:
    """The last inspection of each permit on a day of office time."""
    zone = registry.clock.zone
    of_day = (
        Condition("permit", "in", tuple(permits) or (0,)),
        Condition("done_at", "from", datetime.combine(day, time.min, zone)),
        Condition("done_at", "to", datetime.combine(day, time(23, 59, 59), zone)),
    )
    query = Query(conditions=of_day, columns=("permit", "done_at", "by", "all_fine", "wrong", "words"), sort="id")
    return {row["permit"]: row for row in registry.scope.stream(actor, "renovation_inspection", query)}
