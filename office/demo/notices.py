"""What the demo estate tells its residents: a year of notices with boards and calls, and certificates (S12, S13)."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any

from models import printing
from models.actor import SYSTEM
from models.query import Condition
from office.demo.books import DEMO, Books
from office.notices.issuing import PAPER
from office.notices.papers import board_sheet
from transfer.printing import paper_data
from transfer.typesetting import HOUSE, typeset_each

DAY = timedelta(days=1)
PAST = (
    (
        "outage",
        "计划停水通知",
        "因市政管网检修，{day}日 9:00–15:00 停水（演示）。\n\n请提前储水，来水后先放一会儿再用。",
    ),
    ("works", "电梯年检通知", "本周对各楼电梯进行年检，每台约停梯 2 小时（演示）。\n\n不便之处敬请谅解。"),
    ("safety", "电动车充电安全提示", "请勿在楼道、家中给电动车充电（演示）。\n\n充电请到非机动车棚。"),
    ("service", "绿化修剪与消杀通知", "近期进行绿化修剪和灭蚊消杀（演示）。\n\n请关好门窗，看护好儿童和宠物。"),
    ("fee", "本季物业费缴费提示", "本季物业费已出账（演示）。\n\n可到服务中心收银台缴纳。"),
    ("rule", "宠物管理提示", "遛犬请牵绳并清理粪便（演示）。"),
    ("safety", "高空抛物提示", "请勿高空抛物，阳台花盆请移到室内（演示）。"),
    ("service", "生活垃圾分类通知", "分类投放时间为 7:00–9:00、18:00–20:00（演示）。"),
)
"""(kind, subject, text)"""
PLACES = ("1 单元大堂", "2 单元大堂", "地库入口", "宣传栏")
WORDS = ("知道了，会提前准备", "问能否改期", None, None, "请再提醒老人", None)
TEMPLATES: tuple[dict[str, Any], ...] = (
    {"name": "居住证明", "kind": "residence", "heading": "居住证明", "must_live": True, "shows_id": True,
     "valid_days": 90,
     "body": "兹证明 {name} 自 {since} 起以{role}身份居住在本小区 {unit}。\n\n本证明用于{purpose}。"},
    {"name": "入住证明", "kind": "occupancy", "heading": "入住证明", "must_live": True,
     "body": "兹证明 {name} 为本小区 {unit}（{area}）的{role}，于 {since} 办理入住。\n\n本证明用于{purpose}。"},
    {"name": "物业费缴清证明", "kind": "paid_up", "heading": "缴费证明", "must_be_paid": True, "valid_days": 30,
     "body": "兹证明 {unit}（{name}）截至 {issued_on} 无到期未缴的物业服务费用。\n\n本证明用于{purpose}。"},
    {"name": "施工人员工作证明", "kind": "work", "heading": "工作证明", "valid_days": 60,
     "body": "兹证明 {name} 受托在本小区 {unit} 工作：{details}。"},
    {"name": "Residence (English)", "kind": "residence", "heading": "Certificate of residence", "language": "en",
     "must_live": True, "valid_days": 90,
     "body": "This is to certify that {name} has been living in unit {unit} of our estate since {since}.\n\n"
             "It is issued for {purpose}."},
)  # fmt: skip
PURPOSES = ("子女入学", "办理居住证", "申办网络宽带", "车辆登记", "申领补贴")


def add_notices(books: Books) -> None:
    """Notices of a year, one of them important and half confirmed, one of each state before; certificates."""
    buildings = [id for id, _ in books.rows("building", ("number",))]
    if not buildings:
        return
    _add_past(books, buildings)
    _add_waiting(books)
    _add_important(books, buildings)
    _add_certificates(books)


def _at(books: Books, day: date, hour: int) -> datetime:
    return min(books.at(day, hour), books.registry.clock.now() - timedelta(minutes=40))


def _issued(books: Books, day: date, **values: Any) -> dict[str, Any]:
    """A notice that went the whole way to its boards on a day."""
    users, at = books.users, _at(books, day, 10)
    return {
        "state": "issued", "author": users.get("frontdesk"), "submitted_by": users.get("frontdesk"),
        "approved_by": users.get("supervisor"), "approved_at": at - timedelta(hours=1),
        "issued_by": users.get("frontdesk"), "issued_at": at, **values,
    }  # fmt: skip


def _add_past(books: Books, buildings: list[int]) -> None:
    """Notices of the last year, taken down and archived; the newest still hangs."""
    rows = []
    for n in reversed(range(24)):
        kind, subject, body = PAST[n % len(PAST)]
        day = books.today - (1 + 15 * n) * DAY
        values = _issued(
            books, day, kind=kind, subject=subject, body=body.format(day=day.day), shown_until=day + 9 * DAY
        )
        if n % 3 == 1:
            values |= {"target": "buildings", "buildings": (buildings[n % len(buildings)],)}
        if n:
            values |= {"state": "archived", "archived_at": _at(books, day + 10 * DAY, 16)}
        rows.append(values)
    made = books.add_many("notice", rows)
    _keep_papers(books, made)
    postings = []
    for id, row in zip(made, rows, strict=True):
        for building in row.get("buildings") or buildings[:3]:
            at = row["issued_at"] + timedelta(minutes=25)
            by = books.users.get("frontdesk")
            postings.append({"notice": id, "building": building, "copies": 2, "done_at": at, "done_by": by,
                             "place": books.random.choice(PLACES)})  # fmt: skip
        if row["state"] == "archived":
            postings.append({"notice": id, "how": "taken_down", "place": PLACES[3], "done_at": row["archived_at"],
                             "done_by": books.users.get("frontdesk")})  # fmt: skip
    books.add_many("notice_posting", postings)


def _keep_papers(books: Books, ids: Any) -> None:
    """The archived texts, all set in one go."""
    registry = books.registry
    rows, spec = registry.scope.records(SYSTEM, "notice", ids), printing.find(registry.schema, PAPER)
    data = paper_data(registry, spec, "zh", [board_sheet(registry, row, books.today) for row in rows])
    pdfs = typeset_each(spec.template, data, "zh", printing.folder_of(spec) or HOUSE)
    kept = {
        row.id: {"paper": (registry.files.put(SYSTEM, "notice", None, f"{row['number']}.pdf", io.BytesIO(pdf)),)}
        for row, pdf in zip(rows, pdfs, strict=True)
    }
    registry.store.update_many(SYSTEM, "notice", kept, DEMO)


def _add_waiting(books: Books) -> None:
    """One that waits for approval, one approved, one still written at."""
    users = books.users
    values = {"author": users.get("frontdesk"), "submitted_by": users.get("frontdesk")}
    books.add("notice", kind="activity", subject="周末邻里市集", state="submitted", **values,
              body="周六上午中心广场举办邻里市集（演示）。\n\n欢迎报名摆摊。")  # fmt: skip
    books.add("notice", kind="works", subject="地库地坪维修通知", state="approved", **values,
              approved_by=users.get("supervisor"), approved_at=_at(books, books.today, 9),
              body="下周一起分区维修地库地坪，请按指示停放（演示）。")  # fmt: skip
    books.add("notice", kind="service", subject="国庆期间服务安排", author=users.get("frontdesk"),
              body="国庆期间前台照常值班（演示）。")  # fmt: skip


def _add_important(books: Books, buildings: list[int]) -> None:
    """An important one for two buildings, issued yesterday: most of the households of the first are called."""
    values = _issued(
        books, books.today - DAY, kind="outage", subject="水箱清洗停水通知", is_important=True, target="buildings",
        buildings=tuple(buildings[:2]), confirm_by=books.today + DAY, shown_until=books.today + 3 * DAY,
        body="后天 8:00–18:00 清洗水箱，期间停水（演示）。\n\n请提前储水，关好水龙头。",
    )  # fmt: skip
    notice = books.add("notice", **values)
    _keep_papers(books, [notice])
    books.add("notice_posting", notice=notice, place=PLACES[0], building=buildings[0], done_at=values["issued_at"],
              done_by=books.users.get("frontdesk"))  # fmt: skip
    mine = (Condition("notice", "equals", notice), Condition("building", "equals", buildings[0]))
    done = {}
    for n, (id, _) in enumerate(books.rows("notice_confirmation", ("unit",), *mine)):
        outcome = books.draw(
            {"reached": 0.62, "no_answer": 0.16, "in_person": 0.06, "to_call": 0.14, "unreachable": 0.02}
        )
        if outcome == "to_call":
            continue
        at = min(values["issued_at"] + timedelta(minutes=60 + 2 * n), books.registry.clock.now())
        words = "号码停机" if outcome == "unreachable" else books.random.choice(WORDS) if outcome == "reached" else None
        done[id] = {"outcome": outcome, "words": words, "called_at": at, "called_by": books.users.get("frontdesk"),
                    "tries": int(outcome != "in_person")}  # fmt: skip
    books.registry.store.update_many(SYSTEM, "notice_confirmation", done, DEMO)


def _add_certificates(books: Books) -> None:
    """Half a year of certificates, one of them void; the newest waits to be issued."""
    templates = list(books.add_many("certificate_template", TEMPLATES))
    owners = (Condition("ended_on", "empty"), Condition("role", "equals", "owner"))
    homes = list(books.rows("occupancy", ("unit", "resident"), *owners))
    if not homes:
        return
    for n in reversed(range(16)):
        _, unit, resident = books.random.choice(homes)
        of, at = n % 2, _at(books, books.today - 11 * n * DAY, 15)
        id = books.add("certificate", template=templates[of], unit=unit, resident=resident, purpose=PURPOSES[n % 5])
        if not n:
            continue
        clerk = books.users.get("frontdesk")
        values: dict[str, Any] = {"state": "issued", "issued_by": clerk, "issued_at": at}
        if TEMPLATES[of].get("valid_days"):
            values["valid_until"] = at.date() + 89 * DAY
        if n == 7:
            values |= {"state": "void", "void_reason": "姓名写错（演示）", "voided_by": books.users.get("supervisor"),
                       "voided_at": at + DAY / 24}  # fmt: skip
        books.registry.store.update(SYSTEM, "certificate", id, values, DEMO)
