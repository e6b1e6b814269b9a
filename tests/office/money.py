"""A small office with money: units with owners, fee types with tariffs, charges, bills, payments, and a clock to move.

``money`` (a fixture of tests/office/conftest.py) gives a MoneyOffice. Its helpers write as the program itself, so that
a test begins where it wants to; what a test is about goes through ``act`` and ``step`` as a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from models.actor import SYSTEM, Source
from models.query import Condition, Query

FORM = Source("form")
ROLES = {
    "steward1": "steward", "steward2": "steward", "supervisor": "supervisor", "frontdesk": "frontdesk",
    "cashier": "cashier", "cashier2": "cashier", "billing": "billing_supervisor", "director": "director",
    "assistant": "assistant", "auditor": "auditor", "security": "security", "engineer": "engineer", "admin": "admin",
    "sales": "sales_desk",
}  # fmt: skip
DAY = timedelta(days=1)


def day(text: str | date) -> date:
    """'2026-10-05' as a date."""
    return text if isinstance(text, date) else date.fromisoformat(text)


@dataclass
class MoneyOffice:
    """Buildings 1 (steward1) and 2 (steward2); fee types 物业费 (quarterly, 1.80 a m² and month), 水费 (monthly, by
    meter, tiers), 车位费 (monthly, 150.00 fixed), 维修费 (once, by hand). The clock stands at 2026-10-05, 9:30."""

    registry: Any
    clock: Any
    people: dict[str, Any]
    buildings: dict[str, int] = field(default_factory=dict)
    fee_types: dict[str, int] = field(default_factory=dict)
    tariffs: dict[str, int] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    """The owner (resident) of a unit."""

    # -- time and people -----------------------------------------------------------------------------

    def on(self, text: str | date, at: str = "09:30") -> date:
        """Move the clock to a day (office time); returns the day."""
        moment = datetime.combine(day(text), time.fromisoformat(at), self.clock.zone)
        self.clock.at = moment.astimezone(UTC)
        return day(text)

    @property
    def today(self) -> date:
        return self.clock.today()  # type: ignore[no-any-return]

    def act(self, who: str, entity: str, action: str, ids: int | tuple[int, ...], **answers: Any) -> Any:
        """Run an action as a person; the Outcome."""
        chosen = (ids,) if isinstance(ids, int) else ids
        return self.registry.act(self.people[who], entity, action, chosen, answers, Source("action", action))

    def step(self, who: str, entity: str, name: str, id: int, comment: str = "", **values: Any) -> None:
        """Take a workflow step as a person."""
        self.registry.store.step(self.people[who], entity, id, name, values, comment, Source("step"))

    # -- records -------------------------------------------------------------------------------------

    def make(self, entity: str, **values: Any) -> int:
        return int(self.registry.store.create(SYSTEM, entity, values, FORM))

    def set(self, entity: str, id: int, **values: Any) -> None:
        self.registry.store.update(SYSTEM, entity, id, values, FORM)

    def get(self, entity: str, id: int) -> Any:
        return self.registry.scope.get(SYSTEM, entity, id)

    def rows(self, entity: str, *columns: str, **equals: Any) -> list[Any]:
        """Records of an entity by id, those whose fields equal what is given."""
        conditions = tuple(Condition(name, "equals", value) for name, value in equals.items())
        query = Query(conditions=conditions, sort="id", columns=columns)
        return list(self.registry.scope.stream(SYSTEM, entity, query))

    def unit(
        self, room: str, building: str = "1", section: str = "1", area: str | None = "100.00", owner: str | None = "",
        handed_over_on: str | None = "2020-01-01", **values: Any,
    ) -> int:  # fmt: skip
        """A unit with an owner (None leaves it without one)."""
        id = self.make(
            "unit", building=self.buildings[building], section=section, room=room, area=area and Decimal(area),
            state="occupied", handed_over_on=handed_over_on and day(handed_over_on), **values,
        )  # fmt: skip
        if owner is not None:
            self.owners[id] = self.lives(id, owner or f"业主{room}", "owner", handed_over_on, is_head=True)
        return id

    def lives(self, unit: int, name: str, role: str, since: str | None = None, **more: Any) -> int:
        """A resident of that name in the unit; returns the resident."""
        resident = self.make("resident", name=name)
        self.make("occupancy", unit=unit, resident=resident, role=role, started_on=since and day(since), **more)
        return resident

    # -- tariffs -------------------------------------------------------------------------------------

    def fee_type(self, name: str, basis: str, cycle: str, **values: Any) -> int:
        self.fee_types[name] = self.make("fee_type", name=name, basis=basis, cycle=cycle, **values)
        return self.fee_types[name]

    def tariff(self, fee_type: str, name: str, prices: dict[str, str], tiers: dict[str, str] | None = None,
               **values: Any) -> int:  # fmt: skip
        """A tariff with prices by their first day; ``tiers`` ({above: price}) belong to the last of them."""
        tariff = self.make("tariff", fee_type=self.fee_types[fee_type], name=name, **values)
        for since, price in prices.items():
            last = self.make("tariff_price", tariff=tariff, starts_on=day(since), price=Decimal(price))
        for above, price in (tiers or {}).items():
            self.make("tariff_tier", tariff_price=last, above=Decimal(above), price=Decimal(price))
        self.tariffs[name] = tariff
        return tariff

    def charge(self, unit: int, tariff: str, since: str = "2020-01-01", until: str | None = None, **values: Any) -> int:
        return self.make("charge", unit=unit, tariff=self.tariffs[tariff], starts_on=day(since),
                         ends_on=until and day(until), **values)  # fmt: skip

    def late_fee_rule(self, fee_type: str, daily_rate: str, since: str = "2020-01-01", **values: Any) -> int:
        """``daily_rate`` in percent: '0.05'."""
        return self.make("late_fee_rule", fee_type=self.fee_types[fee_type], starts_on=day(since),
                         daily_rate=Decimal(daily_rate), **values)  # fmt: skip

    def meter(self, unit: int | None, number: str, kind: str = "water", **values: Any) -> int:
        return self.make("meter", kind=kind, number=number, unit=unit, **values)

    def reading(self, meter: int, period: str, value: str, **values: Any) -> int:
        """A reading on the 25th of its month, or today where that is still to come."""
        read_on = min(day(f"{period}-25"), self.today)
        return self.make("meter_reading", meter=meter, period=period, value=Decimal(value),
                         **({"read_on": read_on} | values))  # fmt: skip

    # -- bills and money, written as they end up in the books ------------------------------------------

    def bill(
        self, unit: int, fee_type: str = "物业费", period: str = "2026Q3", amount: str = "540.00",
        due_on: str | date | None = None, issued_on: str | date | None = None, state: str = "published", **values: Any,
    ) -> int:  # fmt: skip
        """A published bill of any amount; due 30 days after its issue, which is the first day of its period."""
        from office.billing.periods import read_period

        stretch = read_period(period)
        issued = day(issued_on) if issued_on else stretch.starts_on
        given = {
            "unit": unit, "fee_type": self.fee_types[fee_type], "period": period, "starts_on": stretch.starts_on,
            "ends_on": stretch.ends_on, "amount": Decimal(amount), "payer": self.owners.get(unit), "origin": "run",
            "issued_on": issued, "due_on": day(due_on) if due_on else issued + 30 * DAY, "state": state,
        }  # fmt: skip
        return self.make("bill", **(given | values))

    def pay(
        self, bill: int, amount: str, on: str | date | None = None, late_fee: str = "0.00", over: str = "0.00",
        method: str = "cash",
    ) -> int:  # fmt: skip
        """A receipt with one payment that settles principal and late fee of a bill, ``over`` left as credit.

        Returns the receipt.
        """
        unit, taken_on = self.get("bill", bill)["unit"], day(on) if on else self.today
        total = Decimal(amount) + Decimal(late_fee) + Decimal(over)
        payer = self.owners.get(unit)
        receipt = self.make("receipt", unit=unit, payer=payer, taken_on=taken_on, cashier=self.people["cashier"].id)
        payment = self.make("payment", receipt=receipt, unit=unit, method=method, amount=total, paid_on=taken_on)
        self.make("allocation", payment=payment, bill=bill, amount=Decimal(amount), late_fee=Decimal(late_fee),
                  on=taken_on)  # fmt: skip
        return receipt

    def reverse(self, receipt: int, on: str | date | None = None, reason: str = "收错") -> int:
        """The mirror of a receipt, dated the day of the reversal; returns the reversing receipt."""
        taken_on, old = day(on) if on else self.today, self.get("receipt", receipt)
        mirror = self.make("receipt", kind="reversal", unit=old["unit"], payer=old["payer"], taken_on=taken_on,
                           cashier=self.people["cashier"].id, reverses=receipt, reason=reason)  # fmt: skip
        for one in self.rows("payment", "unit", "method", "amount", receipt=receipt):
            payment = self.make("payment", receipt=mirror, unit=one["unit"], method=one["method"],
                                amount=-one["amount"], paid_on=taken_on)  # fmt: skip
            for part in self.rows("allocation", "bill", "amount", "late_fee", "from_credit", payment=one.id):
                self.make("allocation", payment=payment, bill=part["bill"], amount=-part["amount"],
                          late_fee=-part["late_fee"], on=taken_on, from_credit=part["from_credit"])  # fmt: skip
        self.set("receipt", receipt, state="reversed")
        return mirror

    def waive(self, bill: int, amount: str, kind: str = "principal", on: str | date | None = None) -> int:
        """An approved waiver."""
        values = {"kind": kind, "amount": Decimal(amount), "reason": "goodwill", "explanation": "协商"}
        return self.make("waiver", bill=bill, **values, state="approved", waived_on=day(on) if on else self.today,
                         approved_by=self.people["billing"].id)  # fmt: skip

    def owed(self, unit: int) -> Decimal:
        """What a unit owes of principal."""
        return sum((row["owed"] for row in self.rows("bill", "owed", unit=unit)), Decimal("0.00"))


def money_office(registry: Any, clock: Any, person: Any, password: str = "") -> MoneyOffice:
    """The office as MoneyOffice describes it; with a password everybody can sign in at the site."""
    people = {name: person(registry, role, username=name, password=password) for name, role in ROLES.items()}
    made = MoneyOffice(registry, clock, people)
    made.on("2026-10-05")
    for number in ("1", "2"):
        made.buildings[number] = made.make("building", number=number, steward=people[f"steward{number}"].id)
    made.fee_type("物业费", "per_m2", "quarter", category="property", target=Decimal("95.00"))
    made.fee_type("水费", "per_meter", "month", category="water", meter_kind="water", due_days=15)
    made.fee_type("车位费", "fixed", "month", category="parking")
    made.fee_type("维修费", "by_hand", "once", category="paid_service")
    made.tariff("物业费", "高层住宅", {"2020-01-01": "1.80"})
    made.tariff("水费", "居民用水", {"2020-01-01": "3.50"}, tiers={"15": "4.80", "25": "7.00"})
    made.tariff("车位费", "地下车位", {"2020-01-01": "150.00"})
    return made
