"""Sign-ups for activities: no more than there are places, the waiting list, attendance, feedback (S14)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.followups import Change, Row, follow_up
from models.operations import Outcome, Selection, operation
from models.people.inbox import Telling
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from models.storage.database import hold
from models.storage.rows import batches
from office.community.places import (
    FEWER_PLACES,
    SIGNED,
    TAKING,
    TOO_MANY,
    TWICE,
    WAITING,
    Standing,
    closed,
    fits,
    moving_up,
    no_room,
)
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

AT_ONCE = 300
BEFORE = ("planned", "open")

HERE = Text("{who} 已到，{n} 人。", "{who}: here, {n} people.")
ABSENT = Text("{who} 未到。", "{who}: absent.")
UNTICKED = Text("{who} 的签到已撤回。", "{who}: to be ticked again.")
WITHDRAWN = Text("{who} 已退出。", "{who} withdrew.")
THANKS = Text("反馈已登记。", "The feedback is noted.")
TOLD = Text("已记为通知过。", "Noted as told.")
MOVED_UP = Text(
    "“{activity}”有了名额：{who} 已由候补转正，请电话通知。",
    "There is room in “{activity}”: {who} moved up from the waiting list; call them.",
)


# -- before a write ------------------------------------------------------------------------------------


@preparation("activity")
def prepare_activity(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Fill in the day of an activity; it keeps as many places as people are on its list."""
    limited = [one.old["id"] for one in drafts if one.old and one.values and one.values.get("places") is not None]
    taken = _taken(registry, limited)

    def one(draft: Draft) -> Prepared:
        if draft.values is None:
            return Prepared()
        starts_at, places = draft.values.get("starts_at"), draft.values.get("places")
        on_list = taken.get(draft.old["id"], 0) if draft.old else 0
        if places is None or places >= on_list:
            return Prepared(values={"held_on": starts_at.astimezone(registry.clock.zone).date() if starts_at else None})
        return Prepared(problems={"places": [FEWER_PLACES.with_(taken=on_list)]})

    return [one(draft) for draft in drafts]


