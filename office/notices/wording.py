"""The words of certificates: which placeholders a template may hold, and a template filled in (S13)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from schema.text import Locale, Text

PLACEHOLDERS: dict[str, Text] = {
    "name": Text("姓名", "name"),
    "unit": Text("房屋", "unit"),
    "address": Text("楼栋地址", "address of the building"),
    "area": Text("建筑面积", "floor area"),
    "role": Text("住户在该房屋的身份", "the resident's role in the unit"),
    "since": Text("入住日期", "day of moving in"),
    "employer": Text("工作单位", "employer"),
    "occupation": Text("职业", "occupation"),
    "purpose": Text("用途", "purpose"),
    "recipient": Text("致", "recipient"),
    "details": Text("补充内容", "details"),
    "issued_on": Text("开具日期", "day of issue"),
    "valid_until": Text("有效期（模板的有效天数）", "last day of validity (days valid of the template)"),
    "office": Text("本中心名称", "name of the office"),
}
"""What a template may ask for, and what people call it."""

_TOKEN = re.compile(r"\{([^{}]*)\}")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip

UNKNOWN = Text(
    "不认识 {wrong}；可以用的有：{known}。", "{wrong} is not known here; what may stand in a template: {known}."
)
UNPAIRED = Text(
    "花括号没有成对：请写成 {example} 这样，正文里不要单独用花括号。",
    "A brace stands alone: write {example}, and use braces for nothing else.",
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with what is known filled in, and the placeholders that nothing is known for, in their order."""

    text: str
    missing: tuple[str, ...] = ()


def asked_for(template: str) -> tuple[str, ...]:
    """The placeholders of a template in their order, each once."""
    return tuple(dict.fromkeys(found.strip() for found in _TOKEN.findall(template)))


def wrong_with(template: str) -> Text | None:
    """What is wrong with the placeholders of a template; None where all of them are known. Source: domain S13."""
    wrong = [name for name in asked_for(template) if name not in PLACEHOLDERS]
    if wrong:
        return UNKNOWN.with_(wrong=_braced(wrong), known=_braced(PLACEHOLDERS))
    left = _TOKEN.sub("", template)
    return UNPAIRED.with_(example="{name}") if "{" in left or "}" in left else None


def fill(template: str, values: Mapping[str, str], locale: Locale) -> Filled:
    """A template with its placeholders filled in; what is not known stands in it as its name in 〔〕.

    What stands in a value is never read as a placeholder.
    """
    missing = tuple(name for name in asked_for(template) if not values.get(name))

    def one(found: re.Match[str]) -> str:
        name = found[1].strip()
        return values.get(name) or f"〔{PLACEHOLDERS[name].to(locale) if name in PLACEHOLDERS else name}〕"

    return Filled(_TOKEN.sub(one, template), missing)


def said_day(day: date | None, locale: Locale) -> str:
    """2026年3月16日 or 16 March 2026; '' for none."""
    if day is None:
        return ""
    return (
        f"{day.year}年{day.month}月{day.day}日" if locale == "zh" else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    )


def called(names: tuple[str, ...]) -> Text:
    """What people call these placeholders, as a list."""
    return Text("、".join(PLACEHOLDERS[name].zh for name in names), ", ".join(PLACEHOLDERS[name].en for name in names))


def _braced(names: Mapping[str, Text] | list[str]) -> str:
    return " ".join("{" + name + "}" for name in names)
