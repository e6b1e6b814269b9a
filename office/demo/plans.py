"""Plans of rounds of the demo estate, a month of inspections of its permits, and who stands in for whom (P5, D3)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from models.query import Condition
from office.demo.books import Books
from office.demo.rounds import DAYS, past, walker

DAY = timedelta(days=1)
WEEKLY = 36
"""Days back since when the vacant units are gone through every week; a multiple of seven from yesterday."""
SKIPPED = 0.06
"""The share of inspections that nobody made."""


def add_plans(books: Books) -> None:
    """What an office plans: patrols, the supervisor's rounds, signs, permits, visits, vacant units; one stand-in.

    An office without accounts has nobody to plan for.
    """
    if not books.users:
        return
    since, supervisor, guard = books.today - DAYS * DAY, walker(books, "supervisor"), walker(books, "security")
    plans: list[dict[str, Any]] = [
        {"name": "楼宇巡查（每天）", "kind": "patrol"},
        {"name": "经理巡查（每天）", "kind": "second_patrol", "person": supervisor},
        {"name": "标识巡检（上午、下午）", "kind": "sign_check", "times": 2},
        {"name": "装修巡检（每天）", "kind": "renovation"},
        {"name": "住户巡访（上班日）", "kind": "visit", "workdays_only": True},
        {"name": "空置房巡查（每周）", "kind": "vacant_unit", "person": guard, "every": 7,
         "starts_on": books.today - WEEKLY * DAY},
    ]  # fmt: skip
    plans += [
        {"name": f"{name}（每天）", "kind": "patrol", "route": id, "person": guard}
        for id, name in books.rows("patrol_route", ("name",), Condition("building", "empty"))
    ]
    books.add_many("round_plan", [{"starts_on": since, **plan} for plan in plans])
    _add_inspections(books, since)
    _add_stand_in(books)


def _add_inspections(books: Books, since: date) -> None:
    """Each permit in progress was inspected nearly every day by the steward of its building; today some are."""
    stewards = dict(books.rows("building", ("steward",)))
    buildings = dict(books.rows("unit", ("building",)))
    rows: list[dict[str, Any]] = []
    names = ("unit", "began_on", "ends_on", "completed_on")
    for n, (id, unit, began_on, ends_on, completed_on) in enumerate(books.rows("renovation_permit", names)):
        day, last = max(began_on or books.today, since), min(ends_on, books.today)
        while began_on is not None and day <= last and (completed_on is None or day < completed_on):
            at = past(books, day, 9 * 60 + 20 + 15 * n + books.random.randint(0, 9))
            is_open = day == books.today and n % 2 == 1
            if at is not None and not is_open and not books.chance(SKIPPED):
                by = stewards.get(buildings[unit]) or walker(books, "engineer")
                rows.append({"permit": id, "done_at": at, "by": by, "all_fine": True})
            day += DAY
    books.add_many("renovation_inspection", sorted(rows, key=lambda row: row["done_at"]))


def _add_stand_in(books: Books) -> None:
    """For the leave of the second steward that is coming up."""
    accounts = dict(books.rows("staff", ("account",)))
    away = books.users.get("steward2")
    for _, staff, starts_on, ends_on in books.rows("absence", ("staff", "starts_on", "ends_on")):
        if away is not None and accounts.get(staff) == away:
            books.add("stand_in", person=away, by=walker(books, "supervisor"), starts_on=starts_on, ends_on=ends_on)
