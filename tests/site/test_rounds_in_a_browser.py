"""Rounds on a phone without signal: ten checks and two photos arrive once; thumbs, widths and axe (P1, P2)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from models.actor import SYSTEM, Source
from office.rounds.codes import point_path
from tests.office.money import MoneyOffice, money_office
from tests.site.conftest import PASSWORD, wait_until_kept

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}
SMALL = """() => [...document.querySelectorAll('main a, main button, main summary, main label:has(input[type=radio])')]
  .filter(one => !one.closest('ol') && one.checkVisibility() && one.getBoundingClientRect().height < 43.5)
  .map(one => one.textContent.trim())"""


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def points(money: MoneyOffice) -> list[int]:
    """Five points of steward1, with two things to look at each."""
    steward = money.people["steward1"].id
    money.registry.store.update(SYSTEM, "user", steward, {"locale": "en"}, Source("cli"))
    money.registry.accounts.set_password(steward, PASSWORD)
    route = money.make("patrol_route", name="Building 1", building=money.buildings["1"])
    return [
        money.make("patrol_point", route=route, name=f"Floor {n}", position=n, subjects=("cleaning", "water"))
        for n in range(1, 6)
    ]


@pytest.fixture
def address(money: MoneyOffice, site_of: Any, serve: Callable[[Any], str]) -> str:
    return serve(site_of(money.registry))


@pytest.fixture
def photo(tmp_path: Path, browser: Any) -> Path:
    page = browser.new_page(viewport={"width": 60, "height": 40})
    page.set_content("<body style='background:teal'></body>")
    page.screenshot(path=str(tmp_path / "leak.jpg"), type="jpeg")
    page.close()
    return tmp_path / "leak.jpg"


@pytest.mark.browser
def test_ten_checks_and_two_photos_without_signal_arrive_once(
    money: MoneyOffice, points: list[int], address: str, signed_in: Any, photo: Path
) -> None:
    page = signed_in(address, "steward1", **PHONE)
    page.goto("/rounds/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/rounds/")
    wait_until_kept(
        page, "/rounds/", "/waiting/", *(f"{point_path(money.registry, point)}?from=list" for point in points)
    )
    page.context.set_offline(True)
    for n in range(10):
        page.goto("/rounds/")
        page.click(f".round-row:has-text('Floor {n % 5 + 1}')")
        if n in (2, 7):
            page.click(".round-item summary:has-text('Water')")
            page.fill("[name=words-water]", f"Drip {n}")
            page.set_input_files("[name=photos-water]", str(photo))
            page.click("text=Save what was found")
        else:
            assert page.locator(".round-save-fine").count(), (n, page.url, page.text_content("main")[:700])
            page.click("text=All fine")
        page.wait_for_url("**/waiting/*")
    assert page.locator("[data-entries] > li").count() == 10 and "Floor 5" in page.text_content("[data-entries]")
    assert money.rows("patrol") == []
    page.context.set_offline(False)
    page.wait_for_function("() => document.querySelectorAll('[data-entries] .chip-green').length === 10")
    patrols = money.rows("patrol", "point")
    assert [one["point"] for one in patrols] == [points[n % 5] for n in range(10)]
    found = money.rows("patrol_finding", "what", "photos", "request")
    assert [(one["what"], len(one["photos"])) for one in found] == [("Drip 2", 1), ("Drip 7", 1)]
    requests = money.rows("service_request", "photos")
    assert sorted(one["request"] for one in found) == [one.id for one in requests]
    assert [len(one["photos"]) for one in requests] == [1, 1]
    page.goto("/rounds/")
    assert "5 / 5" in page.text_content("main")


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_are_for_a_thumb_and_for_everybody(
    money: MoneyOffice, points: list[int], address: str, signed_in: Any, width: int
) -> None:
    unit = money.unit("101")
    money.set("resident", money.owners[unit], care=("elderly_alone", "ill"))
    money.make("vacancy", unit=money.unit("102"), since_on=money.today)
    page = signed_in(address, "steward1", **PHONE | {"viewport": {"width": width, "height": 844}})
    form = point_path(money.registry, points[0])
    for path in ("/rounds/", "/rounds/vacant/", "/rounds/visits/", form, "/rounds/p/forged/"):
        page.goto(path)
        if path == form:
            page.click(".round-item summary:has-text('Water')")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(SMALL) == [], path
        serious = [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        assert serious == [], path


@pytest.mark.browser
def test_a_round_is_made_by_keys_alone(money: MoneyOffice, points: list[int], address: str, signed_in: Any) -> None:
    page = signed_in(address, "steward1", locale="en-GB")
    page.goto(point_path(money.registry, points[0]))
    page.focus(".round-item summary:has-text('Cleaning')")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Dust")
    page.focus("text=Save what was found")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rounds/?done=*")
    assert [one["what"] for one in money.rows("patrol_finding", "what")] == ["Dust"]
    assert "Dust" in page.text_content(".round-just")
