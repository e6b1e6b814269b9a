"""The points of members: earned, used, given for attendance; never below zero, reversed and not deleted (S15)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.followups import Change, follow_up
from models.operations import Outcome, Selection, operation
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from models.storage.database import hold
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

Attendance = tuple[int, int]
"""(activity, resident)."""
SEALED = ("member", "kind", "points", "activity", "reverses")

TOO_FEW = Text(
    "积分不足：现有 {balance} 分，不能减 {points} 分。",
    "There are not enough points: {balance} of them, so that {points} cannot be taken.",
)
SEALED_NOW = Text(
    "积分流水不改不删；记错了请“冲回”。", "Entries are neither changed nor deleted; reverse what is wrong."
)
GIVEN = Text("已记 {points} 分，现有 {balance} 分。", "{points} points given; {balance} in all.")
USED = Text("已用 {points} 分，还有 {balance} 分。", "{points} points used; {balance} are left.")
REVERSED = Text("已冲回 {points} 分，现有 {balance} 分。", "{points} points reversed; {balance} in all.")


def owing(attended: bool, given: int, worth: int) -> int:
    """The points that are to be entered for one who was there or was not, of whom ``given`` were entered already.

    Once given they stay as they were, whatever the activity is worth afterwards. Source: domain S15.
    """
    if attended:
        return worth if given == 0 else 0
    return -given


@preparation("points_entry")
def prepare(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """No balance falls below zero, and what was entered stays."""
    hold(registry.db, "points")
    fresh = [one.values for one in drafts if one.old is None and one.values is not None]
    balances = balances_of(registry, {one["member"] for one in fresh if one.get("member") is not None})
    return [_prepared(actor, one, balances) for one in drafts]


def balances_of(registry: Registry, members: Collection[int]) -> dict[int, int]:
    """The sum of what was entered, by member."""
    asked = Query(conditions=(Condition("member", "in", tuple(members)),))
    found = registry.scope.aggregate(SYSTEM, "points_entry", {"points": "points"}, by=["member"], query=asked)
    return defaultdict(int, {one.key: int(one["points"]) for one in found})


@follow_up("attendance_points")
def attendance_points(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Who comes to an activity gets its points once; who was ticked by mistake gives them back (S15).

    Who is a member, who was there and what was given is read as the program, to decide by.
    """
    touched = {key: one.row["ticked_at"] for one in changes for key in _attendances(one)}
    if not touched:
        return
    hold(registry.db, "points")
    now, members = registry.clock.now(), _members(registry, {resident for _, resident in touched})
    asked = {key for key in touched if key[1] in members}
    if not asked:
        return
    activities = {activity for activity, _ in asked}
    worth = {row.id: (row["points"] or 0, row["name"])
             for row in registry.scope.records(SYSTEM, "activity", list(activities), ("points", "name"))}  # fmt: skip
    there, given = _there(registry, activities), _given(registry, activities)
    rows = []
    for activity, resident in sorted(asked):
        member, active = members[resident]
        points, name = worth[activity]
        sum_of = owing((activity, resident) in there, given.get((activity, member), 0), points if active else 0)
        if sum_of:
            kind, at = ("attendance", touched[activity, resident] or now) if sum_of > 0 else ("reversal", now)
            given_for = {"activity": activity, "reason": name, "at": at}
            rows.append({"member": member, "kind": kind, "points": sum_of, **given_for})
    if rows:
        registry.store.create_many(actor, "points_entry", rows, source)


@operation("earn_points")
def earn_points(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Give members points, with the reason (S15)."""

    def one(id: int) -> Text:
        values = {"kind": "earned", "points": answers["points"], "reason": answers["reason"], "at": now}
        return _enter(registry, actor, id, values, "earn_points", GIVEN)

    return registry.store.each(selection.ids, one)


@operation("use_points")
def use_points(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Take points for something that a member gets for them (S15)."""

    def one(id: int) -> Text:
        values = {"kind": "used", "points": -answers["points"], "reason": answers["reason"], "at": now}
        return _enter(registry, actor, id, values, "use_points", USED)

    return registry.store.each(selection.ids, one)


@operation("reverse_points")
def reverse_points(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Take back entries that were wrong by an entry of the opposite, once each (S15)."""

    def one(id: int) -> Text:
        entry = registry.scope.get(actor, "points_entry", id)
        values = {
            "kind": "reversal",
            "points": -entry["points"],
            "reason": answers["reason"],
            "reverses": id,
            "at": now,
        }
        return _enter(registry, actor, entry["member"], values, "reverse_points", REVERSED)

    return registry.store.each(selection.ids, one)


# -- parts -----------------------------------------------------------------------------------------


def _enter(registry: Registry, actor: Actor, member: int, values: Mapping[str, Any], name: str, said: Text) -> Text:
    registry.store.create(actor, "points_entry", {**values, "member": member}, Source("action", name))
    balance = registry.scope.get(actor, "member", member)["balance"]
    return said.with_(points=abs(values["points"]), balance=balance)


def _prepared(actor: Actor, draft: Draft, balances: dict[int, int]) -> Prepared:
    old, new = draft.old, draft.values
    if old is not None:
        stays = actor.system or (new is not None and all(old.get(name) == new.get(name) for name in SEALED))
        return Prepared() if stays else Prepared(problems={"": [SEALED_NOW]})
    if new is None or new.get("member") is None or new.get("points") is None:
        return Prepared()
    balance, points = balances[new["member"]], new["points"]
    if points < 0 and balance + points < 0:
        return Prepared(problems={"points": [TOO_FEW.with_(balance=balance, points=-points)]})
    balances[new["member"]] = balance + points
    return Prepared()


def _attendances(change: Change) -> set[Attendance]:
    """Whose attendance a change is about: who was ticked before, and who is now."""
    if (
        change.old is not None
        and change.new is not None
        and not (change.differs("state") or change.differs("resident") or change.differs("activity"))
    ):
        return set()
    rows = [row for row in (change.old, change.new) if row is not None and row["state"] == "attended"]
    return {(row["activity"], row["resident"]) for row in rows if row["resident"] is not None}


def _members(registry: Registry, residents: Collection[int]) -> dict[int, tuple[int, bool]]:
    """(member, whether they are one now) by resident."""
    asked = Query(conditions=(Condition("resident", "in", tuple(residents)),), columns=("resident", "state"), sort="id")
    found = registry.scope.stream(SYSTEM, "member", asked)
    return {row["resident"]: (row.id, row["state"] == "active") for row in found}


def _there(registry: Registry, activities: Collection[int]) -> set[Attendance]:
    """Who was ticked as here."""
    asked = (Condition("activity", "in", tuple(activities)), Condition("state", "equals", "attended"))
    query = Query(conditions=asked, columns=("activity", "resident"), sort="id")
    return {(row["activity"], row["resident"]) for row in registry.scope.stream(SYSTEM, "activity_signup", query)}


def _given(registry: Registry, activities: Collection[int]) -> dict[tuple[int, int], int]:
    """The points that were entered for being there, by (activity, member)."""
    asked = Query(conditions=(Condition("activity", "in", tuple(activities)),))
    found = registry.scope.aggregate(SYSTEM, "points_entry", {"points": "points"}, by=["activity", "member"],
                                     query=asked)  # fmt: skip
    return {(one.keys["activity"], one.keys["member"]): int(one["points"]) for one in found}
