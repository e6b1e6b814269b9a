"""The late fee follows from facts: days × rate × what was unpaid that day (domain F6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from models.actor import SYSTEM
from office.late_fee import late_fees


def test_of_bills(money: Any) -> None:
    unit = money.unit("101")
    money.late_fee_rule("物业费", "0.05")
    bill = money.bill(unit, amount="1000.00", due_on="2026-07-31")
    money.pay(bill, "400.00", "2026-08-11")
    fee = late_fees(money.registry, SYSTEM, [bill], date(2026, 8, 21))[bill]
    assert [(str(p.amount), p.days) for p in fee.pieces] == [("1000.00", 10), ("600.00", 10)]
    assert fee.amount == Decimal("8.00")
    assert fee.said.to("en") == "1,000.00 × 10 days × 0.05% + 600.00 × 10 days × 0.05% = 8.00"
