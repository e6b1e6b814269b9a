"""The late fees of many bills at once, read set by set through the scope (F6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from models.query import Condition, Query
from models.rows import batches
from office.late_fee_days import ZERO, LateFee, Piece, Rule, late_fee
from office.raw_rows import raw_rows

__all__ = ["LateFee", "Piece", "Rule", "late_fee", "late_fee_rules", "late_fees", "rule_for"]

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

AT_ONCE = 5000
"""Bills looked up in one statement."""
Rules = dict[int, list[tuple[date, Rule]]]
"""By fee type: (from, rule), the latest first."""
Dated = dict[int, list[tuple[date, Decimal]]]


def late_fees(registry: Registry, actor: Actor, bill_ids: Sequence[int], on: date) -> dict[int, LateFee]:
    """The late fee on the day ``on``, by id, of those of the bills that the actor may read.

    Only published bills bear one. Nothing of it is stored: it follows from bills, payments, waivers and rules.
    """
    rules = late_fee_rules(registry, actor)
    found: dict[int, LateFee] = {}
    for some in batches(list(dict.fromkeys(bill_ids)), AT_ONCE):
        found.update(_of_some(registry, actor, some, on, rules))
    return found


def late_fee_rules(registry: Registry, actor: Actor) -> Rules:
    """The rules of every fee type, the latest first."""
    found: Rules = defaultdict(list)
    columns = ("fee_type", "starts_on", "daily_rate", "grace_days", "cap_percent", "late_from")
    for _, fee_type, starts_on, *terms in raw_rows(registry, actor, "late_fee_rule", Query(sort="id"), columns):
        found[fee_type].append((starts_on, Rule(*terms)))
    return {fee_type: sorted(rules, key=lambda one: one[0], reverse=True) for fee_type, rules in found.items()}


def rule_for(rules: Rules, fee_type: int, due_on: date) -> Rule | None:
    """The rule in force for a bill that was due on a day; None where the fee type bears no late fee."""
    return next((rule for starts_on, rule in rules.get(fee_type, ()) if starts_on <= due_on), None)


def _of_some(
    registry: Registry, actor: Actor, ids: Sequence[int], on: date, rules: Rules
) -> Iterator[tuple[int, LateFee]]:
    bills = Query(ids=tuple(ids), sort="id")
    settled, paid = _allocated(registry, actor, ids, on)
    waived = _waived(registry, actor, ids, on, settled)
    names = ("fee_type", "amount", "due_on", "noticed_until", "state")
    for id, fee_type, amount, due_on, noticed_until, state in raw_rows(registry, actor, "bill", bills, names):
        rule = rule_for(rules, fee_type, due_on) if state == "published" else None
        starts_from = rule.counts_from(due_on, noticed_until) if rule else None
        yield id, late_fee(
            amount, settled.get(id, ()), starts_from, rule, on, paid.get(id, ZERO), waived.get(id, ZERO)
        )  # fmt: skip


def _allocated(registry: Registry, actor: Actor, bills: Sequence[int], on: date) -> tuple[Dated, dict[int, Decimal]]:
    """Principal paid of each bill with its days, and late fee paid, up to ``on``."""
    settled: Dated = defaultdict(list)
    paid: dict[int, Decimal] = defaultdict(lambda: ZERO)
    query = Query(conditions=(Condition("bill", "in", tuple(bills)), Condition("on", "to", on)), sort="id")
    for _, bill, amount, fee, day in raw_rows(
        registry, actor, "allocation", query, ("bill", "amount", "late_fee", "on")
    ):
        if amount:
            settled[bill].append((day, amount))
        if fee:
            paid[bill] += fee
    return settled, paid


def _waived(registry: Registry, actor: Actor, bills: Sequence[int], on: date, settled: Dated) -> dict[int, Decimal]:
    """Late fee waived of each bill; principal that was waived is added to what is ``settled`` on its day."""
    waived: dict[int, Decimal] = defaultdict(lambda: ZERO)
    approved = (Condition("state", "equals", "approved"), Condition("waived_on", "to", on))
    query = Query(conditions=(Condition("bill", "in", tuple(bills)), *approved), sort="id")
    for _, bill, kind, amount, day in raw_rows(
        registry, actor, "waiver", query, ("bill", "kind", "amount", "waived_on")
    ):
        if kind == "principal":
            settled[bill].append((day, amount))
        else:
            waived[bill] += amount
    return waived
