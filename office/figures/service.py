"""How well the desk serves: requests solved, in time, to satisfaction, called back; by time, kind, person (S7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.query import Condition, Drill, Query
from models.reads.aggregates import Count, Grouped, Measures, Total
from models.reports import ChartData, Column, Figure, Kind, Row, Table, Target, headline, mean, rate, report
from office.figures.collection import Span
from office.figures.service_span import COUNTED, ONE_DAY, asked, asked_span, local_day, span_around, within
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

REQUEST, CALLBACK = "service_request", "callback"
RESOLVED, SATISFIED, CALLED = Target(95), Target(90), Target(100)
"""Solved of a month, satisfied of a year, called after a complaint (S6, S7)."""
HAPPY = 4
"""So many stars or more are satisfied."""
DEADLINES = ("look", "answer", "plan", "solve")
MISSED = ("missed", "late")
"""Lights of a deadline that was not kept: met too late, or past and still open."""
GROUPS: Mapping[str, tuple[str, Text, Kind]] = {
    "kind": ("kind", Text("类别", "Kind"), "text"),
    "channel": ("channel", Text("来源", "Channel"), "text"),
    "department": ("department", Text("责任部门", "Department"), "ref"),
    "owner": ("owner", Text("首问责任人", "First-contact owner"), "ref"),
    "worker": ("assigned_to", Text("经办人", "Assigned to"), "ref"),
    "building": ("building", Text("楼栋", "Building"), "ref"),
    "week": ("taken_at:week", Text("周（周一）", "Week from"), "date"),
    "month": ("taken_at:month", Text("月份", "Month"), "month"),
    "year": ("taken_at:year", Text("年份", "Year"), "text"),
}
"""By what the answers may group: the field, its label, the kind of its column."""
ASKED = {"kind": "kind", "department": "department", "worker": "assigned_to", "building": "building"}

_TAKEN, _SOLVED, _OPEN = Text("受理", "Taken"), Text("已解决", "Solved"), Text("未解决", "Not solved")
_RESOLUTION = Text("办结率", "Resolution rate")
_ANSWERED = Text("答复及时率", "Answered in time")
_IN_TIME = Text("解决及时率", "Solved in time")
_TIMELINESS = Text("时限及时率", "Deadlines kept")
_RATED, _MEAN = Text("评价数", "Rated"), Text("平均满意度", "Satisfaction")
_SHARE = Text("满意率", "Satisfied")
_COVERAGE = Text("回访覆盖率", "Called in time")
_COMPLAINTS = Text("投诉回访覆盖率", "Complaints called in time")
_OF_TAKEN = Text("{part} / {whole} 件已解决，另有 {open} 件未到期", "{part} of {whole} solved, {open} not due yet")
_OF_DEADLINES = Text("{part} / {whole} 个时限按时", "{part} of {whole} deadlines")
_OF_RATED = Text("{part} / {whole} 件评 4–5 分，平均 {mean} 分", "{part} of {whole} gave 4 or 5, {mean} on average")
_OF_CALLS = Text("{part} / {whole} 户按期联系到", "{part} of {whole} reached in time")
_THIS_MONTH = Text("{month} 办结率", "Resolution rate, {month}")
_EMPTY = Text("这段时间没有受理报事。", "No request was taken in this time.")

_MEASURES: Measures = {
    "solved": Count(where="solved_at != null"),
    "not_due": Count(where="solve_light in ['ahead', 'soon', 'paused']"),
    **{f"{name}_kept": Count(where=f"{name}_light == 'kept'") for name in DEADLINES},
    **{f"{name}_missed": Count(where=f"{name}_light in ['missed', 'late']") for name in DEADLINES},
    "rated": Count(where="satisfaction != null"),
    "stars": Total("satisfaction"),
    "happy": Count(where=f"satisfaction >= {HAPPY}"),
}
_CALLS: Measures = {"reached": Count(where="in_time == true")}
_AFTER_COMPLAINTS: Measures = {
    "due": Count(where="rule == 'complaint'"), "reached": Count(where="rule == 'complaint' and in_time == true"),
}  # fmt: skip


@report("service_figures")
def service_figures(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """The requests taken in the span, what became of them, and how those who were asked liked it; grouped as asked."""
    span, kind = asked_span(registry, now, answers, "month"), answers.get("span") or "month"
    group = answers.get("group") or "kind"
    query, today = taken_in(span, answers), local_day(registry, now)
    found = registry.scope.aggregate(actor, REQUEST, _MEASURES, by=[GROUPS[group][0]], query=query)
    whole = registry.scope.aggregate(actor, REQUEST, _MEASURES, query=query)[0]
    by, calls = f"request.{GROUPS[group][0]}", _calls(query, today)
    called = {one.key: one for one in registry.scope.aggregate(actor, CALLBACK, _CALLS, by=[by], query=calls)}
    all_called = registry.scope.aggregate(actor, CALLBACK, _CALLS, query=calls)[0]
    return Table(
        columns=_columns(group, kind),
        rows=[_row(one, called.get(one.key), group) for one in found],
        totals=Row(_values(whole, all_called), drills=_drills(whole)),
        headline=_headline(registry, actor, whole, calls),
        chart=ChartData(group, ("solved", "open")),
        empty=_EMPTY,
    )


@headline("service_figures")
def this_month(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Figure | None:
    """This month's resolution rate beside its target, for the front page."""
    today = local_day(registry, now)
    query = taken_in(span_around("month", today), {})
    measures = {name: _MEASURES[name] for name in ("solved", "not_due")}
    whole = registry.scope.aggregate(actor, REQUEST, measures, query=query)[0]
    return _resolution(whole, _THIS_MONTH.with_(month=f"{today:%Y-%m}"))


