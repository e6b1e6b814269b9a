"""The door of an activity: who may tick, what is found, taps that come twice, few queries; in Chromium, too (S14)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.office.money import ROLES, MoneyOffice, money_office
from tests.site.conftest import PASSWORD, words

AT_THE_DOOR = {"director", "assistant", "supervisor", "steward", "frontdesk"}
DESKTOP = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}
SMALL = """() => [...document.querySelectorAll('main .door-rows :is(a, button), main .door-find :is(input, button)')]
  .map((one) => [one.getBoundingClientRect(), one.outerHTML.slice(0, 90)])
  .filter(([box]) => box.width && (box.height < 43.5 || box.width < 43.5)).map(([_, words]) => words)"""


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    made = money_office(office, clock, person)
    made.on(made.today, "14:30")
    return made


@pytest.fixture
def enter(money: MoneyOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(money)


def party(money: MoneyOffice, rooms: int = 3) -> tuple[int, list[int]]:
    """(activity of today, its sign-ups of rooms 101, 102, …)."""
    id = money.make("activity", name="Tea party", place="Hall", starts_at=money.clock.now() - timedelta(minutes=30),
                    state="open", points=5)  # fmt: skip
    made = []
    for n in range(rooms):
        unit = money.unit(str(101 + n), owner=f"云{n}")
        values = {"activity": id, "unit": unit, "resident": money.owners[unit], "people": 2}
        made.append(money.make("activity_signup", **values))
    return id, made


@pytest.mark.parametrize("who", sorted(ROLES))
def test_who_ticks_at_the_door(money: MoneyOffice, enter: Callable[[str], Any], who: str) -> None:
    id, (signup, *_) = party(money, 1)
    visitor, may = enter(who), ROLES[who] in AT_THE_DOOR
    assert visitor.get("/attendance/").status_code == (200 if may else 403)
    assert visitor.get(f"/attendance/{id}/").status_code == (200 if may else 403)
    sees = may and who != "steward2"
    assert visitor.post(f"/attendance/{id}/{signup}/", {"do": "tick_attended"}).status_code == (
        303 if sees else 404 if may else 403
    )
    assert money.get("activity_signup", signup)["state"] == ("attended" if sees else "signed")


def test_a_tap_ticks_counts_and_is_taken_back(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    id, (first, second, _) = party(money)
    desk = enter("frontdesk")
    assert "0 of 6 people are here" in words(desk.get(f"/attendance/{id}/"))
    desk.post(f"/attendance/{id}/{first}/", {"do": "tick_attended"})
    desk.post(f"/attendance/{id}/{first}/", {"do": "tick_attended"})
    desk.post(f"/attendance/{id}/{second}/", {"do": "tick_absent"})
    assert "2 of 6 people are here" in words(desk.get(f"/attendance/{id}/"))
    assert money.get("activity_signup", second)["state"] == "absent"
    desk.post(f"/attendance/{id}/{first}/", {"do": "untick_signup"})
    found = money.get("activity_signup", first)
    assert (found["state"], found["came"], found["ticked_by"]) == ("signed", None, None)
    other = money.make("activity", name="Other", state="open")
    assert desk.post(f"/attendance/{other}/{first}/", {"do": "tick_attended"}).status_code == 404


def test_a_room_or_a_name_is_found_and_nothing_is_said_in_a_sentence(
    money: MoneyOffice, enter: Callable[[str], Any]
) -> None:
    id, _ = party(money)
    desk = enter("frontdesk")
    assert "1-1-102" in words(desk.get(f"/attendance/{id}/?q=102"))
    assert "1-1-101" not in words(desk.get(f"/attendance/{id}/?q=云1"))
    assert "Nobody expected fits “zzz”" in words(desk.get(f"/attendance/{id}/?q=zzz"))
    assert "Nobody has signed up" in words(desk.get(f"/attendance/{money.make('activity', name='New', state='open')}/"))
    assert "Tea party" in words(desk.get("/attendance/"))
    money.set("activity", id, state="archived")
    answer = desk.get(f"/attendance/{id}/").get_data(as_text=True)
    assert "tick_attended" not in answer
    assert "No activity today" in words(desk.get("/attendance/"))


def test_a_long_list_costs_no_more_queries_than_a_short_one(
    money: MoneyOffice, enter: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    id, _ = party(money, 2)
    desk = enter("frontdesk")
    desk.get(f"/attendance/{id}/")
    run, asked = type(money.registry.db).execute_sql, [0]

    def count(self: Any, *args: Any, **kwargs: Any) -> Any:
        asked[0] += 1
        return run(self, *args, **kwargs)

    monkeypatch.setattr(type(money.registry.db), "execute_sql", count)
    costs = []
    for many in (0, 20):
        for n in range(many):
            money.make("activity_signup", activity=id, unit=money.unit(str(201 + n)))
        asked[0] = 0
        assert desk.get(f"/attendance/{id}/").status_code == 200
        costs.append(asked[0])
    assert costs[0] == costs[1]


# -- in a browser ----------------------------------------------------------------------------------


@pytest.fixture
def open_page(money: MoneyOffice, site_of: Any, serve: Any, signed_in: Any) -> Callable[..., Any]:
    address = serve(site_of(money.registry))

    def go_in(who: str, device: dict[str, Any]) -> Any:
        money.registry.accounts.set_password(money.people[who].id, PASSWORD)
        return signed_in(address, who, **device)

    return go_in


@pytest.mark.browser
def test_a_clerk_ticks_by_room_number_with_the_keyboard_alone(
    money: MoneyOffice, open_page: Callable[..., Any]
) -> None:
    id, (_, second, _) = party(money)
    page = open_page("frontdesk", DESKTOP)
    page.goto(f"/attendance/{id}/")
    page.focus("[name=q]")
    page.keyboard.type("102")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=102")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#attended")
    assert money.get("activity_signup", second)["state"] == "attended"


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_door_is_whole_on_a_phone(
    money: MoneyOffice, open_page: Callable[..., Any], device: dict[str, Any], locale: str
) -> None:
    id, (first, *_) = party(money)
    money.act("frontdesk", "activity_signup", "tick_attended", first)
    money.set("user", money.people["frontdesk"].id, locale=locale)
    page = open_page("frontdesk", device)
    for path in ("/attendance/", f"/attendance/{id}/", f"/attendance/{id}/?q=102", f"/attendance/{id}/?q=zzz"):
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        assert page.evaluate("document.documentElement.scrollWidth") <= device["viewport"]["width"], path
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == [], path
        assert page.evaluate(SMALL) == [] or device is DESKTOP
