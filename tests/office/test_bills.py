"""Single bills: made by hand, voided for a reason, delivered (domain F3, F4, F14)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.errors import NotAllowed, Refused


def said(outcome: Any) -> str:
    assert len(outcome.done) + len(outcome.skipped) == 1
    return str((outcome.done or outcome.skipped)[0][1].to("en"))


def by_hand(money: Any, unit: int, who: str = "cashier", **answers: Any) -> str:
    given = {"fee_type": money.fee_types["维修费"], "amount": Decimal("85.50"), "remark": "换阀门", **answers}
    return said(money.act(who, "unit", "bill_by_hand", unit, **given))


def test_a_bill_by_hand(money: Any) -> None:
    unit = money.unit("101")
    assert by_hand(money, unit) == "Billed: 1-1-101 维修费 2026-10-05, 85.50, due on 2026-11-04."
    (bill,) = money.rows("bill", "amount", "owed", "origin", "state", "payer", "remark", "due_on")
    assert (str(bill["owed"]), bill["origin"], bill["state"], bill["remark"]) == (
        "85.50",
        "manual",
        "published",
        "换阀门",
    )
    assert bill.titles["payer"] == "业主101"


def test_a_second_one_of_the_same_day_takes_another_date(money: Any) -> None:
    unit = money.unit("101")
    by_hand(money, unit)
    assert "There is a bill for “维修费” of 2026-10-05 already" in by_hand(money, unit)
    assert by_hand(money, unit, starts_on=date(2026, 10, 4)).startswith("Billed: 1-1-101 维修费 2026-10-04")


def test_what_a_run_works_out_is_not_billed_by_hand(money: Any) -> None:
    unit = money.unit("101")
    with pytest.raises(Refused, match="is billed by a bill run"):
        by_hand(money, unit, fee_type=money.fee_types["物业费"])
    with pytest.raises(Refused, match="lies before the day of issue"):
        by_hand(money, unit, due_on=date(2026, 10, 4))
    with pytest.raises(NotAllowed):
        by_hand(money, unit, who="steward1")
    money.make("month_close", month="2026-10", state="closed")
    with pytest.raises(Refused, match="2026-10 is closed"):
        by_hand(money, unit)


@pytest.mark.both_engines
def test_a_bill_is_voided_and_can_be_made_again(money: Any) -> None:
    unit = money.unit("101")
    bill = money.bill(unit)
    assert said(money.act("billing", "bill", "void_bill", bill, reason="面积有误")) == "Voided."
    record = money.get("bill", bill)
    assert (record["state"], record["voided"], record["void_reason"], str(record["owed"])) == (
        "void", bill, "面积有误", "0.00"
    )  # fmt: skip
    assert record["voided_on"] == date(2026, 10, 5)
    money.bill(unit)
    assert str(money.owed(unit)) == "540.00"


def test_what_was_paid_or_waived_is_not_voided(money: Any) -> None:
    unit = money.unit("101")
    paid, late, waived = (money.bill(unit, period=f"2026Q{n}") for n in (1, 2, 3))
    receipt = money.pay(paid, "100.00")
    money.pay(late, "0.00", late_fee="1.00")
    money.waive(waived, "1.00")
    found = [said(money.act("billing", "bill", "void_bill", one, reason="x")) for one in (paid, late, waived)]
    assert found == [
        "100.00 has been paid for it; reverse the payment first.",
        "1.00 has been paid for it; reverse the payment first.",
        "A waiver was approved for it; revoke the waiver first.",
    ]
    money.reverse(receipt)
    assert said(money.act("billing", "bill", "void_bill", paid, reason="x")) == "Voided."


def test_who_voids_and_when(money: Any) -> None:
    bill = money.bill(money.unit("101"), issued_on="2026-09-01")
    with pytest.raises(NotAllowed):
        money.act("cashier", "bill", "void_bill", bill, reason="x")
    money.make("month_close", month="2026-09", state="closed")
    assert "2026-09 is closed" in said(money.act("billing", "bill", "void_bill", bill, reason="x"))


def test_notices_are_marked_as_delivered(money: Any) -> None:
    unit = money.unit("101")
    bills = (money.bill(unit, issued_on="2026-10-01"), money.bill(unit, period="2026Q4", issued_on="2026-10-04"))
    outcome = money.act("steward1", "bill", "mark_delivered", bills, delivered_on=date(2026, 10, 3))
    assert [text.to("en") for _, text in outcome.done] == ["Delivered on 2026-10-03."]
    assert [text.to("en") for _, text in outcome.skipped] == [
        "2026-10-03 lies before the bill was issued on 2026-10-04."
    ]
    record = money.get("bill", bills[0])
    assert (record["delivered_on"], record.titles["delivered_by"]) == (date(2026, 10, 3), "Steward1")
    with pytest.raises(Refused, match="lies in the future"):
        money.act("steward1", "bill", "mark_delivered", bills, delivered_on=date(2026, 10, 6))


def test_a_steward_marks_only_the_own_buildings(money: Any) -> None:
    bill = money.bill(money.unit("101", building="2"), issued_on="2026-10-01")
    assert money.act("steward1", "bill", "mark_delivered", bill, delivered_on=date(2026, 10, 5)).done == []
    assert money.get("bill", bill)["delivered_on"] is None
