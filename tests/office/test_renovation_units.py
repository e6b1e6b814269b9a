"""The state of a unit goes with its works: renovating from their beginning until they are accepted or ended (A2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models import jobs
from models.actor import SYSTEM, Source
from office.renovation.units import state_back
from tests.office.money import DAY, MoneyOffice
from tests.office.renovation import Renovation, renovation_of

PERMIT = "renovation_permit"


@pytest.fixture
def works(money: MoneyOffice) -> Renovation:
    return renovation_of(money)


def state(works: Renovation) -> str:
    return str(works.money.get("unit", works.unit)["state"])


@pytest.mark.parametrize(
    ("was", "kind", "roles", "after"),
    [
        ("occupied", "residence", {"owner"}, "occupied"),
        ("vacant", "residence", {"owner"}, "vacant"),
        ("vacant", "residence", {"owner", "tenant"}, "let"),
        ("let", "residence", {"owner"}, "vacant"),
        ("occupied", "residence", set(), "vacant"),
        ("shop", "shop", {"owner", "tenant"}, "shop"),
        (None, "residence", {"owner"}, "occupied"),
        (None, "residence", {"owner", "tenant"}, "let"),
        (None, "residence", set(), "vacant"),
        (None, "shop", {"owner"}, "shop"),
    ],
)
def test_what_a_unit_is_once_its_works_are_over(was: Any, kind: str, roles: set[str], after: str) -> None:
    assert state_back(was, kind, roles) == after


@pytest.mark.both_engines
def test_a_unit_is_renovating_until_its_works_are_accepted(works: Renovation) -> None:
    money, id = works.money, works.submitted()
    money.step("engineer", PERMIT, "approve", id)
    assert state(works) == "occupied"
    money.step("steward1", PERMIT, "begin", id)
    assert state(works) == "renovating" and money.get(PERMIT, id)["unit_was"] == "occupied"
    money.act("steward1", PERMIT, "suspend_permit", id, reason="Noise")
    assert state(works) == "renovating", "it is stopped and as open as before"
    money.act("engineer", PERMIT, "resume_permit", id)
    money.step("steward1", PERMIT, "complete", id)
    assert state(works) == "renovating"
    money.set(PERMIT, id, state="accepted")
    assert state(works) == "occupied"


def test_works_that_end_by_date_and_go_on_again(works: Renovation) -> None:
    money, id = works.money, works.running()
    last = money.today + timedelta(days=10)
    money.on(last + DAY)
    jobs.perform(money.registry, money.registry.schema.schedules["expire_permits"], money.clock.now())
    assert state(works) == "occupied"
    money.act("engineer", PERMIT, "extend_permit", id, ends_on=last + 9 * DAY, reason="Late tiles")
    assert state(works) == "renovating"


def test_of_two_works_in_a_unit_the_last_one_gives_it_back(works: Renovation) -> None:
    money = works.money
    money.set("unit", works.unit, state="vacant")
    first, second = works.running(), works.running()
    money.set(PERMIT, first, state="completed")
    money.set(PERMIT, first, state="accepted")
    assert state(works) == "renovating"
    money.set(PERMIT, second, state="completed")
    money.set(PERMIT, second, state="accepted")
    assert state(works) == "vacant"


def test_what_somebody_wrote_of_the_unit_meanwhile_stays(works: Renovation) -> None:
    money, id = works.money, works.running()
    money.registry.store.update(money.people["supervisor"], "unit", works.unit, {"state": "let"}, Source("form"))
    money.set(PERMIT, id, state="completed")
    money.set(PERMIT, id, state="accepted")
    assert state(works) == "let"


def test_permits_that_begin_together_take_their_units_along(works: Renovation) -> None:
    money = works.money
    permits = {}
    for n in range(3):
        unit = money.unit(f"20{n}")
        permits[works.submitted(unit=unit)] = unit
    for value in ("approved", "in_progress"):
        money.registry.store.update_many(SYSTEM, PERMIT, {id: {"state": value} for id in permits}, Source("cli"))
    assert {money.get("unit", unit)["state"] for unit in permits.values()} == {"renovating"}
