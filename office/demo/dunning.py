"""How far those who owe have been reminded in the demo estate: cases at several levels, promises, a dispute (F7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from models.actor import SYSTEM
from models.query import Condition
from office.demo.books import DEMO, Books
from office.dunning_cases import keep
from office.dunning_policy import DunningPolicy, policy_of

LEVELS = (3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1)
"""The levels that the oldest debtors have been taken to, one by one."""
GAP = 26
"""Days between two steps."""


@dataclass(frozen=True, slots=True)
class Debt:
    """What a unit owed when its case was opened: bills, yuan, who pays, and since when."""

    unit: int
    bills: tuple[int, ...]
    amount: Decimal
    payer: int | None
    since: date


def add_dunning(books: Books) -> None:
    """The past of some cases; what is due today follows from the facts, as every morning."""
    old = _debts(books)
    cases = books.add_many(
        "dunning_case", [_case(books, debt, level) for debt, level in zip(old, LEVELS, strict=False)]
    )
    stewards = dict(_stewards(books))
    policy = policy_of(books.registry.schema)
    steps = [
        step for case, debt, level in zip(cases, old, LEVELS, strict=False)
        for step in _steps(books, policy, case, debt, level, stewards.get(debt.unit))
    ]  # fmt: skip
    books.add_many("dunning_step", steps)
    books.add_many("dunning_hold", list(_holds(books, list(cases), old)))
    _attach(books, cases, old, steps)
    keep(books.registry, SYSTEM, books.today)


def _debts(books: Books) -> list[Debt]:
    """The units that have owed longest, those with most first among equals."""
    names = ("unit", "owed", "due_on", "payer")
    late = (Condition("owed", "from", Decimal("0.01")), Condition("due_on", "to", books.today - timedelta(days=30)))
    by_unit: dict[int, list[Any]] = defaultdict(list)
    for id, unit, owed, due_on, payer in books.rows("bill", names, *late):
        by_unit[unit].append((id, owed, due_on, payer))
    found = [
        Debt(unit, tuple(id for id, *_ in rows), sum((owed for _, owed, *_ in rows), Decimal(0)), rows[-1][3],
             min(due_on for _, _, due_on, _ in rows))
        for unit, rows in by_unit.items()
    ]  # fmt: skip
    return sorted((one for one in found if one.amount > 200), key=lambda one: (one.since, one.unit))[: len(LEVELS)]


def _stewards(books: Books) -> list[tuple[int, int | None]]:
    """(unit, steward) of every unit."""
    stewards = dict(books.rows("building", ("steward",)))
    return [(unit, stewards[building]) for unit, building in books.rows("unit", ("building",))]


def _done_on(books: Books, level: int, number: int) -> date:
    """When step ``number`` of a case at ``level`` was done: the last one some days ago."""
    return books.today - timedelta(days=4 + (level - number) * GAP)


def _case(books: Books, debt: Debt, level: int) -> dict[str, Any]:
    return {
        "unit": debt.unit, "payer": debt.payer, "opened_on": _done_on(books, level, 1) - timedelta(days=2),
        "level": level, "level_on": _done_on(books, level, level), "state": "open",
        "reason": "hardship" if level == 3 else None,
    }  # fmt: skip


def _steps(
    books: Books, policy: DunningPolicy, case: int, debt: Debt, level: int, steward: int | None
) -> list[dict[str, Any]]:
    """The steps that were done, from the first level to this one."""
    rows = []
    for number in range(1, level + 1):
        rule, done_on = policy.level(number), _done_on(books, level, number)
        is_letter = rule.means == "letter"
        letter_on = done_on - timedelta(days=1)
        rows.append({
            "case": case, "unit": debt.unit, "level": number, "attempt": 1, "means": rule.means, "due_on": letter_on,
            "letter_on": letter_on, "state": "sent", "bills": debt.bills, "amount": debt.amount, "doer": steward,
            "deadline": letter_on + timedelta(days=rule.deadline) if rule.deadline else None, "done_on": done_on,
            "outcome": None if is_letter else "met", "reason": None if is_letter else "hardship",
            "words": None if is_letter else "业主称近期失业，愿分期缴纳（演示）",
        })  # fmt: skip
    return rows


def _holds(books: Books, cases: list[int], debts: list[Debt]) -> list[dict[str, Any]]:
    """A promise for next week, one for today, one that was broken, and a dispute."""
    days = ((0, -4, 6, "promise"), (1, -6, 0, "promise"), (2, -12, -2, "promise"), (5, -3, None, "dispute"))
    return [
        {"case": cases[n], "unit": debts[n].unit, "kind": kind, "starts_on": books.today + timedelta(days=since),
         "until": None if until is None else books.today + timedelta(days=until),
         "amount": debts[n].amount if kind == "promise" else None,
         "reason": "对公摊电费有异议，要求查表（演示）" if kind == "dispute" else "电话中承诺（演示）"}
        for n, since, until, kind in days if n < len(cases)
    ]  # fmt: skip


def _attach(books: Books, cases: Sequence[int], debts: Sequence[Debt], steps: Sequence[dict[str, Any]]) -> None:
    """The bills belong to their case; a final notice that was delivered has a deadline."""
    deadlines = {step["case"]: step["deadline"] for step in steps if step["level"] == 2}
    for case, debt in zip(cases, debts, strict=False):
        for bill in debt.bills:
            values = {"dunning_case": case, "noticed_until": deadlines.get(case)}
            books.registry.store.update(SYSTEM, "bill", bill, values, DEMO)
