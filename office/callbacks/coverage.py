"""How many of those who were to be called were reached in time: coverage after complaints against 100 % (S6, S7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.query import Condition, Drill, Query
from models.reads.aggregates import Count, Grouped, Measures
from models.reports import ChartData, Column, Figure, Kind, Row, Table, Target, headline, rate, report
from office.callbacks.opening import OPEN
from office.callbacks.policy import CALLBACK
from office.figures.collection import Span, span_of
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

WHOLE = Target(100)
"""Everybody who complained is called in time."""
COMPLAINT = "complaint"
ONE_DAY = timedelta(days=1)
GROUPS: Mapping[str, tuple[str, Text, Kind]] = {
    "rule": ("rule", Text("回访类别", "Kind of call"), "text"),
    "month": ("due_on:month", Text("月份", "Month"), "month"),
    "building": ("unit.building", Text("楼栋", "Building"), "ref"),
    "caller": ("done_by", Text("回访人", "Called by"), "ref"),
}
"""By what the answers may group: the field, its label, the kind of its column."""
TAKEN_BACK = Condition("state", "not_in", ("cancelled",))

_DUE, _IN_TIME = Text("应回访", "Due"), Text("按期联系到", "Reached in time")
_LATE = Text("超期联系到", "Reached late")
_NOT_REACHED = Text("未联系上", "Not reached")
_OPEN = Text("未完成", "Still open")
_COVERAGE = Text("回访覆盖率", "Coverage")
_COMPLAINTS = Text("投诉 3 日内回访覆盖率", "Complaints called in time")
_THIS_MONTH = Text("{month} 投诉回访覆盖率", "Complaints called in time, {month}")
_OF = Text("{part} / {whole} 户按期联系到", "{part} of {whole} reached in time")
_EMPTY = Text("这段时间没有应回访的。", "Nobody was to be called in this time.")

_MEASURES: Measures = {
    "in_time": Count(where="in_time == true"),
    "late": Count(where="in_time == false"),
    "not_reached": Count(where="state == 'unreachable' and in_time == null"),
    "open": Count(where="not_before != null and in_time == null"),
}
_COMPLAINT_MEASURES: Measures = {
    "due": Count(where=f"rule == '{COMPLAINT}'"),
    "in_time": Count(where=f"rule == '{COMPLAINT}' and in_time == true"),
}


@report("callback_coverage")
def callback_coverage(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """The calls that fell due in the span: reached in time, late, not at all, still open; grouped as asked."""
    span = _span(registry, now, answers)
    group = answers.get("group") or "rule"
    by, label, kind = GROUPS[group]
    query = _due_in(span, now.astimezone(registry.clock.zone).date(), answers)
    found = registry.scope.aggregate(actor, CALLBACK, _MEASURES, by=[by], query=query)
    whole = registry.scope.aggregate(actor, CALLBACK, _MEASURES, query=query)[0]
    return Table(
        columns=(
            Column(group, label, kind), Column("due", _DUE, "integer"),
            Column("in_time", _IN_TIME, "integer"), Column("late", _LATE, "integer"),
            Column("not_reached", _NOT_REACHED, "integer"), Column("open", _OPEN, "integer"),
            Column("coverage", _COVERAGE, "percent"),
        ),
        rows=[_row(one, group, by) for one in found],
        totals=Row(_values(whole)),
        headline=(_complaints(registry, actor, query),),
        chart=ChartData(group, ("in_time", "late", "not_reached", "open")),
        empty=_EMPTY,
    )  # fmt: skip


@headline("callback_coverage")
def this_month(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Figure | None:
    """This month's coverage after complaints, for the front page."""
    today = now.astimezone(registry.clock.zone).date()
    month = f"{today:%Y-%m}"
    figure = _complaints(registry, actor, _due_in(span_of("month", month), today, {}))
    return Figure(_THIS_MONTH.with_(month=month), figure.value, "percent", target=WHOLE, said=figure.said)


# -- parts -----------------------------------------------------------------------------------------------


def _span(registry: Registry, now: datetime, answers: Mapping[str, Any]) -> Span:
    month = answers.get("month") or f"{now.astimezone(registry.clock.zone):%Y-%m}"
    return span_of(answers.get("span") or "month", month)


def _due_in(span: Span, today: date, answers: Mapping[str, Any]) -> Query:
    """The calls whose day lies in the span and is over; those that were taken back are left out."""
    asked = (("rule", answers.get("rule")), ("unit.building", answers.get("building")))
    chosen = tuple(Condition(field, "equals", value) for field, value in asked if value)
    within = (
        Condition("due_on", "from", span.starts_on),
        Condition("due_on", "to", min(span.ends_on, today - ONE_DAY)),
    )
    return Query(conditions=(TAKEN_BACK, *within, *chosen))


def _complaints(registry: Registry, actor: Actor, query: Query) -> Figure:
    """Coverage after complaints among these calls."""
    # Told by the measures: as a filter it would be found by the index of the rule, through all calls there have been.
    found = registry.scope.aggregate(actor, CALLBACK, _COMPLAINT_MEASURES, query=query)[0]
    said, covered = _OF.with_(part=found["in_time"], whole=found["due"]), rate(found["in_time"], found["due"])
    drill = Drill(CALLBACK, (*query.conditions, Condition("rule", "equals", COMPLAINT)))
    return Figure(_COMPLAINTS, covered, "percent", target=WHOLE, said=said, drill=drill)


def _row(one: Grouped, group: str, by: str) -> Row:
    key = one.refs.get(by, one.label) if GROUPS[group][2] == "ref" else one.key if group == "month" else one.label
    drills = {"due": one.drill}
    if one.drill:
        never = Condition("in_time", "empty")
        drills |= {
            "in_time": one.drill.and_(Condition("in_time", "equals", True)),
            "late": one.drill.and_(Condition("in_time", "equals", False)),
            "not_reached": one.drill.and_(Condition("state", "in", ("unreachable",)), never),
            "open": one.drill.and_(Condition("state", "in", OPEN), never),
        }
    return Row({group: key, **_values(one)}, drills=drills)


def _values(one: Grouped) -> dict[str, Any]:
    return {
        "due": one.count, "in_time": one["in_time"], "late": one["late"], "not_reached": one["not_reached"],
        "open": one["open"], "coverage": rate(one["in_time"], one.count),
    }  # fmt: skip
