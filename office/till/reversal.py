"""Taking back what was posted: a receipt is mirrored by a receipt of kind reversal, never changed or deleted (F5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from models.storage.locking import lock_rows
from office.dunning.cases import settle
from office.till.closing import refuse_closed
from office.till.receipts import ZERO, Method, begin, deputy, post, read_methods, till_day
from office.till.taking import LESS_CREDIT, credits_of
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

REVERSAL = Source("action", "reverse_receipt")
REFUND = Source("action", "refund_credit")
DEPOSITS = ("deposit", "deposit_refund")

IS_REVERSAL = Text(
    "{receipt} 本身是冲正收据，不能再冲正；需要时请重新收款。",
    "{receipt} is itself a reversal and cannot be reversed; take the payment afresh where that is meant.",
)
TWICE = Text("{receipt} 已被 {by} 冲正，不能冲正两次。", "{receipt} was reversed by {by} already; never twice.")
ASKED = Text("{receipt} 已申请冲正，等待收费主管审批。", "The reversal of {receipt} waits for the billing supervisor.")
NOT_ASKED = Text("{receipt} 没有待审批的冲正申请。", "No reversal of {receipt} waits for approval.")
WHY = Text("请写明冲正原因。", "Give the reason for the reversal.")
REFUNDED = Text(
    "{receipt} 的预存已退 {amount} 元；请先冲正那张退款收据。",
    "{amount} of the credit of {receipt} was refunded; reverse that receipt first.",
)
DEPOSIT_MOVED = Text(
    "押金 {deposit} 已有扣款或退还，不能冲正收取押金的收据；请先冲正退款，或退还余额。",
    "Deposit {deposit} has been deducted from or refunded; reverse the refund first, or refund what is left.",
)
REQUESTED = Text("已申请冲正 {receipt}。", "The reversal of {receipt} was asked for.")
DISMISSED = Text("未批准冲正 {receipt}，收据仍有效。", "The reversal of {receipt} was refused; it stays valid.")
REVERSED = Text("{receipt} 已冲正，冲正收据 {by}。", "{receipt} was reversed by receipt {by}.")
PAID_BACK = Text("已退预存 {amount} 元，收据 {receipt}。", "Refunded {amount} of credit; receipt {receipt}.")


@operation("request_reversal")
def request_reversal(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Ask the billing supervisor to reverse receipts, with a reason (F5)."""

    def ask(id: int) -> Text:
        receipt = registry.scope.get(actor, "receipt", id)
        _refuse_irreversible(registry, actor, receipt)
        if receipt["state"] == "requested":
            raise Refused(ASKED.with_(receipt=receipt["number"]))
        asked = {"state": "requested", "reason": answers["reason"], "requested_by": actor.id}
        registry.store.update(actor, "receipt", id, asked, Source("action", "request_reversal"))
        return REQUESTED.with_(receipt=receipt["number"])

    return registry.store.each(selection.ids, ask)


