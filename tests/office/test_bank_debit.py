"""Direct debit by batch file and result file, as a cashier does it (F8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from models.errors import NotAllowed, Refused
from office.till.closing import month_of
from tests.office.debits import RESULT, Debits, debits_of, sample_rows
from tests.office.money import FORM, MoneyOffice
from tests.office.money import day as read_day

TOTAL = sum((Decimal(row[3]) for row in sample_rows()), Decimal(0))
PAID = sum((Decimal(row[3]) for row in sample_rows() if row[5] == "00"), Decimal(0))


@pytest.fixture
def debits(money: MoneyOffice) -> Debits:
    """All 80 households of the sample."""
    return debits_of(money)


@pytest.fixture
def few(money: MoneyOffice) -> Debits:
    """The first four households of the sample."""
    return debits_of(money, sample_rows()[:4])


def result(*codes: str, rows: list[list[str]] | None = None, **changed: str) -> bytes:
    """A result for the first households of the sample; ``changed`` is r<row>c<column> → what stands there."""
    lines = [list(row) for row in (rows or sample_rows())[: len(codes)]]
    for at, code in enumerate(codes):
        lines[at][5:7] = [code, "成功" if code == "00" else "余额不足"]
    for place, words in changed.items():
        row, column = place[1:].split("c")
        lines[int(row) - 1][int(column)] = words
    return "".join("|".join(line) + "\r\n" for line in lines).encode("gb18030")


def said(outcome: Any, locale: str = "en") -> str:
    return " ".join(text.to(locale) for _, text in (*outcome.done, *outcome.skipped))


# -- the sample ------------------------------------------------------------------------------------


def test_the_file_is_what_the_bank_takes(debits: Debits) -> None:
    batch, outcome = debits.made()
    assert said(outcome, "zh") == f"80 笔，{TOTAL} 元，1 个文件。"
    [(name, content, kind)] = outcome.files
    assert (name, kind) == ("HZ26100501.txt", "text/plain")
    lines = content.decode("gb18030").split("\r\n")
    assert lines[0] == "1|6222677223793626|肖国|455.97|物业费2026Q3|1-1-101|"
    assert [line.split("|")[:5] for line in lines[:-1]] == [row[:5] for row in sample_rows()]
    kept = debits.money.get("bank_batch", batch)
    assert (kept["state"], kept["total"], kept["lines"]) == ("sent", TOTAL, 80)
    [file] = debits.registry.files.named("bank_batch", kept["file"])
    assert debits.registry.files.path(file).read_bytes() == content


@pytest.mark.both_engines
def test_the_sample_result_debits_72_and_leaves_8_owed(debits: Debits) -> None:
    batch, _ = debits.made()
    debits.money.on("2026-10-08")
    outcome = debits.load(batch, RESULT.read_bytes(), paid_on=debits.money.on("2026-10-07"))
    assert said(outcome) == f"72 debited, {PAID}; 8 failed, {TOTAL - PAID}. "
    money = debits.money
    kept = money.get("bank_batch", batch)
    assert (kept["state"], kept["succeeded"], kept["failed"]) == ("loaded", PAID, TOTAL - PAID)
    payments = money.rows("payment", "amount", "method", "paid_on", "credit", "till_day")
    assert {(p["method"], str(p["paid_on"]), p["credit"], p["till_day"]) for p in payments} == {
        ("bank_debit", "2026-10-07", Decimal(0), None)
    }
    assert sum(p["amount"] for p in payments) == PAID
    receipts = money.rows("receipt", "number", "amount", "unit")
    assert sorted(r["number"] for r in receipts) == [f"SJ{n:08}" for n in range(1, 73)]
    assert sum(r["amount"] for r in receipts) == PAID
    owed = {bill.id: bill for bill in money.rows("bill", "owed", "debit_failure") if bill["owed"]}
    assert sum(bill["owed"] for bill in owed.values()) == TOTAL - PAID
    assert [bill["debit_failure"] for bill in owed.values()] == ["HZ26100501 余额不足"] * 8
    failed = money.rows("bank_line", "code", "reason", "receipt", state="failed")
    assert [(line["code"], line["reason"], line["receipt"]) for line in failed] == [("51", "余额不足", None)] * 8


def test_the_same_result_again_changes_nothing_and_says_so(debits: Debits) -> None:
    batch, _ = debits.made()
    debits.load(batch, RESULT.read_bytes())
    before = debits.money.get("bank_batch", batch)
    again = debits.load(batch, RESULT.read_bytes())
    assert "changes nothing" in said(again) and "没有任何变化" in said(again, "zh")
    assert len(debits.money.rows("receipt")) == 72
    assert debits.money.get("bank_batch", batch).version == before.version


@pytest.mark.both_engines
def test_only_what_failed_is_debited_again(debits: Debits) -> None:
    first, _ = debits.made()
    waiting = debits.made()[1]
    assert "sent in batch HZ26100501; its result is awaited: 80" in said(waiting)
    debits.load(first, RESULT.read_bytes())
    _, outcome = debits.made()
    assert "8 lines" in said(outcome) and str(TOTAL - PAID) in said(outcome)


# -- what does not fit -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"r2c1": "6222861121158580"}, "line 2, account: the file says …8580, sent was …8589"),
        ({"r3c2": "张海"}, "line 3, name: the file says 张海, sent was 张梅"),
        ({"r1c3": "455.96"}, "line 1, amount: the file says 455.96, sent was 455.97"),
        ({"r1c3": "455,97"}, "line 1, amount: “455,97” is no number"),
        ({"r4c0": "5"}, "line 4, row: 5 is not in batch HZ26100501, which has 4 lines"),
        ({"r4c0": "1"}, "line 4, row: 1 stands in line 1 already"),
        ({"r1c5": ""}, "line 1 has no code"),
        ({"r1c7": "|多"}, "line 1 has 9 columns, 7 were expected"),
    ],
)
def test_a_mismatch_is_refused_by_line_and_column_with_nothing_written(
    few: Debits, changed: dict[str, str], words: str
) -> None:
    batch, _ = few.made()
    outcome = few.load(batch, result("00", "00", "51", "00", **changed))
    assert (words in said(outcome), outcome.done) == (True, [])
    assert few.money.rows("receipt") == []
    assert {line["state"] for line in few.money.rows("bank_line", "state")} == {"sent"}


def test_a_result_in_another_encoding_or_empty_is_refused(few: Debits) -> None:
    batch, _ = few.made()
    assert "is not in gb18030" in said(few.load(batch, b"1|\xff\xff|x\r\n"))
    assert "is empty" in said(few.load(batch, b"\r\n \r\n"))


def test_the_result_of_another_batch_is_refused(few: Debits) -> None:
    first, _ = few.made()
    few.load(first, result("00", "00", "51", "51"))
    second, _ = few.made()
    refused = few.load(second, result("00", "00", "51", "51"))
    assert "does not fit batch HZ26100502" in said(refused) and "line 3, row: 3 is not in batch" in said(refused)


def test_a_result_that_says_otherwise_later_is_refused(few: Debits) -> None:
    batch, _ = few.made()
    few.load(batch, result("00", "51", "00", "00"))
    refused = few.load(batch, result("00", "00", "00", "00"))
    assert "line 2: row 2 was taken in as “failed” already, this file says “debited”" in said(refused)


def test_a_result_may_come_in_parts(few: Debits) -> None:
    batch, _ = few.made()
    assert "2 lines have no result yet" in said(few.load(batch, result("00", "51")))
    assert few.money.get("bank_batch", batch)["state"] == "sent"
    assert "1 debited" in said(few.load(batch, result("00", "51", "00", "51")))
    assert few.money.get("bank_batch", batch)["state"] == "loaded"


@pytest.mark.parametrize(("day", "words"), [("2026-10-06", "is still to come"), ("2026-10-04", "lies before")])
def test_the_day_of_the_debit_fits(few: Debits, day: str, words: str) -> None:
    batch, _ = few.made()
    assert words in said(few.load(batch, result("00", "00", "00", "00"), paid_on=read_day(day)))


def test_nothing_is_dated_in_a_closed_month(few: Debits) -> None:
    money = few.money
    money.on("2026-09-29")
    batch, _ = few.made()
    debited = money.on("2026-09-30")
    money.make("month_close", month=month_of(debited), state="closed")
    money.on("2026-10-05")
    outcome = few.load(batch, result("00", "00", "00", "00"), paid_on=debited)
    assert "2026-09 is closed" in said(outcome)
    assert money.rows("receipt") == []


# -- who and what is debited -----------------------------------------------------------------------


def test_who_stays_out_is_listed_with_the_reason(few: Debits) -> None:
    money = few.money
    ids = [money.owners[unit] for unit in few.units]
    money.set("resident", ids[0], account=None)
    money.set("resident", ids[1], account=None, consents=())
    money.set("resident", ids[2], name="张|梅")
    nobody = money.unit("901", owner=None)
    money.bill(nobody, amount="10.00")
    _, outcome = few.made()
    assert "1 lines" in said(outcome) and "4 left out" in said(outcome)
    assert "no bank account on file: 2" in said(outcome)
    table = next(content for name, content, _ in outcome.files if name.endswith(".csv")).decode("utf-8-sig")
    assert "1-1-103,张|梅,516.96,the name has signs the file cannot carry: “|”" in table
    assert "1-1-901,,10.00,no payer (owner)" in table


def test_all_that_a_household_owes_is_one_line(few: Debits) -> None:
    money = few.money
    money.bill(few.units[0], "车位费", "2026-10", "150.00")
    _, outcome = few.made()
    assert outcome.files[0][1].decode("gb18030").split("\r\n")[0].split("|")[3:5] == ["605.97", "物业费2026Q3等2笔"]


def test_a_batch_may_be_for_one_fee_type_and_a_due_date(few: Debits) -> None:
    money = few.money
    money.bill(few.units[0], "车位费", "2026-09", "150.00", due_on="2026-09-30")
    money.bill(few.units[1], "车位费", "2026-10", "150.00", due_on="2026-11-30")
    _, outcome = few.made(fee_types=(money.fee_types["车位费"],), due_until=money.today)
    assert "1 lines, 150.00" in said(outcome)


def test_what_was_paid_meanwhile_makes_the_debit_credit(few: Debits) -> None:
    money = few.money
    batch, _ = few.made()
    money.act("cashier", "unit", "take_payment", few.units[0], method="cash", amount=Decimal("455.97"))
    few.load(batch, result("00", "51", "51", "51"))
    [payment] = money.rows("payment", "credit", "amount", method="bank_debit")
    assert (payment["credit"], payment["amount"]) == (Decimal("455.97"), Decimal("455.97"))


def test_a_debit_that_was_reversed_may_be_made_again(few: Debits) -> None:
    money = few.money
    batch, _ = few.made()
    few.load(batch, result("00", "00", "00", "00"))
    receipt = money.rows("receipt", "unit", unit=few.units[0])[0].id
    money.act("billing", "receipt", "reverse_receipt", receipt, reason="银行退回")
    _, outcome = few.made()
    assert "1 lines, 455.97" in said(outcome)


def test_a_void_batch_frees_its_bills(few: Debits) -> None:
    batch, _ = few.made()
    with pytest.raises(NotAllowed):
        few.money.act("cashier", "bank_batch", "void_batch", batch, reason="错")
    few.money.act("billing", "bank_batch", "void_batch", batch, reason="银行整批退回")
    assert few.money.get("bank_batch", batch)["state"] == "void"
    assert "4 lines" in said(few.made()[1])
    outcome = few.load(batch, result("00", "00", "00", "00"))
    assert outcome.done == [] and few.money.rows("receipt") == []


def test_a_batch_with_a_result_is_not_voided(few: Debits) -> None:
    batch, _ = few.made()
    few.load(batch, result("00"))
    assert "cannot be voided" in said(few.money.act("billing", "bank_batch", "void_batch", batch, reason="错"))


def test_a_sent_batch_is_neither_changed_nor_made_twice(few: Debits) -> None:
    batch, _ = few.made()
    assert few.money.act("cashier", "bank_batch", "make_file", batch).done == []
    with pytest.raises(Refused):
        few.registry.store.update(few.money.people["cashier"], "bank_batch", batch, {"remark": "x"}, FORM)


def test_two_batches_wait_side_by_side(few: Debits) -> None:
    money = few.money
    money.bill(few.units[0], "车位费", "2026-10", "150.00")
    first, _ = few.made(fee_types=(money.fee_types["物业费"],))
    second, _ = few.made(fee_types=(money.fee_types["车位费"],))
    few.load(first, result("00", "00", "00", "00"))
    assert [money.get("bank_batch", id)["state"] for id in (first, second)] == ["loaded", "sent"]
    assert money.owed(few.units[0]) == Decimal("150.00")


def test_a_bill_that_was_debited_is_not_debited_for_a_rest(few: Debits) -> None:
    money = few.money
    waiver = money.waive(few.bills[0], "55.97")
    batch, _ = few.made()
    few.load(batch, result("00", "00", "00", "00", r1c3="400.00"))
    money.set("waiver", waiver, state="revoked")
    assert money.owed(few.units[0]) == Decimal("55.97")
    _, outcome = few.made()
    assert "There is nothing to debit: debited by batch HZ26100501 already: 1" in said(outcome)
