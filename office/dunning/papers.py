"""What the papers of dunning say a household owes, with its late fee (F4, F6, F7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.query import Query
from models.storage.rows import batches
from office.amounts import capital
from office.billing.late_fee import LateFee, late_fee_rules, late_fees, rule_for
from office.billing.late_fee_days import Rule
from office.billing.owed_lines import owed_line
from office.dunning.facts import AT_ONCE, ZERO, OverdueBill, overdue_bills
from office.dunning.policy import DunningPolicy
from office.households import Household
from schema.written import say

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry


@dataclass(frozen=True, slots=True)
class OwedRow:
    """A bill with its late fee, as a line of a paper."""

    bill: OverdueBill
    fee_type: str
    period: str
    late_fee: LateFee
    rule: Rule | None


@dataclass(slots=True)
class Owed:
    """What a household owes on a day, oldest first."""

    rows: list[OwedRow] = field(default_factory=list)

    @property
    def principal(self) -> Decimal:
        return sum((row.bill.owed for row in self.rows), ZERO)

    @property
    def late_fee(self) -> Decimal:
        return sum((row.late_fee.owed for row in self.rows), ZERO)

    @property
    def total(self) -> Decimal:
        return self.principal + self.late_fee


def owed_by(
    registry: Registry, actor: Actor, policy: DunningPolicy, today: date, units: Collection[int], on: date
) -> dict[int, Owed]:
    """What each of ``units`` owes that is overdue today, with the late fees as they will be on the day ``on``."""
    bills = [
        bill for some in batches(sorted(set(units)), AT_ONCE)
        for bill in overdue_bills(registry, actor, policy, today, tuple(some))
    ]  # fmt: skip
    ids = [bill.id for bill in bills]
    fees, rules = late_fees(registry, actor, ids, on), late_fee_rules(registry, actor)
    more = _more_of(registry, actor, ids)
    found: dict[int, Owed] = defaultdict(Owed)
    for bill in sorted(bills, key=lambda bill: (bill.due_on, bill.id)):
        name, period = more[bill.id]
        rule = rule_for(rules, bill.fee_type, bill.due_on)
        found[bill.unit].rows.append(OwedRow(bill, name, period, fees[bill.id], rule))
    return dict(found)


def owed_data(owed: Owed, on: date) -> dict[str, Any]:
    """The part of a sheet that documents/owed.typ shows."""
    fee = owed.late_fee
    return {
        "owed": [_line(row) for row in owed.rows], "owed_total": owed.principal, "total": owed.total,
        "total_capital": capital(owed.total), "late_fee_total": fee or None, "late_fee_to": on if fee else None,
    }  # fmt: skip


def service_data(policy: DunningPolicy, household: Household) -> dict[str, Any]:
    """How to pay and whom to ask: the ways of the policy, the steward of the building."""
    ways = [{"label": say(way.name), "text": say(way.text)} for way in policy.ways]
    contact = {"name": household.steward, "telephone": household.telephone}
    return {"ways": ways, "contact": contact if household.steward else None}


def _line(row: OwedRow) -> dict[str, Any]:
    return owed_line(row.fee_type, row.period, row.bill.due_on, row.bill.owed, row.late_fee)


def _more_of(registry: Registry, actor: Actor, bills: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Fee type and period of bills, in words."""
    found: dict[int, tuple[str, str]] = {}
    for some in batches(bills, AT_ONCE):
        query = Query(ids=tuple(some), columns=("fee_type", "period"), sort="id")
        for one in registry.scope.stream(actor, "bill", query):
            found[one.id] = (one.titles.get("fee_type", ""), one["period"])
    return found
