"""What passes the gate of the demo estate: incidents, visitors, goods that leave, mail, newspapers (S9, S10, S11)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from models.actor import SYSTEM
from models.query import Condition
from office.demo.books import DEMO, Books
from office.demo.people import GIVEN, SURNAMES

DAY = timedelta(days=1)
INCIDENTS = (
    ("equipment", "minor", "3 号楼 1 单元电梯", "电梯停在 7 层，无人被困", "维保到场复位，运行正常"),
    ("leak", "major", "2 号楼地下水泵房", "水泵接口漏水，地面积水约 10 cm", "关阀更换接口，积水抽净"),
    ("fire", "severe", "5 号楼 2 单元楼道", "楼道堆放的纸箱冒烟，无明火", "用灭火器扑灭，清走堆物"),
    ("theft", "major", "非机动车棚", "住户电动车电瓶被盗", "已报警，录像已封存"),
    ("accident", "minor", "中心广场", "儿童骑车摔倒，膝盖擦伤", "家长到场，包扎后离开"),
    ("equipment", "major", "4 号楼", "整栋停电 40 分钟", "供电抢修完成"),
    ("other", "minor", "南门", "醉酒人员滞留门岗", "联系家属接走"),
    ("leak", "minor", "1 号楼 1 单元 6 层管井", "管井阀门渗水", "更换阀门"),
)
"""(kind, severity, place, what happened, result)"""
ALL = 99
"""More steps than a plan has."""
PURPOSES = ("探亲", "送货", "维修", "看房", "家教", "快递上门")
GOODS = (
    "沙发 1 张\n茶几 1 张",
    "旧冰箱 1 台",
    "自行车 2 辆",
    "书籍 6 箱\n书架 2 个",
    "床垫 1 张\n衣柜 1 组\n餐桌 1 张",
)
CARRIERS = ("示例快递", "样板速运", "邮政")
PAPERS = (("newspaper", "样板日报"), ("newspaper", "示例晚报"), ("magazine", "演示月刊"))


def add_gate(books: Books) -> None:
    """A year of incidents, some weeks of visitors and mail, and what is expected, waits or runs today."""
    homes = [(unit, name) for _, unit, name in _homes(books)]
    if not homes:
        return
    _add_incidents(books)
    _add_visitors(books, homes)
    _add_passes(books, homes)
    _add_goods(books, homes)
    _add_mail(books, homes)
    _add_subscriptions(books, homes)


def _homes(books: Books) -> list[tuple[int, int, str]]:
    """(occupancy, unit, name) of everyone who heads a household now."""
    present = (Condition("ended_on", "empty"), Condition("role", "in", ("owner", "tenant")))
    rows = list(books.rows("occupancy", ("unit", "resident"), *present))
    names = dict(books.rows("resident", ("name",)))
    return [(id, unit, names[resident]) for id, unit, resident in rows]


def _past(books: Books, day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of office time that has been."""
    return min(books.at(day, hour, minute), books.registry.clock.now() - timedelta(minutes=25))


def _name(books: Books) -> str:
    return books.random.choice(SURNAMES) + "".join(books.random.choices(GIVEN, k=books.random.choice((1, 2))))


def _four(books: Books) -> str:
    return f"{books.random.randrange(10_000):04}"


def _add_incidents(books: Books) -> None:
    """One or two a month, all dealt with but the newest: one to be signed, one that runs."""
    guard, supervisor = books.users.get("security"), books.users.get("supervisor")
    for n, (kind, severity, place, what, result) in reversed(list(enumerate((*INCIDENTS, *INCIDENTS[:4])))):
        found_at = _past(books, books.today - (2 + 29 * n) * DAY, 9 + n % 12, 5 * (n % 12))
        done_at = found_at + timedelta(hours=2 + n % 5)
        values = {"state": "handled", "result": result, "handled_at": done_at, "handled_by": guard}
        if n:
            values |= {"state": "closed", "review": "处置及时（演示）", "reviewed_by": supervisor,
                       "reviewed_at": done_at + DAY / 2, "closed_at": done_at + DAY / 2}  # fmt: skip
        what_happened = {"kind": kind, "severity": severity, "place": place, "description": what}
        incident = books.add("incident", found_at=found_at, **what_happened, **values)
        _tick(books, incident, found_at, guard, ALL)
    found_at = books.registry.clock.now() - timedelta(minutes=12)
    running = books.add("incident", kind="leak", severity="major", place="2 号楼 1 单元 8 层管井",
                        description="管井跑水，已流到 7 层（演示）", found_at=found_at)  # fmt: skip
    _tick(books, running, found_at, guard, 2)


def _tick(books: Books, incident: int, found_at: datetime, by: int | None, most: int) -> None:
    """The first steps of an incident's plan, most of them in time."""
    steps = list(books.rows("incident_step", ("minutes",), Condition("incident", "equals", incident)))[:most]
    done: dict[int, dict[str, Any]] = {}
    for id, minutes in steps:
        late = books.random.choice((-1, -1, 0, 0, 0, 4)) if minutes > 1 else 0
        at = min(found_at + timedelta(minutes=minutes + late), books.registry.clock.now())
        done[id] = {"state": "done", "done_at": at, "done_by": by}
    books.registry.store.update_many(SYSTEM, "incident_step", done, DEMO)


