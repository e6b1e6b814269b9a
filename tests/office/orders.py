"""An office that dispatches: departments, staff with trades, a roster, and requests to send somebody to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from models.actor import Source
from tests.office.money import MoneyOffice, money_office

STEP = Source("step")


@dataclass
class OrderOffice:
    """Departments 工程部 (plumbing, electrical) and 保洁部 (cleaning). In the first 王师傅 (engineer: plumbing,
    electrical) and 李师傅 (li: plumbing), in the second 周师傅 (zhou). All of today, 2026-10-05, a Monday."""

    money: MoneyOffice
    people: dict[str, Any]
    departments: dict[str, int] = field(default_factory=dict)
    staff: dict[str, int] = field(default_factory=dict)

    @property
    def registry(self) -> Any:
        return self.money.registry

    def make(self, entity: str, **values: Any) -> int:
        return self.money.make(entity, **values)

    def get(self, entity: str, id: int) -> Any:
        return self.money.get(entity, id)

    def duty(self, name: str, shift: str = "day", day: str = "2026-10-05") -> int:
        return self.make("duty", staff=self.staff[name], shift=shift, day=date.fromisoformat(day))

    def away(self, name: str, since: str, until: str) -> int:
        days = {"starts_on": date.fromisoformat(since), "ends_on": date.fromisoformat(until)}
        return self.make("absence", staff=self.staff[name], **days)

    def request(self, matter: str = "厨房水管漏水", trade: str | None = "plumbing", **values: Any) -> int:
        given = {"kind": "repair", "channel": "phone", "owner": self.people["frontdesk"].id, "priority": "normal"}
        return self.make("service_request", **(given | {"matter": matter, "trade": trade} | values))

    def dispatch(self, request: int, who: str = "frontdesk", **answers: Any) -> int:
        """Dispatch a request; the order that was made of it."""
        outcome = self.money.act(who, "service_request", "dispatch", request, **answers)
        assert outcome.done, outcome.skipped
        return max(row.id for row in self.money.rows("work_order", request=request))

    def step(self, who: str, order: int, name: str, **values: Any) -> None:
        actor = self.people[who]
        self.registry.store.step(actor, "work_order", order, name, values, "原因" * (name == "cancel"), STEP)

    def line(self, order: int, who: str = "engineer", **values: Any) -> int:
        made = {"order": order, "name": "零件", "quantity": Decimal(1), "kind": "material"} | values
        return int(self.registry.store.create(self.people[who], "work_line", made, Source("form")))

    def item(self, code: str, price: str, since: str = "2026-01-01", until: str | None = None, **values: Any) -> int:
        given = {"name": f"项目{code}", "kind": "labour", "unit_name": "次", "starts_on": date.fromisoformat(since)}
        end = until and date.fromisoformat(until)
        return self.make("service_item", code=code, price=Decimal(price), ended_on=end, **(given | values))

    def finish(self, order: int, who: str = "engineer", **values: Any) -> None:
        """Accept and finish an order."""
        if self.get("work_order", order)["state"] == "assigned":
            self.step(who, order, "accept")
        self.step(who, order, "finish", **({"result": "已修好"} | values))

    def state(self, entity: str, id: int) -> str:
        return str(self.get(entity, id)["state"])


def order_office(registry: Any, clock: Any, person: Any, password: str = "") -> OrderOffice:
    """The office as OrderOffice describes it; with a password everybody can sign in at the site."""
    money = money_office(registry, clock, person, password)
    for name in ("li", "zhou"):
        money.people[name] = person(registry, "engineer", username=name, password=password)
    made = OrderOffice(money, money.people)
    for name, trades in (("工程部", ("plumbing", "electrical")), ("保洁部", ("cleaning",))):
        made.departments[name] = made.make("department", name=name, trades=trades)
    for account, name, department, trades in (
        ("engineer", "王师傅", "工程部", ("plumbing", "electrical")), ("li", "李师傅", "工程部", ("plumbing",)),
        ("zhou", "周师傅", "保洁部", ("cleaning",)),
    ):  # fmt: skip
        made.staff[account] = made.make(
            "staff", name=name, account=made.people[account].id, department=made.departments[department],
            trades=trades, hired_on=date(2024, 1, 1),
        )  # fmt: skip
    return made
