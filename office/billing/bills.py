"""Single bills: made by hand, voided, their notices delivered; waivers are held to what is owed (F1, F3, F4, F6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Duplicate, Refused
from models.operations import Outcome, Selection, operation
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from models.storage.locking import lock_rows
from office.billing.late_fee import LateFee, late_fees
from office.billing.late_fee_days import NOTHING
from office.billing.periods import DAY, period_holding
from office.occupancy import OWNERS
from office.raw_rows import raw_rows
from office.till.closing import refuse_closed
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

BY_HAND = "by_hand"

NOT_BY_HAND = Text(
    "“{name}”不是手工录入或一次性的收费项目，请通过出账批次出账。",
    "“{name}” is neither charged by hand nor once; it is billed by a bill run.",
)
NOT_IN_USE = Text("收费项目“{name}”已停用。", "The fee type “{name}” is no longer in use.")
THERE_ALREADY = Text(
    "这套房屋 {period} 的“{name}”已有账单；同一天的第二笔请换一个日期。",
    "There is a bill for “{name}” of {period} already; give a second one of that day another date.",
)
BACKWARDS = Text("应缴日期 {due} 早于出账日期 {issued}。", "The due date {due} lies before the day of issue, {issued}.")
MADE = Text("已出账：{title}，{amount} 元，{due} 前缴纳。", "Billed: {title}, {amount}, due on {due}.")
PAID = Text(
    "已收款 {paid} 元，不能作废；请先冲正收款。",
    "{paid} has been paid for it; reverse the payment first.",
)
WAIVED = Text("有已批准的减免，不能作废；请先撤销减免。", "A waiver was approved for it; revoke the waiver first.")
IS_VOID = Text("该账单已经作废。", "The bill is void already.")
IS_VOIDED = Text("已作废。", "Voided.")
DELIVERED = Text("已登记送达：{day}。", "Delivered on {day}.")
NOT_PUBLISHED = Text("该账单没有出账，或已作废。", "The bill is not published, or is void.")
NOT_YET = Text("送达日期 {day} 在今天之后。", "{day} lies in the future.")
BEFORE_ISSUE = Text("送达日期 {day} 早于出账日期 {issued}。", "{day} lies before the bill was issued on {issued}.")
LATE_FEE_LESS = Text(
    "减免金额大于现在的违约金 {owed} 元；{working}。", "The waiver exceeds the late fee owed now, {owed}; {working}."
)
OWED_LESS = Text("减免金额大于现在的欠费金额 {owed} 元。", "The waiver exceeds what is owed now, {owed}.")


# -- made by hand ----------------------------------------------------------------------------------


@operation("bill_by_hand")
def bill_by_hand(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Bill units for something charged by hand or once; period is its first day (domain F3, F14)."""
    today = now.astimezone(registry.clock.zone).date()
    refuse_closed(registry, today)
    fee_type = registry.scope.get(actor, "fee_type", answers["fee_type"])
    if fee_type["basis"] != BY_HAND and fee_type["cycle"] != "once":
        raise Refused(NOT_BY_HAND.with_(name=fee_type["name"]))
    if not fee_type["active"]:
        raise Refused(NOT_IN_USE.with_(name=fee_type["name"]))
    due_on = answers.get("due_on") or today + fee_type["due_days"] * DAY
    if due_on < today:
        raise Refused(BACKWARDS.with_(due=due_on, issued=today))
    period = period_holding(fee_type["cycle"], answers.get("starts_on") or today)
    amount: Decimal = answers["amount"]
    values = {
        "fee_type": fee_type.id, "period": period.text, "starts_on": answers.get("starts_on") or period.starts_on,
        "ends_on": period.ends_on, "amount": amount, "origin": "manual", "issued_on": today, "due_on": due_on,
        "state": "published", "remark": answers["remark"],
    }  # fmt: skip
    return registry.store.each(selection.ids, lambda unit: _bill(registry, actor, unit, values, fee_type["name"]))


def _bill(registry: Registry, actor: Actor, unit: int, values: Mapping[str, Any], name: str) -> Text:
    payer = owner_of(registry, actor, unit, values["issued_on"])
    try:
        id = registry.store.create(
            actor, "bill", {**values, "unit": unit, "payer": payer}, Source("action", "bill_by_hand")
        )
    except Duplicate as duplicate:
        raise Refused(THERE_ALREADY.with_(period=values["period"], name=name)) from duplicate
    title = registry.scope.titles(actor, "bill", [id])[id]
    return MADE.with_(title=title, amount=f"{values['amount']:,.2f}", due=values["due_on"])


def owner_of(registry: Registry, actor: Actor, unit: int, day: date) -> int | None:
    """The owner (resident) of a unit on a day: of several the head of household, then the one not joint."""
    owners = Condition("role", "in", tuple(sorted(OWNERS)))
    query = Query(conditions=(Condition("unit", "equals", unit), owners), sort="id")
    names = ("resident", "role", "is_head", "started_on", "ended_on")
    present = [
        (bool(is_head), role == "owner", -id, resident)
        for id, resident, role, is_head, since, until in raw_rows(registry, actor, "occupancy", query, names)
        if (since is None or since <= day) and (until is None or until >= day)
    ]
    return max(present)[3] if present else None


# -- voided ----------------------------------------------------------------------------------------


