"""The close of a month: what is dated in it cannot be posted any more, unless it is opened again (F12)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from models.storage.database import hold
from models.storage.locking import share
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

CLOSED = Text(
    "{month} 已结账，不能再记入 {day} 的款项；请记在未结账的日期，或由收费主管反结账。",
    "{month} is closed: nothing dated {day} can be posted. Use a day that is not closed, or let the billing "
    "supervisor open the month again.",
)
NOT_OVER = Text("{month} 还没有结束，{last} 之后才能结账。", "{month} is not over; it can be closed after {last}.")
NOT_HANDED_OVER = Text(
    "{month} 还有 {n} 份收款日报未交款（{days}）；全部交款后才能结账。",
    "{n} till days of {month} are not handed over ({days}); the month is closed after all of them are.",
)
IS_CLOSED = Text("{month} 已经结账。", "{month} is closed already.")
NOT_CLOSED = Text("{month} 没有结账，无需反结账。", "{month} is not closed; there is nothing to open again.")
DONE = Text(
    "{month} 已结账：应收 {billed} 元，实收 {collected} 元。",
    "{month} is closed: billed {billed}, collected {collected}.",
)
REOPENED = Text("{month} 已反结账。", "{month} is open again.")
NAMED = 3


def month_of(day: date) -> str:
    """The month of a day as records hold it: '2026-03'."""
    return f"{day:%Y-%m}"


def days_of(month: str) -> tuple[date, date]:
    """The first and the last day of a month such as '2026-03'."""
    year, number = int(month[:4]), int(month[5:7])
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


def refuse_closed(registry: Registry, day: date) -> None:
    """Raises Refused when the month of ``day`` is closed; otherwise it stays open to the end of the transaction.

    Everything that posts calls it: receipts, allocations, waivers, the issue and the voiding of bills. Source: F12.
    """
    month = month_of(day)
    share(registry.db, _lock_of(month))
    closed = (Condition("month", "equals", month), Condition("state", "equals", "closed"))
    if registry.scope.count(SYSTEM, "month_close", Query(conditions=closed), bound=1):
        raise Refused(CLOSED.with_(month=month, day=day))


@operation("close_month")
def close_month(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Close months whose days at the till are all handed over, with what was billed and collected in them (F12)."""
    return registry.store.each(selection.ids, lambda month: _close(registry, actor, month, now))


@operation("reopen_month")
def reopen_month(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Open closed months again, for the reason given; the history keeps it (F12)."""
    return registry.store.each(selection.ids, lambda month: _reopen(registry, actor, month, answers["reason"]))


def _close(registry: Registry, actor: Actor, id: int, now: datetime) -> Text:
    record = registry.scope.get(actor, "month_close", id)
    month = str(record["month"])
    hold(registry.db, _lock_of(month))
    first, last = days_of(month)
    if record["state"] == "closed":
        raise Refused(IS_CLOSED.with_(month=month))
    if now.astimezone(registry.clock.zone).date() <= last:
        raise Refused(NOT_OVER.with_(month=month, last=last))
    _refuse_open_tills(registry, actor, month)
    billed = _sum(registry, actor, "bill", "amount", "issued_on", first, last, "state == 'published'")
    collected = _sum(registry, actor, "payment", "amount", "paid_on", first, last, "for_bills")
    values = {"state": "closed", "closed_by": actor.id, "closed_at": now, "billed": billed, "collected": collected}
    registry.store.update(actor, "month_close", id, values, Source("action", "close_month"))
    return DONE.with_(month=month, billed=billed, collected=collected)


def _reopen(registry: Registry, actor: Actor, id: int, reason: str) -> Text:
    record = registry.scope.get(actor, "month_close", id)
    if record["state"] != "closed":
        raise Refused(NOT_CLOSED.with_(month=record["month"]))
    values = {"state": "reopened", "reason": reason}
    registry.store.update(actor, "month_close", id, values, Source("action", "reopen_month"))
    return REOPENED.with_(month=record["month"])


def _refuse_open_tills(registry: Registry, actor: Actor, month: str) -> None:
    first, last = days_of(month)
    among = (Condition("on", "from", first), Condition("on", "to", last))
    query = Query(conditions=among, where="state != 'handed_over'", sort="on", columns=("on",))
    page = registry.scope.page(actor, "till_day", query)
    if page.rows:
        named = "; ".join(row.title for row in page.rows[:NAMED]) + (" …" if page.count > NAMED else "")
        raise Refused(NOT_HANDED_OVER.with_(month=month, n=page.count, days=named))


def _sum(
    registry: Registry, actor: Actor, entity: str, field: str, day: str, first: date, last: date, where: str
) -> Decimal:
    query = Query(conditions=(Condition(day, "from", first), Condition(day, "to", last)))
    rows = registry.scope.aggregate(actor, entity, {"total": field}, where=where, query=query)
    return Decimal(rows[0]["total"] or 0)


def _lock_of(month: str) -> str:
    return f"month_close.{month}"
