"""The life of a household that owes, from the first reminder to the lawyers: jobs, actions, holds (F7)."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import jobs
from models.actor import SYSTEM
from models.errors import NotAllowed, Refused
from office.billing.late_fee import late_fees
from office.dunning.cases import Kept, keep, settle
from office.till.receipts import Method
from office.till.reversal import reverse_receipt
from office.till.taking import take_payment
from tests.office.dunning_desk import Desk, said, text_of


@pytest.fixture
def desk(money: Any) -> Desk:
    return Desk(money)


@pytest.mark.both_engines
def test_the_life_of_a_case(desk: Desk) -> None:
    """
    bill 2026Q1   due 2026-01-31   540.00
    reminder, final notice, visit (nobody home, then a promise that is broken), visit by the assistant,
    conference, legal handover, payment in full
    """
    money = desk.money
    unit = money.unit("101")
    money.late_fee_rule("物业费", "0.05", late_from="final_notice")
    bill = money.bill(unit, period="2026Q1", due_on="2026-01-31")

    assert desk.run("2026-02-06").startswith("0 cases opened") and desk.steps() == []
    assert desk.run("2026-02-07").startswith("1 cases opened")
    assert desk.steps() == ["1/1 letter proposed due 02-07"]
    assert money.get("bill", bill)["dunning_case"] == desk.case(unit).id

    money.on("2026-02-09")
    done = desk.escalate("steward1", "dunning_step", desk.step(unit))
    assert said(done.done) == ["“Reminder” is printed, to be paid by 2026-02-16; deliver it."]
    name, pdf, kind = done.files[0]
    assert kind == "application/pdf" and name.endswith(".pdf")
    assert "业主101" in text_of(pdf) and "540.00" in text_of(pdf) and "2026年2月16日" in text_of(pdf)
    assert desk.escalate("steward1", "dunning_step", desk.step(unit)).files == []
    with pytest.raises(Refused, match="needs proof"):
        money.act("steward1", "dunning_step", "deliver_letter", desk.step(unit))
    money.on("2026-02-10")
    desk.deliver("steward1", desk.step(unit))
    assert (desk.case(unit)["level"], desk.case(unit)["owed"]) == (1, Decimal("540.00"))

    desk.run("2026-02-18")
    assert desk.steps() == ["1/1 letter sent due 02-07"]
    desk.run("2026-02-19")
    assert desk.steps()[-1] == "2/1 letter proposed due 02-19"
    done = desk.escalate("steward1", "dunning_step", desk.step(unit))
    letter = text_of(done.files[0][1])
    assert "2026年3月6日" in letter and "0.05%" in letter and "2026年2月10日催缴通知" in letter
    assert late_fees(desk.registry, SYSTEM, [bill], date(2026, 6, 1))[bill].owed == 0
    money.on("2026-02-20")
    desk.deliver("steward1", desk.step(unit))
    assert money.get("bill", bill)["noticed_until"] == date(2026, 3, 6)
    fee = late_fees(desk.registry, SYSTEM, [bill], date(2026, 3, 17))[bill]
    assert (fee.days, fee.owed) == (10, Decimal("2.70"))

    desk.run("2026-03-09")
    assert desk.steps()[-1] == "3/1 visit proposed due 03-09"
    money.act("steward1", "dunning_step", "record_visit", desk.step(unit), outcome="nobody")
    desk.run("2026-03-11")
    assert desk.steps()[-2:] == ["3/1 visit failed due 03-09", "3/2 visit proposed due 03-11"]
    money.act("steward1", "dunning_step", "record_visit", desk.step(unit), outcome="met", reason="service",
              words="电梯噪音", until=date(2026, 3, 25), amount=Decimal("300.00"), proof=desk.photo())  # fmt: skip
    case = desk.case(unit)
    assert (case["state"], case["level"], case["reason"]) == ("held", 3, "service")
    [request] = money.rows("service_request", "kind", "matter", "unit", "owner", "caller")
    assert (request["kind"], request["matter"], request["unit"]) == ("complaint", "催缴时反映：电梯噪音", unit)
    assert (request["owner"], request["caller"]) == (money.people["steward1"].id, money.owners[unit])
    assert [step["request"] for step in money.rows("dunning_step", "request", state="sent")][-1] == request.id
    for day in ("2026-03-18", "2026-03-25"):
        desk.run(day)
        assert desk.steps()[-1] == "3/2 visit sent due 03-11"
    desk.run("2026-03-26")
    assert desk.case(unit)["state"] == "open" and desk.steps()[-1] == "4/1 visit proposed due 03-18"

    refused = desk.escalate("steward1", "dunning_step", desk.step(unit))
    assert said(refused.skipped) == ["“Visit by the assistant” is done by: Assistant, Supervisor."]
    desk.escalate("assistant", "dunning_step", desk.step(unit))
    money.act("assistant", "dunning_step", "record_visit", desk.step(unit), outcome="refused")
    desk.run("2026-04-05")
    money.act("supervisor", "dunning_step", "conference", desk.step(unit), words="不欢而散")
    desk.run("2026-04-20")
    assert desk.steps()[-1] == "6/1 legal proposed due 04-20"
    with pytest.raises(NotAllowed):
        money.act("supervisor", "dunning_step", "hand_to_legal", desk.step(unit))
    handed = money.act("director", "dunning_step", "hand_to_legal", desk.step(unit))
    names = zipfile.ZipFile(io.BytesIO(handed.files[0][1])).namelist()
    assert len([n for n in names if n.endswith(".pdf")]) == 4 and len([n for n in names if n.endswith(".png")]) == 3
    assert desk.case(unit)["state"] == "legal"
    desk.run("2026-05-30")
    assert len(desk.steps()) == 7

    money.on("2026-06-01")
    money.pay(bill, "540.00")
    assert settle(desk.registry, money.people["cashier"], [unit], money.today).closed == 1
    assert (desk.case(unit)["state"], desk.case(unit)["owed"]) == ("closed", Decimal("0.00"))


def test_running_twice_or_after_days_off_changes_nothing(desk: Desk) -> None:
    """Of two households alike one is looked after every day, twice, the other on days of work alone."""
    money = desk.money
    daily, seldom = money.unit("101"), money.unit("101", building="2")
    for unit in (daily, seldom):
        money.bill(unit, period="2026Q1", due_on="2026-01-31")
    keeper = jobs.actor_of(desk.registry.schema.schedules["propose_dunning"])
    work = {date(2026, 2, 20), date(2026, 4, 1)}
    for day in (date(2026, 2, 1) + timedelta(days=n) for n in range(120)):
        money.on(day)
        keep(desk.registry, keeper, day, [daily])
        again = keep(desk.registry, keeper, day, [daily])
        assert again == Kept()
        if day in work:
            keep(desk.registry, keeper, day, [seldom])
            desk.write_and_deliver(daily)
            desk.write_and_deliver(seldom, "steward2")
    keep(desk.registry, keeper, money.today, [seldom])
    assert desk.steps(daily) == desk.steps(seldom)
    assert desk.steps(daily)[-1] == "3/1 visit proposed due 04-19"
    columns = ("level", "level_on", "state", "owed")
    one, other = ([row[c] for c in columns] for row in money.rows("dunning_case", *columns))
    assert one == other


@pytest.mark.both_engines
def test_payment_closes_and_a_reversal_opens_again(desk: Desk) -> None:
    """
    bill 2026Q1  due 2026-01-31  540.00   reminder delivered 02-10
    paid 02-12, reversed 03-01: the waits begin anew
    """
    money = desk.money
    unit = money.unit("101")
    bill = money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    desk.write_and_deliver(unit)
    money.on("2026-02-12")
    receipt = money.pay(bill, "540.00")
    closed = settle(desk.registry, money.people["cashier"], [unit], money.today)
    assert (closed.closed, desk.case(unit)["state"]) == (1, "closed")
    first = desk.case(unit).id
    money.on("2026-03-01")
    money.reverse(receipt)
    desk.run("2026-03-04")
    case = desk.case(unit)
    assert (case.id, case["state"], case["level"], case["reopened_on"]) == (first, "open", 1, date(2026, 3, 1))
    assert desk.steps() == ["1/1 letter sent due 02-07", "2/1 letter proposed due 03-04"]


def test_a_step_not_done_yet_is_withdrawn_on_payment(desk: Desk) -> None:
    """The letter is printed already when the money comes; after a reversal it is another try."""
    money = desk.money
    unit = money.unit("101")
    bill = money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    desk.escalate("steward1", "dunning_step", desk.step(unit))
    receipt = money.pay(bill, "540.00")
    assert desk.run("2026-02-11").startswith("0 cases opened, 0 opened again, 1 closed")
    assert desk.steps() == ["1/1 letter dropped due 02-07"]
    money.reverse(receipt)
    assert desk.run("2026-02-18").startswith("0 cases opened, 1 opened again, 0 closed; 1 steps")
    assert desk.steps()[-1] == "1/2 letter proposed due 02-18"


def test_the_till_closes_and_its_reversal_opens_again_at_once(desk: Desk) -> None:
    """Through the operations of the till, with no daily job between."""
    money, registry = desk.money, desk.registry
    unit = money.unit("101")
    money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    money.on("2026-02-12")
    now = registry.clock.now()
    receipt = take_payment(registry, money.people["cashier"], now, unit, [Method("cash", Decimal("540.00"))])
    assert desk.case(unit)["state"] == "closed"
    reverse_receipt(registry, money.people["billing"], now, receipt, "收错户")
    assert (desk.case(unit)["state"], desk.case(unit)["reopened_on"]) == ("open", date(2026, 2, 12))
    part = [Method("cash", Decimal("539.99"))]
    take_payment(registry, money.people["cashier"], now, unit, part)
    assert desk.case(unit)["state"] == "open"


def test_a_part_payment_leaves_the_case_at_its_level(desk: Desk) -> None:
    """
    bill 2026Q1  due 2026-01-31  540.00    bill 2026-02 (parking)  due 2026-03-31  150.00
    the first is paid: the second alone carries the case on
    """
    money = desk.money
    unit = money.unit("101")
    bill = money.bill(unit, period="2026Q1", due_on="2026-01-31")
    later = money.bill(unit, "车位费", "2026-03", "150.00", due_on="2026-03-31")
    desk.run("2026-02-10")
    desk.write_and_deliver(unit)
    desk.run("2026-04-01")
    assert money.get("bill", later)["dunning_case"] == desk.case(unit).id
    assert desk.case(unit)["owed"] == Decimal("690.00")
    money.pay(bill, "540.00")
    assert settle(desk.registry, money.people["cashier"], [unit], money.today).closed == 0
    desk.run("2026-04-02")
    assert (desk.case(unit)["level"], desk.case(unit)["owed"]) == (1, Decimal("150.00"))
    done = desk.escalate("steward1", "dunning_step", desk.step(unit))
    assert "150.00" in text_of(done.files[0][1]) and "540.00" not in text_of(done.files[0][1])


def test_bills_that_fall_due_after_the_final_notice_get_their_own(desk: Desk) -> None:
    """
    bill 2026Q1  due 2026-01-31   final notice delivered 02-20, visited 03-09
    bill 2026Q2  due 2026-04-30   its late fee waits for a notice; the case stays at its level
    """
    money = desk.money
    unit = money.unit("101")
    money.late_fee_rule("物业费", "0.05", late_from="final_notice")
    first = money.bill(unit, period="2026Q1", due_on="2026-01-31")
    for day in ("2026-02-10", "2026-02-20"):
        desk.run(day)
        desk.write_and_deliver(unit)
    desk.run("2026-03-10")
    money.act("steward1", "dunning_step", "record_visit", desk.step(unit), outcome="refused")
    later = money.bill(unit, period="2026Q2", due_on="2026-04-30")
    desk.run("2026-03-20")
    money.act("assistant", "dunning_step", "record_visit", desk.step(unit), outcome="refused")
    desk.run("2026-05-01")
    assert desk.steps()[-1] == "5/1 conference proposed due 03-30"
    money.act("director", "dunning_step", "conference", desk.step(unit), words="同意分期", until=date(2026, 5, 6))
    desk.run("2026-05-07")
    assert desk.steps()[-1] == "2/2 letter proposed due 05-07"
    desk.write_and_deliver(unit)
    assert money.get("bill", later)["noticed_until"] == date(2026, 5, 22)
    assert money.get("bill", first)["noticed_until"] == date(2026, 3, 7)
    case = desk.case(unit)
    assert (case["level"], case["state"]) == (5, "open")
    desk.run("2026-05-16")
    assert desk.steps()[-1] == "6/1 legal proposed due 05-16"


def test_a_notice_that_nothing_calls_for_any_more_is_withdrawn(desk: Desk) -> None:
    money = desk.money
    unit = money.unit("101")
    money.late_fee_rule("物业费", "0.05", late_from="final_notice")
    money.bill(unit, period="2026Q1", due_on="2026-01-31")
    desk.run("2026-02-10")
    money.act("director", "dunning_case", "director_override", desk.case(unit).id, level=6, why="已另行送达")
    later = money.bill(unit, period="2025Q4", due_on="2025-12-31")
    desk.run("2026-02-11")
    assert desk.steps()[-1] == "2/2 letter proposed due 01-07"
    money.pay(later, "540.00")
    money.set("bill", money.rows("bill", "period", period="2026Q1")[0].id, noticed_until=date(2026, 2, 1))
    desk.run("2026-02-12")
    assert desk.steps()[-1] == "2/2 letter dropped due 01-07"


@pytest.mark.parametrize(("amount", "cases"), [("49.99", 0), ("50.00", 1)])
def test_little_money_is_not_dunned_for(desk: Desk, amount: str, cases: int) -> None:
    money = desk.money
    money.bill(money.unit("101"), period="2026Q1", amount=amount, due_on="2026-01-31")
    desk.run("2026-03-01")
    assert len(desk.steps()) == cases
