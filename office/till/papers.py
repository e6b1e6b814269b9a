"""What stands on a receipt and on the sheet of a day at the till (F5, F12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor
from models.operations import Selection
from models.printing import Printing, Sheet, document
from models.query import Condition, Query
from models.reads.aggregates import Total
from office.amounts import capital
from office.till.receipts import ZERO
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

LISTED = ("number", "taken_at", "unit", "payer", "payer_name", "amount", "state", "kind")
LATE_FEE = Text("违约金", "Late fee")
CREDIT_USED = Text("使用预存款", "Paid from credit")
CREDIT = Text("预存款", "Credit")
DEPOSITS = Text("押金", "Deposits")
REVERSES = Text("冲正收据 {number}：{words}", "Reverses receipt {number}: {words}")
NOT_OPEN = Text("没有收据，无需打印。", "There are no receipts to print.")


@document("receipt")
def receipts(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """A receipt for each of the selection; one printed before says which copy it is, a reversed one that it is void."""
    found = registry.scope.records(actor, "receipt", selection.ids)
    return Printing([Sheet(one.id, _receipt(registry, actor, one)) for one in found])


@document("day_sheet")
def day_sheets(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The sheet of each till day: by method and fee type, the count of the drawer, and every receipt."""
    printing = Printing()
    for day in registry.scope.records(actor, "till_day", selection.ids):
        query = Query(conditions=(Condition("till_day", "equals", day.id),), sort="id", columns=LISTED)
        rows = list(registry.scope.stream(actor, "receipt", query))
        if rows:
            printing.sheets.append(Sheet(day.id, _day(registry, actor, day, rows)))
        else:
            printing.skipped.append((day.id, NOT_OPEN))
    return printing


# -- a receipt -----------------------------------------------------------------------------------------


def _receipt(registry: Registry, actor: Actor, receipt: Record) -> dict[str, Any]:
    payments = _payments(registry, actor, (Condition("receipt", "equals", receipt.id),))
    settled, used = _settled(registry, actor, receipt.id)
    items = [*_deposit_items(registry, actor, receipt), *settled]
    if used:
        items.append({"name": CREDIT_USED, "amount": -used})
    kept = receipt["amount"] - sum((item["amount"] for item in items), ZERO)
    if kept and receipt["kind"] in ("credit_refund", "reversal"):
        items.append({"name": CREDIT, "amount": kept})
        kept = ZERO
    data: dict[str, Any] = {
        "number": receipt["number"], "received_on": receipt["taken_at"] or receipt["taken_on"],
        "payer": receipt["payer_name"] or receipt.titles.get("payer") or "", "unit": receipt.titles.get("unit"),
        "items": items, "methods": _methods(registry, payments), "total": receipt["amount"],
        "total_capital": capital(receipt["amount"]), "cashier": receipt.titles.get("cashier") or "",
        "note": _note(receipt),
    }  # fmt: skip
    if receipt["tendered"]:
        data |= {"tendered": receipt["tendered"], "change": receipt["change"]}
    if kept:
        data["credit"] = kept
    if copies := _copies(registry, receipt.id):
        data["reprint"] = copies + 1
    if receipt["state"] == "reversed":
        data["void"] = _void(registry, actor, receipt.id)
    return data


def _note(receipt: Record) -> Text | str | None:
    """The cashier's remark; of what is no payment the reason too, and of a reversal which receipt it takes back."""
    reason = receipt["reason"] if receipt["kind"] != "payment" else None
    words = "；".join(part for part in (receipt["remark"], reason) if part)
    if receipt["kind"] == "reversal":
        return REVERSES.with_(number=receipt.titles.get("reverses") or "", words=words)
    return words or None


def _settled(registry: Registry, actor: Actor, receipt: int) -> tuple[list[dict[str, Any]], Decimal]:
    """What was settled with a receipt, bill by bill, and how much of it with credit."""
    columns = ("bill", "amount", "late_fee", "total", "from_credit")
    query = Query(conditions=(Condition("receipt", "equals", receipt),), columns=columns, sort="id")
    rows = list(registry.scope.stream(actor, "allocation", query))
    bills = registry.scope.records(actor, "bill", list({row["bill"] for row in rows}), ("fee_type", "period", "due_on"))
    items: list[dict[str, Any]] = []
    for bill in sorted(bills, key=lambda one: (one["due_on"], one.id)):
        mine = [row for row in rows if row["bill"] == bill.id]
        what = {"name": bill.titles.get("fee_type") or "", "period": bill["period"]}
        if amount := sum((row["amount"] for row in mine), ZERO):
            items.append({**what, "amount": amount})
        if fee := sum((row["late_fee"] for row in mine), ZERO):
            late = Text("{name} {late}", "{name}, {late}").with_(name=what["name"], late=LATE_FEE)
            items.append({**what, "name": late, "amount": fee})
    return items, sum((row["total"] for row in rows if row["from_credit"]), ZERO)


def _deposit_items(registry: Registry, actor: Actor, receipt: Record) -> list[dict[str, Any]]:
    """What a receipt of a deposit, or of its refund, or of the reversal of either is for."""
    of = receipt["reverses"] or receipt.id
    taken = Query(conditions=(Condition("receipt", "equals", of),), columns=("kind", "number"))
    found = [(row["kind"], row["number"]) for row in registry.scope.page(actor, "deposit", taken).rows]
    if not found:
        moved = Query(conditions=(Condition("receipt", "equals", of),), columns=("deposit",))
        ids = [row["deposit"] for row in registry.scope.page(actor, "deposit_move", moved).rows]
        found = [
            (row["kind"], row["number"]) for row in registry.scope.records(actor, "deposit", ids, ("kind", "number"))
        ]
    choices = getattr(registry.schema.entities["deposit"].fields["kind"].type, "choices", {})
    return [{"name": choices[kind].label, "period": number, "amount": receipt["amount"]} for kind, number in found[:1]]


