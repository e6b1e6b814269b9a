"""What a bill run comes to, as its dry run keeps it: totals, what stands in the way, the period before (F3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.query import Condition, Query
from models.storage.natural_order import order_key
from office.billing.drafts import Drafted
from office.billing.facts import ZERO, Facts, Wanted
from office.billing.periods import period_before
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

NAMED = 200
"""Units that are named of one kind of finding; the rest is only counted."""
Json = dict[str, Any]

SAID = Text(
    "试算：{count} 张账单，合计 {amount} 元；{already} 户已出过账；{findings} 处需要处理。",
    "Dry run: {count} bills, {amount} in all; billed already: {already}; to see to: {findings}.",
)


def preview(registry: Registry, actor: Actor, facts: Facts, made: Sequence[Drafted], now: datetime) -> Json:
    """The dry run of a bill run as plain data: amounts as text, units with their titles."""
    count, amount = sum(len(one.drafts) for one in made), sum((_amount(one) for one in made), ZERO)
    already, findings = sum(one.already for one in made), sum(len(one.findings) for one in made)
    said = SAID.with_(count=f"{count:,}", amount=f"{amount:,.2f}", already=f"{already:,}", findings=f"{findings:,}")
    return {
        "asked": asked(facts.wanted), "at": now.isoformat(), "count": count, "amount": f"{amount:.2f}",
        "already": already, "findings_count": findings, "said": both(said),
        "fee_types": [_fee_type(registry, actor, facts, one) for one in made],
        "buildings": _buildings(registry, actor, made), "findings": _findings(registry, actor, made),
        "result": None, "begun": 0,
    }  # fmt: skip


def asked(wanted: Wanted) -> Json:
    """What a run was asked for, to see whether it was changed since."""
    return {
        "month": f"{wanted.month:%Y-%m}", "fee_types": sorted(wanted.fee_types), "buildings": sorted(wanted.buildings),
        "issued_on": wanted.issued_on.isoformat(), "due_on": wanted.due_on and wanted.due_on.isoformat(),
    }  # fmt: skip


def both(text: Text) -> dict[str, str]:
    """A sentence as data."""
    return {"zh": text.to("zh"), "en": text.to("en")}


def _amount(made: Drafted) -> Decimal:
    return sum((draft.values["amount"] for draft in made.drafts), ZERO)


def _fee_type(registry: Registry, actor: Actor, facts: Facts, made: Drafted) -> Json:
    one, before = made.fee_type, period_before(made.fee_type.period)
    conditions = [Condition("fee_type", "equals", one.id), Condition("period", "equals", before.text)]
    conditions.append(Condition("state", "equals", "published"))
    if facts.wanted.buildings:
        conditions.append(Condition("unit.building", "in", facts.wanted.buildings))
    query = Query(conditions=tuple(conditions))
    then = registry.scope.aggregate(actor, "bill", {"amount": "amount"}, query=query)[0]
    return {
        "id": one.id, "name": one.name, "period": one.period.text, "due_on": one.due_on.isoformat(),
        "count": len(made.drafts), "amount": f"{_amount(made):.2f}", "already": made.already, "nothing": made.nothing,
        "before": {"period": before.text, "count": then.count, "amount": f"{then['amount'] or ZERO:.2f}"},
    }  # fmt: skip


def _buildings(registry: Registry, actor: Actor, made: Sequence[Drafted]) -> list[Json]:
    """Bills and amount by building and fee type, buildings in the order of their titles."""
    cells: dict[int, dict[int, list[Any]]] = defaultdict(dict)
    for one in made:
        for draft in one.drafts:
            cell = cells[draft.building].setdefault(one.fee_type.id, [0, ZERO])
            cell[0] += 1
            cell[1] += draft.values["amount"]
    titles = registry.scope.titles(actor, "building", cells)
    return [
        {
            "id": id, "title": titles[id], "count": sum(cell[0] for cell in cells[id].values()),
            "amount": f"{sum((cell[1] for cell in cells[id].values()), ZERO):.2f}",
            "cells": {str(fee_type): [cell[0], f"{cell[1]:.2f}"] for fee_type, cell in cells[id].items()},
        }
        for id in sorted(titles, key=lambda one: order_key(titles[one]))
    ]  # fmt: skip


def _findings(registry: Registry, actor: Actor, made: Sequence[Drafted]) -> list[Json]:
    """What stands in the way, by kind and fee type, the first of the units by name."""
    groups: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for one in made:
        for finding in one.findings:
            groups[finding.why, finding.fee_type].append(finding)
    named = {finding for several in groups.values() for finding in several[:NAMED]}
    titles = _titles(registry, actor, named)
    return [
        {
            "why": why, "fee_type": fee_type, "count": len(several),
            "records": [
                {
                    "unit": finding.unit, "about": list(finding.about),
                    "title": titles.get(("unit", finding.unit)) or titles.get(finding.about, ""),
                }
                for finding in several[:NAMED]
            ],
        }
        for (why, fee_type), several in groups.items()
    ]  # fmt: skip


def _titles(registry: Registry, actor: Actor, findings: Any) -> Mapping[tuple[str, int | None], str]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for finding in findings:
        wanted[finding.about[0]].add(finding.about[1])
        if finding.unit is not None:
            wanted["unit"].add(finding.unit)
    return {
        (entity, id): title
        for entity, ids in wanted.items()
        for id, title in registry.scope.titles(actor, entity, ids).items()
    }
