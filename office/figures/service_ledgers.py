"""Lists of a month, one line a request: special and agency services, and the ledger of complaints (S1, S5, S7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.query import Condition, Query, Ref
from models.reads.aggregates import Count, Grouped
from models.record import Record
from models.reports import Column, Figure, Row, Table, Target, rate, report
from office.figures.collection import span_of
from office.figures.service_span import COUNTED, CUT, MOST_ROWS, asked, day_of, within
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

REQUEST, CALLBACK = "service_request", "callback"
SERVICES = ("special", "agency")
SIGNED = Target(100)

_TAKEN_ON, _REQUEST = Text("受理日期", "Taken on"), Text("报事", "Request")
_KIND, _UNIT, _NAME = Text("类别", "Kind"), Text("房屋或位置", "Unit or place"), Text("来人", "Caller")
_WORKER, _STATE = Text("经办人", "Assigned to"), Text("状态", "State")
_SOLVED_ON = Text("解决日期", "Solved on")
_STARS = Text("满意度", "Satisfaction")
_APPOINTED = Text("预约日期", "Appointment")
_DONE = Text("处理结果", "What was done")
_CALLED, _SIGNED_BY = Text("回访", "Called back"), Text("签署", "Signed by")
_SERVICES, _COMPLAINTS = Text("服务件数", "Services"), Text("投诉件数", "Complaints")
_SETTLED, _SIGNED = Text("已解决", "Solved"), Text("签署率", "Signed")
_OF = Text("{part} / {whole} 件", "{part} of {whole}")
_NO_SERVICES = Text("这个月没有特约或代办服务。", "No special or agency service in this month.")
_NO_COMPLAINTS = Text("这个月没有投诉。", "No complaint in this month.")
_MEASURES = {"solved": Count(where="solved_at != null"), "signed": Count(where="signed_by != null")}


@report("special_services")
def special_services(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """Special and agency services taken in the month, one line each."""
    query = _of_month(registry, now, answers, Condition("kind", "in", SERVICES))
    whole = registry.scope.aggregate(actor, REQUEST, _MEASURES, query=query)[0]
    columns = ("number", "kind", "agency", "unit", "place", "caller_name", "taken_at", "appointment_at", "assigned_to",
               "state", "solved_at", "satisfaction")  # fmt: skip
    return Table(
        columns=(
            Column("taken_on", _TAKEN_ON, "date"), Column("request", _REQUEST, "ref"), Column("kind", _KIND),
            Column("unit", _UNIT, "ref"), Column("name", _NAME), Column("appointed_on", _APPOINTED, "date"),
            Column("worker", _WORKER), Column("state", _STATE), Column("solved_on", _SOLVED_ON, "date"),
            Column("stars", _STARS, "integer"),
        ),
        rows=[_service(registry, one) for one in _listed(registry, actor, query, columns)],
        headline=(Figure(_SERVICES, whole.count, drill=whole.drill), _solved(whole)),
        said=_cut(whole),
        empty=_NO_SERVICES,
    )  # fmt: skip


@report("complaint_ledger")
def complaint_ledger(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """Complaints taken in the month, one line each: what was done, what was said when called back, who signed."""
    query = _of_month(registry, now, answers, Condition("kind", "equals", "complaint"))
    whole = registry.scope.aggregate(actor, REQUEST, _MEASURES, query=query)[0]
    said = _said(registry, actor, query)
    columns = ("number", "unit", "place", "caller_name", "taken_at", "assigned_to", "state", "solution",
               "solved_at", "called_back_at", "satisfaction", "signed_by", "signed_at")  # fmt: skip
    return Table(
        columns=(
            Column("taken_on", _TAKEN_ON, "date"), Column("request", _REQUEST, "ref"), Column("unit", _UNIT, "ref"),
            Column("name", _NAME), Column("worker", _WORKER), Column("done", _DONE),
            Column("solved_on", _SOLVED_ON, "date"), Column("called", _CALLED), Column("signed", _SIGNED_BY),
            Column("state", _STATE),
        ),
        rows=[_complaint(registry, one, said) for one in _listed(registry, actor, query, columns)],
        headline=(Figure(_COMPLAINTS, whole.count, drill=whole.drill), _solved(whole), _signed(whole)),
        said=_cut(whole),
        empty=_NO_COMPLAINTS,
    )  # fmt: skip


# -- parts -----------------------------------------------------------------------------------------------


def _of_month(registry: Registry, now: datetime, answers: Mapping[str, Any], *more: Condition) -> Query:
    month = answers.get("month") or f"{now.astimezone(registry.clock.zone):%Y-%m}"
    narrowed = asked(answers, {"kind": "kind", "building": "building", "department": "department"})
    return Query(conditions=(COUNTED, *within("taken_at", span_of("month", month)), *more, *narrowed), sort="taken_at")


def _listed(registry: Registry, actor: Actor, query: Query, columns: tuple[str, ...]) -> list[Record]:
    wanted = Query(conditions=query.conditions, sort="taken_at", columns=columns)
    found = registry.scope.stream(actor, REQUEST, wanted)
    return [one for _, one in zip(range(MOST_ROWS), found, strict=False)]


def _cut(whole: Grouped) -> Text | None:
    return CUT.with_(count=whole.count, most=MOST_ROWS) if whole.count > MOST_ROWS else None


def _said(registry: Registry, actor: Actor, query: Query) -> dict[int, str]:
    """What residents said when they were called about these requests, by request; the last call holds."""
    of_request = tuple(Condition(f"request.{one.field}", one.op, one.value) for one in query.conditions)
    spoken = Query(conditions=(*of_request, Condition("words", "filled")), columns=("request", "words"), sort="id")
    return {one["request"]: one["words"] for one in registry.scope.stream(actor, CALLBACK, spoken)}


def _service(registry: Registry, one: Record) -> Row:
    agency = _word(registry, "agency_kind", one["agency"])
    kind = _word(registry, "request_kind", one["kind"])
    return Row({
        "taken_on": day_of(registry, one["taken_at"]), "request": Ref(REQUEST, one.id, one.title),
        "kind": agency or kind, "unit": _where(one), "name": one["caller_name"],
        "appointed_on": day_of(registry, one["appointment_at"]), "worker": one.titles.get("assigned_to"),
        "state": _word(registry, "request_state", one["state"]), "solved_on": day_of(registry, one["solved_at"]),
        "stars": one["satisfaction"],
    })  # fmt: skip


def _complaint(registry: Registry, one: Record, said: Mapping[int, str]) -> Row:
    return Row({
        "taken_on": day_of(registry, one["taken_at"]), "request": Ref(REQUEST, one.id, one.title),
        "unit": _where(one), "name": one["caller_name"], "worker": one.titles.get("assigned_to"),
        "done": one["solution"], "solved_on": day_of(registry, one["solved_at"]),
        "called": _joined(day_of(registry, one["called_back_at"]), _stars(one), said.get(one.id)),
        "signed": _joined(one.titles.get("signed_by"), day_of(registry, one["signed_at"])),
        "state": _word(registry, "request_state", one["state"]),
    })  # fmt: skip


def _word(registry: Registry, choices: str, code: str | None) -> Text | None:
    return registry.schema.choices[choices][code].label if code else None


def _stars(one: Record) -> str | None:
    return f"{one['satisfaction']}/5" if one["satisfaction"] else None


def _joined(*parts: object) -> str | None:
    """Those that there are, one after the other."""
    return " · ".join(str(part) for part in parts if part) or None


def _where(one: Record) -> Ref | str | None:
    """The unit, or what was written of a place outside."""
    return Ref("unit", one["unit"], one.titles["unit"]) if "unit" in one.titles else one["place"]


def _solved(whole: Grouped) -> Figure:
    said = _OF.with_(part=whole["solved"], whole=whole.count)
    drill = whole.drill and whole.drill.and_(Condition("solved_at", "empty"))
    return Figure(_SETTLED, rate(whole["solved"], whole.count), "percent", said=said, drill=drill)


def _signed(whole: Grouped) -> Figure:
    said = _OF.with_(part=whole["signed"], whole=whole.count)
    drill = whole.drill and whole.drill.and_(Condition("signed_by", "empty"))
    return Figure(_SIGNED, rate(whole["signed"], whole.count), "percent", target=SIGNED, said=said, drill=drill)
