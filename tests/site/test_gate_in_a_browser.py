"""The gate in Chromium: a guard with a phone, a clerk with a keyboard; nothing cut off, targets for a thumb (R9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from office.gate import goods, visitors
from tests.office.money import MoneyOffice, money_office
from tests.site.conftest import PASSWORD

pytestmark = pytest.mark.browser

DESKTOP = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}
SMALL = """() => [...document.querySelectorAll('main a, main button, main summary, main label:has(input), main input')]
  .filter((one) => one.checkVisibility() && !one.closest('.crumbs, p, .card-foot, .card-head') && one.type !== 'hidden')
  .filter((one) => !one.closest('label') || one.matches('label'))
  .map((one) => [one.getBoundingClientRect(), one.outerHTML.slice(0, 90)])
  .filter(([box]) => box.width && (box.height < 43.5 || box.width < 43.5))
  .map(([box, words]) => `${box.width} x ${box.height} ${words}`)"""


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    made = money_office(office, clock, person)
    for room in ("101", "102", "1001"):
        made.unit(room, owner=f"云{room}")
    staff = made.make("staff", name="Zhou", phone="0532-88881234", account=made.people["supervisor"].id)
    made.make("duty", day=made.today, shift="manager", staff=staff)
    return made


@pytest.fixture
def enter(money: MoneyOffice, site_of: Any, serve: Any, signed_in: Any) -> Callable[..., Any]:
    address = serve(site_of(money.registry))

    def go_in(who: str, device: dict[str, Any]) -> Any:
        money.registry.accounts.set_password(money.people[who].id, PASSWORD)
        return signed_in(address, who, **device)

    return go_in


def unit(money: MoneyOffice, title: str = "1-1-101") -> int:
    return next(row.id for row in money.rows("unit") if row.title == title)


def slip(money: MoneyOffice) -> str:
    id = money.make("goods_exit", unit=unit(money), taken_by="Li Qin", items="oak table\nlamp", leaves_on=money.today,
                    state="approved")  # fmt: skip
    return f"/gate/g/{money.registry.codes.sign(goods.KIND, id)}/"


def test_a_guard_opens_an_incident_and_ticks_its_plan_with_a_thumb(
    money: MoneyOffice, enter: Callable[..., Any]
) -> None:
    page = enter("security", PHONE)
    page.goto("/gate/")
    assert "Zhou" in page.inner_text(".gate-duty")
    page.tap(".gate-door.is-urgent")
    page.tap(".gate-kinds label:has([value=leak])")
    page.tap("label:has([value=severe])")
    page.fill("[name=place]", "Cellar 2")
    page.tap("text=Report it: the plan starts")
    page.wait_for_selector(".gate-steps")
    assert page.locator(".gate-step.is-open").count() == 5
    assert page.inner_text(".gate-clock b").startswith("0:0")
    for n in range(1, 5):
        page.tap(f"#step-{n} .gate-big")
        page.wait_for_selector(f"#step-{n}.is-done")
    page.tap("#step-5 summary")
    page.fill("#step-5 [name=reason]", "nothing broke")
    page.tap("#step-5 [value=skip_step]")
    page.wait_for_selector("#step-5.is-not_needed")
    page.fill("[name=words]", "The valve is closed")
    page.tap("[value=handle]")
    page.wait_for_selector(".gate-clock:not(.is-running)")
    assert len(money.registry.inbox.waiting(money.people["director"], 9)) == 1
    assert [row["state"] for row in money.rows("incident_step", "state")] == ["done"] * 4 + ["not_needed"]
    assert money.rows("incident", "state")[0]["state"] == "handled"


def test_a_guard_scans_a_slip_and_lets_it_out_once(money: MoneyOffice, enter: Callable[..., Any]) -> None:
    page, path = enter("security", PHONE), slip(money)
    page.goto(path)
    assert "May leave today, once" in page.inner_text(".gate-verdict.is-good")
    page.tap("text=It agrees: let out")
    page.wait_for_selector(".gate-verdict:has-text('Let out at 09:30')")
    page.goto(path)
    assert "Security let it out at 2026-10-05 09:30" in page.inner_text(".gate-verdict.is-bad")
    assert page.locator("text=It agrees").count() == 0


def test_a_visitor_in_and_out(money: MoneyOffice, enter: Callable[..., Any]) -> None:
    money.make("visitor_pass", name="Chen Bo", unit=unit(money), announced_by="Yun")
    page = enter("security", PHONE)
    page.goto("/gate/visitors/")
    page.tap(".gate-row button:has-text('In')")
    page.tap(".gate-row button:has-text('Out')")
    page.wait_for_selector("text=Nobody is inside")
    page.tap("text=Visitor comes in")
    page.fill("[name=name]", "Wu")
    page.locator(".combobox input[type=text]").first.press_sequentially("1-1-1001", delay=10)
    page.wait_for_selector(".combobox-list li[data-index]")
    page.tap(".combobox-list li[data-index]")
    page.tap("label:has([value=intercom])")
    page.tap("[value=let_in]")
    page.wait_for_selector(".gate-row:has-text('Wu')")
    assert "1-1-1001" in page.inner_text(".gate-row:has-text('Wu')")
    assert [row["state"] for row in money.rows("visitor", "state")] == ["left", "inside"]


def test_a_clerk_takes_mail_in_by_keyboard_alone(money: MoneyOffice, enter: Callable[..., Any]) -> None:
    page = enter("frontdesk", DESKTOP)
    page.goto("/gate/")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press(page.get_attribute(".gate-door[href='/gate/mail/receive/']", "data-key"))
    page.wait_for_url("**/gate/mail/receive/")
    for n, room in enumerate(("1-1-101", "1栋1单元102", "1-1-1001"), 1):
        assert page.evaluate("document.activeElement.id") == "room"
        page.keyboard.type(room)
        if n == 1:
            page.fill("[name=carrier]", "Sample")
            page.locator("label:has([value=letter])").click()
            page.focus("[name=carrier]")
        page.keyboard.press("Enter")
        page.wait_for_selector(f".gate-taken:nth-child(1) >> nth=0 >> text={room[-3:]}")
        page.wait_for_selector(f".gate-rows li:nth-child({n})")
    assert [(row["kind"], row["carrier"]) for row in money.rows("mail_item", "kind", "carrier")] == [
        ("letter", "Sample")
    ] * 3
    page.keyboard.type("9-9-9")
    page.keyboard.press("Enter")
    page.wait_for_selector("#room-errors")
    assert page.input_value("#room") == "9-9-9" and page.evaluate("document.activeElement.id") == "room"


def test_mail_is_signed_for_with_a_finger(money: MoneyOffice, enter: Callable[..., Any]) -> None:
    money.make("mail_item", unit=unit(money), tail="8812")
    page = enter("frontdesk", PHONE)
    page.goto("/gate/mail/?q=1-1-101")
    page.fill("[name=collected_by]", "Yun")
    pad = page.locator(".signature canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 110, steps=6)
    page.mouse.up()
    page.tap("text=Hand out >> nth=-1")
    page.wait_for_selector(".toast:has-text('Collected by Yun')")
    [item] = money.rows("mail_item", "proof", "signature", "state")
    assert (item["proof"], item["state"]) == ("signature", "collected") and item["signature"]


def pages(money: MoneyOffice) -> list[str]:
    home = unit(money)
    money.make("visitor", name="Chen Bo with a long name " * 1, unit=home, plate="鲁B12345", last_four="004X")
    money.make("mail_item", unit=home, addressee="Yun", carrier="Sample Express", tail="8812", shelf="A3")
    running = money.make("incident", kind="fire", severity="severe", place="Section 2, stairs of the seventh floor")
    id = money.make("visitor_pass", name="Li", unit=home, announced_by="Yun")
    passed = f"/gate/v/{money.registry.codes.sign(visitors.KIND, id)}/"
    return ["/gate/", "/gate/visitors/", "/gate/visitors/in/", "/gate/incidents/new/", f"/gate/incidents/{running}/",
            slip(money), passed, "/gate/g/forged/", "/gate/mail/", "/gate/mail/?q=1-1-101", "/gate/mail/?q=nobody",
            "/gate/mail/receive/"]  # fmt: skip


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_is_cut_off_and_axe_finds_nothing_serious(
    money: MoneyOffice, enter: Callable[..., Any], device: dict[str, Any], locale: str
) -> None:
    money.set("user", money.people["frontdesk"].id, locale=locale)
    page, width = enter("frontdesk", device), device["viewport"]["width"]
    small: list[str] = []
    for path in pages(money):
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        found = Axe().run(page).response["violations"]
        serious = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
        assert serious == [], path
        small += [f"{path}: {one}" for one in page.evaluate(SMALL)]
    assert small == [] or device is DESKTOP
