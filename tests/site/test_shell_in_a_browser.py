"""The frame in a real browser: nothing serious for axe, no refused script or style, keys, drawer, dialogs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from werkzeug.serving import make_server

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def address(library: Any, site_of: Any) -> Iterator[str]:
    """A library served to browsers, with Ruth who administers."""
    library.accounts.add("root", "Ruth", ["admin", "head"], PASSWORD)
    server = make_server("127.0.0.1", 0, site_of(library), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Any]:
    """``open_page(viewport)``: a new page at the sign-in; whatever the console complains about fails the test."""
    contexts, complaints = [], []

    def new(viewport: dict[str, int], locale: str = "en-GB") -> Any:
        context = browser.new_context(viewport=viewport, locale=locale)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(f"{address}/login")
        return page

    yield new
    for context in contexts:
        context.close()
    assert complaints == []


def sign_in(page: Any, address: str) -> None:
    page.fill("#username", "root")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{address}/")


def serious(page: Any) -> list[str]:
    """What axe finds that keeps people out."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {n['html']}" for v in found if v["impact"] in ("serious", "critical") for n in v["nodes"]]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_axe_finds_nothing_serious(open_page: Any, address: str, viewport: Any, locale: str) -> None:
    page = open_page(viewport, locale)
    assert serious(page) == []
    sign_in(page, address)
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


def test_keys_lead_to_the_search(open_page: Any, address: str) -> None:
    page = open_page(DESKTOP)
    sign_in(page, address)
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.name") == "query"
    page.keyboard.type("harbour/mill")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?query=harbour%2Fmill")


def test_on_a_phone_the_sidebar_is_a_drawer(open_page: Any, address: str) -> None:
    page = open_page(PHONE)
    sign_in(page, address)
    link = page.locator(".nav a").first
    assert not link.is_visible()
    page.click("[data-drawer]")
    link.wait_for(state="visible")
    assert page.evaluate("document.activeElement.closest('#sidebar') !== null")
    page.keyboard.press("Escape")
    link.wait_for(state="hidden")


def test_the_narrow_sidebar_is_remembered(open_page: Any, address: str) -> None:
    page = open_page(DESKTOP)
    sign_in(page, address)
    page.click("[data-narrow]")
    page.reload()
    assert page.locator("html.narrow").count() == 1
    assert page.locator(".sidebar").bounding_box()["width"] < 80


def test_the_user_menu_opens_by_key_and_closes_by_escape(open_page: Any, address: str) -> None:
    page = open_page(DESKTOP)
    sign_in(page, address)
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
