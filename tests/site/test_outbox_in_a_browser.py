"""Forms that a phone keeps, in Chromium: the network goes and comes, the server dies, people sign out."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

import schema as language
from tests.conftest import NOW
from tests.site.conftest import PASSWORD, ROOT, wait_until_kept
from tests.site.guards import SCHEMA, entered, furnished

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}


@pytest.fixture
def rounds(opened: Any) -> Any:
    """The office of the guards, with one spot and two accounts."""
    return furnished(opened(language.load(SCHEMA)))


@pytest.fixture
def address(rounds: Any, site_of: Any, serve: Callable[[Any], str]) -> str:
    return serve(site_of(rounds))


def ready(page: Any) -> Any:
    """The form of a check, opened with signal, so that it is there without."""
    page.goto("/check_up/new/?spot=1")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/waiting/")
    page.goto("/check_up/new/?spot=1")
    wait_until_kept(page, "/check_up/new/?spot=1", "/waiting/")
    return page


def fill_in(page: Any, words: str, *photos: Path) -> None:
    page.goto("/check_up/new/?spot=1")
    page.fill("[name=words]", words)
    if photos:
        page.set_input_files("[type=file]", list(photos))
    page.click(".form-actions .btn-primary")


def wait_for_words(page: Any, count: int, state: str) -> None:
    page.wait_for_function(
        "([count, state]) => document.querySelectorAll('[data-entries] > li .chip').length === count"
        " && [...document.querySelectorAll('[data-entries] > li .chip')].every(one => one.textContent === state)",
        arg=[count, state],
    )


@pytest.fixture
def photos(tmp_path: Path, browser: Any) -> list[Path]:
    """Two small pictures."""
    page = browser.new_page(viewport={"width": 60, "height": 40})
    made = []
    for color in ("teal", "tomato"):
        page.set_content(f"<body style='background:{color}'></body>")
        made.append(tmp_path / f"{color}.jpg")
        page.screenshot(path=str(made[-1]), type="jpeg")
    page.close()
    return made


@pytest.mark.browser
def test_ten_checks_and_two_photos_arrive_once_when_the_network_is_back(
    rounds: Any, address: str, signed_in: Any, photos: list[Path]
) -> None:
    page = ready(signed_in(address, "guard", **PHONE))
    page.context.set_offline(True)
    for n in range(10):
        fill_in(page, f"check {n}", *([photos[n // 5]] if n in (2, 7) else []))
        page.wait_for_url("**/waiting/*")
        page.wait_for_selector(".toasts >> text=Kept on this phone")
    wait_for_words(page, 10, "Waiting")
    assert "Check · Pump room" in page.text_content("[data-entries] > li")
    assert "10 waiting to be sent" in page.text_content("[data-outbox]")
    assert entered(rounds) == []
    page.context.set_offline(False)
    wait_for_words(page, 10, "Sent")
    found = entered(rounds)
    assert [one["words"] for one in found] == [f"check {n}" for n in range(10)]
    assert [n for n, one in enumerate(found) if one["photos"]] == [2, 7]
    assert all(NOW - timedelta(minutes=5) <= one["done_at"] <= NOW for one in found)
    page.reload()
    wait_for_words(page, 10, "Sent")
    assert len(entered(rounds)) == 10 and page.is_hidden("[data-outbox]")


@pytest.mark.browser
def test_a_refused_one_stays_with_its_reason_is_changed_and_goes(rounds: Any, address: str, signed_in: Any) -> None:
    page = ready(signed_in(address, "guard", **PHONE))
    page.context.set_offline(True)
    fill_in(page, "nothing")
    page.wait_for_url("**/waiting/*")
    fill_in(page, "dry")
    page.wait_for_url("**/waiting/*")
    page.context.set_offline(False)
    page.wait_for_selector("text=Say what you found")
    page.wait_for_function("() => document.querySelectorAll('[data-entries] .chip-green').length === 1")
    serious = [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
    assert serious == []
    page.click("text=Change it")
    page.wait_for_function("() => document.querySelector('[name=words]').value === 'nothing'")
    page.fill("[name=words]", "damp")
    page.click(".form-actions .btn-primary")
    page.wait_for_url("**/check_up/details/*")
    assert [one["words"] for one in entered(rounds)] == ["dry", "damp"]
    page.goto("/waiting/")
    page.wait_for_function("() => !document.querySelector('[data-entries] .chip-red')")


@pytest.mark.browser
def test_with_signal_the_form_says_at_once_what_is_wrong(rounds: Any, address: str, signed_in: Any) -> None:
    page = ready(signed_in(address, "guard", **PHONE))
    fill_in(page, "nothing")
    page.wait_for_selector("#form-errors")
    assert "Say what you found" in page.text_content("#form-errors")
    page.fill("[name=words]", "dry")
    page.click(".form-actions .btn-primary")
    page.wait_for_url("**/check_up/details/*")
    page.goto("/waiting/")
    page.wait_for_selector("text=Nothing is waiting")
    assert [one["words"] for one in entered(rounds)] == ["dry"]


@pytest.mark.browser
def test_what_was_refused_stays_where_the_network_goes_just_then(rounds: Any, address: str, signed_in: Any) -> None:
    page = ready(signed_in(address, "guard", **PHONE))
    page.route("**/check_up/new/*", lambda it: it.abort() if it.request.is_navigation_request() else it.continue_())
    page.fill("[name=words]", "nothing")
    with page.expect_event("requestfailed", lambda it: it.is_navigation_request()):
        page.click(".form-actions .btn-primary")
    page.unroute_all()
    page.goto("/waiting/")
    page.wait_for_selector("text=Say what you found")
    wait_for_words(page, 1, "Not taken")
    assert entered(rounds) == []


@pytest.mark.browser
def test_what_was_typed_and_photographed_is_there_when_the_browser_was_closed(
    rounds: Any, address: str, signed_in: Any, photos: list[Path]
) -> None:
    page = ready(signed_in(address, "guard", **PHONE))
    page.context.set_offline(True)
    page.goto("/check_up/new/?spot=1")
    page.fill("[name=words]", "damp in the corner")
    page.set_input_files("[type=file]", [photos[0]])
    wait_for_drafts(page, "damp in the corner", photos=1)
    page.close()
    page = page.context.new_page()
    page.goto("/check_up/new/?spot=1")
    page.wait_for_selector(".draft-note >> text=not sent")
    assert page.input_value("[name=words]") == "damp in the corner"
    assert page.evaluate("document.querySelector('[type=file]').files.length") == 1
    assert page.is_hidden("[data-outbox]"), "nothing waits: it was not sent"
    page.context.set_offline(False)
    page.click(".form-actions .btn-primary")
    page.wait_for_url("**/check_up/details/*")
    [found] = entered(rounds)
    assert (found["words"], len(found["photos"])) == ("damp in the corner", 1)
    page.goto("/check_up/new/?spot=1")
    page.wait_for_function("() => document.documentElement.dataset.ready")
    assert page.evaluate(DRAFTS) == [] and page.input_value("[name=words]") == ""


@pytest.mark.browser
def test_a_draft_is_of_one_person_and_goes_when_it_is_discarded_or_they_sign_out(
    rounds: Any, address: str, signed_in: Any
) -> None:
    page = ready(signed_in(address, "guard", **PHONE))
    for words in ("first", "second"):
        page.goto("/check_up/new/?spot=1")
        page.fill("[name=words]", words)
        wait_for_drafts(page, words)
        page.goto("/check_up/new/?spot=1")
        page.wait_for_selector(".draft-note")
        if words == "first":
            with page.expect_navigation():
                page.click(".draft-note button")
            wait_for_drafts(page)
            assert page.input_value("[name=words]") == "" and page.is_hidden(".draft-note")
    page.click(".menu.user summary")
    page.click("text=Sign out")
    page.wait_for_url("**/login")
    assert page.evaluate(COUNT) == 0


@pytest.mark.browser
def test_signing_out_asks_about_what_waits_and_leaves_nothing(rounds: Any, address: str, signed_in: Any) -> None:
    page = ready(signed_in(address, "guard", **PHONE))
    page.context.set_offline(True)
    fill_in(page, "dry")
    page.wait_for_url("**/waiting/*")
    page.route("**/outbox/token", lambda route: route.abort())
    page.context.set_offline(False)
    page.click(".menu.user summary")
    page.click("text=Sign out")
    page.wait_for_selector("#confirm[open]")
    assert "1 entries on this phone" in page.text_content("#confirm")
    page.click("#confirm [value=cancel]")
    assert page.url.endswith("/waiting/")
    page.click(".menu.user summary")
    page.click("text=Sign out")
    page.click("#confirm [value=ok]")
    page.wait_for_url("**/login")
    left = page.evaluate("caches.has('pages').then(async kept => [kept, (await indexedDB.databases()).length])")
    assert left[0] is False
    assert page.evaluate(COUNT) == 0
    assert entered(rounds) == []


@pytest.mark.browser
def test_a_page_that_is_not_there_for_the_person_any_more_is_kept_no_longer(address: str, signed_in: Any) -> None:
    page = ready(signed_in(address, "guard", **PHONE))
    page.evaluate("caches.open('pages').then(kept => kept.put('/lost/new/', new Response('as it was')))")
    page.goto("/lost/new/")
    assert page.evaluate(IS_GONE)


IS_GONE = """async () => {
  for (let n = 0; n < 50; n++) {
    const kept = await (await caches.open('pages')).keys();
    if (!kept.some(one => one.url.endsWith('/lost/new/'))) return true;
    await new Promise(go => setTimeout(go, 100));
  }
  return false;
}"""
DRAFTS = """new Promise(done => { const o = indexedDB.open('outbox'); o.onsuccess = () => {
  const r = o.result.transaction('entries').objectStore('entries').getAll();
  r.onsuccess = () => done(r.result.filter(one => one.state === 'draft').map(({ fields }) => [
  fields.find(([name]) => name === 'words')[1], fields.filter(([, value]) => value instanceof File).length])); }; })"""
"""[words, number of photos] of what is being filled in, as the phone has it."""


def wait_for_drafts(page: Any, *words: str, photos: int = 0) -> None:
    found: Any = None
    for _ in range(100):
        if (found := page.evaluate(DRAFTS)) == [[one, photos] for one in words]:
            return
        page.wait_for_timeout(50)
    raise AssertionError(found)


COUNT = """new Promise(done => { const o = indexedDB.open('outbox'); o.onsuccess = () => {
  const r = o.result.transaction('entries').objectStore('entries').count(); r.onsuccess = () => done(r.result); }; })"""


@pytest.mark.browser
def test_another_person_on_the_phone_neither_sees_nor_sends_it(rounds: Any, address: str, signed_in: Any) -> None:
    page = ready(signed_in(address, "guard", **PHONE))
    page.context.set_offline(True)
    fill_in(page, "dry")
    page.wait_for_url("**/waiting/*")
    page.context.clear_cookies()
    page.route("**/outbox/token", lambda route: route.abort())
    page.context.set_offline(False)
    page.goto("/login")
    page.fill("#username", "other")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{address}/")
    page.unroute("**/outbox/token")
    page.goto("/waiting/")
    page.wait_for_selector("text=Nothing is waiting")
    assert page.evaluate("caches.open('pages').then(c => c.match('/owner')).then(r => r.text())") == "2"
    assert entered(rounds) == [] and page.evaluate(COUNT) == 1


@pytest.mark.browser
def test_a_server_that_dies_in_between_gets_each_once(
    tmp_path: Path, signed_in: Any, photos: list[Path], clock: Any
) -> None:
    from models import open_office

    var = tmp_path / "var"
    registry = furnished(open_office(language.load(SCHEMA), var))
    registry.close()
    server = Server(var, tmp_path / "log")
    page = ready(signed_in(server.address, "guard", **PHONE))
    page.context.set_offline(True)
    for n in range(6):
        fill_in(page, f"check {n}", *([photos[0]] if n == 1 else []))
        page.wait_for_url("**/waiting/*")
    sent = []

    def kill_after_the_third(route: Any) -> None:
        """The third is written, but its answer never comes: the server is killed first."""
        sent.append(route.request.url)
        if len(sent) == 3:
            route.fetch()
            server.kill()
            route.abort()
            sent.append("cut")
        else:
            route.continue_()

    page.route("**/check_up/new/", kill_after_the_third)
    page.context.set_offline(False)
    page.wait_for_function("() => document.querySelectorAll('[data-entries] .chip-green').length === 2")
    while "cut" not in sent:
        page.wait_for_timeout(50)
    page.unroute("**/check_up/new/")
    server.start()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    wait_for_words(page, 6, "Sent")
    server.kill()
    registry = open_office(language.load(SCHEMA), var)
    assert [one["words"] for one in entered(registry)] == [f"check {n}" for n in range(6)]
    registry.close()


class Server:
    """The program as it is served, in a process that can be killed."""

    def __init__(self, var: Path, log: Path, schema: Path = SCHEMA) -> None:
        import socket

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}"
        self.command = [sys.executable, str(ROOT / "app.py"), "--schema", str(schema), "--var", str(var)]
        self.log = log
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*self.command, "serve", "--port", str(self.port)], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{self.address}/healthz", timeout=1):
                    return
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                import time

                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        import os
        import signal

        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
