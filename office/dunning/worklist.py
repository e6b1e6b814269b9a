"""The work list of dunning: what is due, to be delivered, held and promised, by building in delivery order (F7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from models.query import Condition, Query
from office.dunning.facts import ZERO
from office.dunning.levels import promise_standing
from office.dunning.papers import Owed, owed_by
from office.dunning.policy import DunningPolicy, policy_of
from office.households import Household, households
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

MOST = 500
"""Households one page shows."""
VIEWS: Mapping[str, tuple[str, str]] = {
    "due": ("dunning_step", "due"),
    "deliver": ("dunning_step", "to_deliver"),
    "held": ("dunning_hold", "active"),
    "promised": ("dunning_hold", "promised_today"),
    "broken": ("dunning_hold", "broken"),
}
"""Each part of the list: of which entity it is, and the saved filter that finds it."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of the list a person looks at; None is all."""

    view: str = "due"
    level: int | None = None
    building: int | None = None
    steward: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One household on the list. Amounts are None where the reader may not see them."""

    id: int
    """Of the step, or of the hold."""
    case: int
    household: Household
    level: int | None
    stage: Text | None
    doers: Text | None
    """Who does it, where the reader does not."""
    means: str
    due_on: date | None
    deadline: date | None
    principal: Decimal | None
    late_fee: Decimal | None
    kind: str = ""
    until: date | None = None
    reason: str = ""
    promised: Decimal | None = None
    standing: str = ""
    letter: str = ""
    """The key of the paper that was printed."""


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one building."""

    building: str
    steward: str
    lines: Sequence[Line]

    @property
    def owed(self) -> Decimal:
        return sum((line.principal or ZERO for line in self.lines), ZERO)


@dataclass(frozen=True, slots=True)
class WorkList:
    """One part of the list, and how much each part holds."""

    groups: Sequence[Group]
    counts: Mapping[str, int]
    levels: Mapping[int, int]
    """How many are due by level."""
    cases: int
    owed: Decimal | None
    more: int
    """Households beyond those shown."""

    @property
    def lines(self) -> int:
        return sum(len(group.lines) for group in self.groups)


def work_list(registry: Registry, actor: Actor, chosen: Chosen, today: date) -> WorkList:
    """The list as ``actor`` may see it. Raises NotAllowed for those who see no dunning."""
    registry.scope.require(actor, "dunning_step", "read")
    policy = policy_of(registry.schema)
    entity, saved = VIEWS[chosen.view]
    place = _place(chosen)
    counts = {
        view: registry.scope.count(actor, of, Query(saved=name, conditions=place)) for view, (of, name) in VIEWS.items()
    }
    due = Query(saved="due", conditions=place)
    by_level = registry.scope.aggregate(actor, "dunning_step", {}, by=("level",), query=due)
    at_level = (Condition("level", "equals", chosen.level),) if chosen.level and chosen.view == "due" else ()
    query = Query(saved=saved, conditions=(*place, *at_level), sort="unit", size=MOST, columns=_columns(entity))
    rows = registry.scope.page(actor, entity, query).rows
    total = registry.scope.count(actor, entity, query) if len(rows) == MOST else len(rows)
    cases, owed = _open(registry, actor, place)
    return WorkList(
        groups=_groups(_lines(registry, actor, policy, rows, today)), counts=counts,
        levels={row.key: row.count for row in by_level}, cases=cases, owed=owed, more=total - len(rows),
    )  # fmt: skip


def sees_amounts(registry: Registry, actor: Actor) -> bool:
    """Whether the actor sees what is owed."""
    clear = registry.access.is_clear
    return clear(actor, "bill", "owed") and clear(actor, "dunning_case", "owed")


def buildings_of(registry: Registry, actor: Actor) -> list[tuple[int, str, int | None, str]]:
    """(id, title, steward, name of the steward) of the buildings the actor sees, in their order."""
    rows = registry.scope.stream(actor, "building", Query(columns=("steward",), sort="title"))
    return [(row.id, row.title, row["steward"], row.titles.get("steward", "")) for row in rows]


def _place(chosen: Chosen) -> tuple[Condition, ...]:
    """The conditions of a building, or of a steward's buildings."""
    if chosen.building is not None:
        return (Condition("unit.building", "equals", chosen.building),)
    if chosen.steward is not None:
        return (Condition("unit.building.steward", "equals", chosen.steward),)
    return ()


