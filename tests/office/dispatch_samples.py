"""Made-up data for the printed work order, as the head of its template says; with n lines."""

from __future__ import annotations

from typing import Any

from schema.text import Text
from transfer.qr import qr_picture

NAME = Text("王小明", "Wang Xiaoming")
CODE = qr_picture("https://office.example.org/work_order/details/?id=12")


def work_order(n: int, name: Text = NAME) -> dict[str, Any]:
    lines = [
        {"kind": Text("材料", "Material"), "name": Text(f"角阀 {i}", f"Valve {i}"), "quantity": "2.00",
         "per": Text("个", "pc"), "price": "28.00", "amount": "56.00"}
        for i in range(n)
    ]  # fmt: skip
    return {
        "number": "WX260316001", "printed": "2026-03-16 09:20", "matter": Text("厨房水槽漏水", "Leak below the sink"),
        "unit": "3-2-1001", "contact": name, "phone": "138****5678", "trade": Text("水暖", "Plumbing"),
        "priority": Text("高", "High"), "department": Text("工程部", "Engineering"), "worker": name,
        "appointment": "2026-03-16 14:00", "note": Text("带角阀", "Take a valve along"),
        "arrived": "2026-03-16 14:02", "done": "2026-03-16 14:40", "hours": "0.5",
        "result": Text("更换角阀，试水正常。", "Valve replaced; no more leak."), "lines": lines, "charged": True,
        "total": "56.00", "signed": name, "quality": 5, "attitude": 4, "code": CODE, "photos": [],
    }  # fmt: skip


DISPATCH_PAPERS = {"work_order": work_order}
DISPATCH_HEADS = {"work_order": ("维修单", "Workorder")}
DISPATCH_MOST_PAGES = {"work_order": (1, 2, 4)}
