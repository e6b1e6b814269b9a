"""A permit at every stage, for tests of renovation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from models.actor import Source
from tests.office.money import MoneyOffice


@dataclass
class Renovation:
    """Unit 1-1-101 of steward1 with works "Painting" (allowed) and "Open a load-bearing wall" (prohibited)."""

    money: MoneyOffice
    unit: int
    painting: int
    wall: int

    def draft(self, *works: int, **values: Any) -> int:
        """A permit for ten days from today, written by the supervisor."""
        money = self.money
        given = {
            "unit": self.unit, "applicant": money.owners[self.unit], "contractor": "Sample Decoration Co.",
            "works": works or (self.painting,), "starts_on": money.today, "ends_on": money.today + timedelta(days=10),
            **values,
        }  # fmt: skip
        return int(money.registry.store.create(money.people["supervisor"], "renovation_permit", given, Source("form")))

    def submitted(self, *works: int, **values: Any) -> int:
        """A permit that was told of, signed and submitted."""
        id = self.draft(*works, **values)
        self.signed(id)
        self.money.step("frontdesk", "renovation_permit", "submit", id)
        return id

    def signed(self, id: int) -> None:
        self.money.set(
            "renovation_permit", id, rules_told_at=self.money.clock.now(), owner_signature=("a" * 64,),
            contractor_signature=("b" * 64,),
        )  # fmt: skip

    def running(self, **values: Any) -> int:
        """A permit in progress from today."""
        id = self.submitted(**values)
        self.money.step("engineer", "renovation_permit", "approve", id)
        self.money.step("steward1", "renovation_permit", "begin", id)
        return id

    def paid(self, id: int) -> int:
        """The deposit that the cashier took for a permit."""
        self.money.act("cashier", "renovation_permit", "take_permit_deposit", id, method="cash", amount=Decimal(2000))
        return int(self.money.rows("deposit", permit=id)[-1].id)

    def state(self, id: int) -> str:
        return str(self.money.get("renovation_permit", id)["state"])

    def violation(self, id: int, who: str = "steward1", **values: Any) -> int:
        given = {"permit": id, "weight": "serious", "what": "Wall opened", "deadline": self.money.today, **values}
        return int(self.money.registry.store.create(self.money.people[who], "violation", given, Source("form")))


def renovation_of(money: MoneyOffice) -> Renovation:
    """The unit and the list of works in an office with money."""
    unit = money.unit("101")
    painting = money.make("renovation_work", name="Painting", group="finishes")
    wall = money.make("renovation_work", name="Open a load-bearing wall", group="structure", is_prohibited=True)
    return Renovation(money, unit, painting, wall)
