"""A small estate for the rules of the office: two buildings with a steward each, and people who live there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.query import Condition, Query
from tests.office.money import MoneyOffice, money_office
from tests.site.conftest import published, serve, signed_in, site_of, visit

__all__ = ["published", "serve", "signed_in", "site_of", "visit"]


@dataclass
class Estate:
    """An office with buildings 1 (steward1) and 2 (steward2); makes units, residents and occupancies."""

    registry: Any
    buildings: dict[str, int]
    people: dict[str, Any]

    def make(self, entity: str, **values: Any) -> int:
        return int(self.registry.store.create(SYSTEM, entity, values, Source("form")))

    def unit(self, room: str, building: str = "1", **values: Any) -> int:
        return self.make("unit", building=self.buildings[building], section="1", room=room, **values)

    def lives(self, unit: int, name: str, role: str, since: str | None = None, **more: Any) -> int:
        """A resident of that name in the unit; returns the occupancy."""
        resident = self.make("resident", name=name)
        started_on = since and date.fromisoformat(since)
        return self.make("occupancy", unit=unit, resident=resident, role=role, started_on=started_on, **more)

    def resident_of(self, occupancy: int) -> int:
        return int(self.registry.scope.get(SYSTEM, "occupancy", occupancy)["resident"])

    def register(self, unit: int) -> list[str]:
        """The unit's occupancies, oldest first, as 'name role from – to'."""
        query = Query(conditions=(Condition("unit", "equals", unit),), sort="id",
                      columns=("resident", "role", "started_on", "ended_on"))  # fmt: skip
        rows = self.registry.scope.stream(SYSTEM, "occupancy", query)
        lines = (f"{r.titles['resident']} {r['role']} {r['started_on'] or ''} – {r['ended_on'] or ''}" for r in rows)
        return [line.strip() for line in lines]

    def act(self, who: str, entity: str, action: str, id: int, **answers: Any) -> Any:
        return self.registry.act(self.people[who], entity, action, (id,), answers, Source("action", action))


@pytest.fixture
def estate(office: Any, person: Callable[..., Any]) -> Estate:
    roles = {
        "steward1": "steward", "steward2": "steward", "supervisor": "supervisor", "frontdesk": "frontdesk",
        "cashier": "cashier", "billing": "billing_supervisor", "director": "director", "auditor": "auditor",
        "security": "security", "engineer": "engineer",
    }  # fmt: skip
    people = {name: person(office, role, username=name) for name, role in roles.items()}
    made = Estate(office, {}, people)
    for number in ("1", "2"):
        made.buildings[number] = made.make("building", number=number, steward=people[f"steward{number}"].id)
    return made


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    """An office with tariffs, in which bills can be made and paid."""
    return money_office(office, clock, person)