@operation("void_bill")
def void_bill(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Void bills for a reason; paid or waived ones are refused, and those issued in a closed month (domain F3)."""
    today = now.astimezone(registry.clock.zone).date()
    return registry.store.each(selection.ids, lambda one: _void(registry, actor, one, answers["reason"], today))


def _void(registry: Registry, actor: Actor, id: int, reason: str, today: date) -> Text:
    lock_rows(registry.db, "bill", [id])
    _, why = voidable(registry, actor, [id])
    if id in why:
        raise Refused(why[id])
    refuse_closed(registry, registry.scope.get(actor, "bill", id)["issued_on"])
    void(registry, actor, id, reason, today, "void_bill")
    return IS_VOIDED


def voidable(registry: Registry, actor: Actor, bills: Sequence[int]) -> tuple[list[int], dict[int, Text]]:
    """Which of the bills can be voided, and why not the others: void already, paid (late fees too), or waived."""
    mine = Query(conditions=(Condition("bill", "in", tuple(bills)),), sort="id")
    taken: dict[int, Decimal] = {}
    for _, bill, total in raw_rows(registry, actor, "allocation", mine, ("bill", "total")):
        taken[bill] = taken.get(bill, Decimal("0.00")) + total
    approved = Query(conditions=(*mine.conditions, Condition("state", "equals", "approved")), sort="id")
    waived = {bill for _, bill in raw_rows(registry, actor, "waiver", approved, ("bill",))}
    free: list[int] = []
    why: dict[int, Text] = {}
    for id, state in raw_rows(registry, actor, "bill", Query(ids=tuple(bills), sort="id"), ("state",)):
        if state == "void":
            why[id] = IS_VOID
        elif taken.get(id):
            why[id] = PAID.with_(paid=f"{taken[id]:,.2f}")
        elif id in waived:
            why[id] = WAIVED
        else:
            free.append(id)
    return free, why


def void(registry: Registry, actor: Actor, bill: int, reason: str, today: date, action: str) -> None:
    """Make a bill void: nothing is owed for it any more, and its period can be billed again."""
    values = {"state": "void", "voided": bill, "voided_on": today, "void_reason": reason}
    registry.store.update(actor, "bill", bill, values, Source("action", action))


# -- delivered -------------------------------------------------------------------------------------


@operation("mark_delivered")
def mark_delivered(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Note when, by whom and with what proof the notices of bills were delivered (domain F4)."""
    today = now.astimezone(registry.clock.zone).date()
    day = answers.get("delivered_on") or today
    if day > today:
        raise Refused(NOT_YET.with_(day=day))
    proof = tuple(answers.get("photos") or ()) + tuple(filter(None, [answers.get("signature")]))
    values = {"delivered_on": day, "delivered_by": actor.id, **({"proof": proof} if proof else {})}
    return registry.store.each(selection.ids, lambda one: _deliver(registry, actor, one, values))


def _deliver(registry: Registry, actor: Actor, id: int, values: Mapping[str, Any]) -> Text:
    bill = registry.scope.get(actor, "bill", id)
    if bill["state"] != "published":
        raise Refused(NOT_PUBLISHED)
    if values["delivered_on"] < bill["issued_on"]:
        raise Refused(BEFORE_ISSUE.with_(day=values["delivered_on"], issued=bill["issued_on"]))
    registry.store.update(actor, "bill", id, values, Source("action", "mark_delivered"))
    return DELIVERED.with_(day=values["delivered_on"])


# -- waivers ---------------------------------------------------------------------------------------


@preparation("waiver")
def prepare_waivers(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """An approval is held to what is owed then; a closed month takes neither approval nor revoking (F6, F12)."""
    approved = [d.values for d in drafts if d.values is not None and _becomes(d, "approved")]
    bills = [values["bill"] for values in approved]
    lock_rows(registry.db, "bill", bills)
    found = registry.rows.read("bill", bills)
    days = {values.get("waived_on") or registry.clock.today() for values in approved}
    fees = {day: late_fees(registry, SYSTEM, bills, day) for day in days}
    together: dict[tuple[int, str], Decimal] = {}
    return [_prepared(registry, draft, found, fees, together) for draft in drafts]


def _becomes(draft: Draft, state: str) -> bool:
    values = draft.values or {}
    return values.get("state") == state and (draft.old is None or draft.old["state"] != state)


def _prepared(
    registry: Registry, draft: Draft, bills: Mapping[int, Any], fees: Mapping[date, Mapping[int, LateFee]],
    together: dict[tuple[int, str], Decimal],
) -> Prepared:  # fmt: skip
    """What becomes of a draft; ``together`` sums what those before it waive, by bill and kind."""
    try:
        if _becomes(draft, "approved") and draft.values is not None:
            day = draft.values.get("waived_on") or registry.clock.today()
            refuse_closed(registry, day)
            bill, kind = draft.values["bill"], draft.values["kind"]
            before = together.get((bill, kind), Decimal("0.00"))
            _refuse_more(draft.values, bills[bill], fees[day].get(bill), before)
            together[bill, kind] = before + draft.values["amount"]
        if _becomes(draft, "revoked") and draft.old is not None:
            refuse_closed(registry, draft.old["waived_on"])
    except Refused as refused:
        return Prepared(problems={"amount": [refused.text]})
    return Prepared()


def _refuse_more(waiver: Mapping[str, Any], bill: Mapping[str, Any], fee: LateFee | None, before: Decimal) -> None:
    """Raises Refused where a waiver exceeds what is owed of its kind, less what was waived ``before`` it."""
    if waiver["kind"] == "principal":
        left = bill["owed"] - before
        if waiver["amount"] > left:
            raise Refused(OWED_LESS.with_(owed=f"{left:,.2f}"))
    elif fee is None or waiver["amount"] > fee.owed - before:
        owed, working = (fee.owed - before, fee.said) if fee else (Decimal(0), NOTHING)
        raise Refused(LATE_FEE_LESS.with_(owed=f"{owed:,.2f}", working=working))
