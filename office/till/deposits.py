"""Deposits (押金): taken, deducted from with a reason and approval, refunded; never more than is held (F13)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from models.storage.locking import lock_rows
from office.till.closing import refuse_closed
from office.till.receipts import (
    Method,
    begin,
    by_token,
    change_of,
    deputy,
    post,
    read_methods,
    refuse_no_amount,
    till_day,
)
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

TAKE = Source("action", "take_deposit")
REFUND = Source("action", "refund_deposit")
DEDUCT = Source("action", "deduct_deposit")
APPROVE = "approve_deduction"

MORE_THAN_HELD = Text(
    "押金 {deposit} 在押余额 {held} 元，不能{what} {amount} 元。",
    "{held} of deposit {deposit} is held; {amount} cannot be {what}.",
)
DEDUCTED_WORD, REFUNDED_WORD = Text("扣", "deducted"), Text("退", "refunded")
WAITING = Text(
    "押金 {deposit} 有 {amount} 元扣款待审批；审批后再退余额。",
    "A deduction of {amount} from deposit {deposit} waits for approval; the rest is refunded after that.",
)
DECIDED = Text("这笔扣款已经审批过。", "This deduction was decided already.")
TOOK = Text("已收押金 {deposit}，{amount} 元，收据 {receipt}。", "Took deposit {deposit}, {amount}; receipt {receipt}.")
PAID = Text("已退押金 {amount} 元，收据 {receipt}。", "Refunded {amount}; receipt {receipt}.")
ASKED = Text("扣款 {amount} 元待收费主管审批。", "The deduction of {amount} waits for the billing supervisor.")
TAKEN_OFF = Text("已扣押金 {amount} 元。", "Deducted {amount}.")
LEFT = Text("未批准扣款 {amount} 元。", "The deduction of {amount} was refused.")


def take_deposit(
    registry: Registry, actor: Actor, now: datetime, unit: int, kind: str, money: Method, *,
    tendered: Decimal | None = None, payer: int | None = None, payer_name: str | None = None,
    remark: str | None = None, token: str | None = None, permit: int | None = None, source: Source = TAKE,
) -> int:  # fmt: skip
    """Take a deposit of a unit, for a permit of its renovation where one is named. Source: F13.

    Returns the receipt (kind deposit, its payment settles no bills).

    Raises Refused as ``take_payment`` does; NotAllowed, NotFound.
    """
    teller = deputy(registry, actor, "unit", "take_deposit")
    [paid] = read_methods(registry, [money])
    change = change_of([paid], tendered)
    with registry.store.transaction():
        begin(registry, teller, unit)
        if token and (before := by_token(registry, token, unit)):
            return before
        today = now.astimezone(registry.clock.zone).date()
        refuse_closed(registry, today)
        who = {"unit": unit, "payer": payer, "payer_name": payer_name, "remark": remark}
        values = {
            **who, "kind": "deposit", "taken_on": today, "taken_at": now, "tendered": tendered, "change": change,
            "token": token, "till_day": till_day(registry, teller, actor.id, today, source),
        }  # fmt: skip
        receipt = post(registry, teller, values, [{**paid.row, "for_bills": False}], source).receipt
        held = {**who, "kind": kind, "amount": paid.amount, "taken_on": today, "receipt": receipt, "permit": permit}
        registry.store.create(teller, "deposit", held, source)
    return receipt


def refund_deposit(
    registry: Registry, actor: Actor, now: datetime, deposit: int, method: str, amount: Decimal | None = None, *,
    reason: str, reference: str | None = None, source: Source = REFUND,
) -> int:  # fmt: skip
    """Pay back a deposit, all that is held or ``amount`` of it; returns the receipt. Source: F13.

    Raises Refused for more than is held, while a deduction waits for approval, and as ``take_payment`` does.
    """
    teller = deputy(registry, actor, "deposit", "refund_deposit")
    with registry.store.transaction():
        begin(registry, teller, None)
        held = _held(registry, teller, deposit)
        back = held["held"] if amount is None else amount
        _refuse_more(held, back, REFUNDED_WORD)
        _refuse_waiting(registry, teller, held)
        [paid] = read_methods(registry, [Method(method, back, reference)])
        today = now.astimezone(registry.clock.zone).date()
        refuse_closed(registry, today)
        values = {
            "kind": "deposit_refund", "taken_on": today, "taken_at": now, "reason": reason,
            "till_day": till_day(registry, teller, actor.id, today, source),
            **{name: held[name] for name in ("unit", "payer", "payer_name")},
        }  # fmt: skip
        row = {**paid.row, "amount": -back, "for_bills": False}
        receipt = post(registry, teller, values, [row], source).receipt
        move = {"deposit": deposit, "kind": "refund", "amount": back, "moved_on": today, "reason": reason,
                "receipt": receipt, "state": "approved"}  # fmt: skip
        registry.store.create(teller, "deposit_move", move, source)
    return receipt


def deduct_deposit(
    registry: Registry, actor: Actor, now: datetime, deposit: int, amount: Decimal, reason: str,
    source: Source = DEDUCT,
) -> int:  # fmt: skip
    """Deduct from a deposit; returns the movement. It waits for approval unless the actor approves them. Source: F13.

    Raises Refused for no amount or more than is held, and in a closed month.
    """
    teller = deputy(registry, actor, "deposit", "deduct_deposit")
    refuse_no_amount(amount)
    with registry.store.transaction():
        held = _held(registry, teller, deposit)
        _refuse_more(held, amount, DEDUCTED_WORD)
        today = now.astimezone(registry.clock.zone).date()
        refuse_closed(registry, today)
        move = {"deposit": deposit, "kind": "deduct", "amount": amount, "moved_on": today, "reason": reason}
        if registry.access.may(actor, "deposit_move", APPROVE):
            move |= {"state": "approved", "approved_by": actor.id}
        return registry.store.create(teller, "deposit_move", move, source)


@operation("take_deposit")
def take_action(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Take a deposit of each unit (F13)."""

    def take(unit: int) -> Text:
        money = Method(answers["method"], answers["amount"], answers.get("reference"))
        receipt = take_deposit(
            registry, actor, now, unit, answers["kind"], money, tendered=answers.get("tendered"),
            payer_name=answers.get("payer_name"), remark=answers.get("remark"), permit=answers.get("permit"),
        )  # fmt: skip
        [made] = registry.scope.page(
            actor, "deposit", Query(conditions=(Condition("receipt", "equals", receipt),))
        ).rows
        number = registry.scope.titles(actor, "receipt", [receipt])[receipt]
        return TOOK.with_(deposit=made.title, amount=money.amount, receipt=number)

    return registry.store.each(selection.ids, take)


