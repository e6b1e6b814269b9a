"""Renovation on the demo estate: the list of works with what is prohibited, and permits at several stages (D1, D3)."""

from __future__ import annotations

from datetime import timedelta

from models.query import Condition
from office.demo.books import Books

DAY = timedelta(days=1)
RULE = "《住宅室内装饰装修管理办法》"
WORKS = (
    ("拆改承重墙、梁、柱、楼板", "structure", True, False),
    ("在承重墙上开洞或扩大门窗", "structure", True, False),
    ("改动建筑外立面、在非承重外墙上开门窗", "facade", True, False),
    ("没有防水要求的房间或阳台改为卫生间、厨房", "waterproof", True, False),
    ("破坏厨卫防水层", "waterproof", True, False),
    ("拆改燃气管道和设施", "gas", True, False),
    ("损坏房屋原有节能设施", "energy", True, False),
    ("拆改非承重隔墙", "masonry", False, True),
    ("墙地砖铺贴", "masonry", False, False),
    ("强弱电改造", "electrical", False, True),
    ("给排水改造", "plumbing", False, True),
    ("厨卫防水重做（须闭水试验）", "waterproof", False, False),
    ("吊顶与木作", "joinery", False, False),
    ("门窗更换（样式颜色不变）", "joinery", False, False),
    ("墙面涂饰", "finishes", False, False),
)
"""(name, group, whether it is prohibited, whether it needs a drawing)"""
STAGES = (
    ("in_progress", -12, 33), ("in_progress", -5, 40), ("in_progress", -20, 25), ("submitted", 3, 60),
    ("draft", 6, 50), ("completed", -60, -4), ("closed", -150, -100),
)  # fmt: skip
"""(state, first day, last day), in days from today"""
COMPANIES = ("样板装饰工程", "示例家装", "演示建筑装饰")
BEGUN = ("in_progress", "completed", "closed")


def add_renovation(books: Books) -> None:
    """The list of works, and seven permits of households in different buildings."""
    works = books.add_many(
        "renovation_work",
        [
            {"name": name, "group": group, "is_prohibited": bad, "needs_drawing": drawn, "why": RULE if bad else None}
            for name, group, bad, drawn in WORKS
        ],
    )
    allowed = [id for id, (_name, _group, bad, drawn) in zip(works, WORKS, strict=True) if not bad and not drawn]
    owners = list(
        books.rows(
            "occupancy", ("unit", "resident"), Condition("ended_on", "empty"), Condition("role", "in", ("owner",))
        )
    )
    step = max(1, len(owners) // len(STAGES))
    for n, ((state, first, last), (_id, unit, resident)) in enumerate(zip(STAGES, owners[::step], strict=False)):
        starts_on, ends_on = books.today + first * DAY, books.today + last * DAY
        begun, over = state in BEGUN, state in ("completed", "closed")
        books.add(
            "renovation_permit", unit=unit, applicant=resident, contractor=COMPANIES[n % len(COMPANIES)],
            works=tuple(allowed[n % 3 : n % 3 + 3]), starts_on=starts_on, ends_on=ends_on, state=state,
            began_on=starts_on if begun else None, completed_on=ends_on if over else None,
            accepted_on=ends_on + 2 * DAY if state == "closed" else None,
            closed_on=ends_on + 5 * DAY if state == "closed" else None,
        )  # fmt: skip
