"""A long import in a real browser: its progress, closing the browser and coming back, stopping it, its report.

ESTATEDESK_PROGRESS_ROWS makes the file longer (30000 was looked at); then it runs at its own pace, else it halts half
way until the test goes on.
"""

from __future__ import annotations

import os
import re
import threading
import time

import pytest
from werkzeug.serving import make_server

from models.actor import SYSTEM
from transfer import chunks

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
ROWS = int(os.environ.get("ESTATEDESK_PROGRESS_ROWS", "3000"))
LONGEST = 30_000 + ROWS * 10
"""Milliseconds after which something hangs."""


def rooms(count: int) -> bytes:
    lines = ["楼号,单元,房间,建筑面积,姓名,手机号"]
    lines += [f"{n // 400 + 1},{n // 40 % 10 + 1},{n},80.50,住户{n},138{n:08}" for n in range(1, count + 1)]
    return "\n".join(lines).encode()


@pytest.fixture
def go_on(monkeypatch):
    """``go_on.set()`` lets a short import write its second half."""
    event, pause, seen = threading.Event(), chunks.JobRun._go_on, []

    def halting(self):
        seen.append(1)
        while len(seen) == 3 and not event.wait(0.05) and not self.jobs.get(self.entry.id).unwanted:
            self.jobs.advance(self.job, "writing", 900, 0.0, ROWS)
        pause(self)

    if ROWS < 10_000:
        monkeypatch.setattr(chunks, "CHUNK_ROWS", 300)
        monkeypatch.setattr(chunks.JobRun, "_go_on", halting)
    yield event
    event.set()


@pytest.fixture
def address(office, site_of, go_on):
    """A server of an office in which Xu and Yu work."""
    with office.connection():
        for name in ("xu", "yu"):
            office.accounts.add(name, name.title(), ["supervisor"], PASSWORD)
    app = site_of(office)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    app.extensions["import_worker"].stop()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def enter(browser, address):
    """``enter("xu")``: a page of a browser of its own with that person signed in."""
    contexts = []

    def go_in(username):
        context = browser.new_context(base_url=address)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LONGEST)
        page.goto("/login")
        page.fill("#username", username)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(f"{address}/")
        return page

    yield go_in
    for context in contexts:
        context.close()


def begin(page) -> str:
    """Upload the long file and have it written, good rows only; the address of its page."""
    page.goto("/imports/units_owners/")
    page.set_input_files("#file", {"name": "rooms.csv", "mimeType": "text/csv", "buffer": rooms(ROWS)})
    page.click("main form .btn-primary")
    page.wait_for_selector("#preview")
    page.select_option("#bad_rows", "skip")
    page.click(".form-actions .btn-primary")
    page.wait_for_url(re.compile("/import-history/"))
    return page.url


def done(page) -> int:
    """How many rows are written, as the page says it; all, once it is a report."""
    # One look at whichever is there: the page may turn into the report between two.
    either = page.locator(".import-count, [data-said=numbers]").first
    said = either.evaluate("one => one.matches('.import-count') ? '' : one.innerText")
    return int(said.split()[0].replace(",", "")) if said else ROWS


def see_more_than(page, rows: int) -> int:
    """Wait until the page says, by itself, that more than so many rows are written; how many."""
    end = time.monotonic() + LONGEST / 1000
    while (now := done(page)) <= rows and time.monotonic() < end:
        page.wait_for_timeout(100)
    assert now > rows
    return now


def test_an_import_goes_on_without_its_browser_while_others_work(office, address, enter, go_on):
    xu, yu = enter("xu"), enter("yu")
    at = begin(xu)
    first = see_more_than(xu, 0)
    assert first < ROWS and xu.locator("progress.job-bar").get_attribute("max") == "100"
    xu.context.close()

    yu.goto("/building/new/")
    yu.fill("[name=number]", "Yu's own")
    begun = time.monotonic()
    yu.click("main form button.btn-primary")
    yu.wait_for_url(re.compile("/details/"))
    waited = time.monotonic() - begun
    print(f"\n{ROWS} rows: another's save took {waited:.2f} s")
    assert waited < 5, "another writer was kept waiting"

    again = enter("xu")
    again.goto(at)
    assert again.locator("[data-said=rate]").inner_text() != ""
    assert done(again) >= first
    go_on.set()
    see_more_than(again, first)
    again.wait_for_selector(".import-count.import-new")
    assert again.inner_text(".import-count.import-new b") == str(ROWS)
    assert "已全部导入" in again.inner_text(".notice[role=status]")
    with office.connection():
        assert office.scope.count(SYSTEM, "unit", bound=None) == ROWS
        assert office.scope.find(SYSTEM, "building", "Yu's own")


def test_stopping_it_takes_everything_back(office, address, enter):
    xu = enter("xu")
    begin(xu)
    see_more_than(xu, 0)
    xu.click("[data-stop] button")
    xu.wait_for_selector(".import-count.import-new.is-zero")
    assert "已全部撤回" in xu.inner_text(".notice[role=status]")
    assert xu.locator("a", has_text="回到预览").count() == 1
    with office.connection():
        assert [office.scope.count(SYSTEM, name) for name in ("unit", "resident", "occupancy", "building")] == [0] * 4
        assert office.trash.rows("unit") == []