@operation("refuse_reversal")
def refuse_reversal(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Leave receipts valid whose reversal was asked for, with a reason (F5)."""

    def dismiss(id: int) -> Text:
        receipt = registry.scope.get(actor, "receipt", id)
        if receipt["state"] != "requested":
            raise Refused(NOT_ASKED.with_(receipt=receipt["number"]))
        left = {"state": "valid", "reason": answers["reason"], "approved_by": actor.id}
        registry.store.update(actor, "receipt", id, left, Source("action", "refuse_reversal"))
        return DISMISSED.with_(receipt=receipt["number"])

    return registry.store.each(selection.ids, dismiss)


@operation("reverse_receipt")
def reverse_action(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Reverse receipts, as was asked for or for the reason given (F5)."""

    def take_back(id: int) -> Text:
        made = reverse_receipt(registry, actor, now, id, answers.get("reason"))
        numbers = registry.scope.titles(actor, "receipt", [id, made])
        return REVERSED.with_(receipt=numbers[id], by=numbers[made])

    return registry.store.each(selection.ids, take_back)


def reverse_receipt(
    registry: Registry, actor: Actor, now: datetime, receipt: int, reason: str | None = None, source: Source = REVERSAL
) -> int:
    """Mirror a receipt with its payments and all that they settled, dated today; returns the reversal. Source: F5.

    What was settled with its credit later on is taken back too, and credit that it used is there again. It goes to
    the cashier's till who took the money. ``reason`` may be left out where the request gave one. Raises Refused for
    a second time, credit or a deposit that moved since, a closed month or a till that is handed over; NotAllowed.
    """
    deputed = deputy(registry, actor, "receipt", "reverse_receipt")
    with registry.store.transaction():
        begin(registry, deputed, None)
        old = registry.scope.get(deputed, "receipt", receipt)
        _refuse_irreversible(registry, deputed, old)
        why = (reason or (old["reason"] if old["state"] == "requested" else "") or "").strip()
        if not why:
            raise Refused(WHY)
        today = now.astimezone(registry.clock.zone).date()
        refuse_closed(registry, today)
        payments = _payments(registry, deputed, receipt)
        _refuse_refunded(registry, deputed, old, payments)
        settled = _settled(registry, deputed, receipt, [one.id for one in payments])
        lock_rows(registry.db, "bill", (one["bill"] for one in settled))
        day = till_day(registry, deputed, old["cashier"], today, source) if old["till_day"] else None
        values = {
            "kind": "reversal", "reverses": receipt, "reason": why, "requested_by": old["requested_by"],
            "approved_by": actor.id, "taken_on": today, "taken_at": now, "till_day": day,
            **{name: old[name] for name in ("unit", "payer", "payer_name")},
        }  # fmt: skip
        money = [
            {"method": one["method"], "amount": -one["amount"], "reference": one["reference"],
             "for_bills": one["for_bills"], "gives_back": one["gives_back"] or one.id}
            for one in payments
        ]  # fmt: skip
        made = post(registry, deputed, values, money, source).receipt
        rows = [_mirrored(one, today, made) for one in settled]
        registry.store.create_many(deputed, "allocation", rows, source)
        _take_back_deposit(registry, deputed, old, made, today, why, source)
        done = {"state": "reversed", "reason": why, "approved_by": actor.id}
        registry.store.update(deputed, "receipt", receipt, done, source)
        settle(registry, actor, [old["unit"]] if old["unit"] else [], today)
    return made


@operation("refund_credit")
def refund_action(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Pay credit back (F5)."""

    def refund(unit: int) -> Text:
        made = refund_credit(registry, actor, now, unit, answers["method"], answers["amount"], answers["reason"],
                             reference=answers.get("reference"), payer_name=answers.get("payer_name"))  # fmt: skip
        number = registry.scope.titles(actor, "receipt", [made])[made]
        return PAID_BACK.with_(amount=answers["amount"], receipt=number)

    return registry.store.each(selection.ids, refund)


def refund_credit(
    registry: Registry, actor: Actor, now: datetime, unit: int, method: str, amount: Decimal, reason: str, *,
    reference: str | None = None, payer_name: str | None = None, source: Source = REFUND,
) -> int:  # fmt: skip
    """Pay ``amount`` of a unit's credit back, oldest first; returns the receipt (negative payments). Source: F5.

    Raises Refused for more than there is, no amount, a closed month, a till that is handed over; NotAllowed.
    """
    teller = deputy(registry, actor, "unit", "refund_credit")
    read_methods(registry, [Method(method, amount)])
    with registry.store.transaction():
        begin(registry, teller, unit)
        today = now.astimezone(registry.clock.zone).date()
        refuse_closed(registry, today)
        purses = credits_of(registry, teller, unit)
        there = sum((held for _, held in purses), ZERO)
        if there < amount:
            raise Refused(LESS_CREDIT.with_(credit=there, wanted=amount))
        money, left = [], amount
        for payment, held in purses:
            if back := min(held, left):
                money.append({"method": method, "amount": -back, "reference": reference, "gives_back": payment})
                left -= back
        values = {
            "kind": "credit_refund", "unit": unit, "payer_name": payer_name, "taken_on": today, "taken_at": now,
            "reason": reason, "approved_by": actor.id, "till_day": till_day(registry, teller, actor.id, today, source),
        }  # fmt: skip
        return post(registry, teller, values, money, source).receipt


def _refuse_irreversible(registry: Registry, actor: Actor, receipt: Record) -> None:
    """Raises Refused for a reversal, and for what was reversed already."""
    if receipt["kind"] == "reversal":
        raise Refused(IS_REVERSAL.with_(receipt=receipt["number"]))
    mirror = Query(conditions=(Condition("reverses", "equals", receipt.id),), size=1, columns=("number",))
    for other in registry.scope.page(actor, "receipt", mirror).rows:
        raise Refused(TWICE.with_(receipt=receipt["number"], by=other["number"]))


def _payments(registry: Registry, actor: Actor, receipt: int) -> list[Record]:
    columns = ("method", "amount", "reference", "for_bills", "gives_back", "given_back")
    query = Query(conditions=(Condition("receipt", "equals", receipt),), columns=columns, sort="id")
    return list(registry.scope.stream(actor, "payment", query))


def _refuse_refunded(registry: Registry, actor: Actor, receipt: Record, payments: Iterable[Record]) -> None:
    gone = sum((-one["given_back"] for one in payments if one["gives_back"] is None), ZERO)
    if gone:
        raise Refused(REFUNDED.with_(receipt=receipt["number"], amount=gone))


def _settled(registry: Registry, actor: Actor, receipt: int, payments: Sequence[int]) -> list[Record]:
    """What stands of what was settled with a receipt, or later with the credit of its payments."""
    columns = ("payment", "bill", "amount", "late_fee", "from_credit", "reverses")
    found: dict[int, Record] = {}
    for condition in (Condition("receipt", "equals", receipt), Condition("payment", "in", tuple(payments))):
        query = Query(conditions=(condition,), columns=columns, sort="id")
        found |= {row.id: row for row in registry.scope.stream(actor, "allocation", query)}
    if not found:
        return []
    mirrors = Query(conditions=(Condition("reverses", "in", tuple(found)),), columns=("reverses",))
    undone = {row["reverses"] for row in registry.scope.stream(actor, "allocation", mirrors)}
    return [row for id, row in sorted(found.items()) if row["reverses"] is None and id not in undone]


def _mirrored(row: Record, today: date, receipt: int) -> dict[str, Any]:
    return {
        "payment": row["payment"], "bill": row["bill"], "amount": -row["amount"], "late_fee": -row["late_fee"],
        "on": today, "from_credit": row["from_credit"], "receipt": receipt, "reverses": row.id,
    }  # fmt: skip


def _take_back_deposit(
    registry: Registry, actor: Actor, old: Record, made: int, today: date, why: str, source: Source
) -> None:
    """What a reversed receipt said of a deposit: that it was taken, or that some of it was refunded."""
    if old["kind"] not in DEPOSITS:
        return
    of_receipt = (Condition("receipt", "equals", old.id),)
    if old["kind"] == "deposit":
        query = Query(conditions=of_receipt, columns=("held", "amount", "number"))
        for deposit in registry.scope.page(actor, "deposit", query).rows:
            waiting = Query(conditions=(Condition("deposit", "equals", deposit.id),), where="state == 'requested'")
            if deposit["held"] != deposit["amount"] or registry.scope.count(actor, "deposit_move", waiting):
                raise Refused(DEPOSIT_MOVED.with_(deposit=deposit["number"]))
            registry.store.update(actor, "deposit", deposit.id, {"reversed": True}, source)
        return
    moves = Query(conditions=of_receipt, columns=("deposit", "kind", "amount"))
    for move in registry.scope.page(actor, "deposit_move", moves).rows:
        back = {"deposit": move["deposit"], "kind": move["kind"], "amount": -move["amount"], "state": "approved",
                "moved_on": today, "reason": why, "receipt": made, "approved_by": actor.id}  # fmt: skip
        registry.store.create(actor, "deposit_move", back, source)
