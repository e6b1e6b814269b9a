"""What stands on the deposit slip of a direct-debit batch (F8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor
from models.operations import Selection
from models.printing import Printing, Sheet, document
from models.query import Condition, Query
from office.amounts import capital
from office.bank.batch import layout_of
from office.till.receipts import ZERO
from schema.text import Text
from schema.written import say

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

NO_RESULT = Text("还没有回盘结果。", "There is no result yet.")
CREDIT = Text("预存款", "Credit")
LINE = ("unit", "holder", "amount", "state", "reason", "code", "receipt")


@document("deposit_slip")
def deposit_slips(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """A slip for each batch that has a result: totals by what became of the lines, by fee type, and the failures."""
    printing = Printing()
    for batch in registry.scope.records(actor, "bank_batch", selection.ids):
        query = Query(conditions=(Condition("batch", "equals", batch.id),), sort="id", columns=LINE)
        lines = list(registry.scope.stream(actor, "bank_line", query))
        if any(line["state"] in ("succeeded", "failed") for line in lines):
            printing.sheets.append(Sheet(batch.id, _slip(registry, actor, batch, lines)))
        else:
            printing.skipped.append((batch.id, NO_RESULT))
    return printing


def _slip(registry: Registry, actor: Actor, batch: Record, lines: list[Record]) -> dict[str, Any]:
    layout = layout_of(registry, batch)
    paid = [line for line in lines if line["state"] == "succeeded"]
    failed = [line for line in lines if line["state"] == "failed"]
    total = _sum(paid)
    data: dict[str, Any] = {
        "number": batch["number"], "sent_on": batch["made_on"], "returned_on": batch["returned_on"],
        "bank": say(layout.bank) if layout.bank else layout.named(batch["layout"]),
        "file": ", ".join(file.name for file in registry.files.named("bank_batch", batch.get("file") or ())),
        "sent": _counted(lines), "paid": _counted(paid), "failed": _counted(failed),
        "fees": _fees(registry, actor, paid, total), "fees_total": total, "total": total,
        "total_capital": capital(total),
    }  # fmt: skip
    if layout.account:
        kind = registry.schema.entities["bank_line"].fields["account"].type
        data["account"] = kind.mask(layout.account, registry.scope.context(actor))
    if failed:
        data["failures"] = [
            {"unit": line.titles.get("unit") or "", "name": line["holder"], "amount": line["amount"],
             "reason": line["reason"] or line["code"] or ""}
            for line in failed
        ]  # fmt: skip
    return data


def _counted(lines: list[Record]) -> dict[str, Any]:
    return {"count": len(lines), "amount": _sum(lines)}


def _sum(lines: list[Record]) -> Decimal:
    return sum((line["amount"] for line in lines), ZERO)


def _fees(registry: Registry, actor: Actor, paid: list[Record], total: Decimal) -> list[dict[str, Any]]:
    """What was debited, by fee type; what settled nothing is credit."""
    receipts = tuple(line["receipt"] for line in paid if line["receipt"])
    query = Query(conditions=(Condition("receipt", "in", receipts),))
    groups = registry.scope.aggregate(SYSTEM, "allocation", {"amount": "amount"}, by=("bill.fee_type",), query=query)
    sums = [(one.label, one.count, Decimal(one["amount"] or 0)) for one in groups]
    rest = total - sum((amount for *_, amount in sums), ZERO)
    fees = [*sums, *([(CREDIT, 0, rest)] if rest else [])]
    return [{"label": label, "count": count, "amount": amount} for label, count, amount in fees]
