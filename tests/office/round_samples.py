"""Made-up data for the papers of the rounds, as the head of each template says; with n lines."""

from __future__ import annotations

from typing import Any

from schema.text import Text
from transfer.qr import qr_picture

NAME = Text("王小明", "Wang Xiaoming")
CODE = qr_picture("https://office.example.org/rounds/p/AYn3bq9kXw2m5Tz0Pq_1aa/")


def patrol_points(n: int, name: Text = NAME) -> dict[str, Any]:
    subjects = [Text("保洁", "Cleaning"), Text("秩序", "Security"), Text("供水", "Water")]
    points = [
        {"position": i + 1, "name": Text("地下车库", "Garage") if i % 2 else name,
         "place": Text("B1 电梯厅", "B1, lift lobby"), "subjects": subjects[: i % 4], "code": CODE}
        for i in range(n)
    ]  # fmt: skip
    return {"route": Text("3 号楼", "Building 3"), "building": "3", "points": points}


def vacancy_sheet(n: int, name: Text = NAME) -> dict[str, Any]:
    wet = Text("阳台渗水", "Wet balcony")
    rounds = [
        {"done_at": "2026-03-09T10:00:00", "by": name, "fine": i != 1, "words": wet if i == 1 else None}
        for i in range(min(n, 4))
    ]
    return {
        "unit": "3-2-1001", "since_on": "2025-12-01", "reason": Text("未入住", "Not moved in"),
        "keys": Text("在物业", "with us"), "condition": Text("良好", "Good"), "water_off": True, "power_off": True,
        "gas_off": False, "rounds": rounds, "code": CODE,
    }  # fmt: skip


ROUND_PAPERS = {"patrol_points": patrol_points, "vacancy_sheet": vacancy_sheet}
ROUND_HEADS = {
    "patrol_points": ("巡查点二维码：", "Codesof"),
    "vacancy_sheet": ("空置房巡查签到表", "Vacantunit:sign-insheet"),
}
ROUND_MOST_PAGES = {"patrol_points": (1, 2, 10), "vacancy_sheet": (1, 1, 1)}
"""For 1, 12 and 60 lines."""
