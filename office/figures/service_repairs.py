"""Repairs: accepted and there in time, done, and how their quality and the worker's manner were rated (S4, S7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.query import Condition, Drill, Query
from models.reads.aggregates import Count, Grouped, Measures, Total
from models.reports import ChartData, Column, Figure, Kind, Row, Table, mean, rate, report
from office.figures.service import MISSED
from office.figures.service_span import COUNTED, asked, asked_span, within
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

ORDER = "work_order"
GROUPS: Mapping[str, tuple[str, Text, Kind]] = {
    "worker": ("worker", Text("维修人", "Worker"), "ref"),
    "department": ("department", Text("部门", "Department"), "ref"),
    "trade": ("trade", Text("工种", "Trade"), "text"),
    "month": ("assigned_at:month", Text("月份", "Month"), "month"),
}
"""By what the answers may group: the field, its label, the kind of its column."""
ASKED = {"department": "department", "worker": "worker", "trade": "trade"}

_ORDERS, _DONE, _OPEN = Text("派单", "Sent out"), Text("完工", "Done"), Text("未完工", "Not done")
_COMPLETION = Text("完成率", "Completion")
_ACCEPTED, _ARRIVED = Text("接单及时率", "Accepted in time"), Text("到场及时率", "There in time")
_TIMELINESS = Text("及时率", "Timeliness")
_HOURS = Text("工时", "Hours")
_RATED, _QUALITY, _ATTITUDE = Text("评价数", "Rated"), Text("质量", "Quality"), Text("态度", "Attitude")
_OF_DONE = Text("{part} / {whole} 单完工", "{part} of {whole} done")
_OF_KEPT = Text("{part} / {whole} 个时限按时", "{part} of {whole} deadlines")
_OUT_OF = Text("满分 5 分，{count} 单评价", "of 5, rated by {count}")
_EMPTY = Text("这段时间没有派单。", "Nobody was sent out in this time.")

_MEASURES: Measures = {
    "done": Count(where="state == 'done'"),
    "accept_kept": Count(where="accept_light == 'kept'"),
    "accept_missed": Count(where="accept_light in ['missed', 'late']"),
    "arrive_kept": Count(where="arrive_light == 'kept'"),
    "arrive_missed": Count(where="arrive_light in ['missed', 'late']"),
    "hours": Total("hours"),
    "rated": Count(where="quality != null"),
    "quality": Total("quality"),
    "attitude": Total("attitude"),
    "mannered": Count(where="attitude != null"),
}


@report("repair_figures")
def repair_figures(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """The work orders sent out in the span: in time, done, hours, ratings; grouped as asked."""
    group = answers.get("group") or "worker"
    conditions = (COUNTED, *within("assigned_at", asked_span(registry, now, answers, "month")))
    query = Query(conditions=(*conditions, *asked(answers, ASKED)))
    found = registry.scope.aggregate(actor, ORDER, _MEASURES, by=[GROUPS[group][0]], query=query)
    whole = registry.scope.aggregate(actor, ORDER, _MEASURES, query=query)[0]
    return Table(
        columns=_columns(group),
        rows=[Row({group: _first(one, group), **_values(one)}, drills=_drills(one)) for one in found],
        totals=Row(_values(whole), drills=_drills(whole)),
        headline=_headline(whole),
        chart=ChartData(group, ("done", "open")),
        empty=_EMPTY,
    )


def _columns(group: str) -> tuple[Column, ...]:
    return (
        Column(group, *GROUPS[group][1:]),
        Column("orders", _ORDERS, "integer"), Column("done", _DONE, "integer"), Column("open", _OPEN, "integer"),
        Column("completion", _COMPLETION, "percent"), Column("accepted", _ACCEPTED, "percent"),
        Column("arrived", _ARRIVED, "percent"), Column("timeliness", _TIMELINESS, "percent"),
        Column("hours", _HOURS, "decimal", unit="h"), Column("rated", _RATED, "integer"),
        Column("quality", _QUALITY, "decimal"), Column("attitude", _ATTITUDE, "decimal"),
    )  # fmt: skip


def _first(one: Grouped, group: str) -> Any:
    by, _, kind = GROUPS[group]
    return one.refs.get(by, one.label) if kind == "ref" else one.key if kind == "month" else one.label


def _values(one: Grouped) -> dict[str, Any]:
    return {
        "orders": one.count, "done": one["done"], "open": one.count - one["done"],
        "completion": rate(one["done"], one.count), "accepted": rate(*_kept(one, "accept")),
        "arrived": rate(*_kept(one, "arrive")), "timeliness": rate(*_kept(one, "accept", "arrive")),
        "hours": one["hours"], "rated": one["rated"],
        "quality": mean(one["quality"], one["rated"]), "attitude": mean(one["attitude"], one["mannered"]),
    }  # fmt: skip


def _kept(one: Grouped, *deadlines: str) -> tuple[int, int]:
    """How many of these deadlines were kept, of those that are met or past."""
    kept = sum(one[f"{name}_kept"] for name in deadlines)
    return kept, kept + sum(one[f"{name}_missed"] for name in deadlines)


def _drills(one: Grouped) -> dict[str, Drill]:
    """Counts lead to their orders, rates to those that spoil them, where there are any."""
    if one.drill is None:
        return {}
    narrowed = {
        "done": (one["done"], Condition("state", "in", ("done",))),
        "open": (one.count - one["done"], Condition("state", "not_in", ("done",))),
        "accepted": (one["accept_missed"], Condition("accept_light", "in", MISSED)),
        "arrived": (one["arrive_missed"], Condition("arrive_light", "in", MISSED)),
        "rated": (one["rated"], Condition("quality", "filled")),
    }
    return {"orders": one.drill} | {name: one.drill.and_(only) for name, (count, only) in narrowed.items() if count}


def _headline(whole: Grouped) -> tuple[Figure, ...]:
    kept, decided = _kept(whole, "accept", "arrive")
    done, out_of = _OF_DONE.with_(part=whole["done"], whole=whole.count), _OUT_OF.with_(count=whole["rated"])
    return (
        Figure(_COMPLETION, rate(whole["done"], whole.count), "percent", said=done, drill=_drills(whole).get("open")),
        Figure(_TIMELINESS, rate(kept, decided), "percent", said=_OF_KEPT.with_(part=kept, whole=decided)),
        Figure(_QUALITY, mean(whole["quality"], whole["rated"]), "decimal", said=out_of),
        Figure(_ATTITUDE, mean(whole["attitude"], whole["mannered"]), "decimal"),
    )
