"""Made-up data for the papers of renovation, as the head of each template says; with n lines."""

from __future__ import annotations

from typing import Any

from models.printing import Picture
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


def renovation_dossier(n: int, name: Text = NAME) -> dict[str, Any]:
    """``n`` inspections, with a violation, an acceptance of seven items and a deposit."""
    signed = {"picture": Picture(SCRIBBLE), "on": "2026-05-30"}
    violation = {
        **rectification_notice(3, name), "weight": Text("严重", "Serious"), "state": Text("已整改", "Put right"),
        "on_the_spot": False, "noticed_at": "2026-03-16 11:00", "signature": Picture(SCRIBBLE), "after": [],
        "settled_on": "2026-03-18", "checked_by": name, "outcome": Text("墙体已恢复。", "The wall is whole again."),
    }  # fmt: skip
    acceptance = {
        "attempt": 1, "done_at": "2026-05-30 10:00", "result": Text("合格", "Passed"), "engineer": name,
        "steward": name,
        "items": [{"item": Text("给排水通畅无渗漏", "Water and drains run"), "engineer_fine": True,
                   "steward_fine": n < 5, "words": Text("已复查", "Checked again")}] * 7,
        "words": None, "deduction": "300.00", "deduction_why": Text("电梯轿厢划伤", "Scratches in the lift"),
        "photos": [], "signatures": [{**signed, "label": Text("业主签字", "Owner")},
                                     {**signed, "label": Text("施工方签字", "Contractor")}],
    }  # fmt: skip
    move = {
        "moved_on": "2026-06-01", "kind": Text("退", "Refund"), "state": Text("已批准", "Approved"),
        "reason": Text("验收合格", "Accepted"), "receipt": "SJ2606-000012", "by": name, "amount": "1700.00",
    }  # fmt: skip
    return {
        **{key: value for key, value in renovation_permit(3, name).items() if key != "code"}, "owner": name,
        "licence": "91330000XXXXXXXX00", "details": Text("全屋翻新。", "The whole flat."), "as_of": "2026-06-01",
        "state": Text("已归档", "Closed"), "files": [{"label": Text("图纸", "Drawings"), "names": ["plan-1.pdf"]}],
        "drawings": [], "course": [{"at": "2026-03-03 09:10", "what": Text("批准", "Approved"), "by": name}] * 5,
        "notice": {**renovation_notice(7, name), "told_at": "2026-03-02", "owner_signature": Picture(SCRIBBLE)},
        "passes": [{"number": "SG260305001", "name": name, "work": Text("水电工", "Plumber"), "starts_on": "2026-03-05",
                    "ends_on": "2026-05-31", "state": Text("已交回", "Returned"), "returned_on": "2026-05-31"}] * 3,
        "suspensions": [{"starts_on": "2026-03-16", "ended_on": "2026-03-19", "violation": "ZG260316001",
                         "reason": Text("承重墙开洞", "A hole in the wall")}],
        "extensions": [{"granted_on": "2026-05-01", "from_on": "2026-05-20", "ends_on": "2026-05-31",
                        "granted_by": name, "reason": Text("雨天", "Rain")}],
        "inspections": [{"done_at": "2026-03-06 10:20", "by": name, "fine": i % 5 != 3, "photos": [],
                         "words": Text("垃圾未清运", "Waste left") if i % 5 == 3 else None} for i in range(n)],
        "violations": [violation], "acceptances": [acceptance],
        "deposits": [{"number": "YJ260302001", "taken_on": "2026-03-02", "receipt": "SJ2603-000008", "payer": name,
                      "amount": "2000.00", "held": "0.00",
                      "moves": [{**move, "kind": Text("扣", "Deduct"), "amount": "300.00"}, move]}],
    }  # fmt: skip


def ac_permit(n: int, name: Text = NAME) -> dict[str, Any]:
    return {
        "number": "KT260501003", "unit": "3-2-1001", "applicant": name, "installer": name,
        "position": Text("南侧主卧空调机位", "Ledge of the main bedroom, south"),
        "drain": Text("空调冷凝水管", "Condensate pipe"), "install_on": "2026-05-06",
        "state": Text("已同意", "Allowed"), "allowed_by": name, "code": CODE,
    }  # fmt: skip


RENOVATION_PAPERS = {
    "rectification_notice": rectification_notice, "renovation_notice": renovation_notice,
    "renovation_permit": renovation_permit, "worker_cards": worker_cards,
    "renovation_dossier": renovation_dossier, "ac_permit": ac_permit,
}  # fmt: skip
RENOVATION_HEADS = {
    "rectification_notice": ("装修整改通知单", "Rectificationnotice"),
    "renovation_notice": ("装修告知书", "Noticeoftherules"),
    "renovation_permit": ("装修施工许可证", "Renovationpermit"), "worker_cards": ("施工人员出入证", "Workerpass"),
    "renovation_dossier": ("装修档案", "Renovationdossier"),
    "ac_permit": ("空调安装同意单", "Air-conditionerinstallation"),
}  # fmt: skip
RENOVATION_MOST_PAGES = {
    "rectification_notice": (1, 1, 2), "renovation_notice": (1, 2, 2), "renovation_permit": (1, 1, 2),
    "worker_cards": (1, 2, 8), "renovation_dossier": (6, 7, 10),
    "ac_permit": (1, 1, 1),
}  # fmt: skip
"""For 1, 12 and 60 lines."""
