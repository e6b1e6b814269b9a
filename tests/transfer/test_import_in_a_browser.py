"""Taking a spreadsheet in with a real browser: nothing serious for axe at both sizes, and the way to the report."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from werkzeug.serving import make_server

from models.actor import SYSTEM

pytestmark = pytest.mark.browser

SAMPLES = Path(__file__).parent.parent / "samples"
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PASSWORD = "correct horse battery"


@pytest.fixture
def address(office, site_of):
    with office.connection():
        office.accounts.add("xu", "Xu", ["supervisor"], PASSWORD)
    server = make_server("127.0.0.1", 0, site_of(office), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("size", SIZES)
def test_a_messy_file_is_put_right_and_taken_in(office, browser, address, size):
    context = browser.new_context(viewport=SIZES[size], base_url=address)
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    page.goto("/login")
    page.fill("#username", "xu")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{address}/")

    page.goto("/imports/units_owners/")
    look(page)
    page.set_input_files("#file", SAMPLES / "units_owners_messy.csv")
    assert "units_owners_messy.csv" in page.inner_text("[data-chosen]")
    page.click("main form .btn-primary")
    page.wait_for_selector("#preview")
    look(page)
    assert count(page, "refused") == 8
    page.fill("[name='cell-5-6']", "90.5")
    page.click(".form-actions [value=check]")
    page.wait_for_selector(".import-count.import-refused b:text-is('7')")
    state = page.locator("li", has_text="闲置不用").locator("select[name^=fix-]")
    state.select_option("is:vacant")
    page.locator("li", has_text="闲置不用").locator("button").click()
    page.wait_for_selector(".import-count.import-refused b:text-is('6')")
    look(page)
    page.click(".form-actions .btn-primary")
    page.wait_for_selector(".notice-warn")
    assert (count(page, "new"), count(page, "refused")) == (114, 6)
    look(page)
    assert complaints == []
    context.close()
    with office.connection():
        assert office.scope.count(SYSTEM, "unit") == 114


def count(page, kind):
    return int(page.inner_text(f".import-count.import-{kind} b"))


def look(page):
    """Nothing serious for people who cannot see or use a mouse, and nothing wider than the screen."""
    found = Axe().run(page).response["violations"]
    assert [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