def _add_visitors(books: Books, homes: list[tuple[int, str]]) -> None:
    """Some each day of the last three weeks; of today's three are inside, and one of yesterday's still."""
    rows = []
    for n in range(120):
        unit, confirmed_by = books.random.choice(homes)
        day, inside = books.today - (n // 6) * DAY, n in (0, 1, 2, 7)
        in_at = _past(books, day, 8 + 2 * (n % 6), books.random.randrange(0, 60, 5)) - timedelta(minutes=9 * (n % 6))
        out_at = min(in_at + timedelta(minutes=books.random.randrange(20, 180, 5)), books.registry.clock.now())
        rows.append({
            "name": _name(books), "last_four": _four(books), "people": books.random.choice((1, 1, 1, 2, 3)),
            "unit": unit, "purpose": books.random.choice(PURPOSES), "in_at": in_at, "confirmed_by": confirmed_by,
            "confirmed": books.draw({"intercom": 0.6, "phone": 0.3, "in_person": 0.1}),
            "plate": f"云I{_letter(books)}{_four(books)}" if books.chance(0.3) else None,
            "in_by": books.users.get("security"), "state": "inside" if inside else "left",
            "out_at": None if inside else out_at, "out_by": None if inside else books.users.get("security"),
        })  # fmt: skip
    books.add_many("visitor", rows[::-1])


def _letter(books: Books) -> str:
    return books.random.choice("ABCDEFGH")


def _add_passes(books: Books, homes: list[tuple[int, str]]) -> None:
    """Three expected today, one for a week, one that has expired, one cancelled."""
    for n, (first, last) in enumerate(((0, 0), (0, 0), (-1, 1), (1, 7), (-9, -6), (0, 2))):
        unit, announced_by = books.random.choice(homes)
        books.add("visitor_pass", name=_name(books), last_four=_four(books), people=1 + n % 3, unit=unit,
                  announced_by=announced_by, purpose=books.random.choice(PURPOSES),
                  from_on=books.today + first * DAY, to_on=books.today + last * DAY,
                  state="cancelled" if n == 5 else "valid")  # fmt: skip


def _add_goods(books: Books, homes: list[tuple[int, str]]) -> None:
    """Three weeks of slips that were used; today one is approved and one waits for the owner's word."""
    desk, guard = books.users.get("frontdesk"), books.users.get("security")
    for n in reversed(range(20)):
        unit, owner = books.random.choice(homes)
        day, items = books.today - n * DAY, GOODS[n % len(GOODS)]
        word_at = _past(books, day, 8, 30)
        values: dict[str, Any] = {
            "unit": unit, "taken_by": _name(books), "items": items, "pieces": 1 + items.count("\n") * 2,
            "taker": books.draw({"owner": 0.4, "tenant": 0.2, "mover": 0.3, "contractor": 0.1}), "leaves_on": day,
            "owner_word": "phone", "word_by": owner, "word_at": word_at, "state": "approved",
            "approved_by": desk, "approved_at": word_at + timedelta(minutes=10),
        }  # fmt: skip
        if n == 1:
            values = {name: values[name] for name in ("unit", "taken_by", "items", "taker")}
            values |= {"leaves_on": books.today, "state": "draft"}
        elif n:
            at = word_at + timedelta(hours=2)
            values |= {"state": "left", "left_at": min(at, books.registry.clock.now()), "left_by": guard}
        books.add("goods_exit", **values)


def _add_mail(books: Books, homes: list[tuple[int, str]]) -> None:
    """Five weeks of mail, most of it collected the day after; some waits, a little of it for long."""
    desk, rows = books.users.get("frontdesk"), []
    for n in range(210):
        unit, name = books.random.choice(homes)
        age = n // 6
        waits = age < 2 or books.chance(0.06)
        received_at = _past(books, books.today - age * DAY, 9 + n % 6, 5 * (n % 12))
        out = min(received_at + timedelta(hours=books.random.randint(3, 30)), books.registry.clock.now())
        row = {
            "kind": books.draw({"parcel": 0.7, "letter": 0.15, "registered": 0.08, "express": 0.07}), "unit": unit,
            "addressee": name, "carrier": books.random.choice(CARRIERS), "tail": _four(books), "code": _four(books),
            "shelf": f"{'ABC'[n % 3]}{1 + n % 5}", "received_at": received_at, "received_by": desk,
        }  # fmt: skip
        if not waits:
            row |= {"state": "collected", "collected_at": out, "collected_by": name, "proof": "code", "handed_by": desk}
        rows.append(row)
    books.add_many("mail_item", rows[::-1])


def _add_subscriptions(books: Books, homes: list[tuple[int, str]]) -> None:
    """Newspapers and magazines of some homes, a few of which end soon."""
    rows = []
    for n in range(30):
        unit, _ = books.random.choice(homes)
        kind, name = PAPERS[n % len(PAPERS)]
        ends_on = books.today + timedelta(days=10 + 11 * n)
        rows.append({"kind": kind, "name": name, "unit": unit, "box": f"{n + 1:03}", "ends_on": ends_on,
                     "starts_on": ends_on - timedelta(days=364)})  # fmt: skip
    books.add_many("subscription", rows)
