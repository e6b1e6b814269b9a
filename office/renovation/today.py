"""What one has to look at today: permits in progress, those not yet inspected first, and what is open (D1, D3–D5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
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
ACCEPTANCE = ("permit", "unit", "attempt", "engineer", "steward", "engineer_at", "steward_at", "result", "words")
MOST = 200
"""Of each list."""


@dataclass(frozen=True, slots=True)
class ToAccept:
    """Completed works: the acceptance that is under way, and the one that failed last."""

    permit: Record
    under_way: Record | None
    failed: Record | None


@dataclass(slots=True)
class Today:
    """The lists of a day; ``inspected`` are (permit, its last inspection of the day), ``to_begin`` may begin today,
    the notice of the rules ``to_tell`` is not signed yet."""

    to_inspect: list[Record] = field(default_factory=list)
    inspected: list[tuple[Record, Record]] = field(default_factory=list)
    violations: list[Record] = field(default_factory=list)
    stopped: list[Record] = field(default_factory=list)
    to_accept: list[ToAccept] = field(default_factory=list)
    to_begin: list[Record] = field(default_factory=list)
    to_tell: list[Record] = field(default_factory=list)


def today_of(registry: Registry, actor: Actor, today: date) -> Today:
    """The day of one who inspects, as far as ``actor`` sees; eleven queries however many permits there are."""
    going = [one.permit for one in permits_between(registry, actor, today, today) if in_progress_on(one, today)]
    permits = sorted(registry.scope.records(actor, PERMIT, going[:MOST], COLUMNS), key=lambda one: one["ends_on"])
    done = inspections_of_day(registry, actor, going[:MOST], today)
    completed = _permits(registry, actor, "state == 'completed'", "completed_on")
    query = Query(saved="open", columns=VIOLATION, sort="deadline", size=MOST)
    return Today(
        to_inspect=[one for one in permits if one.id not in done],
        inspected=[(one, done[one.id]) for one in permits if one.id in done],
        violations=list(registry.scope.page(actor, "violation", query).rows),
        stopped=_permits(registry, actor, "state == 'suspended'", "ends_on", "serious_open"),
        to_accept=to_accept(registry, actor, completed),
        to_begin=_permits(registry, actor, "state == 'approved' and starts_on <= today and ends_on >= today"),
        to_tell=_permits(registry, actor, "state in ['draft', 'submitted'] and rules_told_at == null"),
    )


def to_accept(registry: Registry, actor: Actor, permits: Sequence[Record]) -> list[ToAccept]:
    """Completed works with how far their acceptance is."""
    under_way: dict[int, Record] = {}
    failed: dict[int, Record] = {}
    if permits:
        of_permits = (Condition("permit", "in", tuple(one.id for one in permits)),)
        query = Query(conditions=of_permits, columns=ACCEPTANCE, sort="id")
        for row in registry.scope.stream(actor, "acceptance", query):
            (failed if row["result"] == "failed" else under_way)[row["permit"]] = row
    return [ToAccept(one, under_way.get(one.id), failed.get(one.id)) for one in permits]


def inspections_of_day(registry: Registry, actor: Actor, permits: Iterable[int], day: date) -> dict[int, Record]:
    """The last inspection of each permit on a day of office time."""
    of_day = (
        Condition("permit", "in", tuple(permits) or (0,)),
        Condition("done_at", "equals", day),
    )
    query = Query(conditions=of_day, columns=("permit", "done_at", "by", "all_fine", "wrong", "words"), sort="id")
    return {row["permit"]: row for row in registry.scope.stream(actor, "renovation_inspection", query)}


def _permits(registry: Registry, actor: Actor, where: str, sort: str = "ends_on", *more: str) -> list[Record]:
    query = Query(where=where, columns=(*COLUMNS, *more), sort=sort, size=MOST)
    return list(registry.scope.page(actor, PERMIT, query).rows)
