"""The desk in a browser, by keyboard alone: found, taken, sent out; a draft that outlives the session (S1, S4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from models.actor import SYSTEM
from models.query import Query
from tests.office.money import MoneyOffice, money_office
from tests.site.conftest import PASSWORD

pytestmark = pytest.mark.browser

DESKTOP = {"viewport": {"width": 1280, "height": 860}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    made = money_office(office, clock, person)
    for name in ("frontdesk", "engineer"):
        made.registry.accounts.set_password(made.people[name].id, PASSWORD)
        made.set("user", made.people[name].id, locale="zh")
    works = made.make("department", name="工程部", trades=("plumbing",))
    made.make("department", name="客服部")
    made.make("staff", name="水工", account=made.people["engineer"].id, department=works, trades=("plumbing",))
    return made


@pytest.fixture
def unit(money: MoneyOffice) -> int:
    unit = money.unit("1001", building="2", section="2", owner="张伟")
    money.set("resident", money.owners[unit], phone="13812345678", care=("elderly_alone",))
    money.unit("1001", building="1", section="1", owner="王芳")
    money.bill(unit)
    return unit


@pytest.fixture
def enter(
    money: MoneyOffice, site_of: Callable[..., Any], serve: Callable[..., str], signed_in: Any
) -> Callable[..., Any]:
    address = serve(site_of(money.registry))
    return lambda username, device=None: signed_in(address, username, **(device or DESKTOP), locale="zh-CN")


def requests(money: MoneyOffice) -> list[dict[str, Any]]:
    ids = sorted(money.registry.scope.ids(SYSTEM, "service_request", Query(), 100))
    return [dict(money.registry.rows.one("service_request", id) or {}) for id in ids]


def open_household(page: Any, words: str, room: str) -> None:
    """The field has the focus; the words, the arrow to the room, Enter."""
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type(words, delay=10)
    page.wait_for_selector("#finder-found [role=option]")
    rooms = page.locator("#finder-found .finder-room").all_inner_texts()
    for _ in range(rooms.index(room) + (len(rooms) > 1)):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-desk]")
    page.wait_for_selector("html[data-ready]")


def test_a_repair_is_taken_and_sent_out_by_keyboard(money: MoneyOffice, enter: Callable[..., Any], unit: int) -> None:
    page = enter("frontdesk")
    page.goto("/desk/")
    open_household(page, "1001", "2-2-1001")
    assert page.evaluate("document.activeElement.value") == "repair"
    assert "有欠费" in page.inner_text(".desk-head") and "独居老人" in page.inner_text(".desk-head")
    page.keyboard.press("2")
    assert page.evaluate("document.activeElement.id") == "matter"
    page.keyboard.type("厨房水管漏水")
    assert page.input_value("#trade") == "plumbing"
    assert "工程部" in page.inner_text("#department")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/?taken=*")
    [row] = requests(money)
    assert page.inner_text(".desk-taken-number") == row["number"]
    assert (row["kind"], row["caller"], row["phone"]) == ("repair", money.owners[unit], "13812345678")
    assert row["owner"] == money.people["frontdesk"].id and row["state"] == "assigned" and row["department"]
    assert page.evaluate("document.activeElement.name") == "q"


def test_whoever_is_faster_than_the_list_opens_what_they_mean(
    money: MoneyOffice, enter: Callable[..., Any], unit: int
) -> None:
    page = enter("frontdesk")
    page.goto("/desk/new/")
    page.wait_for_selector("html[data-ready]")
    for words, arrows, room in (("1001", 2, "2-2-1001"), ("zhangw", 1, "2-2-1001"), ("wangf", 1, "1-1-1001")):
        page.keyboard.press("/")
        page.keyboard.type(words)
        with page.expect_navigation():
            for _ in range(arrows):
                page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
        assert page.inner_text("h1") == room
        page.wait_for_selector("html[data-ready]")


def test_every_field_is_two_keys_away(money: MoneyOffice, enter: Callable[..., Any], unit: int) -> None:
    """From the matter, Escape and the letter on the label."""
    page = enter("frontdesk")
    page.goto(f"/desk/{unit}/")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("6")
    for label in page.locator("label:visible kbd:visible").all():
        letter, target = label.inner_text(), label.evaluate("kbd => kbd.closest('label').control.name")
        if letter.isdigit() or target in ("then", "is_complex"):
            continue
        page.focus("#matter")
        page.keyboard.press("Escape")
        page.keyboard.press(letter.lower())
        assert page.evaluate("document.activeElement.name") == target, letter
    page.focus("#matter")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    assert page.is_checked("[name=is_complex]")
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.id") == "answer"
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


def test_an_enquiry_is_answered_at_once(money: MoneyOffice, enter: Callable[..., Any], unit: int) -> None:
    page = enter("frontdesk")
    page.goto(f"/desk/{unit}/")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("3")
    page.keyboard.type("物业几点下班")
    assert page.is_visible("#answer")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.type("五点半")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/desk/?taken=*")
    assert [(row["kind"], row["state"], row["answer"]) for row in requests(money)] == [("enquiry", "closed", "五点半")]
    page.keyboard.press("Escape")
    page.keyboard.press("o")
    page.wait_for_url("**/service_request/details/**")


def test_the_like_is_shown_and_added_to(money: MoneyOffice, enter: Callable[..., Any], unit: int) -> None:
    page = enter("frontdesk")
    for words in ("厨房漏水", "厨房水管又漏水"):
        page.goto(f"/desk/{unit}/")
        page.wait_for_selector("html[data-ready]")
        page.keyboard.press("2")
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        page.wait_for_selector(".desk-taken, .desk-similar")
    assert "是不是这件" in page.inner_text(".desk-similar")
    assert page.evaluate("document.activeElement.name") == "add_to"
    assert page.input_value("#matter") == "厨房水管又漏水"
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/?taken=*")
    assert len(requests(money)) == 1
    assert "没有另外登记" in page.inner_text(".toasts")


def test_what_was_typed_comes_back_after_the_session_ended_and_goes_at_sign_out(
    money: MoneyOffice, enter: Callable[..., Any], unit: int
) -> None:
    page = enter("frontdesk")
    type_half(page, unit)
    money.registry.accounts.set_password(money.people["frontdesk"].id, PASSWORD)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/login**")
    sign_in(page)
    page.goto(f"/desk/{unit}/")
    page.wait_for_selector("[data-desk-restored]:visible")
    assert (page.input_value("#matter"), page.input_value("#trade")) == ("大厅太脏", "cleaning")
    assert page.is_checked("[name=kind][value=complaint]")
    page.keyboard.press("z")
    page.wait_for_function("() => document.querySelector('#matter').value === ''")
    type_half(page, unit)
    page.click("details.user summary")
    page.click("[action$='/logout'] button")
    page.wait_for_url("**/login")
    sign_in(page)
    page.goto(f"/desk/{unit}/")
    page.wait_for_selector("html[data-ready]")
    assert page.input_value("#matter") == "" and page.is_hidden("[data-desk-restored]")


def type_half(page: Any, unit: int) -> None:
    page.goto(f"/desk/{unit}/")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("1")
    page.keyboard.type("大厅太脏")
    page.select_option("#trade", "cleaning")


def sign_in(page: Any) -> None:
    page.fill("#username", "frontdesk")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector("details.user")


def test_on_a_phone_nothing_is_cut_off_and_everything_is_big_enough(
    money: MoneyOffice, enter: Callable[..., Any], unit: int
) -> None:
    page = enter("engineer", PHONE)
    for path in ("/desk/", f"/desk/{unit}/", "/desk/new/", "/desk/?q=1001"):
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path
        small = page.evaluate(
            """() => [...document.querySelectorAll('main :is(a, button, select, .input, .desk-kinds span)')]
              .filter(e => e.offsetParent && !e.closest('.crumbs') && e.getBoundingClientRect().height < 43.5)
              .map(e => e.outerHTML.slice(0, 90))"""
        )
        assert small == [], path
    page.goto(f"/desk/{unit}/")
    page.fill("#matter", "楼道灯不亮")
    page.tap(".desk-save")
    page.wait_for_selector(".desk-taken-number")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_serious(
    money: MoneyOffice, enter: Callable[..., Any], unit: int, device: dict[str, Any], locale: str
) -> None:
    money.set("user", money.people["frontdesk"].id, locale=locale)
    page = enter("frontdesk", device)
    page.goto(f"/desk/{unit}/")
    page.fill("#matter", "厨房漏水")
    page.click(".desk-save")
    page.wait_for_selector(".desk-taken")
    look(page)
    for path in ("/desk/", "/desk/?q=1001", "/desk/?q=nobody", "/desk/new/", f"/desk/{unit}/"):
        page.goto(path)
        look(page)
    page.fill("#matter", "厨房漏水")
    page.click(".desk-save")
    page.wait_for_selector(".desk-similar")
    look(page)


def look(page: Any) -> None:
    page.wait_for_selector("html[data-ready]")
    found = Axe().run(page).response["violations"]
    serious = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
    assert serious == [], page.url
