"""The bills of the demo estate: runs of the last quarters and months, as the office makes them, and some by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from models.actor import SYSTEM
from models.operations import Selection
from office.billing.bills import bill_by_hand
from office.billing.periods import DAY, Period, month_end, period_after, period_before, period_holding
from office.billing.run import check_run, publish_whole
from office.demo.books import Books
from office.demo.tariffs import PARKING, PROPERTY, RUBBISH, SERVICE, SHARED, WATER

AHEAD = 21
"""Days before a quarter begins on which its property fee is billed."""
RUN_ON = 28
"""The day of the month on which water is billed."""
Run = tuple[date, date, str]
"""(issued on, month, fee type)"""


def add_bills(books: Books, quarters: list[Period], debtors: dict[int, date]) -> None:
    """Everything billed up to today: ``quarters`` are the last ones that are over.

    ``debtors`` are units that have not paid since a day; the oldest of them brought debts along from before.
    """
    _add_opening(books, debtors)
    _add_by_hand(books)
    for issued_on, month, name in sorted(_runs(quarters, books.today)):
        _bill(books, issued_on, month, name)
    _add_waiting_run(books)


def _runs(quarters: list[Period], today: date) -> list[Run]:
    """What was billed when: property fees ahead of their quarter, what is counted after it."""
    last = quarters[-1]
    billed = [*quarters, period_after(last), period_after(period_after(last))]
    runs = [(one.starts_on - AHEAD * DAY, one.starts_on, PROPERTY) for one in billed]
    runs.append((last.ends_on + 5 * DAY, last.starts_on, SHARED))
    month = last.starts_on
    while month <= today:
        runs.append((month, month, PARKING))
        runs.append((month.replace(day=RUN_ON), month, WATER))
        month = month_end(month) + DAY
    return [run for run in runs if run[0] <= today]


def _bill(books: Books, issued_on: date, month: date, name: str) -> None:
    run = _add_run(books, issued_on, month, name)
    publish_whole(books.registry, SYSTEM, books.registry.scope.get(SYSTEM, "bill_run", run))


def _add_run(books: Books, issued_on: date, month: date, name: str) -> int:
    """A run that was tried."""
    run = books.add("bill_run", month=f"{month:%Y-%m}", fee_types=(books.fee_types[name],), issued_on=issued_on)
    check_run(books.registry, Selection("bill_run", (run,)), SYSTEM, books.at(issued_on, 9), {})
    return run


def _add_waiting_run(books: Books) -> None:
    """Next month's parking, tried and not published yet."""
    _add_run(books, books.today, month_end(books.today) + DAY, PARKING)


def _add_opening(books: Books, debtors: dict[int, date]) -> None:
    """Property fees of two earlier years that the oldest debtors still owe."""
    oldest = sorted(debtors, key=lambda unit: (debtors[unit], unit))[: max(2, len(debtors) // 4)]
    areas = dict(books.rows("unit", ("area",)))
    quarter, rows = period_holding("quarter", books.today - timedelta(days=450)), []
    for period in (period_before(quarter), quarter):
        rows += [
            {"unit": unit, "fee_type": books.fee_types[PROPERTY], "period": period.text, "starts_on": period.starts_on,
             "ends_on": period.ends_on, "amount": (areas[unit] * Decimal("6.30")).quantize(Decimal("0.01")),
             "origin": "opening", "issued_on": period.starts_on, "due_on": period.starts_on + 30 * DAY,
             "state": "published", "payer": None, "remark": "历史欠费结转（演示）"}
            for unit in oldest
        ]  # fmt: skip
    books.add_many("bill", rows)


def _add_by_hand(books: Books) -> None:
    """Rubbish of those who renovate, and small jobs done for some."""
    units = list(books.rows("unit", ("state",)))
    renovating = [id for id, state in units if state == "renovating"]
    living = [id for id, state in units if state == "occupied"]
    for name, some, amounts in (
        (RUBBISH, renovating, ("300.00", "450.00", "600.00")),
        (SERVICE, books.random.sample(living, len(living) // 12), ("50.00", "80.00", "120.00")),
    ):
        for n, amount in enumerate(amounts):
            now = books.at(books.today - (9 + 23 * n) * DAY, 10)
            answers = {"fee_type": books.fee_types[name], "amount": Decimal(amount), "remark": "演示"}
            bill_by_hand(books.registry, Selection("unit", tuple(some[n :: len(amounts)])), SYSTEM, now, answers)
