"""Who owes which round on a day, and what is done, made up for and missed: the rules, and a plain reference (P5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.service_clock import Calendar
from office.rounds.dues import (
    AREA,
    BUILDING,
    DAY,
    NOBODYS,
    POINT,
    Due,
    Places,
    Plan,
    Presence,
    Spot,
    due_days,
    dues,
    dues_between,
    lasting,
)
from office.rounds.missed import Done, Settled, missed, settle

ZONE = ZoneInfo("Asia/Shanghai")
HALF = ((8 * 60, 12 * 60),)
OFFICE = Calendar(ZONE, dict.fromkeys(range(6), HALF), "CN", HALF, {date(2026, 2, 10): ()})
"""Open Monday to Saturday, with the public holidays and make-up days of China, and a day of its own on which it is
closed."""
FEBRUARY = date(2026, 2, 1)
"""A Sunday. The Spring Festival is free from the 15th to the 23rd; the 14th and the 28th are make-up Saturdays."""
MARCH = date(2026, 3, 1)
ANN, BOB, CAT, DAN = 11, 12, 13, 14


def is_open(day: date) -> bool:
    return bool(OFFICE.periods(day))


def plan(**values: Any) -> Plan:
    return Plan(**{"id": 1, "kind": "patrol", "starts_on": FEBRUARY, **values})


def point(id: int = 1, building: int | None = 1, route: int = 1, first: Any = None, last: Any = None) -> Spot:
    return Spot(POINT, id, building, route, lasting(first, last))


def places(*points: Spot, **stewards: Any) -> Places:
    held = {int(name[1:]): who if isinstance(who, list) else [(None, who)] for name, who in stewards.items()}
    return Places({POINT: points or (point(),)}, held or {1: [(None, ANN)]})


def at(day: date, hour: int = 9, minute: int = 0, by: int | None = ANN, id: int = 1, slot: str = "") -> Done:
    moment = datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)
    return Done("patrol", (POINT, id), day, moment, by, slot)


def due(day: date, **values: Any) -> Due:
    given = {"plan": 1, "kind": "patrol", "place": (POINT, 1), "building": 1, "times": 1, "owner": ANN, "person": ANN}
    return Due(**{**given, "day": day, "until": day, **values})


# -- when --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_plan", "expected"),
    [
        (plan(), "1 2 3 4 5 6 7 8 9 10 11 12"),
        (plan(every=5), "1 6 11"),
        (plan(every=5, starts_on=date(2026, 1, 30)), "4 9"),
        (plan(starts_on=date(2026, 2, 3), ended_on=date(2026, 2, 5)), "3 4 5"),
        (plan(weekdays=frozenset({0, 4})), "2 6 9"),
        (plan(workdays_only=True), "2 3 4 5 6 7 9 11 12"),
        (plan(every=7, workdays_only=True), "2 9"),
        (plan(weekdays=frozenset({1}), workdays_only=True), "3 11"),
        (plan(starts_on=date(2026, 3, 1)), ""),
    ],
    ids=["daily", "every five", "counted from the first", "its own days", "weekdays", "workdays", "Sundays move on",
         "the closed tenth moves on", "not begun"],
)  # fmt: skip
def test_on_which_days_a_plan_falls(given_plan: Plan, expected: str) -> None:
    found = due_days(given_plan, is_open, FEBRUARY, date(2026, 2, 12))
    assert " ".join(str(day.day) for day in found) == expected


def test_holidays_leave_one_for_the_first_workday_and_make_up_days_count() -> None:
    daily = plan(workdays_only=True, starts_on=date(2026, 2, 14))
    found = list(due_days(daily, is_open, date(2026, 2, 14), date(2026, 3, 1)))
    assert [day.day for day in found] == [14, 24, 25, 26, 27, 28]
    weekly = plan(every=7, workdays_only=True, starts_on=date(2026, 2, 3))
    assert list(due_days(weekly, is_open, date(2026, 2, 12), date(2026, 2, 25))) == [date(2026, 2, 24)]


def test_a_plan_that_ended_in_the_holidays_leaves_nothing() -> None:
    ended = plan(workdays_only=True, starts_on=date(2026, 2, 15), ended_on=date(2026, 2, 20))
    assert list(due_days(ended, is_open, FEBRUARY, MARCH)) == []


# -- where and who -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({}, {1: ANN, 2: BOB, 3: None}),
        ({"route": 1}, {1: ANN, 2: BOB}),
        ({"building": 1}, {1: ANN}),
        ({"area": ANN}, {1: ANN}),
        ({"area": BOB, "person": DAN}, {2: DAN}),
        ({"person": DAN}, {1: DAN, 2: DAN, 3: DAN}),
        ({"route": 3}, {4: None}),
        ({"route": 3, "person": DAN}, {4: DAN}),
    ],
)
def test_which_points_a_plan_means_and_who_owes_them(narrowed: dict[str, int], expected: dict[int, Any]) -> None:
    there = places(point(1), point(2, 2), point(3, 3, 2), point(4, None, 3), b1=ANN, b2=BOB, b3=None)
    found = dues([plan(**narrowed)], there, Presence(), is_open, FEBRUARY)
    assert {one.place[1]: one.person for one in found} == expected


def test_who_was_steward_then_owes_what_was_due_then() -> None:
    there = places(b1=[(date(2026, 2, 3), BOB), (None, ANN)])
    found = dues_between([plan()], there, Presence(), is_open, date(2026, 2, 2), date(2026, 2, 5))
    assert [one.person for one in found] == [BOB, BOB, ANN, ANN]


def test_a_point_is_due_on_the_days_on_which_it_was_in_use() -> None:
    there = places(point(1, first=date(2026, 2, 3), last=date(2026, 2, 4)))
    found = dues_between([plan()], there, Presence(), is_open, FEBRUARY, date(2026, 2, 9))
    assert [one.day.day for one in found] == [3, 4]


LEAVE = (date(2026, 2, 3), date(2026, 2, 5))


@pytest.mark.parametrize(
    ("away", "stand_ins", "day", "expected"),
    [
        ({}, {}, 4, ANN),
        ({ANN: [LEAVE]}, {}, 4, None),
        ({ANN: [LEAVE]}, {}, 6, ANN),
        ({ANN: [LEAVE]}, {ANN: [(*LEAVE, BOB)]}, 5, BOB),
        ({ANN: [LEAVE]}, {ANN: [(*LEAVE, BOB)]}, 2, ANN),
        ({}, {ANN: [(*LEAVE, BOB)]}, 3, BOB),
        ({ANN: [LEAVE], BOB: [LEAVE]}, {ANN: [(*LEAVE, BOB)]}, 3, None),
        ({BOB: [LEAVE]}, {ANN: [(*LEAVE, BOB)], BOB: [(*LEAVE, CAT)]}, 3, CAT),
        ({}, {ANN: [(*LEAVE, BOB)], BOB: [(*LEAVE, ANN)]}, 3, None),
    ],
    ids=["there", "away", "back", "stood in for", "the day before", "without an absence", "both away", "in turn",
         "in a circle"],
)  # fmt: skip
def test_who_owes_what_is_anns(away: Any, stand_ins: Any, day: int, expected: int | None) -> None:
    found = dues([plan()], places(), Presence(away, stand_ins), is_open, date(2026, 2, day))
    assert [(one.owner, one.person) for one in found] == [(ANN, expected)]


def test_visits_are_so_many_households_an_area() -> None:
    there = places(b1=ANN, b2=BOB, b3=ANN, b4=None)
    found = dues([plan(kind="visit", times=3)], there, Presence(), is_open, FEBRUARY)
    assert [(one.place, one.person, one.times) for one in found] == [
        ((AREA, NOBODYS), None, 3), ((AREA, ANN), ANN, 3), ((AREA, BOB), BOB, 3),
    ]  # fmt: skip
    found = dues([plan(kind="visit", building=2)], there, Presence(), is_open, FEBRUARY)
    assert [(one.place, one.person) for one in found] == [((BUILDING, 2), BOB)]


# -- done and missed ---------------------------------------------------------------------------------------

MONDAY = date(2026, 2, 2)


@pytest.mark.parametrize(
    ("times", "rounds", "done", "made_up"),
    [
        (1, [], 0, 0),
        (1, [at(MONDAY)], 1, 0),
        (1, [at(MONDAY, 0, 0), at(MONDAY, 23, 59)], 1, 0),
        (1, [at(MONDAY, by=DAN)], 1, 0),
        (2, [at(MONDAY, 9), at(MONDAY, 9, 29)], 1, 0),
        (2, [at(MONDAY, 9), at(MONDAY, 9, 30)], 2, 0),
        (2, [at(MONDAY, 9), at(MONDAY, 9, 20), at(MONDAY, 9, 40)], 2, 0),
        (2, [at(MONDAY, 9), at(MONDAY, 9, 1, by=DAN)], 2, 0),
        (2, [at(MONDAY, 9, slot="morning"), at(MONDAY, 11, slot="morning")], 1, 0),
        (2, [at(MONDAY, 9, slot="morning"), at(MONDAY, 9, 1, slot="afternoon")], 2, 0),
        (1, [at(MONDAY - DAY)], 0, 0),
        (1, [at(MONDAY + DAY)], 0, 1),
        (1, [at(MONDAY + 3 * DAY)], 0, 0),
        (2, [at(MONDAY), at(MONDAY + DAY), at(MONDAY + 2 * DAY)], 1, 1),
        (1, [at(MONDAY, id=2)], 0, 0),
    ],
    ids=["nothing", "done", "twice", "by another", "a second tap", "half an hour later", "from the last counted",
         "two people", "one slot twice", "two slots", "early", "made up", "too late", "one of two made up",
         "elsewhere"],
)  # fmt: skip
def test_what_counts_for_a_due(times: int, rounds: list[Done], done: int, made_up: int) -> None:
    (found,) = settle([due(MONDAY, times=times, until=MONDAY + 2 * DAY)], reversed(rounds))
    assert (len(found.done), len(found.made_up), found.lacking) == (done, made_up, times - done)
    assert bool(missed([found.due], rounds)) == (done < times)


def test_a_round_counts_once_and_first_for_who_made_it() -> None:
    anns, bobs = due(MONDAY), due(MONDAY, plan=2, owner=BOB, person=BOB)
    assert [len(one.done) for one in settle([anns, bobs], [at(MONDAY, by=BOB)])] == [0, 1]
    assert [len(one.done) for one in settle([anns, bobs], [at(MONDAY, by=DAN)])] == [1, 0]
    assert [len(one.done) for one in settle([anns, bobs], [at(MONDAY, by=DAN), at(MONDAY, 15, by=ANN)])] == [1, 1]


def test_what_makes_up_for_the_day_before_is_what_the_day_does_not_need() -> None:
    two = [due(MONDAY, until=MONDAY + DAY), due(MONDAY + DAY, plan=2, until=MONDAY + DAY)]
    found = settle(two, [at(MONDAY + DAY)])
    assert [(len(one.done), len(one.made_up)) for one in found] == [(0, 0), (1, 0)]
    found = settle(two, [at(MONDAY + DAY), at(MONDAY + DAY, 15)])
    assert [(len(one.done), len(one.made_up)) for one in found] == [(0, 1), (1, 0)]


# -- a month against a plain reference ---------------------------------------------------------------------

PEOPLE = (ANN, BOB, CAT)
IN_FEBRUARY = st.integers(0, 27).map(lambda n: FEBRUARY + n * DAY)
SPELLS = st.tuples(IN_FEBRUARY, IN_FEBRUARY).map(lambda both: (min(both), max(both)))
PERSONS = st.sampled_from(PEOPLE)


@st.composite
def plans_of_a_month(draw: Any) -> list[Plan]:
    found = []
    for n in range(draw(st.integers(1, 3))):
        first = draw(st.integers(-20, 20).map(lambda n: FEBRUARY + n * DAY))
        weekdays = draw(st.frozensets(st.integers(0, 6), max_size=3))
        found.append(Plan(
            id=n + 1, kind="patrol", starts_on=first,
            ended_on=draw(st.none() | st.integers(0, 30).map(lambda n, first=first: first + n * DAY)),
            **draw(st.sampled_from([{}, {"route": 1}, {"route": 2}, {"building": 1}, {"building": 2}, {"area": ANN}])),
            person=draw(st.none() | PERSONS), times=draw(st.integers(1, 3)), weekdays=weekdays,
            every=1 if weekdays else draw(st.sampled_from([1, 1, 2, 3, 7])), workdays_only=draw(st.booleans()),
        ))  # fmt: skip
    return found


@st.composite
def months(draw: Any) -> tuple[Any, ...]:
    """(plans, points as (id, building, route, first, last), stewards, away, stand-ins, days that differ, rounds)"""
    points = [
        (1, 1, 1, None, draw(st.none() | IN_FEBRUARY)), (2, 2, 1, draw(st.none() | IN_FEBRUARY), None),
        (3, None, 2, None, None),
    ][: draw(st.integers(1, 3))]  # fmt: skip
    stewards = {1: [(draw(IN_FEBRUARY), draw(st.none() | PERSONS)), (None, ANN)], 2: [(None, draw(PERSONS))]}
    away = draw(st.dictionaries(PERSONS, st.lists(SPELLS, max_size=2), max_size=2))
    standing = draw(st.dictionaries(PERSONS, st.lists(st.tuples(SPELLS, PERSONS), max_size=1), max_size=2))
    stand_ins = {who: [(*spell, by) for spell, by in some] for who, some in standing.items()}
    differ = draw(st.dictionaries(IN_FEBRUARY, st.sampled_from([(), HALF]), max_size=4))
    when = st.tuples(st.integers(-2, 30).map(lambda n: FEBRUARY + n * DAY), st.integers(0, 23), st.integers(0, 59))
    one = st.tuples(when, PERSONS, st.integers(1, 3))
    early_late_and_double = draw(st.lists(one, max_size=60))
    daily = [((FEBRUARY + n * DAY, 8, 0), by, id) for n in range(28) for by, id in ((ANN, 1), (BOB, 2))
             if draw(st.booleans())] if draw(st.booleans()) else []  # fmt: skip
    rounds = [at(*moment, by=by, id=id) for moment, by, id in (*early_late_and_double, *daily)]
    return draw(plans_of_a_month()), points, stewards, away, stand_ins, differ, rounds


def reference(month: tuple[Any, ...], last: date) -> list[tuple[Any, ...]]:
    """(day, plan, point, who owes it, times, done, made up) of everything due in February: each day by itself, each
    round set against each due with nothing kept in between, a rule of the office a paragraph."""
    plans, points, stewards, away, stand_ins, differ, rounds = month
    calendar = Calendar(ZONE, dict.fromkeys(range(6), HALF), "CN", HALF, differ)
    works = {day: bool(calendar.periods(day)) for day in (date(2025, 12, 1) + n * DAY for n in range(900))}

    def named(one: Plan, day: date) -> bool:
        if not one.starts_on <= day <= (one.ended_on or date.max):
            return False
        return (
            day.weekday() in one.weekdays
            if one.weekdays
            else (day.toordinal() - one.starts_on.toordinal()) % one.every == 0
        )

    def is_due(one: Plan, day: date) -> bool:
        if not one.workdays_only:
            return named(one, day)
        if not works[day] or day > (one.ended_on or date.max):
            return False
        rest = [day]
        while not works[rest[-1] - DAY]:
            rest.append(rest[-1] - DAY)
        return any(named(one, other) for other in rest)

    def steward(building: int | None, day: date) -> int | None:
        for until, who in stewards.get(building, []):
            if until is None or until >= day:
                return who
        return None

    def present(who: int | None, day: date, asked: frozenset[int] = frozenset()) -> int | None:
        if who is None or who in asked:
            return None
        for first, end, by in stand_ins.get(who, []):
            if first <= day <= end:
                return present(by, day, asked | {who})
        return None if [1 for first, end in away.get(who, []) if first <= day <= end] else who

    def means(one: Plan, id: int, building: int | None, route: int, day: date) -> bool:
        wanted = [(one.route, route), (one.building, building), (one.area, steward(building, day))]
        everywhere = one.route is one.building is one.area is None
        return building is not None if everywhere else all(asked is None or asked == has for asked, has in wanted)

    lines = []
    for n in range(28):
        day = FEBRUARY + n * DAY
        for one in plans:
            for id, building, route, first, end in points:
                there = (first or date.min) <= day <= (end or date.max)
                if there and means(one, id, building, route, day) and is_due(one, day):
                    who = present(one.person or steward(building, day), day)
                    lines.append([day, one, id, who, [], []])

    counted = []
    for record in sorted(rounds, key=lambda record: (record.at, record.by)):
        same = (record.place, record.by, record.day)
        again = [other for other in counted if (other.place, other.by, other.day) == same
                 and record.at < other.at + timedelta(minutes=30)]  # fmt: skip
        if not again:
            counted.append(record)
    spare = list(counted)
    for by_who_owes in (True, False):
        for record in counted:
            if record not in spare:
                continue
            fitting = [line for line in lines if (line[0], (POINT, line[2])) == (record.day, record.place)
                       and len(line[4]) < line[1].times and (not by_who_owes or line[3] == record.by)]  # fmt: skip
            if fitting:
                min(fitting, key=lambda line: line[1].id)[4].append(record)
                spare.remove(record)
    for line in lines:
        day, one, id, _, own, late = line
        following = next((day + n * DAY for n in range(1, 500) if is_due(one, day + n * DAY)), day + one.every * DAY)
        for record in [record for record in spare if record.place == (POINT, id) and day < record.day < following]:
            if len(own) + len(late) < one.times:
                late.append(record)
                spare.remove(record)
    return sorted((day, one.id, id, who or 0, one.times, len(own), len(late)) for day, one, id, who, own, late in lines)


@settings(max_examples=300, deadline=None)
@given(months())
def test_a_month_equals_a_plain_reference(month: tuple[Any, ...]) -> None:
    plans, points, stewards, away, stand_ins, differ, rounds = month
    calendar = Calendar(ZONE, dict.fromkeys(range(6), HALF), "CN", HALF, differ)
    spots = [Spot(POINT, id, building, route, lasting(first, last)) for id, building, route, first, last in points]
    there, last = Places({POINT: spots}, stewards), date(2026, 2, 28)
    presence = Presence(away, stand_ins)

    def works(day: date) -> bool:
        return bool(calendar.periods(day))

    whole = dues_between(plans, there, presence, works, FEBRUARY, last)
    daily = [one for n in range(28) for one in dues(plans, there, presence, works, FEBRUARY + n * DAY)]
    assert sorted(map(_line, settle(daily, rounds))) == sorted(map(_line, settle(whole, rounds)))
    assert sorted(map(_line, settle(whole, rounds))) == reference(month, last)
    lines = [_line(one) for one in missed(whole, [*rounds, *rounds])]
    assert sorted(lines) == [line for line in reference(month, last) if line[5] < line[4]]


def _line(one: Settled) -> tuple[Any, ...]:
    due = one.due
    return (due.day, due.plan, due.place[1], due.person or 0, due.times, len(one.done), len(one.made_up))
