"""What a bank debited becomes receipts, payments and allocations, all of a result at once (F5, F8).

The rules are those of the till (``office.till.taking``): the oldest bill first, what is too much becomes credit. Only
the principal is debited, so that no late fee is settled. A household at a time takes 20 ms; here thousands stand in one
transaction, and nobody can take money meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.storage.locking import lock_rows
from office.dunning.cases import settle
from office.till.closing import refuse_closed
from office.till.receipts import begin
from office.till.taking import Owed, allocate

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

BILL = ("due_on", "issued_on", "owed")


@dataclass(frozen=True, slots=True)
class Debit:
    """Money that the bank collected: from whom, how much, for which bills, and the line that asked for it."""

    unit: int
    payer: int | None
    amount: Decimal
    bills: tuple[int, ...]
    reference: str


def post_debits(
    registry: Registry, actor: Actor, now: datetime, debits: Sequence[Debit], on: date, source: Source
) -> list[int]:
    """Receipts for what was debited, dated ``on``, one each in their order; their ids.

    Runs inside the caller's transaction, with the writes of the action that called it. What was paid for a bill
    meanwhile makes the debit credit of the unit. Raises Refused for a closed month.
    """
    begin(registry, actor, None)
    refuse_closed(registry, on)
    wanted = sorted({bill for one in debits for bill in one.bills})
    lock_rows(registry.db, "bill", wanted)
    bills = {bill.id: bill for bill in registry.scope.records(actor, "bill", wanted, BILL)}
    rows: list[dict[str, Any]] = [
        {"kind": "payment", "unit": one.unit, "payer": one.payer, "taken_on": on, "taken_at": now,
         "remark": one.reference}
        for one in debits
    ]  # fmt: skip
    receipts = registry.store.create_many(actor, "receipt", rows, source)
    paid = [
        {"receipt": receipt, "unit": one.unit, "method": "bank_debit", "amount": one.amount, "paid_on": on,
         "reference": one.reference}
        for receipt, one in zip(receipts, debits, strict=True)
    ]  # fmt: skip
    payments = registry.store.create_many(actor, "payment", paid, source)
    settled = [
        {"payment": payment, "bill": part.bill, "amount": part.amount, "on": on, "receipt": receipt}
        for payment, receipt, one in zip(payments, receipts, debits, strict=True)
        for part in allocate(_owed(bills, one), one.amount)[0]
    ]
    registry.store.create_many(actor, "allocation", settled, source)
    settle(registry, actor, sorted({one.unit for one in debits}), now.astimezone(registry.clock.zone).date())
    return receipts


def _owed(bills: dict[int, Record], debit: Debit) -> list[Owed]:
    """What is still owed of the bills of a debit."""
    there = [bills[id] for id in debit.bills if id in bills]
    return [Owed(one.id, one["due_on"], one["issued_on"], one["owed"]) for one in there if one["owed"] > 0]
