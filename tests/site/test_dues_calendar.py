"""What is due, missed and covered at the site: a month of a person, reports, the front page, who sees whose (P5)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from tests.models.test_followups import statements
from tests.office.money import DAY, ROLES, MoneyOffice, money_office
from tests.site.conftest import words

MONDAY = date(2026, 11, 16)
OPENS = {"director", "assistant", "supervisor", "steward", "engineer", "security", "auditor"}
REPORTS = ("rounds_due", "rounds_missed", "rounds_coverage")


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    """Monday 16 November: a point in each building, patrolled by its steward every day since the 9th but the 12th."""
    made = money_office(office, clock, person)
    made.on(MONDAY, "11:00")
    made.make("round_plan", name="Daily", kind="patrol", starts_on=MONDAY - 7 * DAY)
    for name, building in made.buildings.items():
        route = made.make("patrol_route", name=f"Route {name}", building=building)
        point = made.make("patrol_point", route=route, name=f"Lobby {name}", starts_on=MONDAY - 60 * DAY)
        for day in (9, 10, 11, 13, 14, 15):
            at = datetime.combine(date(2026, 11, day), time(9), made.clock.zone).astimezone(UTC)
            made.make("patrol", point=point, by=made.people[f"steward{name}"].id, done_at=at)
    return made


@pytest.fixture
def enter(money: MoneyOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(money)


def days(answer: Any) -> dict[int, str]:
    """What each day of the month says."""
    found = re.findall(r'<li class="cal-day.*?(?=<li class="cal-day|</ol>)', answer.get_data(as_text=True), re.DOTALL)
    return {
        n: html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one)).strip()) for n, one in enumerate(found, 1)
    }


@pytest.mark.parametrize("who", sorted(set(ROLES) - {"cashier2", "steward2"}))
def test_who_opens_the_month_and_the_reports(enter: Callable[[str], Any], who: str) -> None:
    visitor = enter(who)
    expected = 200 if ROLES[who] in OPENS else 404
    paths = ["/rounds/calendar/", *(f"/reports/{name}/" for name in REPORTS)]
    assert {path: visitor.get(path).status_code for path in paths} == dict.fromkeys(paths, expected)
    assert ("/rounds/calendar/" in visitor.get("/").get_data(as_text=True)) == (expected == 200)


def test_each_day_says_in_words_how_it_stands(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    steward = enter("steward1")
    said = days(steward.get("/rounds/calendar/"))
    assert len(said) == 30
    assert said[8] == "Sun 8 Day off" and said[2] == "Mon 2"
    assert said[9] == "Mon 9 All done Building patrol 1/1"
    assert said[12] == "Thu 12 1 missed Building patrol 0/1"
    assert said[16] == "Mon 16 Today 1 open Building patrol 0/1"
    assert said[17] == "Tue 17 1 due Building patrol 0/1"
    assert days(steward.get("/rounds/calendar/?month=2026-10")) == {}
    assert "Nothing is due" in words(steward.get("/rounds/calendar/?month=2026-10"))
    for odd in ("2026-13", "x", "9999-01", "2026-1", "%00"):
        assert len(days(steward.get(f"/rounds/calendar/?month={odd}"))) == 30


def test_a_month_tells_who_is_away_and_who_stands_in(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    one, guard = money.people["steward1"].id, money.people["security"].id
    staff = money.make("staff", name="Steward One", account=one)
    money.make("absence", staff=staff, starts_on=MONDAY, ends_on=MONDAY + 2 * DAY)
    money.make("stand_in", person=one, by=guard, starts_on=MONDAY, ends_on=MONDAY + DAY)
    said = days(enter("steward1").get("/rounds/calendar/"))
    assert said[16] == "Mon 16 Today Security stands in" and said[18] == "Wed 18 Away"
    assert days(enter("security").get("/rounds/calendar/"))[17] == (
        "Tue 17 1 due Stands in for Steward1 Building patrol 0/1"
    )


def test_the_month_of_another_is_for_those_who_oversee(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    other = money.people["steward2"].id
    assert enter("steward1").get(f"/rounds/calendar/?person={other}").status_code == 404
    shown = enter("supervisor").get(f"/rounds/calendar/?person={other}")
    assert "Steward2" in words(shown) and days(shown)[12].startswith("Thu 12 1 missed")
    assert enter("auditor").get("/rounds/calendar/?person=abc").status_code == 200


@pytest.mark.parametrize("name", REPORTS)
def test_a_steward_finds_only_the_own_in_pages_and_files(enter: Callable[[str], Any], name: str) -> None:
    steward, supervisor = enter("steward1"), enter("supervisor")
    for door in ("", "export/csv/"):
        asked = "?group=building" if name == "rounds_coverage" else "?day=2026-11-12"
        mine, every = (
            who.get(f"/reports/{name}/{door}{asked}").get_data(as_text=True) for who in (steward, supervisor)
        )
        betrays = "/building/details/?id=2" if name == "rounds_coverage" and not door else "Lobby 2"
        if name != "rounds_coverage":
            assert "Lobby 1" in mine and betrays not in mine and betrays in every
    assert steward.get(f"/reports/{name}/export/xlsx/").status_code == 200


def test_my_day_says_what_is_open_and_leads_there(enter: Callable[[str], Any]) -> None:
    page = enter("steward1").get("/")
    said = words(page)
    assert "1 Rounds open today 0 of 1 done" in said and "0 Rounds missed yesterday Target ≤0 · on target" in said
    assert 'href="/reports/rounds_due/"' in page.get_data(as_text=True)
    assert "Rounds open today" not in words(enter("engineer").get("/"))


def test_a_month_costs_the_same_for_many_points(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    supervisor = enter("supervisor")
    supervisor.get("/rounds/calendar/")
    few = statements(money.registry, lambda: supervisor.get("/rounds/calendar/"))
    route = money.rows("patrol_route")[0].id
    for n in range(20):
        money.make("patrol_point", route=route, name=f"Stop {n}", starts_on=MONDAY - 20 * DAY)
    assert statements(money.registry, lambda: supervisor.get("/rounds/calendar/")) <= few + 1
