"""The meters of the demo estate and what was read of them in the last months (domain F2, F11)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from office.demo.draft import Draft, Ref

READ_ON = 25
"""The day of the month on which meters are read."""
LEAK = Decimal("1.03")
"""A main meter counts a little more than the meters behind it."""
FIRST, LEAKED = "首次抄表，已核对（演示）", "与户表核对，有住户漏水（演示）"


def months_read(since: date, today: date) -> list[date]:
    """The first days of the months from ``since`` on whose day of reading has passed, oldest first."""
    month, found = since.replace(day=1), []
    while month.replace(day=READ_ON) <= today:
        found.append(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return found


def add_meters(draft: Draft, months: list[date], shared: Ref) -> None:
    """A water meter for every unit, main meters, public power meters, and their readings of ``months``.

    One reading is out of line with its reason, and one of the last month is missing.
    """
    used: dict[tuple[int, date], Decimal] = defaultdict(Decimal)
    meters = [_unit_meter(draft, unit, values) for unit, values in draft.all("unit")]
    leaking = draft.random.choice([one for one in meters if one[2] > 5])
    missed = draft.random.choice([one for one in meters if one[2] > 5 and one is not leaking])
    for month in months:
        for one in meters:
            if one is missed and month == months[-1]:
                continue
            _read(draft, one, month, used, leaks=one is leaking and month == months[-1])
    _add_mains(draft, months, used)
    _add_power(draft, months, shared)


def _unit_meter(draft: Draft, unit: Ref, values: dict[str, Any]) -> list[Any]:
    """[meter, building, what it usually counts a month, where it stands]"""
    usual = 0 if values["state"] == "vacant" else draft.random.randint(4, 26)
    start = Decimal(0 if values["state"] == "vacant" else draft.random.randrange(20, 900))
    meter = draft.add("meter", kind="water", number=f"S{len(draft.records['meter']) + 1:05}", unit=unit,
                      start_value=start, installed_on=values["handed_over_on"])  # fmt: skip
    return [meter, values["building"].index, usual, start]


def _read(
    draft: Draft, one: list[Any], month: date, used: dict[tuple[int, date], Decimal], leaks: bool = False
) -> None:
    meter, building, usual, stood = one
    most = round(usual * 1.3)
    amount = Decimal(usual * 5 + 12 if leaks else draft.random.randint(max(usual * 7 // 10, 1), most) if usual else 0)
    one[3] = stood + amount
    used[building, month] += amount
    reason = "卫生间水箱漏水，已通知住户修好（演示）" if leaks else None
    draft.add("meter_reading", meter=meter, period=f"{month:%Y-%m}", read_on=month.replace(day=READ_ON),
              value=one[3], reason=reason, reader=draft.user("steward1", "steward2"))  # fmt: skip


def _add_mains(draft: Draft, months: list[date], used: dict[tuple[int, date], Decimal]) -> None:
    """A main water meter for each building, and the estate's before them."""
    places = [(building, building.index) for building, _ in draft.all("building")]
    for building, index in [*places, (None, None)]:
        number = f"ZB{index + 1:02}" if index is not None else "ZB00"
        meter = draft.add("meter", kind="water", number=number, building=building, digits=7, start_value=1000,
                          place="楼栋进水总阀" if building else "小区进水总阀")  # fmt: skip
        stood = Decimal(1000)
        for month in months:
            parts = [amount for (place, of), amount in used.items() if of == month and index in (place, None)]
            leak = LEAK if building else LEAK * LEAK
            stood += (sum(parts, Decimal(0)) * leak).quantize(Decimal(1))
            _read_public(draft, meter, month, stood, {months[-1]: LEAKED, months[0]: FIRST}.get(month))


def _add_power(draft: Draft, months: list[date], shared: Ref) -> None:
    """A public power meter for each building, shared out among its units."""
    for building, values in draft.all("building"):
        units = sum(1 for _, unit in draft.all("unit") if unit["building"] == building)
        number, place = f"GD{building.index + 1:02}", f"{values['number']}栋配电间"
        meter = draft.add("meter", kind="electricity", number=number, building=building, digits=7, multiplier=40,
                          start_value=500, fee_type=shared, place=place)  # fmt: skip
        stood = Decimal(500)
        for month in months:
            stood += Decimal(units * draft.random.randint(70, 95)) / 100
            _read_public(draft, meter, month, stood, FIRST if month == months[0] else None)


def _read_public(draft: Draft, meter: Ref, month: date, value: Decimal, reason: str | None) -> None:
    draft.add("meter_reading", meter=meter, period=f"{month:%Y-%m}", read_on=month.replace(day=READ_ON), value=value,
              reason=reason, reader=draft.user("cashier"))  # fmt: skip
