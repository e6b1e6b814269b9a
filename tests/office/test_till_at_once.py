"""Two cashiers at the same moment, on two connections: never twice, never a gap, and the second one is told (F5)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.errors import Refused
from office.till.closing import refuse_closed
from office.till.deposits import refund_deposit, take_deposit
from office.till.receipts import Method
from office.till.reversal import reverse_receipt
from office.till.taking import credits_of, owed_by, take_payment
from tests.office.money import MoneyOffice

D = Decimal
pytestmark = pytest.mark.both_engines


def together(money: MoneyOffice, *work: Callable[[], Any]) -> list[Any]:
    """The answers (or refusals) of those who start at the same moment, each on a connection of their own."""
    start = threading.Barrier(len(work))

    def run(do: Callable[[], Any]) -> Any:
        with money.registry.connection():
            start.wait()
            try:
                return do()
            except Refused as refused:
                return refused

    money.registry.db.close()
    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


def taking(money: MoneyOffice, who: str, unit: int, amount: str, **more: Any) -> Callable[[], int]:
    methods = [("cash", D(amount), None)] if D(amount) else []
    return lambda: take_payment(money.registry, money.people[who], money.clock.now(), unit, methods, **more)


def numbers(money: MoneyOffice) -> list[str]:
    return [row["number"] for row in money.rows("receipt", "number")]


def test_of_two_who_take_the_same_bill_one_does_and_the_other_is_told(money: MoneyOffice) -> None:
    for round in range(4):
        unit = money.unit(f"10{round}")
        bill = money.bill(unit)
        seen = {one.bill: one.total for one in owed_by(money.registry, SYSTEM, unit, money.today)}
        before = len(numbers(money))
        answers = together(
            money,
            taking(money, "cashier", unit, "540.00", seen=seen, chosen=[bill]),
            taking(money, "cashier2", unit, "540.00", seen=seen, chosen=[bill]),
        )
        told = [one for one in answers if isinstance(one, Refused)]
        assert len(told) == 1, answers
        winner = "Cashier2" if answers.index(told[0]) == 0 else "Cashier"
        assert f"{winner} took 540.00 at 09:30" in told[0].text.to("en")
        assert money.get("bill", bill)["paid"] == D("540.00")
        assert len(numbers(money)) == before + 1


def test_four_tills_at_once_leave_no_gap(money: MoneyOffice) -> None:
    units = [money.unit(f"20{n}") for n in range(4)]
    for unit in units:
        money.bill(unit)

    def day(who: str, unit: int) -> Callable[[], Any]:
        def work() -> None:
            for n in range(4):
                taking(money, who, unit, "10.00")()
                if n % 2:
                    with pytest.raises(Refused):
                        taking(money, who, unit, "10.00", remark="x" * 300)()

        return work

    whose = ("cashier", "cashier2", "cashier", "cashier2")
    answers = together(money, *(day(who, unit) for who, unit in zip(whose, units, strict=True)))
    assert answers == [None] * 4
    assert sorted(numbers(money)) == [f"SJ{n:08}" for n in range(1, 17)]
    assert {row["cash"] for row in money.rows("till_day", "cash")} == {D("80.00")}


def test_credit_is_used_once(money: MoneyOffice) -> None:
    unit = money.unit("301")
    taking(money, "cashier", unit, "100.00")()
    bills = [money.bill(unit, period="2026Q2"), money.bill(unit, period="2026Q3")]
    answers = together(
        money,
        *(
            taking(money, who, unit, "0", use_credit=D("100.00"), chosen=[bill])
            for who, bill in zip(("cashier", "cashier2"), bills, strict=True)
        ),
    )
    assert sum(isinstance(one, Refused) for one in answers) == 1, answers
    assert credits_of(money.registry, SYSTEM, unit) == []
    assert money.owed(unit) == D("980.00")


def test_the_same_form_sent_twice_at_once_gives_one_receipt(money: MoneyOffice) -> None:
    unit = money.unit("302")
    bill = money.bill(unit)
    form = taking(money, "cashier", unit, "540.00", token="one form", seen={bill: D("540.00")})
    first, second = together(money, form, form)
    assert first == second
    assert len(numbers(money)) == 1


def test_a_receipt_is_reversed_once(money: MoneyOffice) -> None:
    unit = money.unit("303")
    bill = money.bill(unit)
    receipt = taking(money, "cashier", unit, "540.00")()
    do = lambda: reverse_receipt(money.registry, money.people["billing"], money.clock.now(), receipt, "收错")  # noqa: E731
    answers = together(money, do, do)
    assert sum(isinstance(one, Refused) for one in answers) == 1, answers
    assert money.get("bill", bill)["owed"] == D("540.00")


def test_a_deposit_is_refunded_once(money: MoneyOffice) -> None:
    unit, now, cashier = money.unit("304"), money.clock.now(), money.people["cashier"]
    take_deposit(money.registry, cashier, now, unit, "renovation", Method("cash", D("500.00")))
    [deposit] = money.rows("deposit")
    do = lambda: refund_deposit(money.registry, cashier, now, deposit.id, "cash", reason="验收")  # noqa: E731
    answers = together(money, do, do)
    assert sum(isinstance(one, Refused) for one in answers) == 1, answers
    assert money.get("deposit", deposit.id)["held"] == 0
    assert money.get("deposit", deposit.id)["refunded"] == D("500.00")


def test_a_month_is_not_closed_while_something_is_posted_into_it(money: MoneyOffice) -> None:
    month = money.make("month_close", month="2026-09")
    posting, may_end = threading.Event(), threading.Event()
    order: list[str] = []

    def post() -> None:
        with money.registry.store.transaction():
            refuse_closed(money.registry, money.on("2026-10-05").replace(month=9))
            posting.set()
            may_end.wait(0.3)
            order.append("posted")

    def close() -> None:
        posting.wait(5)
        money.registry.act(money.people["billing"], "month_close", "close_month", (month,), {}, Source("action"))
        order.append("closed")

    together(money, post, close)
    assert order == ["posted", "closed"]
