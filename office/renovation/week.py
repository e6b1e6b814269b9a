"""The Saturday report: inspections due, done and missed, violations, acceptances, permits by state (D3–D5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.query import Condition, Drill, Query, Ref
from models.reads.aggregates import Grouped
from models.reports import ChartData, Column, Figure, Kind, Row, Table, Target, rate, report
from models.storage.natural_order import order_key
from office.figures.collection import Span
from office.figures.service_span import local_day, within
from office.renovation.permits import PERMIT
from office.renovation.standing import Standing, in_progress_on, permits_between
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

SATURDAY = 5
EVERY_DAY = Target(100)
"""Each permit in progress is inspected every day (D3)."""
LIVE = ("submitted", "approved", "in_progress", "suspended", "expired", "completed")
"""States of a permit that somebody still has to do something about."""
GROUPS: Mapping[str, tuple[Text, Kind]] = {
    "day": (Text("日期", "Day"), "date"),
    "building": (Text("楼栋", "Building"), "ref"),
    "state": (Text("许可状态", "State of the permits"), "text"),
}
"""By what the answers may group: its label, the kind of its column."""
INSPECTION, VIOLATION, ACCEPTANCE = "renovation_inspection", "violation", "acceptance"

_DUE, _DONE, _MISSED = Text("应巡检", "Due"), Text("已巡检", "Inspected"), Text("漏检", "Missed")
_COVERAGE, _FINDINGS = Text("巡检覆盖率", "Inspected of due"), Text("发现问题", "With findings")
_MINOR, _SERIOUS = Text("轻微违规", "Minor"), Text("严重违规", "Serious")
_PASSED, _FAILED = Text("验收合格", "Accepted"), Text("验收不合格", "Failed")
_PERMITS, _VIOLATIONS = Text("许可数", "Permits"), Text("违规", "Violations")
_SPAN = Text("{first}（周六）至 {last}（周五）", "Saturday {first} to Friday {last}")
_OF_DUE = Text("已检 {done} / {due}，漏检 {missed}", "{done} of {due} done, {missed} missed")
_OF_FOUND = Text("严重 {serious} 起；现未整改 {open} 起", "{serious} serious; {open} not put right now")
_OF_CHECKED = Text("另有 {n} 次不合格", "{n} failed")
_EMPTY = Text("这一周没有装修。", "There were no works in this week.")


@dataclass(slots=True)
class Tally:
    """What happened under one heading; ``due`` counts the days on which works went on, today's included."""

    due: int = 0
    done: int = 0
    missed: int = 0
    findings: int = 0
    minor: int = 0
    serious: int = 0
    passed: int = 0
    failed: int = 0

    def __iadd__(self, other: Tally) -> Tally:
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))
        return self


COUNTS = tuple(one.name for one in fields(Tally))


