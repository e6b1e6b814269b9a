"""Taking money at the till: what a household owes, and which bills a payment settles (F5).

The rule, in one place (``allocate``): the oldest bill first (by due date, then by date of issue), and of a bill its
principal before its late fee. The order of article 561 of the Civil Code (costs, interest, principal) is for interest
and holds only where nothing else is agreed; with principal first the late fee stops growing with every yuan paid.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from models.storage.locking import lock_rows
from office.billing import late_fee
from office.dunning.cases import settle
from office.till.closing import refuse_closed
from office.till.receipts import (
    ZERO,
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
    from models.registry import Registry

PAYMENT = Source("action", "take_payment")
AT_THE_TILL = ("cash", "wechat", "alipay", "card", "transfer")
"""The methods a cashier takes money by, in the order of the screen."""
FROM_FILES = ("bank_debit", "opening")

NOTHING = Text("请填写收款金额，或使用预存。", "Give an amount, or use credit.")
NOT_OWED = Text(
    "所选账单中有 {n} 张已不在该房屋的欠费中（可能已缴清或作废）；请刷新后重选。",
    "{n} of the chosen bills are no longer owed by this unit (paid or void meanwhile); reload and choose again.",
)
FUTURE = Text("收款日期 {day} 在今天之后。", "{day} lies in the future; money is taken on the day or before.")
LESS_CREDIT = Text(
    "预存只有 {credit} 元，不能使用 {wanted} 元。", "There is {credit} of credit; {wanted} cannot be used."
)
CREDIT_OVER = Text(
    "所选账单共欠 {owed} 元，不需要使用 {wanted} 元预存。",
    "The chosen bills come to {owed}; {wanted} of credit is too much.",
)
CHANGED = Text(
    "{bill}：您看到欠 {seen} 元，现在是 {owed} 元。请核对后再收。",
    "{bill}: you saw {seen} owed, now it is {owed}. Look again before taking the money.",
)
TAKEN = Text(
    "{bill}：{who}已于 {when} 收取 {amount} 元（收据 {receipt}），现欠 {owed} 元，本次未收款。请核对后再收。",
    "{bill}: {who} took {amount} at {when} (receipt {receipt}); {owed} is owed now. Nothing was taken; look again.",
)
NOT_HERE = Text(
    "银行划账和历史数据由文件导入，不在收银台收取。", "Direct debit and opening history come from files, not by hand."
)
TOOK = Text("已收款 {amount} 元，收据 {receipt}。", "Took {amount}; receipt {receipt}.")


class ChangedMeanwhile(Refused):
    """Something else is owed than the cashier saw; the sentence says who took what when, where somebody did."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A bill of which something is owed: principal and late fee in yuan."""

    bill: int
    due_on: date
    issued_on: date
    principal: Decimal
    late_fee: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """What settles the bill."""
        return self.principal + self.late_fee


@dataclass(frozen=True, slots=True)
class Part:
    """What a payment settles of one bill: ``amount`` of the principal and ``late_fee``, yuan."""

    bill: int
    amount: Decimal
    late_fee: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.amount + self.late_fee


@dataclass(frozen=True, slots=True)
class Poured:
    """What of one purse (a payment, by its place or id) goes to one bill."""

    purse: int
    part: Part


def oldest_first(owed: Iterable[Owed]) -> list[Owed]:
    """Bills in the order in which they are settled: by due date, by date of issue, as they were made."""
    return sorted(owed, key=lambda one: (one.due_on, one.issued_on, one.bill))


def allocate(
    owed: Iterable[Owed], amount: Decimal, chosen: Collection[int] | None = None
) -> tuple[list[Part], Decimal]:
    """What ``amount`` settles of ``owed``, and the rest that settles nothing and becomes credit. Source: F5.

    ``chosen`` narrows to these bills; they too are settled oldest first. Of a bill the principal comes before the
    late fee.
    """
    parts: list[Part] = []
    for one in oldest_first(owed):
        if chosen is not None and one.bill not in chosen:
            continue
        principal = min(amount, max(one.principal, ZERO))
        fee = min(amount - principal, max(one.late_fee, ZERO))
        if principal or fee:
            parts.append(Part(one.bill, principal, fee))
            amount -= principal + fee
    return parts, amount


