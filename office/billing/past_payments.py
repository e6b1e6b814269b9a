"""Opening history: what was billed and paid before this program, taken in from the office's spreadsheet (F5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor
from models.errors import Refused
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from models.storage.rows import batches
from office.billing.periods import days_of, month_end, period_of_days
from office.owners import Owners
from office.till.closing import month_of, refuse_closed
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

OPENING = "opening"
NOTHING = Prepared()
FIXED = ("unit", "fee_type", "starts_on", "ends_on", "amount")
"""What of a bill in the books no file may change."""

BACKWARDS = Text("结束时间 {last} 早于开始时间 {first}。", "The end, {last}, lies before the start, {first}.")
OTHER_CYCLE = Text(
    "缴费周期写的是 {months} 个月，而 {first} 至 {last} 不是；请核对日期，或把缴费周期留空。",
    "The cycle says {months} months, but {first} to {last} is not that; check the dates, or leave the cycle blank.",
)
THERE = Text(
    "与已有账单“{bill}”（{first} 至 {last}）的日期重叠，不能重复入账；请核对，或先作废那张账单。",
    "The days overlap those of the bill “{bill}” ({first} to {last}), which is there already; check, or void that "
    "bill first.",
)
TWICE = Text(
    "与同一文件中 {first} 至 {last} 的一行重叠，不能重复入账。",
    "The days overlap those of another row of this file ({first} to {last}).",
)
POSTED = Text(
    "“{bill}”已按 {was} 入账，文件中是 {now}；已入账的账单不能修改，请核对，或作废后重新导入。",
    "“{bill}” is in the books with {was}, the file says {now}; a posted bill is never changed. Check, or void it and "
    "import again.",
)
TOO_MUCH = Text(
    "实缴 {paid} 元大于“{bill}”尚未缴清的 {owed} 元；请核对金额，多缴的部分请在收银台另收为预存。",
    "{paid} was paid, but only {owed} of “{bill}” is open; check the amounts. What was paid over is taken at the "
    "till, as credit.",
)


@preparation("bill", only=("origin", OPENING))
def prepare_bills(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Period, dates and payer of bills of the opening history, and what keeps them out; others are left as they are."""
    found = [NOTHING] * len(drafts)
    mine = [at for at, draft in enumerate(drafts) if (draft.values or draft.old or {}).get("origin") == OPENING]
    if mine:
        past = _PastBills(registry, actor, [drafts[at] for at in mine])
        for at in mine:
            found[at] = past.prepared(drafts[at])
    return found