def _payments(registry: Registry, actor: Actor, conditions: tuple[Condition, ...]) -> list[Record]:
    columns = ("receipt", "method", "amount", "reference", "for_bills")
    return list(registry.scope.stream(actor, "payment", Query(conditions=conditions, columns=columns, sort="id")))


def _methods(registry: Registry, payments: Iterable[Record]) -> list[dict[str, Any]]:
    return [
        {"label": _method(registry, one["method"]), "amount": one["amount"], "reference": one["reference"]}
        for one in payments
    ]


def _method(registry: Registry, code: str) -> Text:
    choices = getattr(registry.schema.entities["payment"].fields["method"].type, "choices", {})
    label: Text = choices[code].label
    return label


def _copies(registry: Registry, receipt: int) -> int:
    """How often a receipt was printed already."""
    return sum(change.verb == "print:receipt" for change in registry.history.of(SYSTEM, "receipt", receipt))


def _void(registry: Registry, actor: Actor, receipt: int) -> dict[str, Any]:
    mirror = Query(conditions=(Condition("reverses", "equals", receipt),), size=1,
                   columns=("taken_on", "approved_by", "reason"))  # fmt: skip
    [by] = registry.scope.page(actor, "receipt", mirror).rows
    return {"at": by["taken_on"], "by": by.titles.get("approved_by") or "", "reason": by["reason"] or ""}


# -- a day ---------------------------------------------------------------------------------------------


def _day(registry: Registry, actor: Actor, day: Record, rows: Sequence[Record]) -> dict[str, Any]:
    payments = _payments(registry, actor, (Condition("till_day", "equals", day.id),))
    total = sum((one["amount"] for one in payments), ZERO)
    methods, sums = _by_method(registry, payments)
    numbers = sorted(row["number"] for row in rows)
    data: dict[str, Any] = {
        "day": day["on"], "cashier": day.titles.get("cashier") or "",
        "first_receipt": numbers[0], "last_receipt": numbers[-1], "receipts": len(rows),
        "voids": sum(row["state"] == "reversed" for row in rows), "methods": methods, "methods_total": sums,
        "fees": _by_fee(registry, actor, day.id, payments), "fees_total": total,
        "cash": {"expected": day["cash"]}, "total": total, "total_capital": capital(total),
        "payments": list(_listed(registry, rows, payments)),
    }  # fmt: skip
    if day["counted"] is not None:
        data["cash"] |= {"counted": day["counted"], "difference": day["difference"], "reason": day["explanation"]}
        data["safe_checked"] = bool(day["is_safe_checked"])
    return data


def _by_method(registry: Registry, payments: Sequence[Record]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Takings by method, and their sums: how many, taken, given back, net."""
    codes = list(dict.fromkeys(one["method"] for one in payments))
    return [
        {"label": _method(registry, code), **_sums([one for one in payments if one["method"] == code])}
        for code in codes
    ], _sums(payments)


def _sums(payments: Sequence[Record]) -> dict[str, Any]:
    taken = sum((one["amount"] for one in payments if one["amount"] > 0), ZERO)
    back = sum((one["amount"] for one in payments if one["amount"] < 0), ZERO)
    return {"count": len(payments), "taken": taken, "reversed": back, "net": taken + back}


def _by_fee(registry: Registry, actor: Actor, day: int, payments: Sequence[Record]) -> list[dict[str, Any]]:
    """Where the day's money went: fee types, late fees, deposits, and the rest, by which credit grew or shrank."""
    query = Query(conditions=(Condition("receipt.till_day", "equals", day),))
    measures = {"amount": Total("amount", "not from_credit"), "late_fee": Total("late_fee", "not from_credit")}
    groups = registry.scope.aggregate(actor, "allocation", measures, by=("bill.fee_type",), query=query)
    fees: list[tuple[Text, int | str, Decimal]] = [
        (one.label, one.count, Decimal(one["amount"] or 0)) for one in groups
    ]
    late = sum((Decimal(one["late_fee"] or 0) for one in groups), ZERO)
    deposits = [one for one in payments if not one["for_bills"]]
    held = sum((one["amount"] for one in deposits), ZERO)
    rest = sum((one["amount"] for one in payments), ZERO) - held - late - sum((amount for *_, amount in fees), ZERO)
    fees += [(LATE_FEE, len(groups), late), (DEPOSITS, len(deposits), held), (CREDIT, "–", rest)]
    return [{"label": label, "count": count, "amount": amount} for label, count, amount in fees if amount]


def _listed(registry: Registry, rows: Iterable[Record], payments: Iterable[Record]) -> Iterable[dict[str, Any]]:
    """Every payment of the day under its receipt, in order of the numbers."""
    by_receipt: dict[int, list[Record]] = {}
    for one in payments:
        by_receipt.setdefault(one["receipt"], []).append(one)
    for row in rows:
        who = row["payer_name"] or row.titles.get("payer") or ""
        at = f"{row['taken_at'].astimezone(registry.clock.zone):%H:%M}" if row["taken_at"] else ""
        for one in by_receipt.get(row.id, ()):
            yield {"number": row["number"], "time": at, "unit": row.titles.get("unit"), "payer": who,
                   "method": _method(registry, one["method"]), "amount": one["amount"],
                   "void": row["state"] == "reversed"}  # fmt: skip
