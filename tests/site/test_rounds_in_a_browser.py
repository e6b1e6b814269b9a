"""Rounds on a phone without signal: ten checks and two photos arrive once; thumbs, widths and axe (P1, P2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from models import open_office
from models.actor import SYSTEM, Source
from models.clock import StoppedClock
from models.query import Query
from office.rounds.codes import point_path
from tests.office.money import MoneyOffice, money_office
from tests.site.conftest import PASSWORD, ROOT, wait_until_kept
from tests.site.test_outbox_in_a_browser import Server

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}
SMALL = """() => [...document.querySelectorAll(
  'main a, main button, main summary, main label:has(input[type=radio]), main input[type=file], main textarea')]
  .filter(one => !one.closest('ol') && one.checkVisibility() && one.getBoundingClientRect().height < 43.5)
  .map(one => one.textContent.trim() || one.name)"""


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def points(money: MoneyOffice) -> list[int]:
    return made_points(money)


def made_points(money: MoneyOffice) -> list[int]:
    """Five points of steward1, with two things to look at each."""
    steward = money.people["steward1"].id
    money.registry.store.update(SYSTEM, "user", steward, {"locale": "en"}, Source("cli"))
    money.registry.accounts.set_password(steward, PASSWORD)
    route = money.make("patrol_route", name="Building 1", building=money.buildings["1"])
    return [
        money.make("patrol_point", route=route, name=f"Floor {n}", position=n, subjects=("cleaning", "water"))
        for n in range(1, 6)
    ]


@pytest.fixture
def address(money: MoneyOffice, site_of: Any, serve: Callable[[Any], str]) -> str:
    return serve(site_of(money.registry))


@pytest.fixture
def photo(tmp_path: Path, browser: Any) -> Path:
    page = browser.new_page(viewport={"width": 60, "height": 40})
    page.set_content("<body style='background:teal'></body>")
    page.screenshot(path=str(tmp_path / "leak.jpg"), type="jpeg")
    page.close()
    return tmp_path / "leak.jpg"


def walk(page: Any, n: int, photo: Path) -> None:
    """The n-th check of a round: all fine, or a drip with a photo at the third and the eighth."""
    page.goto("/rounds/")
    page.click(f".round-row:has-text('Floor {n % 5 + 1}')")
    if n in (2, 7):
        page.click(".round-item summary:has-text('Water')")
        page.fill("[name=words-water]", f"Drip {n}")
        page.set_input_files("[name=photos-water]", str(photo))
        page.click("text=Save what was found")
    else:
        assert page.locator(".round-save-fine").count(), (n, page.url, page.text_content("main")[:700])
        page.click("text=All fine")
    page.wait_for_url("**/waiting/*")


def ready(page: Any, *forms: str) -> Any:
    """The list and the forms of the day, opened with signal, so that they are there without."""
    page.goto("/rounds/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/rounds/")
    wait_until_kept(page, "/rounds/", "/waiting/", *forms)
    return page


def arrived(registry: Any) -> tuple[list[int], list[tuple[str, int]], list[int]]:
    """The points in the order in which they came, what was found with the number of photos, photos of each request."""
    with registry.connection():
        stream = registry.scope.stream
        patrols = [one["point"] for one in stream(SYSTEM, "patrol", Query(sort="id", columns=("point",)))]
        asked = Query(sort="id", columns=("what", "photos", "request"))
        found = [(one["what"], len(one["photos"]), one["request"]) for one in stream(SYSTEM, "patrol_finding", asked)]
        requests = {one.id: one["photos"] for one in stream(SYSTEM, "service_request", Query(columns=("photos",)))}
    assert sorted(request for _, _, request in found) == sorted(requests)
    return patrols, [one[:2] for one in found], [len(photos) for photos in requests.values()]


@pytest.mark.browser
def test_ten_checks_and_two_photos_without_signal_arrive_once(
    money: MoneyOffice, points: list[int], address: str, signed_in: Any, photo: Path
) -> None:
    forms = [f"{point_path(money.registry, point)}?from=list" for point in points]
    page = ready(signed_in(address, "steward1", **PHONE), *forms)
    page.context.set_offline(True)
    for n in range(10):
        walk(page, n, photo)
    page.wait_for_function("() => document.querySelectorAll('[data-entries] > li').length === 10")
    assert "Floor 5" in page.text_content("[data-entries]")
    page.goto("/rounds/")
    page.wait_for_function("() => document.querySelectorAll('.round-row.is-waiting').length === 5")
    assert page.is_visible(".round-waits >> nth=0") and money.rows("patrol") == []
    page.goto("/waiting/")
    page.context.set_offline(False)
    page.wait_for_function("() => document.querySelectorAll('[data-entries] .chip-green').length === 10")
    ten = [points[n % 5] for n in range(10)]
    assert arrived(money.registry) == (ten, [("Drip 2", 1), ("Drip 7", 1)], [1, 1])
    moments = [one["done_at"] for one in money.rows("patrol", "done_at")]
    assert moments == sorted(moments) and moments[0] < moments[-1] <= money.registry.clock.now()
    page.goto("/rounds/")
    assert "5 / 5" in page.text_content("main") and page.locator(".round-row.is-waiting").count() == 0


@pytest.mark.browser
def test_a_server_that_dies_in_between_gets_each_check_once_with_its_moment(
    office_schema: Any, tmp_path: Path, person: Callable[..., Any], signed_in: Any, photo: Path
) -> None:
    var = tmp_path / "var"
    registry = open_office(office_schema, var)
    at_home = money_office(registry, StoppedClock(office_schema.office.timezone, registry.clock.now()), person)
    points = made_points(at_home)
    forms = [f"{point_path(registry, point)}?from=list" for point in points]
    registry.close()
    server = Server(var, tmp_path / "log", ROOT / "schema.yaml")
    page = ready(signed_in(server.address, "steward1", **PHONE), *forms)
    page.context.set_offline(True)
    moments = []
    for n in range(10):
        walk(page, n, photo)
        moments.append(datetime.now(UTC))
    sent = []

    def kill_after_the_third(route: Any) -> None:
        """The third, with its photo, is written, but its answer never comes: the server is killed first."""
        if route.request.method != "POST":
            route.continue_()
            return
        sent.append(route.request.url)
        if len(sent) == 3:
            route.fetch()
            server.kill()
            route.abort()
            sent.append("cut")
        else:
            route.continue_()

    page.route("**/rounds/p/**", kill_after_the_third)
    page.context.set_offline(False)
    page.wait_for_function("() => document.querySelectorAll('[data-entries] .chip-green').length === 2")
    while "cut" not in sent:
        page.wait_for_timeout(50)
    page.unroute("**/rounds/p/**")
    server.start()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_function("() => document.querySelectorAll('[data-entries] .chip-green').length === 10")
    server.kill()
    registry = open_office(office_schema, var)
    assert arrived(registry) == ([points[n % 5] for n in range(10)], [("Drip 2", 1), ("Drip 7", 1)], [1, 1])
    with registry.connection():
        done = [
            one["done_at"] for one in registry.scope.stream(SYSTEM, "patrol", Query(sort="id", columns=("done_at",)))
        ]
    assert all(abs(at - said) < timedelta(seconds=5) for at, said in zip(done, moments, strict=True))
    registry.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_are_for_a_thumb_and_for_everybody(
    money: MoneyOffice, points: list[int], address: str, signed_in: Any, width: int
) -> None:
    unit = money.unit("101")
    money.set("resident", money.owners[unit], care=("elderly_alone", "ill"))
    empty = money.unit("102")
    money.make("vacancy", unit=empty, since_on=money.today, condition="watch")
    money.make("round_plan", name="Daily", kind="patrol", building=money.buildings["1"], starts_on=money.today)
    page = signed_in(address, "steward1", **PHONE | {"viewport": {"width": width, "height": 844}})
    form = point_path(money.registry, points[0])
    homes = (f"/rounds/vacant/{empty}/", f"/rounds/visits/{unit}/", f"/rounds/vacant/{unit}/")
    lists = ("/rounds/", "/rounds/vacant/", "/rounds/visits/")
    for path in (*lists, form, *homes, "/rounds/p/forged/", "/waiting/"):
        page.goto(path)
        for item in page.locator(".round-item > summary, .round-others > summary").all():
            item.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(SMALL) == [], path
        serious = [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        assert serious == [], path


@pytest.mark.browser
def test_lists_with_nothing_on_them_and_the_manager_s_form_are_for_a_thumb_too(
    money: MoneyOffice, points: list[int], address: str, signed_in: Any
) -> None:
    for who in ("steward2", "supervisor"):
        money.registry.accounts.set_password(money.people[who].id, PASSWORD)
    empty = [(path, "steward2") for path in ("/rounds/", "/rounds/vacant/", "/rounds/visits/")]
    page, last = None, ""
    for path, who in (*empty, ("/rounds/", "supervisor"), (point_path(money.registry, points[0]), "supervisor")):
        page = page if who == last else signed_in(address, who, **PHONE)
        last = who
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert page.evaluate(SMALL) == [], path
        serious = [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        assert serious == [], path


@pytest.mark.browser
def test_a_round_is_made_by_keys_alone(money: MoneyOffice, points: list[int], address: str, signed_in: Any) -> None:
    page = signed_in(address, "steward1", locale="en-GB")
    page.goto(point_path(money.registry, points[0]))
    page.focus(".round-item summary:has-text('Cleaning')")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Dust")
    page.focus("text=Save what was found")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rounds/?done=*")
    assert [one["what"] for one in money.rows("patrol_finding", "what")] == ["Dust"]
    assert "Dust" in page.text_content(".round-just")
