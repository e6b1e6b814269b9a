"""What happens at the same moment, on connections of their own: waivers, bill runs, reversals, bank results (F3–F8)."""

from __future__ import annotations

import threading
import time
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from models.actor import SYSTEM
from models.errors import Refused
from office.till.reversal import reverse_receipt
from office.till.taking import owed_by, take_payment
from tests.office.money import FORM, MoneyOffice
from tests.office.test_till_at_once import taking, together

D = Decimal
pytestmark = pytest.mark.both_engines


def test_a_waiver_and_a_payment_never_settle_more_than_is_owed(money: MoneyOffice) -> None:
    for round in range(4):
        unit = money.unit(f"10{round}")
        bill = money.bill(unit)
        waiver = money.make("waiver", bill=bill, kind="principal", amount=D("540.00"), reason="goodwill",
                            explanation="协商", state="draft")  # fmt: skip
        seen = {one.bill: one.total for one in owed_by(money.registry, SYSTEM, unit, money.today)}
        answers = together(
            money,
            taking(money, "cashier", unit, "540.00", seen=seen, chosen=[bill]),
            lambda: money.step("billing", "waiver", "approve", waiver),  # noqa: B023 - done before the next round
        )
        kept = money.get("bill", bill)
        assert sum(isinstance(one, Refused) for one in answers) == 1, answers
        assert kept["owed"] == 0
        assert kept["paid"] + kept["waived"] == D("540.00")


def test_two_waivers_approved_at_once_never_exceed_the_bill(money: MoneyOffice) -> None:
    unit = money.unit("201")
    bill = money.bill(unit)
    waivers = [
        money.make("waiver", bill=bill, kind="principal", amount=D("300.00"), reason="goodwill",
                   explanation="协商", state="draft")
        for _ in range(2)
    ]  # fmt: skip
    answers = together(money, *((lambda one=one: money.step("billing", "waiver", "approve", one)) for one in waivers))
    assert sum(isinstance(one, Refused) for one in answers) == 1, answers
    assert money.get("bill", bill)["waived"] == D("300.00")


def test_waivers_made_together_never_exceed_the_bill(money: MoneyOffice) -> None:
    bill = money.bill(money.unit("211"))
    one = {"bill": bill, "kind": "principal", "amount": D("300.00"), "reason": "goodwill", "explanation": "协商",
           "state": "approved", "waived_on": money.today}  # fmt: skip
    with pytest.raises(Refused, match=r"240\.00"):
        money.registry.store.create_many(SYSTEM, "waiver", [one, one], FORM)
    assert money.get("bill", bill)["owed"] == D("540.00")


def test_two_runs_of_a_month_make_each_bill_once(money: MoneyOffice) -> None:
    for room in range(12):
        money.charge(money.unit(f"3{room:02}"), "高层住宅")
    runs = [money.make("bill_run", month="2026-10") for _ in range(2)]
    for run in runs:
        money.act("billing", "bill_run", "check_run", run)
    answers = together(money, *((lambda one=one: money.act("billing", "bill_run", "publish_run", one)) for one in runs))
    assert not any(isinstance(one, Refused) for one in answers), answers
    bills = money.rows("bill", "unit", "amount", period="2026Q4")
    assert len(bills) == len({row["unit"] for row in bills}) == 12
    assert sum(money.get("bill_run", run)["bills"] for run in runs) == 12


def test_a_reversal_stands_whatever_is_answered_to_its_request_meanwhile(money: MoneyOffice) -> None:
    for deed, by in (("refuse_reversal", "billing"), ("request_reversal", "cashier")):
        unit = money.unit(f"40{deed == 'refuse_reversal':d}")
        money.bill(unit)
        receipt = taking(money, "cashier", unit, "540.00")()
        if deed == "refuse_reversal":
            money.act("cashier", "receipt", "request_reversal", receipt, reason="收错")
        reversing = threading.Event()

        def take_back(id: int, begun: threading.Event) -> None:
            with money.registry.store.transaction():
                reverse_receipt(money.registry, money.people["billing"], money.clock.now(), id, "收错")
                begun.set()
                time.sleep(0.3)

        def answer(id: int, begun: threading.Event, deed: str, by: str) -> None:
            begun.wait(5)
            outcome = money.act(by, "receipt", deed, id, reason="没有错")
            assert outcome.skipped

        together(money, partial(take_back, receipt, reversing), partial(answer, receipt, reversing, deed, by))
        assert money.get("receipt", receipt)["state"] == "reversed"


def test_a_bill_is_voided_or_paid_but_not_both(money: MoneyOffice) -> None:
    for round in range(4):
        unit = money.unit(f"50{round}")
        bill = money.bill(unit)
        together(
            money,
            taking(money, "cashier", unit, "540.00", chosen=[bill]),
            lambda: money.act("billing", "bill", "void_bill", bill, reason="错"),  # noqa: B023
        )
        kept = money.get("bill", bill)
        assert (kept["state"], kept["paid"]) in (("published", D("540.00")), ("void", D("0.00")))


def test_a_month_is_not_closed_over_a_payment(money: MoneyOffice) -> None:
    month = money.make("month_close", month="2026-09")
    unit = money.unit("601")
    money.bill(unit)
    past: dict[str, Any] = {"paid_on": money.on("2026-10-05").replace(month=9)}
    answers = together(
        money,
        lambda: take_payment(money.registry, SYSTEM, money.clock.now(), unit, [("bank_debit", D("100.00"), None)],
                             **past),
        lambda: money.act("billing", "month_close", "close_month", month),
    )  # fmt: skip
    closed = money.get("month_close", month)
    assert closed["collected"] == (D("0.00") if isinstance(answers[0], Refused) else D("100.00"))
