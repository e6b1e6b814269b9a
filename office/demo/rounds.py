"""Rounds of the demo estate: routes with their points, a month of patrols and what was found, vacant units (P1–P4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from models.actor import SYSTEM
from models.query import Condition
from office.demo.books import DEMO, Books
from office.demo.matters import Matter
from office.demo.requests import People

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
DAYS = 30
MISSED = 0.03
"""The share of points that nobody came to."""
SCANNED = 0.92
STOPS = (
    ("大堂", "一层入口内侧", ("cleaning", "security", "power")),
    ("地下车库", "B1 电梯厅", ("cleaning", "security", "power", "water")),
    ("水泵房与配电间", "B1 设备间门旁", ("water", "power", "repair")),
    ("屋面", "顶层楼梯间出口", ("repair", "water", "telecom")),
)
GROUNDS = (
    ("中心花园", "凉亭立柱", ("gardens", "cleaning", "repair")),
    ("南门", "门岗窗口", ("security", "power", "telecom")),
    ("燃气调压站", "围栏内侧", ("gas", "security")),
)
"""(point, where its code hangs, what is looked at)"""
FOUND = (
    ("water", "plumbing", "管井阀门滴水", "更换阀门填料，擦干后半小时不再滴水"),
    ("power", "electrical", "照明灯不亮", "更换灯管两支"),
    ("cleaning", "cleaning", "地面有积水未清", "当场拖干，并放置防滑牌"),
    ("security", "security", "消防通道堆放杂物", "联系住户搬走，已清空"),
    ("repair", "joinery", "防火门闭门器松动", "紧固并调整，门能自行关严"),
    ("telecom", "telecom", "门禁读卡不灵", "清洁读头，重新对码"),
    ("gardens", "gardening", "灌木枯死三株", "已拔除补种"),
)
"""(subject, trade, what was found, how it was settled)"""
EVERY = 90
"""Of so many patrols something was found on one."""
OPEN_DAYS = 2
"""What was found that lately became its request by itself; of the rest the course is drawn."""
WEEKS = (4, 3, 2, 1, 0)
IN_VACANT = "厨房水管接头渗水，地面潮湿（演示）"


@dataclass(frozen=True, slots=True)
class Point:
    """A point, the building it is in (None: public area), who walks by and when of a day, and what is looked at."""

    id: int
    building: int | None
    place: str
    by: int
    minute: int
    subjects: Sequence[str]


def add_rounds(books: Books) -> None:
    """A route of each building and one of the grounds, walked every day of a month, by the supervisor too; the vacant
    units. An office without accounts has nobody who could have walked them."""
    if not books.users:
        return
    _add_findings(books, _add_patrols(books, _add_points(books)))
    _add_vacancy_rounds(books)


def _add_points(books: Books) -> list[Point]:
    guard = walker(books, "security")
    buildings = [(id, number, by or guard) for id, number, by in books.rows("building", ("number", "steward"))]
    routes = [(f"{number} 号楼", id, by, STOPS) for id, number, by in buildings]
    made: list[Point] = []
    for n, (name, building, by, stops) in enumerate((*routes, ("园区公共区域", None, guard, GROUNDS))):
        route = books.add("patrol_route", name=name, building=building)
        rows = [
            {"route": route, "position": k, "name": stop, "place": place, "subjects": subjects,
             "starts_on": books.today - DAYS * DAY}
            for k, (stop, place, subjects) in enumerate(stops, 1)
        ]  # fmt: skip
        ids = books.add_many("patrol_point", rows)
        start = 8 * 60 + 35 + 25 * (n % 3)
        made += [
            Point(id, building, f"{stop} {place}", by, start + 6 * k, subjects)
            for k, (id, (stop, place, subjects)) in enumerate(zip(ids, stops, strict=True))
        ]
    return made


def _add_patrols(books: Books, points: Sequence[Point]) -> list[tuple[int, Point, datetime]]:
    """Each point once a day but for a few that were missed, the supervisor by all of them in the afternoon; today as
    far as the morning has come. Returns the first rounds: (patrol, point, when)."""
    rows: list[dict[str, Any]] = []
    where: list[Point] = []
    supervisor = walker(books, "supervisor")
    for back in range(DAYS, -1, -1):
        for point in points:
            rounds = (("patrol", point.minute, point.by), ("second_patrol", point.minute + 330, supervisor))
            for kind, minute, by in rounds:
                at = past(books, books.today - back * DAY, minute + books.random.randint(0, 4))
                if at is not None and not books.chance(MISSED):
                    scanned = books.chance(SCANNED)
                    rows.append({"point": point.id, "kind": kind, "done_at": at, "by": by, "scanned": scanned})
                    where.append(point)
    ids = books.add_many("patrol", rows)
    return [
        (id, point, row["done_at"])
        for id, point, row in zip(ids, where, rows, strict=True)
        if row["kind"] == "patrol"
    ]  # fmt: skip


def _add_findings(books: Books, patrols: Sequence[tuple[int, Point, datetime]]) -> None:
    """Something every now and then, of what is looked at there; most of it is settled by now."""
    people, lately = People(books), books.at(books.today - OPEN_DAYS * DAY, 0)
    rows: list[dict[str, Any]] = []
    requests: list[dict[str, Any]] = []
    for patrol, point, at in patrols[EVERY // 2 :: EVERY]:
        subject, trade, words, solution = books.random.choice([one for one in FOUND if one[0] in point.subjects])
        rows.append({"patrol": patrol, "subject": subject, "what": f"{words}（演示）"})
        if at < lately:
            where = {"channel": "patrol", "building": point.building, "place": point.place}
            matter = Matter("repair", trade, f"{words}（演示）", solution)
            requests.append(people.course_of(at, matter, where, point.by))
    # The follow-up makes requests of those that have none, as of now.
    linked = books.add_many("service_request", requests)
    for row, request in zip(rows, linked, strict=False):
        row["request"] = request
    findings = books.add_many("patrol_finding", rows)
    origins = {
        request: {"origin": f"patrol_finding:{finding}"} for request, finding in zip(linked, findings, strict=False)
    }
    books.registry.store.update_many(SYSTEM, "service_request", origins, DEMO)


def _add_vacancy_rounds(books: Books) -> None:
    """Each vacant unit once a week, on one day, for as long as it is vacant; in one of them something is wrong."""
    guard, rows = walker(books, "security"), []
    for id, unit, since_on in books.rows("vacancy", ("unit", "since_on"), Condition("ended_on", "empty")):
        for week in WEEKS:
            day = books.today - (7 * week + 1) * DAY
            at = past(books, day, 10 * 60 + id % 90)
            if since_on <= day and at is not None:
                rows.append({"unit": unit, "done_at": at, "by": guard, "all_fine": True})
    rows.sort(key=lambda row: row["done_at"])
    if rows:
        rows[-1] |= {"all_fine": False, "words": IN_VACANT}
    books.add_many("vacancy_round", rows)


# -- parts -----------------------------------------------------------------------------------------


def walker(books: Books, username: str) -> int:
    """The account with that name; any where there is none."""
    return books.users.get(username) or next(iter(books.users.values()))


def past(books: Books, day: date, minute: int) -> datetime | None:
    """That minute of the day; None where it is still to come."""
    at = books.at(day, 0) + minute * MINUTE
    return at if at < books.registry.clock.now() else None