def pour(parts: Sequence[Part], purses: Iterable[tuple[int, Decimal]]) -> list[Poured]:
    """Fill ``parts`` in their order from ``purses`` (id, yuan) in theirs; what a purse has too much stays in it."""
    left, found = list(parts), []
    for purse, amount in purses:
        while left and amount:
            principal = min(amount, left[0].amount)
            fee = min(amount - principal, left[0].late_fee)
            found.append(Poured(purse, Part(left[0].bill, principal, fee)))
            amount -= principal + fee
            rest = replace(left[0], amount=left[0].amount - principal, late_fee=left[0].late_fee - fee)
            left[:1] = [rest] if rest.total else []
    return found


def owed_by(registry: Registry, actor: Actor, unit: int, on: date) -> list[Owed]:
    """What a unit owes on the day ``on``, oldest first, with the late fees of bills whose principal is paid. F5, F6."""
    published = (Condition("unit", "equals", unit), Condition("state", "equals", "published"))
    query = Query(conditions=published, columns=("due_on", "issued_on", "owed"), sort="id")
    bills = list(registry.scope.stream(actor, "bill", query))
    late = late_fee.late_fees(registry, actor, [bill.id for bill in bills if bill["due_on"] < on], on)
    found = [
        Owed(bill.id, bill["due_on"], bill["issued_on"], bill["owed"], late[bill.id].owed if bill.id in late else ZERO)
        for bill in bills
    ]
    return oldest_first(one for one in found if one.total > 0)


def refuse_elsewhere(methods: Iterable[Method]) -> None:
    """Raises Refused for methods that come from files and are not taken by hand."""
    if any(one.method in FROM_FILES for one in methods):
        raise Refused(NOT_HERE)


def credits_of(registry: Registry, actor: Actor, unit: int) -> list[tuple[int, Decimal]]:
    """The payments of a unit that hold credit (预存), oldest first: (payment, yuan)."""
    query = Query(conditions=(Condition("unit", "equals", unit),), where="credit > 0", columns=("credit", "paid_on"))
    rows = sorted(registry.scope.stream(actor, "payment", query), key=lambda row: (row["paid_on"], row.id))
    return [(row.id, row["credit"]) for row in rows]


def take_payment(
    registry: Registry, actor: Actor, now: datetime, unit: int, methods: Iterable[Method | Sequence[Any]] = (), *,
    seen: Mapping[int, Decimal] | None = None, chosen: Collection[int] | None = None, principal_only: bool = False,
    use_credit: Decimal = ZERO, tendered: Decimal | None = None, payer: int | None = None,
    payer_name: str | None = None, paid_on: date | None = None, remark: str | None = None, token: str | None = None,
    source: Source = PAYMENT,
) -> int:  # fmt: skip
    """Take money from a unit and settle its bills with it, all in one transaction; returns the receipt. Source: F5.

    ``methods`` are (code of pay_method, yuan, reference) or Method; with none, only credit is used. ``chosen`` are the
    bills to settle (None: all, oldest first), ``principal_only`` leaves late fees for later. What is too much becomes
    credit of the unit. ``seen`` is what the cashier saw owed, bill by bill with its late fee (``Owed.total``): where it
    differs now, nothing is taken and the refusal says who took what when. ``tendered`` is cash handed in, ``paid_on``
    a day other than today (past payments, the bank's day) which then lies outside every till day. ``token`` is one
    form's: the same form again gives the same receipt and takes nothing.

    Raises Refused (nothing given, no such amount, a day to come, closed month, till handed over, too little credit),
    ChangedMeanwhile, NotAllowed, NotFound.
    """
    teller = deputy(registry, actor, "unit", "take_payment")
    money = read_methods(registry, methods)
    change = change_of(money, tendered)
    with registry.store.transaction():
        begin(registry, teller, unit)
        if token and (before := by_token(registry, token, unit)):
            return before
        today = now.astimezone(registry.clock.zone).date()
        on = paid_on or today
        if on > today:
            raise Refused(FUTURE.with_(day=on))
        refuse_closed(registry, on)
        owed = _held(registry, teller, unit, on)
        _refuse_changed(registry, teller, owed, seen or {}, today)
        if principal_only:
            owed = [replace(one, late_fee=ZERO) for one in owed]
        _refuse_not_owed(owed, chosen)
        total = sum((one.amount for one in money), use_credit)
        parts, rest = allocate(owed, total, chosen)
        purses = _credit(registry, teller, unit, use_credit, total - rest)
        if not money and not purses:
            raise Refused(NOTHING)
        values = {
            "kind": "payment" if money else "credit_use", "unit": unit, "taken_on": on, "taken_at": now,
            "payer": payer, "payer_name": payer_name, "tendered": tendered, "change": change, "remark": remark,
            "token": token, "till_day": None if paid_on else till_day(registry, teller, actor.id, on, source),
        }  # fmt: skip
        posted = post(registry, teller, values, [one.row for one in money], source)
        fresh = zip(posted.payments, (one.amount for one in money), strict=True)
        old = {id for id, _ in purses}
        rows = [
            {"payment": one.purse, "bill": one.part.bill, "amount": one.part.amount, "late_fee": one.part.late_fee,
             "on": on, "from_credit": one.purse in old, "receipt": posted.receipt}
            for one in pour(parts, [*purses, *fresh])
        ]  # fmt: skip
        registry.store.create_many(teller, "allocation", rows, source)
        settle(registry, actor, [unit], today)
    return posted.receipt


