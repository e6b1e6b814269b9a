"""The till in a browser: found by pinyin, paid in two ways with change, printed, reversed; by keyboard (F5)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.office.money import MoneyOffice, money_office
from tests.printing.conftest import pages_of
from tests.site.conftest import PASSWORD

pytestmark = pytest.mark.browser

D = Decimal
DESKTOP = {"viewport": {"width": 1280, "height": 860}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    made = money_office(office, clock, person)
    for name in ("cashier", "billing"):
        made.registry.accounts.set_password(made.people[name].id, PASSWORD)
        made.set("user", made.people[name].id, locale="zh")
    return made


@pytest.fixture
def unit(money: MoneyOffice) -> int:
    """张伟's: 540.00 for the third quarter, 150.00 for parking; two more households whose names sound alike."""
    unit = money.unit("1001", building="2", section="2", owner="张伟")
    money.unit("1002", building="2", section="2", owner="张薇")
    money.unit("501", building="1", section="1", owner="章维")
    money.bill(unit)
    money.bill(unit, "车位费", "2026-09", "150.00")
    return unit


@pytest.fixture
def enter(
    money: MoneyOffice, site_of: Callable[..., Any], serve: Callable[..., str], signed_in: Any
) -> Callable[..., Any]:
    address = serve(site_of(money.registry))
    return lambda username, device=None: signed_in(address, username, **(device or DESKTOP), locale="zh-CN")


def test_a_household_pays_and_the_supervisor_takes_it_back(
    money: MoneyOffice, enter: Callable[..., Any], unit: int
) -> None:
    page = enter("cashier")
    open_by_pinyin(page)
    pay_in_two_ways(page)
    text = "".join(pages_of(printed(page)))
    for words in (
        "SJ00000001",
        "张伟",
        "2-2-1001",
        "肆佰元整",
        "现金300.00",
        "微信100.00",
        "实付现金350.00，找零50.00",
    ):
        assert words in text
    assert money.owed(unit) == D("290.00")
    ask_for_the_reversal(page)
    take_back(enter("billing"))
    assert money.owed(unit) == D("690.00")
    page.goto("/till/receipts/1/")
    assert "作废" in page.inner_text("main")
    assert "作废" in "".join(pages_of(printed(page))).replace(" ", "")


def open_by_pinyin(page: Any) -> None:
    """With the keyboard alone: the sidebar's page, the name in pinyin, the arrow, Enter."""
    page.click(".nav a[href='/till/']")
    page.wait_for_load_state()
    page.locator("body").press("/")
    page.keyboard.type("zhangwei", delay=15)
    page.wait_for_selector(".finder-list a:nth-child(3)")
    assert page.locator(".finder-list a").count() == 3
    rooms = page.locator(".finder-list .finder-room").all_inner_texts()
    for _ in range(rooms.index("2-2-1001") + 1):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-till]")
    assert page.inner_text("[data-till-due]") == "690.00"


def pay_in_two_ways(page: Any) -> None:
    """300 in cash out of 350, 100 by WeChat; the sums follow while typing, Enter takes the money."""
    assert page.evaluate("document.activeElement.id") == "amount"
    page.keyboard.type("300")
    assert "还欠 390.00 元" in page.inner_text("[data-till-note]")
    page.keyboard.press("Tab")
    page.keyboard.type("350")
    assert page.inner_text("[data-till-change]").split() == ["找零", "50.00"]
    page.locator("[data-till-second] summary").press("Enter")
    page.select_option("#method2", "wechat")
    assert page.input_value("#amount2") == "390.00"
    page.fill("#amount2", "100")
    assert page.inner_text("[data-till-take]").startswith("收款 400.00")
    page.press("#amount2", "Enter")
    page.wait_for_url("**/till/receipts/1/")
    assert page.inner_text(".till-change").split() == ["找零", "50.00"]


def printed(page: Any) -> bytes:
    """The receipt that Enter on the result page gives."""
    assert "打印收据" in page.evaluate("document.activeElement.innerText")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    address = opened.value.url if opened.value.url != "about:blank" else ""
    if not address:
        opened.value.wait_for_url("**/handouts/**")
        address = opened.value.url
    answer = page.request.get(address)
    assert answer.headers["content-type"] == "application/pdf"
    opened.value.close()
    return bytes(answer.body())


def ask_for_the_reversal(page: Any) -> None:
    page.click("text=申请冲正")
    page.click(".page-actions button:has-text('申请冲正')")
    page.fill("dialog [name=reason]", "收错户")
    page.click("dialog [name=confirmed]")
    page.wait_for_selector(".toast:has-text('已申请冲正')")


def take_back(page: Any) -> None:
    """The reversal waits on the supervisor's front page."""
    page.click("a:has-text('待冲正收据')")
    page.click(".list a:has-text('SJ00000001')")
    page.click(".page-actions button:has-text('冲正'):not(:has-text('不'))")
    page.click("dialog [name=confirmed]")
    page.wait_for_selector(".toast:has-text('SJ00000002')")


def test_ticking_and_the_late_fee_change_the_sum(money: MoneyOffice, enter: Callable[..., Any], unit: int) -> None:
    money.late_fee_rule("物业费", "0.05")
    page = enter("cashier")
    page.goto(f"/till/{unit}/")
    whole = page.inner_text("[data-till-due]")
    assert whole == "707.55"
    page.check("[name=principal_only]")
    assert page.inner_text("[data-till-due]") == page.input_value("#amount") == "690.00"
    page.click("[data-pick=none]")
    assert page.inner_text("[data-till-due]") == "0.00"
    page.click("[data-pick=due]")
    page.click(".till-working summary")
    assert "540.00 × 65 天 × 0.05%" in page.inner_text(".till-working p")
    page.click("label:has([value=card])")
    assert page.is_hidden("#tendered") and page.is_visible("#reference")
    page.fill("#amount", "1,000")
    assert "将存为预存" in page.inner_text("[data-till-note]")


def test_on_a_phone_nothing_is_cut_off(money: MoneyOffice, enter: Callable[..., Any], unit: int) -> None:
    page = enter("cashier", PHONE)
    for path in ("/till/", f"/till/{unit}/", "/till/?q=zw"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path
    page.goto(f"/till/{unit}/")
    page.click("[data-till-take]")
    page.wait_for_url("**/till/receipts/1/")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert money.owed(unit) == 0


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_serious(
    money: MoneyOffice, enter: Callable[..., Any], unit: int, device: dict[str, Any], locale: str
) -> None:
    money.late_fee_rule("物业费", "0.05")
    receipt = money.pay(money.bill(unit, "水费", "2026-08", "20.00"), "20.00", over="30.00")
    money.set("user", money.people["cashier"].id, locale=locale)
    page = enter("cashier", device)
    for path in ("/till/", "/till/?q=zhangw", "/till/?q=nobody", f"/till/{unit}/", f"/till/receipts/{receipt}/"):
        page.goto(path)
        look(page)
    page.goto("/till/")
    page.fill("[name=q]", "zhangw")
    page.wait_for_selector(".finder-list")
    look(page)


def look(page: Any) -> None:
    page.wait_for_selector("html[data-ready]")
    found = Axe().run(page).response["violations"]
    serious = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
    assert serious == [], page.url