@report("renovation_week")
def renovation_week(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """The week from Saturday to Friday that holds a day, by day or by building; or the permits by state as they are."""
    today, group = local_day(registry, now), answers.get("group") or "day"
    span = week_of(answers.get("day") or today)
    states = registry.scope.aggregate(actor, PERMIT, by=["state"])
    if group == "state":
        return _by_state(states)
    found = _facts(registry, actor, span, today)
    buildings = _buildings(registry, actor, {unit for unit, _day, _tally in found})
    tallies: dict[Any, Tally] = defaultdict(Tally)
    for unit, day, tally in found:
        tallies[day if group == "day" else buildings.get(unit)] += tally
    whole = Tally()
    for one in tallies.values():
        whole += one
    return Table(
        columns=_columns(group), rows=[_row(group, key, tallies[key], span) for key in sorted(tallies, key=_order)],
        totals=Row(_values(whole)), headline=_headline(registry, actor, whole, states),
        chart=ChartData(group, ("done", "missed")), empty=_EMPTY,
        said=_SPAN.with_(first=span.starts_on.isoformat(), last=span.ends_on.isoformat()),
    )  # fmt: skip


def week_of(day: date) -> Span:
    """From Saturday to Friday, so that each Saturday's report begins where the last one ended."""
    first = day - timedelta(days=(day.weekday() - SATURDAY) % 7)
    return Span(first, first + timedelta(days=6))


def inspections_owed(
    standings: Iterable[Standing], done: set[tuple[int, date]], span: Span, today: date
) -> Iterator[tuple[int, date, Tally]]:
    """(unit, day, tally) for each day until today on which the works of a permit went on: done, or missed once the day
    is over. ``done`` are (permit, day). Source: domain D3."""
    days = [span.starts_on + timedelta(days=n) for n in range(7)]
    for standing in standings:
        for day in days:
            if day <= today and in_progress_on(standing, day):
                is_done = (standing.permit, day) in done
                yield standing.unit, day, Tally(due=1, done=int(is_done), missed=int(not is_done and day < today))


# -- facts -----------------------------------------------------------------------------------------


def _facts(registry: Registry, actor: Actor, span: Span, today: date) -> list[tuple[int, date, Tally]]:
    """What happened in the span, as (unit, day, tally); six queries however much it is."""
    day_of = registry.clock.zone
    inspections = _rows(registry, actor, INSPECTION, "done_at", span, ("permit", "unit", "done_at", "all_fine"))
    days = [(row, row["done_at"].astimezone(day_of).date()) for row in inspections]
    standings = permits_between(registry, actor, span.starts_on, span.ends_on)
    found = list(inspections_owed(standings, {(row["permit"], day) for row, day in days}, span, today))
    found += [(row["unit"], day, Tally(findings=1)) for row, day in days if not row["all_fine"]]
    for row in _rows(registry, actor, VIOLATION, "found_at", span, ("unit", "found_at", "weight")):
        found.append((row["unit"], row["found_at"].astimezone(day_of).date(), Tally(**{row["weight"]: 1})))
    for row in _rows(registry, actor, ACCEPTANCE, "done_at", span, ("unit", "done_at", "result")):
        if row["result"]:
            found.append((row["unit"], row["done_at"].astimezone(day_of).date(), Tally(**{row["result"]: 1})))
    return found


def _rows(
    registry: Registry, actor: Actor, entity: str, moment: str, span: Span, columns: tuple[str, ...]
) -> list[Record]:
    query = Query(conditions=within(moment, span), columns=columns, sort="id")
    return list(registry.scope.stream(actor, entity, query))


def _buildings(registry: Registry, actor: Actor, units: Iterable[int]) -> dict[int, Ref]:
    rows = registry.scope.records(actor, "unit", sorted(units), ("building",))
    return {row.id: Ref("building", row["building"], row.titles.get("building", "")) for row in rows}


# -- the table -------------------------------------------------------------------------------------


def _columns(group: str) -> tuple[Column, ...]:
    return (
        Column(group, *GROUPS[group]), Column("due", _DUE, "integer"), Column("done", _DONE, "integer"),
        Column("missed", _MISSED, "integer"), Column("coverage", _COVERAGE, "percent", target=EVERY_DAY),
        Column("findings", _FINDINGS, "integer"), Column("minor", _MINOR, "integer"),
        Column("serious", _SERIOUS, "integer"), Column("passed", _PASSED, "integer"),
        Column("failed", _FAILED, "integer"),
    )  # fmt: skip


def _values(one: Tally) -> dict[str, Any]:
    """The counts, and how much was inspected of what was due, today's open ones left out."""
    return {name: getattr(one, name) for name in COUNTS} | {"coverage": rate(one.done, one.done + one.missed)}


def _row(group: str, key: Any, tally: Tally, span: Span) -> Row:
    narrowed: tuple[Condition, ...] = ()
    if group == "day":
        span = Span(key, key)
    elif key is not None:
        narrowed = (Condition("unit.building", "equals", key.id),)

    def drill(entity: str, moment: str, name: str, *more: Condition) -> Drill | None:
        conditions = (*within(moment, span), *narrowed, *more)
        return Drill(entity, conditions) if getattr(tally, name) else None

    drills = {
        "findings": drill(INSPECTION, "done_at", "findings", Condition("all_fine", "equals", False)),
        **{name: drill(VIOLATION, "found_at", name, Condition("weight", "equals", name))
           for name in ("minor", "serious")},
        **{name: drill(ACCEPTANCE, "done_at", name, Condition("result", "equals", name))
           for name in ("passed", "failed")},
    }  # fmt: skip
    return Row({group: key, **_values(tally)}, drills=drills)


def _order(key: Any) -> tuple[bool, str]:
    """Days in their order, buildings by what they are called, what has none last."""
    return key is None, order_key(key.title) if isinstance(key, Ref) else str(key)


def _by_state(states: Sequence[Grouped]) -> Table:
    return Table(
        columns=(Column("state", *GROUPS["state"]), Column("permits", _PERMITS, "integer")),
        rows=[Row({"state": one.label, "permits": one.count}, drills={"permits": one.drill}) for one in states],
        totals=Row({"permits": sum(one.count for one in states)}),
        headline=(Figure(_PERMITS, sum(one.count for one in states)),),
        chart=ChartData("state", ("permits",)), empty=_EMPTY,
    )  # fmt: skip


def _headline(registry: Registry, actor: Actor, whole: Tally, states: Sequence[Grouped]) -> tuple[Figure, ...]:
    """Inspections, violations and acceptances of the week, and the permits of each state as they are now."""
    unsettled = registry.scope.count(actor, VIOLATION, Query(saved="open"))
    due = _OF_DUE.with_(done=whole.done, due=whole.due, missed=whole.missed)
    found = _OF_FOUND.with_(serious=whole.serious, open=unsettled)
    live = [one for one in states if one.key in LIVE]
    return (
        Figure(_COVERAGE, rate(whole.done, whole.done + whole.missed), "percent", target=EVERY_DAY, said=due),
        Figure(_VIOLATIONS, whole.minor + whole.serious, said=found, drill=Drill(VIOLATION, saved="open")),
        Figure(_PASSED, whole.passed, said=_OF_CHECKED.with_(n=whole.failed)),
        *(Figure(one.label, one.count, drill=one.drill) for one in live),
    )
