"""Made-up data for the papers of the gate, as the head of each template says; with n lines."""

from __future__ import annotations

from typing import Any

from schema.text import Text
from transfer.qr import qr_picture

NAME = Text("王小明", "Wang Xiaoming")
CODE = qr_picture("https://office.example.org/gate/g/AYn3bq9kXw2m5Tz0Pq_1aa/")


def goods_slip(n: int, name: Text = NAME) -> dict[str, Any]:
    return {
        "number": "FX260316001", "unit": "3-2-1001", "taken_by": name, "taker": Text("租户", "Tenant"), "pieces": n,
        "plate": "A-12345", "items": [Text(f"餐桌 {i} × 1", f"Table {i} × 1") for i in range(n)],
        "leaves_on": "2026-03-16", "word": Text("电话同意", "By phone"), "word_by": name,
        "word_at": "2026-03-16 09:12", "approved_by": name, "approved_at": "2026-03-16 09:20", "photos": [],
        "code": CODE,
    }  # fmt: skip


def visitor_pass(n: int, name: Text = NAME) -> dict[str, Any]:
    return {
        "number": "LF260316001", "name": name, "people": n, "unit": "3-2-1001", "purpose": Text("探亲", "Family visit"),
        "plate": "A-12345", "from_on": "2026-03-16", "to_on": "2026-03-20", "announced_by": name, "code": CODE,
    }  # fmt: skip


def incident_report(n: int, name: Text = NAME) -> dict[str, Any]:
    done, put_aside = Text("已办", "Done"), Text("不需要", "Not needed")
    steps = [
        {
            "position": i + 1, "what": Text("拨打 119，说清楼号和楼层", "Call 119: building and floor"),
            "who": Text("消防 119", "Fire service 119") if i % 2 else None, "due_at": "2026-03-16 02:15",
            "state": put_aside if i % 5 == 4 else done, "done_at": "2026-03-16 02:19", "by": name,
            "reason": Text("无人在场", "Nobody was there") if i % 5 == 4 else None, "late": 4 if i % 3 == 0 else 0,
        }
        for i in range(n)
    ]  # fmt: skip
    return {
        "number": "TF26031601", "kind": Text("火情", "Fire"), "severity": Text("重大", "Severe"),
        "state": Text("已审阅", "Reviewed"), "place": Text("3 号楼电缆井", "Cable shaft of building 3"),
        "unit": None, "found_at": "2026-03-16 02:14", "found_by": name, "reported_by": name,
        "description": Text("电缆井冒烟，无明火。", "Smoke from the shaft, no fire."), "duty_manager": name,
        "told": [name, name], "steps": steps, "result": Text("冒烟停止。", "The smoke stopped."),
        "handled_at": "2026-03-16 03:10", "handled_by": name, "review": Text("处置及时。", "Done in time."),
        "reviewed_at": "2026-03-17 09:00", "reviewed_by": name, "closed_at": None, "photos": [],
        "printed_at": "2026-03-18 10:00",
    }  # fmt: skip


def mail_list(n: int, name: Text = NAME) -> dict[str, Any]:
    rows = [
        {"unit": f"3-1-{100 + i}", "addressee": name, "kind": Text("包裹", "Parcel"), "carrier": "Sample Express",
         "tail": "8812", "shelf": "A3", "received_on": "2026-03-02", "days": 14 - i % 9, "code": "0471"}
        for i in range(n)
    ]  # fmt: skip
    return {"building": "3", "issued_on": "2026-03-16", "rows": rows}


GATE_PAPERS = {
    "goods_exit": goods_slip,
    "visitor_pass": visitor_pass,
    "incident_report": incident_report,
    "mail_list": mail_list,
}
GATE_HEADS = {
    "goods_exit": ("出门条", "Goodsslip"),
    "visitor_pass": ("来访证", "Visitorpass"),
    "incident_report": ("突发事件报告", "Incidentreport"),
    "mail_list": ("未领信件包裹提醒单", "Uncollectedmail"),
}
GATE_MOST_PAGES = {
    "goods_exit": (1, 2, 4), "visitor_pass": (1, 1, 1), "incident_report": (1, 2, 6), "mail_list": (1, 2, 6),
}  # fmt: skip
"""For 1, 12 and 60 lines."""