def taken_in(span: Span, answers: Mapping[str, Any]) -> Query:
    """The requests taken in the span, those that were cancelled left out."""
    return Query(conditions=(COUNTED, *within("taken_at", span), *asked(answers, ASKED)))


# -- parts -----------------------------------------------------------------------------------------------


def _calls(query: Query, today: date) -> Query:
    """The calls about these requests whose day is over."""
    of_request = tuple(Condition(f"request.{one.field}", one.op, one.value) for one in query.conditions)
    return Query(conditions=(COUNTED, Condition("due_on", "to", today - ONE_DAY), *of_request))


def _columns(group: str, span: str) -> tuple[Column, ...]:
    """The targets stand where a figure is about the time they are set for: a month or more, a year."""
    monthly, yearly = "week" not in (group, span), "year" in (group, span)
    return (
        Column(group, *GROUPS[group][1:]),
        Column("taken", _TAKEN, "integer"), Column("solved", _SOLVED, "integer"), Column("open", _OPEN, "integer"),
        Column("resolution", _RESOLUTION, "percent", target=RESOLVED if monthly else None),
        Column("answered", _ANSWERED, "percent"), Column("in_time", _IN_TIME, "percent"),
        Column("timeliness", _TIMELINESS, "percent"), Column("rated", _RATED, "integer"),
        Column("mean", _MEAN, "decimal"),
        Column("satisfied", _SHARE, "percent", target=SATISFIED if yearly else None),
        Column("coverage", _COVERAGE, "percent"),
    )  # fmt: skip


def _values(one: Grouped, calls: Grouped | None) -> dict[str, Any]:
    kept, decided = _kept(one, DEADLINES)
    return {
        "taken": one.count, "solved": one["solved"], "open": one.count - one["solved"],
        "resolution": rate(one["solved"], one.count), "answered": rate(*_kept(one, ("answer",))),
        "in_time": rate(*_kept(one, ("solve",))), "timeliness": rate(kept, decided), "rated": one["rated"],
        "mean": mean(one["stars"], one["rated"]), "satisfied": rate(one["happy"], one["rated"]),
        "coverage": rate(calls["reached"], calls.count) if calls else None,
    }  # fmt: skip


def _kept(one: Grouped, deadlines: tuple[str, ...]) -> tuple[int, int]:
    """How many of these deadlines were kept, of those that are met or past."""
    kept = sum(one[f"{name}_kept"] for name in deadlines)
    return kept, kept + sum(one[f"{name}_missed"] for name in deadlines)


def _row(one: Grouped, calls: Grouped | None, group: str) -> Row:
    drills = _drills(one)
    if calls is not None and calls.drill is not None and calls["reached"] < calls.count:
        drills["coverage"] = calls.drill.and_(Condition("in_time", "not_equals", True))
    return Row({group: _first(one, group), **_values(one, calls)}, drills=drills)


def _first(one: Grouped, group: str) -> Any:
    """What stands in the first cell of a group."""
    by, _, kind = GROUPS[group]
    match kind:
        case "ref":
            return one.refs.get(by, one.label)
        case "date":
            return date.fromisoformat(one.key)
        case "month":
            return one.key
    return one.label


def _drills(one: Grouped) -> dict[str, Drill]:
    """Counts lead to their requests, rates to those that spoil them, where there are any."""
    if one.drill is None:
        return {}
    narrowed = {
        "solved": (one["solved"], Condition("solved_at", "filled")),
        "open": (one.count - one["solved"], Condition("solved_at", "empty")),
        "answered": (one["answer_missed"], Condition("answer_light", "in", MISSED)),
        "in_time": (one["solve_missed"], Condition("solve_light", "in", MISSED)),
        "rated": (one["rated"], Condition("satisfaction", "filled")),
        "satisfied": (one["rated"] - one["happy"], Condition("satisfaction", "to", HAPPY - 1)),
    }
    return {"taken": one.drill} | {name: one.drill.and_(only) for name, (count, only) in narrowed.items() if count}


def _resolution(whole: Grouped, label: Text) -> Figure:
    said = _OF_TAKEN.with_(part=whole["solved"], whole=whole.count, open=whole["not_due"])
    drill = whole.drill and whole.drill.and_(Condition("solved_at", "empty"))
    return Figure(label, rate(whole["solved"], whole.count), "percent", target=RESOLVED, said=said, drill=drill)


def _headline(registry: Registry, actor: Actor, whole: Grouped, calls: Query) -> tuple[Figure, ...]:
    kept, decided = _kept(whole, DEADLINES)
    drills = _drills(whole)
    called = registry.scope.aggregate(actor, CALLBACK, _AFTER_COMPLAINTS, query=calls)[0]
    after_complaints = Drill(CALLBACK, (*calls.conditions, Condition("rule", "equals", "complaint")))
    return (
        _resolution(whole, _RESOLUTION),
        Figure(_TIMELINESS, rate(kept, decided), "percent", said=_OF_DEADLINES.with_(part=kept, whole=decided)),
        Figure(_SHARE, rate(whole["happy"], whole["rated"]), "percent", target=SATISFIED,
               said=_rated(whole), drill=drills.get("satisfied")),
        Figure(_COMPLAINTS, rate(called["reached"], called["due"]), "percent", target=CALLED,
               said=_OF_CALLS.with_(part=called["reached"], whole=called["due"]), drill=after_complaints),
    )  # fmt: skip


def _rated(whole: Grouped) -> Text:
    """How many of those who rated are satisfied, and the average."""
    average = mean(whole["stars"], whole["rated"])
    return _OF_RATED.with_(part=whole["happy"], whole=whole["rated"], mean="–" if average is None else average)
