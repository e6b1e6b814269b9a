"""A household as the till sees it: who lives there, what is owed with its working, credit, deposits, receipts (F5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import Actor
from models.query import Condition, Query
from office.billing.late_fee import late_fees
from office.finding import Person, find_units, people_by
from office.till.receipts import ZERO
from office.till.taking import Owed, credits_of, owed_by
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

LAST = 6
"""Receipts shown of a household."""


@dataclass(frozen=True, slots=True)
class Found:
    """A household that a search found: who was meant, and what is owed there."""

    unit: int
    title: str
    people: tuple[Person, ...]
    owed: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One bill that is owed: its words, how late it is, and the late fee with its working."""

    owed: Owed
    fee_type: str
    period: str
    billed: Decimal
    days_late: int
    working: Text | None

    @property
    def is_due(self) -> bool:
        """Whether the due date has come."""
        return self.days_late >= 0


@dataclass(frozen=True, slots=True)
class Settled:
    """What of one bill a receipt settled."""

    bill: str
    amount: Decimal
    late_fee: Decimal
    from_credit: bool


@dataclass(frozen=True, slots=True)
class Household:
    """What stands before a cashier when somebody comes to pay."""

    unit: Record
    people: tuple[Person, ...]
    lines: tuple[Line, ...]
    credit: Decimal
    deposits: tuple[Record, ...]
    receipts: tuple[Record, ...]
    payer: int | None

    @property
    def total(self) -> Decimal:
        """All that is owed."""
        return sum((line.owed.total for line in self.lines), ZERO)

    @property
    def due(self) -> Decimal:
        """What of it is due by now."""
        return sum((line.owed.total for line in self.lines if line.is_due), ZERO)

    @property
    def late_fee(self) -> Decimal:
        """What of it is late fee."""
        return sum((line.owed.late_fee for line in self.lines), ZERO)


def find_households(registry: Registry, actor: Actor, text: str) -> list[Found]:
    """The households that ``text`` names, with what they owe."""
    found = find_units(registry, actor, text)
    owed = _owed(registry, actor, [one.unit for one in found])
    return [Found(one.unit, one.title, one.people, owed.get(one.unit, ZERO)) for one in found]


def household(registry: Registry, actor: Actor, unit: int, on: date) -> Household:
    """Everything about a unit that the till shows. Raises NotFound, NotAllowed."""
    record = registry.scope.get(actor, "unit", unit, "take_payment")
    people = tuple(p for p in people_by(registry, actor, "unit", [unit]).get(unit, ()) if not p.left)
    owed = owed_by(registry, actor, unit, on)
    bills = _bills(registry, actor, owed)
    credit = sum((amount for _, amount in credits_of(registry, actor, unit)), ZERO)
    of_unit = Condition("unit", "equals", unit)
    deposits = Query(conditions=(of_unit,), where="held > 0", columns=("number", "kind", "held"))
    receipts = Query(
        conditions=(of_unit,), size=LAST, sort="-id",
        columns=("number", "kind", "amount", "taken_at", "taken_on", "cashier", "state"),
    )  # fmt: skip
    payers = [bills[one.bill]["payer"] for one in owed if bills[one.bill]["payer"]]
    return Household(
        unit=record,
        people=people,
        lines=tuple(_lines(registry, actor, owed, bills, on)),
        credit=credit,
        deposits=registry.scope.page(actor, "deposit", deposits).rows,
        receipts=registry.scope.page(actor, "receipt", receipts).rows,
        payer=payers[0] if payers else (people[0].id if people else None),
    )


def _owed(registry: Registry, actor: Actor, units: Sequence[int]) -> dict[int, Decimal]:
    """The principal owed by unit."""
    if not units:
        return {}
    query = Query(conditions=(Condition("unit", "in", tuple(units)),))
    rows = registry.scope.aggregate(actor, "bill", {"owed": "owed"}, by=("unit",), query=query)
    return {row.key: Decimal(row["owed"] or 0) for row in rows}


def _bills(registry: Registry, actor: Actor, owed: Sequence[Owed]) -> Mapping[int, Record]:
    columns = ("fee_type", "period", "amount", "payer")
    return {bill.id: bill for bill in registry.scope.records(actor, "bill", [one.bill for one in owed], columns)}


def _lines(
    registry: Registry, actor: Actor, owed: Sequence[Owed], bills: Mapping[int, Record], on: date
) -> Iterable[Line]:
    late = late_fees(registry, actor, [one.bill for one in owed if one.late_fee], on)
    for one in owed:
        bill = bills[one.bill]
        working = late[one.bill].said if one.bill in late else None
        yield Line(
            one, bill.titles.get("fee_type") or "", bill["period"], bill["amount"], (on - one.due_on).days, working
        )


def settled_with(registry: Registry, actor: Actor, receipt: int) -> list[Settled]:
    """What a receipt settled, bill by bill; what was paid with credit stands apart."""
    columns = ("bill", "amount", "late_fee", "from_credit")
    query = Query(conditions=(Condition("receipt", "equals", receipt),), columns=columns, sort="id")
    found: dict[tuple[int, bool], Settled] = {}
    for row in registry.scope.stream(actor, "allocation", query):
        key = (row["bill"], bool(row["from_credit"]))
        before = found.get(key) or Settled(row.titles.get("bill") or "", ZERO, ZERO, key[1])
        found[key] = replace(before, amount=before.amount + row["amount"], late_fee=before.late_fee + row["late_fee"])
    return list(found.values())


def taken_today(registry: Registry, actor: Actor, on: date) -> Record | None:
    """The actor's own till day, where it was opened."""
    mine = (Condition("cashier", "equals", actor.id), Condition("on", "equals", on))
    query = Query(conditions=mine, size=1, columns=("cash", "other", "total", "receipts", "state"))
    return next(iter(registry.scope.page(actor, "till_day", query).rows), None)


def moment(at: datetime, zone: Any, today: date) -> str:
    """A moment as the till shows it: the time alone where it was today."""
    local = at.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"
