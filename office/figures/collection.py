"""Collection rate: what was billed for a span of time and how much of it came in, against the targets (F10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.query import Condition, Query
from models.reads.aggregates import Count, Grouped, Measures, Total
from models.reports import ChartData, Column, Figure, Row, Table, Target, headline, rate, report
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
TREND = 12
"""Months of the trend."""
LONGEST = timedelta(days=366)
"""No bill's period is longer; so bills that touch a span began at most so long before it."""
GROUPS = {"fee_type": "fee_type", "building": "unit.building", "steward": "unit.building.steward"}
PUBLISHED = Condition("state", "equals", "published")
OPEN = "owed > 0"

_BILLED, _COLLECTED = Text("应收", "Billed"), Text("已收", "Collected")
_WAIVED, _OWED = Text("减免", "Waived"), Text("未收", "Owed")
_RATE = Text("收缴率", "Collection rate")
_HOUSEHOLDS = Text("户收缴率", "Households paid")
_OLD = Text("清欠率", "Old arrears recovered")
_LABELS = {
    "fee_type": Text("收费项目", "Fee type"), "building": Text("楼栋", "Building"),
    "steward": Text("片区管理员", "Steward"),
}  # fmt: skip
_EMPTY = Text("这段时间没有出账。", "Nothing was billed for this time.")
_PROPERTY_RATE = Text("{month} 物业费收缴率", "Property fee collected, {month}")
_OF = Text("已收 {part} / 应收 {whole} 元", "{part} of {whole} collected")
_UNITS_OF = Text("{part} / {whole} 户缴清", "{part} of {whole} households")
_OLD_OF = Text("期初旧欠 {whole} 元，本期收回 {part} 元", "{part} of {whole} owed at the start")


@dataclass(frozen=True, slots=True)
class Span:
    """The days a figure is about, both included."""

    starts_on: date
    ends_on: date


def span_of(kind: str, month: str) -> Span:
    """The month, quarter, half-year or year that holds ``month`` ('2026-10')."""
    year, number = int(month[:4]), int(month[5:7])
    months = MONTHS[kind]
    first = (number - 1) // months * months + 1
    after = first + months
    ends_on = date(year + (after > 12), (after - 1) % 12 + 1, 1) - timedelta(days=1)
    return Span(date(year, first, 1), ends_on)


