"""Made-up data for the papers of activities and members, as the head of each template says; with n lines."""

from __future__ import annotations

from typing import Any

from schema.text import Text

NAME = Text("王小明", "Wang Xiaoming")


def signup_sheet(n: int, name: Text = NAME) -> dict[str, Any]:
    rows = [
        {"unit": f"3-1-{100 + i}", "name": name, "people": 1 + i % 3, "is_ticked": i % 2 == 0} for i in range(n)
    ]  # fmt: skip
    return {
        "number": "HD2026007", "name": Text("邻里游园会", "Garden party"), "place": Text("中心广场", "Main square"),
        "starts_at": "2026-03-16 14:00", "ends_at": "2026-03-16 17:00", "places": 80, "responsible": name,
        "signed": 2 * n, "rows": rows, "waiting": rows[:2], "spare": 6,
    }  # fmt: skip


def birthday_card(n: int, name: Text = NAME) -> dict[str, Any]:
    return {"name": name, "unit": "3-2-1001", "day": "2026-03-16"}


COMMUNITY_PAPERS = {"signup_sheet": signup_sheet, "birthday_card": birthday_card}
COMMUNITY_HEADS = {"signup_sheet": ("活动签到表", "Sign-upsheet"), "birthday_card": ("生日快乐", "Happybirthday")}
COMMUNITY_MOST_PAGES = {"signup_sheet": (1, 2, 6), "birthday_card": (1, 1, 1)}
"""For 1, 12 and 60 lines."""
