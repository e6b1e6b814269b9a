"""The late fees of many bills at once, read set by set through the scope (F6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from models.query import Condition, Query
from models.storage.rows import batches
from office.billing.late_fee_days import Event, LateFee, Piece, Rule, late_fee
from office.raw_rows import raw_rows

__all__ = ["LateFee", "Piece", "Rule", "late_fee", "late_fee_rules", "late_fees", "rule_for"]

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

AT_ONCE = 2000
"""Bills looked up in one statement."""
MANY = 20_000
"""Bills from which on it is quicker to read through the books than to look up each."""
FEN = ("amount", "late_fee")
"""What is read as whole fen."""
Rules = dict[int, list[tuple[date, Rule]]]
"""By fee type: (from, rule), the latest first."""


def late_fees(registry: Registry, actor: Actor, bill_ids: Sequence[int], on: date) -> dict[int, LateFee]:
    """The late fee on the day ``on``, by id, of those of the bills that the actor may read.

    Only published bills bear one. Nothing of it is stored: it follows from bills, payments, waivers and rules. Of few
    bills each is looked up; of many the books are read through once.
    """
    rules, wanted = late_fee_rules(registry, actor), list(dict.fromkeys(bill_ids))
    if len(wanted) > MANY:
        return _Reading(registry, actor, on, rules, None).fees(set(wanted))
    found: dict[int, LateFee] = {}
    for some in batches(wanted, AT_ONCE):
        found |= _Reading(registry, actor, on, rules, tuple(some)).fees(set(some))
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


class _Reading:
    """The facts of bills: those of ``ids``, or of all of them; amounts in fen, days as ordinals."""

    def __init__(self, registry: Registry, actor: Actor, on: date, rules: Rules, ids: tuple[int, ...] | None) -> None:
        self.registry, self.actor, self.on, self.rules, self.ids = registry, actor, on, rules, ids

    def rows(self, entity: str, names: Sequence[str], *conditions: Condition) -> Iterator[tuple[Any, ...]]:
        """(id, the bill, the values of ``names``) of what belongs to the bills."""
        mine = () if self.ids is None else (Condition("bill", "in", self.ids),)
        query = Query(conditions=(*mine, *conditions), sort="id")
        return raw_rows(self.registry, self.actor, entity, query, ("bill", *names), FEN)

    def fees(self, wanted: set[int]) -> dict[int, LateFee]:
        """The late fees of the bills that are ``wanted``."""
        settled, paid = self._allocated()
        waived = self._waived(settled)
        names = ("fee_type", "amount", "due_on", "noticed_until", "state")
        bills = raw_rows(self.registry, self.actor, "bill", Query(ids=self.ids, sort="id"), names, FEN)
        on, found, starts = self.on.toordinal(), {}, _Starts(self.rules)
        for id, fee_type, amount, due_on, noticed_until, state in bills:
            if id in wanted:
                rule, first = starts.of(fee_type, due_on, noticed_until) if state == "published" else (None, None)
                found[id] = LateFee(amount, settled.get(id, ()), first, rule, on, paid.get(id, 0), waived.get(id, 0))
        return found

    def _allocated(self) -> tuple[dict[int, list[Event]], dict[int, int]]:
        """Principal paid of each bill with its days, and late fee paid, up to ``on``."""
        settled: dict[int, list[Event]] = {}
        paid: dict[int, int] = {}
        for _, bill, amount, fee, day in self.rows(
            "allocation", ("amount", "late_fee", "on"), Condition("on", "to", self.on)
        ):
            if amount:
                settled.setdefault(bill, []).append((day.toordinal(), amount))
            if fee:
                paid[bill] = paid.get(bill, 0) + fee
        return settled, paid

    def _waived(self, settled: dict[int, list[Event]]) -> dict[int, int]:
        """Late fee waived of each bill; principal that was waived is added to what is ``settled`` on its day."""
        waived: dict[int, int] = {}
        approved = (Condition("state", "equals", "approved"), Condition("waived_on", "to", self.on))
        for _, bill, kind, amount, day in self.rows("waiver", ("kind", "amount", "waived_on"), *approved):
            if kind == "principal":
                settled.setdefault(bill, []).append((day.toordinal(), amount))
            else:
                waived[bill] = waived.get(bill, 0) + amount
        return waived


class _Starts:
    """The rule of a bill and the day it counts from; alike bills are looked at once."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.known: dict[tuple[int, date, date | None], tuple[Rule | None, int | None]] = {}

    def of(self, fee_type: int, due_on: date, noticed_until: date | None) -> tuple[Rule | None, int | None]:
        """The rule in force and the last day, as an ordinal, on which nothing is late."""
        key = (fee_type, due_on, noticed_until)
        found = self.known.get(key)
        if found is None:
            rule = rule_for(self.rules, fee_type, due_on)
            first = rule.counts_from(due_on, noticed_until) if rule else None
            found = self.known[key] = (rule, None if first is None else first.toordinal())
        return found
