"""Opening history from the office's spreadsheet: what was billed and paid before this program (F5, section 12)."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.errors import NotAllowed, NotFound, Refused
from office.billing.past_payments import whole_months
from office.billing.periods import period_of_days, read_period
from office.till.taking import owed_by
from tests.office.money import FORM, MoneyOffice
from transfer import imports
from transfer.imports import ImportOptions
from transfer.jobs import undo_now

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))["past_payments.csv"]
HEADER = "房屋,收费项目,缴费周期,开始时间,结束时间,缴费时间,应缴金额,实缴金额,收银员,备注"
JULY = "2026-07-01,2026-07-31"


@pytest.fixture
def house(money: MoneyOffice) -> MoneyOffice:
    money.unit("101", owner="张伟")
    money.unit("102", owner="李娜")
    return money


def take_in(money: MoneyOffice, *rows: str, who: str = "billing", bad_rows: str = "skip") -> Any:
    data = "\r\n".join((HEADER, *rows)).encode("gb18030")
    ready = imports.prepare(money.registry, money.people[who], "past_payments", data, "past.csv", ImportOptions())
    assert [problem.to("en") for problem in ready.problems] == []
    return imports.run(money.registry, money.people[who], ready, dry_run=False, bad_rows=bad_rows)  # type: ignore[arg-type]


def said(result: Any, locale: str = "en") -> list[tuple[int, str, str]]:
    return [(r.line, r.column.to("zh"), r.reason.to(locale)) for r in result.rejected]


def refusal(money: MoneyOffice, row: str, locale: str = "en") -> tuple[str, str]:
    """Column and reason of the one refusal of a row, after which nothing of it is there."""
    before = len(money.rows("bill"))
    [(_, column, reason)] = said(take_in(money, row), locale)
    assert len(money.rows("bill")) == before
    return column, reason


def test_the_sample_by_the_command_line(tmp_path: Path) -> None:
    def run(*words: object) -> Any:
        line = [sys.executable, str(ROOT / "app.py"), "--var", str(tmp_path / "var"), "--json", *map(str, words)]
        done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    run("import", "units_owners", SAMPLES / "units_owners_utf8bom.csv")
    first = run("import", "past_payments", SAMPLES / "past_payments.csv")
    rows, total = EXPECTED["rows"], EXPECTED["total"]
    assert (first["created"], first["rejected"]) == (rows, [])
    assert first["totals"]["payment.amount"]["taken"] == first["totals"]["bill.amount"]["taken"] == total
    assert first["by_entity"]["fee_type"]["created"] == 1
    again = run("import", "past_payments", SAMPLES / "past_payments.csv")
    assert [again[name] for name in ("created", "updated", "unchanged")] == [0, 0, rows]
    undone = run("undo-import", first["import"])
    assert (undone["deleted"], undone["left"]) == (3 * rows + 1, [])
    assert [run("count", name)["count"] for name in ("bill", "payment", "allocation", "fee_type")] == [0, 0, 0, 0]


def test_a_paid_bill_of_the_past(house: MoneyOffice) -> None:
    result = take_in(house, "1-1-101,物业费,3,2026-07-01,2026-09-30,2026-09-18 10:22:31,540,540,前台,旧系统")
    assert said(result) == []
    [bill] = house.rows("bill", "period", "origin", "state", "amount", "paid", "owed", "issued_on", "due_on", "payer",
                        "remark")  # fmt: skip
    assert bill.title == "1-1-101 物业费 2026Q3"
    assert (bill["origin"], bill["state"], bill["paid"], bill["owed"]) == ("opening", "published", 540, 0)
    assert (bill["issued_on"], bill["due_on"]) == (date(2026, 7, 1), date(2026, 9, 30))
    assert (bill.titles["payer"], bill["remark"]) == ("张伟", "旧系统")
    [payment] = house.rows("payment", "method", "receipt", "paid_on", "taken_by", "credit", "unit")
    assert (payment["method"], payment["receipt"], payment["credit"]) == ("opening", None, 0)
    assert (payment["paid_on"], payment["taken_by"]) == (date(2026, 9, 18), "前台")
    assert payment["unit"] == house.rows("unit")[0].id
    assert house.rows("receipt") == []


def test_what_was_paid_late_bears_no_late_fee_afterwards(house: MoneyOffice) -> None:
    house.late_fee_rule("物业费", "0.05")
    take_in(house, "1-1-101,物业费,月,2026-01-01,2026-01-31,2026-09-18,100,100,,")
    unit = house.rows("unit")[0].id
    assert owed_by(house.registry, house.people["cashier"], unit, house.today) == []


def test_what_is_not_paid_stays_owed_and_is_paid_at_the_till(house: MoneyOffice) -> None:
    take_in(house, f"1-1-101,停车费,月,{JULY},2026/7/9,150,100,,", f"1-1-102,停车费,按月,{JULY},,150,0,,")
    units = {row.title: row.id for row in house.rows("unit")}
    assert [house.owed(units[room]) for room in ("1-1-101", "1-1-102")] == [50, 150]
    house.act("cashier", "unit", "take_payment", units["1-1-101"], method="cash", amount=Decimal(50))
    assert house.owed(units["1-1-101"]) == 0


@pytest.mark.both_engines
def test_two_payments_of_one_bill(house: MoneyOffice) -> None:
    rows = (f"1-1-101,停车费,,{JULY},2026-07-09,150,100,,", f"1-1-101,停车费,,{JULY},2026-07-20,150,50,,")
    assert said(take_in(house, *rows)) == []
    assert [(b["paid"], b["owed"]) for b in house.rows("bill", "paid", "owed")] == [(150, 0)]
    again = take_in(house, *rows)
    assert (again.created, again.unchanged, len(house.rows("payment"))) == (0, 2, 2)


@pytest.mark.parametrize(
    ("row", "column", "en", "zh"),
    [
        (f"1-1-101,停车费,,{JULY},2026-07-09,150,150.01,,", "实缴金额",
         "150.01 was paid, but only 150.00 of “1-1-101 停车费 2026-07” is open", "尚未缴清的 150.00 元"),
        (f"1-1-101,停车费,3,{JULY},2026-07-09,150,150,,", "缴费周期",
         "The cycle says 3 months, but 2026-07-01 to 2026-07-31 is not that", "缴费周期写的是 3 个月"),
        ("1-1-101,停车费,,2026-07-31,2026-07-01,,150,,,", "结束时间", "lies before the start", "早于开始时间"),
        ("1-1-101,物业费,,2026-08-15,2026-10-14,,150,,,", "开始时间",
         "overlap those of the bill “1-1-101 物业费 2026Q3”", "与已有账单“1-1-101 物业费 2026Q3”"),
        ("1-1-101,物业费,3,2026-07-01,2026-09-30,,150,,,", "开始时间",
         "which is there already", "不能重复入账"),
        (f"1-1-109,停车费,,{JULY},,150,,,", "房屋", "There is no Unit “1-1-109”", "找不到房屋“1-1-109”"),
    ],
)  # fmt: skip
def test_what_is_refused_and_why(house: MoneyOffice, row: str, column: str, en: str, zh: str) -> None:
    house.bill(house.rows("unit")[0].id)
    assert refusal(house, row)[0] == column
    assert en in refusal(house, row)[1]
    assert zh in refusal(house, row, "zh")[1]


def test_rows_that_overlap_in_one_file(house: MoneyOffice) -> None:
    result = take_in(
        house, f"1-1-101,停车费,,{JULY},,150,,,", "1-1-101,停车费,,2026-07-31,2026-08-30,,150,,,", bad_rows="stop"
    )
    [(line, column, reason)] = said(result)
    assert (line, column) == (3, "开始时间") and "overlap" in reason
    assert house.rows("bill") == []


def test_a_bill_in_the_books_is_not_changed_by_another_file(house: MoneyOffice) -> None:
    take_in(house, f"1-1-101,停车费,,{JULY},2026-07-09,150,150,,")
    column, reason = refusal(house, f"1-1-101,停车费,,{JULY},2026-07-09,160,150,,")
    assert column == "应缴金额" and "is in the books with 150.00, the file says 160" in reason


def test_nothing_goes_into_a_closed_month_or_out_of_it(house: MoneyOffice) -> None:
    kept = take_in(house, f"1-1-102,停车费,,{JULY},2026-07-09,150,150,,")
    house.make("month_close", month="2026-07", state="closed")
    column, reason = refusal(house, f"1-1-101,停车费,,{JULY},2026-08-09,150,150,,")
    assert column == "开始时间" and "2026-07 is closed" in reason
    entry = undo_now(house.registry, house.people["billing"], kept.import_id)
    assert any("2026-07 is closed" in one["reason"][1] for one in entry.result["undo"]["left"])
    assert len(house.rows("bill")) == 1


@pytest.mark.both_engines
def test_undo_takes_back_what_it_made_and_leaves_what_was_paid_since(house: MoneyOffice) -> None:
    rows = (f"{room},停车费,,{JULY},2026-07-09,150,{paid},," for room, paid in (("1-1-101", 100), ("1-1-102", 150)))
    result = take_in(house, *rows)
    units = {row.title: row.id for row in house.rows("unit")}
    house.act("cashier", "unit", "take_payment", units["1-1-101"], method="cash", amount=Decimal(20))
    undo_now(house.registry, house.people["billing"], result.import_id)
    [bill] = house.rows("bill", "unit", "amount", "paid", "owed")
    assert (bill["unit"], bill["owed"], bill["amount"] - bill["paid"]) == (units["1-1-101"], bill["owed"], bill["owed"])
    assert house.owed(units["1-1-102"]) == 0


@pytest.mark.parametrize("who", ["cashier", "supervisor", "director", "auditor", "steward1", "frontdesk", "admin"])
def test_only_the_billing_supervisor_takes_history_in(house: MoneyOffice, who: str) -> None:
    with pytest.raises((NotAllowed, NotFound)):
        take_in(house, f"1-1-101,停车费,,{JULY},,150,,,", who=who)
    with pytest.raises(Refused):
        house.registry.store.create(house.people["billing"], "bill", {"unit": 1, "origin": "opening"}, FORM)


@pytest.mark.parametrize(
    ("first", "last", "text", "months"),
    [
        ("2026-07-01", "2026-09-30", "2026Q3", 3), ("2026-07-01", "2026-07-31", "2026-07", 1),
        ("2024-02-01", "2024-02-29", "2024-02", 1), ("2026-01-01", "2026-12-31", "2026", 12),
        ("2026-01-01", "2026-06-30", "20260101-20260630", 6), ("2026-02-01", "2026-04-30", "20260201-20260430", 3),
        ("2026-03-15", "2026-06-14", "20260315-20260614", 3), ("2025-12-15", "2026-01-20", "20251215-20260120", 0),
        ("2026-01-31", "2026-02-28", "20260131-20260228", 1), ("2026-05-04", "2026-05-04", "2026-05-04", 0),
    ],
)  # fmt: skip
def test_the_period_of_days(first: str, last: str, text: str, months: int) -> None:
    begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    period = period_of_days(begins, ends)
    assert (period.text, whole_months(begins, ends)) == (text, months)
    assert (read_period(text).starts_on, read_period(text).ends_on) == (begins, ends)
