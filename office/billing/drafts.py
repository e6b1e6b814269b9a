"""From facts to bills: what each unit is to be billed, and what stands in the way (F3). Reads and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from office.billing.facts import ZERO, Charge, Facts, FeeType, Unit, months_of
from office.billing.periods import overlap, period_holding
from office.billing.pools import Trouble, pooled
from office.billing.tariffs import (
    Count,
    Line,
    NoPrice,
    Price,
    Share,
    Span,
    always,
    spans,
    spans_of_period,
    timed_lines,
    used_lines,
)
from office.billing.vacancy import discounts

Why = Literal[
    "no_charge", "no_price", "no_area", "no_meter", "no_reading", "no_payer",
    "pool_unread", "pool_shared", "pool_area", "pool_estate", "pool_tariffs", "pool_nobody",
]  # fmt: skip
Json = dict[str, Any]

NOBODY: tuple[Count, ...] = ()
MOSTLY = 2
"""A fee type that more than every second unit is charged is one that all are expected to have."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should see to before (or, of ``no_payer``, after) the bills are published.

    ``about`` is the record to look at: (entity, id).
    """

    why: Why
    fee_type: int
    unit: int | None
    about: tuple[str, int]


class Draft(NamedTuple):
    """A bill to be: its values by field, and the building it belongs to."""

    values: dict[str, Any]
    building: int


@dataclass
class Drafted:
    """What a run comes to for one fee type. ``already`` units have a bill of the period, ``nothing`` ones owe 0.00."""

    fee_type: FeeType
    drafts: list[Draft] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    already: int = 0
    nothing: int = 0


def drafted(facts: Facts, fee_type: FeeType) -> Drafted:
    """The bills of one fee type that are still to be made, and what stands in the way of others."""
    return _Drafting(facts, fee_type).all()


class _Drafting:
    """Works out the bills of one fee type; what is alike for many units is worked out once."""

    def __init__(self, facts: Facts, fee_type: FeeType) -> None:
        self.facts, self.fee_type, self.period = facts, fee_type, fee_type.period
        self.found = Drafted(fee_type)
        self.months = months_of(self.period)
        year = months_of(period_holding("year", self.period.starts_on))
        self.earlier = [month for month in year if month < self.months[0]]
        self.known_spans: dict[Any, list[Span]] = {}
        self.known_lines: dict[Any, tuple[list[Json], Decimal]] = {}

    def all(self) -> Drafted:
        billed, charges = self.facts.billed[self.fee_type.id], self.facts.charges[self.fee_type.id]
        units = self._units()
        run = self.facts.wanted.run
        self.found.already = sum(unit.id in billed and billed[unit.id] != run for unit in units)
        if self.fee_type.basis == "shared":
            lines = self._pooled()
        else:
            waiting = (unit for unit in units if unit.id in charges and unit.id not in billed)
            lines = ((unit, made) for unit in waiting if (made := self._lines(unit, charges[unit.id])) is not None)
        for unit, (worked, amount, days) in lines:
            self._add(unit, worked, amount, days)
        self._not_charged(units)
        return self.found

    def _units(self) -> list[Unit]:
        wanted = set(self.facts.wanted.buildings)
        return [unit for unit in self.facts.units.values() if not wanted or unit.building in wanted]

    def _add(self, unit: Unit, lines: Sequence[Json], amount: Decimal, days: tuple[date, date]) -> None:
        if not amount:
            self.found.nothing += 1
            return
        payer = self._payer(unit.id, self.facts.charges[self.fee_type.id][unit.id][-1].payer)
        if payer is None:
            self._find("no_payer", unit.id, ("unit", unit.id))
        wanted = self.facts.wanted
        values = {
            "unit": unit.id, "fee_type": self.fee_type.id, "period": self.period.text, "starts_on": days[0],
            "ends_on": days[1], "amount": amount, "lines": lines, "payer": payer, "origin": "run", "run": wanted.run,
            "issued_on": wanted.issued_on, "due_on": self.fee_type.due_on, "state": "published",
        }  # fmt: skip
        self.found.drafts.append(Draft(values, unit.building))

    def _payer(self, unit: int, kind: str) -> int | None:
        """Who pays: the tenant where the charge says so and there is one, else the owner."""
        tenant = self.facts.tenants.get(unit) if kind == "tenant" else None
        return tenant if tenant is not None else self.facts.owners.get(unit)

    def _find(self, why: Why, unit: int | None, about: tuple[str, int]) -> None:
        self.found.findings.append(Finding(why, self.fee_type.id, unit, about))

    # -- one unit --------------------------------------------------------------------------------------

    def _lines(self, unit: Unit, charges: Sequence[Charge]) -> tuple[list[Json], Decimal, tuple[date, date]] | None:
        """The lines of a unit, their sum and the days they stand for; None with a finding, or where none is charged."""
        lines: list[Json] = []
        amount, first, last = ZERO, date.max, date.min
        for charge in charges:
            days = self._days(unit, charge)
            if days is None:
                continue
            try:
                worked = self._charged(unit, charge, days)
            except NoPrice:
                self._find("no_price", unit.id, ("tariff", charge.tariff.id))
                return None
            if worked is None:
                return None
            lines += worked[0]
            amount += worked[1]
            first, last = min(first, days[0]), max(last, days[1])
        return (lines, amount, (first, last)) if lines else None

    def _days(self, unit: Unit, charge: Charge) -> tuple[date, date] | None:
        """The days of the period on which the charge holds; none before the unit was handed over."""
        since = max(charge.starts_on, unit.handed_over_on or charge.starts_on)
        return overlap(self.period.starts_on, self.period.ends_on, since, charge.ends_on)

    def _charged(self, unit: Unit, charge: Charge, days: tuple[date, date]) -> tuple[list[Json], Decimal] | None:
        """The lines of one charge and their sum; None with a finding. Raises NoPrice."""
        if self.fee_type.basis == "per_meter":
            return self._metered(unit, charge)
        quantity, counts = charge.factor, NOBODY
        if self.fee_type.basis == "per_m2":
            area = unit.usable_area if self.fee_type.area_kind == "usable_area" else unit.area
            if not area:
                self._find("no_area", unit.id, ("unit", unit.id))
                return None
            quantity *= area
        elif self.fee_type.basis == "per_head":
            counts = tuple(self.facts.heads.get(unit.id, ())) or ((date.min, ZERO),)
        vacancies = self.facts.vacancies.get(unit.id, ())
        shares = tuple(discounts(
            vacancies, self.fee_type.vacancy_percent, self.fee_type.vacancy_after_days, self.period.ends_on
        )) if vacancies else ()  # fmt: skip
        fixed = charge.amount if self.fee_type.basis == "fixed" else None
        key = (charge.tariff.id, days, quantity, fixed, shares, counts)
        if key not in self.known_lines:
            spanned = self._spans(charge, days, fixed, shares, counts)
            self.known_lines[key] = _summed(timed_lines(charge.tariff.name, quantity, spanned, counts))
        return self.known_lines[key]

    def _spans(
        self, charge: Charge, days: tuple[date, date], fixed: Decimal | None, shares: Sequence[Share],
        counts: Sequence[Count],
    ) -> list[Span]:  # fmt: skip
        key = (charge.tariff.id, days, fixed, shares, counts)
        if key not in self.known_spans:
            cuts = [day for day, _ in counts]
            prices: Sequence[Price] = charge.tariff.prices if fixed is None else always(fixed)
            if fixed is not None or self.fee_type.price_per == "period":
                self.known_spans[key] = spans_of_period(self.period, *days, prices, shares, cuts)
            else:
                self.known_spans[key] = spans(*days, prices, shares, cuts)
        return self.known_spans[key]

    def _metered(self, unit: Unit, charge: Charge) -> tuple[list[Json], Decimal] | None:
        unread = self.facts.unread.get((self.fee_type.id, unit.id))
        if unread is not None:
            for meter in unread:
                self._find("no_reading", unit.id, ("meter", meter))
            if not unread:
                self._find("no_meter", unit.id, ("unit", unit.id))
            return None
        by_month = self.facts.used.get((unit.id, self.fee_type.meter_kind or ""), {})
        used = sum((by_month.get(month, ZERO) for month in self.months), ZERO) * charge.factor
        before = ZERO
        if charge.tariff.is_yearly:
            before = sum((by_month.get(month, ZERO) for month in self.earlier), ZERO) * charge.factor
        key = (charge.tariff.id, used, before)
        if key not in self.known_lines:
            lines = used_lines(charge.tariff.name, self.period, used, charge.tariff.prices, before)
            self.known_lines[key] = _summed(lines)
        return self.known_lines[key]

    # -- shared, and not charged -----------------------------------------------------------------------

    def _pooled(self) -> Iterator[tuple[Unit, tuple[list[Json], Decimal, tuple[date, date]]]]:
        """The shares of every pool that can be shared now; of the others a finding."""
        for made in pooled(self.facts, self.fee_type, self._days):
            if isinstance(made, Trouble):
                self._find(made.why, made.unit, made.about)
            else:
                yield made

    def _not_charged(self, units: Sequence[Unit]) -> None:
        """Units without a charge for what most others are charged: probably forgotten."""
        charged = self.facts.charges[self.fee_type.id]
        without = [
            unit
            for unit in units
            if unit.id not in charged and (unit.handed_over_on or date.min) <= self.period.ends_on
        ]
        if len(units) >= MOSTLY * (len(units) - len(without)):
            return
        for unit in without:
            self._find("no_charge", unit.id, ("unit", unit.id))


def _summed(lines: Sequence[Line]) -> tuple[list[Json], Decimal]:
    return [line.as_json() for line in lines], sum((line.amount for line in lines), ZERO)
