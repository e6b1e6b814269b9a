"""Takings: what came in by method, day by day, and the deposits held (F12, F13)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.query import Condition, Drill, Query
from models.reads.aggregates import Total
from models.reports import ChartData, Column, Figure, Row, Table, report
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

ZERO = Decimal("0.00")
_TOTAL = Text("合计", "Total")
_NOTHING = Text("这段时间没有收款。", "Nothing was taken in this time.")


@report("takings")
def takings(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """Payments by day and method; reversals and refunds are taken off on the day they happened."""
    today = now.astimezone(registry.clock.zone).date()
    first, last = answers.get("since") or today.replace(day=1), answers.get("until") or today
    within = (Condition("paid_on", "from", first), Condition("paid_on", "to", last))
    query = Query(conditions=within)
    found = registry.scope.aggregate(actor, "payment", {"amount": "amount"}, by=["paid_on", "method"], query=query)
    methods = [code for code in _methods(registry) if any(one.keys["method"] == code for one in found)]
    days: dict[date, dict[str, Decimal]] = defaultdict(dict)
    for one in found:
        days[one.keys["paid_on"]][str(one.keys["method"])] = one["amount"]
    sums = {code: sum((day.get(code, ZERO) for day in days.values()), ZERO) for code in methods}
    whole = sum(sums.values(), ZERO)
    return Table(
        columns=(
            Column("day", Text("日期", "Day"), "date"),
            *(Column(code, _methods(registry)[code], "money") for code in methods),
            Column("total", _TOTAL, "money"),
        ),
        rows=[_day(day, days[day]) for day in sorted(days)],
        totals=Row({**sums, "total": whole}),
        headline=(Figure(_TOTAL, whole, "money"), *_cash(sums)),
        chart=ChartData("day", tuple(methods)),
        empty=_NOTHING,
    )  # fmt: skip


@report("deposits_held")
def deposits_held(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """Deposits by kind: taken, deducted, refunded and still held (F13)."""
    kept = Condition("reversed", "equals", False)
    measures = {name: Total(name) for name in ("amount", "deducted", "refunded", "held")}
    query = Query(conditions=(kept,))
    found = registry.scope.aggregate(actor, "deposit", measures, by=["kind"], query=query)
    sums = {name: sum((one[name] for one in found), ZERO) for name in measures}
    held = Condition("held", "from", Decimal("0.01"))
    return Table(
        columns=(
            Column("kind", Text("种类", "Kind")), Column("count", Text("笔数", "Deposits"), "integer"),
            Column("amount", Text("收取", "Taken"), "money"), Column("deducted", Text("扣款", "Deducted"), "money"),
            Column("refunded", Text("退还", "Refunded"), "money"), Column("held", Text("在押", "Held"), "money"),
        ),
        rows=[
            Row({"kind": one.label, "count": one.count, **one.values},
                drills={"count": one.drill, "held": one.drill.and_(held)} if one.drill else {})
            for one in found
        ],
        totals=Row({"count": sum(one.count for one in found), **sums}),
        headline=(Figure(Text("在押合计", "Held in all"), sums["held"], "money"),),
        chart=ChartData("kind", ("held",)),
        empty=Text("还没有收过押金。", "No deposit was taken yet."),
    )  # fmt: skip


def _methods(registry: Registry) -> dict[str, Text]:
    return {code: choice.label for code, choice in registry.schema.choices["pay_method"].items()}


def _day(day: date, amounts: Mapping[str, Decimal]) -> Row:
    that_day = Drill("payment", (Condition("paid_on", "from", day), Condition("paid_on", "to", day)))
    drills = {code: that_day.and_(Condition("method", "equals", code)) for code in amounts}
    total = sum(amounts.values(), ZERO)
    return Row({"day": day, **amounts, "total": total}, drills={**drills, "total": that_day})


def _cash(sums: Mapping[str, Decimal]) -> tuple[Figure, ...]:
    return (Figure(Text("其中现金", "of it in cash"), sums["cash"], "money"),) if "cash" in sums else ()
