"""Forms of the till that no page sent: forged amounts, bills, tokens, texts; each is refused in a sentence (F5)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.office.money import MoneyOffice
from tests.site.test_till import enter, form_of, money, unit

__all__ = ["enter", "money", "unit"]

D = Decimal
pytestmark = pytest.mark.both_engines
HUGE = "9" * 30
FORGED: dict[str, dict[str, Any]] = {
    "negative": {"amount": "-5"},
    "finer than a fen": {"amount": "1.005"},
    "huge": {"amount": HUGE},
    "large": {"amount": "99999999999999999"},
    "exponent": {"amount": "1e30"},
    "small exponent": {"amount": "1e-30"},
    "no number": {"amount": "NaN"},
    "infinite": {"amount": "Infinity"},
    "zero byte": {"amount": "1\x00"},
    "nothing": {"amount": "0"},
    "negative cash": {"tendered": "-1"},
    "huge cash": {"tendered": HUGE},
    "too little cash": {"tendered": "0.01"},
    "method of files": {"method": "opening"},
    "no method": {"method": "gold"},
    "blank method": {"method": ""},
    "second negative": {"method2": "wechat", "amount": "10", "amount2": "-5"},
    "second from files": {"method2": "bank_debit", "amount2": "5"},
    "zero byte method": {"method": "ca\x00sh"},
    "bill that is not": {"bill": ["999999"]},
    "bill too long": {"bill": ["9" * 18]},
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_form_is_refused_in_a_sentence(
    money: MoneyOffice, enter: Callable[[str], Any], unit: int, forged: dict[str, Any]
) -> None:
    bill = money.bill(unit)
    cashier = enter("cashier")
    answer = cashier.post(f"/till/{unit}/", {**form_of(cashier, unit), **forged})
    assert answer.status_code in (400, 409, 422), answer.status_code
    assert money.rows("receipt") == []
    assert money.get("bill", bill)["owed"] == D("540.00")


WORDS = {
    "remark": {"remark": "a\x00b"},
    "payer_name": {"payer_name": "a\x00b"},
    "reference": {"reference": "a\x00b"},
    "token": {"token": "a\x00b"},
    "payer": {"payer": "٣"},
    "huge payer": {"payer": "9" * 40},
    "seen": {"seen-99999999999999999999": "1"},
}


@pytest.mark.parametrize("forged", WORDS.values(), ids=WORDS)
def test_forged_words_break_nothing(
    money: MoneyOffice, enter: Callable[[str], Any], unit: int, forged: dict[str, str]
) -> None:
    money.bill(unit)
    cashier = enter("cashier")
    answer = cashier.post(f"/till/{unit}/", {**form_of(cashier, unit), **forged})
    assert answer.status_code in (303, 400, 409, 422), answer.status_code
    kept = cashier.post(f"/till/{unit}/deposit/", {"kind": "pass", "amount": "5", "method": "cash", **forged})
    assert kept.status_code in (303, 400, 422), kept.status_code


ASKED = ["/till/?q=%00", "/till/?q=1%00-1", "/till/99999999999999999999999/", "/till/receipts/99999999999999999999/",
         "/till/0/", "/dunning/?building=%00&level=99999999999999999999&steward=x", "/dunning/?view=%00",
         "/bill-run/99999999999999999999999/", "/meter-sheet/?building=99999999999999999999999",
         "/meter-sheet/?building=%00&month=%00", "/meter-sheet/?building=1&month=9999-99",
         "/reports/arrears/?building=99999999999999999999999", "/reports/arrears/?group=%00",
         "/reports/collection_rate/?month=0000-00", "/reports/collection_rate/?month=9999-12&span=year",
         "/reports/collection_trend/?month=0001-01", "/reports/takings/?since=0001-01-01&until=9999-12-31",
         "/reports/collection_rate/?month=0001-01&span=half_year"]  # fmt: skip


@pytest.mark.parametrize("path", ASKED)
def test_a_forged_address_breaks_nothing(money: MoneyOffice, enter: Callable[[str], Any], unit: int, path: str) -> None:
    money.bill(unit)
    for who in ("billing", "supervisor"):
        assert enter(who).get(path).status_code < 500


def test_a_bill_of_another_unit_is_not_settled_here(money: MoneyOffice, enter: Callable[[str], Any], unit: int) -> None:
    other = money.unit("1002", building="1")
    money.bill(unit)
    foreign = money.bill(other)
    cashier = enter("cashier")
    form = form_of(cashier, unit)
    answer = cashier.post(f"/till/{unit}/", {**form, "bill": [str(foreign)], "amount": "540.00"})
    assert answer.status_code == 409
    assert money.get("bill", foreign)["owed"] == D("540.00")
    assert cashier.post(f"/till/{unit}/", form).status_code == 303
    reused = cashier.post(f"/till/{other}/", {**form_of(cashier, other), "token": form["token"]})
    assert reused.status_code == 422
    assert money.get("bill", foreign)["owed"] == D("540.00")


@pytest.mark.parametrize("chosen", ["every", "rowid"])
def test_money_is_taken_from_one_household_at_a_time(
    money: MoneyOffice, enter: Callable[[str], Any], unit: int, chosen: str
) -> None:
    units = [str(unit), str(money.unit("1002", building="1"))]
    selection = {"every": ""} if chosen == "every" else {"rowid": units}
    form = {"action": "do:take_payment", "amount": "0.01", "method": "cash", "confirmed": "1", **selection}
    answer = enter("cashier").post("/unit/action/", form, follow_redirects=True)
    assert "one record at a time" in answer.get_data(as_text=True)
    assert money.rows("receipt") == []