@operation("refund_deposit")
def refund_action(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Pay deposits back (F13)."""

    def refund(deposit: int) -> Text:
        made = refund_deposit(
            registry, actor, now, deposit, answers["method"], answers.get("amount"), reason=answers["reason"],
            reference=answers.get("reference"),
        )  # fmt: skip
        receipt = registry.scope.get(actor, "receipt", made)
        return PAID.with_(amount=-receipt["amount"], receipt=receipt["number"])

    return registry.store.each(selection.ids, refund)


@operation("deduct_deposit")
def deduct_action(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Deduct from deposits, or ask for it (F13)."""

    def deduct(deposit: int) -> Text:
        made = deduct_deposit(registry, actor, now, deposit, answers["amount"], answers["reason"])
        move = registry.scope.get(actor, "deposit_move", made)
        said = TAKEN_OFF if move["state"] == "approved" else ASKED
        return said.with_(amount=answers["amount"])

    return registry.store.each(selection.ids, deduct)


@operation("approve_deduction")
def approve_deduction(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Approve deductions that were asked for; they count from today (F13)."""
    today = now.astimezone(registry.clock.zone).date()

    def approve(id: int) -> Text:
        move = _waiting(registry, actor, id)
        refuse_closed(registry, today)
        _refuse_more(_held(registry, actor, move["deposit"]), move["amount"], DEDUCTED_WORD)
        decided = {"state": "approved", "approved_by": actor.id, "moved_on": today}
        registry.store.update(actor, "deposit_move", id, decided, Source("action", APPROVE))
        return TAKEN_OFF.with_(amount=move["amount"])

    return registry.store.each(selection.ids, approve)


@operation("refuse_deduction")
def refuse_deduction(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Refuse deductions that were asked for (F13)."""

    def refuse(id: int) -> Text:
        move = _waiting(registry, actor, id)
        decided = {"state": "refused", "approved_by": actor.id}
        registry.store.update(actor, "deposit_move", id, decided, Source("action", "refuse_deduction"))
        return LEFT.with_(amount=move["amount"])

    return registry.store.each(selection.ids, refuse)


def _held(registry: Registry, actor: Actor, deposit: int) -> Record:
    """The deposit as it stands, held until the transaction ends. Raises NotFound."""
    lock_rows(registry.db, "deposit", [deposit])
    return registry.scope.get(actor, "deposit", deposit)


def _refuse_more(held: Record, amount: Decimal, what: Text) -> None:
    if amount > held["held"]:
        raise Refused(MORE_THAN_HELD.with_(deposit=held["number"], held=held["held"], what=what, amount=amount))


def _refuse_waiting(registry: Registry, actor: Actor, held: Record) -> None:
    query = Query(
        conditions=(Condition("deposit", "equals", held.id),), where="state == 'requested'", columns=("amount",)
    )
    for move in registry.scope.page(actor, "deposit_move", query).rows:
        raise Refused(WAITING.with_(deposit=held["number"], amount=move["amount"]))


def _waiting(registry: Registry, actor: Actor, id: int) -> Record:
    move = registry.scope.get(actor, "deposit_move", id)
    if move["state"] != "requested":
        raise Refused(DECIDED)
    return move