@preparation("activity_signup")
def prepare_signup(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Give each sign-up a place or put it on the waiting list, and refuse what does not fit (S14).

    How many are on a list is read as the program, to decide by.
    """
    hold(registry.db, "activities")
    whole = [one.values for one in drafts if one.values is not None and _is_whole(one.values)]
    standings = standings_of(registry, {values["activity"] for values in whole})
    there = {} if actor.system else _there(registry, drafts)
    today = registry.clock.today()
    prepared = []
    for draft in drafts:
        values = draft.values if draft.values is not None and _is_whole(draft.values) else None
        standing = standings.get(values["activity"]) if values else None
        if values is None or standing is None:
            prepared.append(Prepared())
            continue
        said = None if actor.system or draft.old is not None else closed(standing, today)
        found = _refused({"": said}) if said else _twice(draft, there) or _placed(draft, standing)
        prepared.append(found)
        if not found.is_refused:
            more = _people({**values, **found.values}) - _before(draft)
            standings[values["activity"]] = replace(standing, taken=standing.taken + more)
    return prepared


def standings_of(registry: Registry, activities: Collection[int]) -> dict[int, Standing]:
    """How each of these activities stands, whoever asks."""
    taken = _taken(registry, activities)
    columns = ("state", "places", "sign_up_until", "held_on")
    return {
        row.id: Standing(
            row["state"], row["places"], taken.get(row.id, 0), row["sign_up_until"], row["held_on"]
        )
        for row in registry.scope.records(SYSTEM, "activity", list(activities), columns)
    }  # fmt: skip


# -- what follows --------------------------------------------------------------------------------------


@follow_up("after_signup")
def after_signup(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Places that were given back go to those who wait."""
    given_back = {one.old["activity"] for one in changes if one.old is not None and _gives_back(one.old, one.new)}
    move_up(registry, actor, given_back, source)


@follow_up("after_activity")
def after_activity(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """More places go to those who wait; when an activity is cancelled, everyone on its list is to be told."""
    kept = [one for one in changes if one.old is not None and one.new is not None]
    move_up(registry, actor, {one.id for one in kept if one.differs("places") or one.differs("state")}, source)
    cancelled = [one.id for one in kept if one.became("state", "cancelled")]
    if cancelled:
        there = (Condition("activity", "in", tuple(cancelled)), Condition("state", "in", (SIGNED, WAITING)))
        ids = [row.id for row in registry.scope.stream(actor, "activity_signup", Query(conditions=there, sort="id"))]
        registry.store.update_many(actor, "activity_signup", {id: {"to_tell": "cancelled"} for id in ids}, source)


def move_up(registry: Registry, actor: Actor, activities: Collection[int], source: Source) -> None:
    """Give the places that are free to those who wait, in their order, and have somebody call them."""
    standings = {id: one for id, one in standings_of(registry, activities).items() if one.state in BEFORE}
    chosen = {
        id: activity
        for activity, waiting in _waiting(registry, [id for id in standings if standings[id].free != 0]).items()
        for id in moving_up(waiting, standings[activity].free)
    }
    if not chosen:
        return
    values = {"state": SIGNED, "moved_up_at": registry.clock.now(), "to_tell": "moved_up"}
    registry.store.update_many(actor, "activity_signup", dict.fromkeys(chosen, values), source)
    who = registry.scope.titles(SYSTEM, "activity_signup", chosen)
    names = {row.id: row for row in registry.scope.records(SYSTEM, "activity", list(set(chosen.values())),
                                                           ("name", "responsible"))}  # fmt: skip
    registry.inbox.tell_each([_telling(id, who[id], names[activity]) for id, activity in chosen.items()])


# -- deeds ---------------------------------------------------------------------------------------------


@operation("tick_attended")
def tick_attended(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Those who are here, as many as signed up unless told otherwise (S14)."""

    def one(id: int) -> Text:
        record = registry.scope.get(actor, "activity_signup", id)
        came = answers.get("came") or record["people"]
        values = {"state": "attended", "came": came, "ticked_at": now, "ticked_by": actor.id, "to_tell": None}
        registry.store.update(actor, "activity_signup", id, values, Source("action", "tick_attended"), record.version)
        return HERE.with_(who=record.title, n=came)

    return registry.store.each(selection.ids, one)


@operation("tick_absent")
def tick_absent(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Those who did not come (S14)."""
    values = {"state": "absent", "came": 0, "ticked_at": now, "ticked_by": actor.id, "to_tell": None}
    return _set(registry, selection, actor, values, "tick_absent", ABSENT)


@operation("untick_signup")
def untick_signup(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Those who were ticked by mistake (S14)."""
    values = {"state": SIGNED, "came": None, "ticked_at": None, "ticked_by": None}
    return _set(registry, selection, actor, values, "untick_signup", UNTICKED)


@operation("withdraw_signup")
def withdraw_signup(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Those who do not come after all; their places go to those who wait (S14)."""
    values = {"state": "withdrawn", "to_tell": None}
    if answers.get("remark"):
        values["remark"] = answers["remark"]
    return _set(registry, selection, actor, values, "withdraw_signup", WITHDRAWN)


@operation("take_feedback")
def take_feedback(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """What those who were there say of it (S14)."""
    values = {"rating": answers["rating"], "words": answers.get("words")}
    return _set(registry, selection, actor, values, "take_feedback", THANKS)


@operation("told_signup")
def told_signup(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Those who were called about their place (S14)."""
    return _set(registry, selection, actor, {"to_tell": None}, "told_signup", TOLD)


# -- parts -----------------------------------------------------------------------------------------


def _set(
    registry: Registry, selection: Selection, actor: Actor, values: Mapping[str, Any], name: str, said: Text
) -> Outcome:
    def one(id: int) -> Text:
        record = registry.scope.get(actor, "activity_signup", id)
        registry.store.update(actor, "activity_signup", id, values, Source("action", name), record.version)
        return said.with_(who=record.title)

    return registry.store.each(selection.ids, one)


def _is_whole(values: Mapping[str, Any]) -> bool:
    return values.get("activity") is not None and values.get("people") is not None


def _people(values: Mapping[str, Any]) -> int:
    """The places that a sign-up takes."""
    return int(values["people"]) if (values.get("state") or SIGNED) in TAKING else 0


def _before(draft: Draft) -> int:
    """The places that a sign-up took in the activity that it is for now."""
    old = draft.old
    return _people(old) if old and draft.values and old["activity"] == draft.values["activity"] else 0


def _placed(draft: Draft, standing: Standing) -> Prepared:
    """A place, the waiting list, or why there is neither."""
    values, before = draft.values or {}, _before(draft)
    more = _people(values) - before
    if more <= 0 or fits(more, standing.free):
        return Prepared()
    if before:
        return _refused({"people": TOO_MANY.with_(free=standing.free, people=more)})
    if values.get("may_wait") and (draft.old is None or draft.old["state"] != WAITING):
        return Prepared(values={"state": WAITING})
    return _refused({"may_wait": no_room(standing, values["people"])})


def _twice(draft: Draft, there: Mapping[tuple[Any, ...], set[int]]) -> Prepared | None:
    """Refuses those who are on the list by another record."""
    values = draft.values or {}
    if values.get("state") == "withdrawn":
        return None
    others = there.get(_who(values), set()) - ({draft.old["id"]} if draft.old else set())
    return _refused({"resident": TWICE}) if others else None


def _there(registry: Registry, drafts: Sequence[Draft]) -> dict[tuple[Any, ...], set[int]]:
    """The sign-ups of these units for these activities by who they are for."""
    fresh = [one.values for one in drafts if one.values is not None and one.values.get("unit") is not None]
    units, activities = {one["unit"] for one in fresh}, {one.get("activity") for one in fresh}
    found: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    for some in batches(list(units), AT_ONCE):
        asked = (Condition("unit", "in", tuple(some)), Condition("state", "not_equals", "withdrawn"))
        query = Query(conditions=asked, columns=("activity", "unit", "resident"), sort="id")
        for row in registry.scope.stream(SYSTEM, "activity_signup", query):
            if row["activity"] in activities:
                found[row["activity"], row["unit"], row["resident"]].add(row.id)
    return found


def _who(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return values.get("activity"), values.get("unit"), values.get("resident")


def _refused(said: Mapping[str, Text]) -> Prepared:
    return Prepared(problems={name: [text] for name, text in said.items()})


def _gives_back(old: Row, new: Row | None) -> bool:
    now = _people(new) if new is not None and new["activity"] == old["activity"] else 0
    return now < _people(old)


def _taken(registry: Registry, activities: Iterable[int]) -> dict[int, int]:
    """How many people have places, by activity."""
    ids = tuple(activities)
    if not ids:
        return {}
    asked = (Condition("activity", "in", ids), Condition("state", "in", TAKING))
    found = registry.scope.aggregate(SYSTEM, "activity_signup", {"people": "people"}, by=["activity"],
                                     query=Query(conditions=asked))  # fmt: skip
    return {one.key: int(one["people"]) for one in found}


def _waiting(registry: Registry, activities: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """(id, people) of those who wait, in the order in which they came, by activity."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for some in batches(list(activities), AT_ONCE):
        asked = (Condition("activity", "in", tuple(some)), Condition("state", "equals", WAITING))
        query = Query(conditions=asked, columns=("activity", "people"), sort="id")
        for row in registry.scope.stream(SYSTEM, "activity_signup", query):
            found[row["activity"]].append((row.id, row["people"]))
    return found


def _telling(id: int, who: str, activity: Any) -> Telling:
    said = MOVED_UP.with_(activity=activity["name"], who=who)
    users = (activity["responsible"],) if activity["responsible"] else ()
    roles = () if users else ("frontdesk",)
    return Telling(said, roles=roles, users=users, about=("activity_signup", id), key=f"moved_up:{id}")
