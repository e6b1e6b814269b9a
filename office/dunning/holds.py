"""What holds a case: promises to pay, disputes, hardship; and the end of a hold (F7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from office.dunning.facts import cases_of, situation
from office.dunning.levels import state_of
from office.dunning.policy import DunningPolicy, policy_of
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

PAST = Text("日期 {day} 早于今天；请填今天或以后的日期。", "{day} lies in the past; give today or a later day.")
FAR = Text("承诺日期 {day} 太远；最晚 {last}。", "{day} is too far off; a promise lies at {last} at the latest.")
PROMISED = Text("已登记承诺，{until} 前暂缓催缴。", "The promise is recorded; nothing more is sent before {until}.")
DISPUTED = Text("已登记争议，解除前暂缓催缴。", "The dispute is recorded; it is held until that is resolved.")
HELD = Text("已登记困难缓缴，至 {until}。", "It is held for hardship until {until}.")
RESOLVED = Text("暂缓已解除。", "The hold is ended.")


@operation("promise")
def promise(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Promises to pay by a day; they hold the next level through it, and take the place of an earlier promise (F7)."""
    today, until = now.astimezone(registry.clock.zone).date(), answers["until"]
    refuse_promise(policy_of(registry.schema), until, today)

    def one(case: int) -> Text:
        hold_for_promise(registry, actor, case, until, answers.get("amount"), answers.get("reason"), today)
        put_right(registry, actor, [case], today)
        return PROMISED.with_(until=until)

    return registry.store.each(selection.ids, one)


@operation("dispute")
def dispute(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Disputes; they hold their cases until they are resolved (F7)."""
    today = now.astimezone(registry.clock.zone).date()

    def one(case: int) -> Text:
        hold_for_dispute(registry, actor, case, answers["reason"], today)
        registry.store.update(actor, "dunning_case", case, {"reason": "dispute"}, Source("action", "dispute"))
        put_right(registry, actor, [case], today)
        return DISPUTED

    return registry.store.each(selection.ids, one)


@operation("hardship")
def hardship(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Holds for hardship, until a day (F7)."""
    today, until = now.astimezone(registry.clock.zone).date(), answers["until"]
    if until < today:
        raise Refused(PAST.with_(day=until))

    def one(case: int) -> Text:
        values = {"kind": "hardship", "until": until, "reason": answers["reason"]}
        _put(registry, actor, case, values, today)
        registry.store.update(actor, "dunning_case", case, {"reason": "hardship"}, Source("action", "hardship"))
        put_right(registry, actor, [case], today)
        return HELD.with_(until=until)

    return registry.store.each(selection.ids, one)


@operation("resolve_hold")
def resolve_hold(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """End holds, with what came of them; their cases go on from today (F7)."""
    today = now.astimezone(registry.clock.zone).date()

    def one(id: int) -> Text:
        held = registry.scope.get(actor, "dunning_hold", id)
        words = "；".join(part for part in (held["reason"], answers["result"]) if part)[:200]
        values = {"resolved_on": today, "resolved_by": actor.id, "reason": words}
        registry.store.update(actor, "dunning_hold", id, values, Source("action", "resolve_hold"))
        put_right(registry, actor, [held["case"]], today)
        return RESOLVED

    return registry.store.each(selection.ids, one)


def refuse_promise(policy: DunningPolicy, until: date, today: date) -> None:
    """Raises Refused for a promise in the past, or further off than the policy allows."""
    last = today + timedelta(days=policy.promise_days)
    if until < today:
        raise Refused(PAST.with_(day=until))
    if until > last:
        raise Refused(FAR.with_(day=until, last=last))


def hold_for_promise(
    registry: Registry, actor: Actor, case: int, until: date, amount: Decimal | None, reason: str | None, today: date
) -> None:
    """Note a promise; one still in force makes way for it."""
    mine = (
        Condition("case", "equals", case),
        Condition("kind", "equals", "promise"),
        Condition("resolved_on", "empty"),
    )
    for old in list(registry.scope.stream(actor, "dunning_hold", Query(conditions=mine, columns=("until",)))):
        ended = {"resolved_on": today, "resolved_by": actor.id}
        registry.store.update(actor, "dunning_hold", old.id, ended, Source("action", "promise"))
    _put(registry, actor, case, {"kind": "promise", "until": until, "amount": amount, "reason": reason}, today)


def hold_for_dispute(registry: Registry, actor: Actor, case: int, reason: str, today: date) -> None:
    """Note a dispute."""
    _put(registry, actor, case, {"kind": "dispute", "reason": reason[:200] or None}, today)


def put_right(registry: Registry, actor: Actor, cases: Sequence[int], today: date) -> None:
    """Write the states of cases as their facts make them."""
    policy = policy_of(registry.schema)
    found = cases_of(registry, actor, cases)
    stand = situation(registry, actor, policy, today, [case.unit for case in found])
    for case in found:
        state = state_of(policy, stand.facts(case.unit), today)
        if case.state not in ("closed", state):
            registry.store.update(actor, "dunning_case", case.id, {"state": state}, Source("action", "dunning"))


def _put(registry: Registry, actor: Actor, case: int, values: Mapping[str, Any], today: date) -> None:
    unit = registry.scope.get(actor, "dunning_case", case)["unit"]
    made = {"case": case, "unit": unit, "starts_on": today, **values}
    registry.store.create(actor, "dunning_hold", made, Source("action", str(values["kind"])))
