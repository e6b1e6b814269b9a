"""docs/how-to-add-a-follow-up.md says what is true: a lease that ends is a vacant unit, and the right people know."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import models.followups
import schema
from models.actor import SYSTEM, Source
from models.errors import NotAllowed
from models.query import Query
from tests.office.test_how_to import with_entity

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to-add-a-follow-up.md"
DEMO = Source("demo")


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def house(tmp_path: Path, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The shipped office with the follow-up of the page."""
    monkeypatch.setattr(models.followups, "_known", dict(models.followups._known))
    exec(compile(example("python"), str(PAGE), "exec"), {"__name__": "office.vacancies"})
    line = example("yaml").splitlines()[-1]
    schema.load(with_entity(tmp_path, ""))
    file = tmp_path / "schema.d" / "letting.yaml"
    text = file.read_text("utf-8")
    assert text.count("\n  lease: ") == 1
    file.write_text(re.sub(r"(\n  lease: .*\n)", lambda found: f"{found[1]}{line}\n", text), "utf-8")
    return opened(schema.load(tmp_path / "schema.yaml"))


def test_a_lease_that_ends_is_a_vacant_unit(house: Any, person: Callable[..., Any]) -> None:
    """The clerk may enter no vacancy; it is entered in their name, once; the steward of the building is told."""
    clerk, boss = person(house, "frontdesk"), person(house, "supervisor")
    mine, other = (person(house, "steward", username=name) for name in ("mine", "other"))
    building = house.store.create(SYSTEM, "building", {"number": "1", "steward": mine.id}, DEMO)
    unit = house.store.create(SYSTEM, "unit", {"building": building, "section": "1", "room": "101", "area": 80}, DEMO)
    tenant = house.store.create(SYSTEM, "resident", {"name": "Tenant"}, DEMO)
    for n in range(2):
        days = {"starts_on": date(2025, 3, 1), "ends_on": date(2026, 3, n + 1)}
        lease = house.store.create(SYSTEM, "lease", {"unit": unit, "tenant": tenant, **days}, DEMO)
        house.store.step(clerk, "lease", lease, "activate", {}, "", Source("step"))
        house.store.step(clerk, "lease", lease, "end", {"ended_on": days["ends_on"]}, "", Source("step"))
    (vacancy,) = house.scope.ids(SYSTEM, "vacancy", Query(), 10)
    kept = house.scope.get(SYSTEM, "vacancy", vacancy)
    assert (kept["unit"], kept["since_on"], kept["created_by"]) == (unit, date(2026, 3, 1), clerk.id)
    told = {one.name: [m.text.to("en") for m in house.inbox.waiting(one, 5)] for one in (clerk, boss, mine, other)}
    sentence = "The lease of 1-1-101 has ended; have the empty unit looked after."
    assert told == {"Frontdesk": [], "Supervisor": [sentence], "Mine": [sentence], "Other": []}
    with pytest.raises(NotAllowed):
        house.store.create(clerk, "vacancy", {"unit": unit}, Source("form"))
