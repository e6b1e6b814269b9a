"""Calling in a browser: the queue by keyboard alone, a bad rating, the signature, the lease, the phone (S6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from models.actor import SYSTEM
from tests.office.callback_desk import FORM, CallDesk
from tests.office.conftest import estate
from tests.site.conftest import PASSWORD

__all__ = ["estate"]

pytestmark = pytest.mark.browser

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALLEST = 44
SMALL = """(least) => [...document.querySelectorAll(".calls a, .calls button, .calls label:has(input), .calls summary")]
    .filter((one) => !one.closest(".calls-event") && one.offsetWidth && one.getBoundingClientRect().height < least)
    .map((one) => one.outerHTML.slice(0, 80))"""


@pytest.fixture
def desk(estate: Any, clock: Any) -> CallDesk:
    made = CallDesk(estate, clock)
    made.at("16 09:30")
    for name in ("frontdesk", "supervisor", "steward1"):
        made.registry.accounts.set_password(made.people[name].id, PASSWORD)
    return made


@pytest.fixture
def enter(desk: CallDesk, site_of: Callable[..., Any], serve: Callable[..., str], signed_in: Any) -> Callable[..., Any]:
    address = serve(site_of(desk.registry))

    def go_in(who: str, device: dict[str, Any] = DESKTOP, locale: str = "en") -> Any:
        desk.registry.store.update(SYSTEM, "user", desk.people[who].id, {"locale": locale}, FORM)
        return signed_in(address, who, **device)

    return go_in


def look(page: Any) -> None:
    page.wait_for_selector("html[data-ready]")
    found = Axe().run(page).response["violations"]
    assert [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_bad_rating_by_keyboard_alone_and_the_signature(desk: CallDesk, enter: Callable[..., Any]) -> None:
    call = desk.complaint()
    later = desk.complaint("2")
    desk.registry.store.update(SYSTEM, "callback", later, {"due_on": desk.clock.at.date() + timedelta(days=9)}, FORM)
    page = enter("frontdesk")
    page.goto("/calls/")
    look(page)
    page.keyboard.press("n")
    page.wait_for_url(f"**/calls/{call}/")
    assert page.inner_text(".calls-number") == "13900000001"
    look(page)
    page.keyboard.press("2")
    assert page.is_visible("[data-calls-bad]")
    page.keyboard.press("Tab")
    page.keyboard.type("Nobody came, n 5")
    assert page.is_checked("[name=satisfaction][value='2']"), "what is typed is no command"
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/calls/")
    assert "was opened" in page.inner_text(".toasts")
    done = desk.call(call)
    opened = desk.get(done["opened_request"])
    assert (done["satisfaction"], done["words"], opened["came_from"]) == (2, "Nobody came, n 5", done["request"])

    page.keyboard.press("n")
    page.wait_for_url(f"**/calls/{later}/")
    page.keyboard.press("m")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/calls/")
    assert (desk.call(later)["state"], desk.moment(desk.call(later)["not_before"])) == ("retry", "16 14:00")

    manager = enter("supervisor")
    manager.goto("/calls/?view=sign")
    look(manager)
    manager.focus("[value='do:sign_callback']")
    manager.keyboard.press("Enter")
    manager.wait_for_selector("dialog[open] [name=confirmed]")
    manager.focus("dialog[open] [name=confirmed]")
    manager.keyboard.press("Enter")
    manager.wait_for_selector(".toasts :text('closed')")
    assert desk.get(done["request"])["state"] == "closed"


OUTCOMES = [
    ("m", {}, ("retry", "no_answer")),
    ("x", {}, ("refused", "refused")),
    ("w", {}, ("unreachable", "wrong")),
    ("q", {"#question": "When?", "#promised_on": "2026-03-18"}, ("promised", "reached")),
    ("b", {"#again_at": "2026-03-16T16:30"}, ("retry", "busy")),
]


@pytest.mark.parametrize(("key", "fields", "ended"), OUTCOMES)
def test_every_outcome_has_its_key_and_its_fields(
    desk: CallDesk, enter: Callable[..., Any], key: str, fields: dict[str, str], ended: tuple[str, str]
) -> None:
    call = desk.complaint()
    page = enter("frontdesk")
    page.goto("/calls/")
    page.keyboard.press("n")
    page.wait_for_url(f"**/calls/{call}/")
    page.keyboard.press(key)
    assert page.is_visible(".calls-rating") is False
    for field, value in fields.items():
        assert page.is_visible(field)
        page.fill(field, value)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/calls/")
    (attempt,) = desk.registry.rows.read("callback_attempt", [1]).values()
    assert (desk.call(call)["state"], attempt["outcome"]) == ended


def test_a_page_that_stays_open_keeps_its_call_and_one_that_lost_it_says_so(
    desk: CallDesk, enter: Callable[..., Any]
) -> None:
    call = desk.complaint()
    page = enter("frontdesk")
    page.clock.install(time=desk.clock.now())
    page.goto(f"/calls/{call}/")
    page.click(".calls-take")
    page.wait_for_selector("[data-calls-form]")
    page.fill("#words", "Half a sentence")
    desk.later(minutes=4)
    with page.expect_response("**/renew/"):
        page.clock.run_for(210_000)
    page.wait_for_selector("[data-calls-until]:text-is('09:44')")
    desk.later(minutes=30)
    assert "yours" in desk.do("supervisor", "take_call", call)
    with page.expect_response("**/renew/"):
        page.clock.run_for(210_000)
    page.wait_for_selector("[data-calls-lost]:not([hidden])")
    assert "Supervisor has taken this call over" in page.inner_text("[data-calls-lost]")
    assert page.input_value("#words") == "Half a sentence"


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_steward_calls_from_the_phone(desk: CallDesk, enter: Callable[..., Any], locale: str) -> None:
    call = desk.complaint("1", kind="repair", matter="Tap drips")
    desk.at("17 09:30")
    page = enter("steward1", PHONE, locale)
    page.goto("/calls/")
    look(page)
    page.tap(".calls-next")
    page.wait_for_url(f"**/calls/{call}/")
    look(page)
    small = page.evaluate(SMALL, SMALLEST)
    assert small == []
    page.tap(".calls-rating.is-large label:nth-child(4)")
    page.tap(".calls-save")
    page.wait_for_url("**/calls/")
    assert (desk.call(call)["satisfaction"], desk.call(call)["state"]) == (4, "done")
    look(page)
