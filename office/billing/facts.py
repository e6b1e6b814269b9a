"""Everything a bill run goes by, read set by set: charges, tariffs, units, people, vacancies, readings, bills (F3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from models.query import Condition, Query
from office.billing.periods import DAY, Period, period_holding
from office.billing.tariffs import Count, Price, Tier
from office.occupancy import OWNERS
from office.raw_rows import raw_rows

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

ZERO = Decimal("0.00")
BY_RUN = ("per_m2", "per_unit", "per_meter", "per_head", "fixed", "shared")
"""The bases that a run can work out; the rest is billed by hand."""


@dataclass(frozen=True, slots=True)
class FeeType:
    """A fee type with its ``period`` in this run and the day on which its bills are due."""

    id: int
    name: str
    basis: str
    cycle: str
    meter_kind: str | None
    area_kind: str | None
    share_by: str | None
    due_days: int
    vacancy_percent: Decimal
    vacancy_after_days: int
    price_per: str
    period: Period
    due_on: date


@dataclass(frozen=True, slots=True)
class Tariff:
    """A standard with its price history, by ascending first day."""

    id: int
    name: str
    fee_type: int
    prices: tuple[Price, ...]
    is_yearly: bool
    """Whether its tiers run over the year."""


class Charge(NamedTuple):
    """A tariff that a unit is charged by, from when to when (None is open)."""

    id: int
    tariff: Tariff
    starts_on: date
    ends_on: date | None
    factor: Decimal
    amount: Decimal | None
    payer: str


class Unit(NamedTuple):
    """What of a unit counts for its bills."""

    id: int
    building: int
    area: Decimal | None
    usable_area: Decimal | None
    handed_over_on: date | None


@dataclass(frozen=True, slots=True)
class Pool:
    """What a public meter counted in a period, and whose it is: of a building, or (None) of the whole estate."""

    meter: int
    fee_type: int
    building: int | None
    used: Decimal | None
    """None where it was not read."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is asked to bill: the fee types (none named: all in use) and buildings (none named: all)."""

    run: int
    month: date
    fee_types: tuple[int, ...]
    buildings: tuple[int, ...]
    issued_on: date
    due_on: date | None


@dataclass
class Facts:
    """What the books say, by unit; ``charges`` are by fee type and unit."""

    wanted: Wanted
    fee_types: dict[int, FeeType]
    units: dict[int, Unit] = field(default_factory=dict)
    charges: dict[int, dict[int, list[Charge]]] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    tenants: dict[int, int] = field(default_factory=dict)
    heads: dict[int, list[Count]] = field(default_factory=dict)
    vacancies: dict[int, list[tuple[date, date | None]]] = field(default_factory=dict)
    used: dict[tuple[int, str], dict[str, Decimal]] = field(default_factory=dict)
    """Consumption by unit and kind of meter, then by month."""
    unread: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    """The meters without a reading in the period, by fee type and unit; an empty list where there is no meter."""
    pools: list[Pool] = field(default_factory=list)
    billed: dict[int, dict[int, int | None]] = field(default_factory=dict)
    """By fee type: the units that have a living bill of the period, with its run."""


def read_facts(registry: Registry, actor: Actor, wanted: Wanted) -> Facts:
    """What the books say of a run, in a handful of reads at any number of units."""
    reading = _Reading(registry, actor, wanted)
    facts = Facts(wanted, reading.fee_types())
    facts.units = reading.units()
    facts.charges = reading.charges(facts)
    facts.owners, facts.tenants = reading.payers()
    if any(one.vacancy_percent < 100 for one in facts.fee_types.values()):
        facts.vacancies = reading.vacancies()
    if any(one.basis == "per_head" for one in facts.fee_types.values()):
        facts.heads = reading.heads()
    reading.consumption(facts)
    facts.pools = reading.pools(facts)
    facts.billed = reading.billed(facts)
    return facts


def months_of(period: Period) -> list[str]:
    """The months of a period, as readings name them."""
    found, day = [], period.starts_on
    while day <= period.ends_on:
        found.append(f"{day:%Y-%m}")
        day = period_holding("month", day).ends_on + DAY
    return found


