"""The job ``deliver_report``: a report made as a file on its day, kept, and told to those it is for."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field as Key

from models import reports
from models.actor import Actor, Source
from models.errors import Duplicate
from models.jobs import JobResult, job
from models.query import Condition, Query
from models.reports import Figure
from models.storage.files import safe_name
from schema.problems import Path, unknown
from schema.spec import Entity, Report, Schema
from schema.text import Locale, Text
from schema.written import Names, Part
from transfer.report_files import report_file

if TYPE_CHECKING:
    from models import Registry

DAYS = {"today": 0, "yesterday": -1}
"""Days as a schedule may tell them, counted from the day it runs."""
MONTHS = ("this_month", "last_month")
FIELDS = {"report": "", "day": "date", "roles": "choices", "file": "files", "origin": "text"}
"""What an entity must have that keeps delivered reports, and of which type; '' is any."""

REPORT, ENTITY, ROLE = Text("报表", "report"), Text("实体", "entity"), Text("角色", "role")
ANSWER, OPTION = Text("问项", "question"), Text("选项", "option")
NOT_OPEN = Text(
    "“{role}”打不开报表“{report}”，不能送给他们", "'{role}' may not open the report '{report}', so they cannot get it"
)
NO_FIELD = Text(
    "实体“{entity}”缺少字段“{field}”（类型 {type}）", "the entity '{entity}' needs a field '{field}' of type {type}"
)
NO_DAY = Text("应为 {words} 或日期", "should be one of {words}, or a day")
DELIVERED = Text("{report}（{day}）已报送。", "{report} of {day} is delivered.")
THERE = Text("{report}（{day}）已经报送过。", "{report} of {day} was delivered before.")
READY = Text("{report}（{day}）已做好，请查看。", "{report} of {day} is ready.")


class Delivery(Part):
    """Which report, asked what, for whom, as which file, kept where."""

    report: str
    roles: Names = Key(min_length=1)
    ask: dict[str, Any] = Key(default={})
    format: Literal["xlsx", "csv"] = "xlsx"
    keep: str = "report_delivery"


def _misfit(schema: Schema, told: Delivery) -> Iterator[tuple[Path, Text]]:
    """What a delivery asks for that the schema has not, and roles that may not open the report."""
    spec = schema.reports.get(told.report)
    if spec is None:
        yield ("report",), unknown(REPORT, told.report, schema.reports)
        return
    yield from _wrong_answers(spec, told)
    entity = schema.entities.get(told.keep)
    if entity is None:
        yield ("keep",), unknown(ENTITY, told.keep, schema.entities)
    else:
        yield from _wrong_keeper(entity, told)
    for n, role in enumerate(told.roles):
        if role not in schema.roles:
            yield ("roles", n), unknown(ROLE, role, schema.roles)
        elif role not in spec.by and "*" not in spec.by:
            yield ("roles", n), NOT_OPEN.with_(role=role, report=told.report)


def _wrong_answers(spec: Report, told: Delivery) -> Iterator[tuple[Path, Text]]:
    for name, value in told.ask.items():
        asked = spec.ask.get(name)
        if asked is None:
            yield ("ask", name), unknown(ANSWER, name, spec.ask)
            continue
        options = getattr(asked.type, "choices", None)
        if options and value not in options:
            yield ("ask", name), unknown(OPTION, str(value), options)
        if asked.type.name == "date" and value not in DAYS and not isinstance(value, date):
            yield ("ask", name), NO_DAY.with_(words=", ".join(DAYS))


def _wrong_keeper(entity: Entity, told: Delivery) -> Iterator[tuple[Path, Text]]:
    for name, kind in FIELDS.items():
        field = entity.fields.get(name)
        if field is None or (kind and field.type.name != kind):
            yield ("keep",), NO_FIELD.with_(entity=entity.name, field=name, type=kind or "text")
            continue
        options = getattr(field.type, "choices", None) or {}
        wanted = told.roles if name == "roles" else (told.report,) if name == "report" and options else ()
        for value in wanted:
            if value not in options:
                yield ("keep",), unknown(OPTION, value, options)


@job("deliver_report", shape=Delivery, check=_misfit)
def deliver_report(registry: Registry, actor: Actor, now: datetime, told: Delivery) -> JobResult:
    """Make the report of the day with the grants of the schedule's roles, keep it, and tell those it is for; once.

    Everybody it is for gets the same file: give a schedule roles that see what all of them see.
    """
    day = now.astimezone(registry.clock.zone).date()
    spec, origin = reports.find(registry.schema, actor, told.report), f"{actor.job}:{day}"
    words = {"report": spec.label, "day": day.isoformat()}
    if registry.scope.ids(actor, told.keep, Query(conditions=(Condition("origin", "equals", origin),)), 1):
        return JobResult(0, THERE.with_(**words))
    source, answers = Source("job", actor.job), asked_on(spec, told.ask, day)
    data = report_file(registry, actor, told.report, told.format, answers, source)
    found = reports.run(registry, actor, told.report, answers)
    name = safe_name(f"{spec.label.to(actor.locale)} {day:%Y%m%d}.{told.format}")
    values: dict[str, Any] = {"report": told.report, "day": day, "roles": told.roles, "origin": origin}
    if "figures" in registry.schema.entities[told.keep].fields:
        values["figures"] = figure_lines(found.headline, actor.locale)
    try:
        with registry.store.transaction():
            values["file"] = (registry.files.put(actor, told.keep, None, name, io.BytesIO(data)),)
            id = registry.store.create(actor, told.keep, values, source)
            text, key = READY.with_(**words), f"report:{origin}"
            registry.inbox.tell(text, roles=told.roles, about=(told.keep, id), key=key)
    except Duplicate:
        return JobResult(0, THERE.with_(**words))
    return JobResult(1, DELIVERED.with_(**words))


def asked_on(spec: Report, told: Mapping[str, Any], day: date) -> dict[str, Any]:
    """The answers of a schedule that runs on ``day``: 'yesterday' and 'last_month' become what they mean."""
    found = dict(told)
    for name, value in told.items():
        kind = spec.ask[name].type.name
        if kind == "date" and value in DAYS:
            found[name] = day + timedelta(days=DAYS[value])
        if kind == "month" and value in MONTHS:
            month = day if value == MONTHS[0] else day.replace(day=1) - timedelta(days=1)
            found[name] = f"{month:%Y-%m}"
    return found


def figure_lines(figures: tuple[Figure, ...], locale: Locale) -> str:
    """The headline figures, one a line: '办结率：96.4%（目标 ≥95%）'."""
    return "\n".join(_line(one).to(locale) for one in figures)


def _line(one: Figure) -> Text:
    sign = "%" if one.kind == "percent" else ""
    value = "–" if one.value is None else f"{one.value:,}{sign}"
    if one.target is None:
        return Text("{label}：{value}", "{label}: {value}").with_(label=one.label, value=value)
    aimed = f"{'≤' if one.target.at_most else '≥'}{one.target.value}{sign}"
    line = Text("{label}：{value}（目标 {aimed}）", "{label}: {value} (target {aimed})")
    return line.with_(label=one.label, value=value, aimed=aimed)