@preparation("allocation", only=("receipt", None))
def prepare_allocations(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """What the opening history pays of a bill is no more than is open of it; money taken here has a receipt."""
    mine = [
        draft.values for draft in drafts
        if draft.old is None and draft.values is not None and draft.values.get("receipt") is None
    ]  # fmt: skip
    bills = {row["bill"] for row in mine if row.get("bill") and row.get("amount")}
    open_bills = {
        bill.id: bill for bill in registry.scope.records(SYSTEM, "bill", sorted(bills), ("origin", "owed"))
        if bill["origin"] == OPENING
    }  # fmt: skip
    if not open_bills:
        return [NOTHING] * len(drafts)
    closed, taken = _Closed(registry), defaultdict[int, Decimal](Decimal)
    found = []
    for draft in drafts:
        row = draft.values or {}
        bill = open_bills.get(row.get("bill", 0)) if draft.old is None and row.get("receipt") is None else None
        problems: dict[str, list[Text]] = {}
        if bill is not None and row.get("amount"):
            owed = bill["owed"] - taken[bill.id]
            taken[bill.id] += row["amount"]
            if row["amount"] > owed:
                problems["amount"] = [TOO_MUCH.with_(paid=row["amount"], bill=bill.title, owed=owed)]
            elif (said := closed.said(row.get("on"))) is not None:
                problems["on"] = [said]
        found.append(Prepared(problems=problems) if problems else NOTHING)
    return found


class _Closed:
    """Which months are closed, each asked for once."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._said: dict[str, Text | None] = {}

    def said(self, day: date | None) -> Text | None:
        """Why nothing can be posted on a day; None where it can."""
        if day is None:
            return None
        month = month_of(day)
        if month not in self._said:
            self._said[month] = self._why(day)
        return self._said[month]

    def _why(self, day: date) -> Text | None:
        try:
            refuse_closed(self._registry, day)
        except Refused as refused:
            return refused.text
        return None


class _PastBills:
    """Bills of the opening history that are written together, and the living ones beside them."""

    def __init__(self, registry: Registry, actor: Actor, drafts: Iterable[Draft]) -> None:
        self.registry, self.closed = registry, _Closed(registry)
        new = [draft.values for draft in drafts if draft.old is None and draft.values is not None]
        units = {row["unit"] for row in new if row.get("unit")}
        self.owners = Owners(registry, actor, units)
        self.living: dict[tuple[int, int], list[tuple[date, date, str]]] = defaultdict(list)
        """(unit, fee type) → first day, last day and title of each bill; '' for one of these drafts."""
        for some in batches(sorted(units)):
            here = (Condition("unit", "in", tuple(some)), Condition("voided", "equals", 0))
            query = Query(conditions=here, columns=("unit", "fee_type", "starts_on", "ends_on"))
            for bill in registry.scope.stream(SYSTEM, "bill", query):
                days = (bill["starts_on"], bill["ends_on"], bill.title)
                self.living[bill["unit"], bill["fee_type"]].append(days)

    def prepared(self, draft: Draft) -> Prepared:
        """What is to be done about one of them."""
        row, old = draft.values, draft.old
        if row is None or old is not None:
            return self._changed(old or {}, row)
        if any(row.get(name) is None for name in FIXED):
            return NOTHING
        problems = self._problems(row)
        if not problems:
            self.living[row["unit"], row["fee_type"]].append((row["starts_on"], row["ends_on"], ""))
        last: date = row["ends_on"]
        values = {
            "period": period_of_days(row["starts_on"], last).text,
            "issued_on": row.get("issued_on") or row["starts_on"],
            "due_on": max(row.get("due_on") or last, last),
            "payer": row.get("payer") or self.owners.on(row["unit"], last),
        }  # fmt: skip
        return Prepared(values, {name: [text] for name, text in problems.items()})

    def _problems(self, row: Mapping[str, Any]) -> dict[str, Text]:
        first, last, months = row["starts_on"], row["ends_on"], row.get("months")
        if last < first:
            return {"ends_on": BACKWARDS.with_(first=first, last=last)}
        if months and months != whole_months(first, last):
            return {"months": OTHER_CYCLE.with_(months=months, first=first, last=last)}
        for begins, ends, title in self.living[row["unit"], row["fee_type"]]:
            if begins <= last and first <= ends:
                words = THERE if title else TWICE
                return {"starts_on": words.with_(bill=title, first=begins, last=ends)}
        said = self.closed.said(row.get("issued_on") or first)
        return {} if said is None else {"starts_on": said}

    def _changed(self, old: Mapping[str, Any], row: Mapping[str, Any] | None) -> Prepared:
        """A bill in the books: its facts stay, and it goes only from a month that is open."""
        if row is None:
            said = self.closed.said(old.get("issued_on"))
            return NOTHING if said is None else Prepared(problems={"issued_on": [said]})
        changed = next((name for name in FIXED if old.get(name) != row.get(name)), None)
        if changed is None:
            return NOTHING
        words = POSTED.with_(bill=old.get("title_text") or "", was=old.get(changed), now=row.get(changed))
        return Prepared(problems={changed: [words]})


def whole_months(first: date, last: date) -> int:
    """How many months lie from ``first`` to ``last``, both included; 0 where they are not whole ones.

    Whole are months of the calendar and those counted from any day: 15 March to 14 June are three.
    """
    months = (last.year - first.year) * 12 + last.month - first.month
    if first.day == 1:
        return months + 1 if last == month_end(last) else 0
    is_whole = last.day == first.day - 1 or (last == month_end(last) and last.day < first.day - 1)
    return months if is_whole and days_of(first, last) > 1 else 0
