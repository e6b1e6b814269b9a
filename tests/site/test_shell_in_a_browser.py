"""The frame in a real browser: nothing serious for axe, no refused script or style, keys, drawer, dialogs."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def serious(page: Any) -> list[str]:
    """What axe finds that keeps people out."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {n['html']}" for v in found if v["impact"] in ("serious", "critical") for n in v["nodes"]]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_axe_finds_nothing_serious(open_page: Any, address: str, viewport: Any, locale: str, enter: Any) -> None:
    page = open_page(viewport, locale)
    assert serious(page) == []
    enter(page)
    for path in (
        "/",
        "/account",
        "/account/password",
        "/search/?query=zzz",
        "/admin/why?user=root&entity=book",
        "/nothing",
    ):
        page.goto(address + path)
        assert serious(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_keys_lead_to_the_search(open_page: Any, enter: Any) -> None:
    page = open_page(DESKTOP)
    enter(page)
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.name") == "query"
    page.keyboard.type("harbour/mill")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?query=harbour%2Fmill")


def test_on_a_phone_the_sidebar_is_a_drawer(open_page: Any, enter: Any) -> None:
    page = open_page(PHONE)
    enter(page)
    link = page.locator(".nav a").first
    assert not link.is_visible()
    page.click("[data-drawer]")
    link.wait_for(state="visible")
    assert page.evaluate("document.activeElement.closest('#sidebar') !== null")
    page.keyboard.press("Escape")
    link.wait_for(state="hidden")


def test_the_narrow_sidebar_is_remembered(open_page: Any, enter: Any) -> None:
    page = open_page(DESKTOP)
    enter(page)
    page.click("[data-narrow]")
    page.reload()
    assert page.locator("html.narrow").count() == 1
    assert page.locator(".sidebar").bounding_box()["width"] < 80


def test_the_user_menu_opens_by_key_and_closes_by_escape(open_page: Any, enter: Any) -> None:
    page = open_page(DESKTOP)
    enter(page)
    page.focus("details.user > summary")
    page.keyboard.press("Enter")
    page.locator(".user form[action='/logout'] button").wait_for(state="visible")
    page.keyboard.press("Escape")
    page.locator(".user form[action='/logout'] button").wait_for(state="hidden")


def test_a_password_can_be_shown(open_page: Any) -> None:
    page = open_page(DESKTOP)
    page.fill("#password", "secret words")
    page.click("[data-show-password]")
    assert page.get_attribute("#password", "type") == "text"


def test_a_folded_menu_stays_folded_unless_it_holds_the_page(open_page: Any, enter: Any, address: str) -> None:
    page = open_page(DESKTOP)
    enter(page)
    heading = page.locator(".nav [data-fold]").first
    links = page.locator(f"#{heading.get_attribute('aria-controls')}")
    first = links.locator("a").first.get_attribute("href")
    heading.click()
    assert not links.is_visible() and heading.get_attribute("aria-expanded") == "false"
    page.goto(f"{address}/account")
    assert not links.is_visible()
    page.goto(f"{address}{first}")
    assert links.is_visible()
