"""What a plan or stand-in may say, and what is kept of former stewards and points, so that the past stays (P5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.followups import Change, follow_up
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from office.raw_rows import raw_rows
from office.rounds.dues import DAY
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

PLAN, STAND_IN, PAST_STEWARD, PAST_POINT = "round_plan", "stand_in", "past_steward", "past_point"
SCOPE = ("kind", "route", "building", "area", "person")
"""What makes two plans the same."""
FIXED = (*SCOPE, "times", "every", "weekdays", "workdays_only", "starts_on")
"""What is no longer changed once a plan has begun."""
Spell = tuple[date, date | None]

BEGUN = Text(
    "这个计划已经开始，不能再改：请填上结束日期，另建一条计划。",
    "This plan has begun: end it and start another instead of changing it.",
)
IN_THE_PAST = Text(
    "计划从今天或以后开始，过去的应做不再增加。",
    "A plan starts today or later; nothing is added to what was due before.",
)
OVER = Text("这个计划已经结束，结束日期不能再改。", "This plan is over; its last day is not changed any more.")
TOO_EARLY = Text("最早到昨天为止，之前的应做已经成为记录。", "Yesterday is the earliest; what was due before stands.")
EITHER = Text(
    "间隔和星期只能用一种；按星期时间隔填 1。", "Either an interval or weekdays; with weekdays the interval is 1."
)
SAME = Text(
    "同一类别、同一范围、同一责任人在这些天已有计划“{name}”。",
    "There is a plan of the same kind, places and person for these days: {name}.",
)
STOOD_IN = Text("这位同事在这些天里已有人代班。", "Somebody stands in for this person on some of these days already.")


@preparation("round_plan")
def prepare_plans(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """A plan that has begun is only ended, so that what was due stays; none starts in the past; none comes twice."""
    today = registry.clock.today()
    kinds = tuple({draft.values["kind"] for draft in drafts if draft.values and draft.values.get("kind")})
    query = Query(conditions=(Condition("kind", "in", kinds or ("",)),), sort="id")
    names = ("name", *SCOPE, "starts_on", "ended_on")
    known = [dict(zip(("id", *names), row, strict=True)) for row in raw_rows(registry, SYSTEM, PLAN, query, names)]

    def one(draft: Draft) -> Prepared:
        row = draft.values
        if row is None or row.get("starts_on") is None:
            return Prepared()
        problems = {} if actor.system else _not_any_more(draft.old, row, today)
        if row.get("weekdays") and row.get("every", 1) != 1:
            problems["every"] = [EITHER]
        like = next((other for other in known if _is_same(other, row)), None)
        if like is not None and not problems:
            problems["name"] = [SAME.with_(name=like["name"])]
        return Prepared(problems=problems)

    return [one(draft) for draft in drafts]


@preparation("stand_in")
def prepare_stand_ins(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """One person stands in for another at a time."""
    persons = tuple({draft.values["person"] for draft in drafts if draft.values and draft.values.get("person")})
    query = Query(conditions=(Condition("person", "in", persons or (0,)),), sort="id")
    rows = list(raw_rows(registry, SYSTEM, STAND_IN, query, ("person", "starts_on", "ends_on")))

    def one(draft: Draft) -> Prepared:
        new = draft.values or {}
        if not (new.get("person") and new.get("starts_on") and new.get("ends_on")):
            return Prepared()
        own = (new["starts_on"], new["ends_on"])
        taken = any(id != new.get("id") and person == new["person"] and _overlap(own, (first, last))
                    for id, person, first, last in rows)  # fmt: skip
        return Prepared(problems={"starts_on": [STOOD_IN]} if taken else {})

    return [one(draft) for draft in drafts]


# -- what stays --------------------------------------------------------------------------------------------


@follow_up("keep_past_stewards")
def keep_past_stewards(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Write down until when a building had its former steward: yesterday, for today the new one owes."""
    rows = {one.id: {"building": one.id, "steward": one.old["steward"]}
            for one in changes if one.old and one.new and one.differs("steward")}  # fmt: skip
    _keep(registry, actor, PAST_STEWARD, "building", rows, source)


@follow_up("keep_past_points")
def keep_past_points(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Write down until when a point lay on its former route, or was in use or not: yesterday."""
    yesterday = registry.clock.today() - DAY
    rows: dict[int, Mapping[str, Any]] = {}
    for one in changes:
        old = one.old
        if old is None or one.new is None or not one.differs("route", "building", "is_used"):
            continue
        if old["starts_on"] is None or old["starts_on"] <= yesterday:
            rows[one.id] = {"point": one.id, "route": old["route"], "building": old["building"],
                            "was_used": bool(old["is_used"])}  # fmt: skip
    _keep(registry, actor, PAST_POINT, "point", rows, source)


def _keep(
    registry: Registry, actor: Actor, entity: str, link: str, rows: Mapping[int, Mapping[str, Any]], source: Source
) -> None:  # fmt: skip
    """What stood until yesterday, once: of several changes on a day the first one tells it."""
    if not rows:
        return
    yesterday = registry.clock.today() - DAY
    of_these = (Condition(link, "in", tuple(rows)), Condition("until_on", "equals", yesterday))
    told = {row[1] for row in raw_rows(registry, SYSTEM, entity, Query(conditions=of_these, sort="id"), (link,))}
    fresh = [{**values, "until_on": yesterday} for id, values in rows.items() if id not in told]
    if fresh:
        registry.store.create_many(actor, entity, fresh, source)


# -- parts -------------------------------------------------------------------------------------------------


def _not_any_more(old: Mapping[str, Any] | None, row: Mapping[str, Any], today: date) -> dict[str, list[Text]]:
    """What a person may not say of a plan any more."""
    if old is None or old["starts_on"] > today:
        return {"starts_on": [IN_THE_PAST]} if row["starts_on"] < today else {}
    changed = [name for name in FIXED if _plain(old.get(name)) != _plain(row.get(name))]
    problems = {name: [BEGUN] for name in changed}
    if old["ended_on"] != row["ended_on"]:
        if old["ended_on"] is not None and old["ended_on"] < today:
            problems["ended_on"] = [OVER]
        elif row["ended_on"] is not None and row["ended_on"] < today - DAY:
            problems["ended_on"] = [TOO_EARLY]
    return problems


def _plain(value: Any) -> Any:
    """A value as two are compared: lists in any order, nothing and none alike."""
    return tuple(sorted(value)) if isinstance(value, list | tuple) else value or None


def _is_same(other: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether another plan asks the same person for the same on one of the same days."""
    if other["id"] == row.get("id") or any(other[name] != row.get(name) for name in SCOPE):
        return False
    return _overlap((other["starts_on"], other["ended_on"]), (row["starts_on"], row.get("ended_on")))


def _overlap(one: Spell, other: Spell) -> bool:
    """Whether two stretches of days share one; None is open."""
    return (one[1] is None or other[0] <= one[1]) and (other[1] is None or one[0] <= other[1])
