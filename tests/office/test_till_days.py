"""The cashier's day and the month: opened by the first receipt, counted, handed over, closed, opened again (F12)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.actor import SYSTEM
from models.errors import Invalid, NotAllowed, Refused
from office.till.closing import refuse_closed
from tests.office.money import MoneyOffice
from tests.office.test_till import take

D = Decimal


@pytest.fixture
def unit(money: MoneyOffice) -> int:
    return money.unit("101")


def count(money: MoneyOffice, day: int, counted: str = "40", who: str = "cashier", **more: object) -> None:
    answers = {"counted": counted, "is_safe_checked": True, **more}
    money.act(who, "till_day", "count_till", day, **answers)


def close(money: MoneyOffice, month: str) -> str:
    """Close a month as the supervisor; what was said."""
    there = money.rows("month_close", month=month)
    id = there[0].id if there else money.make("month_close", month=month)
    outcome = money.act("billing", "month_close", "close_month", id)
    return str((outcome.done or outcome.skipped)[0][1].to("en"))


def test_the_first_receipt_opens_the_day_and_both_cashiers_have_their_own(money: MoneyOffice, unit: int) -> None:
    take(money, unit, ("cash", "40.00"), ("wechat", "60.00"))
    take(money, unit, ("cash", "7.00"), who="cashier2")
    take(money, unit, ("cash", "2.00"))
    mine, other = money.rows("till_day", "cash", "other", "total", "receipts")
    assert (mine["cash"], mine["other"], mine["total"], mine["receipts"]) == (42, 60, 102, 2)
    assert (other["cash"], other["receipts"]) == (7, 1)


def test_counted_explained_checked_and_handed_over(money: MoneyOffice, unit: int) -> None:
    take(money, unit, ("cash", "40.00"))
    with pytest.raises(Invalid, match="safe"):
        money.act("cashier", "till_day", "count_till", 1, counted="40")
    with pytest.raises(Invalid, match=r"difference of -0\.50"):
        count(money, 1, "39.50")
    count(money, 1, "39.50", explanation="找零多找五角")
    assert money.get("till_day", 1)["difference"] == D("-0.50")
    assert money.get("till_day", 1)["state"] == "counted"
    money.act("cashier", "till_day", "hand_over", 1, received_by="财务王芳")
    assert money.get("till_day", 1)["state"] == "handed_over"
    assert money.get("till_day", 1)["handed_over_at"] == money.clock.now()


def test_a_receipt_after_the_count_opens_the_day_again(money: MoneyOffice, unit: int) -> None:
    take(money, unit, ("cash", "40.00"))
    count(money, 1)
    take(money, unit, ("cash", "1.00"))
    assert (money.get("till_day", 1)["state"], money.get("till_day", 1)["counted"]) == ("open", None)
    refused = money.act("cashier", "till_day", "hand_over", 1, received_by="王芳")
    assert refused.skipped


def test_after_the_handover_nothing_is_taken_unless_it_is_opened_again(money: MoneyOffice, unit: int) -> None:
    take(money, unit, ("cash", "40.00"))
    count(money, 1)
    money.act("cashier", "till_day", "hand_over", 1, received_by="王芳")
    with pytest.raises(Refused, match="Cashier has handed over the day 2026-10-05"):
        take(money, unit, ("cash", "1.00"))
    with pytest.raises(NotAllowed):
        money.act("cashier", "till_day", "reopen_till", 1, reason="忘了一笔")
    money.act("billing", "till_day", "reopen_till", 1, reason="忘了一笔")
    take(money, unit, ("cash", "1.00"))
    money.on("2026-10-06")
    take(money, unit, ("cash", "1.00"))
    assert len(money.rows("till_day")) == 2


def test_a_colleague_counts_nothing_of_mine(money: MoneyOffice, unit: int) -> None:
    take(money, unit, ("cash", "40.00"))
    with pytest.raises(Refused, match="till day of Cashier"):
        count(money, 1, who="cashier2")
    count(money, 1, who="billing")
    assert money.get("till_day", 1)["state"] == "counted"


def test_a_month_closes_once_it_is_over_and_all_is_handed_over(money: MoneyOffice, unit: int) -> None:
    money.bill(unit, period="2026Q4", amount="540.00")
    take(money, unit, ("cash", "40.00"))
    assert "not over" in close(money, "2026-10")
    money.on("2026-11-02")
    assert "1 till days of 2026-10 are not handed over (2026-10-05 Cashier)" in close(money, "2026-10")
    count(money, 1)
    money.act("cashier", "till_day", "hand_over", 1, received_by="王芳")
    assert close(money, "2026-10") == "2026-10 is closed: billed 540.00, collected 40.00."
    with pytest.raises(Refused, match="2026-10 is closed: nothing dated 2026-10-31"):
        refuse_closed(money.registry, date(2026, 10, 31))
    refuse_closed(money.registry, date(2026, 11, 1))
    with pytest.raises(Refused, match="2026-10 is closed"):
        take(money, unit, ("opening", "1.00"), paid_on=date(2026, 10, 31))
    refused = money.act("billing", "till_day", "reopen_till", 1, reason="忘了")
    assert "2026-10 is closed" in refused.skipped[0][1].to("en")


def test_only_the_billing_supervisor_opens_a_month_again_and_says_why(money: MoneyOffice, unit: int) -> None:
    month = money.make("month_close", month="2026-09")
    money.act("billing", "month_close", "close_month", month)
    for who in ("cashier", "director", "admin", "auditor"):
        with pytest.raises(NotAllowed):
            money.act(who, "month_close", "reopen_month", month, reason="x")
    with pytest.raises(Invalid):
        money.act("billing", "month_close", "reopen_month", month)
    money.act("billing", "month_close", "reopen_month", month, reason="漏记一笔转账")
    refuse_closed(money.registry, date(2026, 9, 30))
    changes = money.registry.history.of(SYSTEM, "month_close", month)
    assert any("漏记一笔转账" in str(change) for change in changes)
    assert "is closed" in close(money, "2026-09")
