"""Arrears by age: what is owed and past its due date, by building, unit, fee type, steward, or bill by bill (F9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from models.query import Condition, Drill, Query, Ref
from models.reads.aggregates import Count, Grouped, Total
from models.record import Masked, Record
from models.reports import ChartData, Column, Figure, Row, Table, report
from office.billing.late_fee import LateFee, late_fees
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
AGES = (("age_30", 1, 30), ("age_90", 31, 90), ("age_365", 91, 365), ("age_older", 366, None))
"""Name, first and last day overdue of each age group; the last is open (F9)."""
GROUPS = {"building": "unit.building", "unit": "unit", "fee_type": "fee_type", "steward": "unit.building.steward"}
MOST_ROWS = 2000
"""Lines of one table; whoever needs more narrows it or exports the list of bills."""
MOST_FEES = 5000
"""Late fees are worked out for as many bills; of more, the page would have to wait for them."""

_BILLS = Text("账单数", "Bills")
_OWED = Text("欠费合计", "Owed")
_FEE = Text("违约金", "Late fee")
_LABELS = {
    "building": Text("楼栋", "Building"), "unit": Text("房屋", "Unit"), "fee_type": Text("收费项目", "Fee type"),
    "steward": Text("片区管理员", "Steward"), "bill": Text("账单", "Bill"),
}  # fmt: skip
_AGE_LABELS = {
    "age_30": Text("30 天以内", "Up to 30 days"), "age_90": Text("31–90 天", "31–90 days"),
    "age_365": Text("91–365 天", "91–365 days"), "age_older": Text("365 天以上", "Over 365 days"),
}  # fmt: skip
_EMPTY = Text("没有逾期未缴的账单。", "No bill is overdue.")
_CUT = Text(
    "共 {count} 行，这里只列出欠费最多的 {most} 行；请选择楼栋或收费项目缩小范围。",
    "There are {count} lines, of which the {most} largest are shown; narrow it by building or fee type.",
)


@report("arrears")
def arrears(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """What is overdue today by age, grouped as asked, with links to the bills behind every figure."""
    today = now.astimezone(registry.clock.zone).date()
    query = overdue(answers, today)
    whole = registry.scope.aggregate(actor, "bill", _measures(today), query=query)[0]
    fees = _late_fees(registry, actor, query, whole.count, today)
    group = answers.get("group") or "building"
    if group == "bill":
        count, columns = whole.count, _BILL_COLUMNS
        lines = _bill_rows(registry, actor, _bills(registry, actor, query), today, fees or {})
    else:
        found = registry.scope.aggregate(actor, "bill", _measures(today), by=[GROUPS[group]], query=query)
        count, columns = len(found), _columns(group)
        if count > MOST_ROWS:
            found = sorted(found, key=lambda one: -one["owed"])[:MOST_ROWS]
        lines = [_row(one, group, today) for one in found]
    return Table(
        columns=columns,
        rows=lines,
        totals=_totals(whole, group, fees),
        headline=_headline(whole, fees),
        chart=None if group == "bill" else ChartData(group, tuple(name for name, _, _ in AGES)),
        said=_CUT.with_(count=count, most=MOST_ROWS) if count > MOST_ROWS else None,
        empty=_EMPTY,
    )


def overdue(answers: Mapping[str, Any], today: date) -> Query:
    """The bills owed past their due date on ``today``, narrowed to what was asked."""
    asked = [("unit.building", answers.get("building")), ("fee_type", answers.get("fee_type")),
             ("unit.building.steward", answers.get("steward"))]  # fmt: skip
    narrowed = (Condition(field, "equals", value) for field, value in asked if value)
    late = Condition("due_on", "to", today - timedelta(days=1))
    return Query(conditions=(Condition("owed", "from", FEN), late, *narrowed))


def due_between(today: date, first: int, last: int | None) -> tuple[Condition, ...]:
    """The bills that are ``first`` to ``last`` days overdue today."""
    until = Condition("due_on", "to", today - timedelta(days=first))
    return (until,) if last is None else (Condition("due_on", "from", today - timedelta(days=last)), until)


def _measures(today: date) -> dict[str, Any]:
    ages = {name: Total("owed", where=_age_text(today, first, last)) for name, first, last in AGES}
    return {"owed": Total("owed"), "units": Count("unit"), **ages}


def _age_text(today: date, first: int, last: int | None) -> str:
    youngest = f"due_on <= '{today - timedelta(days=first)}'"
    return youngest if last is None else f"{youngest} and due_on >= '{today - timedelta(days=last)}'"


def _late_fees(registry: Registry, actor: Actor, query: Query, count: int, today: date) -> dict[int, LateFee] | None:
    """The late fees of the bills asked for, or None where they are too many for a page."""
    if count > MOST_FEES:
        return None
    return late_fees(registry, actor, registry.scope.ids(actor, "bill", query, MOST_FEES), today)


# -- grouped -----------------------------------------------------------------------------------------


def _columns(group: str) -> tuple[Column, ...]:
    ages = (Column(name, _AGE_LABELS[name], "money") for name, _, _ in AGES)
    units = () if group == "unit" else (Column("units", Text("户数", "Households"), "integer"),)
    return (
        Column(group, _LABELS[group], "ref"), *units, Column("bills", _BILLS, "integer"), *ages,
        Column("owed", _OWED, "money"),
    )  # fmt: skip


def _row(one: Grouped, group: str, today: date) -> Row:
    values = {group: one.refs.get(GROUPS[group]) or one.label, "bills": one.count, **one.values}
    drills: dict[str, Drill] = {}
    if one.drill is not None:
        drills = {name: _aged(one.drill, today, first, last) for name, first, last in AGES}
        drills |= {"bills": one.drill, "owed": one.drill}
    return Row(values, drills=drills)


def _aged(drill: Drill, today: date, first: int, last: int | None) -> Drill:
    """The list narrowed to an age: its own condition on the due date gives way to the narrower one."""
    kept = tuple(one for one in drill.conditions if one.field != "due_on")
    return Drill(drill.entity, (*kept, *due_between(today, first, last)), drill.saved, drill.search)


# -- bill by bill --------------------------------------------------------------------------------------


_BILL_COLUMNS: tuple[Column, ...] = (
    Column("unit", Text("房号", "Room"), "ref"), Column("payer", Text("业主", "Payer"), "ref"),
    Column("phone", Text("电话", "Phone")), Column("area", Text("面积", "Area"), "decimal", places=2, unit="m²"),
    Column("fee_type", Text("费用项", "Fee"), "ref"), Column("starts_on", Text("开始时间", "From"), "date"),
    Column("ends_on", Text("结束时间", "To"), "date"), Column("days", Text("欠费天数", "Days overdue"), "integer"),
    Column("owed", Text("欠费金额", "Owed"), "money"), Column("late_fee", _FEE, "money"),
    Column("working", Text("违约金计算", "Working of the late fee")),
)  # fmt: skip
"""The columns of an arrears list as offices send it out (domain section 12), and the late fee with its working."""


def _bills(registry: Registry, actor: Actor, query: Query) -> list[Record]:
    columns = ("unit", "fee_type", "payer", "starts_on", "ends_on", "due_on", "owed")
    wanted = Query(conditions=query.conditions, sort="title", columns=columns)
    return list(islice(registry.scope.stream(actor, "bill", wanted), MOST_ROWS))


def _bill_rows(
    registry: Registry, actor: Actor, bills: Iterable[Record], today: date, fees: Mapping[int, LateFee]
) -> list[Row]:
    found = list(bills)
    phones = _values(registry, actor, "resident", "phone", {one["payer"] for one in found if one.get("payer")})
    areas = _values(registry, actor, "unit", "area", {one["unit"] for one in found})
    return [_bill_row(one, today, phones, areas, fees.get(one.id)) for one in found]


def _bill_row(
    one: Record, today: date, phones: Mapping[int, Any], areas: Mapping[int, Any], fee: LateFee | None
) -> Row:
    phone = phones.get(one.get("payer") or 0)
    values = {
        "unit": _ref(one, "unit"), "payer": _ref(one, "payer", "resident"), "fee_type": _ref(one, "fee_type"),
        "phone": phone.text if isinstance(phone, Masked) else phone, "area": areas.get(one["unit"]),
        "starts_on": one["starts_on"], "ends_on": one["ends_on"], "days": (today - one["due_on"]).days,
        "owed": one["owed"],
    }  # fmt: skip
    if fee is not None and fee.amount:
        values |= {"late_fee": fee.owed, "working": fee.said}
    return Row(values, drills={"owed": Drill("bill", (Condition("unit", "equals", one["unit"]),), "owed")})


def _ref(record: Record, name: str, entity: str = "") -> Ref | None:
    title = record.titles.get(name)
    return Ref(entity or name, record[name], title) if isinstance(title, str) else None


def _values(registry: Registry, actor: Actor, entity: str, field: str, ids: set[int]) -> dict[int, Any]:
    """One field of some records as the actor may see it; nothing where they may not."""
    if not ids or not registry.access.may(actor, entity, "read"):
        return {}
    query = Query(ids=tuple(sorted(ids)), columns=(field,), sort="id")
    return {one.id: one.get(field) for one in registry.scope.stream(actor, entity, query)}


# -- sums ----------------------------------------------------------------------------------------------


def _totals(whole: Grouped, group: str, fees: Mapping[int, LateFee] | None) -> Row:
    if group == "bill":
        return Row({"owed": whole["owed"], "late_fee": _fee_sum(fees)})
    return Row({"bills": whole.count, **whole.values})


def _headline(whole: Grouped, fees: Mapping[int, LateFee] | None) -> tuple[Figure, ...]:
    said = Text("{units} 户，{bills} 张账单", "{units} households, {bills} bills")
    figures = [Figure(_OWED, whole["owed"], "money", said=said.with_(units=whole["units"], bills=whole.count))]
    if fees is not None:
        figures.append(
            Figure(_FEE, _fee_sum(fees), "money", said=Text("截至今天应计、未缴", "accrued by today, unpaid"))
        )
    figures.append(Figure(_AGE_LABELS["age_older"], whole["age_older"], "money"))
    return tuple(figures)


def _fee_sum(fees: Mapping[int, LateFee] | None) -> Decimal | None:
    return None if fees is None else sum((fee.owed for fee in fees.values()), ZERO)
