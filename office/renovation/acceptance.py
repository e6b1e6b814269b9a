"""Acceptances as they are opened: of completed works, one at a time, each with the items of the settings (D5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.actor import SYSTEM, Actor, Source
from models.followups import Change, follow_up
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from models.storage.locking import lock_rows
from office.renovation.permits import PERMIT
from office.renovation.policy import renovation_policy
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

ACCEPTANCE, ITEM = "acceptance", "acceptance_item"
NOT_COMPLETED = Text(
    "还没有报完工（{state}），不能验收。", "The works were not said to be completed: the permit is {state}."
)
UNDER_WAY = Text("这份许可已有一次验收在进行。", "An acceptance of this permit is under way already.")
SEALED = Text("验收已有结论，不能再改。", "The acceptance has its result and stays as it is.")
ITS_PERMIT = Text(
    "验收属于原来的装修许可，不能改到另一份；请对那份许可另开验收。",
    "An acceptance stays with its permit; begin another one for that permit.",
)


@preparation(ACCEPTANCE)
def prepare(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """An acceptance is of completed works, one at a time, numbered; after its result it stays as it is (D5)."""
    ids = sorted({one.values["permit"] for one in drafts if one.values and one.values.get("permit")})
    if any(one.old is None for one in drafts):
        lock_rows(registry.db, PERMIT, ids)  # two who begin at once: the second sees what the first began
    permits = {one.id: one for one in registry.scope.records(SYSTEM, PERMIT, ids, ("unit", "state"))}
    query = Query(conditions=(Condition("permit", "in", tuple(ids) or (0,)),), columns=("permit", "result"))
    before = list(registry.scope.stream(SYSTEM, ACCEPTANCE, query))
    had = Counter(row["permit"] for row in before)
    under_way = {row["permit"] for row in before if row["result"] is None}

    def one(draft: Draft) -> Prepared:
        old, new = draft.old, draft.values
        if old is not None and old.get("result") is not None and not actor.system:
            return Prepared(problems={"": [SEALED]})
        if old is not None and new is not None and new.get("permit") != old.get("permit") and not actor.system:
            return Prepared(problems={"permit": [ITS_PERMIT]})
        permit = permits.get(new["permit"]) if new and new.get("permit") else None
        if old is not None or permit is None:
            return Prepared()
        if permit["state"] != "completed":
            said = NOT_COMPLETED.with_(state=registry.schema.choices["permit_state"][permit["state"]].label)
            return Prepared(problems={"permit": [said]})
        if permit.id in under_way:
            return Prepared(problems={"permit": [UNDER_WAY]})
        return Prepared(values={"unit": permit["unit"], "attempt": had[permit.id] + 1})

    return [one(draft) for draft in drafts]


@follow_up("acceptance_opened")
def acceptance_opened(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Give new acceptances the items of the settings; what they say is kept, whatever the settings say later (D5)."""
    fresh = [one.id for one in changes if one.old is None and one.new is not None]
    if not fresh:
        return
    query = Query(conditions=(Condition(ACCEPTANCE, "in", tuple(fresh)),))
    had = {one.key for one in registry.scope.aggregate(SYSTEM, ITEM, by=(ACCEPTANCE,), query=query)}
    names = [text.to("zh") for text in renovation_policy(registry.schema).items()]
    rows = [{ACCEPTANCE: id, "item": name} for id in fresh if id not in had for name in names]
    registry.store.create_many(actor, ITEM, rows, source)
