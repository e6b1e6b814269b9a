"""Works in Chromium: a steward with a phone; nothing cut off, targets for a thumb, nothing serious for axe (D3, D4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.office.money import DAY, MoneyOffice, money_office
from tests.office.renovation import Renovation, renovation_of
from tests.site.conftest import PASSWORD
from tests.site.test_gate_in_a_browser import DESKTOP, PHONE, SMALL

pytestmark = pytest.mark.browser


@pytest.fixture
def works(office: Any, clock: Any, person: Callable[..., Any]) -> Renovation:
    return renovation_of(money_office(office, clock, person))


@pytest.fixture
def enter(works: Renovation, site_of: Any, serve: Any, signed_in: Any) -> Callable[..., Any]:
    money: MoneyOffice = works.money
    address = serve(site_of(money.registry))

    def go_in(who: str, device: dict[str, Any]) -> Any:
        money.registry.accounts.set_password(money.people[who].id, PASSWORD)
        return signed_in(address, who, **device)

    return go_in


def looks_right(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), "it scrolls sideways"
    assert page.evaluate(SMALL) == []
    serious = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    assert serious == []


def test_a_steward_inspects_three_permits_and_stops_one(works: Renovation, enter: Callable[..., Any]) -> None:
    money = works.money
    ids = [works.running(unit=unit) for unit in (works.unit, money.unit("102"), money.unit("103"))]
    page = enter("steward1", PHONE)
    page.goto("/renovation/")
    looks_right(page)
    for left in (2, 1):
        page.tap("button:has-text('Nothing wrong') >> nth=0")
        page.wait_for_selector(f"h2#todo .count:has-text('{left}')")
    page.tap("a:has-text('Something wrong')")
    page.wait_for_selector("#found")
    page.tap("label:has([value=serious])")
    looks_right(page)
    page.fill("[name=words]", "The wall to the bath is open")
    page.fill("[name=deadline]", (money.today + DAY).isoformat())
    page.tap("text=Write it down")
    page.wait_for_selector("#notice")
    looks_right(page)
    page.goto("/renovation/")
    page.wait_for_selector("#stopped")
    looks_right(page)
    assert sorted(works.state(id) for id in ids) == ["in_progress", "in_progress", "suspended"]


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_is_in_order(works: Renovation, enter: Callable[..., Any], device: dict[str, Any]) -> None:
    money, id = works.money, works.running()
    violation = works.violation(works.running(unit=money.unit("102")), work=works.wall)
    told = works.draft(unit=money.unit("103"))
    done = works.running(unit=money.unit("104"))
    money.step("steward1", "renovation_permit", "complete", done)
    failed = money.make("acceptance", permit=done)
    money.act("engineer", "acceptance", "fail_acceptance", failed, words="Leak")
    acceptance = money.make("acceptance", permit=done)
    page = enter("engineer", device)
    for path in ("", f"{id}/", f"{told}/rules/", f"violation/{violation}/", f"acceptance/{failed}/",
                 f"acceptance/{acceptance}/"):  # fmt: skip
        page.goto(f"/renovation/{path}")
        for summary in page.query_selector_all(".works-end > summary"):
            summary.click()
        for wrong in page.query_selector_all(".is-wrong")[:1]:
            wrong.click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), path
        if device is PHONE:
            assert page.evaluate(SMALL) == [], path
        serious = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
        assert serious == [], path
