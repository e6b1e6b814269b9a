"""Acceptance: the items that engineer and steward each tick and sign, and the result (D5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.followups import Change, follow_up
from models.operations import Outcome, Selection, operation
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from office.renovation.permits import PERMIT
from office.renovation.policy import renovation_policy
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

ACCEPTANCE, ITEM = "acceptance", "acceptance_item"
NOT_COMPLETED = Text(
    "还没有报完工（{state}），不能验收。", "The works were not said to be completed: the permit is {state}."
)
UNDER_WAY = Text("这份许可已有一次验收在进行。", "An acceptance of this permit is under way already.")
SEALED = Text("验收已有结论，不能再改。", "The acceptance has its result and stays as it is.")
SAME_PERSON = Text(
    "工程和片区管理员要由两人分别验收。", "The engineer and the steward are two persons; each ticks the list."
)
STILL_OPEN = Text("{who}还有 {n} 项没有验。", "{n} items have not been ticked by the {who}.")
NOT_FINE = Text(
    "有 {n} 项不合格，不能通过；请记为不合格，整改后复验。",
    "{n} items are not fine; it cannot pass. Fail it, and check again.",
)
TICKED = Text("已记录。", "Noted.")
PASSED = Text("验收合格，可以退押金。", "Accepted; the deposit may be refunded.")
FAILED = Text("已记为不合格，整改后再次验收。", "Failed; to be checked again once it was put right.")
WHO = {"engineer": Text("工程", "engineer"), "steward": Text("片区管理员", "steward")}


def result_refused(items: Sequence[Mapping[str, Any] | Record]) -> Text | None:
    """Why works with these ticked items do not pass; None where they do. Source: domain D5."""
    for part, who in WHO.items():
        if missing := sum(one[f"{part}_fine"] is None for one in items):
            return STILL_OPEN.with_(who=who, n=missing)
    wrong = sum(not (one["engineer_fine"] and one["steward_fine"]) for one in items)
    return NOT_FINE.with_(n=wrong) if wrong else None


@preparation(ACCEPTANCE)
def prepare(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """An acceptance is of completed works, one at a time, numbered; after its result it stays as it is (D5)."""
    ids = sorted({one.values["permit"] for one in drafts if one.values and one.values.get("permit")})
    permits = {one.id: one for one in registry.scope.records(SYSTEM, PERMIT, ids, ("unit", "state"))}
    query = Query(conditions=(Condition("permit", "in", tuple(ids) or (0,)),), columns=("permit", "result"))
    before = list(registry.scope.stream(SYSTEM, ACCEPTANCE, query))
    had = Counter(row["permit"] for row in before)
    under_way = {row["permit"] for row in before if row["result"] is None}

    def one(draft: Draft) -> Prepared:
        old, new = draft.old, draft.values
        if old is not None and old.get("result") is not None and not actor.system:
            return Prepared(problems={"": [SEALED]})
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


@operation("item_fine")
def item_fine(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Items that are fine, for the one who says so: as engineer or as steward (D5)."""
    return registry.store.each(selection.ids, lambda one: _tick(registry, actor, one, True, None, "item_fine"))


@operation("item_wrong")
def item_wrong(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Items that are not fine, and why (D5)."""
    return registry.store.each(
        selection.ids, lambda one: _tick(registry, actor, one, False, answers["words"], "item_wrong")
    )


@operation("pass_acceptance")
def pass_acceptance(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Every item is fine for both, and owner and contractor signed: the works are accepted (D5)."""
    today = now.astimezone(registry.clock.zone).date()

    def accept(id: int) -> Text:
        record = _open(registry, actor, id)
        query = Query(conditions=(Condition(ACCEPTANCE, "equals", id),), columns=("engineer_fine", "steward_fine"))
        if said := result_refused(list(registry.scope.stream(actor, ITEM, query))):
            raise Refused(said)
        source = Source("action", "pass_acceptance")
        given = {name: answers.get(name) for name in ("owner_signature", "contractor_signature", "words",
                                                      "deduction", "deduction_why")}  # fmt: skip
        registry.store.update(actor, ACCEPTANCE, id, {**given, "result": "passed", "done_at": now}, source)
        accepted = {"state": "accepted", "accepted_on": today}
        registry.store.update(actor, PERMIT, record["permit"], accepted, source)
        return PASSED

    return registry.store.each(selection.ids, accept)


@operation("fail_acceptance")
def fail_acceptance(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """The works are not accepted; another acceptance follows (D5)."""

    def fail(id: int) -> Text:
        _open(registry, actor, id)
        values = {"result": "failed", "words": answers["words"], "done_at": now}
        registry.store.update(actor, ACCEPTANCE, id, values, Source("action", "fail_acceptance"))
        return FAILED

    return registry.store.each(selection.ids, fail)


# -- parts -----------------------------------------------------------------------------------------


def _open(registry: Registry, actor: Actor, id: int) -> Record:
    """An acceptance without a result. Raises NotFound, Refused."""
    record = registry.scope.get(actor, ACCEPTANCE, id)
    if record["result"] is not None:
        raise Refused(SEALED)
    return record


def _tick(registry: Registry, actor: Actor, id: int, is_fine: bool, words: str | None, action: str) -> Text:
    """Note what one of the two says of an item; who it is stands on the acceptance from the first tick on."""
    item = registry.scope.get(actor, ITEM, id)
    record = _open(registry, actor, item[ACCEPTANCE])
    part, other = ("engineer", "steward") if "engineer" in actor.roles else ("steward", "engineer")
    if record[other] == actor.id:
        raise Refused(SAME_PERSON)
    source = Source("action", action)
    values: dict[str, Any] = {f"{part}_fine": is_fine}
    if words:
        values["words"] = words
    registry.store.update(actor, ITEM, id, values, source)
    if record[part] != actor.id:
        registry.store.update(actor, ACCEPTANCE, record.id, {part: actor.id}, source)
    return TICKED
