"""The payments of the demo estate: who came when, with what, and which bills it settled (domain F5, F6, F12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_UP, Decimal
from itertools import count

from models.actor import SYSTEM
from models.query import Condition
from office.billing.late_fee import late_fee, late_fee_rules, rule_for
from office.demo.books import Books
from office.demo.habits import Habit, paid_on
from office.demo.tariffs import PROPERTY
from office.till.receipts import ZERO
from office.till.taking import Owed, Poured, allocate, pour

METHODS = {"wechat": 0.46, "alipay": 0.21, "cash": 0.16, "card": 0.09, "transfer": 0.08}
HUNDRED = Decimal(100)
OVER, TWO_WAYS = 0.08, 0.12
"""Of those who pay cash: the share that pays too much, and that pays in two ways."""


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill to be paid; ``on`` is the day it is paid unless another visit comes first, None is never."""

    owed: Owed
    fee_type: int
    payer: int | None
    on: date | None


@dataclass(frozen=True, slots=True)
class Money:
    """One payment to be: a number of its own among all, pay_method, yuan."""

    number: int
    method: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Visit:
    """A receipt to be, and what is settled with it, out of its own money or of earlier money that was too much."""

    unit: int
    on: date
    payer: int | None
    money: tuple[Money, ...]
    settled: tuple[Poured, ...] = ()
    kind: str = "payment"

    @property
    def by_bank(self) -> bool:
        return self.money[0].method == "bank_debit"

    @property
    def cash(self) -> Decimal:
        return sum((one.amount for one in self.money if one.method == "cash"), ZERO)

    @property
    def total(self) -> Decimal:
        return sum((one.amount for one in self.money), ZERO)


class Visits:
    """Draws who came to pay what up to today."""

    def __init__(self, books: Books, found: Mapping[int, Habit]) -> None:
        self.books, self.habits = books, found
        self.rules = late_fee_rules(books.registry, SYSTEM)
        self.numbers = count(1)

    def all(self) -> list[Visit]:
        """Unit by unit."""
        return [visit for unit, bills in self._bills().items() for visit in self._of_unit(unit, bills)]

    def deposits(self, units: Sequence[tuple[int, int | None]], amount: Decimal) -> list[Visit]:
        """A deposit paid in of each (unit, payer)."""
        made = []
        for unit, payer in units:
            on = self.books.today - timedelta(days=self.books.random.randint(3, 75))
            made.append(Visit(unit, on, payer, self._money("transfer", amount), kind="deposit"))
        return made

    # -- parts -------------------------------------------------------------------------------------

    def _bills(self) -> dict[int, list[Bill]]:
        names = ("unit", "fee_type", "issued_on", "due_on", "amount", "payer", "origin")
        by_unit: dict[int, list[Bill]] = defaultdict(list)
        published = Condition("state", "equals", "published")
        for id, unit, fee_type, issued_on, due_on, amount, payer, origin in self.books.rows("bill", names, published):
            on = None if origin == "opening" else paid_on(self.books, self.habits[unit], issued_on, due_on)
            by_unit[unit].append(Bill(Owed(id, due_on, issued_on, amount), fee_type, payer, on))
        return by_unit

    def _of_unit(self, unit: int, bills: list[Bill]) -> Iterator[Visit]:
        """A visit on each day on which something unpaid was to be paid; it pays all that is to be paid by then."""
        habit = self.habits[unit]
        left = [bill for bill in self._as_paid(bills, habit) if bill.on is not None]
        credit: tuple[int, Decimal] | None = None
        for day in sorted({bill.on for bill in left if bill.on is not None and bill.on <= self.books.today}):
            now = [bill for bill in left if bill.owed.issued_on <= day]
            if not any(bill.on == day for bill in now):
                continue
            left = [bill for bill in left if bill not in now]
            visit, credit = self._visit(unit, day, now, habit, credit)
            yield visit

    def _as_paid(self, bills: list[Bill], habit: Habit) -> list[Bill]:
        """Without the property fee that somebody forgot, and with half of it where somebody pays in part."""
        fees = [bill for bill in bills if bill.fee_type == self.books.fee_types[PROPERTY]]
        due = [bill for bill in fees if bill.owed.due_on < self.books.today]
        if habit.kind not in ("forgot", "part") or not due:
            return bills
        last = max(due, key=lambda bill: bill.owed.issued_on)
        rest = [bill for bill in bills if bill is not last]
        if habit.kind == "forgot":
            return rest
        half = replace(last.owed, principal=(last.owed.principal / 2).quantize(Decimal(1)))
        return [*rest, replace(last, owed=half)]

    def _visit(
        self, unit: int, day: date, bills: Sequence[Bill], habit: Habit, credit: tuple[int, Decimal] | None
    ) -> tuple[Visit, tuple[int, Decimal] | None]:
        """The visit, and the money of it or of an earlier one that is left over: (its number, yuan)."""
        owed = [replace(bill.owed, late_fee=self._late_fee(bill, day)) for bill in bills]
        total = sum((one.total for one in owed), ZERO)
        used = credit if credit and credit[1] < total else None
        due = total - (used[1] if used else ZERO)
        method = "bank_debit" if habit.debit else self.books.draw(METHODS)
        given = due
        if method == "cash" and self.books.chance(OVER):
            given = (due / HUNDRED).to_integral_value(ROUND_UP) * HUNDRED
        money = self._money(method, given)
        parts, _ = allocate(owed, total)
        settled = pour(parts, [*([used] if used else []), *((one.number, one.amount) for one in money)])
        visit = Visit(unit, day, bills[-1].payer, money, tuple(settled))
        return visit, (money[-1].number, given - due) if given > due else (None if used else credit)

    def _late_fee(self, bill: Bill, day: date) -> Decimal:
        rule = rule_for(self.rules, bill.fee_type, bill.owed.due_on)
        first = rule.counts_from(bill.owed.due_on, None) if rule else None
        return late_fee(bill.owed.principal, (), first, rule, day).owed

    def _money(self, method: str, amount: Decimal) -> tuple[Money, ...]:
        if amount > 2 * HUNDRED and method == "cash" and self.books.chance(TWO_WAYS):
            return Money(next(self.numbers), "wechat", amount - HUNDRED), Money(next(self.numbers), "cash", HUNDRED)
        return (Money(next(self.numbers), method, amount),)
