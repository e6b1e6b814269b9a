"""Who works in the demo office: departments, staff with trades, some weeks of roster, the price list (O1, F14)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from office.demo.books import Books
from office.demo.people import NO_SUBSCRIBER

DEPARTMENTS = (
    ("客服部", "supervisor", ()),
    ("工程部", "engineer", ("plumbing", "electrical", "telecom", "civil", "joinery", "lift", "hvac")),
    ("环境部", None, ("cleaning", "gardening")),
    ("秩序部", "security", ("security",)),
    ("财务部", "billing", ()),
)
"""(name, account of who leads it, trades)"""
STAFF = (
    ("客服部", "supervisor", "演示主管", ()), ("客服部", "frontdesk", "演示前台", ()),
    ("客服部", "steward1", "演示楼管甲", ()), ("客服部", "steward2", "演示楼管乙", ()),
    ("工程部", "engineer", "演示工程", ("plumbing", "electrical", "telecom")),
    ("工程部", "engineer2", "演示工程乙", ("plumbing", "civil", "joinery")),
    ("工程部", None, "演示工程丙", ("electrical", "lift", "hvac")),
    ("环境部", "cleaner", "演示保洁", ("cleaning", "gardening")), ("环境部", None, "演示绿化", ("gardening",)),
    ("秩序部", "security", "演示秩序", ("security",)), ("秩序部", None, "演示秩序乙", ("security",)),
    ("财务部", "cashier", "演示收银", ()), ("财务部", "billing", "演示收费主管", ()),
)  # fmt: skip
"""(department, account, name, trades)"""
ROTA = {
    "day": (
        ("演示工程", "演示保洁", "演示秩序"), ("演示工程乙", "演示保洁", "演示秩序乙"),
        ("演示工程", "演示工程乙", "演示秩序"),
    ),
    "evening": (("演示工程丙",), ("演示工程",), ("演示工程乙",)),
    "night": (("演示秩序乙",), ("演示秩序",), ("演示秩序乙",)),
    "manager": (("演示主管",), ("演示楼管甲",), ("演示楼管乙",)),
}  # fmt: skip
"""By shift, who is on duty on three days in turn."""
PRICES = (
    ("R01", "上门检修", "labour", None, "次", "20.00"),
    ("R02", "更换水龙头（人工）", "labour", "plumbing", "个", "30.00"),
    ("R03", "疏通下水", "labour", "plumbing", "次", "80.00"),
    ("R04", "更换角阀（人工）", "labour", "plumbing", "个", "25.00"),
    ("R05", "更换灯具（人工）", "labour", "electrical", "个", "35.00"),
    ("R06", "更换开关插座（人工）", "labour", "electrical", "个", "20.00"),
    ("R07", "更换门锁（人工）", "labour", "joinery", "把", "60.00"),
    ("R08", "打孔", "labour", "civil", "孔", "15.00"),
    ("M01", "角阀", "material", "plumbing", "个", "28.00"),
    ("M02", "水龙头（普通）", "material", "plumbing", "个", "65.00"),
    ("M03", "软管", "material", "plumbing", "根", "18.00"),
    ("M04", "五孔插座", "material", "electrical", "个", "16.00"),
    ("M05", "LED 灯泡", "material", "electrical", "个", "12.00"),
    ("M06", "锁芯", "material", "joinery", "个", "90.00"),
    ("M07", "密封胶", "material", "civil", "支", "22.00"),
    ("S01", "家庭保洁", "labour", "cleaning", "小时", "45.00"),
    ("S02", "擦玻璃", "labour", "cleaning", "平方米", "4.00"),
    ("S03", "搬运", "labour", None, "人次", "40.00"),
)
"""(code, name, kind, trade, per, yuan)"""
RAISED = ("R03", "70.00")
"""An item that cost less until the turn of the year."""
BEFORE, AHEAD = 14, 14
"""Days of the roster behind and before today."""


def add_staff(books: Books) -> None:
    """Departments, staff, roster, absences and prices as of the books' day."""
    departments = {
        name: books.add("department", name=name, manager=books.users.get(manager or ""), trades=trades or None)
        for name, manager, trades in DEPARTMENTS
    }
    staff = _add_people(books, departments)
    _add_roster(books, staff)
    for name, starts, days in (("演示工程丙", 1, 3), ("演示绿化", -9, 2), ("演示楼管乙", 6, 2)):
        first = books.today + timedelta(days=starts)
        books.add("absence", staff=staff[name], kind="leave", starts_on=first, ends_on=first + timedelta(days=days))
    _add_prices(books)


def _add_people(books: Books, departments: dict[str, int]) -> dict[str, int]:
    rows: list[dict[str, Any]] = [
        {"name": name, "account": books.users.get(account or ""), "department": departments[department],
         "phone": f"{NO_SUBSCRIBER}{9000 + n:04}", "trades": trades or None,
         "hired_on": date(books.today.year - 2 - n % 5, 1 + n % 12, 1)}
        for n, (department, account, name, trades) in enumerate(STAFF)
    ]  # fmt: skip
    ids = books.add_many("staff", rows)
    return {row["name"]: id for row, id in zip(rows, ids, strict=True)}


def _add_roster(books: Books, staff: dict[str, int]) -> None:
    rows = []
    for ahead in range(-BEFORE, AHEAD):
        day = books.today + timedelta(days=ahead)
        for shift, turns in ROTA.items():
            rows += [{"day": day, "shift": shift, "staff": staff[name]} for name in turns[day.toordinal() % len(turns)]]
    books.add_many("duty", rows)


def _add_prices(books: Books) -> None:
    new_year, before = date(books.today.year, 1, 1), date(books.today.year - 2, 1, 1)
    rows: list[dict[str, Any]] = [
        {"code": code, "name": name, "kind": kind, "trade": trade, "unit_name": per, "price": Decimal(price),
         "starts_on": new_year if code == RAISED[0] else before}
        for code, name, kind, trade, per, price in PRICES
    ]  # fmt: skip
    old = next(row for row in rows if row["code"] == RAISED[0])
    books.add_many("service_item", [*rows, {**old, "price": Decimal(RAISED[1]), "starts_on": before}])
