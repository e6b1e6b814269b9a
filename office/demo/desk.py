"""What passes over the demo desk: keys, handovers, defects, vacancies, moves, lettings (domain A5, A9–A13)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from office.demo.draft import Draft, Ref
from office.demo.people import NO_SUBSCRIBER, made_up_name

TOOLS = ("对讲机", "冲击钻", "人字梯", "手推车", "万用表", "疏通机", "手电筒", "热成像仪")
DEFECTS = (
    ("leak", "卫生间", "淋水后楼下顶板返潮"),
    ("wall", "客厅", "南墙空鼓约 0.3 m²"),
    ("door", "阳台", "推拉门锁扣不到位"),
    ("plumbing", "厨房", "水槽下水缓慢"),
    ("electric", "次卧", "插座无电"),
    ("floor", "过道", "地砖一块松动"),
)
STEPS = ("identity", "contract", "rules", "fees", "inspection", "meters", "keys")


def add_desk(draft: Draft) -> None:
    """Everything the desk keeps about units and moves."""
    _add_keys(draft)
    _add_handovers(draft)
    _add_vacancies(draft)
    _add_moves(draft)
    _add_lettings(draft)


def _phone(draft: Draft) -> str:
    return f"{NO_SUBSCRIBER}{draft.random.randrange(10_000):04}"


def _add_keys(draft: Draft) -> None:
    items = [
        draft.add("key_item", number=f"T{n + 1:03}", name=TOOLS[n % len(TOOLS)], kind="radio" if n % 8 == 0 else "tool",
                  place="前台工具柜", keeper=draft.user("frontdesk"), state="in_use")
        for n in range(24)
    ]  # fmt: skip
    vacant = [unit for unit, values in draft.all("unit") if values["state"] == "vacant"]
    for n, unit in enumerate(draft.random.sample(vacant, len(vacant) * 3 // 5)):
        items.append(
            draft.add("key_item", number=f"K{n + 1:03}", name="入户钥匙", kind="key", unit=unit,
                      place=f"钥匙柜 {n // 20 + 1} 层", keeper=draft.user("frontdesk"), state="in_use")
        )  # fmt: skip
    for item in items:
        for _ in range(draft.random.choice((0, 0, 1, 2))):
            _add_past_loan(draft, item)
        if draft.chance(0.18):
            _add_loan_out(draft, item)


def _add_past_loan(draft: Draft, item: Ref) -> None:
    day = draft.ago(10, 200)
    lent = draft.at(day, 9)
    draft.add("key_loan", item=item, borrower=made_up_name(draft), phone=_phone(draft), purpose="维修", due_on=day,
              lent_at=lent, lent_by=draft.user("frontdesk", "security"), returned_at=lent + timedelta(hours=3),
              taken_by=draft.user("frontdesk"), state="returned")  # fmt: skip


def _add_loan_out(draft: Draft, item: Ref) -> None:
    day = draft.ago(0, 6)
    purpose = "看房" if draft.chance(0.5) else "维修"
    draft.add("key_loan", item=item, borrower=made_up_name(draft), phone=_phone(draft), purpose=purpose,
              due_on=day + timedelta(days=draft.random.choice((0, 1, 3, 7))), lent_at=draft.at(day, 8),
              lent_by=draft.user("frontdesk", "security"), state="out")  # fmt: skip


def _add_handovers(draft: Draft) -> None:
    """A handover for a third of the first owners, most done, with the defects found."""
    first = [
        values for _, values in draft.all("occupancy")
        if values["role"] == "owner" and values.get("entry") == "handover" and "ended_on" not in values
    ]  # fmt: skip
    for values in draft.random.sample(first, len(first) // 3):
        done = draft.chance(0.93)
        handover = draft.add(
            "handover",
            unit=values["unit"],
            owner=values["resident"],
            handed_over_on=values["started_on"],
            steps=STEPS if done else STEPS[:3],
            papers=("quality", "manual", "contract", "handbook"),
            water_start=draft.random.randrange(0, 300),
            electricity_start=draft.random.randrange(0, 900),
            gas_start=draft.random.randrange(0, 120),
            keys=draft.random.choice((3, 4, 5)) if done else None,
            handled_by=draft.user("frontdesk", "steward1", "steward2"),
            state="done" if done else "draft",
        )
        for _ in range(draft.random.choice((0, 0, 1, 1, 2))):
            _add_defect(draft, handover, values["unit"], values["started_on"])


def _add_defect(draft: Draft, handover: Ref, unit: Ref, found: date) -> None:
    kind, place, matter = draft.random.choice(DEFECTS)
    state = draft.random.choices(("open", "working", "fixed", "closed", "rejected"), (12, 14, 8, 60, 6))[0]
    promised = draft.ahead(-25, 40) if state == "working" else None
    fixed = found + timedelta(days=draft.random.randint(5, 90)) if state in ("fixed", "closed") else None
    draft.add(
        "defect",
        handover=handover,
        unit=unit,
        kind=kind,
        place=place,
        matter=matter,
        found_on=found,
        responsible=draft.random.choice(("developer", "contractor")) if state != "open" else None,
        promised_on=max(promised, found) if promised else None,
        fixed_on=min(fixed, draft.today) if fixed else None,
        state=state,
        accepted_by=draft.user("supervisor") if state == "closed" else None,
    )


def _add_vacancies(draft: Draft) -> None:
    keys = {values["unit"]: key for key, values in draft.all("key_item") if "unit" in values}
    owned = {values["unit"] for _, values in draft.all("occupancy")}
    for unit, values in draft.all("unit"):
        if values["state"] != "vacant":
            continue
        reason = draft.random.choice(("unmoved", "moved", "to_let")) if unit in owned else "unsold"
        draft.add(
            "vacancy",
            unit=unit,
            since_on=max(values["handed_over_on"], draft.ago(10, 900)),
            reason=reason,
            keys_held=unit in keys,
            key=keys.get(unit),
            water_off=draft.chance(0.8),
            power_off=draft.chance(0.6),
            gas_off=draft.chance(0.8),
            condition=draft.random.choices(("good", "watch", "problem"), (85, 11, 4))[0],
        )


def _add_moves(draft: Draft) -> None:
    """Slips in every state: for tenants who left, and for a few who are about to."""
    tenants = [(ref, row) for ref, row in draft.all("occupancy") if row["role"] == "tenant"]
    left = [(ref, row) for ref, row in tenants if "ended_on" in row]
    staying = [(ref, row) for ref, row in tenants if "ended_on" not in row]
    left, staying = (draft.random.sample(some, min(most, len(some))) for some, most in ((left, 12), (staying, 8)))
    for ref, row in left:
        _add_move(draft, ref, row["ended_on"], "confirmed")
    for n, (ref, row) in enumerate(staying):
        state = ("draft", "draft", "settled", "waived")[n % 4]
        _add_move(draft, ref, max(row["started_on"], draft.ahead(0, 20)), state)


def _add_move(draft: Draft, occupancy: Ref, moves_on: date, state: str) -> None:
    waived = state == "waived"
    settled = state in ("settled", "confirmed")
    draft.add(
        "move_out",
        occupancy=occupancy,
        kind="move_out",
        moves_on=moves_on,
        reason=draft.random.choice(("租约到期", "工作调动", "换房")),
        steps=("keys", "meters", "checked") if state == "confirmed" else None,
        state=state,
        settled_on=min(moves_on, draft.today) if settled else None,
        settled_by=draft.user("cashier") if settled else None,
        waived_by=draft.user("billing") if waived else None,
        waiver_reason="尾差由主管豁免" if waived else None,
    )


def _add_lettings(draft: Draft) -> None:
    present = [row for _, row in draft.all("occupancy") if row["role"] == "owner" and "ended_on" not in row]
    owners = {row["unit"]: row["resident"] for row in present}
    empty = [unit for unit, values in draft.all("unit") if values["state"] == "vacant" and unit in owners]
    for unit in draft.random.sample(empty, (len(empty) + 1) // 2):
        listed = draft.ago(5, 120)
        state = draft.random.choices(("listed", "draft", "withdrawn"), (75, 15, 10))[0]
        rent = draft.chance(0.75)
        letting = draft.add(
            "letting",
            unit=unit,
            owner=owners[unit],
            kind="rent" if rent else "sale",
            price=draft.random.randrange(20, 60) * (100 if rent else 40_000),
            commission=50 if rent else 1,
            listed_on=listed,
            until_on=listed + timedelta(days=180),
            description="户型方正，采光好（演示房源）",
            state=state,
            closed_on=min(draft.today, listed + timedelta(days=60)) if state == "withdrawn" else None,
            result="业主自用" if state == "withdrawn" else None,
        )
        for _ in range(draft.random.choice((0, 1, 2)) if state == "listed" else 0):
            _add_viewing(draft, letting, listed)


def _add_viewing(draft: Draft, letting: Ref, listed: date) -> None:
    booked = draft.chance(0.3)
    day = draft.ahead(1, 7) if booked else max(listed, draft.ago(1, 60))
    values: dict[str, Any] = {"letting": letting, "visitor": made_up_name(draft), "phone": _phone(draft)}
    values["shown_by"] = draft.user("frontdesk", "steward1", "steward2")
    values["viewed_at"] = draft.at(day, draft.random.randint(9, 17))
    if not booked:
        values["opinion"] = draft.random.choice(("wants", "thinks", "refuses"))
    draft.add("viewing", state="booked" if booked else "shown", **values)
