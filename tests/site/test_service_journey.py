"""A complaint from the first word to the signature: by keyboard and phone in Chromium, by forms on both (S1–S7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from models.actor import SYSTEM
from tests.office.callback_desk import FORM, CallDesk
from tests.office.conftest import estate
from tests.site.conftest import PASSWORD

__all__ = ["estate"]

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
MATTER, DONE, SAID = "走廊水管漏水三天没人管", "更换接头，试水正常", "还是在滴，没有修好"
HIDDEN = '<input type="hidden" name="{name}" value="([^"]+)"'
FIGURES = "/reports/service_figures/"


@pytest.fixture
def desk(estate: Any, clock: Any) -> CallDesk:
    """Monday, half past nine: 张伟 lives in 1-1-101, and 王师傅 sees to pipes."""
    made = CallDesk(estate, clock)
    made.at("16 09:30")
    for name in ("frontdesk", "engineer", "supervisor", "director"):
        made.registry.accounts.set_password(made.people[name].id, PASSWORD)
        estate.registry.store.update(*_set("user", made.people[name].id, locale="zh"))
    estate.registry.store.update(*_set("user", made.people["engineer"].id, name="王师傅"))
    estate.registry.store.update(*_set("resident", made.owners["1"], name="张伟"))
    works = estate.make("department", name="工程部", trades=("plumbing",))
    estate.make("department", name="客服部", manager=made.people["supervisor"].id)
    worker = made.people["engineer"].id
    staff = estate.make("staff", name="王师傅", account=worker, department=works, trades=("plumbing",))
    estate.make("duty", day=date(2026, 3, 16), shift="day", staff=staff)
    return made


def _set(entity: str, id: int, **values: Any) -> tuple[Any, ...]:
    return SYSTEM, entity, id, values, FORM


# -- in a browser --------------------------------------------------------------------------------------


@pytest.fixture
def enter(desk: CallDesk, site_of: Callable[..., Any], serve: Callable[..., str], signed_in: Any) -> Callable[..., Any]:
    address = serve(site_of(desk.registry))
    return lambda who, device=None: signed_in(address, who, **(device or DESKTOP), locale="zh-CN")


@pytest.mark.browser
def test_a_complaint_from_the_call_to_the_signature(desk: CallDesk, enter: Callable[..., Any]) -> None:
    clerk = enter("frontdesk")
    take_and_send(clerk)
    first = desk.get(1)
    assert (first["kind"], first["state"], first["owner"]) == ("complaint", "assigned", desk.people["frontdesk"].id)
    assert desk.moment(first["due_at"]) == "16 17:30", "looked into the same day"

    desk.at("16 10:00")
    do_it_on_the_phone(enter("engineer", PHONE))
    first = desk.get(1)
    assert (first["state"], first["solved_by"]) == ("solved", desk.people["engineer"].id)
    assert (first["look_light"], first["answer_light"], first["solve_light"]) == ("kept", "kept", "kept")

    desk.at("16 14:30")
    call_back(clerk)
    opened = desk.get(2)
    assert (opened["kind"], opened["came_from"], opened["state"]) == ("complaint", 1, "new")
    assert desk.get(1)["state"] != "closed"
    clerk.goto("/desk/")
    queue = clerk.inner_text(".desk-lists section:first-child")
    assert opened["number"] in queue and "还剩 3 小时" in queue

    sign(enter("supervisor"), opened["number"])
    first = desk.get(1)
    assert (first["state"], first["signed_by"], first["satisfaction"]) == (
        "closed", desk.people["supervisor"].id, 1,
    )  # fmt: skip

    desk.at("20 09:00")
    read_the_figures(enter("director"))


def take_and_send(page: Any) -> None:
    """Found by pinyin, a complaint, its matter, the trade, who goes; saved."""
    page.goto("/desk/")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.type("zhangwei", delay=10)
    page.wait_for_selector("#finder-found [role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/1/")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("1")
    page.keyboard.type(MATTER)
    for key, name in (("t", "水暖"), ("k", "王师傅")):
        page.keyboard.press("Escape")
        page.keyboard.press(key)
        choose(page, name)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/desk/?taken=*")
    assert "已派" in page.inner_text(".desk-taken") and "王师傅" in page.inner_text(".desk-taken")


def choose(page: Any, name: str) -> None:
    """Down to a name in the list that has the focus."""
    for _ in range(20):
        page.keyboard.press("ArrowDown")
        if page.evaluate("document.activeElement.selectedOptions[0].text") == name:
            return
    raise AssertionError(f"{name} is not in the list")


def do_it_on_the_phone(page: Any) -> None:
    """Accepted, there, done, and signed by the resident with a finger; nothing wider than the phone."""
    page.goto("/my-orders/")
    assert MATTER in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.tap("text=接单")
    page.wait_for_url("**/my-orders/1/")
    page.tap(".job-bar >> text=到场")
    page.wait_for_selector(".job-bar a")
    page.tap(".job-bar a")
    page.fill("[name=result]", DONE)
    page.fill("[name=signed_name]", "张伟")
    pad = page.locator("[data-signature] canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 90, steps=6)
    page.mouse.up()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.tap("text=确认完工")
    page.wait_for_selector("text=提交评价")


def call_back(page: Any) -> None:
    """The next call, one star, what was said."""
    page.goto("/calls/")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("n")
    page.wait_for_url("**/calls/1/")
    page.wait_for_selector("html[data-ready]")
    assert "张伟" in page.inner_text("main") and DONE in page.inner_text("main")
    page.keyboard.press("1")
    page.keyboard.press("Tab")
    page.keyboard.type(SAID)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/calls/")


def sign(page: Any, number: str) -> None:
    """The bell tells of the bad rating; by Tab to the call that waits for the signature."""
    page.goto("/inbox/")
    assert number in page.inner_text("main")
    page.goto("/calls/?view=sign")
    page.wait_for_selector("html[data-ready]")
    assert SAID in page.inner_text("main")
    skip_the_menus(page)
    tab_to(page, "[value='do:sign_callback']")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] [name=confirmed]")
    tab_to(page, "dialog[open] [name=confirmed]")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]", state="detached")
    page.wait_for_selector(".toasts")


def skip_the_menus(page: Any) -> None:
    tab_to(page, ".skip")
    page.keyboard.press("Enter")


def tab_to(page: Any, wanted: str) -> None:
    for _ in range(60):
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to {wanted}")


def read_the_figures(page: Any) -> None:
    """Four days on: the second complaint is late, the front page, the figures and the ledger say so."""
    assert "50.0%" in page.inner_text("main") and "办结率" in page.inner_text("main")
    page.goto("/service_request/?saved=late")
    assert page.locator("tbody tr").count() == 1 and "超时" in page.inner_text("tbody")
    page.goto(FIGURES)
    assert complaints(page)[:4] == ["投诉", "2", "1", "1"]
    assert complaints(page)[4].endswith("50.0%") and complaints(page)[-1] == "100.0%"
    skip_the_menus(page)
    tab_to(page, "main table a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/service_request/?**")
    assert page.locator("tbody tr").count() == 2
    page.goto("/reports/complaint_ledger/")
    line = page.inner_text("tbody tr:first-child")
    assert all(part in line for part in ("张伟", DONE, SAID, "Supervisor", "已关闭"))


def complaints(page: Any) -> list[str]:
    cells = page.locator("main tbody tr:has-text('投诉')").first.locator("th, td")
    return [text.strip() for text in cells.all_inner_texts()]


# -- by forms alone ------------------------------------------------------------------------------------


@pytest.mark.both_engines
def test_the_same_by_forms_alone(desk: CallDesk, site_of: Callable[..., Any], visit: Callable[..., Any]) -> None:
    app, worker = site_of(desk.registry), str(desk.people["engineer"].id)
    people = {name: visit(app) for name in ("frontdesk", "engineer", "supervisor", "director")}
    for name, visitor in people.items():
        assert visitor.sign_in(name, PASSWORD).status_code == 302
    clerk, engineer = people["frontdesk"], people["engineer"]
    form = {
        "kind": "complaint", "channel": "phone", "caller": str(desk.owners["1"]), "matter": MATTER, "trade": "plumbing",
        "priority": "high", "then": "dispatch", "worker": worker, "token": hidden(clerk, "/desk/1/", "token"),
    }  # fmt: skip
    assert [clerk.post("/desk/1/", form).status_code for _ in range(2)] == [303, 303], "sent twice, taken once"

    desk.at("16 10:00")
    for page, more in (("step", {"step": "accept"}), ("step", {"step": "arrive"}), ("finish", {"result": DONE})):
        press = {"version": hidden(engineer, "/my-orders/1/", "version"), **more}
        assert engineer.post(f"/my-orders/1/{page}/", press).status_code == 303, more
    assert desk.get(1)["state"] == "solved"

    desk.at("16 14:30")
    assert clerk.post("/calls/next/").headers["Location"].endswith("/calls/1/")
    said = {"outcome": "reached", "satisfaction": "1", "words": SAID}
    assert clerk.post("/calls/1/outcome/", said).status_code == 303
    opened = desk.get(2)
    assert (opened["came_from"], opened["kind"], desk.moment(opened["due_at"])) == (1, "complaint", "16 17:30")
    assert desk.registry.inbox.unread(desk.people["supervisor"]) >= 1

    close = {"action": "step:close", "rowid": "1", "confirmed": "1"}
    clerk.post("/service_request/action/", close)
    assert desk.get(1)["state"] == "called_back", "a complaint waits for its signature"
    sign = {"action": "do:sign_callback", "rowid": "1", "confirmed": "1"}
    assert clerk.post("/callback/action/", sign).status_code in (400, 403)
    people["supervisor"].post("/callback/action/", sign)
    assert (desk.get(1)["state"], desk.get(1)["signed_by"]) == ("closed", desk.people["supervisor"].id)

    desk.at("20 09:00")
    director = people["director"]
    late = director.get("/service_request/?saved=late").get_data(as_text=True)
    assert opened["number"] in late and desk.get(1)["number"] not in late
    data = director.get(f"{FIGURES}export/csv/").get_data(as_text=True)
    line = next(line for line in data.splitlines() if line.startswith("投诉"))
    assert line.split(",") == ["投诉", "2", "1", "1", "50.0", "50.0", "50.0", "50.0", "1", "1.0", "0.0", "100.0"]


def hidden(visitor: Any, path: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(HIDDEN.format(name=name), visitor.get(path).get_data(as_text=True))
    assert found
    return found[1]
