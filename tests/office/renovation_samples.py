"""Made-up data for the papers of renovation, as the head of each template says; with n lines."""

from __future__ import annotations

from typing import Any

from schema.text import Text
from transfer.qr import qr_picture

NAME = Text("王小明", "Wang Xiaoming")
COMPANY = Text("样板装饰工程有限公司", "Sample Decoration Co.")
RULE = Text("《住宅室内装饰装修管理办法》", "Rules for the decoration of homes")
WORK = Text("厨卫防水重做（须闭水试验）", "Waterproofing of kitchen and bath (water test)")
HOURS = Text("周一至周五 8:30–12:00、14:00–18:00", "Monday to Friday 8:30–12:00, 14:00–18:00")
CODE = qr_picture("https://office.example.org/renovation/d/AbCdEfGhIjKlMnOpQr/")
SCRIBBLE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 50">'
    b'<path d="M5 40C20 5 30 5 35 30S60 45 70 20 95 5 115 35" fill="none" stroke="#111" stroke-width="2.5"/></svg>'
)


def rectification_notice(n: int, name: Text = NAME) -> dict[str, Any]:
    return {
        "number": "ZG260316001", "unit": "3-2-1001", "owner": name, "contractor": name, "permit": "ZX260301002",
        "found_at": "2026-03-16 10:20", "found_by": name, "work": Text("拆改承重墙", "Load-bearing wall"),
        "why": RULE, "what": Text("卫生间承重墙开洞。" * n, "A hole in the load-bearing wall. " * n),
        "deadline": "2026-03-19", "photos": [],
    }  # fmt: skip


def renovation_notice(n: int, name: Text = NAME) -> dict[str, Any]:
    told = Text(
        "请在规定时间内施工，装修垃圾当日清运。", "Work in the hours allowed; take the waste away the same day."
    )
    return {
        "number": "ZX260301002", "unit": "3-2-1001", "owner": name, "contractor": COMPANY, "foreman": name,
        "starts_on": "2026-03-05", "ends_on": "2026-05-31", "hours": HOURS,
        "prohibited": [{"why": RULE, "names": [Text("在承重墙上开洞或扩大门窗", "Openings in bearing walls")] * n}],
        "rules": [{"title": Text("垃圾清运", "Waste"), "text": told}] * min(n, 9), "told_at": None,
    }  # fmt: skip


def renovation_permit(n: int, name: Text = NAME) -> dict[str, Any]:
    return {
        "number": "ZX260301002", "unit": "3-2-1001", "works": [WORK] * n, "starts_on": "2026-03-05",
        "ends_on": "2026-05-31", "hours": HOURS, "contractor": COMPANY, "foreman": name, "approved_on": "2026-03-03",
        "approved_by": name, "code": CODE,
    }  # fmt: skip


def worker_cards(n: int, name: Text = NAME) -> dict[str, Any]:
    card = {
        "number": "SG260305001", "name": name, "work": Text("水电工", "Plumber and electrician"), "unit": "3-2-1001",
        "permit": "ZX260301002", "starts_on": "2026-03-05", "ends_on": "2026-05-31", "code": CODE,
    }  # fmt: skip
    return {"title": None, "cards": [card] * n}


RENOVATION_PAPERS = {
    "rectification_notice": rectification_notice, "renovation_notice": renovation_notice,
    "renovation_permit": renovation_permit, "worker_cards": worker_cards,
}  # fmt: skip
RENOVATION_HEADS = {
    "rectification_notice": ("装修整改通知单", "Rectificationnotice"),
    "renovation_notice": ("装修告知书", "Noticeoftherules"),
    "renovation_permit": ("装修施工许可证", "Renovationpermit"), "worker_cards": ("施工人员出入证", "Workerpass"),
}  # fmt: skip
RENOVATION_MOST_PAGES = {
    "rectification_notice": (1, 1, 2), "renovation_notice": (1, 2, 2), "renovation_permit": (1, 1, 2),
    "worker_cards": (1, 2, 8),
}  # fmt: skip
"""For 1, 12 and 60 lines."""
