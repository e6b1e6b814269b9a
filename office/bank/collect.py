"""What goes into a direct-debit batch: bills that are owed, by household and account; who stays out, and why (F8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor
from models.query import Condition, Query
from models.storage.natural_order import order_key
from models.storage.rows import batches
from office.bank.layouts import BankLayout
from office.owners import Owners
from office.raw_rows import raw_rows
from office.till.receipts import ZERO
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

CONSENT = "bank"
LONGEST_NAME = 60

NO_PAYER = Text("没有缴费人（业主）", "no payer (owner)")
NO_ACCOUNT = Text("未登记银行账号", "no bank account on file")
NO_CONSENT = Text("未同意使用银行账号", "no consent to use the bank account")
BAD_NAME = Text("户名含文件不能用的字符“{signs}”", "the name has signs the file cannot carry: “{signs}”")
LONG_NAME = Text("户名超过 {most} 个字", "the name is longer than {most} characters")
WAITING = Text("已在批次 {batch} 中送盘，等待回盘", "sent in batch {batch}; its result is awaited")
DEBITED = Text("已由批次 {batch} 划账成功", "debited by batch {batch} already")
AND_MORE = "{name}{period}等{n}笔"


@dataclass(slots=True)
class Household:
    """What one payer is debited for one unit; ``bills`` is bill → yuan, ``memo`` what the bank prints."""

    unit: int
    title: str
    payer: int | None
    holder: str = ""
    account: str = ""
    memo: str = ""
    bills: dict[int, Decimal] = field(default_factory=dict)

    @property
    def amount(self) -> Decimal:
        return sum(self.bills.values(), ZERO)


@dataclass(frozen=True, slots=True)
class Left:
    """One who is not debited: the unit, the name where there is one, yuan owed, and why."""

    title: str
    holder: str
    owed: Decimal
    reason: Text


def collect(
    registry: Registry, actor: Actor, batch: Record, layout: BankLayout, today: date
) -> tuple[list[Household], list[Left]]:
    """Who is debited what, by unit; and who is left out."""
    bills = _bills(registry, actor, batch)
    units = {bill.unit for bill in bills}
    blocked = _blocked(registry, units)
    owners = Owners(registry, actor, units)
    names = registry.scope.titles(actor, "unit", units)
    free: dict[tuple[int, int | None], list[_Bill]] = defaultdict(list)
    left: list[Left] = []
    for bill in bills:
        if bill.id in blocked:
            left.append(Left(names.get(bill.unit, ""), "", bill.owed, blocked[bill.id]))
        else:
            free[bill.unit, bill.payer or owners.on(bill.unit, today)].append(bill)
    payers = _payers(registry, actor, {payer for _, payer in free if payer})
    fees = registry.scope.titles(actor, "fee_type", {bill.fee_type for bill in bills})
    found: list[Household] = []
    for (unit, payer), owed in free.items():
        one = Household(unit, names.get(unit, ""), payer, bills={bill.id: bill.owed for bill in owed})
        reason = _fill(one, payers.get(payer or 0), layout)
        if reason is None:
            one.memo = _memo(owed, fees, layout)
            found.append(one)
        else:
            left.append(Left(one.title, one.holder, one.amount, reason))
    found.sort(key=lambda one: (order_key(one.title), one.payer))
    return found, sorted(_together(left), key=lambda one: (order_key(one.title), one.holder))


@dataclass(frozen=True, slots=True)
class _Bill:
    id: int
    unit: int
    fee_type: int
    period: str
    owed: Decimal
    payer: int | None


def _bills(registry: Registry, actor: Actor, batch: Record) -> list[_Bill]:
    """The published bills of which something is owed, of the fee types and due dates the batch is for."""
    conditions = [Condition("state", "equals", "published"), Condition("owed", "from", Decimal("0.01"))]
    if batch["fee_types"]:
        conditions.append(Condition("fee_type", "in", tuple(batch["fee_types"])))
    if batch["due_until"]:
        conditions.append(Condition("due_on", "to", batch["due_until"]))
    names = ("unit", "fee_type", "period", "owed", "payer")
    rows = raw_rows(registry, actor, "bill", Query(conditions=tuple(conditions), sort="id"), names)
    return [_Bill(*row) for row in rows]


def _blocked(registry: Registry, units: Collection[int]) -> dict[int, Text]:
    """The bills that may not be debited now: sent and not answered, or debited and the money still there."""
    found: dict[int, Text] = {}
    for some in batches(sorted(units)):
        conditions = (Condition("unit", "in", tuple(some)), Condition("state", "in", ("sent", "succeeded")))
        query = Query(conditions=conditions, sort="id", columns=("batch", "bills", "state", "receipt"))
        lines = list(registry.scope.stream(SYSTEM, "bank_line", query))
        receipts = [line["receipt"] for line in lines if line["receipt"]]
        gone = {
            one.id for one in registry.scope.records(SYSTEM, "receipt", receipts, ("state",))
            if one["state"] == "reversed"
        }  # fmt: skip
        for line in lines:
            if line["receipt"] not in gone:
                words = WAITING if line["state"] == "sent" else DEBITED
                found |= dict.fromkeys(line["bills"] or (), words.with_(batch=line.titles.get("batch") or ""))
    return found


def _payers(registry: Registry, actor: Actor, ids: Iterable[int]) -> dict[int, Record]:
    columns = ("name", "account", "consents")
    return {one.id: one for one in registry.scope.records(actor, "resident", sorted(ids), columns)}


def _fill(one: Household, payer: Record | None, layout: BankLayout) -> Text | None:
    """Name and account of the payer; or why the household cannot be debited."""
    if payer is None:
        return NO_PAYER
    one.holder = str(payer["name"])
    account: Any = payer.get("account")
    if not account or not isinstance(account, str):
        return NO_ACCOUNT
    if CONSENT not in (payer.get("consents") or ()):
        return NO_CONSENT
    if signs := layout.unfit(one.holder):
        return BAD_NAME.with_(signs=signs)
    if len(one.holder) > LONGEST_NAME:
        return LONG_NAME.with_(most=LONGEST_NAME)
    one.account = account
    return None


def _memo(bills: list[_Bill], fees: Mapping[int, str], layout: BankLayout) -> str:
    """What the bank prints on the statement of who pays: 物业费2026Q3, of several bills the first and their number."""
    first = bills[0]
    name = fees.get(first.fee_type, "")
    words = f"{name}{first.period}"
    if len(bills) > 1:
        words = AND_MORE.format(name=name, period=first.period, n=len(bills))
    odd = layout.unfit(words)
    return "".join(sign for sign in words if sign not in odd)


def _together(left: Iterable[Left]) -> list[Left]:
    """One line for all that a unit owes and that is left out for the same reason."""
    sums: dict[tuple[str, str, Text], Decimal] = defaultdict(lambda: ZERO)
    for one in left:
        sums[one.title, one.holder, one.reason] += one.owed
    return [Left(title, holder, owed, reason) for (title, holder, reason), owed in sums.items()]
