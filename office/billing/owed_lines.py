"""What a paper says about a bill that is owed and past its day: its late fee piece by piece (F4, F6, F7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from office.billing.late_fee_days import LateFee, plain
from office.billing.periods import read_period


def owed_line(fee_type: str, period: str, due_on: date, owed: Decimal, fee: LateFee | None) -> dict[str, Any]:
    """A line as documents/owed.typ names it; ``period`` as the bill holds it, ``owed`` in yuan."""
    line: dict[str, Any] = {"name": fee_type, "period": read_period(period).label, "due_on": due_on, "owed": owed}
    if fee is None or not fee.owed:
        return line
    spans = [{"principal": piece.amount, "rate": f"{plain(fee.rate)}%", "days": piece.days} for piece in fee.pieces]
    return {**line, "late_fee": {"amount": fee.owed, "spans": spans}}
