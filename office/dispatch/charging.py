"""The fee of a work order becomes a bill, once: of what it took, for who lives there (S4, F14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from models.storage.locking import lock_rows
from office.billing.periods import DAY
from office.dispatch.prices import is_void
from office.occupancy import OWNERS
from office.raw_rows import raw_rows
from office.till.closing import refuse_closed
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

CATEGORY = "paid_service"
ZERO = Decimal("0.00")

NOT_DONE = Text("维修单未完工，不能出账单。", "The work is not done yet; nothing is billed.")
FREE = Text("维修单不是有偿，或没有费用。", "The order is not charged, or there is nothing to charge.")
BILLED = Text("已出账单。", "It is billed already.")
NO_UNIT = Text(
    "维修单没有房屋，无法出账单；请先补上房屋，或改为免费。",
    "The order has no unit to bill; give it one, or make it free of charge.",
)
NO_FEE_TYPE = Text(
    "没有可用的有偿服务收费项目；请新增一个类别为“有偿服务费”、手工录入、一次性的收费项目。",
    "There is no fee type for it: add one of category paid service, charged by hand, once.",
)
TO_AGREE = Text("有手工填写的价格，待主管核对后出账单。", "There are prices written by hand; a supervisor bills it.")
MADE = Text("已出账单 {amount} 元，{due} 前缴纳。", "Billed: {amount}, due on {due}.")


@dataclass(frozen=True, slots=True)
class Lives:
    """Somebody in the unit on the day: an owner, tenant or family member, and what decides among several."""

    resident: int
    role: str
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """A work order as far as its bill goes by it."""

    order: int
    state: str
    is_charged: bool
    fee: Decimal
    unit: int | None
    is_billed: bool
    is_agreed: bool
    """Every price is of the list, or was set by who may."""
    caller: int | None = None
    lines: tuple[Mapping[str, Any], ...] = field(default=())


def why_not(charge: Charge, by_itself: bool) -> Text | None:
    """Why an order is not billed, None where it is. What is billed ``by_itself`` when the work is done needs agreed
    prices; a person who bills it agrees to them. Source: domain F14."""
    if charge.state != "done":
        return NOT_DONE
    if not charge.is_charged or charge.fee <= 0:
        return FREE
    if charge.is_billed:
        return BILLED
    if charge.unit is None:
        return NO_UNIT
    return TO_AGREE if by_itself and not charge.is_agreed else None


def payer_of(caller: int | None, lives: Iterable[Lives]) -> int | None:
    """Who pays: who called, if owner or tenant there; else the owner (head of household first), else the tenant."""
    people = list(lives)
    for one in people:
        if one.resident == caller and one.role in (*OWNERS, "tenant"):
            return caller
    owners = [one for one in people if one.role in OWNERS]
    if owners:
        return max(owners, key=lambda one: (one.is_head, one.role == "owner", -one.resident)).resident
    return next((one.resident for one in people if one.role == "tenant"), None)


@operation("bill_order")
def bill_order(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Bill the fees of finished orders, whatever their prices come from: who does this agrees to them (F14)."""
    today = now.astimezone(registry.clock.zone).date()
    source = Source("action", "bill_order")

    def one(id: int) -> Text:
        lock_rows(registry.db, "work_order", [id])
        [charge] = charges(registry, [id])
        if (why := why_not(charge, by_itself=False)) is not None:
            raise Refused(why)
        return _bill(registry, actor, charge, today, source)

    return registry.store.each(selection.ids, one)


def bill_done(registry: Registry, actor: Actor, orders: Sequence[int], source: Source) -> None:
    """Bill what was just finished and can be billed by itself; the rest stays in the list of what is to be billed.

    It never keeps anybody from finishing: where there is no fee type, or the month is closed, somebody bills it later.
    """
    today = registry.clock.today()
    for charge in charges(registry, orders):
        if why_not(charge, by_itself=True) is None and fee_type(registry) is not None:
            lock_rows(registry.db, "work_order", [charge.order])
            _bill(registry, actor, charge, today, source)


