"""Life in the demo estate: a year of activities, the boards, members and points, disputes, matters of law (S14–S16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from models.actor import SYSTEM
from models.query import Condition
from office.demo.books import DEMO, Books

DAY = timedelta(days=1)
ACTIVITIES = (
    ("邻里游园会", "festival", "中心广场", 80, 10), ("乒乓球友谊赛", "sport", "会所一层", 24, 5),
    ("社区义诊", "health", "服务中心", None, 2), ("亲子手工课", "children", "会所二层", 16, 5),
    ("消防疏散演练", "safety", "3 号楼前", None, 5), ("春联书法雅集", "culture", "会所二层", 20, 5),
    ("清洁家园志愿日", "volunteer", "南门集合", 40, 10), ("合唱队成立会", "culture", "会所一层", 30, 5),
)  # fmt: skip
"""(name, kind, place, places, points)"""
TASKS = ("布置场地", "张贴海报", "采购奖品", "联系志愿者")
WORDS = ("办得好，希望多办", "孩子很喜欢", "时间再早一点更好", "场地有点小", "很热闹", None, None, None)
BOARDS = ("南门宣传栏", "北门宣传栏", "中心广场宣传栏", "会所公告栏")
POSTS = (
    ("冬季用电安全提示", "safety"), ("文明养犬倡议", "advice"), ("垃圾分类指南", "culture"),
    ("停水通知", "notice"), ("装修时间规定", "notice"), ("高空抛物警示", "safety"),
)  # fmt: skip
INTERESTS = ("singing", "dance", "sport", "chess", "calligraphy", "photography", "gardening", "reading", "volunteer")
DISPUTES = (
    ("noise", "楼上夜间练琴", "约定晚九点后不弹琴，铺设地垫", "settled"),
    ("leak", "卫生间渗水到楼下", "楼上已重做防水，费用自理", "closed"),
    ("parking", "车位被长期占用", "车主已驶离并致歉", "closed"),
    ("passage", "楼道堆放杂物", "", "mediating"),
    ("pets", "遛犬不牵绳", "双方互谅，签保证书", "settled"),
    ("renovation", "节假日装修施工", "", "open"),
    ("noise", "儿童跑跳声", "对方不接受调解", "failed"),
)
"""(kind, matter, outcome, state)"""


def add_community(books: Books) -> None:
    """A year of it, with what is planned, waits or is due now."""
    homes = list(_homes(books))
    if len(homes) < 12:
        return
    members = _add_members(books, homes)
    for n, activity in enumerate(reversed(ACTIVITIES[2:])):
        _add_held(books, activity, books.today - (12 + 50 * (len(ACTIVITIES) - 3 - n)) * DAY, members, homes)
    _add_coming(books, homes)
    _add_points(books, [member for member, _, _ in members])
    _add_bulletins(books)
    dispute = _add_disputes(books, sorted(homes))
    _add_law(books, homes, dispute)


def _homes(books: Books) -> list[tuple[int, int]]:
    """(unit, resident) of everyone who heads a household now."""
    present = (Condition("ended_on", "empty"), Condition("role", "in", ("owner", "tenant")))
    return [(unit, resident) for _, unit, resident in books.rows("occupancy", ("unit", "resident"), *present)]


def _add_members(books: Books, homes: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """One household in eight, as (member, unit, resident); one of them has a birthday today, one this week."""
    chosen = sorted({resident: unit for unit, resident in books.random.sample(homes, len(homes) // 8 + 6)}.items())
    for n, (resident, _) in enumerate(chosen[:2]):
        born = books.today + 3 * n * DAY
        values = {"birthday": born.replace(year=1958 + n, day=min(born.day, 28))}
        books.registry.store.update(SYSTEM, "resident", resident, values, DEMO)
    rows = [
        {
            "resident": resident, "unit": unit, "since_on": books.today - books.random.randint(380, 900) * DAY,
            "interests": tuple(sorted(books.random.sample(INTERESTS, books.random.choice((1, 2, 3))))),
        }
        for resident, unit in chosen
    ]  # fmt: skip
    ids = books.add_many("member", rows)
    return [(id, unit, resident) for id, (resident, unit) in zip(ids, chosen, strict=True)]


def _add_held(
    books: Books, what: tuple[Any, ...], day: Any, members: list[tuple[int, int, int]], homes: list[tuple[int, int]]
) -> None:
    """An activity that was held: who came is ticked, which gives members their points."""
    name, kind, place, places, points = what
    starts_at = books.at(day, 9, 30)
    is_last = books.today - day < 15 * DAY
    activity = books.add(
        "activity", name=name, kind=kind, place=place, places=places, points=points, starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2), responsible=books.users.get("assistant"), plan="见活动方案（演示）",
        state="held" if is_last else "archived", summary=None if is_last else "住户反映良好（演示）",
    )  # fmt: skip
    guests = [(unit, resident) for _, unit, resident in books.random.sample(members, min(8, len(members)))]
    known = {resident for _, resident in guests}
    guests += [one for one in books.random.sample(homes, 6) if one[1] not in known]
    rows, left = [], places or 999
    for unit, resident in guests:
        people = books.random.choice((1, 1, 2, 3))
        if people > left:
            continue
        left -= people
        came = books.chance(0.85)
        rows.append({
            "activity": activity, "unit": unit, "resident": resident, "people": people, "ticked_at": starts_at,
            "state": "attended" if came else "absent", "came": people if came else 0,
            "ticked_by": books.users.get("frontdesk"),
            **({"rating": books.random.choice((3, 4, 4, 5, 5, 5)), "words": books.random.choice(WORDS)}
               if came and books.chance(0.6) else {}),
        })  # fmt: skip
    books.add_many("activity_signup", rows)


def _add_coming(books: Books, homes: list[tuple[int, int]]) -> None:
    """One today, one next week that is full with people waiting, and what has to be prepared."""
    today, soon = ACTIVITIES[0], ACTIVITIES[1]
    for (name, kind, place, places, points), days, wanted in ((today, 0, 14), (soon, 9, 18)):
        starts_at = books.at(books.today + days * DAY, 14)
        activity = books.add(
            "activity", name=name, kind=kind, place=place, places=places, points=points, starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=3), responsible=books.users.get("assistant"), state="open",
            sign_up_until=books.today + max(0, days - 2) * DAY, plan="流程、分工和应急安排（演示）",
        )  # fmt: skip
        for unit, resident in books.random.sample(homes, min(wanted, len(homes))):
            books.add("activity_signup", activity=activity, unit=unit, resident=resident,
                      people=books.random.choice((1, 2, 2)), may_wait=True)  # fmt: skip
        for n, what in enumerate(TASKS):
            who = ("frontdesk", "steward1", "assistant", "engineer")[n]
            books.add("activity_task", activity=activity, what=what, who=books.users.get(who),
                      due_on=books.today + (days - 3 + n) * DAY, state="done" if n == 1 else "open")  # fmt: skip
    planned = ACTIVITIES[6]
    books.add("activity", name=planned[0], kind=planned[1], responsible=books.users.get("steward1"))


def _add_points(books: Books, members: list[int]) -> None:
    """What members did besides, and what they got for their points."""
    rows: list[dict[str, Any]] = []
    for n, member in enumerate(members[:20]):
        at = books.at(books.today - (200 - 7 * n) * DAY, 10)
        desk = {"member": member, "by": books.users.get("frontdesk")}
        rows.append({**desk, "kind": "earned", "points": 20, "reason": "协助楼栋巡查", "at": at})
        if n % 3 == 0:
            rows.append({**desk, "kind": "used", "points": -15, "reason": "兑换雨伞", "at": at + 20 * DAY})
    books.add_many("points_entry", rows)


def _add_bulletins(books: Books) -> None:
    """Posts of the last months; most were taken down, one hangs past its day."""
    for n, (what, kind) in enumerate(POSTS * 2):
        to_on = books.today + (40 - 15 * n if n < 3 else -20 * (n - 2)) * DAY
        down = n > 3
        books.add(
            "bulletin", place=BOARDS[n % len(BOARDS)], what=what, kind=kind, from_on=to_on - 30 * DAY, to_on=to_on,
            state="down" if down else "up", down_at=books.at(to_on, 17) if down else None,
            down_by=books.users.get("frontdesk") if down else None,
        )  # fmt: skip


def _add_disputes(books: Books, homes: Sequence[tuple[int, int]]) -> int:
    """Some of the year between neighbours, two of which run; returns the one that was not settled."""
    failed = 0
    for n, (kind, matter, outcome, state) in enumerate(DISPUTES):
        below = books.random.randrange(len(homes) - 1)
        (unit, resident), (other_unit, other) = homes[below], homes[below + 1]
        found_on = books.today - (4 + (0 if not outcome else 45 * (n + 1))) * DAY
        over = bool(outcome)
        id = books.add(
            "dispute", kind=kind, matter=matter, unit=unit, resident=resident, found_on=found_on, state=state,
            other_unit=other_unit if other_unit != unit else None, other_resident=other if other != resident else None,
            handler=books.users.get("steward1"), outcome=outcome or None, wish="请服务中心出面协调（演示）",
            next_on=None if over else books.today, ended_on=found_on + 12 * DAY if over else None,
        )  # fmt: skip
        failed = id if state == "failed" else failed
        how = ("call", "visit", "mediation") if over else ("call",)
        for step, contact in enumerate(how):
            books.add("dispute_entry", dispute=id, kind=contact, held_at=books.at(found_on + (1 + 3 * step) * DAY, 15),
                      people="双方", words="了解情况，双方陈述意见（演示）")  # fmt: skip
    return failed


def _add_law(books: Books, homes: list[tuple[int, int]], dispute: int) -> None:
    """A case that is heard within the week, one that is over, one between neighbours."""
    lawyer = {"lawyer": "演示律师", "handler": books.users.get("assistant")}
    handed_over = list(books.rows("dunning_case", ("unit", "payer"), Condition("state", "equals", "legal")))[:1]
    unit, payer = handed_over[0][1:] if handed_over else homes[0]
    filed = books.add(
        "legal_case", kind="fees", matter="物业费追缴", our_side="plaintiff", other_side="欠费业主（演示）", unit=unit,
        resident=payer, dunning_case=handed_over[0][0] if handed_over else None, amount=Decimal("8640.00"),
        court="示例区人民法院", court_number="（演示）民初 001 号", filed_on=books.today - 30 * DAY,
        state="filed", **lawyer,
    )  # fmt: skip
    books.add("court_date", legal_case=filed, kind="evidence", at=books.at(books.today - 3 * DAY, 17), state="held",
              result="证据已提交")  # fmt: skip
    books.add("court_date", legal_case=filed, kind="hearing", at=books.at(books.today + 5 * DAY, 9, 30),
              place="示例区人民法院第三法庭", goes=books.users.get("assistant"))  # fmt: skip
    books.add(
        "legal_case", kind="injury", matter="车辆被坠物砸损", our_side="defendant", other_side="车主（演示）",
        amount=Decimal("3200.00"), court="示例区人民法院", filed_on=books.today - 200 * DAY, state="closed",
        judged_on=books.today - 120 * DAY, awarded=Decimal("1600.00"), outcome="双方各担一半，已履行",
        closed_on=books.today - 90 * DAY, **lawyer,
    )  # fmt: skip
    books.add("legal_case", kind="neighbour", matter="噪声相邻纠纷协助取证", our_side="third", other_side="双方住户",
              dispute=dispute or None, **lawyer)  # fmt: skip
