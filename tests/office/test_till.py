"""The till: what a payment settles, credit, change, gapless receipts, and what is refused (F5)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.errors import NotAllowed, Refused
from office.billing.late_fee import late_fees
from office.till.receipts import Method
from office.till.reversal import refund_credit, reverse_receipt
from office.till.taking import Owed, Part, Poured, allocate, credits_of, owed_by, pour, take_payment
from tests.office.money import MoneyOffice

D = Decimal
SOURCE = Source("form")


def owed(bill: int, principal: str, fee: str = "0", due: str = "2026-01-31", issued: str = "2026-01-01") -> Owed:
    return Owed(bill, date.fromisoformat(due), date.fromisoformat(issued), D(principal), D(fee))


LIST = [
    owed(3, "100", "5", "2026-03-31"), owed(1, "100", "9", "2026-01-31"), owed(2, "0", "2", "2026-02-28"),
    owed(4, "50", "0", "2026-03-31", "2026-02-15"),
]  # fmt: skip
"""Oldest first: 1, 2, 3 (issued in January), 4."""


@pytest.mark.parametrize(
    ("amount", "chosen", "parts", "rest"),
    [
        ("0.01", None, [(1, "0.01", "0")], "0"),
        ("100", None, [(1, "100", "0")], "0"),
        ("104", None, [(1, "100", "4")], "0"),
        ("110", None, [(1, "100", "9"), (2, "0", "1")], "0"),
        ("200", None, [(1, "100", "9"), (2, "0", "2"), (3, "89", "0")], "0"),
        ("216.50", None, [(1, "100", "9"), (2, "0", "2"), (3, "100", "5"), (4, "0.50", "0")], "0"),
        ("300", None, [(1, "100", "9"), (2, "0", "2"), (3, "100", "5"), (4, "50", "0")], "34"),
        ("60", {4}, [(4, "50", "0")], "10"),
        ("120", {3, 2}, [(2, "0", "2"), (3, "100", "5")], "13"),
        ("10", set(), [], "10"),
    ],
)
def test_the_oldest_bill_first_and_of_a_bill_its_principal(
    amount: str, chosen: set[int] | None, parts: list[tuple[int, str, str]], rest: str
) -> None:
    assert allocate(LIST, D(amount), chosen) == ([Part(b, D(p), D(f)) for b, p, f in parts], D(rest))


def test_purses_are_emptied_in_their_order() -> None:
    parts = [Part(1, D(100), D(9)), Part(2, D(50))]
    assert pour(parts, [(7, D(30)), (8, D(75)), (9, D(80))]) == [
        Poured(7, Part(1, D(30), D(0))), Poured(8, Part(1, D(70), D(5))), Poured(9, Part(1, D(0), D(4))),
        Poured(9, Part(2, D(50), D(0))),
    ]  # fmt: skip


def take(money: MoneyOffice, unit: int, *methods: tuple[Any, ...], who: str = "cashier", **more: Any) -> int:
    paid = [(method, D(amount), *rest) for method, amount, *rest in methods]
    paid = [one if len(one) == 3 else (*one, None) for one in paid]
    return take_payment(money.registry, money.people[who], money.clock.now(), unit, paid, **more)


def credit(money: MoneyOffice, unit: int) -> Decimal:
    return sum((amount for _, amount in credits_of(money.registry, SYSTEM, unit)), D("0.00"))


def holds(money: MoneyOffice, unit: int) -> None:
    """Billed = paid + waived + owed, and money in = settled + credit, to the fen."""
    bills = money.rows("bill", "amount", "paid", "waived", "owed", unit=unit, state="published")
    assert sum(b["amount"] for b in bills) == sum(b["paid"] + b["waived"] + b["owed"] for b in bills)
    payments = money.rows("payment", "amount", "settled", "for_bills", "credit", unit=unit)
    for_bills = [p for p in payments if p["for_bills"]]
    assert sum(p["amount"] for p in for_bills) == sum(p["settled"] + p["credit"] for p in payments)
    assert all(p["credit"] >= 0 for p in payments)


def numbers(money: MoneyOffice) -> list[str]:
    return [row["number"] for row in money.rows("receipt", "number")]


@pytest.fixture
def unit(money: MoneyOffice) -> int:
    return money.unit("101")


def test_two_methods_settle_two_bills_and_the_rest_is_credit(money: MoneyOffice, unit: int) -> None:
    old, new = money.bill(unit, period="2026Q2"), money.bill(unit, "车位费", "2026-09", "150.00")
    receipt = take(money, unit, ("cash", "500.00"), ("wechat", "300.00", "WX1"), tendered=D("600"))
    assert money.get("receipt", receipt)["amount"] == D("800.00")
    assert money.get("receipt", receipt)["change"] == D("100.00")
    assert [money.get("bill", b)["owed"] for b in (old, new)] == [0, 0]
    assert credit(money, unit) == D("110.00")
    cash, wechat = money.rows("payment", "method", "settled", "credit", "reference", receipt=receipt)
    assert (cash["settled"], wechat["settled"], wechat["credit"]) == (D("500.00"), D("190.00"), D("110.00"))
    assert wechat["reference"] == "WX1"
    holds(money, unit)


def test_chosen_bills_are_settled_and_no_others(money: MoneyOffice, unit: int) -> None:
    old, new = money.bill(unit, period="2026Q2"), money.bill(unit, period="2026Q3")
    take(money, unit, ("card", "600.00"), chosen=[new])
    assert (money.get("bill", old)["owed"], money.get("bill", new)["owed"]) == (D("540.00"), 0)
    assert credit(money, unit) == D("60.00")


def test_a_part_payment_leaves_the_rest_owed(money: MoneyOffice, unit: int) -> None:
    bill = money.bill(unit)
    take(money, unit, ("cash", "0.01"))
    assert money.get("bill", bill)["owed"] == D("539.99")
    assert money.get("bill", bill)["standing"] == "part_paid"


def test_credit_is_used_oldest_first_and_a_receipt_says_so(money: MoneyOffice, unit: int) -> None:
    take(money, unit, ("cash", "100.00"))
    money.on("2026-10-06")
    take(money, unit, ("card", "100.00"))
    bill = money.bill(unit, period="2026Q4")
    receipt = take(money, unit, use_credit=D("150.00"))
    assert money.get("receipt", receipt)["kind"] == "credit_use"
    assert money.get("receipt", receipt)["amount"] == 0
    assert money.get("bill", bill)["owed"] == D("390.00")
    assert [p["credit"] for p in money.rows("payment", "credit")] == [D("0.00"), D("50.00")]
    assert all(a["from_credit"] for a in money.rows("allocation", "from_credit", receipt=receipt))
    both = take(money, unit, ("cash", "340.00"), use_credit=D("50.00"))
    assert money.get("bill", bill)["owed"] == 0
    assert money.get("receipt", both)["amount"] == D("340.00")
    assert [a["from_credit"] for a in money.rows("allocation", "from_credit", receipt=both)] == [True, False]
    holds(money, unit)


def test_late_fee_is_collected_unless_left_for_later(money: MoneyOffice, unit: int) -> None:
    money.late_fee_rule("物业费", "0.05")
    bill = money.bill(unit, period="2026Q1", due_on="2026-01-31", issued_on="2026-01-01")
    [before] = owed_by(money.registry, SYSTEM, unit, money.today)
    assert before.late_fee == D("66.42")  # 246 days up to yesterday x 0.05 % x 540.00
    take(money, unit, ("cash", "540.00"), principal_only=True)
    [after] = owed_by(money.registry, SYSTEM, unit, money.today)
    assert (after.bill, after.principal, after.late_fee) == (bill, 0, D("66.42"))
    money.on("2026-11-30")
    take(money, unit, ("cash", "66.42"))
    assert owed_by(money.registry, SYSTEM, unit, money.today) == []
    assert credit(money, unit) == 0
    assert late_fees(money.registry, SYSTEM, [bill], money.today)[bill].owed == 0


@pytest.mark.parametrize(
    ("methods", "more", "says"),
    [
        ([], {}, "Give an amount"),
        ([("cash", D(0), None)], {}, "above 0"),
        ([("cash", D("-5"), None)], {}, "above 0"),
        ([("cash", D("0.001"), None)], {}, "finer than a fen"),
        ([("cash", D("NaN"), None)], {}, "above 0"),
        ([("bitcoin", D(5), None)], {}, "no method"),
        ([("cash", D(50), None)], {"tendered": D(49)}, "less than"),
        ([("card", D(50), None)], {"tendered": D(60)}, "for cash only"),
        ([("cash", D(50), None)], {"use_credit": D(1)}, "0.00 of credit"),
        ([("cash", D(50), None)], {"use_credit": D(-1)}, "above 0"),
        ([("cash", D(50), None)], {"chosen": [99]}, "no longer owed"),
        ([("opening", D(50), None)], {"paid_on": date(2026, 10, 6)}, "in the future"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_no_gap(
    money: MoneyOffice, unit: int, methods: list[Any], more: dict[str, Any], says: str
) -> None:
    take(money, unit, ("cash", "1.00"))
    refund_credit(money.registry, money.people["billing"], money.clock.now(), unit, "cash", D(1), "退")
    with pytest.raises(Refused, match=says):
        take_payment(money.registry, money.people["cashier"], money.clock.now(), unit, methods, **more)
    take(money, unit, ("cash", "1.00"))
    found = numbers(money)
    assert found == [f"SJ{n:08}" for n in range(1, len(found) + 1)]


def test_a_refusal_in_the_middle_leaves_no_gap_and_no_trace(money: MoneyOffice, unit: int) -> None:
    bill = money.bill(unit)
    with pytest.raises(Refused):
        take(money, unit, ("cash", "5.00"), remark="x" * 500)
    assert numbers(money) == [] and money.rows("till_day") == []
    take(money, unit, ("cash", "5.00"))
    assert numbers(money) == ["SJ00000001"]
    assert money.get("bill", bill)["paid"] == D("5.00")


def test_more_credit_than_is_owed_is_refused(money: MoneyOffice, unit: int) -> None:
    take(money, unit, ("cash", "600.00"))
    money.bill(unit, "车位费", "2026-10", "150.00")
    with pytest.raises(Refused, match=r"150\.00"):
        take(money, unit, use_credit=D("151.00"))


def test_who_saw_something_else_is_told_who_took_what_when(money: MoneyOffice, unit: int) -> None:
    bill = money.bill(unit)
    seen = {one.bill: one.total for one in owed_by(money.registry, SYSTEM, unit, money.today)}
    take(money, unit, ("cash", "40.00"), seen=seen)
    money.on("2026-10-05", "10:42")
    with pytest.raises(Refused) as told:
        take(money, unit, ("wechat", "540.00"), who="cashier2", seen=seen, chosen=[bill])
    assert "Cashier took 40.00 at 09:30 (receipt SJ00000001); 500.00 is owed now" in told.value.text.to("en")
    assert "Cashier已于 09:30 收取 40.00 元" in told.value.text.to("zh")
    assert len(numbers(money)) == 1


def test_one_whose_bill_was_waived_meanwhile_is_told_so(money: MoneyOffice, unit: int) -> None:
    bill = money.bill(unit)
    money.waive(bill, "40.00")
    with pytest.raises(Refused, match=r"you saw 540\.00 owed, now it is 500\.00"):
        take(money, unit, ("cash", "540.00"), seen={bill: D("540.00")})


def test_the_same_form_twice_takes_the_money_once(money: MoneyOffice, unit: int) -> None:
    bill = money.bill(unit)
    first = take(money, unit, ("cash", "100.00"), token="form-1", seen={bill: D("540.00")})
    again = take(money, unit, ("cash", "100.00"), token="form-1", seen={bill: D("540.00")})
    assert first == again
    assert money.get("bill", bill)["paid"] == D("100.00")
    with pytest.raises(Refused, match="another unit"):
        take(money, money.unit("102"), ("cash", "100.00"), token="form-1")


@pytest.mark.parametrize("who", ["steward1", "frontdesk", "supervisor", "director", "auditor", "admin", "engineer"])
def test_who_is_no_cashier_takes_nothing(money: MoneyOffice, unit: int, who: str) -> None:
    with pytest.raises(NotAllowed):
        take(money, unit, ("cash", "5.00"), who=who)


def test_a_cashier_cannot_reverse_or_refund_credit(money: MoneyOffice, unit: int) -> None:
    receipt = take(money, unit, ("cash", "5.00"))
    now, cashier = money.clock.now(), money.people["cashier"]
    with pytest.raises(NotAllowed):
        reverse_receipt(money.registry, cashier, now, receipt, "mine")
    with pytest.raises(NotAllowed):
        refund_credit(money.registry, cashier, now, unit, "cash", D(5), "mine")
    for entity, id in (("receipt", receipt), ("payment", 1), ("till_day", 1)):
        with pytest.raises(NotAllowed):
            money.registry.store.delete(cashier, entity, id, SOURCE)
    with pytest.raises(NotAllowed):
        money.registry.store.update(cashier, "payment", 1, {"amount": D(1)}, SOURCE)


def test_past_money_has_its_own_day_and_no_till(money: MoneyOffice, unit: int) -> None:
    bill = money.bill(unit, period="2026Q2")
    receipt = take(money, unit, ("opening", "540.00"), paid_on=date(2026, 5, 1))
    record = money.get("receipt", receipt)
    assert (record["taken_on"], record["till_day"]) == (date(2026, 5, 1), None)
    [settled] = money.rows("allocation", "on", bill=bill)
    assert settled["on"] == date(2026, 5, 1)


def test_the_action_takes_one_payment_by_hand(money: MoneyOffice, unit: int) -> None:
    bill = money.bill(unit)
    outcome = money.act("cashier", "unit", "take_payment", unit, method="cash", amount="40", tendered="50")
    assert "SJ00000001" in outcome.done[0][1].to("en")
    assert money.get("bill", bill)["owed"] == D("500.00")
    with pytest.raises(Refused, match="opening"):
        money.act("cashier", "unit", "take_payment", unit, method="opening", amount="40")


def test_methods_may_be_given_by_name(money: MoneyOffice, unit: int) -> None:
    money.bill(unit)
    receipt = take_payment(
        money.registry, money.people["cashier"], money.clock.now(), unit, [Method("cash", D("5.00"))]
    )
    assert money.get("receipt", receipt)["amount"] == D("5.00")
