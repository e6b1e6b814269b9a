"""The calls of the demo estate: a year of them with what was said, and some of today that went otherwise (S6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from models.actor import SYSTEM
from models.query import Condition, Query
from office.callbacks.hours import CallHours, Try
from office.callbacks.opening import dates, is_sampled, origin_of
from office.callbacks.policy import Callbacks, CallRule, callbacks_of
from office.callbacks.working import call_hours
from office.demo.books import DEMO, Books

RULES = {"complaint": "complaint", "repair": "repair", "special": "repair", "emergency": "repair", "agency": "agency"}
"""The rule by which requests of a kind are called about."""
WORDS: Mapping[int, Sequence[str]] = {
    5: ("很好，师傅很专业。", "处理得快，谢谢。", "满意，没有别的问题。", ""),
    4: ("还可以，就是等得久了点。", "问题解决了。", ""),
    3: ("一般，希望下次快一些。", "修是修好了，现场没收拾干净。"),
    2: ("说好的时间没来，又打了两次电话。",),
    1: ("问题还在，没人管。",),
}
"""What residents say, by how satisfied they are."""
OF_REQUEST = (
    "kind", "unit", "caller", "caller_name", "phone", "matter", "solved_at", "called_back_at", "satisfaction",
    "reopened", "signed_by", "signed_at", "state",
)  # fmt: skip
LATELY = (
    ("repair", "厨房水槽下水慢", "疏通下水管，试水正常。", 2),
    ("repair", "入户门锁转动发涩", "清洗锁芯并上油。", 2),
    ("complaint", "楼道堆放杂物", "已通知住户清走，楼道恢复畅通。", 2),
    ("special", "空调深度清洗", "清洗两台，运行正常。", 2),
    ("complaint", "夜间施工扰民", "已与施工方约定晚七点后停工。", 1),
    ("repair", "卫生间灯不亮", "更换灯管和镇流器。", 1),
)
"""What was solved so many working days ago and nobody was called about: kind, matter, solution, days."""
MISSED = 0.22
"""The share of calls that reached somebody only the second time."""
QUESTION = "地下车库什么时候重新划线？"


def add_callbacks(books: Books) -> None:
    """A call for each request that was called about, and some variety among those that are open."""
    registry = books.registry
    policy, hours = callbacks_of(registry.schema), call_hours(registry)
    query = Query(conditions=(Condition("called_back_at", "filled"),), columns=OF_REQUEST, sort="id")
    asked = [row for row in registry.scope.stream(SYSTEM, "service_request", query) if row["kind"] in RULES]
    led_to = {came_from: id for id, came_from in books.rows("service_request", ("came_from",)) if came_from}
    orders = {
        request: id for id, request in books.rows("work_order", ("request",), Condition("state", "in", ("done",)))
    }
    rows, tries = [], []
    for one in asked:
        name = RULES[one["kind"]]
        if not is_sampled(name, one.id, policy.rules[name].sample):
            continue
        more = {"work_order": orders.get(one.id) if name == "repair" else None, "opened_request": led_to.get(one.id)}
        rows.append({**_made(books, policy.rules[name], name, hours, one.id, one.values), **more})
        tries.append(_tries(books, hours, one["called_back_at"]))
    ids = books.add_many("callback", rows)
    books.add_many(
        "callback_attempt", [{"callback": id, **one} for id, some in zip(ids, tries, strict=True) for one in some]
    )
    _add_lately(books, hours)
    _vary(books, policy, hours)


def _add_lately(books: Books, hours: CallHours) -> None:
    """Requests that were solved in the last days; their calls open by themselves."""
    lived_in = books.rows("occupancy", ("unit", "resident"), Condition("ended_on", "empty"))
    homes = [(unit, resident) for _, unit, resident in lived_in]
    owner, most = books.users.get("frontdesk"), min(len(LATELY), len(homes))
    if owner is None:
        return
    rows = []
    for (kind, matter, solution, days), (unit, resident) in zip(LATELY, books.random.sample(homes, most), strict=False):
        solved = books.at(_working_day_before(hours, books.today, days), books.random.randint(9, 11), 20)
        rows.append(
            {
                "kind": kind, "matter": matter, "unit": unit, "caller": resident, "owner": owner, "state": "solved",
                "taken_at": solved - timedelta(hours=20), "answered_at": solved - timedelta(hours=19),
                "looked_into_at": solved - timedelta(hours=2), "answer": "已安排处理。", "solution": solution,
                "solved_at": solved, "solved_by": books.users.get("engineer"),
            }
        )  # fmt: skip
    books.add_many("service_request", rows)


def _working_day_before(hours: CallHours, day: date, days: int) -> date:
    """The working day so many working days before a day."""
    while days:
        day -= timedelta(days=1)
        days -= bool(hours.on(day))
    return day


def _made(
    books: Books, rule: CallRule, name: str, hours: CallHours, id: int, row: Mapping[str, Any]
) -> dict[str, Any]:  # fmt: skip
    """A call that was made."""
    done, when = row["called_back_at"], dates(rule, hours, row["solved_at"])
    signs = bool(rule.signature)
    return {
        "rule": name, "origin": origin_of(name, "service_request", id, row["reopened"] or 0), "request": id,
        "about": row["matter"], "unit": row["unit"], "resident": row["caller"], "name": row["caller_name"],
        "phone": row["phone"], "opened_at": row["solved_at"], "due_on": when["due_on"], "state": "done",
        "satisfaction": row["satisfaction"], "words": books.random.choice(WORDS[row["satisfaction"] or 4]) or None,
        "done_at": done, "done_by": books.users.get("frontdesk"), "needs_signature": signs,
        "in_time": done.astimezone(hours.zone).date() <= when["due_on"],
        "signed_by": row["signed_by"] if signs else None, "signed_at": row["signed_at"] if signs else None,
        "unsigned_since": done if signs and row["signed_by"] is None else None,
    }  # fmt: skip


def _tries(books: Books, hours: CallHours, done: datetime) -> list[dict[str, Any]]:
    """The calls that were made until somebody answered."""
    by = books.users.get("frontdesk")
    found = [{"at": done, "by": by, "part": hours.part_at(done), "outcome": "reached"}]
    if books.chance(MISSED):
        before = done - timedelta(hours=books.random.choice((4, 20)))
        found.insert(0, {"at": before, "by": by, "part": hours.part_at(before), "outcome": "no_answer"})
    return found


def _vary(books: Books, policy: Callbacks, hours: CallHours) -> None:
    """Of the calls that are open one was tried in vain, one waits for a promised reply, one reached nobody at all."""
    waiting = Condition("not_before", "filled"), Condition("rule", "in", ("complaint", "repair"))
    open_ones = [id for id, _ in books.rows("callback", ("state",), *waiting)]
    morning = books.at(books.today - timedelta(days=1), 9, 40)
    afternoon, evening = morning + timedelta(hours=5), morning + timedelta(hours=9)
    if len(open_ones) < policy.tries:
        return
    retry, promised, unreached = open_ones[:3]
    _change(books, retry, [morning], state="retry", not_before=hours.next_try([Try("morning", morning)], morning))
    _change(books, promised, [], state="promised", question=QUESTION, promised_on=books.today, due_on=books.today,
            not_before=hours.start_of(books.today), in_time=True)  # fmt: skip
    over = {"state": "unreachable", "not_before": None, "done_at": evening, "done_by": books.users.get("frontdesk")}
    _change(books, unreached, [morning, afternoon, evening], **over)


def _change(books: Books, call: int, missed: Sequence[datetime], **values: Any) -> None:
    by, hours = books.users.get("frontdesk"), call_hours(books.registry)
    tried = [{"callback": call, "at": at, "by": by, "part": hours.part_at(at), "outcome": "no_answer"} for at in missed]
    books.add_many("callback_attempt", tried)
    books.registry.store.update(SYSTEM, "callback", call, values, DEMO)
