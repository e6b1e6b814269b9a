"""Signs of the demo estate: a register by building, what is asked for, weeks of checks, what is damaged (G1–G3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from models.actor import SYSTEM
from office.demo.books import DEMO, Books
from office.demo.matters import Matter
from office.demo.requests import People
from office.demo.rounds import past, walker

DAY = timedelta(days=1)
DAYS = 21
MISSED = 0.04
"""The share of rounds that nobody made."""
MORNING, AFTERNOON = 8 * 60 + 50, 14 * 60 + 20
"""When the rounds begin, in minutes of the day."""
STANDING = (
    ("building", "high_rise", None, "外墙东侧", "{n} 号楼", 2),
    ("entrance", "high_rise", 1, "单元门内侧", "出入请随手关门", 2),
    ("mailbox", "high_rise", 1, "大堂信报箱", "信报箱", 1),
    ("lift", "high_rise", 1, "电梯轿厢", "乘梯须知", 2),
    ("facility", "high_rise", 1, "大堂消火栓", "消火栓", 1),
    ("safety", "high_rise", -1, "车库坡道", "限高 2.2 米", 1),
    ("safety", "high_rise", -1, "配电间门", "有电危险", 1),
    ("road", "public", None, "楼前车道", "消防车通道，禁止停车", 1),
)
"""(category, area, floor, place, wording, count) of every building."""
OF_ONE = (
    ("office", "office", 1, "服务中心门口", "物业服务中心", 1),
    ("facility", "public", None, "中心花园", "请勿踩踏草坪", 4), ("other", "public", None, "中心花园", "应急集合点", 1),
    ("door", "clubhouse", 1, "会所入口", "会所", 1), ("door", "business", 2, "商务中心", "商务中心", 1),
    ("road", "public", None, "南门", "限速 5 公里", 2),
)  # fmt: skip
"""What stands in one place of the estate alone."""
TEMPORARY = (
    ("lift", "temporary", 1, "电梯厅", "电梯维保，请走楼梯（演示）", -2),
    ("safety", "temporary", 1, "大堂", "地面湿滑，小心慢行（演示）", 3),
    ("other", "temporary", None, "楼前", "外墙清洗，请绕行（演示）", 12),
)  # fmt: skip
"""(category, area, floor, place, wording, days from today on which it ends)"""
SETTLED = (
    ("字面脱落（演示）", "更换面板"), ("固定螺丝松动（演示）", "重新紧固"), ("被划花看不清（演示）", "重新贴膜"),
    ("亚克力板开裂（演示）", "更换面板"),
)  # fmt: skip
OPEN = ("被撞歪，边角翘起（演示）", "字迹褪色，夜间看不清（演示）", "整块掉落，已收存（演示）")
ASKED = (
    ("safety", "地下车库拐角", "前方拐弯，减速慢行（演示）", "上月在此剐蹭两起", "requested", None),
    ("other", "楼前空地", "临时堆放点（演示）", "装修垃圾清运期间使用", "requested", 20),
    ("facility", "屋面", "屋面重地，非请勿上（演示）", "住户上楼晾晒", "returned", None),
    ("floor", "2 层电梯厅", "2F（演示）", "原楼层牌缺失", "approved", None),
    ("entrance", "北侧单元门", "请走南门（演示）", "北门施工封闭", "made", 15),
    ("mailbox", "大堂", "快递请放架上（演示）", "快递堆放挡道", "in_use", None),
)
"""(category, place, wording, reason, state, days from today on which it ends)"""
COURSE = ("requested", "approved", "made", "in_use")


def add_signs(books: Books) -> None:
    """The register of all buildings, six requests, the checks of three weeks with what was found. An office without
    accounts has nobody who could have looked at them."""
    if not books.users:
        return
    buildings = list(books.rows("building", ("number", "floors", "steward")))
    signs = _add_register(books, buildings)
    _add_asked(books, buildings)
    _add_damage(books, signs, _add_checks(books, buildings))


def _add_register(books: Books, buildings: Sequence[tuple[Any, ...]]) -> list[tuple[int, int]]:
    """The signs that stand; (id, building) of those that stay."""
    long_ago, rows = books.today - 700 * DAY, []
    for n, (id, number, floors, _by) in enumerate(buildings):
        here = [*STANDING, *(OF_ONE if n == 0 else ())]
        here += [("floor", "high_rise", k, "电梯厅", f"{k}F", 1) for k in range(1, min(floors or 6, 18) + 1)]
        rows += [
            {"building": id, "category": category, "area": area, "floor": floor, "place": place,
             "text": text.format(n=number), "quantity": count, "installed_on": long_ago + n * DAY}
            for category, area, floor, place, text, count in here
        ]  # fmt: skip
    ids = books.add_many("sign", rows)
    for (building, *_), (category, area, floor, place, text, ends) in zip(buildings, TEMPORARY, strict=False):
        books.add(
            "sign", building=building, category=category, area=area, floor=floor, place=place, text=text,
            installed_on=books.today - 10 * DAY, is_temporary=True, ends_on=books.today + ends * DAY,
        )  # fmt: skip
    return [(id, row["building"]) for id, row in zip(ids, rows, strict=True)]


def _add_asked(books: Books, buildings: Sequence[tuple[Any, ...]]) -> None:
    """A request at every stage; the one that is up stands in the register."""
    supervisor = walker(books, "supervisor")
    for n, (category, place, text, reason, state, ends) in enumerate(ASKED):
        building, _number, _floors, by = buildings[n % len(buildings)]
        asked_on = books.today - (12 - n) * DAY
        gone = COURSE.index(state) if state in COURSE else 0
        books.add(
            "sign_request", building=building, category=category, area="public", place=place, text=text, reason=reason,
            requested_by=by or supervisor, requested_on=asked_on, state=state,
            is_temporary=ends is not None, ends_on=books.today + ends * DAY if ends is not None else None,
            returned_why="屋面已有同样的标识，请核对（演示）" if state == "returned" else None,
            approved_by=supervisor if gone else None, approved_on=asked_on + DAY if gone else None,
            made_on=asked_on + 2 * DAY if gone > 1 else None, put_up_on=asked_on + 3 * DAY if gone > 2 else None,
        )  # fmt: skip


def _add_checks(books: Books, buildings: Sequence[tuple[Any, ...]]) -> list[tuple[int, dict[str, Any]]]:
    """Two checks a day of each building but for a few that were missed, today those whose time has come."""
    supervisor, rows = walker(books, "supervisor"), []
    for back in range(DAYS, -1, -1):
        for n, (id, _number, _floors, by) in enumerate(buildings):
            for begins in (MORNING, AFTERNOON):
                at = past(books, books.today - back * DAY, begins + 12 * n + books.random.randint(0, 9))
                skipped = books.chance(MISSED) or (back == 0 and n % 3 == 2)
                if at is not None and not skipped:
                    rows.append({"building": id, "done_at": at, "by": by or supervisor})
    return list(zip(books.add_many("sign_check", rows), rows, strict=True))


def _add_damage(
    books: Books, signs: Sequence[tuple[int, int]], checks: Sequence[tuple[int, dict[str, Any]]]
) -> None:  # fmt: skip
    """Damage that was repaired since, with its request, and three signs that are damaged still."""
    people, done = People(books), books.at(books.today, 0) - 7 * DAY
    early = [one for one in checks if one[1]["done_at"] < done]
    step = max(1, len(early) // len(SETTLED))
    for (words, solution), (check, row) in zip(SETTLED, early[step // 2 :: step], strict=False):
        matter = Matter("repair", "joinery", f"标识损坏：{words}", solution)
        where = {"channel": "patrol", "building": row["building"]}
        request = people.course_of(row["done_at"], matter, where, row["by"])
        if not request.get("solved_at"):
            continue
        fault = _add_fault(
            books, signs, check, row, words, request=books.add("service_request", **request),
            repaired_on=request["solved_at"].astimezone(books.registry.clock.zone).date(), repaired_by=row["by"],
        )  # fmt: skip
        origin = {fault[1]: {"origin": f"sign_fault:{fault[0]}"}}
        books.registry.store.update_many(SYSTEM, "service_request", origin, DEMO)
    latest = list({row["building"]: (check, row) for check, row in checks}.values())
    for words, (check, row) in zip(OPEN, latest, strict=False):
        _add_fault(books, signs, check, row, words)


def _add_fault(
    books: Books, signs: Sequence[tuple[int, int]], check: int, row: dict[str, Any], what: str, **more: Any
) -> tuple[int, int]:
    """A sign of the checked building that was found damaged; (fault, its request where there is one)."""
    sign = books.random.choice([id for id, building in signs if building == row["building"]])
    values = {"sign": sign, "check": check, "found_at": row["done_at"], "found_by": row["by"], "what": what}
    return books.add("sign_fault", **values, **more), more.get("request", 0)
