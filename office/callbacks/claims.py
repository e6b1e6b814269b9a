"""Who is calling whom just now: a call belongs for some minutes to the one who took it, and to nobody else (S6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused, Stale
from models.operations import Outcome, Selection, operation
from office.callbacks.policy import CALLBACK, callbacks_of
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

HELD = Text("{who}正在拨打，{until} 前为其占用。", "{who} is calling; it is theirs until {until}.")
QUICKER = Text("别人刚刚接手了这个回访。", "Somebody else took this call just now.")
TAKEN = Text("已接手，{until} 前归您拨打。", "It is yours to call until {until}.")
GIVEN_BACK = Text("已放回待拨队列。", "It is back in the queue.")
OTHERS_CALL = Text("这个回访由{roles}拨打。", "This call is made by: {roles}.")
IS_OVER = Text("这个回访已经结束。", "This call is over.")
NOT_YOURS = Text("这个回访不在您手上。", "This call is not in your hands.")


def holder(call: Record, now: datetime) -> int | None:
    """Who has the call in hand; None where nobody has, or not any more."""
    until = call["claimed_until"]
    return call["claimed_by"] if until is not None and until > now else None


def refuse_held(registry: Registry, actor: Actor, call: Record, now: datetime) -> None:
    """Raises Refused for a call that somebody else has in hand, or that people of other roles make."""
    rule = callbacks_of(registry.schema).rules.get(call["rule"])
    if rule is not None and rule.by and not actor.system and not actor.roles.intersection(rule.by):
        labels = [registry.schema.roles[name].label for name in rule.by]
        roles = Text("、".join(one.zh for one in labels), ", ".join(one.en for one in labels))
        raise Refused(OTHERS_CALL.with_(roles=roles))
    if holder(call, now) not in (None, actor.id):
        who = call.titles.get("claimed_by", "")
        raise Refused(HELD.with_(who=who, until=clock_words(registry, call["claimed_until"])))


@operation("take_call")
def take_call(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Take calls into hand, or keep them longer: only one person has a call at a time."""
    until = now + timedelta(minutes=callbacks_of(registry.schema).lease)
    return registry.store.each(selection.ids, lambda call: _take(registry, actor, call, now, until))


@operation("leave_call")
def leave_call(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Give calls back that were taken into hand and not made."""

    def leave(id: int) -> Text:
        if registry.scope.get(actor, CALLBACK, id)["claimed_by"] != actor.id:
            raise Refused(NOT_YOURS)
        free = {"claimed_by": None, "claimed_until": None}
        registry.store.update(actor, CALLBACK, id, free, Source("action", "leave_call"))
        return GIVEN_BACK

    return registry.store.each(selection.ids, leave)


def clock_words(registry: Registry, at: datetime) -> str:
    """A moment of today as people say it: 10:40."""
    return f"{at.astimezone(registry.clock.zone):%H:%M}"


def _take(registry: Registry, actor: Actor, id: int, now: datetime, until: datetime) -> Text:
    """One call. The row is written only at the version that was found free, so of two people one is too late."""
    call = registry.scope.get(actor, CALLBACK, id)
    if call["not_before"] is None:
        raise Refused(IS_OVER)
    refuse_held(registry, actor, call, now)
    mine = {"claimed_by": actor.id, "claimed_until": until}
    try:
        registry.store.update(actor, CALLBACK, id, mine, Source("action", "take_call"), call.version)
    except Stale as quicker:
        raise Refused(QUICKER) from quicker
    return TAKEN.with_(until=clock_words(registry, until))