def _columns(entity: str) -> tuple[str, ...]:
    if entity == "dunning_step":
        return ("case", "unit", "level", "means", "due_on", "deadline", "letter")
    return ("case", "unit", "kind", "starts_on", "until", "reason", "amount")


def _open(registry: Registry, actor: Actor, place: Sequence[Condition]) -> tuple[int, Decimal | None]:
    """How many cases are open, and what is owed in them."""
    query = Query(saved="mine", conditions=tuple(place))
    if not sees_amounts(registry, actor):
        return registry.scope.count(actor, "dunning_case", query), None
    row = registry.scope.aggregate(actor, "dunning_case", {"owed": "owed"}, query=query)[0]
    return row.count, Decimal(row["owed"] or 0)


def _lines(
    registry: Registry, actor: Actor, policy: DunningPolicy, rows: Sequence[Record], today: date
) -> Iterable[Line]:
    units = [row["unit"] for row in rows]
    homes = households(registry, actor, units)
    shown = sees_amounts(registry, actor)
    owed = owed_by(registry, actor, policy, today, units, today) if shown else {}
    paid = _paid_since(registry, actor, rows) if shown else {}
    order = {unit: place for place, unit in enumerate(homes)}
    for row in sorted((one for one in rows if one["unit"] in order), key=lambda one: order[one["unit"]]):
        found = owed.get(row["unit"], Owed()) if shown else None
        yield _line(registry, actor, policy, row, homes[row["unit"]], found, paid.get(row.id, ZERO), today)


def _line(
    registry: Registry, actor: Actor, policy: DunningPolicy, row: Record, home: Household, owed: Owed | None,
    paid: Decimal, today: date,
) -> Line:  # fmt: skip
    principal, late_fee = (owed.principal, owed.late_fee) if owed is not None else (None, None)
    level = row.get("level")
    standing = ""
    if row.get("kind") == "promise" and owed is not None:
        standing = promise_standing(row["amount"], paid, owed.principal, row["until"], today)
    return Line(
        id=row.id, case=row["case"], household=home, level=level, stage=policy.name_of(level) if level else None,
        doers=_doers(registry, actor, policy, level), means=row.get("means") or "", due_on=row.get("due_on"),
        deadline=row.get("deadline"), principal=principal, late_fee=late_fee, kind=row.get("kind") or "",
        until=row.get("until"), reason=row.get("reason") or "", standing=standing,
        promised=row.get("amount") if owed is not None else None, letter=(row.get("letter") or ("",))[0],
    )  # fmt: skip


def _doers(registry: Registry, actor: Actor, policy: DunningPolicy, level: int | None) -> Text | None:
    """Who does a level, where the actor does not."""
    if level is None or level > policy.highest or actor.roles & set(policy.level(level).by):
        return None
    labels = [registry.schema.roles[name].label for name in policy.level(level).by if name in registry.schema.roles]
    return Text("、".join(one.zh for one in labels), ", ".join(one.en for one in labels))


def _paid_since(registry: Registry, actor: Actor, rows: Sequence[Record]) -> dict[int, Decimal]:
    """What the cases of promises have paid since they were made, by promise (reversals taken off)."""
    promises = [row for row in rows if row.get("kind") == "promise"]
    if not promises:
        return {}
    of_cases = (Condition("bill.dunning_case", "in", tuple({row["case"] for row in promises})),)
    first = Condition("on", "from", min(row["starts_on"] for row in promises))
    query = Query(conditions=(*of_cases, first), columns=("bill", "amount", "on"), sort="id")
    paid = list(registry.scope.stream(actor, "allocation", query))
    bills = registry.scope.records(actor, "bill", [one["bill"] for one in paid], ("dunning_case",))
    case_of = {bill.id: bill["dunning_case"] for bill in bills}
    return {
        row.id: sum(
            (
                one["amount"]
                for one in paid
                if case_of.get(one["bill"]) == row["case"] and one["on"] >= row["starts_on"]
            ),
            ZERO,
        )
        for row in promises
    }


def _groups(lines: Iterable[Line]) -> list[Group]:
    """The lines of each building together; they come in the order of delivery."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.household.building, []).append(line)
    return [Group(building, lines[0].household.steward, lines) for building, lines in found.items()]
