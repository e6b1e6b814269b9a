"""Made-up data for the papers of callbacks and surveys, as the heads of their templates say; with n lines."""

from __future__ import annotations

from typing import Any

from schema.text import Text
from transfer.qr import qr_picture

NAME = Text("王小明", "Wang Xiaoming")
CODE = qr_picture("https://office.example.org/s/AbCdEfGhIjKlMnOpQr/")


def call_list(n: int, name: Text = NAME) -> dict[str, Any]:
    row = {
        "unit": "3-2-1001", "name": name, "phone": "138****5678", "rule": Text("投诉回访", "Complaint"),
        "number": "260316001", "matter": Text("楼上夜间噪声", "Noise at night from above"), "due_on": "2026-03-18",
        "tries": 1, "promised": True,
    }  # fmt: skip
    return {"issued_on": "2026-03-16", "by": Text("前台", "Front desk"), "rows": [row] * n}


def questionnaire(n: int, name: Text = NAME) -> dict[str, Any]:
    scale = [
        Text("很差", "bad"),
        Text("差", "poor"),
        Text("一般", "fair"),
        Text("好", "good"),
        Text("很好", "very good"),
    ]
    kinds = [("rating", scale), ("choice", scale[:3]), ("choices", scale), ("text", [])]
    words = Text("您对保洁满意吗？", "Are you satisfied with the cleaning?")
    questions = [
        {"kind": kind, "words": words, "required": kind == "rating", "options": options}
        for kind, options in (kinds[i % 4] for i in range(n))
    ]
    return {
        "name": Text("春季满意度调查", "Spring survey"), "intro": Text("谢谢参与。", "Thank you."),
        "closes_on": "2026-04-30", "unit": "3-2-1001", "to": name, "steward": name, "code": "0000127", "qr": CODE,
        "questions": questions,
    }  # fmt: skip


DESK_PAPERS = {"call_list": call_list, "questionnaire": questionnaire}
DESK_HEADS = {"call_list": ("回访名单", "Calllist"), "questionnaire": ("春季满意度调查", "Springsurvey")}
DESK_MOST_PAGES = {"call_list": (1, 2, 7), "questionnaire": (1, 2, 7)}
