"""How many requests of each kind came in, through which channel, beside the span before (S7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.query import Condition, Drill, Query
from models.reads.aggregates import Grouped
from models.reports import ChartData, Column, Figure, Row, Table, report
from office.figures.collection import Span
from office.figures.service_span import COUNTED, WEEK, asked, asked_span, span_before, within
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

REQUEST = "service_request"
ASKED = {"building": "building", "department": "department"}

_KIND, _TOTAL = Text("类别", "Kind"), Text("合计", "Total")
_BEFORE, _CHANGE = Text("上期", "Span before"), Text("增减", "Change")
_ALL = Text("受理件数", "Taken")
_SAID = Text("{first} 至 {last}；上期 {count} 件", "{first} to {last}; {count} the span before")
_EMPTY = Text("这段时间没有受理报事。", "No request was taken in this time.")


@report("service_count")
def service_count(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """Requests taken in the span by kind and channel, and how many there were in the span before."""
    kind = answers.get("span") or WEEK
    span = asked_span(registry, now, answers, WEEK)
    found = _taken(registry, actor, span, answers, ["kind", "channel"])
    earlier = {one.key: one.count for one in _taken(registry, actor, span_before(kind, span), answers, ["kind"])}
    channels = {one.keys["channel"]: one.labels["channel"] for one in found}
    order = [code for code in registry.schema.choices["request_channel"] if code in channels]
    whole, before = sum(one.count for one in found), sum(earlier.values())
    return Table(
        columns=(
            Column("kind", _KIND), *(Column(code, channels[code], "integer") for code in order),
            Column("total", _TOTAL, "integer"), Column("before", _BEFORE, "integer"),
            Column("change", _CHANGE, "integer"),
        ),
        rows=_rows(registry, found, earlier, span, answers),
        totals=Row({**_by_channel(found), "total": whole, "before": before, "change": whole - before}),
        headline=(_figure(span, whole, before),),
        chart=ChartData("kind", tuple(order)),
        empty=_EMPTY,
    )  # fmt: skip


def _query(span: Span, answers: Mapping[str, Any]) -> Query:
    return Query(conditions=(COUNTED, *within("taken_at", span), *asked(answers, ASKED)))


def _taken(
    registry: Registry, actor: Actor, span: Span, answers: Mapping[str, Any], by: Sequence[str]
) -> list[Grouped]:
    return registry.scope.aggregate(actor, REQUEST, by=by, query=_query(span, answers))


def _rows(
    registry: Registry, found: Sequence[Grouped], earlier: Mapping[str, int], span: Span, answers: Mapping[str, Any]
) -> list[Row]:
    """A line for each kind that came in now or before, in the order of the office."""
    whole = Drill(REQUEST, _query(span, answers).conditions)
    rows = []
    for code, choice in registry.schema.choices["request_kind"].items():
        of_kind = [one for one in found if one.keys["kind"] == code]
        total, before = sum(one.count for one in of_kind), earlier.get(code, 0)
        if total or before:
            values = {"kind": choice.label, **_by_channel(of_kind), "total": total, "before": before}
            drills: dict[str, Drill | None] = {str(one.keys["channel"]): one.drill for one in of_kind}
            drills["total"] = whole.and_(Condition("kind", "equals", code)) if total else None
            rows.append(Row({**values, "change": total - before}, drills=drills))
    return rows


def _by_channel(found: Sequence[Grouped]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in found:
        code = str(one.keys["channel"])
        sums[code] = sums.get(code, 0) + one.count
    return sums


def _figure(span: Span, whole: int, before: int) -> Figure:
    said = _SAID.with_(first=span.starts_on.isoformat(), last=span.ends_on.isoformat(), count=before)
    return Figure(_ALL, whole, said=said)