def charges(registry: Registry, orders: Sequence[int]) -> list[Charge]:
    """What the bills of these orders go by. Read as SYSTEM: who bills need not see the lists behind it."""
    lines = _lines(registry, orders)
    columns = ("state", "is_charged", "fee", "unit", "bill", "request")
    found = registry.scope.records(SYSTEM, "work_order", list(orders), columns)
    requests = registry.scope.records(
        SYSTEM, "service_request", list({one["request"] for one in found}), ("caller",)
    )  # fmt: skip
    callers = {one.id: one["caller"] for one in requests}
    return [
        Charge(
            one.id, one["state"], bool(one["is_charged"]), one["fee"] or ZERO, one["unit"],
            one["bill"] is not None and not is_void(registry, one["bill"]),
            all(line["is_agreed"] for line in lines.get(one.id, ())), callers.get(one["request"]),
            tuple(lines.get(one.id, ())),
        )
        for one in found
    ]  # fmt: skip


def fee_type(registry: Registry) -> Record | None:
    """The fee type of paid services: in use, charged by hand or once; the first where there are several."""
    mine = (Condition("category", "equals", CATEGORY), Condition("active", "equals", True))
    query = Query(conditions=mine, columns=("name", "basis", "cycle", "due_days"), sort="id")
    rows = registry.scope.stream(SYSTEM, "fee_type", query)
    return next((row for row in rows if row["cycle"] == "once"), None)


def _lines(registry: Registry, orders: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The lines of each order, oldest first."""
    names = ("order", "name", "quantity", "unit_name", "price", "amount", "is_agreed")
    query = Query(conditions=(Condition("order", "in", tuple(orders)),), sort="id")
    found: dict[int, list[dict[str, Any]]] = {}
    for _, *values in raw_rows(registry, SYSTEM, "work_line", query, names):
        row = dict(zip(names, values, strict=True))
        found.setdefault(row["order"], []).append(row)
    return found


def _bill(registry: Registry, actor: Actor, charge: Charge, today: date, source: Source) -> Text:
    """Make the bill of a charge and write it on its order."""
    kind = fee_type(registry)
    if kind is None:
        raise Refused(NO_FEE_TYPE)
    refuse_closed(registry, today)
    assert charge.unit is not None
    due_on = today + kind["due_days"] * DAY
    values = {
        "unit": charge.unit, "fee_type": kind.id, "period": _period(registry, charge.unit, kind.id, today),
        "starts_on": today, "ends_on": today, "amount": charge.fee, "origin": "service", "issued_on": today,
        "due_on": due_on, "state": "published", "payer": payer_of(charge.caller, _lives(registry, charge.unit, today)),
        "lines": [_line(line) for line in charge.lines], "remark": _what(registry, charge.order),
    }  # fmt: skip
    bill = registry.store.create(actor, "bill", values, source)
    registry.store.update(actor, "work_order", charge.order, {"bill": bill}, source)
    return MADE.with_(amount=f"{charge.fee:,.2f}", due=due_on)


def _period(registry: Registry, unit: int, kind: int, today: date) -> str:
    """The day; from the second bill of that day on with its number: 2026-10-05/2."""
    same = (Condition("unit", "equals", unit), Condition("fee_type", "equals", kind),
            Condition("period", "starts", today.isoformat()))  # fmt: skip
    taken = {text for _, text in raw_rows(registry, SYSTEM, "bill", Query(conditions=same, sort="id"), ("period",))}
    number, text = 1, today.isoformat()
    while text in taken:
        number += 1
        text = f"{today.isoformat()}/{number}"
    return text


def _lives(registry: Registry, unit: int, day: date) -> list[Lives]:
    query = Query(conditions=(Condition("unit", "equals", unit),), sort="id")
    names = ("resident", "role", "is_head", "started_on", "ended_on")
    return [
        Lives(resident, role, bool(is_head))
        for _, resident, role, is_head, since, until in raw_rows(registry, SYSTEM, "occupancy", query, names)
        if (since is None or since <= day) and (until is None or until >= day)
    ]


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the bill's working: figures as texts, and its arithmetic in words."""
    quantity, price, amount = (f"{line[name]:.2f}" for name in ("quantity", "price", "amount"))
    plain = quantity.rstrip("0").rstrip(".")
    unit = line["unit_name"] or ""
    return {
        "name": line["name"], "quantity": plain, "price": price, "amount": amount,
        "said": f"{line['name']} {plain}{unit and ' ' + unit} × {price} = {amount}",
    }  # fmt: skip


def _what(registry: Registry, order: int) -> str:
    return registry.scope.titles(SYSTEM, "work_order", [order]).get(order, "")[:200]
