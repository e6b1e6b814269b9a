"""A repair in a browser: sent out by keyboard at the desk, done on the phone with a finger, printed (S4)."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from tests.office.orders import OrderOffice, order_office
from tests.site.conftest import PASSWORD

pytestmark = pytest.mark.browser

DESKTOP = {"viewport": {"width": 1280, "height": 860}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALL = """() => [...document.querySelectorAll("main a, main button, main input, main select, main summary")]
  .filter((e) => e.offsetParent && !["hidden", "checkbox", "radio"].includes(e.type) && !e.closest(".crumbs"))
  .filter((e) => e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML.slice(0, 90))"""


@pytest.fixture
def desk(office: Any, clock: Any, person: Callable[..., Any]) -> OrderOffice:
    made = order_office(office, clock, person)
    for name in ("frontdesk", "engineer", "supervisor"):
        made.registry.accounts.set_password(made.people[name].id, PASSWORD)
        made.money.set("user", made.people[name].id, locale="zh")
    made.item("M01", "28.00", kind="material", unit_name="个", name="角阀")
    return made


@pytest.fixture
def enter(
    desk: OrderOffice, site_of: Callable[..., Any], serve: Callable[..., str], signed_in: Any
) -> Callable[..., Any]:
    address = serve(site_of(desk.registry))
    return lambda username, device: signed_in(address, username, **device, locale="zh-CN")


def photo() -> dict[str, Any]:
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), "#4477aa").save(picture, "JPEG")
    return {"name": "before.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}


def fits(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(SMALL) == []
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


def test_a_repair_goes_from_the_desk_to_the_phone_and_to_the_till(desk: OrderOffice, enter: Callable[..., Any]) -> None:
    unit = desk.money.unit("1001", owner="赵一")
    desk.duty("engineer")
    desk.request("厨房水槽漏水", unit=unit, kind="special", phone="13800000001", caller_name="赵女士")
    send_by_keyboard(enter("frontdesk", DESKTOP))
    page = enter("engineer", PHONE)
    page.goto("/my-orders/")
    fits(page)
    page.tap("text=接单")
    page.wait_for_url("**/my-orders/1/")
    page.tap(".job-bar >> text=到场")
    page.wait_for_load_state()
    add_material(page)
    page.set_input_files("input[name=before-upload]", photo())
    page.tap("text=保存照片")
    page.wait_for_selector(".shots img")
    fits(page)
    finish(page)
    fits(page)
    for name, stars in (("quality", 5), ("attitude", 4)):
        page.tap(f".stars label:has(input[name={name}][value='{stars}'])")
    page.tap("text=提交评价")
    page.wait_for_selector("text=谢谢！")
    row = desk.get("work_order", 1)
    assert (row["state"], row["quality"], row["attitude"], len(row["signature"])) == ("done", 5, 4, 1)
    assert desk.money.owed(unit) == Decimal("56.00")
    assert desk.state("service_request", 1) == "solved"


def send_by_keyboard(page: Any) -> None:
    """To the first request, the suggested person is ticked, Enter sends."""
    page.goto("/dispatch/")
    page.focus(".dispatch-waiting a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dispatch/request/1/")
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    assert page.evaluate("document.activeElement.value").startswith("worker-")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=都派出去了")


def add_material(page: Any) -> None:
    page.fill("[data-price-find] input", "角阀")
    page.wait_for_selector(".prices form")
    page.fill(".prices input[name=quantity]", "2")
    page.tap(".prices button")
    page.wait_for_selector("text=¥56.00")


def finish(page: Any) -> None:
    """Result, name, and a signature drawn with a finger."""
    page.tap(".job-bar a")
    page.fill("[name=result]", "更换角阀，试水正常")
    page.fill("[name=signed_name]", "赵女士")
    pad = page.locator("[data-signature] canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 90, steps=6)
    page.mouse.up()
    page.tap("text=确认完工")
    page.wait_for_selector("text=提交评价")


def test_waiting_and_giving_back_with_a_thumb(desk: OrderOffice, enter: Callable[..., Any]) -> None:
    order = desk.dispatch(desk.request(), worker=desk.people["engineer"].id)
    desk.step("engineer", order, "accept")
    page = enter("engineer", PHONE)
    page.goto(f"/my-orders/{order}/")
    page.tap("summary:has-text('等待')")
    page.fill("[name=waiting_for]", "等配件")
    page.tap("form button:has-text('等待')")
    page.wait_for_selector("text=再次到场")
    assert desk.get("work_order", order)["waiting_for"] == "等配件"
    page.tap("summary:has-text('退单')")
    page.tap("form button:has-text('退单')")
    page.wait_for_selector(".has-error")
    page.fill("[name=given_back_why]", "缺梯子")
    page.tap("form button:has-text('退单')")
    page.wait_for_url("**/my-orders/")
    assert desk.state("work_order", order) == "new"


def test_a_card_is_dropped_on_the_board(desk: OrderOffice, enter: Callable[..., Any]) -> None:
    """On assigned: who goes is asked in the dialog, and the worker has it."""
    order = desk.dispatch(desk.request(), worker=desk.people["engineer"].id)
    desk.step("engineer", order, "give_back", given_back_why="缺梯子")
    page = enter("supervisor", DESKTOP)
    page.goto("/work_order/board/")
    page.locator(f"[data-card='{order}'] summary").click()
    page.locator(f"[data-card='{order}'] .menu-panel button:has-text('派单')").click()
    page.wait_for_selector("dialog[open]")
    page.locator("dialog[open] button[name=confirmed]").click()
    page.wait_for_selector(f"[data-lane='assigned'] [data-card='{order}']")
    assert desk.state("work_order", order) == "assigned"


@pytest.mark.parametrize("path", ["/duty-roster/", "/dispatch/", "/dispatch/request/1/"])
def test_the_desks_fit_a_phone(desk: OrderOffice, enter: Callable[..., Any], path: str) -> None:
    desk.duty("engineer")
    desk.request()
    page = enter("supervisor", PHONE)
    page.goto(path)
    fits(page)
