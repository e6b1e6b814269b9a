"""What was posted is mirrored, never changed: reversals of every kind of receipt, refunds of credit (F5, F13)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.actor import SYSTEM
from models.errors import Refused
from office.billing.late_fee import late_fees
from office.till.deposits import deduct_deposit, refund_deposit, take_deposit
from office.till.receipts import Method
from office.till.reversal import refund_credit, reverse_receipt
from tests.office.money import MoneyOffice
from tests.office.test_till import credit, holds, numbers, take

D = Decimal


@pytest.fixture
def unit(money: MoneyOffice) -> int:
    return money.unit("101")


def reverse(money: MoneyOffice, receipt: int, reason: str | None = "收错户", who: str = "billing") -> int:
    return reverse_receipt(money.registry, money.people[who], money.clock.now(), receipt, reason)


def refund(money: MoneyOffice, unit: int, amount: str) -> int:
    return refund_credit(money.registry, money.people["billing"], money.clock.now(), unit, "cash", D(amount), "搬离")


def test_asked_for_by_the_cashier_and_done_by_the_supervisor(money: MoneyOffice, unit: int) -> None:
    bill = money.bill(unit)
    receipt = take(money, unit, ("cash", "300.00"), ("wechat", "300.00"))
    money.act("cashier", "receipt", "request_reversal", receipt, reason="收错户")
    assert money.get("receipt", receipt)["state"] == "requested"
    money.on("2026-10-06")
    outcome = money.act("billing", "receipt", "reverse_receipt", receipt)
    assert "SJ00000002" in outcome.done[0][1].to("en")
    [mirror] = money.rows("receipt", "kind", "amount", "reason", "requested_by", "approved_by", reverses=receipt)
    people = money.people
    assert (mirror["kind"], mirror["amount"], mirror["reason"]) == ("reversal", D("-600.00"), "收错户")
    assert (mirror["requested_by"], mirror["approved_by"]) == (people["cashier"].id, people["billing"].id)
    assert [p["amount"] for p in money.rows("payment", "amount", receipt=mirror.id)] == [D("-300.00"), D("-300.00")]
    assert money.get("receipt", receipt)["state"] == "reversed"
    assert money.get("bill", bill)["owed"] == D("540.00")
    assert credit(money, unit) == 0
    assert {a["on"] for a in money.rows("allocation", "on", receipt=mirror.id)} == {date(2026, 10, 6)}
    holds(money, unit)


def test_never_twice_and_never_a_reversal(money: MoneyOffice, unit: int) -> None:
    receipt = take(money, unit, ("cash", "5.00"))
    mirror = reverse(money, receipt)
    with pytest.raises(Refused, match="SJ00000002 already"):
        reverse(money, receipt)
    with pytest.raises(Refused, match="itself a reversal"):
        reverse(money, mirror)
    assert len(numbers(money)) == 2


def test_a_reason_is_needed_where_none_was_given(money: MoneyOffice, unit: int) -> None:
    receipt = take(money, unit, ("cash", "5.00"))
    with pytest.raises(Refused, match="reason"):
        reverse(money, receipt, " ")
    money.act("cashier", "receipt", "request_reversal", receipt, reason="收错户")
    money.act("billing", "receipt", "refuse_reversal", receipt, reason="没收错")
    assert money.get("receipt", receipt)["state"] == "valid"
    with pytest.raises(Refused, match="reason"):
        reverse(money, receipt, None)


def test_what_its_credit_settled_is_owed_again(money: MoneyOffice, unit: int) -> None:
    over = take(money, unit, ("cash", "600.00"))
    bill = money.bill(unit)
    used = take(money, unit, use_credit=D("540.00"))
    reverse(money, over)
    assert money.get("bill", bill)["owed"] == D("540.00")
    assert credit(money, unit) == 0
    reverse(money, used)
    assert money.get("bill", bill)["owed"] == D("540.00")
    holds(money, unit)


def test_credit_that_it_used_is_there_again(money: MoneyOffice, unit: int) -> None:
    take(money, unit, ("cash", "100.00"))
    bill = money.bill(unit)
    both = take(money, unit, ("card", "440.00"), use_credit=D("100.00"))
    assert (money.get("bill", bill)["owed"], credit(money, unit)) == (0, 0)
    reverse(money, both)
    assert (money.get("bill", bill)["owed"], credit(money, unit)) == (D("540.00"), D("100.00"))
    again = take(money, unit, use_credit=D("100.00"))
    assert money.get("bill", bill)["owed"] == D("440.00")
    reverse(money, again)
    assert credit(money, unit) == D("100.00")
    holds(money, unit)


def test_refunded_credit_is_gone_until_the_refund_is_reversed(money: MoneyOffice, unit: int) -> None:
    first = take(money, unit, ("cash", "100.00"))
    take(money, unit, ("card", "50.00"))
    with pytest.raises(Refused, match=r"150\.00 of credit"):
        refund(money, unit, "150.01")
    back = refund(money, unit, "120.00")
    assert money.get("receipt", back)["amount"] == D("-120.00")
    assert credit(money, unit) == D("30.00")
    with pytest.raises(Refused, match=r"100\.00 of the credit"):
        reverse(money, first)
    reverse(money, back)
    assert credit(money, unit) == D("150.00")
    reverse(money, first)
    assert credit(money, unit) == D("50.00")
    holds(money, unit)


def test_late_fee_is_owed_again_too(money: MoneyOffice, unit: int) -> None:
    money.late_fee_rule("物业费", "0.05")
    bill = money.bill(unit, period="2026Q1", due_on="2026-01-31", issued_on="2026-01-01")
    receipt = take(money, unit, ("cash", "606.42"))
    [settled] = money.rows("allocation", "late_fee", bill=bill)
    assert settled["late_fee"] == D("66.42")
    reverse(money, receipt)
    assert late_fees(money.registry, SYSTEM, [bill], money.today)[bill].owed == D("66.42")


def test_the_reversal_is_in_the_till_of_who_took_the_money(money: MoneyOffice, unit: int) -> None:
    receipt = take(money, unit, ("cash", "5.00"))
    reverse(money, receipt)
    [day] = money.rows("till_day", "cashier", "cash")
    assert (day["cashier"], day["cash"]) == (money.people["cashier"].id, 0)


def test_reversing_in_a_closed_month_is_refused(money: MoneyOffice, unit: int) -> None:
    receipt = take(money, unit, ("cash", "5.00"))
    money.make("month_close", month="2026-10", state="closed")
    with pytest.raises(Refused, match="2026-10 is closed"):
        reverse(money, receipt)


def hold_deposit(money: MoneyOffice, unit: int, amount: str = "2000.00", who: str = "cashier") -> Any:
    """A deposit just taken, as its record."""
    paid = Method("cash", D(amount))
    receipt = take_deposit(money.registry, money.people[who], money.clock.now(), unit, "renovation", paid)
    [deposit] = money.rows("deposit", "receipt", "held", receipt=receipt)
    return deposit


def test_a_deposit_settles_no_bills_and_is_no_credit(money: MoneyOffice, unit: int) -> None:
    bill = money.bill(unit)
    deposit = hold_deposit(money, unit)
    assert (deposit["held"], money.get("bill", bill)["owed"], credit(money, unit)) == (2000, 540, 0)
    [day] = money.rows("till_day", "cash")
    assert day["cash"] == D("2000.00")


def test_deducted_with_approval_and_the_rest_refunded(money: MoneyOffice, unit: int) -> None:
    deposit = hold_deposit(money, unit).id
    money.act("cashier", "deposit", "deduct_deposit", deposit, amount="300", reason="损坏电梯轿厢")
    [move] = money.rows("deposit_move", "state", "kind")
    assert (move["state"], money.get("deposit", deposit)["held"]) == ("requested", D("2000.00"))
    refused = money.act("cashier", "deposit", "refund_deposit", deposit, method="cash", reason="验收合格")
    assert "waits for approval" in refused.skipped[0][1].to("en")
    money.act("billing", "deposit_move", "approve_deduction", move.id)
    assert money.get("deposit", deposit)["held"] == D("1700.00")
    money.act("cashier", "deposit", "refund_deposit", deposit, method="cash", reason="验收合格")
    record = money.get("deposit", deposit)
    assert (record["held"], record["state"], record["refunded"]) == (0, "settled", D("1700.00"))
    assert money.rows("till_day", "cash")[0]["cash"] == D("300.00")


@pytest.mark.parametrize("amount", ["2000.01", "5000"])
def test_never_more_than_is_held(money: MoneyOffice, unit: int, amount: str) -> None:
    deposit, now = hold_deposit(money, unit).id, money.clock.now()
    with pytest.raises(Refused, match=r"2000\.00 of deposit"):
        deduct_deposit(money.registry, money.people["billing"], now, deposit, D(amount), "x")
    with pytest.raises(Refused, match=r"2000\.00 of deposit"):
        refund_deposit(money.registry, money.people["cashier"], now, deposit, "cash", D(amount), reason="x")


def test_a_deposit_receipt_reverses_while_nothing_moved(money: MoneyOffice, unit: int) -> None:
    deposit = hold_deposit(money, unit)
    reverse(money, deposit["receipt"])
    record = money.get("deposit", deposit.id)
    assert (record["held"], record["state"]) == (0, "reversed")


def test_a_deposit_receipt_stays_once_something_moved(money: MoneyOffice, unit: int) -> None:
    deposit = hold_deposit(money, unit)
    now, people = money.clock.now(), money.people
    back = refund_deposit(money.registry, people["cashier"], now, deposit.id, "cash", D("500"), reason="部分退还")
    with pytest.raises(Refused, match="has been deducted from or refunded"):
        reverse(money, deposit["receipt"])
    reverse(money, back)
    assert money.get("deposit", deposit.id)["held"] == D("2000.00")
    reverse(money, deposit["receipt"])
    assert money.get("deposit", deposit.id)["held"] == 0


def test_the_supervisor_deducts_at_once_and_refuses_what_was_asked(money: MoneyOffice, unit: int) -> None:
    deposit = hold_deposit(money, unit).id
    money.act("billing", "deposit", "deduct_deposit", deposit, amount="100", reason="清运垃圾")
    money.act("cashier", "deposit", "deduct_deposit", deposit, amount="50", reason="钥匙")
    asked = money.rows("deposit_move", state="requested")[0].id
    money.act("billing", "deposit_move", "refuse_deduction", asked)
    assert money.get("deposit", deposit)["held"] == D("1900.00")
    again = money.act("billing", "deposit_move", "approve_deduction", asked)
    assert again.skipped and not again.done
