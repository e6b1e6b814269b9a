"""What stands on a payment notice: everything a unit owes, with what is overdue and its late fee (domain F4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM
from models.operations import Selection
from models.printing import Printing, Sheet, document
from models.query import Condition, Query
from models.storage.rows import batches
from office.amounts import capital
from office.billing.late_fee import late_fees
from office.billing.late_fee_days import LateFee
from office.billing.owed_lines import owed_line
from office.billing.periods import read_period
from office.dunning.papers import service_data
from office.dunning.policy import policy_of
from office.households import Household, address_data, households
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

COLUMNS = ("unit", "fee_type", "period", "amount", "owed", "due_on", "lines")
AT_ONCE = 500
GRACE = timedelta(days=7)
"""The days to pay where everything is overdue already."""
ZERO, FEN = Decimal("0.00"), Decimal("0.01")
NOTHING = Text("没有未缴的账单。", "Nothing is owed.")
PAID_IN_PART = Text("应缴 {amount}，已缴 {paid}", "{amount} less {paid} settled")


@document("payment_notice")
def payment_notices(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """A notice for each unit that owes something, in the order of delivery: building by building, door by door."""
    today = now.astimezone(registry.clock.zone).date()
    policy = policy_of(registry.schema)
    owed = _owed(registry, actor, selection.ids)
    overdue = [bill.id for bills in owed.values() for bill in bills if bill["due_on"] < today]
    fees = late_fees(registry, actor, overdue, today)
    credits = _credits(registry, list(owed))
    printing = Printing(locale="en" if answers.get("english") else policy.language)
    printing.skipped = [(id, NOTHING) for id in selection.ids if id not in owed]
    for unit, household in households(registry, actor, list(owed)).items():
        bills = owed[unit]
        data = notice_data(household, bills, fees, today, answers.get("pay_by"), credits.get(unit, ZERO))
        sheet = Sheet(unit, {**data, **service_data(policy, household)}, keeps=tuple(bill.id for bill in bills))
        printing.sheets.append(sheet)
    return printing


def notice_data(
    household: Household, bills: Sequence[Record], fees: Mapping[int, LateFee], today: date, pay_by: date | None,
    credit: Decimal = ZERO,
) -> dict[str, Any]:  # fmt: skip
    """The sheet of a household, as documents/payment_notice.typ names it. Source: domain F4.

    What is not overdue yet is of this period; the rest stands below with its late fee to the day. What was paid in
    advance is taken off.
    """
    current = [bill for bill in bills if bill["due_on"] >= today]
    overdue = [bill for bill in bills if bill["due_on"] < today]
    principal, arrears = _sum(current), _sum(overdue)
    late = sum((fees[bill.id].owed for bill in overdue if bill.id in fees), ZERO)
    used = min(credit, principal + arrears + late)
    total = principal + arrears + late - used
    due_on = pay_by or min((bill["due_on"] for bill in current), default=today + GRACE)
    return {
        "number": f"TZ{today:%y%m%d}-{household.title}", "issued_on": today, "due_on": due_on,
        "to": address_data(household), "unit": household.title, "area": household.area,
        "period": _period(current),
        "items": [_item(bill) for bill in current], "subtotal": principal,
        "owed": [_owed_line(bill, fees.get(bill.id)) for bill in overdue], "owed_total": arrears,
        "late_fee_total": late or None, "late_fee_to": today if late else None,
        "credit": used or None, "total": total, "total_capital": capital(total),
    }  # fmt: skip


def _owed(registry: Registry, actor: Actor, units: Iterable[int]) -> dict[int, list[Record]]:
    """The bills that are owed, by unit, those due first at the top."""
    found: dict[int, list[Record]] = defaultdict(list)
    for some in batches(list(units), AT_ONCE):
        open_ones = (Condition("unit", "in", tuple(some)), Condition("owed", "from", FEN))
        for bill in registry.scope.stream(actor, "bill", Query(conditions=open_ones, sort="id", columns=COLUMNS)):
            found[bill["unit"]].append(bill)
    return {unit: sorted(bills, key=lambda bill: (bill["due_on"], bill.id)) for unit, bills in found.items()}


def _credits(registry: Registry, units: Sequence[int]) -> dict[int, Decimal]:
    """What was paid in advance, by unit. It belongs on the household's own paper whoever prints that."""
    found: dict[int, Decimal] = {}
    for some in batches(units, AT_ONCE):
        mine = Query(conditions=(Condition("unit", "in", tuple(some)),))
        groups = registry.scope.aggregate(SYSTEM, "payment", {"credit": "credit"}, by=("unit",), query=mine)
        found |= {group.key: group["credit"] for group in groups if group["credit"] and group["credit"] > 0}
    return found


def _item(bill: Record) -> dict[str, Any]:
    """A line of this period: its quantity and price where there is one of each, its arithmetic, what is settled."""
    lines = bill["lines"] or []
    notes = [line["said"] for line in lines if line.get("said")]
    settled = bill["amount"] - bill["owed"]
    if settled:
        notes.append(PAID_IN_PART.with_(amount=f"{bill['amount']:,.2f}", paid=f"{settled:,.2f}"))
    item = {
        "name": bill.titles.get("fee_type", ""), "period": read_period(bill["period"]).label, "amount": bill["owed"],
        "note": _joined(notes),
    }  # fmt: skip
    return {**item, "quantity": lines[0]["quantity"], "price": lines[0]["price"]} if len(lines) == 1 else item


def _owed_line(bill: Record, fee: LateFee | None) -> dict[str, Any]:
    return owed_line(bill.titles.get("fee_type", ""), bill["period"], bill["due_on"], bill["owed"], fee)


def _period(bills: Sequence[Record]) -> Text | None:
    """The period in words, where all bills are of the same."""
    periods = {bill["period"] for bill in bills}
    return read_period(periods.pop()).label if len(periods) == 1 else None


def _joined(notes: Sequence[str | Text]) -> Text | None:
    """Several notes as one."""
    zh, en = ([note.to(to) if isinstance(note, Text) else note for note in notes] for to in ("zh", "en"))
    return Text("；".join(zh), "; ".join(en)) if notes else None


def _sum(bills: Iterable[Record]) -> Decimal:
    return sum((bill["owed"] for bill in bills), ZERO)
