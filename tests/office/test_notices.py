"""Payment notices: what a unit owes and until when, in the order of delivery, kept with its bills (F4)."""

from __future__ import annotations

from typing import Any

import pytest

from models.actor import SYSTEM
from models.errors import NotAllowed
from tests.office.money import MoneyOffice, day
from tests.printing.conftest import pages_of
from transfer.printing import print_document


def notices(money: MoneyOffice, who: str, *units: int, **answers: Any) -> Any:
    return print_document(money.registry, money.people[who], "payment_notice", units, answers)


def pages(outcome: Any) -> list[str]:
    ((_, pdf, kind),) = outcome.files
    assert kind == "application/pdf"
    return pages_of(pdf)


@pytest.fixture
def unit(money: MoneyOffice) -> int:
    return money.unit("101", owner="王小明")


def test_a_notice_says_what_is_owed_and_until_when(money: MoneyOffice, unit: int) -> None:
    money.bill(unit, "物业费", "2026Q4", "540.00", due_on="2026-10-31")
    water = money.bill(unit, "水费", "2026-09", "66.60", due_on="2026-10-20")
    money.pay(water, "16.60")
    (page,) = pages(notices(money, "cashier", unit))
    for said in ("缴费通知单", "王小明收", "1-1-101", "TZ261005-1-1-101", "2026年10月20日前缴纳", "物业费",
                 "2026年第四季度", "540.00", "50.00", "应缴66.60，已缴16.60", "¥590.00", "伍佰玖拾元整"):  # fmt: skip
        assert said in page, said
    assert "违约金" not in page and "请联系Steward1。" in page


def test_what_is_overdue_stands_below_with_its_late_fee_and_its_working(money: MoneyOffice, unit: int) -> None:
    money.late_fee_rule("物业费", "0.05")
    money.bill(unit, "物业费", "2026Q3", "1000.00", due_on="2026-09-05")
    money.bill(unit, "物业费", "2026Q4", "540.00", due_on="2026-10-31")
    (page,) = pages(notices(money, "cashier", unit))
    assert "往期欠费" in page and "1,000.00×0.05%×29天" in page and "14.50" in page
    assert "¥1,554.50" in page and "壹仟伍佰伍拾肆元伍角整" in page


def test_where_only_earlier_bills_are_owed_there_is_no_empty_table(money: MoneyOffice, unit: int) -> None:
    money.bill(unit, "物业费", "2026Q3", "1000.00", due_on="2026-09-05")
    (page,) = pages(notices(money, "cashier", unit))
    assert "尚有下列费用未缴，请于2026年10月12日前缴纳" in page and "本期小计" not in page and "¥1,000.00" in page


def test_the_day_and_the_language_can_be_chosen(money: MoneyOffice, unit: int) -> None:
    money.bill(unit, due_on="2026-10-31")
    (page,) = pages(notices(money, "cashier", unit, pay_by=day("2026-11-15"), english=True))
    assert "Paymentnotice" in page and "payby15November2026" in page


def test_notices_come_in_the_order_of_delivery_and_who_owes_nothing_is_named(money: MoneyOffice, unit: int) -> None:
    second, paid = money.unit("102"), money.unit("103")
    other = money.unit("101", building="2")
    for one in (other, second, unit):
        money.bill(one, due_on="2026-10-31")
    money.pay(money.bill(paid, due_on="2026-10-31"), "540.00")
    outcome = notices(money, "cashier", other, paid, second, unit)
    order = [next(name for name in ("1-1-101", "1-1-102", "2-1-101") if name in page) for page in pages(outcome)]
    assert order == ["1-1-101", "1-1-102", "2-1-101"]
    assert [(id, said.to("en")) for id, said in outcome.skipped] == [(paid, "Nothing is owed.")]


def test_a_notice_is_kept_with_each_of_its_bills(money: MoneyOffice, unit: int) -> None:
    bills = [money.bill(unit, "物业费", due_on="2026-10-31"), money.bill(unit, "水费", "2026-09", due_on="2026-10-31")]
    notices(money, "cashier", unit)
    keys = {money.get("bill", bill)["notice"] for bill in bills}
    assert len(keys) == 1
    (file,) = money.registry.files.named("bill", *keys)
    assert "TZ261005-1-1-101" in pages_of(money.registry.files.path(file).read_bytes())[0]
    assert money.registry.history.of(SYSTEM, "unit", unit)[0].verb == "print:payment_notice"


def test_a_steward_prints_for_his_own_buildings_and_the_front_desk_for_none(money: MoneyOffice, unit: int) -> None:
    other = money.unit("101", building="2")
    for one in (unit, other):
        money.bill(one, due_on="2026-10-31")
    assert len(pages(notices(money, "steward1", unit, other))) == 1
    assert notices(money, "steward2", unit).files == []
    for who in ("frontdesk", "security", "engineer"):
        with pytest.raises(NotAllowed):
            notices(money, who, unit)


def test_what_was_paid_in_advance_is_taken_off(money: MoneyOffice, unit: int) -> None:
    money.pay(money.bill(unit, "水费", "2026-08", "10.00"), "10.00", over="40.00")
    money.bill(unit, "物业费", "2026Q4", "540.00", due_on="2026-10-31")
    (page,) = pages(notices(money, "steward1", unit))
    assert "40.00" in page and "¥500.00" in page and "伍佰元整" in page


def test_a_share_of_a_public_bill_shows_how_it_was_divided(money: MoneyOffice, unit: int) -> None:
    lines = [
        {"tariff": "楼道照明", "quantity": "98.50", "price": "", "said": "(100 × 0.62 = 62.00) × 98.50/197 = 31.00"}
    ]
    money.bill(unit, "物业费", "2026-10", "31.00", due_on="2026-10-31", lines=lines)
    (page,) = pages(notices(money, "cashier", unit))
    assert "98.50/197=31.00" in page
