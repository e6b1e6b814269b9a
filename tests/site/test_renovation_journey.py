"""Renovation from three inspections to the refund, in Chromium at 390 px by touch; and inspections without signal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.office.money import DAY, MoneyOffice, money_office
from tests.office.renovation import Renovation, renovation_of
from tests.printing.conftest import pages_of
from tests.site.conftest import PASSWORD, wait_until_kept
from tests.site.test_gate_in_a_browser import DESKTOP, PHONE
from tests.site.test_renovation_in_a_browser import looks_right

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


@pytest.fixture
def photo(tmp_path: Path, browser: Any) -> Path:
    page = browser.new_page(viewport={"width": 60, "height": 40})
    page.set_content("<body style='background:tomato'></body>")
    page.screenshot(path=str(tmp_path / "wall.jpg"), type="jpeg")
    page.close()
    return tmp_path / "wall.jpg"


def sign(page: Any, number: int = 0) -> None:
    """A signature on the pad of that number among those to be seen."""
    pad = page.locator(".signature canvas >> visible=true").nth(number)
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 40, steps=4)
    page.mouse.up()


def test_from_three_inspections_over_an_opened_wall_to_the_refund(
    works: Renovation, enter: Callable[..., Any], photo: Path
) -> None:
    money = works.money
    bad = works.submitted(deposit_due=Decimal(2000))
    deposit = works.paid(bad)
    money.step("engineer", "renovation_permit", "approve", bad)
    money.step("steward1", "renovation_permit", "begin", bad)
    for room in ("102", "103"):
        works.running(unit=money.unit(room))
    steward, engineer = enter("steward1", PHONE), enter("engineer", PHONE)
    find_the_wall(steward, money, photo)
    assert works.state(bad) == "suspended"
    [violation] = money.rows("violation", "work", "state", "noticed_at", permit=bad)
    assert violation["work"] == works.wall

    print_the_notice(steward)
    sign(steward)
    steward.tap("text=Given and signed for")
    steward.wait_for_selector("text=Given and signed for at")
    found = money.get("violation", violation.id)
    assert found["signature"] and found["noticed_at"] and found["notice"], "the notice is kept with it"

    engineer.goto(f"/renovation/{bad}/")
    assert engineer.locator("text=Works may go on").count() == 0
    put_right(steward, photo)
    engineer.reload()
    looks_right(engineer)
    engineer.tap("button:has-text('Works may go on')")
    engineer.wait_for_selector("text=Works may go on", state="detached")
    assert works.state(bad) == "in_progress"

    finish(steward, bad)
    tick(steward)
    fail(engineer, bad, photo)
    accept_the_second_time(steward, engineer, bad)
    assert works.state(bad) == "accepted"
    refund(enter, money, deposit)
    paid = money.get("deposit", deposit)
    assert (paid["amount"], paid["deducted"], paid["refunded"], paid["held"]) == (2000, 300, 1700, 0)
    assert sum(row["amount"] for row in money.rows("payment", "amount")) == 300
    assert money.get("unit", works.unit)["state"] == "occupied"


def find_the_wall(page: Any, money: MoneyOffice, photo: Path) -> None:
    """Two permits are fine; at 1-1-101 the wall is open."""
    page.goto("/renovation/")
    looks_right(page)
    for left, room in ((2, "102"), (1, "103")):
        page.tap(f".works-card:has-text('1-1-{room}') button:has-text('Nothing wrong')")
        page.wait_for_selector(f"h2#todo .count:has-text('{left}')")
    page.tap(".works-card:has-text('1-1-101') a:has-text('Something wrong')")
    page.wait_for_selector("#found")
    page.tap("label:has([value=structure])")
    page.fill("[name=words]", "The wall to the bath is open")
    page.set_input_files("[name=photos-upload]", str(photo))
    page.tap("label:has([value=serious])")
    page.select_option("[name=work]", label="Open a load-bearing wall")
    page.fill("[name=deadline]", (money.today + DAY).isoformat())
    looks_right(page)
    page.tap("text=Write it down")
    page.wait_for_selector("#notice")
    looks_right(page)


def print_the_notice(page: Any) -> None:
    """It opens in a tab of its own, and says what was found."""
    with page.context.expect_page() as opened:
        page.tap("button:has-text('Print the notice')")
    opened.value.wait_for_url("**/handouts/**")
    answer = page.request.get(opened.value.url)
    opened.value.close()
    said = "".join("".join(pages_of(answer.body())).split())
    assert "1-1-101" in said and "Thewalltothebathisopen" in said and "Openaload-bearingwall" in said


def put_right(page: Any, photo: Path) -> None:
    """The follow-up check, first not passed."""
    page.fill("[name=outcome]", "Half of it is closed")
    page.tap("button:has-text('Not put right')")
    page.wait_for_selector("text=Noted.")
    page.fill("[name=outcome]", "Wall rebuilt")
    page.set_input_files("[name=after-upload]", str(photo))
    page.tap("button:has-text('Is put right')")
    page.wait_for_selector(".gate-verdict.is-good")
    looks_right(page)


def finish(page: Any, permit: int) -> None:
    """The works are finished, and the steward begins the acceptance."""
    page.goto(f"/renovation/{permit}/")
    page.tap("summary:has-text('Are the works finished?')")
    page.tap("button:has-text('The works are finished')")
    page.tap("button:has-text('Begin the acceptance')")
    page.wait_for_selector(".works-check")
    looks_right(page)


def tick(page: Any) -> None:
    """All is fine for this one, who signs."""
    page.tap("text=The rest is fine")
    sign(page)
    page.tap("text=Save my check")
    page.wait_for_selector("text=Ticked and signed.")


def fail(page: Any, permit: int, photo: Path) -> None:
    """The engineer finds a leak."""
    page.goto("/renovation/")
    page.tap("section[aria-labelledby=accept] a.gate-row")
    page.wait_for_selector(".works-check")
    page.tap(".works-item:nth-of-type(2) .is-wrong")
    page.fill(".works-item:nth-of-type(2) textarea", "Water comes through")
    page.set_input_files(".works-item:nth-of-type(2) input[type=file]", str(photo))
    tick(page)
    looks_right(page)
    assert page.input_value("[name=words]").endswith("（Water comes through）")
    page.tap("text=Write the result down")
    page.wait_for_selector(".gate-verdict.is-bad")


def accept_the_second_time(steward: Any, engineer: Any, permit: int) -> None:
    """Both look again; owner and contractor sign before the engineer."""
    steward.goto(f"/renovation/{permit}/")
    steward.tap("button:has-text('Second check')")
    steward.wait_for_selector("text=Last time: Water comes through")
    tick(steward)
    engineer.goto(steward.url)
    tick(engineer)
    for number in (1, 2):
        sign(engineer, number)
    engineer.fill("[name=deduction]", "300")
    engineer.fill("[name=deduction_why]", "Lift scratched")
    looks_right(engineer)
    engineer.tap("text=Write the result down")
    engineer.wait_for_selector(".gate-verdict.is-good")
    looks_right(engineer)


def refund(enter: Callable[..., Any], money: MoneyOffice, deposit: int) -> None:
    """All at once is refused; the deduction is approved, then the rest goes back."""
    cashier, billing = enter("cashier", DESKTOP), enter("billing", DESKTOP)
    cashier.goto("/deposit/?saved=to_refund")
    cashier.click("a:has-text('1-1-101')")
    do(cashier, "refund_deposit", reason="Accepted")
    cashier.wait_for_selector("text=refund 1700.00 at most")
    cashier.goto(f"/deposit/details/?id={deposit}")
    do(cashier, "deduct_deposit", amount="300", reason="Lift scratched")
    [move] = money.rows("deposit_move")
    billing.goto(f"/deposit_move/details/?id={move.id}")
    do(billing, "approve_deduction")
    cashier.goto(f"/deposit/details/?id={deposit}")
    do(cashier, "refund_deposit", reason="Accepted")


def do(page: Any, action: str, **answers: str) -> None:
    """An action of a record, as its dialog asks for it."""
    page.click(f"button[value='do:{action}']")
    page.wait_for_selector("#part[open]")
    for name, value in answers.items():
        page.fill(f"#part [name={name}]", value)
    page.click("#part button[name=confirmed]")
    page.wait_for_selector("#part[open]", state="detached")


def test_inspections_and_an_acceptance_without_signal_arrive_once_with_their_time(
    works: Renovation, enter: Callable[..., Any], photo: Path
) -> None:
    money = works.money
    ids = [works.running(unit=unit) for unit in (works.unit, money.unit("102"), money.unit("103"), money.unit("104"))]
    done = works.running(unit=money.unit("105"))
    money.step("steward1", "renovation_permit", "complete", done)
    acceptance = money.make("acceptance", permit=done)
    page = enter("steward1", PHONE)
    page.goto("/renovation/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/renovation/")
    wait_until_kept(page, "/renovation/", "/waiting/", f"/renovation/acceptance/{acceptance}/",
                    *(f"/renovation/{id}/" for id in ids))  # fmt: skip
    page.context.set_offline(True)
    for room in ("101", "102"):
        page.goto("/renovation/")
        page.tap(f".works-card:has-text('1-1-{room}') button:has-text('Nothing wrong')")
        page.wait_for_url("**/waiting/*")
    inspect_with_a_photo(page, ids[2], photo)
    page.goto(f"/renovation/{ids[3]}/")
    page.tap("button:has-text('Nothing wrong')")
    page.wait_for_url("**/waiting/*")
    page.goto(f"/renovation/acceptance/{acceptance}/")
    page.tap("text=The rest is fine")
    sign(page)
    page.tap("text=Save my check")
    page.wait_for_url("**/waiting/*")
    page.wait_for_function("() => document.querySelectorAll('[data-entries] > li').length === 5")
    assert money.rows("renovation_inspection") == []
    looks_right(page)
    money.set("renovation_permit", ids[3], state="completed")
    money.set("renovation_permit", ids[3], state="accepted", closed_on=money.today)
    money.set("renovation_permit", ids[3], state="closed")
    page.context.set_offline(False)
    page.wait_for_function("() => document.querySelectorAll('[data-entries] .chip-green').length === 4")
    page.wait_for_selector("[data-entries] .chip-red")
    assert "There is nothing to inspect" in page.text_content("[data-entries]"), "refused, said, and not dropped"
    found = money.rows("renovation_inspection", "permit", "all_fine", "photos", "done_at")
    assert [(row["permit"], row["all_fine"], len(row["photos"] or ())) for row in found] == [
        (ids[0], True, 0), (ids[1], True, 0), (ids[2], False, 1),
    ]  # fmt: skip
    now = money.clock.now()
    assert all(now - timedelta(minutes=5) <= row["done_at"] <= now for row in found)
    [violation] = money.rows("violation", "permit", "state")
    assert (violation["permit"], works.state(ids[2])) == (ids[2], "suspended")
    assert money.get("acceptance", acceptance)["steward_signature"]
    page.reload()
    page.wait_for_function("() => document.querySelectorAll('[data-entries] .chip-green').length === 4")
    assert len(money.rows("renovation_inspection")) == 3


def inspect_with_a_photo(page: Any, permit: int, photo: Path) -> None:
    """A serious finding, written down without signal."""
    page.goto(f"/renovation/{permit}/")
    page.fill("[name=words]", "The wall is open")
    page.set_input_files("[name=photos-upload]", str(photo))
    page.tap("label:has([value=serious])")
    page.select_option("[name=work]", label="Open a load-bearing wall")
    page.fill("[name=deadline]", "2026-10-08")
    page.tap("text=Write it down")
    page.wait_for_url("**/waiting/*")
