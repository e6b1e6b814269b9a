"""Lists, records and forms in a real browser: axe at both sizes, dialogs, dependent fields, Ctrl+S, look-ups, undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.site.entity_desk import Desk, furnish

pytestmark = pytest.mark.browser

SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture
def desk(library: Any, site_of: Any, visit: Any) -> Desk:
    return furnish(library, site_of(library), visit)


@pytest.fixture
def address(desk: Desk, serve: Callable[[Any], str]) -> str:
    return serve(desk.app)


@pytest.fixture
def enter(address: str, signed_in: Any) -> Callable[..., Any]:
    """``enter("head", "phone")``: a page of that size with that person signed in; it goes to paths of the site."""
    return lambda username, size="desktop": signed_in(address, username, viewport=SIZES[size], locale="en-GB")


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_serious(desk: Desk, enter: Any, size: str) -> None:
    page, id = enter("head", size), desk.ids["tides"]
    for path in ("/book/", f"/book/details/?id={id}", f"/book/edit/?id={id}", "/book/new/", "/book/filters/",
                 "/book/columns/", f"/book/history/?id={id}", "/book/trash/", "/book/?search=zzzz"):  # fmt: skip
        page.goto(path)
        found = Axe().run(page).response["violations"]
        assert [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")] == [], (
            path
        )
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_filter_is_chosen_in_a_dialog(desk: Desk, enter: Any) -> None:
    page = enter("head")
    page.goto("/book/")
    page.click("a[data-part]:has-text('Filter')")
    page.check("#part label:has-text('Poetry') input")
    assert [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")] == []
    page.click("#part .btn-primary")
    page.wait_for_url("**/book/?genre=poetry")
    assert page.locator("tbody tr").count() == 1
    page.click(".filter-chip a")
    page.wait_for_url("**/book/")


def test_a_selection_is_changed_through_the_dialogs(desk: Desk, enter: Any) -> None:
    page = enter("head")
    page.goto("/book/")
    page.check("tbody tr:nth-child(1) [data-pick]")
    page.check("tbody tr:nth-child(2) [data-pick]")
    page.click("[data-bulk-bar] button:has-text('Change a field')")
    page.select_option("#question-field", "genre")
    page.click("#part .btn-primary")
    page.select_option("#part #f-genre", "history")
    page.click("#part .btn-primary")
    page.wait_for_selector("text=2 done, 0 not done")


def test_a_field_comes_and_goes_with_what_it_depends_on(desk: Desk, enter: Any) -> None:
    page = enter("head")
    page.goto(f"/book/edit/?id={desk.ids['tides']}")
    assert not page.is_visible("#f-why_not")
    page.uncheck("#f-lendable")
    assert page.is_visible("#f-why_not") and page.is_visible("label[for=f-why_not] .must")
    page.press("body", "Control+s")
    page.wait_for_selector("#form-errors")
    page.fill("#f-why_not", "Rare")
    page.press("body", "Control+s")
    page.wait_for_url("**/details/?id=*")
    assert desk.record("book", desk.ids["tides"])["why_not"] == "Rare"


def test_a_step_asks_in_a_dialog_and_says_what_it_did(desk: Desk, enter: Any) -> None:
    page = enter("head")
    page.goto(f"/copy/details/?id={desk.ids['tides1']}")
    page.click("button:has-text('Put on the shelf')")
    page.click("#part .btn-primary")
    page.wait_for_selector(".toast:has-text('Put on the shelf')")
    assert desk.record("copy", desk.ids["tides1"])["state"] == "shelved"


def test_a_link_is_looked_up_while_typing(desk: Desk, enter: Any) -> None:
    page = enter("head")
    page.goto("/copy/new/")
    page.fill("#f-book", "ver")
    page.click(".combobox-list li:has-text('Verse')")
    page.fill("#f-shelf", "North")
    page.click(".combobox-list li:has-text('North/A1')")
    page.click(".form-actions .btn-primary")
    page.wait_for_url("**/copy/details/?id=*")


def test_a_deletion_is_asked_first_and_undone_from_its_message(desk: Desk, enter: Any) -> None:
    page = enter("head")
    page.goto(f"/book/details/?id={desk.ids['maps']}")
    page.click("main details.menu summary")
    page.click(".menu-panel button:has-text('Delete')")
    page.click("#confirm [data-ok]")
    page.wait_for_url("**/book/")
    page.click(".toast button:has-text('Undo')")
    page.wait_for_url("**/book/details/?id=*")
