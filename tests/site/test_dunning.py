"""The work list of dunning at the site and in Chromium: whose debtors, which buttons, a case from a phone (F7)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from models import jobs
from office.till.taking import Method, take_payment
from schema import load
from tests.office.money import ROLES, MoneyOffice, money_office
from tests.site.conftest import PASSWORD

SEES_ALL = {"director", "assistant", "supervisor", "billing_supervisor", "auditor"}
ROOT = Path(__file__).resolve().parents[2]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person, PASSWORD)


@pytest.fixture
def debtors(money: MoneyOffice) -> dict[str, int]:
    """One household in each building, overdue since the end of January, reminded of from 7 February."""
    found = {"mine": money.unit("101", owner="云一"), "theirs": money.unit("101", building="2", owner="禾二")}
    money.set("resident", money.owners[found["mine"]], phone="13812345678")
    for unit in found.values():
        money.bill(unit, period="2026Q1", due_on="2026-01-31", amount="543.21")
    run(money, "2026-02-10")
    return found


def run(money: MoneyOffice, day: str) -> None:
    money.on(day, at="06:30")
    jobs.perform(money.registry, money.registry.schema.schedules["propose_dunning"], money.registry.clock.now())
    money.on(day)


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


@pytest.mark.parametrize("who", sorted(ROLES))
def test_who_sees_whose_debtors(
    money: MoneyOffice, debtors: dict[str, int], site_of: Any, visit: Any, who: str
) -> None:
    """Names and amounts of debtors, at this page and among the records, go to those who dun and to nobody else."""
    visitor = visit(site_of(money.registry))
    visitor.sign_in(who, PASSWORD)
    answer = visitor.get("/dunning/")
    role = ROLES[who]
    if role in SEES_ALL or role == "steward":
        said = words(answer)
        assert ("云一" in said, "禾二" in said) == (who != "steward2", who != "steward1")
        assert "543.21" in said and "2026-02-07" in said
        assert ("1,086.42" in said) == (role != "steward")
    else:
        assert answer.status_code == 403
        assert "543.21" not in answer.get_data(as_text=True)
    for entity in ("dunning_step", "dunning_case", "dunning_hold"):
        listed = visitor.get(f"/{entity}/")
        allowed = role in SEES_ALL or role == "steward" or (role == "cashier" and entity == "dunning_case")
        assert listed.status_code == (200 if allowed else 403)
    home = words(visitor.get("/"))
    assert ("Dunning today" in home) == (role in SEES_ALL or role == "steward")
    assert "云一" not in home


def test_who_may_not_see_amounts_sees_none(
    opened: Callable[..., Any], clock: Any, person: Callable[..., Any], tmp_path: Path, site_of: Any, visit: Any
) -> None:
    """An office that hides what is owed from its auditors: neither sums, nor late fees, nor promised amounts."""
    shutil.copytree(ROOT / "schema.d", tmp_path / "schema.d")
    shutil.copy(ROOT / "schema.yaml", tmp_path)
    for name, entity in (("bills", "bill"), ("dunning", "dunning_case")):
        path = tmp_path / "schema.d" / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        at = text.index("    access:\n", text.index(f"\n  {entity}:")) + len("    access:\n")
        path.write_text(f"{text[:at]}      fields: {{owed: {{hide: [auditor]}}}}\n{text[at:]}", encoding="utf-8")
    money = money_office(opened(load(tmp_path / "schema.yaml")), clock, person, PASSWORD)
    money.bill(money.unit("101", owner="云一"), period="2026Q1", due_on="2026-01-31", amount="543.21")
    run(money, "2026-02-10")
    for who, seen in (("auditor", False), ("supervisor", True)):
        visitor = visit(site_of(money.registry))
        visitor.sign_in(who, PASSWORD)
        said = words(visitor.get("/dunning/"))
        assert "云一" in said and ("543.21" in said) == ("¥" in said) == seen


def test_the_list_is_narrowed_by_level_building_and_steward(
    money: MoneyOffice, debtors: dict[str, int], site_of: Any, visit: Any
) -> None:
    visitor = visit(site_of(money.registry))
    visitor.sign_in("supervisor", PASSWORD)
    for address, here in (
        (f"building={money.buildings['1']}", (True, False)), (f"building={money.buildings['2']}", (False, True)),
        (f"steward={money.people['steward2'].id}", (False, True)), ("level=1", (True, True)),
        ("level=2", (False, False)), ("building=999999", (True, True)), ("level=x&building=%00", (True, True)),
        ("view=deliver", (False, False)), ("view=nonsense", (True, True)),
    ):  # fmt: skip
        said = words(visitor.get(f"/dunning/?{address}"))
        assert ("云一" in said, "禾二" in said) == here, address
    steward = visit(site_of(money.registry))
    steward.sign_in("steward1", PASSWORD)
    assert "禾二" not in words(steward.get(f"/dunning/?building={money.buildings['2']}"))


def test_a_reader_has_no_buttons(money: MoneyOffice, debtors: dict[str, int], site_of: Any, visit: Any) -> None:
    for who, buttons in (("auditor", False), ("billing", False), ("steward1", True), ("supervisor", True)):
        visitor = visit(site_of(money.registry))
        visitor.sign_in(who, PASSWORD)
        page = visitor.get("/dunning/").get_data(as_text=True)
        assert ("do:escalate" in page) == buttons
        step = money.rows("dunning_step", "level")[0].id
        form = {"action": "do:escalate", "rowid": str(step), "confirmed": "1", "letter_on": "2026-02-10"}
        if not buttons:
            assert visitor.post("/dunning_step/action/", form).status_code == 403


def test_nobody_acts_on_another_stewards_debtors(
    money: MoneyOffice, debtors: dict[str, int], site_of: Any, visit: Any
) -> None:
    visitor = visit(site_of(money.registry))
    visitor.sign_in("steward1", PASSWORD)
    (step,) = money.rows("dunning_step", "level", unit=debtors["theirs"])
    case = money.rows("dunning_case", "level", unit=debtors["theirs"])[0].id
    for entity, id, deed in (
        ("dunning_step", step.id, "escalate"), ("dunning_step", step.id, "deliver_letter"),
        ("dunning_step", step.id, "record_visit"), ("dunning_case", case, "promise"),
        ("dunning_case", case, "dispute"), ("dunning_case", case, "escalate"),
    ):  # fmt: skip
        answer = visitor.post(f"/{entity}/action/", {"action": f"do:{deed}", "rowid": str(id), "confirmed": "1"})
        assert answer.status_code == 404
    for deed in ("hardship", "director_override", "hand_to_legal"):
        answer = visitor.post("/dunning_case/action/", {"action": f"do:{deed}", "rowid": str(case), "confirmed": "1"})
        assert answer.status_code in (403, 404)
    assert [row["state"] for row in money.rows("dunning_step", "state", unit=debtors["theirs"])] == ["proposed"]


@pytest.mark.both_engines
def test_holds_promises_and_what_came_of_them(
    money: MoneyOffice, debtors: dict[str, int], site_of: Any, visit: Any
) -> None:
    case = money.rows("dunning_case", "level", unit=debtors["mine"])[0].id
    money.act("steward1", "dunning_case", "promise", case, until=date(2026, 2, 20), amount=Decimal("300.00"))
    visitor = visit(site_of(money.registry))
    visitor.sign_in("supervisor", PASSWORD)
    assert "云一" not in words(visitor.get("/dunning/"))
    held = words(visitor.get("/dunning/?view=held"))
    assert "云一" in held and "¥300.00" in held and "awaited" in held
    money.on("2026-02-20")
    assert "云一" in words(visitor.get("/dunning/?view=promised"))
    money.on("2026-02-21")
    assert "broken" in words(visitor.get("/dunning/?view=broken"))
    assert "云一" in words(visitor.get("/dunning/"))
    money.pay(money.rows("bill", "unit", unit=debtors["mine"])[0].id, "300.00", on="2026-02-19")
    assert "kept" in words(visitor.get("/dunning/?view=broken"))


def stroke(page: Any) -> None:
    """A signature, as a finger draws it."""
    pad = page.locator(".signature canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 40, steps=4)
    page.mouse.move(box["x"] + 250, box["y"] + 90, steps=4)
    page.mouse.up()


@pytest.mark.browser
def test_a_case_from_the_first_letter_to_the_payment(
    money: MoneyOffice, debtors: dict[str, int], site_of: Any, serve: Any, signed_in: Any
) -> None:
    """The steward prints at the desk, has the letter signed on the phone, visits, notes a promise; money closes it."""
    unit = debtors["mine"]
    address = serve(site_of(money.registry))
    desk = signed_in(address, "steward1", locale="en-GB")
    desk.goto("/dunning/")
    assert desk.locator(".dunning-list tbody tr:not(.dunning-group)").count() == 1
    assert "1 Reminder" in desk.inner_text(".dunning-list .chip")
    desk.check("[data-pick-all]")
    assert desk.is_checked("[data-pick]")
    desk.click("[data-bulk-bar] button[value='do:escalate']")
    desk.click("dialog button[name=confirmed]")
    printed = desk.get_attribute("dialog .card-body a.btn-primary", "href")
    assert desk.request.get(f"{address}{printed}").body().startswith(b"%PDF")
    (step,) = money.rows("dunning_step", "state", "letter", unit=unit)
    assert step["state"] == "queued"
    (file,) = money.registry.files.named("dunning_step", step["letter"])
    assert money.registry.files.path(file).read_bytes().startswith(b"%PDF")

    phone = signed_in(address, "steward1", **PHONE)
    phone.goto("/dunning/?view=deliver")
    assert phone.get_attribute(".dunning-phones a", "href") == "tel:13812345678"
    wide = phone.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    phone.click("button[value='do:deliver_letter']")
    phone.click("button[name=confirmed]")
    assert "needs proof" in phone.inner_text("main")
    phone.goto("/dunning/?view=deliver")
    phone.click("button[value='do:deliver_letter']")
    stroke(phone)
    phone.click("button[name=confirmed]")
    phone.wait_for_url("**/dunning/?view=deliver")
    (step,) = money.rows("dunning_step", "state", "signature", unit=unit)
    assert step["state"] == "sent" and len(step["signature"]) == 1

    case = money.rows("dunning_case", "level", unit=unit)[0].id
    money.act("director", "dunning_case", "director_override", case, level=3, why="住户要求当面谈")
    run(money, "2026-02-13")
    phone.goto("/dunning/")
    button = phone.locator("button[value='do:record_visit']")
    box = button.bounding_box()
    assert box["height"] >= 44 and box["width"] > 300
    button.click()
    phone.select_option("#f-outcome", "met")
    phone.select_option("#f-reason", "hardship")
    phone.fill("#f-words", "月底发工资")
    phone.fill("#f-until", "2026-02-28")
    phone.click("button[name=confirmed]")
    phone.wait_for_url("**/dunning/")
    case = money.rows("dunning_case", "state", "level", "reason", unit=unit)[0]
    assert (case["state"], case["level"], case["reason"]) == ("held", 3, "hardship")

    money.on("2026-02-20")
    cashier = money.people["cashier"]
    take_payment(money.registry, cashier, money.registry.clock.now(), unit, [Method("cash", Decimal("543.21"))])
    phone.goto("/dunning/?view=held")
    assert "Nothing is on hold" in phone.inner_text("main")
    assert money.rows("dunning_case", "state", unit=unit)[0]["state"] == "closed"


@pytest.mark.browser
@pytest.mark.parametrize("view", ["due", "held"])
def test_the_list_can_be_used_by_everyone(
    money: MoneyOffice, debtors: dict[str, int], site_of: Any, serve: Any, signed_in: Any, view: str
) -> None:
    """Nothing that the accessibility checker calls serious, wide and on a phone."""
    case = money.rows("dunning_case", "level", unit=debtors["theirs"])[0].id
    money.act("supervisor", "dunning_case", "promise", case, until=date(2026, 2, 20), amount=Decimal("300.00"))
    address = serve(site_of(money.registry))
    for device in ({"viewport": {"width": 1280, "height": 850}, "locale": "zh-CN"}, PHONE):
        page = signed_in(address, "supervisor", **device)
        page.goto(f"/dunning/?view={view}")
        assert page.locator(".dunning-list tbody tr:not(.dunning-group)").count() == 1
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
