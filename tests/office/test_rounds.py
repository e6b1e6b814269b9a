"""Rounds: points and their codes, patrols, findings that become one request, vacant units, visits (P1–P4)."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest

from models.actor import Source
from models.errors import Invalid, NotAllowed, Refused
from office.rounds.codes import POINT, point_of
from office.rounds.recording import FIRST, SECOND, Finding, kind_of, record_patrol
from tests.office.money import FORM, MoneyOffice

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 40


@pytest.fixture
def points(money: MoneyOffice) -> dict[str, int]:
    """A point in each building, and one in the grounds."""
    made = {}
    for name, building in (("1", money.buildings["1"]), ("2", money.buildings["2"]), ("grounds", None)):
        route = money.make("patrol_route", name=f"Route {name}", building=building)
        made[name] = money.make("patrol_point", route=route, name=f"Lobby {name}", place="by the lift",
                                subjects=("cleaning", "water"))  # fmt: skip
    return made


def record(money: MoneyOffice, who: str, point: int, *findings: Finding, kind: str = "", **more: Any) -> int:
    actor = money.people[who]
    return record_patrol(money.registry, actor, point, kind or kind_of(actor), findings, **more)


def photo(money: MoneyOffice, who: str, entity: str) -> str:
    return str(money.registry.files.put(money.people[who], entity, None, "leak.jpg", io.BytesIO(JPEG)))


# -- points ----------------------------------------------------------------------------------------


def test_a_point_lies_in_the_building_of_its_route(money: MoneyOffice, points: dict[str, int]) -> None:
    assert money.get("patrol_point", points["1"])["building"] == money.buildings["1"]
    assert money.get("patrol_point", points["grounds"])["building"] is None
    route = money.get("patrol_point", points["1"])["route"]
    with pytest.raises(Invalid, match="another building"):
        money.make("patrol_point", route=route, name="Roof", building=money.buildings["2"])


def test_a_code_opens_the_point_for_who_may_see_it_alone(money: MoneyOffice, points: dict[str, int]) -> None:
    token = money.registry.codes.sign(POINT, points["1"])
    seen = {who: point_of(money.registry, money.people[who], token) is not None
            for who in ("steward1", "steward2", "security", "supervisor")}  # fmt: skip
    assert seen == {"steward1": True, "steward2": False, "security": True, "supervisor": True}
    for forged in (money.registry.codes.sign("goods_exit", points["1"]), token[:-2] + "xx", "", "1", "ü" * 20):
        assert point_of(money.registry, money.people["supervisor"], forged) is None


# -- patrols ---------------------------------------------------------------------------------------


def test_a_patrol_knows_who_when_and_where(money: MoneyOffice, points: dict[str, int]) -> None:
    found = money.get("patrol", record(money, "steward1", points["1"], scanned=True))
    assert (found["by"], found["building"]) == (money.people["steward1"].id, money.buildings["1"])
    assert (found["kind"], found["scanned"], found["all_fine"]) == (FIRST, True, True)
    assert found["done_at"] == money.registry.clock.now()


@pytest.mark.parametrize(
    ("who", "kind", "place", "may"),
    [
        ("steward1", FIRST, "1", True), ("steward1", FIRST, "grounds", True), ("steward1", FIRST, "2", False),
        ("steward1", SECOND, "1", False), ("security", FIRST, "2", True), ("security", SECOND, "2", False),
        ("supervisor", SECOND, "1", True), ("director", SECOND, "2", True), ("supervisor", FIRST, "1", True),
        ("engineer", FIRST, "1", True), ("frontdesk", FIRST, "1", False), ("auditor", FIRST, "1", False),
        ("assistant", FIRST, "1", False), ("supervisor", "visit", "1", False),
    ],
)  # fmt: skip
def test_who_patrols_what(
    money: MoneyOffice, points: dict[str, int], who: str, kind: str, place: str, may: bool
) -> None:  # fmt: skip
    if may:
        assert money.get("patrol", record(money, who, points[place], kind=kind))["kind"] == kind
    else:
        with pytest.raises((Invalid, NotAllowed)):
            record(money, who, points[place], kind=kind)
        assert money.rows("patrol") == []


def test_a_round_is_not_done_tomorrow_nor_where_no_point_is_any_more(
    money: MoneyOffice, points: dict[str, int]
) -> None:  # fmt: skip
    now = money.registry.clock.now()
    with pytest.raises(Invalid, match="in the future"):
        record(money, "steward1", points["1"], at=now + timedelta(days=1))
    assert money.get("patrol", record(money, "steward1", points["1"], at=now - timedelta(hours=3)))["done_at"] < now
    money.set("patrol_point", points["1"], is_used=False)
    with pytest.raises(Invalid, match="not in use"):
        record(money, "steward1", points["1"])


def test_the_moment_and_the_person_are_not_written_by_hand(money: MoneyOffice, points: dict[str, int]) -> None:
    for name, value in (
        ("done_at", money.registry.clock.now()),
        ("by", money.people["steward2"].id),
        ("scanned", True),
    ):
        with pytest.raises(NotAllowed):
            money.registry.store.create(
                money.people["steward1"], "patrol", {"point": points["1"], name: value}, FORM
            )  # fmt: skip


# -- findings --------------------------------------------------------------------------------------


def test_a_finding_becomes_one_request_with_its_photo(money: MoneyOffice, points: dict[str, int]) -> None:
    key = photo(money, "steward1", "patrol_finding")
    patrol = record(money, "steward1", points["1"], Finding("water", "Pipe drips", (key,)), Finding("", "Graffiti"))
    leak, paint = money.rows("patrol_finding", "request", "subject", "building", "progress")
    assert money.get("patrol", patrol)["all_fine"] is False and money.get("patrol", patrol)["findings"] == 2
    request = money.get("service_request", leak["request"])
    assert (request["matter"], request["channel"], request["trade"]) == ("Pipe drips", "patrol", "plumbing")
    assert (request["building"], request["place"]) == (money.buildings["1"], "Lobby 1 by the lift")
    assert request["owner"] == money.people["steward1"].id and request["origin"] == f"patrol_finding:{leak.id}"
    (copy,) = money.registry.files.named("service_request", request["photos"])
    assert money.registry.files.path(copy).read_bytes() == JPEG
    assert paint["subject"] is None and paint["request"] not in (None, leak["request"])
    assert leak["progress"] == request["state"]


def test_a_finding_saved_again_makes_no_second_request(money: MoneyOffice, points: dict[str, int]) -> None:
    record(money, "security", points["2"], Finding("power", "Lamp out"))
    (finding,) = money.rows("patrol_finding", "request")
    first = finding["request"]
    money.set("patrol_finding", finding.id, what="Two lamps out")
    money.set("patrol_finding", finding.id, request=None)
    assert money.get("patrol_finding", finding.id)["request"] == first
    assert len(money.rows("service_request")) == 1


def test_a_finding_is_added_by_who_made_the_round(money: MoneyOffice, points: dict[str, int]) -> None:
    patrol = record(money, "security", points["1"])
    with pytest.raises(Refused, match="made the round"):
        money.registry.store.create(
            money.people["supervisor"], "patrol_finding", {"patrol": patrol, "what": "Dust"}, FORM
        )  # fmt: skip


def test_what_is_refused_leaves_nothing(money: MoneyOffice, points: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        record(money, "steward1", points["1"], Finding("water", "Drip"), Finding("no such", "Drip"))
    assert (money.rows("patrol"), money.rows("patrol_finding"), money.rows("service_request")) == ([], [], [])


# -- vacant units and visits -------------------------------------------------------------------------


def test_what_is_wrong_in_a_vacant_unit_is_its_request(money: MoneyOffice) -> None:
    unit = money.unit("101")
    vacancy = money.make("vacancy", unit=unit, since_on=money.today)
    store, guard = money.registry.store, money.people["security"]
    with pytest.raises(Invalid, match="say what was found"):
        store.create(guard, "vacancy_round", {"unit": unit, "all_fine": False}, FORM)
    with pytest.raises(Invalid, match="untick"):
        store.create(guard, "vacancy_round", {"unit": unit, "words": "Wet"}, FORM)
    fine = store.create(guard, "vacancy_round", {"unit": unit}, FORM)
    wet = store.create(guard, "vacancy_round", {"unit": unit, "all_fine": False, "words": "Wet floor"}, FORM)
    assert money.get("vacancy_round", fine)["request"] is None
    found = money.get("vacancy_round", wet)
    assert (found["vacancy"], found["by"]) == (vacancy, guard.id)
    request = money.get("service_request", found["request"])
    assert (request["unit"], request["matter"], request["kind"]) == (unit, "Wet floor", "repair")


def test_a_complaint_of_a_visit_is_one_request_a_wish_none(money: MoneyOffice) -> None:
    unit = money.unit("101")
    steward, store = money.people["steward1"], money.registry.store
    wish = store.create(steward, "visit", {"unit": unit, "wishes": "A bench"}, FORM)
    id = store.create(
        steward, "visit", {"unit": unit, "resident": money.owners[unit], "complaint": "Noise at night\nsince May"}, FORM
    )
    assert money.get("visit", wish)["request"] is None
    request = money.get("service_request", money.get("visit", id)["request"])
    assert (request["kind"], request["matter"], request["caller"]) == (
        "complaint",
        "Noise at night",
        money.owners[unit],
    )
    assert "since May" in request["details"] and request["unit"] == unit
    money.set("visit", id, wishes="Quiet")
    assert len(money.rows("service_request")) == 1
    with pytest.raises(Invalid, match="nobody home"):
        store.create(steward, "visit", {"unit": unit, "met": "nobody", "wishes": "A bench"}, FORM)


def test_a_steward_visits_in_the_own_area_alone(money: MoneyOffice) -> None:
    theirs = money.unit("101", "2")
    for entity in ("visit", "vacancy_round"):
        with pytest.raises((Invalid, NotAllowed)):
            money.registry.store.create(money.people["steward1"], entity, {"unit": theirs}, Source("form"))
        assert money.rows(entity) == []


def test_since_when_a_unit_is_vacant_is_put_right_by_the_supervisor(money: MoneyOffice) -> None:
    """Else what was missed there would be gone (P5)."""
    store, since = money.registry.store, money.today - timedelta(days=20)
    vacancy = money.make("vacancy", unit=money.unit("101"), since_on=since)
    for change in ({"since_on": money.today}, {"unit": money.unit("102")}):
        with pytest.raises(Invalid):
            store.update(money.people["steward1"], "vacancy", vacancy, change, FORM)
    store.update(money.people["steward1"], "vacancy", vacancy, {"water_off": True, "ended_on": money.today}, FORM)
    store.update(money.people["supervisor"], "vacancy", vacancy, {"since_on": money.today}, FORM)
