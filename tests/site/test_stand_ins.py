"""Who stands in for a steward sees that steward's buildings on those days, their rounds and nothing more (P5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from models import jobs
from models.actor import Source
from tests.office.money import DAY, MoneyOffice, money_office
from tests.office.renovation import renovation_of
from tests.site.conftest import words


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    """Building 2 is steward2's: a sign, a household with a bill and a request, a vacant unit, works in progress."""
    made = money_office(office, clock, person)
    made.on("2026-11-16", "09:00")
    building = made.buildings["2"]
    made.make("sign", category="floor", building=building, place="Lobby", text="Mind the step", floor=1)
    home = made.unit("201", building="2", owner="王五")
    made.bill(home, period="2026Q3", amount="987.65", due_on="2026-08-31")
    made.make("service_request", kind="repair", channel="phone", matter="Dripping tap", unit=home,
              owner=made.people["frontdesk"].id)  # fmt: skip
    made.make("vacancy", unit=made.unit("202", building="2"), since_on=made.today - 30 * DAY)
    works = renovation_of(made)
    permit = works.submitted(unit=made.unit("203", building="2"))
    made.step("engineer", "renovation_permit", "approve", permit)
    made.step("steward2", "renovation_permit", "begin", permit)
    return made


@pytest.fixture
def enter(money: MoneyOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(money)


def turn(money: MoneyOffice) -> None:
    """The job of a new day."""
    spec = money.registry.schema.schedules["turn_stand_ins"]
    jobs.perform(money.registry, spec, money.registry.clock.now())


def rounds_of(money: MoneyOffice) -> dict[str, str]:
    """What a stand-in goes to, by address, and what stands there."""
    building = money.buildings["2"]
    [permit] = money.rows("renovation_permit", "number")
    empty = money.rows("vacancy", "unit")[0]["unit"]
    return {
        f"/signs/{building}/": "Mind the step", f"/renovation/{permit.id}/": "203",
        f"/rounds/vacant/{empty}/": "202", f"/building/details/?id={building}": "Steward2",
    }  # fmt: skip


def closed_to(money: MoneyOffice) -> list[str]:
    """What stays the steward's own: money, requests, letters."""
    bill, request = money.rows("bill", "unit")[0], money.rows("service_request", "unit")[0]
    return [f"/bill/details/?id={bill.id}", f"/service_request/details/?id={request.id}"]


def statuses(visitor: Any, addresses: Any) -> dict[str, int]:
    return {address: visitor.get(address).status_code for address in addresses}


def test_the_buildings_are_seen_on_those_days_and_on_no_others(
    money: MoneyOffice, enter: Callable[[str], Any]
) -> None:  # fmt: skip
    one, two, rounds = money.people["steward1"].id, money.people["steward2"].id, rounds_of(money)
    visitor, closed = enter("steward1"), dict.fromkeys(rounds, 404)
    assert statuses(visitor, rounds) == closed
    money.make("stand_in", person=two, by=one, starts_on=money.today + DAY, ends_on=money.today + 2 * DAY)
    turn(money)
    assert statuses(visitor, rounds) == closed, "not before the first day"
    money.on(money.today + DAY)
    turn(money)
    turn(money)
    for address, said in rounds.items():
        assert said in words(visitor.get(address)), address
    assert statuses(visitor, closed_to(money)) == dict.fromkeys(closed_to(money), 404)
    assert "987.65" not in words(visitor.get("/unit/details/?id=" + str(money.rows("bill", "unit")[0]["unit"])))
    assert statuses(enter("steward2"), rounds) == dict.fromkeys(rounds, 200), "who is away loses nothing"
    money.on(money.today + 2 * DAY)
    assert statuses(visitor, rounds) == closed, "not after the last day, also where the job is late"
    turn(money)
    assert statuses(visitor, rounds) == closed
    assert money.get("building", money.buildings["2"])["stand_in"] is None


def test_what_is_owed_can_be_done(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    one, two, building = money.people["steward1"].id, money.people["steward2"].id, money.buildings["2"]
    visitor = enter("steward1")
    assert visitor.post(f"/signs/{building}/", {"do": "fine"}).status_code == 404
    assert money.rows("sign_check", "by") == []
    stand_in = money.make("stand_in", person=two, by=one, starts_on=money.today, ends_on=money.today)
    assert visitor.post(f"/signs/{building}/", {"do": "fine"}).status_code == 303
    [permit] = money.rows("renovation_permit", "number")
    assert visitor.post(f"/renovation/{permit.id}/", {"do": "fine", "all_fine": "1"}).status_code in (302, 303)
    assert [row["by"] for row in money.rows("sign_check", "by")] == [one]
    assert len(money.rows("renovation_inspection", "permit")) == 1
    money.registry.store.delete(money.people["supervisor"], "stand_in", stand_in, Source("form"))
    assert money.get("building", building)["stand_in"] is None, "a stand-in that was taken back ends at once"
    assert visitor.get(f"/signs/{building}/").status_code == 404


def test_who_stands_in_for_a_stand_in_and_a_new_steward(money: MoneyOffice) -> None:
    one, two, three = (money.people[name].id for name in ("steward1", "steward2", "engineer"))
    building, day = money.buildings["2"], {"starts_on": money.today, "ends_on": money.today}
    money.make("stand_in", person=two, by=one, **day)
    money.make("stand_in", person=one, by=three, **day)
    assert money.get("building", building)["stand_in"] == three
    money.registry.store.update(money.people["supervisor"], "building", building, {"steward": one}, Source("form"))
    assert money.get("building", building)["stand_in"] == three
    money.registry.store.update(money.people["supervisor"], "building", building, {"steward": three}, Source("form"))
    assert money.get("building", building)["stand_in"] is None


def test_nobody_writes_it_by_hand(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    building, guard = money.buildings["2"], money.people["security"].id
    assert 'name="stand_in"' not in enter("supervisor").get(f"/building/edit/?id={building}").get_data(as_text=True)
    enter("supervisor").post(f"/building/edit/?id={building}", {"number": "2", "stand_in": str(guard), "version": "1"})
    assert money.get("building", building)["stand_in"] is None
