"""What lies in the till books of the demo estate: receipts, days handed over, deposits, a reversal, months (F12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_UP, Decimal
from typing import Any

from models.query import Condition
from office.billing.periods import DAY, period_before, period_holding
from office.demo.books import Books
from office.demo.habits import Habit
from office.demo.payments import Visit, Visits
from office.till.deposits import deduct_deposit, refund_deposit
from office.till.receipts import ZERO
from office.till.reversal import reverse_receipt

DEPOSIT = Decimal("2000.00")
NOTE = Decimal(100)
FINANCE = "演示财务"


def add_payments(books: Books, found: dict[int, Habit]) -> None:
    """Every visit up to today as receipt, payments and what they settle, in the order of time."""
    drawn = Visits(books, found)
    renovating = [(id, payer) for id, payer in _owners(books)]
    coming = [*drawn.all(), *drawn.deposits(renovating, DEPOSIT)]
    timed = sorted(((_moment(books, visit, n), n, visit) for n, visit in enumerate(coming)), key=lambda one: one[:2])
    days = _add_till_days(books, [visit for _, _, visit in timed])
    receipts = books.add_many("receipt", [_receipt(books, visit, at, days) for at, _, visit in timed])
    _add_money(books, [visit for _, _, visit in timed], receipts, days)


def act_today(books: Books) -> None:
    """What happened at the till this morning: a receipt reversed, another asked for, a deposit refunded."""
    now, cashier = books.at(books.today, 9, 20), books.actor("cashier")
    paid = [id for id, *_ in books.rows(
        "receipt", ("taken_on",), Condition("kind", "equals", "payment"), Condition("till_day", "filled"),
        Condition("taken_on", "from", books.today - timedelta(days=20)),
    )]  # fmt: skip
    if len(paid) > 1:
        reverse_receipt(books.registry, books.actor("billing"), now, paid[0], "收错房号（演示）")
        books.act("cashier", "receipt", "request_reversal", paid[1], now, reason="重复收款（演示）")
    deposits = [id for id, _ in books.rows("deposit", ("unit",))]
    if len(deposits) > 1:
        refund_deposit(books.registry, cashier, now, deposits[0], "transfer", reason="装修验收合格（演示）")
        deduct_deposit(books.registry, cashier, now, deposits[1], Decimal("200.00"), "损坏电梯轿厢护板（演示）")


def close_months(books: Books) -> None:
    """Months that are over are closed, but for the last one, which waits for it."""
    last = period_before(period_holding("month", books.today))
    for month in (period_before(period_before(last)), period_before(last), last):
        id = books.add("month_close", month=month.text)
        if month != last:
            books.act("billing", "month_close", "close_month", id, books.at(month.ends_on + 3 * DAY, 17))


def _owners(books: Books) -> list[tuple[int, int | None]]:
    """(unit, owner) of those who renovate."""
    renovating = {id for id, state in books.rows("unit", ("state",)) if state == "renovating"}
    owners = {
        unit: resident for _, unit, resident, role, ended in
        books.rows("occupancy", ("unit", "resident", "role", "ended_on")) if role == "owner" and ended is None
    }  # fmt: skip
    return [(unit, owners.get(unit)) for unit in sorted(renovating)]


def _moment(books: Books, visit: Visit, n: int) -> datetime:
    """When somebody came: in the hours of the till; today, early."""
    if visit.on == books.today:
        return books.at(visit.on, 8, n % 60)
    return books.at(visit.on, books.random.randint(9, 17), books.random.randrange(60))


def _add_till_days(books: Books, visits: Sequence[Visit]) -> dict[date, int]:
    """The cashier's day for each on which somebody came: all handed over but today's; now and then cash is missing."""
    cashier, cash = books.users.get("cashier"), defaultdict[date, Decimal](Decimal)
    if cashier is None:
        return {}
    for visit in visits:
        if not visit.by_bank:
            cash[visit.on] += visit.cash
    rows = [_till_day(books, cashier, day, cash[day]) for day in sorted(cash)]
    return dict(zip(sorted(cash), books.add_many("till_day", rows), strict=True))


def _till_day(books: Books, cashier: int, day: date, cash: Decimal) -> dict[str, Any]:
    if day == books.today:
        return {"cashier": cashier, "on": day, "state": "open"}
    missing = NOTE / 20 if cash > NOTE and books.chance(0.02) else ZERO
    return {
        "cashier": cashier, "on": day, "state": "handed_over", "counted": cash - missing, "is_safe_checked": True,
        "explanation": "找零有误，已由收银员补足（演示）" if missing else None, "received_by": FINANCE,
        "handed_over_at": books.at(day, 18, 5),
    }  # fmt: skip


def _receipt(books: Books, visit: Visit, at: datetime, days: dict[date, int]) -> dict[str, Any]:
    tendered = change = None
    if visit.cash and len(visit.money) == 1:
        tendered = (visit.cash / NOTE).to_integral_value(ROUND_UP) * NOTE
        change = tendered - visit.cash
    return {
        "kind": visit.kind, "unit": visit.unit, "payer": visit.payer, "taken_on": visit.on, "taken_at": at,
        "cashier": None if visit.by_bank else books.users.get("cashier"), "tendered": tendered, "change": change,
        "till_day": None if visit.by_bank else days.get(visit.on),
        "remark": "银行划账（演示）" if visit.by_bank else None,
    }  # fmt: skip


def _add_money(books: Books, visits: Sequence[Visit], receipts: Sequence[int], days: dict[date, int]) -> None:
    """The payments of the receipts, what they settle, and the deposits among them."""
    both = list(zip(visits, receipts, strict=True))
    numbered = [(one.number, visit, receipt, one) for visit, receipt in both for one in visit.money]
    made = books.add_many("payment", [
        {"receipt": receipt, "unit": visit.unit, "method": one.method, "amount": one.amount, "paid_on": visit.on,
         "for_bills": visit.kind == "payment", "till_day": None if visit.by_bank else days.get(visit.on),
         "reference": None if one.method == "cash" else f"YS{one.number:08}"}
        for _, visit, receipt, one in numbered
    ])  # fmt: skip
    ids = {number: id for (number, *_), id in zip(numbered, made, strict=True)}
    books.add_many("allocation", list(_allocations(both, ids)))
    books.add_many("deposit", [
        {"unit": visit.unit, "payer": visit.payer, "kind": "renovation", "amount": visit.total, "taken_on": visit.on,
         "receipt": receipt}
        for visit, receipt in both if visit.kind == "deposit"
    ])  # fmt: skip


def _allocations(both: Iterable[tuple[Visit, int]], ids: dict[int, int]) -> Iterable[dict[str, Any]]:
    for visit, receipt in both:
        own = {one.number for one in visit.money}
        for one in visit.settled:
            yield {
                "payment": ids[one.purse], "bill": one.part.bill, "amount": one.part.amount, "on": visit.on,
                "late_fee": one.part.late_fee, "from_credit": one.purse not in own, "receipt": receipt,
            }  # fmt: skip
