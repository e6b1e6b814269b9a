"""Made-up data for the papers of notices and certificates, as the head of each template says; with n paragraphs."""

from __future__ import annotations

from typing import Any

from schema.text import Text
from transfer.qr import qr_picture

NAME = Text("王小明", "Wang Xiaoming")
CODE = qr_picture("https://office.example.org/verify/AYn3bq9kXw2m5Tz0Pq_1aa/")
WORDS = Text("因管网检修停水，请各户提前储水，看护好家中老人和儿童。", "The water is off; please store some in time.")


def notice(n: int, name: Text = NAME) -> dict[str, Any]:
    return {
        "number": "TZ2026-001", "kind": Text("停水停电", "Outage"), "subject": Text("计划停水通知", "Water off"),
        "paragraphs": [[WORDS] for _ in range(n)], "is_important": True, "issued_on": "2026-03-16",
        "shown_until": "2026-03-20", "is_proof": False, "target": "estate", "building": "3", "unit": "3-2-1001",
        "to": {"name": name, "lines": []}, "has_receipt": True,
    }  # fmt: skip


def certificate(n: int, name: Text = NAME) -> dict[str, Any]:
    return {
        "number": "ZM20260001", "heading": Text("居住证明", "Certificate of residence"), "paragraphs": [[WORDS]] * n,
        "recipient": Text("示例小学", "Sample School"), "issued_on": "2026-03-16", "valid_until": "2026-06-13",
        "issued_by": name, "name": name, "id_type": Text("护照", "Passport"), "id_number": "E1******8", "code": CODE,
    }  # fmt: skip


NOTICE_PAPERS = {"notice": notice, "certificate": certificate}
NOTICE_HEADS = {"notice": ("计划停水通知", "Wateroff"), "certificate": ("居住证明", "Certificateofresidence")}
NOTICE_MOST_PAGES = {"notice": (1, 2, 5), "certificate": (1, 2, 5)}
"""For 1, 12 and 60 paragraphs."""
