"""The work orders of the demo estate: one for each repair and paid service, done, rated and some billed (S4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from models.actor import SYSTEM
from models.query import Condition, Query
from office.demo.books import DEMO, Books

WORKERS = {
    "engineer": ("plumbing", "electrical", "telecom"), "engineer2": ("civil", "joinery", "lift", "hvac"),
    "cleaner": ("cleaning", "gardening"),
}  # fmt: skip
"""Whose orders the trades are, by account."""
KINDS = ("repair", "special")
STATES = {
    "assigned": "assigned", "in_progress": "arrived", "waiting": "waiting", "solved": "done", "called_back": "done",
    "closed": "done",
}  # fmt: skip
"""The state of the order that a request in this state has; others have none."""
RESULTS = ("已修复，试用正常。", "更换配件后正常。", "已疏通，住户确认。", "调整后恢复正常，已向住户说明使用方法。")
WAITS = ("等配件到货", "住户外出，另约时间", "等停水通知")
BILLED = 6
"""Paid services of the last days that are billed."""
ONE_MINUTE = timedelta(minutes=1)
OF_REQUEST = (
    "kind", "state", "matter", "unit", "building", "place", "department", "caller_name", "phone", "trade", "priority",
    "appointment_at", "taken_at", "solved_at", "waiting_for",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as far as its order goes by it."""

    id: int
    row: Mapping[str, Any]


def add_orders(books: Books) -> None:
    """An order for each repair and paid service that somebody works on or did, with what it took and its rating."""
    wanted = Condition("kind", "in", KINDS), Condition("state", "in", tuple(STATES))
    query = Query(conditions=wanted, columns=OF_REQUEST, sort="id")
    asked = [Asked(row.id, row.values) for row in books.registry.scope.stream(SYSTEM, "service_request", query)]
    orders = _numbered(books, [_order(books, one) for one in asked])
    # A number is nobody's to give; that of a day gone by has to be given all the same.
    numbering = replace(SYSTEM, writes=frozenset({("work_order", "number")}))
    rows = [{name: value for name, value in one.items() if value is not None} for one in orders]
    ids = books.registry.store.create_many(numbering, "work_order", rows, DEMO)
    _add_lines(books, list(zip(ids, orders, strict=True)))


def _numbered(books: Books, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The orders of earlier days with the numbers of those days; those of today get theirs when they are made."""
    taken: dict[date, int] = {}
    for one in orders:
        day = one["assigned_at"].astimezone(books.registry.clock.zone).date()
        if day < books.today:
            taken[day] = taken.get(day, 0) + 1
            one["number"] = f"WX{day:%y%m%d}{taken[day]:03}"
    return orders


def _order(books: Books, asked: Asked) -> dict[str, Any]:
    row, state = asked.row, STATES[asked.row["state"]]
    names = ("matter", "unit", "building", "place", "department", "phone", "trade", "priority", "appointment_at")
    worker = next((who for who, trades in WORKERS.items() if row["trade"] in trades), "engineer")
    assigned = _later(books, row["taken_at"], 4, 35)
    found: dict[str, Any] = {
        **{name: row[name] for name in names}, "request": asked.id, "contact": row["caller_name"], "state": state,
        "worker": books.users.get(worker), "assigned_at": assigned, "assigned_by": books.users.get("frontdesk"),
        "is_charged": row["kind"] == "special" and state != "done",
    }  # fmt: skip
    if state == "assigned":
        return found
    done = row["solved_at"] or _later(books, assigned, 60, 600)
    accepted = min(_later(books, assigned, 2, 40), done)
    found |= {"accepted_at": accepted, "arrived_at": min(_later(books, accepted, 20, 150), done)}
    if state == "waiting":
        said = row["waiting_for"] or books.random.choice(WAITS)
        found |= {"waiting_for": said, "waiting_at": found["arrived_at"], "for_resident": bool(row["waiting_for"])}
    if state == "done":
        found |= _done(books, done)
    return found


def _done(books: Books, done: datetime) -> dict[str, Any]:
    found: dict[str, Any] = {
        "done_at": done, "result": books.random.choice(RESULTS), "hours": Decimal(books.random.randint(1, 8)) / 2,
    }  # fmt: skip
    if books.chance(0.7):
        stars = books.random.choices((2, 3, 4, 5), (3, 10, 32, 55), k=2)
        found |= {"quality": stars[0], "attitude": max(stars), "rated_at": done + 2 * ONE_MINUTE}
    return found


def _later(books: Books, at: datetime, least: int, most: int) -> datetime:
    """Some minutes later, never after now."""
    now = books.registry.clock.now()
    return min(at + books.random.randint(least, most) * ONE_MINUTE, max(now, at))


def _add_lines(books: Books, orders: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """What the newest orders took; some of them are paid services that are billed today."""
    items = {row.id: row for row in _items(books)}
    by_trade: dict[str | None, list[int]] = {}
    for id, row in items.items():
        by_trade.setdefault(row["trade"], []).append(id)
    newest = [(id, row) for id, row in orders if row["state"] == "done" and row["unit"]][-40:]
    lines = []
    for id, row in newest:
        fitting = by_trade.get(row["trade"], []) or by_trade.get(None, [])
        chosen = books.random.sample(fitting, min(2, len(fitting)))
        lines += [{"order": id, "item": item, "quantity": Decimal(books.random.randint(1, 2))} for item in chosen]
    paid = {id for id, _ in newest[-BILLED:]}
    books.registry.store.update_many(
        SYSTEM, "work_order",
        {id: {"is_charged": True} if id in paid else {"free_because": "warranty"} for id, _ in newest}, DEMO,
    )  # fmt: skip
    books.add_many("work_line", lines)
    now = books.registry.clock.now()
    for id in sorted(paid)[:-1]:
        books.act("billing", "work_order", "bill_order", id, now)


def _items(books: Books) -> list[Any]:
    query = Query(saved="valid", columns=("trade", "kind"), sort="id")
    return list(books.registry.scope.stream(SYSTEM, "service_item", query))
