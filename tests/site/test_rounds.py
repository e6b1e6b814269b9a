"""The rounds at the site: who sees which points, what a code tells, one tap, findings, and what comes twice (P1–P4)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from office.rounds.codes import POINT, VACANT
from tests.office.money import ROLES, MoneyOffice, money_office
from tests.site.conftest import PASSWORD, words

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 40
PATROL = {"director", "supervisor", "steward", "engineer", "security"}
VISIT = {"director", "assistant", "supervisor", "steward"}
TOKEN = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def points(money: MoneyOffice) -> dict[str, int]:
    """A point in each building."""
    made = {}
    for name in ("1", "2"):
        route = money.make("patrol_route", name=f"Route {name}", building=money.buildings[name])
        made[name] = money.make("patrol_point", route=route, name=f"Lobby {name}", subjects=("cleaning", "water"))
    return made


@pytest.fixture
def enter(money: MoneyOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(money)


def at(money: MoneyOffice, point: int, kind: str = POINT) -> str:
    return f"/rounds/{'p' if kind == POINT else 'v'}/{money.registry.codes.sign(kind, point)}/"


@pytest.mark.parametrize("who", sorted(set(ROLES) - {"cashier2", "steward2"}))
def test_who_makes_rounds(money: MoneyOffice, points: dict[str, int], enter: Callable[[str], Any], who: str) -> None:
    visitor, role = enter(who), ROLES[who]
    lists = {path: visitor.get(path).status_code for path in ("/rounds/", "/rounds/vacant/", "/rounds/visits/")}
    may = role in PATROL
    assert lists["/rounds/"] == (200 if may else 302 if role in VISIT else 403)
    assert (lists["/rounds/vacant/"], lists["/rounds/visits/"]) == (200 if may else 403, 200 if role in VISIT else 403)
    path = at(money, points["1"])
    assert visitor.get(path).status_code == (200 if may else 403)
    assert visitor.post(path, {"do": "fine"}).status_code == (303 if may else 403)
    assert len(money.rows("patrol")) == may


def test_all_fine_is_one_tap_and_shows_with_its_time(
    money: MoneyOffice, points: dict[str, int], enter: Callable[[str], Any]
) -> None:
    steward = enter("steward1")
    before = words(steward.get("/rounds/"))
    assert "Lobby 1" in before and "Lobby 2" not in before and "0 / 1" in before
    done = steward.post(at(money, points["1"]), {"do": "fine", "by": "code"})
    said = words(steward.get(done.location))
    assert "Written down" in said and "1 / 1" in said and "09:30" in said
    (patrol,) = money.rows("patrol", "scanned", "kind", "all_fine")
    assert (patrol["scanned"], patrol["kind"], patrol["all_fine"]) == (True, "patrol", True)


def test_managers_make_the_second_round_and_it_is_counted_apart(
    money: MoneyOffice, points: dict[str, int], enter: Callable[[str], Any]
) -> None:
    enter("steward1").post(at(money, points["1"]), {"do": "fine"})
    supervisor = enter("supervisor")
    assert "0 / 2" in words(supervisor.get("/rounds/"))
    supervisor.post(at(money, points["1"]), {"do": "fine", "kind": "second_patrol"})
    assert "1 / 2" in words(supervisor.get("/rounds/"))
    forged = enter("security").post(at(money, points["1"]), {"do": "fine", "kind": "second_patrol"})
    assert forged.status_code == 422 and "supervisor or the director" in words(forged)
    assert [one["kind"] for one in money.rows("patrol", "kind")] == ["patrol", "second_patrol"]


def test_a_finding_with_a_photo_leads_to_its_request(
    money: MoneyOffice, points: dict[str, int], enter: Callable[[str], Any]
) -> None:
    steward, path = enter("steward1"), at(money, points["1"])
    form = {"do": "found", "words-water": "Pipe drips", "photos-other": (io.BytesIO(JPEG), "odd.jpg"),
            "words-gas": "not of this point"}  # fmt: skip
    done = steward.post(path, form, content_type="multipart/form-data")
    water, other = money.rows("patrol_finding", "what", "subject", "photos", "request")
    assert (water["what"], water["subject"], water["photos"]) == ("Pipe drips", "water", None)
    assert (other["what"], other["subject"], len(other["photos"])) == ("Something else: see the photo", None, 1)
    number = money.get("service_request", water["request"])["number"]
    said = words(steward.get(done.location))
    assert number in said and "New" in said
    assert "Pipe drips" in words(steward.get(path))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"do": "fine", "words-water": "Drip"}, "save it with the findings"), ({"do": "found"}, "Say what is not fine"),
        ({"do": "fine", "words-other": "Odd"}, "or clear it"),
        ({"do": "fine", "_age": "-5"}, "clock was changed"), ({"do": "fine", "_age": "x"}, "clock was changed"),
        ({"do": "fine", "_age": str(8 * 86400)}, "older than 7 days"), ({"do": "fine", "kind": "visit"}, "patrols"),
        ({"do": "fine", "kind": "zzz"}, "zzz"),
        ({"do": "found", "photos-water": (io.BytesIO(b"MZ"), "odd.exe")}, "odd.exe"),
    ],
)  # fmt: skip
def test_what_is_not_right_is_said_and_nothing_is_written(
    money: MoneyOffice, points: dict[str, int], enter: Callable[[str], Any], form: dict[str, Any], said: str
) -> None:
    answer = enter("steward1").post(at(money, points["1"]), dict(form), content_type="multipart/form-data")
    assert answer.status_code == 422
    assert said in words(answer) and 'role="alert"' in answer.get_data(as_text=True)
    assert (money.rows("patrol"), money.rows("patrol_finding")) == ([], [])


def test_a_forged_code_and_one_of_another_area_look_alike_and_tell_nothing(
    money: MoneyOffice, points: dict[str, int], enter: Callable[[str], Any]
) -> None:
    steward, other = enter("steward1"), at(money, points["2"])
    pages = []
    for path in (other, other[:-3] + "xx/", "/rounds/p/1/", at(money, money.unit("101", "2"), VACANT)):
        answer = steward.get(path)
        assert answer.status_code == 404 and "opens no point for you" in words(answer)
        pages.append(words(answer))
        if "/p/" in path:
            assert steward.post(path, {"do": "fine"}).status_code == 404
    assert len(set(pages)) == 1 and "Lobby" not in pages[0] and money.rows("patrol") == []


def test_a_code_scanned_by_somebody_who_is_signed_out_leads_back_after_signing_in(
    money: MoneyOffice, points: dict[str, int], site_of: Any, visit: Any
) -> None:
    visitor, path = visit(site_of(money.registry)), at(money, points["1"])
    money.registry.accounts.set_password(money.people["steward1"].id, PASSWORD)
    first = visitor.get(path)
    assert first.status_code == 302 and "/login?next=" in first.location
    assert visitor.sign_in("steward1", next=path).location.endswith(path)


def test_what_comes_twice_is_written_once_and_dated_when_it_was_done(
    money: MoneyOffice, points: dict[str, int], enter: Callable[[str], Any]
) -> None:
    steward = enter("steward1")
    form = {"do": "found", "words-water": "Drip", "_once": TOKEN, "_age": "7200"}
    first, second = (steward.post(at(money, points["1"]), form) for _ in range(2))
    assert first.location == second.location
    (patrol,) = money.rows("patrol", "done_at")
    assert patrol["done_at"] == money.registry.clock.now() - timedelta(hours=2)
    assert len(money.rows("service_request")) == len(money.rows("patrol_finding")) == 1


def test_pages_for_the_pocket_may_be_kept(
    money: MoneyOffice, points: dict[str, int], enter: Callable[[str], Any]
) -> None:  # fmt: skip
    steward = enter("steward1")
    for path in ("/rounds/", "/rounds/vacant/", "/rounds/visits/", at(money, points["1"]), "/visit/new/"):
        assert steward.get(path).headers["X-Keep"] == str(money.people["steward1"].id)


def test_the_frail_come_first_and_the_longest_not_met(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    now = money.registry.clock.now()
    for n, (care, last) in enumerate(((None, None), ("ill", 5), ("elderly_alone", None), ("disabled", 40), (None, 10))):
        unit = money.unit(f"10{n}")
        money.set("resident", money.owners[unit], care=(care,) if care else None)
        if last is not None:
            money.make("visit", unit=unit, done_at=now - timedelta(days=last), by=money.people["steward1"].id)
    nobody = money.unit("109")
    money.make("visit", unit=nobody, met="nobody", by=money.people["steward1"].id)
    theirs = money.unit("201", "2")
    money.set("resident", money.owners[theirs], care=("ill",))
    said = words(enter("steward1").get("/rounds/visits/"))
    order = [said.index(room) for room in ("1-1-102", "1-1-103", "1-1-101", "1-1-100", "1-1-109")]
    assert order == sorted(order) and "1-1-104" not in said and "2-1-201" not in said
    assert "1 / 3" in said


def test_vacant_units_are_ticked_and_their_sheet_s_code_opens_the_form(
    money: MoneyOffice, enter: Callable[[str], Any]
) -> None:
    unit = money.unit("101")
    money.make("vacancy", unit=unit, since_on=money.today)
    guard = enter("security")
    assert "0 / 1" in words(guard.get("/rounds/vacant/"))
    form = guard.get(at(money, unit, VACANT)).location
    assert form.endswith(f"/rounds/vacant/{unit}/") and guard.get(form).status_code == 200
    done = guard.post(form, {"do": "fine", "_once": TOKEN})
    assert done.location == guard.post(form, {"do": "fine", "_once": TOKEN}).location
    said = words(guard.get(done.location))
    assert "1 / 1" in said and "Written down: 1-1-101, 09:30" in said
    tomorrow = guard.post("/vacancy_round/new/", {"unit": str(unit), "all_fine": "1", "done_at": "2027-01-01 08:00"})
    assert tomorrow.status_code == 403 and len(money.rows("vacancy_round")) == 1


def test_the_page_costs_the_same_for_one_point_and_for_many(
    money: MoneyOffice, points: dict[str, int], enter: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    steward = enter("steward1")
    asked: list[str] = []
    execute = type(money.registry.db).execute_sql

    def count(self: Any, sql: str, *given: Any, **more: Any) -> Any:
        asked.append(sql)
        return execute(self, sql, *given, **more)

    def cost(path: str) -> int:
        steward.get(path)
        asked.clear()
        assert steward.get(path).status_code == 200
        return len(asked)

    monkeypatch.setattr(type(money.registry.db), "execute_sql", count)
    pages = ("/rounds/", "/rounds/vacant/", "/rounds/visits/")

    def one_more(n: int) -> None:
        unit = money.unit(f"3{n:02}")
        money.set("resident", money.owners[unit], care=("ill",))
        money.make("vacancy", unit=unit, since_on=money.today)
        route = money.get("patrol_point", points["1"])["route"]
        point = money.make("patrol_point", route=route, name=f"Floor {n}", position=n + 2)
        money.make("patrol", point=point, by=money.people["steward1"].id)
        money.make("visit", unit=unit, by=money.people["steward1"].id)
        money.make("vacancy_round", unit=unit, by=money.people["steward1"].id)

    one_more(0)
    one_more(1)
    few = [cost(path) for path in pages]
    for n in range(2, 14):
        one_more(n)
    assert [cost(path) for path in pages] == few
