"""Direct debit: the file of a batch made, its result taken in, a batch that was never sent voided (F8)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from models.storage.database import hold
from office.bank.collect import Household, Left, collect
from office.bank.layouts import BankLayout, file_name, layouts_of, parts_of, written
from office.bank.posting import Debit, post_debits
from office.bank.results import Answer, Sent, answers, read_result
from office.till.receipts import ZERO
from schema.problems import unknown
from schema.text import Text
from transfer.cells import guarded

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

MAKE, LOAD, VOID = Source("action", "make_file"), Source("action", "load_result"), Source("action", "void_batch")
PLAIN, TABLE = "text/plain", "text/csv"
LINE = ("row", "account", "holder", "amount", "state", "code", "unit", "payer", "bills")

NO_LAYOUT = Text("文件格式", "file layout")
SENT_ALREADY = Text("批次 {batch} 已生成过文件。", "The file of batch {batch} was made already.")
NOBODY = Text("没有可划账的账单：{reasons}", "There is nothing to debit: {reasons}")
NOTHING_OWED = Text("范围内没有欠费。", "nothing is owed that the batch is for.")
MADE = Text(
    "{count} 笔，{total} 元，{files} 个文件。{left}",
    "{count} lines, {total}, in {files} file(s). {left}",
)
LEFT_OUT = Text("未送盘 {n} 户：{reasons}（见清单）。", "{n} left out: {reasons} (see the list).")
LIST_NAME = Text("{batch}-未送盘清单.csv", "{batch}-left-out.csv")
HEADS = (
    Text("房屋", "Unit"), Text("户名", "Name"), Text("欠费金额", "Owed"), Text("未送盘原因", "Why it was left out"),
)  # fmt: skip
NO_FILE = Text("请选择回盘文件。", "Choose the result file.")
NOT_SENT = Text("批次 {batch} 还没有送盘，或已作废。", "Batch {batch} was not sent, or is void.")
FUTURE = Text("划账日期 {day} 还没有到。", "The day of the debit, {day}, is still to come.")
EARLY = Text(
    "划账日期 {day} 早于批次日期 {made}。", "The day of the debit, {day}, lies before that of the batch, {made}."
)
LOADED = Text(
    "成功 {done} 笔 {paid} 元，失败 {failed} 笔 {lost} 元。{waiting}",
    "{done} debited, {paid}; {failed} failed, {lost}. {waiting}",
)
STILL = Text("还有 {n} 笔没有结果。", "{n} lines have no result yet.")
SAME = Text(
    "这个文件已经导入过，没有任何变化：批次 {batch} 的这些结果都已入账。",
    "This file was taken in before and changes nothing: all it says of batch {batch} is in the books.",
)
FAILURE = Text("{batch} {reason}", "{batch} {reason}")
NO_REASON = Text("返回码 {code}", "code {code}")
ANSWERED = Text(
    "批次 {batch} 已有 {n} 笔回盘结果，不能作废。", "{n} lines of batch {batch} have a result; it cannot be voided."
)
VOIDED = Text("批次 {batch} 已作废，其账单可以重新送盘。", "Batch {batch} is void; its bills can be sent again.")


@operation("make_file")
def make_file(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Collect what is to be debited, keep it as lines, and give the files for the bank with a list of who stays out."""
    files: list[tuple[str, bytes, str]] = []
    today = now.astimezone(registry.clock.zone).date()

    def make(id: int) -> Text:
        said, made = _make(registry, actor, id, today)
        files.extend(made)
        return said

    outcome = registry.store.each(selection.ids, make)
    outcome.files = files
    return outcome


