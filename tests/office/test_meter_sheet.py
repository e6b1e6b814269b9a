"""The sheet on which a building's meters are entered, and the balance report: over HTTP and by keyboard (F2, F11)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.office.money import MoneyOffice, money_office

PASSWORD = "correct horse battery"
ROOMS = ("101", "1001", "102", "201")


@pytest.fixture
def street(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    """Four units of building 1 and one of building 2 with water meters that were read at 100 and 110."""
    with office.connection():
        made = money_office(office, clock, person, PASSWORD)
        made.on("2026-11-02")
        for room in ROOMS:
            meter = made.meter(made.unit(room), f"W{room}", start_value=Decimal(100))
            made.reading(meter, "2026-09", "110")
        made.meter(made.unit("101", building="2"), "X101", start_value=Decimal(5))
        made.meter(None, "G1", building=made.buildings["1"])
    return made


@pytest.fixture
def app(street: MoneyOffice, site_of: Any) -> Any:
    return site_of(street.registry)


def enter(app: Any, visit: Any, who: str) -> Any:
    visitor = visit(app)
    assert visitor.sign_in(who).status_code == 302
    return visitor


def address(street: MoneyOffice, building: str = "1", **more: Any) -> str:
    place = street.buildings.get(building, building)
    given = {"building": place, "kind": "water", "period": "2026-10", "read_on": "2026-10-31", **more}
    return "/meter-sheet/?" + "&".join(f"{name}={value}" for name, value in given.items())


def send(visitor: Any, street: MoneyOffice, meter: int, value: str, **more: Any) -> Any:
    given = {"building": street.buildings["1"], "kind": "water", "period": "2026-10", "read_on": "2026-10-31"}
    return visitor.post("/meter-sheet/line/", {**given, "meter": meter, "value": value, "version": 0, **more})


def used(street: MoneyOffice, meter: int) -> Any:
    with street.registry.connection():
        rows = street.rows("meter_reading", "consumption", "reason", "read_on", meter=meter, period="2026-10")
    return [(str(r["consumption"]), r["reason"], str(r["read_on"])) for r in rows]


@pytest.mark.both_engines
def test_a_sheet_has_the_meters_in_the_order_of_the_rooms(app: Any, street: MoneyOffice, visit: Any) -> None:
    visitor = enter(app, visit, "cashier")
    text = visitor.get(address(street)).get_data(as_text=True)
    places = [text.index(f"<b>1-1-{room}</b>") for room in ("101", "102", "201", "1001")]
    assert places == sorted(places) and "4 of 4 left" in text and "2-1-101" not in text
    assert "1 G1" in visitor.get(address(street, "public")).get_data(as_text=True).replace("</b><small>", " ")
    paper = visitor.get(address(street, paper=1)).get_data(as_text=True)
    assert "1-1-1001" in paper and "110" in paper and "value-" not in paper
    assert "no meters of this kind" in visitor.get(address(street, kind="gas")).get_data(as_text=True)


@pytest.mark.both_engines
def test_one_line_is_saved_asked_about_or_refused(app: Any, street: MoneyOffice, visit: Any) -> None:
    visitor = enter(app, visit, "cashier")
    saved = send(visitor, street, 1, "１１８.5").get_json()
    assert (saved["saved"], saved["consumption"], used(street, 1)) == (True, "8.5", [("8.50", None, "2026-10-31")])
    assert send(visitor, street, 1, "118.5").get_json()["saved"] and len(used(street, 1)) == 1
    lower = send(visitor, street, 2, "109").get_json()
    assert (lower["saved"], lower["asks"], "lower than last time (110)" in lower["told"][0]) == (False, False, True)
    asked = send(visitor, street, 2, "900").get_json()
    assert (asked["saved"], asked["asks"], used(street, 2)) == (False, True, [])
    assert send(visitor, street, 2, "900", reason="348").get_json()["asks"]  # the next number, typed too fast
    assert send(visitor, street, 2, "900", reason="burst pipe").get_json()["saved"]
    assert "not a number" in send(visitor, street, 3, "abc").get_json()["told"][0]
    assert "Fill in" in send(visitor, street, 3, "").get_json()["told"][0]
    rolled = send(visitor, street, 3, "5", rolled_over=1, reason="new dial").get_json()
    assert rolled["consumption"] == "99895"
    corrected = send(visitor, street, 1, "119", version=saved["version"]).get_json()
    assert (corrected["saved"], used(street, 1)[0][0]) == (True, "9.00")


def test_two_people_do_not_write_over_one_another(app: Any, street: MoneyOffice, visit: Any) -> None:
    cashier, steward = enter(app, visit, "cashier"), enter(app, visit, "steward1")
    first = send(cashier, street, 1, "118").get_json()
    theirs = send(steward, street, 1, "117").get_json()
    assert (theirs["saved"], theirs["theirs"], "Cashier has entered 118" in theirs["told"][0]) == (False, "118", True)
    assert used(street, 1)[0][0] == "8.00"
    assert send(steward, street, 1, "118").get_json()["saved"]
    assert send(steward, street, 1, "117", version=theirs["version"]).get_json()["saved"]
    stale = send(cashier, street, 1, "116", version=first["version"]).get_json()
    assert (stale["saved"], "Steward1 has entered 117" in stale["told"][0]) == (False, True)


def test_a_steward_has_his_own_buildings_only(app: Any, street: MoneyOffice, visit: Any) -> None:
    steward = enter(app, visit, "steward2")
    choices = steward.get("/meter-sheet/").get_data(as_text=True)
    assert "Sheets of 2026-10" in choices and "1 of 1 left" in choices and "4 of 4" not in choices
    assert f'<option value="{street.buildings["2"]}"' in choices
    assert f'<option value="{street.buildings["1"]}"' not in choices
    assert "1-1-101" not in steward.get(address(street)).get_data(as_text=True)
    assert send(steward, street, 1, "118").status_code == 404
    assert used(street, 1) == []
    assert send(steward, street, 5, "9", building=street.buildings["2"]).get_json()["saved"]


@pytest.mark.parametrize("who", ["frontdesk", "security", "engineer", "sales", "admin", "auditor", "director"])
def test_who_may_not_enter_readings(app: Any, street: MoneyOffice, visit: Any, who: str) -> None:
    visitor = enter(app, visit, who)
    assert "/meter-sheet/" not in visitor.get("/").get_data(as_text=True)
    assert visitor.get(address(street)).status_code == 403
    assert send(visitor, street, 1, "118").status_code == 403
    assert used(street, 1) == []


def test_a_whole_sheet_is_saved_without_script(app: Any, street: MoneyOffice, visit: Any) -> None:
    visitor = enter(app, visit, "cashier")
    sheet = {"building": street.buildings["1"], "kind": "water", "period": "2026-10", "read_on": "2026-10-31",
             "value-1": "118", "value-2": "10", "value-3": "115", "value-4": "", "version-1": "0"}  # fmt: skip
    answer = visitor.post("/meter-sheet/", sheet)
    text = answer.get_data(as_text=True)
    assert (answer.status_code, "10 is lower than last time" in text, "2 of 4 left" in text) == (422, True, True)
    assert 'name="value-2" value="10"' in text and 'name="value-1" value="118"' in text
    answer = visitor.post("/meter-sheet/", {**sheet, "value-2": "111"})
    assert answer.status_code == 302 and "1 of 4 left" in visitor.get(answer.location).get_data(as_text=True)
    assert (len(used(street, 1)), used(street, 2)[0][0]) == (1, "1.00")


@pytest.mark.parametrize(
    "query", ["building=1&kind=mud&period=2026-10", "building=1&kind=water&period=zz",
              "building=x&kind=water&period=2026-10", "building=999999&kind=water&period=2026-10"],
)  # fmt: skip
def test_strange_addresses_are_told_so(app: Any, street: MoneyOffice, visit: Any, query: str) -> None:
    assert enter(app, visit, "cashier").get(f"/meter-sheet/?{query}").status_code in (404, 422)


@pytest.mark.both_engines
def test_the_balance_is_drilled_down_to_readings(app: Any, street: MoneyOffice, visit: Any) -> None:
    with street.registry.connection():
        main = street.rows("meter", number="G1")[0].id
        for meter, value in ((main, "50"), (1, "118"), (2, "120"), (3, "121")):
            street.reading(meter, "2026-10", value)
    director = enter(app, visit, "director")
    text = director.get("/reports/meter_balance/?period=2026-10&kind=water").get_data(as_text=True)
    for words in ("50.00", "29.00", "21.00", "42.0", "2 unit meters are not read", "loss ÷ main meter"):
        assert words in text
    assert "meter.unit.building" in text
    assert director.get("/reports/meter_balance/export/csv/?period=2026-10&kind=water").status_code == 200
    assert enter(app, visit, "frontdesk").get("/reports/meter_balance/").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize(("width", "locale"), [(1280, "zh"), (390, "en")])
def test_a_sheet_is_filled_with_the_keyboard_alone(
    app: Any, street: MoneyOffice, serve: Any, signed_in: Any, width: int, locale: str
) -> None:
    with street.registry.connection():
        street.set("user", street.people["steward1"].id, locale=locale)
    page = signed_in(serve(app), "steward1", viewport={"width": width, "height": 800})
    page.goto(address(street))
    look(page)
    page.focus("[name=value-1]")

    def type_in(words: str) -> None:
        page.keyboard.type(words)
        page.keyboard.press("Enter")

    type_in("118")
    page.wait_for_selector("[data-line='1'].is-in")
    assert focused(page) == "value-3"
    page.keyboard.type("999")
    page.wait_for_selector("[data-line='3'].is-warned")
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=reason-3]:focus")
    look(page)
    type_in("120")
    page.wait_for_selector("[data-line='3'].is-wrong")
    page.wait_for_selector("[name=reason-3]:focus")
    page.wait_for_timeout(200)
    type_in("burst pipe")
    page.wait_for_selector("[data-line='3'].is-in")
    assert focused(page) == "value-4"
    type_in("109")
    page.wait_for_selector("[data-line='4'].is-wrong")
    page.wait_for_selector("[name=value-4]:focus")
    page.keyboard.press("Control+A")
    page.keyboard.type("119")
    page.keyboard.press("ArrowUp")
    page.wait_for_selector("[data-line='4'].is-in")
    assert focused(page) == "value-3"
    assert "1" in page.inner_text(".sheet-left") and "4" in page.inner_text(".sheet-left")
    page.reload()
    assert page.input_value("[name=value-3]") == "999" and page.input_value("[name=reason-3]") == "burst pipe"
    if width == 390:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        box = page.locator("[name=value-2]").bounding_box()
        assert box["height"] >= 44 and box["width"] >= 44
    assert [len(used(street, meter)) for meter in (1, 3, 4, 2)] == [1, 1, 1, 0]


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.name"))


def look(page: Any) -> None:
    """Nothing serious for people who cannot see or use a mouse."""
    found = Axe().run(page).response["violations"]
    assert [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")] == []
