"""The facts from which dues follow, read from dates that stay, and the rounds that were written down (P5).

Everything is read as the program: who owes what is worked out over all areas, and only then is each shown their own.
The number of queries is fixed; what no plan asks about is not read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM
from models.query import Condition, Query
from office.raw_rows import raw_rows
from office.renovation.standing import in_progress_on, permits_between
from office.rounds.dues import (
    AREA,
    BUILDING,
    DAY,
    LOOKED_AT,
    NOBODYS,
    PATROL,
    PERMIT,
    POINT,
    RENOVATION,
    SECOND,
    SIGNS,
    UNIT,
    VACANT,
    VISIT,
    Due,
    IsOpen,
    Place,
    Places,
    Plan,
    Presence,
    Spot,
    lasting,
)
from office.rounds.missed import Done
from schema.spec_clocks import WEEKDAYS

if TYPE_CHECKING:
    from models.registry import Registry

CALENDAR = "office"
"""The calendar whose workdays count."""
FEW = 5000
"""Links narrowed to so many ids at most; beyond that all are read."""
PLAN_FIELDS = ("kind", "starts_on", "ended_on", "route", "building", "area", "person", "times", "every", "weekdays",
               "workdays_only")  # fmt: skip
RECORDED: Mapping[str, tuple[str, str, str]] = {
    SIGNS: ("sign_check", "building", "round"), RENOVATION: ("renovation_inspection", "permit", ""),
    VACANT: ("vacancy_round", "unit", ""),
}  # fmt: skip
"""Where the rounds of a kind are written down: the entity, its place, its slot."""


def open_days(registry: Registry) -> IsOpen:
    """Whether the office works on a day, by its calendar; always where it has none."""
    if CALENDAR not in registry.calendars:
        return lambda day: True
    calendar = registry.calendars[CALENDAR]
    return lambda day: bool(calendar.periods(day))


def plans_between(registry: Registry, first: date, last: date) -> list[Plan]:
    """The plans in force on one of these days, oldest first."""
    query = Query(conditions=(Condition("starts_on", "to", last),), where=_not_over("ended_on", first), sort="id")
    return [_plan(row) for row in _read(registry, "round_plan", query, PLAN_FIELDS)]


def presence_between(registry: Registry, first: date, last: date) -> Presence:
    """Who was away, and who stood in, on these days."""
    within = (Condition("starts_on", "to", last), Condition("ends_on", "from", first))
    query = Query(conditions=within, sort="starts_on")
    away, standing = defaultdict(list), defaultdict(list)
    accounts = dict(_read(registry, "staff", Query(sort="id"), ("account",)))
    for _, staff, starts_on, ends_on in _read(registry, "absence", query, ("staff", "starts_on", "ends_on")):
        if accounts.get(staff) is not None:
            away[accounts[staff]].append((starts_on, ends_on))
    for _, person, by, starts_on, ends_on in _read(
        registry, "stand_in", query, ("person", "by", "starts_on", "ends_on")
    ):
        standing[person].append((starts_on, ends_on, by))
    return Presence(away, standing)


def places_between(registry: Registry, kinds: Iterable[str], first: date, last: date) -> Places:
    """The places that these kinds of rounds look at on one of these days, and whose the buildings were."""
    wanted = {LOOKED_AT[kind] for kind in kinds if kind in LOOKED_AT}
    spots = {what: _SPOTS[what](registry, first, last) for what in wanted}
    return Places(spots, stewards_between(registry, first))


def stewards_between(registry: Registry, first: date) -> dict[int, list[tuple[date | None, int | None]]]:
    """Who looked after each building from ``first`` on, with the last day of each; None is until now."""
    found: dict[int, list[tuple[date | None, int | None]]] = {}
    for id, steward in _read(registry, "building", Query(sort="id"), ("steward",)):
        found[id] = [(None, steward)]
    query = Query(conditions=(Condition("until_on", "from", first),), sort="-until_on")
    for _, building, steward, until_on in _read(registry, "past_steward", query, ("building", "steward", "until_on")):
        if building in found:
            found[building].insert(0, (until_on, steward))
    return found


def done_for(registry: Registry, dues: Sequence[Due], places: Places, today: date) -> list[Done]:
    """The rounds written down from the first day that is due until the last on which something can be made up for."""
    if not dues:
        return []
    first, last = min(due.day for due in dues), min(today, max(due.until for due in dues))
    wanted: dict[str, set[Place]] = defaultdict(set)
    for due in dues:
        wanted[due.kind].add(due.place)
    return [one for kind in sorted(wanted) for one in _done(registry, kind, wanted[kind], places, first, last)]


# -- places ------------------------------------------------------------------------------------------------


def _points(registry: Registry, first: date, last: date) -> list[Spot]:
    """The points, each for every stretch of days on which it lay on a route and was in use."""
    before = defaultdict(list)
    query = Query(conditions=(Condition("until_on", "from", first),), sort="until_on")
    names = ("point", "route", "building", "was_used", "until_on")
    for _, point, route, building, was_used, until_on in _read(registry, "past_point", query, names):
        before[point].append((route, building, was_used, until_on))
    spots = []
    now = ("route", "building", "is_used", "starts_on")
    for id, route, building, is_used, starts_on in _read(registry, POINT, Query(sort="title"), now):
        since = starts_on
        for old_route, old_building, was_used, until_on in before[id]:
            if was_used:
                spots.append(Spot(POINT, id, old_building, old_route, lasting(since, until_on)))
            since = until_on + DAY
        if is_used:
            spots.append(Spot(POINT, id, building, route, lasting(since, None)))
    return spots


def _buildings_with_signs(registry: Registry, first: date, last: date) -> list[Spot]:
    """The buildings where a sign was up."""
    if "sign" not in registry.schema.entities:
        return []
    up = defaultdict(list)
    conditions = (Condition("installed_on", "to", last), Condition("building", "filled"))
    query = Query(conditions=conditions, where=_not_over("removed_on", first), sort="id")
    for _, building, installed_on, removed_on in _read(
        registry, "sign", query, ("building", "installed_on", "removed_on")
    ):
        up[building].append((installed_on, removed_on))
    return [Spot(BUILDING, id, id, None, partial(_any_up, spells)) for id, spells in up.items()]


def _any_up(spells: Sequence[tuple[date, date | None]], day: date) -> bool:
    """Whether one was up: on the day on which it was taken down it need not be looked at any more."""
    return any(first <= day and (removed is None or day < removed) for first, removed in spells)


def _permits(registry: Registry, first: date, last: date) -> list[Spot]:
    standing = permits_between(registry, SYSTEM, first, last)
    buildings = _buildings(registry, {one.unit for one in standing})
    return [Spot(PERMIT, one.permit, buildings.get(one.unit), None, partial(in_progress_on, one)) for one in standing]


def _vacant_units(registry: Registry, first: date, last: date) -> list[Spot]:
    """The units that were registered as vacant; the day on which that ended is not one of them."""
    query = Query(conditions=(Condition("since_on", "to", last),), where=_not_over("ended_on", first), sort="id")
    rows = list(_read(registry, "vacancy", query, ("unit", "since_on", "ended_on")))
    buildings = _buildings(registry, {row[1] for row in rows})
    found: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    for _, unit, since_on, ended_on in rows:
        found[unit].append((since_on, ended_on))
    return [Spot(UNIT, unit, buildings.get(unit), None, partial(_any_up, spells)) for unit, spells in found.items()]


_SPOTS: Mapping[str, Callable[[Registry, date, date], list[Spot]]] = {
    POINT: _points, BUILDING: _buildings_with_signs, PERMIT: _permits, UNIT: _vacant_units,
}  # fmt: skip


# -- what was written down -----------------------------------------------------------------------------------


def _done(registry: Registry, kind: str, wanted: set[Place], places: Places, first: date, last: date) -> Iterator[Done]:
    of_days = (Condition("done_at", "from", first), Condition("done_at", "to", last))
    if kind in (PATROL, SECOND):
        query = Query(conditions=(*of_days, Condition("kind", "equals", kind)), sort="id")
        yield from _records(registry, kind, wanted, "patrol", POINT, query, "point", "")
    elif kind == VISIT:
        yield from _visits(registry, places, of_days)
    else:
        entity, field, slot = RECORDED[kind]
        query = Query(conditions=of_days, sort="id")
        if entity in registry.schema.entities:
            yield from _records(registry, kind, wanted, entity, LOOKED_AT[kind], query, field, slot)


def _records(
    registry: Registry, kind: str, wanted: set[Place], entity: str, what: str, query: Query, field: str, slot: str
) -> Iterator[Done]:  # fmt: skip
    zone = registry.clock.zone
    for _, id, at, by, *slots in _read(registry, entity, query, (field, "done_at", "by", *filter(None, (slot,)))):
        if (what, id) in wanted:
            yield Done(kind, (what, id), at.astimezone(zone).date(), at, by, slots[0] or "" if slots else "")


def _visits(registry: Registry, places: Places, of_days: tuple[Condition, ...]) -> Iterator[Done]:
    """Visits at which somebody was met, each for its building and for the area that was on that day."""
    zone = registry.clock.zone
    query = Query(conditions=(*of_days, Condition("met", "not_in", ("nobody",))), sort="id")
    rows = list(_read(registry, "visit", query, ("unit", "done_at", "by")))
    buildings = _buildings(registry, {row[1] for row in rows})
    for _, unit, at, by in rows:
        day, building = at.astimezone(zone).date(), buildings.get(unit)
        area: Place = (AREA, places.steward_on(building, day) or NOBODYS)
        for place in ((BUILDING, building), area) if building is not None else ():
            yield Done(VISIT, place, day, at, by, str(unit))


# -- parts ---------------------------------------------------------------------------------------------------


def _read(registry: Registry, entity: str, query: Query, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return raw_rows(registry, SYSTEM, entity, query, names)


def _not_over(name: str, day: date) -> str:
    """What stands open or ends on ``day`` or later, as an expression."""
    return f"{name} == null or {name} >= '{day.isoformat()}'"


def _buildings(registry: Registry, units: Iterable[int]) -> dict[int, int]:
    """The building of each unit."""
    wanted = tuple(units)
    if not wanted:
        return {}
    query = Query(ids=wanted, sort="id") if len(wanted) <= FEW else Query(sort="id")
    return dict(_read(registry, "unit", query, ("building",)))


def _plan(row: tuple[Any, ...]) -> Plan:
    values = dict(zip(("id", *PLAN_FIELDS), row, strict=True))
    values["weekdays"] = frozenset(WEEKDAYS.index(one) for one in values["weekdays"] or ())
    values["workdays_only"] = bool(values["workdays_only"])
    return Plan(**values)