@operation("take_payment")
def take_payment_action(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Take one payment from each unit, for its oldest bills (F5)."""

    def take(unit: int) -> Text:
        money = [Method(answers["method"], answers["amount"], answers.get("reference"))]
        taken = take_payment(
            registry, actor, now, unit, money, tendered=answers.get("tendered"),
            payer_name=answers.get("payer_name"), remark=answers.get("remark"),
        )  # fmt: skip
        receipt = registry.scope.get(actor, "receipt", taken)
        return TOOK.with_(amount=receipt["amount"], receipt=receipt["number"])

    return registry.store.each(selection.ids, take)


def _held(registry: Registry, actor: Actor, unit: int, on: date) -> list[Owed]:
    """What the unit owes, its bills held until the transaction ends."""
    of_unit = Query(conditions=(Condition("unit", "equals", unit),), columns=("state",))
    lock_rows(registry.db, "bill", (bill.id for bill in registry.scope.stream(actor, "bill", of_unit)))
    return owed_by(registry, actor, unit, on)


def _credit(
    registry: Registry, actor: Actor, unit: int, wanted: Decimal, settled: Decimal
) -> list[tuple[int, Decimal]]:
    """The purses that ``wanted`` yuan of credit are taken from. Raises Refused where there is less, or less is owed."""
    if not wanted:
        return []
    refuse_no_amount(wanted)
    purses = credits_of(registry, actor, unit)
    there = sum((amount for _, amount in purses), ZERO)
    if there < wanted:
        raise Refused(LESS_CREDIT.with_(credit=there, wanted=wanted))
    if settled < wanted:
        raise Refused(CREDIT_OVER.with_(owed=settled, wanted=wanted))
    found: list[tuple[int, Decimal]] = []
    for payment, amount in purses:
        used = min(amount, wanted)
        if used:
            found.append((payment, used))
            wanted -= used
    return found


def _refuse_not_owed(owed: Iterable[Owed], chosen: Collection[int] | None) -> None:
    gone = set(chosen or ()) - {one.bill for one in owed}
    if gone:
        raise ChangedMeanwhile(NOT_OWED.with_(n=len(gone)))


def _refuse_changed(
    registry: Registry, actor: Actor, owed: Iterable[Owed], seen: Mapping[int, Decimal], today: date
) -> None:
    """Raises Refused for the first bill of which something else is owed than the cashier saw."""
    now = {one.bill: one.total for one in owed}
    for bill, before in seen.items():
        if now.get(bill, ZERO) != before:
            raise ChangedMeanwhile(_what_happened(registry, actor, bill, before, now.get(bill, ZERO), today))


def _what_happened(registry: Registry, actor: Actor, bill: int, seen: Decimal, owed: Decimal, today: date) -> Text:
    """Who took what of a bill when, last; or, where nobody did, only that it changed."""
    title = registry.scope.titles(actor, "bill", [bill]).get(bill, f"#{bill}")
    latest = Query(conditions=(Condition("bill", "equals", bill),), sort="-id", size=1, columns=("total", "receipt"))
    for row in registry.scope.page(actor, "allocation", latest).rows:
        if row["total"] > 0 and row["receipt"]:
            receipt = registry.scope.get(actor, "receipt", row["receipt"])
            at = receipt["taken_at"].astimezone(registry.clock.zone)
            when = f"{at:%H:%M}" if at.date() == today else f"{at:%Y-%m-%d %H:%M}"
            return TAKEN.with_(bill=title, who=receipt.titles.get("cashier") or "", when=when, amount=row["total"],
                               receipt=receipt["number"], owed=owed)  # fmt: skip
    return CHANGED.with_(bill=title, seen=seen, owed=owed)
