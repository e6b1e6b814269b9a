"""What dunning goes by, read set by set: overdue bills, open cases, their steps and holds (F7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.query import Condition, Query
from models.storage.rows import batches
from office.billing.late_fee import Rules, late_fee_rules, rule_for
from office.dunning.levels import DAY, CaseFacts, HoldFact, StepFact
from office.dunning.policy import DunningPolicy
from office.raw_rows import raw_rows

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
AT_ONCE = 5000
"""Units, cases or bills looked up in one statement."""


@dataclass(frozen=True, slots=True)
class OverdueBill:
    """A published bill past its due date of which principal is owed (yuan)."""

    id: int
    unit: int
    fee_type: int
    due_on: date
    owed: Decimal
    case: int | None
    payer: int | None
    noticed_until: date | None


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step as it is kept."""

    id: int
    version: int
    means: str
    fact: StepFact


@dataclass(frozen=True, slots=True)
class Case:
    """A case that is not closed, with its steps and holds."""

    id: int
    version: int
    unit: int
    title: str
    number: str
    state: str
    level: int
    reopened_on: date | None
    steps: tuple[StepRow, ...] = ()
    holds: tuple[HoldFact, ...] = ()

    def step(self, level: int, attempt: int) -> StepRow | None:
        """The step at this level and try."""
        return next((s for s in self.steps if (s.fact.level, s.fact.attempt) == (level, attempt)), None)


@dataclass(slots=True)
class Situation:
    """Overdue bills and open cases by unit, as far as the actor sees them."""

    bills: dict[int, list[OverdueBill]] = field(default_factory=dict)
    cases: dict[int, Case] = field(default_factory=dict)
    rules: Rules = field(default_factory=dict)
    """The late-fee rules, by which it is known whose late fee waits for a final notice."""

    def facts(self, unit: int) -> CaseFacts:
        """What the rules need to know of a unit, with a case or without."""
        bills, case = self.bills.get(unit, ()), self.cases.get(unit)
        owed = sum((bill.owed for bill in bills), ZERO)
        first = min((bill.due_on for bill in bills), default=None)
        if case is None:
            return CaseFacts(owed, first)
        unnoticed = min((bill.due_on for bill in bills if self._awaits_notice(bill)), default=None)
        return CaseFacts(owed, first, tuple(s.fact for s in case.steps), case.holds, case.reopened_on, unnoticed)

    def _awaits_notice(self, bill: OverdueBill) -> bool:
        rule = rule_for(self.rules, bill.fee_type, bill.due_on)
        return rule is not None and rule.late_from == "final_notice" and bill.noticed_until is None


def situation(
    registry: Registry, actor: Actor, policy: DunningPolicy, today: date, units: Collection[int] | None = None
) -> Situation:
    """How things stand with these units, or with all the actor sees; a fixed number of statements per 5,000."""
    found = Situation(rules=late_fee_rules(registry, actor))
    for some in _stretches(units):
        for bill in overdue_bills(registry, actor, policy, today, some):
            found.bills.setdefault(bill.unit, []).append(bill)
        found.cases.update((case.unit, case) for case in open_cases(registry, actor, some))
    return found


def overdue_bills(
    registry: Registry, actor: Actor, policy: DunningPolicy, today: date, units: tuple[int, ...] | None
) -> Iterator[OverdueBill]:
    """The overdue bills of the fees that the policy does not leave alone."""
    conditions = [Condition("owed", "from", FEN), Condition("due_on", "to", today - DAY)]
    conditions += _within("unit", units)
    if left_alone := excluded_fee_types(registry, actor, policy):
        conditions.append(Condition("fee_type", "not_in", left_alone))
    names = ("unit", "fee_type", "due_on", "owed", "dunning_case", "payer", "noticed_until")
    for row in raw_rows(registry, actor, "bill", Query(conditions=tuple(conditions), sort="id"), names):
        yield OverdueBill(*row)


def excluded_fee_types(registry: Registry, actor: Actor, policy: DunningPolicy) -> tuple[int, ...]:
    """The fee types that are never dunned for."""
    if not policy.excluded_categories and not policy.excluded_fee_types:
        return ()
    names, categories = set(policy.excluded_fee_types), set(policy.excluded_categories)
    types = registry.scope.stream(actor, "fee_type", Query(columns=("name", "category")))
    return tuple(one.id for one in types if one["name"] in names or one["category"] in categories)


def open_cases(registry: Registry, actor: Actor, units: tuple[int, ...] | None = None) -> Iterator[Case]:
    """The cases that are not closed, with their steps and holds."""
    columns = ("number", "unit", "state", "level", "reopened_on")
    query = Query(conditions=(Condition("closing", "equals", 0), *_within("unit", units)), columns=columns, sort="id")
    rows = list(registry.scope.stream(actor, "dunning_case", query))
    yield from _whole(registry, actor, rows)


def cases_of(registry: Registry, actor: Actor, ids: Iterable[int]) -> list[Case]:
    """These cases, open or closed, as far as the actor sees them, in that order."""
    columns = ("number", "unit", "state", "level", "reopened_on")
    return list(_whole(registry, actor, registry.scope.records(actor, "dunning_case", list(ids), columns)))


def _whole(registry: Registry, actor: Actor, rows: list[Record]) -> Iterator[Case]:
    """The cases of these rows with what belongs to them."""
    steps: dict[int, list[StepRow]] = defaultdict(list)
    holds: dict[int, list[HoldFact]] = defaultdict(list)
    for some in batches([row.id for row in rows], AT_ONCE):
        mine = (Condition("case", "in", tuple(some)),)
        columns = ("case", "level", "attempt", "state", "due_on", "done_on", "deadline", "means")
        for one in registry.scope.stream(actor, "dunning_step", Query(conditions=mine, columns=columns, sort="id")):
            steps[one["case"]].append(StepRow(one.id, one.version, one["means"], _step_fact(one)))
        dates = ("case", "kind", "starts_on", "until", "resolved_on")
        for one in registry.scope.stream(actor, "dunning_hold", Query(conditions=mine, columns=dates, sort="id")):
            holds[one["case"]].append(HoldFact(one["kind"], one["starts_on"], one["until"], one["resolved_on"]))
    for row in rows:
        yield Case(
            row.id, row.version, row["unit"], row.title, row["number"], row["state"], row["level"],
            row["reopened_on"], tuple(steps[row.id]), tuple(holds[row.id]),
        )  # fmt: skip


def _step_fact(one: Record) -> StepFact:
    return StepFact(one["level"], one["attempt"], one["state"], one["due_on"], one["done_on"], one["deadline"])


def _within(name: str, ids: tuple[int, ...] | None) -> tuple[Any, ...]:
    return () if ids is None else (Condition(name, "in", ids),)


def _stretches(units: Collection[int] | None) -> Iterator[tuple[int, ...] | None]:
    """All at once, or the units in stretches that one statement takes."""
    if units is None:
        yield None
        return
    for some in batches(sorted(set(units)), AT_ONCE):
        yield tuple(some)
