"""Pages of the office in both languages and sizes: axe finds nothing serious, and nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from models.actor import SYSTEM, Source
from models.schedule.scheduler import Scheduler
from tests.site.conftest import PASSWORD

pytestmark = pytest.mark.browser

MESSY = Path(__file__).parent.parent / "samples" / "units_owners_messy.csv"
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
LOOKS = [("desktop", "en"), ("phone", "en"), ("desktop", "zh"), ("phone", "zh")]


@pytest.fixture
def enter(office: Any, site_of: Any, serve: Callable[[Any], str], signed_in: Any) -> Callable[..., Any]:
    """``enter("supervisor", "phone", "en")``: a page with somebody of that role signed in, in that language."""
    address = serve(site_of(office))

    def sign_in(role: str, size: str, locale: str) -> Any:
        with office.connection():
            id = office.accounts.add(role, role.title(), [role], PASSWORD)
            office.store.update(SYSTEM, "user", id, {"locale": locale}, Source("cli"))
        return signed_in(address, role, viewport=SIZES[size])

    return sign_in


@pytest.fixture
def unit(office: Any) -> int:
    """The id of a unit with an owner."""

    def add(entity: str, **values: Any) -> int:
        return int(office.store.create(SYSTEM, entity, values, Source("demo")))

    with office.connection():
        unit = add("unit", building=add("building", number="1"), section="1", room="101", area="88.50")
        add("occupancy", unit=unit, resident=add("resident", name="Ada", phone="13800138000"), role="owner")
    return unit


def look(page: Any) -> None:
    """What is wrong with the page as it stands fails the test."""
    page.wait_for_selector("html[data-ready]")
    found = Axe().run(page).response["violations"]
    serious = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
    assert serious == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


@pytest.mark.parametrize(("size", "locale"), LOOKS)
def test_the_pages_of_a_supervisor(enter: Callable[..., Any], unit: int, size: str, locale: str) -> None:
    page = enter("supervisor", size, locale)
    for path in ("/", "/unit/", f"/unit/details/?id={unit}", f"/unit/edit/?id={unit}", "/handover/new/", "/account",
                 "/imports/units_owners/", "/search/?query=1-1", "/unit/details/?id=9999", "/user/new/"):  # fmt: skip
        page.goto(path)
        look(page)


@pytest.mark.parametrize(("size", "locale"), LOOKS)
def test_the_preview_and_the_report_of_an_import(enter: Callable[..., Any], size: str, locale: str) -> None:
    page = enter("supervisor", size, locale)
    page.goto("/imports/units_owners/")
    page.set_input_files("input[type=file]", MESSY)
    page.click("main form .btn-primary")
    page.wait_for_selector("#cell-5-6")
    look(page)
    page.click(".form-actions button[value=write-skip]")
    page.wait_for_selector("#cell-5-6", state="detached")
    look(page)


@pytest.mark.parametrize(("size", "locale"), LOOKS)
def test_the_explanation_of_permissions(
    office: Any, enter: Callable[..., Any], unit: int, size: str, locale: str
) -> None:
    with office.connection():
        steward = office.accounts.add("steward1", "Steward", ["steward"], PASSWORD)
    page = enter("admin", size, locale)
    page.goto(f"/admin/why?user={steward}&entity=unit&id={unit}")
    look(page)


@pytest.mark.parametrize(("size", "locale"), LOOKS)
def test_the_pages_of_jobs(office: Any, enter: Callable[..., Any], size: str, locale: str) -> None:
    with office.connection():
        scheduler = Scheduler(office)
        scheduler.run(office.schema.schedules["prune"], office.clock.now(), "")
    page = enter("admin", size, locale)
    for path in ("/jobs/", "/jobs/prune/", "/jobs/backup/"):
        page.goto(path)
        look(page)


@pytest.mark.parametrize(("size", "locale"), LOOKS)
def test_two_versions_of_a_record(office: Any, enter: Callable[..., Any], unit: int, size: str, locale: str) -> None:
    page = enter("supervisor", size, locale)
    page.goto(f"/unit/edit/?id={unit}")
    with office.connection():
        office.store.update(SYSTEM, "unit", unit, {"layout": "2+1"}, Source("form"))
    page.fill("#f-layout", "3+1")
    page.click(".form-actions .btn-primary")
    page.wait_for_selector(".conflict-list")
    look(page)
