"""Made-up data for the register of signs, as the head of its template says; with n lines."""

from __future__ import annotations

from typing import Any

from schema.text import Text

NAME = Text("王小明", "Wang Xiaoming")


def sign_register(n: int, name: Text = NAME) -> dict[str, Any]:
    def sign(i: int) -> dict[str, Any]:
        return {
            "number": f"BS{i:04}", "category": Text("安全警示", "Safety") if i % 3 else Text("其他", "Other"),
            "text": name if i == 1 else Text("小心碰头", "Mind your head"), "place": Text("车库坡道", "Garage ramp"),
            "quantity": 1 + i % 4, "state": Text("损坏", "Damaged") if i == 2 else Text("使用中", "In use"),
            "is_out": i == 2, "installed_on": "2025-12-01", "ends_on": "2026-04-01" if i % 5 == 3 else None,
        }  # fmt: skip

    floors = [Text("3 层", "Floor 3"), Text("地下 1 层", "Basement 1"), Text("室外", "Outdoors")]
    return {
        "building": "3", "name": None, "steward": name, "printed_on": "2026-03-09", "signs": n, "pieces": 2 * n,
        "damaged": 1 if n > 2 else 0, "categories": [{"label": Text("安全警示", "Safety"), "signs": n}],
        "floors": [{"floor": floor, "signs": [sign(i) for i in range(k, n, 3)]} for k, floor in enumerate(floors)],
    }  # fmt: skip


SIGN_PAPERS = {"sign_register": sign_register}
SIGN_HEADS = {"sign_register": ("标识登记册", "Registerofsigns")}
SIGN_MOST_PAGES = {"sign_register": (1, 1, 3)}
"""For 1, 12 and 60 lines."""