class _Reading:
    """The reads of one run, as its actor."""

    def __init__(self, registry: Registry, actor: Actor, wanted: Wanted) -> None:
        self.registry, self.actor, self.wanted = registry, actor, wanted

    def rows(
        self, entity: str, names: tuple[str, ...], *conditions: Condition, sort: str = "id"
    ) -> Iterator[tuple[Any, ...]]:
        """(id, the values of ``names``) of all that meet the conditions."""
        return raw_rows(self.registry, self.actor, entity, Query(conditions=conditions, sort=sort), names)

    def within(self, path: str) -> tuple[Condition, ...]:
        """The condition that ``path`` leads to one of the buildings of the run."""
        return (Condition(path, "in", self.wanted.buildings),) if self.wanted.buildings else ()

    def fee_types(self) -> dict[int, FeeType]:
        names = ("name", "basis", "cycle", "meter_kind", "area_kind", "share_by", "due_days", "vacancy_percent",
                 "vacancy_after_days", "price_per")  # fmt: skip
        chosen = [Condition("active", "equals", True), Condition("basis", "in", BY_RUN)]
        chosen.append(Condition("cycle", "not_equals", "once"))
        found: dict[int, FeeType] = {}
        for id, name, basis, cycle, meter, area, share, days, percent, after, per in self.rows(
            "fee_type", names, *chosen
        ):
            if self.wanted.fee_types and id not in self.wanted.fee_types:
                continue
            found[id] = FeeType(
                id, name, basis, cycle, meter, area, share, days, percent, after or 0, per or "month",
                period_holding(cycle, self.wanted.month), self.wanted.due_on or self.wanted.issued_on + days * DAY,
            )  # fmt: skip
        return found

    def units(self) -> dict[int, Unit]:
        names = ("building", "area", "usable_area", "handed_over_on")
        return {row[0]: Unit(*row) for row in self.rows("unit", names)}

    def tariffs(self, fee_types: Iterable[int]) -> dict[int, Tariff]:
        tiers: dict[int, list[Tier]] = defaultdict(list)
        for _, price, above, rate in self.rows("tariff_tier", ("tariff_price", "above", "price")):
            tiers[price].append((above, rate))
        prices: dict[int, list[Price]] = defaultdict(list)
        for id, tariff, since, price in self.rows("tariff_price", ("tariff", "starts_on", "price")):
            prices[tariff].append(Price(since, price, tuple(sorted(tiers[id]))))
        mine = Condition("fee_type", "in", tuple(fee_types))
        return {
            id: Tariff(id, name, of, tuple(sorted(prices[id], key=lambda one: one.starts_on)), span == "year")
            for id, name, of, span in self.rows("tariff", ("name", "fee_type", "tier_span"), mine)
        }

    def charges(self, facts: Facts) -> dict[int, dict[int, list[Charge]]]:
        """Those of the run's fee types that touch their period; of shared ones also in other buildings."""
        found: dict[int, dict[int, list[Charge]]] = {id: {} for id in facts.fee_types}
        tariffs = self.tariffs(facts.fee_types)
        if not tariffs:
            return found
        shared = any(one.basis == "shared" for one in facts.fee_types.values())
        names = ("unit", "tariff", "starts_on", "ends_on", "factor", "amount", "payer")
        known = Condition("tariff", "in", tuple(tariffs))
        last = max(one.period.ends_on for one in facts.fee_types.values())
        begun = Condition("starts_on", "to", last)
        for id, unit, tariff, *terms in self.rows(
            "charge", names, known, begun, *(() if shared else self.within("unit.building"))
        ):
            charge = Charge(id, tariffs[tariff], *terms)
            period = facts.fee_types[charge.tariff.fee_type].period
            if charge.starts_on <= period.ends_on and (charge.ends_on is None or charge.ends_on >= period.starts_on):
                found[charge.tariff.fee_type].setdefault(unit, []).append(charge)
        for by_unit in found.values():
            for several in by_unit.values():
                several.sort(key=lambda one: (one.starts_on, one.id))
        return found

    def payers(self) -> tuple[dict[int, int], dict[int, int]]:
        """The present owner and the present tenant of each unit; of several the head, then the sole, then the first."""
        found: tuple[dict[int, int], dict[int, int]] = ({}, {})
        best: dict[tuple[int, int], tuple[bool, bool]] = {}
        names = ("unit", "resident", "role", "is_head", "started_on", "ended_on")
        roles = Condition("role", "in", (*sorted(OWNERS), "tenant"))
        day = self.wanted.issued_on
        for _, unit, resident, role, is_head, since, until in self.rows(
            "occupancy", names, roles, *self.within("unit.building")
        ):
            if (since is not None and since > day) or (until is not None and until < day):
                continue
            kind = 1 if role == "tenant" else 0
            rank = (bool(is_head), role != "joint_owner")
            if (unit, kind) not in best or rank > best[unit, kind]:
                best[unit, kind] = rank
                found[kind][unit] = resident
        return found

    def heads(self) -> dict[int, list[Count]]:
        """How many people are registered in each unit, as (from, how many)."""
        changes: dict[int, dict[date, int]] = defaultdict(lambda: defaultdict(int))
        names = ("unit", "started_on", "ended_on")
        for _, unit, since, until in self.rows("occupancy", names, *self.within("unit.building")):
            changes[unit][since or date.min] += 1
            if until is not None:
                changes[unit][until + DAY] -= 1
        found: dict[int, list[Count]] = {}
        for unit, by_day in changes.items():
            count, found[unit] = 0, []
            for day in sorted(by_day):
                count += by_day[day]
                found[unit].append((day, Decimal(count)))
        return found

    def vacancies(self) -> dict[int, list[tuple[date, date | None]]]:
        found: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
        for _, unit, since, until in self.rows(
            "vacancy", ("unit", "since_on", "ended_on"), *self.within("unit.building")
        ):
            found[unit].append((since, until))
        return found

    def consumption(self, facts: Facts) -> None:
        """What the meters of units counted in the months of the run, and which of them were not read."""
        metered = [one for one in facts.fee_types.values() if one.basis == "per_meter" and one.meter_kind]
        if not metered:
            return
        kinds = Condition("kind", "in", tuple({one.meter_kind for one in metered}))
        meters: dict[int, tuple[int, str, date | None, date | None]] = {}
        columns = ("unit", "kind", "installed_on", "removed_on")
        for id, unit, kind, since, until in self.rows(
            "meter", columns, kinds, Condition("unit", "filled"), *self.within("unit.building")
        ):
            meters[id] = (unit, kind, since, until)
        months = self._months(facts, metered)
        read: dict[int, set[str]] = defaultdict(set)
        names = ("meter", "period", "consumption")
        for _, meter, month, used in self.rows("meter_reading", names, Condition("period", "in", months)):
            if meter in meters:
                unit, kind, *_ = meters[meter]
                by_month = facts.used.setdefault((unit, kind), {})
                by_month[month] = by_month.get(month, ZERO) + (used or ZERO)
                read[meter].add(month)
        for one in metered:
            self._unread(facts, one, meters, read)

    def _months(self, facts: Facts, metered: Iterable[FeeType]) -> tuple[str, ...]:
        """The months whose readings are looked at: those of the periods, and where tiers run over it the whole year."""
        months = {month for one in metered for month in months_of(one.period)}
        charges = (charge for one in metered for some in facts.charges[one.id].values() for charge in some)
        if any(charge.tariff.is_yearly for charge in charges):
            months |= set(months_of(period_holding("year", self.wanted.month)))
        return tuple(sorted(months))

    def _unread(self, facts: Facts, fee_type: FeeType, meters: dict[int, Any], read: dict[int, set[str]]) -> None:
        """Note the units of a fee type whose meters in use were not read in the period, or that have none."""
        months = set(months_of(fee_type.period))
        metered: set[int] = set()
        for meter, (unit, kind, since, until) in meters.items():
            if kind != fee_type.meter_kind or (since is not None and since > fee_type.period.ends_on):
                continue
            if until is not None and until <= fee_type.period.ends_on and not months & read[meter]:
                continue
            metered.add(unit)
            if not months & read[meter]:
                facts.unread.setdefault((fee_type.id, unit), []).append(meter)
        for unit in facts.charges[fee_type.id]:
            if unit not in metered:
                facts.unread[fee_type.id, unit] = []

    def pools(self, facts: Facts) -> list[Pool]:
        """What is to be shared: the public meters of the run's shared fee types."""
        shared = {one.id: one for one in facts.fee_types.values() if one.basis == "shared"}
        if not shared:
            return []
        public = (Condition("unit", "empty"), Condition("fee_type", "in", tuple(shared)))
        names = ("fee_type", "building", "removed_on")
        meters = [row for row in self.rows("meter", names, *public) if row[3] is None or row[3] >= self.wanted.month]
        if self.wanted.buildings:
            meters = [row for row in meters if row[2] is None or row[2] in self.wanted.buildings]
        months = sorted({month for one in shared.values() for month in months_of(one.period)})
        used: dict[tuple[int, str], Decimal] = {}
        read = (Condition("meter", "in", tuple(row[0] for row in meters)), Condition("period", "in", tuple(months)))
        for _, meter, month, consumption in self.rows("meter_reading", ("meter", "period", "consumption"), *read):
            used[meter, month] = consumption or ZERO
        found = []
        for meter, fee_type, building, _ in meters:
            parts = [used[meter, month] for month in months_of(shared[fee_type].period) if (meter, month) in used]
            found.append(Pool(meter, fee_type, building, sum(parts, ZERO) if parts else None))
        return found

    def billed(self, facts: Facts) -> dict[int, dict[int, int | None]]:
        found: dict[int, dict[int, int | None]] = {}
        for one in facts.fee_types.values():
            mine = (Condition("fee_type", "equals", one.id), Condition("period", "equals", one.period.text))
            living = Condition("state", "not_equals", "void")
            found[one.id] = {unit: run for _, unit, run in self.rows("bill", ("unit", "run"), *mine, living)}
        return found
