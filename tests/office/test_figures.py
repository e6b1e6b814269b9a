"""Arrears, collection, takings and deposits: the figures are what the bills and payments say (F9, F10, F12, F13)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import reports
from models.errors import NotFound
from models.query import Query
from tests.office.money import MoneyOffice


def run(money: MoneyOffice, name: str, who: str = "director", **answers: Any) -> reports.Table:
    return reports.run(money.registry, money.people[who], name, answers)


def lines(table: reports.Table, *names: str) -> list[tuple[Any, ...]]:
    """The rows as (first column's words, the named columns)."""
    first = table.columns[0].name
    return [(_plain(row.values[first]), *(row.values.get(name) for name in names)) for row in table.rows]


def _plain(value: Any) -> Any:
    if isinstance(value, reports.Ref):
        return value.title
    return value.to("zh") if hasattr(value, "to") else value


@pytest.fixture
def owing(money: MoneyOffice) -> MoneyOffice:
    """
    On 2026-10-05:  1-1-101  20 days overdue 100.00, 60 days 200.00    1-1-102  not yet due 50.00
                    2-1-201  400 days 300.00, of which 100.00 was paid and 20.00 waived
    """
    one, two, three = money.unit("101"), money.unit("102"), money.unit("201", building="2")
    money.bill(one, period="2026-08", amount="100.00", due_on="2026-09-15")
    money.bill(one, period="2026-07", amount="200.00", due_on="2026-08-06")
    money.bill(two, period="2026-10", amount="50.00", due_on="2026-10-31")
    old = money.bill(three, period="2025-08", amount="300.00", due_on="2025-08-31")
    money.pay(old, "100.00", on="2026-10-02")
    money.waive(old, "20.00", on="2026-10-03")
    return money


def test_arrears_stand_in_their_age(owing: MoneyOffice) -> None:
    table = run(owing, "arrears")
    ages = ("age_30", "age_90", "age_365", "age_older", "owed")
    assert lines(table, *ages) == [
        ("1", Decimal(100), Decimal(200), 0, 0, Decimal(300)),
        ("2", 0, 0, 0, Decimal(180), Decimal(180)),
    ]
    assert table.totals is not None
    assert table.totals.values["owed"] == Decimal(480)
    assert table.totals.values["units"] == 2


def test_every_figure_of_arrears_leads_to_its_bills(owing: MoneyOffice) -> None:
    table = run(owing, "arrears", group="fee_type")
    for row in table.rows:
        for name in ("age_30", "age_90", "age_365", "age_older", "owed"):
            found = owing.registry.scope.page(
                owing.people["director"], "bill", Query(conditions=row.drills[name].conditions, columns=("owed",))
            )
            assert sum((one["owed"] for one in found.rows), Decimal(0)) == row.values[name], name


@pytest.mark.parametrize(("overdue", "age"), [(1, "age_30"), (30, "age_30"), (31, "age_90"), (90, "age_90"),
                                              (91, "age_365"), (365, "age_365"), (366, "age_older")])  # fmt: skip
def test_the_borders_between_ages(money: MoneyOffice, overdue: int, age: str) -> None:
    money.bill(money.unit("101"), period="2025-01", due_on=money.today - timedelta(days=overdue), amount="7.00")
    totals = run(money, "arrears").totals
    assert totals is not None
    assert {
        name: totals.values[name] for name in ("age_30", "age_90", "age_365", "age_older") if totals.values[name]
    } == {age: Decimal(7)}


def test_what_is_due_today_is_not_overdue(money: MoneyOffice) -> None:
    money.bill(money.unit("101"), period="2026-09", due_on=money.today)
    assert run(money, "arrears").rows == []


def test_a_steward_has_the_arrears_of_his_own_buildings(owing: MoneyOffice) -> None:
    assert [one[0] for one in lines(run(owing, "arrears", "steward1"), "owed")] == ["1"]
    assert [one[0] for one in lines(run(owing, "arrears", "steward2", group="unit"), "owed")] == ["2-1-201"]


def test_the_list_for_sending_out_has_the_late_fee_with_its_working(owing: MoneyOffice) -> None:
    owing.late_fee_rule("物业费", "0.05")
    table = run(owing, "arrears", group="bill", building=owing.buildings["1"])
    assert lines(table, "days", "owed", "late_fee") == [
        ("1-1-101", 60, Decimal(200), Decimal("5.90")), ("1-1-101", 20, Decimal(100), Decimal("0.95")),
    ]  # fmt: skip
    assert "200.00 × 59" in table.rows[0].values["working"].to("zh")


@pytest.mark.parametrize("who", ["frontdesk", "security", "engineer", "admin", "sales"])
@pytest.mark.parametrize("name", ["arrears", "collection_rate", "collection_trend", "takings", "deposits_held"])
def test_who_has_nothing_to_do_with_money_has_no_figures(money: MoneyOffice, who: str, name: str) -> None:
    with pytest.raises(NotFound):
        run(money, name, who)


def test_a_quarter_s_bill_counts_in_each_of_its_months(money: MoneyOffice) -> None:
    bill = money.bill(money.unit("101"), period="2026Q4", amount="540.00")
    for month in ("2026-10", "2026-11", "2026-12"):
        assert lines(run(money, "collection_rate", month=month), "billed") == [("物业费", Decimal(540))]
    for month in ("2026-09", "2027-01"):
        assert run(money, "collection_rate", month=month).rows == []
    money.pay(bill, "135.00")
    assert lines(run(money, "collection_rate"), "collected", "rate") == [("物业费", Decimal(135), Decimal("25.0"))]


def test_the_rate_moves_by_exactly_what_was_paid(money: MoneyOffice) -> None:
    bills = [money.bill(money.unit(f"10{n}"), period="2026Q4", amount="500.00") for n in range(1, 5)]
    before = reports.first_figure(money.registry, money.people["director"], "collection_rate")
    money.pay(bills[0], "500.00")
    after = reports.first_figure(money.registry, money.people["director"], "collection_rate")
    assert before is not None
    assert after is not None
    assert (before.value, after.value) == (Decimal("0.0"), Decimal("25.0"))
    assert after.target == reports.Target(Decimal(95))
    assert after.said is not None
    assert after.said.to("zh") == "已收 500.00 / 应收 2,000.00 元"


def test_a_reversal_takes_the_rate_back(money: MoneyOffice) -> None:
    bill = money.bill(money.unit("101"), period="2026Q4", amount="500.00")
    receipt = money.pay(bill, "500.00")
    money.reverse(receipt)
    assert lines(run(money, "collection_rate"), "collected", "rate") == [("物业费", Decimal(0), Decimal("0.0"))]


def test_nothing_billed_is_no_rate(money: MoneyOffice) -> None:
    figure = reports.first_figure(money.registry, money.people["director"], "collection_rate")
    assert figure is not None
    assert figure.value is None


def test_drafts_and_voids_are_left_out(money: MoneyOffice) -> None:
    unit = money.unit("101")
    money.bill(unit, period="2026Q4", state="draft")
    money.bill(unit, period="2026-10", state="void")
    assert run(money, "collection_rate").rows == []


def test_old_arrears_recovered(money: MoneyOffice) -> None:
    """
    owed before October   300.00 and 200.00, of which 50.00 was paid in September
    in October            100.00 paid, 30.00 waived       → 100 of 450
    """
    unit = money.unit("101")
    one, two = money.bill(unit, period="2026-08", amount="300.00"), money.bill(unit, period="2026-07", amount="200.00")
    money.pay(one, "50.00", on="2026-09-20")
    money.pay(one, "100.00", on="2026-10-04")
    money.waive(two, "30.00", on="2026-10-04")
    figure = run(money, "collection_rate").headline[2]
    assert figure.value == Decimal("22.2")
    assert figure.said is not None
    assert figure.said.to("en") == "100.00 of 450.00 owed at the start"


def test_households_paid(money: MoneyOffice) -> None:
    units = [money.unit(f"10{n}") for n in range(1, 4)]
    bills = [money.bill(unit, period="2026-10", amount="60.00") for unit in units]
    money.bill(units[0], "车位费", "2026-10", "150.00")
    money.pay(bills[0], "60.00")
    money.pay(bills[1], "60.00")
    assert run(money, "collection_rate").headline[1].value == Decimal("33.3")


def test_half_years_and_years(money: MoneyOffice) -> None:
    unit = money.unit("101")
    for period in ("2026-01", "2026-06", "2026-07", "2026-12", "2025-12"):
        money.bill(unit, period=period, amount="10.00")
    for span, month, billed in (("half_year", "2026-03", 20), ("half_year", "2026-12", 20), ("year", "2026-05", 40),
                                ("quarter", "2026-08", 10), ("month", "2026-12", 10)):  # fmt: skip
        totals = run(money, "collection_rate", span=span, month=month).totals
        assert totals is not None
        assert totals.values["billed"] == billed, (span, month)


def test_takings_by_day_and_method_with_reversals_taken_off(money: MoneyOffice) -> None:
    bill = money.bill(money.unit("101"), period="2026-10", amount="100.00")
    receipt = money.pay(bill, "60.00", on="2026-10-01", method="cash")
    money.pay(bill, "40.00", on="2026-10-02", method="wechat")
    money.reverse(receipt, on="2026-10-05")
    table = run(money, "takings", "cashier")
    assert [(f"{row.values['day']}", row.values.get("cash"), row.values["total"]) for row in table.rows] == [
        ("2026-10-01", Decimal(60), Decimal(60)), ("2026-10-02", None, Decimal(40)), ("2026-10-05", -60, -60),
    ]  # fmt: skip
    assert table.totals is not None
    assert table.totals.values["total"] == Decimal(40)


def test_deposits_by_kind(money: MoneyOffice) -> None:
    unit = money.unit("101")
    deposit = money.make("deposit", unit=unit, kind="renovation", amount=Decimal(2000))
    money.make("deposit", unit=unit, kind="renovation", amount=Decimal(1000), reversed=True)
    money.make("deposit_move", deposit=deposit, kind="deduct", amount=Decimal(300), reason="墙面修补",
               state="approved")  # fmt: skip
    table = run(money, "deposits_held", "cashier")
    assert lines(table, "count", "amount", "deducted", "held") == [
        ("装修押金", 1, Decimal(2000), Decimal(300), Decimal(1700))
    ]
