"""Signs on a phone without signal: the checks of a morning arrive once; thumbs, widths, keys and axe (G1, G3)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from models.actor import SYSTEM, Source
from tests.office.money import DAY, MoneyOffice, money_office
from tests.site.conftest import PASSWORD, wait_until_kept

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}
SMALL = """() => [...document.querySelectorAll('main a, main button, main summary')]
  .filter(one => !one.closest('ol') && one.checkVisibility() && one.getBoundingClientRect().height < 43.5)
  .map(one => one.textContent.trim())"""


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def signs(money: MoneyOffice) -> list[int]:
    """Three signs in the building of steward1, one of them damaged; and a second building with one."""
    steward = money.people["steward1"].id
    money.registry.store.update(SYSTEM, "user", steward, {"locale": "en"}, Source("cli"))
    money.registry.accounts.set_password(steward, PASSWORD)
    money.set("building", money.buildings["2"], steward=steward)
    made = [
        money.make("sign", category="floor", building=money.buildings[building], floor=floor, place="By the lift",
                   text=f"Sign {n}", quantity=n, installed_on=money.today - 9 * DAY)
        for n, (building, floor) in enumerate((("1", 3), ("1", -1), ("1", None), ("2", 2)), 1)
    ]  # fmt: skip
    money.act("supervisor", "sign", "report_damage", made[1], what="Letters gone")
    return made


@pytest.fixture
def address(money: MoneyOffice, site_of: Any, serve: Callable[[Any], str]) -> str:
    return serve(site_of(money.registry))


@pytest.fixture
def photo(tmp_path: Path, browser: Any) -> Path:
    page = browser.new_page(viewport={"width": 60, "height": 40})
    page.set_content("<body style='background:teal'></body>")
    page.screenshot(path=str(tmp_path / "sign.jpg"), type="jpeg")
    page.close()
    return tmp_path / "sign.jpg"


@pytest.mark.browser
def test_a_round_without_signal_arrives_once_and_what_is_refused_says_why(
    money: MoneyOffice, signs: list[int], address: str, signed_in: Any, photo: Path
) -> None:
    first, second = (f"/signs/{money.buildings[n]}/" for n in ("1", "2"))
    page = signed_in(address, "steward1", **PHONE)
    page.goto("/signs/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/signs/")
    wait_until_kept(page, "/signs/", "/waiting/", first, second)
    page.context.set_offline(True)
    page.goto("/signs/")
    page.click(".sign-card:has-text('Building 1') >> text=Damaged")
    page.click("summary:has-text('Sign 3')")
    page.fill(f"[name=words-{signs[2]}]", "Torn off")
    page.set_input_files(f"[name=photos-{signs[2]}]", str(photo))
    page.click("text=Save what is damaged")
    page.wait_for_url("**/waiting/*")
    for _ in range(2):
        page.goto("/signs/")
        page.click(".sign-card:has-text('Building 2') button")
        page.wait_for_url("**/waiting/*")
    page.wait_for_function("() => document.querySelectorAll('[data-entries] > li').length === 3")
    assert money.rows("sign_check") == []
    page.context.set_offline(False)
    page.wait_for_selector("[data-entries] >> text=written down")
    page.wait_for_function("() => document.querySelectorAll('[data-entries] .chip-green').length === 2")
    assert [one["building"] for one in money.rows("sign_check", "building")] == [
        money.buildings["1"],
        money.buildings["2"],
    ]
    _known, torn = money.rows("sign_fault", "what", "photos", "request")
    assert (torn["what"], len(torn["photos"])) == ("Torn off", 1) and torn["request"]
    page.goto("/signs/")
    assert "2 / 2" in page.text_content("main")


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_are_for_a_thumb_and_for_everybody(
    money: MoneyOffice, signs: list[int], address: str, signed_in: Any, width: int
) -> None:
    page = signed_in(address, "steward1", **PHONE | {"viewport": {"width": width, "height": 844}})
    building = f"/signs/{money.buildings['1']}/"
    for path, done in (("/signs/", False), (building, False), (building, True), ("/signs/", True)):
        if done and not money.rows("sign_check"):
            page.click("summary:has-text('Sign 1')")
            page.click(".round-save-fine")
            page.wait_for_url("**/signs/")
        page.goto(path)
        if path == building:
            page.click("summary:has-text('Sign 1')")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(SMALL) == [] or width == 1280, path
        serious = [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        assert serious == [], path


@pytest.mark.browser
def test_a_check_is_made_by_keys_alone(money: MoneyOffice, signs: list[int], address: str, signed_in: Any) -> None:
    page = signed_in(address, "steward1", locale="en-GB")
    page.goto(f"/signs/{money.buildings['1']}/")
    page.focus("summary:has-text('Sign 1')")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Bent")
    page.focus("text=Save what is damaged")
    page.keyboard.press("Enter")
    page.wait_for_selector(".sign-why:has-text('Bent')")
    assert [one["what"] for one in money.rows("sign_fault", "what")] == ["Letters gone", "Bent"]
    assert len(money.rows("sign_check")) == 1
