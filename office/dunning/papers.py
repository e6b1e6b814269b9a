"""What the papers of dunning say about households: whom they go to, what is owed, its late fee (F4, F6, F7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.query import Condition, Query
from models.record import Record
from models.storage.natural_order import order_key
from models.storage.rows import batches
from office.amounts import capital
from office.billing.late_fee import LateFee, late_fee_rules, late_fees, rule_for
from office.billing.late_fee_days import Rule, plain
from office.billing.periods import read_period
from office.dunning.facts import AT_ONCE, ZERO, OverdueBill, overdue_bills
from office.dunning.policy import DunningPolicy
from schema.written import say

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

OWNERS = ("owner", "joint_owner")
EVERYBODY = (*OWNERS, "tenant")


@dataclass(frozen=True, slots=True)
class Household:
    """Who is written to, and where: ``names`` of the owners, ``phones`` as the reader may see them."""

    unit: int
    title: str
    names: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    owners: tuple[int, ...] = ()
    building: str = ""
    address: str = ""
    area: Decimal | None = None
    steward: str = ""
    telephone: str = ""
    since: date | None = None

    @property
    def name(self) -> str:
        """All owners in one line; where none is known, the unit's own name."""
        return "、".join(self.names) or self.title


@dataclass(frozen=True, slots=True)
class OwedRow:
    """A bill with its late fee, as a line of a paper."""

    bill: OverdueBill
    fee_type: str
    period: str
    late_fee: LateFee
    rule: Rule | None


@dataclass(slots=True)
class Owed:
    """What a household owes on a day, oldest first."""

    rows: list[OwedRow] = field(default_factory=list)

    @property
    def principal(self) -> Decimal:
        return sum((row.bill.owed for row in self.rows), ZERO)

    @property
    def late_fee(self) -> Decimal:
        return sum((row.late_fee.owed for row in self.rows), ZERO)

    @property
    def total(self) -> Decimal:
        return self.principal + self.late_fee


def households(registry: Registry, actor: Actor, units: Collection[int]) -> dict[int, Household]:
    """The households of ``units`` that the actor sees, in the order of delivery: building by building, door by door.

    Phones are as the actor may see them.
    """
    found: list[tuple[str, Household]] = []
    buildings = _buildings(registry, actor)
    for some in batches(sorted(set(units)), AT_ONCE):
        people = _people(registry, actor, some)
        for unit in registry.scope.stream(actor, "unit", Query(ids=tuple(some), columns=("building", "area"))):
            building = buildings.get(unit["building"], _NOWHERE)
            found.append((order_key(unit.title), _household(unit, people.get(unit.id, []), building)))
    return {one.unit: one for _, one in sorted(found, key=lambda pair: pair[0])}


def owed_by(
    registry: Registry, actor: Actor, policy: DunningPolicy, today: date, units: Collection[int], on: date
) -> dict[int, Owed]:
    """What each of ``units`` owes that is overdue today, with the late fees as they will be on the day ``on``."""
    bills = [
        bill for some in batches(sorted(set(units)), AT_ONCE)
        for bill in overdue_bills(registry, actor, policy, today, tuple(some))
    ]  # fmt: skip
    ids = [bill.id for bill in bills]
    fees, rules = late_fees(registry, actor, ids, on), late_fee_rules(registry, actor)
    more = _more_of(registry, actor, ids)
    found: dict[int, Owed] = defaultdict(Owed)
    for bill in sorted(bills, key=lambda bill: (bill.due_on, bill.id)):
        name, period = more[bill.id]
        rule = rule_for(rules, bill.fee_type, bill.due_on)
        found[bill.unit].rows.append(OwedRow(bill, name, period, fees[bill.id], rule))
    return dict(found)


def owed_data(owed: Owed, on: date) -> dict[str, Any]:
    """The part of a sheet that documents/owed.typ shows."""
    fee = owed.late_fee
    return {
        "owed": [_row_data(row) for row in owed.rows], "owed_total": owed.principal, "total": owed.total,
        "total_capital": capital(owed.total), "late_fee_total": fee or None, "late_fee_to": on if fee else None,
    }  # fmt: skip


def address_data(household: Household) -> dict[str, Any]:
    """Name and lines of a letter's address."""
    return {"name": household.name, "lines": [line for line in (household.address, household.title) if line]}


def service_data(policy: DunningPolicy, household: Household) -> dict[str, Any]:
    """How to pay and whom to ask: the ways of the policy, the steward of the building."""
    ways = [{"label": say(way.name), "text": say(way.text)} for way in policy.ways]
    contact = {"name": household.steward, "telephone": household.telephone}
    return {"ways": ways, "contact": contact if household.steward else None}


def _row_data(row: OwedRow) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": row.fee_type, "period": read_period(row.period).label, "due_on": row.bill.due_on, "owed": row.bill.owed,
    }  # fmt: skip
    if row.late_fee.owed:
        rate = f"{plain(row.late_fee.rate)}%"
        spans = [{"principal": p.amount, "rate": rate, "days": p.days} for p in row.late_fee.pieces]
        data["late_fee"] = {"amount": row.late_fee.owed, "spans": spans}
    return data


def _more_of(registry: Registry, actor: Actor, bills: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Fee type and period of bills, in words."""
    found: dict[int, tuple[str, str]] = {}
    for some in batches(bills, AT_ONCE):
        query = Query(ids=tuple(some), columns=("fee_type", "period"), sort="id")
        for one in registry.scope.stream(actor, "bill", query):
            found[one.id] = (one.titles.get("fee_type", ""), one["period"])
    return found


@dataclass(frozen=True, slots=True)
class _Building:
    address: str = ""
    steward: str = ""
    telephone: str = ""


_NOWHERE = _Building()


def _buildings(registry: Registry, actor: Actor) -> dict[int, _Building]:
    """Address and steward of every building the actor sees."""
    rows = list(registry.scope.stream(actor, "building", Query(columns=("address", "steward"))))
    stewards = sorted({row["steward"] for row in rows if row["steward"] is not None})
    people = {row.id: row.get("phone") for row in registry.scope.records(actor, "user", stewards, ("phone",))}
    return {
        row.id: _Building(row["address"] or "", row.titles.get("steward", ""), str(people.get(row["steward"]) or ""))
        for row in rows
    }


def _people(registry: Registry, actor: Actor, units: Iterable[int]) -> dict[int, list[Record]]:
    """Present owners and tenants by unit, owners first."""
    present = (
        Condition("unit", "in", tuple(units)), Condition("ended_on", "empty"), Condition("role", "in", EVERYBODY)
    )  # fmt: skip
    query = Query(conditions=present, columns=("unit", "resident", "role", "phone", "started_on"), sort="id")
    found: dict[int, list[Record]] = defaultdict(list)
    for one in registry.scope.stream(actor, "occupancy", query):
        found[one["unit"]].append(one)
    return {unit: sorted(rows, key=lambda row: EVERYBODY.index(row["role"])) for unit, rows in found.items()}


def _household(unit: Record, people: Sequence[Record], building: _Building) -> Household:
    owners = [one for one in people if one["role"] in OWNERS]
    return Household(
        unit.id, unit.title,
        names=tuple(one.titles["resident"] for one in owners if "resident" in one.titles),
        phones=tuple(dict.fromkeys(str(one["phone"]) for one in people if one.get("phone"))),
        owners=tuple(one["resident"] for one in owners), building=unit.titles.get("building", ""),
        address=building.address, area=unit["area"],
        steward=building.steward, telephone=building.telephone,
        since=min((one["started_on"] for one in owners if one["started_on"]), default=None),
    )  # fmt: skip
