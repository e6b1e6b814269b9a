"""What materials and labour cost: the price list of the day, and who may depart from it (F14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from models.storage.natural_order import order_key
from office.dispatch.states import OVER
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

COLUMNS = ("code", "name", "kind", "unit_name", "price", "starts_on", "ended_on", "trade")
SEARCHED = 60
"""Items looked at for a search; superseded ones among them are left out."""

NO_LONGER = Text("价目“{name}”在 {day} 没有有效价格。", "“{name}” has no price in force on {day}.")
FIXED = Text(
    "“{name}”的价目价为 {price} 元；改价须由客服主管或收费主管办理，免费请在维修单上注明原因。",
    "The list says {price} for “{name}”; only a supervisor departs from it. What is free is said on the order.",
)
IS_BILLED = Text(
    "这张维修单已出账单，用料用工不能再改；请先作废账单。", "The order is billed; void the bill before changing this."
)
IS_OVER = Text("这张维修单已完工或取消，用料用工由主管修改。", "The order is over; only a supervisor changes this now.")


@dataclass(frozen=True, slots=True)
class Price:
    """A row of the price list: what the item costs from ``starts_on`` to ``ended_on`` (None: until the next row)."""

    item: int
    code: str
    name: str
    kind: str
    unit_name: str
    price: Decimal
    starts_on: date
    ended_on: date | None = None
    trade: str | None = None


def in_force(prices: Iterable[Price], day: date) -> dict[str, Price]:
    """The price of each code on ``day``: of the rows that have begun the newest, unless that one has ended.

    A new row takes the place of the one before it from its first day on. Source: domain F14.
    """
    newest: dict[str, Price] = {}
    for one in prices:
        known = newest.get(one.code)
        if one.starts_on <= day and (known is None or one.starts_on > known.starts_on):
            newest[one.code] = one
    return {code: one for code, one in newest.items() if one.ended_on is None or one.ended_on >= day}


def find_prices(registry: Registry, actor: Actor, text: str, day: date, limit: int = 20) -> list[Price]:
    """Items of the list in force on ``day`` that a search finds, by code. Raises NotAllowed for who sees no list."""
    found = registry.scope.page(
        actor, "service_item", Query(search=text, saved="valid", size=SEARCHED, columns=COLUMNS)
    ).rows
    rows = _of_codes(registry, {row["code"] for row in found})
    current = in_force(rows, day)
    return sorted(current.values(), key=lambda one: order_key(one.code))[:limit]


def _of_codes(registry: Registry, codes: Iterable[str]) -> list[Price]:
    """Every row of these codes; prices are no secret to whoever may name an item."""
    wanted = tuple(sorted(set(codes)))
    if not wanted:
        return []
    query = Query(conditions=(Condition("code", "in", wanted),), columns=COLUMNS, sort="id")
    return [_price(row) for row in registry.scope.stream(SYSTEM, "service_item", query)]


def _price(row: Record) -> Price:
    return Price(
        row.id, row["code"], row["name"], row["kind"], row["unit_name"], row["price"], row["starts_on"],
        row["ended_on"], row["trade"],
    )  # fmt: skip


# -- lines -----------------------------------------------------------------------------------------


@preparation("work_line")
def prepare_lines(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Lines get name, unit and price of the list in force; a billed order keeps its lines (F14).

    Who may change the price list may depart from it. What decides is read as SYSTEM.
    """
    orders = _orders(registry, drafts)
    items = _items(registry, drafts)
    prices = in_force(_of_codes(registry, {one.code for one in items.values()}), registry.clock.today())
    keeps = actor.system or registry.access.may(actor, "service_item", "update")
    return [_prepared(registry, draft, orders, items, prices, keeps) for draft in drafts]


def _prepared(
    registry: Registry, draft: Draft, orders: Mapping[int, Record], items: Mapping[int, Price],
    prices: Mapping[str, Price], keeps: bool,
) -> Prepared:  # fmt: skip
    row: Mapping[str, Any] = draft.values or draft.old or {}
    order = orders.get(row.get("order") or 0)
    late = _too_late(registry, order, keeps) if order is not None and not _is_same(draft) else None
    if late is not None:
        return Prepared(problems={"": [late]})
    if draft.values is None:
        return Prepared()
    item = items.get(draft.values.get("item") or 0)
    if item is None:
        return Prepared(values={"is_agreed": _is_agreed(draft, keeps)})
    if draft.old is not None and draft.old["item"] == item.item and draft.values["price"] == draft.old["price"]:
        return Prepared()
    return _listed(registry, draft.values, item, prices.get(item.code), keeps)


def _too_late(registry: Registry, order: Record, keeps: bool) -> Text | None:
    """Why the lines of an order stay as they are; None where they may change."""
    if order["bill"] is not None and not is_void(registry, order["bill"]):
        return IS_BILLED
    return IS_OVER if order["state"] in OVER and not keeps else None


def _is_agreed(draft: Draft, keeps: bool) -> bool:
    """Whether the price of a line written by hand needs nobody's eye any more."""
    values, old = draft.values or {}, draft.old
    kept = old is not None and bool(old["is_agreed"]) and old["price"] == values.get("price") and not old["item"]
    return keeps or not values.get("price") or kept


def _listed(
    registry: Registry, values: Mapping[str, Any], item: Price, current: Price | None, keeps: bool
) -> Prepared:  # fmt: skip
    """A line of the list: at the price in force, or for those who keep the list at another that they give."""
    if current is None:
        day = registry.clock.today()
        return Prepared(problems={"item": [NO_LONGER.with_(name=item.name, day=day)]})
    given = values.get("price")
    if given and given != current.price and not keeps:
        return Prepared(problems={"price": [FIXED.with_(name=current.name, price=f"{current.price:,.2f}")]})
    return Prepared(
        values={
            "item": current.item, "kind": current.kind, "name": values.get("name") or current.name,
            "unit_name": current.unit_name, "price": given or current.price, "is_agreed": True,
        }
    )  # fmt: skip


def _is_same(draft: Draft) -> bool:
    """Whether nothing differs of a line that its order's bill depends on."""
    if draft.old is None or draft.values is None:
        return False
    return all(draft.old[name] == draft.values.get(name) for name in ("order", "quantity", "price", "name", "item"))


def is_void(registry: Registry, bill: int) -> bool:
    """Whether nothing is owed for a bill any more. Read as SYSTEM, to decide."""
    return any(one["state"] == "void" for one in registry.scope.records(SYSTEM, "bill", [bill], ("state",)))


def _orders(registry: Registry, drafts: Sequence[Draft]) -> dict[int, Record]:
    ids = {row["order"] for draft in drafts for row in (draft.values, draft.old) if row and row.get("order")}
    return {one.id: one for one in registry.scope.records(SYSTEM, "work_order", sorted(ids), ("state", "bill"))}


def _items(registry: Registry, drafts: Sequence[Draft]) -> dict[int, Price]:
    ids = {draft.values["item"] for draft in drafts if draft.values and draft.values.get("item")}
    return {one.id: _price(one) for one in registry.scope.records(SYSTEM, "service_item", sorted(ids), COLUMNS)}
