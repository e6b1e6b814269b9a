"""The bill run at the site: choose, try, publish, print; who may do so, and who sees nothing of it (F3, F4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from models.actor import Source
from models.schedule.scheduler import Scheduler
from office.billing import run as bill_run
from tests.office.money import ROLES, MoneyOffice, money_office

BILLS = {"cashier", "billing_supervisor"}
SEES = BILLS | {"director", "assistant", "supervisor", "auditor"}


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    """Unit 101 is charged for its area and a parking space; 102 for its area, which nobody wrote down."""
    made = money_office(office, clock, person)
    first, second = made.unit("101"), made.unit("102", area=None)
    made.charge(first, "高层住宅")
    made.charge(first, "地下车位")
    made.charge(second, "高层住宅")
    return made


@pytest.fixture
def enter(money: MoneyOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(money)


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def tried(visitor: Any, **given: Any) -> str:
    """The address of a run that was started with the form."""
    answer = visitor.post("/bill-run/", {"month": "2026-10", "issued_on": "2026-10-05", **given})
    assert answer.status_code == 302, words(answer)
    return str(answer.location)


def do(visitor: Any, run: int, action: str, **answers: str) -> Any:
    return visitor.post("/bill_run/action/", {"rowid": run, "action": f"do:{action}", "confirmed": "1", **answers})


def test_a_month_is_tried_published_and_billed_once(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    cashier = enter("cashier")
    assert "Nothing was billed yet" in words(cashier.get("/bill-run/"))
    page = words(cashier.get(tried(cashier)))
    assert "Dry run: 2 bills, 690.00 in all; billed already: 0; to see to: 1." in page
    assert "物业费 2026Q4 1 540.00 – 2026-11-04 – –" in page and "物业费 No area; not billed 1" in page
    assert money.rows("bill") == []
    answer = do(cashier, 1, "publish_run", back="/bill-run/1/")
    assert answer.status_code == 302 and answer.location.endswith("/bill-run/1/")
    page = words(cashier.get("/bill-run/1/"))
    assert "Bills published: 2, 690.00 in all; there already and not made twice: 0; not billed yet: 1." in page
    do(cashier, 2, "publish_run") if tried(cashier) else None
    assert "Bills published: 0, 0.00 in all; there already and not made twice: 2" in words(cashier.get("/bill-run/2/"))
    assert len(money.rows("bill")) == 2


def test_what_was_chosen_is_billed_and_mistakes_are_said(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    cashier = enter("cashier")
    where = tried(cashier, fee_types=[str(money.fee_types["车位费"])], buildings=[str(money.buildings["1"])])
    assert "车位费 · 1" in words(cashier.get(where))
    wrong = cashier.post("/bill-run/", {"month": "2026-10", "issued_on": "2026-10-05", "due_on": "2026-10-01"})
    assert wrong.status_code == 422 and "The due date cannot lie before the day of issue" in words(wrong)
    assert cashier.post("/bill-run/", {"month": "October"}).status_code == 422


def test_the_records_to_see_to_are_linked(enter: Callable[[str], Any]) -> None:
    cashier = enter("cashier")
    page = cashier.get(tried(cashier)).get_data(as_text=True)
    assert 'href="/unit/details/?id=2">1-1-102</a>' in page
    record = cashier.get("/bill_run/details/?id=1").get_data(as_text=True)
    assert 'href="/bill-run/1/"' in record and "Dry run: 2 bills" in record and "fee_types" not in record


def test_how_far_a_long_run_is(
    money: MoneyOffice, enter: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bill_run, "AT_ONCE", 1)
    monkeypatch.setattr(Scheduler, "wake", lambda self: None)
    cashier = enter("cashier")
    tried(cashier)
    do(cashier, 1, "publish_run")
    page = cashier.get("/bill-run/1/").get_data(as_text=True)
    assert 'data-job="/bill-run/1/progress.json"' in page and "The bills are being made" in page
    assert cashier.get("/bill-run/1/progress.json").json["numbers"] == "0 of 2"
    Scheduler(money.registry).work()
    assert cashier.get("/bill-run/1/progress.json").json | {"over": True, "percent": 100} == (
        cashier.get("/bill-run/1/progress.json").json
    )
    assert "Bills published: 2" in words(cashier.get("/bill-run/1/"))


def test_the_notices_of_a_building_are_one_file(enter: Callable[[str], Any]) -> None:
    cashier = enter("cashier")
    tried(cashier)
    do(cashier, 1, "publish_run")
    page = cashier.get("/bill-run/1/").get_data(as_text=True)
    every = re.search(r'name="every" value="([^"]+)"', page)
    assert every
    answer = cashier.post("/unit/action/", {"every": every[1], "action": "print:payment_notice", "confirmed": "1"})
    assert answer.status_code in (200, 302)
    assert len(cashier.get("/bill/details/?id=1").get_data(as_text=True).split("Payment notice 1-1-101")) > 1


@pytest.mark.parametrize("who", ROLES)
def test_who_comes_in(money: MoneyOffice, enter: Callable[[str], Any], who: str) -> None:
    run = money.registry.store.create(money.people["cashier"], "bill_run", {"month": "2026-10"}, Source("form"))
    money.act("cashier", "bill_run", "check_run", run)
    visitor = enter(who)
    assert (visitor.get("/bill-run/").status_code == 200) == (ROLES[who] in BILLS)
    assert (visitor.get(f"/bill-run/{run}/").status_code == 200) == (ROLES[who] in SEES)
    assert (visitor.get(f"/bill-run/{run}/progress.json").status_code == 200) == (ROLES[who] in SEES)
    assert ('href="/bill-run/"' in visitor.get("/").get_data(as_text=True)) == (ROLES[who] in BILLS)
    assert visitor.post("/bill-run/", {"month": "2026-10"}).status_code == (302 if ROLES[who] in BILLS else 403)
    if ROLES[who] not in BILLS:
        assert do(visitor, run, "publish_run").status_code in (403, 404)
        assert money.rows("bill") == []


def test_a_notice_is_delivered_with_a_date_by_the_own_steward(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    bill = money.bill(1, period="2026Q3")
    other = money.bill(money.unit("101", building="2"), period="2026Q3")
    steward = enter("steward1")
    sent = {"action": "do:mark_delivered", "confirmed": "1", "delivered_on": "2026-10-05"}
    steward.post("/bill/action/", {"rowid": bill, **sent})
    assert steward.post("/bill/action/", {"rowid": other, **sent}).status_code == 404
    found = [money.get("bill", one)["delivered_on"] for one in (bill, other)]
    assert found == [date(2026, 10, 5), None]
