"""The Saturday report: what was due, done and missed each day, violations, acceptances, permits by state (D3–D5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import jobs, reports
from models.actor import SYSTEM, Source
from models.errors import NotFound
from models.query import Query, Ref
from office.figures.collection import Span
from office.renovation.standing import Standing
from office.renovation.week import inspections_owed, week_of
from tests.office.money import DAY, ROLES, MoneyOffice
from tests.office.renovation import Renovation, renovation_of

MONDAY = date(2026, 10, 5)
PERMIT = "renovation_permit"


@pytest.fixture
def works(money: MoneyOffice) -> Renovation:
    """Works from Monday: inspected on Monday, on Tuesday with a finding, not on Wednesday, stopped on Thursday."""
    made = renovation_of(money)
    id = made.running()
    inspect(made, id)
    money.on(MONDAY + DAY)
    inspect(made, id, all_fine=False, words="Sacks in the hall")
    made.violation(id, weight="minor", on_the_spot=True, deadline=None)
    money.on(MONDAY + 3 * DAY)
    made.violation(id)
    money.on(MONDAY + 4 * DAY)
    return made


def inspect(works: Renovation, id: int, **values: Any) -> None:
    works.money.registry.store.create(
        works.money.people["steward1"], "renovation_inspection", {"permit": id, **values}, Source("form")
    )


def week(works: Renovation, who: str = "supervisor", **answers: Any) -> reports.Table:
    return reports.run(works.money.registry, works.money.people[who], "renovation_week", answers)


def lines(found: reports.Table, *names: str) -> list[tuple[Any, ...]]:
    def plain(value: Any) -> Any:
        return value.title if isinstance(value, Ref) else value.to("en") if hasattr(value, "to") else value

    return [tuple(plain(row.values.get(name)) for name in names) for row in found.rows]


@pytest.mark.parametrize(
    ("day", "first"),
    [("2026-10-03", "2026-10-03"), ("2026-10-05", "2026-10-03"), ("2026-10-09", "2026-10-03"),
     ("2026-10-10", "2026-10-10"), ("2027-01-01", "2026-12-26")],
)  # fmt: skip
def test_a_week_runs_from_saturday_to_friday(day: str, first: str) -> None:
    begins = date.fromisoformat(first)
    assert week_of(date.fromisoformat(day)) == Span(begins, begins + 6 * DAY)


def test_only_days_on_which_works_went_on_are_due_and_today_is_not_missed_yet() -> None:
    span = Span(MONDAY - 2 * DAY, MONDAY + 4 * DAY)
    standing = Standing(7, 70, MONDAY + 30 * DAY, MONDAY, pauses=((MONDAY + DAY, MONDAY + 3 * DAY),))
    other = Standing(8, 80, MONDAY + DAY, MONDAY, completed_on=MONDAY + DAY)
    done = {(7, MONDAY), (8, MONDAY + 4 * DAY)}
    found = [
        (unit, (day - MONDAY).days, tally.done, tally.missed)
        for unit, day, tally in inspections_owed([standing, other], done, span, MONDAY + 4 * DAY)
    ]
    assert found == [(70, 0, 1, 0), (70, 3, 0, 1), (70, 4, 0, 0), (80, 0, 0, 1)]


@pytest.mark.both_engines
def test_each_day_says_what_was_due_done_missed_and_found(works: Renovation) -> None:
    found = week(works)
    assert lines(found, "day", "due", "done", "missed", "findings", "minor", "serious") == [
        (MONDAY, 1, 1, 0, 0, 0, 0), (MONDAY + DAY, 1, 1, 0, 1, 1, 0), (MONDAY + 2 * DAY, 1, 0, 1, 0, 0, 0),
        (MONDAY + 3 * DAY, 0, 0, 0, 0, 0, 1),
    ]  # fmt: skip
    assert found.totals is not None and found.totals.values["coverage"] == Decimal("66.7")
    said = [(figure.label.to("en"), figure.value) for figure in found.headline]
    assert said == [("Inspected of due", Decimal("66.7")), ("Violations", 2), ("Accepted", 0), ("Suspended", 1)]
    assert "2026-10-03 to Friday 2026-10-09" in found.said.to("en")  # type: ignore[union-attr]


def test_an_acceptance_counts_on_its_day_and_numbers_lead_to_their_records(works: Renovation) -> None:
    money = works.money
    id = works.running()
    money.step("steward1", PERMIT, "complete", id)
    made = money.make("acceptance", permit=id, result="failed", done_at=money.clock.now())
    assert made
    for group in ("day", "building"):
        found = week(works, group=group)
        assert sum(row.values["failed"] for row in found.rows) == 1
        for row in found.rows:
            for name, drill in row.drills.items():
                if drill is not None:
                    query = Query(conditions=drill.conditions)
                    assert money.registry.scope.count(SYSTEM, drill.entity, query) == row.values[name], (group, name)


def test_by_building_and_by_state(works: Renovation) -> None:
    assert lines(week(works, group="building"), "building", "due", "missed") == [("1", 3, 1)]
    works.draft()
    assert lines(week(works, group="state"), "state", "permits") == [("Draft", 1), ("Suspended", 1)]
    assert week(works, day="2026-09-01").rows == []


def test_it_is_for_those_who_look_after_works_and_of_the_own_area(works: Renovation) -> None:
    readers = {"director", "assistant", "supervisor", "steward", "engineer", "auditor"}
    for who, role in ROLES.items():
        if role not in readers:
            with pytest.raises(NotFound):
                week(works, who)
        else:
            assert bool(week(works, who).rows) == (who != "steward2"), who


def test_it_is_delivered_on_saturday_once_to_engineer_supervisor_and_director(works: Renovation) -> None:
    registry, saturday = works.money.registry, MONDAY + 5 * DAY
    schedule = registry.schema.schedules["weekly_renovation"]
    moment = datetime.combine(saturday, datetime.min.time(), works.money.clock.zone) + timedelta(hours=7.5)
    works.money.on(saturday, "08:00")
    assert [jobs.perform(registry, schedule, moment).done for _ in range(2)] == [1, 0]
    [kept] = works.money.rows("report_delivery", "report", "figures", "roles")
    assert kept["figures"].splitlines() == ["巡检覆盖率：66.7%（目标 ≥100%）", "违规：2", "验收合格：0", "停工整改：1"]
    for who in works.money.people:
        told = [one for one in registry.inbox.waiting(works.money.people[who], 20) if one.about[0] == "report_delivery"]
        assert len(told) == (ROLES[who] in ("engineer", "supervisor", "director")), who
        if told:
            assert registry.scope.get(works.money.people[who], "report_delivery", told[0].about[1])["file"], who
