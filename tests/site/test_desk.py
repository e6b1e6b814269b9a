"""The desk by its pages: found, taken once, shown what is like it, no amount for anybody, nothing of another's area."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.query import Query
from office.requests.similar import is_like, is_similar, pieces
from tests.office.money import MoneyOffice, money_office
from tests.site.conftest import PASSWORD, Visitor

FORM = Source("form")
SAID = "厨房水管漏水"


# -- what is alike ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("厨房漏水", "厨房水管漏水", True),
        ("灯不亮", "楼道灯不亮了", True),
        ("The lift is stuck", "lift stuck again", True),
        ("ＬＩＦＴ stuck", "lift stuck", True),
        ("厨房漏水", "门锁坏了", False),
        ("电梯异响", "电梯困人", False),
        ("", "", False),
        ("！", "？", False),
    ],
)
def test_matters_are_alike_by_their_words(one: str, other: str, alike: bool) -> None:
    assert is_like(one, other) is is_like(other, one) is alike


def test_the_same_trade_is_alike_enough() -> None:
    assert is_similar("电梯异响", "lift", "电梯困人", "lift")
    assert not is_similar("电梯异响", None, "电梯困人", None)
    assert pieces("漏") == {"漏"}


# -- the pages -------------------------------------------------------------------------------------


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def desk(money: MoneyOffice, site_of: Callable[..., Any]) -> Callable[..., Visitor]:
    """Signs in: ``desk("frontdesk")``."""
    app = site_of(money.registry)
    for actor in money.people.values():
        money.registry.accounts.set_password(actor.id, PASSWORD)

    def enter(username: str) -> Visitor:
        visitor = Visitor(app)
        assert visitor.sign_in(username).status_code == 302
        return visitor

    return enter


@pytest.fixture
def works(money: MoneyOffice) -> int:
    return money.make("department", name="工程部", trades=("plumbing",))


@pytest.fixture
def unit(money: MoneyOffice, works: int) -> int:
    unit = money.unit("1001", building="2", section="2", owner="张伟")
    money.set("resident", money.owners[unit], phone="13812345678")
    money.bill(unit, "物业费", "2025-09", "4321.09")
    return unit


def rows(money: MoneyOffice, entity: str = "service_request") -> list[dict[str, Any]]:
    ids = money.registry.scope.ids(SYSTEM, entity, Query(), 100)
    return [dict(money.registry.rows.one(entity, id) or {}) for id in sorted(ids)]


def token_of(answer: Any) -> str:
    found = re.search(r'name="token" value="([^"]+)"', answer.get_data(as_text=True))
    assert found
    return found[1]


def filled(page: Any, **more: str) -> dict[str, str]:
    return {"token": token_of(page), "kind": "repair", "channel": "phone", "caller": "-", "matter": SAID,
            "priority": "normal", "then": "leave", **more}  # fmt: skip


@pytest.mark.parametrize("words", ["2-2-1001", "2栋2单元1001", "1001", "张", "zhangwei", "zw", "5678"])
def test_a_household_is_found_however_it_is_asked_for(
    money: MoneyOffice, desk: Callable[..., Visitor], unit: int, words: str
) -> None:
    visitor = desk("frontdesk")
    answer = visitor.get("/desk/", query_string={"q": words})
    assert answer.headers["Location"].endswith(f"/desk/{unit}/")
    part = visitor.get("/desk/", query_string={"q": words}, headers={"X-Part": "1"}).get_data(as_text=True)
    assert "张伟" in part and 'role="option"' in part


def test_what_nobody_knows_is_taken_without_a_unit(
    desk: Callable[..., Visitor], works: int, money: MoneyOffice
) -> None:
    visitor = desk("frontdesk")
    assert "/desk/new/?name=nobody" in visitor.get("/desk/?q=nobody").get_data(as_text=True)
    page = visitor.get("/desk/new/?name=路人")
    assert 'value="路人"' in page.get_data(as_text=True)
    form = filled(page, caller_name="路人", phone="13812345678", place="北门", building=str(money.buildings["1"]))
    assert visitor.post("/desk/new/", form).status_code == 303
    [row] = rows(money)
    assert (row["unit"], row["building"], row["place"]) == (None, money.buildings["1"], "北门")
    assert (row["caller"], row["caller_name"], row["phone"]) == (None, "路人", "13812345678")


def test_the_sign_of_arrears_is_a_word_and_never_an_amount(
    money: MoneyOffice, desk: Callable[..., Visitor], unit: int
) -> None:
    other = money.unit("1002", building="2", section="2", owner="王芳")
    for username in ("frontdesk", "supervisor"):
        visitor = desk(username)
        for path in (f"/desk/{unit}/", "/desk/?q=100"):
            text = visitor.get(path).get_data(as_text=True)
            assert "in arrears" in text
            assert not re.search(r"4,?321|\.09", text), path
        assert "in arrears" not in visitor.get(f"/desk/{other}/").get_data(as_text=True)
    part = desk("engineer").get(f"/desk/{unit}/").get_data(as_text=True)
    assert "in arrears" not in part


def test_what_is_paid_or_not_due_yet_is_no_arrears(
    money: MoneyOffice, desk: Callable[..., Visitor], works: int
) -> None:
    unit = money.unit("1003", building="2", section="2", owner="李四")
    visitor = desk("frontdesk")
    money.bill(unit, "物业费", "2026-09", "100.00")
    money.clock.at = money.clock.at - timedelta(days=200)
    assert "in arrears" not in visitor.get(f"/desk/{unit}/").get_data(as_text=True)


def test_a_call_is_taken_and_its_number_told(money: MoneyOffice, desk: Callable[..., Visitor], unit: int) -> None:
    visitor = desk("frontdesk")
    page = visitor.get(f"/desk/{unit}/")
    [caller] = [int(id) for id in re.findall(r'<option value="(\d+)" data-phone', page.get_data(as_text=True))]
    answer = visitor.post(f"/desk/{unit}/", filled(page, caller=str(caller), details="滴了一夜"))
    assert answer.status_code == 303
    [row] = rows(money)
    assert (row["unit"], row["caller"], row["caller_name"]) == (unit, caller, "张伟")
    assert (row["owner"], row["trade"], row["state"]) == (money.people["frontdesk"].id, "plumbing", "new")
    assert row["number"] in visitor.get(answer.headers["Location"]).get_data(as_text=True)


def test_the_same_form_twice_makes_one(money: MoneyOffice, desk: Callable[..., Visitor], unit: int) -> None:
    visitor = desk("frontdesk")
    form = filled(visitor.get(f"/desk/{unit}/"), then="dispatch")
    first, second = visitor.post(f"/desk/{unit}/", form), visitor.post(f"/desk/{unit}/", form)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(rows(money)) == 1


def test_what_is_answered_at_once_is_answered_solved_and_closed(
    money: MoneyOffice, desk: Callable[..., Visitor], unit: int
) -> None:
    visitor = desk("frontdesk")
    form = filled(visitor.get(f"/desk/{unit}/"), kind="enquiry", matter="几点下班", then="answer")
    refused = visitor.post(f"/desk/{unit}/", form)
    assert refused.status_code == 422 and "Write what was answered" in refused.get_data(as_text=True)
    assert "几点下班" in refused.get_data(as_text=True)
    assert rows(money) == []
    assert visitor.post(f"/desk/{unit}/", {**form, "answer": "五点半"}).status_code == 303
    [row] = rows(money)
    assert (row["answer"], row["solution"], row["state"]) == ("五点半", "五点半", "closed")
    assert row["answered_at"] == row["solved_at"] == money.registry.clock.now()


def test_a_complaint_answered_at_once_still_waits_for_its_signature(
    money: MoneyOffice, desk: Callable[..., Visitor], unit: int
) -> None:
    visitor = desk("frontdesk")
    form = filled(
        visitor.get(f"/desk/{unit}/"), kind="complaint", matter="大厅太脏", then="answer", answer="已派人打扫"
    )
    assert visitor.post(f"/desk/{unit}/", form).status_code == 303
    assert [row["state"] for row in rows(money)] == ["solved"]


def test_a_complaint_is_given_to_a_person_in_the_same_save(
    money: MoneyOffice, desk: Callable[..., Visitor], unit: int
) -> None:
    service = money.make("department", name="客服部")
    boss = money.people["supervisor"].id
    money.make("staff", name="主管", account=boss)
    visitor = desk("frontdesk")
    form = filled(visitor.get(f"/desk/{unit}/"), kind="complaint", matter="态度不好", then="dispatch", worker=str(boss))
    assert visitor.post(f"/desk/{unit}/", form).status_code == 303
    [row] = rows(money)
    assert (row["state"], row["department"], row["assigned_to"]) == ("assigned", service, boss)


def test_what_is_open_already_is_shown_before_a_second_is_made(
    money: MoneyOffice, desk: Callable[..., Visitor], unit: int
) -> None:
    visitor = desk("frontdesk")
    visitor.post(f"/desk/{unit}/", filled(visitor.get(f"/desk/{unit}/")))
    [first] = rows(money)
    page = visitor.get(f"/desk/{unit}/")
    assert first["number"] in page.get_data(as_text=True)
    form = filled(page, matter="厨房漏水更大了", details="已漏到楼下")
    asked = visitor.post(f"/desk/{unit}/", form)
    assert asked.status_code == 409 and f'name="add_to" value="{first["id"]}"' in asked.get_data(as_text=True)
    assert len(rows(money)) == 1
    money.set("service_request", first["id"], assigned_to=money.people["supervisor"].id)
    for _ in range(2):
        assert visitor.post(f"/desk/{unit}/", {**form, "add_to": str(first["id"])}).status_code == 303
    assert len(rows(money)) == 1
    text = visitor.get(f"/service_request/details/?id={first['id']}").get_data(as_text=True)
    assert text.count("厨房漏水更大了") == 1 and "已漏到楼下" in text, "sent twice, it is added once"
    told = [one.text.to("zh") for one in money.registry.inbox.waiting(money.people["supervisor"], 9)]
    assert f"住户又来说：{first['number']} {first['matter']}" in told
    visitor.post(f"/desk/{unit}/", {**form, "anyway": "1"})
    assert len(rows(money)) == 2
    assert (
        visitor.post(f"/desk/{unit}/", filled(visitor.get(f"/desk/{unit}/"), matter="大门门锁坏了")).status_code == 303
    )


def test_a_wrong_value_comes_back_with_the_form(money: MoneyOffice, desk: Callable[..., Visitor], unit: int) -> None:
    visitor = desk("frontdesk")
    form = filled(visitor.get(f"/desk/{unit}/"), phone="12", appointment_at="soon")
    answer = visitor.post(f"/desk/{unit}/", form)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422 and SAID in text and "Phone" in text and "Appointment" in text
    empty = visitor.post(f"/desk/{unit}/", {**form, "phone": "", "appointment_at": "", "matter": ""})
    assert empty.status_code == 422 and "Matter" in empty.get_data(as_text=True)
    past = visitor.post(f"/desk/{unit}/", {**form, "phone": "", "appointment_at": "2020-01-01T10:00"})
    assert past.status_code == 422 and "2020-01-01 10:00, is past" in past.get_data(as_text=True)
    assert rows(money) == []
    fine = {**form, "phone": "", "appointment_at": "2026-12-01T14:00", "kind": "special"}
    assert visitor.post(f"/desk/{unit}/", fine).status_code == 303
    assert rows(money)[0]["appointment_at"].isoformat() == "2026-12-01T06:00:00+00:00"


def test_a_caller_of_another_household_is_nobody_here(
    money: MoneyOffice, desk: Callable[..., Visitor], unit: int
) -> None:
    stranger = money.make("resident", name="王芳")
    visitor = desk("frontdesk")
    visitor.post(f"/desk/{unit}/", filled(visitor.get(f"/desk/{unit}/"), caller=str(stranger)))
    assert [row["caller"] for row in rows(money)] == [None]


def test_who_takes_no_requests_has_no_desk(money: MoneyOffice, desk: Callable[..., Visitor], unit: int) -> None:
    for username in ("cashier", "auditor"):
        visitor = desk(username)
        assert [visitor.get(path).status_code for path in ("/desk/", f"/desk/{unit}/")] == [403, 403]
        assert "/desk/" not in visitor.get("/").get_data(as_text=True)
        assert visitor.post(f"/desk/{unit}/", {"kind": "repair", "matter": SAID}).status_code == 403
    assert rows(money) == []


def test_a_steward_takes_calls_of_his_own_area_alone(
    money: MoneyOffice, desk: Callable[..., Visitor], unit: int
) -> None:
    """Unit 2-2-1001 lies in the second steward's area."""
    desk("frontdesk").post(f"/desk/{unit}/", filled(desk("frontdesk").get(f"/desk/{unit}/")))
    [row] = rows(money)
    mine, other = desk("steward2"), desk("steward1")
    assert row["number"] in mine.get(f"/desk/{unit}/").get_data(as_text=True)
    assert other.get(f"/desk/{unit}/").status_code == 404
    assert other.post(f"/desk/{unit}/", {"kind": "repair", "matter": SAID}).status_code == 404
    for path in ("/desk/?q=zhangwei", "/desk/?q=1001", f"/desk/?taken={row['id']}", "/service_request/"):
        text = other.get(path).get_data(as_text=True)
        assert "张伟" not in text and SAID not in text and row["number"] not in text, path


def test_a_page_costs_the_same_however_much_is_open(
    money: MoneyOffice, desk: Callable[..., Visitor], unit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, counted = desk("frontdesk"), []
    run = type(money.registry.db).execute_sql

    def counting(self: Any, *arguments: Any, **options: Any) -> Any:
        counted.append(arguments[0])
        return run(self, *arguments, **options)

    def cost(path: str) -> int:
        visitor.get(path)
        counted.clear()
        visitor.get(path)
        return len(counted)

    monkeypatch.setattr(type(money.registry.db), "execute_sql", counting)
    visitor.post(f"/desk/{unit}/", filled(visitor.get(f"/desk/{unit}/")))
    before = cost(f"/desk/{unit}/"), cost("/desk/")
    for n in range(6):
        form = filled(visitor.get(f"/desk/{unit}/"), matter=f"{SAID} {n}", anyway="1")
        assert visitor.post(f"/desk/{unit}/", form).status_code == 303
    assert (cost(f"/desk/{unit}/"), cost("/desk/")) == before
