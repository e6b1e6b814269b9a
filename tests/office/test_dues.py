"""Plans, stand-ins and what stays: what is due is worked out from records whose dates stay, in few queries (P5)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from models import reports
from models.actor import SYSTEM, Source
from models.errors import Invalid, NotAllowed, NotFound
from models.query import Ref
from office.rounds.owed import my_dues, settled_between
from schema.text import Text
from tests.models.test_followups import statements
from tests.office.money import DAY, FORM, MoneyOffice
from tests.office.renovation import renovation_of

MONDAY = date(2026, 11, 16)
REPORTS = ("rounds_due", "rounds_missed", "rounds_coverage")


@pytest.fixture
def rounds(money: MoneyOffice) -> MoneyOffice:
    """Monday 16 November, 9:30: a point in buildings 1, 2 and 3, which has no steward; nothing is planned yet."""
    money.on(MONDAY)
    money.buildings["3"] = money.make("building", number="3")
    for name, building in money.buildings.items():
        route = money.make("patrol_route", name=f"Route {name}", building=building)
        money.make("patrol_point", route=route, name=f"Lobby {name}", starts_on=MONDAY - 60 * DAY)
    for who in ("steward1", "steward2"):
        money.make("staff", name=who, account=money.people[who].id)
    return money


def planned(money: MoneyOffice, kind: str = "patrol", name: str = "", **values: Any) -> int:
    """A plan that began a month ago."""
    given = {"name": name or kind, "kind": kind, "starts_on": MONDAY - 30 * DAY, **values}
    return money.make("round_plan", **given)


def moment(money: MoneyOffice, day: date, at: str = "09:00") -> datetime:
    return datetime.combine(day, time.fromisoformat(at), money.clock.zone).astimezone(UTC)


def patrolled(money: MoneyOffice, n: int, day: date, who: str = "steward1", at: str = "09:00") -> None:
    point = money.rows("patrol_point")[n].id
    money.make("patrol", point=point, kind="patrol", by=money.people[who].id, done_at=moment(money, day, at))


def owed(money: MoneyOffice, who: str, day: date | None = None) -> list[tuple[str, str, bool]]:
    found = my_dues(money.registry, money.people[who], day or money.today)
    return [(one.kind, one.title, one.is_open) for one in found]


def lines(money: MoneyOffice, first: date, last: date, who: str = "supervisor") -> list[tuple[int, int | None, int]]:
    """(day of the month, who owes it, how many times it is lacking) of what was due."""
    found = settled_between(money.registry, money.people[who], first, last)
    return [(one.due.day.day, one.due.person, one.lacking) for one in found]


# -- facts -------------------------------------------------------------------------------------------------


def test_each_owes_the_points_of_the_own_buildings_until_they_are_done(rounds: MoneyOffice) -> None:
    planned(rounds)
    assert owed(rounds, "steward1") == [("patrol", "Route 1 1 Lobby 1", True)]
    patrolled(rounds, 0, MONDAY, "security")
    assert owed(rounds, "steward1") == [("patrol", "Route 1 1 Lobby 1", False)]
    assert owed(rounds, "security") == owed(rounds, "supervisor") == []
    one, two = rounds.people["steward1"].id, rounds.people["steward2"].id
    assert lines(rounds, MONDAY, MONDAY) == [(16, one, 0), (16, two, 1), (16, None, 1)]


def test_a_day_is_one_of_the_office(rounds: MoneyOffice) -> None:
    planned(rounds, building=rounds.buildings["1"])
    patrolled(rounds, 0, MONDAY, at="00:10")
    patrolled(rounds, 0, MONDAY - 2 * DAY, at="23:50")
    assert [line[::2] for line in lines(rounds, MONDAY - 2 * DAY, MONDAY)] == [(14, 0), (15, 1), (16, 0)]


def test_permits_are_due_while_their_works_go_on(rounds: MoneyOffice) -> None:
    planned(rounds, "renovation")
    renovation = renovation_of(rounds)
    permit = renovation.running()
    rounds.on(MONDAY + 2 * DAY)
    rounds.act("engineer", "renovation_permit", "suspend_permit", permit, reason="Noise")
    rounds.on(MONDAY + 4 * DAY)
    rounds.act("engineer", "renovation_permit", "resume_permit", permit)
    rounds.make("renovation_inspection", permit=permit, by=rounds.people["engineer"].id, all_fine=True)
    expected = [(16, 1), (17, 1), (20, 0)]
    assert [line[::2] for line in lines(rounds, MONDAY - 3 * DAY, MONDAY + 4 * DAY)] == expected
    rounds.step("engineer", "renovation_permit", "complete", permit)
    assert [line[::2] for line in lines(rounds, MONDAY - 3 * DAY, MONDAY + 4 * DAY)] == expected[:2]


def test_vacant_units_are_due_until_the_day_on_which_that_ends(rounds: MoneyOffice) -> None:
    planned(rounds, "vacant_unit", every=2, starts_on=MONDAY - 6 * DAY)
    unit = rounds.unit("101", owner=None)
    vacancy = rounds.make("vacancy", unit=unit, since_on=MONDAY - 4 * DAY)
    rounds.make("vacancy_round", unit=unit, by=rounds.people["security"].id, done_at=moment(rounds, MONDAY - 3 * DAY))
    found = settled_between(rounds.registry, SYSTEM, MONDAY - 6 * DAY, MONDAY)
    assert [(one.due.day.day, one.lacking, len(one.made_up)) for one in found] == [(12, 1, 1), (14, 1, 0), (16, 1, 0)]
    assert owed(rounds, "steward1") == [("vacant_unit", "1-1-101", True)]
    rounds.set("vacancy", vacancy, ended_on=MONDAY)
    assert owed(rounds, "steward1") == []


def test_signs_are_due_where_one_is_up_twice_a_day(rounds: MoneyOffice) -> None:
    planned(rounds, "sign_check", times=2)
    sign = rounds.make("sign", category="floor", building=rounds.buildings["1"], place="Lobby", text="3F",
                       installed_on=MONDAY - 2 * DAY)  # fmt: skip
    for day, at in ((MONDAY - DAY, "09:00"), (MONDAY - DAY, "16:00"), (MONDAY, "08:50")):
        rounds.make("sign_check", building=rounds.buildings["1"], by=rounds.people["steward1"].id,
                    done_at=moment(rounds, day, at))  # fmt: skip
    assert [line[::2] for line in lines(rounds, MONDAY - 5 * DAY, MONDAY)] == [(14, 2), (15, 0), (16, 1)]
    rounds.set("sign", sign, removed_on=MONDAY)
    assert [line[::2] for line in lines(rounds, MONDAY - 5 * DAY, MONDAY)] == [(14, 2), (15, 0)]


def test_visits_count_households_met_in_the_area(rounds: MoneyOffice) -> None:
    planned(rounds, "visit", times=2, area=rounds.people["steward1"].id)
    units = [rounds.unit(room) for room in ("101", "102")]
    for unit, met, at in ((0, "met", "08:00"), (0, "met", "09:00"), (1, "nobody", "09:10")):
        rounds.make("visit", unit=units[unit], met=met, by=rounds.people["steward1"].id,
                    done_at=moment(rounds, MONDAY, at))  # fmt: skip
    assert lines(rounds, MONDAY, MONDAY) == [(16, rounds.people["steward1"].id, 1)]
    (mine,) = my_dues(rounds.registry, rounds.people["steward1"], MONDAY)
    assert (mine.what, mine.title, len(mine.done)) == ("area", "Area of Steward1", 1)
    rounds.make("visit", unit=units[1], met="family", by=rounds.people["assistant"].id, done_at=rounds.clock.now())
    assert lines(rounds, MONDAY, MONDAY) == [(16, rounds.people["steward1"].id, 0)]


def test_holidays_of_the_office_and_its_own_days(rounds: MoneyOffice) -> None:
    planned(rounds, building=rounds.buildings["1"], workdays_only=True)
    rounds.make("calendar_day", day=MONDAY - DAY, is_open=True)
    rounds.make("calendar_day", day=MONDAY - 3 * DAY, is_open=False)
    assert [line[0] for line in lines(rounds, MONDAY - 8 * DAY, MONDAY)] == [9, 10, 11, 12, 14, 15, 16]


# -- absences and stand-ins --------------------------------------------------------------------------------


def test_who_is_away_owes_nothing_and_the_stand_in_does(rounds: MoneyOffice) -> None:
    planned(rounds)
    staff = rounds.rows("staff", "account", account=rounds.people["steward1"].id)[0].id
    rounds.make("absence", staff=staff, starts_on=MONDAY, ends_on=MONDAY + DAY)
    assert owed(rounds, "steward1") == []
    nobodys = reports.run(rounds.registry, rounds.people["supervisor"], "rounds_due")
    said = [_said(row.values["person"]) for row in nobodys.rows]
    assert said == ["Nobody (Steward1 is away)", "Nobody", "Steward2"]
    rounds.make("stand_in", person=rounds.people["steward1"].id, by=rounds.people["security"].id,
                starts_on=MONDAY, ends_on=MONDAY)  # fmt: skip
    (stood_in,) = my_dues(rounds.registry, rounds.people["security"], MONDAY)
    assert (stood_in.title, stood_in.instead_of) == ("Route 1 1 Lobby 1", "Steward1")
    assert owed(rounds, "steward1", MONDAY + 2 * DAY) and not owed(rounds, "security", MONDAY + DAY)


def test_one_stands_in_for_another_at_a_time(rounds: MoneyOffice) -> None:
    one, two, three = (rounds.people[name].id for name in ("steward1", "steward2", "security"))
    first = rounds.make("stand_in", person=one, by=two, starts_on=MONDAY, ends_on=MONDAY + 2 * DAY)
    with pytest.raises(Invalid, match="already"):
        rounds.make("stand_in", person=one, by=three, starts_on=MONDAY + 2 * DAY, ends_on=MONDAY + 3 * DAY)
    rounds.make("stand_in", person=one, by=three, starts_on=MONDAY + 3 * DAY, ends_on=MONDAY + 3 * DAY)
    rounds.set("stand_in", first, ends_on=MONDAY + DAY)
    with pytest.raises(Invalid, match="themselves"):
        rounds.make("stand_in", person=two, by=two)


# -- what was due stays ------------------------------------------------------------------------------------


def whole(money: MoneyOffice) -> list[Any]:
    """What was due and missed in the fortnight before today."""
    first = money.today - 14 * DAY
    return [(one.due.day, one.due.place, one.due.person, one.lacking)
            for one in settled_between(money.registry, SYSTEM, first, money.today - DAY)]  # fmt: skip


def _new_steward(money: MoneyOffice, plan: int) -> None:
    supervisor = money.people["supervisor"]
    for who in ("steward2", "steward1", "steward2"):
        change = {"steward": money.people[who].id}
        money.registry.store.update(supervisor, "building", money.buildings["1"], change, FORM)


def _out_of_use(money: MoneyOffice, plan: int) -> None:
    point = money.rows("patrol_point")[0].id
    money.registry.store.update(money.people["supervisor"], "patrol_point", point, {"is_used": False}, FORM)


def _other_route(money: MoneyOffice, plan: int) -> None:
    route = money.rows("patrol_route")[1].id
    point = money.rows("patrol_point")[0].id
    money.registry.store.update(
        money.people["supervisor"], "patrol_point", point, {"route": route, "building": None}, FORM
    )


def _new_point(money: MoneyOffice, plan: int) -> None:
    route = money.rows("patrol_route")[0].id
    money.registry.store.create(money.people["supervisor"], "patrol_point", {"route": route, "name": "Roof"}, FORM)


def _ended(money: MoneyOffice, plan: int) -> None:
    ended = {"ended_on": money.today - DAY}
    money.registry.store.update(money.people["supervisor"], "round_plan", plan, ended, FORM)


@pytest.mark.parametrize("change", [_new_steward, _out_of_use, _other_route, _new_point, _ended])
def test_what_is_changed_today_changes_today_and_not_what_was_due(
    rounds: MoneyOffice, change: Callable[[MoneyOffice, int], None]
) -> None:
    plan = planned(rounds)
    patrolled(rounds, 0, MONDAY - 3 * DAY)
    before = whole(rounds)
    of_today = lines(rounds, MONDAY, MONDAY)
    assert len(before) == 14 * 3
    change(rounds, plan)
    assert whole(rounds) == before
    assert lines(rounds, MONDAY, MONDAY) != of_today
    rounds.on(MONDAY + 5 * DAY)
    later = settled_between(rounds.registry, SYSTEM, MONDAY - 14 * DAY, MONDAY - DAY)
    assert [(one.due.day, one.due.place, one.due.person, one.lacking) for one in later] == before


def test_a_point_goes_out_of_use_and_comes_back(rounds: MoneyOffice) -> None:
    planned(rounds, building=rounds.buildings["1"])
    point = rounds.rows("patrol_point")[0].id
    rounds.set("patrol_point", point, is_used=False)
    rounds.on(MONDAY + 2 * DAY)
    rounds.set("patrol_point", point, is_used=True)
    rounds.on(MONDAY + 3 * DAY)
    assert [line[0] for line in lines(rounds, MONDAY - DAY, MONDAY + 3 * DAY)] == [15, 18, 19]


def test_a_point_that_was_in_use_is_not_deleted(rounds: MoneyOffice) -> None:
    route = rounds.rows("patrol_route")[0].id
    fresh = rounds.make("patrol_point", route=route, name="Mistake")
    rounds.registry.store.delete(rounds.people["supervisor"], "patrol_point", fresh, FORM)
    with pytest.raises(Invalid, match="take it out of use"):
        rounds.registry.store.delete(
            rounds.people["supervisor"], "patrol_point", rounds.rows("patrol_point")[0].id, FORM
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"times": 2}, "end it and start another"), ({"person": "security"}, "end it and start another"),
        ({"starts_on": MONDAY}, "end it and start another"), ({"weekdays": ("monday",)}, "end it and start another"),
        ({"ended_on": MONDAY - 2 * DAY}, "Yesterday is the earliest"), ({"ended_on": MONDAY - DAY}, ""),
        ({"ended_on": MONDAY + DAY}, ""), ({"name": "Lobbies", "remark": "By lift"}, ""),
    ],
)  # fmt: skip
def test_a_plan_that_has_begun_is_only_ended(rounds: MoneyOffice, change: dict[str, Any], said: str) -> None:
    plan = planned(rounds)
    values = {name: rounds.people[value].id if name == "person" else value for name, value in change.items()}

    def write() -> None:
        rounds.registry.store.update(rounds.people["supervisor"], "round_plan", plan, values, FORM)

    with pytest.raises(Invalid, match=said) if said else nullcontext():
        write()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"starts_on": MONDAY - DAY}, "today or later"), ({"starts_on": MONDAY}, ""),
        ({"kind": "second_patrol"}, "needs the supervisor"), ({"kind": "sign_check", "times": 3}, "twice a day"),
        ({"every": 2, "weekdays": ("monday",)}, "interval is 1"), ({"weekdays": ("monday", "friday")}, ""),
        ({"ended_on": MONDAY - DAY}, "before it begins"), ({"kind": "visit", "person": True}, "building or an area"),
        ({"kind": "visit", "route": True}, "Only patrols"), ({"building": True, "route": True}, "Only one"),
        ({"building": True, "area": True}, "Only one"),
    ],
)  # fmt: skip
def test_what_a_new_plan_may_say(rounds: MoneyOffice, values: dict[str, Any], said: str) -> None:
    links = {"person": rounds.people["security"].id, "area": rounds.people["steward1"].id,
             "route": rounds.rows("patrol_route")[0].id, "building": rounds.buildings["1"]}  # fmt: skip
    given = {"name": "New", "kind": "patrol", **values}
    given |= {name: links[name] for name in links if given.get(name) is True}

    def write() -> None:
        rounds.registry.store.create(rounds.people["supervisor"], "round_plan", given, FORM)

    with pytest.raises(Invalid, match=said) if said else nullcontext():
        write()


def test_the_same_plan_twice_is_refused_on_the_days_they_share(rounds: MoneyOffice) -> None:
    planned(rounds, name="Old", ended_on=MONDAY + DAY)
    with pytest.raises(Invalid, match="Old"):
        planned(rounds, name="New", starts_on=MONDAY + DAY)
    planned(rounds, name="New", starts_on=MONDAY + 2 * DAY)
    planned(rounds, name="Guards", person=rounds.people["security"].id)


def test_only_a_plan_that_has_not_begun_is_deleted(rounds: MoneyOffice) -> None:
    begun, ahead = planned(rounds), planned(rounds, name="Later", building=1, starts_on=MONDAY + DAY)
    rounds.registry.store.delete(rounds.people["supervisor"], "round_plan", ahead, FORM)
    with pytest.raises((NotAllowed, NotFound)):
        rounds.registry.store.delete(rounds.people["supervisor"], "round_plan", begun, FORM)


# -- reports -----------------------------------------------------------------------------------------------


def _said(value: Any) -> Any:
    return value.title if isinstance(value, Ref) else value.to("en") if isinstance(value, Text) else value


def table(money: MoneyOffice, name: str, who: str = "supervisor", **answers: Any) -> list[tuple[Any, ...]]:
    found = reports.run(money.registry, money.people[who], name, answers)
    return [tuple(_said(row.values.get(column.name)) for column in found.columns) for row in found.rows]


def test_the_missed_stand_by_day_person_and_kind(rounds: MoneyOffice) -> None:
    planned(rounds, starts_on=MONDAY - 2 * DAY)
    patrolled(rounds, 0, MONDAY - DAY)
    patrolled(rounds, 1, MONDAY - 2 * DAY)
    assert table(rounds, "rounds_missed", span="week") == [
        (MONDAY - 2 * DAY, "Nobody", "Building patrol", 1, 0, "Route 3 1 Lobby 3"),
        (MONDAY - 2 * DAY, "Steward1", "Building patrol", 1, 0, "Route 1 1 Lobby 1"),
        (MONDAY - DAY, "Nobody", "Building patrol", 1, 0, "Route 3 1 Lobby 3"),
        (MONDAY - DAY, "Steward2", "Building patrol", 1, 0, "Route 2 1 Lobby 2"),
    ]
    assert table(rounds, "rounds_missed", group="person") == [
        ("Nobody", 2, 0, 2, 0), ("Steward1", 2, 1, 1, 0), ("Steward2", 2, 1, 1, 0),
    ]  # fmt: skip
    assert table(rounds, "rounds_missed", "steward1", group="kind") == [("Building patrol", 2, 1, 1, 0)]
    assert table(rounds, "rounds_missed", "security") == table(rounds, "rounds_missed", day=MONDAY + 30 * DAY) == []


def test_coverage_is_done_of_due_and_a_dash_where_nothing_was_due(rounds: MoneyOffice) -> None:
    planned(rounds, building=rounds.buildings["1"], weekdays=("saturday", "sunday"))
    patrolled(rounds, 0, MONDAY - 2 * DAY)
    shares = [(line[0].day, *line[1:3], line[5]) for line in table(rounds, "rounds_coverage", span="week")]
    assert shares == [(9, 0, 0, None), (10, 0, 0, None), (11, 0, 0, None), (12, 0, 0, None), (13, 0, 0, None),
                      (14, 1, 1, 100), (15, 1, 0, 0)]  # fmt: skip
    assert [line[0] for line in table(rounds, "rounds_coverage", group="building")] == ["1"]


def test_each_report_shows_all_to_who_oversees_and_others_their_own(rounds: MoneyOffice) -> None:
    planned(rounds)
    people = ("director", "assistant", "supervisor", "auditor", "steward1", "steward2", "engineer", "security")
    whose = {who: len(table(rounds, "rounds_due", who)) for who in people}
    assert whose == {"director": 3, "assistant": 3, "supervisor": 3, "auditor": 3, "steward1": 1, "steward2": 1,
                     "engineer": 0, "security": 0}  # fmt: skip
    other = rounds.people["steward2"].id
    assert (
        table(rounds, "rounds_due", "steward1", person=other)
        == table(rounds, "rounds_missed", "steward1", person=other)
        == []
    )
    for who in ("frontdesk", "cashier", "sales", "admin"):
        for name in REPORTS:
            with pytest.raises(NotFound):
                reports.run(rounds.registry, rounds.people[who], name)


def test_what_is_due_costs_the_same_for_many_buildings(rounds: MoneyOffice) -> None:
    for kind in ("patrol", "renovation", "vacant_unit", "visit", "sign_check"):
        planned(rounds, kind)
    steward = rounds.people["steward1"]
    renovation_of(rounds).running()

    def ask() -> None:
        my_dues(rounds.registry, steward, MONDAY)

    def grow(numbers: range) -> None:
        for n in numbers:
            building = rounds.make("building", number=f"9{n}", steward=steward.id)
            route = rounds.make("patrol_route", name=f"Route 9{n}", building=building)
            rounds.make("patrol_point", route=route, name="Lobby")
            unit = rounds.make("unit", building=building, section="1", room="101")
            rounds.make("vacancy", unit=unit, since_on=MONDAY - DAY)
            rounds.make("visit", unit=unit, by=steward.id, done_at=rounds.clock.now())

    grow(range(1))
    few = statements(rounds.registry, ask)
    grow(range(1, 12))
    assert abs(statements(rounds.registry, ask) - few) <= 1 and few < 50


def test_the_front_page_says_what_is_open_and_what_was_missed_yesterday(rounds: MoneyOffice) -> None:
    def figures(who: str) -> list[Any]:
        found = [reports.first_figure(rounds.registry, rounds.people[who], name) for name in REPORTS[:2]]
        return [one and (one.value, one.said and one.said.to("en")) for one in found]

    assert figures("steward1") == [None, None]
    planned(rounds)
    patrolled(rounds, 0, MONDAY)
    assert figures("steward1") == [(0, "1 of 1 done"), (1, "0 of 1 done")]
    assert figures("supervisor") == [(2, "1 of 3 done; 1 of them nobody's"), (3, "0 of 3 done")]
    assert figures("engineer") == [None, None]


def test_records_that_come_by_import_or_twice_change_nothing_of_what_is_due(rounds: MoneyOffice) -> None:
    planned(rounds, building=rounds.buildings["1"])
    before = lines(rounds, MONDAY - 3 * DAY, MONDAY)
    for _ in range(2):
        patrolled(rounds, 0, MONDAY - timedelta(days=1))
    after = lines(rounds, MONDAY - 3 * DAY, MONDAY)
    assert [line[:2] for line in after] == [line[:2] for line in before]
    assert [line[2] for line in after] == [1, 1, 0, 1]
    rounds.registry.store.delete(SYSTEM, "patrol", rounds.rows("patrol")[0].id, Source("form"))
    assert lines(rounds, MONDAY - 3 * DAY, MONDAY) == after
