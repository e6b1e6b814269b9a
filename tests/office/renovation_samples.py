"""Made-up data for the papers of renovation, as the head of each template says; with n lines."""

from __future__ import annotations

from typing import Any

from schema.text import Text

NAME = Text("王小明", "Wang Xiaoming")


def rectification_notice(n: int, name: Text = NAME) -> dict[str, Any]:
    return {
        "number": "ZG260316001", "unit": "3-2-1001", "owner": name, "contractor": name, "permit": "ZX260301002",
        "found_at": "2026-03-16 10:20", "found_by": name, "work": Text("拆改承重墙", "Load-bearing wall"),
        "why": Text("住宅室内装饰装修管理办法", "Rules for the decoration of homes"),
        "what": Text("卫生间承重墙开洞。" * n, "A hole in the load-bearing wall. " * n), "deadline": "2026-03-19",
        "photos": [],
    }  # fmt: skip


RENOVATION_PAPERS = {"rectification_notice": rectification_notice}
RENOVATION_HEADS = {"rectification_notice": ("装修整改通知单", "Rectificationnotice")}
RENOVATION_MOST_PAGES = {"rectification_notice": (1, 1, 2)}
"""For 1, 12 and 60 lines."""
