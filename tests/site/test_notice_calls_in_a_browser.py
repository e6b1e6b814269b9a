"""The call list of a notice in Chromium: by keyboard, with a thumb, and axe finds nothing (S12, S13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from models.actor import SYSTEM, Source
from office.notices.certificates import KIND
from tests.office.money import MoneyOffice, money_office
from tests.site.conftest import PASSWORD
from tests.site.test_gate_in_a_browser import DESKTOP, PHONE, SMALL
from tests.site.test_notice_calls import calls, certificate, notice

pytestmark = pytest.mark.browser


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    made = money_office(office, clock, person)
    for room in ("102", "103", "104"):
        unit = made.unit(room, owner=f"Owner {room}")
        values = {"phone": f"13800000{room}"}
        made.registry.store.update(SYSTEM, "resident", made.owners[unit], values, Source("form"))
    made.unit("201", building="2", owner="Owner 201")
    return made


@pytest.fixture
def enter(money: MoneyOffice, site_of: Any, serve: Any, signed_in: Any) -> Callable[..., Any]:
    address = serve(site_of(money.registry))

    def go_in(who: str, device: dict[str, Any]) -> Any:
        money.registry.accounts.set_password(money.people[who].id, PASSWORD)
        return signed_in(address, who, **device)

    return go_in


def test_a_clerk_goes_from_door_to_door_by_keyboard(money: MoneyOffice, enter: Callable[..., Any]) -> None:
    id = notice(money, is_important=True)
    page = enter("frontdesk", DESKTOP)
    page.goto(f"/notice-calls/{id}/")
    with page.expect_navigation():
        page.keyboard.press("1")
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("2")
    with page.expect_navigation():
        page.keyboard.press("3")
    page.wait_for_load_state()
    outcomes = {unit: row["outcome"] for unit, row in calls(money, id).items()}
    assert outcomes == {"1-1-102": "reached", "1-1-103": "to_call", "1-1-104": "no_answer", "2-1-201": "in_person"}


def test_a_thumb_notes_calls_and_nothing_is_cut_off(money: MoneyOffice, enter: Callable[..., Any]) -> None:
    id, held = notice(money, is_important=True), certificate(money)
    page = enter("steward1", PHONE)
    for path in (
        "/notice-calls/",
        f"/notice-calls/{id}/",
        f"/verify/{money.registry.codes.sign(KIND, held)}/",
        "/verify/",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.evaluate(SMALL) == [], path
        assert Axe().run(page).response["violations"] == [], path
    page.goto(f"/notice-calls/{id}/")
    assert page.locator("a[href='tel:13800000102']").is_visible()
    first = page.locator("[data-notice-row]").first
    first.get_by_text("Who, words, cannot be reached").click()
    first.get_by_label("What was said, or why they cannot be reached").fill("dead number")
    with page.expect_navigation():
        first.get_by_role("button", name="Cannot be reached").click()
    row = calls(money, id)["1-1-102"]
    assert (row["outcome"], row["words"]) == ("unreachable", "dead number")
