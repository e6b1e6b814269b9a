"""Waivers of the demo estate: some approved, some waiting for the billing supervisor (domain F1, F6)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from models.query import Condition
from office.demo.books import Books

REASONS = ("service", "hardship", "error")
WORDS = {
    "service": "电梯停运三天，经协商减免（演示）",
    "hardship": "低保家庭，附街道证明（演示）",
    "error": "面积登记有误，多计部分减免（演示）",
}


def add_waivers(books: Books) -> None:
    """Two that were approved and three that wait, of bills that are owed."""
    owed = [(id, amount) for id, amount in books.rows("bill", ("owed",), Condition("owed", "from", Decimal(100)))]
    chosen = books.random.sample(owed, min(5, len(owed)))
    for n, (bill, amount) in enumerate(chosen):
        reason, is_approved = REASONS[n % len(REASONS)], n < 2
        books.add(
            "waiver",
            bill=bill,
            kind="principal",
            amount=(amount / 10).quantize(Decimal(1)),
            reason=reason,
            explanation=WORDS[reason],
            requested_by=books.users.get("supervisor"),
            state="approved" if is_approved else None,
            waived_on=books.today - timedelta(days=4) if is_approved else None,
            approved_by=books.users.get("billing") if is_approved else None,
        )
