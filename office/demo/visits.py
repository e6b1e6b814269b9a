"""Visits of the demo estate: the frail in the last weeks, some others, wishes and a complaint (P3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from models.query import Condition
from office.demo.books import Books
from office.demo.rounds import past, walker

DAY = timedelta(days=1)
LATELY, LONG_AGO = 28, 110
"""Days back within which most of the frail were met, and others once."""
FRAIL, OTHERS = 0.75, 0.12
"""The share that was called on."""
WISHES = ("希望楼道加装扶手（演示）", "希望代买药品（演示）", "希望多安排社区活动（演示）", "希望上门量血压（演示）")
COMPLAINT = "楼上夜间挪动家具，影响休息（演示）"


def add_visits(books: Books) -> None:
    """Most of the frail were called on by their steward within the month, some other households in the last months."""
    if not books.users:
        return
    frail = {id for (id,) in books.rows("resident", (), Condition("care", "filled"))}
    stewards = dict(books.rows("building", ("steward",)))
    by = {unit: stewards.get(building) for unit, building in books.rows("unit", ("building",))}
    rows: list[dict[str, Any]] = []
    for _, unit, resident in books.rows("occupancy", ("unit", "resident"), Condition("ended_on", "empty")):
        in_care = resident in frail
        if not books.chance(FRAIL if in_care else OTHERS):
            continue
        back = books.random.randint(0 if in_care else 2, LATELY if in_care else LONG_AGO)
        at = past(books, books.today - back * DAY, books.random.randint(9 * 60, 17 * 60))
        if at is not None:
            who = by[unit] or walker(books, "supervisor")
            rows.append({"unit": unit, "resident": resident, "done_at": at, "by": who, **_course(books, in_care)})
    rows.sort(key=lambda row: row["done_at"])
    met = [row for row in rows if row["met"] == "met"]
    if met:
        met[-1]["complaint"] = COMPLAINT
    books.add_many("visit", rows)


def _course(books: Books, in_care: bool) -> dict[str, Any]:
    """Why somebody was called on and how it went."""
    met = books.draw({"met": 0.78, "family": 0.14, "nobody": 0.08})
    wish = books.random.choice(WISHES) if met != "nobody" and books.chance(0.2) else None
    return {"reason": "care" if in_care else books.draw({"routine": 0.9, "asked": 0.1}), "met": met, "wishes": wish}
