"""What is done to meters: one is replaced by another, and those of a unit are opened at its handover (F2, A10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from office.metering.rules import plain
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

STARTS = {"water": "water_start", "electricity": "electricity_start", "gas": "gas_start"}
"""Kind of meter → the field of a handover that holds what it showed."""
FUTURE = Text("换表日期 {day} 在今天之后。", "The day of the change, {day}, lies in the future.")
READ_SINCE = Text(
    "旧表在 {day} 抄过表：换表日期不能早于这一天。",
    "The old meter was read on {day}: the change cannot be before that day.",
)
END_LOWER = Text(
    "旧表拆除读数 {value} 低于上次抄表的 {previous}：请核对。",
    "The old meter's last reading {value} is lower than {previous}, read before: check it.",
)
CHANGED = Text(
    "{day} 换表：旧表 {old} 止于 {end}，新表 {new} 起于 {start}。",
    "Changed on {day}: the old meter {old} ended at {end}, the new one {new} began at {start}.",
)
NO_STARTS = Text("没有填写表底数。", "No start values were filled in.")
OPENED = Text("已建{meters}", "Opened: {meters}")
THERE = Text("已有{meters}，未改动", "there already, left alone: {meters}")


def refuse_bad_change(changed_on: date, end: Decimal, last: tuple[date, Decimal] | None, today: date) -> None:
    """Raises Refused where a meter cannot have been changed on that day at that value.

    ``last`` is the day and value of its last reading (or its start).
    """
    if changed_on > today:
        raise Refused(FUTURE.with_(day=changed_on))
    if last is not None and changed_on < last[0]:
        raise Refused(READ_SINCE.with_(day=last[0]))
    if last is not None and end < last[1]:
        raise Refused(END_LOWER.with_(value=plain(end), previous=plain(last[1])))


@operation("change_meter")
def change_meter(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Take a meter out and put another in its place; what the old one counted goes into the next reading (F2)."""
    today = now.astimezone(registry.clock.zone).date()
    return registry.store.each(selection.ids, lambda meter: _change(registry, actor, meter, today, answers))


@operation("open_meters")
def open_meters(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Make the meters of handed-over units, starting at the values that were agreed on (A10)."""
    return registry.store.each(selection.ids, lambda handover: _open(registry, actor, handover))


def _change(registry: Registry, actor: Actor, id: int, today: date, answers: Mapping[str, Any]) -> Text:
    old = registry.scope.get(actor, "meter", id)
    changed_on, end = answers["changed_on"], answers["end_value"]
    refuse_bad_change(changed_on, end, _last(registry, id, old["installed_on"], old["start_value"]), today)
    source = Source("action", "change_meter")
    registry.store.update(actor, "meter", id, {"removed_on": changed_on, "end_value": end}, source)
    kept = {name: old[name] for name in ("kind", "unit", "building", "place", "multiplier", "fee_type")}
    fresh = {
        **kept, "number": answers.get("number"), "digits": answers.get("digits") or old["digits"],
        "start_value": answers["start_value"], "installed_on": changed_on, "replaces": id,
        "remark": answers.get("reason"),
    }  # fmt: skip
    made = registry.store.create(actor, "meter", fresh, source)
    number = registry.scope.get(actor, "meter", made)["number"]
    return CHANGED.with_(
        day=changed_on, old=old["number"], new=number, end=plain(end), start=plain(answers["start_value"])
    )


def _last(registry: Registry, id: int, installed_on: date | None, start: Decimal) -> tuple[date, Decimal] | None:
    """The day and value of a meter's last reading, else of its start."""
    query = Query(conditions=(Condition("meter", "equals", id),), columns=("read_on", "value"), sort="id")
    marks = [(mark["read_on"], mark["value"]) for mark in registry.scope.stream(SYSTEM, "meter_reading", query)]
    if marks:
        return max(marks)
    return (installed_on, start) if installed_on is not None else None


def _open(registry: Registry, actor: Actor, id: int) -> Text:
    handover = registry.scope.get(actor, "handover", id)
    starts = {kind: handover[name] for kind, name in STARTS.items() if handover[name] is not None}
    if not starts:
        raise Refused(NO_STARTS)
    conditions = (Condition("unit", "equals", handover["unit"]), Condition("removed_on", "empty"))
    query = Query(conditions=conditions, columns=("kind",), sort="id")
    there = {meter["kind"] for meter in registry.scope.stream(SYSTEM, "meter", query)}
    source = Source("action", "open_meters")
    for kind in starts:
        if kind not in there:
            values = {"kind": kind, "unit": handover["unit"], "start_value": starts[kind]}
            installed = {"installed_on": handover["handed_over_on"]}
            registry.store.create(actor, "meter", {**values, **installed}, source)
    said = ((OPENED, [k for k in starts if k not in there]), (THERE, [k for k in starts if k in there]))
    parts = [words.with_(meters=_kinds(registry, kinds)) for words, kinds in said if kinds]
    return Text("；".join(part.to("zh") for part in parts), "; ".join(part.to("en") for part in parts))


def _kinds(registry: Registry, kinds: list[str]) -> Text:
    """Kinds of meter by their names, in both languages."""
    choices = registry.schema.choices["meter_kind"]
    labels = [choices[kind].label for kind in kinds]
    return Text("、".join(label.zh for label in labels), ", ".join(label.en for label in labels))
