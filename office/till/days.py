"""The cashier's day: counted, explained, the safe checked, handed over to finance (F12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Invalid, Refused
from models.operations import Outcome, Selection, operation
from models.storage.database import hold
from office.till.closing import refuse_closed
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

OTHERS = Text(
    "这是 {who} 的收款日报，只能由本人或收费主管清点和交款。",
    "This is the till day of {who}; only they or the billing supervisor count it and hand it over.",
)
EXPLAIN = Text(
    "清点 {counted} 元，应有 {cash} 元，相差 {difference} 元；请说明原因。",
    "Counted {counted} where {cash} is expected: a difference of {difference}. Say where it comes from.",
)
UNSAFE = Text("请先检查保险柜，然后勾选。", "Check the safe first, then tick this.")
GONE = Text("已交款，不能再清点；需要时请收费主管重新打开。", "It was handed over; the supervisor may open it again.")
COUNT_FIRST = Text("请先清点现金，再交款。", "Count the cash before handing it over.")
NOT_GONE = Text("还没有交款，无需重新打开。", "It was not handed over; there is nothing to open again.")
COUNTED = Text("已清点 {counted} 元，长短款 {difference} 元。", "Counted {counted}; a difference of {difference}.")
HANDED = Text(
    "已向 {who} 交款：现金 {cash} 元，其他方式 {other} 元。", "Handed over to {who}: cash {cash}, others {other}."
)
OPENED = Text("已重新打开，请在收款后再次清点和交款。", "Open again; count and hand over once more afterwards.")


@operation("count_till")
def count_till(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Write down the cash that was counted, with an explanation where it differs, and that the safe was checked."""

    def count(id: int) -> Text:
        day = _own(registry, actor, id)
        if day["state"] == "handed_over":
            raise Refused(GONE)
        counted, difference = answers["counted"], answers["counted"] - day["cash"]
        if not answers.get("is_safe_checked"):
            raise Invalid({"is_safe_checked": [UNSAFE]})
        if difference and not (answers.get("explanation") or "").strip():
            raise Invalid({"explanation": [EXPLAIN.with_(counted=counted, cash=day["cash"], difference=difference)]})
        values = {"counted": counted, "explanation": answers.get("explanation"), "is_safe_checked": True}
        registry.store.update(actor, "till_day", id, {**values, "state": "counted"}, Source("action", "count_till"))
        return COUNTED.with_(counted=counted, difference=difference)

    # One at a time, so that a wrong answer is said beside its field and put right on the spot.
    return Outcome(done=[(id, count(id)) for id in selection.ids])


@operation("hand_over")
def hand_over(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Hand the counted takings to finance; from then on the cashier takes nothing more that day (F12)."""

    def give(id: int) -> Text:
        day = _own(registry, actor, id)
        if day["state"] != "counted":
            raise Refused(GONE if day["state"] == "handed_over" else COUNT_FIRST)
        values = {"state": "handed_over", "handed_over_at": now, "received_by": answers["received_by"]}
        values |= {"signature": answers.get("signature")}
        registry.store.update(actor, "till_day", id, values, Source("action", "hand_over"))
        return HANDED.with_(who=answers["received_by"], cash=day["cash"], other=day["other"])

    return registry.store.each(selection.ids, give)


@operation("reopen_till")
def reopen_till(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Open a day again that was handed over, for the reason given; it is counted and handed over once more (F12)."""

    def open_again(id: int) -> Text:
        day = _own(registry, actor, id)
        if day["state"] != "handed_over":
            raise Refused(NOT_GONE)
        refuse_closed(registry, day["on"])
        values = {"state": "open", "counted": None, "is_safe_checked": None, "handed_over_at": None,
                  "received_by": None, "signature": None, "explanation": answers["reason"]}  # fmt: skip
        registry.store.update(actor, "till_day", id, values, Source("action", "reopen_till"))
        return OPENED

    return registry.store.each(selection.ids, open_again)


def _own(registry: Registry, actor: Actor, id: int) -> Record:
    """The till day, while nobody posts to it. Raises Refused for a colleague's, unless the actor may open them."""
    hold(registry.db, "till")
    day = registry.scope.get(actor, "till_day", id)
    if day["cashier"] != actor.id and not actor.system and not registry.access.may(actor, "till_day", "reopen_till"):
        raise Refused(OTHERS.with_(who=day.titles.get("cashier") or ""))
    return day
