"""Receipts and day sheets add up, whatever was paid, kept, used, refunded or reversed (F5, F12)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from models import printing
from models.errors import NotAllowed
from office.till.deposits import refund_deposit, take_deposit
from office.till.receipts import Method
from office.till.reversal import refund_credit, reverse_receipt
from tests.office.money import MoneyOffice
from tests.office.test_till import take
from tests.printing.conftest import pages_of
from transfer.printing import print_document

D = Decimal


@pytest.fixture
def unit(money: MoneyOffice) -> int:
    return money.unit("101", owner="张伟")


def sheet(money: MoneyOffice, name: str, id: int, who: str = "cashier") -> dict[str, Any]:
    spec = printing.find(money.registry.schema, name)
    [made] = printing.gather(money.registry, money.people[who], spec, [id], {}).sheets
    return dict(made.data)


def lines(data: dict[str, Any]) -> list[tuple[str, str | None, Decimal]]:
    names = ((item["name"], item) for item in data["items"])
    return [(n if isinstance(n, str) else n.to("zh"), item.get("period"), item["amount"]) for n, item in names]


def test_principal_late_fee_and_what_is_kept(money: MoneyOffice, unit: int) -> None:
    money.late_fee_rule("物业费", "0.05")
    money.bill(unit, period="2026Q2")
    data = sheet(money, "receipt", take(money, unit, ("cash", "600.00"), payer=money.owners[unit], tendered=D("700")))
    assert lines(data) == [("物业费", "2026Q2", D("540.00")), ("物业费 违约金", "2026Q2", D("42.12"))]
    assert (data["credit"], data["total"], data["change"]) == (D("17.88"), D("600.00"), D("100.00"))
    assert (data["payer"], data["total_capital"]) == ("张伟", "陆佰元整")


def everything(money: MoneyOffice, unit: int) -> list[int]:
    """A receipt of every kind, and the reversal of each."""
    money.late_fee_rule("物业费", "0.05")
    registry, people = money.registry, money.people
    for period in ("2026Q1", "2026Q2", "2026Q3"):
        money.bill(unit, period=period)
    first = take(money, unit, ("cash", "100.00"), ("wechat", "650.00"), chosen=[1])
    both = take(money, unit, ("card", "300.00"), use_credit=D("80.00"))
    used = take(money, unit, use_credit=D("20.00"))
    over = take(money, unit, ("cash", "50.00"), chosen=[])
    now = money.clock.now()
    back = refund_credit(registry, people["billing"], now, unit, "cash", D("10.00"), "多收")
    held = take_deposit(registry, people["cashier"], now, unit, "renovation", Method("cash", D("2000.00")))
    paid = refund_deposit(registry, people["cashier"], now, 1, "cash", D("500.00"), reason="验收")
    made = [first, both, used, over, back, held, paid]
    undone = [
        reverse_receipt(registry, people["billing"], now, one, "收错")
        for one in (back, paid, used, both, first, over, held)
    ]
    return [*made, *undone]


def test_every_receipt_adds_up(money: MoneyOffice, unit: int) -> None:
    for receipt in everything(money, unit):
        data = sheet(money, "receipt", receipt)
        kept = data.get("credit", D(0))
        assert sum((item["amount"] for item in data["items"]), D(0)) + kept == data["total"], data
        assert sum((one["amount"] for one in data["methods"]), D(0)) == data["total"], data
        assert kept >= 0
        record = money.get("receipt", receipt)
        if record["kind"] == "reversal":
            assert data["note"].to("zh") == f"冲正收据 {record.titles['reverses']}：收错"
        assert ("void" in data) == (money.get("receipt", receipt)["state"] == "reversed")


def test_the_day_sheet_adds_up_at_any_moment(money: MoneyOffice, unit: int) -> None:
    everything(money, unit)
    for day in money.rows("till_day", "cash", "other", "receipts", "cashier"):
        data = sheet(money, "day_sheet", day.id)
        assert data["total"] == day["cash"] + day["other"] == data["methods_total"]["net"]
        assert sum((one["net"] for one in data["methods"]), D(0)) == data["total"]
        assert sum((one["amount"] for one in data["fees"]), D(0)) == data["total"]
        assert sum((one["amount"] for one in data["payments"]), D(0)) == data["total"]
        assert data["receipts"] == day["receipts"]


def test_a_copy_says_which_it_is_and_both_languages_print(money: MoneyOffice, unit: int) -> None:
    receipt = take(money, unit, ("cash", "5.00"))
    cashier = money.people["cashier"]
    first = print_document(money.registry, cashier, "receipt", [receipt], {})
    assert "copyno." not in "".join(pages_of(first.files[0][1]))
    second = print_document(money.registry, cashier, "receipt", [receipt], {})
    assert "copyno.2" in "".join(pages_of(second.files[0][1]))
    sheets = print_document(money.registry, cashier, "day_sheet", [1], {})
    assert "SJ00000001" in "".join(pages_of(sheets.files[0][1]))


@pytest.mark.parametrize("who", ["frontdesk", "steward1", "engineer", "admin"])
def test_who_sees_no_receipts_prints_none(money: MoneyOffice, unit: int, who: str) -> None:
    receipt = take(money, unit, ("cash", "5.00"))
    with pytest.raises(NotAllowed):
        sheet(money, "receipt", receipt, who)
