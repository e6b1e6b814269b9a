"""What one owes today at the site: by kind on top, stand-ins in another area, vacant units and visits (P3–P5)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from admin_views.desks.rounds_page import KEPT
from models import jobs
from models.actor import SYSTEM, Source
from tests.office.money import DAY, MoneyOffice, money_office
from tests.site.test_rounds import JPEG, TOKEN, at, enter, words

__all__ = ["enter"]


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def points(money: MoneyOffice) -> list[int]:
    """Two points in each building."""
    made = []
    for name in ("1", "2"):
        route = money.make("patrol_route", name=f"Route {name}", building=money.buildings[name])
        made += [money.make("patrol_point", route=route, name=f"Lobby {name}{n}", position=n) for n in (1, 2)]
    return made


def plan(money: MoneyOffice, kind: str, **values: Any) -> int:
    return money.make("round_plan", name=f"{kind} {values}"[:60], kind=kind, starts_on=money.today, **values)


# -- due today -------------------------------------------------------------------------------------


def test_where_nothing_is_due_that_is_said_and_the_points_are_there_all_the_same(
    money: MoneyOffice, points: list[int], enter: Callable[[str], Any]
) -> None:
    said = words(enter("steward1").get("/rounds/"))
    assert "Nothing is due for you today" in said and "Lobby 11" in said and "Lobby 21" not in said


def test_what_is_due_is_on_top_with_how_far_it_is(
    money: MoneyOffice, points: list[int], enter: Callable[[str], Any]
) -> None:
    plan(money, "patrol", building=money.buildings["1"])
    plan(money, "sign_check", building=money.buildings["1"])
    plan(money, "second_patrol", building=money.buildings["1"], person=money.people["supervisor"].id)
    steward = enter("steward1")
    before = words(steward.get("/rounds/"))
    assert "Building patrol 0 / 2" in before and "Sign check" in before and "Manager's patrol" not in before
    steward.post(at(money, points[0]), {"do": "fine"})
    after = words(steward.get("/rounds/"))
    assert "Building patrol 1 / 2 last 09:30" in after and "All done" not in after
    assert "Manager's patrol 0 / 2" in words(enter("supervisor").get("/rounds/"))


def test_routes_where_something_is_left_stand_before_those_that_are_done(
    money: MoneyOffice, points: list[int], enter: Callable[[str], Any]
) -> None:
    supervisor = enter("supervisor")
    said = words(supervisor.get("/rounds/"))
    assert said.index("Lobby 11") < said.index("Lobby 21")
    for point in points[:2]:
        supervisor.post(at(money, point), {"do": "fine"})
    said = words(supervisor.get("/rounds/"))
    assert said.index("Lobby 21") < said.index("Lobby 11") and "2 / 4" in said


def test_when_all_is_done_thanks_are_said(
    money: MoneyOffice, points: list[int], enter: Callable[[str], Any]
) -> None:  # fmt: skip
    plan(money, "patrol", building=money.buildings["1"])
    steward = enter("steward1")
    for point in points[:2]:
        steward.post(at(money, point), {"do": "fine"})
    page = steward.get("/rounds/")
    assert "All done, thank you" in words(page) and "Building patrol 2 / 2" in words(page)


def test_what_was_missed_and_can_still_be_made_up_for_is_said(
    money: MoneyOffice, points: list[int], enter: Callable[[str], Any]
) -> None:
    plan(money, "patrol", building=money.buildings["1"], every=7)
    steward, since = enter("steward1"), money.today
    money.on(since + timedelta(days=2))
    assert f"2 missed since {since}, to be made up for" in words(steward.get("/rounds/"))
    for point in points[:2]:
        steward.post(at(money, point), {"do": "fine"})
    assert "to be made up for" not in words(steward.get("/rounds/"))


def test_a_stand_in_walks_the_points_of_who_is_away_and_nobody_else_does(
    money: MoneyOffice, points: list[int], enter: Callable[[str], Any]
) -> None:
    plan(money, "patrol", building=money.buildings["2"])
    steward, path = enter("steward1"), at(money, points[2])
    assert steward.get(path).status_code == 404
    away, by = money.people["steward2"].id, money.people["steward1"].id
    money.make("stand_in", person=away, by=by, starts_on=money.today, ends_on=money.today)
    said = words(steward.get("/rounds/"))
    assert "Lobby 21" in said and "for Steward2" in said and "0 / 2" in said
    assert steward.get(path).status_code == 200
    done = steward.post(path, {"do": "found", "words-other": "Loose tile"})
    assert done.status_code == 303, words(done)
    assert "1 / 2" in words(steward.get(done.location))
    (patrol,) = money.rows("patrol", "point", "building", "by")
    assert (patrol["point"], patrol["building"], patrol["by"]) == (points[2], money.buildings["2"], by)
    assert len(money.rows("service_request")) == 1
    money.on(money.today + timedelta(days=1))
    jobs.perform(money.registry, money.registry.schema.schedules["turn_stand_ins"], money.registry.clock.now())
    assert steward.get(path).status_code == 404 and steward.post(path, {"do": "fine"}).status_code == 404


def test_a_phone_keeps_the_first_of_many_forms_and_says_so(
    money: MoneyOffice, points: list[int], enter: Callable[[str], Any]
) -> None:
    route = money.get("patrol_point", points[0])["route"]
    rows = [{"route": route, "name": f"Floor {n}", "position": n + 3} for n in range(KEPT)]
    money.registry.store.create_many(SYSTEM, "patrol_point", rows, Source("cli"))
    page = enter("steward1").get("/rounds/")
    kept = page.get_data(as_text=True).count('?from=list" data-keep')
    assert kept == KEPT and f"keeps the first {KEPT}" in words(page)


# -- vacant units ----------------------------------------------------------------------------------


def test_what_is_wrong_in_a_vacant_unit_becomes_a_request(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    unit = money.unit("101")
    money.make("vacancy", unit=unit, since_on=money.today, keys_held=True, water_off=True)
    guard, path = enter("security"), f"/rounds/vacant/{unit}/"
    form = words(guard.get(path))
    assert "keys with us" in form and "Water off" in form and "Gas on" in form
    sent = {"do": "found", "words": "Tap drips", "photos": (io.BytesIO(JPEG), "tap.jpg"), "_age": "600"}
    done = guard.post(path, sent, content_type="multipart/form-data")
    (found,) = money.rows("vacancy_round", "all_fine", "words", "photos", "request", "done_at")
    assert (found["all_fine"], found["words"], len(found["photos"])) == (False, "Tap drips", 1)
    assert found["done_at"] == money.registry.clock.now() - timedelta(minutes=10)
    assert money.get("service_request", found["request"])["unit"] == unit
    assert "What was found became a request" in words(guard.get(done.location))
    assert "Tap drips" in words(guard.get(path))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"do": "fine", "words": "Tap drips"}, "save it with the findings"), ({"do": "found"}, "say what was found"),
        ({"do": "fine", "_age": "-5"}, "clock was changed"),
        ({"do": "found", "photos": (io.BytesIO(b"MZ"), "odd.exe")}, "odd.exe"),
    ],
)  # fmt: skip
def test_a_round_of_a_vacant_unit_that_is_not_right_is_refused(
    money: MoneyOffice, enter: Callable[[str], Any], form: dict[str, Any], said: str
) -> None:
    unit = money.unit("101")
    money.make("vacancy", unit=unit, since_on=money.today)
    answer = enter("security").post(f"/rounds/vacant/{unit}/", dict(form), content_type="multipart/form-data")
    assert answer.status_code == 422 and said in words(answer) and money.rows("vacancy_round") == []


def test_a_unit_that_is_vacant_no_more_says_so_but_what_was_done_there_arrives(
    money: MoneyOffice, enter: Callable[[str], Any]
) -> None:
    unit, theirs = money.unit("101"), money.unit("201", "2")
    steward, path = enter("steward1"), f"/rounds/vacant/{unit}/"
    assert "not registered as vacant any more" in words(steward.get(path))
    assert "data-offline" not in steward.get(path).get_data(as_text=True)
    refused = steward.post(path, {"do": "fine"})
    assert refused.status_code == 422 and "not registered as vacant" in words(refused)
    money.make("vacancy", unit=unit, since_on=money.today - 9 * DAY, ended_on=money.today)
    assert steward.post(path, {"do": "fine", "_once": TOKEN, "_age": "60"}).status_code == 303
    assert steward.get(f"/rounds/vacant/{theirs}/").status_code == 404
    assert steward.post(f"/rounds/vacant/{theirs}/", {"do": "fine"}).status_code == 404
    assert len(money.rows("vacancy_round")) == 1


# -- visits ----------------------------------------------------------------------------------------


def test_a_visit_is_written_down_once_with_wishes_and_a_complaint(
    money: MoneyOffice, enter: Callable[[str], Any]
) -> None:
    unit = money.unit("101")
    owner = money.owners[unit]
    money.set("resident", owner, care=("elderly_alone",))
    steward, path = enter("steward1"), f"/rounds/visits/{unit}/"
    form = words(steward.get(f"{path}?resident={owner}"))
    assert "Who is called on?" in form and "Elderly" in form
    sent = {"resident": str(owner), "met": "met", "reason": "care", "wishes": "A handrail", "complaint": "Noise",
            "_once": TOKEN, "_age": "60"}  # fmt: skip
    first, second = (steward.post(path, sent) for _ in range(2))
    assert first.status_code == 303 and first.location == second.location
    (visit,) = money.rows("visit", "resident", "met", "wishes", "complaint", "request", "done_at")
    assert (visit["resident"], visit["met"], visit["wishes"]) == (owner, "met", "A handrail")
    assert visit["done_at"] == money.registry.clock.now() - timedelta(minutes=1)
    assert money.get("service_request", visit["request"])["kind"] == "complaint"
    assert "The complaint became a request" in words(steward.get(first.location))
    assert "A handrail · Noise" in words(steward.get(path))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"met": "nobody", "reason": "care", "wishes": "x"}, "nobody home"), ({"met": "zzz", "reason": "care"}, "zzz"),
        ({"met": "met", "reason": ""}, ""), ({"met": "met", "reason": "care", "_age": "-9"}, "clock was changed"),
    ],
)  # fmt: skip
def test_a_visit_that_is_not_right_is_refused(
    money: MoneyOffice, enter: Callable[[str], Any], form: dict[str, Any], said: str
) -> None:
    answer = enter("steward1").post(f"/rounds/visits/{money.unit('101')}/", form)
    assert answer.status_code == 422 and said in words(answer) and 'role="alert"' in answer.get_data(as_text=True)
    assert money.rows("visit") == []


def test_visits_of_another_area_and_by_who_makes_none_are_closed(
    money: MoneyOffice, enter: Callable[[str], Any]
) -> None:  # fmt: skip
    mine, theirs = money.unit("101"), money.unit("201", "2")
    sent = {"met": "met", "reason": "care"}
    assert enter("steward1").post(f"/rounds/visits/{theirs}/", sent).status_code == 404
    assert enter("security").get(f"/rounds/visits/{mine}/").status_code == 403
    assert money.rows("visit") == []


def test_how_many_visits_are_owed_shows_with_them(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    plan(money, "visit", area=money.people["steward1"].id, times=3)
    steward, unit = enter("steward1"), money.unit("101")
    assert "0 / 3" in words(steward.get("/rounds/visits/"))
    steward.post(f"/rounds/visits/{unit}/", {"met": "met", "reason": "routine"})
    assert "1 / 3" in words(steward.get("/rounds/visits/")) and "Visit 1 / 3" in words(steward.get("/rounds/"))
