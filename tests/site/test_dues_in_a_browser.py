"""What is due and missed in Chromium, on a phone and on a desk: thumbs, widths, keys, print, and axe (P5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from models.actor import SYSTEM, Source
from tests.office.money import DAY, MoneyOffice, money_office
from tests.site.conftest import PASSWORD

MONDAY = date(2026, 11, 16)
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
PAGES = ("/rounds/calendar/", "/rounds/calendar/?month=2026-01", "/reports/rounds_due/", "/reports/rounds_missed/",
         "/reports/rounds_coverage/", "/round_plan/new/", "/stand_in/new/")  # fmt: skip
SMALL = """() => [...document.querySelectorAll('main a, main button, main select')]
  .filter(one => !one.closest('nav, p, table, .crumbs') && one.checkVisibility()
    && one.getBoundingClientRect().height < 43.5).map(one => one.outerHTML.slice(0, 120))"""

pytestmark = pytest.mark.browser


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    """Two plans since a week, a point in each building, a stand-in today."""
    made = money_office(office, clock, person)
    made.on(MONDAY, "11:00")
    one = made.people["steward1"].id
    for kind, values in (("patrol", {}), ("second_patrol", {"person": made.people["supervisor"].id})):
        made.make("round_plan", name=kind, kind=kind, starts_on=MONDAY - 7 * DAY, **values)
    for name, building in made.buildings.items():
        route = made.make("patrol_route", name=f"Route {name}", building=building)
        made.make("patrol_point", route=route, name=f"Lobby {name}", starts_on=MONDAY - 60 * DAY)
    made.make("stand_in", person=one, by=made.people["supervisor"].id, starts_on=MONDAY, ends_on=MONDAY)
    return made


@pytest.mark.parametrize(("size", "locale"), [("phone", "zh"), ("phone", "en"), ("desktop", "zh")])
def test_each_page_fits_a_thumb_and_axe_finds_nothing_serious(
    money: MoneyOffice, site_of: Any, serve: Callable[[Any], str], signed_in: Any, size: str, locale: str
) -> None:
    supervisor = money.people["supervisor"].id
    money.registry.store.update(SYSTEM, "user", supervisor, {"locale": locale}, Source("cli"))
    money.registry.accounts.set_password(supervisor, PASSWORD)
    page = signed_in(serve(site_of(money.registry)), "supervisor", viewport=SIZES[size], has_touch=size == "phone")
    for path in PAGES:
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        found = Axe().run(page).response["violations"]
        serious = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
        assert serious == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        if size == "phone" and "calendar" in path:
            assert page.evaluate(SMALL) == [], path
    page.goto("/rounds/calendar/")
    page.select_option("#cal-person", label="Steward2")
    page.focus(".cal-who button")
    page.keyboard.press("Enter")
    page.wait_for_url("**person=*")
    assert "Steward2" in page.inner_text(".page-sub")
    page.click("[aria-current=date] a.cal-date")
    page.wait_for_url("**/reports/rounds_due/?day=2026-11-16&person=*")
    assert "Lobby 2" in page.inner_text("main") and "Lobby 1" not in page.inner_text("main table")
