"""Who owes which round on a day: pure rules over plans, places, stewards, absences and the office's calendar (P5).

Nothing is stored and nothing is generated: the same facts give the same dues whenever and however often it is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(days=1)
PATROL, SECOND, SIGNS, RENOVATION, VISIT, VACANT = KINDS = (
    "patrol", "second_patrol", "sign_check", "renovation", "visit", "vacant_unit"
)  # fmt: skip
POINT, BUILDING, PERMIT, UNIT, AREA = "patrol_point", "building", "renovation_permit", "unit", "area"
LOOKED_AT = {PATROL: POINT, SECOND: POINT, SIGNS: BUILDING, RENOVATION: PERMIT, VACANT: UNIT}
"""What a round of each kind looks at. Visits are counted by building or area instead."""
NOBODYS = 0
"""The area of the buildings without a steward."""
FARTHEST = 800
"""Days within which the next due day of a plan is looked for: twice the longest interval."""

Place = tuple[str, int]
"""What it is, and its id: (POINT, 5); (AREA, a user's id or NOBODYS)."""
IsOpen = Callable[[date], bool]
"""Whether the office works on a day."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done how often, on a route, in a building or the area of a steward, or else in every building;
    points of public areas are due by their route alone.

    It falls on every ``every``-th day from ``starts_on``, or on ``weekdays`` (0 is Monday) where there are any.
    """

    id: int
    kind: str
    starts_on: date
    ended_on: date | None = None
    route: int | None = None
    building: int | None = None
    area: int | None = None
    person: int | None = None
    times: int = 1
    every: int = 1
    weekdays: frozenset[int] = frozenset()
    workdays_only: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that can be due, on the days that ``on`` says."""

    what: str
    id: int
    building: int | None
    route: int | None
    on: Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Places:
    """The places of each kind, and who looked after each building when: (last day, steward) in order, the last of them
    with None for the day: until now."""

    spots: Mapping[str, Sequence[Spot]] = field(default_factory=dict)
    stewards: Mapping[int, Sequence[tuple[date | None, int | None]]] = field(default_factory=dict)

    def steward_on(self, building: int | None, day: date) -> int | None:
        """The steward of a building on a day; None without a building."""
        held = self.stewards.get(building, ()) if building is not None else ()
        return next((steward for until, steward in held if until is None or day <= until), None)


@dataclass(frozen=True, slots=True)
class Presence:
    """Who was not there, and who stood in: (first day, last day) by person, (first day, last day, who)."""

    away: Mapping[int, Sequence[tuple[date, date]]] = field(default_factory=dict)
    stand_ins: Mapping[int, Sequence[tuple[date, date, int]]] = field(default_factory=dict)

    def in_charge(self, person: int | None, day: date) -> int | None:
        """Who owes on ``day`` what is ``person``'s: the stand-in, or theirs where they are away too, or the person.

        None where somebody is away and nobody stands in, also where two stand in for each other.
        """
        asked: set[int] = set()
        while person is not None and person not in asked:
            asked.add(person)
            standing = [by for first, last, by in self.stand_ins.get(person, ()) if first <= day <= last]
            if not standing:
                away = any(first <= day <= last for first, last in self.away.get(person, ()))
                return None if away else person
            person = standing[-1]
        return None


@dataclass(frozen=True, slots=True)
class Due:
    """One place to be looked at ``times`` on ``day``. ``owner`` is whose it is by the plan, ``person`` who owes it that
    day (None: nobody); ``until`` is the last day on which it can be made up for."""

    plan: int
    kind: str
    place: Place
    building: int | None
    day: date
    times: int
    owner: int | None
    person: int | None
    until: date


def lasting(first: date | None, last: date | None) -> Callable[[date], bool]:
    """Whether a day lies between two, both counted; None is open."""
    return lambda day: (first is None or first <= day) and (last is None or day <= last)


def days(first: date, last: date) -> Iterator[date]:
    """Every day from one to the other."""
    while first <= last:
        yield first
        first += DAY


# -- when --------------------------------------------------------------------------------------------------


def falls_on(plan: Plan, day: date) -> bool:
    """Whether the plan names ``day``, whatever the calendar says."""
    if day < plan.starts_on or (plan.ended_on is not None and day > plan.ended_on):
        return False
    return day.weekday() in plan.weekdays if plan.weekdays else (day - plan.starts_on).days % plan.every == 0


def due_days(plan: Plan, is_open: IsOpen, first: date, last: date) -> Iterator[date]:
    """The days on which the plan is due. On workdays only, what falls on free days is due on the next workday, once,
    unless the plan has ended by then."""
    last = last if plan.ended_on is None else min(last, plan.ended_on)
    waits = plan.workdays_only and _waits(plan, is_open, first - DAY)
    for day in days(max(first, plan.starts_on), last):
        waits = waits or falls_on(plan, day)
        if waits and (not plan.workdays_only or is_open(day)):
            yield day
            waits = False


def _waits(plan: Plan, is_open: IsOpen, day: date) -> bool:
    """Whether the free days up to ``day`` left something for the next workday."""
    while day >= plan.starts_on and not is_open(day):
        if falls_on(plan, day):
            return True
        day -= DAY
    return False


def last_day_for(plan: Plan, is_open: IsOpen, day: date) -> date:
    """The day before the plan is due again: until then what was due on ``day`` can be made up for."""
    following = next(due_days(plan, is_open, day + DAY, day + FARTHEST * DAY), None)
    return (following or day + plan.every * DAY) - DAY


# -- what and who ------------------------------------------------------------------------------------------


def dues(plans: Sequence[Plan], places: Places, presence: Presence, is_open: IsOpen, day: date) -> list[Due]:
    """What is due on one day, by plan and place."""
    return dues_between(plans, places, presence, is_open, day, day)


def dues_between(
    plans: Sequence[Plan], places: Places, presence: Presence, is_open: IsOpen, first: date, last: date
) -> list[Due]:
    """What is due on the days from ``first`` to ``last``, by plan, day and place."""
    found: list[Due] = []
    index, charge = _Index(places), dict[tuple[int | None, date], int | None]()
    for plan in plans:
        for day in due_days(plan, is_open, first, last):
            until = last_day_for(plan, is_open, day)
            for place, building, steward in index.of(plan, day):
                owner = plan.person if plan.person is not None else steward
                if (owner, day) not in charge:
                    charge[owner, day] = presence.in_charge(owner, day)
                person = charge[owner, day]
                found.append(Due(plan.id, plan.kind, place, building, day, plan.times, owner, person, until))
    return found


class _Index:
    """The places of a plan on a day, found by what it is narrowed to."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self._stewards: dict[tuple[int | None, date], int | None] = {}
        self._by: dict[tuple[str, str, int], list[Spot]] = defaultdict(list)
        for what, spots in places.spots.items():
            for spot in spots:
                if spot.route is not None:
                    self._by[what, "route", spot.route].append(spot)
                if spot.building is not None:
                    self._by[what, "building", spot.building].append(spot)

    def of(self, plan: Plan, day: date) -> Iterator[tuple[Place, int | None, int | None]]:
        """(place, its building, the building's steward that day)."""
        if plan.kind == VISIT:
            yield from self._visits(plan, day)
            return
        for spot in self._spots(plan):
            if not spot.on(day):
                continue
            steward = self._steward(spot.building, day)
            if plan.area is None or plan.area == steward:
                yield (spot.what, spot.id), spot.building, steward

    def _spots(self, plan: Plan) -> Sequence[Spot]:
        what = LOOKED_AT[plan.kind]
        if plan.route is not None:
            return self._by[what, "route", plan.route]
        if plan.building is not None:
            return self._by[what, "building", plan.building]
        return [spot for spot in self.places.spots.get(what, ()) if spot.building is not None]

    def _steward(self, building: int | None, day: date) -> int | None:
        """The same as the places say; asked for every place and every day, so it is remembered."""
        if (building, day) not in self._stewards:
            self._stewards[building, day] = self.places.steward_on(building, day)
        return self._stewards[building, day]

    def _visits(self, plan: Plan, day: date) -> Iterator[tuple[Place, int | None, int | None]]:
        """So many households a day in the building, or in the area of each steward."""
        if plan.building is not None:
            yield (BUILDING, plan.building), plan.building, self.places.steward_on(plan.building, day)
            return
        areas = {self.places.steward_on(building, day) for building in self.places.stewards}
        for steward in sorted(areas, key=lambda one: one or NOBODYS):
            if plan.area is None or plan.area == steward:
                yield (AREA, steward or NOBODYS), None, steward
