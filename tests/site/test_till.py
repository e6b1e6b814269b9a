"""The till at the site: who may come in, a payment without script, mistakes in sentences, the same form twice (F5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.office.money import ROLES, MoneyOffice, money_office
from tests.site.conftest import PASSWORD

D = Decimal
TAKES = {"cashier", "billing_supervisor"}
TOKEN = re.compile(r'name="token" value="([^"]+)"')
SEEN = re.compile(r'name="(seen-\d+)" value="([^"]+)"')


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def enter(money: MoneyOffice, site_of: Callable[..., Any], visit: Callable[..., Any]) -> Callable[[str], Any]:
    app = site_of(money.registry)

    def go_in(username: str) -> Any:
        visitor = visit(app)
        # Only who comes in has a password: making one is slow on purpose.
        money.registry.accounts.set_password(money.people[username].id, PASSWORD)
        assert visitor.sign_in(username, PASSWORD).status_code == 302
        return visitor

    return go_in


@pytest.fixture
def unit(money: MoneyOffice) -> int:
    unit = money.unit("1001", building="2", section="2", owner="张伟")
    money.set("resident", money.owners[unit], phone="13812345678")
    return unit


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def form_of(visitor: Any, unit: int, **given: str) -> dict[str, Any]:
    """The form of a household as a browser without script sends it, all bills ticked."""
    page = visitor.get(f"/till/{unit}/").get_data(as_text=True)
    seen = dict(SEEN.findall(page))
    bills = [name.removeprefix("seen-") for name in seen]
    found = TOKEN.search(page)
    assert found
    return {"token": found[1], **seen, "bill": bills, "method": "cash", **given}


@pytest.mark.parametrize(
    "typed", ["2-2-1001", "2栋2单元1001", "2#2-1001", "张伟", "zhangwei", "zw", "5678", "13812345678"]
)
def test_every_way_to_name_the_household_leads_there(
    money: MoneyOffice, enter: Callable[[str], Any], unit: int, typed: str
) -> None:
    money.unit("1002", building="2", section="2", owner="李娜")
    answer = enter("cashier").get("/till/", query_string={"q": typed})
    assert answer.status_code == 302
    assert answer.location.endswith(f"/till/{unit}/")


def test_several_households_are_a_list_with_what_they_owe(
    money: MoneyOffice, enter: Callable[[str], Any], unit: int
) -> None:
    other = money.unit("1002", building="2", section="2", owner="张薇")
    money.bill(other, amount="77.70")
    answer = enter("cashier").get("/till/?q=zhangw")
    assert answer.status_code == 200
    assert "2-2-1001" in words(answer) and "2-2-1002" in words(answer) and "77.70" in words(answer)
    part = enter("cashier").get("/till/?q=zhangw", headers={"X-Part": "1"})
    assert "<html" not in part.get_data(as_text=True) and "77.70" in words(part)
    assert "Nothing found for “qqqq”" in words(enter("cashier").get("/till/?q=qqqq"))


def test_a_payment_without_script_pays_what_is_ticked(
    money: MoneyOffice, enter: Callable[[str], Any], unit: int
) -> None:
    money.late_fee_rule("物业费", "0.05")
    money.bill(unit, period="2026Q2")
    bill = money.bill(unit, "车位费", "2026-09", "150.00")
    visitor = enter("cashier")
    page = words(visitor.get(f"/till/{unit}/"))
    assert "157 days late" in page and "42.12" in page and "540.00 × 156 days × 0.05%" in page
    form = form_of(visitor, unit)
    answer = visitor.post(f"/till/{unit}/", form | {"bill": [str(bill)], "tendered": "200"})
    assert answer.status_code == 303
    shown = words(visitor.get(answer.location))
    assert "SJ00000001" in shown and "150.00" in shown and "50.00" in shown and "582.12" in shown
    [receipt] = money.rows("receipt", "amount", "change", "payer")
    assert (receipt["amount"], receipt["change"]) == (D("150.00"), D("50.00"))


def test_two_methods_and_the_rest_is_worked_out(money: MoneyOffice, enter: Callable[[str], Any], unit: int) -> None:
    money.bill(unit)
    visitor = enter("cashier")
    form = form_of(visitor, unit, amount="500", method2="wechat", reference2="WX9")
    assert visitor.post(f"/till/{unit}/", form).status_code == 303
    payments = money.rows("payment", "method", "amount", "reference")
    assert [(p["method"], p["amount"], p["reference"]) for p in payments] == [
        ("cash", D("500.00"), None), ("wechat", D("40.00"), "WX9"),
    ]  # fmt: skip


def test_credit_is_used_when_ticked(money: MoneyOffice, enter: Callable[[str], Any], unit: int) -> None:
    visitor = enter("cashier")
    visitor.post(f"/till/{unit}/", form_of(visitor, unit, amount="600"))
    bill = money.bill(unit)
    answer = visitor.post(f"/till/{unit}/", form_of(visitor, unit, use_credit="1"))
    assert answer.status_code == 303
    assert money.get("bill", bill)["owed"] == 0
    assert [r["kind"] for r in money.rows("receipt", "kind")] == ["payment", "credit_use"]


def test_the_same_form_twice_takes_the_money_once_and_shows_the_same_receipt(
    money: MoneyOffice, enter: Callable[[str], Any], unit: int
) -> None:
    money.bill(unit)
    visitor = enter("cashier")
    form = form_of(visitor, unit, amount="100")
    first = visitor.post(f"/till/{unit}/", form)
    second = visitor.post(f"/till/{unit}/", form)
    assert first.location == second.location
    assert "nothing more was taken" in words(visitor.get(second.location))
    assert len(money.rows("receipt")) == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"amount": "0"}, "0.00 is no amount"),
        ({"amount": "-5"}, "no amount"),
        ({"amount": "five"}, "Amount: “five”"),
        ({"amount": "1.234"}, "Amount: “1.234”"),
        ({"amount": "50", "tendered": "20"}, "is less than the 50.00"),
        ({"method": "bitcoin"}, "no method of payment"),
        ({"method": "card", "tendered": "600"}, "for cash only"),
        ({"bill": ["999999"], "amount": "5"}, "1 of the chosen bills are no longer owed"),
        ({"bill": ["x"], "amount": ""}, "no amount"),
        ({"method": "opening"}, "come from files"),
    ],
)
def test_a_mistake_is_said_in_a_sentence_and_what_was_typed_stays(
    money: MoneyOffice, enter: Callable[[str], Any], unit: int, given: dict[str, Any], says: str
) -> None:
    money.bill(unit)
    visitor = enter("cashier")
    answer = visitor.post(f"/till/{unit}/", form_of(visitor, unit, remark="老人来缴") | given)
    assert answer.status_code in (409, 422)
    assert says in words(answer)
    assert "老人来缴" in answer.get_data(as_text=True)
    assert money.rows("receipt") == []


def test_who_comes_second_is_told_and_sees_what_is_owed_now(
    money: MoneyOffice, enter: Callable[[str], Any], unit: int
) -> None:
    money.bill(unit)
    one, two = enter("cashier"), enter("cashier2")
    forms = [form_of(visitor, unit, amount="300") for visitor in (one, two)]
    assert one.post(f"/till/{unit}/", forms[0]).status_code == 303
    answer = two.post(f"/till/{unit}/", forms[1])
    assert answer.status_code == 409
    assert "Cashier took 300.00 at 09:30 (receipt SJ00000001); 240.00 is owed now" in words(answer)
    assert 'value="240.00"' in answer.get_data(as_text=True)
    assert two.post(f"/till/{unit}/", form_of(two, unit)).status_code == 303


def test_a_deposit_is_taken_once_and_a_mistake_is_said(
    money: MoneyOffice, enter: Callable[[str], Any], unit: int
) -> None:
    visitor = enter("cashier")
    found = TOKEN.findall(visitor.get(f"/till/{unit}/").get_data(as_text=True))
    form = {"token": found[1], "kind": "renovation", "method": "cash", "amount": "2,000", "tendered": "2100"}
    for wrong, says in (
        ({"amount": "0"}, "above 0"), ({"amount": ""}, "above 0"), ({"amount": "x"}, "Amount: “x”"),
        ({"method": "opening"}, "come from files"), ({"kind": "none"}, "Kind:"), ({"tendered": "5"}, "less than"),
    ):  # fmt: skip
        answer = visitor.post(f"/till/{unit}/deposit/", form | wrong)
        assert says in words(visitor.get(answer.location)), wrong
    assert money.rows("receipt") == [] == money.rows("deposit")
    first = visitor.post(f"/till/{unit}/deposit/", form)
    assert first.location == visitor.post(f"/till/{unit}/deposit/", form).location
    shown = words(visitor.get(first.location))
    assert "2,000.00" in shown and "100.00" in shown and "Deposit taken" in shown
    assert [d["held"] for d in money.rows("deposit", "held")] == [D("2000.00")]
    assert "2,000.00" in words(visitor.get(f"/till/{unit}/"))


def test_after_the_handover_the_till_says_so_before_anything_is_typed(
    money: MoneyOffice, enter: Callable[[str], Any], unit: int
) -> None:
    visitor = enter("cashier")
    visitor.post(f"/till/{unit}/", form_of(visitor, unit, amount="5"))
    assert "You have handed over today" not in words(visitor.get(f"/till/{unit}/"))
    money.act("cashier", "till_day", "count_till", 1, counted="5", is_safe_checked=True)
    money.act("cashier", "till_day", "hand_over", 1, received_by="王芳")
    assert "You have handed over today" in words(visitor.get(f"/till/{unit}/"))
    answer = visitor.post(f"/till/{unit}/", form_of(visitor, unit, amount="5"))
    assert answer.status_code == 422
    assert "Cashier has handed over the day 2026-10-05" in words(answer)


def doors(visitor: Any, unit: int, bill: int, receipt: int) -> list[Any]:
    """The answers at every address of the till, reading and posting."""
    paths = ["/till/", "/till/?q=2-2-1001", "/till/?q=zhangwei", f"/till/{unit}/", f"/till/receipts/{receipt}/"]
    form = {"bill": [str(bill)], f"seen-{bill}": "400.00", "method": "cash", "amount": "400.00", "token": "mine"}
    part = visitor.get("/till/?q=2-2-1001", headers={"X-Part": "1"})
    deposit = visitor.post(f"/till/{unit}/deposit/", {"kind": "other", "method": "cash", "amount": "13.57"})
    return [*(visitor.get(path) for path in paths), part, visitor.post(f"/till/{unit}/", form), deposit]


@pytest.mark.parametrize("username", sorted(name for name, role in ROLES.items() if role in TAKES))
def test_who_takes_payments_comes_in(money: MoneyOffice, enter: Callable[[str], Any], unit: int, username: str) -> None:
    bill = money.bill(unit, amount="413.57")
    receipt = money.pay(bill, "13.57")
    answers = doors(enter(username), unit, bill, receipt)
    assert {answer.status_code in (200, 302, 303) for answer in answers} == {True}
    assert len(money.rows("receipt")) == 3


def test_the_doors_of_the_till_are_shut_to_everyone_else(
    money: MoneyOffice, enter: Callable[[str], Any], unit: int
) -> None:
    """Every other role at every address, and at the actions behind it: no amount and no number in any answer."""
    bill = money.bill(unit, amount="413.57")
    receipt = money.pay(bill, "13.57")
    tries = [
        ("unit", unit, "take_payment", {"method": "cash", "amount": "5"}),
        ("unit", unit, "take_deposit", {"method": "cash", "amount": "5", "kind": "other"}),
        ("unit", unit, "refund_credit", {"method": "cash", "amount": "5", "reason": "x"}),
        ("receipt", receipt, "reverse_receipt", {"reason": "x"}),
        ("receipt", receipt, "request_reversal", {"reason": "x"}),
        ("till_day", 1, "hand_over", {"received_by": "x"}),
    ]
    for username in sorted(name for name, role in ROLES.items() if role not in TAKES):
        visitor = enter(username)
        for answer in doors(visitor, unit, bill, receipt):
            assert answer.status_code == 403, username
            assert not {"400.00", "413.57", "13.57", "SJ000"} & set(re.findall(r"[\d.]+|SJ000", words(answer)))
        assert "/till/" not in visitor.get("/").get_data(as_text=True), username
        for entity, id, action, answers in tries:
            form = {"rowid": str(id), "action": f"do:{action}", "confirmed": "1", **answers}
            assert visitor.post(f"/{entity}/action/", form).status_code in (403, 404), (username, action)
    assert len(money.rows("receipt")) == 1
    assert money.get("receipt", receipt)["state"] == "valid"


@pytest.mark.parametrize("door", ["edit", "delete", "new", "undo"])
def test_a_cashier_changes_and_deletes_no_posted_money(
    money: MoneyOffice, enter: Callable[[str], Any], unit: int, door: str
) -> None:
    receipt = money.pay(money.bill(unit), "100.00")
    visitor = enter("cashier")
    change = money.registry.history.of(money.people["cashier"], "receipt", receipt)[0].id
    for entity in ("receipt", "payment", "allocation", "deposit", "deposit_move", "till_day", "month_close", "bill"):
        form = {"id": "1", "amount": "1", "change": str(change), "state": "reversed"}
        answer = visitor.post(f"/{entity}/{door}/?id=1", form)
        if answer.status_code == 302:  # an undo that is refused goes back to the record with a sentence
            assert door == "undo"
            continue
        assert answer.status_code in (403, 404), (entity, answer.status_code)
    for action in ("delete", "do:reverse_receipt", "edit"):
        form = {"rowid": str(receipt), "action": action, "field": "amount", "confirmed": "1", "reason": "x"}
        assert visitor.post("/receipt/action/", form).status_code in (403, 404)
    assert (money.get("receipt", receipt)["state"], money.get("receipt", receipt)["amount"]) == ("valid", D("100.00"))