@report("collection_rate")
def collection_rate(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """Billed, collected and rate of the bills whose period touches the span, grouped as asked, with the three rates."""
    month = answers.get("month") or f"{now.astimezone(registry.clock.zone):%Y-%m}"
    span, group = span_of(answers.get("span") or "month", month), answers.get("group") or "fee_type"
    query = _billed_in(span, answers)
    found = registry.scope.aggregate(actor, "bill", _MEASURES, by=[GROUPS[group]], query=query)
    whole = registry.scope.aggregate(actor, "bill", _MEASURES, query=query)[0]
    targets = _targets(registry, actor) if group == "fee_type" else {}
    return Table(
        columns=_columns(group),
        rows=[_row(one, group, targets.get(one.key)) for one in found],
        totals=Row(_values(whole)),
        headline=(_money_figure(whole), _household_figure(whole), _old_figure(registry, actor, span, answers)),
        chart=ChartData(group, ("collected", "owed")),
        empty=_EMPTY,
    )


@headline("collection_rate")
def this_month(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Figure | None:
    """This month's property-fee collection rate beside its target, for the front page."""
    month = f"{now.astimezone(registry.clock.zone):%Y-%m}"
    property_fees = Condition("fee_type.category", "equals", "property")
    query = _billed_in(span_of("month", month), {}, property_fees)
    whole = registry.scope.aggregate(actor, "bill", _MEASURES, query=query)[0]
    said = _OF.with_(part=f"{whole['collected']:,.2f}", whole=f"{whole['billed']:,.2f}")
    label = _PROPERTY_RATE.with_(month=month)
    return Figure(
        label, rate(whole["collected"], whole["billed"]), "percent", target=_property_target(registry, actor), said=said
    )


@report("collection_trend")
def collection_trend(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """Month by month, the year up to the month asked for: billed, collected and rate of bills that begin in it."""
    month = answers.get("month") or f"{now.astimezone(registry.clock.zone):%Y-%m}"
    last = span_of("month", month)
    first = date(last.ends_on.year - (last.ends_on.month < TREND), last.ends_on.month % TREND + 1, 1)
    within = (Condition("starts_on", "from", first), Condition("starts_on", "to", last.ends_on))
    query = Query(conditions=(PUBLISHED, *within, *_asked(answers)))
    found = registry.scope.aggregate(actor, "bill", _MEASURES, by=["starts_on:month"], query=query)
    rows = [Row({"month": one.key, **_values(one)}, drills=_drills(one)) for one in found]
    return Table(
        columns=(Column("month", Text("月份", "Month"), "month"), *_columns("")),
        rows=rows,
        chart=ChartData("month", ("rate",), target=_asked_target(registry, actor, answers)),
        empty=_EMPTY,
    )


# -- parts -----------------------------------------------------------------------------------------------

_MEASURES: Measures = {
    "billed": Total("amount"), "collected": Total("paid"), "waived": Total("waived"), "owed": Total("owed"),
    "units": Count("unit"), "open_units": Count("unit", where=OPEN),
}  # fmt: skip


def _billed_in(span: Span, answers: Mapping[str, Any], *more: Condition) -> Query:
    """The published bills whose own period touches the span: a quarter's bill counts in each of its months."""
    return Query(conditions=(
        PUBLISHED, Condition("starts_on", "from", span.starts_on - LONGEST), Condition("starts_on", "to", span.ends_on),
        Condition("ends_on", "from", span.starts_on), *_asked(answers), *more,
    ))  # fmt: skip


def _asked(answers: Mapping[str, Any]) -> tuple[Condition, ...]:
    asked = (("unit.building", answers.get("building")), ("fee_type", answers.get("fee_type")))
    return tuple(Condition(field, "equals", value) for field, value in asked if value)


def _columns(group: str) -> tuple[Column, ...]:
    first = (Column(group, _LABELS[group], "ref"),) if group else ()
    target = (Column("target", Text("目标", "Target"), "percent"),) if group == "fee_type" else ()
    return (
        *first, Column("billed", _BILLED, "money"), Column("collected", _COLLECTED, "money"),
        Column("waived", _WAIVED, "money"), Column("owed", _OWED, "money"), Column("rate", _RATE, "percent"), *target,
        Column("units", Text("应缴户数", "Households billed"), "integer"),
        Column("paid_units", Text("缴清户数", "Households paid"), "integer"),
        Column("unit_rate", _HOUSEHOLDS, "percent"),
    )  # fmt: skip


def _values(one: Grouped) -> dict[str, Any]:
    paid_units = one["units"] - one["open_units"]
    return {
        **one.values, "rate": rate(one["collected"], one["billed"]), "paid_units": paid_units,
        "unit_rate": rate(paid_units, one["units"]),
    }  # fmt: skip


def _row(one: Grouped, group: str, target: Decimal | None) -> Row:
    values = {group: one.refs.get(GROUPS[group]) or one.label, **_values(one)}
    if target is not None and values["rate"] is not None:
        values["target"] = target
        return Row(values, drills=_drills(one), targets={"rate": Target(target)})
    return Row(values, drills=_drills(one))


def _drills(one: Grouped) -> dict[str, Any]:
    if one.drill is None:
        return {}
    return {"billed": one.drill, "owed": one.drill.and_(Condition("owed", "from", Decimal("0.01")))}


def _targets(registry: Registry, actor: Actor) -> dict[int, Decimal]:
    """The target of each fee type in percent: 100 for utilities and paid services, 95 for property fees (F10)."""
    query = Query(columns=("target",), sort="id")
    return {one.id: one["target"] for one in registry.scope.stream(actor, "fee_type", query)}


def _property_target(registry: Registry, actor: Actor) -> Target | None:
    query = Query(conditions=(Condition("category", "equals", "property"),), columns=("target",), sort="id")
    found = [one["target"] for one in registry.scope.stream(actor, "fee_type", query)]
    return Target(min(found)) if found else None


def _asked_target(registry: Registry, actor: Actor, answers: Mapping[str, Any]) -> Decimal | None:
    return _targets(registry, actor).get(answers.get("fee_type") or 0)


def _money_figure(whole: Grouped) -> Figure:
    said = _OF.with_(part=f"{whole['collected']:,.2f}", whole=f"{whole['billed']:,.2f}")
    return Figure(_RATE, rate(whole["collected"], whole["billed"]), "percent", said=said)


def _household_figure(whole: Grouped) -> Figure:
    paid = whole["units"] - whole["open_units"]
    said = _UNITS_OF.with_(part=paid, whole=whole["units"])
    return Figure(_HOUSEHOLDS, rate(paid, whole["units"]), "percent", said=said)


def _old_figure(registry: Registry, actor: Actor, span: Span, answers: Mapping[str, Any]) -> Figure:
    """What was owed of earlier bills when the span began, and how much of that was paid within it."""
    before = Condition("ends_on", "to", span.starts_on - timedelta(days=1))
    older = (PUBLISHED, before, *_asked(answers))
    still = registry.scope.aggregate(
        actor, "bill", {"owed": "owed"}, query=Query(conditions=(*older, Condition("owed", "from", Decimal("0.01"))))
    )[0]
    of_old = tuple(Condition(f"bill.{one.field}", one.op, one.value) for one in older)
    since = (Condition("on", "from", span.starts_on), *of_old)
    paid = registry.scope.aggregate(
        actor, "allocation", {"ever": "amount", "within": Total("amount", where=f"on <= '{span.ends_on}'")},
        query=Query(conditions=since),
    )[0]  # fmt: skip
    owed_at_start = still["owed"] + paid["ever"] + _waived_since(registry, actor, span, of_old)
    said = _OLD_OF.with_(part=f"{paid['within']:,.2f}", whole=f"{owed_at_start:,.2f}")
    return Figure(_OLD, rate(paid["within"], owed_at_start), "percent", said=said)


def _waived_since(registry: Registry, actor: Actor, span: Span, of_old: tuple[Condition, ...]) -> Decimal:
    approved = (Condition("state", "equals", "approved"), Condition("kind", "equals", "principal"))
    query = Query(conditions=(Condition("waived_on", "from", span.starts_on), *approved, *of_old))
    return Decimal(registry.scope.aggregate(actor, "waiver", {"amount": "amount"}, query=query)[0]["amount"])
