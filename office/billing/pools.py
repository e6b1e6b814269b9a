"""Public meters shared out: who shares a pool, by what weight, and when it may not be shared (F3). Reads nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from office.billing.facts import ZERO, Charge, Facts, FeeType, Pool, Unit
from office.billing.periods import days_of
from office.billing.sharing import shares
from office.billing.tariffs import NoPrice, plain, used_lines

Days = Callable[[Unit, Charge], tuple[date, date] | None]
Worked = tuple[Unit, tuple[list[dict[str, Any]], Decimal, tuple[date, date]]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a pool is not shared: the record to look at, and the unit it is about where it is one."""

    why: Literal["no_price", "pool_unread", "pool_shared", "pool_area", "pool_estate", "pool_tariffs", "pool_nobody"]
    unit: int | None
    about: tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Party:
    """A unit that shares a pool, with its weight and the days for which it does."""

    unit: Unit
    charge: Charge
    weight: Decimal
    days: tuple[date, date]


def pooled(facts: Facts, fee_type: FeeType, days: Days) -> Iterator[Worked | Trouble]:
    """The lines of every unit that shares a pool of the fee type, or what stands in a pool's way.

    A pool is shared as a whole or not at all, once a period: where one of its units has a bill of the period it is
    refused, also when units were added since. The shares add up to the public bill.
    """
    together: dict[int, tuple[list[dict[str, Any]], Decimal, tuple[date, date], Unit]] = {}
    for pool in [one for one in facts.pools if one.fee_type == fee_type.id]:
        found = _shared(facts, fee_type, pool, days)
        if isinstance(found, Trouble):
            yield found
            continue
        for party, line, amount in found:
            lines, total, span, unit = together.get(party.unit.id, ([], ZERO, party.days, party.unit))
            both = (min(span[0], party.days[0]), max(span[1], party.days[1]))
            together[party.unit.id] = ([*lines, line], total + amount, both, unit)
    for lines, amount, span, unit in together.values():
        yield unit, (lines, amount, span)


def _shared(
    facts: Facts, fee_type: FeeType, pool: Pool, days: Days
) -> list[tuple[_Party, dict[str, Any], Decimal]] | Trouble:
    parties = _parties(facts, fee_type, pool, days)
    trouble = _trouble(facts, fee_type, pool, parties)
    if trouble is not None:
        return trouble
    tariff = parties[0].charge.tariff
    try:
        whole = used_lines(tariff.name, fee_type.period, pool.used or ZERO, tariff.prices)
    except NoPrice:
        return Trouble("no_price", None, ("tariff", tariff.id))
    amount = sum((line.amount for line in whole), ZERO)
    weights = {party.unit.id: party.weight for party in parties}
    parts, heaviest = shares(amount, weights), sum(weights.values(), ZERO)
    said = " + ".join(line.said for line in whole)
    return [(party, _line(party, pool, said, heaviest, parts[party.unit.id], fee_type), parts[party.unit.id])
            for party in parties if party.unit.id in parts]  # fmt: skip


def _parties(facts: Facts, fee_type: FeeType, pool: Pool, days: Days) -> list[_Party]:
    """Who shares the pool: the units of its building, or of the estate, that are charged for it."""
    found = []
    for unit_id, charges in facts.charges[fee_type.id].items():
        unit, charge = facts.units[unit_id], charges[-1]
        held = days(unit, charge)
        if held is None or (pool.building is not None and unit.building != pool.building):
            continue
        size = (unit.area or ZERO) if fee_type.share_by == "area" else Decimal(1)
        found.append(_Party(unit, charge, size * charge.factor, held))
    return _weighed(sorted(found, key=lambda party: party.unit.id))


def _weighed(parties: list[_Party]) -> list[_Party]:
    """The same parties; where they do not all share for as long, each weighs as much as its days make it."""
    if len({days_of(*party.days) for party in parties}) <= 1:
        return parties
    return [replace(party, weight=party.weight * days_of(*party.days)) for party in parties]


def _trouble(facts: Facts, fee_type: FeeType, pool: Pool, parties: list[_Party]) -> Trouble | None:
    meter = ("meter", pool.meter)
    wanted = facts.wanted.buildings
    if wanted and pool.building is None:
        return Trouble("pool_estate", None, meter)
    if pool.used is None:
        return Trouble("pool_unread", None, meter)
    if _billed(facts, fee_type, pool):
        return Trouble("pool_shared", None, meter)
    if not parties:
        return Trouble("pool_nobody", None, meter)
    if len({party.charge.tariff.id for party in parties}) > 1:
        return Trouble("pool_tariffs", None, meter)
    if fee_type.share_by == "area":
        for party in parties:
            if not party.unit.area:
                return Trouble("pool_area", party.unit.id, ("unit", party.unit.id))
    return None


def _billed(facts: Facts, fee_type: FeeType, pool: Pool) -> bool:
    """Whether any unit that the pool concerns has a bill of the period."""
    return any(
        pool.building is None or unit not in facts.units or facts.units[unit].building == pool.building
        for unit in facts.billed[fee_type.id]
    )


def _line(
    party: _Party, pool: Pool, said: str, heaviest: Decimal, amount: Decimal, fee_type: FeeType
) -> dict[str, Any]:
    first, last = party.days
    whole = fee_type.period
    return {
        "tariff": party.charge.tariff.name, "from": first.isoformat(), "to": last.isoformat(), "months": 1,
        "days": days_of(first, last), "of_days": days_of(whole.starts_on, whole.ends_on), "pool": pool.meter,
        "quantity": plain(party.weight), "of_quantity": plain(heaviest), "price": "", "percent": "100",
        "amount": f"{amount:.2f}",
        "said": f"({said}) × {plain(party.weight)}/{plain(heaviest)} = {amount:.2f}",
    }  # fmt: skip
