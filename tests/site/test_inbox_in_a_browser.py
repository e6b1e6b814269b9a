"""Messages in a real browser: by keyboard, on a phone, nothing serious for axe, and a bell that keeps true."""

from __future__ import annotations

from typing import Any

import pytest

from models.actor import SYSTEM, Source
from schema.text import same
from tests.site.test_shell_in_a_browser import DESKTOP, PHONE, serious

pytestmark = pytest.mark.browser


@pytest.fixture
def told(library: Any, address: str) -> int:
    """The id of a member whom Ruth has been told of, beside something without a record."""
    with library.connection():
        member = library.store.create(SYSTEM, "member", {"name": "Lena"}, Source("demo"))
        library.inbox.tell(
            same("Closed on Friday, and this sentence is long enough to be broken on a phone"), roles=("head",)
        )
        library.inbox.tell(same("Lena's card ran out"), roles=("head",), about=("member", member))
    return int(member)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_serious_and_nothing_scrolls_sideways(
    open_page: Any, address: str, enter: Any, library: Any, viewport: Any, told: int
) -> None:
    page = open_page(viewport)
    enter(page)
    for state in ("unread", "read"):
        page.goto(f"{address}/inbox/")
        assert serious(page) == [], state
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
        if state == "unread":
            page.click("form[action$='/inbox/read/'] button")
            page.wait_for_selector(".messages-none")
    with library.connection():
        library.inbox.table.delete().execute()
    page.goto(f"{address}/inbox/")
    assert page.locator(".empty h2").is_visible() and serious(page) == []


def test_a_message_is_reached_and_opened_by_keyboard(open_page: Any, address: str, enter: Any, told: int) -> None:
    page = open_page(DESKTOP)
    enter(page)
    page.wait_for_selector("html[data-ready]")
    page.focus("[data-bell]")
    assert page.locator("[data-number]").inner_text() == "2"
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/")
    page.focus("form[action$='/inbox/read/'] button")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Lena's card ran out"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/member/details/?id={told}")
    assert page.locator("[data-number]").inner_text() == "1"


def test_the_bell_asks_again_while_somebody_is_at_it_and_only_then(
    open_page: Any, address: str, enter: Any, library: Any
) -> None:
    page = open_page(DESKTOP)
    page.clock.install()
    enter(page)
    page.wait_for_selector("html[data-ready]")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/inbox/count") else None)
    with library.connection():
        library.inbox.tell(same("just now"), roles=("head",))
    assert not page.locator("[data-number]").is_visible()
    page.clock.run_for(130_000)
    assert asked == []
    page.keyboard.press("Shift")
    with page.expect_response("**/inbox/count"):
        page.clock.run_for(61_000)
    page.locator("[data-number]").wait_for(state="visible")
    assert page.locator("[data-number]").inner_text() == "1"
    assert "1" in page.get_attribute("[data-bell]", "aria-label")
    page.clock.run_for(130_000)
    assert len(asked) == 1
