"""The printed work order: who goes where for what, room to write, and a code that opens the record (S4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.errors import Refused
from models.operations import Selection
from models.printing import Picture, Printing, Sheet, document, pictures
from models.query import Condition, Query
from transfer.qr import code_picture

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

LINE = ("order", "kind", "name", "quantity", "unit_name", "price", "amount")


@document("work_order")
def work_orders(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """A sheet for each order: to take along while it is open, the record of the work once it is done."""
    found = registry.scope.records(actor, "work_order", selection.ids)
    lines = _lines(registry, actor, [one.id for one in found])
    return Printing([Sheet(one.id, _sheet(registry, actor, one, lines.get(one.id, []))) for one in found])


def _sheet(registry: Registry, actor: Actor, order: Record, lines: list[Record]) -> dict[str, Any]:
    shows_money = registry.access.is_clear(actor, "work_order", "fee")
    return {
        "number": order["number"], "printed": order["assigned_at"], "matter": order["matter"],
        "request": order.titles.get("request"), "unit": order.titles.get("unit") or order["place"],
        "place": order["place"] if order.titles.get("unit") else None, "contact": order["contact"],
        "phone": str(order["phone"] or ""), "trade": _label(registry, "trade", order["trade"]),
        "priority": _label(registry, "priority", order["priority"]), "department": order.titles.get("department"),
        "worker": order.titles.get("worker"), "appointment": order["appointment_at"], "note": order["note"],
        "arrived": order["arrived_at"], "done": order["done_at"], "hours": order["hours"], "result": order["result"],
        "lines": [_line(registry, one, shows_money) for one in lines],
        "charged": bool(order["is_charged"]), "free": _label(registry, "free_because", order["free_because"]),
        "total": sum((one["amount"] for one in lines), Decimal("0.00")) if lines and shows_money else None,
        "signature": next(iter(pictures(registry, order, "signature", 1)), None), "signed": order["signed_name"],
        "photos": [*pictures(registry, order, "before", 2), *pictures(registry, order, "after", 2)],
        "quality": order["quality"], "attitude": order["attitude"], "code": _code(registry, order.id),
    }  # fmt: skip


def _code(registry: Registry, order: int) -> Picture | None:
    """The code that opens the record; none where nobody said at which address the office is."""
    try:
        return code_picture(registry, f"/work_order/details/?id={order}")
    except Refused:
        return None


def _line(registry: Registry, line: Record, shows_money: bool) -> dict[str, Any]:
    row = {"kind": _kind(registry, line["kind"]), "name": line["name"], "quantity": line["quantity"],
           "per": line["unit_name"]}  # fmt: skip
    return {**row, "price": line["price"], "amount": line["amount"]} if shows_money else row


def _lines(registry: Registry, actor: Actor, orders: list[int]) -> dict[int, list[Record]]:
    if not registry.access.may(actor, "work_line", "read"):
        return {}
    query = Query(conditions=(Condition("order", "in", tuple(orders)),), columns=LINE, sort="id")
    found: dict[int, list[Record]] = {}
    for one in registry.scope.stream(actor, "work_line", query):
        found.setdefault(one["order"], []).append(one)
    return found


def _label(registry: Registry, field: str, code: str | None) -> Any:
    choices = getattr(registry.schema.entities["work_order"].fields[field].type, "choices", {})
    return choices[code].label if code in choices else None


def _kind(registry: Registry, code: str) -> Any:
    return registry.schema.choices["line_kind"][code].label