@operation("load_result")
def load_result(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Take in what the bank says of a batch: payments for what it debited, its reason for what it did not."""
    return registry.store.each(selection.ids, lambda one: _load(registry, actor, one, now, answers))


@operation("void_batch")
def void_batch(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Void a batch that the bank never got, or refused as a whole; its bills are free again."""

    def void(id: int) -> Text:
        batch = registry.scope.get(actor, "bank_batch", id)
        lines = _lines(registry, id)
        answered = sum(row[5] != "sent" for row in lines)
        if answered:
            raise Refused(ANSWERED.with_(batch=batch["number"], n=answered))
        registry.store.update_many(actor, "bank_line", {row[0]: {"state": "void"} for row in lines}, VOID)
        registry.store.update(actor, "bank_batch", id, {"state": "void", "void_reason": answers["reason"]}, VOID)
        return VOIDED.with_(batch=batch["number"])

    return registry.store.each(selection.ids, void)


def layout_of(registry: Registry, batch: Record) -> BankLayout:
    """The layout a batch names. Raises Refused where the settings have none of that name."""
    known = layouts_of(registry.schema)
    if batch["layout"] not in known:
        raise Refused(unknown(NO_LAYOUT, batch["layout"], known))
    return known[batch["layout"]]


# -- out -------------------------------------------------------------------------------------------


def _make(registry: Registry, actor: Actor, id: int, today: date) -> tuple[Text, list[tuple[str, bytes, str]]]:
    hold(registry.db, "bank_batch")
    batch = registry.scope.get(actor, "bank_batch", id)
    layout = layout_of(registry, batch)
    if batch["state"] != "draft":
        raise Refused(SENT_ALREADY.with_(batch=batch["number"]))
    households, left = collect(registry, actor, batch, layout, today)
    if not households:
        raise Refused(NOBODY.with_(reasons=_reasons(left) if left else NOTHING_OWED))
    rows = [
        {"batch": id, "row": row, "unit": one.unit, "payer": one.payer, "account": one.account, "holder": one.holder,
         "amount": one.amount, "bills": tuple(one.bills), "state": "sent"}
        for row, one in enumerate(households, 1)
    ]  # fmt: skip
    registry.store.create_many(actor, "bank_line", rows, MAKE)
    files = _files(layout, batch, households)
    keys = tuple(registry.files.put(actor, "bank_batch", None, name, io.BytesIO(content)) for name, content, _ in files)
    registry.store.update(actor, "bank_batch", id, {"file": keys, "state": "sent"}, MAKE)
    told = LEFT_OUT.with_(n=len(left), reasons=_reasons(left)) if left else Text("", "")
    total = sum((one.amount for one in households), ZERO)
    said = MADE.with_(count=len(households), total=total, files=len(files), left=told)
    return said, [*files, *([_left_list(actor, batch, left)] if left else [])]


def _files(layout: BankLayout, batch: Record, households: Sequence[Household]) -> list[tuple[str, bytes, str]]:
    """The files for the bank; rows are numbered through all of them."""
    rows = [
        {"row": row, "account": one.account, "holder": one.holder, "amount": one.amount, "memo": one.memo,
         "remark": one.title, "unit": one.title, "batch": batch["number"], "date": batch["made_on"]}
        for row, one in enumerate(households, 1)
    ]  # fmt: skip
    found = []
    for part, places in enumerate(parts_of(layout, len(rows)), 1):
        about = {"number": batch["number"], "date": f"{batch['made_on']:%Y%m%d}", "part": part}
        name = file_name(layout, batch["number"], batch["made_on"], part)
        found.append((name, written(layout, [rows[place] for place in places], about), PLAIN))
    return found


def _left_list(actor: Actor, batch: Record, left: Sequence[Left]) -> tuple[str, bytes, str]:
    """Who is not debited, as a table in the language of who asks."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow([head.to(actor.locale) for head in HEADS])
    for one in left:
        table.writerow([guarded(one.title), guarded(one.holder), one.owed, guarded(one.reason.to(actor.locale))])
    name = LIST_NAME.with_(batch=batch["number"]).to(actor.locale)
    return name, out.getvalue().encode("utf-8-sig"), TABLE


def _reasons(left: Sequence[Left]) -> Text:
    """How many are left out for which reason, the most frequent first."""
    counted = Counter((one.reason.to("zh"), one.reason.to("en")) for one in left).most_common()
    return Text("，".join(f"{zh} {n} 户" for (zh, _), n in counted), ", ".join(f"{en}: {n}" for (_, en), n in counted))


# -- back ------------------------------------------------------------------------------------------


def _load(registry: Registry, actor: Actor, id: int, now: datetime, given: Mapping[str, Any]) -> Text:
    hold(registry.db, "bank_batch")
    batch = registry.scope.get(actor, "bank_batch", id)
    number, layout = batch["number"], layout_of(registry, batch)
    on = _day(registry, batch, now, given.get("paid_on"))
    if batch["state"] not in ("sent", "loaded"):
        raise Refused(NOT_SENT.with_(batch=number))
    keys = tuple(given.get("result") or ())
    stored = registry.files.named("bank_batch", keys[:1])
    if not stored:
        raise Refused(NO_FILE)
    lines = {row[0]: row for row in _lines(registry, id)}
    sent = [
        Sent(id, row, account, holder, amount, state, code or "")
        for id, row, account, holder, amount, state, code, *_ in lines.values()
    ]
    new = answers(layout, number, sent, read_result(layout, registry.files.path(stored[0]).read_bytes(), number))
    if not new:
        return SAME.with_(batch=number)
    _post(registry, actor, now, number, on, new, lines)
    waiting = sum(one.state == "sent" for one in sent) - len(new)
    values = {"result": (*(batch.get("result") or ()), stored[0].key), "returned_on": on,
              "state": "sent" if waiting else "loaded"}  # fmt: skip
    registry.store.update(actor, "bank_batch", id, values, LOAD)
    paid, lost = [one for one in new if one.succeeded], [one for one in new if not one.succeeded]
    return LOADED.with_(
        done=len(paid), paid=sum((one.sent.amount for one in paid), ZERO), failed=len(lost),
        lost=sum((one.sent.amount for one in lost), ZERO), waiting=STILL.with_(n=waiting) if waiting else Text("", ""),
    )  # fmt: skip


def _post(
    registry: Registry, actor: Actor, now: datetime, number: str, on: date, new: Sequence[Answer],
    lines: Mapping[int, tuple[Any, ...]],
) -> None:  # fmt: skip
    """Receipts for what was debited; the bank's reason on the lines, and on the bills that stay owed."""
    paid = [one for one in new if one.succeeded]
    debits = [
        Debit(unit, payer, one.sent.amount, tuple(bills or ()), f"{number} {one.sent.row}")
        for one in paid for unit, payer, bills in (lines[one.sent.id][7:],)
    ]  # fmt: skip
    receipts = dict(
        zip((one.sent.id for one in paid), post_debits(registry, actor, now, debits, on, LOAD), strict=True)
    )
    said = {
        one.sent.id: {"state": "succeeded" if one.succeeded else "failed", "code": one.code, "reason": one.reason,
                      "receipt": receipts.get(one.sent.id)}
        for one in new
    }  # fmt: skip
    registry.store.update_many(actor, "bank_line", said, LOAD)
    failures: dict[int, dict[str, str | None]] = {}
    for one in new:
        why = f"{number} {one.reason or NO_REASON.with_(code=one.code).to(actor.locale)}"
        failures |= {bill: {"debit_failure": None if one.succeeded else why} for bill in lines[one.sent.id][9] or ()}
    registry.store.update_many(actor, "bill", failures, LOAD)


def _lines(registry: Registry, batch: int) -> list[tuple[Any, ...]]:
    """(id, row, account, holder, amount, state, code, unit, payer, bills) of the lines of a batch."""
    query = Query(conditions=(Condition("batch", "equals", batch),), sort="id", columns=LINE)
    return [(line.id, *(line[name] for name in LINE)) for line in registry.scope.stream(SYSTEM, "bank_line", query)]


def _day(registry: Registry, batch: Record, now: datetime, given: date | None) -> date:
    """The day the bank debited. Raises Refused for one to come, or before the batch."""
    today = now.astimezone(registry.clock.zone).date()
    on = given or today
    if on > today:
        raise Refused(FUTURE.with_(day=on))
    if on < batch["made_on"]:
        raise Refused(EARLY.with_(day=on, made=batch["made_on"]))
    return on
