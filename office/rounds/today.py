"""What one person has to look at: the points of the day, vacant units, whom to call on (P1, P3, P4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from models.actor import SYSTEM
from models.query import Condition, Query
from office.rounds.dues import POINT as PLACE
from office.rounds.dues import VACANT
from office.rounds.owed import Owed
from office.rounds.recording import kind_of

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

MOST = 300
"""Places that a page shows."""
CARE_DAYS, LONG_DAYS = 30, 365
"""Within how many days the frail are to be met, and how far back visits are looked for."""
NOT_VISITED = ("not_visited_year", "not_visited")
"""The filters of units where nobody was met, those of the longest time first."""
ROUTINE_MOST = 20
SHOWN = ("route", "building", "position", "name", "place", "subjects")


@dataclass(frozen=True, slots=True)
class Stop:
    """A place of a round; ``done`` is today's record there (the last one), None where there is none.

    ``is_mine`` says that the person owes it today, ``times`` how often, of which ``count`` were made; ``instead_of``
    for whom, where they stand in.
    """

    place: Record
    done: Record | None = None
    is_mine: bool = False
    times: int = 1
    count: int = 0
    instead_of: str = ""

    @property
    def is_done(self) -> bool:
        """Whether it was looked at as often as it is due."""
        return self.count >= self.times


@dataclass(frozen=True, slots=True)
class Call:
    """A household to call on: the unit, who of it is frail and how (codes), when it was last met; None: never."""

    unit: int
    title: str
    person: Record | None
    last: datetime | None
    today: bool = False


@dataclass(frozen=True, slots=True)
class Calls:
    """Whom to visit. Of ``frail_all`` frail people ``frail_met`` were met within CARE_DAYS; ``today`` visits so far."""

    frail: Sequence[Call]
    others: Sequence[Call]
    frail_met: int
    frail_all: int
    today: int


def my_points(registry: Registry, actor: Actor, today: date, owed: Iterable[Owed] = ()) -> list[Stop]:
    """The points this person sees or owes, by route and order, with today's round of the person's kind at each."""
    kind = kind_of(actor)
    mine = {one.id: one for one in owed if one.kind == kind and one.what == PLACE}
    query = Query(conditions=(Condition("is_used", "equals", True),), columns=SHOWN, sort="title", size=MOST)
    points = list(registry.scope.page(actor, "patrol_point", query).rows)
    # What somebody is away from is their stand-in's, also in an area that is not theirs.
    unseen = set(mine) - {point.id for point in points}
    points += registry.scope.records(SYSTEM, "patrol_point", sorted(unseen), SHOWN) if unseen else []
    of_kind = (Condition("done_at", "equals", today), Condition("kind", "equals", kind))
    seen = _last(registry, actor, "patrol", "point", of_kind, ("point", "done_at", "by", "findings"))
    return [_stop(point, seen.get(point.id), mine.get(point.id)) for point in points]


def my_vacant_units(registry: Registry, actor: Actor, today: date, owed: Iterable[Owed] = ()) -> list[Stop]:
    """The vacancies that run and that this person sees, with today's round at each."""
    mine = {one.id: one for one in owed if one.kind == VACANT}
    columns = ("unit", "since_on", "keys_held", "condition")
    query = Query(conditions=(Condition("ended_on", "empty"),), columns=columns, sort="title", size=MOST)
    vacancies = registry.scope.page(actor, "vacancy", query).rows
    of_day = (Condition("done_at", "equals", today),)
    seen = _last(registry, actor, "vacancy_round", "unit", of_day, ("unit", "done_at", "by", "all_fine"))
    return [_stop(one, seen.get(one["unit"]), mine.get(one["unit"])) for one in vacancies]


def whom_to_visit(registry: Registry, actor: Actor, today: date) -> Calls:
    """The frail by how long nobody met them, then households that nobody called on for long; a fixed number of
    queries."""
    in_care = Query(where="care != null and homes > 0", columns=("name", "care"), sort="id", size=MOST)
    persons = {one.id: one for one in registry.scope.page(actor, "resident", in_care).rows}
    present = (Condition("ended_on", "empty"), Condition("resident", "in", tuple(persons)))
    homes = Query(conditions=present, columns=("unit", "resident"), sort="id", size=MOST)
    rows = registry.scope.page(actor, "occupancy", homes).rows
    others = [unit for saved in NOT_VISITED for unit in _not_met(registry, actor, saved)]
    titles = {row["unit"]: row.titles.get("unit") or "" for row in rows} | {one.id: one.title for one in others}
    met = _met(registry, actor, titles)
    zone = registry.clock.zone

    def call(unit: int, person: Record | None) -> Call:
        last = met.get(unit)
        return Call(unit, titles[unit], person, last, last is not None and last.astimezone(zone).date() == today)

    frail = in_turn(call(row["unit"], persons[row["resident"]]) for row in rows)
    known = {one.unit for one in frail}
    rest = {one.id: call(one.id, None) for one in others if one.id not in known}
    since = registry.clock.now() - timedelta(days=CARE_DAYS)
    done = registry.scope.count(actor, "visit", Query(conditions=(Condition("done_at", "equals", today),)))
    return Calls(
        frail, in_turn(rest.values())[:ROUTINE_MOST], sum(one.last is not None and one.last >= since for one in frail),
        len(frail), done,
    )  # fmt: skip


def in_turn(calls: Iterable[Call]) -> list[Call]:
    """Those never met first, then the longest not met."""
    return sorted(calls, key=lambda one: (one.last is not None, one.last.timestamp() if one.last else 0.0))


# -- parts -----------------------------------------------------------------------------------------


def _stop(place: Record, done: Record | None, due: Owed | None) -> Stop:
    if due is None:
        return Stop(place, done, count=int(done is not None))
    return Stop(place, done, True, due.times, len(due.done), due.instead_of)


def _last(
    registry: Registry, actor: Actor, entity: str, place: str, conditions: tuple[Condition, ...],
    columns: tuple[str, ...],
) -> Mapping[int, Record]:  # fmt: skip
    """The newest of the records at each place."""
    query = Query(conditions=conditions, sort="done_at", columns=columns)
    return {row[place]: row for row in registry.scope.stream(actor, entity, query)}


def _not_met(registry: Registry, actor: Actor, saved: str) -> Sequence[Record]:
    """Homes where nobody was met for as long as the filter says."""
    query = Query(saved=saved, sort="title", size=ROUTINE_MOST, columns=("state",))
    return registry.scope.page(actor, "unit", query).rows


def _met(registry: Registry, actor: Actor, units: Iterable[int]) -> Mapping[int, datetime]:
    """When somebody of each household was last met, as far back as is looked at."""
    conditions = (Condition("unit", "in", tuple(units)), Condition("met", "not_in", ("nobody",)))
    query = Query(
        conditions=conditions, where=f"done_at > now - {LONG_DAYS}", sort="done_at", columns=("unit", "done_at")
    )
    return {row["unit"]: row["done_at"] for row in registry.scope.stream(actor, "visit", query)}
