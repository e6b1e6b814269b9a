"""Making receipts: who may, at which till day, and the payments of one receipt (F5, F12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import NotFound, Refused
from models.query import Condition, Query
from models.storage.database import hold
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

ZERO = Decimal("0.00")
FEN = Decimal("0.01")

NOT_POSITIVE = Text("金额 {amount} 不对；请填大于 0 的金额。", "{amount} is no amount to take; give one above 0.")
BELOW_FEN = Text("金额 {amount} 小于一分；最多两位小数。", "{amount} is finer than a fen; two decimal places at most.")
TOO_LITTLE_CASH = Text(
    "实收现金 {tendered} 元少于现金应收 {cash} 元。",
    "The cash handed in, {tendered}, is less than the {cash} to be paid.",
)
NO_CASH = Text(
    "只有现金收款才有找零；请清空实收现金。", "Change is given for cash only; leave the cash handed in blank."
)
OTHER_UNIT = Text("这张收款单已用于另一套房屋，请重新打开。", "This form was used for another unit; open it afresh.")
NO_METHOD = Text("没有“{method}”这种收款方式。", "There is no method of payment “{method}”.")
HANDED_OVER = Text(
    "{who}今天（{day}）已交款，不能再收付款；请收费主管重新打开当日收款，或明天再办。",
    "{who} has handed over the day {day}; nothing more can be taken or paid out. The billing supervisor may open the "
    "till day again, or it waits until tomorrow.",
)


@dataclass(frozen=True, slots=True)
class Method:
    """One way in which money was given: a code of ``pay_method``, yuan, and the number of the transfer or slip."""

    method: str
    amount: Decimal
    reference: str | None = None

    @property
    def row(self) -> dict[str, Any]:
        """The payment as a record."""
        return {"method": self.method, "amount": self.amount, "reference": self.reference}


@dataclass(frozen=True, slots=True)
class Posted:
    """A receipt that was made: its id and those of its payments, in the order of the methods."""

    receipt: int
    payments: tuple[int, ...]


def deputy(registry: Registry, actor: Actor, entity: str, action: str) -> Actor:
    """``actor`` with what the action ``entity.action`` may write. Raises NotAllowed without the grant for it.

    One who acts through another action that may make receipts (a bank result, past payments) stays as they are.
    """
    if actor.system or actor.may_write("receipt", ("*",)):
        return actor
    registry.scope.require(actor, entity, action)
    return replace(actor, writes=registry.schema.entities[entity].actions[action].writes)


def begin(registry: Registry, actor: Actor, unit: int | None) -> None:
    """Stand in line: until the transaction ends nobody else posts money. Raises NotFound for a unit out of scope.

    Receipts without gaps are made one after another anyway; waiting here, before any row is held, is what keeps two
    who settle the same bills from waiting for each other for ever.
    """
    hold(registry.db, "till")
    if unit is not None and unit not in registry.scope.visible_ids(actor, "unit", [unit]):
        raise NotFound(registry.schema.entities["unit"].label)


def read_methods(registry: Registry, given: Iterable[Method | Sequence[Any]]) -> list[Method]:
    """The methods as Method. Raises Refused for an unknown one, and for amounts of 0, below 0 or finer than a fen."""
    found = [one if isinstance(one, Method) else Method(*one) for one in given]
    known = getattr(registry.schema.entities["payment"].fields["method"].type, "choices", {})
    for one in found:
        if one.method not in known:
            raise Refused(NO_METHOD.with_(method=one.method))
        refuse_no_amount(one.amount)
    return found


def refuse_no_amount(amount: Decimal) -> None:
    """Raises Refused unless ``amount`` is above 0 and whole fen."""
    if not amount.is_finite() or amount <= 0:
        raise Refused(NOT_POSITIVE.with_(amount=amount))
    if amount != amount.quantize(FEN):
        raise Refused(BELOW_FEN.with_(amount=amount))


def till_day(registry: Registry, teller: Actor, cashier: int | None, on: date, source: Source) -> int | None:
    """The till day of ``cashier``, opened if it is the first of the day; None for nobody's.

    One that was counted is open again, since the count is no longer true. Raises Refused after it was handed over.
    """
    if cashier is None:
        return None
    mine = (Condition("cashier", "equals", cashier), Condition("on", "equals", on))
    days = registry.scope.page(SYSTEM, "till_day", Query(conditions=mine, size=1, columns=("cashier", "state"))).rows
    if not days:
        return registry.store.create(teller, "till_day", {"cashier": cashier, "on": on}, source)
    day = days[0]
    if day["state"] == "handed_over":
        raise Refused(HANDED_OVER.with_(who=day.titles["cashier"], day=on))
    if day["state"] == "counted":
        uncounted = {"state": "open", "counted": None, "explanation": None, "is_safe_checked": None}
        registry.store.update(teller, "till_day", day.id, uncounted, source)
    return day.id


def post(
    registry: Registry, teller: Actor, values: Mapping[str, Any], money: Sequence[Mapping[str, Any]], source: Source
) -> Posted:
    """Make a receipt and its payments, which are of its unit, day and till day."""
    receipt = registry.store.create(teller, "receipt", values, source)
    of = {"receipt": receipt, "unit": values.get("unit"), "till_day": values.get("till_day")}
    rows = [{**of, "paid_on": values["taken_on"], **one} for one in money]
    payments = registry.store.create_many(teller, "payment", rows, source) if rows else []
    return Posted(receipt, tuple(payments))


def change_of(money: Sequence[Method], tendered: Decimal | None) -> Decimal | None:
    """What is given back of the cash handed in. Raises Refused where there is no cash, or too little was handed in."""
    if tendered is None:
        return None
    cash = sum((one.amount for one in money if one.method == "cash"), ZERO)
    if not cash:
        raise Refused(NO_CASH)
    refuse_no_amount(tendered)
    if tendered < cash:
        raise Refused(TOO_LITTLE_CASH.with_(tendered=tendered, cash=cash))
    return tendered - cash


def by_token(registry: Registry, token: str, unit: int) -> int | None:
    """The receipt that a form was turned into already. Raises Refused where that was of another unit."""
    query = Query(conditions=(Condition("token", "equals", token),), size=1, columns=("unit",))
    for receipt in registry.scope.page(SYSTEM, "receipt", query).rows:
        if receipt["unit"] != unit:
            raise Refused(OTHER_UNIT)
        return receipt.id
    return None
