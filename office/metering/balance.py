"""The balance of water and power: what came in by the main meters against what the meters behind them counted (F11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models import reports
from models.actor import Actor
from models.errors import Refused
from models.query import Condition, Drill, Query
from models.reads.aggregates import Total
from models.reports import ChartData, Column, Figure, Row, Table, report
from models.storage.natural_order import order_key
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

ESTATE = Text("全小区", "Whole estate")
ASK = Text("请选择账期和表计种类。", "Choose the month and the kind of meter.")
NOTHING = Text("这个账期还没有这种表的读数。", "There are no readings of this kind in this month yet.")
UNREAD = Text(
    "还有 {n} 只户表没有抄，损耗会偏大。", "{n} unit meters are not read yet, so the loss looks larger than it is."
)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Balance:
    """What came in (None: no main meter was read), what units and public meters counted, and how many are unread."""

    main: Decimal | None = None
    units: Decimal = ZERO
    public: Decimal = ZERO
    unread: int = 0

    @property
    def loss(self) -> Decimal | None:
        """What no meter behind the main one counted; below zero where they counted more than came in. Source: F11."""
        return None if self.main is None else self.main - self.units - self.public

    @property
    def rate(self) -> Decimal | None:
        """The loss in percent of what came in; None where nothing did."""
        return None if self.main is None or self.loss is None else reports.rate(self.loss, self.main)


@dataclass(frozen=True, slots=True)
class Used:
    """What some meters used: those of units in ``unit_building``, else public ones of ``building`` (None: of the estate
    as a whole), which are main meters unless their consumption is shared out (``is_shared``)."""

    amount: Decimal
    count: int = 0
    unit_building: int | None = None
    building: int | None = None
    is_shared: bool = False


def balances(used: Iterable[Used], meters: Mapping[int, int]) -> dict[int | None, Balance]:
    """The balance of each building, and under None that of the estate: its own main meters against all that was used.

    ``meters`` is how many unit meters are in use by building. Source: F11.
    """
    parts = list(used)
    places = {place for one in parts if (place := one.unit_building or one.building)} | set(meters)
    found: dict[int | None, Balance] = {place: _balance(parts, place, meters.get(place, 0)) for place in places}
    mains = [one.amount for one in parts if _is_main(one) and one.building is None]
    found[None] = Balance(
        sum(mains, ZERO) if mains else None,
        sum((one.units for one in found.values()), ZERO),
        sum((one.amount for one in parts if one.is_shared), ZERO),
        sum(one.unread for one in found.values()),
    )
    return found


def _balance(parts: Iterable[Used], place: int, in_use: int) -> Balance:
    parts = list(parts)
    mine = [one for one in parts if one.unit_building == place]
    public = [one for one in parts if one.unit_building is None and one.building == place]
    mains = [one.amount for one in public if _is_main(one)]
    shared = [one.amount for one in public if one.is_shared]
    return Balance(
        sum(mains, ZERO) if mains else None,
        sum((one.amount for one in mine), ZERO),
        sum(shared, ZERO),
        max(0, in_use - sum(one.count for one in mine)),
    )


def _is_main(one: Used) -> bool:
    return one.unit_building is None and not one.is_shared


@report("meter_balance")
def meter_balance(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """Main meters against the meters behind them, by building and for the estate (F11)."""
    period, kind = answers.get("period"), answers.get("kind")
    if not period or not kind:
        raise Refused(ASK)
    found = balances(_used(registry, actor, period, kind), _meters(registry, actor, kind))
    titles = registry.scope.titles(actor, "building", [place for place in found if place is not None])
    names = dict(sorted(titles.items(), key=lambda one: order_key(one[1])))
    whole = found[None]
    drill = _drill(period, kind)
    return Table(
        columns=COLUMNS,
        rows=[_row(name, found[id], _drill(period, kind, id)) for id, name in names.items()],
        totals=_row(ESTATE, whole, drill),
        headline=(
            Figure(Text("全小区损耗率", "Loss of the estate"), whole.rate, "percent", drill=drill),
            Figure(Text("总表用量", "By the main meters"), whole.main, "decimal", 2),
            Figure(Text("户表用量", "By the units' meters"), whole.units, "decimal", 2),
        ),
        chart=ChartData("place", ("main", "units", "public")),
        said=UNREAD.with_(n=whole.unread) if whole.unread else None,
        empty=NOTHING,
    )


COLUMNS = (
    Column("place", Text("楼栋", "Building")),
    Column("main", Text("总表", "Main meter"), "decimal", 2),
    Column("units", Text("户表合计", "Units' meters"), "decimal", 2),
    Column("public", Text("公共用量", "Public use"), "decimal", 2),
    Column("loss", Text("损耗", "Loss"), "decimal", 2),
    Column("rate", Text("损耗率", "Loss rate"), "percent"),
    Column("unread", Text("未抄户表", "Not read"), "integer"),
)


def _row(name: Text | str, one: Balance, drill: Drill) -> Row:
    values = {
        "place": name, "main": one.main, "units": one.units, "public": one.public, "loss": one.loss, "rate": one.rate,
        "unread": one.unread,
    }  # fmt: skip
    return Row(values, drill)


def _drill(period: str, kind: str, building: int | None = None) -> Drill:
    """The readings behind a line: those of a building's units, or all of the period."""
    conditions = (Condition("period", "equals", period), Condition("meter.kind", "equals", kind))
    narrower = (Condition("meter.unit.building", "equals", building),) if building is not None else ()
    return Drill("meter_reading", (*conditions, *narrower))


def _used(registry: Registry, actor: Actor, period: str, kind: str) -> list[Used]:
    conditions = (Condition("period", "equals", period), Condition("meter.kind", "equals", kind))
    by = ["meter.unit.building", "meter.building", "meter.fee_type"]
    measures = {"used": Total("consumption")}
    groups = registry.scope.aggregate(actor, "meter_reading", measures, by=by, query=Query(conditions=conditions))
    found = []
    for group in groups:
        inside, building, fee_type = (group.keys[word] for word in by)
        shared = inside is None and fee_type is not None
        found.append(Used(Decimal(group["used"] or 0), group.count, inside, building, shared))
    return found


def _meters(registry: Registry, actor: Actor, kind: str) -> dict[int, int]:
    """How many unit meters of the kind are in use, by building."""
    conditions = (Condition("kind", "equals", kind), Condition("unit", "filled"))
    query = Query(conditions=conditions, saved="in_use")
    groups = registry.scope.aggregate(actor, "meter", by=["unit.building"], query=query)
    return {group.key: group.count for group in groups if group.key is not None}
